"""One account with something of every type in it, taken the whole way once for all tests of this folder."""

import os

import pytest
from services import data, delivery, identity, machines, messages, network, web
from services.replay import Replay
from statements import dump
from world import World

from tabula_rasa import catalog

SEEDS = [seed for module in (identity, messages, network, machines, data, delivery, web) for seed in module.SEEDS]
DELETABLE = sorted(name for name, each in catalog.types().items() if each.deletable)
CREATABLE = sorted(name for name, each in catalog.types().items() if each.creatable)
KNOWN = sorted({*DELETABLE, *CREATABLE})


class Story:
    """What was seeded, and what the extension made of it in one mirror, one dump, one dry run, one wipe and one more mirror."""

    def __init__(self, world):
        world.sql("SET statement_timeout = '60s'")  # a deletion that never ends should not take the other tests' time
        self.world = world
        world.mirror()
        self.factory = {tuple(row.values()) for row in world.sql("SELECT resource_type, region, resource_id FROM aws.resource")}
        self.seeded = {"account": world.account_id}
        for seed in SEEDS:
            self.seeded |= seed(world.aws, self.seeded)
        self.first_reading = world.mirror(resource_types=KNOWN)
        self.mirrored = {name: self.rows(world, name) for name in DELETABLE}
        self.statements, self.creatable = dump(world), self.creatable_rows()
        self.planned = self.by_type(world.wipe(dry_run=True, resource_types=DELETABLE))
        world.forget_calls()
        self.wiped = self.by_type(world.wipe(resource_types=DELETABLE))
        self.refused = [each for each in world.calls(mutating=True) if each["status"] is None or each["status"] >= 400]
        self.last_reading = world.mirror(resource_types=KNOWN)
        self.left = {name: self.rows(world, name) for name in DELETABLE}

    @staticmethod
    def rows(world, name):
        return [row["row"] for row in world.sql(f'SELECT to_jsonb(r) AS row FROM aws."{name}" r')]

    @staticmethod
    def by_type(rows):
        return {name: [row for row in rows if row["resource_type"] == name] for name in DELETABLE}

    def seeded_among(self, name, rows):
        return next((row for row in rows[name] if self.seeded[name] in (row["resource_id"], row["name"])), None)

    def creatable_rows(self):
        """All that can be created, but for the network interfaces that come along with what needs them."""
        rows = [row for name in CREATABLE for row in self.rows(self.world, name)]
        return [row for row in rows if row["resource_type"] != "ec2_network_interface" or not (row["requester_managed"] or row["attachment"])]


@pytest.fixture(scope="session")
def story(postgres, double):
    postgres.create_database("services", template="with_extension")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    world = World(postgres, double, "services", f"7{worker:011}")
    yield Story(world)
    world.close()


@pytest.fixture(scope="session")
def replay(story):
    return Replay(story)
