"""One run at a time, none without a journal, and a cancelled one leaves a journal that is true and an account that the next one finishes."""

import time
from collections import Counter

import psycopg
import pytest


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.05)


@pytest.fixture
def slow(world, double):
    """A private network whose NAT gateway takes long to go, and things that do not."""
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    for number in range(8):
        ec2.create_key_pair(KeyName=f"key {number}")
        ec2.create_security_group(VpcId=vpc, GroupName=f"group {number}", Description="-")
    double.clear_calls()
    double.settings(delay=6)
    yield vpc
    double.settings(delay=0.3)


@pytest.mark.parametrize("conninfo", ["host=/nowhere", "host=127.0.0.1 port=1"])
def test_journal_cannot_be_reached(world, refused, conninfo):
    world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", conninfo)
    for function in (world.wipe, world.restore):
        told = refused("TR006", function)
        assert "nothing is changed in AWS" in told.message_primary
        assert "journal_conninfo" in told.message_hint
    assert world.sql("SELECT * FROM run") == []


def test_second_run_is_refused_at_once(world, double, running, slow):
    double.settings(delay=20)
    first = running("SELECT * FROM delete_all_records()")
    wait_for(lambda: "DeleteNatGateway" in {call["operation"] for call in world.calls(mutating=True)})
    for function in (world.wipe, world.restore):
        began = time.monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable) as raised:
            function()
        assert time.monotonic() - began < 5
        told = raised.value.diag
        assert f'another run holds account "{world.account_id}" (test)' in told.message_primary
        started = world.value("SELECT to_char(started_at, 'YYYY-MM-DD HH24:MI') FROM run WHERE status = 'running'")
        assert told.message_detail.startswith(f"delete_all_records by postgres since {started}")
        assert "pg_cancel_backend" in told.message_hint
    assert first.is_alive()
    assert world.value("SELECT count(*) FROM run WHERE function = 'restore_account_defaults'") == 0


def test_cancelled_wipe(world, double, running, slow):
    wipe = running("SELECT * FROM delete_all_records()")
    wait_for(lambda: "DeleteNatGateway" in {call["operation"] for call in world.calls(mutating=True)})
    cancelled = time.monotonic()
    world.sql("SELECT pg_cancel_backend(%s)", wipe.pid)
    wipe.join(timeout=30)
    assert time.monotonic() - cancelled < 5
    assert isinstance(wipe.error, psycopg.errors.QueryCanceled), wipe.error

    (run,) = world.sql("SELECT * FROM run")
    assert (run["status"], run["finished_at"] is not None) == ("cancelled", True)
    time.sleep(0.5)  # had anything been left behind, it would go on now
    seen = Counter(call["operation"] for call in world.calls(mutating=True))
    written = Counter(row["operation"] for row in world.sql("SELECT DISTINCT step, operation FROM journal WHERE error_code IS DISTINCT FROM 'Stopped'"))
    assert seen == written
    assert world.sql("SELECT * FROM journal WHERE outcome IS NULL") == []
    assert world.aws("ec2").describe_vpcs(VpcIds=[slow])["Vpcs"]

    double.settings(delay=0.3)
    rows = world.wipe()  # waits for the gateway that the cancelled one began to delete
    assert [row for row in rows if row["status"] == "failed"] == []
    assert slow not in {each["VpcId"] for each in world.aws("ec2").describe_vpcs()["Vpcs"]}
    assert [row["status"] for row in world.sql("SELECT status FROM run ORDER BY run_id")] == ["cancelled", "done"]


def test_statement_timeout_ends_a_run_too(world, running, slow):
    world.mirror()
    with pytest.raises(psycopg.errors.QueryCanceled):
        world.sql("SET statement_timeout = '2s'; SELECT * FROM delete_all_records()")
    world.sql("SET statement_timeout = 0")
    assert world.value("SELECT status FROM run WHERE function = 'delete_all_records'") == "cancelled"
    assert world.value("SELECT count(*) FROM journal WHERE outcome IS NULL") == 0


def test_killed_backend_lets_the_account_go(world, running, slow):
    wipe = running("SELECT * FROM delete_all_records()")
    wait_for(lambda: world.calls(mutating=True))
    world.sql("SELECT pg_terminate_backend(%s)", wipe.pid)
    wipe.join(timeout=30)
    assert world.restore() == []
    assert world.value("SELECT status FROM run ORDER BY run_id LIMIT 1") in ("cancelled", "failed", "interrupted")
