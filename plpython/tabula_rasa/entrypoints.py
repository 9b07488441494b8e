"""One function per SQL function: loads, calls the stages in their order, saves, returns.

An exception of ours becomes one PostgreSQL error here, with message, detail, hint and SQLSTATE.
"""

from __future__ import annotations

import functools

from . import account_defaults, catalog, cleanup, restoring, tables, wiping
from .catalog import GLOBAL
from .change import Key
from .database import Database
from .errors import InvalidArgument, TabulaRasaError
from .journal import connect
from .visit import Visit, nearest


def entrypoint(function):
    """Turns our exceptions into one PostgreSQL error, at the boundary; all others keep their traceback."""

    @functools.wraps(function)
    def call(plpy, session, *arguments):
        try:
            return function(Database(plpy), session, *arguments)
        except TabulaRasaError as error:
            told = error
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
    visit = Visit(database, session, account)
    wanted = _known_types(resource_types, visit.types)
    reading = visit.mirror(visit.places(regions), wanted)
    return [vars(each) for each in sorted(reading.outcomes, key=lambda each: (each.region, each.resource_type))]


@entrypoint
def delete_all_records(database, session, account, dry_run, regions, resource_types):
    visit = Visit(database, session, account)
    wanted = _known_types(resource_types, visit.types)
    with visit.journal("delete_all_records", dry_run, regions, resource_types) as journal:
        if not dry_run:
            visit.guard()
        asked = visit.places(regions)
        # A global record may be needed from any region, so judging it takes them all.
        visit.mirror(visit.places(None) if GLOBAL in asked else asked + [GLOBAL], visit.judging(wanted))
        return wiping.wipe(database, visit, journal, dry_run, asked, wanted)


@entrypoint
def restore_account_defaults(database, session, account, dry_run, regions):
    visit = Visit(database, session, account)
    with visit.journal("restore_account_defaults", dry_run, regions, None) as journal:
        if not dry_run:
            visit.guard()
        return restoring.restore(visit, journal, dry_run, visit.places(regions))


@entrypoint
def check_account_defaults(database, session, account, regions):
    visit = Visit(database, session, account)
    reading = visit.mirror(visit.places(regions), account_defaults.resource_types())
    return [each.row() for each in restoring.findings(visit, reading, visit.places(regions))]


@entrypoint
def explain_cleanup(database, session, resource_type, resource_id, account, region):
    types = catalog.types(database.enabled_services())
    _known_types([resource_type], types)
    owner = database.account(account).account_id if account is not None else None
    found = [each for each in database.records_called(resource_type, resource_id) if owner in (None, each[0]) and region in (None, each[1])]
    if not found:
        raise InvalidArgument(
            f'no record "{resource_id}" of type {resource_type}', detail="The mirror does not have it.",
            hint="Read AWS again with mirror_account(), or look for the id in aws.resource.",
        )
    if len(found) > 1:
        raise InvalidArgument(
            f'several records "{resource_id}" of type {resource_type}', detail="In " + ", ".join(f"account {each[0]}, region {each[1]}" for each in found) + ".",
            hint="Say which: explain_cleanup(resource_type, resource_id, account => …, region => …).",
        )
    records, links, policy = wiping.judged(database, found[0][0], types, types)
    return cleanup.explain(Key(resource_type, found[0][1], resource_id), policy, cleanup.decide(records, links, policy))


@entrypoint
def enable_services(database, session, services):
    known = catalog.services()
    services = known if "*" in services else services
    for service in services:
        if service not in known:
            raise InvalidArgument(f'unknown service "{service}"', detail="The catalog has no type of it.", hint=nearest(service, known))
    database.enable(services)
    made = tables.ensure(database, catalog.types(services))
    return [{"resource_type": name, "columns": columns} for name, columns in sorted(made.items())]


@entrypoint
def resource_types(database, session):
    enabled = set(database.enabled_services())
    return [
        {
            "resource_type": name, "service": rt.service, "scope": rt.scope, "readable": rt.readable, "deletable": rt.deletable,
            "creatable": False, "reviewed": rt.reviewed, "enabled": rt.service in enabled,
        }
        for name, rt in sorted(catalog.types().items())
    ]


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
