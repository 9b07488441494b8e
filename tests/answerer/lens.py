"""JMESPath read backwards: the catalog says where a value stands in an answer, so the answer is made from the value and that expression.

`put` changes data so that an expression gives a value; `satisfy` so that it is true or false; `shape_of` follows an expression through
botocore's shapes. What an expression cannot be read backwards for (a literal, most functions) raises Unplaceable.
"""

import functools
import hashlib

import jmespath
from jmespath.visitor import TreeInterpreter

from tabula_rasa import expressions

from .values import ANOTHER


class Unplaceable(Exception):
    """The expression gives no place for the value, or cannot be made true or false."""


class Struct:
    """A structure that no service names: members of a record, or a multi-select."""

    type_name, name, metadata, serialization, required_members = "structure", "", {}, {}, ()

    def __init__(self, members):
        self.members = members


class ListOf:
    """A list that an expression makes."""

    type_name, name, metadata, serialization = "list", "", {}, {}

    def __init__(self, member):
        self.member = member


class Text:
    """What a function makes into text."""

    type_name, name, metadata, serialization, enum = "string", "", {}, {}, ()


_PROJECTIONS = ("projection", "filter_projection", "value_projection")
_THROUGH = ("last_part", "to_string", "sort", "reverse", "not_null", "to_number", "to_array", "merge")  # what they give stands in their first argument


@functools.cache
def tree(expression):
    """The expression as jmespath parses it, but that every step has two sides: A.B.C is (A.B).C."""
    return _two_sided(jmespath.compile(expression).parsed)


def _two_sided(node):
    children = [_two_sided(each) if isinstance(each, dict) else each for each in node.get("children", [])]
    if node["type"] in ("subexpression", "index_expression"):
        while len(children) > 2:
            children[:2] = [{"type": node["type"], "children": children[:2]}]
    return {**node, "children": children}


_interpreter = TreeInterpreter(expressions._OPTIONS)


def value_of(node, data):
    """What a part of an expression gives over data; None where the data are not what its functions want."""
    try:
        return _interpreter.visit(node, data)
    except expressions.ExpressionError:
        return None


def named(node):
    """The names of the fields in a part of an expression, for messages and to tell facts (`_`) from properties."""
    own = [node["value"]] if node["type"] == "field" else []
    return own + [name for child in node.get("children", ()) if isinstance(child, dict) for name in named(child)]


def _unplaceable(node):
    return Unplaceable(f"{node['type']} {'.'.join(named(node))}")


def put(node, data, value, shape=None):
    """`data`, changed so that the node gives `value` over it. `shape` is that of data, where known."""
    kind, children = node["type"], node.get("children", [])
    if kind == "field":
        if data is not None and not isinstance(data, dict):
            raise Unplaceable(f"{node['value']} of {data!r}")
        data = {} if data is None else data
        if node["value"] == "_":
            raise Unplaceable("the facts of a call are not AWS's to choose")
        data[node["value"]] = value
        return data
    if kind in ("identity", "current"):
        return value
    if kind in ("subexpression", "pipe"):
        first, then = children
        if kind == "pipe" and first["type"] in _PROJECTIONS and then["type"] == "index":
            return put(first, data, [value], shape)
        return put(first, data, put(then, value_of(first, data), value, shape_of(first, shape)), shape)
    if kind == "index_expression":
        first, index = children
        if index["type"] != "index":
            return put(first, data, value, shape)
        return put(first, data, put(index, value_of(first, data), value), shape)
    if kind == "index":
        found = data if isinstance(data, list) and data else [None]
        found[min(node["value"], len(found) - 1)] = value
        return found
    if kind in _PROJECTIONS:
        return _put_projected(node, data, value if isinstance(value, list) else [value], shape)
    if kind == "flatten":
        child, value = children[0], value if isinstance(value, list) else [value]
        if child["type"] in _PROJECTIONS:
            of = shape_of(child, shape)
            nested = of is None or of.member is None or of.member.type_name == "list"
            return put(child, data, [[each] for each in value] if nested else value, shape)
        if child["type"] == "multi_select_list":
            first, *others = child["children"]
            if getattr(shape_of(first, shape), "type_name", "list") == "list":
                return put(first, data, value, shape)
            return put(child, data, [*value, *[None] * (len(others) + 1 - len(value))], shape)
        return put(child, data, value, shape)
    if kind == "or_expression":
        for child in children:
            try:
                return put(child, data, value, shape)
            except Unplaceable:
                continue
        raise _unplaceable(node)
    if kind == "and_expression":
        data = satisfy(children[0], data, True)
        return data if value_of(children[1], data) == value else put(children[1], data, value, shape)
    if kind == "multi_select_list":
        for child, each in zip(children, value if isinstance(value, list) else [value]):
            data = put(child, data, each, shape)
        return data
    if kind == "multi_select_dict":
        for pair in children:
            if isinstance(value, dict) and value.get(pair["value"]) is not None:
                data = put(pair["children"][0], data, value[pair["value"]], shape)
        return data
    if kind == "function_expression":
        return _put_function(node, data, value, shape)
    raise _unplaceable(node)


def _put_projected(node, data, values, shape):
    kind, (first, then, *condition) = node["type"], node["children"]
    there, of = value_of(first, data), shape_of(first, shape)
    of = of.member if of is not None and of.type_name == "list" else of.value if of is not None and of.type_name == "map" else None
    if kind == "value_projection":
        keys = list(there) if isinstance(there, dict) else []
        keys += [f"key{number}" for number in range(len(keys), len(values))]
        return put(first, data, {key: put(then, (there or {}).get(key), each, of) for key, each in zip(keys, values)}, shape)
    there = there if isinstance(there, list) else []
    elements = [put(then, there[number] if number < len(there) else None, each, of) for number, each in enumerate(values)]
    if condition:
        elements = [satisfy(condition[0], each, True) for each in elements]
    return put(first, data, elements, shape)


def _put_function(node, data, value, shape):
    name, children = node["value"], node["children"]
    if name in _THROUGH:
        return put(children[0], data, value, shape)
    if name == "values":
        return put(children[0], data, {f"key{number}": each for number, each in enumerate(value)}, shape)
    if name == "keys":
        return put(children[0], data, dict.fromkeys(value, "x"), shape)
    if name == "join" and children[0]["type"] == "literal" and children[1]["type"] == "multi_select_list":
        parts = children[1]["children"]
        free = [each for each in parts if each["type"] != "literal" and named(each)[:1] != ["_"]]
        if len(free) == 1:
            place, between = parts.index(free[0]), children[0]["value"]
            before = "".join(f"{value_of(each, data)}{between}" for each in parts[:place])
            after = "".join(f"{between}{value_of(each, data)}" for each in parts[place + 1 :])
            if isinstance(value, str) and value.startswith(before) and value.endswith(after):
                return put(free[0], data, value.removeprefix(before).removesuffix(after), shape)
    raise _unplaceable(node)


# -- true and false


def holds(node, data):
    """JMESPath's truth of a part of an expression."""
    return value_of(node, data) not in (None, False, "", [], {})


def satisfy(node, data, truth):
    """`data`, changed as little as possible so that the node is true, or is not."""
    if holds(node, data) == truth:
        return data
    kind, children = node["type"], node.get("children", [])
    if kind == "not_expression":
        data = satisfy(children[0], data, not truth)
    elif kind in ("and_expression", "or_expression"):
        data = _both(children, data, truth) if (kind == "and_expression") == truth else _either(children, data, truth)
    elif kind == "comparator":
        data = _compare(node["value"], *children, data, truth)
    elif kind == "function_expression":
        data = _function(node["value"], children, data, truth)
    elif kind == "pipe" and not truth:
        first, then = children
        if then["type"] == "filter_projection":
            data = put(first, data, satisfy(then, value_of(first, data), False))
        else:
            data = satisfy(first, data, False)
    elif kind in _PROJECTIONS and not truth:
        data = _none_projected(node, data)
    elif kind == "filter_projection":
        there = value_of(children[0], data) or [{}]
        data = put(children[0], data, [satisfy(children[2], there[0], True), *there[1:]])
    elif kind == "pipe":
        data = satisfy(children[0], data, True)
        if not holds(node, data):
            data = put(children[0], data, satisfy(children[1], value_of(children[0], data), True))
    elif kind == "multi_select_list":
        raise _unplaceable(node)
    else:
        data = put(node, data, _other(value_of(node, data)) if truth else (False if value_of(node, data) is True else None))
    if holds(node, data) != truth:
        raise Unplaceable(f"{node['type']} {'.'.join(named(node))} cannot be {truth}")
    return data


def _both(children, data, truth):
    for child in children:
        data = satisfy(child, data, truth)
    return data


def _either(children, data, truth):
    for child in children:
        try:
            return satisfy(child, data, truth)
        except Unplaceable:
            continue
    raise Unplaceable(" or ".join(".".join(named(each)) for each in children))


def _none_projected(node, data):
    first, _, *condition = node["children"]
    there = value_of(first, data)
    if condition and isinstance(there, list):
        return put(first, data, [satisfy(condition[0], each, False) for each in there])
    return put(first, data, None)


def _compare(sign, left, right, data, truth):
    if left["type"] == "literal":
        left, right = right, left
        sign = {"gt": "lt", "lt": "gt", "gte": "lte", "lte": "gte"}.get(sign, sign)
    wanted = value_of(right, data) if right["type"] != "literal" else right["value"]
    if sign in ("eq", "ne"):
        value = wanted if (sign == "eq") == truth else _other(wanted)
    else:
        up = (sign in ("gt", "gte")) == truth
        value = wanted + 1 if up else wanted - 1
    if left["type"] == "function_expression" and left["value"] == "length":
        of = left["children"][0]
        there = value_of(of, data) or []
        if value <= 0 or not there:
            return satisfy(of, data, value > 0)
        return put(of, data, (there * value)[:value])
    return put(left, data, value)


def _function(name, children, data, truth):
    if name in ("starts_with", "ends_with"):
        of, text = children[0], value_of(children[1], data)
        there = value_of(of, data) or "x"
        value = (f"{text}{there}" if name == "starts_with" else f"{there}{text}") if truth else _unlike(text)
        return put(of, data, value)
    if name == "contains":
        holder, sought = children
        if holder["type"] in ("literal", "multi_select_list"):
            choices = value_of(holder, data)
            return put(sought, data, choices[0] if truth else _other(choices[0]))
        there, sought = value_of(holder, data), value_of(sought, data)
        if isinstance(there, list):
            return put(holder, data, [*there, sought] if truth else [each for each in there if each != sought])
        return put(holder, data, f"{there or ''}{sought}" if truth else _unlike(sought))
    if name in ("length", *_THROUGH):
        return satisfy(children[0], data, truth)
    raise Unplaceable(name)


def _other(value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    return True if value is None else ANOTHER + value if isinstance(value, str) else None


def _unlike(text):
    """A text that neither begins nor ends with another, nor contains it."""
    return ANOTHER + hashlib.sha1(text.encode()).hexdigest().replace(text[0], "")[:12]


# -- shapes


def shape_of(node, shape):
    """The shape of what the node gives over something of that shape; None where the model does not tell."""
    kind, children = node["type"], node.get("children", [])
    if kind in ("identity", "current") or shape is None and kind not in ("function_expression", "multi_select_dict"):
        return shape
    if kind == "field":
        if shape.type_name == "map":
            return shape.value
        return shape.members.get(node["value"]) if shape.type_name == "structure" else None
    if kind in ("subexpression", "pipe", "index_expression"):
        return shape_of(children[1], shape_of(children[0], shape))
    if kind == "index":
        return shape.member if shape.type_name == "list" else None
    if kind == "slice":
        return shape
    if kind in _PROJECTIONS:
        of = shape_of(children[0], shape)
        if of is None or of.type_name not in ("list", "map"):
            return None
        return ListOf(shape_of(children[1], of.member if of.type_name == "list" else of.value))
    if kind == "flatten":
        of = shape_of(children[0], shape)
        inner = of.member if of is not None and of.type_name == "list" else None
        return inner if inner is not None and inner.type_name == "list" else of
    if kind == "multi_select_list":
        return ListOf(shape_of(children[0], shape))
    if kind == "multi_select_dict":
        return Struct({pair["value"]: shape_of(pair["children"][0], shape) for pair in children})
    if kind == "or_expression":
        return shape_of(children[0], shape) or shape_of(children[1], shape)
    if kind == "and_expression":
        return shape_of(children[1], shape)
    if kind == "function_expression":
        return _function_shape(node["value"], children, shape)
    return None


def _function_shape(name, children, shape):
    of = shape_of(children[0], shape) if children else None
    if name == "values":
        return ListOf(of.value) if of is not None and of.type_name == "map" else None
    if name == "keys":
        return ListOf(Text())
    return of if name in ("sort", "reverse", "merge", "not_null") else Text()
