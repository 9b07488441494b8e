"""The words that the stages share: records, references, changes. Nothing here decides anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .packing import unpack

# Ids that AWS makes unmistakable: sg-0a1b2c3d, ARNs, URLs, UUIDs, Z0123456789ABCDEFGHIJ; and our placeholders: ec2_vpc#12. Plain names are found only where the catalog says.
UNMISTAKABLE = re.compile(
    r"^(?:[a-z][a-z0-9]*(?:-[a-z]+)*-[0-9a-f]{8,32}|arn:.+|https?://.+|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=.*[A-Z])[A-Z0-9]{12,}|[a-z0-9_]+#\d+)$"
)


class Key(NamedTuple):
    """What identifies a record within an account."""

    resource_type: str
    region: str
    resource_id: str

    def __str__(self):
        return f"{self.resource_type} {self.resource_id}"


@dataclass(frozen=True, slots=True)
class Record:
    """A resource as it was read. `properties`, in AWS's own spelling, are packed: an account may have 100,000 records."""

    key: Key
    arn: str | None = None
    name: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    created: str | None = None
    owner_id: str | None = None
    packed: str = "{}"

    @property
    def properties(self) -> dict[str, Any]:
        """Unpacked anew each time."""
        return unpack(self.packed)


class Reference(NamedTuple):
    """`record` needs `needs`: created after it, deleted before it. `kind` says how it is known:

    mention    its properties contain the other's id or ARN
    reference  the catalog says which property names the other
    part       the same, and it disappears with the other
    owned      it disappears with the other, which needs it, too: keeping one keeps both
    """

    record: Key
    needs: Key
    kind: str


PARTS = ("part", "owned")  # kinds of reference whose record disappears with what it needs


@dataclass(frozen=True)
class Call:
    """One call of a create or an update. Expressions see the change's properties; under `_` its facts and the answers so far."""

    service: str
    operation: str
    arguments: dict[str, str] = field(default_factory=dict)  # input member -> expression; `_.answer` is the previous call's
    where: str = ""  # expression: make the call only if true
    each: str = ""  # expression: once per element, seen as `_.element`
    identity: str = ""  # expression over the answer: the id that AWS gave to what is created
    item: str = ""  # expression over the answer: what was created, where the type's own `id` tells the identity from that
    done: tuple[str, ...] = ()  # error codes that mean: it is so already
    waiter: str = ""  # botocore's waiter that tells when the call has taken effect
    waiter_arguments: dict[str, str] = field(default_factory=dict)
    finds: bool = False  # it only looks for what AWS has made already


@dataclass
class Change:
    """One wanted difference in AWS and what has become of it.

    action  create | update | delete
    status  planned -> done | deleted | failed; kept from the start for what stays
    calls   for create and update: the calls to make, in order; a deletion's come from the catalog
    facts   what their expressions see under `_`
    """

    key: Key
    action: str
    name: str | None = None
    reason: str = ""
    status: str = "planned"
    properties: dict[str, Any] = field(default_factory=dict)
    arn: str | None = None
    calls: tuple[Call, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()  # of an update: the properties that are to be other
    denied: bool = False  # AWS says that it is not allowed: trying again is no use
    undecided: bool = False  # AWS was busy, or did not say whether it did it: reading again tells
    patient: bool = True  # a refused deletion is tried again for a while: what is in the way may still be going
    # of what is created: {by what others mention it before AWS has named it: "id", "arn" or the expression that tells the name}
    aliases: dict[str, str] = field(default_factory=dict)
    made: Record | None = None  # an earlier run has created it already, as this
    named: bool = False  # AWS has named what was created
    untold: bool = False  # and has not said yet all that others mention it by
    edit_id: int | None = None  # the staged edit that it comes from
    replaces: Key | None = None  # what is deleted to make room for it
    of: Change | None = None  # what it goes with, or what it completes: no row of its own then
    shown: str = ""  # what the row calls the action, where that is not what is done

    def row(self):
        """As delete_all_records and restore_account_defaults return it."""
        return {
            "region": self.key.region, "resource_type": self.key.resource_type, "resource_id": self.key.resource_id,
            "name": self.name, "action": self.shown or self.action, "status": self.status, "reason": self.reason,
        }


@dataclass
class Step:
    """A change in its place: after which other steps it may start. `with_` names the record whose deletion takes this one along.

    A step is named by its change's key as planned; a create's key changes when AWS has named what was created.
    """

    change: Change
    after: set[Key] = field(default_factory=set)
    with_: Key | None = None
    key: Key = None

    def __post_init__(self):
        self.key = self.key or self.change.key


def beating(records, beat):
    """The records, with beat() called at every thousandth: a long calculation notices a cancel."""
    for number, record in enumerate(records):
        if not number % 1000:
            beat()
        yield record
