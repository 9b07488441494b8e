"""Tags are one path for all types: an UPDATE of aws.resource tags whatever it finds."""

import json

import pytest

SERVICES = ("ec2", "iam", "s3", "sqs", "sns", "logs", "dynamodb", "secretsmanager", "ecs", "ecr", "route53", "kms", "elbv2")
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


@pytest.fixture(scope="module")
def holdings(module_world):
    """{resource type: how AWS tells its tags} of things that were made without the extension, and mirrored."""
    aws = module_world.aws
    ec2, iam, s3, sqs, sns, logs = (aws(each) for each in ("ec2", "iam", "s3", "sqs", "sns", "logs"))
    dynamodb, secrets, ecs, ecr, route53, kms, elbv2 = (aws(each) for each in ("dynamodb", "secretsmanager", "ecs", "ecr", "route53", "kms", "elbv2"))
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "scenario", "Value": "tags"}, {"Key": "team", "Value": "old"}])
    iam.create_role(RoleName="tagged", AssumeRolePolicyDocument=json.dumps(TRUST))
    user = iam.create_user(UserName="tagged")["User"]["UserName"]
    s3.create_bucket(Bucket="tagged-bucket")
    s3.put_bucket_tagging(Bucket="tagged-bucket", Tagging={"TagSet": [{"Key": "was", "Value": "there"}]})
    queue = sqs.create_queue(QueueName="tagged")["QueueUrl"]
    topic = sns.create_topic(Name="tagged")["TopicArn"]
    logs.create_log_group(logGroupName="tagged")
    group = logs.describe_log_groups(logGroupNamePrefix="tagged")["logGroups"][0]["logGroupArn"]
    table = dynamodb.create_table(
        TableName="tagged", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )["TableDescription"]["TableArn"]
    secret = secrets.create_secret(Name="tagged", SecretString="x")["ARN"]
    cluster = ecs.create_cluster(clusterName="tagged")["cluster"]["clusterArn"]
    repository = ecr.create_repository(repositoryName="tagged")["repository"]["repositoryArn"]
    zone = route53.create_hosted_zone(Name="tagged.test", CallerReference="tagged")["HostedZone"]["Id"].rsplit("/", 1)[1]
    key = kms.create_key(Description="tagged")["KeyMetadata"]["KeyId"]
    targets = elbv2.create_target_group(Name="tagged", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
    module_world.mirror()
    return {
        "ec2_vpc": (vpc, lambda: pairs(ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc]}])["Tags"])),
        "iam_role": ("tagged", lambda: pairs(iam.list_role_tags(RoleName="tagged")["Tags"])),
        "iam_user": (user, lambda: pairs(iam.list_user_tags(UserName=user)["Tags"])),
        "s3_bucket": ("tagged-bucket", lambda: bucket_tags(s3)),
        "sqs_queue": (queue, lambda: sqs.list_queue_tags(QueueUrl=queue).get("Tags", {})),
        "sns_topic": (topic, lambda: pairs(sns.list_tags_for_resource(ResourceArn=topic)["Tags"])),
        "logs_log_group": ("tagged", lambda: logs.list_tags_for_resource(resourceArn=group)["tags"]),
        "dynamodb_table": ("tagged", lambda: pairs(dynamodb.list_tags_of_resource(ResourceArn=table)["Tags"])),
        "secretsmanager_secret": (secret, lambda: pairs(secrets.describe_secret(SecretId=secret).get("Tags", []))),
        "ecs_cluster": (cluster, lambda: pairs(ecs.list_tags_for_resource(resourceArn=cluster).get("tags", []))),
        "ecr_repository": ("tagged", lambda: pairs(ecr.list_tags_for_resource(resourceArn=repository).get("tags", []))),
        "route53_hosted_zone": (zone, lambda: pairs(route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)["ResourceTagSet"]["Tags"])),
        "kms_key": (key, lambda: pairs(kms.list_resource_tags(KeyId=key)["Tags"])),
        "elbv2_target_group": (targets, lambda: pairs(elbv2.describe_tags(ResourceArns=[targets])["TagDescriptions"][0]["Tags"])),
    }


def pairs(tags):
    """{key: value} of a list of tags in whatever spelling."""
    return {next(each[name] for name in ("Key", "key", "TagKey") if name in each): next(each[name] for name in ("Value", "value", "TagValue") if name in each) for each in tags}


def bucket_tags(s3):
    try:
        return pairs(s3.get_bucket_tagging(Bucket="tagged-bucket")["TagSet"])
    except s3.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchTagSet"
        return {}


def test_one_update_tags_every_type(holdings, editor):
    before = {name: tags() for name, (_, tags) in holdings.items()}
    assert before["s3_bucket"] == {"was": "there"} and before["ec2_vpc"] == {"scenario": "tags", "team": "old"}
    mine = "(resource_type, resource_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
    which = list(holdings), [resource_id for resource_id, _ in holdings.values()]

    editor.sql(f"""UPDATE aws.resource SET tags = tags || '{{"team": "x"}}' WHERE {mine}""", *which)
    assert {(row["resource_type"], row["action"]) for row in editor.edits()} == {(name, "update") for name in holdings}
    editor.carry_out()
    assert {name: tags() for name, (_, tags) in holdings.items()} == {name: {**tags, "team": "x"} for name, tags in before.items()}

    editor.sql(f"""UPDATE aws.resource SET tags = tags - 'team' || '{{"stage": "test"}}' WHERE {mine}""", *which)
    editor.carry_out()
    without = {name: {key: value for key, value in tags.items() if key != "team"} for name, tags in before.items()}
    assert {name: tags() for name, (_, tags) in holdings.items()} == {name: {**tags, "stage": "test"} for name, tags in without.items()}

    editor.sql(f"UPDATE aws.resource SET tags = '{{}}' WHERE {mine}", *which)
    editor.carry_out()
    assert {name: tags() for name, (_, tags) in holdings.items()} == {name: {} for name in holdings}


def test_a_name_where_it_is_a_tag(holdings, editor):
    vpc = holdings["ec2_vpc"][0]
    editor.sql("UPDATE ec2_vpc SET name = 'called' WHERE vpc_id = %s", vpc)
    assert editor.value("SELECT tags ->> 'Name' FROM ec2_vpc WHERE vpc_id = %s", vpc) == "called"
    editor.carry_out()
    assert editor.mutating() == ["CreateTags"]
    assert holdings["ec2_vpc"][1]()["Name"] == "called"
    editor.sql("UPDATE ec2_vpc SET name = NULL WHERE vpc_id = %s", vpc)
    editor.carry_out()
    assert editor.mutating() == ["DeleteTags"]
    assert "Name" not in holdings["ec2_vpc"][1]()


def test_deleting_by_tag(holdings, editor):
    """Last: it takes everything away that was tagged."""
    which = list(holdings), [resource_id for resource_id, _ in holdings.values()]
    editor.sql(
        """UPDATE aws.resource SET tags = tags || '{"scratch": ""}' WHERE (resource_type, resource_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))""", *which,
    )
    editor.carry_out()
    editor.sql("DELETE FROM aws.resource WHERE tags ? 'scratch'")
    editor.carry_out()
    assert editor.aws("sqs").list_queues().get("QueueUrls") is None
    assert editor.aws("s3").list_buckets()["Buckets"] == []
    assert [each["IsDefault"] for each in editor.aws("ec2").describe_vpcs()["Vpcs"]] == [True]
