"""In charge of the run and journal tables: what is about to be sent to AWS, and what became of it.

Written over a second connection to the same server, each line committed before its call goes on, so that it survives a rollback, a cancel and kill -9.
The connection also holds the lock that keeps a second run off the account; the lock goes when the connection does.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json

import psycopg
from psycopg.types.json import Jsonb

from .catalog import model
from .errors import ClientGone, JournalUnavailable, RunUnderWay
from .failure import Failure, Stopped
from .group_commit import GroupCommit

NAME = "tabula_rasa journal"  # what pg_stat_activity calls the connection; followed by the account that it holds
SHOWN = "%Y-%m-%d %H:%M:%S %Z"
# Which database of which server this is: no two have the same number since the same microsecond.
HERE = "SELECT oid || ' since ' || extract(epoch FROM pg_postmaster_start_time()) AS here FROM pg_catalog.pg_database WHERE datname = current_database()"


def _dumps(request):
    """JSON of a request: bytes as base64, as records hold them."""
    return json.dumps(request, default=lambda value: base64.b64encode(value).decode() if isinstance(value, (bytes, bytearray)) else str(value))


class Journal:
    """One run's journal. Use as a context manager: leaving it finishes the run and lets the account go.

    session     {session_user, pid}: who logged in, and the server process that runs it
    exclusive   hold the account; RunUnderWay if another run does. What changes nothing need not.
    """

    def __init__(self, conninfo, function, account, session, arguments, exclusive):
        self._connection = connect(conninfo)
        self._lines = GroupCommit(self._connection)
        self._status = "done"
        self._step = 0
        self._sent, self._answered = set(), set()  # steps
        try:
            with self._written():
                if exclusive:
                    self._take(account)
                # The lock tells run_progress that the run is alive: it goes when this connection does.
                self.run_id = self._connection.execute(
                    """WITH made AS (INSERT INTO tabula_rasa.run (function, account_id, "session_user", pid, arguments) VALUES (%s, %s, %s, %s, %s) RETURNING run_id)
                       SELECT run_id, pg_advisory_lock(hashtextextended('tabula_rasa run ' || run_id, 0)) FROM made""",
                    (function, account.account_id, session["session_user"], session["pid"], Jsonb(arguments)),
                ).fetchone()[0]
        except BaseException:
            self._connection.close()
            raise

    def _take(self, account):
        locked = self._connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('tabula_rasa ' || %s, 0))", (account.account_id,)
        ).fetchone()[0]
        if not locked:
            holder = self._connection.execute(
                """SELECT function, "session_user", started_at, run_id FROM tabula_rasa.run
                   WHERE account_id = %s AND status = 'running' AND arguments @> '{"dry_run": false}' ORDER BY started_at DESC LIMIT 1""",
                (account.account_id,),
            ).fetchone()
            raise _held(account, f"{holder[0]} by {holder[1]} since {holder[2]:{SHOWN}} (run {holder[3]})." if holder else None)
        # Locks are a database's; who is connected is seen from all of them. Each says what it holds before it looks, so at most one goes on.
        self._connection.execute("SELECT set_config('application_name', %s, false)", (f"{NAME} {account.account_id}",))
        holder = self._connection.execute(
            """SELECT datname, backend_start FROM pg_catalog.pg_stat_activity JOIN pg_catalog.pg_roles ON pg_roles.oid = usesysid
               WHERE application_name = current_setting('application_name') AND datname <> current_database() AND (rolsuper OR rolname = current_user) LIMIT 1""",
        ).fetchone()
        if holder:
            raise _held(account, f'A run in database "{holder[0]}" of this server, since {holder[1]:{SHOWN}}.')
        self._connection.execute(
            """UPDATE tabula_rasa.run SET status = 'interrupted' WHERE account_id = %s AND status = 'running'
               AND run_id NOT IN (SELECT run_id FROM tabula_rasa.run_progress)""",
            (account.account_id,),
        )

    def progress(self, phase, done, total, failed, calls, left):
        """Writes how far the run is; `left`: seconds until the phase ends, or None."""
        with self._written():
            self._connection.execute(
                """UPDATE tabula_rasa.run SET (phase, done, total, failed, aws_calls, updated_at, estimated_end)
                   = (%s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp() + make_interval(secs => %s)) WHERE run_id = %s""",
                (phase, done, total, failed, calls, left, self.run_id),
            )

    async def begin(self, service, operation, request, keys, edit_id=None):
        """Writes the intent of one call on the resources `keys`, before it is sent; the call's number."""
        shown = model.redacted(request, model.sensitive_input(service, operation))
        self._step = step = self._step + 1
        committed = self._lines.add(
            """INSERT INTO tabula_rasa.journal (run_id, step, region, resource_type, resource_id, service, operation, request, edit_id)
               SELECT %s, %s, region, resource_type, resource_id, %s, %s, %s, %s FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (resource_type, region, resource_id)""",
            (self.run_id, step, service, operation, Jsonb(shown, _dumps), edit_id, *map(list, zip(*keys))),
        )
        try:
            with self._written():
                await committed
        except asyncio.CancelledError:
            if not self._lines.withdraw(committed):
                self.withdraw(step)
            raise
        return step

    def sending(self, step):
        """Is told of each call that is made."""
        self._sent.add(step)

    def withdraw(self, step):
        """Writes, soon, that a call has not been made, unless it has."""
        if step not in self._sent:
            self._outcome(step, "failed", Failure("Stopped", str(Stopped())))

    async def end(self, step, outcome, failure=None, request_id=None, key=None, resource_id=None):
        """Writes a call's outcome: done, gone, failed, or None where no answer came; for one resource of a batch where `key` is given. `resource_id`: what AWS called what was made.

        A cancel meanwhile does not keep it from being written.
        """
        with self._written():
            await self._outcome(step, outcome, failure, request_id, key, resource_id)
        if outcome:
            self._answered.add(step)

    def _outcome(self, step, outcome, failure=None, request_id=None, key=None, resource_id=None):
        return self._lines.add(
            """UPDATE tabula_rasa.journal SET finished_at = clock_timestamp(), outcome = %s, error_code = %s, error_message = %s, aws_request_id = %s,
               resource_id = coalesce(%s, resource_id)
               WHERE run_id = %s AND step = %s AND (%s::text IS NULL OR (resource_type, region, resource_id) = (%s, %s, %s))""",
            (
                outcome, failure and failure.code, failure and failure.message, request_id or (failure and failure.request_id), resource_id,
                self.run_id, step, *((key.resource_type, *key) if key else (None,) * 4),
            ),
        )

    def created(self, edit_ids, operations):
        """{edit_id: (resource_id, outcome, run_id, step)} of the last create call of edits that an earlier run has tried to carry out.

        operations  names of the operations that create
        """
        rows = self._connection.execute(
            """SELECT DISTINCT ON (edit_id) edit_id, resource_id, outcome, run_id, step FROM tabula_rasa.journal
               WHERE edit_id = ANY (%s) AND operation = ANY (%s) AND run_id <> %s AND outcome IS DISTINCT FROM 'failed'
               ORDER BY edit_id, run_id DESC, step DESC""",
            (list(edit_ids), list(operations), self.run_id),
        ).fetchall()
        return {row[0]: tuple(row[1:]) for row in rows}

    def deleted(self, edits, operations):
        """The numbers of the edits among {edit_id: (resource_type, region, resource_id)} whose record an earlier run has deleted.

        operations  names of the operations that delete
        """
        rows = self._connection.execute(
            """SELECT DISTINCT edit_id, resource_type, region, resource_id FROM tabula_rasa.journal
               WHERE edit_id = ANY (%s) AND operation = ANY (%s) AND run_id <> %s AND outcome IN ('done', 'gone')""",
            (list(edits), list(operations), self.run_id),
        ).fetchall()
        return {row[0] for row in rows if edits[row[0]] == tuple(row[1:])}

    def failed(self):
        """Marks the run as one in which a change failed."""
        self._status = "failed"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        try:
            self._lines.flush()
            if kind is None:
                with self._written():
                    self._finish(self._status)
            else:
                with contextlib.suppress(psycopg.Error):  # the error that ends the run says more, and the next run finds this one unfinished
                    self._finish("cancelled" if "QueryCanceled" in kind.__name__ or kind is ClientGone else "failed")
        finally:
            self._connection.close()

    def _finish(self, status):
        self._connection.execute("UPDATE tabula_rasa.run SET status = %s, finished_at = clock_timestamp() WHERE run_id = %s", (status, self.run_id))

    @contextlib.contextmanager
    def _written(self):
        """A line that cannot be written ends the run: what is not in the journal is not sent."""
        try:
            yield
        except psycopg.Error as error:
            raise JournalUnavailable(
                f"cannot write the journal, so nothing {'more ' if self._sent else ''}is changed in AWS",
                detail=f"{str(error).strip()}\nSent to AWS in this run: {len(self._sent)} changes, {len(self._answered)} of them with a known outcome.",
                hint="What was changed so far is in the table journal. Running again goes on from there." if self._sent
                else "The extension's owner must be able to write the tables run and journal.",
            ) from error


def _held(account, holder):
    return RunUnderWay(f"another run holds account {account.label}", detail=holder, hint="Wait until it has ended, or cancel it with pg_cancel_backend.")


def connect(conninfo):
    """A psycopg connection to the caller's database that commits each statement; JournalUnavailable says what to set up.

    It is a superuser's, whose names must not mean what anybody else has made: the path is in the first packet, where it goes before what the
    database, the role or a service says, and the database is looked at before anything in it is used.
    """
    where = {name: value for name, value in conninfo.items() if name != "here"}
    try:
        connection = psycopg.connect(**where, options="-c search_path=pg_catalog,pg_temp", autocommit=True, connect_timeout=5, application_name=NAME)
        # Whatever the database is set to: what is committed stays, a run may wait for AWS for hours, and it waits for no other session for long.
        connection.execute("SET synchronous_commit = on; SET idle_session_timeout = 0; SET lock_timeout = '5s'")
        there = connection.execute(HERE).fetchone()[0]
    except psycopg.OperationalError as error:
        raise JournalUnavailable(
            "cannot open the journal's connection to this server, so nothing is changed in AWS",
            detail=str(error).strip(),
            hint="The server connects back to itself over its socket as the extension's owner. Allow that in pg_hba.conf, "
            "or set journal_conninfo in the table setting.",
        ) from None
    if there != conninfo["here"]:
        told = f'To "{connection.info.dbname}" at {connection.info.host}, port {connection.info.port}.'
        connection.close()
        raise JournalUnavailable(
            "the journal's connection leads to another database, so nothing is changed in AWS",
            detail=told,
            hint="It has to lead back to this database of this server: set journal_conninfo in the table setting so.",
        )
    return connection
