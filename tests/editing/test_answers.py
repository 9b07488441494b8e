"""What the functions say of edits is what happens, and what they show does not depend on what is staged."""

import pytest

SERVICES = ("ec2", "logs", "sqs")


@pytest.fixture
def group(editor):
    """A log group, staged for deletion."""
    editor.sql("INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/there', 7)")
    editor.carry_out()
    editor.sql("DELETE FROM logs_log_group")
    yield "/there"
    editor.sql("DELETE FROM logs_log_group")
    editor.apply()


def test_a_record_that_is_staged_for_deletion_is_known(editor, group):
    assert "'/there'" in editor.value("SELECT record_as_sql('logs_log_group', %s)", group)
    assert "delete" in [row["verdict"] for row in editor.sql("SELECT * FROM explain_cleanup('logs_log_group', %s)", group)]
    assert editor.cascade("logs_log_group", group) == []  # nothing is left to be staged
    assert [row["action"] for row in editor.edits()] == ["delete"]


def test_what_goes_with_a_replaced_record_goes_with_the_old_one(editor):
    editor.sql("INSERT INTO ec2_vpc (cidr_block) VALUES ('10.0.0.0/16')")
    editor.carry_out()
    vpc = editor.value("SELECT vpc_id FROM ec2_vpc WHERE NOT is_default")
    editor.sql("UPDATE ec2_vpc SET cidr_block = '10.1.0.0/16' WHERE vpc_id = %s", vpc)
    rows = editor.apply(allow_replace=True)
    new = editor.value("SELECT vpc_id FROM ec2_vpc WHERE NOT is_default")
    whole = [row["reason"] for row in rows if row["reason"].startswith("goes with ec2_vpc")]
    assert new != vpc and set(whole) == {f"goes with ec2_vpc {vpc}"}
    editor.sql("DELETE FROM ec2_vpc WHERE NOT is_default")
    editor.carry_out()


def test_null_asks_for_what_aws_takes_by_itself(editor):
    editor.sql("INSERT INTO sqs_queue (queue_name, visibility_timeout) VALUES ('jobs', 45)")
    editor.carry_out()
    editor.sql("UPDATE sqs_queue SET visibility_timeout = NULL")
    assert [row["status"] for row in editor.apply()] == ["done"]
    assert editor.edits() == []
    assert str(editor.value("SELECT visibility_timeout FROM sqs_queue")) == "30"
    editor.sql("DELETE FROM sqs_queue")
    editor.carry_out()


def test_the_tags_that_aws_keeps_for_itself_stay(editor):
    with editor.world.connection.transaction(force_rollback=True):
        editor.sql("SET LOCAL session_replication_role = replica")
        editor.sql("UPDATE ec2_vpc SET tags = '{\"aws:stack\": \"x\", \"team\": \"y\"}'")  # as a stack would have it
        editor.sql("SET LOCAL session_replication_role = origin")
        editor.sql("UPDATE ec2_vpc SET tags = '{}'")
        assert editor.value("SELECT tags FROM ec2_vpc") == {"aws:stack": "x"}
        assert editor.value("SELECT columns -> 'tags' FROM edit") == {"aws:stack": "x"}
