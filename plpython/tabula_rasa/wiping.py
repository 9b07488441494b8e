"""delete_all_records, after the mirror was read: policy -> deletions -> plan -> execution -> read again what was touched."""

from __future__ import annotations

import asyncio
import time

from . import cleanup, conditions
from .catalog import GLOBAL
from .cleanup import Policy
from .executing import Executor
from .planning import plan


def judged(database, account_id, types, names):
    """(records, references, Policy) of an account as the mirror has it now, of the types `names`."""
    rules = database.rules()
    return (
        database.records(account_id, names),
        database.references(account_id),
        Policy(rules, conditions.matches(database, account_id, rules, types), database.unread(account_id, types), types),
    )


def wipe(database, visit, journal, dry_run, regions, wanted):
    """The rows of delete_all_records: one per record considered, in the order of deletion, what is kept last."""
    visit.progress.phase("deciding")
    records, links, policy = judged(database, visit.account.account_id, visit.types, visit.judging(wanted))

    def asked(key):
        return key.region in regions and (wanted is None or key.resource_type in wanted)

    verdicts = cleanup.decide(records, links, policy, asked, database.heartbeat)
    changes = cleanup.changes(cleanup.considered(records, verdicts, asked), verdicts)
    steps = plan(changes, links, lambda key: visit.types[key.resource_type].deletable and not verdicts[key].fixed, database.heartbeat)
    for step in steps:
        if step.with_ is not None and not verdicts[step.change.key].fixed:
            step.change.reason = f"goes with {step.with_}"
    if not dry_run and steps:
        _carry_out(visit, journal, steps)
        if any(step.change.status == "failed" for step in steps):
            journal.failed()
    kept = sorted((each for each in changes if each.action == "keep"), key=lambda each: (each.key.region, each.key.resource_type, each.name or "", each.key.resource_id))
    return [step.change.row() for step in steps if asked(step.change.key)] + [each.row() for each in kept]


def _carry_out(visit, journal, steps):
    """Executes the steps and reads again what they touched: only what is no longer there is deleted."""
    changes = [step.change for step in steps]

    def list_of(key):
        return key.resource_type, visit.types[key.resource_type].asked_in(key.region)

    async def read(aws, keys):
        places = {key.region for key in keys} | {visit.types[key.resource_type].scope for key in keys} & {GLOBAL}
        return await visit.read(aws, sorted(places), {key.resource_type for key in keys}), places

    async def work(aws):
        visit.progress.phase("deleting", "records")
        await Executor(aws, visit.types, journal, visit.look(aws), visit.facts, visit.patience, visit.progress).execute(steps)
        visit.progress.phase("reading again", "lists")
        reading, places = await read(aws, {each.key for each in changes})
        began, pause = time.monotonic(), 1.0
        while lagging := {each.key for each in changes if each.status == "done"} & {each.key for each in reading.records}:
            if time.monotonic() - began > visit.patience:
                break
            await asyncio.sleep(pause)  # lists may lag behind deletions
            pause = min(pause * 2, 15)
            again, _ = await read(aws, lagging)
            gone = {key for key in lagging - {each.key for each in again.records} if list_of(key) not in again.unseen}
            reading.records = [each for each in reading.records if each.key not in gone]
        return reading, places

    reading, places = visit.run(work)
    visit.save(reading, sorted(places))
    there = {each.key for each in reading.records}
    for change in changes:
        failure = reading.unseen.get(list_of(change.key))
        if change.key not in there and not failure:
            change.status = "deleted"
        elif change.status != "failed":
            change.status = "failed"
            change.reason = f"could not be read again: {failure}" if failure else "AWS still shows it after answering that it was deleted"
