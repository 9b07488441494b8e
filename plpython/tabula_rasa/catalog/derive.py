"""Fills what an entry leaves out from botocore's models: list operation, items path, id, name, tags, end of life, deletion, waiter.

In charge of the rules that hold for AWS's APIs at large; what they get wrong, the entry says itself.
"""

from __future__ import annotations

import dataclasses
import re

from ..errors import CatalogInvalid
from ..expressions import fields
from . import model
from .ending import gone, wait
from .listing import Known, listing
from .naming import member_for, plain, plurals, singular
from .resource_type import TEXT_FUNCTIONS, Batch, Delete, Entry

_CREATED = (
    "snapshotcreatetime", "createtime", "createdtime", "creationtime", "createdat", "creationdate", "createdate", "created", "createddate", "createddatetime",
    "launchtime", "creationdatetime", "instancecreatetime", "clustercreatetime", "registeredat", "starttime",
    "cacheclustercreatetime", "creationtimestamp", "datecreated", "createdon",
)
_TAGS = ("tags", "taglist", "tagset")
_OWNER = ("ownerid", "owneraccountid", "owneraccount")
_DELETING = ("delete", "terminate", "deregister", "release")  # what the names of operations begin with that end a resource


def derive(name, service, entry: Entry, known: dict[str, Known]):
    """(entry with its gaps filled, {property: shape} of its items); CatalogInvalid names what cannot be found.

    `known`: the types of the service so far, for those found within another's items or listed for each of them.
    """
    noun = entry.noun or _noun(name, service)
    above = entry.parent or (entry.within and entry.within.resource_type)
    if above and above not in known:
        raise CatalogInvalid(f'{name}: {service} has no type "{above}"')
    given, parent, carried = (None, "", {}) if entry.within else listing(name, service, noun, entry, known)
    entry = dataclasses.replace(entry, list=given, parent=parent or entry.parent)
    entry, members = _members(name, service, noun, entry, carried, known)
    deletes = tuple(_delete(name, service, noun, each, members) for each in entry.delete) or _default_delete(name, service, noun, members)
    identity = entry.id or _identity(noun, deletes, members, [each for each in entry.from_parent if each in carried])
    if not identity:
        raise CatalogInvalid(f"{name}: no member of the item identifies it", hint='Give "id".')
    deletes = tuple(_with_identity(service, noun, each, identity, members) for each in deletes)
    hidden = model.hidden(members)
    deletes = tuple(_with_id(each, identity, hidden) for each in deletes) if hidden & fields(identity) else deletes
    if not entry.reviewed:  # a deletion that names nothing is none of one resource, and what the mirror hides cannot be sent
        deletes = tuple(each for each in deletes if (each.arguments or each.batch) and not hidden & set().union(*map(fields, each.arguments.values())))
    entry = dataclasses.replace(
        entry,
        noun=noun,
        id=identity,
        name=entry.name or _named(members, noun + "name", "name") or "",
        arn=entry.arn or _named(members, noun + "arn", "arn") or "",
        created=entry.created or _typed(members, (*_CREATED, *(noun + each for each in _CREATED))) or "",
        tags=entry.tags or _named(members, *_TAGS) or "",
        owner=entry.owner or _named(members, *_OWNER) or "",
        delete=deletes,
    )
    above = _of_parent(entry, parent, carried, members, known)
    if entry.reviewed or deletes:
        entry = dataclasses.replace(entry, references={**above, **entry.references})
    else:  # what nobody deletes goes with what it belongs to
        entry = dataclasses.replace(entry, part_of=above)
    if not entry.reviewed:
        if parent and fields(identity) <= entry.from_parent.keys():
            raise CatalogInvalid(f"{name}: a part of {parent}: nothing tells two of them apart", hint='Give "id".')
        if not deletes:  # history and data as a rule: jobs that have ended, samples, what AWS itself offers
            entry = dataclasses.replace(entry, on_request=True)
    return dataclasses.replace(entry, gone=entry.gone or gone(noun, members), wait=None if entry.at_once else entry.wait or wait(service, entry, members)), members


def _noun(name, service):
    prefix = service.replace("-", "_") + "_"
    if not name.startswith(prefix):
        raise CatalogInvalid(f'{name}: a type of service "{service}" is named {prefix}<noun>')
    return name.removeprefix(prefix).replace("_", "")


def _of_parent(entry, parent, carried, members, known):
    """{expression: parent}: the reference of what is listed for each parent, unless the entry says itself what the parent is to it."""
    if not parent or any(parent in paths.values() for paths in (entry.references, entry.part_of, entry.owns, entry.referenced_by)):
        return {}
    named = {plain(each): each for each in members}
    held = {value: named[plain(parameter)] for parameter, value in carried.items() if plain(parameter) in named}  # the parent's member -> ours
    identity = known[parent].id
    if fields(identity) <= held.keys():
        return {re.sub(r"\w+", lambda word: held.get(word[0], word[0]), identity): parent}
    return dict.fromkeys(held.values(), parent)


def _with_id(delete, identity, hidden):
    """The record's id, or a part of it, stands for a member that the mirror does not show."""
    joined = re.fullmatch(r"join\('\|', \[([\w, ]+)\]\)", identity)
    held = {name: f"parts(_.resource_id)[{index}]" for index, name in enumerate(joined[1].split(", "))} if joined else {identity: "_.resource_id"}
    return dataclasses.replace(delete, arguments={name: held.get(value, value) if value in hidden else value for name, value in delete.arguments.items()})


# what its records hold

def item_shape(service, operation, path):
    """The shape of the items at a path; a path that no shape follows (a filter, a multi-select) gives None."""
    output = model.operation(service, operation).output_shape
    single = re.fullmatch(r"\[([^\[\]]+)\]", path)  # "[A.B]": the one item is not in a list
    place = single[1] if single else re.sub(model.FILTER, "[]", path)
    shape = model.at(output, place)
    if shape is not None and shape.type_name == "list" and not place.endswith("[]"):
        shape = shape.member
    return shape


def _members(name, service, noun, entry, carried, known):
    """(entry, {property: shape} of a record): the listed item's members, then what details and the parent add."""
    members = {}
    if entry.within:
        members.update(_within(known[entry.within.resource_type].members, entry.within.items))
    if entry.list:
        shape = item_shape(service, entry.list.operation, entry.list.items)
        if shape is not None and shape.type_name == "string" and not entry.list.string_as:
            entry = dataclasses.replace(entry, list=dataclasses.replace(entry.list, string_as=_string_as(service, noun, entry, carried)))
        if entry.list.string_as:
            members[entry.list.string_as] = shape
        elif shape is not None and shape.type_name == "structure":
            members.update(shape.members)
    lower = {plain(each) for each in members}  # before the details, which are asked with what the parent tells
    for detail in entry.details:
        shape = detail_shape(name, service, detail)
        if detail.into:
            members[detail.into] = shape
        elif shape is not None and shape.type_name == "structure":
            members.update(shape.members)
    carried = {parameter: value for parameter, value in carried.items() if plain(parameter) not in lower}
    entry = dataclasses.replace(entry, from_parent={**carried, **entry.from_parent})
    above = known[entry.parent or entry.within.resource_type].members if entry.from_parent else {}
    for key, path in entry.from_parent.items():
        members.setdefault(key, model.TEXT if path.startswith(TEXT_FUNCTIONS) else above.get(path))
    return entry, members


def _string_as(service, noun, entry, carried):
    """What an item that is a bare string is called: as the deletion asks for it, else by the list's own name."""
    operations = [model.operation(service, each.operation) for each in entry.delete if each.operation]
    operations = operations or [model.operation(service, verb + noun.lower()) for verb in _DELETING if verb + noun.lower() in model.operations(service)]
    for operation in operations:
        asked = [each for each in operation.input_shape.required_members if each not in carried] if operation.input_shape else []
        if len(asked) == 1:
            return asked[0]
    called = singular(entry.list.items.removesuffix("[]").rpartition(".")[2])
    return called if called.lower().endswith(("arn", "name", "id", "url")) else noun + "Name"


def _within(members, path):
    """The members of the items found at a path of another type's item; none where the path is not a plain one."""
    first, _, rest = re.sub(model.FILTER, "[]", path).partition(".")
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


# how it is deleted

def deleting(service, noun):
    """The names of the operations that delete a noun, most likely first."""
    known = model.operations(service)
    return [known[verb + each] for each in dict.fromkeys((noun.lower(), *plurals(noun.lower()))) for verb in _DELETING if verb + each in known]


def _default_delete(name, service, noun, members):
    """Delete<Noun>, if there is one whose required parameters the item holds."""
    for operation in deleting(service, noun):
        delete = _delete(name, service, noun, Delete(operation=operation), members)
        if not missing(service, delete):
            return (delete,)
    return ()


def why_not_deletable(service, entry: Entry, members):
    """Why a completed entry has no deletion; '' if it has one."""
    if entry.delete:
        return ""
    always = next((each.why for each in entry.fixed if each.where == "`true`"), None)
    if always:
        return always
    found = [_delete(entry.noun, service, entry.noun, Delete(operation=each), members) for each in deleting(service, entry.noun)]
    if found:
        return f"{found[0].operation} wants {', '.join(missing(service, found[0]))}, which {entry.list.operation if entry.list else 'the list'} does not tell"
    return f"no operation of {service} deletes it"


def missing(service, delete):
    """The required parameters of a deletion that its arguments do not give."""
    shape = model.operation(service, delete.operation).input_shape
    given = {path.split(".")[0] for path in delete.arguments} | ({delete.batch.argument.split(".")[0]} if delete.batch else set())
    return [each for each in shape.required_members if each not in given and not shape.members[each].metadata.get("idempotencyToken")] if shape else []


def _delete(name, service, noun, delete, members):
    """A deletion whose required parameters that the entry leaves out are taken from the members that they mean."""
    try:
        operation = model.operation(service, delete.operation)
    except KeyError:
        raise CatalogInvalid(f'{name}: {service} has no operation "{delete.operation}"') from None
    arguments = dict(delete.arguments)
    for parameter in missing(service, delete):
        shape = operation.input_shape.members[parameter]
        found = _named(members, parameter) or member_for(singular(parameter) if shape.type_name == "list" else parameter, noun, members)
        if found is None and plain(parameter) in ("accountid", "awsaccountid"):
            arguments[parameter] = "_.account_id"
        elif found and _fits(shape, members[found]):
            arguments[parameter] = f"[{found}]" if shape.type_name == "list" and _kind(members[found]) != "list" else found
    return dataclasses.replace(delete, operation=operation.name, arguments=arguments)


def _fits(parameter, member):
    """Can a member's value be sent as a parameter? Of unknown shape: it may."""
    wanted = parameter.member if parameter.type_name == "list" and _kind(member) != "list" else parameter
    return member is None or wanted.type_name == member.type_name


def _kind(shape):
    return shape.type_name if shape is not None else ""


def _identity(noun, deletes, members, carried):
    """What the deletion asks for, if it is one thing; else the ARN, or all that it asks for; without a deletion the first of the usual names.

    carried  the members that tell the parent: what is listed for each parent may be called the same under two of them
    """
    arn = _named(members, noun + "arn", "arn")
    for delete in deletes:
        if isinstance(delete.batch, Batch) and delete.batch.of in members:
            return delete.batch.of
        asked = [path.strip("[]") for path in delete.arguments.values() if path.strip("[]") in members]
        if len(asked) == 1 and not (carried and asked[0] not in carried and not asked[0].lower().endswith("arn")):
            return asked[0]
        if asked:
            return arn or _joined(dict.fromkeys([*carried, *asked]), members)
    usual = _named(members, noun + "id", noun + "identifier", noun + "arn", noun + "name", "id", "arn", "name") or _called_shorter(noun, members)
    if carried and usual:
        return arn or _joined([*carried, usual], members)
    return usual


def _joined(names, members):
    """The expression for an id made of several members; '' if one of them is no plain value."""
    shapes = {name: members[name] for name in names}
    if any(shape is not None and shape.type_name in ("structure", "list", "map") for shape in shapes.values()):
        return ""
    texts = (name if shape is None or shape.type_name == "string" else f"to_string({name})" for name, shape in shapes.items())
    return f"join('|', [{', '.join(texts)}])"


def _called_shorter(noun, members):
    """The member that identifies a noun by its last words: JobId of a media analysis job."""
    for kind in ("id", "identifier", "arn", "name"):
        for name in members:
            stem = plain(name).removesuffix(kind)
            if plain(name).endswith(kind) and len(stem) > 2 and noun.lower().endswith(stem):
                return name
    return None


def _with_identity(service, noun, delete, identity, members):
    """A deletion of which nothing is required (DeleteSecurityGroup) takes the parameter that means the identity."""
    shape = model.operation(service, delete.operation).input_shape
    same = model.member(shape, identity)
    found = same[0] if same else next((each for each in shape.members if member_for(each, noun, members, strict=True) == identity), None) if shape and not delete.arguments else None
    if delete.batch or found is None or found in delete.arguments or identity in delete.arguments.values():
        return delete
    return dataclasses.replace(delete, arguments={found: identity, **delete.arguments})


def _named(members, *names):
    lower = {key.lower(): key for key in members}
    return next((lower[name.lower()] for name in names if name.lower() in lower), None)


def _typed(members, names):
    found = _named(members, *names)
    shape = members.get(found)
    return found if shape is not None and shape.type_name in ("timestamp", "long", "string") else None
