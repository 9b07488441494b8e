"""In charge of carrying a plan out: steps -> AWS calls, waits and outcomes. Decides nothing.

Handed access to AWS, the catalog, the journal, and a function that reads types again. Each step is a task that starts when the steps
before it have ended; records of one type that are ready together share a batch call where AWS has one.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import time
from collections import Counter, defaultdict

from ..catalog import model
from ..expressions import ExpressionError, arguments, context, holds, put, search, without_nulls
from ..failure import FAILURES, Failure, Stopped, was_retried
from ..packing import unpack_page
from ..placeholders import Placeholders
from .making import Making
from .waiting import LONGEST_LOOK, Refusal, Refused, Waiting

GATHER = 0.05  # seconds in which records that are ready together join one batch call
LONGEST_GATHER = 1  # seconds that it waits for those that are still made ready
AT_ONCE = 100  # records that a waiter is asked about in one call
LONGEST_TRY = 900  # seconds after which a refused deletion is not tried again, whatever else still moves


class Executor:
    """One execution.

    aws         Aws
    types       {name: ResourceType}
    journal     Journal: begin, end
    look        coroutine (type, region) -> {resource_id: properties} of what is there now; None where it could not be read
    patience    seconds that a refused deletion is tried again while nothing else moves
    progress    is told how many changes there are to make, and when some have ended
    """

    def __init__(self, aws, types, journal, look, facts, patience=60, progress=None):
        self.aws = aws
        self.types = types
        self.journal = journal
        self.facts = facts
        self.patience = patience
        self.progress = progress
        self.secrets = ()  # texts that no message may repeat
        self.failed = {}
        self.names = Placeholders()
        self._ended = {}
        self._parts = defaultdict(list)
        self._batches = {}
        self._made_ready = Counter()  # (type, region) -> deletions whose first calls are under way
        self._prepared = set()  # calls made before a deletion: (key, operation, request)
        self._moved = time.monotonic()
        self._waiting = Waiting(aws, look, patience, lambda: self._moved)
        self._making = Making(self, self._waiting)

    async def execute(self, steps):
        """Carries all steps out; each change's status and reason say how it ended. Raises only if the run as a whole cannot go on."""
        if self.progress:
            self.progress.expect(len(steps))
        self._ended = {step.key: asyncio.Event() for step in steps if step.with_ is None}
        for step in steps:
            if step.with_ is not None:
                self._parts[step.with_].append(step.change)
        try:
            async with asyncio.TaskGroup() as group:
                for step in steps:
                    if step.with_ is None:
                        group.create_task(self._step(step))
        except BaseExceptionGroup as errors:  # nothing that one resource's failure explains: the first tells what broke
            raise errors.exceptions[0] from None
        for step in steps:
            if step.with_ is not None:
                whole = self.failed.get(step.with_)
                step.change.status = "failed" if whole else "done"
                if whole:
                    step.change.reason = f"goes with {step.with_}, which is still there"

    async def _step(self, step):
        change, own = step.change, step.key
        for key in sorted(step.after):
            await self._ended[key].wait()
        blocker = next((key for key in sorted(step.after) if key in self.failed), None)
        try:
            if blocker:
                raise Refused(_not_tried(change, blocker))
            await (self._delete(change) if change.action == "delete" and not change.calls else self._making.carry_out(change, bool(step.after)))
            await self._parts_gone(change)
            change.status = "done"
            self._moved = time.monotonic()
        except (Refused, ExpressionError) as refused:  # the latter: an answer that the catalog's words do not fit costs its record, not the run
            change.status, change.reason = "failed", str(refused)
            self.failed[own] = str(refused)
        finally:
            self._ended[own].set()
            if self.progress:
                count = 1 + len(self._parts[own])
                self.progress.ended(count, count if own in self.failed else 0)

    # -- single calls

    async def call(self, service, region, operation, request, keys, well, edit_id=None, named=lambda answer: None, singly=lambda answer: ()):
        """One mutating call on the resources `keys`, in the journal before and after; named(answer): what AWS calls what it has made; singly(answer): see Journal.end.

        Its answer; {} for a failure that is well(failure): there is nothing left to do. Any other raises Refusal.
        """
        async with self.aws.waiting_room(service, region):  # its line is written while the calls before it are under way
            number = await self.journal.begin(service, operation, request, keys, edit_id)
            try:
                async with self.aws.room(service, region, change=True):
                    self.journal.sending(number)
                    answer, error = await self._answer(service, region, operation, request)
            except BaseException:
                self.journal.withdraw(number)
                raise
        if error is None:
            await self.journal.end(number, "done", request_id=answer.get("ResponseMetadata", {}).get("RequestId"), resource_id=named(answer), singly=singly(answer))
            self._go_on()
            return answer
        if isinstance(error, Stopped):
            await self.journal.end(number, None if error.tried else "failed", Failure("Stopped", str(error)))
            raise asyncio.CancelledError
        failure = Failure.of(error).without(self.secrets)
        await self.journal.end(number, "gone" if well(failure) else failure.outcome, failure)
        self._go_on()
        if well(failure):
            return {}
        raise Refusal(failure) from error

    async def _answer(self, service, region, operation, request):
        """(answer, None), or (None, what came instead)."""
        try:
            return await self.aws.call(service, region, operation, request, mutating=True), None
        except (*FAILURES, Stopped) as error:
            return None, error

    def idle(self, since):
        """Seconds since a change has succeeded, or since then."""
        return time.monotonic() - max(self._moved, since)

    def others_under_way(self):
        """Is any other step still to end?"""
        return sum(not each.is_set() for each in self._ended.values()) > 1

    @staticmethod
    def _go_on():
        """Ends the task if that was asked for while its last call had the time to be answered."""
        if asyncio.current_task().cancelling():
            raise asyncio.CancelledError

    # -- deletion

    def _data(self, change):
        return context(change.properties, **self.facts, region=change.key.region, resource_id=change.key.resource_id, arn=change.arn)

    def _seen(self, changes):
        return {change.key: self._data(change) for change in changes}

    async def _delete(self, change):
        rt = self.types[change.key.resource_type]
        data = self._data(change)
        fact = next((each for each in rt.fixed if holds(each.where, data)), None)
        if fact:  # its owner takes it along: nothing to call, but what it blocks has to wait for that
            return await self._waiting.vanished(rt, change.key)
        delete = next((each for each in rt.delete if not each.where or holds(each.where, data)), None)
        if delete is None:
            raise Refused("the catalog knows no way to delete it by itself")
        began, pause, retried = time.monotonic(), 1.0, False
        while True:
            try:
                data = await self._make_ready(rt, change, delete, data)
                await (self._in_batch(rt, change, delete, data) if delete.batch else self._alone(rt, change, delete, data))
                return
            except Refusal as refusal:
                idle, tried = self.idle(began), time.monotonic() - began
                retried = retried or refusal.failure.retried or refusal.failure.passing
                if not (refusal.failure.in_use or refusal.failure.passing) or idle > self.patience * change.patient or tried > LONGEST_TRY:
                    if not refusal.failure.denied and not rt.on_request and await self._waiting.is_gone(rt, change.key, retried):
                        return  # by a call whose answer was lost, and AWS refuses in its own words to do that again
                    raise Refused(f"{rt.service}:{refusal.operation or delete.operation}: {refusal.failure}") from refusal
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_LOOK)

    async def _make_ready(self, rt, change, delete, data):
        """Makes the calls that come before the deletion; what its arguments see."""
        place = rt.name, change.key.region
        self._made_ready[place] += 1
        try:
            for before in delete.before:
                await self._before(rt, change, before, data)
            if delete.empty:
                await self._empty(rt, change, delete.empty)
                data = self._data(change)
            if delete.lookup:
                data["_"]["found"] = await self._looked_up(rt, change, delete.lookup, data)
            return data
        finally:
            self._made_ready[place] -= 1

    async def _parts_gone(self, change):
        """Parts whose end takes time (the instances of an Auto Scaling group) still hold what they need when their whole has gone."""
        for name in sorted({each.key.resource_type for each in self._parts[change.key]}):
            rt = self.types[name]
            if rt.wait:
                parts = [each for each in self._parts[change.key] if each.key.resource_type == name]
                for start in range(0, len(parts), AT_ONCE):
                    await self._waiting.until_over(rt, self._seen(parts[start:start + AT_ONCE]), rt.wait)

    async def _alone(self, rt, change, delete, data):
        request = _with_bytes(rt, delete, arguments(delete.arguments, data))
        await self.call(rt.service, change.key.region, delete.operation, request, [change.key], _gone(delete), change.edit_id)
        if wait := delete.wait or rt.wait:
            await self._waiting.until_over(rt, self._seen([change]), wait)

    async def _before(self, rt, change, before, data):
        if before.where and not holds(before.where, data):
            return
        elements = [data]
        if before.lookup:
            elements = await self._looked_up(rt, change, before.lookup, data)
        elif before.each:
            elements = search(before.each, data) or []
        expressions = {name: "_.element" if path == "@" else path for name, path in before.arguments.items()}
        for element in elements:
            beside = {**data["_"], "record": change.properties, "element": element}
            seen = context(element if isinstance(element, dict) else {}, **beside)
            request = arguments(expressions, data if element is data else seen)
            step = change.key, before.operation, json.dumps(request, sort_keys=True, default=str)
            if step in self._prepared:  # in an earlier try: AWS may refuse to stop what stops
                continue
            try:
                await self.call(rt.service, change.key.region, before.operation, _with_bytes(rt, before, request), [change.key], lambda failure: failure.gone)
            except Refusal as refusal:
                raise Refusal(refusal.failure, before.operation) from refusal
            self._prepared.add(step)
        if before.wait and (elements or before.wait.always):
            await self._waiting.until_over(rt, self._seen([change]), before.wait)

    async def _looked_up(self, rt, change, lookup, data):
        try:
            pages = await self.aws.pages(rt.service, change.key.region, lookup.operation, arguments(lookup.arguments, data))
        except FAILURES as error:
            failure = Failure.of(error)
            if failure.among(lookup.absent) or failure.gone:
                return []
            raise Refusal(failure, lookup.operation) from error
        return [item for page in pages for item in search(lookup.items, unpack_page(page)) or []]

    async def _empty(self, rt, change, name):
        """Runs a module of quirks/ in a thread; its mutating calls reach the journal through this thread."""
        loop = asyncio.get_running_loop()
        quirk = importlib.import_module(f"..quirks.{name}", __package__)

        def on_main(function, *given):
            async def run():
                return await function(*given)

            future = asyncio.run_coroutine_threadsafe(run(), loop)
            while not self.aws.stopped:  # after a cancel nobody may be left to answer
                with contextlib.suppress(TimeoutError):
                    return future.result(timeout=0.2)
            raise Stopped()

        def begin(operation, request):
            number = on_main(self.journal.begin, rt.service, operation, request, [change.key])
            self.journal.sending(number)
            return number

        def end(number, answer):
            failure = answer if isinstance(answer, Failure) else None
            request_id = None if failure else answer.get("ResponseMetadata", {}).get("RequestId")
            return on_main(lambda: self.journal.end(number, failure.outcome if failure else "done", failure, request_id))

        try:
            await self.aws.work(lambda client: quirk.empty(client, change.properties, begin, end), rt.service, change.key.region)
        except FAILURES as error:
            failure = Failure.of(error)
            if not failure.gone:
                raise Refusal(failure, "empty") from error
        except Stopped:
            raise asyncio.CancelledError from None
        except KeyError as missing:  # an answer that is not what the module was written for
            raise Refused(f"AWS's answer has no {missing}") from missing
        self._go_on()

    # -- batches

    async def _in_batch(self, rt, change, delete, data):
        """Joins the batch that is gathering for the same type, region and other arguments; raises what AWS says of this record."""
        request = arguments(delete.arguments, data)
        key = rt.name, change.key.region, delete.operation, json.dumps(request, sort_keys=True, default=str)
        batch = self._batches.get(key)
        if batch is None or len(batch) >= delete.batch.size:
            batch = self._batches[key] = []
        result = asyncio.get_running_loop().create_future()
        batch.append((change, without_nulls(search(delete.batch.of, data)), result))
        if len(batch) == 1:
            await self._gathered(batch, delete.batch.size, (rt.name, change.key.region))
            if self._batches.get(key) is batch:
                del self._batches[key]
            try:
                await self._send(rt, delete, request, batch)
            except BaseException as error:
                for _, _, each in batch:
                    if not each.done():
                        each.cancel() if isinstance(error, asyncio.CancelledError) else each.set_exception(error)
                if isinstance(error, asyncio.CancelledError):
                    raise
        await result

    async def _gathered(self, batch, size, place):
        """Returns when all have joined that are ready, or soon will be."""
        began = time.monotonic()
        await asyncio.sleep(GATHER)
        while self._made_ready[place] and len(batch) < size and time.monotonic() - began < LONGEST_GATHER:
            await asyncio.sleep(GATHER)

    async def _send(self, rt, delete, request, batch):
        region, is_gone = batch[0][0].key.region, _gone(delete)
        put(request, delete.batch.argument, [value for _, value, _ in batch])
        keys = [change.key for change, _, _ in batch]

        def refused(answer):
            """{key: Failure} of those that the answer speaks of."""
            told = search(delete.batch.failures, answer) or [] if delete.batch.failures else []
            failures = {_same(each["id"]): Failure(each.get("code") or "Failed", each.get("message") or "", retried=was_retried(answer)) for each in told}
            return {change.key: failures[_same(value)] for change, value, _ in batch if _same(value) in failures}

        def singly(answer):
            return [(key, "gone" if is_gone(failure) else "failed", failure) for key, failure in refused(answer).items()]

        try:
            # "Not there" of one among several says nothing of the others.
            answer = await self.call(rt.service, region, delete.operation, request, keys, is_gone if len(batch) == 1 else lambda failure: False, singly=singly)
        except Refusal as refusal:
            if len(batch) == 1 or not refusal.failure.definite or refusal.failure.denied_at_all:
                raise
            for change, value, result in batch:  # one bad id fails all of them: each on its own tells which
                await self._send_settled(rt, delete, {**request}, [(change, value, result)])
            return
        failures = {key: failure for key, failure in refused(answer).items() if not is_gone(failure)}
        for change, _, result in batch:
            if change.key in failures:
                result.set_exception(Refusal(failures[change.key]))
        succeeded = [(change, result) for change, _, result in batch if change.key not in failures]
        if (wait := delete.wait or rt.wait) and succeeded:
            await self._waiting.until_over(rt, self._seen([change for change, _ in succeeded]), wait)
        for _, result in succeeded:
            result.set_result(None)

    async def _send_settled(self, rt, delete, request, batch):
        try:
            await self._send(rt, delete, request, batch)
        except (Refusal, Refused) as error:
            batch[0][2].set_exception(error)


def _not_tried(change, blocker):
    if change.action == "delete":
        return f"not tried: {blocker}, which must go first, is still there"
    return f"not tried: {blocker}, which it needs, could not be carried out"


def _with_bytes(rt, call, request):
    return model.with_bytes(request, model.operation(rt.service, call.operation).input_shape)


def _gone(delete):
    """What a deletion takes for "there was nothing left"."""
    return lambda failure: failure.gone or failure.code in delete.gone


def _same(value):
    """What a batch holds and what its answer names are compared as text: either may be a structure."""
    return json.dumps(without_nulls(value), sort_keys=True, default=str)
