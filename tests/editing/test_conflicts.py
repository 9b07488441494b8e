"""What stands against an edit: AWS has changed meanwhile, something still needs what is deleted, AWS only offers a replacement."""

SERVICES = ("ec2", "logs")


def only(rows):
    (row,) = rows
    return row


def make_vpc(editor, number):
    """A VPC with a subnet; (vpc id, subnet id)."""
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('new', %s)", f"10.{number}.0.0/16")
    editor.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block) VALUES ('new', %s)", f"10.{number}.0.0/24")
    vpc, subnet = (row["resource_id"] for row in editor.carry_out())
    editor.world.forget_calls()
    return vpc, subnet


def subnets(editor, vpc):
    return [each["SubnetId"] for each in editor.aws("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]]


def make_log_group(editor, name, retention=7):
    editor.sql("INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES (%s, %s)", name, retention)
    editor.carry_out()
    editor.world.forget_calls()


def retention(editor, name):
    return only(editor.aws("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]).get("retentionInDays")


def remove(editor, statement):
    editor.discard()
    editor.world.mirror()
    editor.sql(statement)
    editor.carry_out()


def test_changed_in_aws_meanwhile(editor):
    make_log_group(editor, "/conflict")
    editor.sql("UPDATE logs_log_group SET retention_in_days = 30")
    editor.aws("logs").put_retention_policy(logGroupName="/conflict", retentionInDays=90)
    assert only(editor.preview())["status"] == "planned"  # the mirror does not know yet, and the preview calls nothing
    editor.world.mirror(resource_types=["logs_log_group"])
    editor.world.forget_calls()
    row = only(editor.preview())
    assert row["status"] == "conflict" and "retention_in_days" in row["reason"]
    row = only(editor.apply())
    assert row["status"] == "failed" and "changed in AWS" in row["reason"] and "retention_in_days" in row["reason"]
    assert (retention(editor, "/conflict"), editor.mutating()) == (90, [])
    assert "retention_in_days" in only(editor.edits())["error"]
    assert editor.value("SELECT retention_in_days FROM logs_log_group") == 30
    assert editor.value("SELECT status FROM run ORDER BY run_id DESC LIMIT 1") == "failed"
    assert only(editor.apply(force=True))["status"] == "done"
    assert (retention(editor, "/conflict"), editor.edits()) == (30, [])
    remove(editor, "DELETE FROM logs_log_group")


def test_an_apply_sees_for_itself_what_has_changed(editor):
    make_log_group(editor, "/unseen")
    editor.sql("DELETE FROM logs_log_group")
    editor.aws("logs").put_retention_policy(logGroupName="/unseen", retentionInDays=90)
    row = only(editor.apply())
    assert (row["action"], row["status"]) == ("delete", "failed") and "retention_in_days" in row["reason"]
    assert retention(editor, "/unseen") == 90
    assert only(editor.apply(force=True))["status"] == "deleted"
    assert editor.aws("logs").describe_log_groups()["logGroups"] == []


def test_what_becomes_what_was_wanted_is_no_conflict(editor):
    make_log_group(editor, "/agreed")
    editor.sql("UPDATE logs_log_group SET retention_in_days = 30")
    editor.aws("logs").put_retention_policy(logGroupName="/agreed", retentionInDays=30)
    assert only(editor.apply())["status"] == "done"
    assert editor.edits() == []
    remove(editor, "DELETE FROM logs_log_group")


def test_something_else_changed_is_no_conflict(editor):
    """What AWS itself counts and dates changes all the time."""
    make_log_group(editor, "/counted")
    editor.sql("UPDATE logs_log_group SET retention_in_days = 30")
    logs = editor.aws("logs")
    logs.put_metric_filter(
        logGroupName="/counted", filterName="x", filterPattern="x",
        metricTransformations=[{"metricName": "x", "metricNamespace": "x", "metricValue": "1"}],
    )
    assert only(editor.apply())["status"] == "done"
    assert retention(editor, "/counted") == 30
    logs.delete_metric_filter(logGroupName="/counted", filterName="x")
    remove(editor, "DELETE FROM logs_log_group")


def test_gone_from_aws_meanwhile(editor):
    make_log_group(editor, "/lost")
    editor.sql("UPDATE logs_log_group SET retention_in_days = 30")
    editor.aws("logs").delete_log_group(logGroupName="/lost")
    editor.world.mirror(resource_types=["logs_log_group"])
    assert editor.value("SELECT retention_in_days FROM logs_log_group") == 30
    editor.world.forget_calls()
    row = only(editor.preview())
    assert row["status"] == "conflict" and "no longer" in row["reason"]
    row = only(editor.apply())
    assert row["status"] == "failed" and "no longer" in row["reason"]
    assert editor.mutating() == []
    assert only(editor.apply(force=True))["status"] == "done"  # it is made anew
    assert retention(editor, "/lost") == 30
    remove(editor, "DELETE FROM logs_log_group")


def test_a_deletion_of_what_has_gone_is_reached(editor):
    make_log_group(editor, "/reached")
    editor.sql("DELETE FROM logs_log_group")
    editor.aws("logs").delete_log_group(logGroupName="/reached")
    editor.world.forget_calls()
    assert [row["status"] for row in editor.apply()] in ([], ["deleted"])
    assert (editor.edits(), editor.mutating()) == ([], [])
    assert editor.value("SELECT status FROM run ORDER BY run_id DESC LIMIT 1") == "done"


def test_a_name_that_somebody_took_meanwhile(editor):
    editor.sql("INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/taken', 3)")
    editor.aws("logs").create_log_group(logGroupName="/taken")
    editor.world.forget_calls()
    row = only(editor.apply())
    assert (row["action"], row["status"]) == ("create", "failed") and "already" in row["reason"]
    assert (editor.mutating(), retention(editor, "/taken")) == ([], None)
    assert only(editor.preview())["status"] == "conflict"
    remove(editor, "DELETE FROM logs_log_group")


def test_a_parent_alone_is_not_deleted_and_its_children_stay(editor):
    vpc, subnet = make_vpc(editor, 60)
    editor.sql("DELETE FROM ec2_vpc WHERE vpc_id = %s", vpc)
    row = next(row for row in editor.preview() if row["resource_id"] == vpc)
    assert row["status"] == "blocked"
    assert f"ec2_subnet {subnet}" in row["reason"] and f"delete_cascade('ec2_vpc', '{vpc}')" in row["reason"]
    assert subnet in [row["subnet_id"] for row in editor.sql("SELECT subnet_id FROM ec2_subnet")]
    rows = {row["resource_id"]: row for row in editor.apply()}
    assert rows[vpc]["status"] == "failed" and subnet in rows[vpc]["reason"]
    assert (editor.mutating(), subnets(editor, vpc)) == ([], [subnet])
    assert only(editor.edits())["resource_id"] == vpc

    # Told to try, AWS refuses, once.
    rows = {row["resource_id"]: row for row in editor.apply(force=True)}
    assert rows[vpc]["status"] == "failed" and "DependencyViolation" in rows[vpc]["reason"]
    assert (editor.mutating(), subnets(editor, vpc)) == (["DeleteVpc"], [subnet])
    assert "DependencyViolation" in only(editor.edits())["error"]

    # With the children deleted, too, in whatever order, it works.
    editor.sql("DELETE FROM ec2_subnet WHERE subnet_id = %s", subnet)
    editor.carry_out()
    assert vpc not in [each["VpcId"] for each in editor.aws("ec2").describe_vpcs()["Vpcs"]]


def test_delete_cascade_takes_all_that_needs_it_and_nothing_else(editor):
    vpc, subnet = make_vpc(editor, 61)
    other, other_subnet = make_vpc(editor, 62)
    editor.sql("INSERT INTO ec2_security_group (group_name, description, vpc_id) VALUES ('mine', 'mine', %s)", vpc)
    group = next(row["resource_id"] for row in editor.carry_out())
    editor.world.forget_calls()
    rows = {row["resource_id"]: row for row in editor.cascade("ec2_vpc", vpc)}
    assert {vpc, subnet, group} <= set(rows) and not {other, other_subnet} & set(rows)
    assert {row["status"] for row in rows.values()} == {"staged"}
    assert {row["resource_id"] for row in editor.edits()} >= {vpc, subnet, group}
    assert editor.mutating() == []
    planned = editor.preview()
    assert {row["status"] for row in planned} == {"planned"}
    order = [row["resource_id"] for row in planned]
    assert order.index(subnet) < order.index(vpc) and order.index(group) < order.index(vpc)
    editor.carry_out()
    assert {each["VpcId"] for each in editor.aws("ec2").describe_vpcs()["Vpcs"]} >= {other}
    assert subnets(editor, other) == [other_subnet]
    editor.cascade("ec2_vpc", other)
    editor.carry_out()


def test_a_blocked_deletion_holds_up_nothing_else(editor):
    vpc, subnet = make_vpc(editor, 63)
    make_log_group(editor, "/beside")
    editor.sql("DELETE FROM ec2_vpc WHERE vpc_id = %s", vpc)
    editor.sql("DELETE FROM logs_log_group")
    statuses = {row["resource_id"]: row["status"] for row in editor.apply()}
    assert (statuses[vpc], statuses["/beside"]) == ("failed", "deleted")
    assert editor.aws("logs").describe_log_groups()["logGroups"] == []
    editor.discard()
    editor.cascade("ec2_vpc", vpc)
    editor.carry_out()


def test_what_can_only_be_replaced(editor):
    vpc, subnet = make_vpc(editor, 64)
    editor.sql("UPDATE ec2_subnet SET cidr_block = '10.64.9.0/24' WHERE subnet_id = %s", subnet)
    planned = editor.preview()
    row = next(row for row in planned if row["resource_id"] == subnet)
    assert (row["action"], row["status"]) == ("replace", "planned") and "cidr_block" in row["reason"]
    assert all("allow_replace => true" in row["reason"] for row in planned if row["resource_type"] == "ec2_subnet")
    rows = editor.apply()
    assert {row["status"] for row in rows} == {"failed"} and "allow_replace" in rows[0]["reason"]
    assert (editor.mutating(), subnets(editor, vpc)) == ([], [subnet])
    assert only(editor.edits())["action"] == "update"
    editor.carry_out(allow_replace=True)
    (new,) = editor.aws("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert new["SubnetId"] != subnet and new["CidrBlock"] == "10.64.9.0/24"
    assert editor.sql("SELECT subnet_id, cidr_block FROM ec2_subnet WHERE vpc_id = %s", vpc) == [{"subnet_id": new["SubnetId"], "cidr_block": "10.64.9.0/24"}]
    editor.cascade("ec2_vpc", vpc)
    editor.carry_out()


def test_a_replacement_says_what_needs_it_and_would_go(editor):
    """A VPC with a subnet cannot be replaced alone: the preview says why."""
    vpc, subnet = make_vpc(editor, 65)
    editor.sql("UPDATE ec2_vpc SET cidr_block = '10.66.0.0/16' WHERE vpc_id = %s", vpc)
    rows = [row for row in editor.preview() if row["resource_type"] == "ec2_vpc"]
    assert {row["status"] for row in rows} == {"blocked"} and any(subnet in row["reason"] for row in rows)
    assert "done" not in {row["status"] for row in editor.apply(allow_replace=True)}
    assert (editor.mutating(), subnets(editor, vpc)) == ([], [subnet])
    editor.discard()
    editor.cascade("ec2_vpc", vpc)
    editor.carry_out()


def test_deleted_and_inserted_again_is_a_replacement(editor):
    make_log_group(editor, "/again", 7)
    editor.sql("DELETE FROM logs_log_group")
    editor.sql("INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/again', 60)")
    assert [row["action"] for row in editor.edits()] == ["replace"]
    assert {row["status"] for row in editor.apply()} == {"failed"}
    assert retention(editor, "/again") == 7
    editor.carry_out(allow_replace=True)
    assert (retention(editor, "/again"), editor.mutating()) == (60, ["DeleteLogGroup", "CreateLogGroup", "PutRetentionPolicy"])
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()
