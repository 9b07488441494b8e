"""In charge of the dependency graph: which record needs which, found in the data and corrected by the catalog.

Pure: records in, references out. An edge is stored once, in creation direction; deletion follows it backwards.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict

from .change import UNMISTAKABLE, Key, Reference, beating
from .expressions import context, search

# Ids that AWS makes, inside longer text: policy documents kept as text, image names, log streams.
_TOKEN = re.compile(r"arn:[\w-]+:[^\s\"',\]}]+|\b[a-z][a-z0-9]*(?:-[a-z]+)*-[0-9a-f]{8,32}\b|[\w.-]+\.amazonaws\.com(?:\.cn)?/[\w./-]+")
_SPECIAL = re.compile(r"[-:.]")  # without one of these a text names nothing but itself
_SHORT = 256  # characters; what longer texts mean is not remembered
_TEXT_LIMIT = 65536  # characters; longer text is data, not configuration


def references(records, types, others=(), beat=lambda: None):
    """The set of References of `records` to each other and to `others` (records read earlier, same account). beat() is called now and then."""
    known = _Known([*records, *others], types)
    found = {}
    for record in beating(records, beat):
        rt = types.get(record.key.resource_type)
        if rt is not None:
            for reference in _of(record, rt, known):
                pair = reference.record, reference.needs
                if _RANK[reference.kind] > _RANK.get(found.get(pair), -1):
                    found[pair] = reference.kind
    # Where two records mention each other, what the catalog declares is right and the mere mention is dropped.
    return {
        Reference(record, needs, kind)
        for (record, needs), kind in found.items()
        if not (kind == "mention" and _RANK.get(found.get((needs, record)), -1) > _RANK[kind])
    }


_RANK = {"mention": 0, "reference": 1, "part": 2, "owned": 3}


class _Known:
    """What a value may mean: {mentionable value: keys}, and per type and region {id, ARN or name: keys}."""

    def __init__(self, records, types):
        # Of 100,000 records each set would take as much as all else: what one record alone is called has the key itself.
        self.mentionable = _Called()
        self.named = defaultdict(_Called)
        self.marked = defaultdict(_Called)  # (tag, region) -> {id, ARN or name of the one that made it: keys}
        self.marks = frozenset(tag for rt in types.values() for tag in rt.marks)
        for record in records:
            key = record.key
            rt = types.get(key.resource_type)
            aliases = [search(path, _seen(record)) for path in rt.also_known_as] if rt else []
            for value in (record.arn, *aliases):
                if value:
                    self.mentionable.add(_normal(value), key)
            if UNMISTAKABLE.match(key.resource_id):
                self.mentionable.add(_normal(key.resource_id), key)
            for value in {key.resource_id, record.arn, record.name, *_stood_for(record, rt)}:
                if value:
                    self.named[key.resource_type, key.region].add(value, key)
                    for tag in rt.marks if rt else ():
                        self.marked[tag, key.region].add(value, key)

    def mentioned(self, value, region):
        """Keys that a value mentions; of several with one id, those of the region or global."""
        keys = self.mentionable.of(value)
        if len(keys) > 1:
            return {key for key in keys if key.region in (region, "global")} or keys
        return keys

    def called(self, resource_type, value, region):
        """Keys of a type that have the id, ARN or name, in the region, or global."""
        for place in (region, "global"):
            if (resource_type, place) in self.named and (found := self.named[resource_type, place].of(value)):
                return found
        if value.startswith("arn:"):  # an ARN names its own region
            return {key for key in self.mentionable.of(_normal(value)) if key.resource_type == resource_type}
        return ()


class _Called:
    """{what records are called: the keys of those that are}"""

    def __init__(self):
        self._keys = {}

    def add(self, value, key):
        there = self._keys.setdefault(value, key)
        if there != key and not (isinstance(there, set) and key in there):
            self._keys[value] = {key, *(there if isinstance(there, set) else (there,))}

    def of(self, value):
        found = self._keys.get(value, ())
        return (found,) if isinstance(found, Key) else found


def _seen(record):
    """What the catalog's expressions see of a record."""
    return context(record.properties, resource_id=record.key.resource_id, arn=record.arn, region=record.key.region)


def _stood_for(record, rt):
    for path in rt.stands_for if rt else ():
        value = search(path, record.properties)
        yield from value if isinstance(value, list) else [value]


def _of(record, rt, known):
    key = record.key
    data = _seen(record)
    declared = [("reference", rt.references), ("part", rt.part_of)]
    for kind, paths in declared:
        for needs in _named(paths, data, known, key.region):
            if needs != key:
                yield Reference(key, needs, kind)
    for kind, paths in (("reference", rt.referenced_by), ("owned", rt.owns)):
        for other in _named(paths, data, known, key.region):
            if other != key:
                yield Reference(other, key, kind)
    for tag in known.marks & record.tags.keys():
        for maker in known.marked[tag, key.region].of(record.tags[tag]):
            if maker != key:
                yield Reference(key, maker, "owned")
    # A description is for people: "CreateImage(i-…)" needs nothing.
    silent = {*rt.mentions_not, "Description", "description", "Tags", "tags", "TagList", "TagSet", rt.tags}
    for value in _mentions({name: each for name, each in data.items() if name != "_" and name not in silent}):
        for needs in known.mentioned(value, key.region):
            if needs != key:
                yield Reference(key, needs, "mention")


def _named(paths, data, known, region) -> set[Key]:
    found = set()
    for path, resource_type in paths.items():
        value = search(path, data)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each:
                found.update(known.called(resource_type, each, region))
    return found


def _mentions(value):
    """Every string in the value, and every token in it, that might be another's id, ARN, URI or DNS name."""
    found, open_ = set(), [value]
    while open_:
        each = open_.pop()
        if isinstance(each, dict):
            open_ += each.values()
            open_ += [name for name in each if ":" in name or "-" in name]
        elif isinstance(each, list):
            open_ += each
        elif isinstance(each, str) and 3 < len(each) <= _TEXT_LIMIT:
            found.update(_meanings(each) if len(each) <= _SHORT else _meanings.__wrapped__(each))
    return found


@functools.lru_cache(10_000)
def _meanings(text):
    """What a text might name. The same short texts stand in record after record."""
    if not _SPECIAL.search(text):
        return (text,)
    found = set()
    for each in {text, *_TOKEN.findall(text)}:
        found.add(_normal(each))
        found.update(_shorter(each))
    return tuple(found)


def _normal(value):
    """DNS names are the same with and without the final dot, capitals and Route 53's `dualstack.`; an ARN with `:*` is the log group's."""
    value = value.removesuffix(":*")
    if value.endswith(".") or "." in value and "amazonaws.com" in value.lower() and not value.startswith(("http", "arn:")):
        value = value.rstrip(".").lower().removeprefix("dualstack.")
    return value


def _shorter(value):
    """An ARN mentions what it lies within (bucket/key, cluster…/…); an image URI mentions its repository."""
    if value.startswith("arn:"):
        while "/" in value or value.count(":") > 5:
            value = value[:max(value.rfind("/"), value.rfind(":"))]
            if value.count(":") >= 5:
                yield value
    elif ".amazonaws.com" in value and "://" not in value:
        yield _normal(re.sub(r"(?:@sha256)?:[^/:]*$", "", value))
