"""An answer without a body is no empty list: which operations AWS answers by nothing, and which never."""

from types import SimpleNamespace

import pytest
from botocore.parsers import ResponseParserError
from botocore.session import Session

from tabula_rasa import catalog
from tabula_rasa.catalog import model
from tabula_rasa.hosts import read_whole, tells


def answered(service, operation, content, status=200):
    """What the handler does with an answer that the SDK found nothing in."""
    read_whole(http_response=SimpleNamespace(status_code=status, content=content), parsed={"ResponseMetadata": {}}, model=model.operation(service, operation))


@pytest.mark.parametrize("service, operation", [
    ("sqs", "ListQueues"), ("ecs", "ListClusters"), ("lambda", "ListFunctions"), ("s3", "ListBuckets"), ("s3", "ListObjectVersions"), ("cloudwatch", "DescribeAlarms"),
    ("codebuild", "BatchGetProjects"), ("ec2", "DescribeVpcs"),
])
@pytest.mark.parametrize("content", [b"", b" \r\n"])
def test_a_list_is_never_nothing(service, operation, content):
    with pytest.raises(ResponseParserError, match=f"{service}:{operation} was answered by what is neither JSON nor XML of AWS's: it is nothing"):
        answered(service, operation, content)


@pytest.mark.parametrize("service, operation, content, status", [
    ("sqs", "ListQueues", b"{}", 200),
    ("s3", "ListBuckets", b"<ListAllMyBucketsResult/>", 200),
    ("s3", "HeadBucket", b"", 200),
    ("s3", "GetObject", b"", 200),  # an empty file
    ("s3", "DeleteObject", b"", 204),
    ("s3", "DeleteObjectTagging", b"", 200),
    ("s3", "PutBucketVersioning", b"", 200),
    ("sqs", "DeleteQueue", b"", 200),
    ("lambda", "DeleteFunction", b"", 204),
    ("ecs", "DeleteCluster", b"", 200),
    ("apigateway", "GetAccount", b"", 204),
])
def test_what_may_be_empty_goes_on(service, operation, content, status):
    answered(service, operation, content, status)


def test_each_read_of_the_catalog_tells():
    types = catalog.types(Session().get_available_services()).values()
    reads = {(each.service, read.operation) for each in types for read in (each.list, *each.details) if read}
    assert {each for each in reads if not tells(model.operation(*each))} == set() != reads
