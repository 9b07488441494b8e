"""In charge of which calls create or change a resource: a catalog entry and the properties wanted -> Calls. Pure."""

from __future__ import annotations

from .catalog import model
from .change import Call
from .expressions import context, fields, holds, put, search


def tag_facts(tags):
    """What expressions see of tags: `_.tags`, and `_.tag_list`, null without any."""
    return {"tags": tags or None, "tag_list": [{"Key": key, "Value": value} for key, value in (tags or {}).items()] or None}


def creating(rt, data, facts):
    """The Create that is for a resource with these properties, or None."""
    return next(iter(creates(rt, data, facts)), None)


def creates(rt, data, facts):
    """The same, and those that find the resource where AWS answers that it is there already."""
    fitting = [each for each in rt.create if not each.where or holds(each.where, context(data, **facts))]
    return fitting[:1] + [each for each in fitting[1:] if each.finds]


def foretold(create, data, facts):
    """The properties, with those that are known before AWS says them."""
    data = dict(data)
    for path, expression in create.foretells.items():
        put(data, path, search(expression, context(data, **facts)))
    return data


def required_by_create(rt, call):
    """The properties without which a create call cannot be made."""
    shape = model.operation(call.service, call.operation).input_shape
    entry = next((each for each in rt.create if each.operation == call.operation), None)
    expressions = [*(call.arguments[name] for name in shape.required_members if name in call.arguments), *(entry.required if entry else ())]
    return frozenset(name for each in expressions for name in fields(each))


def create_calls(rt, data, facts, tags=None):
    """The calls that make a resource with these properties and tags: the create, and what AWS lets one set only afterwards."""
    fitting = creates(rt, data, facts)
    calls = [
        Call(
            rt.service, each.operation, each.arguments, item=each.item, done=each.done, waiter=each.waiter, waiter_arguments=each.waiter_arguments,
            finds=each.finds,
        )
        for each in fitting
    ]
    taken = {name for expression in fitting[0].arguments.values() for name in fields(expression)}
    left = {*data, *({"tags"} if tags and not any("_.tag" in each for each in fitting[0].arguments.values()) else ())} - taken
    return tuple(calls) + update_calls(rt, left, "tags" in left, False)


def update_calls(rt, changed, added, removed):
    """The calls that change these properties ("tags" among them), with the tags added and removed."""
    calls = [update_call(rt, each) for each in rt.update if changed & set(each.of)]
    if rt.tagging and not _own_way(rt):
        calls += [_tag_call(rt, rt.tagging.tag, "_.added")] if added else []
        calls += [_tag_call(rt, rt.tagging.untag, "_.removed")] if removed else []
    return tuple(calls)


def update_call(rt, update):
    """The Call of one of the catalog's updates."""
    return Call(
        rt.service, update.operation, update.arguments, update.where, update.each, update.identity, done=update.done,
        waiter=update.waiter, waiter_arguments=update.waiter_arguments,
    )


def _own_way(rt):
    """Does the entry say itself how tags are changed?"""
    return any("tags" in each.of for each in rt.update)


def _tag_call(rt, call, where):
    return Call(rt.service, call.operation, call.arguments, where=where)
