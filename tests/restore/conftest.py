"""One database for all tests of the folder, for a fresh session costs a second; and each test has a region of its own, or an account."""

import itertools
import os

import pytest
from default_network import DefaultNetwork
from world import World

_numbers = itertools.count(1)


class SharedDatabase(World):
    """A World whose session outlives it, one account among several.

    region: what functions are called for, unless a test names regions; None: all of the account's.
    """

    region = None

    def __init__(self, postgres, double, connection, *arguments, **more):
        connection.execute("UPDATE account SET name = NULL; DELETE FROM setting")
        super().__init__(postgres, double, connection.info.dbname, *arguments, **more)
        self.connection.close()
        connection.row_factory = self.connection.row_factory
        self.connection = connection

    def _call(self, function, arguments):
        where = {"account": self.account_id} | ({"regions": [self.region]} if self.region else {})
        return super()._call(function, where | arguments)

    def close(self):
        """The session is the next test's, too."""


@pytest.fixture(scope="session")
def session(postgres):
    postgres.create_database("restore", template="with_extension")
    with postgres.connect("restore") as connection:
        connection.execute("DELETE FROM enabled_service WHERE service NOT IN ('ec2', 'iam')")
        yield connection


@pytest.fixture(scope="session")
def make_world(postgres, double, session):
    """make_world(*regions): an account in factory state."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return lambda *regions: SharedDatabase(postgres, double, session, f"{worker + 1}1{next(_numbers):010}", regions or ("us-east-1",))


@pytest.fixture
def account(make_world, double):
    """As make_world."""
    double.faults()
    yield make_world
    double.faults()


@pytest.fixture(scope="session")
def regions(make_world):
    """Worlds without end, each in factory state: the regions of one account, then of the next. The clients are made once an account."""

    def endless():
        while True:
            found = [each["RegionName"] for each in make_world().aws("ec2").describe_regions()["Regions"]]
            names = sorted(each for each in found if not each.startswith(("cn-", "us-gov-")))  # another partition's
            world = make_world(*names)
            for world.region in names:
                yield world

    return endless()


@pytest.fixture
def world(regions, double):
    double.faults()
    double.clear_calls()
    yield next(regions)
    double.faults()


@pytest.fixture
def network(world):
    return DefaultNetwork(world.aws("ec2", world.region), world.account_id)
