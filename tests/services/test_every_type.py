"""Every type that the catalog can delete goes the whole way: seeded in AWS, mirrored, planned, deleted, no longer there."""

import re

import pytest

from tabula_rasa import catalog

DELETABLE = sorted(name for name, each in catalog.types().items() if each.deletable)
UNTYPED = {"resource_type", "resource_id", "properties", "tags"}


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
