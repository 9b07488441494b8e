"""A wipe and a restore through an AWS that misbehaves by a seed: they end as in fair weather.

SEEDS says how many storms; the seeds are the tests' names, and `-k "storm[17]"` repeats one.
"""

import os
import time
from collections import Counter

import pytest
import stormy
from answerer.questions import canonical

SEEDS = range(1, int(os.environ.get("SEEDS", 20)) + 1)
LAG = 0.3  # seconds
HOME = "us-east-1"  # where global services are asked
LIFETIME = 150  # calls that a token is good for: a wipe takes several
FUNCTIONS = ("wipe", "restore")


@pytest.fixture(scope="module")
def fair(session):
    """{function: (calls, what became of which types)} of the same account without a storm."""
    session.enter("550000000000", 0)
    found = {}
    for function in FUNCTIONS:
        if function == "restore":
            stormy.damage(session.aws)
        session.forget_calls()
        rows = getattr(session, function)()
        found[function] = len(session.double.calls()), outcome(rows)
    assert found["wipe"][1].keys() > {("delete", "deleted", "ec2_instance"), ("keep", "kept", "ec2_vpc")}
    return found


@pytest.fixture
def world(session, double):
    yield session
    double.storm()


def outcome(rows):
    """How many of a type have come to what."""
    return Counter((row["action"], row["status"], row["resource_type"]) for row in rows)


def through(world, function, **storm):
    """The rows of a function through a storm; prints its figures. Every mutating request is in the journal, and none names what is kept."""
    world.forget_calls()
    began = time.monotonic()
    world.double.storm(lag=LAG, **storm)
    rows = getattr(world, function)()
    world.double.storm()
    calls = world.double.calls()
    codes = Counter(each["error_code"] for each in calls if each["error_code"])
    print(f"{function}: {time.monotonic() - began:.1f} s, {len(calls)} requests, {dict(codes.most_common(6))}")
    mutating = [each for each in calls if each["mutating"]]
    journal = world.sql("SELECT region, service, operation, request, outcome, finished_at FROM journal WHERE run_id = (SELECT max(run_id) FROM run)")
    written = {said(row["region"].replace("global", HOME), row["service"], row["operation"], row["request"]) for row in journal}
    assert {said(each["region"], each["service"], each["operation"], each["params"]) for each in mutating} - written == set() != written
    assert [row for row in journal if row["finished_at"] is None] == []
    kept = [(row["region"].replace("global", HOME), parts(row["resource_id"])) for row in rows if row["action"] == "keep"]
    asked = [(each, texts(each["params"])) for each in mutating]
    assert [(each["operation"], each["params"]) for each, words in asked for region, identity in kept if region == each["region"] and identity <= words] == []
    return rows, len(calls)


def said(region, service, operation, request):
    """A request as text, the same where it is sent again; of the objects of a bucket, that may be millions, the journal tells how many."""
    return region, service, operation, canonical(service, operation, {"Bucket": request["Bucket"]} if operation == "DeleteObjects" else request)


def parts(resource_id):
    """The texts that a request says which names it: an id may be made of several, and a direction is a boolean there."""
    return set(resource_id.split("|")) - {"ingress", "egress"}


def texts(value):
    """All texts and numbers in a structure, as text."""
    if isinstance(value, (dict, list)):
        return {text for each in (value.values() if isinstance(value, dict) else value) for text in texts(each)}
    return {str(value)}


def failures(rows):
    return [(row["resource_type"], row["resource_id"], row["reason"]) for row in rows if row["status"] == "failed"]


@pytest.mark.parametrize("seed", SEEDS)
def test_storm(world, fair, seed):
    world.enter(f"55{seed:010}", seed)
    total = 0
    for function in FUNCTIONS:
        if function == "restore":
            stormy.damage(world.aws)
        rows, calls = through(world, function, seed=seed, lifetime=LIFETIME)
        assert failures(rows) == []
        if function == "wipe":
            assert outcome(rows) == fair[function][1]
        total += calls
    assert total <= 2 * sum(calls for calls, _ in fair.values())

    time.sleep(LAG)
    world.forget_calls()
    assert [row for row in world.wipe() + world.restore() if row["status"] != "kept"] == []
    assert {row["status"] for row in world.check()} == {"ok"}
    assert world.calls(mutating=True) == []
    for region in stormy.REGIONS:  # nothing was made twice
        ec2 = world.aws("ec2", region)
        assert [len(ec2.describe_internet_gateways()["InternetGateways"]), len(ec2.describe_vpcs()["Vpcs"])] == [1, 1]


@pytest.mark.parametrize("number, lost", list(enumerate(["CreateInternetGateway", "AttachInternetGateway", "CreateDefaultVpc", "ReplaceRoute"])))
def test_a_call_whose_answer_is_lost_makes_one_thing(world, number, lost):
    world.enter(f"56{number:010}", 0, full=False)
    stormy.damage(world.aws)
    rows, _ = through(world, "restore", lost=[lost])
    [once, *again] = [each for each in world.calls(mutating=True) if each["operation"] == lost]
    assert once["error_code"] == "InternalError"
    assert failures(rows) == [] != rows
    assert not (again and lost.startswith("Create"))
    assert {row["status"] for row in world.check()} == {"ok"}
    for region in stormy.REGIONS:
        ec2 = world.aws("ec2", region)
        assert [len(ec2.describe_internet_gateways()["InternetGateways"]), len(ec2.describe_vpcs()["Vpcs"])] == [1, 1]


@pytest.mark.parametrize("number, lost", list(enumerate(["DeleteTaskDefinitions", "DeleteVolume", "DeleteRole", "DetachInternetGateway", "DeletePolicy"])))
def test_a_deletion_whose_answer_is_lost_fails_nothing(world, fair, number, lost):
    """Sent again, AWS refuses it in its own words, and its lists lag."""
    world.enter(f"58{number:010}", 0)
    rows, _ = through(world, "wipe", lost=[lost])
    assert {"InternalError", "InternalFailure"} & {each["error_code"] for each in world.calls(mutating=True) if each["operation"] == lost}
    assert failures(rows) == [] and outcome(rows) == fair["wipe"][1]


@pytest.mark.parametrize("after", [0, 130], ids=["from the start", "midway"])
@pytest.mark.parametrize("saying, told", [(None, "Connection was closed"), ("OptInRequired", "OptInRequired: says us-west-2")], ids=["silently", "as if it had never been"])
def test_a_region_that_goes_away_keeps_its_records(world, after, saying, told):
    """In the mirror, with a reason; the others are wiped, and the region is when it has come back."""
    east, west = stormy.REGIONS
    world.enter(f"57{after:09}{0 if saying else 1}", 0)
    world.mirror()
    there = {row["id"] for row in world.sql("SELECT resource_type || ' ' || resource_id AS id FROM aws.resource WHERE region = %s", west)}
    rows, _ = through(world, "wipe", gone=west, after=after, saying=saying)
    found = {row["id"] for row in world.sql("SELECT resource_type || ' ' || resource_id AS id FROM aws.resource WHERE region = %s", west)}
    assert found == there
    assert {row["status"] for row in rows if row["region"] == east} == {"deleted", "kept"}
    assert {row["status"] for row in rows if row["region"] == west} == ({"kept"} if after == 0 else {"kept", "failed"})
    assert all(row["reason"] for row in rows)
    if after == 0:
        assert any(told in row["reason"] for row in rows if row["region"] == west)
        assert [each["operation"] for each in world.calls(mutating=True) if each["region"] == west] == []
    rows = world.wipe()
    assert failures(rows) == [] and any(row["status"] == "deleted" and row["region"] == west for row in rows)
