"""In charge of committing lines together: those that come in the same moment share a statement and a commit, which a disk may take milliseconds for."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from typing import NamedTuple

import psycopg
from psycopg.errors import LockNotAvailable
from psycopg.types.json import Jsonb

MOMENT = 0.003  # seconds in which lines join a commit, as by PostgreSQL's commit_delay; a call to AWS takes ten times that


class _Line(NamedTuple):
    sql: str
    values: dict
    committed: asyncio.Future


class GroupCommit:
    """Lines for statements that take many of them as one JSON array, over a psycopg connection that commits each statement."""

    def __init__(self, connection):
        self._connection = connection
        self._waiting = []

    def add(self, sql, values):
        """A future that is done when the line is committed, or has the psycopg.Error that it was refused with. It is written even if nobody awaits it any more.

        Lines that are added before anything is awaited share a commit.
        """
        loop = asyncio.get_running_loop()
        line = _Line(sql, values, loop.create_future())
        if not self._waiting:
            loop.call_later(MOMENT, self.flush)
        self._waiting.append(line)
        return line.committed

    def withdraw(self, committed):
        """Forgets a line, whose future then stays as it is; False if it is too late for that."""
        before = len(self._waiting)
        self._waiting = [each for each in self._waiting if each.committed is not committed]
        return len(self._waiting) < before

    def flush(self):
        """Writes what waits in one commit; if that is refused each on its own, so that what one is refused for costs no other."""
        lines, self._waiting = self._waiting, []
        error = self._commit(lines)
        alone = error and len(lines) > 1 and not self._connection.closed and not isinstance(error, LockNotAvailable)  # that took its time once
        for line in lines:
            _tell(line.committed, self._commit([line]) if alone else error)

    def _commit(self, lines):
        """The psycopg.Error with which they were refused, or None."""
        statements = {}
        for line in lines:
            statements.setdefault(line.sql, []).append(line.values)
        try:
            # Several statements in a pipeline are one implicit transaction.
            with self._connection.pipeline() if len(statements) > 1 else contextlib.nullcontext():
                for sql, values in statements.items():
                    self._connection.execute(sql, (Jsonb(values, _dumps),))
        except psycopg.Error as error:
            return error
        return None


def _dumps(lines):
    """JSON: bytes as base64, as records hold them."""
    return json.dumps(lines, default=lambda value: base64.b64encode(value).decode() if isinstance(value, (bytes, bytearray)) else str(value))


def _tell(committed, error):
    if committed.done():  # who waited was cancelled
        return
    if error:
        committed.set_exception(error)
        committed.exception()  # asyncio need not log it if who waits is cancelled before he hears of it
    else:
        committed.set_result(None)
