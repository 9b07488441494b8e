"""Each known way to break a default network: noticed as what it is, shown by a dry run, mended, and then left alone."""

from collections import Counter

import pytest
from failure_modes import MODES


@pytest.mark.parametrize("mode", MODES)
def test_failure_mode(world, network, mode):
    zones = network.zones
    kept = mode.destroy(network)

    broken = [(row["item"], row["status"]) for row in world.check() if row["status"] != "ok"]
    assert sorted(broken) == mode.all_broken(zones)

    world.forget_calls()
    expected = sorted([*mode.repairs, *mode.each_zone * len(zones)])
    planned = world.restore(dry_run=True)
    assert {row["status"] for row in planned} == {"planned"}
    assert not Counter(expected) - Counter((row["resource_type"], row["action"]) for row in planned)
    assert len(planned) == len(broken)
    assert world.calls(mutating=True) == []

    repairs = world.restore()
    assert [row["reason"] for row in repairs if row["status"] != "done"] == []
    assert sorted((row["resource_type"], row["action"]) for row in repairs) == expected
    assert network.state() == network.factory_state()
    if mode.afterwards:
        mode.afterwards(network, kept)

    world.forget_calls()
    assert world.restore() == []
    assert world.calls(mutating=True) == []


def test_account_as_aws_hands_it_out_is_sound(world, network):
    assert network.state() == network.factory_state()
    assert {row["status"] for row in world.check()} == {"ok"}
    assert world.restore() == []
    assert world.calls(mutating=True) == []
