"""JMESPath over a record: the one language of the catalog's data and of the account defaults."""

from __future__ import annotations

import functools

import jmespath


@functools.cache
def _compiled(expression):
    return jmespath.compile(expression)


def search(expression, data):
    """The value of an expression over `data`; None where it reaches nothing."""
    return _compiled(expression).search(data)


def holds(expression, data):
    """Is it true? JMESPath's truth: neither false, null nor empty."""
    value = search(expression, data)
    return value not in (None, False, "", [], {})


def context(properties, **facts):
    """A record's properties with `_` beside them: account_id, region, resource_id, arn, parent …"""
    return {**properties, "_": facts}


def arguments(expressions, data):
    """A request from {member: expression}; a dotted member nests, a value of null is left out."""
    request = {}
    for path, expression in expressions.items():
        value = search(expression, data)
        if value is not None:
            put(request, path, value)
    return request


def put(request, path, value):
    """request[a][b] = value for the path "a.b"."""
    *above, last = path.split(".")
    for name in above:
        request = request.setdefault(name, {})
    request[last] = value
