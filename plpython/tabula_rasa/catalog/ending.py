"""How the end of a type's resources is known: a state in which AWS still lists what is deleted, a waiter, or that it takes time."""

from __future__ import annotations

import re

from . import model
from .naming import plain, singular
from .resource_type import Wait

_STATES = ("status", "state", "lifecyclestate", "lifecyclestatus", "lifecycle", "stage")  # what a member is called that tells it, alone or after the noun
_INNER = ("status", "state", "code", "statuscode", "value", "name")  # what it is called within a structure
_ENDED = ("deleted", "deletecomplete", "terminated", "deregistered")
_ENDING = (  # not what is only pending: AWS gives a week or more to think again
    "deleting", "deleteinprogress", "deletioninprogress", "terminating", "deregistering", "shuttingdown",
    "disassociating",
)
_WAITERS = ("deleted", "deletecomplete", "terminated", "notexists", "deregistered")  # what the names of waiters end with that tell the end


def gone(noun, members):
    """The expression for items that AWS still lists although they are deleted; '' where the model knows no such state."""
    for path, shape in _states(members):
        if plain(path.partition(".")[0]) in (*_STATES, *(noun.lower() + each for each in _STATES)):
            if ended := [each for each in shape.enum if plain(each) in _ENDED]:
                return " || ".join(f"{path} == '{each}'" for each in ended)
    return ""


def wait(service, entry, members):
    """The Wait of a type that AWS deletes in its own time: botocore's waiter, else the list until it is gone from it; None for what is gone at once."""
    if not entry.delete:
        return None
    noun, waiters = entry.noun.lower(), model.waiters(service)
    for name in (each for each in waiters if plain(each).startswith(noun) and plain(each).removeprefix(noun) in _WAITERS):
        shape = model.waiter_operation(service, name).input_shape
        arguments = _waiter_arguments(shape, entry)
        if arguments and set(shape.required_members) <= set(arguments):
            return Wait(waiter=name, arguments=arguments)
    return Wait() if any(plain(each) in _ENDING for _, shape in _states(members) for each in shape.enum) else None


def _states(members):
    """(path, shape) of the members that may tell a state by an enumeration: by themselves, or one level down."""
    for name, shape in members.items():
        if shape is None or not plain(name).endswith(_STATES):
            continue
        if shape.type_name == "string" and shape.enum:
            yield name, shape
        elif shape.type_name == "structure":
            for inner, each in shape.members.items():
                if each.type_name == "string" and each.enum and plain(inner) in _INNER:
                    yield f"{name}.{inner}", each


def _waiter_arguments(shape, entry):
    """{input member: expression over the records} for those that the deletion is given, too, one by one or as a list."""
    found = {}
    for parameter, path in entry.delete[0].arguments.items():
        if not re.fullmatch(r"\[?\w+\]?", path):
            continue
        for name, each in shape.members.items():
            if each.type_name == "string" and plain(name) == plain(parameter):
                found[name] = f"[0].{path.strip('[]')}"
            elif each.type_name == "list" and each.member.type_name == "string" and plain(singular(name)) == plain(singular(parameter)):
                found[name] = f"[].{path.strip('[]')}"
    return found
