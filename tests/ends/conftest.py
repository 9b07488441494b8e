"""A server of the tests' own: killing one of its processes takes all its sessions along."""

import itertools
import random
import time

import psycopg
import pytest

from embedded import EmbeddedPostgres
from world import World, wait_for

DATABASE = "killed"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def mortal():
    """An EmbeddedPostgres with the extension in its database DATABASE."""
    with EmbeddedPostgres() as server:
        server.create_database(DATABASE)
        server.create_extension(DATABASE)
        yield server
        print(server.log())


@pytest.fixture
def victim(mortal, double):
    """A World with a new account, the only one of the database."""
    with wait_for(lambda: connected(lambda: mortal.connect(DATABASE))) as connection:
        connection.execute("TRUNCATE run, journal, edit; DELETE FROM account; DELETE FROM setting; SELECT enable_services('iam', 's3', 'sqs')")
    world = World(mortal, double, DATABASE, f"99{next(_numbers):010}")
    world.only("iam", "s3", "sqs")
    yield world
    double.faults()
    world.close()


def connected(connect):
    """What `connect` makes, None while the server lets nobody in."""
    try:
        return connect()
    except psycopg.OperationalError:
        return None


@pytest.fixture
def again():
    """again(world): the same world over a new connection, as soon as the server lets one in for good; it is started if it was killed."""
    made = []

    def lasting(made):
        time.sleep(0.2)  # a server one of whose processes was killed ends all sessions, those of the last moment, too
        made.sql("SELECT")
        return made

    def connect(world):
        server = world.postgres
        if not server.is_alive():
            wait_for(lambda: not server.processes())
            server.start()
        made.append(wait_for(lambda: connected(lambda: lasting(World(server, world.double, world.database, world.account_id, connect_only=True)))))
        return made[-1]

    yield connect
    for each in made:
        each.close()


@pytest.fixture
def chance(request):
    """Random numbers, the same for a test each time."""
    return random.Random(request.node.name)
