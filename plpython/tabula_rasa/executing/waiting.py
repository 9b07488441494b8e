"""How the end of what takes time is known: by botocore's waiters, or by listing the type again."""

from __future__ import annotations

import asyncio
import time

from botocore.exceptions import BotoCoreError, ClientError

from ..expressions import arguments, holds
from ..failure import Failure

FIRST_LOOK = 0.3  # seconds until an asynchronous deletion is looked at; then ever longer, up to the waiter's own delay
LONGEST_LOOK = 15
LAG = 3  # seconds
IDLE = 10  # times the patience: how long an unknown owner may take to remove what is its own while nothing else moves
STALE = 60  # seconds in which a waiter's "failure" may be what AWS showed before the deletion


class Refused(Exception):
    """A change that did not succeed; the text is its reason."""


class Refusal(Exception):
    """AWS's no to one call."""

    def __init__(self, failure, operation=None):
        super().__init__(str(failure))
        self.failure = failure
        self.operation = operation


class Waiting:
    """Waits of one execution.

    look        coroutine (type, region) -> {resource_id: properties} of what is there now; None where it could not be read
    patience    seconds; see Executor
    moved       () -> time.monotonic() of the last change that succeeded
    """

    def __init__(self, aws, look, patience, moved):
        self.aws = aws
        self.look = look
        self.patience = patience
        self.moved = moved
        self._looks = {}

    async def vanished(self, rt, key):
        """Waits until its owner has taken a record along; gives up when nothing else has moved for long."""
        began, pause = time.monotonic(), FIRST_LOOK
        while await self._remaining(rt, [key]):
            if time.monotonic() - max(self.moved(), began) > IDLE * self.patience:
                raise Refused("AWS removes it with its owner, and has not done so yet; a Lambda function's interface can take 45 minutes. Run again later")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_LOOK)

    async def is_gone(self, rt, key, retried):
        """Does a look show that it is not there? Where a call was sent again, it may have gone just now: a list that lags is given some seconds."""
        for pause in (0, LAG) if retried else (0,):
            await asyncio.sleep(pause)
            if not await self._remaining(rt, [key]):
                return True
        return False

    async def until_over(self, rt, records, wait):
        """Returns when none of the records ({key: what expressions see}, of one type and region) is there any more, or each is as `wait.until` says.

        Refused when that takes too long. A waiter's arguments see the list of all: it is asked about them in one call.
        """
        region = next(iter(records)).region
        if wait.waiter:
            return await self.for_waiter(rt.service, region, wait.waiter, arguments(wait.arguments, list(records.values())), wait.seconds)
        deadline, pause = time.monotonic() + wait.seconds, FIRST_LOOK
        while await self._remaining(rt, records, wait.until):
            if time.monotonic() > deadline:
                raise Refused(f"AWS does not show {wait.until} after {wait.seconds} s" if wait.until else "AWS still shows it after waiting for its end")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_LOOK)

    async def _remaining(self, rt, keys, until=""):
        """Those of the keys, of one type and region, that are still there and not as `until` says; all of them where AWS does not let one look."""
        there = await self._look(rt.name, next(iter(keys)).region)
        if there is None:
            return list(keys)
        return [key for key in keys if key.resource_id in there and not (until and holds(until, there[key.resource_id]))]

    async def _look(self, resource_type, region):
        """What is there of a type; all who ask within the same moment share one list call."""
        key = resource_type, region
        if key not in self._looks:
            self._looks[key] = asyncio.ensure_future(self.look(resource_type, region))
            self._looks[key].add_done_callback(lambda _: self._looks.pop(key, None))
        return await asyncio.shield(self._looks[key])

    async def for_waiter(self, service, region, waiter, request, seconds=600):
        """botocore's waiter, awaited: its operation, acceptors and delay, polled sooner at first."""
        config = self.aws.connection.client(service, region).get_waiter(waiter).config
        began, pause = time.monotonic(), FIRST_LOOK
        while True:
            try:
                answer = await self.aws.call(service, region, config.operation, request)
            except ClientError as error:
                answer = error.response
            except BotoCoreError as error:
                failure = Failure.of(error)
                if not failure.unanswered:
                    raise Refused(f"{service}:{config.operation}: {failure}") from error
                answer = None  # the next look may tell
            state = "retry" if answer is None else next((each.state for each in config.acceptors if each.matcher_func(answer)), None)
            if state == "success":
                return
            failure = Failure.of(ClientError(answer, config.operation)) if answer and "Error" in answer else None
            if (failure and failure.passing) or (state == "failure" and not failure and time.monotonic() - began < STALE):
                state = "retry"
            if state is None and failure and failure.gone:
                return
            if state == "failure" or (state is None and failure):
                raise Refused(f"{service}:{config.operation}: {failure or 'AWS reports that it failed'}")
            if time.monotonic() - began > seconds:
                raise Refused(f"AWS still reports no end after {seconds} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, config.delay)
