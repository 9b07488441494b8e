"""The columns of a type's table: one per member of the SDK's item shape, typed and commented from the model."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from botocore import xform_name

# What aws.resource has; a member of the same name is read from there.
BASE_COLUMNS = (
    "account_id", "region", "resource_type", "resource_id", "arn", "name", "tags", "created", "owner_id", "properties", "read_at",
)

_TYPES = {
    "string": "text", "character": "text", "blob": "text", "boolean": "boolean", "timestamp": "timestamptz",
    "integer": "bigint", "long": "bigint", "float": "double precision", "double": "double precision",
}


@dataclass(frozen=True)
class Column:
    """A column and the property that it shows; both text and JSON types are PostgreSQL's names."""

    name: str
    type: str
    property: str
    comment: str


def columns(members):
    """Columns for {property: botocore shape or None}; a property without a shape becomes jsonb."""
    found = {}
    for name, shape in members.items():
        column = xform_name(name)
        if column in BASE_COLUMNS or column in found or len(column) > 63:
            continue
        found[column] = Column(column, _type(shape), name, _first_sentence(shape))
    return tuple(found.values())


def _type(shape):
    if shape is None:
        return "jsonb"
    if shape.type_name == "list" and shape.member.type_name == "string":
        return "text[]"
    return _TYPES.get(shape.type_name, "jsonb")


def _first_sentence(shape):
    """The model's documentation, without its HTML, up to the first full stop."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", getattr(shape, "documentation", "") or ""))
    text = re.sub(r"\s+", " ", text).strip()
    return re.split(r"(?<=[a-z)])\.(?:\s|$)", text)[0].strip()[:500]
