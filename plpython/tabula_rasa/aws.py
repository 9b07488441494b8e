"""In charge of calling AWS from a database server: threads for the I/O, awaiting for what they do, and stopping when told.

Threads do AWS I/O and nothing else; all else, awaiting included, happens on the thread that called `run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .catalog.model import method, page_token
from .connection import WIDTH, Connection
from .expressions import search

HEARTBEAT = 0.1  # seconds between looks at cancel and statement_timeout
LAST_WORD = 1.5  # seconds that a mutating call under way may still take after a cancel, to learn its outcome


class Aws:
    """One function call's access to AWS: a pool of threads, and awaiting for what they do."""

    def __init__(self, connection: Connection, width=WIDTH):
        self.connection = connection
        self.width = width
        connection.stopped.clear()
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="tabula_rasa")
        _start_threads(self._pool, width)

    def run(self, coroutine, heartbeat):
        """The coroutine's result. `heartbeat()` runs every 0.1 s on this thread; what it raises ends the run.

        When this returns or raises, no thread is left and no request leaves the process any more.
        """
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._watched(coroutine, heartbeat))
        finally:
            self.connection.stopped.set()
            self._pool.shutdown(wait=True, cancel_futures=True)
            loop.close()

    async def _watched(self, coroutine, heartbeat):
        task = asyncio.ensure_future(coroutine)
        try:
            while not (await asyncio.wait({task}, timeout=HEARTBEAT))[0]:
                heartbeat()
        except BaseException:
            self.connection.stopped.set()
            task.cancel()
            await _ended(task)
            raise
        return task.result()

    @property
    def stopped(self):
        return self.connection.stopped.is_set()

    async def call(self, service, region, operation, request, mutating=False):
        """The answer of one call, or the ClientError/BotoCoreError that botocore's retries ended with.

        A mutating call under way is given LAST_WORD seconds when the run is cancelled: its caller writes down the outcome, then asks `stopped`.
        """
        client = self.connection.client(service, region)
        return await self._in_thread(lambda: getattr(client, method(operation))(**request), LAST_WORD if mutating else 0)

    async def pages(self, service, region, operation, request):
        """Every page of a list call: by botocore's paginator, or by the token in the answer where the SDK forgot to describe one."""
        client = self.connection.client(service, region)
        name = method(operation)
        if client.can_paginate(name):
            return await self._in_thread(lambda: list(client.get_paginator(name).paginate(**request)))
        return await self._in_thread(lambda: list(_pages(getattr(client, name), request, page_token(service, operation))))

    async def work(self, function, service, region):
        """function(client) in a thread: for what needs many calls in a row with little memory, as emptying a bucket."""
        client = self.connection.client(service, region)
        return await self._in_thread(lambda: function(client), LAST_WORD)

    async def _in_thread(self, function, last_word=0):
        future = asyncio.get_running_loop().run_in_executor(self._pool, function)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            until = time.monotonic() + last_word
            while not future.done() and time.monotonic() < until:
                with contextlib.suppress(asyncio.CancelledError):  # a TaskGroup cancels its tasks again
                    await asyncio.wait({future}, timeout=until - time.monotonic())
            if last_word and future.done():
                return future.result()
            future.add_done_callback(lambda late: late.cancelled() or late.exception())
            raise


def _pages(call, request, token):
    """The answers of a call repeated while its answer has a token; `token` is (path in the answer, input member) or None."""
    while True:
        answer = call(**request)
        yield answer
        following = token and search(token[0], answer)
        if not following or following == request.get(token[1]):
            return
        request = {**request, token[1]: following}


async def _ended(task):
    """Waits until the cancelled task, and whatever it had under way, has ended; how it ended no longer matters."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        each.cancel()
    await asyncio.gather(task, *others, return_exceptions=True)


def _start_threads(pool, width):
    """Starts all threads with every signal blocked, so that the server's handlers stay on the main thread."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        barrier = threading.Barrier(width + 1)
        for _ in range(width):
            pool.submit(barrier.wait)
        barrier.wait(timeout=30)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
