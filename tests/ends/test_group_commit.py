"""Lines of the journal that come in the same moment share a commit, and nothing else."""

import asyncio

import psycopg
import pytest

from tabula_rasa.group_commit import GroupCommit

LINE = "INSERT INTO line SELECT number FROM jsonb_to_recordset(%s) AS line (number integer)"


@pytest.fixture
def connection(world):
    """A connection that commits each statement, as the journal's, with a table that takes positive numbers."""
    with world.postgres.connect(world.database) as connection:
        connection.execute("CREATE TEMPORARY TABLE line (number integer CHECK (number > 0))")
        yield connection


def together(connection, *numbers, before=lambda lines, added: None):
    """What became of lines that were added in one moment: None, or the error."""

    async def add():
        lines = GroupCommit(connection)
        added = [lines.add(LINE, {"number": number}) for number in numbers]
        before(lines, added)
        return await asyncio.wait_for(asyncio.gather(*added, return_exceptions=True), 10)

    return asyncio.run(add())


def written(connection):
    return dict(connection.execute("SELECT number, xmin::text FROM line").fetchall())


def test_they_share_a_commit(connection):
    assert together(connection, 1, 2, 3) == [None] * 3
    assert set(written(connection)) == {1, 2, 3} and len(set(written(connection).values())) == 1


def test_those_of_two_statements_share_a_commit(connection):
    async def add():
        lines = GroupCommit(connection)
        await asyncio.gather(lines.add(LINE, {"number": 1}), lines.add(LINE.replace("number FROM", "number + 10 FROM"), {"number": 1}), lines.add(LINE, {"number": 2}))

    asyncio.run(add())
    assert set(written(connection)) == {1, 2, 11} and len(set(written(connection).values())) == 1


def test_what_one_is_refused_for_costs_no_other(connection):
    first, refused, last = together(connection, 1, -2, 3)
    assert first is last is None and isinstance(refused, psycopg.errors.CheckViolation)
    assert set(written(connection)) == {1, 3}


def test_nothing_is_told_to_be_written_over_a_connection_that_is_gone(connection, world):
    world.sql("SELECT pg_terminate_backend(%s)", connection.info.backend_pid)
    assert {isinstance(each, psycopg.OperationalError) for each in together(connection, 1, 2)} == {True}


def test_a_line_is_written_though_nobody_waits_for_it_any_more(connection):
    *_, last = together(connection, 1, 2, before=lambda lines, added: added[0].cancel())
    assert last is None and set(written(connection)) == {1, 2}


def test_a_line_can_be_withdrawn_until_it_is_written(connection):
    lines = []

    def withdraw(waiting, added):
        lines.append(waiting)
        assert waiting.withdraw(added[0])
        added[0].set_result("withdrawn")

    assert together(connection, 1, 2, before=withdraw) == ["withdrawn", None]
    assert set(written(connection)) == {2}


def test_a_line_that_is_written_cannot_be_withdrawn(connection):
    async def late():
        lines = GroupCommit(connection)
        line = lines.add(LINE, {"number": 1})
        await line
        return lines.withdraw(line)

    assert asyncio.run(late()) is False and set(written(connection)) == {1}
