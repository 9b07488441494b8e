"""What tells that a deletion has taken effect: a look, and where an answer was lost a second one."""

import asyncio
import contextlib

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tabula_rasa import catalog
from tabula_rasa.change import Key
from tabula_rasa.executing import waiting
from tabula_rasa.failure import UnreadableAnswer

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


class _Aws:
    """It answers each look of a waiter with the next of these."""

    def __init__(self, *answers):
        self.connection, self.answers = self, iter(answers)

    def client(self, *_):
        return boto3.client("ecs", region_name="us-east-1")

    async def call(self, *_):
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(("answer", "refused"), [
    (UnreadableAnswer(error="x"), False), (ReadTimeoutError(endpoint_url="x"), False), (EndpointConnectionError(endpoint_url="x"), True),
])
def test_a_look_of_a_waiter_that_tells_nothing_is_followed_by_another(monkeypatch, answer, refused):
    monkeypatch.setattr(waiting, "FIRST_LOOK", 0.01)
    aws = _Aws(answer, {"services": [{"status": "INACTIVE"}]})

    async def ask():
        await waiting.Waiting(aws, None, 5, lambda: 0).for_waiter("ecs", "us-east-1", "services_inactive", {})

    with pytest.raises(waiting.Refused) if refused else contextlib.nullcontext():
        asyncio.run(ask())
    assert len(list(aws.answers)) == refused
