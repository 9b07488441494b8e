"""What the journal is told of calls whose answer is a failure, or does not come."""

import asyncio
import contextlib

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, HTTPClientError, ReadTimeoutError

from tabula_rasa import catalog
from tabula_rasa.catalog import model
from tabula_rasa.change import Call, Change, Key, Step
from tabula_rasa.retrying import once
from tabula_rasa.executing import Executor
from tabula_rasa.failure import Failure, UnreadableAnswer


class Aws:
    """An AWS that answers each call with the same."""

    stopped = False

    def __init__(self, answer):
        self.answer = answer

    def room(self, service, region, change=False):
        return contextlib.nullcontext()

    waiting_room = room

    async def call(self, *request, **more):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Journal:
    def __init__(self):
        self.lines = []

    async def begin(self, service, operation, request, keys, edit_id):
        self.lines.append((operation, edit_id, "begun"))
        return len(self.lines)

    def sending(self, number):
        pass

    async def end(self, number, outcome, failure=None, request_id=None, resource_id=None, singly=()):
        self.lines.append((outcome, failure and failure.code))


@pytest.mark.parametrize("answer, outcome, status", [
    ({"ResponseMetadata": {}}, ("done", None), "done"),
    (ClientError({"Error": {"Code": "QueueNameExists", "Message": "x"}}, "SetQueueAttributes"), ("failed", "QueueNameExists"), "failed"),
    (EndpointConnectionError(endpoint_url="x"), ("failed", "EndpointConnectionError"), "failed"),  # it never went out
    (ReadTimeoutError(endpoint_url="x"), (None, "ReadTimeoutError"), "failed"),  # it did, and nobody knows what became of it
    (HTTPClientError(error="x"), (None, "HTTPClientError"), "failed"),
    (UnreadableAnswer(error="x"), (None, "UnreadableAnswer"), "failed"),
])
def test_an_outcome_is_known_or_marked_unknown(answer, outcome, status):
    journal = Journal()
    change = Change(Key("sqs_queue", "us-east-1", "q"), "update", properties={}, calls=(Call("sqs", "SetQueueAttributes", {"QueueUrl": "'q'", "Attributes": "`{}`"}),), edit_id=7)

    async def look(resource_type, region):
        return {}

    asyncio.run(Executor(Aws(answer), {}, journal, look, {"account_id": "1", "partition": "aws"}, patience=0).execute([Step(change)]))
    assert journal.lines == [("SetQueueAttributes", 7, "begun"), outcome]
    assert change.status == status


def test_what_is_soon_ready_joins_the_batch():
    """Each is deregistered before, which takes AWS longer for some; one for which it takes too long is not waited for."""
    seconds = {"app:1": 0, "app:2": 0.3, "app:3": 0.6, "app:4": 4}
    sent = []

    class Slow(Aws):
        async def call(self, service, region, operation, request, mutating=False):
            if operation == "DeregisterTaskDefinition":
                await asyncio.sleep(seconds[request["taskDefinition"]])
            else:
                sent.append(sorted(request["taskDefinitions"]))
            return self.answer

    async def look(resource_type, region):
        return {}

    changes = [Change(Key("ecs_task_definition", "us-east-1", name), "delete", properties={"taskDefinitionArn": name, "status": "ACTIVE"}) for name in seconds]
    executor = Executor(Slow({"ResponseMetadata": {}}), catalog.types(["ecs"]), Journal(), look, {"account_id": "1", "partition": "aws"}, patience=0)
    asyncio.run(executor.execute([Step(change) for change in changes]))
    assert sent == [["app:1", "app:2", "app:3"], ["app:4"]]
    assert {change.status for change in changes} == {"done"}


@pytest.mark.parametrize("service, operation, error, sent_again", [
    ("ec2", "CreateVpc", ReadTimeoutError(endpoint_url="x"), False),
    ("ec2", "CreateVpc", ConnectionClosedError(endpoint_url="x"), False),
    ("ec2", "AllocateAddress", ReadTimeoutError(endpoint_url="x"), False),
    ("ec2", "CreateVpc", EndpointConnectionError(endpoint_url="x"), True),  # it never went out
    ("ec2", "CreateVpc", None, True),
    ("ec2", "CreateNatGateway", ReadTimeoutError(endpoint_url="x"), True),  # AWS knows it by its token
    ("ec2", "DescribeVpcs", ReadTimeoutError(endpoint_url="x"), True),
    ("ec2", "ModifyVpcAttribute", ReadTimeoutError(endpoint_url="x"), True),
])
def test_a_create_without_an_answer_is_not_sent_again(service, operation, error, sent_again):
    handled = {"operation": model.operation(service, operation), "caught_exception": error, "response": None, "attempts": 1}
    if sent_again:
        assert once(**handled) is None
    else:
        with pytest.raises(type(error)):
            once(**handled)


@pytest.mark.parametrize("operation, status, sent_again", [
    ("CreateVpc", 500, False),
    ("CreateVpc", 504, False),
    ("CreateVpc", 503, True),  # throttled, or turned away: AWS did nothing
    ("CreateNatGateway", 500, True),
    ("DeleteVpc", 500, True),
])
def test_a_create_that_may_have_taken_effect_is_not_sent_again(operation, status, sent_again):
    answer = {"Error": {"Code": "InternalError", "Message": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    handled = {"operation": model.operation("ec2", operation), "caught_exception": None, "response": (AWSResponse("x", status, {}, None), answer)}
    if sent_again:
        assert once(**handled) is None
    else:
        with pytest.raises(ClientError) as raised:
            once(**handled)
        assert Failure.of(raised.value).unanswered
