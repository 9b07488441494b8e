"""Two runs at once: of one account the second is refused at once and told who holds it; different accounts go side by side."""

import threading
import time

import psycopg
import pytest

from ending import WIPE, Statement
from world import World, wait_for

AT_ONCE = 1.0  # seconds of its own


@pytest.fixture
def busy(world):
    """busy(): a wipe that holds the account; it ends with the test."""
    world.only("iam", "s3", "sqs")
    world.mirror()
    for number in range(6):
        world.aws("sqs").create_queue(QueueName=f"jobs-{number}")
    world.forget_calls()
    started = []

    def start(query=WIPE, operation="DeleteQueue"):
        world.double.faults({"account": world.account_id, "operation": operation, "delay": 20})
        run = Statement(world, query)
        started.append(run)
        wait_for(lambda: world.calls(mutating=True))
        return run

    yield start
    for run in started:
        world.sql("SELECT pg_cancel_backend(%s)", run.pid)
        run.join()


def refused(function):
    """The diagnostics of a run that is refused, and the seconds that it took."""
    began = time.monotonic()
    with pytest.raises(psycopg.errors.LockNotAvailable) as raised:
        function()
    print(f"refused after {time.monotonic() - began:.2f} s")
    return raised.value.diag, time.monotonic() - began


def test_every_other_change_of_the_account_is_refused(world, busy):
    world.mirror()  # what a session does once is not the refusal's: clients, models
    run = busy()
    for function in (world.wipe, world.restore, lambda: world.sql("SELECT * FROM apply_changes()")):
        told, seconds = refused(function)
        assert seconds < AT_ONCE
        assert told.message_primary.endswith(f'another run holds account "{world.account_id}" (test)')
        began = world.value("SELECT to_char(started_at, 'YYYY-MM-DD HH24:MI:SS') FROM run WHERE status = 'running'")
        assert told.message_detail.startswith(f"delete_all_records by postgres since {began}")
        assert "pg_cancel_backend" in told.message_hint
    assert run.ended is None and world.value("SELECT count(*) FROM run WHERE function <> 'mirror_account'") == 1
    assert world.wipe(dry_run=True)  # which changes nothing


def test_a_wipe_is_refused_while_changes_are_applied(world, busy):
    world.sql("INSERT INTO aws.sqs_queue (name) VALUES ('made')")
    busy("SELECT * FROM apply_changes()", "CreateQueue")
    told, seconds = refused(world.wipe)
    assert seconds < AT_ONCE and told.message_detail.startswith("apply_changes by postgres since ")


def test_a_run_from_another_database_of_the_server_is_refused(world, busy, postgres):
    """Locks are a database's, but the account is the same."""
    postgres.create_database(f"{world.database}_too", template="with_extension")
    other = World(postgres, world.double, f"{world.database}_too", world.account_id)
    other.only("iam", "s3", "sqs")
    other.mirror()
    busy()
    told, seconds = refused(other.wipe)
    assert seconds < AT_ONCE and told.message_detail.startswith(f'A run in database "{world.database}" of this server, since ')
    assert other.sql("SELECT * FROM run WHERE function <> 'mirror_account'") == []
    other.close()


def test_different_accounts_go_side_by_side(world):
    world.only("iam", "s3", "sqs")
    others = f"88{world.account_id[2:]}"
    world.sql("INSERT INTO account SELECT %s, 'second', regions, profile, replace(role_arn, account_id, %s), external_id, endpoint_url, disposable, refuse_alias FROM account", others, others)
    for account_id in (world.account_id, others):
        for number in range(6):
            world.double.boto("sqs", "us-east-1", account_id).create_queue(QueueName=f"jobs-{number}")
    world.double.faults({"operation": "DeleteQueue", "delay": 3})
    runs = [Statement(world, f"SELECT * FROM delete_all_records(account => '{account_id}')") for account_id in (world.account_id, others)]
    for run in runs:
        run.join(60)
        assert run.error is None
    spans = world.sql("SELECT account_id, min(j.started_at) AS began, max(j.finished_at) AS ended, count(*) FROM journal j JOIN run USING (run_id) GROUP BY 1")
    assert [span["count"] for span in spans] == [6, 6]
    assert max(span["began"] for span in spans) < min(span["ended"] for span in spans)


def test_who_holds_an_account_without_a_run_is_named(world):
    """Anybody in the database can take such a lock, and whoever is refused should learn from whom."""
    world.only("iam", "s3", "sqs")
    with world.postgres.connect(world.database) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('tabula_rasa ' || %s, 0))", [world.account_id])
        told, seconds = refused(world.wipe)
        assert f"process {other.info.backend_pid}, role postgres" in told.message_detail and "pg_terminate_backend" in told.message_hint
    assert {row["status"] for row in world.wipe()} <= {"deleted", "kept"}


def test_a_run_that_has_crashed_is_not_told_for_the_holder(world, busy):
    world.sql("INSERT INTO run (function, account_id, \"session_user\", pid, arguments, started_at) VALUES ('restore_account_defaults', %s, 'ghost', 1, '{\"dry_run\": false}', now() + interval '1 hour')", world.account_id)
    busy()
    told, _ = refused(world.wipe)
    assert told.message_detail.startswith("delete_all_records by postgres since ")


def test_a_lock_that_goes_in_a_moment_refuses_nobody(world):
    """A connection that was closed, or whose process was killed, keeps its locks until the server has noticed."""
    world.only("iam", "s3", "sqs")
    with world.postgres.connect(world.database) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('tabula_rasa ' || %s, 0))", [world.account_id])
        letting_go = threading.Timer(0.25, lambda: other.execute("SELECT pg_advisory_unlock_all()"))
        letting_go.start()
        world.wipe()
        letting_go.join()


def test_a_run_that_has_ended_holds_nothing(world):
    world.only("iam", "s3", "sqs")
    for _ in range(5):
        world.wipe()
        assert world.sql("SELECT FROM pg_locks WHERE locktype = 'advisory'") == []
