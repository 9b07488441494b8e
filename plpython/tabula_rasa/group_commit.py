"""In charge of committing lines together: those that come in the same moment share a round trip and a commit, which a disk may take milliseconds for."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import psycopg
from psycopg.errors import LockNotAvailable

MOMENT = 0.003  # seconds in which lines join a commit, as by PostgreSQL's commit_delay; a call to AWS takes ten times that


class _Line(NamedTuple):
    sql: str
    arguments: tuple
    committed: asyncio.Future


class GroupCommit:
    """Statements over a psycopg connection that commits each."""

    def __init__(self, connection):
        self._connection = connection
        self._waiting = []

    def add(self, sql, arguments):
        """A future that is done when the statement is committed, or has the psycopg.Error that it was refused with. It is executed even if nobody awaits it any more."""
        loop = asyncio.get_running_loop()
        line = _Line(sql, arguments, loop.create_future())
        if not self._waiting:
            loop.call_later(MOMENT, self.flush)
        self._waiting.append(line)
        return line.committed

    def withdraw(self, committed):
        """Forgets a statement, whose future then stays as it is; False if it is too late for that."""
        before = len(self._waiting)
        self._waiting = [each for each in self._waiting if each.committed is not committed]
        return len(self._waiting) < before

    def flush(self):
        """Executes what waits in one commit; if that is refused each on its own, so that what one is refused for costs no other."""
        lines, self._waiting = self._waiting, []
        error = self._commit(lines)
        alone = error and len(lines) > 1 and not self._connection.closed and not isinstance(error, LockNotAvailable)  # that took its time once
        for line in lines:
            _tell(line.committed, self._commit([line]) if alone else error)

    def _commit(self, lines):
        """The psycopg.Error with which they were refused, or None."""
        try:
            if len(lines) == 1:
                self._connection.execute(lines[0].sql, lines[0].arguments)
            elif lines:
                with self._connection.pipeline():  # one implicit transaction
                    for line in lines:
                        self._connection.execute(line.sql, line.arguments)
        except psycopg.Error as error:
            return error
        return None


def _tell(committed, error):
    if committed.done():  # who waited was cancelled
        return
    if error:
        committed.set_exception(error)
        committed.exception()  # asyncio need not log it if who waits is cancelled before he hears of it
    else:
        committed.set_result(None)
