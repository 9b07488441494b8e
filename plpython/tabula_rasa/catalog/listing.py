"""Which operation lists a type's resources, where its answer holds them, and from which parent its parameters come."""

from __future__ import annotations

import dataclasses

from ..errors import CatalogInvalid
from . import model
from .naming import member_for, plain, plurals, singular
from .resource_type import ListCall

_VERBS = ("describe", "list", "get")
_ENDINGS = ("", "summaries", "v2", "list")
_ASIDE = ("errors", "failures", "warnings", "tags", "taglist", "responsemetadata")  # lists beside the one of the items


@dataclasses.dataclass(frozen=True)
class Known:
    """What is known of another type of the service: its noun, what identifies it, its members."""

    noun: str
    id: str
    members: dict  # property -> botocore shape or None
    scoped: bool  # regional or global as the service is, so that it can be a parent


class NoParent(CatalogInvalid):
    """The operation that lists wants a parameter that no type known so far gives."""


def listing(name, service, noun, entry, known):
    """(ListCall, name of the parent type or '', {property: expression over the parent's item}); CatalogInvalid says what is not to be found.

    known  {type name: Known} of those from which parameters may come
    """
    given = entry.list or ListCall()
    if given.operation:
        try:
            operations = [model.operation(service, given.operation)]
        except KeyError:
            raise CatalogInvalid(f'{name}: {service} has no operation "{given.operation}"') from None
    else:
        operations = list(candidates(service, noun))
        if not operations:
            raise CatalogInvalid(f"{name}: no operation of {service} lists it", hint='Give "list.operation".')
    problem = None
    for operation in operations:
        try:
            items = given.items or items_path(name, service, operation, noun, sure=bool(given.operation))
            needed = dict(needs(operation, given.arguments))
            arguments, parent, carried = supplied(name, operation, needed, entry, known)
        except CatalogInvalid as error:
            problem = problem or error
            continue
        return dataclasses.replace(given, operation=operation.name, items=items, arguments={**arguments, **given.arguments}), parent, carried
    raise problem


def candidates(service, noun):
    """The OperationModels that may list a noun, most likely first; those that want nothing before those that do."""
    known = model.operations(service)
    found = []
    for plural in plurals(noun.lower()):
        for ending in _ENDINGS:
            for verb in _VERBS:
                if verb + plural + ending in known:
                    found.append(model.operation(service, verb + plural + ending))
    found = list({each.name: each for each in found if not each.deprecated}.values()) or found
    return sorted(found, key=lambda each: len(dict(needs(each, {}))))


def needs(operation, given):
    """(name, shape) of the parameters that an operation requires and that are neither given nor the SDK's own concern."""
    shape = operation.input_shape
    if shape is None:
        return
    above = {path.split(".")[0] for path in given}
    for parameter in shape.required_members:
        each = shape.members[parameter]
        if parameter not in above and not each.metadata.get("idempotencyToken"):
            yield parameter, each


def supplied(name, operation, needed, entry, known):
    """(arguments, parent, carried) that give an operation what it needs: a page's size, or members of one parent; NoParent if they cannot."""
    arguments, missing = {}, {}
    for parameter, shape in needed.items():
        if shape.type_name in ("integer", "long") and plain(parameter) in ("maxresults", "maxitems", "limit", "pagesize", "maxrecords"):
            arguments[parameter] = f"`{min(shape.metadata.get('max', 50), 1000)}`"
        elif plain(parameter) in ("accountid", "awsaccountid"):
            arguments[parameter] = "_.account_id"
        else:
            missing[parameter] = shape
    if not missing:
        return arguments, entry.parent, {}
    found = []
    for parent, above in known.items():
        if parent == name or (entry.parent and parent != entry.parent) or not above.scoped:
            continue
        values = {parameter: _from(parameter, shape, above) for parameter, shape in missing.items()}
        own = [parameter for parameter in missing if _names(parameter, above)]
        if all(values.values()) and own:
            exact = any(plain(parameter).startswith(plain(above.noun)) for parameter in own)
            found.append((not exact, -len(own), parent, values))
    if not found:
        raise NoParent(f"{name}: {operation.name} wants {', '.join(missing)}, which no other type gives", hint='Give "parent" or "list.arguments".')
    best = min(found)
    rivals = [each for each in found if each[:2] == best[:2]]
    if len(rivals) > 1:
        raise CatalogInvalid(f"{name}: {operation.name} wants {', '.join(missing)}, which {' and '.join(each[2] for each in rivals)} give", hint='Give "parent".')
    _, _, parent, values = best
    return {**arguments, **{parameter: _argument(f"_.parent.{value}", missing[parameter]) for parameter, value in values.items()}}, parent, values


def _names(parameter, above):
    """Does a parameter speak of that type?"""
    return member_for(parameter, above.noun, above.members, strict=True) is not None or plain(parameter) == plain(above.id)


def _from(parameter, shape, above):
    """The member of a parent that a parameter means, or None."""
    if shape.type_name not in ("string", "list") or getattr(shape, "enum", None):
        return None
    found = member_for(singular(parameter) if shape.type_name == "list" else parameter, above.noun, above.members)
    own = above.members.get(found)
    return found if found and (own is None or own.type_name == "string") else None


def _argument(expression, shape):
    return f"[{expression}]" if shape.type_name == "list" else expression


def items_path(name, service, operation, noun, sure=False):
    """Where an answer holds the items: what its paginator says, else its only list, or the one that is called like the noun.

    sure: a person says that the operation lists.
    """
    pagination = model.paginators(service).get(operation.name)
    if pagination:
        keys = pagination["result_key"]
        keys = keys if isinstance(keys, list) else [keys]
        return (keys[0] if len(keys) == 1 else _called(noun, keys) or keys[0]) + "[]"
    shape = operation.output_shape
    places = _lists(shape) if shape else {}
    if not places and shape:  # DistributionList.Items
        places = {f"{above}.{key}": each for above, inner in shape.members.items() if inner.type_name == "structure" for key, each in _lists(inner).items()}
    if len(places) == 1 and (sure or _called(noun, places) or not _tells_of_one(operation, noun, *places.values())):
        return next(iter(places)) + "[]"
    if found := _called(noun, places):
        return found + "[]"
    if len(places) < 2:
        raise CatalogInvalid(f"{name}: no operation of {service} lists it; {operation.name} tells of one", hint='Give "list.operation".')
    raise CatalogInvalid(f"{name}: {operation.name} answers with several lists: {', '.join(places)}", hint='Give "list.items".')


def _tells_of_one(operation, noun, items):
    """Is it named in the singular, and its only list one of texts? Then it tells a setting."""
    return plain(operation.name).endswith(noun.lower()) and items.member.type_name == "string"


def _lists(shape):
    return {key: each for key, each in shape.members.items() if each.type_name == "list" and plain(key) not in _ASIDE}


def _called(noun, keys):
    lower = plain(noun)
    return next((key for key in keys if lower and plain(singular(key.rpartition(".")[2])) == lower), None) or next(
        (key for key in keys if lower and plain(key.rpartition(".")[2]).startswith(lower)), None
    )
