"""What a run leaves behind in the session that it ran in: nothing."""

import asyncio

import pytest

from tabula_rasa.aws import Aws
from tabula_rasa.connection import Account
from tabula_rasa.share import Share
from tabula_rasa.stopping import Stop


class Connection:
    """What Aws needs of a connection that nothing is sent over."""

    def __init__(self):
        self.account, self.stopped, self._share = Account("123456789012"), Stop(), Share(1)

    def share(self, service, region):
        return self._share

    def close(self):
        pass


def test_a_run_that_fails_by_itself_leaves_no_room_taken():
    """A look that several wait for goes on when one of them fails; the next run in the session has to find all room free."""
    connection = Connection()

    async def fails(aws):
        entered = asyncio.Event()

        async def look():
            async with aws.room("sqs", "us-east-1"):
                entered.set()
                await asyncio.sleep(30)

        looking = asyncio.ensure_future(look())
        await entered.wait()
        assert not looking.done()
        raise RuntimeError("the journal cannot be written")

    async def goes_on(aws):
        async with aws.room("sqs", "us-east-1"):
            return "room"

    aws = Aws(connection)
    with pytest.raises(RuntimeError):
        aws.run(fails(aws), lambda: None)
    aws = Aws(connection)
    assert aws.run(asyncio.wait_for(goes_on(aws), 2), lambda: None) == "room"
