"""An apply whose transaction rolled back, or whose answer was lost: the next one knows from the journal what AWS has done."""

import pytest
from conftest import Editor
from world import World

SERVICES = ("ec2", "route53")


def blocks(editor):
    return sorted(each["CidrBlock"] for each in editor.aws("ec2").describe_vpcs()["Vpcs"] if not each["IsDefault"])


def rolled_back(editor, **arguments):
    """An apply that is forgotten."""
    with editor.world.connection.transaction(force_rollback=True):
        return editor.apply(**arguments)


@pytest.mark.parametrize("statements", [
    ["DELETE FROM ec2_vpc WHERE vpc_id = %s", "INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES (%s, '10.5.0.0/16')"],
    ["UPDATE ec2_vpc SET cidr_block = '10.5.0.0/16' WHERE vpc_id = %s"],
])
def test_a_replacement_is_made_once(editor, statements):
    editor.sql("INSERT INTO ec2_vpc (cidr_block) VALUES ('10.4.0.0/16')")
    editor.carry_out()
    vpc = editor.value("SELECT vpc_id FROM ec2_vpc WHERE cidr_block = '10.4.0.0/16'")
    for each in statements:
        editor.sql(each, vpc)
    assert {row["status"] for row in rolled_back(editor, allow_replace=True)} == {"done", "deleted"}
    assert blocks(editor) == ["10.5.0.0/16"]
    rows = editor.apply(allow_replace=True)
    assert {row["status"] for row in rows} <= {"done", "deleted"}, rows
    assert blocks(editor) == ["10.5.0.0/16"]
    assert editor.edits() == []
    editor.sql("DELETE FROM ec2_vpc WHERE NOT is_default")
    editor.carry_out()


def test_a_new_row_that_was_made_as_it_was_before_is_not_done(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('new', '10.6.0.0/16')")
    ((made),) = rolled_back(editor)
    editor.sql("UPDATE ec2_vpc SET cidr_block = '10.66.0.0/16' WHERE vpc_id = 'new'")
    ((row),) = editor.apply()
    assert row["status"] == "failed"
    assert f"created it already as {made['resource_id']}, before cidr_block was changed" in row["reason"]
    assert blocks(editor) == ["10.6.0.0/16"]
    editor.discard()
    assert editor.sql("SELECT vpc_id, cidr_block FROM ec2_vpc WHERE NOT is_default") == [{"vpc_id": made["resource_id"], "cidr_block": "10.6.0.0/16"}]
    editor.sql("DELETE FROM ec2_vpc WHERE NOT is_default")
    editor.carry_out()


def test_what_an_update_can_change_is_changed_in_what_was_made(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('new', '10.7.0.0/16')")
    rolled_back(editor)
    editor.sql("UPDATE ec2_vpc SET enable_dns_hostnames = true WHERE vpc_id = 'new'")
    ((row),) = editor.apply()
    assert row["status"] == "done"
    assert blocks(editor) == ["10.7.0.0/16"]
    assert editor.aws("ec2").describe_vpc_attribute(VpcId=row["resource_id"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True
    editor.cascade("ec2_vpc", row["resource_id"])
    editor.carry_out()


def test_a_create_whose_answer_is_lost_is_not_sent_again(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('new', '10.8.0.0/16')")
    editor.world.double.faults({"service": "ec2", "operation": "CreateVpc", "account": editor.world.account_id, "drop_connection": True})
    ((row),) = editor.apply()
    assert row["status"] == "failed"
    assert editor.mutating() == ["CreateVpc"]
    assert editor.sql("SELECT outcome, error_code FROM journal ORDER BY run_id DESC, step DESC LIMIT 1") == [{"outcome": None, "error_code": "ConnectionClosedError"}]
    editor.world.double.faults()
    ((row),) = editor.apply()
    assert row["status"] == "failed" and "did not learn whether AWS has created this" in row["reason"] and "force => true" in row["reason"]
    assert editor.mutating() == ["CreateVpc"]
    ((row),) = editor.apply(force=True)
    assert row["status"] == "done" and blocks(editor) == ["10.8.0.0/16"]
    editor.cascade("ec2_vpc", row["resource_id"])
    editor.carry_out()


def test_what_is_created_from_two_databases_is_two(editor):
    """Each database counts from one; what tells AWS that a request is a repetition must not."""
    world = editor.world
    world.postgres.create_database("test_resuming_second", template="with_extension")
    second = Editor(World(world.postgres, world.double, "test_resuming_second", world.account_id, services=SERVICES))
    second.world.mirror()
    for each, zone in ((editor, "one.example."), (second, "two.example.")):
        each.sql("SELECT setval('edit_edit_id_seq', 1000)")
        each.sql("INSERT INTO route53_hosted_zone (name) VALUES (%s)", zone)
        assert [row["status"] for row in each.apply()] == ["done"]
    second.world.close()
    zones = editor.aws("route53").list_hosted_zones()["HostedZones"]
    assert len(zones) == len({each["CallerReference"] for each in zones}) == 2
    world.mirror()
    editor.sql("DELETE FROM route53_hosted_zone")
    editor.apply()


def test_what_is_corrected_is_another_request(editor):
    editor.sql("INSERT INTO route53_hosted_zone (name) VALUES ('one.example.')")
    first = editor.value("SELECT token FROM edit")
    editor.world.mirror()
    assert editor.value("SELECT token FROM edit") == first
    editor.sql("UPDATE route53_hosted_zone SET name = 'two.example.'")
    assert editor.value("SELECT token FROM edit") != first
