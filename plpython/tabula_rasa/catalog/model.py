"""botocore's service models: the schema that the catalog derives from. Nothing here knows a resource type."""

from __future__ import annotations

import base64
import functools
import json
import re
from dataclasses import dataclass

import botocore.session
from botocore import xform_name
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import DataNotFoundError, EndpointProviderError
from botocore.model import StringShape
from botocore.validate import ParamValidator


FILTER = r"\[(?:[^\[\]]|\[[^\[\]]*\])+\]"  # [?…], [0], and brackets within
_SECRET = re.compile(r"(?:password|passphrase|authkey|authtoken|presharedkey|privatekey|sharedsecret|secretaccesskey|clientsecret)$", re.IGNORECASE)
_PLAIN = ("timestamp", "boolean", "integer", "long", "float", "double")  # of these a column has no room for a word, and they tell no secret
HIDDEN = "(sensitive)"  # stands where the SDK says that a value must not be shown
MAKING = ("Create", "Run", "Allocate", "Request", "Register", "Publish", "Import", "Copy")  # what the names of operations begin with that make something
TEXT = StringShape("Text", {"type": "string"})  # the shape of what an expression makes into text


@functools.cache
def _session():
    return botocore.session.get_session()


def loader():
    """The loader that holds the models already parsed, for sessions that make clients."""
    return _session().get_component("data_loader")


@functools.cache
def services():
    """The service names that the installed SDK knows."""
    return frozenset(_session().get_available_services())


@functools.cache
def service_model(service):
    """botocore's ServiceModel of a service; parsing costs up to 0.2 s (ec2) the first time in a session."""
    return _session().get_service_model(service)


@functools.cache
def operations(service):
    """Lower-case operation name -> the model's own spelling."""
    return {name.lower(): name for name in service_model(service).operation_names}


def operation(service, name):
    """botocore's OperationModel, or KeyError."""
    return service_model(service).operation_model(operations(service)[name.lower()])


def makes_another(operation):
    """Would the operation, sent twice, make two? AWS tells by a token that they are one, where it has such."""
    return operation.name.startswith(MAKING) and not operation.idempotent_members


def method(name):
    """The client method of an operation: DescribeDBInstances -> describe_db_instances."""
    return xform_name(name)


@functools.cache
def paginators(service):
    """Operation name -> its paginator's configuration."""
    try:
        return _session().get_paginator_model(service)._paginator_config
    except DataNotFoundError:  # a service without paginators
        return {}


_TOKENS = ("nexttoken", "nextmarker", "token", "marker", "paginationtoken", "continuationtoken")


@functools.cache
def page_token(service, name):
    """(path in the answer, input member) of the token that asks for the next page, for operations without a paginator; None if there is none."""
    shape = operation(service, name)
    if shape.input_shape is None or shape.output_shape is None:
        return None
    asked = {key.lower().removeprefix("next"): key for key in shape.input_shape.members if key.lower() in _TOKENS}
    places = [("", shape.output_shape)] + [(key + ".", each) for key, each in shape.output_shape.members.items() if each.type_name == "structure"]
    for above, each in places:
        for key in each.members:
            if key.lower().startswith("next") and key.lower().removeprefix("next") in asked:
                return above + key, asked[key.lower().removeprefix("next")]
    same = (key for key in shape.output_shape.members if key.lower() in _TOKENS and key in asked.values())
    return next(((key, key) for key in same), None)


LONGEST_PAGE = 1000  # items: some models set no sensible end
_UNTOLD = {"ec2": 500}  # the largest page where the model tells none: EC2's own documentation, whose throttling lets fewer calls through that ask for no page
_SIZES = ("maxresults", "maxitems", "maxrecords", "pagesize", "limit")
_CHOICE = re.compile(r"(id|arn|name|version)s$", re.IGNORECASE)  # ends the names of parameters that say which ones are wanted


@dataclass(frozen=True)
class Pages:
    """How many items a list can be asked for at a time: by which input member, and how many at least and at most."""

    member: str
    least: int
    most: int

    def size(self, request, part):
        """The size of a part (0 to 1) of the largest page that a request may have."""
        return min(request.get(self.member, self.most), max(self.least, int(self.most * part)))


@functools.cache
def pages(service, name):
    """Pages of a list operation; None where it has none, or the model does not say how large they may be."""
    called = operation(service, name)
    paginator = paginators(service).get(called.name)
    members = called.input_shape.members if called.input_shape else {}
    if paginator:
        member = paginator.get("limit_key")
    else:
        member = next((each for each in members if each.lower() in _SIZES), None) if page_token(service, name) else None
    if member not in members or members[member].type_name not in ("integer", "long"):
        return None
    told = members[member].metadata
    least, most = max(1, told.get("min", 1)), told.get("max", _UNTOLD.get(service))
    return most and Pages(member, least, max(least, min(most, LONGEST_PAGE)))


def paged(service, name, request, part=1.0):
    """(the request with the size of its pages in it, that size): such a part of the largest page; the request as it is, and None, where it can have no size.

    EC2, for one, refuses a size beside the ids of what is wanted.
    """
    known = pages(service, name) if part else None
    if known is None or any(isinstance(value, list) and _CHOICE.search(key) for key, value in request.items()):
        return request, None
    size = known.size(request, part)
    return {**request, known.member: size}, size


def no_longer(service, name, request, most):
    """The request with pages of at most so many items, where it can have a size; `most` None: as it is."""
    _, size = paged(service, name, request) if most else (request, None)
    return {**request, pages(service, name).member: max(most, pages(service, name).least)} if size and size > most else request


@functools.cache
def waiters(service):
    """The names of a service's waiters, as the API spells them and as the client does."""
    try:
        names = _session().get_waiter_model(service).waiter_names
    except DataNotFoundError:  # a service without waiters
        return {}
    return {xform_name(name): name for name in names}


def waiter_operation(service, name):
    """botocore's OperationModel of what a waiter, named as the client does, asks again and again."""
    return operation(service, _session().get_waiter_model(service).get_waiter(waiters(service)[name]).operation)


@functools.cache
def scope(service):
    """'global' where AWS has one endpoint for all regions (IAM, CloudFront …), as the SDK's endpoint data or rules say; else 'region'."""
    endpoints = next(each["services"] for each in loader().load_data("endpoints")["partitions"] if each["partition"] == "aws")
    known = endpoints.get(service_model(service).endpoint_prefix, {})
    if known.get("isRegionalized") is False or (not known.get("endpoints") and len({_endpoint(service, each) for each in ("us-east-1", "eu-west-1")}) == 1):
        return "global"
    return "region"


def _endpoint(service, region):
    """The URL of a service in a region, as the SDK's rules give it; the region where they want to know more than that."""
    rules = loader().load_service_model(service, "endpoint-rule-set-1")
    try:
        return EndpointProvider(rules, loader().load_data("partitions")).resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False).url
    except EndpointProviderError:
        return region


def signed(service):
    """Are its calls signed with AWS credentials? CodeCatalyst's want a person's token."""
    return service_model(service).metadata.get("signatureVersion") != "bearer"


def member(shape, name):
    """The member of a structure whose name equals `name` but for case: (name, shape), or None."""
    if shape is None or shape.type_name != "structure":
        return None
    return next(((key, each) for key, each in shape.members.items() if key.lower() == name.lower()), None)


def at(shape, path):
    """The shape that a simple JMESPath (`A.B[].C`, `@`) reaches, or None where it is not simple or not there."""
    if path in ("", "@"):
        return shape
    if not re.fullmatch(r"[A-Za-z_][\w.\[\]]*", path):
        return None
    for step in path.split("."):
        name, brackets = re.fullmatch(r"(\w+)((?:\[\d*\])*)", step).groups()
        if shape is None or shape.type_name != "structure" or name not in shape.members:
            return None
        shape = shape.members[name]
        for _ in range(brackets.count("[")):
            if shape.type_name != "list":
                return None
            shape = shape.member
    return shape


def names_within(shape, seen=()):
    """The names of the members of a shape, at any depth."""
    while shape is not None and shape.type_name in ("list", "map"):
        shape = shape.member if shape.type_name == "list" else shape.value
    if shape is not None and shape.type_name == "structure" and shape.name not in seen:
        for name, each in shape.members.items():
            yield name
            yield from names_within(each, (*seen, shape.name))


def sensitive_paths(members, above=(), seen=()):
    """Paths (tuples of member names; lists and maps add none) to the values that must not be shown: the model says so, or their name does."""
    found = set()
    for name, shape in members.items():
        path = (*above, name)
        while shape is not None and shape.type_name in ("list", "map") and not shape.metadata.get("sensitive"):
            shape = shape.member if shape.type_name == "list" else shape.value
        if shape is None or shape.name in seen:
            continue
        if (shape.metadata.get("sensitive") and shape.type_name not in _PLAIN) or (shape.type_name == "string" and _SECRET.search(name)):
            found.add(path)
        elif shape.type_name == "structure":
            found |= sensitive_paths(shape.members, path, (*seen, shape.name))
    return found


@functools.cache
def sensitive_input(service, name):
    """The sensitive paths of an operation's request."""
    shape = operation(service, name).input_shape
    return frozenset(sensitive_paths(shape.members)) if shape else frozenset()


def hidden(members):
    """The members whose whole value must not be shown."""
    return frozenset(path[0] for path in sensitive_paths(members) if len(path) == 1)


def redacted(value, paths, path=()):
    """`value` with everything at the sensitive paths replaced by a word that says so."""
    if path in paths:
        return HIDDEN if value not in (None, "", [], {}) else value
    if isinstance(value, dict):
        return {key: redacted(each, paths, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [redacted(each, paths, path) for each in value]
    return value


def fitted(value, shape):
    """A value as an input shape wants it: what it does not know is left out, JSON goes as text where the model has a string."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: fitted(each, shape.members[name]) for name, each in value.items() if name in shape.members}
    if shape.type_name == "list" and isinstance(value, list):
        return [fitted(each, shape.member) for each in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: fitted(each, shape.value) for name, each in value.items()}
    if shape.type_name == "string" and not isinstance(value, str):
        return json.dumps(value) if isinstance(value, (dict, list, bool)) else str(value)
    if shape.type_name in ("integer", "long") and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value


def with_bytes(value, shape):
    """A request with bytes where the model has a blob: a record holds them as base64."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: with_bytes(each, shape.members.get(name)) for name, each in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [with_bytes(each, shape.member) for each in value]
    return base64.b64decode(value) if shape.type_name == "blob" and isinstance(value, str) else value


def known(value, shape):
    """A value without the members that an input shape does not know: what AWS tells and does not take."""
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: known(each, shape.members[name]) for name, each in value.items() if name in shape.members}
    if shape.type_name == "list" and isinstance(value, list):
        return [known(each, shape.member) for each in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: known(each, shape.value) for name, each in value.items()}
    return value


def unknown(value, shape):
    """The first member, dotted, of a given value that an input shape does not know; None where it knows all."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, each in value.items():
            if name not in shape.members:
                return name
            if inner := unknown(each, shape.members[name]):
                return f"{name}.{inner}"
    if shape.type_name in ("list", "map") and isinstance(value, (list, dict)):
        inner_shape = shape.member if shape.type_name == "list" else shape.value
        return next((inner for each in (value.values() if isinstance(value, dict) else value) if (inner := unknown(each, inner_shape))), None)
    return None


def invalid(service, name, request):
    """What botocore's validator says of a request, as text; empty when it is well formed."""
    shape = operation(service, name).input_shape
    return ParamValidator().validate(request, shape).generate_report() if shape else ""


@functools.cache
def known_regions(service, partition, also_global=False):
    """The regions of a partition in which the SDK knows a service, with what it calls the global ones if told so; none where it does not tell."""
    return tuple(_session().get_available_regions(service, partition, also_global))


def regions(service, partition):
    """The same, but all regions of EC2 where it does not tell."""
    return known_regions(service, partition) or known_regions("ec2", partition)


@functools.cache
def partition(region):
    """The partition of a region: aws, aws-cn, aws-us-gov …"""
    return _session().get_partition_for_region(region)
