"""Two sessions with the same account at the same moment: they wait for each other, and each is told what became of its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import under_way

SERVICES = ("ec2", "logs")


def names(editor):
    return [row["name"] for row in editor.sql("SELECT name FROM ec2_vpc")]


@pytest.mark.parametrize("function", ["mirror_account", "preview_changes", "apply_changes", "discard_changes"])
def test_what_one_does_while_another_reads_aws(editor, colleague, function):
    editor.sql("UPDATE ec2_vpc SET name = 'mine'")
    with under_way(editor, colleague, "mirror_account", "ec2", "DescribeVpcs") as mirrored:
        mine = editor.sql(f"SELECT * FROM {function}()")
    assert {row["status"] for row in mirrored.result()} == {"ok"}
    ended = {"mirror_account": "ok", "preview_changes": "planned", "apply_changes": "done", "discard_changes": "discarded"}[function]
    assert {row["status"] for row in mine} == {ended}
    assert names(editor) == [None if function == "discard_changes" else "mine"]
    assert len(editor.edits()) == (function in ("mirror_account", "preview_changes"))
    editor.sql("UPDATE ec2_vpc SET name = NULL")
    editor.apply()


@pytest.mark.parametrize("statement, staged", [("UPDATE ec2_vpc SET name = 'later'", {"name": "later"}), ("DELETE FROM ec2_vpc", None)])
def test_an_edit_while_another_reads_aws_is_not_lost(editor, colleague, statement, staged):
    """The row that the other lifts off and lays down again is the one that is edited."""
    editor.sql("UPDATE ec2_vpc SET enable_dns_hostnames = NOT enable_dns_hostnames")
    with under_way(editor, colleague, "mirror_account", "ec2", "DescribeVpcs") as mirrored:
        assert editor.world.connection.execute(statement).rowcount == 1
    assert {row["status"] for row in mirrored.result()} == {"ok"}
    ((edit),) = editor.sql("SELECT action, columns FROM edit")
    assert edit["action"] == ("update" if staged else "delete")
    if staged:
        assert edit["columns"].keys() == {"enable_dns_hostnames", "name", "tags"}


def test_what_was_carried_out_cannot_be_discarded(editor, colleague):
    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/carried-out')")
    with under_way(editor, colleague, "apply_changes", "logs", "CreateLogGroup") as applied:
        assert editor.discard() == []
    assert [row["status"] for row in applied.result()] == ["done"]
    assert editor.sql("SELECT creation_time IS NOT NULL AS there FROM logs_log_group") == [{"there": True}]
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()


def test_what_failed_can_be_discarded(editor, colleague):
    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/refused')")
    editor.sql("UPDATE ec2_vpc SET name = 'named'")
    with under_way(editor, colleague, "apply_changes", "logs", "CreateLogGroup", error_code="InvalidParameterException") as applied:
        rows = editor.discard()
    assert {row["resource_type"]: row["status"] for row in applied.result()} == {"logs_log_group": "failed", "ec2_vpc": "done"}
    assert [(row["resource_id"], row["status"]) for row in rows] == [("/refused", "discarded")]
    assert "InvalidParameterException" in rows[0]["reason"]
    assert editor.edits() == editor.sql("SELECT * FROM logs_log_group") == []
    assert names(editor) == ["named"]
    editor.sql("UPDATE ec2_vpc SET name = NULL")
    editor.carry_out()


def test_on_conflict_do_nothing_does_nothing_to_anothers_edit(editor, colleague):
    insert = "INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/race', %s)"
    with ThreadPoolExecutor(1) as pool, editor.world.connection.transaction():
        editor.sql(insert, 7)
        second = pool.submit(lambda: colleague.execute(f"{insert} ON CONFLICT DO NOTHING", (30,)).rowcount)
        while not second.done() and not editor.value("SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", colleague.info.backend_pid):
            pass
    assert second.result() == 0
    assert editor.sql("SELECT retention_in_days FROM logs_log_group") == [{"retention_in_days": 7}]
    assert editor.sql("SELECT columns -> 'retention_in_days' AS days FROM edit") == [{"days": 7}]


def test_another_time_zone_is_no_conflict(editor, colleague):
    editor.aws("logs").create_log_group(logGroupName="/there")
    editor.world.mirror(resource_types=["logs_log_group"])
    editor.sql("SET TimeZone = 'UTC'")
    editor.sql("UPDATE logs_log_group SET retention_in_days = 7")
    colleague.execute("SET TimeZone = 'Asia/Tokyo'")
    colleague.execute("SET DateStyle = 'SQL, DMY'")
    assert [row["status"] for row in colleague.execute("SELECT status FROM apply_changes()")] == ["done"]
    editor.sql("RESET TimeZone")
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_aws_is_not_changed_in_a_transaction_that_could_fail_afterwards(editor, refused, level):
    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/not-here')")
    with editor.world.connection.transaction(force_rollback=True):
        editor.sql(f"SET TRANSACTION ISOLATION LEVEL {level}")
        told = refused("25001", editor.apply)
    assert level.lower() in told.message_primary and "READ COMMITTED" in told.message_hint
    assert editor.mutating() == []


def test_what_is_staged_while_another_applies_is_for_the_next_time(editor, colleague):
    """The apply reads AWS for its own edits: of a later one it would not see what became of it."""
    editor.sql("UPDATE ec2_vpc SET name = 'mine'")
    with under_way(editor, colleague, "apply_changes", "ec2", "DescribeVpcs") as applied:
        editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/later')")
    assert [(row["resource_type"], row["status"]) for row in applied.result()] == [("ec2_vpc", "done")]
    assert editor.aws("logs").describe_log_groups()["logGroups"] == []
    assert [(row["action"], row["status"], row["name"]) for row in editor.preview()] == [("create", "planned", "/later")]
    editor.carry_out()
    editor.sql("DELETE FROM logs_log_group; UPDATE ec2_vpc SET name = NULL")
    editor.carry_out()
