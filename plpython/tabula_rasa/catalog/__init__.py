"""The catalog: which resource types there are and how each is read, identified, referenced and deleted.

Derived from botocore's models and resource_types/<service>.toml, at build time: what is here then comes from compiled/.
Consulted by every stage, depends on none.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import tomllib
from dataclasses import dataclass

from ..errors import CatalogInvalid
from ..expressions import context, fields, holds, like
from . import changing, compiled, model
from .columns import Column, columns
from .derive import why_not_deletable
from .discover import complete
from .resource_type import Entry, build
from .tagging import Tagging, tagging

DIRECTORY = pathlib.Path(__file__).parent.parent / "resource_types"
GLOBAL = "global"  # the region of what is not in a region


@dataclass(frozen=True)
class ResourceType:
    """A resource type: its entry with every gap filled, and the columns of its table."""

    name: str
    service: str
    scope: str  # 'region', or 'global': asked once
    home: str  # the region that answers for a global service, where that is not the partition's own; ''
    entry: Entry
    columns: tuple[Column, ...]
    sensitive: frozenset[tuple[str, ...]]  # paths in the properties that the model says must not be shown
    tagging: Tagging | None  # the calls that tag and untag it
    reason: str  # why it is not deletable; empty where it is

    def __getattr__(self, key):  # rt.id, rt.delete …: the entry's
        if key.startswith("__"):
            raise AttributeError(key)
        found = self.__dict__[key] = getattr(self.entry, key)  # the next time Python finds it itself
        return found

    @property
    def deletable(self):
        return bool(self.entry.delete)

    @property
    def readable(self):
        return bool(self.entry.list or self.entry.within)

    @property
    def creatable(self):
        return bool(self.entry.create)

    @property
    def immutable(self):
        """Does no call from the account make, change or delete it?"""
        return not (self.entry.create or self.entry.update or self.entry.delete)

    @functools.cached_property
    def by_column(self):
        """{column name: Column} of the type's own columns."""
        return {each.name: each for each in self.columns}

    @functools.cached_property
    def computed(self):
        """The columns that are read by an expression."""
        return [each for each in self.columns if each.expression]

    @functools.cached_property
    def property_of(self):
        """{column: property} of the columns that a row may set or shows: the type's own, and `name` where that is a property."""
        own = {each.name: each.property for each in self.columns}
        names = {each for each in (self.entry.name, *self.inserted) if each and each.lower() in ("name", "" if self.entry.name in self.by_property else self.noun + "name")}
        return {**({"name": min(names)} if names else {}), **own}

    @functools.cached_property
    def column_of(self):
        """{property: column}"""
        return {property: column for column, property in self.property_of.items()}

    @functools.cached_property
    def words(self):
        """The properties that hold people's words, or what a row calls itself: a name or a description may be spelled like anything."""
        others = {name for path in (*self.references, *self.part_of) for name in fields(path)}
        itself = (fields(self.id) & self.inserted) - others
        return itself | frozenset(each for each in self.column_of if each == self.entry.name or each.lower() == "name" or each.lower().endswith("description"))

    @functools.cached_property
    def by_property(self):
        """{property: Column}"""
        return {each.property: each for each in self.columns}

    @functools.cached_property
    def inserted(self):
        """The properties that an INSERT may set; "tags" for the tags."""
        taken = frozenset().union(*(changing.set_by_create(each) for each in self.create)) if self.create else frozenset()
        return taken | self.updated if self.create else taken

    @functools.cached_property
    def updated(self):
        """The properties that AWS lets one change in place; "tags" for the tags."""
        named = frozenset(of for each in self.update for of in each.of)
        return named | {"tags"} if self.tagging else named

    def not_held(self, resource_type):
        """Does AWS delete it although a record of that type needs it?"""
        told = [not pattern.startswith("!") for pattern in self.not_held_by if like(resource_type, pattern.removeprefix("!"))]
        return all(told) and bool(told)

    @functools.cached_property
    def members(self):
        """The names of all members of its properties, at any depth."""
        return frozenset(name for property, shape in self.shapes.items() for name in (property, *model.names_within(shape)))

    @functools.cached_property
    def shapes(self):
        """{property: botocore's shape, or None}: of these the compiled catalog knows nothing."""
        return {each.property: each.shape for each in derived(self.service)[0][self.name].columns}

    @property
    def vanishing(self):
        """Are there some that AWS makes for others, and removes with them?"""
        return any(each.vanishes for each in self.fixed)

    def fact(self, properties, **facts):
        """The entry's Fixed that says AWS refuses to delete a resource with these properties by itself, or None."""
        data = context(properties, **facts)
        return next((each for each in self.fixed if holds(each.where, data)), None)

    def asked_in(self, region):
        """Where the list is asked that shows its records of a region: there, or once for all."""
        return GLOBAL if self.scope == GLOBAL else region


@functools.cache
def services():
    """The services of which the catalog has types."""
    return sorted(each for each in model.services() if _service(each)[0])


def of_service(service):
    """{name: ResourceType} of one service; KeyError if the SDK has no such service."""
    return _service(service)[0]


def home(service):
    """The region that answers for a global service, or '' for the partition's own."""
    return next((each.home for each in of_service(service).values()), "") if service in model.services() else ""


def gaps(of=None):
    """Every Gap of the named services, or of all."""
    return [each for service in (sorted(model.services()) if of is None else of) for each in _service(service)[1]]


@functools.cache
def _service(service):
    return compiled.load(service) or derived(service)


@functools.cache
def derived(service):
    """({name: ResourceType}, [Gap]) of a service, from its file and the SDK's model; KeyError if the SDK has no such service."""
    if service not in model.services():
        raise KeyError(service)
    path = DIRECTORY / f"{service}.toml"
    return parse(service, path.read_text() if path.exists() else "")


def parse(service, text):
    """({name: ResourceType}, [Gap]) from the text of a catalog file and the SDK's model; CatalogInvalid says what is wrong where."""
    if service not in model.services():
        raise CatalogInvalid(f'the SDK knows no service "{service}"')
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogInvalid(f"{service}.toml: {error}") from None
    scope = data.pop("scope", model.scope(service))
    if scope not in ("region", GLOBAL):
        raise CatalogInvalid(f'{service}.toml: scope is "region" or "global", not {scope!r}')
    home, without = data.pop("home", ""), data.pop("without", {})
    found, gaps = complete(service, {name: build(Entry, table, name) for name, table in data.items()}, without)
    return {name: _resource_type(name, service, entry.scope or scope, home, entry, members) for name, (entry, members) in found.items()}, gaps


def _resource_type(name, service, scope, home, entry, members):
    known = {**members, **dict.fromkeys(entry.columns)}
    entry = dataclasses.replace(entry, create=changing.creates(name, service, entry, known), update=changing.updates(name, service, entry, known))
    expressions = {key: (changing.shape_of(service, entry, key, members), expression) for key, expression in entry.columns.items()}
    given = changing.given_only(service, entry, known)
    sensitive = frozenset(model.sensitive_paths(members))
    tags = tagging(service, entry.noun, members, entry.id, entry.arn or entry.arn_resource, entry.tags)
    return ResourceType(name, service, scope, home, entry, columns(members, expressions, given), sensitive, tags, why_not_deletable(service, entry, members))


@functools.cache
def named(name):
    """The ResourceType of that name, or None."""
    for service in sorted(model.services(), key=len, reverse=True):
        if name.startswith(service.replace("-", "_") + "_") and name in of_service(service):
            return of_service(service)[name]
    return None


def types(of=None):
    """{name: ResourceType} of the named services, or of all."""
    return {name: each for service in (services() if of is None else of) for name, each in of_service(service).items()}
