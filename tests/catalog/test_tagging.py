"""Every type whose tags are read can be tagged by calls that the SDK's own model accepts; the few without are named with the reason."""

import re

import pytest
from botocore.validate import ParamValidator
from samples import record

from tabula_rasa import catalog
from tabula_rasa.catalog import model
from tabula_rasa.catalog.tagging import TagCall, Tagging, tagging
from tabula_rasa.expressions import arguments, context

# Types with tags that AWS does not let one add and remove one by one, in calls of one kind.
NOT_ONE_BY_ONE = {
    "autoscaling_auto_scaling_group": "the resource is named within each tag, beside a PropagateAtLaunch that must be said again",
    "cloudformation_stack": "UpdateStack alone, which takes the template with it",
    "codebuild_project": "UpdateProject alone, which replaces all tags",
    "s3_bucket": "PutBucketTagging alone, which replaces all tags",
}
# Services with operations about tags of which no calls follow.
WITHOUT = {
    "autoscaling": "the resource is named within each tag",
    "discovery": "a tag is removed only by key and value",
    "keyspaces": "a tag is removed only by key and value",
    "inspector": "SetTagsForResource alone, which replaces all tags",
    "resourcegroupstaggingapi": "has no resources of its own",
}
ARN = "arn:aws:service:us-east-1:123456789012:thing/0123456789abcdef/0123456789abcdef"  # the model wants up to 70 characters
FACTS = {"account_id": "123456789012", "region": "us-east-1", "partition": "aws", "resource_id": "thing-0123456789abcdef", "arn": ARN}
ADDED = [{"Key": "purpose", "Value": "test"}, {"Key": "empty", "Value": ""}]

TYPES = catalog.types()
TAGGED = sorted(name for name, rt in TYPES.items() if rt.tags and rt.creatable)


def request(call, added=ADDED, removed=("old",), **own):
    return arguments(call.arguments, context(own, **FACTS, added=added, removed=list(removed)))


@pytest.mark.parametrize("name", TAGGED)
def test_every_type_with_tags_has_the_calls(name):
    assert bool(TYPES[name].tagging) != (name in NOT_ONE_BY_ONE)


@pytest.mark.parametrize("service", catalog.services())
def test_the_model_accepts_the_calls(service, subtests):
    for name, rt in catalog.of_service(service).items():
        if rt.tagging:
            with subtests.test(name):
                _accepted(rt)


def _accepted(rt):
    for call in (rt.tagging.tag, rt.tagging.untag):
        shape = model.operation(rt.service, call.operation).input_shape
        asked = request(call, ADDED[:1], **record(rt, TYPES))  # some services want a value
        report = ParamValidator().validate(asked, shape)
        assert not report.has_errors(), report.generate_report()
        for path in call.arguments:
            assert model.at(shape, path) is not None
            assert asked[path.split(".")[0]], f"{path} reaches nothing"
    # the two speak of the same resource
    assert _named(rt.tagging.tag) == _named(rt.tagging.untag)


def _named(call):
    return {member: expression for member, expression in call.arguments.items() if "_.added" not in expression and "_.removed" not in expression}


def test_the_exceptions_are_types_with_tags():
    assert set(NOT_ONE_BY_ONE) <= set(TAGGED)


def test_a_type_whose_tags_are_not_read_has_no_calls():
    assert [name for name, rt in TYPES.items() if not rt.tags and rt.tagging] == []
    assert tagging("kms", "alias", {"AliasName": None, "AliasArn": None}, "AliasName", "AliasArn", "") is None


KEYS, KEYS_OF_EC2 = "_.removed", "_.removed[].{Key: @}"
ADDED_BY_LOWER = "_.added[].{key: Key, value: Value}"


@pytest.mark.parametrize(
    "name, tag, which, tags, untag, keys",
    [
        ("ec2_vpc", "CreateTags", {"Resources": "[_.resource_id]"}, ("Tags", "_.added"), "DeleteTags", ("Tags", KEYS_OF_EC2)),
        ("iam_role", "TagRole", {"RoleName": "_.resource_id"}, ("Tags", "_.added"), "UntagRole", ("TagKeys", KEYS)),
        ("iam_policy", "TagPolicy", {"PolicyArn": "_.arn"}, ("Tags", "_.added"), "UntagPolicy", ("TagKeys", KEYS)),
        ("iam_virtual_mfa_device", "TagMFADevice", {"SerialNumber": "_.resource_id"}, ("Tags", "_.added"), "UntagMFADevice", ("TagKeys", KEYS)),
        ("sqs_queue", "TagQueue", {"QueueUrl": "_.resource_id"}, ("Tags", "as_object(_.added)"), "UntagQueue", ("TagKeys", KEYS)),
        ("sns_topic", "TagResource", {"ResourceArn": "_.arn"}, ("Tags", "_.added"), "UntagResource", ("TagKeys", KEYS)),
        ("kms_key", "TagResource", {"KeyId": "_.resource_id"}, ("Tags", "_.added[].{TagKey: Key, TagValue: Value}"), "UntagResource", ("TagKeys", KEYS)),
        ("secretsmanager_secret", "TagResource", {"SecretId": "_.resource_id"}, ("Tags", "_.added"), "UntagResource", ("TagKeys", KEYS)),
        ("rds_db_instance", "AddTagsToResource", {"ResourceName": "_.arn"}, ("Tags", "_.added"), "RemoveTagsFromResource", ("TagKeys", KEYS)),
        ("elbv2_target_group", "AddTags", {"ResourceArns": "[_.arn]"}, ("Tags", "_.added"), "RemoveTags", ("TagKeys", KEYS)),
        ("elb_load_balancer", "AddTags", {"LoadBalancerNames": "[_.resource_id]"}, ("Tags", "_.added"), "RemoveTags", ("Tags", KEYS_OF_EC2)),
        ("ecs_service", "TagResource", {"resourceArn": "_.arn"}, ("tags", ADDED_BY_LOWER), "UntagResource", ("tagKeys", KEYS)),
        ("efs_file_system", "TagResource", {"ResourceId": "_.resource_id"}, ("Tags", "_.added"), "UntagResource", ("TagKeys", KEYS)),
        ("lambda_function", "TagResource", {"Resource": "_.arn"}, ("Tags", "as_object(_.added)"), "UntagResource", ("TagKeys", KEYS)),
        ("logs_log_group", "TagResource", {"resourceArn": "_.arn"}, ("tags", "as_object(_.added)"), "UntagResource", ("tagKeys", KEYS)),
        ("opensearch_domain", "AddTags", {"ARN": "_.arn"}, ("TagList", "_.added"), "RemoveTags", ("TagKeys", KEYS)),
        ("cloudfront_distribution", "TagResource", {"Resource": "_.arn"}, ("Tags.Items", "_.added"), "UntagResource", ("TagKeys.Items", KEYS)),
        (
            "route53_hosted_zone", "ChangeTagsForResource", {"ResourceType": "'hostedzone'", "ResourceId": "_.resource_id"},
            ("AddTags", "_.added"), "ChangeTagsForResource", ("RemoveTagKeys", KEYS),
        ),
        (
            "ssm_patch_baseline", "AddTagsToResource", {"ResourceType": "'PatchBaseline'", "ResourceId": "_.resource_id"},
            ("Tags", "_.added"), "RemoveTagsFromResource", ("TagKeys", KEYS),
        ),
        (
            "acm_certificate", "AddTagsToCertificate", {"CertificateArn": "_.resource_id"},
            ("Tags", "_.added"), "RemoveTagsFromCertificate", ("Tags", KEYS_OF_EC2),
        ),
    ],
)
def test_calls_of_known_types(name, tag, which, tags, untag, keys):
    assert TYPES[name].tagging == Tagging(TagCall(tag, which | dict([tags])), TagCall(untag, which | dict([keys])))


@pytest.mark.parametrize(
    "service, noun, members, which",
    [
        ("kinesis", "stream", ["StreamName", "StreamARN"], {"StreamName": "StreamName"}),  # either would do: one of them
        ("kinesis", "streamconsumer", ["ConsumerARN"], {"ResourceARN": "_.arn"}),  # no call of its own
        ("glacier", "vault", ["VaultName"], {"accountId": "_.account_id", "vaultName": "VaultName"}),
        ("s3control", "accesspoint", ["Name"], {"AccountId": "_.account_id", "ResourceArn": "_.arn"}),
        ("shield", "protection", ["ProtectionArn", "ResourceArn"], {"ResourceARN": "_.arn"}),  # its ResourceArn is what it protects
        ("ram", "permission", ["arn"], {"resourceArn": "_.arn"}),
        ("ram", "resourceshare", ["resourceShareArn"], {"resourceShareArn": "resourceShareArn"}),
        ("dax", "cluster", ["ClusterName"], {"ResourceName": "_.arn"}),  # only its error InvalidARNFault says so
        ("lightsail", "instance", ["name"], {"resourceName": "_.resource_id"}),
        ("cloudtrail", "trail", ["Name"], {"ResourceId": "_.arn"}),
        ("datapipeline", "pipeline", ["name"], {"pipelineId": "_.resource_id"}),
        ("route53domains", "domain", ["DomainName"], {"DomainName": "DomainName"}),
        ("elasticbeanstalk", "environment", ["EnvironmentName"], {"ResourceArn": "_.arn"}),
    ],
)
def test_how_a_resource_is_named(service, noun, members, which):
    found = tagging(service, noun, dict.fromkeys(members), "Id", "Arn", "Tags")
    assert _named(found.tag) == _named(found.untag) == which


def test_without_an_arn_there_is_no_call_that_wants_one():
    assert tagging("sns", "topic", {"Name": None}, "Name", "", "Tags") is None
    assert _named(tagging("sns", "topic", {"TopicArn": None}, "TopicArn", "", "Tags").tag) == {"ResourceArn": "_.resource_id"}


def test_requests():
    zone = TYPES["route53_hosted_zone"].tagging
    assert request(zone.untag) == {"ResourceType": "hostedzone", "ResourceId": FACTS["resource_id"], "RemoveTagKeys": ["old"]}
    assert request(TYPES["sqs_queue"].tagging.tag)["Tags"] == {"purpose": "test", "empty": ""}
    assert request(TYPES["ec2_vpc"].tagging.untag) == {"Resources": [FACTS["resource_id"]], "Tags": [{"Key": "old"}]}
    assert request(TYPES["ecs_service"].tagging.tag) == {
        "resourceArn": ARN, "tags": [{"key": "purpose", "value": "test"}, {"key": "empty", "value": ""}],
    }


_TAGGING = re.compile(r"(Tag|Untag|AddTags|CreateTags|CreateOrUpdateTags|ChangeTags|SetTags|UpdateTags)(To|For)?(Resource)?(\w*)")


def made_up(service):
    """(nouns, members) of types made up for a service: named as its operations about tags and their enumerations have it, holding what these ask for."""
    inputs = [(match[4].lower(), model.operation(service, match[0]).input_shape) for match in map(_TAGGING.fullmatch, model.operations(service).values()) if match]
    nouns, held = {noun or "thing" for noun, _ in inputs}, {}
    for _, shape in inputs:
        for name, each in shape.members.items():
            nouns |= {value.lower() for value in getattr(each, "enum", ())}
            held[name.removesuffix("s") if each.type_name == "list" else name] = None
    return nouns, held


def test_services_at_large():
    asked = {service: made_up(service) for service in model.services()}
    asked = {service: (nouns, held) for service, (nouns, held) in asked.items() if nouns}
    found = {service for service, (nouns, held) in asked.items() if any(tagging(service, noun, held, "Id", "Arn", "Tags") for noun in nouns)}
    assert set(asked) - found == set(WITHOUT)
    assert len(found) >= 321  # of 326 that have such operations, of 439 in botocore 1.44.5
