"""An account's row may say how much a list asks for at a time, and how many requests go to a service in a second."""

import psycopg
import pytest

PER_SECOND = 5


def test_an_accounts_own_limits_are_kept(world):
    world.only("ssm")
    for number in range(25):
        world.aws("ssm").put_parameter(Name=f"parameter-{number}", Value="x", Type="String")
    world.mirror()
    world.forget_calls()
    world.sql("UPDATE account SET page_size = 7, calls_per_second = %s", PER_SECOND)
    assert "failed" not in {row["status"] for row in world.mirror()}
    assert world.value("SELECT count(*) FROM aws.ssm_parameter") == 25
    calls = [each for each in world.calls() if each["service"] == "ssm"]
    assert {each["params"].get("MaxResults") for each in calls if each["operation"] == "DescribeParameters"} == {7}
    started = sorted(each["started"] for each in calls)
    assert len(started) > 2 * PER_SECOND
    spans = [later - earlier for earlier, later in zip(started, started[PER_SECOND:])]
    assert min(spans) > 0.5 and started[-1] - started[0] > 0.9 * (len(started) - 1) / PER_SECOND


@pytest.mark.parametrize("column, value", [("page_size", 0), ("page_size", 1001), ("calls_per_second", 0), ("calls_per_second", -1)])
def test_limits_have_limits(world, column, value):
    with pytest.raises(psycopg.errors.CheckViolation):
        world.sql(f"UPDATE account SET {column} = %s", value)
