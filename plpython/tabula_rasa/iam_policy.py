"""In charge of what an account's credentials must be allowed: a function and resource types -> IAM policy documents. Pure: asks no AWS.

Which operations a function may call stands in the catalog, in the account defaults and in quirks/; how IAM names them, in iam_actions.toml.
"""

from __future__ import annotations

import functools
import importlib
import json
import pathlib
import re
import tomllib

from . import account_defaults
from .calls import create_calls
from .catalog import model
from .expressions import context, search

LIMIT = 6144  # characters of a managed policy; AWS does not count white space
WITHIN = {  # what an action is allowed on, where that is not everything
    "iam:CreateServiceLinkedRole": "arn:*:iam::*:role/aws-service-role/*",
    "iam:PassRole": "arn:*:iam::*:role/*",
}
_TAKES_A_ROLE = re.compile(r"(role|role_?arns?|iaminstanceprofile)$", re.IGNORECASE)  # what the members are called that hand a role to AWS


def documents(function, types):
    """The policy documents that together allow what a function, one of FUNCTIONS, does with the types ({name: ResourceType}); each fits a managed policy."""
    portions = [[]]
    for action in sorted(granted(function, types), key=lambda each: (each in WITHIN, each)):
        if _length(_document([*portions[-1], action])) > LIMIT:
            portions.append([])
        portions[-1].append(action)
    return [_document(each) for each in portions]


def granted(function, types):
    """The IAM actions that a function, one of FUNCTIONS, takes for these types."""
    return FUNCTIONS[function](types)


def actions(service, operation):
    """The IAM actions that AWS wants for one operation of the SDK's."""
    data = _data()
    named = data["operation"].get(service, {}).get(operation)
    if named:
        return frozenset(named)
    name = model.operation(service, operation).http["method"] if service in data["by_method"] else operation
    return frozenset({f"{data['prefix'].get(service) or model.service_model(service).signing_name}:{name}"})


@functools.cache
def _data():
    return tomllib.loads((pathlib.Path(__file__).parent / "iam_actions.toml").read_text())


def _allowing(calls):
    return {action for call in calls for action in actions(*call)}


# -- what each function does

_WHO_AND_WHERE = {("sts", "GetCallerIdentity"), ("ec2", "DescribeRegions")}
_GUARD = {("iam", "ListAccountAliases")}


def _mirroring(types):
    return _allowing(_WHO_AND_WHERE) | _each(_reading, types.values())


def _wiping(types):
    """What nobody has reviewed is kept, and its deletion not allowed either."""
    return _mirroring(types) | _allowing(_GUARD) | _each(_waiting, types.values()) | _each(_deleting, (each for each in types.values() if each.reviewed))


def _checking(types):
    return _allowing(_WHO_AND_WHERE) | _each(_reading, _defaults(types))


def _restoring(types):
    return _checking(types) | _allowing(_GUARD) | _each(_waiting, _defaults(types)) | _allowing(_mending(types))


def _applying(types):
    """No rule stands in the way of an edit: whatever the catalog can create, change or delete."""
    changes = _each(_deleting, types.values()) | _each(_making, types.values())
    return _mirroring(types) | _allowing(_GUARD) | _each(_waiting, types.values()) | changes | _roles(types)


FUNCTIONS = {
    "mirror_account": _mirroring,
    "delete_all_records": _wiping,
    "check_account_defaults": _checking,
    "restore_account_defaults": _restoring,
    "apply_changes": _applying,
}


# -- the calls of a type, as (service, operation)

def _each(calls, types):
    return _allowing((rt.service, operation) for rt in types for operation in calls(rt))


def _reading(rt):
    if rt.list:
        yield rt.list.operation
    for detail in rt.details:
        yield detail.operation


def _waiting(rt):
    """Records that go with others are waited for, too, whether they can be deleted by themselves or not."""
    if rt.wait and rt.wait.waiter:
        yield model.waiter_operation(rt.service, rt.wait.waiter).name


def _deleting(rt):
    for delete in rt.delete:
        yield delete.operation
        if delete.empty:
            yield from importlib.import_module(f".quirks.{delete.empty}", __package__).CALLS
        for before in delete.before:
            yield before.operation
        for lookup in filter(None, (delete.lookup, *(each.lookup for each in delete.before))):
            yield lookup.operation
        for wait in filter(None, (delete.wait, *(each.wait for each in delete.before))):
            if wait.waiter:
                yield model.waiter_operation(rt.service, wait.waiter).name


def _making(rt):
    for call in (*rt.create, *rt.update):
        yield from _with_waiter(rt.service, call)
    if rt.tagging:
        yield rt.tagging.tag.operation
        yield rt.tagging.untag.operation


def _with_waiter(service, call):
    yield call.operation
    if call.waiter:
        yield model.waiter_operation(service, call.waiter).name


def _roles(types):
    """What handing roles to AWS takes, where one of the types does."""
    found = set()
    for rt in types.values():
        if any(_passes_role(rt.service, call.operation) for call in (*rt.create, *rt.update)):
            found.add("iam:PassRole")
        if rt.create and rt.service in _data()["service_linked_role"]:
            found.add("iam:CreateServiceLinkedRole")
    return found


def _passes_role(service, operation):
    members = model.names_within(model.operation(service, operation).input_shape)
    return operation in _data()["passes_role"].get(service, ()) or any(_TAKES_A_ROLE.search(name) for name in members)


# -- the account defaults

def _defaults(types):
    """The types that the defaults speak of, with those in which they are found."""
    names = account_defaults.resource_types() & types.keys()
    while above := {name for each in names for name in (types[each].parent, types[each].within and types[each].within.resource_type) if name} - names:
        names |= above
    return [types[each] for each in names]


def _mending(types):
    for defaults in account_defaults.load():
        for item in defaults.item:
            calls = (*item.create, *item.repair)
            if rt := types.get(item.resource_type):
                if item.row:  # what of it is known now is enough to tell which call creates it
                    row = {name: search(expression, context({})) for name, expression in item.row.items()}
                    calls += tuple(each for each in create_calls(rt, row, {}) if not each.finds)
                if item.unwanted and not item.repair:
                    yield from ((rt.service, operation) for operation in _deleting(rt))
            if item.resource_type in types or not item.resource_type:
                yield from ((defaults.service, operation) for call in calls for operation in _with_waiter(defaults.service, call))


# -- documents

def _document(granted):
    """A policy document; one statement for each kind of resource."""
    by_resource = {}
    for action in granted:
        by_resource.setdefault(WITHIN.get(action, "*"), []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": of, "Resource": resource} for resource, of in by_resource.items()],
    }


def _length(document):
    return len(json.dumps(document, separators=(",", ":")))
