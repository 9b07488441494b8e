"""A record from what AWS calls the resource: where the catalog finds its id, ARN, name, tags, owner."""

from __future__ import annotations

import datetime
import json
import re

from dateutil import parser

from .catalog import GLOBAL
from .change import Key, Record
from .expressions import context, search
from .packing import pack


def record(rt, item, region, facts):
    """The Record of a resource with the properties `item`; None where they do not tell its id.

    facts   account_id, partition
    """
    known = context(item, **{**facts, "region": region})
    region = (search(rt.region, known) or region) if rt.region else region
    identity = search(rt.id, known)
    if identity is None:
        return None
    identity = str(identity)
    tags = normal_tags(search(rt.tags, known)) if rt.tags else {}
    return Record(
        Key(rt.name, region, identity),
        arn=arn(rt, known, region, identity),
        name=_text(search(rt.entry.name, known) if rt.entry.name else None) or tags.get("Name"),
        tags=tags,
        created=_time(search(rt.created, known)) if rt.created else None,
        # A type whose API tells no owner lists only the account's own; one that tells it and leaves it empty is of unknown owner.
        owner_id=_text(search(rt.owner, known)) if rt.owner else known["_"]["account_id"],
        packed=pack(item),
    )


def further(rt, properties):
    """{property: value} of what the entry's `columns` read from the properties."""
    read = {each.property: search(each.expression, properties) for each in rt.computed}
    return {name: value for name, value in read.items() if value is not None}


def arn(rt, known, region, identity):
    """The ARN that the properties tell, or that the catalog makes where AWS's API has none."""
    told = _text(search(rt.arn, known)) if rt.arn else None
    if told or not rt.arn_resource:
        return told
    place = "" if region == GLOBAL else region
    return f"arn:{known['_']['partition']}:{rt.service}:{place}:{known['_']['account_id']}:{rt.arn_resource}/{identity}"


def _time(value):
    """ISO 8601 from what AWS calls a time: text with a year in it, or seconds or milliseconds since 1970; None from what is no time."""
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.replace(".", "", 1).isdigit()):
        seconds = float(value)
        seconds = seconds / 1000 if seconds > 1e11 else seconds
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat() if seconds < 2e11 else None
    try:
        return datetime.datetime.fromisoformat(value or "").isoformat()
    except ValueError:
        return _spelled_out(value)


def _spelled_out(value):
    try:
        return parser.parse(value).isoformat() if re.search(r"\d{4}", value or "") else None
    except (ValueError, OverflowError):  # a text that only has a year in it
        return None


def normal_tags(value):
    """{key: value} from any of AWS's spellings: [{Key, Value}], [{key, value}], [{TagKey, TagValue}], {key: value}."""
    if isinstance(value, dict):
        return {str(key): "" if each is None else str(each) for key, each in value.items()}
    found = {}
    for each in value or []:
        lower = {key.lower(): part for key, part in each.items()}
        key = lower.get("key", lower.get("tagkey"))
        if key is not None:
            found[str(key)] = _text(lower.get("value", lower.get("tagvalue"))) or ""
    return found


def _text(value):
    """The SDK does not look whether what should be text is."""
    return value if value is None or isinstance(value, str) else json.dumps(value)
