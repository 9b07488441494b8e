"""How many of the calls under way may be of one service in one region: few until it has answered, and fewer when AWS throttles it; and how much its lists ask for.

A throttled call keeps its thread: botocore makes it wait there. What may keep many threads would keep them from all other services.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque

SHORTEST = 1 / 16  # of the largest page: AWS has other troubles where it does not answer with so little
GAIN = 1 / 100  # of the largest page, per answer: a page too long costs a minute, a page too short one more request
LEAST = 4  # calls at once of a service that has not answered yet, or that is throttled: of a few, those that wait hold up no others


class Share:
    """The share of a service in a region; `most` is that of one that answers well.

    It grows by one with each answer until AWS throttles it: then it is halved, and grows by one for as many answers as it holds calls.

    page        what part of its largest page a list asks for: halved when AWS cannot give that much, and growing with each page that it gives. Throttling
                leaves it as it is: AWS throttles by the number of requests, of which shorter pages make more.
    """

    def __init__(self, most):
        self.least, self.most = min(LEAST, most), most
        self.limit = self.least
        self.page = 1.0
        self._throttled = False
        self._calls = _Room(lambda: self.limit)
        self._changes = _Room(lambda: ahead(self.limit))

    def answered(self, throttled):
        """May be called in any thread."""
        if throttled:
            self.limit, self._throttled = max(self.least, self.limit / 2), True
        else:
            self.limit = min(self.most, self.limit + (1 / self.limit if self._throttled else 1))

    def given(self, part, well):
        """AWS was asked for a page of such a part, and gave it well or not at all. May be called in any thread."""
        if well:
            self.page = min(1.0, self.page + GAIN)
        else:  # others that asked for as much do not halve it again
            self.page = min(self.page, max(SHORTEST, part / 2))

    def room(self, change=False):
        """Within, a call may be under way. Who came first is let in first, but looks before changes: what waits for what a look shows should not wait for all changes."""
        return self._calls.room(not change)

    def waiting_room(self):
        """Within, a change is under way or soon will be."""
        return self._changes.room()


def ahead(limit):
    """How many changes may be prepared where so many calls may be under way: those that wait need only be as many as are answered while a line is written."""
    return limit + max(1, limit // 4)


class Pace:
    """Spaces the requests to a service in a region, those that are sent again included, so that there are no more than so many a second. A handler of before-send.

    wait    wait(seconds): a pause that ends early when the run is stopped
    """

    def __init__(self, per_second, wait):
        self._gap, self._wait = 1 / per_second, wait
        self._lock, self._last = threading.Lock(), 0.0

    def __call__(self, **_):
        with self._lock:
            turn = self._last = max(time.monotonic(), self._last + self._gap)
        self._wait(turn - time.monotonic())


class _Room:
    """Lets in as many at a time as limit() says."""

    def __init__(self, limit):
        self._limit = limit
        self._inside = 0
        self._waiting = {True: deque(), False: deque()}

    @contextlib.asynccontextmanager
    async def room(self, first=False):
        turn = asyncio.get_running_loop().create_future()
        self._waiting[first].append(turn)
        self._let_in()
        try:
            await turn
            yield
        finally:
            if not turn.cancelled():
                self._inside -= 1
            self._let_in()

    def _let_in(self):
        while any(self._waiting.values()) and self._inside < int(self._limit()):
            turn = (self._waiting[True] or self._waiting[False]).popleft()
            if not turn.done():  # it may have been cancelled
                self._inside += 1
                turn.set_result(None)
