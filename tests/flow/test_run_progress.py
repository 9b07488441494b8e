"""Another session sees how far a run is while it goes on, its caller is told now and then, and a run that was killed does not look alive."""

import os
import re
import signal
import threading
import time

import psycopg
import pytest

from embedded import EmbeddedPostgres
from world import World, is_closed, wait_for


@pytest.fixture
def world(world):
    world.only("ec2", "iam", "sqs")
    return world


class Watched:
    """A statement in a session of its own, watched from another: `seen` holds the states of run_progress, `told` (second, NOTICE)."""

    def __init__(self, world, query, before=None):
        self.seen, self.told, self.error = [], [], None
        caller = world.postgres.connect(world.database)
        caller.add_notice_handler(lambda told: self.told.append((time.monotonic(), told.message_primary)))
        if before:
            caller.execute(before)
        thread = threading.Thread(target=self._run, args=(caller, query))
        with world.postgres.connect(world.database) as other:
            thread.start()
            while thread.is_alive():
                for row in other.execute("SELECT phase, done, total, failed, aws_calls, pid, function, estimated_end > updated_at, now() - updated_at < '5 s' FROM run_progress").fetchall():
                    if row != (self.seen and self.seen[-1]):
                        self.seen.append(row)
                time.sleep(0.05)
            assert other.execute("SELECT * FROM run_progress").fetchall() == []
        self.pid = caller.info.backend_pid
        caller.close()

    def _run(self, caller, query):
        try:
            caller.execute(query).fetchall()
        except psycopg.Error as error:
            self.error = error

    def phases(self):
        """In order, each once in a row, as far as they lasted long enough to be seen."""
        names = [row[0] for row in self.seen if row[0]]
        return [name for number, name in enumerate(names) if number == 0 or names[number - 1] != name]

    def counts(self, phase):
        return [row[1] for row in self.seen if row[0] == phase and row[1] is not None]


def test_a_wipe_is_seen_from_another_session(world, double):
    for number in range(100):
        world.aws("sqs").create_queue(QueueName=f"queue-{number}")
    double.faults({"service": "sqs", "operation": "DeleteQueue", "delay": 2}, {"service": "sqs", "operation": "ListQueues", "delay": 0.5}, {"service": "ec2", "delay": 0.7})
    run = Watched(world, "SELECT * FROM delete_all_records()")
    assert run.error is None
    order = ["reading", "saving", "deciding", "deleting", "reading again", "saving"]
    phases = run.phases()
    assert {"reading", "deleting", "reading again"} <= set(phases)
    remaining = iter(order)
    assert all(phase in remaining for phase in phases), phases
    for phase in ("reading", "deleting"):
        counts = run.counts(phase)
        assert counts == sorted(counts) and len(set(counts)) > 2 and counts[-1] > 0, (phase, counts)
    assert {row[2] for row in run.seen if row[0] == "deleting" and row[1]} == {100}
    assert (run.seen[-1][5], run.seen[-1][6]) == (run.pid, "delete_all_records")
    calls = [row[4] for row in run.seen if row[4] is not None]
    assert calls == sorted(calls) and calls[-1] > 100
    assert any(row[7] for row in run.seen if row[0] == "deleting")
    assert all(row[8] for row in run.seen if row[0] in ("reading", "deleting"))

    told = [(second, text) for second, text in run.told if text.startswith("tabula_rasa: ")]
    assert told and min([after[0] - before[0] for before, after in zip(told, told[1:])], default=5) > 4.9
    for _, text in told:
        assert re.fullmatch(r"tabula_rasa: (reading|deleting|reading again|saving|deciding): (\d+ of \d+ (lists|records), )?\d+ AWS calls(, about (\d+ s|\d+ min) left)?", text), text
    (row,) = world.sql("SELECT * FROM run")
    assert row["status"] == "done" and row["aws_calls"] >= calls[-1]


def test_deletions_that_fail_are_counted(world, double):
    for number in range(3):
        world.aws("sqs").create_queue(QueueName=f"queue-{number}")
    world.aws("ec2").create_key_pair(KeyName="slow")
    double.faults(
        {"service": "sqs", "operation": "DeleteQueue", "error_code": "AccessDenied", "status": 403}, {"service": "ec2", "operation": "DeleteKeyPair", "delay": 3},
    )
    run = Watched(world, "SELECT * FROM delete_all_records()")
    assert max(row[3] for row in run.seen if row[0] == "deleting" and row[3] is not None) == 3


def test_mirroring_is_a_run_too_and_holds_nothing(world, double):
    double.faults({"service": "ec2", "operation": "DescribeVpcs", "delay": 2})
    run = Watched(world, "SELECT * FROM mirror_account()")
    assert run.error is None and run.seen[-1][6] == "mirror_account"
    assert run.told[-1][1].startswith("mirrored ")
    (row,) = world.sql("SELECT * FROM run")
    assert (row["function"], row["status"], row["arguments"]) == ("mirror_account", "done", {"regions": None, "resource_types": None})


def test_repairs_and_edits_are_seen(world, double):
    (vpc,) = world.aws("ec2").describe_vpcs()["Vpcs"]
    world.aws("ec2").modify_vpc_attribute(VpcId=vpc["VpcId"], EnableDnsHostnames={"Value": False})
    double.faults({"service": "ec2", "operation": "ModifyVpcAttribute", "delay": 2})
    run = Watched(world, "SELECT * FROM restore_account_defaults()")
    assert "restoring" in run.phases() and {row[2] for row in run.seen if row[0] == "restoring"} - {None} == {2}  # the region, and what is global

    double.faults({"service": "sqs", "operation": "CreateQueue", "delay": 2})
    world.sql("INSERT INTO aws.sqs_queue (region, queue_name) VALUES ('us-east-1', 'made')")
    run = Watched(world, "SELECT * FROM apply_changes()")
    assert "changing" in run.phases() and run.seen[-1][6] == "apply_changes"


def test_a_mirror_goes_on_where_the_journal_cannot_be_reached(world):
    world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', 'host=/nowhere')")
    run = Watched(world, "SELECT * FROM mirror_account()")
    assert run.error is None and run.seen == []
    assert run.told[0][1].startswith("run_progress does not show this run: ") and run.told[-1][1].startswith("mirrored ")
    assert world.value("SELECT count(*) FROM aws.ec2_vpc") == 1 and world.value("SELECT count(*) FROM run") == 0


def test_a_journal_that_may_not_be_written_stops_no_mirror_but_every_change(world):
    """Its connection is a role of one's own, and the account has readers of whom that is none."""
    world.sql("CREATE ROLE journalist LOGIN IN ROLE tabula_rasa_reader")
    try:
        world.sql("GRANT INSERT, UPDATE ON run, journal TO journalist")
        world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", world.postgres.conninfo(world.database, user="journalist"))
        assert world.restore() == []
        world.sql("UPDATE account SET readers = '{}'")
        run = Watched(world, "SELECT * FROM mirror_account()")
        assert run.error is None and run.told[0][1].startswith("run_progress does not show this run: ") and "row-level security" in run.told[0][1]
        with pytest.raises(psycopg.Error) as raised:
            world.restore()
        assert raised.value.diag.sqlstate == "TR006" and world.calls(mutating=True) == []
        assert world.value("SELECT count(*) FROM run") == 1
        world.sql("UPDATE account SET readers = '{journalist}'")
        assert world.restore() == []
    finally:
        world.sql("DROP OWNED BY journalist; DROP ROLE journalist")


def test_a_mirror_outlives_the_journal(world, double):
    double.faults({"service": "ec2", "operation": "DescribeVpcs", "delay": 4})
    ended = []

    def cut():
        wait_for(lambda: world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tabula_rasa journal' AND datname = current_database()"))
        ended.append(True)

    thread = threading.Thread(target=cut)
    thread.start()
    run = Watched(world, "SELECT * FROM mirror_account()")
    thread.join()
    assert ended and run.error is None
    assert [text.split(":")[0] for _, text in run.told][0] == "run_progress does not show this run"


def test_a_run_beside_another_is_taken_neither_for_dead_nor_for_its_holder(world):
    began = """INSERT INTO run (function, account_id, "session_user", arguments) VALUES (%s, %s, 'someone', %s) RETURNING run_id"""
    alive, dead = (world.value(began, "mirror_account", world.account_id, "{}") for _ in range(2))
    with world.postgres.connect(world.database) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('tabula_rasa run ' || %s, 0))", (alive,))
        assert [row["run_id"] for row in world.sql("SELECT run_id FROM run_progress")] == [alive]
        world.restore()
        assert {row["run_id"]: row["status"] for row in world.sql("SELECT run_id, status FROM run")} == {alive: "running", dead: "interrupted", dead + 1: "done"}

        other.execute("SELECT pg_advisory_lock(hashtextextended('tabula_rasa ' || %s, 0))", (world.account_id,))
        holder = world.value(began, "apply_changes", world.account_id, '{"dry_run": false}')
        other.execute("SELECT pg_advisory_lock(hashtextextended('tabula_rasa run ' || %s, 0))", (holder,))
        world.value(began, "delete_all_records", world.account_id, '{"dry_run": true}')
        with pytest.raises(psycopg.errors.LockNotAvailable) as raised:
            world.restore()
        assert raised.value.diag.message_detail.startswith("apply_changes by someone since ")


def test_a_killed_run_does_not_look_alive(double):
    with EmbeddedPostgres() as server:
        server.create_database("killed")
        server.create_extension("killed")
        world = World(server, double, "killed", "777700000001")
        world.only("ec2", "sqs")
        double.faults({"service": "ec2", "operation": "DescribeVpcs", "delay": 3})
        caller = psycopg.connect(server.conninfo("killed"), autocommit=True)

        def run():
            with pytest.raises(psycopg.OperationalError):
                caller.execute("SELECT * FROM mirror_account()")

        thread = threading.Thread(target=run)
        thread.start()
        wait_for(lambda: world.sql("SELECT run_id FROM run_progress"))
        os.kill(caller.info.backend_pid, signal.SIGKILL)
        thread.join(timeout=30)
        wait_for(lambda: is_closed(world.connection))

        def again():
            try:
                return World(server, double, "killed", world.account_id, connect_only=True)
            except psycopg.OperationalError:
                return None

        after = wait_for(again)
        assert after.value("SELECT status FROM run") == "running"  # so it wrote, and nobody has said otherwise since
        assert after.sql("SELECT * FROM run_progress") == []
        double.faults()
        after.close()
