"""What stands alone, through rows: roles, buckets, queues, topics, tables, databases, zones, secrets, log groups. Asserted on what AWS holds."""

import json

import pytest
from botocore.exceptions import ClientError

SERVICES = ("ec2", "iam", "s3", "sqs", "sns", "dynamodb", "rds", "route53", "secretsmanager", "logs")


def trust(service):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def test_a_role_with_attached_policies(editor):
    aws = editor.aws("iam")
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
    editor.sql("INSERT INTO iam_policy (policy_name, policy_document, description) VALUES ('look', %s, 'of a test')", json.dumps(allow))
    editor.sql(
        """INSERT INTO iam_role (role_name, assume_role_policy_document, attached_policy_arns, role_policy_list, tags)
           VALUES ('worker', %s, ARRAY[(SELECT arn FROM iam_policy WHERE policy_name = 'look'), 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
                   %s, '{"team": "x"}')""",
        json.dumps(trust("ec2")), json.dumps([{"PolicyName": "inline", "PolicyDocument": json.dumps(allow)}]),
    )
    editor.sql("INSERT INTO iam_instance_profile (instance_profile_name, role_name) VALUES ('worker', 'worker')")
    editor.carry_out()

    def attached():
        return {each["PolicyName"] for each in aws.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]}

    role = aws.get_role(RoleName="worker")["Role"]
    assert (role["AssumeRolePolicyDocument"], role["Tags"]) == (trust("ec2"), [{"Key": "team", "Value": "x"}])
    assert attached() == {"look", "ReadOnlyAccess"}
    assert aws.get_role_policy(RoleName="worker", PolicyName="inline")["PolicyDocument"] == allow
    assert [each["RoleName"] for each in aws.get_instance_profile(InstanceProfileName="worker")["InstanceProfile"]["Roles"]] == ["worker"]

    editor.sql("UPDATE iam_role SET attached_policy_arns = ARRAY[(SELECT arn FROM iam_policy WHERE policy_name = 'look'), 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'] WHERE role_name = 'worker'")
    editor.carry_out()
    assert attached() == {"look", "AmazonS3ReadOnlyAccess"}
    assert editor.mutating() == ["DetachRolePolicy", "AttachRolePolicy"]

    editor.sql("UPDATE iam_role SET assume_role_policy_document = %s, description = 'works', max_session_duration = 7200 WHERE role_name = 'worker'", json.dumps(trust("lambda")))
    editor.sql("UPDATE iam_policy SET policy_document = replace(policy_document, 'ListAllMyBuckets', 'GetObject') WHERE policy_name = 'look'")
    editor.carry_out()
    role = aws.get_role(RoleName="worker")["Role"]
    assert (role["AssumeRolePolicyDocument"], role["Description"], role["MaxSessionDuration"]) == (trust("lambda"), "works", 7200)
    policy = aws.get_policy(PolicyArn=editor.value("SELECT arn FROM iam_policy WHERE policy_name = 'look'"))["Policy"]
    version = aws.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == "s3:GetObject"

    editor.sql("UPDATE iam_role SET attached_policy_arns = NULL, role_policy_list = NULL WHERE role_name = 'worker'")
    editor.carry_out()
    assert (attached(), aws.list_role_policies(RoleName="worker")["PolicyNames"]) == (set(), [])

    editor.sql("DELETE FROM iam_instance_profile WHERE name = 'worker'")
    editor.sql("DELETE FROM iam_role WHERE name = 'worker'")
    editor.sql("DELETE FROM iam_policy WHERE name = 'look'")
    editor.carry_out()
    assert "worker" not in [each["RoleName"] for each in aws.list_roles()["Roles"]]
    assert aws.list_policies(Scope="Local")["Policies"] == aws.list_instance_profiles()["InstanceProfiles"] == []


def test_a_website_in_a_bucket(editor):
    aws = editor.aws("s3")
    reading = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::scenario-site/*"}]}
    editor.sql("INSERT INTO s3_bucket (name, tags) VALUES ('scenario-site', '{\"team\": \"x\"}')")
    editor.sql("INSERT INTO s3_public_access_block (bucket, block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets) VALUES ('scenario-site', true, true, false, false)")
    editor.sql("INSERT INTO s3_bucket_policy (bucket, policy) VALUES ('scenario-site', %s)", json.dumps(reading))
    editor.sql(
        """INSERT INTO s3_bucket_website (bucket, index_document, error_document)
           VALUES ('scenario-site', '{"Suffix": "index.html"}', '{"Key": "error.html"}')"""
    )
    editor.carry_out()
    site = aws.get_bucket_website(Bucket="scenario-site")
    assert (site["IndexDocument"], site["ErrorDocument"]) == ({"Suffix": "index.html"}, {"Key": "error.html"})
    assert json.loads(aws.get_bucket_policy(Bucket="scenario-site")["Policy"]) == reading
    assert aws.get_bucket_tagging(Bucket="scenario-site")["TagSet"] == [{"Key": "team", "Value": "x"}]
    assert aws.get_public_access_block(Bucket="scenario-site")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] is False
    assert "Status" not in aws.get_bucket_versioning(Bucket="scenario-site")

    editor.sql("UPDATE s3_bucket SET versioning = '{\"Status\": \"Enabled\"}', tags = '{\"team\": \"y\", \"stage\": \"test\"}' WHERE name = 'scenario-site'")
    editor.sql("UPDATE s3_bucket_website SET index_document = '{\"Suffix\": \"home.html\"}', error_document = NULL WHERE bucket = 'scenario-site'")
    editor.carry_out()
    assert aws.get_bucket_versioning(Bucket="scenario-site")["Status"] == "Enabled"
    assert {each["Key"]: each["Value"] for each in aws.get_bucket_tagging(Bucket="scenario-site")["TagSet"]} == {"team": "y", "stage": "test"}
    site = aws.get_bucket_website(Bucket="scenario-site")
    assert (site["IndexDocument"], site.get("ErrorDocument")) == ({"Suffix": "home.html"}, None)

    editor.sql("UPDATE s3_bucket SET versioning = '{\"Status\": \"Suspended\"}', tags = '{}' WHERE name = 'scenario-site'")
    editor.sql("DELETE FROM s3_bucket_website WHERE bucket = 'scenario-site'")
    editor.carry_out()
    assert aws.get_bucket_versioning(Bucket="scenario-site")["Status"] == "Suspended"
    for read, code in ((aws.get_bucket_tagging, "NoSuchTagSet"), (aws.get_bucket_website, "NoSuchWebsiteConfiguration")):
        with pytest.raises(ClientError, match=code):
            read(Bucket="scenario-site")

    aws.put_object(Bucket="scenario-site", Key="home.html", Body=b"hello")
    editor.sql("DELETE FROM s3_bucket WHERE name = 'scenario-site'")
    editor.carry_out()
    assert aws.list_buckets()["Buckets"] == []


def test_a_bucket_of_another_region(world):
    world.sql("UPDATE account SET regions = '{us-east-1,eu-west-1}'")
    world.only("s3")
    world.mirror()
    world.sql("INSERT INTO s3_bucket (region, name) VALUES ('eu-west-1', 'scenario-far')")
    (row,) = world.sql("SELECT * FROM apply_changes()")
    assert (row["status"], row["region"]) == ("done", "eu-west-1")
    assert world.aws("s3").get_bucket_location(Bucket="scenario-far")["LocationConstraint"] == "eu-west-1"
    assert world.sql("SELECT region, bucket_region FROM s3_bucket") == [{"region": "eu-west-1", "bucket_region": "eu-west-1"}]


def test_a_queue_with_one_for_dead_letters(editor):
    aws = editor.aws("sqs")
    editor.sql("INSERT INTO sqs_queue (queue_name, message_retention_period) VALUES ('dead', '1209600')")
    editor.sql(
        """INSERT INTO sqs_queue (queue_name, visibility_timeout, redrive_policy)
           SELECT 'jobs', '45', jsonb_build_object('deadLetterTargetArn', arn, 'maxReceiveCount', 3) FROM sqs_queue WHERE queue_name = 'dead'"""
    )
    editor.carry_out()

    def attributes(name):
        return aws.get_queue_attributes(QueueUrl=aws.get_queue_url(QueueName=name)["QueueUrl"], AttributeNames=["All"])["Attributes"]

    assert (attributes("dead")["MessageRetentionPeriod"], attributes("jobs")["VisibilityTimeout"]) == ("1209600", "45")
    redrive = json.loads(attributes("jobs")["RedrivePolicy"])
    assert (redrive["deadLetterTargetArn"], int(redrive["maxReceiveCount"])) == (attributes("dead")["QueueArn"], 3)

    editor.sql("UPDATE sqs_queue SET visibility_timeout = '60', delay_seconds = '5', redrive_policy = NULL WHERE queue_name = 'jobs'")
    editor.carry_out()
    now = attributes("jobs")
    assert (now["VisibilityTimeout"], now["DelaySeconds"], now.get("RedrivePolicy")) == ("60", "5", None)
    editor.sql("DELETE FROM sqs_queue")
    editor.carry_out()
    assert aws.list_queues().get("QueueUrls") is None


def test_a_topic_that_a_queue_listens_to(editor):
    sns = editor.aws("sns")
    editor.sql("INSERT INTO sqs_queue (queue_name) VALUES ('news')")
    editor.sql("INSERT INTO sns_topic (topic_name, display_name) VALUES ('news', 'News')")
    editor.sql(
        """INSERT INTO sns_subscription (topic_arn, protocol, endpoint, raw_message_delivery)
           SELECT t.arn, 'sqs', q.arn, 'true' FROM sns_topic AS t, sqs_queue AS q"""
    )
    editor.carry_out()
    (topic,) = [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (subscription["Protocol"], subscription["Endpoint"].rsplit(":", 1)[1]) == ("sqs", "news")
    assert sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]["RawMessageDelivery"] == "true"
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "News"
    sns.publish(TopicArn=topic, Message="hello")
    sqs = editor.aws("sqs")
    assert sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="news")["QueueUrl"])["Messages"][0]["Body"] == "hello"

    editor.sql("UPDATE sns_topic SET display_name = 'Olds'")
    editor.sql("UPDATE sns_subscription SET raw_message_delivery = 'false', filter_policy = '{\"kind\": [\"big\"]}'")
    editor.carry_out()
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Olds"
    told = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    assert (told["RawMessageDelivery"], json.loads(told["FilterPolicy"])) == ("false", {"kind": ["big"]})
    for table in ("sns_subscription", "sns_topic", "sqs_queue"):
        editor.sql(f"DELETE FROM {table}")
    editor.carry_out()
    assert sns.list_topics()["Topics"] == sns.list_subscriptions()["Subscriptions"] == []


def test_a_table(editor):
    aws = editor.aws("dynamodb")
    editor.sql(
        """INSERT INTO dynamodb_table (table_name, billing_mode, attribute_definitions, key_schema, tags)
           VALUES ('things', 'PAY_PER_REQUEST', '[{"AttributeName": "id", "AttributeType": "S"}]', '[{"AttributeName": "id", "KeyType": "HASH"}]', '{"team": "x"}')"""
    )
    editor.carry_out()
    table = aws.describe_table(TableName="things")["Table"]
    assert (table["TableStatus"], table["KeySchema"], table["BillingModeSummary"]["BillingMode"]) == ("ACTIVE", [{"AttributeName": "id", "KeyType": "HASH"}], "PAY_PER_REQUEST")
    assert aws.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "team", "Value": "x"}]
    editor.sql("UPDATE dynamodb_table SET billing_mode = 'PROVISIONED', provisioned_throughput = '{\"ReadCapacityUnits\": 3, \"WriteCapacityUnits\": 2}', deletion_protection_enabled = true")
    editor.carry_out()
    table = aws.describe_table(TableName="things")["Table"]
    assert (table["ProvisionedThroughput"]["ReadCapacityUnits"], table["ProvisionedThroughput"]["WriteCapacityUnits"]) == (3, 2)
    assert table["DeletionProtectionEnabled"] is True
    editor.sql("DELETE FROM dynamodb_table")  # protected or not: that is what a DELETE means
    editor.carry_out()
    assert aws.list_tables()["TableNames"] == []


def test_a_database_in_a_subnet_group(editor):
    rds = editor.aws("rds")
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('home', '10.50.0.0/16')")
    editor.sql("INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id) VALUES ('guard', 'database', 'of a test', 'home')")
    for number, zone in enumerate("ab"):
        editor.sql("INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block, availability_zone) VALUES (%s, 'home', %s, %s)", f"in-{zone}", f"10.50.{number}.0/24", f"us-east-1{zone}")
    editor.sql("INSERT INTO rds_db_subnet_group (db_subnet_group_name, db_subnet_group_description, subnet_ids) VALUES ('scenario', 'of a test', '{in-a,in-b}')")
    editor.sql(
        """INSERT INTO rds_db_instance (db_instance_identifier, engine, db_instance_class, allocated_storage, master_username, master_user_password,
                                        db_subnet_group_name, vpc_security_group_ids)
           VALUES ('scenario', 'postgres', 'db.t3.micro', 20, 'owner', 'correct horse battery', 'scenario', '{guard}')"""
    )
    assert editor.value("SELECT master_user_password FROM rds_db_instance") is None
    editor.carry_out()
    (instance,) = rds.describe_db_instances()["DBInstances"]
    assert (instance["Engine"], instance["AllocatedStorage"], instance["MasterUsername"]) == ("postgres", 20, "owner")
    assert instance["DBSubnetGroup"]["DBSubnetGroupName"] == "scenario"
    (group,) = editor.aws("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["database"]}])["SecurityGroups"]
    assert [each["VpcSecurityGroupId"] for each in instance["VpcSecurityGroups"]] == [group["GroupId"]]
    (found,) = rds.describe_db_subnet_groups()["DBSubnetGroups"]
    assert len(found["Subnets"]) == 2 and found["VpcId"] == group["VpcId"]
    assert keeping(editor.world, "correct horse battery") == []

    editor.sql("UPDATE rds_db_instance SET db_instance_class = 'db.t3.small', backup_retention_period = 3, deletion_protection = true")
    editor.carry_out()
    (instance,) = rds.describe_db_instances()["DBInstances"]
    assert (instance["DBInstanceClass"], instance["BackupRetentionPeriod"], instance["DeletionProtection"]) == ("db.t3.small", 3, True)

    editor.sql("DELETE FROM rds_db_instance")
    editor.sql("DELETE FROM rds_db_subnet_group")
    editor.cascade("ec2_vpc", group["VpcId"])
    editor.carry_out()
    assert rds.describe_db_instances()["DBInstances"] == rds.describe_db_subnet_groups()["DBSubnetGroups"] == []
    assert [each["IsDefault"] for each in editor.aws("ec2").describe_vpcs()["Vpcs"]] == [True]


def test_a_zone_with_a_record_set(editor):
    aws = editor.aws("route53")
    editor.sql("INSERT INTO route53_hosted_zone (id, name, comment) VALUES ('zone', 'scenario.test', 'of a test')")
    editor.sql(
        """INSERT INTO route53_resource_record_set (hosted_zone_id, name, type, ttl, resource_records)
           VALUES ('zone', 'www.scenario.test', 'A', 300, '[{"Value": "192.0.2.1"}]')"""
    )
    editor.carry_out()
    (zone,) = aws.list_hosted_zones()["HostedZones"]
    assert (zone["Name"], zone["Config"]["Comment"]) == ("scenario.test.", "of a test")

    def sets():
        found = aws.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        return {(each["Name"], each["Type"]): (each["TTL"], [value["Value"] for value in each["ResourceRecords"]]) for each in found if each["Type"] not in ("NS", "SOA")}

    assert sets() == {("www.scenario.test.", "A"): (300, ["192.0.2.1"])}
    editor.sql("UPDATE route53_resource_record_set SET ttl = 60, resource_records = '[{\"Value\": \"192.0.2.2\"}]' WHERE type = 'A'")
    editor.carry_out()
    assert sets() == {("www.scenario.test.", "A"): (60, ["192.0.2.2"])}
    editor.sql("DELETE FROM route53_resource_record_set WHERE type = 'A'")
    editor.carry_out()
    assert sets() == {}
    editor.sql("DELETE FROM route53_hosted_zone")
    editor.carry_out()
    assert aws.list_hosted_zones()["HostedZones"] == []


def test_a_secret_is_passed_through_and_never_stored(editor):
    aws = editor.aws("secretsmanager")
    editor.sql("INSERT INTO secretsmanager_secret (name, description, secret_string) VALUES ('scenario', 'of a test', 'open sesame 1')")
    assert editor.sql("SELECT name, secret_string FROM secretsmanager_secret") == [{"name": "scenario", "secret_string": None}]
    assert keeping(editor.world, "open sesame") == [] and "open sesame" not in str(editor.preview())
    rows = editor.carry_out()
    assert aws.get_secret_value(SecretId="scenario")["SecretString"] == "open sesame 1"
    editor.sql("UPDATE secretsmanager_secret SET secret_string = 'open sesame 2'")
    rows += editor.carry_out()
    assert aws.get_secret_value(SecretId="scenario")["SecretString"] == "open sesame 2"
    # It is in no table, no journal and no log, and only the session that gave it had it.
    assert keeping(editor.world, "open sesame") == [] and "open sesame" not in str(rows)
    assert "open sesame" not in editor.world.postgres.log()
    editor.sql("DELETE FROM secretsmanager_secret")
    editor.carry_out()
    assert aws.list_secrets()["SecretList"] == []


def test_a_secret_of_a_session_that_ended_has_to_be_given_again(editor):
    with editor.world.postgres.connect(editor.world.database) as other:
        other.execute("INSERT INTO secretsmanager_secret (name, secret_string) VALUES ('scenario', 'open sesame 3')")
    assert keeping(editor.world, "open sesame") == []
    (row,) = editor.apply()
    assert row["status"] == "failed" and "secret_string" in row["reason"]
    assert editor.aws("secretsmanager").list_secrets()["SecretList"] == []
    editor.sql("UPDATE secretsmanager_secret SET secret_string = 'open sesame 4' WHERE name = 'scenario'")
    editor.carry_out()
    assert editor.aws("secretsmanager").get_secret_value(SecretId="scenario")["SecretString"] == "open sesame 4"


def test_the_retention_of_a_log_group(editor):

    def retention():
        return editor.aws("logs").describe_log_groups()["logGroups"][0].get("retentionInDays")

    editor.sql("INSERT INTO logs_log_group (log_group_name) VALUES ('/scenario')")
    editor.carry_out()
    assert retention() is None
    editor.sql("UPDATE logs_log_group SET retention_in_days = 30")
    editor.carry_out()
    assert (retention(), editor.mutating()) == (30, ["PutRetentionPolicy"])
    editor.sql("UPDATE logs_log_group SET retention_in_days = NULL")
    editor.carry_out()
    assert (retention(), editor.mutating()) == (None, ["DeleteRetentionPolicy"])
    editor.sql("DELETE FROM logs_log_group")
    editor.carry_out()
    assert editor.aws("logs").describe_log_groups()["logGroups"] == []


def keeping(world, text):
    """Every table of the database, PostgreSQL's own included, that holds the text somewhere."""
    tables = world.sql("SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'm')")
    return [row["name"] for row in tables if world.value(f"SELECT count(*) FROM {row['name']} AS t WHERE t::text LIKE %s", f"%{text}%")]


def test_a_bucket_comes_before_what_is_called_like_it(editor):
    """And its name, which ends like an id of AWS's, is no mention of these."""
    name = f"scenario-{editor.world.account_id}"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}]}
    editor.sql("INSERT INTO s3_bucket_policy (bucket, policy) VALUES (%s, %s)", name, json.dumps(policy))
    editor.sql("INSERT INTO s3_bucket_website (bucket, index_document) VALUES (%s, %s)", name, json.dumps({"Suffix": "index.html"}))
    editor.sql("INSERT INTO s3_public_access_block (bucket, block_public_acls) VALUES (%s, true)", name)
    editor.sql("INSERT INTO s3_bucket (name) VALUES (%s)", name)
    editor.carry_out()
    s3 = editor.aws("s3")
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == policy
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    editor.cascade("s3_bucket", name)
    editor.carry_out()
    assert s3.list_buckets()["Buckets"] == []
