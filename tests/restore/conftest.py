"""One database for all tests of the folder, each test with an account of its own: a fresh session costs a second."""

import itertools
import os

import pytest
from default_network import DefaultNetwork
from world import World

_numbers = itertools.count(1)


class SharedDatabase(World):
    """A World whose session outlives it; its account is the only one that the database knows."""

    def __init__(self, postgres, double, connection, *arguments, **more):
        connection.execute("DELETE FROM account; DELETE FROM setting")
        super().__init__(postgres, double, connection.info.dbname, *arguments, **more)
        self.connection.close()
        connection.row_factory = self.connection.row_factory
        self.connection = connection

    def close(self):
        """The session is the next test's, too."""


@pytest.fixture(scope="session")
def session(postgres):
    postgres.create_database("restore", template="with_extension")
    with postgres.connect("restore") as connection:
        connection.execute("DELETE FROM enabled_service WHERE service NOT IN ('ec2', 'iam')")
        yield connection


@pytest.fixture
def make_world(postgres, double, session):
    """make_world(*regions): an account in factory state."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    double.faults()
    yield lambda *regions: SharedDatabase(postgres, double, session, f"{worker + 1}1{next(_numbers):010}", regions or ("us-east-1",))
    double.faults()


@pytest.fixture
def world(make_world):
    return make_world()


@pytest.fixture
def network(world):
    return DefaultNetwork(world.aws("ec2"), world.account_id)
