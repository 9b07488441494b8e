"""Other functions than the wipe are ended the same way, and so is a run at its awkward moments: asking, waiting, held back by AWS, writing down."""

import time

import psycopg
import pytest

from ending import CANCELS, CONNECTING, KILLS, WIPE, Statement, check_end, connected_to, ended, furnish, slow, sockets
from world import wait_for

HOW = {**CANCELS, **KILLS}


def with_network(world):
    world.sql("SELECT enable_services('ec2')")
    world.only("ec2", "iam")


def end_and_look(world, again, how, query):
    """Starts the statement, ends it in the midst, checks; the world to go on with."""
    run = Statement(world, query, psql="psql" in how)
    wait_for(lambda: len(world.calls(mutating=True)) > 2)
    asked, over = ended(world, how, run)
    after = again(world)
    check_end(world, after, how, run, asked, over)
    world.double.faults()
    return after


@pytest.mark.parametrize("how", ["cancel by psycopg", "kill -9 of psql", "kill -9 of the backend"])
def test_apply_changes(victim, again, how, chance):
    world = victim
    world.mirror()
    world.sql("INSERT INTO aws.sqs_queue (name) SELECT 'made-' || n FROM generate_series(1, 20) n")
    slow(world, chance)
    world.forget_calls()
    after = end_and_look(world, again, how, "SELECT * FROM apply_changes()")
    seen = [call for call in world.calls(mutating=True) if call["operation"] == "CreateQueue"]
    assert 0 < len(seen) < 20
    first = after.sql("SELECT resource_id, status, reason FROM apply_changes(force => true)")
    assert {row["status"] for row in first} == {"done"}, first
    urls = world.aws("sqs").list_queues()["QueueUrls"]
    assert sorted(url.rpartition("/")[2] for url in urls) == sorted(f"made-{number}" for number in range(1, 21))
    assert after.sql("SELECT * FROM edit") == []


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_restore(victim, again, how):
    world = victim
    with_network(world)
    ec2 = world.aws("ec2")
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": False})
    world.double.faults({"account": world.account_id, "operation": "ModifySubnetAttribute", "delay": 3, "times": 2}, {"account": world.account_id, "operation": "ModifySubnetAttribute", "delay": 0.3})
    world.forget_calls()
    after = end_and_look(world, again, how, "SELECT * FROM restore_account_defaults()")
    assert "failed" not in {row["status"] for row in after.restore()}
    assert {row["status"] for row in after.check()} == {"ok"}


@pytest.mark.parametrize("how", [*CANCELS, *KILLS])
def test_mirror(victim, again, how):
    """Reading is not in the journal; it ends as soon, though AWS takes its time for every answer."""
    world = victim
    furnish(world, 2)
    world.double.faults(*({"account": world.account_id, "service": each, "delay": 5} for each in ("iam", "s3", "sqs")))
    run = Statement(world, "SELECT * FROM mirror_account()", psql="psql" in how)
    wait_for(lambda: len(world.calls()) > 1)
    asked, over = ended(world, how, run)
    after = again(world)
    check_end(world, after, how, run, asked, over)
    world.double.faults()
    assert "failed" not in {row["status"] for row in after.mirror()}


@pytest.mark.parametrize("service", ["sts", "iam"])
def test_while_aws_is_asked_who_we_are(victim, again, service):
    world = victim
    furnish(world, 2)
    world.double.faults({"service": service, "delay": 5})  # of the operator's account, too, which assumes the role
    run = Statement(world, WIPE)
    wait_for(lambda: any(call["service"] == service and not call["finished"] for call in world.double.calls()))
    asked, over = ended(world, "pg_cancel_backend", run)
    check_end(world, again(world), "pg_cancel_backend", run, asked, over)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_while_a_host_is_connected_to(victim, again, silent, how, scheme):
    world = victim
    world.sql("UPDATE account SET endpoint_url = %s WHERE account_id = %s", f"{scheme}://127.0.0.1:{silent[1]}", world.account_id)
    run = Statement(world, WIPE)
    wait_for(lambda: sockets(run.pid) & connected_to(silent[1], CONNECTING))
    asked, over = ended(world, how, run)
    after = again(world)
    check_end(world, after, how, run, asked, over)
    if how in CANCELS:
        assert not sockets(run.pid) & connected_to(silent[1])
    after.sql("UPDATE account SET endpoint_url = %s WHERE account_id = %s", world.double.url, world.account_id)
    assert "failed" not in {row["status"] for row in after.wipe()}


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_while_aws_throttles(victim, again, how):
    """botocore would pause for up to 20 seconds between two tries, and waits for a rate limit of its own."""
    world = victim
    furnish(world)
    world.double.faults({"account": world.account_id, "operation": "DeleteQueue", "error_code": "ThrottlingException", "status": 400})
    run = Statement(world, WIPE)
    wait_for(lambda: len(world.calls(mutating=True)) >= 12)
    time.sleep(3)  # most are in a pause now
    asked, over = ended(world, how, run)
    after = again(world)
    print(f"over after {over - asked:.2f} s")
    assert over - asked < 2
    time.sleep(0.5)
    assert not [call for call in world.calls() if call["started"] > over]
    lines = after.sql("SELECT outcome, error_code FROM journal WHERE operation = 'DeleteQueue'")
    assert "done" not in {line["outcome"] for line in lines}
    assert {call["params"]["QueueUrl"] for call in world.calls(mutating=True) if call["operation"] == "DeleteQueue"} <= {row["resource_id"] for row in after.sql("SELECT resource_id FROM journal")}
    world.double.faults()
    assert {row["status"] for row in after.wipe() if row["action"] == "delete"} == {"deleted"}


@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend", "kill -9 of psql"])
def test_while_the_run_waits(victim, again, how):
    """A NAT gateway takes long to go; nothing is under way meanwhile but looking."""
    world = victim
    with_network(world)
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    world.forget_calls()
    world.double.settings(delay=8)
    try:
        run = Statement(world, WIPE, psql="psql" in how)
        wait_for(lambda: any(call["operation"] == "DeleteNatGateway" and call["finished"] for call in world.calls(mutating=True)))
        time.sleep(1)
        asked, over = ended(world, how, run)
        after = again(world)
        check_end(world, after, how, run, asked, over)
        assert after.sql("SELECT * FROM journal WHERE outcome IS NULL") == []
    finally:
        world.double.settings(delay=0.3)
    assert {row["status"] for row in after.wipe() if row["action"] == "delete"} == {"deleted"}
    assert vpc not in {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]}


def test_statement_timeout_while_the_mirror_is_written(victim, again):
    """After AWS: what was deleted is in the journal, the mirror is as it was before, and the next run brings it up to date."""
    world = victim
    furnish(world, 3)
    world.mirror()
    blocker = world.postgres.connect(world.database)
    blocker.execute("BEGIN; LOCK TABLE aws.sqs_queue IN SHARE ROW EXCLUSIVE MODE")
    run = Statement(world, WIPE, ["SET statement_timeout = '8s'"])
    run.join()
    blocker.close()
    assert isinstance(run.error, psycopg.errors.QueryCanceled) and "statement timeout" in str(run.error)
    assert world.value("SELECT status FROM run ORDER BY run_id DESC LIMIT 1") == "cancelled"
    assert world.value("SELECT count(*) FROM aws.sqs_queue WHERE account_id = %s", world.account_id) == 3
    run.connection.execute("SET statement_timeout = 0; SELECT count(*) FROM delete_all_records()")
    assert world.value("SELECT count(*) FROM aws.sqs_queue WHERE account_id = %s", world.account_id) == 0
