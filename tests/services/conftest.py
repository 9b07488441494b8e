"""Two accounts with something of every type in them, each taken the whole way once for all tests of this folder:
one with the usual services, one with further ones."""

import os

import pytest
from services import analytics, computing, data, delivery, identity, machines, messages, network, protection, things, web
from services.replay import Replay
from statements import dump
from world import World

from tabula_rasa import catalog

USUAL = [seed for module in (identity, messages, network, machines, data, delivery, web) for seed in module.SEEDS]
FURTHER = [seed for module in (analytics, computing, protection, things) for seed in module.SEEDS]
FURTHER_SERVICES = [service for module in (analytics, computing, protection, things) for service in module.SERVICES]


class Story:
    """What was seeded, and what the extension made of it in one mirror, one dry run, one wipe and one more mirror.

    made  {seed: {resource type: the record's resource_id or name}}
    """

    def __init__(self, world, seeds, services=()):
        world.sql("SET statement_timeout = '60s'")  # a deletion that never ends should not take the other tests' time
        self.world = world
        if services:
            world.sql("SELECT count(*) FROM enable_services(VARIADIC %s)", list(services))
            world.only(*services)
        self.types = catalog.types(row["service"] for row in world.sql("SELECT service FROM enabled_service"))
        self.look_at_empty(world)
        self.made, self.seeded = {}, {"account": world.account_id}
        for seed in seeds:
            made = seed(world.aws, self.seeded)
            self.made[seed] = {name: told for name, told in made.items() if name in self.types}
            self.seeded |= made
        self.known = sorted(name for name, each in self.types.items() if name in self.seeded or each.creatable or each.deletable and not each.on_request)
        self.deletable = [name for name in self.known if self.types[name].deletable]
        self._have_deleted_what_nobody_reviewed(world)
        self.first_reading = world.mirror(resource_types=self.known)
        self.mirrored = {name: self.rows(world, name) for name in self.deletable}
        self.write_down(world)
        self.planned = self.by_type(world.wipe(dry_run=True, resource_types=self.deletable))
        world.forget_calls()
        self.wiped = self.by_type(world.wipe(resource_types=self.deletable))
        self.refused = [each for each in world.calls(mutating=True) if each["status"] is None or each["status"] >= 400]
        self.journal = world.sql("SELECT resource_type, resource_id, operation, outcome, error_code, error_message FROM journal")
        self.last_reading = world.mirror(resource_types=self.known)
        self.left = {name: self.rows(world, name) for name in self.deletable}

    def _have_deleted_what_nobody_reviewed(self, world):
        for name in sorted(name for name in self.seeded if name in self.types and not self.types[name].reviewed):
            world.sql("INSERT INTO cleanup_policy (name, resource_type, action, priority, reason) VALUES (%s, %s, 'delete', 10, 'seeded')", name, name.replace("_", r"\_"))

    def look_at_empty(self, world):
        """What is asked of the account before the seeds."""

    def write_down(self, world):
        """What else is asked of the full account."""

    @staticmethod
    def rows(world, name):
        return [row["row"] for row in world.sql(f'SELECT to_jsonb(r) AS row FROM aws."{name}" r')]

    def by_type(self, rows):
        return {name: [row for row in rows if row["resource_type"] == name] for name in self.deletable}

    def seeded_among(self, name, rows):
        return next((row for row in rows[name] if self.seeded[name] in (row["resource_id"], row["name"])), None)


class Written(Story):
    """With what AWS had made before, a dump, and all rows that can be created."""

    def look_at_empty(self, world):
        world.mirror()
        self.factory = {tuple(row.values()) for row in world.sql("SELECT resource_type, region, resource_id FROM aws.resource")}

    def write_down(self, world):
        self.creatables = sorted(name for name, each in self.types.items() if each.creatable)
        self.statements, self.creatable = dump(world), self.creatable_rows()

    def creatable_rows(self):
        """All that can be created, but for the network interfaces that come along with what needs them."""
        rows = [row for name in self.creatables for row in self.rows(self.world, name)]
        return [row for row in rows if row["resource_type"] != "ec2_network_interface" or not (row["requester_managed"] or row["attachment"])]


def ground(aws, made):
    """What the further services stand on: a role, a bucket, a network."""
    bucket = f"services-{made['account']}"
    aws("s3").create_bucket(Bucket=bucket)
    role = aws("iam").create_role(RoleName="services", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    subnets = aws("ec2").describe_subnets()["Subnets"][:2]
    return {"bucket": bucket, "role arn": role, "vpc": subnets[0]["VpcId"], "subnets": [each["SubnetId"] for each in subnets]}


def _world(postgres, double, name, digit):
    postgres.create_database(name, template="with_extension")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return World(postgres, double, name, f"{digit}{worker:011}")


@pytest.fixture(scope="session")
def story(postgres, double):
    world = _world(postgres, double, "services", 7)
    yield Written(world, USUAL)
    world.close()


@pytest.fixture(scope="session")
def further(postgres, double):
    world = _world(postgres, double, "further", 8)
    yield Story(world, [ground, *FURTHER], FURTHER_SERVICES)
    world.close()


@pytest.fixture(scope="session")
def replay(story):
    return Replay(story)
