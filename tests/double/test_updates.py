"""What was changed by an update is what is read afterwards: the calls by which the extension changes what no network is."""

import json

from test_refusals import POLICY, TRUST, code_of

OTHER = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}'
KEY = [{"AttributeName": "id", "KeyType": "HASH"}]


def details(iam, kind, name):
    found = iam.get_account_authorization_details(Filter=["User", "Group", "Role", "LocalManagedPolicy"])[kind]
    return next(each for each in found if name in (each.get("UserName"), each.get("GroupName"), each.get("RoleName"), each.get("PolicyName")))


# IAM


def test_policy(aws):
    iam = aws("iam")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=POLICY, Path="/a/", Description="d")["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=OTHER, SetAsDefault=True)
    found = details(iam, "Policies", "p")
    assert (found["PolicyName"], found["Arn"], found["Path"], found["Description"]) == ("p", arn, "/a/", "d") and found["PolicyId"]
    assert [each["Document"] for each in found["PolicyVersionList"] if each["IsDefaultVersion"]] == [json.loads(OTHER)]
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=OTHER)
    assert code_of(iam.create_policy_version, PolicyArn=arn, PolicyDocument=OTHER) == "LimitExceeded"
    assert code_of(iam.create_policy, PolicyName="p", PolicyDocument=POLICY, Path="/a/") == "EntityAlreadyExists"


def test_role(aws, role):
    iam = aws("iam")
    boundary = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    trust = TRUST.replace("ec2", "lambda")
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust)
    iam.update_role(RoleName="r", Description="after", MaxSessionDuration=7200)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=boundary)
    iam.attach_role_policy(RoleName="r", PolicyArn=boundary)
    iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=OTHER)
    found = details(iam, "RoleDetailList", "r")
    assert found["AssumeRolePolicyDocument"] == json.loads(trust)
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert [each["PolicyArn"] for each in found["AttachedManagedPolicies"]] == [boundary]
    assert found["RolePolicyList"] == [{"PolicyName": "inline", "PolicyDocument": json.loads(OTHER)}]
    one = iam.get_role(RoleName="r")["Role"]
    assert (one["Description"], one["MaxSessionDuration"]) == ("after", 7200)
    iam.delete_role_permissions_boundary(RoleName="r")
    assert "PermissionsBoundary" not in details(iam, "RoleDetailList", "r")
    assert code_of(iam.create_role, RoleName="r", AssumeRolePolicyDocument=TRUST) == "EntityAlreadyExists"
    assert code_of(iam.attach_role_policy, RoleName="r", PolicyArn=boundary + "-not-there") == "NoSuchEntity"


def test_user_and_group(aws):
    iam = aws("iam")
    boundary = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_group(GroupName="g")
    iam.create_user(UserName="u", PermissionsBoundary=boundary)
    assert details(iam, "UserDetailList", "u")["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    iam.delete_user_permissions_boundary(UserName="u")
    assert "PermissionsBoundary" not in details(iam, "UserDetailList", "u")
    iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=boundary)
    iam.add_user_to_group(UserName="u", GroupName="g")
    iam.update_user(UserName="u", NewPath="/staff/")
    iam.update_group(GroupName="g", NewPath="/staff/")
    found = details(iam, "UserDetailList", "u")
    assert (found["Path"], found["GroupList"], found["PermissionsBoundary"]["PermissionsBoundaryArn"]) == ("/staff/", ["g"], boundary)
    assert found["Arn"].endswith(":user/staff/u")
    assert details(iam, "GroupDetailList", "g")["Path"] == "/staff/"


def test_instance_profile(aws, role):
    iam = aws("iam")
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="i")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
    assert code_of(iam.add_role_to_instance_profile, InstanceProfileName="i", RoleName="other") == "LimitExceeded"
    iam.remove_role_from_instance_profile(InstanceProfileName="i", RoleName="r")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="other")
    [found] = iam.list_instance_profiles()["InstanceProfiles"]
    assert [each["RoleName"] for each in found["Roles"]] == ["other"]


def test_providers_and_certificate(aws):
    iam = aws("iam")
    arn = iam.create_open_id_connect_provider(Url="https://a.test", ThumbprintList=["a" * 40], ClientIDList=["one"])["OpenIDConnectProviderArn"]
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["b" * 40])
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (found["Url"], found["ClientIDList"], found["ThumbprintList"]) == ("a.test", ["two"], ["b" * 40])

    saml = iam.create_saml_provider(Name="s", SAMLMetadataDocument="a" * 1024)["SAMLProviderArn"]
    iam.update_saml_provider(SAMLProviderArn=saml, SAMLMetadataDocument="b" * 1024)
    assert iam.get_saml_provider(SAMLProviderArn=saml)["SAMLMetadataDocument"] == "b" * 1024

    iam.upload_server_certificate(ServerCertificateName="c", CertificateBody="body", PrivateKey="key")
    iam.update_server_certificate(ServerCertificateName="c", NewPath="/web/")
    [found] = iam.list_server_certificates()["ServerCertificateMetadataList"]
    assert found["Path"] == "/web/" and found["Arn"].endswith(":server-certificate/web/c")


def test_access_key(aws):
    iam = aws("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="u", AccessKeyId=key, Status="Inactive")
    assert iam.list_access_keys(UserName="u")["AccessKeyMetadata"][0]["Status"] == "Inactive"


# Keys, secrets, certificates


def test_key_and_alias(aws):
    kms = aws("kms")
    key, other = (kms.create_key(Description="before")["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.update_key_description(KeyId=key, Description="after")
    kms.disable_key(KeyId=key)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=POLICY)
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (found["Description"], found["Enabled"], found["KeyState"]) == ("after", False, "Disabled")
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == POLICY
    kms.enable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.update_alias(AliasName="alias/a", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["KeyId"] == other
    assert code_of(kms.create_alias, AliasName="alias/a", TargetKeyId=key) == "AlreadyExistsException"


def test_a_key_of_aws_is_found_by_its_alias(aws):
    kms = aws("kms")
    found = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]
    assert found["KeyManager"] == "AWS"
    assert [each["AliasName"] for each in kms.list_aliases(KeyId=found["KeyId"])["Aliases"]] == ["alias/aws/ebs"]


def test_secret(aws):
    secrets = aws("secretsmanager")
    arn = secrets.create_secret(Name="s", SecretString="before", Description="before")["ARN"]
    secrets.update_secret(SecretId=arn, Description="after")
    secrets.put_secret_value(SecretId=arn, SecretString="after")
    found = secrets.describe_secret(SecretId=arn)
    assert found["Description"] == "after" and secrets.get_secret_value(SecretId=arn)["SecretString"] == "after"
    assert code_of(secrets.create_secret, Name="s", SecretString="other") == "ResourceExistsException"


# Buckets


def test_bucket(aws, account_id):
    s3, name = aws("s3", "eu-west-1"), f"bucket-{account_id}"
    assert code_of(aws("s3").create_bucket, Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-1"}) == "InvalidLocationConstraint"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert [each["BucketRegion"] for each in s3.list_buckets(MaxBuckets=10)["Buckets"]] == ["eu-west-1"]
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.delete_bucket_tagging(Bucket=name)
    assert code_of(s3.get_bucket_tagging, Bucket=name) == "NoSuchTagSet"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{name}/*"}]})
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == json.loads(policy)
    site = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}}
    s3.put_bucket_website(Bucket=name, WebsiteConfiguration=site)
    found = s3.get_bucket_website(Bucket=name)
    assert {key: found[key] for key in site} == site
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == block


def test_bucket_name_taken(aws, double, account_id):
    name = f"taken-{account_id}"
    aws("s3", "eu-west-1").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    other = double.boto("s3", "eu-west-1", account_id[::-1])
    assert code_of(other.create_bucket, Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}) == "BucketAlreadyExists"


# Messages and events


def test_queue(aws, account_id):
    sqs = aws("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account_id}:dead"
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "60"}, tags={"a": "b"})["QueueUrl"]
    given = {
        "DelaySeconds": "5", "MaximumMessageSize": "2048", "MessageRetentionPeriod": "600", "ReceiveMessageWaitTimeSeconds": "3", "VisibilityTimeout": "0",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}), "KmsMasterKeyId": "alias/aws/sqs",
        "Policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}),
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes=given)
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert {key: found[key] for key in given} | {"RedrivePolicy": "", "Policy": ""} == given | {"RedrivePolicy": "", "Policy": ""}
    assert json.loads(found["RedrivePolicy"]) == json.loads(given["RedrivePolicy"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": "", "Policy": "", "KmsMasterKeyId": ""})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert not {"RedrivePolicy", "Policy", "KmsMasterKeyId"} & {key for key, value in found.items() if value}
    assert code_of(sqs.create_queue, QueueName="q", Attributes={"VisibilityTimeout": "61"}) == "QueueAlreadyExists"
    missing = json.dumps({"deadLetterTargetArn": arn + "-not-there", "maxReceiveCount": 3})
    assert code_of(sqs.create_queue, QueueName="z", Attributes={"RedrivePolicy": missing}).endswith(("NonExistentQueue", "InvalidParameterValue"))
    sqs.delete_queue(QueueUrl=dead)


def test_queue_first_in_first_out(aws):
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={
        "ContentBasedDeduplication": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId",
    })
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found["FifoQueue"] == found["ContentBasedDeduplication"] == "true"
    assert (found["DeduplicationScope"], found["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
    plain = sqs.create_queue(QueueName="plain")["QueueUrl"]
    assert "FifoQueue" not in sqs.get_queue_attributes(QueueUrl=plain, AttributeNames=["All"])["Attributes"]


def test_topic_and_subscription(aws, account_id):
    sns = aws("sns")
    arn = sns.create_topic(Name="t", Attributes={"DisplayName": "before"})["TopicArn"]
    given = {"DisplayName": "after", "KmsMasterKeyId": "alias/aws/sns", "TracingConfig": "Active", "SignatureVersion": "2"}
    for name, value in given.items():
        sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    found = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert {key: found.get(key) for key in given} == given
    sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="")
    assert not sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId")
    queue = aws("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn_of_queue = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=arn_of_queue, Attributes={"RawMessageDelivery": "true"})["SubscriptionArn"]
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue='{"kind": ["a"]}')
    found = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert found["RawMessageDelivery"] == "true" and json.loads(found["FilterPolicy"]) == {"kind": ["a"]}
    assert code_of(sns.subscribe, TopicArn=arn + "-not-there", Protocol="sqs", Endpoint=arn_of_queue) == "NotFound"


def test_event_bus_and_rule(aws, account_id):
    events = aws("events")
    events.create_event_bus(Name="b", Description="before")
    events.update_event_bus(Name="b", Description="after")
    assert events.describe_event_bus(Name="b")["Description"] == "after"
    policy = {"Version": "2012-10-17", "Statement": [{
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}, "Action": "events:PutEvents",
        "Resource": f"arn:aws:events:us-east-1:{account_id}:event-bus/b",
    }]}
    events.put_permission(EventBusName="b", Policy=json.dumps(policy))
    assert json.loads(events.describe_event_bus(Name="b")["Policy"]) == policy
    events.remove_permission(EventBusName="b", RemoveAllPermissions=True)
    assert not events.describe_event_bus(Name="b").get("Policy")

    events.put_rule(Name="r", EventBusName="b", EventPattern='{"source": ["a"]}', Description="before")
    events.put_targets(Rule="r", EventBusName="b", Targets=[{"Id": "one", "Arn": f"arn:aws:sqs:us-east-1:{account_id}:q"}])
    events.put_rule(Name="r", EventBusName="b", EventPattern='{"source": ["b"]}', State="DISABLED")
    found = events.describe_rule(Name="r", EventBusName="b")
    assert (json.loads(found["EventPattern"]), found["State"], found.get("Description")) == ({"source": ["b"]}, "DISABLED", None)
    events.put_targets(Rule="r", EventBusName="b", Targets=[{"Id": "two", "Arn": f"arn:aws:sqs:us-east-1:{account_id}:q"}])
    events.remove_targets(Rule="r", EventBusName="b", Ids=["one"])
    assert [each["Id"] for each in events.list_targets_by_rule(Rule="r", EventBusName="b")["Targets"]] == ["two"]


def test_alarm_and_dashboard(aws):
    cloudwatch = aws("cloudwatch")
    alarm = {
        "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch.put_metric_alarm(**alarm, Threshold=1, AlarmDescription="before")
    cloudwatch.put_metric_alarm(**alarm, Threshold=2, TreatMissingData="breaching")
    [found] = cloudwatch.describe_alarms()["MetricAlarms"]
    assert (found["Threshold"], found["TreatMissingData"], found.get("AlarmDescription")) == (2, "breaching", None)
    body = {"widgets": [{"type": "text", "properties": {"markdown": "a"}}]}
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody=json.dumps(body))
    assert json.loads(cloudwatch.get_dashboard(DashboardName="d")["DashboardBody"]) == body


# Tables


def test_table(aws):
    dynamodb = aws("dynamodb")
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    dynamodb.create_table(TableName="t", KeySchema=KEY, AttributeDefinitions=attributes, ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
    assert code_of(dynamodb.create_table, TableName="t", KeySchema=KEY, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST") == "ResourceInUseException"
    found = dynamodb.describe_table(TableName="t")["Table"]
    assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & set(found)
    dynamodb.update_table(TableName="t", ProvisionedThroughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 3})
    found = dynamodb.describe_table(TableName="t")["Table"]["ProvisionedThroughput"]
    assert (found["ReadCapacityUnits"], found["WriteCapacityUnits"]) == (2, 3)
    dynamodb.update_table(TableName="t", BillingMode="PAY_PER_REQUEST")
    dynamodb.update_table(TableName="t", DeletionProtectionEnabled=True)
    dynamodb.update_table(TableName="t", TableClass="STANDARD_INFREQUENT_ACCESS")
    dynamodb.update_table(TableName="t", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    dynamodb.update_table(TableName="t", SSESpecification={"Enabled": True, "SSEType": "KMS"})
    dynamodb.update_table(TableName="t", OnDemandThroughput={"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 10})
    found = dynamodb.describe_table(TableName="t")["Table"]
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST" and found["DeletionProtectionEnabled"]
    assert found["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert found["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"} and found["LatestStreamArn"]
    assert found["SSEDescription"]["Status"] == "ENABLED" and found["SSEDescription"]["SSEType"] == "KMS"
    assert found["OnDemandThroughput"] == {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 10}
    index = {"IndexName": "own", "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
    dynamodb.update_table(
        TableName="t", AttributeDefinitions=[*attributes, {"AttributeName": "other", "AttributeType": "S"}], GlobalSecondaryIndexUpdates=[{"Create": index}]
    )
    assert [each["IndexName"] for each in dynamodb.describe_table(TableName="t")["Table"]["GlobalSecondaryIndexes"]] == ["own"]
    dynamodb.update_table(TableName="t", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "own"}}])
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName="t")["Table"]
    dynamodb.update_table(TableName="t", StreamSpecification={"StreamEnabled": False})
    assert not dynamodb.describe_table(TableName="t")["Table"].get("StreamSpecification", {}).get("StreamEnabled")
