"""A list whose later page fails, or that is not offered any more: what was read of it counts for nothing."""

from collections import Counter

import pytest

PARAMETERS = 25  # the double gives 10 at a time


@pytest.fixture
def world(world):
    world.only("ssm")
    for number in range(PARAMETERS):
        world.aws("ssm").put_parameter(Name=f"parameter-{number}", Value="x", Type="String")
    yield world
    world.double.faults()


def fail_after(world, pages):
    """AWS answers that many pages of parameters, and denies all further ones."""
    rule = {"service": "ssm", "operation": "DescribeParameters", "account": world.account_id}
    world.double.faults({**rule, "delay": 0.001, "times": pages}, {**rule, "error_code": "AccessDeniedException", "message": "no more", "status": 400})


def in_the_mirror(world):
    return world.value("SELECT count(*) FROM aws.ssm_parameter")


def test_nothing_leaves_the_mirror(world):
    world.mirror()
    fail_after(world, 1)
    world.forget_calls()
    [outcome] = world.mirror(resource_types=["ssm_parameter"])
    assert [each["error_code"] for each in world.calls() if each["operation"] == "DescribeParameters"] == [None, "AccessDeniedException"]
    assert outcome["status"] == "failed" and "no more" in outcome["error"]
    assert in_the_mirror(world) == PARAMETERS


def test_nothing_is_deleted(world):
    world.mirror()
    fail_after(world, 1)
    world.forget_calls()
    rows = world.wipe(resource_types=["ssm_parameter"])
    assert {row["status"] for row in rows} == {"kept"} and len(rows) == PARAMETERS
    assert world.calls(mutating=True) == []


def test_what_is_no_longer_listed_is_not_taken_for_deleted(world):
    """Three pages are read to begin with, and one of two to see what became of them."""
    rule = ("ones", "ssm_parameter", "keep", "r.name ~ '-1'", 100, "wanted")
    world.sql("INSERT INTO cleanup_policy (name, resource_type, action, condition, priority, reason) VALUES (%s, %s, %s, %s, %s, %s)", *rule)
    fail_after(world, 4)
    rows = world.wipe(resource_types=["ssm_parameter"])
    told = Counter((row["status"], "no more" in row["reason"]) for row in rows)
    assert told == {("kept", False): 11, ("failed", True): PARAMETERS - 11}
    assert in_the_mirror(world) == PARAMETERS
    world.double.faults()
    world.mirror(resource_types=["ssm_parameter"])
    assert in_the_mirror(world) == 11


@pytest.mark.parametrize("after, came_to", [(0, "kept"), (3, "failed")], ids=["from the start", "midway"])
def test_what_is_suddenly_not_offered_is_not_taken_for_deleted(world, after, came_to):
    """Where the mirror holds nothing, the same answer is taken at its word."""
    world.mirror()
    rule = {"account": world.account_id}
    denied = {**rule, "error_code": "OptInRequired", "message": "needs a subscription", "status": 403}
    some = [{**rule, "service": "ssm", "operation": "DescribeParameters", "delay": 0.001, "times": after}] if after else []
    world.double.faults(*some, {**denied, "service": "ssm", "operation": "DescribeParameters"}, {**denied, "service": "sqs"})
    rows = world.wipe(resource_types=["ssm_parameter"])
    assert {(row["status"], "OptInRequired" in row["reason"]) for row in rows} == {(came_to, True)} and len(rows) == PARAMETERS
    assert in_the_mirror(world) == PARAMETERS
    world.sql("SELECT FROM enable_services('sqs')")
    told = {row["resource_type"]: row["status"] for row in world.mirror() if row["region"] != "global"}
    assert (told["ssm_parameter"], told["sqs_queue"]) == ("failed", "not offered")
