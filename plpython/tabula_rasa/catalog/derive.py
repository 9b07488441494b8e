"""Fills what an entry leaves out from botocore's models: list operation, items path, id, name, tags, deletion, columns.

In charge of the rules that hold for AWS's APIs at large; what they get wrong, the entry says itself.
"""

from __future__ import annotations

import dataclasses
import re

from ..errors import CatalogInvalid
from . import model
from .resource_type import TEXT_FUNCTIONS, Batch, Delete, Entry, ListCall

_CREATED = (
    "snapshotcreatetime", "createtime", "createdtime", "creationtime", "createdat", "creationdate", "createdate", "created", "createddate", "createddatetime",
    "launchtime", "creationdatetime", "instancecreatetime", "clustercreatetime", "registeredat", "starttime",
    "cacheclustercreatetime", "creationtimestamp",
)
_TAGS = ("tags", "taglist", "tagset")
_OWNER = ("ownerid",)


def derive(name, service, entry: Entry, known):
    """(entry with its gaps filled, {property: shape} of its items); CatalogInvalid names what cannot be found.

    `known`: the members of the file's types so far, for those found within another's items.
    """
    noun = entry.noun or _noun(name, service)
    listing = None if entry.within else _listing(name, service, noun, entry)
    members = _members(name, service, entry, listing, known)
    deletes = tuple(_delete(name, service, each, members, entry) for each in entry.delete) or _default_delete(name, service, noun, entry, members)
    identity = entry.id or _identity(noun, deletes, members)
    if not identity:
        raise CatalogInvalid(f"{name}: no member of the item identifies it", hint='Give "id".')
    deletes = tuple(_with_identity(service, each, identity) for each in deletes)
    return dataclasses.replace(
        entry,
        noun=noun,
        list=listing,
        id=identity,
        name=entry.name or _named(members, noun + "name", "name") or "",
        arn=entry.arn or _named(members, noun + "arn", "arn") or "",
        created=entry.created or _typed(members, _CREATED) or "",
        tags=entry.tags or _named(members, *_TAGS) or "",
        owner=entry.owner or _named(members, *_OWNER) or "",
        delete=deletes,
    ), members


def _noun(name, service):
    prefix = service.replace("-", "_") + "_"
    if not name.startswith(prefix):
        raise CatalogInvalid(f'{name}: a type of service "{service}" is named {prefix}<noun>')
    return name.removeprefix(prefix).replace("_", "")


def _plurals(noun):
    yield noun + "s"
    if noun.endswith("y"):
        yield noun[:-1] + "ies"
    yield noun + "es"
    yield noun


def _listing(name, service, noun, entry):
    given = entry.list or ListCall()
    operation = given.operation
    if not operation:
        candidates = [verb + plural for plural in _plurals(noun.lower()) for verb in ("describe", "list", "get")]
        operation = next((candidate for candidate in candidates if candidate in model.operations(service)), None)
        if operation is None:
            raise CatalogInvalid(f"{name}: no operation of {service} lists it", hint='Give "list.operation".')
    try:
        operation = model.operation(service, operation).name
    except KeyError:
        raise CatalogInvalid(f'{name}: {service} has no operation "{operation}"') from None
    return dataclasses.replace(given, operation=operation, items=given.items or _items(name, service, operation))


def _items(name, service, operation):
    pagination = model.paginators(service).get(operation)
    if pagination:
        key = pagination["result_key"]
        return (key[0] if isinstance(key, list) else key) + "[]"
    output = model.operation(service, operation).output_shape
    lists = [key for key, shape in (output.members if output else {}).items() if shape.type_name == "list"]
    if len(lists) != 1:
        raise CatalogInvalid(f"{name}: {operation} answers with {len(lists)} lists", hint='Give "list.items".')
    return lists[0] + "[]"


def item_shape(service, operation, path):
    """The shape of the items at a path; a path that no shape follows (a filter, a multi-select) gives None."""
    output = model.operation(service, operation).output_shape
    single = re.fullmatch(r"\[([^\[\]]+)\]", path)  # "[A.B]": the one item is not in a list
    plain = single[1] if single else re.sub(r"\[[^\]]+\]", "[]", path)
    shape = model.at(output, plain)
    if shape is not None and shape.type_name == "list" and not plain.endswith("[]"):
        shape = shape.member
    return shape


def _members(name, service, entry, listing, known):
    """{property: shape} of a record: the listed item's members, then what details and the parent add."""
    members = {}
    if entry.within:
        if entry.within.resource_type not in known:
            raise CatalogInvalid(f'{name}: "{entry.within.resource_type}" must stand before it in the same file')
        members.update(_within(known[entry.within.resource_type], entry.within.items))
    if listing:
        shape = item_shape(service, listing.operation, listing.items)
        if listing.string_as:
            members[listing.string_as] = shape
        elif shape is not None and shape.type_name == "structure":
            members.update(shape.members)
        elif shape is not None and shape.type_name == "string" and not entry.details:
            raise CatalogInvalid(f"{name}: {listing.operation} lists bare strings", hint='Give "list.string_as".')
    for detail in entry.details:
        shape = detail_shape(name, service, detail)
        if detail.into:
            members[detail.into] = shape
        elif shape is not None and shape.type_name == "structure":
            members.update(shape.members)
    above = known.get(entry.parent or (entry.within and entry.within.resource_type), {})
    for key, path in entry.from_parent.items():
        members.setdefault(key, model.TEXT if path.startswith(TEXT_FUNCTIONS) else above.get(path))
    return members


def _within(members, path):
    """The members of the items found at a path of another type's item; none where the path is not a plain one."""
    first, _, rest = re.sub(r"\[[^\]]+\]", "[]", path).partition(".")
    shape = members.get(first.removesuffix("[]"))
    if shape is not None and shape.type_name == "list":
        shape = shape.member
    shape = model.at(shape, rest) if rest and shape is not None else shape
    return shape.members if shape is not None and shape.type_name == "structure" else {}


def detail_value(name, service, detail):
    """Where a detail's answer holds what is wanted: given, or the only structure (batch: list) in it, or all of it."""
    if detail.value:
        return detail.value
    output = model.operation(service, detail.operation).output_shape
    wanted = "list" if detail.batch else "structure"
    found = [key for key, shape in output.members.items() if shape.type_name == wanted]
    if len(found) == 1:
        return found[0]
    if detail.batch:
        raise CatalogInvalid(f"{name}: {detail.operation} answers with {len(found)} lists", hint='Give "value".')
    return "@"


def detail_shape(name, service, detail):
    """The shape that a detail adds, or None where its path is not a plain one."""
    try:
        output = model.operation(service, detail.operation).output_shape
    except KeyError:
        raise CatalogInvalid(f'{name}: {service} has no operation "{detail.operation}"') from None
    shape = model.at(output, detail_value(name, service, detail))
    if detail.batch and shape is not None:
        shape = shape.member if shape.type_name == "list" else shape
    return model.at(shape, detail.item) if shape is not None and detail.item else shape


def _default_delete(name, service, noun, entry, members):
    """Delete<Noun>, if there is one whose required parameters the item holds."""
    for verb in ("delete", "terminate", "deregister"):
        operation = model.operations(service).get(verb + noun.lower())
        if operation:
            delete = _delete(name, service, Delete(operation=operation), members, entry)
            missing = set(model.operation(service, operation).input_shape.required_members) - {path.split(".")[0] for path in delete.arguments}
            if not missing:
                return (delete,)
    return ()


def _delete(name, service, delete, members, entry):
    """A deletion whose required parameters that the entry leaves out are taken from the members of the same name."""
    try:
        operation = model.operation(service, delete.operation)
    except KeyError:
        raise CatalogInvalid(f'{name}: {service} has no operation "{delete.operation}"') from None
    arguments = dict(delete.arguments)
    given = {path.split(".")[0] for path in arguments}
    if delete.batch:
        given.add(delete.batch.argument.split(".")[0])
    for parameter in operation.input_shape.required_members if operation.input_shape else ():
        found = parameter not in given and _named(members, parameter)
        if found:
            arguments[parameter] = found
    return dataclasses.replace(delete, operation=operation.name, arguments=arguments)


def _identity(noun, deletes, members):
    """What the deletion asks for, if it is one thing; else the first of the usual names."""
    for delete in deletes:
        if isinstance(delete.batch, Batch) and delete.batch.of in members:
            return delete.batch.of
        plain = [path for path in delete.arguments.values() if path in members]
        if len(plain) == 1:
            return plain[0]
    return _named(members, noun + "id", noun + "identifier", noun + "arn", noun + "name", "id", "arn", "name")


def _with_identity(service, delete, identity):
    """A deletion of which nothing is required (DeleteSecurityGroup) takes the parameter named like the identity."""
    shape = model.operation(service, delete.operation).input_shape
    found = model.member(shape, identity)
    if delete.batch or found is None or found[0] in delete.arguments or identity in delete.arguments.values():
        return delete
    return dataclasses.replace(delete, arguments={found[0]: identity, **delete.arguments})


def _named(members, *names):
    lower = {key.lower(): key for key in members}
    return next((lower[name.lower()] for name in names if name.lower() in lower), None)


def _typed(members, names):
    found = _named(members, *names)
    shape = members.get(found)
    return found if shape is not None and shape.type_name in ("timestamp", "long", "string") else None
