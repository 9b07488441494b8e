"""Each known way to break a default network: noticed as what it is, shown by a dry run, mended, and then left alone."""

from collections import Counter

import pytest
from failure_modes import MODES


@pytest.mark.parametrize("mode", MODES)
def test_failure_mode(world, network, mode):
    kept = mode.destroy(network)
    assert network_differs(network)

    broken = [(row["item"], row["status"]) for row in world.check() if row["status"] != "ok"]
    assert sorted(broken) == mode.broken

    world.forget_calls()
    planned = world.restore(dry_run=True)
    assert {row["status"] for row in planned} == {"planned"}
    assert not Counter(mode.repairs) - Counter((row["resource_type"], row["action"]) for row in planned)
    assert len(planned) == len(broken)
    assert world.calls(mutating=True) == []

    repairs = world.restore()
    assert [row["reason"] for row in repairs if row["status"] != "done"] == []
    assert sorted((row["resource_type"], row["action"]) for row in repairs) == mode.repairs
    assert network.state() == network.factory_state()
    if mode.afterwards:
        mode.afterwards(network, kept)

    world.forget_calls()
    assert world.restore() == []
    assert world.calls(mutating=True) == []
    assert {row["status"] for row in world.check()} == {"ok"}


def network_differs(network):
    """Did the test break anything at all?"""
    vpcs = network.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    return not vpcs or network.state() != network.factory_state()


def test_account_as_aws_hands_it_out_is_sound(world, network):
    assert network.state() == network.factory_state()
    assert {row["status"] for row in world.check()} == {"ok"}
    assert world.restore() == []
    assert world.calls(mutating=True) == []
