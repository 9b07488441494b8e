"""One function per SQL function: loads, calls the stages in their order, saves, returns.

An exception of ours becomes one PostgreSQL error here, with message, detail, hint and SQLSTATE.
"""

from __future__ import annotations

import functools
import gc
import json
import re
import time

from . import account_defaults, applying, catalog, cleanup, conditions, conninfo, iam_policy as policies, restoring, row_edits, tables, wiping
from .as_sql import Writer
from .catalog import GLOBAL, model
from .change import Key
from .database import Database
from .errors import ConditionInvalid, ConditionRefused, InvalidArgument, NotCreatable, TabulaRasaError
from .journal import connect
from .visit import Visit, nearest


SELDOM = 10_000, 20, 50  # gc.set_threshold: by its own it goes through all records and clients again and again, for a seventh of a mirror's time


def entrypoint(function):
    """Turns our exceptions into one PostgreSQL error, at the boundary; all others keep their traceback."""

    @functools.wraps(function)
    def call(plpy, session, *arguments):
        before = gc.get_threshold()
        gc.set_threshold(*SELDOM)
        try:
            return function(Database(plpy), session, *arguments)
        except TabulaRasaError as error:
            told = error
        finally:
            gc.set_threshold(*before)
        raise _postgres_error(plpy, told)

    return call


def _postgres_error(plpy, error):
    """What plpy.error() raises, but PL/Python puts the exception's type before the message: ours says whose error it is."""
    kind = type("tabula_rasa", (plpy.Error,), {"__module__": "builtins"})
    raised = kind(error.message)
    told = {"sqlstate": error.sqlstate, "detail": error.detail, "hint": error.hint}
    for name in ("sqlstate", "detail", "hint", "query", "schema_name", "table_name", "column_name", "datatype_name", "constraint_name"):
        setattr(raised, name, told.get(name))
    return raised


@entrypoint
def mirror_account(database, session, account, regions, resource_types):
    began, visit = time.monotonic(), Visit(database, session, account)
    wanted = _known_types(resource_types, visit.types)
    with visit.watched("mirror_account", regions=regions, resource_types=resource_types), visit.as_aws_has_it():
        reading = visit.mirror(visit.places(regions), wanted)
    database.tell(f"mirrored {reading.told()} in {time.monotonic() - began:.1f} s")
    return [vars(each) for each in sorted(reading.outcomes, key=lambda each: (each.region, each.resource_type))]


@entrypoint
def delete_all_records(database, session, account, dry_run, regions, resource_types):
    visit = Visit(database, session, account)
    wanted = _known_types(resource_types, visit.types)
    with visit.journal("delete_all_records", dry_run, regions=regions, resource_types=resource_types) as journal, visit.as_aws_has_it():
        if not dry_run:
            visit.guard()
        asked = visit.places(regions)
        # A global record may be needed from any region, so judging it takes them all.
        visit.mirror(visit.places(None) if GLOBAL in asked else asked + [GLOBAL], visit.judging(wanted))
        return wiping.wipe(database, visit, journal, dry_run, asked, wanted)


@entrypoint
def restore_account_defaults(database, session, account, dry_run, regions):
    visit = Visit(database, session, account, restoring.WIDTH)
    with visit.journal("restore_account_defaults", dry_run, regions=regions) as journal, visit.as_aws_has_it():
        if not dry_run:
            visit.guard()
        return restoring.restore(visit, journal, dry_run, visit.places(regions))


@entrypoint
def check_account_defaults(database, session, account, regions):
    visit = Visit(database, session, account, restoring.WIDTH)
    with visit.as_aws_has_it():
        reading = visit.mirror(visit.places(regions), account_defaults.resource_types())
    return [each.row() for each in restoring.findings(visit, reading, visit.places(regions))]


@entrypoint
def explain_cleanup(database, session, resource_type, resource_id, account, region):
    types = catalog.types(database.enabled_services())
    account_id, place = _the_record(database, types, "explain_cleanup", resource_type, resource_id, account, region)
    with database.as_aws_has_it(account_id):
        records, links, policy = wiping.judged(database, account_id, types, types)
    return cleanup.explain(Key(resource_type, place, resource_id), policy, cleanup.decide(records, links, policy))


@entrypoint
def preview_changes(database, session, account):
    owner, types = database.account(account), catalog.types(database.enabled_services())
    return applying.preview(database, owner.account_id, types, row_edits.facts(database, owner, None), row_edits.secrets(session))


@entrypoint
def apply_changes(database, session, account, allow_replace, force):
    visit = Visit(database, session, account)
    with visit.journal("apply_changes", allow_replace=allow_replace, force=force) as journal:
        visit.guard()
        return applying.apply(visit, journal, allow_replace, force, row_edits.secrets(session))


@entrypoint
def discard_changes(database, session, account):
    owner = database.account(account)
    edits = database.staging.lift(owner.account_id)
    database.staging.forget([each.edit_id for each in edits])
    return [each.row() for each in edits]


@entrypoint
def delete_cascade(database, session, resource_type, resource_id, account, region):
    types = catalog.types(database.enabled_services())
    account_id, place = _the_record(database, types, "delete_cascade", resource_type, resource_id, account, region)
    keys, wholes = applying.cascade(database, account_id, Key(resource_type, place, resource_id), types)
    return row_edits.delete(database, account_id, keys, wholes)


@entrypoint
def record_as_sql(database, session, resource_type, resource_id, account, region):
    types = catalog.types(database.enabled_services())
    account_id, place = _the_record(database, types, "record_as_sql", resource_type, resource_id, account, region)
    with database.as_aws_has_it(account_id):
        row = database.staging.row(resource_type, Key(resource_type, place, resource_id), account_id)
    writer = Writer(types, row_edits.facts(database, database.account(account_id), place), database.quote)
    if row is None or writer.create(row) is None:
        raise NotCreatable(
            f'no statement creates {resource_type} "{resource_id}"',
            detail="AWS does not have it yet." if row is None else "AWS makes it along with something else, or the catalog knows no call that creates one.",
        )
    return writer.statement(row)


@entrypoint
def records_as_sql(database, session, account, regions, resource_types, into_account, into_region):
    owner, types = database.account(account), catalog.types(database.enabled_services())
    wanted = _known_types(resource_types, types)
    facts = row_edits.facts(database, owner, None)
    known = [*model.regions("ec2", facts["partition"]), GLOBAL]
    for region in (*(regions or ()), *([into_region] if into_region else ())):
        if region not in known:
            raise InvalidArgument(f'unknown region "{region}"', detail="The SDK does not know it.", hint=nearest(region, known))
    if into_account and not re.fullmatch(r"\d{12}", into_account):
        raise InvalidArgument(f'"{into_account}" is no account id', detail="An account id has 12 digits.", hint="Give the number of the account in which the statements are to be executed.")
    with database.as_aws_has_it(owner.account_id):
        rows = [row for name in sorted(types) if types[name].creatable for row in database.staging.rows(name, owner.account_id)]
        records = database.records(owner.account_id, account_defaults.resource_types())
    findings = [each for place in {each.key.region for each in records} for each in account_defaults.compare(records, place, facts, {})]
    made_by_aws = {each.key for each in findings if each.key.resource_id and not (each.change and each.change.action == "delete")}
    return Writer(types, facts, database.quote, into_account, into_region).statements(
        rows, made_by_aws, database.references(owner.account_id), lambda key: (regions is None or key.region in regions) and (wanted is None or key.resource_type in wanted),
    )


@entrypoint
def stage_edit(database, session, trigger):
    return row_edits.stage(database, session, trigger)


@entrypoint
def refuse_truncate(database, session, table):
    raise NotCreatable(
        f"cannot truncate aws.{table}", detail="TRUNCATE does not tell which rows it removes, so nothing could be staged.",
        hint=f"DELETE FROM aws.{table} stages the deletion of every row; delete_all_records() wipes the account.",
    )


@entrypoint
def check_condition(database, session, row):
    """A dump is restored by the owner, and before its grants: he is told, not refused."""
    rule = cleanup.Rule(**{name: row[name] for name in ("name", "resource_type", "action", "condition", "priority", "reason")})
    try:
        conditions.check(database, rule)
    except (ConditionInvalid, ConditionRefused) as refused:
        refused.message = f'rule "{rule.name}": {refused.message}'
        if not database.is_owners():
            raise
        database.warn(refused)


@entrypoint
def check_setting(database, session, row):
    """A dump is restored by the owner, of an older version, too: he is told, not refused. It is looked at once more when it is used."""
    try:
        conninfo.parameters(row["value"])
    except InvalidArgument as refused:
        if not database.is_owners():
            raise
        database.warn(refused)


@entrypoint
def restrict_tables(database, session):
    tables.restrict(database)


@entrypoint
def enable_services(database, session, services):
    made = tables.ensure(database, catalog.types(_known_services(services)), enable=True)
    return [{"resource_type": name, "columns": columns} for name, columns in sorted(made.items())]


@entrypoint
def disable_services(database, session, services):
    return tables.drop(database, {service: list(catalog.of_service(service)) for service in _known_services(services)})


@entrypoint
def iam_policy(database, session, purpose, services):
    if purpose not in policies.FUNCTIONS:
        raise InvalidArgument(
            f'unknown purpose "{purpose}"', detail="A policy is for what one of the functions does.", hint=f"Name one of {', '.join(policies.FUNCTIONS)}.",
        )
    documents = policies.documents(purpose, catalog.types(database.enabled_services() if services is None else _known_services(services)))
    return [
        {"name": f"tabula_rasa-{purpose}-{number}-of-{len(documents)}", "policy": json.dumps(document)} for number, document in enumerate(documents, 1)
    ]


@entrypoint
def resource_types(database, session):
    enabled = set(database.enabled_services())
    return [
        {
            "resource_type": name, "service": rt.service, "scope": rt.scope, "readable": rt.readable, "deletable": rt.deletable,
            "creatable": rt.creatable, "reviewed": rt.reviewed, "enabled": rt.service in enabled, "reason": rt.reason or None,
        }
        for name, rt in sorted(catalog.types().items())
    ] + [
        {
            "resource_type": each.name, "service": each.service, "scope": None, "readable": False, "deletable": False, "creatable": False,
            "reviewed": False, "enabled": False, "reason": each.reason,
        }
        for each in catalog.gaps()
    ]


@entrypoint
def unreviewed_types(database, session):
    return [name for name, rt in catalog.types(database.enabled_services()).items() if not rt.reviewed]


@entrypoint
def doctor(database, session):
    def check(name, look):
        try:
            return {"check_name": name, "ok": True, "detail": look(), "hint": None}
        except TabulaRasaError as error:
            return {"check_name": name, "ok": False, "detail": ": ".join(filter(None, (error.message, error.detail))), "hint": error.hint}

    def journal_answers():
        with connect(database.journal_conninfo()) as connection:
            return f"connected as {connection.info.user}"

    return [
        check("catalog", lambda: f"{len(catalog.types())} resource types of {len(catalog.services())} services"),
        check("journal connection", journal_answers),
        check("an account", lambda: ", ".join(database.accounts()) or _no_account(database)),
        *(check(f"AWS identity of {each}", lambda each=each: Visit(database, session, each).identity.arn) for each in database.accounts()),
    ]


def _no_account(database):
    database.account(None)


def _the_record(database, types, function, resource_type, resource_id, account, region):
    """(account_id, region) of the one record that is meant."""
    if resource_type is None or resource_id is None:
        raise InvalidArgument("no record was named", detail="resource_type and resource_id must not be null.", hint="SELECT resource_type, resource_id FROM aws.resource.")
    _known_types([resource_type], types)
    owner = database.account(account).account_id if account is not None else None
    seen = [owner] if owner else database.accounts()
    found = [each for each in database.records_called(resource_type, resource_id) if each[0] in seen and region in (None, each[1])]
    if not found:
        raise InvalidArgument(
            f'no record "{resource_id}" of type {resource_type}', detail="The mirror does not have it.",
            hint="Read AWS again with mirror_account(), or look for the id in aws.resource.",
        )
    if len(found) > 1:
        raise InvalidArgument(
            f'several records "{resource_id}" of type {resource_type}', detail="In " + ", ".join(f"account {each[0]}, region {each[1]}" for each in found) + ".",
            hint=f"Say which: {function}(resource_type, resource_id, account => …, region => …).",
        )
    return found[0]


def _known_services(services):
    """The services that are named; all with '*'. An unknown one is an error."""
    known = catalog.services()
    for service in services:
        if service not in known and service != "*":
            raise InvalidArgument(f'unknown service "{service}"', detail="The catalog has no type of it.", hint=nearest(service, known))
    return known if "*" in services else list(dict.fromkeys(services))


def _known_types(names, types):
    for name in names or ():
        if name not in types:
            known = catalog.types()
            if name in known:
                raise InvalidArgument(
                    f'service "{known[name].service}" of type {name} is not enabled', hint=f"SELECT * FROM enable_services('{known[name].service}').",
                )
            raise InvalidArgument(f'unknown resource type "{name}"', hint=nearest(name, known))
    return None if names is None else set(names)
