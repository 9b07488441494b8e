"""A run that is ended from outside at a random point: what AWS has seen is in the journal, nothing is left behind, and the next run goes on from there.

POINTS=100 tries so many points; the number of a point is its seed.
"""

import os
import random
import time

import pytest

from ending import CANCELS, KILLS, QUEUES, WIPE, Statement, check_end, ended, furnish, slow
from world import wait_for

POINTS = int(os.environ.get("POINTS", 15))
ENDS = [*CANCELS, *KILLS, "statement_timeout", "rollback"]
STATUS = dict.fromkeys(ENDS, "cancelled") | dict.fromkeys(KILLS, "interrupted") | {"kill -9 of psql": "cancelled", "rollback": "done"}


@pytest.mark.parametrize("point", range(POINTS))
def test_a_wipe_that_is_ended_anywhere(victim, again, point):
    world, chance, how = victim, random.Random(point), ENDS[point % len(ENDS)]
    furnish(world)
    slow(world, chance)
    seen, pause, before, timeout = chance.randint(1, QUEUES // 2), chance.random(), [], None
    if how == "statement_timeout":
        began = time.time()
        world.wipe(dry_run=True)  # as long as it takes until a wipe's first change
        timeout = time.time() - began + 0.5 + 2 * pause
        before = [f"SET statement_timeout = '{timeout:.3f}s'"]
        world.forget_calls()
    run = Statement(world, WIPE, before or ["BEGIN"] * (how == "rollback"), psql="psql" in how)
    if how == "statement_timeout":
        run.join()
        asked, over = run.began + timeout, run.ended
    elif how == "rollback":
        run.join()
        asked = over = run.ended
        run.connection.execute("ROLLBACK")
    else:
        wait_for(lambda: len(world.calls(mutating=True)) >= seen)
        time.sleep(pause)
        asked, over = ended(world, how, run)
    after = again(world)
    check_end(world, after, how, run, asked, over)

    world.double.faults()
    if how in ("pg_cancel_backend", "cancel by psycopg", "statement_timeout", "rollback"):  # the session that it happened to goes on
        run.connection.execute("SET statement_timeout = 0")
        rows = [dict(zip(("status", "action"), row)) for row in run.connection.execute("SELECT status, action FROM delete_all_records()")]
    else:
        rows = after.wipe()
    assert {row["status"] for row in rows if row["action"] == "delete"} <= {"deleted"}
    assert world.aws("sqs").list_queues().get("QueueUrls") is None and world.aws("s3").list_buckets()["Buckets"] == []
    assert [row["status"] for row in after.sql("SELECT status FROM run WHERE NOT (arguments ->> 'dry_run')::boolean ORDER BY run_id")] == [STATUS[how], "done"]
    assert after.value("SELECT count(*) FROM aws.resource WHERE account_id = %s AND resource_type IN ('sqs_queue', 's3_bucket')", world.account_id) == 0
