"""A batch call's line and those of its members that AWS refused are written as one: a cancel or a crash comes before both or after both."""

import asyncio
import contextlib

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tabula_rasa import catalog
from tabula_rasa.change import Change, Key, Step
from tabula_rasa.connection import Account
from tabula_rasa.executing import Executor
from tabula_rasa.journal import HERE, Journal

ENDPOINTS = [Key("ec2_vpc_endpoint", "us-east-1", f"vpce-{name}") for name in "abc"]
REFUSED = {"ResourceId": "vpce-b", "Error": {"Code": "DependencyViolation", "Message": "in use"}}


class Aws:
    """It deletes all endpoints but one; the run may be cancelled while it does."""

    stopped = False
    waiting_room = room = staticmethod(lambda *_, **__: contextlib.nullcontext())

    def __init__(self, cancelled=False, error=None):
        self.cancelled, self.error, self.calls = cancelled, error, []

    async def call(self, service, region, operation, request, mutating=False):
        self.calls.append(request["VpcEndpointIds"])
        if self.error:
            raise self.error
        if self.cancelled:
            asyncio.current_task().cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)  # as Aws._awaited waits for a last answer
        return {"Unsuccessful": [REFUSED], "ResponseMetadata": {"RequestId": "1"}}


@pytest.fixture
def execute(world):
    """execute(aws): deletes the endpoints, with a real journal."""

    def run(aws):
        session = {"session_user": "postgres", "pid": world.connection.info.backend_pid}
        changes = [Change(key, "delete", properties={"VpcEndpointId": key.resource_id}) for key in ENDPOINTS]

        async def look(resource_type, region):
            return {key.resource_id: {"State": "available"} for key in ENDPOINTS if aws.error or key.resource_id == REFUSED["ResourceId"]}

        conninfo = {"conninfo": world.postgres.conninfo(world.database), **world.sql(HERE)[0]}
        with Journal(conninfo, "delete_all_records", Account(world.account_id), session, {"dry_run": False}, True) as journal:
            executor = Executor(aws, catalog.types(["ec2"]), journal, look, {"account_id": world.account_id, "partition": "aws"}, patience=0)
            with contextlib.suppress(asyncio.CancelledError):
                asyncio.run(executor.execute([Step(change) for change in changes]))

    return run


@pytest.mark.parametrize("cancelled", [False, True], ids=["to its end", "cancelled"])
def test_what_aws_refused_of_a_batch_is_known(world, execute, cancelled):
    execute(Aws(cancelled))
    lines = world.sql("SELECT resource_id, outcome, error_code, xmin::text AS transaction FROM journal ORDER BY resource_id")
    assert [(line["resource_id"], line["outcome"], line["error_code"]) for line in lines] == [
        ("vpce-a", "done", None), ("vpce-b", "failed", "DependencyViolation"), ("vpce-c", "done", None),
    ]
    assert len({line["transaction"] for line in lines}) == 1


@pytest.mark.parametrize(("error", "alone"), [
    (ClientError({"Error": {"Code": "InvalidVpcEndpointId.Malformed", "Message": "vpce-b"}}, "DeleteVpcEndpoints"), 3),
    (ClientError({"Error": {"Code": "OperationNotPermitted", "Message": "vpce-b is protected"}}, "DeleteVpcEndpoints"), 3),
    (ClientError({"Error": {"Code": "RequestLimitExceeded", "Message": "x"}}, "DeleteVpcEndpoints"), 0),
    (ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "x"}}, "DeleteVpcEndpoints"), 0),
    (EndpointConnectionError(endpoint_url="x"), 0),
    (ReadTimeoutError(endpoint_url="x"), 0),
])
def test_only_what_may_be_about_one_of_a_batch_is_asked_of_each(execute, error, alone):
    """An AWS that is busy or silent would be asked a hundred times instead of once."""
    aws = Aws(error=error)
    execute(aws)
    assert [len(each) for each in aws.calls] == [len(ENDPOINTS), *[1] * alone]
