"""restore_account_defaults and check_account_defaults: read -> compare with the defaults -> mend -> read again, until nothing is left to mend."""

from __future__ import annotations

from . import account_defaults
from .change import Step
from .executing import Executor

WIDTH = 48  # calls at once unless the account's row says otherwise: a few in each region, where a mirror has many in few
ROUNDS = 12  # more than the longest chain of defaults that need each other; the end is normally that nothing is left


def findings(visit, reading, places):
    """Findings of all places from what was read."""
    unread = dict(reading.failed)
    for name in account_defaults.resource_types() - visit.types.keys():
        unread |= {(name, region): "its service is not enabled: see enable_services()" for region in places}
    return [finding for region in places for finding in account_defaults.compare(reading.records, region, visit.facts, unread)]


def restore(visit, journal, dry_run, places):
    """The rows of restore_account_defaults: one per repair, none on a sound account."""
    wanted = account_defaults.resource_types()
    reading = visit.mirror(places, wanted)
    if dry_run:
        return [each.change.row() for each in findings(visit, reading, places) if each.change]
    tried, reading, open_ = visit.run(lambda aws: _mend(aws, visit, journal, places, reading))
    if not tried:
        return []
    visit.save(reading, places)
    rows = []
    for name, change in tried.items():
        unread = reading.failed.get((change.key.resource_type, change.key.region))
        if change.status == "done" and unread:
            change.status, change.reason = "failed", f"{change.reason}; AWS answered that it was done, but it could not be read again: {unread}"
        elif change.status == "done" and name in open_:
            change.status, change.reason = "failed", f"{change.reason}; AWS answered that it was done but still shows it otherwise"
        elif change.status == "failed" and name not in open_ and not unread and not change.denied:
            change.status = "done"  # somebody else has been faster, or AWS made it along with another
        rows.append(change.row())
    if any(row["status"] == "failed" for row in rows):
        journal.failed()
    return rows


async def _mend(aws, visit, journal, places, reading):
    """Rounds of repairs, all regions at once; ({(region, item, id): Change tried}, the last Reading, {the same: Change} of what is left to mend)."""
    tried, made, open_ = {}, {}, _open(visit, reading, places)
    for _ in range(ROUNDS):
        due = {
            name: change for name, change in open_.items()
            if (change.calls or change.action == "delete" or change.denied) and not (name in tried and tried[name].denied)
        }
        if not due:
            break
        for name in due.keys() & made.keys():
            due[name].made = made[name]
        tried |= due
        steps = [Step(change) for change in due.values() if change.status == "planned"]
        visit.progress.phase("changing", "changes")
        await Executor(aws, visit.types, journal, visit.look(aws), visit.facts, visit.patience, visit.progress).execute(steps)
        visit.progress.phase("reading again", "lists")
        touched = sorted({change.key.region for change in due.values()})
        again = await visit.read(aws, touched, account_defaults.resource_types())
        made |= _made(due, {each.key for each in reading.records}, again.records)
        reading.records = [each for each in reading.records if each.key.region not in touched] + again.records
        reading.outcomes = [each for each in reading.outcomes if each.region not in touched] + again.outcomes
        open_ = _open(visit, reading, places)
        if not any(change.status == "done" or change.undecided for change in due.values()):
            break
    return tried, reading, open_


def _open(visit, reading, places):
    return {_name(each): each.change for each in findings(visit, reading, places) if each.change}


def _made(due, before, records):
    """{name: Record} of what changes that failed have made all the same: the one record of its type that was not there before, and is no other's."""
    others = {change.key for change in due.values() if change.status == "done"}
    new = [each for each in records if each.key not in before | others]
    found = {
        name: [each for each in new if each.key[:2] == change.key[:2]] for name, change in due.items() if change.action == "create" and change.status == "failed"
    }
    return {name: each[0] for name, each in found.items() if len(each) == 1}


def _name(finding):
    return finding.key.region, finding.item, finding.key.resource_id
