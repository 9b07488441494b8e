"""The answerer, asked by boto3 itself."""

import itertools

import pytest
from answerer.deletions import success, waiter
from botocore.exceptions import ClientError

from tabula_rasa import catalog
from tabula_rasa.catalog import model

_accounts = itertools.count(700000000000)

# A service of each of AWS's protocols, a list of its, and how one of what is listed is deleted. Nothing needs any of these.
PROTOCOLS = {
    "query": ("iam", "list_server_certificates", "ServerCertificateMetadataList", "delete_server_certificate", "ServerCertificateName"),
    "ec2": ("ec2", "describe_carrier_gateways", "CarrierGateways", "delete_carrier_gateway", "CarrierGatewayId"),
    "json": ("logs", "describe_destinations", "destinations", "delete_destination", "destinationName"),
    "rest-json": ("lambda", "list_functions", "Functions", "delete_function", "FunctionName"),
    "rest-xml": ("route53", "list_health_checks", "HealthChecks", "delete_health_check", "HealthCheckId"),
    "smithy-rpc-v2-cbor": ("cloudwatch", "list_dashboards", "DashboardEntries", "delete_dashboards", "DashboardNames"),
}
NAMED = {"route53": "Id", "cloudwatch": "DashboardName"}


@pytest.fixture
def account(answerer):
    """account(*services): the id of a fresh account that holds two of each of their types."""

    def account(*services, **options):
        account_id = str(next(_accounts))
        answerer.hold(account_id, *services, **options)
        return account_id

    return account


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol(answerer, account, protocol):
    service, listing, members, deletion, argument = PROTOCOLS[protocol]
    assert model.service_model(service).protocol == protocol
    client = answerer.boto(service, account_id=account(service))

    def listed():
        return [item for page in client.get_paginator(listing).paginate() for item in page.get(members, ())]

    before = listed()
    assert len(before) == 2
    name = before[0][NAMED.get(service, argument)]
    getattr(client, deletion)(**{argument: [name] if argument.endswith("s") else name})
    assert listed() == before[1:]
    with pytest.raises(ClientError) as refused:
        getattr(client, deletion)(**{argument: [name] if argument.endswith("s") else name})
    code = refused.value.response["Error"]["Code"]
    assert any(word in code for word in ("NotFound", "NoSuch", "DoesNotExist")), code


def test_a_page_is_shown_only_to_who_has_the_token(answerer, account):
    client = answerer.boto("kms", account_id=account("kms"))
    first = client.list_keys()
    assert first["Truncated"] and len(first["Keys"]) == 1
    second = client.list_keys(Marker=first["NextMarker"])
    assert len(second["Keys"]) == 1 and second["Keys"] != first["Keys"] and not second.get("NextMarker")
    with pytest.raises(ClientError, match="InvalidNextToken"):
        client.list_keys(Marker="made-up")


def test_a_request_that_does_not_fit_the_model_is_refused_and_noted(answerer, account):
    account_id = account("ec2")
    client = answerer.boto("ec2", account_id=account_id, parameter_validation=False)
    with pytest.raises(ClientError, match="InvalidByModel"):
        client.delete_vpc()
    assert [(each["operation"], each["error_code"]) for each in answerer.calls(account_id)] == [("DeleteVpc", "InvalidByModel")]


def test_children_are_shown_to_who_names_their_parent(answerer, account):
    client = answerer.boto("ecs", account_id=account("ecs"))
    clusters = [each for page in client.get_paginator("list_clusters").paginate() for each in page["clusterArns"]]
    services = [[each for page in client.get_paginator("list_services").paginate(cluster=cluster) for each in page["serviceArns"]] for cluster in clusters]
    assert [len(each) for each in services] == [2, 1]
    described = client.describe_services(cluster=clusters[0], services=services[0])["services"]
    assert [each["serviceArn"] for each in described] == services[0]
    client.delete_cluster(cluster=clusters[1])
    with pytest.raises(ClientError):
        client.delete_service(cluster=clusters[1], service=services[1][0], force=True)


def test_what_is_needed_cannot_go_first(answerer, account):
    client = answerer.boto("iam", account_id=account("iam"))
    user = client.get_account_authorization_details(Filter=["User", "Group", "Role", "LocalManagedPolicy"])["UserDetailList"][0]
    with pytest.raises(ClientError, match="DependencyViolation"):
        client.delete_group(GroupName=user["GroupList"][0])


def test_the_same_is_generated_again_and_nothing_twice(answerer, account):
    account_id = account("ec2", "s3")
    held = answerer.held(account_id)
    answerer.hold(account_id, "ec2", "s3")
    assert answerer.held(account_id) == held
    keys = [(each["resource_type"], each["region"], each["resource_id"]) for each in held["records"]]
    assert len(set(keys)) == len(keys)
    assert {each["owner_id"] for each in held["records"]} == {account_id}


def test_an_empty_account_has_only_what_every_account_has(answerer, account):
    account_id = account("ec2", "iam", size=0)
    assert {each["resource_type"] for each in answerer.held(account_id)["records"]} == {"ec2_vpc_block_public_access_options"}
    assert answerer.boto("sts", account_id=account_id).get_caller_identity()["Account"] == account_id
    assert answerer.boto("iam", account_id=account_id).list_account_aliases()["AccountAliases"] == []


WAITERS = sorted(
    {
        (rt.service, each.waiter)
        for rt in catalog.types().values()
        for each in (rt.wait, *(delete.wait for delete in rt.delete), *(before.wait for delete in rt.delete for before in delete.before))
        if each and each.waiter
    }
)


@pytest.mark.parametrize("service, name", WAITERS)
def test_every_waiter_of_the_catalog_can_succeed(service, name):
    assert success(service, waiter(service, name)) is not None
