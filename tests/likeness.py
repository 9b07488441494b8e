"""What is the same of two accounts' records: ids, accounts, regions and times are left out, and who names whom is kept."""

import json
import re
from collections import Counter

from tabula_rasa import catalog
from tabula_rasa.editing import naming_columns

# What AWS makes up anew for every resource, wherever it stands.
MADE_UP = (
    (re.compile(r"\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{17}\b"), "<id>"),  # of an association, an attachment
    (re.compile(r"\bA[A-Z0-9]{15,}\b"), "<id>"),  # IAM's
    (re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b"), "<address>"),  # MAC address
    (re.compile(r"ecs-svc/\d+"), "<id>"),  # of a deployment
    (re.compile(r"-[0-9a-f]{8}(?=\.)"), "-<id>"),  # in an endpoint's DNS name
    (re.compile(r"\.[a-z0-9]{6}(?=\.[a-z0-9]+\.cache\.amazonaws\.com)"), ".<id>"),  # the same
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "<id>"),  # of an archive, an application
    (re.compile(r"-[A-Z0-9]{12}\b"), "-<id>"),  # in the name of what a stack makes
)
# When something happened.
TIME = re.compile(r"(?:(?i:time|date|timestamp|last_?modified)|_at|[a-z]At|^updated|_after|_before)$")
# What else AWS fills in, or cannot be written: member or column -> why it may differ.
OTHER = {
    "read_at": "when the mirror was read",
    "created": "when it was created",
    "properties": "the columns show them one by one",
    "owner_id": "the account, also where AWS calls it by a name",
    "public_ip": "AWS's choice", "PublicIp": "AWS's choice", "PublicDnsName": "made of the address",
    "private_dns_name": "made of the address", "PrivateDnsName": "the same",
    "instance_profile_id": "AWS's second name for it", "InstanceProfileId": "the same",
    "private_ip_address": "AWS's choice for interfaces that it makes; asked for where a user can",
    "private_ip_addresses": "the same", "PrivateIpAddress": "the same", "PrivateIpAddresses": "the same",
    "client_token": "of the call", "caller_reference": "of the call",
    "availability_zone_id": "another account calls a zone by another id",
    "key_fingerprint": "AWS takes that of an imported key another way", "key_type": "the double does not tell it of a key that it made",
    "code_sha256": "a function's code is not in the mirror", "code_size": "the same",
    "secret_versions_to_stages": "a secret's value is not in the mirror, so the new one has none",
    "pending_tasks_count": "tasks start when they like", "pendingCount": "the same", "pending_count": "the same",
    "HostedZoneId": "of the region's endpoints and load balancers", "canonical_hosted_zone_id": "the same",
    "events": "history", "taskArns": "tasks are not written down", "task_arns": "the same",
    "e_tag": "a version's name", "ETag": "the same", "creation_token": "of the call", "CallerReference": "of the call", "CodeSize": "a function's code is not in the mirror",
    "available_ip_address_count": "counted by AWS, and tasks have addresses",
    "revision": "AWS does not use a number again", "task_definition_revision": "the same",
}
GENERATED = re.compile(r"arn:|https?://|[0-9a-f]{8}|[A-Z0-9]{12,}|\.amazonaws\.com")
NAMES = ("resource_id", "arn", "dns_name", "repository_uri", "queue_url", "id")
SHORTEST = 8  # characters of an id that means nothing else, where a type's ids are AWS's choice
TYPES = catalog.types()


def likeness(records, account_id, region, without=()):
    """Two Counters of records as text: with the others that they mention by their types, for people; and by what these are.

    records  rows of the mirror's tables as dicts
    without  (resource_type, region, resource_id) of those that are only mentioned
    """
    names = {}
    for row in records:
        chosen = [row.get(column) for column in naming_columns(TYPES[row["resource_type"]])]
        found = [row.get(column) for column in NAMES] + [each for each in chosen if isinstance(each, str) and len(each) >= SHORTEST]
        for each in found:
            if isinstance(each, str) and (each in chosen and len(each) >= SHORTEST or GENERATED.search(each)):
                names.setdefault(each, row)
    named = re.compile("|".join(re.escape(each) for each in sorted(names, key=len, reverse=True)) or r"(?!)")

    def told(row, said):
        value = _settings(row)
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        text = named.sub(lambda found: said(names[found[0]]), text).replace(account_id, "<account>").replace(region, "<region>")
        for pattern, word in MADE_UP:
            text = pattern.sub(word, text)
        return json.dumps(_sorted(json.loads(text)), ensure_ascii=False, sort_keys=True)

    def said(row):  # what it is, as its own settings tell it; of what those mention, only the type
        if _key(row) in without:
            return f"<{row['resource_type']} of AWS>"
        key = id(row)
        if key not in known:
            known[key] = f"<{row['resource_type']} {abs(hash(told(row, lambda other: '<' + other['resource_type'] + '>')))}>"
        return known[key]

    known = {}
    compared = [row for row in records if _key(row) not in without]
    plain = (f"{row['resource_type']} {told(row, lambda other: '<' + other['resource_type'] + '>')}" for row in compared)
    return Counter(plain), Counter(told(row, said) for row in compared)


def difference(one, other):
    """[(type, {column: (one's, other's)})] of what two likenesses do not share, matched by type and name."""
    left, right = (sorted((one - other).elements()), sorted((other - one).elements()))
    found = []
    for text in left:
        name, row = text.split(" ", 1)
        row = json.loads(row)
        twin = next((each for each in right if each.startswith(name + " ") and json.loads(each.split(" ", 1)[1]).get("name") == row.get("name")), None)
        other_row = json.loads(twin.split(" ", 1)[1]) if twin else {}
        if twin:
            right.remove(twin)
        found.append((name, {column: (row.get(column), other_row.get(column)) for column in {**row, **other_row} if row.get(column) != other_row.get(column)}))
    return found + [(text.split(" ", 1)[0], {"more": text}) for text in right]


def _key(row):
    return row["resource_type"], row["region"], row["resource_id"]


def _settings(value):
    if isinstance(value, dict):
        return {name: _settings(each) for name, each in value.items() if each not in (None, [], {}, "") and name not in OTHER and not TIME.search(name)}
    return [_settings(each) for each in value] if isinstance(value, list) else value


def _sorted(value):
    """Lists in one order: in which order AWS tells rules, routes or subnets is no setting."""
    if isinstance(value, dict):
        return {name: _sorted(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value
