"""Every type that the catalog can delete goes the whole way: seeded in AWS, mirrored, planned, deleted, no longer there."""

import os
import re

import pytest
from services import data, delivery, identity, machines, messages, network, web
from world import World

from tabula_rasa import catalog

SEEDS = [seed for module in (identity, messages, network, machines, data, delivery, web) for seed in module.SEEDS]
DELETABLE = sorted(name for name, each in catalog.types().items() if each.deletable)
UNTYPED = {"resource_type", "resource_id", "properties", "tags"}


class Story:
    """What was seeded, and what the extension made of it in one mirror, one dry run, one wipe and one more mirror."""

    def __init__(self, world):
        world.sql("SET statement_timeout = '60s'")  # a deletion that never ends should not take the other tests' time
        self.seeded = {"account": world.account_id}
        for seed in SEEDS:
            self.seeded |= seed(world.aws, self.seeded)
        self.first_reading = world.mirror(resource_types=DELETABLE)
        self.mirrored = {name: self.rows(world, name) for name in DELETABLE}
        self.planned = self.by_type(world.wipe(dry_run=True, resource_types=DELETABLE))
        world.forget_calls()
        self.wiped = self.by_type(world.wipe(resource_types=DELETABLE))
        self.refused = [each for each in world.calls(mutating=True) if each["status"] is None or each["status"] >= 400]
        self.last_reading = world.mirror(resource_types=DELETABLE)
        self.left = {name: self.rows(world, name) for name in DELETABLE}

    @staticmethod
    def rows(world, name):
        return [row["row"] for row in world.sql(f'SELECT to_jsonb(r) AS row FROM aws."{name}" r')]

    @staticmethod
    def by_type(rows):
        return {name: [row for row in rows if row["resource_type"] == name] for name in DELETABLE}

    def seeded_among(self, name, rows):
        return next((row for row in rows[name] if self.seeded[name] in (row["resource_id"], row["name"])), None)


@pytest.fixture(scope="module")
def story(postgres, double):
    postgres.create_database("services", template="with_extension")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    world = World(postgres, double, "services", f"7{worker:011}")
    yield Story(world)
    world.close()


def test_everything_can_be_read(story):
    readings = story.first_reading + story.last_reading
    assert [(row["resource_type"], row["error"]) for row in readings if row["status"] != "ok"] == []


def test_aws_refuses_nothing(story):
    assert [(each["service"], each["operation"], each["params"], each["error_code"]) for each in story.refused] == []


@pytest.mark.parametrize("name", DELETABLE)
def test_goes_the_whole_way(story, name):
    assert name in story.seeded, "nothing of this type is seeded"
    record = story.seeded_among(name, story.mirrored)
    assert record, f"{story.seeded[name]} is not among {[row['resource_id'] for row in story.mirrored[name]]}"
    typed = str({column: value for column, value in record.items() if column not in UNTYPED})
    assert any(part in typed for part in re.split("[|@]", story.seeded[name])), f"not said by its columns: {typed}"

    planned = story.seeded_among(name, story.planned)
    assert (planned["action"], planned["status"]) == ("delete", "planned"), planned["reason"]
    wiped = story.seeded_among(name, story.wiped)
    assert (wiped["action"], wiped["status"]) == ("delete", "deleted"), wiped["reason"]
    assert story.seeded_among(name, story.left) is None
    unexplained = [row for row in story.wiped[name] if row["action"] == "delete" and row["status"] != "deleted"]
    assert unexplained == []
