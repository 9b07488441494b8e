"""A service that is throttled in one region: the others go on meanwhile, and its own share of the calls under way shrinks and grows again."""

import asyncio
import time

import pytest
from world import ROLE

from tabula_rasa.aws import Aws
from tabula_rasa.connection import WIDTH, Account, Connection
from tabula_rasa.share import LEAST, Share

ACCOUNT = "660000000001"


@pytest.fixture
def connection(double, monkeypatch):
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    made = Connection(Account(ACCOUNT, role_arn=ROLE.format(ACCOUNT), endpoint_url=double.url))
    made.identity()
    yield made
    double.faults()


def test_the_others_go_on(connection, double):
    """As many calls as there are threads, each made to wait by botocore in its thread: without shares nothing else happens meanwhile."""
    aws, share = Aws(connection), connection.share("sqs", "us-east-1")
    double.faults({"service": "sqs", "error_code": "RequestThrottled", "status": 403, "times": 2})

    async def work():
        await asyncio.gather(*(aws.call("sqs", "us-east-1", "ListQueues", {"QueueNamePrefix": str(each)}) for each in range(4)))
        assert share.limit < WIDTH / 2
        throttled = [asyncio.create_task(aws.work(lambda client: time.sleep(1), "sqs", "us-east-1")) for _ in range(WIDTH)]
        await asyncio.sleep(0.1)
        await asyncio.gather(*(aws.call("iam", "global", "ListUsers", {"PathPrefix": f"/{each}/"}) for each in range(WIDTH)))
        done = sum(each.done() for each in throttled)
        await asyncio.gather(*throttled)
        return done

    assert aws.run(work(), lambda: None) < WIDTH / 2
    assert connection.share("iam", "global").limit == WIDTH


def test_a_share_shrinks_and_grows():
    share = Share(WIDTH)
    assert share.limit == LEAST
    for _ in range(WIDTH):
        share.answered(throttled=False)
    assert share.limit == WIDTH
    share.answered(throttled=True)
    assert share.limit == WIDTH / 2
    for _ in range(9):
        share.answered(throttled=True)
    assert share.limit == LEAST
    grown = [share.answered(throttled=False) or share.limit for _ in range(200)]
    assert grown[4] < LEAST + 2 and grown[-1] == WIDTH


def test_who_is_cancelled_leaves_room():
    """Whether it was still waiting or just let in."""
    share = Share(1)

    async def work():
        async def inside():
            async with share.room():
                await asyncio.sleep(0)

        first = asyncio.create_task(inside())
        others = [asyncio.create_task(inside()) for _ in range(4)]
        await asyncio.sleep(0)
        others[0].cancel(), others[2].cancel(), first.cancel()
        return await asyncio.wait_for(asyncio.gather(first, *others, return_exceptions=True), 1)

    ended = asyncio.run(work())
    assert [isinstance(each, asyncio.CancelledError) for each in ended] == [True, True, False, True, False]
    assert share._calls._inside == 0
