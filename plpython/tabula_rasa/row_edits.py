"""The trigger's flow: a row that a user writes -> Edit -> staged. Tells what the trigger's row looks like from what PL/Python hands over."""

from __future__ import annotations

import json
import math
import uuid

from . import catalog, editing
from .catalog import GLOBAL, model
from .change import Key
from .errors import InvalidArgument, NoAccount, NotCreatable, RequiredColumn
from .expressions import texts

_JSON = ("tags", "properties")
_NAMES = ("_id", "_ids", "_arn", "_arns")  # what the names of columns end with that hold others' ids


def secrets(session):
    """{number: value}: what was given and must not be stored. It lives as long as the session; which number counts is the edit's, so a rollback takes it back."""
    return session.setdefault("tabula_rasa.secrets", {})


def facts(database, account, region):
    """What expressions see under `_` of an account before AWS is asked."""
    place = region if region not in (None, GLOBAL) else (account.regions or ("us-east-1",))[0]
    return {"account_id": account.account_id, "partition": database.partition(account.account_id) or model.partition(place), "region": region}


def stage(database, session, trigger):
    """What the trigger stage_edit returns: None lets the row be written as it is, 'MODIFY' as it is in trigger["new"]."""
    table, event, staging = trigger["table_name"], trigger["event"], database.staging
    rt = catalog.named(table)
    if rt is None or not database.is_enabled(rt.service):
        raise NotCreatable(
            f"cannot insert into aws.{table}" if event == "INSERT" else f"cannot change aws.{table}",
            detail="It shows the rows of all types' tables." if table == "resource" else "Its service is not enabled.",
            hint="Insert into the table of the type, as aws.ec2_vpc." if table == "resource" else "See enable_services().",
        )
    old, new = _row(rt, trigger["old"]), _row(rt, trigger["new"])
    if event == "INSERT":
        return _insert(database, session, rt, new, trigger)
    key = Key(rt.name, old["region"], old["resource_id"])
    edit = staging.edit(old["account_id"], key)
    edit_id = edit.edit_id if edit else staging.next_id()
    if event == "DELETE":
        return _delete(staging, session, rt, old["account_id"], key, edit, edit_id)
    account = database.account(old["account_id"])
    as_read = old if edit else staging.row(rt.name, key, account.account_id)
    shown, made = editing.updated(rt, old, new, as_read, edit, edit_id, facts(database, account, key.region))
    if made is None:
        staging.forget([edit_id])
    else:
        if edit and made.key != edit.key:
            staging.forget([edit_id])
        _save(staging, session, rt, account.account_id, made, new)
    return _modified(rt, trigger, shown, made)


def _insert(database, session, rt, new, trigger):
    try:
        account = database.account(new["account_id"])
    except NoAccount as error:
        if database.accounts() and new["account_id"] is None:
            error.hint = "Name one in the column account_id."
        raise
    staging, region = database.staging, _region(rt, account, new, database.staging)
    shown, made = editing.inserted(rt, new, staging.next_id(), facts(database, account, region))
    _alone(staging, account.account_id, rt, made)
    before = staging.edit(account.account_id, made.key)
    if before and before.action == "delete":
        shown, made = editing.inserted(rt, new, before.edit_id, facts(database, account, region), replaced=before)
    elif staging.row(rt.name, made.key, account.account_id):
        return _left_to_postgresql(trigger, shown)
    if not _save(staging, session, rt, account.account_id, made, new, add=before is None):
        return _left_to_postgresql(trigger, shown)
    return _modified(rt, trigger, shown, made)


def _left_to_postgresql(trigger, shown):
    """The key is taken: PostgreSQL says so, or does what ON CONFLICT says, with the row as it was given."""
    for column in ("account_id", "region", "resource_id"):
        trigger["new"][column] = shown[column]
    return "MODIFY"


def _alone(staging, account_id, rt, made):
    """Raises if a new row's placeholder is another new row's, too: what mentions it could mean either."""
    for other in staging.created_as(account_id, made.key.resource_id):
        if other.key != made.key and (editing.is_placeholder(rt, made.columns) or editing.is_placeholder(catalog.named(other.key.resource_type), other.columns)):
            raise InvalidArgument(
                f'"{made.key.resource_id}" is the placeholder of a new {other.key.resource_type} already', detail="What mentions it could mean either.",
                hint="Give each new row a placeholder of its own, or none.",
            )


def _delete(staging, session, rt, account_id, key, edit, edit_id):
    base = edit.base if edit else staging.row(rt.name, key, account_id)
    goes = staging.deleted_whole(account_id, key)
    made = editing.deleted(rt, base, edit, edit_id, goes)
    if made is None:
        staging.forget([edit_id])
    else:
        staging.save(account_id, made)
    return None


def delete(database, account_id, keys, wholes):
    """Stages the deletion of these records; its rows. What disappears with another of them ({part: whole}) needs no saying."""
    records = {each.key: each for each in database.records_of(account_id, keys)}
    rows = []
    names, new = {key.resource_id for key in keys}, [each for each in database.staging.edits(account_id) if each.action == "create" and each.key not in records]
    while taken := [each for each in new if any(value in names for value in texts(each.columns))]:  # what could not be created without these is taken back
        records |= {each.key: None for each in taken}
        names |= {each.key.resource_id for each in taken}
        new = [each for each in new if each not in taken]
    for key, record in sorted(records.items()):
        if record is None:
            database.staging.delete(account_id, key)
            continue
        rt = catalog.named(key.resource_type)
        fact = rt.fact(record.properties, resource_id=key.resource_id, arn=record.arn, region=key.region, account_id=account_id)
        whole = wholes.get(key)
        if not (fact or whole) and rt.deletable:
            database.staging.delete(account_id, key)
        rows.append({
            "region": key.region, "resource_type": key.resource_type, "resource_id": key.resource_id, "name": record.name, "action": "delete",
            "status": "staged", "reason": f"goes with {whole}" if whole else fact.why if fact else "",
        })
    return rows


def _region(rt, account, new, staging):
    """Where a new row is to be: as it says, where what it names by an id is, or the only place that it can be."""
    if rt.scope == GLOBAL and not rt.region:
        return GLOBAL
    if new["region"]:
        known = account.regions or model.regions(rt.service, facts(staging.database, account, None)["partition"])
        if new["region"] not in known:
            raise InvalidArgument(
                f'unknown region "{new["region"]}" in a row of aws.{rt.name}', detail=f"Account {account.label} is visited in: {', '.join(known)}.",
                hint="The column regions of the table account says which regions are visited.",
            )
        return new["region"]
    if account.regions and len(account.regions) == 1:
        return account.regions[0]
    named = [value for column, given in new.items() if column.endswith(_NAMES) for value in (given if isinstance(given, list) else [given]) if isinstance(value, str)]
    regions = staging.regions_of(account.account_id, named)
    if len(regions) == 1:
        return regions[0]
    raise RequiredColumn(
        f'column "region" of aws.{rt.name} must be given', detail=f"Account {account.label} has several regions, and no other column tells which.",
        hint="Name one: INSERT … (region, …) VALUES ('us-east-1', …).",
    )


def _save(staging, session, rt, account_id, made, given, add=False):
    """Stages the edit; what must not be stored is kept by the session alone. False if it was to be added and another session was faster."""
    for column in made.passed:
        value = given.get(column)
        if value is not None and model.HIDDEN not in json.dumps(value) and editing.hidden(rt, column, value) != value:
            made.passed[column] = number = str(uuid.uuid4())
            secrets(session)[number] = value
        made.columns[column] = editing.hidden(rt, column, made.columns.get(column))
    return staging.add(account_id, made) if add else staging.save(account_id, made)


def _row(rt, given):
    """A trigger's row as JSON values."""
    if given is None:
        return None
    for name, value in given.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidArgument(f'column "{name}" of aws.{rt.name} cannot be {value}', detail="AWS's requests have no such number.", hint="Give a finite number.")
    return {name: json.loads(value) if value is not None and (name in _JSON or name in rt.by_column and rt.by_column[name].type == "jsonb") else value for name, value in given.items()}


def _modified(rt, trigger, shown, made):
    """Puts a row's values where PL/Python takes them from."""
    for name, value in shown.items():
        value = editing.hidden(rt, name, value)
        is_json = name in _JSON or name in rt.by_column and rt.by_column[name].type == "jsonb"
        trigger["new"][name] = json.dumps(value) if is_json and value is not None else value
    return "MODIFY"
