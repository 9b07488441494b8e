"""What is to be created in what is to be deleted: one of them is a mistake, and neither is carried out."""

import pytest

SERVICES = ("ec2", "logs")


@pytest.fixture
def vpc(editor):
    """A VPC of one's own with a subnet."""
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('new', '10.3.0.0/16', 'own')")
    editor.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block) VALUES ('new', '10.3.0.0/24')")
    editor.carry_out()
    vpc = editor.value("SELECT vpc_id FROM ec2_vpc WHERE name = 'own'")
    editor.world.forget_calls()
    yield vpc
    editor.discard()
    editor.cascade("ec2_vpc", vpc)
    editor.carry_out()


def test_a_row_in_what_goes(editor, vpc):
    editor.cascade("ec2_vpc", vpc)
    editor.sql("INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block) VALUES ('late', %s, '10.3.1.0/24')", vpc)
    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/beside')")
    planned = {row["resource_id"]: row for row in editor.preview()}
    assert planned["late"]["status"] == planned[vpc]["status"] == "blocked"
    assert f"ec2_vpc {vpc}, which is to be deleted" in planned["late"]["reason"]
    assert "ec2_subnet late, which is to be created" in planned[vpc]["reason"]
    rows = {row["resource_id"]: row["status"] for row in editor.apply()}
    assert (rows["late"], rows[vpc], rows["/beside"]) == ("failed", "failed", "done")
    assert editor.mutating() == ["CreateLogGroup"]
    editor.sql("DELETE FROM ec2_subnet WHERE subnet_id = 'late'")
    editor.sql("DELETE FROM logs_log_group")
    assert {row["status"] for row in editor.preview()} == {"planned"}


def test_a_change_that_needs_what_goes(editor, vpc):
    editor.sql("INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id) VALUES ('own', 'own', 'own', %s)", vpc)
    editor.sql("INSERT INTO ec2_network_interface (network_interface_id, subnet_id) SELECT 'card', subnet_id FROM ec2_subnet WHERE vpc_id = %s", vpc)
    editor.carry_out()
    group = editor.value("SELECT group_id FROM ec2_security_group WHERE group_name = 'own'")
    editor.sql("DELETE FROM ec2_security_group WHERE group_id = %s", group)
    editor.sql("UPDATE ec2_network_interface SET security_group_ids = ARRAY[%s]", group)
    planned = {row["resource_type"]: row for row in editor.preview()}
    assert planned["ec2_security_group"]["status"] == planned["ec2_network_interface"]["status"] == "blocked"
    editor.world.forget_calls()
    assert {row["status"] for row in editor.apply()} == {"failed"}
    assert editor.mutating() == []


@pytest.mark.parametrize("whole", ["staged", "there"])
def test_a_cascade_takes_new_rows_back(editor, vpc, whole):
    if whole == "staged":
        editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('whole', '10.9.0.0/16')")
    named = vpc if whole == "there" else "whole"
    editor.sql("INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block) VALUES ('part', %s, %s)", named, "10.3.2.0/24" if whole == "there" else "10.9.0.0/24")
    editor.sql("INSERT INTO ec2_network_interface (network_interface_id, subnet_id) VALUES ('card', 'part')")
    editor.cascade("ec2_vpc", named)
    assert "create" not in [row["action"] for row in editor.edits()]
    if whole == "staged":
        assert editor.preview() == []
    else:
        assert {row["status"] for row in editor.preview()} == {"planned"}
