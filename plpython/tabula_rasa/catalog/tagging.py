"""How a resource is tagged and untagged, derived from botocore's models alone: one path for every type whose tags AWS lets one change one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import model

# For the type's own noun first (TagRole), then for "Resource" (TagResource), then without one (AddTags).
_ADDING = ("tag{}", "addtagsto{}", "addtags{}", "createtags{}", "changetagsfor{}", "updatetagsfor{}")
_REMOVING = ("untag{}", "removetagsfrom{}", "removetags{}", "deletetags{}", "deletetagsfor{}", "changetagsfor{}", "updatetagsfor{}")


@dataclass(frozen=True)
class TagCall:
    """A call that adds or removes tags. Expressions see the record's properties and, under `_`, resource_id, arn, account_id,
    region, `added` (list of {Key, Value}) and `removed` (list of keys)."""

    operation: str
    arguments: dict[str, str]  # input member, dotted when nested -> expression


@dataclass(frozen=True)
class Tagging:
    """The two calls; where AWS has one operation for both, each uses its half."""

    tag: TagCall
    untag: TagCall


@dataclass(frozen=True)
class _Type:
    """What is known of a resource type when its tag calls are sought."""

    noun: str
    members: dict  # property -> botocore shape or None
    identity: str
    arn: str


def tagging(service, noun, members, identity, arn, given_tags_member):
    """The Tagging of a type, or None: its records show no tags, AWS has no such calls, or they ask for what a record does not hold.

    `members`: {property: botocore shape or None}; `identity`, `arn`, `given_tags_member`: expressions, empty where there is none.
    """
    if not given_tags_member:
        return None
    known = _Type(noun.lower(), members, identity, arn)
    for adding, removing in _pairs(service, known.noun):
        tag, untag = _call(adding, _added, known), _call(removing, _removed, known)
        if tag and untag:
            return Tagging(tag, untag)
    return None


def _pairs(service, noun):
    """Pairs of botocore OperationModels that add and remove tags; those that AWS calls deprecated come last."""
    known = model.operations(service)
    # The end of a noun counts as it does: TagMFADevice is for a virtual MFA device.
    nouns = (*(noun[start:] for start in range(len(noun))), "resource", "")
    found = []
    for each in nouns:
        pair = [next((verb.format(each) for verb in verbs if verb.format(each) in known), None) for verbs in (_ADDING, _REMOVING)]
        if all(pair):
            found.append(tuple(model.operation(service, name) for name in pair))
    return sorted(found, key=lambda pair: any(operation.deprecated for operation in pair))


def _call(operation, tags_argument, known):
    """The TagCall of an operation, or None where something that it asks for is not to be had."""
    shape = operation.input_shape
    tags = tags_argument(shape)
    if tags is None:
        return None
    path, expression = tags
    which = _which(operation, path.split(".")[0], known)
    return TagCall(operation.name, {**which, path: expression}) if which else None


# which tags

def _added(shape):
    """(input member, expression) of the tags to add, or None."""
    for path, each in _candidates(shape, "tag"):
        if each.type_name == "map":
            return path, "as_object(_.added)"
        pair = _pair(each)
        if pair == ("Key", "Value"):
            return path, "_.added"
        if pair and all(pair):
            return path, "_.added[].{%s: Key, %s: Value}" % pair
    return None


def _removed(shape):
    """(input member, expression) of the tags to remove, or None: by their keys alone, for what they hold may have changed in AWS."""
    candidates = list(_candidates(shape, "tag", "key"))
    for path, each in candidates:
        if each.type_name == "list" and each.member.type_name == "string":
            return path, "_.removed"
    for path, each in candidates:
        key, value = _pair(each) or (None, None)
        if key and value not in each.member.required_members:
            return path, "_.removed[].{%s: @}" % key
    return None


def _candidates(shape, *words):
    """(dotted path, shape) of the members whose name has one of the words; of a structure around a single member, that member."""
    for name, each in shape.members.items():
        if any(word in name.lower() for word in words):
            if each.type_name == "structure" and len(each.members) == 1:
                (inner, each), = each.members.items()
                name = f"{name}.{inner}"
            if each.type_name in ("list", "map"):
                yield name, each


def _pair(shape):
    """(key, value) as the members of a list of tags are spelled, value None if it has none; None for another shape."""
    if shape.type_name != "list" or shape.member.type_name != "structure":
        return None
    spelled = {end: name for name in shape.member.members for end in ("key", "value") if name.lower() in (end, "tag" + end)}
    return (spelled["key"], spelled.get("value")) if "key" in spelled else None


# which resource

def _which(operation, tags, known):
    """{input member: expression} that name the resource, or None."""
    shape = operation.input_shape
    others = {name: each for name, each in shape.members.items() if name != tags and not each.metadata.get("idempotencyToken")}
    required = [name for name in shape.required_members if name in others]
    if required:
        found = {name: _required(name, others[name], operation, known) for name in required}
        return found if all(found.values()) else None
    # of several ways to name it, one: by what the record holds, rather than by a member for resources of any kind
    for find in (_property, _generic):
        for name, each in others.items():
            found = find(name, each, operation, known)
            if found:
                return {name: found}
    return None


def _required(name, shape, operation, known):
    if name.lower() == "accountid":
        return "_.account_id"
    if shape.type_name == "string" and shape.enum:  # ResourceType
        return next((f"'{each}'" for each in shape.enum if re.sub(r"\W|_", "", each).lower() == known.noun), None)
    return _generic(name, shape, operation, known) or _property(name, shape, operation, known) or _named_for(name, shape, known)


def _generic(name, shape, operation, known):
    """For a member that names a resource of any type (ResourceARN, Resource, ResourceId): never a property, for what a record
    itself calls ResourceArn is another resource's."""
    lower = _singular(name, shape).lower()
    if lower in ("arn", "resourcearn"):
        return _listed(_arn(known), shape)
    if lower in ("resource", "resourceid", "resourcename"):
        return _listed(_arn(known) if _wants_arn(shape, operation) else "_.resource_id", shape)
    return None


def _property(name, shape, operation, known):
    """For a member named like a property of the record."""
    lower, kind = _singular(name, shape).lower(), _single(shape).type_name
    found = next((key for key, each in known.members.items() if key.lower() == lower and (each is None or each.type_name == kind)), None)
    return _listed("_.resource_id" if found and found == known.identity else found, shape)


def _named_for(name, shape, known):
    """For a member named like the type (SecretId), or an ARN under another name (PolicyArn)."""
    lower = _singular(name, shape).lower()
    if lower.endswith("arn"):
        return _listed(_arn(known), shape)
    return _listed("_.resource_id", shape) if lower in (known.noun + "id", known.noun + "name") else None


def _arn(known):
    if known.arn:
        return "_.arn"
    return "_.resource_id" if known.identity.lower().endswith("arn") else None


def _wants_arn(shape, operation):
    """Does a member called Resource, ResourceName or ResourceId want an ARN? Its documentation says so, or an error of the operation."""
    text = re.sub(r"<[^>]+>", "", shape.documentation)
    if re.search(r"\bIDs?\b|\b[Ii]dentifier\b", text):  # also where it takes both
        return False
    return bool(re.search(r"\bARN\b|Amazon Resource Name", text)) or any("ARN" in each.name for each in operation.error_shapes)


def _single(shape):
    return shape.member if shape.type_name == "list" else shape


def _singular(name, shape):
    return name.removesuffix("s") if shape.type_name == "list" else name


def _listed(expression, shape):
    return expression and (f"[{expression}]" if shape.type_name == "list" else expression)
