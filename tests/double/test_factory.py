"""A new account and region are as AWS hands them out."""

import ipaddress

import pytest

REGIONS = {"us-east-1": "ec2.internal", "eu-west-1": "eu-west-1.compute.internal"}


@pytest.fixture(params=REGIONS)
def region(request):
    return request.param


@pytest.fixture
def ec2(aws, region):
    return aws("ec2", region)


def default_vpc(ec2):
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    return vpc


def assert_factory_network(ec2, region):
    """All of the VPC family, object by object."""
    [vpc] = [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]]
    vpc_id = vpc["VpcId"]
    only_this = [{"Name": "vpc-id", "Values": [vpc_id]}]
    assert (vpc["CidrBlock"], vpc["InstanceTenancy"], vpc["State"], vpc.get("Tags", [])) == ("172.31.0.0/16", "default", "available", [])

    attributes = {
        name: ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)[name[0].upper() + name[1:]]["Value"]
        for name in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
    }
    assert attributes == {"enableDnsSupport": True, "enableDnsHostnames": True, "enableNetworkAddressUsageMetrics": False}

    [gateway] = [g for g in ec2.describe_internet_gateways()["InternetGateways"] if g["Attachments"]]
    assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc_id}]

    [main] = ec2.describe_route_tables(Filters=only_this)["RouteTables"]
    assert [(a["Main"], a.get("SubnetId")) for a in main["Associations"]] == [(True, None)]
    assert [(r["DestinationCidrBlock"], r["GatewayId"], r["Origin"], r["State"]) for r in main["Routes"]] == [
        ("172.31.0.0/16", "local", "CreateRouteTable", "active"),
        ("0.0.0.0/0", gateway["InternetGatewayId"], "CreateRoute", "active"),
    ]

    zones = {zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    subnets = ec2.describe_subnets(Filters=only_this)["Subnets"]
    assert {subnet["AvailabilityZone"] for subnet in subnets} == zones and len(subnets) == len(zones)
    for subnet in subnets:
        assert subnet["DefaultForAz"] and subnet["MapPublicIpOnLaunch"] and subnet["AvailableIpAddressCount"] == 4091
        assert ipaddress.ip_network(subnet["CidrBlock"]).subnet_of(ipaddress.ip_network("172.31.0.0/16"))

    [group] = ec2.describe_security_groups(Filters=only_this)["SecurityGroups"]
    assert (group["GroupName"], group["Description"]) == ("default", "default VPC security group")
    [ingress], [egress] = group["IpPermissions"], group["IpPermissionsEgress"]
    assert (ingress["IpProtocol"], [pair["GroupId"] for pair in ingress["UserIdGroupPairs"]]) == ("-1", [group["GroupId"]])
    assert (egress["IpProtocol"], egress["IpRanges"]) == ("-1", [{"CidrIp": "0.0.0.0/0"}])

    [acl] = ec2.describe_network_acls(Filters=only_this)["NetworkAcls"]
    assert acl["IsDefault"]
    assert {association["SubnetId"] for association in acl["Associations"]} == {subnet["SubnetId"] for subnet in subnets}
    entries = {(e["Egress"], e["RuleNumber"], e["RuleAction"], e["Protocol"], e["CidrBlock"]) for e in acl["Entries"]}
    both_ways = [(100, "allow"), (32767, "deny")]
    assert entries == {(egress, *entry, "-1", "0.0.0.0/0") for egress in (True, False) for entry in both_ways}

    [options] = [o for o in ec2.describe_dhcp_options()["DhcpOptions"] if o["DhcpOptionsId"] == vpc["DhcpOptionsId"]]
    found = {c["Key"]: [value["Value"] for value in c["Values"]] for c in options["DhcpConfigurations"]}
    assert found == {"domain-name-servers": ["AmazonProvidedDNS"], "domain-name": [REGIONS[region]]}


def test_default_network(ec2, region):
    assert_factory_network(ec2, region)
    assert len(ec2.describe_dhcp_options()["DhcpOptions"]) == 1


def test_nothing_else_at_start(ec2, account_id):
    assert ec2.describe_addresses()["Addresses"] == []
    assert ec2.describe_nat_gateways()["NatGateways"] == []
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []
    assert ec2.describe_images(Owners=["self"])["Images"] == []
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    image, snapshot = ec2.describe_images()["Images"][0], ec2.describe_snapshots()["Snapshots"][0]
    assert image["OwnerId"] != account_id != snapshot["OwnerId"], "the whole world's, unless asked otherwise"


def delete_default_vpc(ec2):
    vpc_id = default_vpc(ec2)["VpcId"]
    [gateway] = ec2.describe_internet_gateways()["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc_id)
    ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc_id)


def test_create_default_vpc_brings_everything_back(ec2, region):
    delete_default_vpc(ec2)
    for leftover in ("vpcs", "subnets", "route_tables", "security_groups", "network_acls", "internet_gateways"):
        answer = getattr(ec2, f"describe_{leftover}")()
        assert [value for key, value in answer.items() if key != "ResponseMetadata"] == [[]], leftover
    assert len(ec2.describe_dhcp_options()["DhcpOptions"]) == 1
    ec2.create_default_vpc()
    assert_factory_network(ec2, region)


def test_create_default_vpc_after_the_dhcp_options_are_gone(ec2, region):
    delete_default_vpc(ec2)
    [options] = ec2.describe_dhcp_options()["DhcpOptions"]
    ec2.delete_dhcp_options(DhcpOptionsId=options["DhcpOptionsId"])
    ec2.create_default_vpc()
    assert_factory_network(ec2, region)


def test_create_default_subnet_takes_a_free_block(ec2):
    vpc_id = default_vpc(ec2)["VpcId"]
    lost = ec2.describe_subnets()["Subnets"][1]
    ec2.delete_subnet(SubnetId=lost["SubnetId"])
    own = ec2.create_subnet(VpcId=vpc_id, CidrBlock=lost["CidrBlock"], AvailabilityZone=lost["AvailabilityZone"])["Subnet"]
    assert not own["DefaultForAz"] and not own["MapPublicIpOnLaunch"]
    made = ec2.create_default_subnet(AvailabilityZone=lost["AvailabilityZone"])["Subnet"]
    assert made["DefaultForAz"] and made["CidrBlock"] != lost["CidrBlock"]


def test_a_vpc_of_the_users(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    only_this = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    assert not ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    assert vpc["DhcpOptionsId"] == ec2.describe_dhcp_options()["DhcpOptions"][0]["DhcpOptionsId"]
    [table] = ec2.describe_route_tables(Filters=only_this)["RouteTables"]
    assert [route["GatewayId"] for route in table["Routes"]] == ["local"] and table["Associations"][0]["Main"]
    [group] = ec2.describe_security_groups(Filters=only_this)["SecurityGroups"]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group["GroupId"]
    [acl] = ec2.describe_network_acls(Filters=only_this)["NetworkAcls"]
    assert acl["IsDefault"] and len(acl["Entries"]) == 4
    ec2.delete_vpc(VpcId=vpc["VpcId"])
    assert ec2.describe_network_acls(Filters=only_this)["NetworkAcls"] == []


def test_default_group_rule_can_be_revoked_and_authorized(ec2):
    [group] = ec2.describe_security_groups()["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    [bare] = ec2.describe_security_groups()["SecurityGroups"]
    assert bare["IpPermissions"] == []
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group["GroupId"]}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    [again] = ec2.describe_security_groups()["SecurityGroups"]
    assert again["IpPermissions"] == group["IpPermissions"]


def test_routes_turn_into_blackholes(ec2):
    vpc_id = default_vpc(ec2)["VpcId"]
    [gateway] = ec2.describe_internet_gateways()["InternetGateways"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc_id)
    [table] = ec2.describe_route_tables()["RouteTables"]
    assert [route["State"] for route in table["Routes"]] == ["active", "blackhole"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc_id)
    [table] = ec2.describe_route_tables()["RouteTables"]
    assert [route["State"] for route in table["Routes"]] == ["active", "active"]


# AWS's own things outside the network


def test_identity(aws):
    roles = {role["RoleName"]: role["Path"] for role in aws("iam").list_roles()["Roles"]}
    assert roles == {
        "AWSServiceRoleForSupport": "/aws-service-role/support.amazonaws.com/",
        "AWSServiceRoleForTrustedAdvisor": "/aws-service-role/trustedadvisor.amazonaws.com/",
    }
    policies = {policy["PolicyName"] for policy in aws("iam").list_policies(Scope="AWS")["Policies"]}
    assert {"AdministratorAccess", "AmazonECSTaskExecutionRolePolicy"} <= policies
    assert aws("iam").list_policies(Scope="Local")["Policies"] == []


def test_provided_on_request(double, account_id, aws):
    double.provide(account_id, "OrganizationAccountAccessRole", "AWSReservedSSO", "tabula-rasa")
    roles = {role["RoleName"] for role in aws("iam").list_roles()["Roles"]}
    assert {"OrganizationAccountAccessRole", "AWSReservedSSO_AdministratorAccess_0123456789abcdef", "tabula-rasa"} <= roles
    with pytest.raises(ValueError, match="unknown 'nonsense'"):
        double.provide(account_id, "nonsense")


def test_services_own_things(aws):
    assert {alias["AliasName"] for alias in aws("kms").list_aliases()["Aliases"]} >= {"alias/aws/ebs", "alias/aws/rds"}
    key_ids = [key["KeyId"] for key in aws("kms").list_keys()["Keys"]]
    assert {aws("kms").describe_key(KeyId=id)["KeyMetadata"]["KeyManager"] for id in key_ids} == {"AWS"}
    assert [bus["Name"] for bus in aws("events").list_event_buses()["EventBuses"]] == ["default"]
    assert [group["Name"] for group in aws("athena").list_work_groups()["WorkGroups"]] == ["primary"]
    assert [catalog["CatalogName"] for catalog in aws("athena").list_data_catalogs()["DataCatalogsSummary"]] == ["AwsDataCatalog"]
    providers = aws("ecs").describe_capacity_providers()["capacityProviders"]
    assert {provider["name"] for provider in providers} == {"FARGATE", "FARGATE_SPOT"}
    assert "CodeDeployDefault.ECSAllAtOnce" in aws("codedeploy").list_deployment_configs()["deploymentConfigsList"]
    assert [acl["Name"] for acl in aws("memorydb").describe_acls()["ACLs"]] == ["open-access"]
    groups = aws("elasticache").describe_cache_parameter_groups()["CacheParameterGroups"]
    assert "default.redis7" in [group["CacheParameterGroupName"] for group in groups]


def test_rds_default_groups_come_with_the_first_instance(aws):
    rds = aws("rds")
    assert rds.describe_db_parameter_groups()["DBParameterGroups"] == []
    rds.create_db_instance(
        DBInstanceIdentifier="db", Engine="postgres", EngineVersion="16.3", DBInstanceClass="db.t3.micro",
        MasterUsername="u", MasterUserPassword="secret123", AllocatedStorage=20,
    )
    assert [group["DBParameterGroupName"] for group in rds.describe_db_parameter_groups()["DBParameterGroups"]] == ["default.postgres16"]
    assert [group["OptionGroupName"] for group in rds.describe_option_groups()["OptionGroupsList"]] == ["default:postgres-16"]
