"""What the suites' owner has: a database with tabula_rasa, an account that it may wipe, and a way to AWS. Here, embedded ones."""

import pytest
from world import World


@pytest.fixture(scope="session")
def shared(postgres, double):
    postgres.create_database("harness", template="with_extension")
    world = World(postgres, double, "harness", "313131313131", services=("ec2", "ecs", "iam", "logs"))
    yield world
    world.close()


@pytest.fixture(scope="session")
def dsn(shared):
    return shared.postgres.conninfo(shared.database)


@pytest.fixture(scope="session")
def aws(shared):
    return shared.aws
