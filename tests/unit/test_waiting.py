"""What tells that a deletion has taken effect: a look, and where an answer was lost a second one."""

import asyncio

import pytest

from tabula_rasa import catalog
from tabula_rasa.change import Key
from tabula_rasa.executing import waiting

KEY = Key("ec2_volume", "us-east-1", "vol-0a1b2c3d")


@pytest.mark.parametrize(("retried", "shown", "gone"), [
    (False, [False], True), (False, [True, False], False), (True, [False], True), (True, [True, False], True), (True, [True, True], False), (True, [None, None], False),
])
def test_a_list_that_lags_is_looked_at_twice(monkeypatch, retried, shown, gone):
    """shown: what each look finds; None: it could not look."""
    monkeypatch.setattr(waiting, "LAG", 0.01)
    looks = iter(shown)

    async def look(resource_type, region):
        there = next(looks)
        return None if there is None else {KEY.resource_id: {}} if there else {}

    async def ask():
        return await waiting.Waiting(None, look, 5, lambda: 0).is_gone(catalog.types(["ec2"])["ec2_volume"], KEY, retried)

    assert asyncio.run(ask()) is gone
