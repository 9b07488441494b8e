"""Each type, by its name: all its records are mirrored as AWS tells of them; the deletable ones are planned, deleted, gone, and in the journal."""

import pathlib
import tomllib

import pytest

from tabula_rasa import catalog

TYPES = catalog.types()
READABLE = sorted((each.service, name) for name, each in TYPES.items() if each.readable and not each.on_request)
DELETABLE = [(service, name) for service, name in READABLE if TYPES[name].deletable]
EXCEPTIONS = tomllib.loads(pathlib.Path(__file__).with_name("exceptions.toml").read_text())


def check(name, way, works):
    """works() raises AssertionError where the type does not go that way; one that is excepted has to."""
    excepted = EXCEPTIONS.get(way, {}).get(name)
    try:
        works()
    except AssertionError:
        if excepted:
            return
        raise
    assert not excepted, f'{name} works now: take it out of exceptions.toml, where it says "{excepted}"'


@pytest.mark.parametrize("service, name", READABLE)
def test_is_mirrored(journey_of, service, name):
    journey = journey_of(service)

    def works():
        statuses = [(row["region"], row["status"], row["error"]) for row in journey.readings if row["resource_type"] == name]
        assert statuses and all(status == "ok" for _, status, _ in statuses), statuses
        expected, mirrored = journey.expected[name], journey.mirrored[name]
        assert expected, journey.broken.get(name, "the answerer holds none")
        assert mirrored.keys() == expected.keys()
        for key, wanted in expected.items():
            assert {each: mirrored[key][each] for each in ("arn", "name", "owner_id", "properties")} == {each: wanted[each] for each in ("arn", "name", "owner_id", "properties")}

    check(name, "mirrored", works)


@pytest.mark.parametrize("service, name", DELETABLE)
def test_is_deleted(journey_of, service, name):
    journey = journey_of(service)

    def works():
        own = {key for key, each in journey.expected[name].items() if not each["fixed"]}
        assert own, "all that the answerer holds is AWS's own"
        planned = {(row["region"], row["resource_id"]): (row["action"], row["status"]) for row in journey.planned[name]}
        assert {key: planned.get(key) for key in own} == dict.fromkeys(own, ("delete", "planned"))
        wiped = {(row["region"], row["resource_id"]): (row["status"], row["reason"]) for row in journey.wiped[name]}
        assert {key: wiped.get(key, ("not tried", "")) for key in own if wiped.get(key, ("",))[0] != "deleted"} == {}
        assert [each["resource_id"] for each in journey.alive if each["resource_type"] == name and not each["fixed"]] == []
        assert [row["resource_id"] for row in journey.left[name] if (row["region"], row["resource_id"]) in own] == []

    check(name, "deleted", works)


@pytest.mark.parametrize("service, name", DELETABLE)
def test_is_deleted_by_its_own_call(journey_of, service, name):
    """Not only along with what it is a part of."""
    journey, operations = journey_of(service), {each.operation for each in TYPES[name].delete}

    def works():
        lines = [row for row in journey.journal if row["resource_type"] == name and row["operation"] in operations]
        assert [row["resource_id"] for row in lines if row["outcome"] in ("done", "gone")], "no call of its own"
        assert [(row["operation"], row["error_code"], row["error_message"]) for row in lines if row["outcome"] not in ("done", "gone")] == []

    check(name, "by_its_own_call", works)


def test_exceptions_are_of_types_that_there_are():
    assert {name for way in EXCEPTIONS.values() for name in way} <= TYPES.keys()
