"""The only module that runs SQL. It is handed plpy; the stages never see it."""

from __future__ import annotations

import contextlib
import functools
import json
import os

from psycopg.rows import dict_row

from .catalog.columns import BASE_COLUMNS
from .change import Key, Record, Reference
from .cleanup import Rule
from .connection import Account
from .conninfo import parameters
from .errors import ClientGone, NoAccount
from .journal import HERE, connect
from .session_client import SessionClient
from .staging import Staging

# Within a function with its owner's rights current_user is the owner. Who called it from outside is whom SET ROLE named, else who logged in.
_SEEN = "tabula_rasa.may_see(readers, coalesce(nullif(current_setting('role'), 'none'), session_user)::name)"
POSTMASTER = os.getppid()  # of the backend that imports this; it has another parent when that has ended
BASE = "region, resource_id, arn, name, tags, created, owner_id, properties"


class Database:
    """SQL on the mirror and the control tables, in the caller's transaction."""

    def __init__(self, plpy):
        self._plpy = plpy
        self.staging = Staging(self)

    def rows(self, sql, *arguments):
        """A list of dicts; arguments are (PostgreSQL type, value) pairs for $1, $2 …"""
        if not arguments:
            return list(self._plpy.execute(sql))
        plan = self._plpy.prepare(sql, [each[0] for each in arguments])
        return list(self._plpy.execute(plan, [each[1] for each in arguments]))

    @property
    def Error(self):
        """What rows() raises: an exception with an sqlstate."""
        return self._plpy.SPIError

    def subtransaction(self):
        """What fails within is undone, and nothing else."""
        return self._plpy.subtransaction()

    @contextlib.contextmanager
    def undone(self):
        """What is written within is undone."""
        subtransaction = self.subtransaction()
        subtransaction.enter()
        try:
            yield
        finally:
            subtransaction.exit(_Undo, None, None)

    @contextlib.contextmanager
    def as_aws_has_it(self, account_id):
        """Within, the mirror shows AWS without the staged edits; for reading only: all that is written within is undone."""
        if not self.staging.edits(account_id):
            yield
            return
        with self.undone():
            self.staging.lift(account_id)
            yield

    def passing(self, sql, *arguments):
        """rows() of a query that only reads aws.resource: its locks, two for each type's table, are let go at once."""
        with self.undone():
            return self.rows(sql, *arguments)

    @contextlib.contextmanager
    def apart(self):
        """(run, transaction) on a connection of its own, as the extension's owner: run(sql) gives a list of dicts, transaction() commits when it is left.

        PostgreSQL cannot see that it may have to wait for the caller's own transaction, so it waits for nobody longer than 5 seconds.
        """
        with connect(self.journal_conninfo()) as connection:
            connection.row_factory = dict_row
            connection.execute(f"SET ROLE {self.connection_back()['user']}; SET lock_timeout = '5s'")

            def run(sql):
                cursor = connection.execute(sql)
                return cursor.fetchall() if cursor.description else []

            yield run, connection.transaction

    def in_extension_script(self):
        """Is this CREATE EXTENSION, or ALTER EXTENSION UPDATE?"""
        return self.rows("SELECT coalesce(xmin = pg_current_xact_id_if_assigned()::xid, false) AS yes FROM pg_catalog.pg_extension WHERE extname = 'tabula_rasa'")[0]["yes"]

    def tell(self, text):
        """A NOTICE to the caller."""
        self._plpy.notice(text)

    def warn(self, error):
        """One of our errors as a WARNING to the caller."""
        self._plpy.warning(error.message, detail=error.detail, hint=error.hint, sqlstate=error.sqlstate)

    def meet_cancel(self):
        """Forgets a cancel that is due."""
        with contextlib.suppress(self._plpy.SPIError), self.undone():
            self.heartbeat()

    def heartbeat(self):
        """Lets a cancel, a statement_timeout, a shutdown or the end of the client be noticed: it is raised from here. The end of the postmaster ends the process."""
        self._plpy.execute(self._beat)
        if os.getppid() != POSTMASTER:
            self._plpy.execute("SELECT pg_catalog.pg_sleep(0.001)")  # a wait, and only those look for the postmaster
        if self._client.gone():
            raise ClientGone("the client has gone, so the run is cancelled")

    @functools.cached_property
    def _beat(self):
        return self._plpy.prepare("SELECT")

    @functools.cached_property
    def _client(self):
        return SessionClient(self.rows("SELECT current_setting('port') AS port")[0]["port"])

    def quote(self, identifier):
        return self._plpy.quote_ident(identifier)

    def literal(self, text):
        return self._plpy.quote_literal(text)

    # -- accounts and settings

    def account(self, named):
        """The Account of that id or name; with None the only one. NoAccount says how to add or name one.

        To a caller who may not see an account it is as unknown as one that does not exist.
        """
        rows = self.rows(
            f"""SELECT account_id, name, regions, profile, role_arn, external_id, endpoint_url, disposable, refuse_alias, width, page_size, calls_per_second
                FROM tabula_rasa.account WHERE {_SEEN} ORDER BY account_id"""
        )
        if not rows:
            raise NoAccount(
                "no account is known",
                hint="Add the one that may be mirrored: INSERT INTO tabula_rasa.account (account_id, name) VALUES ('123456789012', 'test'). "
                "Set disposable only if losing everything in it is acceptable.",
            )
        known = ", ".join(each["account_id"] + (f" ({each['name']})" if each["name"] else "") for each in rows)
        if named is not None:
            rows = [each for each in rows if named in (each["account_id"], each["name"])]
            if not rows:
                raise NoAccount(f'unknown account "{named}"', detail=f"Known: {known}.", hint="Give an account_id or name of the table account.")
        elif len(rows) > 1:
            raise NoAccount("several accounts are known and none was named", detail=f"Known: {known}.", hint="Name one: account => '" + rows[0]["account_id"] + "'.")
        row = rows[0]
        return Account(**{**row, "regions": tuple(row["regions"]) if row["regions"] else None})

    def accounts(self):
        """The ids of all accounts that the caller may see."""
        return [row["account_id"] for row in self.rows(f"SELECT account_id FROM tabula_rasa.account WHERE {_SEEN} ORDER BY 1")]

    def save_caller(self, identity):
        self.rows(
            """INSERT INTO tabula_rasa.caller AS c (account_id, arn, user_name, role_name, access_key_id) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (account_id) DO UPDATE SET (arn, user_name, role_name, access_key_id, confirmed_at)
               = (excluded.arn, excluded.user_name, excluded.role_name, excluded.access_key_id, now())""",
            *(("text", each) for each in (identity.account_id, identity.arn, identity.user_name, identity.role_name, identity.access_key_id)),
        )

    def partition(self, account_id):
        """The partition that STS named when the account was last visited; None before that."""
        found = self.rows("SELECT split_part(arn, ':', 2) AS partition FROM tabula_rasa.caller WHERE account_id = $1", ("text", account_id))
        return found[0]["partition"] if found else None

    def settings(self):
        return {row["name"]: row["value"] for row in self.rows("SELECT name, value FROM tabula_rasa.setting")}

    def connection_back(self):
        """libpq parameters for a second connection to this database, as the extension's owner over the server's own socket."""
        return self.rows(
            """SELECT split_part(current_setting('unix_socket_directories'), ',', 1) AS host, current_setting('port') AS port,
                      current_database()::text AS dbname, extowner::regrole::text AS "user"
               FROM pg_catalog.pg_extension WHERE extname = 'tabula_rasa'"""
        )[0]

    def journal_conninfo(self):
        """What the journal's connect() is given: libpq parameters (the setting of that name, else the server's own socket as the extension's owner), and
        which database they have to lead to."""
        said = self.settings().get("journal_conninfo")
        return {**(parameters(said) if said else self.connection_back()), **self.rows(HERE)[0]}

    def is_like(self, text, pattern):
        return self.rows("SELECT $1 LIKE $2 AS yes", ("text", text), ("text", pattern))[0]["yes"]

    def isolation(self):
        return self.rows("SELECT current_setting('transaction_isolation') AS level")[0]["level"]

    def session(self):
        """{session_user, pid}: who logged in, and which server process this is."""
        return self.rows("SELECT session_user::text, pg_backend_pid() AS pid")[0]

    # -- the mirror

    def enabled_services(self):
        return [row["service"] for row in self.rows("SELECT service FROM tabula_rasa.enabled_service ORDER BY service")]

    def is_enabled(self, service):
        return bool(self.rows("SELECT FROM tabula_rasa.enabled_service WHERE service = $1", ("text", service)))

    def records(self, account_id, resource_types):
        """Records of these types as the mirror has them (sensitive properties left out)."""
        return self._records(resource_types, "resource_type = ANY ($2)", ("text", account_id), ("text[]", list(resource_types)))

    def records_of(self, account_id, keys):
        """The records with these keys."""
        wanted = json.dumps([key._asdict() for key in keys])
        return self._records(
            {key.resource_type for key in keys},
            "(resource_type, region, resource_id) IN (SELECT k.resource_type, k.region, k.resource_id FROM jsonb_to_recordset($2)"
            " AS k(resource_type text, region text, resource_id text))", ("text", account_id), ("jsonb", wanted),
        ) if keys else []

    def records_but(self, account_id, places):
        """Records of all (type, region) pairs but these."""
        pairs = json.dumps([{"resource_type": resource_type, "region": region} for resource_type, region in places])
        return self._records(
            None,
            "NOT EXISTS (SELECT FROM jsonb_to_recordset($2) AS p(resource_type text, region text)"
            " WHERE (p.resource_type, p.region) = (r.resource_type, r.region))",
            ("text", account_id), ("jsonb", pairs),
        )

    def _records(self, resource_types, condition, *arguments):
        return [
            Record(
                Key(row["resource_type"], row["region"], row["resource_id"]), row["arn"], row["name"], json.loads(row["tags"]),
                row["created"], row["owner_id"], row["properties"],
            )
            for row in self.passing(f"SELECT resource_type, {BASE} FROM {self.relation(resource_types)} AS r WHERE account_id = $1 AND {condition}", *arguments)
        ]

    def types_with_records(self, account_id, resource_types):
        """Those of the types of which the mirror has a record."""
        query = " UNION ALL ".join(
            f"SELECT {self.literal(name)} AS name WHERE EXISTS (SELECT FROM {self.table(name)} WHERE account_id = $1)" for name in self._with_a_page(resource_types)
        )
        return {row["name"] for row in self.passing(query, ("text", account_id))} if query else set()

    def places_with_records(self, account_id, resource_types):
        """The (type, region) pairs of these types of which the mirror has a record."""
        rows = self.passing(
            f"SELECT DISTINCT resource_type, region FROM {self.relation(resource_types)} AS r WHERE account_id = $1 AND resource_type = ANY ($2)",
            ("text", account_id), ("text[]", list(resource_types)),
        )
        return {(row["resource_type"], row["region"]) for row in rows}

    def types_with_references(self, account_id):
        """Those types of which a record needs another."""
        rows = self.rows("SELECT DISTINCT resource_type FROM tabula_rasa.reference WHERE account_id = $1", ("text", account_id))
        return {row["resource_type"] for row in rows}

    def relation(self, resource_types):
        """What to query for the records of these types (None: all): the tables that have a page, for aws.resource takes time and locks for every type there is."""
        tables = [self.table(name) for name in self._with_a_page(resource_types)] or ["ONLY aws.resource"]
        return "(" + " UNION ALL ".join(f"SELECT {', '.join(BASE_COLUMNS)} FROM {table}" for table in tables) + ")"

    def _with_a_page(self, resource_types):
        """Those of the types (None: all) whose tables may hold something."""
        rows = self.rows(
            """SELECT relname FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class ON oid = inhrelid
               WHERE inhparent = 'aws.resource'::regclass AND ($1 IS NULL OR relname = ANY ($1)) AND pg_relation_size(oid) > 0 ORDER BY relname""",
            ("text[]", None if resource_types is None else list(resource_types)),
        )
        return [row["relname"] for row in rows]

    def table(self, resource_type):
        return f"aws.{self.quote(resource_type)}"

    def references(self, account_id):
        rows = self.rows("SELECT * FROM tabula_rasa.reference WHERE account_id = $1", ("text", account_id))
        return {
            Reference(
                Key(row["resource_type"], row["region"], row["resource_id"]), Key(row["needs_type"], row["needs_region"], row["needs_id"]), row["kind"],
            )
            for row in rows
        }

    def unread(self, account_id, types):
        """{(type, region): error} of what the last reading of these types could not read."""
        rows = self.rows(
            "SELECT resource_type, region, error FROM tabula_rasa.reading WHERE account_id = $1 AND status = 'failed' AND resource_type = ANY ($2)",
            ("text", account_id), ("text[]", list(types)),
        )
        return {(row["resource_type"], row["region"]): row["error"] for row in rows}

    def records_called(self, resource_type, resource_id):
        """[(account_id, region)] of the records with that id."""
        rows = self.rows(
            f"SELECT account_id, region FROM {self.relation([resource_type])} AS r WHERE resource_type = $1 AND resource_id = $2"
            " UNION SELECT account_id, region FROM tabula_rasa.edit WHERE resource_type = $1 AND resource_id = $2 AND found IS NOT NULL ORDER BY 1, 2",
            ("text", resource_type), ("text", resource_id),
        )
        return [(row["account_id"], row["region"]) for row in rows]

    # -- the cleanup policy

    def rules(self):
        """The enabled rules, in the order in which they decide."""
        return [
            Rule(**row) for row in self.rows(
                """SELECT name, resource_type, action, condition, priority, reason, built_in FROM tabula_rasa.cleanup_policy
                   WHERE enabled ORDER BY priority DESC, action DESC, name"""
            )
        ]

    def is_owners(self):
        """Has the one who logged in the rights of the extension's owner?"""
        return self.rows("SELECT pg_has_role(session_user, extowner, 'MEMBER') AS yes FROM pg_catalog.pg_extension WHERE extname = 'tabula_rasa'")[0]["yes"]


class _Undo(Exception):
    """Leaves a subtransaction so that it is rolled back."""
