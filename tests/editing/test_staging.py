"""Edits are rows until they are applied: they roll back, are read over, taken back, changed again; AWS hears of none of it."""

import re

import psycopg
import pytest

SERVICES = ("ec2", "logs")


def test_what_rolls_back_was_never_staged(editor):
    before = editor.records()
    with editor.world.connection.transaction(force_rollback=True):
        editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/never')")
        editor.sql("DELETE FROM ec2_subnet")
        editor.sql("UPDATE ec2_vpc SET enable_dns_support = false")
        assert len(editor.edits()) == 8
    assert editor.edits() == editor.preview() == editor.apply() == []
    assert editor.records() == before
    assert editor.world.calls(mutating=True) == []


def test_a_savepoint_takes_back_only_its_own(editor):
    with editor.world.connection.transaction():
        editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/kept')")
        with editor.world.connection.transaction(force_rollback=True):
            editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/dropped')")
    assert [row["resource_id"] for row in editor.edits()] == ["/kept"]


def test_an_apply_in_the_edits_own_transaction(editor):
    with editor.world.connection.transaction():
        editor.sql("INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/at-once', 7)")
        (row,) = editor.apply()
        assert row["status"] == "done"
        assert editor.sql("SELECT retention_in_days, creation_time IS NOT NULL AS there FROM logs_log_group") == [{"retention_in_days": 7, "there": True}]
    assert [each["logGroupName"] for each in editor.aws("logs").describe_log_groups()["logGroups"]] == ["/at-once"]
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()


def test_an_apply_that_rolls_back_has_happened(editor):
    """AWS does not roll back: the journal says what was done, and the next apply makes nothing twice."""
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('new', '10.70.0.0/16', 'twice')")
    with editor.world.connection.transaction(force_rollback=True):
        assert [row["status"] for row in editor.apply()] == ["done"]
    assert len(editor.edits()) == 1
    (row,) = editor.apply()
    assert row["status"] == "done"
    vpcs = editor.aws("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["twice"]}])["Vpcs"]
    assert [each["VpcId"] for each in vpcs] == [row["resource_id"]]
    editor.cascade("ec2_vpc", row["resource_id"])
    editor.carry_out()


def test_discarding_restores_the_rows_exactly(editor):
    before = editor.records()
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('new', '10.0.0.0/16', 'new')")
    editor.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block) VALUES ('new', '10.0.0.0/24')")
    editor.sql("UPDATE ec2_vpc SET enable_dns_hostnames = NOT enable_dns_hostnames, tags = '{\"a\": \"b\"}' WHERE vpc_id <> 'new'")
    editor.sql("UPDATE ec2_vpc SET name = 'renamed' WHERE is_default")
    editor.sql("DELETE FROM ec2_internet_gateway")
    editor.sql("DELETE FROM ec2_subnet WHERE default_for_az")
    editor.sql("INSERT INTO ec2_internet_gateway (vpc_id) SELECT vpc_id FROM ec2_vpc WHERE is_default")
    shown = editor.records()
    assert shown != before and {key[2] for key in shown} != {key[2] for key in before}
    rows = editor.discard()
    assert {row["status"] for row in rows} == {"discarded"}
    assert sorted(row["action"] for row in rows) == ["create"] * 3 + ["delete"] * 7 + ["update"]
    assert editor.records() == before
    assert editor.edits() == editor.preview() == []
    assert editor.world.calls(mutating=True) == []


def test_reading_aws_again_keeps_what_is_staged(editor):
    aws = editor.aws("logs")
    aws.create_log_group(logGroupName="/there")
    editor.world.mirror(resource_types=["logs_log_group"])
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('new', '10.0.0.0/16', 'new')")
    editor.sql("UPDATE logs_log_group SET retention_in_days = 5 WHERE log_group_name = '/there'")
    editor.sql("DELETE FROM ec2_internet_gateway")
    staged, shown = editor.edits(), editor.records()
    editor.world.mirror()
    assert (editor.edits(), editor.records()) == (staged, shown)
    aws.tag_resource(resourceArn=editor.value("SELECT log_group_arn FROM logs_log_group"), tags={"seen": "yes"})
    editor.world.mirror()
    # What AWS has changed beside it shows; what is staged stays.
    assert editor.sql("SELECT retention_in_days, tags FROM logs_log_group") == [{"retention_in_days": 5, "tags": {"seen": "yes"}}]
    assert editor.value("SELECT count(*) FROM ec2_internet_gateway") == 0
    assert editor.edits() == staged
    editor.discard()
    assert editor.sql("SELECT retention_in_days, tags FROM logs_log_group") == [{"retention_in_days": None, "tags": {"seen": "yes"}}]
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()


def test_a_staged_insert_can_be_changed(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('new', '10.0.0.0/16')")
    editor.sql("UPDATE ec2_vpc SET cidr_block = '10.80.0.0/16', name = 'changed', enable_dns_hostnames = true WHERE vpc_id = 'new'")
    editor.sql("UPDATE ec2_vpc SET tags = tags || '{\"team\": \"x\"}' WHERE vpc_id = 'new'")
    assert [(row["action"], row["resource_id"]) for row in editor.edits()] == [("create", "new")]
    editor.carry_out()
    (vpc,) = editor.aws("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.80.0.0/16"]}])["Vpcs"]
    assert {each["Key"]: each["Value"] for each in vpc["Tags"]} == {"Name": "changed", "team": "x"}
    assert editor.mutating().count("CreateVpc") == 1
    editor.cascade("ec2_vpc", vpc["VpcId"])
    editor.carry_out()


def test_a_staged_insert_can_be_renamed(editor):
    editor.sql("INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/old', 7)")
    editor.sql("UPDATE logs_log_group SET log_group_name = '/new' WHERE log_group_name = '/old'")
    assert [(row["action"], row["resource_id"]) for row in editor.edits()] == [("create", "/new")]
    assert editor.value("SELECT arn FROM logs_log_group").endswith(":/new")
    editor.carry_out()
    assert [each["logGroupName"] for each in editor.aws("logs").describe_log_groups()["logGroups"]] == ["/new"]
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()


def test_a_staged_insert_that_is_deleted_leaves_nothing(editor):
    before = editor.records()
    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/gone')")
    editor.sql("DELETE FROM logs_log_group WHERE log_group_name = '/gone'")
    assert editor.edits() == editor.preview() == editor.apply() == []
    assert editor.records() == before
    assert editor.world.calls(mutating=True) == []


def test_an_update_that_is_taken_back_leaves_nothing(editor):
    before = editor.records()
    editor.sql("UPDATE ec2_vpc SET enable_dns_support = false, name = 'x'")
    assert len(editor.edits()) == 1
    editor.sql("UPDATE ec2_vpc SET enable_dns_support = true, name = NULL")
    assert editor.edits() == editor.preview() == []
    assert editor.records() == before


def test_an_update_that_changes_nothing_stages_nothing(editor):
    editor.sql("UPDATE aws.resource SET name = name, tags = tags")
    assert editor.edits() == []


def test_inserting_what_is_there_stages_nothing(editor, refused):
    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/there')")
    editor.carry_out()
    arguments = "INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/there', 3)"
    editor.sql(f"{arguments} ON CONFLICT DO NOTHING")
    assert editor.edits() == editor.preview() == []
    assert editor.value("SELECT retention_in_days FROM logs_log_group") is None
    refused("23505", editor.sql, arguments)
    assert editor.edits() == []
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()


def test_a_placeholder_is_no_name(editor):
    """What merely reads like another's placeholder stays as it was written."""
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('prod', '10.71.0.0/16', 'prod')")
    editor.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block, name, tags) VALUES ('prod', '10.71.0.0/24', 'prod', '{\"stage\": \"prod\"}')")
    editor.sql("INSERT INTO ec2_security_group (group_name, description, vpc_id) VALUES ('prod', 'prod', 'prod')")
    editor.carry_out()
    aws = editor.aws("ec2")
    (vpc,) = aws.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.71.0.0/16"]}])["Vpcs"]
    mine = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    (subnet,) = aws.describe_subnets(Filters=mine)["Subnets"]
    assert {each["Key"]: each["Value"] for each in subnet["Tags"]} == {"Name": "prod", "stage": "prod"}
    (group,) = [each for each in aws.describe_security_groups(Filters=mine)["SecurityGroups"] if each["GroupName"] != "default"]
    assert (group["GroupName"], group["Description"]) == ("prod", "prod")
    editor.cascade("ec2_vpc", vpc["VpcId"])
    editor.carry_out()


def test_one_placeholder_for_several_rows_is_never_mixed_up(editor):
    """It is refused where it is written, or each mention means the row that fits there: no call carries another thing's id."""
    try:
        editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('web', '10.72.0.0/16', 'web')")
        editor.sql("INSERT INTO ec2_subnet (subnet_id, cidr_block, vpc_id) VALUES ('web', '10.72.0.0/24', 'web')")
        editor.sql("INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id) VALUES ('web', 'web', 'web', 'web')")
        editor.sql("INSERT INTO ec2_security_group_rule (group_id, is_egress, ip_protocol, cidr_ipv4) VALUES ('web', false, '-1', '10.0.0.0/8')")
    except psycopg.Error as error:
        assert error.sqlstate == "22023" and '"web"' in str(error)
        return
    editor.carry_out()
    (vpc,) = editor.aws("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["web"]}])["Vpcs"]
    (group,) = editor.aws("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["web"]}])["SecurityGroups"]
    assert group["VpcId"] == vpc["VpcId"] and group["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    editor.cascade("ec2_vpc", vpc["VpcId"])
    editor.carry_out()


def test_a_placeholder_that_is_made_up_is_nobodys(editor):
    """A row without one gets one that no user would think of."""
    editor.sql("INSERT INTO ec2_internet_gateway (name) VALUES ('nameless')")
    made_up = editor.value("SELECT internet_gateway_id FROM ec2_internet_gateway WHERE name = 'nameless'")
    assert not re.fullmatch(r"[a-z]+[-_]?\d+", made_up)


def test_a_placeholder_that_nobody_has_fails_alone(editor):
    editor.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block) VALUES ('nobody', '10.0.0.0/24')")
    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/fine')")
    assert {row["resource_type"]: row["status"] for row in editor.apply()} == {"ec2_subnet": "failed", "logs_log_group": "done"}
    ((row),) = editor.edits()
    assert row["resource_type"] == "ec2_subnet" and "nobody" in row["error"]
    editor.discard()
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()


def test_all_default_subnets_and_the_default_vpc_by_plain_deletes(editor):
    """Defaults are no exception; what goes with them goes along."""
    aws = editor.aws("ec2")
    editor.sql("DELETE FROM ec2_route WHERE destination_cidr_block = '0.0.0.0/0'")
    editor.sql("DELETE FROM ec2_internet_gateway")
    editor.sql("DELETE FROM aws.resource WHERE resource_type = 'ec2_subnet'")
    editor.sql("DELETE FROM ec2_vpc WHERE is_default")
    editor.carry_out()
    assert aws.describe_vpcs()["Vpcs"] == aws.describe_subnets()["Subnets"] == aws.describe_internet_gateways()["InternetGateways"] == []
    assert aws.describe_route_tables()["RouteTables"] == aws.describe_security_groups()["SecurityGroups"] == []
    assert editor.value("SELECT count(*) FROM ec2_security_group") == 0
    editor.world.restore()
    assert len(aws.describe_subnets()["Subnets"]) == 6
    editor.world.mirror()
    assert editor.edits() == []


def test_an_edit_of_a_row_that_another_session_edits_waits_for_it(editor):
    with editor.world.postgres.connect(editor.world.database) as other:
        with other.transaction():
            other.execute("UPDATE ec2_vpc SET name = 'other'")
            editor.sql("SET lock_timeout = '500ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                editor.sql("UPDATE ec2_vpc SET name = 'mine'")
            editor.sql("RESET lock_timeout")
    editor.sql("UPDATE ec2_vpc SET enable_dns_support = false")
    assert [row["action"] for row in editor.edits()] == ["update"]
    assert editor.sql("SELECT name, enable_dns_support FROM ec2_vpc") == [{"name": "other", "enable_dns_support": False}]
