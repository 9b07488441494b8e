"""A journal that cannot be written means that nothing is changed: no call reaches AWS whose line is not there, and the error says what was done so far."""

import re
import time

import psycopg
import pytest

from ending import WIPE, Statement, furnish, left, slow
from world import wait_for

QUEUES = 40
LINE = 26  # the first that fails midway, beyond those of the first moment; lines of one moment share a commit, so those just before it may not be written either
WHAT_FAILS = {  # the statement that a trigger on the table executes
    "the line is refused": "RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'",
    "the connection is cut": "PERFORM pg_terminate_backend(pg_backend_pid())",
}


@pytest.fixture
def failing(world):
    """failing(table, event, what, condition): from now on the database does `what` where a line of the table would be written."""
    world.sql("DELETE FROM enabled_service WHERE service NOT IN ('iam', 's3', 'sqs')")
    made = []

    def fail(table, event, what, condition="true"):
        world.sql(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN {what}; END IF; RETURN NEW; END $$")
        world.sql(f"CREATE TRIGGER fail BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION fail()")
        made.append(table)

    def mend():
        while made:
            world.sql(f"DROP TRIGGER fail ON {made.pop()}; DROP FUNCTION fail()")

    fail.mend = mend
    return fail


def told(world, run):
    """The error of a run that its journal has ended; nothing is left of the run."""
    with pytest.raises(psycopg.Error) as raised:
        run()
    assert raised.value.sqlstate == "TR006", raised.value
    wait_for(lambda: left(world, world.connection.info.backend_pid) == [])
    return raised.value.diag


def subjects(world):
    return {call["params"].get("QueueUrl", call["params"].get("Bucket")) for call in world.calls(mutating=True)}


def written(world):
    return {row["resource_id"]: row["outcome"] for row in world.sql("SELECT resource_id, outcome FROM journal")}


@pytest.mark.parametrize("conninfo", ["host=/nowhere", "host=127.0.0.1 port=1"])
def test_it_cannot_be_reached(world, conninfo):
    world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", conninfo)
    for function in (world.wipe, world.restore):
        error = told(world, function)
        assert "nothing is changed in AWS" in error.message_primary and "journal_conninfo" in error.message_hint
    assert world.calls(mutating=True) == [] and world.sql("SELECT * FROM run") == []


@pytest.mark.parametrize("what", WHAT_FAILS)
@pytest.mark.parametrize("table", ["run", "journal"])
def test_it_refuses_the_first_line(world, failing, table, what):
    furnish(world, 3)
    failing(table, "INSERT", WHAT_FAILS[what])
    assert "nothing is changed in AWS" in told(world, world.wipe).message_primary
    assert world.calls(mutating=True) == []


def test_its_owner_may_not_write(world, failing):
    """The journal's connection is somebody's who has no right to it."""
    furnish(world, 3)
    world.sql("DROP ROLE IF EXISTS nobody; CREATE ROLE nobody LOGIN; GRANT USAGE ON SCHEMA tabula_rasa TO nobody; GRANT SELECT ON run, run_progress TO nobody")
    world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", world.postgres.conninfo(world.database, user="nobody"))
    error = told(world, world.wipe)
    assert "permission denied for table run" in error.message_detail
    world.sql("GRANT INSERT, UPDATE ON run TO nobody")
    error = told(world, world.wipe)
    assert "permission denied for table journal" in error.message_detail and "Sent to AWS in this run: 0 changes" in error.message_detail
    assert world.calls(mutating=True) == []
    world.sql("DROP OWNED BY nobody; DROP ROLE nobody")


@pytest.mark.parametrize("what", WHAT_FAILS)
def test_it_breaks_midway(world, failing, what, chance):
    furnish(world, QUEUES)
    slow(world, chance)
    failing("journal", "INSERT", WHAT_FAILS[what], f"NEW.step >= {LINE}")
    error = told(world, world.wipe)
    assert "nothing more is changed in AWS" in error.message_primary and "table journal" in error.message_hint
    seen = len(world.calls(mutating=True))
    sent, known = map(int, re.search(r"Sent to AWS in this run: (\d+) changes, (\d+) of them with a known outcome", error.message_detail).groups())
    assert 0 < seen == sent < LINE and known <= sent
    assert world.value("SELECT count(*) FROM journal") == LINE - 1 or "cut" in what  # what one line is refused for costs no other
    time.sleep(0.5)
    assert subjects(world) <= set(written(world)) and len(world.calls(mutating=True)) == seen
    failing.mend()
    world.double.faults()
    assert {row["status"] for row in world.wipe() if row["action"] == "delete"} == {"deleted"}
    assert world.aws("sqs").list_queues().get("QueueUrls") is None


@pytest.mark.parametrize("what", WHAT_FAILS)
def test_an_outcome_that_cannot_be_written_stays_unknown(world, failing, what):
    furnish(world, QUEUES)
    failing("journal", "UPDATE", WHAT_FAILS[what])
    assert "Sent to AWS" in told(world, world.wipe).message_detail
    assert 0 < len(subjects(world)) < QUEUES
    lines = written(world)
    assert subjects(world) <= set(lines) and set(lines.values()) == {None}
    failing.mend()
    assert {row["status"] for row in world.wipe() if row["action"] == "delete"} == {"deleted"}


def test_a_run_that_waits_for_long_ends_as_soon_as_its_journal_breaks(world, failing):
    """A change that is under way when the journal breaks has its last word; then its task ends instead of waiting for what it began."""
    world.sql("SELECT enable_services('ec2')")
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    world.aws("sqs").create_queue(QueueName="jobs")
    world.forget_calls()
    world.double.faults({"account": world.account_id, "operation": "DeleteNatGateway", "delay": 0.5})
    failing("journal", "UPDATE", WHAT_FAILS["the line is refused"], "NEW.operation = 'DeleteQueue'")
    world.double.settings(delay=30)
    try:
        told(world, world.wipe)
        ended = time.time()
    finally:
        world.double.settings(delay=0.3)
    gateway = next(call for call in world.calls(mutating=True) if call["operation"] == "DeleteNatGateway")
    assert ended - gateway["finished"] < 5
    assert world.value("SELECT outcome FROM journal WHERE operation = 'DeleteNatGateway'") == "done"


def test_the_end_of_the_run_cannot_be_written(world, failing):
    furnish(world, 3)
    failing("run", "UPDATE OF status", WHAT_FAILS["the line is refused"])
    error = told(world, world.wipe)
    sent, known = re.search(r"Sent to AWS in this run: (\d+) changes, (\d+) of them with a known outcome", error.message_detail).groups()
    assert sent == known
    assert set(written(world).values()) == {"done"}
    failing.mend()
    assert {row["status"] for row in world.wipe()} == {"kept"}
    assert [row["status"] for row in world.sql("SELECT status FROM run ORDER BY run_id")] == ["interrupted", "done"]


def test_settings_of_the_database_do_not_cut_it(world, failing):
    """A run may wait for AWS for longer than a session may be idle."""
    furnish(world, 3)
    world.sql(f"ALTER DATABASE {world.database} SET idle_session_timeout = '300ms'")
    world.double.faults({"account": world.account_id, "operation": "DeleteQueue", "delay": 1})
    run = Statement(world, WIPE)
    run.join()
    assert run.error is None
    assert set(written(world).values()) == {"done"}


def test_a_line_that_another_session_holds_up_does_not_hold_up_the_run_for_ever(world, failing):
    furnish(world, 3)
    with world.postgres.connect(world.database) as other:
        other.execute("BEGIN; LOCK TABLE journal IN SHARE MODE")
        assert "lock timeout" in told(world, world.wipe).message_detail
    assert world.calls(mutating=True) == []
