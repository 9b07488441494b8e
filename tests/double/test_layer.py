"""The layer itself: accounts, credentials, the call log, faults, and that every list of a fresh account answers."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from test_refusals import code_of

from aws_double.client import CREDENTIALS, Double


def client(double, service, region="us-east-1", key="testing", secret="testing"):
    once = Config(retries={"max_attempts": 0})
    return boto3.client(
        service, region_name=region, endpoint_url=double.url, aws_access_key_id=key, aws_secret_access_key=secret, config=once
    )


def test_an_assumed_role_is_in_its_account(aws, account_id):
    identity = aws("sts").get_caller_identity()
    assert identity["Account"] == account_id
    assert identity["Arn"] == f"arn:aws:sts::{account_id}:assumed-role/tabula-rasa/test"
    aws("sqs").create_queue(QueueName="q")
    [url] = aws("sqs").list_queues()["QueueUrls"]
    assert account_id in url
    assert aws("ec2").describe_vpcs()["Vpcs"][0]["OwnerId"] == account_id


def test_accounts_are_apart(double, aws, account_id):
    aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    other = double.boto("ec2", account_id=account_id[::-1])
    assert [vpc["IsDefault"] for vpc in other.describe_vpcs()["Vpcs"]] == [True]


@pytest.mark.parametrize(
    ("service", "read", "expected"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("dynamodb", "list_tables", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ],
)
def test_unknown_credentials(double, service, read, expected):
    assert code_of(getattr(client(double, service, key="AKIAWRONGWRONGWRONG0"), read)) == expected


def test_unknown_region(double):
    assert code_of(client(double, "ec2", region="xx-nowhere-1").describe_vpcs) == "AuthFailure"


def test_dry_run(aws):
    assert code_of(aws("ec2").create_vpc, CidrBlock="10.0.0.0/16", DryRun=True) == "DryRunOperation"


def test_call_log(double, aws, account_id):
    aws("ec2", "eu-west-1").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])
    aws("iam").create_user(UserName="u")
    aws("s3").list_buckets()
    code_of(aws("secretsmanager").delete_secret, SecretId="nobody")
    aws("secretsmanager").create_secret(Name="s", SecretString="hidden")
    read, create, buckets, failed, secret = double.calls(account=account_id)
    filters = {"Filters": [{"Name": "is-default", "Values": ["true"]}]}
    assert (read["service"], read["operation"], read["region"]) == ("ec2", "DescribeVpcs", "eu-west-1")
    assert (read["params"], read["mutating"], read["status"], read["error_code"]) == (filters, False, 200, None)
    assert (create["operation"], create["mutating"], create["params"]) == ("CreateUser", True, {"UserName": "u"})
    assert (buckets["service"], buckets["operation"]) == ("s3", "ListBuckets")
    assert (failed["operation"], failed["error_code"]) == ("DeleteSecret", "ResourceNotFoundException")
    assert secret["params"]["SecretString"] == "***"
    assert read["started"] <= read["finished"] <= create["started"]
    assert [call["n"] for call in double.calls(account=account_id, since=create["n"])] == [buckets["n"], failed["n"], secret["n"]]
    assert [call["operation"] for call in double.calls(account=account_id, mutating=True)] == ["CreateUser", "DeleteSecret", "CreateSecret"]


def test_faults(double, aws, account_id):
    ec2 = aws("ec2")
    rule = {"service": "ec2", "operation": "DescribeVpcs", "account": account_id}
    double.faults({**rule, "error_code": "RequestLimitExceeded", "status": 503, "times": 2})
    for _ in range(2):
        assert code_of(ec2.describe_vpcs) == "RequestLimitExceeded"
    ec2.describe_vpcs()
    double.faults({**rule, "error_code": "UnauthorizedOperation", "message": "no", "region": "eu-west-1"})
    ec2.describe_vpcs()
    assert code_of(aws("ec2", "eu-west-1").describe_vpcs) == "UnauthorizedOperation"
    ec2.describe_subnets()
    double.faults({"service": "dynamodb", "error_code": "ThrottlingException", "probability": 0.5, "seed": 7})
    codes = []
    for _ in range(20):
        try:
            aws("dynamodb").list_tables()
            codes.append(None)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert set(codes) == {None, "ThrottlingException"}
    with pytest.raises(ValueError, match="unknown key"):
        double.faults({"srevice": "ec2", "error_code": "X"})


def test_dropped_connection(double, aws, account_id):
    double.faults({"service": "sqs", "drop_connection": True, "account": account_id, "times": 1})
    with pytest.raises(ConnectionClosedError):
        aws("sqs").list_queues()
    aws("sqs").list_queues()
    assert [call["error_code"] for call in double.calls(account=account_id)] == ["DropConnection", None]


def test_start_and_reset():
    with Double.start(delay=0) as own:
        own.boto("iam").create_user(UserName="u")
        own.reset()
        assert own.calls() == []
        assert own.boto("iam").list_users()["Users"] == []
        assert len(own.boto("iam").list_roles()["Roles"]) == 2
    with pytest.raises(OSError):
        own.calls()


def test_the_operator(double):
    assert client(double, "sts").get_caller_identity()["Account"] == "123456789012"
    assert CREDENTIALS["aws_access_key_id"] == "testing"
