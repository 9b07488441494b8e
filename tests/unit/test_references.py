"""The graph is found in the data; the catalog corrects it."""

import pytest

from tabula_rasa import catalog
from tabula_rasa.change import Key, Record
from tabula_rasa.packing import pack
from tabula_rasa.references import references

TYPES = catalog.types()


def record(resource_type, identity, properties=None, region="us-east-1", arn=None, name=None, tags=None):
    return Record(Key(resource_type, region, identity), arn=arn, name=name, tags=tags or {}, packed=pack(properties or {}))


def edges(*records):
    return {(each.record.resource_id, each.needs.resource_id, each.kind) for each in references(records, TYPES)}


VPC = record("ec2_vpc", "vpc-0a1b2c3d")
GROUP = record("ec2_security_group", "sg-0a1b2c3d", {"VpcId": "vpc-0a1b2c3d", "GroupName": "web"})
ROLE = record("iam_role", "app", {"RoleName": "app"}, "global", arn="arn:aws:iam::123456789012:role/app")


def test_an_id_in_the_properties_is_a_need():
    assert edges(VPC, GROUP) == {("sg-0a1b2c3d", "vpc-0a1b2c3d", "mention")}


def test_an_arn_inside_a_longer_text_is_found():
    function = record("lambda_function", "f", {"Environment": {"Variables": {"ROLE": "use arn:aws:iam::123456789012:role/app please"}}})
    assert edges(function, ROLE) == {("f", "app", "mention")}


def test_tags_and_descriptions_need_nothing():
    tagged = record("ec2_volume", "vol-0a1b2c3d", {"Tags": [{"Key": "for", "Value": "vpc-0a1b2c3d"}], "Description": "vpc-0a1b2c3d"})
    assert edges(tagged, VPC) == set()


def test_a_plain_name_is_a_need_only_where_the_catalog_says():
    group = record("rds_db_subnet_group", "default")
    instance = record("rds_db_instance", "db", {"DBSubnetGroup": {"DBSubnetGroupName": "default"}, "DBName": "default"})
    stranger = record("ecs_cluster", "arn:aws:ecs:us-east-1:123456789012:cluster/default", {"clusterName": "default"})
    assert ("db", "default", "reference") in edges(group, instance, stranger)
    assert not [each for each in edges(group, stranger)]


def test_names_are_looked_for_in_the_same_region():
    group = record("rds_db_subnet_group", "g", region="eu-west-1")
    instance = record("rds_db_instance", "db", {"DBSubnetGroup": {"DBSubnetGroupName": "g"}})
    assert edges(group, instance) == set()


def test_backward_mentions_are_turned_or_dropped():
    target = record("elbv2_target_group", "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/t/1", {"LoadBalancerArns": ["arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/l/1"]},
                    arn="arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/t/1")
    balancer = record("elbv2_load_balancer", "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/l/1", {}, arn="arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/l/1")
    assert not [each for each in edges(target, balancer) if each[0] == target.key.resource_id]


def test_a_volume_goes_after_its_instance_or_with_it():
    devices = [{"Ebs": {"VolumeId": "vol-0a1b2c3d", "DeleteOnTermination": False}}, {"Ebs": {"VolumeId": "vol-0a1b2c3e", "DeleteOnTermination": True}}]
    instance = record("ec2_instance", "i-0a1b2c3d", {"BlockDeviceMappings": devices})
    stays, goes = (record("ec2_volume", each, {"Attachments": [{"InstanceId": "i-0a1b2c3d"}]}) for each in ("vol-0a1b2c3d", "vol-0a1b2c3e"))
    assert edges(instance, stays, goes) == {("i-0a1b2c3d", "vol-0a1b2c3d", "mention"), ("vol-0a1b2c3e", "i-0a1b2c3d", "owned")}


def test_an_image_uri_mentions_its_repository_and_an_alias_its_load_balancer():
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"
    repository = record("ecr_repository", "app", {"repositoryUri": uri})
    task = record("ecs_task_definition", "arn:aws:ecs:us-east-1:1:task-definition/app:1", {"containerDefinitions": [{"image": uri + ":latest"}]})
    assert any(each[:2] == (task.key.resource_id, "app") for each in edges(repository, task))
    balancer = record("elbv2_load_balancer", "arn:lb", {"DNSName": "app-1.us-east-1.elb.amazonaws.com"})
    alias = record("route53_resource_record_set", "z|app|A", {"AliasTarget": {"DNSName": "dualstack.app-1.us-east-1.elb.amazonaws.com."}}, "global")
    assert any(each[:2] == ("z|app|A", "arn:lb") for each in edges(balancer, alias))


def test_a_resource_of_a_stack_goes_with_the_stack():
    stack = record("cloudformation_stack", "arn:aws:cloudformation:us-east-1:1:stack/s/1", arn="arn:aws:cloudformation:us-east-1:1:stack/s/1")
    queue = record("sqs_queue", "https://sqs/1/q", tags={"aws:cloudformation:stack-id": "arn:aws:cloudformation:us-east-1:1:stack/s/1"})
    assert ("https://sqs/1/q", stack.key.resource_id, "owned") in edges(stack, queue)


@pytest.mark.parametrize("maker, tag, value", [
    (record("emr_cluster", "j-1ABCDEFGHIJKL"), "aws:elasticmapreduce:job-flow-id", "j-1ABCDEFGHIJKL"),
    (record("elasticbeanstalk_environment", "e-abcdefghij", {"EnvironmentId": "e-abcdefghij"}, name="shop"), "elasticbeanstalk:environment-id", "e-abcdefghij"),
    (
        record("servicecatalog_provisioned_product", "pp-abcdefghijklm", arn="arn:aws:servicecatalog:us-east-1:1:stack/shop/pp-abcdefghijklm"),
        "aws:servicecatalog:provisionedProductArn", "arn:aws:servicecatalog:us-east-1:1:stack/shop/pp-abcdefghijklm",
    ),
])
def test_what_a_service_marks_as_its_own_goes_with_what_made_it(maker, tag, value):
    made, elsewhere = record("ec2_instance", "i-0a1b2c3d", tags={tag: value}), record("ec2_instance", "i-0a1b2c3e", region="eu-west-1", tags={tag: value})
    assert edges(maker, made, elsewhere) == {("i-0a1b2c3d", maker.key.resource_id, "owned")}


def test_the_cluster_that_batch_made_goes_with_its_environment():
    cluster = record("ecs_cluster", "arn:aws:ecs:us-east-1:1:cluster/AWSBatch-e-0123", arn="arn:aws:ecs:us-east-1:1:cluster/AWSBatch-e-0123")
    environment = record("batch_compute_environment", "e", {"ecsClusterArn": "arn:aws:ecs:us-east-1:1:cluster/AWSBatch-e-0123"})
    assert edges(cluster, environment) >= {(cluster.key.resource_id, "e", "owned")}


@pytest.mark.parametrize("text", ["'; DROP TABLE aws.resource; --", "\ufffd" * 100, "arn:", "a" * 100_000, "vpc-", "[[[]]]", "\u202evpc-0a1b2c3d"])
def test_hostile_text_is_only_data(text):
    assert edges(VPC, record("sqs_queue", "https://sqs/1/q", {"QueueUrl": text, "Nested": [{text: text}]})) <= {("https://sqs/1/q", "vpc-0a1b2c3d", "mention")}
