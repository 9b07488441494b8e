"""In charge of the run and journal tables: what is about to be sent to AWS, and what became of it.

Written over a second connection to the same server, each line committed before its call goes on, so that it survives a rollback, a cancel and kill -9.
The connection also holds the lock that keeps a second run off the account; the lock goes when the connection does.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

import psycopg
from psycopg.types.json import Jsonb

from .catalog import model
from .errors import ClientGone, JournalUnavailable, RunUnderWay
from .failure import Failure, Stopped
from .group_commit import GroupCommit

NAME = "tabula_rasa journal"  # what pg_stat_activity calls the connection; followed by the account that it holds
TRIES, PAUSE = 5, 0.1  # seconds; a run's row is written a moment after it took its account, and a session that was killed keeps its locks for a moment
SHOWN = "%Y-%m-%d %H:%M:%S %Z"
# Which database of which server this is: no two have the same number since the same microsecond.
HERE = "SELECT oid || ' since ' || extract(epoch FROM pg_postmaster_start_time()) AS here FROM pg_catalog.pg_database WHERE datname = current_database()"


# Lines come as one JSON array. A step's outcome is that of all its resources, but for those that have lines of their own.
_BEGUN = """INSERT INTO tabula_rasa.journal (run_id, step, region, resource_type, resource_id, service, operation, request, edit_id)
    SELECT run_id, step, key ->> 1, key ->> 0, key ->> 2, service, operation, request, edit_id
    FROM jsonb_to_recordset(%s) AS line (run_id bigint, step bigint, service text, operation text, request jsonb, edit_id bigint, keys jsonb), jsonb_array_elements(keys) AS key"""
_ENDED = """UPDATE tabula_rasa.journal AS journal SET finished_at = clock_timestamp(), outcome = line.outcome, error_code = line.error_code,
    error_message = line.error_message, aws_request_id = line.aws_request_id, resource_id = coalesce(line.resource_id, journal.resource_id)
    FROM jsonb_to_recordset(%s) AS line (run_id bigint, step bigint, outcome text, error_code text, error_message text, aws_request_id text, resource_id text, key jsonb, but jsonb)
    WHERE (journal.run_id, journal.step) = (line.run_id, line.step) AND CASE WHEN line.key IS NULL
        THEN jsonb_build_array(journal.resource_type, journal.region, journal.resource_id) <> ALL (ARRAY(SELECT jsonb_array_elements(line.but)))
        ELSE jsonb_build_array(journal.resource_type, journal.region, journal.resource_id) = line.key END"""


class Journal:
    """One run's journal. Use as a context manager: leaving it finishes the run and lets the account go.

    session     {session_user, pid}: who logged in, and the server process that runs it
    exclusive   hold the account; RunUnderWay if another run does. What changes nothing need not.
    """

    def __init__(self, conninfo, function, account, session, arguments, exclusive):
        self._connection = connect(conninfo)
        # Its statements find lines by their number, and are planned while the table may be empty.
        self._connection.execute("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off")
        self._lines = GroupCommit(self._connection)
        self._status = "done"
        self._step = 0
        self._sent, self._answered = set(), set()  # steps
        self._broken = None
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
        for _ in range(TRIES):
            if self._locked(account):
                break
            if run := self._run_of(account):
                raise _held(account, f"{run[0]} by {run[1]} since {run[2]:{SHOWN}} (run {run[3]}).", "pg_cancel_backend")
            time.sleep(PAUSE)
        else:
            raise _held(account, self._session_of(account), "pg_terminate_backend")
        # Locks are a database's; who is connected is seen from all of them. Each says what it holds before it looks, so at most one goes on.
        self._connection.execute("SELECT set_config('application_name', %s, false)", (f"{NAME} {account.account_id}",))
        holder = self._connection.execute(
            """SELECT datname, backend_start FROM pg_catalog.pg_stat_activity JOIN pg_catalog.pg_roles ON pg_roles.oid = usesysid
               WHERE application_name = current_setting('application_name') AND datname <> current_database() AND (rolsuper OR rolname = current_user) LIMIT 1""",
        ).fetchone()
        if holder:
            raise _held(account, f'A run in database "{holder[0]}" of this server, since {holder[1]:{SHOWN}}.', "pg_cancel_backend")
        self._connection.execute(
            """UPDATE tabula_rasa.run SET status = 'interrupted' WHERE account_id = %s AND status = 'running'
               AND run_id NOT IN (SELECT run_id FROM tabula_rasa.run_progress)""",
            (account.account_id,),
        )

    def _locked(self, account):
        return self._connection.execute("SELECT pg_try_advisory_lock(hashtextextended('tabula_rasa ' || %s, 0))", (account.account_id,)).fetchone()[0]

    def _run_of(self, account):
        """(function, user, since when, run_id) of the run that holds the account."""
        return self._connection.execute(
            """SELECT function, "session_user", started_at, run_id FROM tabula_rasa.run_progress AS going
               WHERE account_id = %s AND (SELECT arguments @> '{"dry_run": false}' FROM tabula_rasa.run WHERE run.run_id = going.run_id)""",
            (account.account_id,),
        ).fetchone()

    def _session_of(self, account):
        """Whose session holds the account's lock without a run, for a person: anybody's can."""
        process = self._connection.execute(
            """SELECT pid, usename, backend_start FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid)
               WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND (classid::bigint << 32 | objid::bigint) = hashtextextended('tabula_rasa ' || %s, 0)""",
            (account.account_id,),
        ).fetchone()
        return process and f"No run, but the session of process {process[0]}, role {process[1]}, since {process[2]:{SHOWN}}."

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
        self._step = step = self._step + 1
        committed = self._lines.add(_BEGUN, {
            "run_id": self.run_id, "step": step, "service": service, "operation": operation, "request": model.redacted(request, model.sensitive_input(service, operation)),
            "edit_id": edit_id, "keys": keys,
        })
        try:
            with self._written():
                await committed
        except asyncio.CancelledError:
            if not self._lines.withdraw(committed):
                self.withdraw(step)
            raise
        return step

    def sending(self, step):
        """Is told of each call just before it is made. None is any more when a line could not be written, whosever it was."""
        if self._broken:
            raise self._broken
        self._sent.add(step)

    def withdraw(self, step):
        """Writes, soon, that a call has not been made, unless it has."""
        if step not in self._sent:
            self._outcome(step, "failed", Failure("Stopped", str(Stopped())))

    async def end(self, step, outcome, failure=None, request_id=None, resource_id=None, singly=()):
        """Writes a call's outcome: done, gone, failed, or None where no answer came that tells. A cancel meanwhile does not keep it from being written.

        resource_id   what AWS called what was made
        singly        (key, outcome, Failure) of each resource of a batch that the answer speaks of; written with the outcome of the others, or not at all
        """
        lines = [self._outcome(step, outcome, failure, request_id, resource_id, but=[key for key, _, _ in singly])]
        lines += [self._outcome(step, own, why, key=key) for key, own, why in singly]
        with self._written():
            await asyncio.gather(*lines)
        if outcome:
            self._answered.add(step)

    def _outcome(self, step, outcome, failure=None, request_id=None, resource_id=None, key=None, but=()):
        return self._lines.add(_ENDED, {
            "run_id": self.run_id, "step": step, "outcome": outcome, "error_code": failure and failure.code, "error_message": failure and failure.message,
            "aws_request_id": request_id or (failure and failure.request_id), "resource_id": resource_id, "key": key, "but": but,
        })

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
        # Now, not when the server has noticed that the connection is closed.
        self._connection.execute("SELECT pg_advisory_unlock_all(), set_config('application_name', %s, false)", (NAME,))

    @contextlib.contextmanager
    def _written(self):
        """A line that cannot be written ends the run: what is not in the journal is not sent."""
        try:
            yield
        except psycopg.Error as error:
            self._broken = JournalUnavailable(
                f"cannot write the journal, so nothing {'more ' if self._sent else ''}is changed in AWS",
                detail=f"{str(error).strip()}\nSent to AWS in this run: {len(self._sent)} changes, {len(self._answered)} of them with a known outcome.",
                hint="What was changed so far is in the table journal. Running again goes on from there." if self._sent
                else "The extension's owner must be able to write the tables run and journal.",
            )
            raise self._broken from error


def _held(account, detail, end):
    return RunUnderWay(f"another run holds account {account.label}", detail=detail or None, hint=f"Wait until it has ended, or end it with {end}.")


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
