"""Fills what an entry leaves out of its creates and updates from botocore's models, and tells which columns a row may set.

An input member is given by the column of the same name; one that no record has (a password, a script) becomes a column that is only given.
"""

from __future__ import annotations

import dataclasses
import re

from ..errors import CatalogInvalid
from ..expressions import fields
from . import model
from .resource_type import TEXT_FUNCTIONS, Create, Entry, Update

_TAGS = ("tags", "tag", "taglist", "tagset", "tagspecifications")
_NOT_COLUMNS = ("dryrun", "clienttoken", "clientrequesttoken", "idempotencytoken")


def creates(name, service, entry: Entry, members) -> tuple[Create, ...]:
    """The entry's creates with every gap filled; `members` are all properties: read, and of `columns`."""
    return tuple(_create(name, service, entry, each, members) for each in entry.create)


def updates(name, service, entry: Entry, members) -> tuple[Update, ...]:
    """The entry's updates with every gap filled."""
    found = []
    for update in entry.update:
        shape = _input(name, service, update.operation)
        arguments = dict(update.arguments)
        given = _first_parts(arguments)
        patches = update.operation.startswith(("Modify", "Update"))  # what is left out stays as it is
        for parameter in shape.members:
            required = parameter in shape.required_members
            same = _same(members, parameter) or _same(update.of, parameter)
            if parameter not in given and same and (required or same in update.of):
                arguments[parameter] = f"minus([{same}], [_.old.{same}])[0]" if patches and not required else same
        found.append(dataclasses.replace(update, operation=model.operation(service, update.operation).name, arguments=arguments))
    return tuple(found)


def given_only(service, entry: Entry, members):
    """{property: shape} of what a create or an update takes and no reading shows."""
    found = {}
    for create in entry.create:
        shape = model.operation(service, create.operation).input_shape
        for path, expression in create.arguments.items():
            if expression in shape.members and expression not in members:
                found.setdefault(expression, shape.members[expression])
    for update in entry.update:
        shape = model.operation(service, update.operation).input_shape
        for of in update.of:
            if of != "tags" and of not in members and of not in found:
                found[of] = shape.members.get(of)
    return found


def shape_of(service, entry: Entry, name, members):
    """The shape of a property of `columns`: that of the input member of its name, else of the plain path that its expression begins with, or None."""
    for call in (*entry.create, *entry.update):
        found = model.member(model.operation(service, call.operation).input_shape, name)
        if found:
            return found[1]
    if entry.columns[name].startswith(TEXT_FUNCTIONS) or entry.columns[name].endswith("last_part(@)"):
        return model.TEXT
    plain = re.match(r"[A-Za-z_][\w.\[\]]*", entry.columns[name])
    path = re.sub(r"\[\d*\]", "[]", plain[0] if plain else "")
    first, _, rest = path.partition(".")
    shape = members.get(first.removesuffix("[]"))
    if shape is not None and shape.type_name == "list" and first.endswith("[]"):
        shape = shape.member
    if shape is not None and shape.type_name == "map":
        return shape.value
    shape = model.at(shape, rest) if rest and shape is not None else shape
    return _Listed(shape) if shape is not None and plain and "[]" in plain[0] else shape


class _Listed:
    """A list of a shape, as a projection gives it."""

    type_name, metadata, documentation = "list", {}, ""

    def __init__(self, member):
        self.member = member


def set_by_create(create: Create):
    """The properties that a create call's arguments draw on, and that choose it."""
    expressions = [*create.arguments.values(), *([create.where] if create.where else [])]
    return frozenset(field for expression in expressions for field in fields(expression))


def _create(name, service, entry, create, members):
    operation = create.operation or model.operations(service).get("create" + entry.noun.lower())
    if operation is None:
        raise CatalogInvalid(f"{name}: no operation of {service} creates it", hint='Give "create.operation".')
    shape = _input(name, service, operation)
    operation = model.operation(service, operation)
    arguments = dict(create.arguments)
    given = _first_parts(arguments)
    finds = dataclasses.replace(create, operation=operation.name).finds
    for parameter, each in {} if finds else shape.members.items() if shape else ():
        if parameter in given or parameter in create.without:
            continue
        if parameter.lower() in _TAGS and (tags := tag_expression(each, entry.arn_resource)):
            arguments[parameter] = tags
        elif parameter.lower() not in _NOT_COLUMNS and "idempotencyToken" not in each.metadata:
            arguments[parameter] = _same(members, parameter) or parameter
    return dataclasses.replace(create, operation=operation.name, arguments=arguments, item=create.item or _item(operation.output_shape, entry.id))


def _item(shape, identity):
    """Where an answer holds what was made: the structure that has what the identity is made of; all of it where none has."""
    wanted = fields(identity)
    for name, each in shape.members.items() if shape else ():
        item = each.member if each.type_name == "list" else each
        if item.type_name == "structure" and wanted & set(item.members):
            return name + "[0]" if each.type_name == "list" else name
    return "@"


def tag_expression(shape, resource):
    """The expression over `_.tags` and `_.tag_list` (null without tags) that gives a tags member in its own spelling; None if it is something else."""
    if shape.type_name == "map":
        return "_.tags"
    if shape.type_name != "list" or shape.member.type_name != "structure":
        return None
    members = {key.lower(): key for key in shape.member.members}
    if {"resourcetype", "tags"} <= set(members):
        return f"_.tag_list && [{{ResourceType: '{resource}', Tags: _.tag_list}}]"
    key, value = (members.get(part) or members.get("tag" + part) for part in ("key", "value"))
    return key and value and ("_.tag_list" if (key, value) == ("Key", "Value") else f"_.tag_list[].{{{key}: Key, {value}: Value}}")


def _input(name, service, operation):
    try:
        return model.operation(service, operation).input_shape
    except KeyError:
        raise CatalogInvalid(f'{name}: {service} has no operation "{operation}"') from None


def _first_parts(arguments):
    return {path.split(".")[0] for path in arguments}


def _same(names, parameter):
    return next((each for each in names if each.lower() == parameter.lower()), None)
