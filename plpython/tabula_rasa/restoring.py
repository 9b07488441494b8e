"""restore_account_defaults and check_account_defaults: read -> compare with the defaults -> mend -> read again, until nothing is left to mend."""

from __future__ import annotations

import asyncio

from . import account_defaults
from .change import Step
from .executing import Executor
from .reading import Reading

WIDTH = 48  # calls at once unless the account's row says otherwise: a few in each region, where a mirror has many in few
ROUNDS = 12  # more than the longest chain of defaults that need each other; the end is normally that nothing is left


def findings(visit, reading, places, left=()):
    """Findings of all places from what was read; `left`: the types that were left for later. Where there are defaults their service is offered, whatever an answer says."""
    unread = {(name, region): "not read yet" for name in left for region in places} | reading.unseen
    for name in account_defaults.resource_types() - visit.types.keys():
        unread |= {(name, region): "its service is not enabled: see enable_services()" for region in places}
    return [finding for region in places for finding in account_defaults.compare(reading.records, region, visit.facts, unread)]


def restore(visit, journal, dry_run, places):
    """The rows of restore_account_defaults: one per repair, none on a sound account."""
    if dry_run:
        reading = visit.mirror(places, account_defaults.resource_types())
        return [each.change.row() for each in findings(visit, reading, places) if each.change]
    visit.ensure_tables()
    visit.progress.phase("restoring", "regions")
    visit.progress.expect(len(places))
    restored = visit.run(lambda aws: _all(_restored(aws, visit, journal, region) for region in places))
    visit.save(Reading.of(reading for reading, _ in restored), places)
    rows = [row for _, rows in restored for row in rows]
    if any(row["status"] == "failed" for row in rows):
        journal.failed()
    return rows


async def _restored(aws, visit, journal, region):
    """(the last Reading, the rows of what was tried) of one region, which waits for no other."""
    tried, reading, open_ = await _mend(aws, visit, journal, region)
    rows = []
    for name, change in tried.items():
        unread = reading.unseen.get((change.key.resource_type, region))
        if change.status == "done" and unread:
            change.status, change.reason = "failed", f"{change.reason}; AWS answered that it was done, but it could not be read again: {unread}"
        elif change.status == "done" and name in open_:
            change.status, change.reason = "failed", f"{change.reason}; AWS answered that it was done but still shows it otherwise"
        elif change.status == "failed" and name not in open_ and not unread and not change.denied:
            change.status = "done"  # somebody else has been faster, or AWS made it along with another
        rows.append(change.row())
    visit.progress.ended(failed=any(row["status"] == "failed" for row in rows))
    return reading, rows


async def _mend(aws, visit, journal, region):
    """Rounds of repairs; ({(item, id): Change tried}, the last Reading, {the same: Change} of what is left to mend)."""
    wanted = account_defaults.resource_types()
    left = wanted - account_defaults.independent()  # to be read when what they need is there: of a lost VPC there is nothing else
    tried, made, reading = {}, {}, await visit.read(aws, [region], wanted - left, again=True)
    wanted = wanted - {each.resource_type for each in reading.outcomes if each.status == "ok" and visit.types[each.resource_type].immutable}
    open_ = _open(visit, reading, region, left)
    for _ in range(ROUNDS):
        due = {
            name: change for name, change in open_.items()
            if (change.calls or change.action == "delete" or change.denied) and not (name in tried and tried[name].denied)
        }
        if not due and not left:
            break
        for name in due.keys() & made.keys():
            due[name].made = made[name]
        tried |= due
        steps = [Step(change) for change in due.values() if change.status == "planned"]
        await Executor(aws, visit.types, journal, visit.look(aws), visit.facts, visit.patience).execute(steps)
        again = await visit.read(aws, [region], wanted if due else left, again=True)
        made |= _made(due, {each.key for each in reading.records}, again.records)
        reading = again.over(reading)
        open_ = _open(visit, reading, region)
        if not left and not any(change.status == "done" or change.undecided for change in due.values()):
            break
        left = ()
    return tried, reading, open_


def _open(visit, reading, region, left=()):
    return {(each.item, each.key.resource_id): each.change for each in findings(visit, reading, [region], left) if each.change}


def _made(due, before, records):
    """{name: Record} of what changes that failed have made all the same: the one record of its type that was not there before, and is no other's."""
    others = {change.key for change in due.values() if change.status == "done"}
    new = [each for each in records if each.key not in before | others]
    found = {
        name: [each for each in new if each.key[:2] == change.key[:2]] for name, change in due.items() if change.action == "create" and change.status == "failed"
    }
    return {name: each[0] for name, each in found.items() if len(each) == 1}


async def _all(coroutines):
    """Their results in order. What one raises ends the others: it is the run that cannot go on."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in coroutines]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [each.result() for each in tasks]
