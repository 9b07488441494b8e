"""preview_changes, apply_changes: staged edits -> changes -> plan -> execution -> read again what was touched; what failed stays staged."""

from __future__ import annotations

import asyncio
import json
import time

from . import editing
from .calls import update_calls
from .catalog import GLOBAL
from .change import PARTS
from .editing import Edit
from .errors import InvalidArgument
from .executing import Executor
from .expressions import fields, texts
from .planning import plan_changes
from .proposals import AGAINST, later, propose
from .recording import further

REPLACES = "; only apply_changes(allow_replace => true) does that"


def preview(database, account_id, types, facts, secrets):
    """The rows of preview_changes: the plan, from the mirror alone, and what stands against it."""
    edits = _edits(database, account_id, types)
    references = _references(database, account_id, types)
    proposal = _proposal(database, account_id, types, facts, edits, references, secrets)
    for change in proposal.changes:
        if _replacement(change) and change.status == "planned":
            change.reason += REPLACES
    return [change.row() for change in _ordered(proposal, references, types) if _has_row(change)]


def apply(visit, journal, allow_replace, force, secrets):
    """The rows of apply_changes: one per staged edit, and per part that goes with what is deleted."""
    database, account_id, types = visit.database, visit.account.account_id, visit.types
    staging = database.staging
    _edits(database, account_id, types)
    edits = staging.lift(account_id)
    if not edits:
        return []
    lifted = {each.edit_id for each in edits}
    wanted = _touched(edits, _references(database, account_id, types), types)
    places = sorted({each.key.region for each in edits} | {GLOBAL for name in wanted if types[name].scope == GLOBAL})
    visit.progress.phase("reading", "lists")
    reading = visit.run(lambda aws: visit.read(aws, places, wanted))
    visit.save(reading, places)
    visit.progress.phase("deciding")
    staging.find(account_id)
    # What another session has staged since is for the next time: its rows still lie over AWS's.
    edits, references = [each for each in staging.edits(account_id) if each.edit_id in lifted], _references(database, account_id, types)
    there = {each.key: each for each in reading.records}
    _resume_replacements(edits, journal, types)
    for edit in edits:
        if edit.key in there:
            edit.fresh = there[edit.key].properties
    proposal = _proposal(database, account_id, types, visit.facts, edits, references, secrets, force)
    for change in proposal.changes:
        unread = reading.failed.get((change.key.resource_type, types[change.key.resource_type].asked_in(change.key.region)))
        if change.status == "planned" and unread:
            change.status, change.reason = "blocked", f"AWS could not be read: {unread}"
        elif change.status == "planned" and _replacement(change) and not allow_replace:
            change.status, change.reason = "blocked", change.reason + REPLACES
    _resume(proposal.changes, journal, there, types, force)
    proposal.stop()
    steps = _steps(proposal, references, types)
    if steps:
        hidden = [text for edit in edits for number in edit.passed.values() for text in texts(secrets.get(number)) if len(text) > 3]
        executor, reading = visit.run(lambda aws: _carry_out(aws, visit, journal, steps, wanted, places, hidden))
        visit.save(reading, places)
        _settle(visit, steps, reading)
        names = executor.names
    else:
        names = None
    done = [step.change for step in steps]
    changes = done + [each for each in proposal.changes if each.status in (*AGAINST, "deleted") and each not in done]
    _remember(staging, account_id, edits, changes, types, names)
    staging.lay(account_id)
    for change in changes:
        change.status = "failed" if change.status in AGAINST else change.status
        change.reason = names.said(change.reason) if names and change.action != "delete" else change.reason
    if any(change.status == "failed" for change in changes):
        journal.failed()
    return [change.row() for change in changes if _has_row(change)]


def cascade(database, account_id, key, types):
    """(keys of a record and of all that needs it, directly or not; {part: what it disappears with} among them)."""
    needed_by, wholes = {}, {}
    for each in _references(database, account_id, types):
        if each.kind in PARTS:
            wholes.setdefault(each.record, each.needs)
        if each.kind in PARTS or not types[each.needs.resource_type].not_held(each.record.resource_type):
            needed_by.setdefault(each.needs, set()).add(each.record)
        if each.kind == "owned":
            needed_by.setdefault(each.record, set()).add(each.needs)
    found, open_ = {key}, [key]
    while open_:
        for each in needed_by.get(open_.pop(), set()) - found:
            found.add(each)
            open_.append(each)
    return found, {part: whole for part, whole in wholes.items() if part in found and whole in found and part != key}


# -- before


def _edits(database, account_id, types):
    edits = database.staging.edits(account_id)
    for each in edits:
        if each.key.resource_type not in types:
            raise InvalidArgument(
                f"{each.key.resource_type} is not enabled, and an edit of it is staged", hint="Enable its service with enable_services(), or forget all edits with discard_changes().",
            )
    return edits


def _references(database, account_id, types):
    """The references among records of the types that are enabled."""
    return {each for each in database.references(account_id) if each.record.resource_type in types and each.needs.resource_type in types}


def _proposal(database, account_id, types, facts, edits, references, secrets, force=False):
    deleted = {each.key for each in edits if each.action in ("delete", "replace", "update")}
    parts = _closure(deleted, references)
    parts |= {each.record for each in references if types[each.record.resource_type].vanishing and each.needs in deleted | parts}
    records = {each.key: each for each in database.records_of(account_id, parts)}
    return propose(edits, types, facts, references, records, secrets, force)


def _closure(keys, references):
    """The keys of all that disappears with any of these."""
    parts = {}
    for each in references:
        if each.kind in PARTS:
            parts.setdefault(each.needs, set()).add(each.record)
    found, open_ = set(), list(keys)
    while open_:
        for key in parts.get(open_.pop(), set()) - found:
            found.add(key)
            open_.append(key)
    return found


def _touched(edits, references, types):
    """The types that have to be read anew: those of the edits, of what might stand against them, and of what comes and goes with them."""
    keys = {each.key for each in edits}
    keys |= _closure(keys, references)
    found = {each.resource_type for each in keys} | {each.record.resource_type for each in references if each.needs in keys}
    edited = {each.key.resource_type for each in edits}
    for name in edited:
        rt = types[name]
        found |= {*rt.part_of.values(), *rt.owns.values()} | ({rt.within.resource_type} if rt.within else set())
    while edited:
        edited = {name for name, rt in types.items() if edited & {*rt.part_of.values()}} - found
        found |= edited
    # What AWS has made for others and removes with them, and may need what is deleted: a load balancer's interfaces need their subnets.
    ids = {name for each in edits if each.action in ("delete", "replace") for name in fields(types[each.key.resource_type].id)}
    found |= {name for name, rt in types.items() if rt.vanishing and rt.list and not rt.parent and ids & rt.members}
    return {name for name in found if name in types and not types[name].on_request}


def _replacement(change):
    return change.shown == "replace" or change.replaces is not None


def _steps(proposal, references, types):
    def can_go_alone(key):
        return types[key.resource_type].deletable

    return plan_changes(proposal.changes, references, proposal.needs, can_go_alone, later(types))


def _ordered(proposal, references, types):
    """The planned changes in the order in which they would be made, then what stands against the others."""
    steps = _steps(proposal, references, types)
    return [step.change for step in steps] + [each for each in proposal.changes if each.status != "planned"]


def _has_row(change):
    """What only completes a create is told with that."""
    return not (change.of and change.action == "update")


def _resume_replacements(edits, journal, types):
    """What an earlier run has deleted to make it anew is only to be created: that it is gone is our own doing."""
    halves = {each.edit_id: each for each in edits if each.found is None and each.action in ("replace", "update")}
    operations = {delete.operation for each in halves.values() for delete in types[each.key.resource_type].delete}
    for edit_id in journal.deleted({number: tuple(each.key) for number, each in halves.items()}, operations):
        edit = halves[edit_id]
        edit.action, edit.columns, edit.base = "create", {**(edit.base or {}), **edit.columns}, None


def _resume(changes, journal, there, types, force):
    """Takes up creates that an earlier run began and did not finish: what AWS has made already is not made again."""
    creates = {each.edit_id: each for each in changes if each.action == "create" and each.status == "planned"}
    begun = journal.created(creates, {each.calls[0].operation for each in creates.values()})
    for edit_id, (resource_id, outcome, run_id, step) in begun.items():
        change = creates[edit_id]
        key = change.key._replace(resource_id=resource_id)
        if outcome == "done" and key in there:
            change.made, rt = there[key], types[key.resource_type]
            shown = {**change.made.properties, **further(rt, change.made.properties)}
            other = [name for name in sorted(change.properties.keys() & shown.keys() & (rt.inserted - rt.updated)) if not editing.agree(change.properties[name], shown[name])]
            if any(change.made.tags.get(each["Key"]) != each["Value"] for each in change.facts["added"] or ()):
                change.calls += tuple(each for each in update_calls(rt, {"tags"}, True, False) if each not in change.calls)
            if other:
                change.status = "blocked"
                change.reason = (
                    f"run {run_id} has created it already as {resource_id}, before {', '.join(rt.column_of.get(name, name) for name in other)} was changed here; "
                    "discard_changes() shows that one, to be kept or deleted"
                )
        elif outcome is None and not force:
            change.status = "blocked"
            change.reason = (
                f"run {run_id} did not learn whether AWS has created this (step {step} in the journal), so AWS may have it already; look for it in the mirror, "
                "then discard_changes() or apply_changes(force => true)"
            )


# -- execution


async def _carry_out(aws, visit, journal, steps, wanted, places, hidden):
    """(the Executor, a Reading of what was touched): once all changes show, or the patience ends."""

    visit.progress.phase("changing", "changes")
    executor = Executor(aws, visit.types, journal, visit.look(aws), visit.facts, visit.patience, visit.progress)
    executor.secrets = hidden
    await executor.execute(steps)
    visit.progress.phase("reading again", "lists")
    began, pause = time.monotonic(), 1.0
    while True:
        reading = await visit.read(aws, places, wanted)
        there, created = {each.key: each for each in reading.records}, _created(steps)
        if reading.failed or not any(_doubt(step.change, visit.types, there, created) for step in steps) or time.monotonic() - began > visit.patience:
            return executor, reading
        await asyncio.sleep(pause)  # lists may lag behind changes
        pause = min(pause * 2, 15)


def _created(steps):
    return {step.change.key for step in steps if step.change.action == "create" and step.change.status == "done"}


def _doubt(change, types, there, created):
    """Why a change that was answered with yes does not show; None if it does.

    there    {key: Record} as just read
    created  keys of what was made
    """
    if change.status not in ("done", "deleted"):
        return None
    found = there.get(change.key)
    if change.action == "delete":
        return None if change.key in created else "AWS still shows it after answering that it was deleted" if found else None
    if found is None:
        return "AWS does not show it after answering that it was done" if change.key.resource_id not in change.aliases else None
    rt = types[change.key.resource_type]
    lost = sorted(each["Key"] for each in change.facts.get("added") or () if found.tags.get(each["Key"]) != each["Value"])
    lost += sorted(key for key in change.facts.get("removed") or () if key in found.tags)
    if lost:
        return f"AWS still shows these tags otherwise: {', '.join(lost)}"
    shown = {**found.properties, **further(rt, found.properties)}
    for name in sorted(change.changed):
        column = rt.column_of.get(name, name)
        given_only = column in rt.by_column and rt.by_column[column].given
        wanted, now = change.properties.get(name), shown.get(name)
        if wanted is None and now != change.facts["old"].get(name):  # null asks for AWS's own value, whatever that is
            continue
        if not given_only and not editing.agree(wanted, now):
            return f"AWS still shows {column} otherwise: {json.dumps(shown.get(name), default=str)[:100]}"
    return None


def _settle(visit, steps, reading):
    """Only what a fresh read shows is done."""
    there, created = {each.key: each for each in reading.records}, _created(steps)
    for step in steps:
        change = step.change
        unread = reading.unseen.get((change.key.resource_type, visit.types[change.key.resource_type].asked_in(change.key.region)))
        doubt = f"could not be read again: {unread}" if unread and change.status == "done" else _doubt(change, visit.types, there, created)
        if doubt:
            change.status, change.reason = "failed", doubt
        elif change.status == "done" and change.action == "delete":
            change.status = "deleted"
        if change.of and change.action == "update" and change.status == "failed" and change.of.status == "done":
            change.of.status, change.of.reason = "failed", change.reason


# -- after


def _remember(staging, account_id, edits, changes, types, names):
    """What is done is no longer staged; what is not stays, with its error and with AWS's names for what it mentions."""
    of_edit = {}
    for change in changes:
        if change.edit_id is not None and _has_row(change):
            of_edit.setdefault(change.edit_id, []).append(change)
    staging.find(account_id)
    left = {each.edit_id: each for each in staging.edits(account_id)}
    for edit in left.values() if names else ():  # staged by another session meanwhile, and by the placeholder of what has a name now
        if edit.edit_id not in {each.edit_id for each in edits} and edit.action == "create":
            renamed = _renamed(edit.columns, types[edit.key.resource_type], names)
            if renamed != edit.columns:
                edit.columns = renamed
                staging.rename(account_id, edit)
    for edit in edits:
        mine = of_edit.get(edit.edit_id, [])
        if all(change.status in ("done", "deleted") for change in mine):
            staging.forget([edit.edit_id])
            continue
        edit = left[edit.edit_id]
        edit.error = next(change.reason for change in mine if change.status not in ("done", "deleted"))
        if names:
            edit.columns = _renamed(edit.columns, types[edit.key.resource_type], names)
        for change in mine:
            row = staging.row(change.key.resource_type, change.key, account_id) if change.action == "create" and change.named else None
            if row:  # it is there, only not yet as wanted
                staging.forget([edit.edit_id])
                edit = _rest(edit, change.key, types, row)
            elif change.action == "delete" and change.shown == "replace" and change.status == "deleted":
                edit = Edit(edit.edit_id, edit.key, "create", {**(edit.base or {}), **edit.columns}, passed=edit.passed, error=edit.error)
        staging.save(account_id, edit)


def _renamed(columns, rt, names):
    """Staged columns with AWS's names for what they mention."""
    own = {"resource_id", "arn", *editing.naming_columns(rt)}
    words = {"name", *(each.name for each in rt.columns if each.property in rt.words)}
    renamed = {name: each if name in own else value for (name, each), value in zip(columns.items(), names.resolved(columns, words).values())}
    if "tags" in columns:
        renamed["tags"] = names.said(columns["tags"])
    if "properties" in columns:
        renamed["properties"] = names.resolved(columns["properties"], rt.words)
    return renamed


def _rest(edit, key, types, row):
    """What is still to be changed in what was created."""
    rt = types[key.resource_type]
    columns = {
        each.name: edit.columns[each.name] for each in rt.columns
        if each.property in rt.updated and each.name in edit.columns and not editing.agree(edit.columns[each.name], row.get(each.name))
    }
    if edit.columns.get("tags") and edit.columns["tags"] != row["tags"]:
        columns["tags"] = edit.columns["tags"]
    return Edit(edit.edit_id, key, "update", columns, row, row, edit.passed, edit.error)
