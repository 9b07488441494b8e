"""The catalog: which resource types there are and how each is read, identified, referenced and deleted.

Reads resource_types/<service>.toml and botocore's models. Consulted by every stage, depends on none.
"""

from __future__ import annotations

import functools
import pathlib
import tomllib
from dataclasses import dataclass

from ..errors import CatalogInvalid
from . import model
from .columns import Column, columns
from .derive import derive
from .resource_type import Entry, build

DIRECTORY = pathlib.Path(__file__).parent.parent / "resource_types"
GLOBAL = "global"  # the region of what is not in a region


@dataclass(frozen=True)
class ResourceType:
    """A resource type: its entry with every gap filled, and the columns of its table."""

    name: str
    service: str
    scope: str  # 'region', or 'global': asked once
    entry: Entry
    columns: tuple[Column, ...]
    sensitive: frozenset[tuple[str, ...]]  # paths in the properties that the model says must not be shown

    def __getattr__(self, key):  # rt.id, rt.delete …: the entry's
        if key.startswith("__"):
            raise AttributeError(key)
        return getattr(self.entry, key)

    @property
    def deletable(self):
        return bool(self.entry.delete)

    @property
    def readable(self):
        return bool(self.entry.list or self.entry.within)


def services():
    """The services that have an entry."""
    return sorted(path.stem for path in DIRECTORY.glob("*.toml"))


@functools.cache
def of_service(service):
    """{name: ResourceType} of one service. KeyError if the catalog has no such service."""
    path = DIRECTORY / f"{service}.toml"
    if not path.exists():
        raise KeyError(service)
    return parse(service, path.read_text())


def parse(service, text):
    """{name: ResourceType} from the text of a catalog file; CatalogInvalid says what is wrong where."""
    if service not in model.services():
        raise CatalogInvalid(f'the SDK knows no service "{service}"')
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogInvalid(f"{service}.toml: {error}") from None
    scope = data.pop("scope", "region")
    if scope not in ("region", GLOBAL):
        raise CatalogInvalid(f'{service}.toml: scope is "region" or "global", not {scope!r}')
    found, known = {}, {}
    for name, table in data.items():
        entry, members = derive(name, service, build(Entry, table, name), known)
        known[name] = members
        sensitive = frozenset(model.sensitive_paths(members))
        found[name] = ResourceType(name, service, entry.scope or scope, entry, columns(members), sensitive)
    return found


def types(of=None):
    """{name: ResourceType} of the named services, or of all."""
    return {name: each for service in (services() if of is None else of) for name, each in of_service(service).items()}
