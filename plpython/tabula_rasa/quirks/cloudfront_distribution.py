"""A distribution is deleted only when it is disabled and that has spread; both calls want the ETag of the configuration just read."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ..failure import Failure

CALLS = ("GetDistributionConfig", "UpdateDistribution", "GetDistribution")  # the last: what the waiter asks


def empty(client, properties, begin, end):
    identity = properties["Id"]
    current = client.get_distribution_config(Id=identity)
    configuration = current["DistributionConfig"]
    if configuration["Enabled"]:
        request = {"Id": identity, "DistributionConfig": {**configuration, "Enabled": False}, "IfMatch": current["ETag"]}
        number = begin("UpdateDistribution", request)
        try:
            end(number, client.update_distribution(**request))
        except ClientError as error:
            end(number, Failure.of(error))
            raise
    client.get_waiter("distribution_deployed").wait(Id=identity, WaiterConfig={"Delay": 5, "MaxAttempts": 360})
    properties["ETag"] = client.get_distribution_config(Id=identity)["ETag"]  # what the deletion has to name
