"""A server process that is killed midway: every call that AWS has seen is in the journal, and the next wipe goes on from there."""

import os
import signal
import threading
import time

import psycopg
import pytest

from embedded import EmbeddedPostgres
from world import World, is_closed, wait_for


@pytest.fixture
def own_server(double, request):
    """A server of the test's own: killing one of its processes takes all its sessions along."""
    with EmbeddedPostgres() as server:
        server.create_database("killed")
        server.create_extension("killed")
        world = World(server, double, "killed", f"9{abs(hash(request.node.name)) % 10**11:011}")
        world.only("ec2", "iam", "sqs")
        yield world
        world.close()


@pytest.mark.parametrize("victim", ["kill -9", "pg_terminate_backend"])
def test_a_killed_wipe_is_in_the_journal_and_can_go_on(own_server, victim):
    world = own_server
    for number in range(150):
        world.aws("sqs").create_queue(QueueName=f"{victim.split()[0]}-{number}")
    world.forget_calls()
    wipe = psycopg.connect(world.postgres.conninfo("killed"), autocommit=True)
    ended = []

    def run():
        try:
            ended.append(wipe.execute("SELECT count(*) FROM delete_all_records()").fetchone())
        except psycopg.OperationalError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(lambda: len(world.calls(mutating=True)) > 5)
    began = time.monotonic()
    if victim == "kill -9":
        os.kill(wipe.info.backend_pid, signal.SIGKILL)
    else:
        world.sql("SELECT pg_terminate_backend(%s)", wipe.info.backend_pid)
    thread.join(timeout=30)
    assert isinstance(ended[0], psycopg.OperationalError) and time.monotonic() - began < 10

    if victim == "kill -9":  # the server ends all its sessions and starts anew
        wait_for(lambda: is_closed(world.connection))

    def again():
        try:
            return World(world.postgres, world.double, "killed", world.account_id, connect_only=True)
        except psycopg.OperationalError:
            return None

    after = wait_for(again)
    time.sleep(1)  # what was under way has arrived
    seen = {each["params"]["QueueUrl"] for each in world.calls(mutating=True) if each["operation"] == "DeleteQueue"}
    assert len(seen) < 150
    written = {row["resource_id"]: row["outcome"] for row in after.sql("SELECT resource_id, outcome FROM journal")}
    assert seen <= set(written), "a call is missing in the journal"
    assert after.value("SELECT status FROM run ORDER BY run_id DESC LIMIT 1") == "running"

    rows = after.wipe()
    assert {row["status"] for row in rows if row["action"] == "delete"} == {"deleted"}
    assert [row["status"] for row in after.sql("SELECT status FROM run ORDER BY run_id")] == ["interrupted", "done"]
    assert world.aws("sqs").list_queues().get("QueueUrls") is None
    after.close()
