"""A bucket is deleted only when it is empty: every version, delete marker and unfinished upload goes first, a page at a time."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ..failure import Failure

CALLS = ("ListObjectVersions", "DeleteObjects", "ListMultipartUploads", "AbortMultipartUpload")


class NotEmptied(ClientError):
    """Some objects could not be deleted; the first refusal speaks for all."""


def empty(client, properties, begin, end):
    bucket = properties["Name"]
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions = [{"Key": each["Key"], "VersionId": each["VersionId"]} for name in ("Versions", "DeleteMarkers") for each in page.get(name, ())]
        if versions:
            # The journal tells how many: a bucket may hold millions, and they are not records of the mirror.
            number = begin("DeleteObjects", {"Bucket": bucket, "Delete": {"Objects": [{"Key": f"{len(versions)} versions from {versions[0]['Key']}"}]}})
            answer = _send(end, number, lambda: client.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True}, BypassGovernanceRetention=True))
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise NotEmptied({"Error": {"Code": first["Code"], "Message": f"{first['Key']}: {first['Message']}"}}, "DeleteObjects")
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for each in page.get("Uploads", ()):
            request = {"Bucket": bucket, "Key": each["Key"], "UploadId": each["UploadId"]}
            _send(end, begin("AbortMultipartUpload", request), lambda: client.abort_multipart_upload(**request))


def _send(end, number, call):
    try:
        answer = call()
    except ClientError as error:
        end(number, Failure.of(error))
        raise
    errors = answer.get("Errors")
    end(number, Failure(errors[0]["Code"], f"{len(errors)} objects, the first: {errors[0]['Message']}") if errors else answer)
    return answer
