"""Types go the whole way: seeded in AWS, mirrored, planned, deleted, no longer there."""

import re

import pytest
from services.conftest import FURTHER, USUAL

# Two that each make the other let go are deleted side by side, and the slower finds nothing left to do: a thing and its certificate, a recorder and its channel.
RACES = {("iot", "DetachThingPrincipal"), ("config", "StopConfigurationRecorder")}
UNTYPED = {"resource_type", "resource_id", "properties", "tags"}


@pytest.fixture(params=["story", "further"])
def each_story(request):
    return request.getfixturevalue(request.param)


def test_everything_can_be_read(each_story):
    readings = each_story.first_reading + each_story.last_reading
    assert [(row["resource_type"], row["error"]) for row in readings if row["status"] not in ("ok", "not offered")] == []


def test_aws_refuses_nothing(each_story):
    assert [(each["service"], each["operation"], each["params"], each["error_code"]) for each in each_story.refused if (each["service"], each["operation"]) not in RACES] == []


@pytest.mark.parametrize("seed", USUAL, ids=lambda seed: seed.__name__)
def test_goes_the_whole_way(story, seed, subtests):
    goes_the_whole_way(story, seed, subtests)


@pytest.mark.parametrize("seed", FURTHER, ids=lambda seed: seed.__name__)
def test_of_further_services_goes_the_whole_way(further, seed, subtests):
    goes_the_whole_way(further, seed, subtests)


def goes_the_whole_way(story, seed, subtests):
    assert story.made[seed], "nothing that the catalog knows"
    for name in story.made[seed]:
        with subtests.test(name):
            assert story.types[name].deletable, story.types[name].reason
            record = story.seeded_among(name, story.mirrored)
            assert record, f"{story.seeded[name]} is not among {[row['resource_id'] for row in story.mirrored[name]]}"
            typed = str({column: value for column, value in record.items() if column not in UNTYPED})
            assert any(part in typed for part in re.split("[|@]", story.seeded[name])), f"not said by its columns: {typed}"
            planned = story.seeded_among(name, story.planned)
            assert (planned["action"], planned["status"]) == ("delete", "planned"), planned["reason"]
            wiped = story.seeded_among(name, story.wiped)
            assert (wiped["action"], wiped["status"]) == ("delete", "deleted"), wiped["reason"]
            assert story.seeded_among(name, story.left) is None
            assert [row for row in story.wiped[name] if row["action"] == "delete" and row["status"] != "deleted"] == []
            lines = [line for line in story.journal if line["resource_type"] == name and line["outcome"] == "failed"]
            assert lines == []
