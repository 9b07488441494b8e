"""In charge of the table `edit`, and of how the mirror's tables show staged edits: laid over what AWS has, lifted off when AWS is looked at.

The tables' triggers take every write for a user's edit. Ours are not: they replicate AWS, so they run as PostgreSQL runs a replica's writes
(session_replication_role), which only the extension's owner may say.
"""

from __future__ import annotations

import contextlib
import json

from .change import Key
from .editing import Edit

_KEY = "(e.account_id, e.region, e.resource_type, e.resource_id) = (t.account_id, t.region, t.resource_type, t.resource_id)"
_OF_TYPE = "(e.account_id, e.resource_type) = ($1, $2)"


class Staging:
    """The staged edits of a database."""

    def __init__(self, database):
        self.database = database
        self._rows = database.rows
        self._lifted = []

    @contextlib.contextmanager
    def replicating(self):
        """Within, writes to the mirror's tables are no edits."""
        before = self._rows("SELECT current_setting('session_replication_role') AS role")[0]["role"]
        self._rows("SET LOCAL session_replication_role = replica")
        try:
            yield
        finally:
            self._rows(f"SET LOCAL session_replication_role = {before}")

    # -- single edits, for the trigger

    def row(self, table, key, account_id):
        """The row of a mirror's table as a dict of JSON values, or None."""
        found = self._rows(
            f"SELECT to_jsonb(t) AS row FROM aws.{self.database.quote(table)} AS t WHERE (account_id, region, resource_id) = ($1, $2, $3)",
            ("text", account_id), ("text", key.region), ("text", key.resource_id),
        )
        return json.loads(found[0]["row"]) if found else None

    def rows(self, table, account_id):
        """All rows of an account in a mirror's table, as dicts of JSON values."""
        found = self._rows(f"SELECT to_jsonb(t) AS row FROM aws.{self.database.quote(table)} AS t WHERE account_id = $1 ORDER BY region, resource_id", ("text", account_id))
        return [json.loads(each["row"]) for each in found]

    def edit(self, account_id, key):
        """The Edit of a record, or None."""
        found = self._select("(region, resource_type, resource_id) = ($2, $3, $4)", account_id, ("text", key.region), ("text", key.resource_type), ("text", key.resource_id))
        return found[0] if found else None

    def regions_of(self, account_id, names):
        """The regions of the records that have one of these ids or ARNs."""
        rows = self.database.passing(
            "SELECT DISTINCT region FROM aws.resource WHERE account_id = $1 AND (resource_id = ANY ($2) OR arn = ANY ($2)) AND region <> 'global'",
            ("text", account_id), ("text[]", names),
        ) if names else []
        return [row["region"] for row in rows]

    def created_as(self, account_id, resource_id):
        """The Edits of new records that have this id or placeholder."""
        return self._select("resource_id = $2 AND action = 'create'", account_id, ("text", resource_id))

    def edits(self, account_id):
        """All Edits of an account, in the order in which they were staged."""
        return self._select("true", account_id)

    def _select(self, condition, account_id, *arguments):
        rows = self._rows(
            f"""SELECT edit_id, region, resource_type, resource_id, action, columns, passed, base, found, error, token
                FROM tabula_rasa.edit WHERE account_id = $1 AND {condition} ORDER BY edit_id""",
            ("text", account_id), *arguments,
        )
        return [
            Edit(
                row["edit_id"], Key(row["resource_type"], row["region"], row["resource_id"]), row["action"], json.loads(row["columns"]),
                row["base"] and json.loads(row["base"]), row["found"] and json.loads(row["found"]), json.loads(row["passed"]), row["error"], row["token"],
            )
            for row in rows
        ]

    def deleted_whole(self, account_id, key):
        """The Key of what takes a record along and is staged for deletion, or None."""
        found = self._rows(
            """SELECT r.needs_type, r.needs_region, r.needs_id FROM tabula_rasa.reference r
               JOIN tabula_rasa.edit e ON (e.account_id, e.region, e.resource_type, e.resource_id) = (r.account_id, r.needs_region, r.needs_type, r.needs_id)
               WHERE (r.account_id, r.region, r.resource_type, r.resource_id) = ($1, $2, $3, $4) AND r.kind IN ('part', 'owned') AND e.action = 'delete' LIMIT 1""",
            ("text", account_id), ("text", key.region), ("text", key.resource_type), ("text", key.resource_id),
        )
        return Key(*found[0].values()) if found else None

    def delete(self, account_id, key):
        """Deletes a row as a user would: its trigger stages that."""
        self._rows(
            f"DELETE FROM aws.{self.database.quote(key.resource_type)} WHERE (account_id, region, resource_id) = ($1, $2, $3)",
            ("text", account_id), ("text", key.region), ("text", key.resource_id),
        )

    def next_id(self):
        return self._rows("SELECT nextval(pg_get_serial_sequence('tabula_rasa.edit', 'edit_id')) AS id")[0]["id"]

    def save(self, account_id, edit):
        """Writes an Edit in place of the record's earlier one."""
        self._save(
            account_id, edit,
            """DO UPDATE SET (edit_id, action, columns, passed, base, found, error, "session_user", staged_at, token)
                 = (excluded.edit_id, excluded.action, excluded.columns, excluded.passed, excluded.base, excluded.found, excluded.error, session_user, clock_timestamp(),
                    CASE WHEN (e.columns, e.passed) IS DISTINCT FROM (excluded.columns, excluded.passed) THEN excluded.token ELSE e.token END)""",
        )

    def add(self, account_id, edit):
        """Writes a new record's Edit; False where another session has staged one of that key meanwhile."""
        return bool(self._save(account_id, edit, "DO NOTHING"))

    def _save(self, account_id, edit, on_conflict):
        return self._rows(
            f"""INSERT INTO tabula_rasa.edit AS e (edit_id, account_id, region, resource_type, resource_id, action, columns, passed, base, found, error)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
               ON CONFLICT (account_id, region, resource_type, resource_id) {on_conflict} RETURNING edit_id""",
            ("bigint", edit.edit_id), ("text", account_id), ("text", edit.key.region), ("text", edit.key.resource_type), ("text", edit.key.resource_id),
            ("text", edit.action), ("jsonb", json.dumps(edit.columns)), ("jsonb", json.dumps(edit.passed)),
            ("jsonb", edit.base and json.dumps(edit.base)), ("jsonb", edit.found and json.dumps(edit.found)), ("text", edit.error),
        )

    def forget(self, edit_ids):
        self._rows("DELETE FROM tabula_rasa.edit WHERE edit_id = ANY ($1)", ("bigint[]", list(edit_ids)))

    def rename(self, account_id, edit):
        """Writes a new row's other names for what it mentions, there and where the mirror shows it."""
        self.save(account_id, edit)
        with self.replicating():
            for table, columns, *edits in self._tables(account_id):
                if edits[1][1] == edit.key.resource_type:
                    self._write(table, columns, (*edits, ("bigint", edit.edit_id)), "e.columns", "e.edit_id = $3")

    # -- the mirror's tables

    def lift(self, account_id):
        """The tables of an account show AWS alone again; the Edits lifted off, which stay staged.

        No other session lifts or lays any until the transaction ends; what one stages from now on is none of these.
        """
        self._lifted = []
        if not self.edits(account_id):
            return []
        self._alone(account_id)
        edits = self.edits(account_id)
        self._lifted = [each.edit_id for each in edits]
        these = ("bigint[]", self._lifted)
        with self.replicating():
            for table, columns, *of_type in self._tables(account_id):
                self._rows(f"DELETE FROM {table} AS t USING tabula_rasa.edit AS e WHERE {_OF_TYPE} AND e.edit_id = ANY ($3) AND {_KEY} AND e.found IS NULL", *of_type, these)
                self._write(table, columns, (*of_type, these), "e.found", "e.edit_id = ANY ($3) AND e.found IS NOT NULL")
        return edits

    def _alone(self, account_id):
        self._rows("SELECT pg_advisory_xact_lock(hashtextextended('tabula_rasa edits ' || $1, 0))", ("text", account_id))

    def _write(self, table, columns, edits, row, condition):
        """Writes what edits say over the rows of a table, and adds those that it lacks. In place: whoever waits for a row finds it again."""
        these = f"{_OF_TYPE} AND {condition}"
        values = f"SELECT {columns} FROM jsonb_populate_record(NULL::{table}, {row})"
        self._rows(f"UPDATE {table} AS t SET ({columns}) = ({values}) FROM tabula_rasa.edit AS e WHERE {these} AND {_KEY}", *edits)
        self._rows(
            f"""INSERT INTO {table} ({columns}) SELECT r.* FROM tabula_rasa.edit AS e, LATERAL ({values}) AS r
                WHERE {these} AND NOT EXISTS (SELECT FROM {table} AS t WHERE {_KEY})""", *edits,
        )

    def find(self, account_id):
        """Takes down what AWS has now of what is edited; the ids of these edits.

        What another session has staged since the lift shows in the tables as an edit, unless reading AWS has written over it.
        """
        found = []
        for table, _, *edits in self._tables(account_id):
            here = f"SELECT FROM {table} AS t WHERE {_KEY}"
            found += self._rows(
                f"""UPDATE tabula_rasa.edit AS e SET found = (SELECT to_jsonb(t) FROM {table} AS t WHERE {_KEY}) WHERE {_OF_TYPE} AND (e.edit_id = ANY ($3) OR
                    CASE e.action WHEN 'delete' THEN EXISTS ({here})
                    ELSE NOT EXISTS ({here} AND to_jsonb(jsonb_populate_record(t, e.columns)) = to_jsonb(t)) END)
                    RETURNING e.edit_id""",
                *edits, ("bigint[]", self._lifted),
            )
        return [row["edit_id"] for row in found]

    def lay(self, account_id):
        """The tables show the staged edits over what AWS has now. A deletion of what AWS no longer has is reached, and forgotten."""
        if not self.edits(account_id):
            return
        self._alone(account_id)
        found = ("bigint[]", self.find(account_id))
        with self.replicating():
            for table, columns, *edits in self._tables(account_id):
                these = "e.edit_id = ANY ($3)"
                self._rows(f"DELETE FROM {table} AS t USING tabula_rasa.edit AS e WHERE {_OF_TYPE} AND {these} AND {_KEY} AND e.action = 'delete'", *edits, found)
                self._rows(f"DELETE FROM tabula_rasa.edit AS e WHERE {_OF_TYPE} AND {these} AND action = 'delete' AND found IS NULL", *edits, found)
                self._write(table, columns, (*edits, found), "coalesce(e.found, e.base, '{}') || e.columns", f"{these} AND e.action <> 'delete'")

    def _tables(self, account_id):
        """(table, its columns, arguments of _OF_TYPE) for every table that has staged edits."""
        rows = self._rows(
            """SELECT c.relname, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute
                                  WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
               FROM pg_catalog.pg_class c WHERE c.relnamespace = 'aws'::regnamespace
               AND EXISTS (SELECT FROM tabula_rasa.edit e WHERE e.account_id = $1 AND e.resource_type = c.relname) ORDER BY 1""", ("text", account_id),
        )
        return [(f"aws.{self.database.quote(row['relname'])}", row["columns"], ("text", account_id), ("text", row["relname"])) for row in rows]
