"""The real parts every test stands on: a PostgreSQL server with the extension, an AWS double, and an account of one's own on it."""

import contextlib
import itertools
import os
import socket
import sys
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "plpython")]

from aws_double.client import Double  # noqa: E402
from embedded import EmbeddedPostgres  # noqa: E402
from world import World  # noqa: E402

TEMPLATE = "with_extension"
_numbers = itertools.count(1)


def pytest_xdist_make_scheduler(config, log):
    """A file's tests share a worker, for they share a mirrored account; some folders' tests share theirs across files."""

    class ByAccount(LoadFileScheduling):
        def _split_scope(self, nodeid):
            if nodeid.startswith("tests/catalog/test_catalog.py"):  # the service in brackets: a worker parses its model once
                return nodeid.partition("[")[2]
            if nodeid.startswith("tests/faults/test_storm.py"):  # each storm has an account of its own: half of them each
                return f"storms {ord(nodeid[-2]) % 2}"
            if nodeid.startswith("tests/every_type/"):  # the services of an initial share journeys
                return "every_type " + nodeid.partition("[")[2][:1]
            return next((each for each in ("tests/harness/", "tests/services/") if nodeid.startswith(each)), None) or super()._split_scope(nodeid)

    return ByAccount(config, log)


@pytest.fixture(scope="session")
def postgres():
    """A server whose database `with_extension` has the extension; a test copies it."""
    with EmbeddedPostgres() as server:
        server.create_database(TEMPLATE)
        server.create_extension(TEMPLATE)
        yield server
        print(server.log())


@pytest.fixture(scope="session")
def double():
    """An AWS that answers over HTTP; each test has an account of its own on it."""
    with Double.start(delay=0.3) as aws:
        yield aws


@pytest.fixture
def database(postgres):
    """The name of a fresh database with the extension."""
    name = f"test_{next(_numbers)}"
    postgres.create_database(name, template=TEMPLATE)
    return name


@pytest.fixture
def world(postgres, double, database):
    """A database, and a disposable AWS account in factory state that it knows, in one region."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    world = World(postgres, double, database, f"{worker + 1}{next(_numbers):011}")
    double.faults()
    yield world
    double.faults()
    world.close()


@pytest.fixture
def silent():
    """The address of a host that does not answer who wants to connect: nobody accepts there, and the queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(listener.getsockname())
        yield listener.getsockname()
