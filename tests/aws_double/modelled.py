"""Operations that moto lacks, answered from botocore's own service model.

The request is validated against the model; created objects are kept per account, region, service and noun; the answer is
filled from the output shape. `CreateX`, `DescribeXs` and `DeleteX` meet through the noun X. Where moto has the X but
not the operation (CodeDeploy's deletions), the operation reaches into moto's backend.
"""

import functools
import importlib
import re
import uuid
from collections import defaultdict
from typing import Any

import moto.backends
from botocore.validate import ParamValidator
from moto.backends import get_backend
from moto.core.utils import camelcase_to_underscores, get_service_model, method_names_from_class
from werkzeug.wrappers import Response

from . import seeds
from .call import Call
from .errors import AWSError
from .objects import Object, fill, identities, lookup, matches, new_object, paged
from .state import State

VERBS = {
    "create": ("Create", "Put", "Register", "Import", "Request", "Start", "Allocate", "Publish"),
    "list": ("List", "Describe", "BatchGet", "Get", "Search"),
    "delete": ("BatchDelete", "Delete", "Deregister", "Release"),
    "update": ("Update", "Modify", "Set", "Enable", "Disable", "Reset", "Stop"),
}
# Services whose moto package is not the service's name without hyphens.
MOTO_NAMES = {"lambda": "awslambda"}
# EC2's model declares no errors.
EC2_NOT_FOUND = {"PlacementGroup": "InvalidPlacementGroup.Unknown"}


def split(operation: str) -> tuple[str, str]:
    """('delete', 'CacheParameterGroup') of DeleteCacheParameterGroup; nouns are singular."""
    for verb, prefixes in VERBS.items():
        for prefix in prefixes:
            if operation.startswith(prefix):
                return verb, _singular(operation[len(prefix) :])
    return "other", operation


def _singular(noun: str) -> str:
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith("ses") and not noun.endswith("uses"):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith(("ss", "us", "Options", "Settings", "Credentials", "Access")) else noun


@functools.cache
def moto_operations(service: str) -> frozenset[str] | None:
    """Operations of `service` that moto has; None when its handlers do not say (S3, Route 53 …): then all are tried."""
    package = MOTO_NAMES.get(service, service.replace("-", ""))
    if package not in set(moto.backends.list_of_moto_modules()):
        return frozenset()
    names: set[str] = set()
    for handler in importlib.import_module(f"moto.{package}.urls").url_paths.values():
        owner = getattr(handler, "__self__", None)
        if owner is not None and handler.__name__ in ("dispatch", "_dispatch"):
            names |= set(method_names_from_class(owner if isinstance(owner, type) else type(owner)))
        else:
            names.add(handler.__name__)
    methods = {camelcase_to_underscores(name): name for name in get_service_model(service).operation_names}
    if not any(name in methods for name in names):
        return None
    return frozenset(operation for method, operation in methods.items() if method in names)


def moto_has(call: Call) -> bool:
    operations = moto_operations(call.service)
    return operations is None or call.name in operations


class Modelled:
    def __init__(self):
        self._stores: dict[tuple, dict[str, list[Object]]] = {}

    def forget(self) -> None:
        self._stores.clear()

    def objects(self, account_id: str, region: str, service: str, noun: str) -> list[Object]:
        key = (account_id, region, service)
        if key not in self._stores:
            self._stores[key] = defaultdict(list, seeds.of(account_id, region, service))
        return self._stores[key][noun]

    def tagged(self, call: Call) -> Object | None:
        """The object whose tags are asked for, if it is one of these."""
        if not call.name.startswith("ListTags"):
            return None
        nouns = self._stores.get((call.account_id, call.region, call.service), {})
        asked = set(map(str, call.params.values()))
        return next((known for noun, objects in nouns.items() for known in objects if lookup(known, "Arn", noun) in asked), None)

    def answer(self, call: Call, state: State) -> Response:
        """Raises AWSError: what the model's validation, or a name that nobody knows, leads to."""
        _validate(call)
        if known := self.tagged(call):
            return call.answer({member: known.get("Tags", []) for member in call.operation.output_shape.members if member.startswith("Tag")})
        verb, noun = split(call.name)
        handler = getattr(self, f"_{verb}", None)
        if handler is None:
            raise AWSError("InternalFailure", f"neither moto nor the AWS double knows {call.service}.{call.name}", 501)
        objects = self.objects(call.account_id, call.region, call.service, noun)
        if call.service != "ec2":
            return call.answer(handler(call, noun, objects))
        # CreateTags is moto's, for all that EC2 has.
        for known in objects:
            known["Tags"] = [{"Key": key, "Value": value} for key, value in state.ec2.tags.get(lookup(known, "Id", noun), {}).items()]
        answer = handler(call, noun, objects)
        for known in objects if verb == "create" else ():
            state.ec2.create_tags([lookup(known, "Id", noun)], {tag["Key"]: tag["Value"] for tag in known.get("Tags", ())})
        return call.answer(answer)

    def _create(self, call: Call, noun: str, objects: list[Object]) -> dict:
        created = new_object(call, noun, get_item_shape(call.service, noun))
        replaced = call.name.startswith(("Put", "Import", "Register")) and next(
            (known for known in objects if identities(known, noun) & identities(created, noun)), None
        )
        if replaced:
            objects.remove(replaced)
        elif any(_named(known, noun) == _named(created, noun) for known in objects if _named(created, noun)):
            code = _error(call, noun, ("AlreadyExists", "InUse", "Duplicate", "Conflict")) or (f"Invalid{noun}.Duplicate" if call.service == "ec2" else "Conflict")
            raise AWSError(code, f"{noun} {_named(created, noun)} already exists")
        objects.append(created)
        return fill(call.operation.output_shape, [created], noun)

    def _list(self, call: Call, noun: str, objects: list[Object]) -> dict:
        names = call.operation.service_model.operation_names
        made_by_users = f"Create{noun}" in names or f"Enable{noun}" in names
        if not objects and _singleton(call) and not made_by_users:
            objects.append(new_object(call, noun, get_item_shape(call.service, noun), defaults=True))
        found = [known for known in objects if matches(call.params, known, noun)]
        asked = _asked(call, noun)
        one = asked or made_by_users and call.name.endswith(noun) and not _pages(call)
        if one and not found and not call.name.startswith(("List", "BatchGet")):
            missing = self._not_found(call, noun, asked)
            if missing.code:
                raise missing
        return fill(call.operation.output_shape, found, noun)

    def _update(self, call: Call, noun: str, objects: list[Object]) -> dict:
        if not objects and not _asked(call, noun):
            objects.append(new_object(call, noun, get_item_shape(call.service, noun), defaults=True))
        found = [known for known in objects if matches(_asked(call, noun), known, noun)]
        if not found:
            raise self._not_found(call, noun, _asked(call, noun))
        for known in found:
            _check_version(call, known, noun)
            known.update(_changed(known, call.params))
            if "ETag" in known:
                known["ETag"] = uuid.uuid4().hex[:14].upper()
        return fill(call.operation.output_shape, found, noun)

    def _delete(self, call: Call, noun: str, objects: list[Object]) -> dict:
        asked = _asked(call, noun) or call.params
        found = [known for known in objects if matches(asked, known, noun)]
        if any(seeds.is_own(known) for known in found):
            refused = _error(call, noun, ("InvalidOperation", "State", "InvalidParameter", "IllegalDelete", "Forbidden"))
            raise AWSError(refused or "InvalidParameterValue", f"{noun} {_named(found[0], noun)} is AWS's own and cannot be deleted")
        for known in found:
            _check_version(call, known, noun)
            objects.remove(known)
        if not found and not _forget_in_moto(call, asked):
            error = self._not_found(call, noun, asked)
            if error.code:
                raise error
        return fill(call.operation.output_shape, found or [asked], noun, deleted=True)

    def _not_found(self, call: Call, noun: str, asked: dict) -> AWSError:
        if call.service == "ec2":
            code = EC2_NOT_FOUND.get(noun, f"Invalid{noun}ID.NotFound")
        else:
            code = _error(call, noun, ("NotFound", "NoSuch", "DoesNotExist", "UnknownResource"))
        return AWSError(code, f"{noun} {', '.join(map(str, asked.values()))} does not exist")


def _check_version(call: Call, known: Object, noun: str) -> None:
    if "IfMatch" in call.operation.input_shape.members and known.get("ETag") != call.params.get("IfMatch"):
        raise AWSError("InvalidIfMatchVersion", f"{noun} {known.get('Id')} has another ETag than {call.params.get('IfMatch')!r}")


def _validate(call: Call) -> None:
    shape = call.operation.input_shape
    given = {name: value for name, value in call.params.items() if value != []}  # moto's parser makes an empty list of one not given
    report = ParamValidator().validate(given, shape) if shape else None
    if report and report.has_errors():
        query = call.operation.service_model.protocol in ("query", "ec2")
        raise AWSError("ValidationError" if query else "ValidationException", report.generate_report(), 400)


def _changed(known: Object, params: dict) -> dict:
    """What an update says; XToAdd and XToRemove are about the list X."""
    changed = dict(params)
    for member in params:
        if whole := re.match(r"(.+)To(Add|Remove)$", member):
            items, given = changed.get(whole[1], known.get(whole[1], [])), changed.pop(member)
            changed[whole[1]] = [*items, *given] if whole[2] == "Add" else [each for each in items if each not in given]
    return changed


def _asked(call: Call, noun: str) -> dict:
    """The parameters of a call that say which objects are meant."""
    named = re.compile(r"(name|id|arn|identifier)s?$", re.I)
    ignored = re.compile(r"^(nextToken|clientToken|clientRequestToken|marker|(aws)?accountId|catalogId|(max|page)(Results|Size|Items))$", re.I)
    shape = call.operation.input_shape
    required = set(shape.required_members) if shape else set()
    wanted = {}
    for key, value in call.params.items():
        if getattr(shape.members[key], "enum", None):
            continue
        if (named.search(key) or key in required) and not ignored.match(key) and not isinstance(value, (dict, bool)) and value and value != "*":
            if call.name.startswith(("Update", "Modify", "Set")) and not named.search(key):
                continue
            wanted[key] = value
    return wanted


def _named(known: Object, noun: str) -> str | None:
    return lookup(known, "Name", noun)


def _error(call: Call, noun: str, words: tuple[str, ...]) -> str | None:
    """The code of the operation's modelled error that says one of `words`, preferably about this noun."""
    shapes = [shape for word in words for shape in call.operation.error_shapes if word in shape.name]
    shapes.sort(key=lambda shape: noun.lower() not in shape.name.lower())
    return shapes[0].error_code if shapes else None


def _pages(call: Call) -> bool:
    shape = call.operation.input_shape
    return any(re.search("token|marker", member, re.I) for member in (shape.members if shape else ()))


def _singleton(call: Call) -> bool:
    """An account-wide setting: a getter that names nothing and answers one structure."""
    shape = call.operation.output_shape
    members = (shape.members if shape else {}).values()
    return not call.name.startswith("List") and not any(member.type_name == "list" for member in members) and not _asked(call, "")


@functools.cache
def get_item_shape(service: str, noun: str):
    """The structure that describes one such object: the richest that the noun's getters answer."""
    model = get_service_model(service)
    shapes = []
    for name in model.operation_names:
        if split(name) != ("list", noun):
            continue
        output = model.operation_model(name).output_shape
        for member in output.members.values() if output else ():
            shape = member.member if member.type_name == "list" else paged(member) or member
            if shape.type_name == "structure":
                shapes.append(shape)
        shapes.append(output) if output and not any(m.type_name == "list" for m in output.members.values()) else None
    create = next((name for name in model.operation_names if split(name) == ("create", noun)), None)
    if not shapes and create:
        shapes = [shape for shape in [model.operation_model(create).output_shape] if shape]
    return max(shapes, key=lambda shape: len(shape.members), default=None)


def _forget_in_moto(call: Call, asked: dict) -> bool:
    """Remove from moto's backend what is keyed or named by the asked-for values; whether anything was."""
    if not moto_operations(call.service):
        return False
    backends = get_backend(call.service)[call.account_id]
    backend = backends[call.region if call.region in backends else "aws"]
    everything = {name: value for name, value in vars(backend).items() if isinstance(value, dict)}
    kind = camelcase_to_underscores(split(call.name)[1])
    collections = [value for name, value in everything.items() if kind in name] or list(everything.values())
    names = [name for value in asked.values() for name in (value if isinstance(value, list) else [value])]
    if len(asked) == 2 and len(names) == 2:
        # A child within its parent: {application: {group: …}}.
        parents = [collection[names[0]] for collection in collections if isinstance(collection.get(names[0]), dict)]
        return any([parent.pop(names[1], None) is not None for parent in parents])
    return any([_forget(collection, set(names)) for collection in collections])


def _forget(container: Any, names: set[str], depth: int = 2) -> bool:
    gone = False
    if isinstance(container, dict):
        for key in [key for key, value in container.items() if key in names or _identity(value) & names]:
            del container[key]
            gone = True
        children = container.values()
    elif isinstance(container, list):
        kept = [item for item in container if not (item in names if isinstance(item, str) else _identity(item) & names)]
        gone = len(kept) < len(container)
        container[:] = kept
        children = kept
    else:
        return False
    return any([_forget(child, names, depth - 1) for child in children if depth]) or gone


def _identity(thing: Any) -> set[str]:
    fields = thing if isinstance(thing, dict) else getattr(thing, "__dict__", {})
    return {value for key in ("id", "arn", "name") if isinstance(value := fields.get(key), str)}
