"""In charge of AWS -> records. Reads the catalog and AWS; never writes, never decides.

Each list call is made once per region, however many types it serves; what depends on it (details, children, parts)
starts as soon as it is there. A type that could not be read wholly is reported failed, and none of its records are used.
The way leads from one service in one region to the next, a few at a time, so that few clients and connections are open.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import dataclass, field

from .catalog import GLOBAL
from .catalog.derive import detail_value
from .change import Record
from .expressions import ExpressionError, arguments, context, holds, put, search
from .failure import FAILURES, Failure, Stopped
from .packing import pack, storable, unpack, unpack_page
from .recording import record

LONG = 500  # characters of an error that are told
PORTION = 1000  # items that are unpacked at a time; what a batch may hold divides it, so that none of its calls is half empty
AT_ONCE = 2  # services in a region that are read at a time, times the calls under way: a service's first call goes alone


@dataclass
class Outcome:
    """How reading one type in one region ended: status 'ok', 'failed' or 'not offered'."""

    region: str
    resource_type: str
    records: int = 0
    status: str = "ok"
    error: str | None = None

    @property
    def whole(self):
        """Is it known what there is? Where a service is not offered, there is nothing."""
        return self.status != "failed"


@dataclass
class Reading:
    """Records and outcomes of everything asked for, and how many calls that took (each page of a list is one)."""

    records: list[Record] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    calls: int = 0

    @classmethod
    def of(cls, readings):
        """Several as one: of different places."""
        whole = cls()
        for each in readings:
            whole.records += each.records
            whole.outcomes += each.outcomes
            whole.calls += each.calls
        return whole

    def over(self, older):
        """This, and what an older one has besides."""
        new = {(each.resource_type, each.region) for each in self.outcomes}
        besides = Reading(
            [each for each in older.records if each.key[:2] not in new], [each for each in older.outcomes if (each.resource_type, each.region) not in new], older.calls,
        )
        return Reading.of([besides, self])

    def told(self):
        """For a person: what was read, with how many calls."""
        read = [each for each in self.outcomes if each.status == "ok"]
        return f"{len(self.records)} records of {len({each.resource_type for each in read})} types in {len({each.region for each in read} - {GLOBAL})} regions with {self.calls} AWS calls"

    @property
    def failed(self):
        """{(type, region): error} of what could not be read."""
        return {(each.resource_type, each.region): each.error for each in self.outcomes if not each.whole}

    @property
    def unseen(self):
        """The same, and what is not offered: where something has been, or must be, no answer but a list tells that it has gone."""
        return {(each.resource_type, each.region): each.error or "the SDK knows no such service there" for each in self.outcomes if each.status != "ok"}


class ReadFailed(Exception):
    """A type could not be read in a region; the text says why."""


class NotOffered(ReadFailed):
    """Nothing of the type can be there: the account or the region does not have the service. The text is AWS's own; none: the SDK knows."""


async def read(aws, types, regions, partition, wanted=None, progress=None, again=False):
    """Reading of the types `wanted` ({name: ResourceType} all; wanted: names, default all not on_request) in the regions.

    `regions` holds 'global' where global types are wanted. `types` must hold the parents of what is wanted, too.
    progress   is told how many types in regions there are to read, and when one has been
    again      they will soon be asked again: their connections stay open
    """
    reader = _Reader(aws, types, partition)
    wanted = [name for name, each in types.items() if (name in wanted if wanted is not None else not each.on_request)]
    places = {}  # (region, service) -> types
    for rt in (types[name] for name in wanted if types[name].readable):
        for region in regions:
            if (region == GLOBAL) == (rt.scope == GLOBAL):
                places.setdefault((region, rt.service), []).append(rt)
    if progress:
        progress.expect(sum(map(len, places.values())))
    before, limit, turn = aws.calls, asyncio.Semaphore(AT_ONCE * aws.width), asyncio.Lock()

    async def read_type(rt, region):
        outcome, records = await reader.outcome(rt, region)
        if progress:
            progress.ended(failed=not outcome.whole)
        return outcome, records

    async def read_place(region, service):
        async with limit:
            async with turn:  # one after the other, for each makes a client; between them a cancel is noticed
                await asyncio.sleep(0)
            try:
                return await _all(read_type(rt, region) for rt in places[region, service])
            finally:
                if not again:
                    aws.rest(service, region)
                reader.forget(service, region)

    reading = Reading()
    for found in await _all(read_place(*place) for place in sorted(places)):
        for outcome, records in found:
            reading.outcomes.append(outcome)
            reading.records += [each for each in records if each.key.region in regions]
    reading.calls = aws.calls - before
    return reading


class _Reader:
    """One reading. Every list, and every type's records in a region, is a task made once and awaited by all who need it."""

    def __init__(self, aws, types, partition):
        self.aws = aws
        self.types = types
        self.partition = partition
        self._tasks = {}

    async def outcome(self, rt, region):
        try:
            records = await self.records(rt, region)
        except NotOffered as told:
            return Outcome(region, rt.name, status="not offered", error=str(told) or None), []
        except (ReadFailed, ExpressionError) as failed:
            return Outcome(region, rt.name, status="failed", error=str(failed)), []
        except Stopped:
            raise
        except Exception as broken:  # an answer that nobody has thought of: it costs its type, not the run
            return Outcome(region, rt.name, status="failed", error=storable(f"what AWS answers cannot be understood: {type(broken).__name__}: {str(broken)[:LONG]}")), []
        return Outcome(region, rt.name, len(records)), records

    def _once(self, key, coroutine):
        if key not in self._tasks:
            self._tasks[key] = asyncio.ensure_future(coroutine())
        return self._tasks[key]

    def forget(self, service, region):
        """Lets the answers of a service in a region go: its records are made."""
        for key in [key for key in self._tasks if key[:2] == (service, region) and len(key) > 2]:
            del self._tasks[key]

    def records(self, rt, region):
        return self._once((rt.name, region), lambda: self._records(rt, region))

    async def _records(self, rt, region):
        records = {}
        for items in _chunks(await self._items(rt, region), PORTION):
            await asyncio.sleep(0)  # a cancel is noticed
            for detail in rt.details:
                items = await self._detailed(rt, region, detail, items)
            for item in items:
                if rt.gone and holds(rt.gone, self._context(item, region)):
                    continue
                record = self._record(rt, region, item)
                if (same := records.setdefault(record.key, record)) is not record and same.properties != record.properties:  # the same one twice is none the worse: a list may move under its reader
                    raise ReadFailed(f'AWS gave two different records with the id "{record.key.resource_id}"')
        return list(records.values())

    async def _items(self, rt, region):
        """The raw items, unpacked one by one: from the type's own list call, one per parent record, or inside another type's items."""
        if rt.within:
            above = await self.records(self.types[rt.within.resource_type], region)
            return (item for properties in (each.properties for each in above) for item in _below(rt, properties, search(rt.within.items, properties) or []))
        if not rt.parent:
            return _unpacked(rt, await self._listed(rt, region, {}))
        above, found = await self.records(self.types[rt.parent], region), []
        for some in _chunks(above, PORTION):
            found += await _all(self._listed(rt, each.key.region if rt.scope == GLOBAL else region, each.properties) for each in some)
        return (item for each, pages in zip(above, found) for item in _below(rt, each.properties, _unpacked(rt, pages)))

    async def _listed(self, rt, region, above):
        """The packed pages of the type's list call."""
        if not self.aws.connection.offered(rt.service, region):
            raise NotOffered
        data = context({}, parent=above, **self._facts(region))
        elements = search(rt.list.each, data) or [] if rt.list.each else [None]
        found = await _all(self._list_call(rt, region, above, {**data, "_": {**data["_"], "each": each}}) for each in elements)
        return [page for pages in found for page in pages]

    async def _list_call(self, rt, region, above, data):
        request = arguments(rt.list.arguments, data)
        try:
            return await self._asked(rt.service, region, rt.list.operation, request)
        except FAILURES as error:
            failure = Failure.of(error)
            if failure.among(rt.list.absent) or (above and failure.gone):  # a parent that vanished meanwhile has no children
                return []
            alone = not above and not rt.list.each  # else another call of the same list may have found records
            hidden = failure.unknown_host and self.aws.connection.listed(rt.service, region)  # it is the name service that does not work
            raise (NotOffered if alone and failure.not_offered and not hidden else ReadFailed)(f"{rt.service}:{rt.list.operation}: {failure}") from error

    def _asked(self, service, region, operation, request):
        """The packed pages of a read; the same question is asked once."""
        key = service, region, operation, json.dumps(request, sort_keys=True, default=str)
        return self._once(key, lambda: self.aws.pages(service, region, operation, request))

    async def _detailed(self, rt, region, detail, items):
        if detail.batch:
            groups, rest = {}, []
            for item in items:
                if detail.where and not holds(detail.where, self._context(item, region)):
                    rest.append(item)
                    continue
                request = arguments(detail.arguments, self._context(item, region))
                groups.setdefault(json.dumps(request, sort_keys=True, default=str), (request, []))[1].append(item)
            chunks = [(request, chunk) for request, group in groups.values() for chunk in _chunks(group, detail.size)]
            return rest + [item for found in await _all(self._batch(rt, region, detail, *each) for each in chunks) for item in found]
        found = await _all(self._single(rt, region, detail, item) for item in items)
        return [item for item in found if item is not None]

    async def _single(self, rt, region, detail, item):
        if detail.where and not holds(detail.where, self._context(item, region)):
            return item
        place = self._place(rt, region, item)
        request = arguments(detail.arguments, self._context(item, region))
        try:
            pages = await self._asked(rt.service, place, detail.operation, request)
        except FAILURES as error:
            failure = Failure.of(error)
            if failure.among(detail.absent):
                return item
            if failure.gone:  # deleted between the list call and this one
                return None
            raise ReadFailed(f"{rt.service}:{detail.operation}: {failure}") from error
        values = [search(detail_value(rt.name, rt.service, detail), unpack_page(page)) for page in pages]
        return _joined(item, detail, [each for value in values for each in value or []] if isinstance(values[0], list) else values[0])

    async def _batch(self, rt, region, detail, request, items):
        wanted = [search(detail.of, item) for item in items]
        request = json.loads(json.dumps(request, default=str))
        put(request, detail.batch, wanted)
        try:
            answer = await self.aws.call(rt.service, region, detail.operation, request)
        except FAILURES as error:
            failure = Failure.of(error)
            if failure.among(detail.absent):
                return items
            raise ReadFailed(f"{rt.service}:{detail.operation}: {failure}") from error
        values = search(detail_value(rt.name, rt.service, detail), unpack(pack(answer))) or []
        if not detail.match:  # the answer's items are the records
            return values
        found = {search(detail.match, value): value for value in values}
        return [
            _joined(item, detail, search(detail.item, found[each]) if detail.item else found[each]) if each in found else item
            for item, each in zip(items, wanted)
        ]

    def _facts(self, region):
        return {"account_id": self.aws.connection.account.account_id, "region": region, "partition": self.partition}

    def _context(self, item, region):
        return context(item, **self._facts(region))

    def _place(self, rt, region, item):
        """Where a record lies that a global list shows. What AWS tells must be a region, for it is asked there."""
        told = search(rt.region, self._context(item, region)) if rt.region else None
        if told and not (isinstance(told, str) and (told == GLOBAL or self.aws.connection.is_region(told))):
            raise ReadFailed(f"AWS gave a record in {str(told)[:100]!r}, which is no region")
        return told or region

    def _record(self, rt, region, item):
        self._place(rt, region, item)
        found = record(rt, item, region, self._facts(region))
        if found is None:
            raise ReadFailed(f"AWS gave a record without {rt.id}")
        return found


async def _all(coroutines):
    """The results in order; the first failure is raised after all have ended, so that nothing is left running."""
    results = await asyncio.gather(*coroutines, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def _chunks(items, size):
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _unpacked(rt, pages):
    """The items in a list's pages."""
    for page in pages:
        for item in search(rt.list.items, unpack_page(page)) or []:
            yield item if isinstance(item, dict) else {rt.list.string_as or "_item": item}


def _below(rt, above, items):
    """The items, each with what it has from the properties of the record above."""
    given = {name: search(path, above) for name, path in rt.from_parent.items()}
    return ({**item, **given} for item in items)


def _joined(item, detail, value):
    if detail.into:
        return {**item, detail.into: value}
    return {**item, **value} if value else item
