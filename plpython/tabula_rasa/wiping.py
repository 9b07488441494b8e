"""delete_all_records, after the mirror was read: policy -> deletions -> plan -> execution -> read again what was touched."""

from __future__ import annotations

from . import cleanup
from .cleanup import Policy
from .executing import Executor
from .planning import plan


def judged(database, account_id, types):
    """(records, references, Policy) of an account as the mirror has it now."""
    rules = database.rules()
    return (
        database.records(account_id),
        database.references(account_id),
        Policy(rules, database.matches(account_id, rules, types), database.unread(account_id), types),
    )


def wipe(database, visit, journal, dry_run, regions, wanted):
    """The rows of delete_all_records: one per record considered, in the order of deletion, what is kept last."""
    records, links, policy = judged(database, visit.account.account_id, visit.types)

    def asked(key):
        return key.region in regions and (wanted is None or key.resource_type in wanted)

    verdicts = cleanup.decide(records, links, policy, asked)
    considered = [each for each in records if asked(each.key)]
    changes = cleanup.changes(considered, verdicts)
    steps = plan(changes, links, lambda key: _can_go_alone(key, visit.types, verdicts))
    for step in steps:
        if step.with_ is not None and not verdicts[step.change.key].fixed:
            step.change.reason = f"goes with {step.with_}"
    if not dry_run and steps:
        _carry_out(visit, journal, steps)
        if any(step.change.status == "failed" for step in steps):
            journal.failed()
    kept = sorted((each for each in changes if each.action == "keep"), key=lambda each: (each.key.region, each.key.resource_type, each.name or "", each.key.resource_id))
    return [step.change.row() for step in steps] + [each.row() for each in kept]


def _can_go_alone(key, types, verdicts):
    return types[key.resource_type].deletable and not verdicts[key].fixed


def _carry_out(visit, journal, steps):
    """Executes the steps and reads again what they touched: only what is no longer there is deleted."""

    async def work(aws):
        async def still_there(resource_type, region):
            reading = await visit.read(aws, [region], {resource_type})
            if reading.failed:
                return {step.change.key.resource_id for step in steps}
            return {each.key.resource_id for each in reading.records}

        await Executor(aws, visit.types, journal, still_there, visit.facts, visit.patience).execute(steps)
        touched = {step.change.key.resource_type for step in steps}
        places = sorted({step.change.key.region for step in steps})
        return await visit.read(aws, places, touched), places

    reading, places = visit.run(work)
    visit.save(reading, places)
    there = {each.key for each in reading.records}
    for step in steps:
        change = step.change
        failure = reading.failed.get((change.key.resource_type, change.key.region))
        if change.key not in there and not failure:
            change.status = "deleted"
        elif change.status != "failed":
            change.status = "failed"
            change.reason = f"could not be read again: {failure}" if failure else "AWS still shows it after answering that it was deleted"
