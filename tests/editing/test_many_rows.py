"""One statement may edit thousands of rows."""

import time

SERVICES = ("route53",)


def test_two_thousand_rows_by_one_statement(editor):
    aws = editor.aws("route53")
    zone = aws.create_hosted_zone(Name="many.test", CallerReference="many")["HostedZone"]["Id"]
    for start in (0, 1000):
        changes = [
            {"Action": "CREATE", "ResourceRecordSet": {"Name": f"n{number}.many.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}}
            for number in range(start, start + 1000)
        ]
        aws.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    editor.world.mirror(resource_types=["route53_hosted_zone", "route53_resource_record_set"])
    began = time.monotonic()
    editor.sql("DELETE FROM route53_resource_record_set WHERE type = 'A'")
    assert (len(editor.edits()), editor.value("SELECT count(*) FROM route53_resource_record_set")) == (2000, 2)
    assert time.monotonic() - began < 30
    editor.carry_out()
    assert {each["Type"] for each in aws.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]} == {"NS", "SOA"}
    assert len(editor.mutating()) == 20  # a hundred a call
    editor.sql("DELETE FROM route53_hosted_zone")
    editor.carry_out()
