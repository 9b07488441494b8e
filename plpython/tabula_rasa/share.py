"""How many of the calls under way may be of one service in one region: few until it has answered, and fewer when AWS throttles it.

A throttled call keeps its thread: botocore makes it wait there. What may keep many threads would keep them from all other services.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

LEAST = 4  # calls at once of a service that has not answered yet, or that is throttled: of a few, those that wait hold up no others


class Share:
    """The share of a service in a region; `most` is that of one that answers well.

    It grows by one with each answer until AWS throttles it: then it is halved, and grows by one for as many answers as it holds calls.
    """

    def __init__(self, most):
        self.least, self.most = min(LEAST, most), most
        self.limit = self.least
        self._throttled = False
        self._under_way = 0
        self._waiting = {False: deque(), True: deque()}  # looks, changes

    def answered(self, throttled):
        """May be called in any thread."""
        if throttled:
            self.limit, self._throttled = max(self.least, self.limit / 2), True
        else:
            self.limit = min(self.most, self.limit + (1 / self.limit if self._throttled else 1))

    @contextlib.asynccontextmanager
    async def room(self, change=False):
        """Within, a call may be under way. Who came first is let in first, but looks before changes: what waits for what a look shows should not wait for all changes."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting[change].append(turn)
        self._let_in()
        try:
            await turn
            yield
        finally:
            if not turn.cancelled():
                self._under_way -= 1
            self._let_in()

    def _let_in(self):
        while any(self._waiting.values()) and self._under_way < int(self.limit):
            turn = (self._waiting[False] or self._waiting[True]).popleft()
            if not turn.done():  # it may have been cancelled
                self._under_way += 1
                turn.set_result(None)
