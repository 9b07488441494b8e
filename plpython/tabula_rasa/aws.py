"""In charge of calling AWS from a database server: threads for the I/O, awaiting for what they do, and stopping when told.

Threads do AWS I/O and nothing else; all else, awaiting included, happens on the thread that called `run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, ReadTimeoutError

from .catalog import model
from .catalog.model import method, page_token
from .connection import Connection
from .expressions import search
from .failure import sdk
from .packing import pack_page
from .share import ahead

HEARTBEAT = 0.1  # seconds between looks at cancel and statement_timeout
SOON = 0.02  # seconds between two tries to end what is under way
LAST_WORD = 1.0  # seconds that a mutating call under way may still take after a cancel, to learn its outcome


class Aws:
    """One function call's access to AWS: a pool of threads, and awaiting for what they do."""

    def __init__(self, connection: Connection, width=None):
        """`width`: calls under way at once, unless it is the account's."""
        self.connection = connection
        self.width = width = width or connection.account.most
        self.calls = 0  # made in this run; one that botocore tried again counts once, each page of a list counts
        self._threads = asyncio.Semaphore(width)
        self._changes = asyncio.Semaphore(int(ahead(width)))
        self._places = {}  # (service, region, prefix of the host) -> _Place
        self._under_way = Counter()  # (service, region) -> calls in threads
        self._in_threads = set()
        connection.stopped.clear()
        self._pool = ThreadPoolExecutor(width, thread_name_prefix="tabula_rasa")
        _start_threads(self._pool, width)

    def run(self, coroutine, heartbeat):
        """The coroutine's result. `heartbeat()` runs every 0.1 s on this thread; what it raises ends the run.

        When this returns or raises, no thread and no connection is left, and no request leaves the process any more.
        """
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._watched(coroutine, heartbeat))
        finally:
            self._end_threads()
            self.connection.close()
            loop.close()

    def _end_threads(self):
        self.connection.stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        while wait(self._in_threads, timeout=SOON).not_done:  # whoever was just about to connect is met the next time
            self.connection.stopped.hang_up()
        self._pool.shutdown(wait=True)

    async def _watched(self, coroutine, heartbeat):
        task = asyncio.ensure_future(coroutine)
        try:
            while not (await asyncio.wait({task}, timeout=HEARTBEAT))[0]:
                heartbeat()
            return task.result()
        except BaseException:
            self.connection.stopped.set()
            raise
        finally:
            await _ended()

    @property
    def stopped(self):
        return self.connection.stopped.is_set()

    async def call(self, service, region, operation, request, mutating=False):
        """The answer of one call, or the ClientError/BotoCoreError that botocore's retries ended with.

        A mutating call is made within `room`. One under way is given LAST_WORD seconds when the run is cancelled: its caller writes down the
        outcome, then asks `stopped`.
        """
        def send(client):
            with sdk():
                return getattr(client, method(operation))(**request)

        self.calls += 1
        return await (self._in_thread(send, service, region, LAST_WORD) if mutating else self.work(send, service, region, 0))

    async def pages(self, service, region, operation, request):
        """Every page of a list call, packed, or the ClientError/BotoCoreError that botocore's retries ended with.

        The first list of a service in a region goes ahead until something answers; where nothing does, all others there end with its error, unasked.
        """
        key = service, region, (model.operation(service, operation).endpoint or {}).get("hostPrefix")  # such operations have a host of their own
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = _Place()
            return await self._read(place, service, region, operation, request)
        await place.known.wait()
        if place.silent:
            raise place.silent.with_traceback(None)
        return await self._read(place, service, region, operation, request)

    async def _read(self, place, service, region, operation, request):
        pages, before, share, tell = [], 0, self.connection.share(service, region), asyncio.get_running_loop().call_soon_threadsafe
        request = model.no_longer(service, operation, request, self.connection.account.page_size)

        def read(client):
            nonlocal before
            part = share.page
            while True:
                try:
                    with sdk():
                        for page in _answers(client, service, operation, request, part):
                            if not place.known.is_set():
                                tell(place.known.set)
                            pages.append(pack_page(page))
                    return pages
                except (ClientError, ReadTimeoutError) as error:
                    part = _otherwise(service, operation, request, part, share.page, error)
                    if part is None:
                        raise
                    before += 1 + len(pages)
                    pages.clear()  # begun anew, as a token may be good for pages of its own size only

        try:
            return await self.work(read, service, region, 0)
        except (ClientError, ConnectionError, HTTPClientError) as error:
            self.calls += 1
            if not isinstance(error, ClientError) and not place.known.is_set():
                place.silent = error
            raise
        finally:
            self.calls += before + len(pages)
            place.known.set()

    async def work(self, function, service, region, last_word=LAST_WORD):
        """function(client) in a thread: for what needs many calls in a row with little memory, as emptying a bucket."""
        async with self.room(service, region):
            return await self._in_thread(function, service, region, last_word)

    @contextlib.asynccontextmanager
    async def room(self, service, region, change=False):
        """Within, a thread is free for a call to a service in a region: one that AWS throttles leaves the others theirs."""
        async with self.connection.share(service, region).room(change), self._threads:
            yield

    @contextlib.asynccontextmanager
    async def waiting_room(self, service, region):
        """Within, a change to a service in a region is among the next few to be sent."""
        async with self.connection.share(service, region).waiting_room(), self._changes:
            yield

    async def _in_thread(self, function, service, region, last_word):
        client, place = self.connection.client(service, region), (service, region)
        self._under_way[place] += 1
        future = asyncio.wrap_future(self._submit(function, client))
        future.add_done_callback(lambda _: self._under_way.subtract([place]))
        return await self._awaited(future, last_word)

    async def ask(self, question):
        """question() in a thread: for the first questions, which make their own clients. Nothing else may be under way."""
        return await asyncio.wrap_future(self._submit(question))

    def _submit(self, function, *given):
        thread = self._pool.submit(function, *given)
        self._in_threads.add(thread)
        thread.add_done_callback(self._in_threads.discard)
        return thread

    def rest(self, service, region):
        """Closes the connections to a service in a region, unless a call is using them: a process may have about a thousand for all of AWS."""
        if not self._under_way[service, region]:
            self.connection.rest(service, region)

    async def _awaited(self, future, last_word):
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


class _Place:
    """A service in a region as a run meets it. `known` is set when it is known whether anything answers; if not, `silent` is the error."""

    def __init__(self):
        self.known = asyncio.Event()
        self.silent = None


def _answers(client, service, operation, request, part=1.0):
    """The pages of a list call, one by one: by botocore's paginator, or by the token in the answer where the SDK forgot to describe one.

    Such a part of the largest page is asked for at a time: the fewest requests are the best answer to AWS's limits on them.
    """
    name, (request, _) = method(operation), model.paged(service, operation, request, part)
    if client.can_paginate(name):
        return client.get_paginator(name).paginate(**request)
    return _pages(getattr(client, name), request, page_token(service, operation))


def _otherwise(service, operation, request, part, smaller, error):
    """What part of its largest page a list that failed is to ask for now: a smaller one if that is what it lacked, 0 if AWS wants to hear of none; None: it has failed."""
    _, size = model.paged(service, operation, request, part)
    if size is None:
        return None
    if isinstance(error, ReadTimeoutError):
        return smaller if model.paged(service, operation, request, smaller)[1] < size else None
    told, member = error.response.get("Error", {}), model.pages(service, operation).member
    refused = "valid" in told.get("Code", "").lower() and member.lower() in told.get("Message", "").lower()  # whatever its model says
    return 0 if refused and member not in request else None


def _pages(call, request, token):
    """The answers of a call repeated while its answer has a token; `token` is (path in the answer, input member) or None."""
    while True:
        answer = call(**request)
        yield answer
        following = token and search(token[0], answer)
        if not following or following == request.get(token[1]):
            return
        request = {**request, token[1]: following}


async def _ended():
    """Cancels what is left and waits until it has ended; how it ended no longer matters. Room that a task has taken is the session's, and would stay taken."""
    while left := asyncio.all_tasks() - {asyncio.current_task()}:
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)


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
