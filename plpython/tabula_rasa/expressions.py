"""JMESPath over a record: the one language of the catalog's data and of the account defaults."""

from __future__ import annotations

import functools
import ipaddress
import re

import jmespath
from jmespath import functions


class _Functions(functions.Functions):
    """What JMESPath lacks for AWS's data."""

    @functions.signature({"types": ["string", "null"]})
    def _func_last_part(self, text):
        """last_part(text): what follows the last / or : of an ARN, URL or path."""
        return text and re.split(r"[/:]", text)[-1]

    @functions.signature({"types": ["string", "null"]})
    def _func_parts(self, text):
        """parts(text): what join('|', …) has put together."""
        return text and text.split("|")

    @functions.signature({"types": ["array"]}, {"types": ["array", "null"]})
    def _func_holding_none(self, blocks, cidrs):
        """holding_none(blocks, cidrs): those of [{CidrBlock: …}] in which none of the CIDRs lies."""
        networks = [ipaddress.ip_network(each) for each in cidrs or ()]
        return [each for each in blocks if not any(_lies_in(network, ipaddress.ip_network(each["CidrBlock"])) for network in networks)]


    @functions.signature({"types": ["array", "null"]}, {"types": ["array", "null"]})
    def _func_minus(self, some, others):
        """minus(some, others): the elements of the first list that the second does not have; null is empty."""
        return [each for each in some or () if each not in (others or ())]

    @functions.signature({"types": ["array", "null"]}, {"types": ["object"]})
    def _func_having(self, items, members):
        """having(items, members): the objects of a list that have all these members; a filter cannot look at what is outside of it."""
        return [each for each in items or () if members.items() <= each.items()]

    @functions.signature({"types": ["array", "null"]})
    def _func_as_object(self, pairs):
        """as_object([{Key, Value}]): {key: value}."""
        return pairs and {each["Key"]: each["Value"] for each in pairs}


def _lies_in(network, block):
    return network.version == block.version and network.subnet_of(block)


ExpressionError = jmespath.exceptions.JMESPathError  # data that an expression was not written for

_OPTIONS = jmespath.Options(custom_functions=_Functions())


@functools.cache
def _compiled(expression):
    return jmespath.compile(expression)


def search(expression, data):
    """The value of an expression over `data`; None where it reaches nothing."""
    return _search(expression)(data)


@functools.cache
def _search(expression):
    """A function of the data. Most of the catalog's expressions are a property's name, and reading that needs no interpreter."""
    compiled = _compiled(expression)
    if compiled.parsed["type"] == "field":
        name = compiled.parsed["value"]
        return lambda data: data.get(name) if isinstance(data, dict) else None
    return lambda data: compiled.search(data, _OPTIONS)


@functools.cache
def fields(expression):
    """The names of the properties that an expression looks at first: `A.B && C[].D` has A and C; what stands under `_` is none."""
    return frozenset(_fields(_compiled(expression).parsed)) - {"_"}


def _fields(node):
    kind, children = node["type"], node.get("children", [])
    if kind == "field":
        yield node["value"]
    elif kind in ("subexpression", "index_expression", "projection", "filter_projection", "flatten", "value_projection", "pipe"):
        yield from _fields(children[0])  # what follows looks at what was found
    else:
        for child in children:
            yield from _fields(child)


def holds(expression, data):
    """Is it true? JMESPath's truth: neither false, null nor empty."""
    value = search(expression, data)
    return value not in (None, False, "", [], {})


def texts(value):
    """All texts in a value, at any depth."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def like(text, pattern):
    """SQL's LIKE."""
    parts = {"%": ".*", "_": "."}
    steps = re.findall(r"\\.|.", pattern, re.DOTALL)
    return re.fullmatch("".join(parts.get(each) or re.escape(each[-1]) for each in steps), text, re.DOTALL) is not None


def context(properties, **facts):
    """A record's properties with `_` beside them: account_id, region, resource_id, arn, parent …"""
    return {**properties, "_": facts}


def arguments(expressions, data):
    """A request from {member: expression}; a dotted member nests, a value of null is left out."""
    request = {}
    for path, expression in expressions.items():
        value = without_nulls(search(expression, data))
        if value is not None:
            put(request, path, value)
    return request


def without_nulls(value):
    """The value without members that are null, at any depth: a request leaves out what is not there."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def put(request, path, value):
    """request[a][b] = value for the path "a.b"."""
    *above, last = path.split(".")
    for name in above:
        request = request.setdefault(name, {})
    request[last] = value
