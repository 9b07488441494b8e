"""What a catalog entry can say, as frozen dataclasses; an unknown key or a wrong kind of value is an error.

Every value called an *expression* is JMESPath over the record's properties, extended by `_`:
`_.account_id`, `_.region`, `_.partition`, `_.resource_id`, `_.arn` and, where a list call is made once per parent record,
`_.parent` (that record's properties). Literals are written as JMESPath writes them: `'text'`, `` `true` ``.
The README explains every key with an example; `docs` below are the reference.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field

from ..errors import CatalogInvalid

TEXT_FUNCTIONS = ("last_part(", "join(", "to_string(")  # an expression that begins with one of these gives text
READS = ("Describe", "Get", "List")  # what the names of operations begin with that change nothing
Arguments = dict[str, str]  # input member, dotted when nested -> expression


@dataclass(frozen=True)
class ListCall:
    """The call that lists resources of a type. `items` is derived from the paginator where it is left out."""

    operation: str = ""
    arguments: Arguments = field(default_factory=dict)
    each: str = ""  # expression: the call is made once per element, which `arguments` then see as `_.each`
    items: str = ""  # expression over the answer
    string_as: str = ""  # an item that is a bare string becomes {string_as: item}
    absent: tuple[str, ...] = ()  # error codes that mean: none there


@dataclass(frozen=True)
class Within:
    """Records found inside another type's items, without a call of their own."""

    resource_type: str
    items: str  # expression over the other type's item


@dataclass(frozen=True)
class Detail:
    """A further read per record, or per `size` records where AWS offers a batch."""

    operation: str
    where: str = ""  # expression over the record: only if true
    arguments: Arguments = field(default_factory=dict)
    batch: str = ""  # input member that takes a list: one call for up to `size` records
    of: str = ""  # expression: what each record puts into that list
    size: int = 1
    match: str = ""  # expression over an item of the answer: equals `of` of the record it belongs to
    value: str = ""  # expression over the answer (batch: the list of items in it); derived where it is left out
    item: str = ""  # batch: expression over the matched item; left out: the item itself
    into: str = ""  # property that receives the value; left out: the value's members join the record
    absent: tuple[str, ...] = ()  # error codes that mean: the record has none


@dataclass(frozen=True)
class Fixed:
    """Records of the type that AWS refuses to delete by themselves. A fact about AWS, never a decision to keep."""

    where: str  # expression: true for these records
    refusal: str  # the error code AWS answers
    why: str  # for the `reason` column
    vanishes: bool = False  # its owner, unknown to the mirror, takes it along; what it blocks waits for that


@dataclass(frozen=True)
class Lookup:
    """A read made just before deleting, whose items a `before` call then handles one by one."""

    operation: str
    arguments: Arguments = field(default_factory=dict)
    items: str = "[@]"
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Before:
    """A call AWS wants before the deletion: lift a protection, detach, empty."""

    operation: str
    arguments: Arguments = field(default_factory=dict)
    where: str = ""  # expression over the record: only if true
    each: str = ""  # expression over the record: once per element, which `arguments` then see with the record under `_.record`
    lookup: Lookup | None = None
    wait: Wait | None = None  # to be waited for before the deletion goes on


@dataclass(frozen=True)
class Batch:
    """One deletion call for many records."""

    argument: str  # input member, dotted when nested, that takes a list
    of: str  # expression: what each record puts into that list
    size: int
    failures: str = ""  # expression over the answer: list of {id, code, message}; id equals `of`


@dataclass(frozen=True)
class Wait:
    """How the end of an asynchronous call is known: by a waiter, or by listing the type again until the record is gone, or as `until` says."""

    waiter: str = ""
    until: str = ""  # expression over the record as it is listed again; for a call made before the deletion
    arguments: Arguments = field(default_factory=dict)  # expressions over the list of records that were deleted together
    seconds: int = 1800  # how long before it counts as failed
    always: bool = False  # also where the call made before the deletion has nothing left to do: what an earlier run began may not have ended


@dataclass(frozen=True)
class Delete:
    """How a record is deleted. `where` chooses between several operations of one type, never whether to delete."""

    operation: str = ""
    where: str = ""
    arguments: Arguments = field(default_factory=dict)
    batch: Batch | None = None
    lookup: Lookup | None = None  # a read made just before; `arguments` see its items as `_.found`
    before: tuple[Before, ...] = ()
    wait: Wait | None = None  # for this operation alone; else the type's
    gone: tuple[str, ...] = ()  # error codes that mean "already gone", beyond the usual *NotFound*, NoSuch*, *DoesNotExist
    empty: str = ""  # name of the module in quirks/ that empties the resource first


@dataclass(frozen=True)
class Create:
    """A call that makes a resource of a row; of several, the first whose `where` holds for the row. Input members named like a column are derived.

    `_.tags` are the row's tags, `_.tag_list` the same as [{Key, Value}], `_.token` is unique to the row.
    """

    operation: str = ""  # derived: Create<Noun>
    where: str = ""
    arguments: Arguments = field(default_factory=dict)
    without: tuple[str, ...] = ()  # input members that no column gives
    required: tuple[str, ...] = ()  # expressions that AWS wants not to be null, beyond what the model says
    foretells: Arguments = field(default_factory=dict)  # property -> expression: known before AWS says it, so that other new rows can mention it
    item: str = ""  # expression over the answer: what was made; derived
    done: tuple[str, ...] = ()  # error codes that mean: it is there already
    waiter: str = ""  # tells when others may use it
    waiter_arguments: Arguments = field(default_factory=dict)  # expressions; the answer is `_.answer`

    @property
    def finds(self):
        """Does it only look for what AWS makes along with something else?"""
        return self.operation.startswith(READS)


@dataclass(frozen=True)
class Update:
    """A call that changes some properties of a resource, also right after it was created. `_.old` are the properties as AWS has them."""

    of: tuple[str, ...]  # the properties that it changes; "tags" for all tags
    operation: str
    arguments: Arguments = field(default_factory=dict)  # those named like a column are derived
    where: str = ""
    each: str = ""  # expression: once per element, seen as `_.element`
    identity: str = ""  # expression over the answer: the id, where the call gives a new one
    done: tuple[str, ...] = ()
    waiter: str = ""
    waiter_arguments: Arguments = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One table of a file in resource_types/."""

    # reading
    noun: str = ""  # as in the SDK's operation names, where the type's name does not give it
    list: ListCall | None = None
    parent: str = ""  # `list` is called once for each record of that type
    within: Within | None = None
    from_parent: Arguments = field(default_factory=dict)  # property -> expression over the parent's item
    details: tuple[Detail, ...] = ()
    gone: str = ""  # expression: true for an item that AWS still lists but that no longer exists
    scope: str = ""  # "region" or "global", where it is not the file's
    region: str = ""  # expression, for global lists of regional things: the item's region
    on_request: bool = False  # read only when named
    # identity
    id: str = ""
    name: str = ""
    arn: str = ""
    arn_resource: str = ""  # EC2 gives no ARNs: `vpc` makes arn:…:vpc/<id>
    created: str = ""
    tags: str = ""
    owner: str = ""
    also_known_as: tuple[str, ...] = ()  # further expressions whose value others mention: a repository's URI, a load balancer's DNS name
    stands_for: tuple[str, ...] = ()  # expressions: ids of others by which a declared reference means this one: a gateway by its VPC
    marks: tuple[str, ...] = ()  # AWS's own tags on what a resource of this type made and takes along; they hold its id, ARN or name
    # dependencies: expression -> type; the value found is an id, ARN or name of that type
    references: dict[str, str] = field(default_factory=dict)
    referenced_by: dict[str, str] = field(default_factory=dict)
    part_of: dict[str, str] = field(default_factory=dict)
    owns: dict[str, str] = field(default_factory=dict)
    mentions_not: tuple[str, ...] = ()
    # deleting
    fixed: tuple[Fixed, ...] = ()
    delete: tuple[Delete, ...] = ()
    wait: Wait | None = None
    at_once: bool = False  # nothing waits for the end of a deletion: it is over when AWS has answered, or holds nothing up
    not_held_by: tuple[str, ...] = ()  # LIKE patterns of types whose need does not keep AWS from deleting this one; with ! before it: but these do
    # creating and changing, from rows
    columns: Arguments = field(default_factory=dict)  # further properties, read by expression: what a create or update takes under another name
    create: tuple[Create, ...] = ()
    update: tuple[Update, ...] = ()
    # what the derivation gets wrong, in a person's words; every correction has one
    note: str = ""
    reviewed: bool = True


def build(cls, data, where):
    """`data` (parsed TOML) as an instance of the dataclass `cls`; CatalogInvalid names the key that is wrong."""
    if not isinstance(data, dict):
        raise CatalogInvalid(f"{where}: expected a table, found {data!r}")
    hints = typing.get_type_hints(cls)
    unknown = set(data) - set(hints)
    if unknown:
        raise CatalogInvalid(
            f'{where}: unknown key "{sorted(unknown)[0]}"', hint=f"Keys known here: {', '.join(hints)}."
        )
    required = {f.name for f in dataclasses.fields(cls) if f.default is f.default_factory is dataclasses.MISSING}
    for key in sorted(required - set(data)):
        raise CatalogInvalid(f'{where}: key "{key}" is missing')
    return cls(**{key: _value(hints[key], value, f"{where}.{key}") for key, value in data.items()})


def _value(hint, value, where):
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:  # "X | None"
        return _value(parameters[0], value, where)
    if dataclasses.is_dataclass(hint):
        return build(hint, value, where)
    if origin is tuple:  # one table may stand for a list of one
        values = value if isinstance(value, list) else [value]
        return tuple(_value(parameters[0], each, where) for each in values)
    if origin is dict:
        if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
            return value
        raise CatalogInvalid(f"{where}: expected a table of strings, found {value!r}")
    if type(value) is not hint:
        raise CatalogInvalid(f"{where}: expected {hint.__name__}, found {value!r}")
    return value
