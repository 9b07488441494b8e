"""In charge of the mirror's tables: made from the catalog and the SDK's model, grown when these grow, dropped with their service.

One transaction can lock some thousands of things at PostgreSQL's default settings; making a table locks 6, dropping one 14. Many tables are
therefore made and dropped service by service over a connection of their own, each service committed at once.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib

from .catalog.columns import BASE_COLUMNS
from .errors import TablesInUse

# Which rows of a table a role sees, where some account has readers: the ids are asked for once in a query, not once a row.
SEEN = "account_id = ANY (ARRAY(SELECT account_id FROM tabula_rasa.account WHERE tabula_rasa.may_see(readers, current_user)))"
CONTROL = {name: SEEN for name in ("caller", "edit", "reading", "reference", "run")} | {"journal": "run_id IN (SELECT run_id FROM tabula_rasa.run)"}
AT_ONCE = 200  # tables that the caller's own transaction makes or drops
DEPENDENT_OBJECTS_STILL_EXIST = "2BP01"
LOCK_NOT_AVAILABLE = "55P03"


def ensure(database, types, enable=False):
    """Makes or extends the tables of the types; {name: number of columns}. They become members of the extension.

    types    all types of each service that has one here
    enable   enables these services, too

    A table in which the SDK has changed a column's type is emptied: the mirror is a cache, the next reading fills it.
    """
    services = {}
    for rt in types.values():
        services.setdefault(rt.service, {})[rt.name] = rt
    [version] = database.rows("SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'tabula_rasa'")
    shapes = {service: _shape(version["extversion"], of_service.values()) for service, of_service in services.items()}
    made = {row["service"]: row["shape"] for row in database.rows("SELECT service, shape FROM tabula_rasa.enabled_service")}
    there = _there(database.rows)
    stale = {service: list(names) for service, names in services.items() if made.get(service) != shapes[service] or not names.keys() <= there}

    def make(run, of_batch, names):
        if enable:
            run(f"INSERT INTO tabula_rasa.enabled_service (service) SELECT unnest({_array(of_batch)}) EXCEPT SELECT service FROM tabula_rasa.enabled_service")
        _make(run, database.quote, {name: types[name] for name in names})
        _run(run, [f"UPDATE tabula_rasa.enabled_service SET shape = {_literal(shapes[each])} WHERE service = {_literal(each)};" for each in of_batch])
        return []

    _in_batches(database, stale, make)
    return {name: len(rt.columns) + len(BASE_COLUMNS) for name, rt in types.items()}


def drop(database, services):
    """Drops the tables of services ({service: names of its types}) and disables these; [{resource_type, records}].

    TablesInUse if something is in the way of one of them: then all stay.
    """
    there = _there(database.rows)
    present = {service: sorted(there.intersection(names)) for service, names in services.items()}
    return _in_batches(database, present, functools.partial(_drop, database.quote), rehearse=True)


def _in_batches(database, services, work, rehearse=False):
    """The rows of work(run, services, names): once, in the caller's transaction, or service by service over a connection back to this server.

    services   {service: names of tables}
    run        executes SQL without parameters; a list of dicts
    rehearse   all services are worked on, and undone, before any is committed

    The extension's own scripts always work in their transaction: nobody else sees it yet.
    """
    names = [name for of_service in services.values() for name in of_service]
    if len(names) <= AT_ONCE or database.in_extension_script():
        with _refusals(services):
            return work(database.rows, list(services), names) if services else []
    rows = []
    with database.apart() as (run, transaction):
        for undone in (True, False) if rehearse else (False,):
            for service, of_service in services.items():
                database.heartbeat()
                with _refusals([service]), transaction(force_rollback=undone):
                    found = work(run, [service], of_service)
                rows += [] if undone else found
    return rows


@contextlib.contextmanager
def _refusals(services):
    """Within, what PostgreSQL refuses for the sake of others is told as ours: its own hint says CASCADE."""
    try:
        yield
    except Exception as error:
        sqlstate = getattr(error, "sqlstate", None)
        if sqlstate == DEPENDENT_OBJECTS_STILL_EXIST:
            told = error.diag.message_detail if hasattr(error, "diag") else error.spidata[1]
            raise TablesInUse(f"something of yours needs the tables of {_named(services)}", detail=told, hint="Drop that first.") from None
        if sqlstate == LOCK_NOT_AVAILABLE:
            raise TablesInUse(
                f"the tables of {_named(services)} are in use", detail="A transaction that has read or written them has not ended yet; it may be your own.",
                hint="COMMIT, and call it again; the view pg_locks tells who else uses them.",
            ) from None
        raise


def _named(services):
    return f"service{'s' if len(services) > 1 else ''} " + ", ".join(services)


def _there(run):
    """The names of the tables that inherit aws.resource."""
    rows = run(
        """SELECT c.relname FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
           WHERE i.inhparent = 'aws.resource'::regclass AND c.relnamespace = 'aws'::regnamespace"""
    )
    return {row["relname"] for row in rows}


def _shape(version, types):
    """A digest of what a service's tables are to be; another version of the extension looks at all of them again."""
    told = [(rt.name, _comment(rt), [(each.name, each.type) for each in rt.columns]) for rt in types]
    return hashlib.md5(repr((version, sorted(told))).encode(), usedforsecurity=False).hexdigest()


# -- making


def _make(run, quote, types):
    existing, told = {}, {}
    for row in run(
        f"""SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, obj_description(c.oid, 'pg_class') AS comment FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'aws'::regnamespace AND c.relkind = 'r' AND c.relname = ANY ({_array(types)})"""
    ):
        existing.setdefault(row["relname"], {})[row["attname"]] = row["type"]
        told[row["relname"]] = row["comment"]
    statements = []
    for name, rt in types.items():
        table, found = f"aws.{quote(name)}", existing.get(name)
        if found is None:
            statements.append(_create(quote, table, rt))
        else:
            new = [each for each in rt.columns if each.name not in found]
            statements.append(_alter(quote, table, new, [each for each in rt.columns if found.get(each.name, _shown(each)) != _shown(each)]))
        if told.get(name) != _comment(rt):
            statements.append(f"COMMENT ON TABLE {table} IS {_literal(_comment(rt))};")
    _run(run, statements)
    _comment_base(run, quote, types.keys() - existing.keys())
    _watch(run, quote)
    if _restricted(run):
        _protect(run, quote, "aws", {name: SEEN for name in types})
    _join_extension(run, quote, types, types.keys() - existing.keys())


def restrict(database):
    """The tables show each role only the accounts that it may see: called when an account is given readers. It stays so, and new tables do the same."""
    database.rows("LOCK TABLE ONLY aws.resource IN ACCESS EXCLUSIVE MODE")  # whoever is making a table has made it, or will see that we were here
    _protect(database.rows, database.quote, "tabula_rasa", CONTROL)
    _protect(database.rows, database.quote, "aws", {name: SEEN for name in _there(database.rows) | {"resource"}})


def _protect(run, quote, schema, conditions):
    """Row security on the tables {name: condition} of a schema, where it is not there yet."""
    protected = {row["relname"] for row in run(f"SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = '{schema}'::regnamespace AND relrowsecurity")}
    tables = {f"{schema}.{quote(name)}": condition for name, condition in sorted(conditions.items()) if name not in protected}
    _run(run, [f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; CREATE POLICY readers ON {table} USING ({condition});" for table, condition in tables.items()])


def _restricted(run):
    return run("SELECT relrowsecurity FROM pg_catalog.pg_class WHERE oid = 'aws.resource'::regclass")[0]["relrowsecurity"]


def _run(run, statements):
    if any(statements):
        run("".join(statements))


def _shown(column):
    """A column's type as format_type shows it."""
    return "timestamp with time zone" if column.type == "timestamptz" else column.type


def _comment(rt):
    noun = rt.name.removeprefix(rt.service.replace("-", "_") + "_").replace("_", " ")
    return f"{rt.service}: every {noun} of the mirrored accounts" + (f" ({rt.note})" if rt.note else "")


def _create(quote, table, rt):
    columns = "".join(f"{quote(each.name)} {each.type}, " for each in rt.columns)
    return (
        f"""CREATE TABLE {table} ({columns}
                CHECK (resource_type = {_literal(rt.name)}), PRIMARY KEY (account_id, region, resource_id)) INHERITS (aws.resource);
            ALTER TABLE {table} ALTER resource_type SET DEFAULT {_literal(rt.name)};"""
        + _comments(quote, table, rt.columns)
    )


def _alter(quote, table, new, changed):
    """Emptied, for what is read by an expression would stay null until AWS changes something: the mirror is a cache, the next reading fills it."""
    actions = [f"ADD COLUMN {quote(each.name)} {each.type}" for each in new] + [f"ALTER {quote(each.name)} TYPE {each.type} USING NULL" for each in changed]
    if not actions:
        return ""
    return (
        f"ALTER TABLE {table} DISABLE TRIGGER USER; DELETE FROM {table}; ALTER TABLE {table} ENABLE TRIGGER USER;"
        f"ALTER TABLE {table} {', '.join(actions)};" + _comments(quote, table, new)
    )


def _comments(quote, table, columns):
    return "".join(f"COMMENT ON COLUMN {table}.{quote(each.name)} IS {_literal(each.comment or f'{each.property}, as AWS gives it')};" for each in columns)


def _comment_base(run, quote, names):
    base = run(
        """SELECT attname, col_description(attrelid, attnum) AS said FROM pg_catalog.pg_attribute
           WHERE attrelid = 'aws.resource'::regclass AND attnum > 0 AND NOT attisdropped"""
    ) if names else []
    _run(run, [f"COMMENT ON COLUMN aws.{quote(name)}.{quote(row['attname'])} IS {_literal(row['said'])};" for name in sorted(names) for row in base])


def _watch(run, quote):
    """Every table stages what users write to it, and refuses TRUNCATE, which tells no rows."""
    unwatched = run(
        """SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = 'aws'::regnamespace AND c.relkind = 'r'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'stage_edit')"""
    )
    _run(run, [
        f"""CREATE TRIGGER stage_edit BEFORE INSERT OR UPDATE OR DELETE ON aws.{quote(row["relname"])} FOR EACH ROW EXECUTE FUNCTION tabula_rasa.stage_edit();
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON aws.{quote(row["relname"])} FOR EACH STATEMENT EXECUTE FUNCTION tabula_rasa.refuse_truncate();"""
        for row in unwatched
    ])


def _join_extension(run, quote, types, made):
    """Tables made after CREATE EXTENSION join it, so that DROP EXTENSION takes them and a dump leaves them out.

    A dump has what is granted on a member after it has joined. The tables that CREATE EXTENSION makes are there when a dump is restored,
    so they may be granted then; the others must not be mentioned.
    """
    usual = {row["service"] for row in run("SELECT service FROM tabula_rasa.enabled_service WHERE at_creation")}
    later = {name for name in made if types[name].service not in usual}
    _grant(run, quote, later)
    strangers = run(
        f"""SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = 'aws'::regnamespace AND c.relname = ANY ({_array(types)})
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"""
    )
    _run(run, [f"ALTER EXTENSION tabula_rasa ADD TABLE aws.{quote(row['relname'])};" for row in strangers])
    _grant(run, quote, made - later)


def _grant(run, quote, names):
    """New tables are for those whom aws.resource is for."""
    tables = ", ".join(f"aws.{quote(name)}" for name in sorted(names))
    granted = run(
        """SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee, is_grantable,
                  string_agg(DISTINCT privilege_type, ', ') AS privileges
           FROM pg_catalog.pg_class c, aclexplode(c.relacl) WHERE c.oid = 'aws.resource'::regclass AND grantee <> c.relowner GROUP BY 1, 2"""
    ) if names else []
    _run(run, [f"GRANT {row['privileges']} ON {tables} TO {row['grantee']}{' WITH GRANT OPTION' if row['is_grantable'] else ''};" for row in granted])


# -- dropping


def _drop(quote, run, services, names):
    tables = ", ".join(f"aws.{quote(name)}" for name in names)
    theirs = _named(services)
    held = run("SELECT account_id FROM tabula_rasa.account WHERE NOT pg_try_advisory_xact_lock(hashtextextended('tabula_rasa ' || account_id, 0))")
    if held:
        raise TablesInUse(f'a run holds account "{held[0]["account_id"]}"', detail=f"It may need the tables of {theirs}.", hint="Wait until it has ended: see the table run.")
    rows = []
    if names:
        run(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        # Looked for under the lock: from now on nobody stages any.
        staged = run(f"SELECT resource_type, count(*) AS edits FROM tabula_rasa.edit WHERE resource_type = ANY ({_array(names)}) GROUP BY 1 ORDER BY 1")
        if staged:
            raise TablesInUse(
                f"edits are staged in the tables of {theirs}", detail="; ".join(f"{row['resource_type']}: {row['edits']}" for row in staged) + ".",
                hint="Carry them out with apply_changes(), or forget them with discard_changes().",
            )
        rows = run(" UNION ALL ".join(f"SELECT {_literal(name)} AS resource_type, count(*) AS records FROM aws.{quote(name)}" for name in sorted(names)))
        members = run(
            f"""SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                WHERE c.relnamespace = 'aws'::regnamespace AND c.relname = ANY ({_array(names)})"""
        )
        _run(run, [f"ALTER EXTENSION tabula_rasa DROP TABLE aws.{quote(row['relname'])};" for row in members])
        run(f"DROP TABLE {tables}")
    run(
        f"""DELETE FROM tabula_rasa.reading WHERE resource_type = ANY ({_array(names)});
            DELETE FROM tabula_rasa.reference WHERE resource_type = ANY ({_array(names)}) OR needs_type = ANY ({_array(names)});
            INSERT INTO tabula_rasa.disabled_service SELECT unnest({_array(services)}) EXCEPT SELECT service FROM tabula_rasa.disabled_service;"""
    )
    return rows


def _literal(text):
    return "'" + text.replace("'", "''") + "'" if "\\" not in text else "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _array(names):
    return f"ARRAY[{', '.join(map(_literal, names))}]::text[]"
