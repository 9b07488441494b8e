"""Finds the resource types of a service in botocore's model: whatever one operation deletes or creates and another one lists.

What the rules cannot find surely is left out, with the reason: a gap of the catalog that people can see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from botocore import xform_name

from ..errors import CatalogInvalid
from . import model
from .derive import derive
from .listing import Known, candidates
from .naming import singular
from .resource_type import Entry

_ENDS = re.compile(r"(?:Delete|Terminate|Deregister|Release)([A-Z].*)")
_BEGINS = re.compile(r"(?:Create|Register|Import|Allocate|Request|Put|Start)([A-Z].*)")
_NO_RESOURCE = re.compile(r"Tags$|^Tag$|Tags(?:For|On|From|To)")  # tags are a column of what they tag


LONGEST = 63  # characters of a table's name in PostgreSQL


@dataclass(frozen=True)
class Gap:
    """Something that AWS deletes and the catalog does not read, and why."""

    name: str
    service: str
    reason: str


def nouns(service):
    """{type name: noun} of what a service's operations delete, or create and list; nouns are singular."""
    found = {}
    for pattern, sure in ((_ENDS, True), (_BEGINS, False)):
        for operation in model.service_model(service).operation_names:
            match = pattern.fullmatch(operation)
            if match and not _NO_RESOURCE.search(match[1]) and not model.operation(service, operation).deprecated:
                noun = singular(match[1])
                if sure or any(candidates(service, noun)):
                    found.setdefault(type_name(service, noun), noun)
    return found


def type_name(service, noun):
    """<service>_<noun>, as a table is called: DBCluster of rds is rds_db_cluster."""
    return service.replace("-", "_") + "_" + xform_name(noun)


def complete(service, entries: dict[str, Entry], without: dict[str, str]):
    """({name: (entry with its gaps filled, members)}, [Gap]) of a service: the entries given, and what is found beside them.

    entries  a person's; CatalogInvalid if one of them cannot be completed
    without  {name: why it is none} of what is not to be taken for a type; CatalogInvalid if nothing of that name is found
    """
    pending, gaps = dict(entries), []
    theirs, found = _spoken_for(service, entries), nouns(service)
    for name in without:
        if name not in found or name in entries:
            raise CatalogInvalid(f"{name}: [without] names what {'has an entry' if name in entries else 'is not found'} in {service}")
    for name, noun in found.items():
        if name in without:
            gaps.append(Gap(name, service, without[name]))
        elif not model.signed(service):
            gaps.append(Gap(name, service, "its calls want a person's token, not AWS credentials"))
        elif len(name) > LONGEST:
            gaps.append(Gap(name, service, f"a table's name holds {LONGEST} characters: an entry may give it a shorter one"))
        elif name not in entries and noun.lower() not in theirs:
            pending[name] = Entry(noun=noun, reviewed=False)
    done, known, problems = {}, {}, {}
    while pending:
        # Each round sees what the one before has found: the order in which the model names things decides nothing.
        found, problems = {}, {}
        for name, entry in pending.items():
            try:
                found[name] = derive(name, service, entry, known)
            except CatalogInvalid as error:
                problems[name] = error
        if not found:
            break
        for name, (entry, members) in found.items():
            if not entry.reviewed and (twin := _twin(entry, done)):
                gaps.append(Gap(name, service, f"the same list as {twin}"))
            else:
                done[name] = entry, members
                known[name] = Known(entry.noun, entry.id, members, not entry.scope)
            del pending[name]
    for name, entry in pending.items():
        if entry.reviewed:
            raise problems[name]
        gaps.append(Gap(name, service, problems[name].message.partition(": ")[2]))
    return {**{name: done[name] for name in entries}, **done}, gaps


def _spoken_for(service, entries):
    """The nouns, in lower case, that a person's entries read or delete already under a name of their own."""
    operations = [call.operation for entry in entries.values() for delete in entry.delete for call in (delete, *delete.before) if call.operation]
    found = {singular(match[1]).lower() for each in operations if (match := _ENDS.fullmatch(each))}
    return found | {(entry.noun or name.removeprefix(service.replace("-", "_") + "_").replace("_", "")).lower() for name, entry in entries.items()}


def _twin(entry, done):
    """The name of a type that reads the very same items, or None."""
    if entry.list is None:
        return None
    same = lambda other: other.list and (other.list.operation, other.list.items) == (entry.list.operation, entry.list.items)  # noqa: E731
    return next((name for name, (other, _) in done.items() if same(other)), None)
