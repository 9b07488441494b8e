"""A list call's items in pages: the next page is only shown to who has the token of the last one."""

import functools
import hashlib
import re

from jmespath import compile as compiled

from tabula_rasa.catalog import model
from tabula_rasa.expressions import put as put_in
from tabula_rasa.expressions import search

from .lens import Unplaceable, put, shape_of, tree


_PAGING = re.compile(r"(next|continuation|pagination)?_?(token|marker)|next\w*(token|marker)|is_?truncated|truncated", re.I)


class NoSuchPage(Exception):
    """The token in a request is not one that was given out."""


@functools.cache
def tokens(service, operation):
    """([expression over an answer], [input member], expression that says whether there is more) of what asks for the next page; None without pages."""
    pagination = model.paginators(service).get(operation)
    if pagination:
        given, taken = pagination["output_token"], pagination["input_token"]
        more = pagination.get("more_results")
        return tuple(given if isinstance(given, list) else [given]), tuple(taken if isinstance(taken, list) else [taken]), more
    found = model.page_token(service, operation)
    return ((found[0],), (found[1],), None) if found else None


def token_members(service, operation):
    """The input members that name a page."""
    found = tokens(service, operation)
    return {each.split(".")[0] for each in found[1] if "." not in each} if found else set()


def single(service, operation, answer):
    """The answer without what says that there is another page."""
    asked = tokens(service, operation)
    paging = {*asked[0], asked[2]} if asked else ()
    return {name: each for name, each in answer.items() if name not in paging and not _PAGING.fullmatch(name)}


def pages(service, operation, lists, seed):
    """[(answer, what the request for it has as its token members, as a dict)]: the items of [(expression, items)] in as many answers as it takes."""
    longest = max((len(items) for _, items in lists), default=0)
    known = model.pages(service, operation)
    size = 1 if longest <= 4 else min(100, known.most) if known else 100
    asked = tokens(service, operation)
    count = -(-longest // size) if asked else 1
    output = model.operation(service, operation).output_shape
    made = _split(lists, size, count, output)
    for number, answer in enumerate(made[:-1]):
        _put_token(service, operation, asked, answer, f"{seed}|{number}")
    found, token = [], {}
    for number, answer in enumerate(made):
        found.append((answer, token))
        if number < len(made) - 1:
            token = _next(asked, answer)
            if not token:
                return [(_split(lists, longest, 1, output)[0], {})]
    return found


def page(found, service, operation, request):
    """The answer of pages() that a request asks for; NoSuchPage if its token is nobody's."""
    asked = tokens(service, operation)
    token = {each: value for each in (asked[1] if asked else ()) if (value := search(each, request)) is not None}
    for answer, wanted in found:
        if {each: search(each, wanted) for each in token} == token and bool(wanted) == bool(token):
            return answer
    raise NoSuchPage(f"{token}: no such token")


def _split(lists, size, count, output):
    made = []
    for number in range(max(count, 1)):
        answer = {}
        for expression, items in lists:
            shown = items[number * size : (number + 1) * size] if count > 1 else items
            if shown:
                answer = put(tree(expression), answer, shown, output)
        made.append(answer)
    return made


def _put_token(service, operation, asked, answer, seed):
    given, _, more = asked
    output = model.operation(service, operation).output_shape
    if more:
        put(tree(more), answer, True)
    code = hashlib.sha1(seed.encode()).hexdigest()[:12]
    taken = model.operation(service, operation).input_shape.members
    for expression, member in zip(given, asked[1]):
        if search(expression, answer) is not None:
            continue
        node = tree(expression)
        for way in node["children"] if node["type"] == "or_expression" else [node]:
            shape = shape_of(way, output)
            if shape is None or "[" in expression and way is node:
                continue
            value = {"integer": int(code[:6], 16), "long": int(code[:6], 16), "string": code.ljust(_shortest(taken.get(member)), "x")}.get(shape.type_name)
            if value is not None and not getattr(shape, "enum", ()):
                try:
                    put(way, answer, value)
                    break
                except Unplaceable:
                    continue


def _shortest(shape):
    return int(shape.metadata.get("min", 0)) if shape is not None and shape.type_name == "string" else 0


def _next(asked, answer):
    token = {}
    for expression, member in zip(asked[0], asked[1]):
        value = compiled(expression).search(answer)
        if value is not None:
            put_in(token, member, value)
    return token

