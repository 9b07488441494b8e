"""What the Prisma tutorial leaves: an app in a VPC of its own, a function beside it, a table of sessions."""

import io
import zipfile

from . import fargate, network
from .fargate import tags, trust

PROJECT = "prisma"


def leave(aws):
    vpc, public, private = network.build(aws("ec2"), PROJECT)
    _, groups = fargate.deploy(aws, PROJECT, 3000, vpc, public)
    role = aws("iam").create_role(RoleName="prisma-migrate", AssumeRolePolicyDocument=trust("lambda"), Tags=tags(PROJECT))["Role"]["Arn"]
    migrations(aws("lambda"), aws("logs"), role, private, groups["app"])
    sessions(aws("dynamodb"))


def migrations(lambda_, logs, role, subnets, group):
    """A function inside the VPC, as one that migrates a database has to be; and the log group it writes to."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", "exports.handler = async () => 'migrated'")
    lambda_.create_function(
        FunctionName="prisma-migrate", Runtime="nodejs20.x", Role=role, Handler="index.handler", Code={"ZipFile": archive.getvalue()},
        VpcConfig={"SubnetIds": subnets, "SecurityGroupIds": [group]}, Tags={"project": PROJECT},
    )
    logs.create_log_group(logGroupName="/aws/lambda/prisma-migrate", tags={"project": PROJECT})


def sessions(dynamodb):
    dynamodb.create_table(
        TableName="prisma-sessions", BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True, Tags=tags(PROJECT),
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
