"""Sample answers and records made from botocore's models, with every member present, so that every path of the catalog reaches something."""

from __future__ import annotations

import functools
import re

import jmespath
from jmespath.visitor import TreeInterpreter

from tabula_rasa.catalog import model
from tabula_rasa.catalog.derive import detail_value
from tabula_rasa.expressions import search

FACTS = {"account_id": "123456789012", "region": "us-east-1", "partition": "aws", "resource_id": "x", "arn": "arn:aws:x:::x"}
_PLAIN = {"field", "subexpression", "index", "index_expression", "projection", "value_projection", "flatten", "identity", "current", "slice"}
_POLICY = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["x"], "Federated": ["x"]}, "Action": "x", "Resource": "x"}]}


class AnyKey(dict):
    """A map whose keys are the service's business: every one is there."""

    def __init__(self, value):
        super().__init__({"key": value})
        self.value = value

    def get(self, key, default=None):
        return self.value


def sample(shape, above=()):
    """A value of the shape as it lies in `properties`: JSON, times as text. A shape within itself ends there."""
    if shape.name in above and shape.type_name in ("structure", "list", "map"):
        return {} if shape.type_name != "list" else []
    below = (*above, shape.name)
    if shape.name == "policyDocumentType":  # botocore decodes these (handlers.py, json_decode_policies)
        return _POLICY
    if shape.type_name == "structure":
        return {name: sample(each, below) for name, each in shape.members.items()}
    if shape.type_name == "list":
        return [sample(shape.member, below)] * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "map":
        return AnyKey(sample(shape.value, below))
    if shape.type_name == "string":
        longest = shape.metadata.get("max", 40)  # what one operation shows, another may want longer than it says itself
        return shape.enum[0] if shape.enum else "x" * int(max(1, shape.metadata.get("min", 1), min(40, longest)))
    if shape.type_name in ("integer", "long", "float", "double"):
        return shape.metadata.get("min", 1)
    return {"boolean": True, "timestamp": "2026-01-31T12:00:00+00:00"}.get(shape.type_name, "eA==")


@functools.cache
def answer(service, operation):
    """A sample answer of an operation."""
    shape = model.operation(service, operation).output_shape
    return sample(shape) if shape else {}


def first(expression, data):
    """The first item an expression reaches; its filters let everything pass, for a sample's values mean nothing."""
    found = search(re.sub(model.FILTER.replace(r"\[", r"\[\?", 1), "[*]", expression), data)
    return found[0] if isinstance(found, list) and found else found


def record(rt, types):
    """The properties of a sample record of a type: as listed, within another's, and with its details."""
    above = record(types[rt.parent], types) if rt.parent else None
    if rt.within:
        above = record(types[rt.within.resource_type], types)
        item = first(rt.within.items, above)
    else:
        item = first(rt.list.items, answer(rt.service, rt.list.operation))
    if not isinstance(item, dict):
        item = {rt.list.string_as or "_item": item}
    item = {**item, **{name: search(path, above) for name, path in rt.from_parent.items()}}
    for detail in rt.details:
        value = search(detail_value(rt.name, rt.service, detail), answer(rt.service, detail.operation))
        if detail.batch:
            value = first(detail.item or "@", value[0])
        item = {**item, detail.into: value} if detail.into else {**item, **value}
    return item


def unreached(expression, data):
    """The plain paths in an expression that reach nothing in `data`. SyntaxError-like jmespath errors pass through."""
    tree = jmespath.compile(expression).parsed
    return [text(each) for each in _plain_parts(tree) if TreeInterpreter().visit(each, data) is None]


def mentioned(expression):
    """The names of the properties that an expression looks at."""
    return {text(each).split(".")[0].split("[")[0] for each in _plain_parts(jmespath.compile(expression).parsed)}


def _is_plain(node):
    return node["type"] in _PLAIN and all(_is_plain(each) for each in node["children"] if isinstance(each, dict))


def _plain_parts(node):
    """The largest sub-expressions that are plain paths from the record itself, not from an element on the way."""
    kind, children = node["type"], [each for each in node["children"] if isinstance(each, dict)]
    if _is_plain(node):
        if kind not in ("identity", "current"):
            yield node
    elif kind in ("subexpression", "index_expression", "projection", "value_projection", "filter_projection", "flatten", "pipe"):
        yield from _plain_parts(children[0])
    elif kind != "expref":
        for each in children:
            yield from _plain_parts(each)


def text(node):
    """A plain path as one would write it."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        return node["value"]
    if kind == "subexpression":
        return ".".join(text(each) for each in children)
    if kind == "projection":
        right = text(children[1])
        return text(children[0]) + ("." + right if right else "")
    if kind == "flatten":
        return text(children[0]) + "[]"
    if kind in ("index_expression", "value_projection"):
        return text(children[0]) + "[]"
    return ""
