"""Objects of the modelled operations: flat dicts of property → value, and how they fit a model's shapes."""

import datetime
import re
import uuid
from typing import Any

from .call import Call

Object = dict[str, Any]

# What a new or untouched object says where the model lists the values it may have.
SETTLED = ("available", "active", "enabled", "ready", "succeeded", "complete", "off", "disabled", "default-state", "ok")
IDENTITY = {"name", "id", "arn", "identifier"}


def normal(member: str, noun: str) -> str:
    """'name' of CacheParameterGroupName, ParameterGroupName and GroupName when the noun is CacheParameterGroup."""
    low = member.lower()
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", noun)
    for start in range(len(words)):
        prefix = "".join(words[start:]).lower()
        if low.startswith(prefix) and low[len(prefix) :].rstrip("s") in IDENTITY:
            return low[len(prefix) :].rstrip("s")
    stripped = low[:-1] if low.endswith("s") and low[:-1] in IDENTITY else low
    return "name" if stripped == noun.lower() else stripped


def lookup(known: Object, member: str, noun: str) -> Any:
    """The object's value for a shape's member, by its name or by what the name means; None if it has none."""
    if member in known:
        return known[member]
    wanted = normal(member, noun)
    return next((value for key, value in known.items() if normal(key, noun) == wanted), None)


def identities(known: Object, noun: str) -> set[str]:
    return {value for key, value in known.items() if normal(key, noun) in IDENTITY and isinstance(value, str)}


def matches(asked: dict, known: Object, noun: str) -> bool:
    """Whether the object is among those that the parameters mean; parameters it knows nothing of do not matter."""
    for key, value in asked.items():
        values = set(map(str, value)) if isinstance(value, list) else {str(value)}
        if normal(key, noun) in IDENTITY:
            if not values & identities(known, noun):
                return False
        elif key in known and not isinstance(value, (dict, list)) and str(known[key]) not in values:
            return False
    return True


def new_object(call: Call, noun: str, shape, defaults: bool = False) -> Object:
    """An object made of the call's parameters, with what AWS would add: ids, ARN, times, a settled state.

    `defaults`: it is a setting nobody has touched, so every enumerated member gets its first value.
    """
    made: Object = {}
    for key, value in call.params.items():
        # CreatePipeline(pipeline={…}): the object itself is the parameter.
        made.update(value) if isinstance(value, dict) and normal(key, noun) == "name" else made.update({key: value})
    if call.params.get("TagSpecifications"):
        made["Tags"] = made.pop("TagSpecifications")[0]["Tags"]
    identifier = uuid.uuid4().hex[:17]
    words = re.findall("[A-Z][a-z]*", noun)
    members = shape.members if shape else {}
    name = lookup(made, "Name", noun) or identifier
    for member, member_shape in members.items():
        if lookup(made, member, noun) is not None:
            continue
        meaning = normal(member, noun)
        if meaning == "arn":
            kind = "-".join(words).lower() if call.service == "ec2" else noun[0].lower() + noun[1:]
            made[member] = f"arn:aws:{call.service}:{call.region}:{call.account_id}:{kind}/{name}"
        elif meaning in ("id", "identifier"):
            made[member] = f"{''.join(word[0] for word in words).lower()}-{identifier}" if call.service == "ec2" else identifier
        elif meaning in ("ownerid", "awsaccountid", "accountid"):
            made[member] = call.account_id
        elif meaning in ("awsregion", "region"):
            made[member] = call.region
        elif member_shape.type_name == "timestamp" and re.search("creat|modif|updat", meaning):
            made[member] = datetime.datetime.now(datetime.timezone.utc)
        elif re.search("(status|state)$", meaning) or (defaults and getattr(member_shape, "enum", None)):
            settled = _settled(member_shape)
            if settled:
                made[member] = settled
    if call.operation.output_shape and "ETag" in call.operation.output_shape.members:
        made["ETag"] = identifier.upper()
    return made


def _settled(shape) -> str | None:
    if shape.type_name != "string":
        return None
    values = list(shape.enum)
    return next((value for wanted in SETTLED for value in values if value.lower() == wanted), values[0] if values else "available")


def fill(shape, found: list[Object], noun: str, deleted: bool = False) -> dict:
    """The output structure that shows these objects."""
    if shape is None:
        return {}
    filled = {}
    for member, member_shape in shape.members.items():
        kind = member_shape.type_name
        if kind == "list":
            if not _about(member, member_shape, noun, shape):
                continue
            failed = deleted and "not" in member.lower()
            filled[member] = [] if failed else _items(member, member_shape.member, found, noun)
        elif page := paged(member_shape):
            filled[member] = {"MaxItems": 100, "Quantity": len(found), "Items": _items(member, page, found, noun)}
        elif found and kind == "structure" and not (member in found[0] and isinstance(found[0][member], dict)):
            inner = _structure(member_shape, found[0], noun)
            if inner:
                filled[member] = inner
        elif found:
            value = lookup(found[0], member, noun)
            if value is not None:
                filled[member] = value
    return filled


def paged(shape):
    """The shape of the items of CloudFront's kind of list, which is a structure; None for any other shape."""
    members = shape.members if shape.type_name == "structure" else {}
    return members["Items"].member if {"Items", "Quantity"} <= set(members) else None


def _about(member: str, shape, noun: str, parent) -> bool:
    """Whether this list of an output is the one that holds the objects: the only one, or the one that bears their name."""
    lists = [name for name, found in parent.members.items() if found.type_name == "list"]
    return len(lists) == 1 or noun.lower() in member.lower() or noun.lower() in shape.member.name.lower() or "deleted" in member.lower()


def _items(member: str, shape, found: list[Object], noun: str) -> list:
    if shape.type_name == "structure":
        return [_structure(shape, known, noun) for known in found]
    meaning = next((word for word in ("Arn", "Id") if re.search(f"{word}s?(List)?$", member, re.I)), "Name")
    values = [lookup(known, meaning, noun) or next(iter(known.values())) for known in found]
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def _structure(shape, known: Object, noun: str, depth: int = 0) -> dict:
    filled = {}
    for member, member_shape in shape.members.items():
        value = lookup(known, member, noun)
        if value is not None and _fits(member_shape, value):
            filled[member] = value
        elif member_shape.type_name == "structure" and depth < 1 and value is None:
            inner = _structure(member_shape, known, noun, depth + 1)
            if inner and (normal(member, noun) == "name" or noun.lower() in member_shape.name.lower()):
                filled[member] = inner
    return filled


def _fits(shape, value: Any) -> bool:
    kinds = {"structure": dict, "map": dict, "list": list}
    return isinstance(value, kinds[shape.type_name]) if shape.type_name in kinds else not isinstance(value, (dict, list))
