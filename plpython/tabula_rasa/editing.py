"""In charge of what a user's INSERT, UPDATE or DELETE of a row means: row -> Edit. Pure; what cannot be is refused here, naming the column.

A row is a dict {column: JSON value} of one of the mirror's tables.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from .calls import creating, foretold, tag_facts, update_calls
from .catalog import model
from .change import Key
from .errors import InvalidArgument, NotCreatable, NotDeletable, RequiredColumn, SetByAws
from .expressions import ExpressionError, arguments, context, fields, holds, search
from .recording import record

_OWN = ("created", "owner_id", "properties")  # base columns that AWS alone sets
_FIXED = ("account_id", "region", "resource_type", "resource_id", "arn", "read_at", *_OWN)  # base columns that no UPDATE changes


@dataclass
class Edit:
    """One record as a user wants it to be.

    action   create, update, delete; replace: deleted, and inserted again under the same id
    columns  {column: value}: for a create all of the row, for an update what is to be other than in AWS
    base     the row as AWS had it when it was edited; None for a new one
    found    the row as AWS was last read; None where AWS has none
    passed   {column: number of the value, which must not be stored}; the session knows the values by number
    token    AWS takes creates with one token for one
    error    why it could not be carried out
    """

    edit_id: int
    key: Key
    action: str
    columns: dict = field(default_factory=dict)
    base: dict | None = None
    found: dict | None = None
    passed: dict = field(default_factory=dict)
    error: str | None = None
    token: str = ""
    fresh: dict = field(default_factory=dict)  # properties just read, with what the mirror does not show: some calls take all of a structure

    def row(self):
        """As discard_changes returns it."""
        name = self.columns.get("name", (self.found or self.base or {}).get("name"))
        return {
            "region": self.key.region, "resource_type": self.key.resource_type, "resource_id": self.key.resource_id,
            "name": name, "action": self.action, "status": "discarded", "reason": self.error,
        }


def properties(rt, row):
    """The properties of a row as AWS has it: as read, and what the entry's `columns` read from them."""
    read = {each.property: row.get(each.name) for each in rt.columns if each.expression}
    return {**(row.get("properties") or {}), **{name: value for name, value in read.items() if value is not None}}


def wanted(rt, columns):
    """{property: value} of what columns say."""
    return {property: columns[column] for column, property in rt.property_of.items() if column in columns}


# -- INSERT


def inserted(rt, row, edit_id, facts, replaced=None):
    """(the row to be shown, its Edit) of a new row.

    facts     account_id, region, partition
    replaced  the Edit that deletes the record whose place it takes
    """
    if not rt.creatable:
        raise NotCreatable(
            f"cannot insert into aws.{rt.name}", detail="The catalog knows no call that creates one.",
            hint="The view resource_type tells in its column creatable what can be created.",
        )
    row = {name: value for name, value in row.items() if value not in (None, {}) and name != "properties"}
    names = {name for name in (*naming_columns(rt), "resource_id", "arn") if name in row}  # by what others may mention it
    for column in row:
        own = rt.by_column.get(column)
        if column in _OWN or own and own.property not in rt.inserted and column not in names:
            raise _set_by_aws(rt, column, rt.inserted)
    row = _named(rt, row, rt.inserted)
    data = {name: value for name, value in wanted(rt, row).items() if name in rt.inserted}
    create = creating(rt, data, facts)
    if create is None:
        raise NotCreatable(
            f"cannot insert this row into aws.{rt.name}", detail="None of the calls that create one is for it.",
            hint="They are for: " + "; ".join(each.where for each in rt.create) + ".",
        )
    _complete(rt, create, data, row, facts)
    data = foretold(create, data, facts)
    id_column = next((each.name for each in rt.columns if each.property in _one(rt.id)), None)
    name = next((str(row[each]) for each in ("resource_id", id_column, *sorted(names)) if each in names), f"{rt.name}#{edit_id}")
    told = _record(rt, data, facts) or _record(rt, {**data, **dict.fromkeys(_one(rt.id), name)}, facts)
    identity = told.key.resource_id if told else name
    if row.get("resource_id", identity) != identity:
        raise SetByAws(
            f'column "resource_id" of aws.{rt.name} cannot be "{row["resource_id"]}"', detail=f'The other columns say that it is "{identity}".', hint="Leave it out.",
        )
    shown = {**row, "account_id": facts["account_id"], "region": told.key.region if told else facts["region"], "resource_type": rt.name, "resource_id": identity}
    for column, value in (("arn", told.arn), ("name", told.name)) if told else ():
        if value:
            shown.setdefault(column, value)
    for each in rt.columns:
        if each.property in _one(rt.id):
            shown.setdefault(each.name, identity)
        elif each.property in data:
            shown.setdefault(each.name, data[each.property])
    given_only = {each.property for each in rt.columns if each.given}
    shown["properties"] = model.redacted({name: value for name, value in data.items() if name not in given_only}, rt.sensitive)
    shown.setdefault("tags", {})
    edit = Edit(edit_id, Key(rt.name, shown["region"], identity), "replace" if replaced else "create", dict(shown), passed=_passed(rt, row))
    if replaced:
        edit.base, edit.found = replaced.base, replaced.found
    return shown, edit


def naming_columns(rt):
    """{column: property} of what AWS names a new resource by: in a new row, by what other rows may mention it."""
    names = {rt.id, rt.arn, *rt.also_known_as, *_one(rt.id)}
    return {each.name: each.property for each in rt.columns if each.property in names and each.property not in rt.inserted}


def _one(expression):
    """The property that an id is made of, where it is one."""
    found = fields(expression)
    return found if len(found) == 1 else ()


def _record(rt, data, facts):
    try:
        return record(rt, data, facts["region"], facts)
    except ExpressionError:  # its id is made of something that AWS has not told yet
        return None


def _complete(rt, create, data, row, facts):
    """Raises unless the create call has what the SDK's model and AWS require."""
    seen = context(data, **{**facts, **tag_facts(row.get("tags")), "token": "token", "old": {}})
    for expression in create.required:
        if not holds(expression, seen):
            raise _required(rt, create.operation, fields(expression))
    try:
        request = arguments(create.arguments, seen)
    except ExpressionError as error:
        raise InvalidArgument(f"the row of aws.{rt.name} is not what AWS takes", detail=f"{create.operation}: {error}") from None
    shape = model.operation(rt.service, create.operation).input_shape
    for parameter in shape.required_members if shape else ():
        if parameter not in request:
            properties = fields(create.arguments.get(parameter, parameter)) or {parameter}
            if given := [each for each in sorted(properties) if each in data]:
                raise InvalidArgument(f"column {_column_of(rt, given[0])} of aws.{rt.name} is not what AWS takes", detail=f"{create.operation}: {parameter} is not found in it.")
            raise _required(rt, create.operation, properties)
    for parameter, expression in create.arguments.items():
        property = next((each for each in data if each.lower() == parameter.split(".")[0].lower()), None)
        own = rt.by_column.get(rt.column_of.get(property))
        unknown = property and model.unknown(data[property], shape.members[parameter.split(".")[0]])
        if unknown and (expression == property or own is None or rt.shapes[property] is None or model.unknown(data[property], rt.shapes[property])):
            raise InvalidArgument(
                f'unknown member "{unknown}" in column {_column_of(rt, property)} of aws.{rt.name}',
                detail=f"{create.operation} does not take it.", hint="The SDK's model spells the members as AWS's documentation does.",
            )
    request = {name: each for name, each in request.items() if model.HIDDEN not in json.dumps(each, default=str)}  # that was well when it was given
    report = model.invalid(rt.service, create.operation, model.fitted(request, shape))
    report = "\n".join(each for each in report.splitlines() if not each.startswith("Missing required parameter in input:"))
    if report:
        parameter = re.search(r"parameter (?:in )?(\w+)", report)
        at_fault = fields(create.arguments.get(parameter[1], parameter[1])) if parameter else ()
        columns = ", ".join(sorted(_column_of(rt, each) for each in at_fault))
        raise InvalidArgument(
            f"{f'column {columns}' if columns else 'the row'} of aws.{rt.name} is not what AWS takes", detail=f"{create.operation}: {_discreet(report, _passed(rt, row))}",
        )


def _discreet(report, passed):
    """What botocore's validator says, without the values where some must not be shown."""
    return re.sub(r"value: .*?, (type|valid)", r"value: (not shown), \1", report, flags=re.DOTALL) if passed else report


def _required(rt, operation, properties):
    columns = " or ".join(sorted(_column_of(rt, each) for each in properties))
    types = {each.type for each in rt.columns if each.property in properties} or {"text"}
    return RequiredColumn(
        f"column {columns} of aws.{rt.name} must be given", detail=f"{operation} requires it ({', '.join(sorted(types))}).",
    )


def _column_of(rt, property):
    return f'"{rt.column_of.get(property, property)}"'


def is_placeholder(rt, columns):
    """Does a new row's id only stand for the one that AWS will give?"""
    return any(columns.get(column) == columns["resource_id"] for column, property in naming_columns(rt).items() if property in _one(rt.id))


# -- UPDATE


def updated(rt, old, new, as_read, edit, edit_id, facts):
    """(the row to be shown, its Edit) of a changed row; the Edit is None where the row is as AWS has it again.

    as_read  the row as the mirror has it, where nothing is staged of it
    edit     what is staged of it already, or None
    """
    changed = {name: value for name, value in new.items() if value != old.get(name)}
    for column in changed:
        own = rt.by_column.get(column)
        if column in _FIXED or own and own.property not in rt.updated | rt.inserted:
            raise _set_by_aws(rt, column, rt.updated)
    if edit and edit.action in ("create", "replace"):
        kept = {name: number for name, number in edit.passed.items() if name not in changed}
        before = {name: model.HIDDEN if name in kept and value is None else value for name, value in edit.columns.items()}
        given = {name: value for name, value in {**before, **changed}.items() if value is not None and _was_given(rt, name, changed)}
        shown, edit_ = inserted(rt, given, edit.edit_id, facts, replaced=edit if edit.action == "replace" else None)
        edit_.passed = {**edit_.passed, **kept}
        return {**new, **shown}, edit_
    changed = _named(rt, changed, rt.updated | rt.inserted, old)
    base, found = (edit.base, edit.found) if edit else (as_read, as_read)
    columns = {name: value for name, value in {**(edit.columns if edit else {}), **changed}.items() if value != (found or base).get(name) or name in (edit.passed if edit else {})}
    shown = {**new, **changed}
    if not columns:
        return shown, None
    asked = {property for column, property in rt.property_of.items() if column in columns}
    anew = sorted(rt.column_of[name] for name in asked - rt.updated if name in rt.inserted)
    fact = rt.fact(properties(rt, found or base), resource_id=old["resource_id"], arn=old["arn"], region=old["region"], account_id=old["account_id"])
    if anew and (fact or not rt.deletable):
        raise NotDeletable(
            f'column "{anew[0]}" of {rt.name} "{old["resource_id"]}" cannot be changed',
            detail="AWS takes it at creation only, and does not delete this record by itself" + (f": {fact.why}." if fact else "."), hint=_instead(rt, found or base),
        )
    _fits(rt, {**properties(rt, found or base), **wanted(rt, columns)}, asked & rt.updated, facts)
    passed = {**(edit.passed if edit else {}), **_passed(rt, columns)}
    return shown, Edit(edit_id, Key(rt.name, old["region"], old["resource_id"]), "update", columns, found or base, found, passed)


def _fits(rt, data, changed, facts):
    """Raises unless the calls that change these properties are well formed."""
    seen = context(data, **{**facts, **tag_facts(None), "token": "token", "old": {}, "added": None, "removed": None})
    for call in update_calls(rt, changed, None, None):
        try:
            if call.each or call.where and not holds(call.where, seen):
                continue
            request = arguments(call.arguments, seen)
        except ExpressionError:  # it looks at what only AWS will tell
            continue
        shape = model.operation(call.service, call.operation).input_shape
        given = {name: model.fitted(each, shape.members[name]) for name, each in request.items() if name in shape.members}
        report = model.invalid(call.service, call.operation, given)
        if report and "Missing required parameter" not in report and model.HIDDEN not in json.dumps(request, default=str):
            columns = ", ".join(sorted(_column_of(rt, name) for name in changed))
            passed = _passed(rt, {rt.column_of[name]: data.get(name) for name in changed})
            raise InvalidArgument(f"column {columns} of aws.{rt.name} is not what AWS takes", detail=f"{call.operation}: {_discreet(report, passed)}")


def _was_given(rt, column, changed):
    """Did the user give it, or was it filled in for them?"""
    if column in ("resource_id", "arn") or column == "name" and column not in rt.property_of:
        return column in changed
    own = rt.by_column.get(column)
    return own is None or own.property in rt.inserted or column in naming_columns(rt)


# -- DELETE


def deleted(rt, old, edit, edit_id, goes):
    """The Edit of a deleted row; None where that only takes a staged INSERT back.

    goes  the Key of what takes the record along and is staged for deletion itself, or None
    """
    if edit and edit.action == "create":
        return None
    base = edit.base if edit else old
    key = Key(rt.name, base["region"], base["resource_id"])
    fact = rt.fact(properties(rt, base), resource_id=key.resource_id, arn=base.get("arn"), region=key.region, account_id=base["account_id"])
    if (fact or not rt.deletable) and not goes:
        raise NotDeletable(
            f'AWS does not delete {rt.name} "{key.resource_id}" by itself',
            detail=f"{fact.why[0].upper()}{fact.why[1:]}; AWS would answer {fact.refusal}." if fact else "The catalog knows no call that deletes one.",
            hint=_instead(rt, base),
        )
    return Edit(edit_id, key, "delete", {}, base, edit.found if edit else old)


def _instead(rt, row):
    """What to delete so that a part goes, too."""
    data = context(properties(rt, row), region=row["region"], resource_id=row["resource_id"])
    wholes = [f"{whole} {search(path, data)}" for path, whole in rt.part_of.items() if search(path, data)]
    return f"Delete what it goes with: {', '.join(wholes)}. Or change its columns, if that is enough." if wholes else None


# -- what they share


def agree(wanted, found):
    """Is what AWS shows what was asked for? AWS fills in what was left out, and spells documents and numbers its own way."""
    if wanted in (None, "", [], {}):
        return found in (None, "", [], {}, False)
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(agree(each, found.get(name)) for name, each in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        same = len(wanted) == len(found) or any(isinstance(each, dict) for each in wanted)
        return same and all(any(agree(each, other) for other in found) for each in wanted)
    if isinstance(wanted, bool) or isinstance(found, bool):
        return str(wanted).lower() == str(found).lower()
    return str(wanted).lower() == str(found).lower() or _parsed(wanted) == _parsed(found)


def _parsed(value):
    """A document that one side has as text."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _named(rt, row, allowed, old=None):
    """The row with its name where AWS keeps it: in the property that is the name, or in the tag Name. Refuses tags where there are none."""
    row = dict(row)
    old = old or {}
    if "tags" in row:
        row["tags"] = _tags(rt, row["tags"], old.get("tags") or {})
    property = rt.entry.name if rt.entry.name in rt.column_of else rt.property_of.get("name")
    own = rt.column_of.get(property)
    if "tags" in row and "tags" not in allowed:
        raise _set_by_aws(rt, "tags", allowed)
    if property in allowed:
        if "name" in row and own not in row:
            row[own] = row["name"]
        elif own in row:
            row["name"] = row[own]
    elif "name" in row:
        if own or "tags" not in allowed:
            raise _set_by_aws(rt, "name", allowed)
        tags = {**(row["tags"] if "tags" in row else old.get("tags") or {})}
        tags.pop("Name", None) if row["name"] is None else tags.update(Name=row["name"])
        row["tags"] = tags
    elif not own and "tags" in row:
        row["name"] = row["tags"].get("Name")
    return row


def _tags(rt, given, old):
    """The tags as given, and those of AWS's own, which nobody else sets."""
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise InvalidArgument(
            f"tags of aws.{rt.name} are an object of texts, not {json.dumps(given)[:100]}", hint="""Write them as '{"key": "value"}', and as '{}' for none.""",
        )
    for key, value in given.items():
        if key.startswith("aws:") and old.get(key) != value:
            raise SetByAws(f'tag "{key}" is set by AWS alone', detail="AWS keeps all tags that begin with aws: for itself.", hint="Choose another key.")
    return {**{key: value for key, value in old.items() if key.startswith("aws:")}, **given}


def hidden(rt, column, value):
    """A column's value as it may be stored: without what the SDK says must not be shown."""
    own = rt.by_column.get(column)
    if own is None:
        return value
    return None if own.sensitive else model.redacted({own.property: value}, rt.sensitive)[own.property]


def _passed(rt, columns):
    """The columns whose values must not be stored, as given now or before."""
    return {name: None for name, value in columns.items() if value is not None and hidden(rt, name, value) != value}


def _set_by_aws(rt, column, allowed):
    can = {column for column, property in rt.property_of.items() if property in allowed} | ({"tags"} if "tags" in allowed else set())
    can = sorted(can | ({"name"} if "tags" in allowed and not rt.entry.name else set()))
    return SetByAws(
        f'column "{column}" of aws.{rt.name} is set by AWS alone',
        hint=f"What can be set: {', '.join(can)}." if can else "No column of this type can be set.",
    )
