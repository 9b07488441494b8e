"""In charge of what AWS itself puts into an account: records + defaults/*.toml -> findings, and the changes that mend them. Pure.

An item speaks of one default. What it finds is bound to a name that later items use; an item whose names are not bound yet waits for the next
round: restoring reads again after every round and stops when nothing is left to mend. No item compares what AWS leaves open.
"""

from __future__ import annotations

import functools
import pathlib
import tomllib
from dataclasses import dataclass, field

from .calls import create_calls
from .catalog import of_service
from .catalog.resource_type import build
from .change import Call, Change, Key
from .expressions import context, holds, search

DIRECTORY = pathlib.Path(__file__).parent / "defaults"


@dataclass(frozen=True)
class CallData:
    """A call in a defaults file; see change.Call."""

    operation: str
    arguments: dict[str, str] = field(default_factory=dict)
    where: str = ""
    each: str = ""
    identity: str = ""
    done: tuple[str, ...] = ()
    waiter: str = ""
    waiter_arguments: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """One [[item]]. Expressions see a record's properties, and under `_`: account_id, region, the file's facts, `each`, and all bound names."""

    name: str  # shown in check_account_defaults; {Property} of the record or of `each`
    resource_type: str = ""
    find: str = ""  # expression: this record is the default
    prefer: str = ""  # expression: of several, rather this one
    of: str = ""  # instead of `find`: the record bound to this name
    each: str = ""  # once for each record bound to this name (to be compared itself, where there is no `find`)
    needs: tuple[str, ...] = ()  # names that must be bound
    unwanted: str = ""  # expression: such records should not be there; mended by the catalog's deletion, or by `repair`
    value: str = ""  # expression over the record …
    equals: str = ""  # … and the expression that it should equal
    expected: str = ""  # for people
    id: str = ""  # expression: shown as resource_id while there is no record
    as_: str = ""  # name to which the record is bound once it is well
    all: str = ""  # name to which all records found are bound as a list
    silent: bool = False  # binds names only
    optional: bool = False  # that there is no record is well
    refused: str = ""  # expression over a record: why it cannot be mended from here, if so
    row: dict[str, str] = field(default_factory=dict)  # property -> expression: what is missing is created as a row with these columns would be
    create: tuple[CallData, ...] = ()  # instead of `row`, where a lost part of it may still be there
    repair: tuple[CallData, ...] = ()


@dataclass(frozen=True)
class Defaults:
    """One file: what AWS makes in every region, or (scope global) once."""

    service: str
    scope: str
    item: tuple[Item, ...]
    facts: dict[str, str] = field(default_factory=dict)


@dataclass
class Finding:
    """What is the case with one default: status 'ok', 'missing', 'changed', or 'unknown' where it could not be read."""

    item: str
    key: Key
    status: str
    expected: str | None = None
    found: str | None = None
    change: Change | None = None

    def row(self):
        """As check_account_defaults returns it."""
        return {
            "region": self.key.region, "item": self.item, "resource_type": self.key.resource_type, "resource_id": self.key.resource_id,
            "status": self.status, "expected": self.expected, "found": self.found,
        }


@functools.cache
def load():
    """All Defaults; CatalogInvalid says what is wrong in which file."""
    found = []
    for path in sorted(DIRECTORY.glob("*.toml")):
        data = tomllib.loads(path.read_text())
        for item in data["item"]:
            if "as" in item:
                item["as_"] = item.pop("as")
        found.append(build(Defaults, data, f"defaults/{path.name}"))
    return tuple(found)


def resource_types(scope=None):
    """The names of the types that the defaults speak of."""
    return {item.resource_type for each in load() if scope in (None, each.scope) for item in each.item if item.resource_type}


def independent():
    """Those of them that are looked at whatever else is there: without what they show, the others say nothing."""
    return {item.resource_type for each in load() for item in each.item if item.resource_type and not item.needs}


def compare(records, region, facts, unread):
    """Findings of one region (or 'global') from its records; each that is not ok has the Change that mends it, if there is one yet.

    facts   account_id, partition
    unread  {(type, region): error}
    """
    scope = "global" if region == "global" else "region"
    by_type = {}
    for record in records:
        if record.key.region == region:
            by_type.setdefault(record.key.resource_type, []).append(record)
    findings = []
    for defaults in load():
        if defaults.scope == scope:
            comparison = _Comparison(defaults, by_type, region, facts, unread)
            for item in defaults.item:
                comparison.look_at(item)
            findings += comparison.findings
    return findings


class _Comparison:
    """One file's items against one region's records."""

    def __init__(self, defaults, by_type, region, facts, unread):
        self.service = defaults.service
        self.by_type = by_type
        self.region = region
        self.unread = unread
        self.facts = {**facts, "region": region}
        self.facts |= {name: search(expression, self.facts) for name, expression in defaults.facts.items()}
        self.records = {}  # bound name -> record, or list of records
        self.bound = {}  # the same as expressions see it: properties
        self.findings = []
        self._unpacked = {}  # {key: properties}: several items look at the same record

    def look_at(self, item):
        for element in self.records.get(item.each, []) if item.each else [None]:
            self._look(item, element)

    def _look(self, item, element):
        if item.resource_type and (item.resource_type, self.region) in self.unread:
            if not item.silent:
                self._find(item, element, None, "unknown", found=self.unread[item.resource_type, self.region])
            return
        if item.of and item.of not in self.records:
            return
        # While something that it needs is not well, a default is looked at and not mended: that is for a later round.
        waiting = any(name not in self.records for name in item.needs)
        if waiting and (item.silent or item.unwanted):
            return
        if item.unwanted:
            self._unwanted(item)
            return
        record = self._the(item, element)
        if record is None:
            if not (item.silent or item.optional):
                self._find(item, element, None, "missing", calls=() if waiting else item.create, waiting=waiting)
            return
        expected, found = self._values(item, element, record)
        well = not item.value or expected == found
        if item.all:
            self._bind(item.all, [*self.records.get(item.all, ()), record])
        if item.as_ and well:
            self._bind(item.as_, record)
        if not item.silent:
            self._find(item, element, record, "ok" if well else "changed", _text(expected), _text(found), () if well or waiting else item.repair)

    def _the(self, item, element):
        if item.of:
            return self.records[item.of]
        if not item.find:
            return element
        found = [each for each in self.by_type.get(item.resource_type, ()) if holds(item.find, self._context(each, element))]
        if item.all and not item.each:
            self._bind(item.all, found)
            return None
        preferred = [each for each in found if item.prefer and holds(item.prefer, self._context(each, element))]
        return next(iter(preferred or found), None)

    def _values(self, item, element, record):
        if not item.value:
            return item.expected or None, record.key.resource_id
        data = self._context(record, element)
        return search(item.equals, data), search(item.value, data)

    def _unwanted(self, item):
        found = [each for each in self.by_type.get(item.resource_type, ()) if holds(item.unwanted, self._context(each, None))]
        for record in found:
            self._find(item, None, record, "changed", "none", record.key.resource_id, item.repair, unwanted=True)
        if not found:
            self.findings.append(Finding(item.name, Key(item.resource_type, self.region, ""), "ok", "none", "none"))

    def _context(self, record, element):
        return context(self._properties(record), **self.facts, **self.bound, each=self._properties(element) if element else None)

    def _properties(self, record):
        if record and record.key not in self._unpacked:
            self._unpacked[record.key] = record.properties
        return self._unpacked[record.key] if record else {}

    def _bind(self, name, value):
        self.records[name] = value
        self.bound[name] = [self._properties(each) for each in value] if isinstance(value, list) else self._properties(value)

    def _find(self, item, element, record, status, expected=None, found=None, calls=(), unwanted=False, waiting=False):
        data = self._context(record, element)
        name = item.name.format_map({**self._properties(element), **self._properties(record)})
        type_ = record.key.resource_type if record else item.resource_type
        identity = record.key.resource_id if record else (search(item.id, data) if item.id and all(each in self.records for each in item.needs) else None) or ""
        finding = Finding(name, Key(type_, self.region, identity), status, expected or item.expected or None, found)
        if status in ("missing", "changed"):
            finding.change = self._change(item, finding, record, data, calls, unwanted)
            if item.row and record is None and not waiting:
                self._as_row(item, finding.change, data)
        self.findings.append(finding)

    def _change(self, item, finding, record, data, calls, unwanted):
        reason = f"{finding.item}: expected {finding.expected or 'it to be there'}, found {finding.found or 'nothing'}"
        change = Change(
            finding.key, "create" if finding.status == "missing" else "delete" if unwanted and not calls else "update",
            name=record.name if record else None, reason=reason, properties=record.properties if record else {}, arn=record.arn if record else None,
            calls=tuple(Call(self.service, **vars(each)) for each in calls), facts={key: each for key, each in data["_"].items() if key not in ("region", "account_id", "partition")},
        )
        refused = item.refused and record and search(item.refused, data)
        if refused:
            change.status, change.reason, change.denied = "failed", f"{reason}; {refused}", True
        return change


    def _as_row(self, item, change, data):
        """Has what is missing created as a row of these columns is: by the catalog's own calls. What is there after all shows in the next round."""
        rt = of_service(self.service)[item.resource_type]
        change.properties = {name: search(expression, data) for name, expression in item.row.items()}
        change.calls = tuple(each for each in create_calls(rt, change.properties, self.facts) if not each.finds)
        change.facts |= {"old": {}}


def _text(value):
    """A value as people read it in `expected` and `found`."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_text(each) or "" for each in value) or "none"
    return str(value)
