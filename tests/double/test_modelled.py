"""Operations that moto lacks: create, list, describe, delete meet; a name that nobody knows is refused."""

import pytest
from botocore.exceptions import ClientError
from test_refusals import code_of

ROLE = "arn:aws:iam::123456789012:role/r"


def values(answer, *path):
    """The items of an answer's list, or one field of each."""
    items = answer[path[0]]
    return [item[path[1]] for item in items] if len(path) > 1 else items


def test_codedeploy(aws):
    deploy = aws("codedeploy")
    deploy.create_application(applicationName="app", computePlatform="Server")
    deploy.create_deployment_group(applicationName="app", deploymentGroupName="group", serviceRoleArn=ROLE)
    deploy.create_deployment_config(
        deploymentConfigName="own", minimumHealthyHosts={"type": "HOST_COUNT", "value": 1}, computePlatform="Server"
    )
    assert "own" in deploy.list_deployment_configs()["deploymentConfigsList"]
    found = deploy.get_deployment_config(deploymentConfigName="own")["deploymentConfigInfo"]
    assert found["minimumHealthyHosts"] == {"type": "HOST_COUNT", "value": 1} and found["deploymentConfigId"]
    deploy.delete_deployment_config(deploymentConfigName="own")
    assert "own" not in deploy.list_deployment_configs()["deploymentConfigsList"]
    assert code_of(deploy.get_deployment_config, deploymentConfigName="own") == "DeploymentConfigDoesNotExistException"
    assert code_of(deploy.delete_deployment_config, deploymentConfigName="CodeDeployDefault.OneAtATime") == "InvalidOperationException"

    assert deploy.delete_deployment_group(applicationName="app", deploymentGroupName="group")["hooksNotCleanedUp"] == []
    assert deploy.list_deployment_groups(applicationName="app")["deploymentGroups"] == []
    assert deploy.list_applications()["applications"] == ["app"]
    deploy.delete_application(applicationName="app")
    assert deploy.list_applications()["applications"] == []
    deploy.delete_application(applicationName="app")  # idempotent


def test_codebuild(aws, account_id):
    build = aws("codebuild")
    build.create_project(
        name="project", source={"type": "GITHUB", "location": "https://github.com/a/b"}, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=f"arn:aws:iam::{account_id}:role/r",
    )
    started = build.start_build(projectName="project")["build"]["id"]
    assert build.list_builds()["ids"] == [started]
    assert build.batch_delete_builds(ids=[started])["buildsDeleted"] == [started]
    assert build.list_builds()["ids"] == []
    arn = build.import_source_credentials(token="secret", serverType="GITHUB", authType="PERSONAL_ACCESS_TOKEN")["arn"]
    assert build.list_source_credentials()["sourceCredentialsInfos"] == [
        {"arn": arn, "serverType": "GITHUB", "authType": "PERSONAL_ACCESS_TOKEN"}
    ]
    assert build.delete_source_credentials(arn=arn)["arn"] == arn
    assert build.list_source_credentials()["sourceCredentialsInfos"] == []
    assert code_of(build.delete_source_credentials, arn=arn) == "ResourceNotFoundException"
    build.delete_project(name="project")
    assert build.list_projects()["projects"] == []


def test_codepipeline(aws):
    pipeline = aws("codepipeline")
    assert {action["id"]["owner"] for action in pipeline.list_action_types()["actionTypes"]} == {"AWS"}
    assert pipeline.list_webhooks()["webhooks"] == []
    webhook = {
        "name": "hook", "targetPipeline": "p", "targetAction": "a", "filters": [{"jsonPath": "$.ref"}],
        "authentication": "UNAUTHENTICATED", "authenticationConfiguration": {},
    }
    pipeline.put_webhook(webhook=webhook)
    [found] = pipeline.list_webhooks()["webhooks"]
    assert found["definition"]["name"] == "hook"
    pipeline.delete_webhook(name="hook")
    assert pipeline.list_webhooks()["webhooks"] == []


# service, create call and parameters, read call and the path to names or ids in its answer, delete call; the delete
# parameters are given by the item that was read.
ROUND_TRIPS = {
    "ecr-public repository": (
        "ecr-public", "create_repository", {"repositoryName": "repo"}, "describe_repositories", ("repositories", "repositoryName"),
        "delete_repository", "repositoryName", "RepositoryNotFoundException",
    ),
    "appsync domain name": (
        "appsync", "create_domain_name", {"domainName": "a.example.com", "certificateArn": "arn:aws:acm:us-east-1:1:certificate/c"},
        "list_domain_names", ("domainNameConfigs", "domainName"), "delete_domain_name", "domainName", "NotFoundException",
    ),
    "elasticache parameter group": (
        "elasticache", "create_cache_parameter_group",
        {"CacheParameterGroupName": "own", "CacheParameterGroupFamily": "redis7", "Description": "d"},
        "describe_cache_parameter_groups", ("CacheParameterGroups", "CacheParameterGroupName"),
        "delete_cache_parameter_group", "CacheParameterGroupName", "CacheParameterGroupNotFound",
    ),
    "elasticache user group": (
        "elasticache", "create_user_group", {"UserGroupId": "own", "Engine": "redis", "UserIds": ["default"]},
        "describe_user_groups", ("UserGroups", "UserGroupId"), "delete_user_group", "UserGroupId", "UserGroupNotFound",
    ),
    "elasticache serverless cache": (
        "elasticache", "create_serverless_cache", {"ServerlessCacheName": "own", "Engine": "redis"},
        "describe_serverless_caches", ("ServerlessCaches", "ServerlessCacheName"),
        "delete_serverless_cache", "ServerlessCacheName", "ServerlessCacheNotFoundFault",
    ),
    "memorydb parameter group": (
        "memorydb", "create_parameter_group", {"ParameterGroupName": "own", "Family": "memorydb_redis7"},
        "describe_parameter_groups", ("ParameterGroups", "Name"), "delete_parameter_group", "ParameterGroupName",
        "ParameterGroupNotFoundFault",
    ),
    "memorydb acl": (
        "memorydb", "create_acl", {"ACLName": "own", "UserNames": ["default"]}, "describe_acls", ("ACLs", "Name"),
        "delete_acl", "ACLName", "ACLNotFoundFault",
    ),
    "opensearch package": (
        "opensearch", "create_package",
        {"PackageName": "own", "PackageType": "TXT-DICTIONARY", "PackageSource": {"S3BucketName": "bbb", "S3Key": "k"}},
        "describe_packages", ("PackageDetailsList", "PackageID"), "delete_package", "PackageID", "ResourceNotFoundException",
    ),
    "ec2 placement group": (
        "ec2", "create_placement_group", {"GroupName": "own", "Strategy": "cluster"}, "describe_placement_groups",
        ("PlacementGroups", "GroupName"), "delete_placement_group", "GroupName", "InvalidPlacementGroup.Unknown",
    ),
    "codebuild report group": (
        "codebuild", "create_report_group", {"name": "own", "type": "TEST", "exportConfig": {"exportConfigType": "NO_EXPORT"}},
        "list_report_groups", ("reportGroups",), "delete_report_group", "arn", None,
    ),
    "apprunner connection": (
        "apprunner", "create_connection", {"ConnectionName": "mine", "ProviderType": "GITHUB"}, "list_connections",
        ("ConnectionSummaryList", "ConnectionArn"), "delete_connection", "ConnectionArn", "ResourceNotFoundException",
    ),
    "codestar connection": (
        "codestar-connections", "create_connection", {"ConnectionName": "mine", "ProviderType": "GitHub"}, "list_connections",
        ("Connections", "ConnectionArn"), "delete_connection", "ConnectionArn", "ResourceNotFoundException",
    ),
}


@pytest.mark.parametrize("trip", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_round_trip(aws, trip):
    service, create, parameters, read, path, delete, parameter, not_found = trip
    client = aws(service)
    before = values(getattr(client, read)(), *path)
    getattr(client, create)(**parameters)
    [made] = [item for item in values(getattr(client, read)(), *path) if item not in before]
    getattr(client, delete)(**{parameter: made})
    assert values(getattr(client, read)(), *path) == before
    if not_found:
        assert code_of(getattr(client, delete), **{parameter: made}) == not_found


def test_block_public_access(aws):
    ec2 = aws("ec2")
    mode = lambda: ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"]  # noqa: E731
    assert mode() == "off"
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")
    assert mode() == "block-bidirectional"
    ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="off")
    assert mode() == "off"


def test_placement_group_is_described_by_name(aws):
    ec2 = aws("ec2")
    for name in ("one", "two"):
        ec2.create_placement_group(GroupName=name, Strategy="spread")
    [found] = ec2.describe_placement_groups(GroupNames=["two"])["PlacementGroups"]
    assert (found["GroupName"], found["Strategy"], found["State"]) == ("two", "spread", "available") and found["GroupId"]


def test_invalid_input_is_refused(aws, double, account_id):
    memorydb = double.boto("memorydb", "us-east-1", account_id, parameter_validation=False)
    with pytest.raises(ClientError) as caught:
        memorydb.create_acl(UserNames=["default"])
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "ACLName" in caught.value.response["Error"]["Message"]


def test_aws_own_cannot_be_deleted(aws):
    assert code_of(aws("memorydb").delete_acl, ACLName="open-access") == "InvalidACLStateFault"
    assert code_of(aws("memorydb").delete_parameter_group, ParameterGroupName="default.memorydb-redis7") == "InvalidParameterGroupStateFault"
    name = "default.redis7"
    assert code_of(aws("elasticache").delete_cache_parameter_group, CacheParameterGroupName=name) == "InvalidCacheParameterGroupState"


def test_regions_and_accounts_are_apart(double, aws, account_id):
    aws("memorydb").create_acl(ACLName="own")
    assert "own" not in values(aws("memorydb", "eu-west-1").describe_acls(), "ACLs", "Name")
    other = double.boto("memorydb", account_id=account_id[::-1])
    assert "own" not in values(other.describe_acls(), "ACLs", "Name")
