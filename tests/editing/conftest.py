"""What the tests of editing share: staged edits are looked at, carried out, and compared with what a fresh read of AWS shows."""

import contextlib
import itertools
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.rows import dict_row
from world import World

_numbers = itertools.count(1)

MOVING = {"latest_restorable_time", "LatestRestorableTime"}  # what AWS says differently each time
WENT_WELL = {"create": {"done"}, "update": {"done"}, "delete": {"deleted"}, "replace": {"done", "deleted"}}


class Editor:
    """A mirrored account whose rows are edited."""

    def __init__(self, world):
        self.world = world
        self.sql, self.value, self.aws = world.sql, world.value, world.aws

    def preview(self):
        return self.sql("SELECT * FROM preview_changes()")

    def apply(self, **arguments):
        given = ", ".join(f"{name} => %s" for name in arguments)
        return self.sql(f"SELECT * FROM apply_changes({given})", *arguments.values())

    def discard(self):
        return self.sql("SELECT * FROM discard_changes()")

    def edits(self):
        return self.sql("SELECT resource_type, resource_id, action, error FROM edit ORDER BY edit_id")

    def cascade(self, resource_type, resource_id):
        return self.sql("SELECT * FROM delete_cascade(%s, %s)", resource_type, resource_id)

    def carry_out(self, **arguments):
        """apply_changes' rows. Nothing stood against it, AWS refused nothing, nothing is left, and the tables show what AWS has."""
        planned = self.preview()
        assert planned
        assert said(planned, lambda row: row["status"] != "planned") == []
        self.world.forget_calls()
        rows = self.apply(**arguments)
        assert self.world.denied("apply_changes") == []
        assert said(rows, lambda row: row["status"] not in WENT_WELL[row["action"]]) == []
        assert not summary(planned) - summary(rows)
        # What AWS has made for others since the mirror was read (a load balancer's interfaces) is found when it goes with them.
        assert {action for _, action, _ in summary(rows) - summary(planned)} <= {"delete"}
        refused = [each for each in self.world.calls(mutating=True) if each["status"] is None or each["status"] >= 400]
        assert [(each["operation"], each["params"], each["error_code"]) for each in refused] == []
        assert (self.edits(), self.preview()) == ([], [])
        types = sorted({row["resource_type"] for row in rows})
        shown = self.records(types)
        assert not [row for row in self.world.mirror(resource_types=types) if row["status"] != "ok"]
        assert difference(shown, self.records(types)) == {}
        return rows

    def records(self, types=None):
        """{(type, region, id): row} of the mirror's tables, as they show it."""
        types = types or [row["resource_type"] for row in self.sql("SELECT DISTINCT resource_type FROM aws.resource")]
        rows = [steady(row["row"]) for name in types for row in self.sql(f'SELECT to_jsonb(t) AS row FROM aws."{name}" AS t')]
        return {(row["resource_type"], row["region"], row["resource_id"]): row for row in rows}

    def mutating(self):
        """The names of the mutating calls that AWS has seen since the last `forget_calls`."""
        return [each["operation"] for each in self.world.calls(mutating=True)]


def said(rows, condition):
    """What some of the rows say, in words."""
    return [f"{row['action']} {row['resource_type']} {row['resource_id']} {row['status']}: {row['reason']}" for row in rows if condition(row)]


def summary(rows):
    """Which records are to be made, changed, deleted, as far as that can be said before AWS has named them."""
    return Counter((row["resource_type"], row["action"], row["name"]) for row in rows)


def steady(value):
    """A row without what moves by itself."""
    return {name: steady(each) for name, each in value.items() if name not in MOVING} if isinstance(value, dict) else value


def difference(one, other):
    """{record: {column: (one's value, other's)}} of what two looks at the tables tell differently."""
    found = {key: {name: (one.get(key, {}).get(name), other.get(key, {}).get(name)) for name in {**one.get(key, {}), **other.get(key, {})}} for key in {**one, **other}}
    told = {key: {name: values for name, values in row.items() if values[0] != values[1] and name != "read_at"} for key, row in found.items()}
    return {key: row for key, row in told.items() if row}


@contextlib.contextmanager
def under_way(editor, colleague, function, service, operation, **fault):
    """Within, the colleague's call of the function waits for AWS's answer to that operation; the Future of its rows."""
    editor.world.double.faults({"service": service, "operation": operation, "account": editor.world.account_id, "delay": 2, "times": 1, **fault})
    editor.world.forget_calls()
    with ThreadPoolExecutor(1) as pool:
        rows = pool.submit(lambda: colleague.execute(f"SELECT * FROM {function}()").fetchall())
        while not rows.done() and operation not in [each["operation"] for each in editor.world.calls()]:
            pass
        assert not rows.done(), f"{operation} was not called: {rows.result()}"
        yield rows


@pytest.fixture
def colleague(module_world):
    """Another session on the module's database."""
    with module_world.postgres.connect(module_world.database) as connection:
        connection.row_factory = dict_row
        yield connection


@pytest.fixture(scope="module")
def module_world(postgres, double, request):
    """A database and a disposable account of a module's own; it mirrors the module's SERVICES."""
    name, worker = request.module.__name__, int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    postgres.create_database(name, template="with_extension")
    world = World(postgres, double, name, f"6{worker}{next(_numbers):010}", services=request.module.SERVICES)
    world.mirror()
    yield world
    world.close()


@pytest.fixture
def editor(module_world, double):
    """An Editor of the module's account: in factory state, nothing staged, and so again after the test."""
    editor = Editor(module_world)
    before = editor.records().keys()
    module_world.forget_calls()
    yield editor
    double.faults()
    editor.discard()
    if editor.records().keys() - before:  # a test that failed should not take the others along
        module_world.wipe()
        module_world.restore()
        module_world.mirror()


@pytest.fixture
def refused():
    """refused(sqlstate, function, …): the error's diagnostics."""

    def call(sqlstate, function, *given, **arguments):
        with pytest.raises(psycopg.Error) as raised:
            function(*given, **arguments)
        assert raised.value.sqlstate == sqlstate, f"{raised.value.sqlstate}: {raised.value}"
        return raised.value.diag

    return call
