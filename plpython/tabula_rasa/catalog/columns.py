"""The columns of a type's table: one per member of the SDK's item shape, typed and commented from the model."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from botocore import xform_name

from .model import sensitive_paths

# What aws.resource has; a member of the same name is read from there.
BASE_COLUMNS = (
    "account_id", "region", "resource_type", "resource_id", "arn", "name", "tags", "created", "owner_id", "properties", "read_at",
)

# Not everything that must not be shown is marked so in the SDK's model.
_SECRET = re.compile(r"password$|secret|authtoken|privatekey|userdata$", re.IGNORECASE)

_TYPES = {
    "string": "text", "character": "text", "blob": "text", "boolean": "boolean", "timestamp": "timestamptz",
    "integer": "bigint", "long": "bigint", "float": "double precision", "double": "double precision",
}


@dataclass(frozen=True)
class Column:
    """A column and the property that it shows; `type` is PostgreSQL's name.

    expression  how the property is read, where AWS's answer has none of that name
    given       it is only given, at INSERT or UPDATE: no reading shows it
    sensitive   the SDK says that it must not be shown
    """

    name: str
    type: str
    property: str
    comment: str
    expression: str = ""
    given: bool = False
    sensitive: bool = False
    shape: object = field(default=None, compare=False, repr=False)  # botocore's, where it has one

    def __getstate__(self):
        """For the compiled catalog: all but the shape, which brings the service's whole model along."""
        return {**self.__dict__, "shape": None}


def columns(members, expressions=None, given=None):
    """Columns for {property: botocore shape or None}; a property without a shape becomes jsonb.

    members      what AWS's answer has
    expressions  {property: (shape, expression)} of those that are read from others
    given        {property: shape} of those that are only given
    """
    wanted = [(name, shape, "", False) for name, shape in members.items()]
    wanted += [(name, shape, expression, False) for name, (shape, expression) in (expressions or {}).items()]
    wanted += [(name, shape, "", True) for name, shape in (given or {}).items()]
    found = {}
    for name, shape, expression, only_given in wanted:
        column = xform_name(name).lstrip("_")
        if column in BASE_COLUMNS or column in found or len(column) > 63:
            continue
        sensitive = only_given and (bool(_SECRET.search(name)) or bool(sensitive_paths({name: shape})))
        found[column] = Column(column, _type(shape), name, _first_sentence(shape), expression, only_given, sensitive, shape)
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
