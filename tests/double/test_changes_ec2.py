"""EC2 as AWS makes and changes it: what was asked for is kept and shown, what AWS would refuse is refused."""

import json

import pytest
from test_refusals import code_of

TAGS = [{"Key": "a", "Value": "b"}]
POLICY = json.dumps({"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]})


def tagged(resource_type):
    return [{"ResourceType": resource_type, "Tags": TAGS}]


@pytest.fixture
def ec2(aws):
    return aws("ec2")


@pytest.fixture
def network(ec2):
    """A VPC with two subnets, two security groups, a gateway and a route table: a dict of their ids."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
    found = {"vpc": vpc["VpcId"], "gateway": gateway, "ipv6": vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]}
    for number, name in enumerate(("subnet", "other")):
        made = ec2.create_subnet(VpcId=found["vpc"], CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{'ab'[number]}")
        found[name] = made["Subnet"]["SubnetId"]
    for name in ("group", "other_group"):
        found[name] = ec2.create_security_group(VpcId=found["vpc"], GroupName=name, Description=name)["GroupId"]
    for name in ("table", "other_table"):
        found[name] = ec2.create_route_table(VpcId=found["vpc"])["RouteTable"]["RouteTableId"]
    return found


def routes(ec2, table):
    """{destination: what the route leads to} of a route table, without the local ones."""
    [found] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    targets = ("GatewayId", "NatGatewayId")
    return {
        route.get("DestinationCidrBlock") or route["DestinationPrefixListId"]: next(route[each] for each in targets if each in route)
        for route in found["Routes"] if route.get("GatewayId") != "local"
    }


def test_dhcp_options_keep_their_tags(ec2):
    made = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["a.b"]}], TagSpecifications=tagged("dhcp-options"))["DhcpOptions"]
    [options] = ec2.describe_dhcp_options(DhcpOptionsIds=[made["DhcpOptionsId"]])["DhcpOptions"]
    assert options["Tags"] == TAGS


def test_subnet_attributes(ec2, network):
    subnet = network["subnet"]
    for attribute in ("EnableDns64", "EnableResourceNameDnsARecordOnLaunch", "EnableResourceNameDnsAAAARecordOnLaunch"):
        ec2.modify_subnet_attribute(SubnetId=subnet, **{attribute: {"Value": True}})
    ec2.modify_subnet_attribute(SubnetId=subnet, PrivateDnsHostnameTypeOnLaunch="resource-name")
    ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=network["ipv6"].replace("/56", "/64"))
    [found] = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert found["EnableDns64"]
    assert found["PrivateDnsNameOptionsOnLaunch"] == {
        "HostnameType": "resource-name", "EnableResourceNameDnsARecord": True, "EnableResourceNameDnsAAAARecord": True,
    }
    assert found["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlockState"] == {"State": "associated"}


def test_an_address_moves(ec2, network):
    image = "ami-12c6146b"
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=network["subnet"])["Instances"][0]["InstanceId"]
    interface = ec2.create_network_interface(SubnetId=network["subnet"])["NetworkInterface"]["NetworkInterfaceId"]
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]

    def holder():
        [address] = ec2.describe_addresses(AllocationIds=[allocation])["Addresses"]
        assert (address["PublicIpv4Pool"], address["NetworkBorderGroup"]) == ("amazon", "us-east-1")
        return address.get("InstanceId"), address.get("NetworkInterfaceId")

    assert holder() == (None, None)
    ec2.associate_address(AllocationId=allocation, InstanceId=instance)
    assert holder()[0] == instance
    ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface, AllowReassociation=True)
    assert holder() == (None, interface)
    [left] = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    assert not left["NetworkInterfaces"][0].get("Association", {}).get("PublicIp")
    assert code_of(ec2.associate_address, AllocationId=allocation, NetworkInterfaceId=interface, InstanceId=instance) == "InvalidParameterCombination"


def test_nat_gateways(ec2, network):
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    public = ec2.create_nat_gateway(SubnetId=network["subnet"], AllocationId=allocation)["NatGateway"]
    private = ec2.create_nat_gateway(SubnetId=network["subnet"], ConnectivityType="private", PrivateIpAddress="10.0.0.44")["NatGateway"]
    assert (public["ConnectivityType"], private["ConnectivityType"]) == ("public", "private")
    assert [each["PrivateIp"] for each in private["NatGatewayAddresses"]] == ["10.0.0.44"]
    [address] = public["NatGatewayAddresses"]
    assert address["IsPrimary"] and address["PrivateIp"].startswith("10.0.0.") and address["AllocationId"] == allocation
    assert code_of(ec2.create_nat_gateway, SubnetId=network["subnet"]) == "MissingParameter"


def test_network_acls(ec2, network):
    acl = ec2.create_network_acl(VpcId=network["vpc"])["NetworkAcl"]
    assert {(entry["RuleNumber"], entry["RuleAction"], entry["Egress"]) for entry in acl["Entries"]} == {(32767, "deny", True), (32767, "deny", False)}
    entry = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 1, "Protocol": "1", "RuleAction": "allow", "Egress": True, "CidrBlock": "10.0.0.0/8"}
    for code in (0, 1):
        make = ec2.replace_network_acl_entry if code else ec2.create_network_acl_entry
        make(**entry, IcmpTypeCode={"Type": 8, "Code": code})
        [found] = ec2.describe_network_acls(NetworkAclIds=[acl["NetworkAclId"]])["NetworkAcls"]
        assert [each["IcmpTypeCode"] for each in found["Entries"] if each["RuleNumber"] == 1] == [{"Type": 8, "Code": code}]


def test_security_group_rules_change_their_source(ec2, network):
    group, other = network["group"], network["other_group"]
    ports = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
    sources = ({"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, {"UserIdGroupPairs": [{"GroupId": other, "Description": "x"}]})
    ipv6, named = (
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**ports, **source}])["SecurityGroupRules"][0] for source in sources
    )
    for rule, source in ((ipv6, {"CidrIpv6": "fd00::/8"}), (named, {"ReferencedGroupId": group})):
        change = {"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": {**ports, **source, "Description": "y"}}
        ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[change])
    found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[ipv6["SecurityGroupRuleId"], named["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert [rule["Description"] for rule in found] == ["y", "y"]
    assert {rule.get("CidrIpv6") or rule["ReferencedGroupInfo"]["GroupId"] for rule in found} == {"fd00::/8", group}
    change = {"SecurityGroupRuleId": ipv6["SecurityGroupRuleId"], "SecurityGroupRule": {**ports, "ReferencedGroupId": other}}
    assert code_of(ec2.modify_security_group_rules, GroupId=group, SecurityGroupRules=[change]) == "InvalidParameterValue"


def test_network_interfaces(ec2, network):
    wanted = {"SubnetId": network["subnet"], "PrivateIpAddress": "10.0.0.50"}
    made = ec2.create_network_interface(**wanted, PrivateIpAddresses=[{"PrivateIpAddress": "10.0.0.51"}])["NetworkInterface"]
    assert [(each["PrivateIpAddress"], each["Primary"]) for each in made["PrivateIpAddresses"]] == [("10.0.0.50", True), ("10.0.0.51", False)]
    assert code_of(ec2.create_network_interface, **wanted) == "InvalidIPAddress.InUse"
    assert code_of(ec2.create_network_interface, **{**wanted, "PrivateIpAddress": "10.9.0.1"}) == "InvalidParameterValue"


def test_instances(ec2, network):
    metadata = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
    wanted = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "SubnetId": network["subnet"], "SecurityGroupIds": [network["group"]]}
    instance = ec2.run_instances(**wanted, MetadataOptions=metadata)["Instances"][0]["InstanceId"]
    ec2.modify_instance_attribute(InstanceId=instance, InstanceInitiatedShutdownBehavior={"Value": "terminate"})
    ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens="optional")
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[network["other_group"]])
    assert code_of(ec2.modify_instance_attribute, InstanceId=instance, InstanceType={"Value": "t3.small"}) == "IncorrectInstanceState"
    ec2.stop_instances(InstanceIds=[instance])
    ec2.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t3.small"})
    ec2.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"#!/bin/sh"})
    [found] = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    assert [group["GroupId"] for group in found["SecurityGroups"]] == [network["other_group"]]
    assert (found["InstanceType"], found["MetadataOptions"]["HttpTokens"], found["MetadataOptions"]["HttpPutResponseHopLimit"]) == ("t3.small", "optional", 2)
    for attribute, value in (("InstanceInitiatedShutdownBehavior", "terminate"), ("UserData", "IyEvYmluL3No")):
        answer = ec2.describe_instance_attribute(InstanceId=instance, Attribute=attribute[0].lower() + attribute[1:])
        assert answer[attribute]["Value"] == value
    assert code_of(ec2.run_instances, **wanted, KeyName="missing") == "InvalidKeyPair.NotFound"


def test_a_gateway_endpoint_has_routes_in_its_tables(ec2, network):
    wanted = {"VpcId": network["vpc"], "ServiceName": "com.amazonaws.us-east-1.s3"}
    endpoint = ec2.create_vpc_endpoint(**wanted, RouteTableIds=[network["table"]], PolicyDocument=POLICY)["VpcEndpoint"]
    assert not endpoint["PrivateDnsEnabled"]
    assert code_of(ec2.create_vpc_endpoint, **wanted, RouteTableIds=[network["table"]]) == "RouteAlreadyExists"
    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint["VpcEndpointId"], AddRouteTableIds=[network["other_table"]], RemoveRouteTableIds=[network["table"]], ResetPolicy=True,
    )
    assert routes(ec2, network["table"]) == {}
    assert list(routes(ec2, network["other_table"]).values()) == [endpoint["VpcEndpointId"]]
    [found] = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"]
    assert json.loads(found["PolicyDocument"])["Statement"][0]["Action"] == "*"


def test_an_interface_endpoint_has_interfaces_in_its_subnets(ec2, network):
    endpoint = ec2.create_vpc_endpoint(
        VpcId=network["vpc"], ServiceName="com.amazonaws.us-east-1.logs", VpcEndpointType="Interface",
        SubnetIds=[network["subnet"]], SecurityGroupIds=[network["group"]], DnsOptions={"DnsRecordIpType": "ipv4"},
    )["VpcEndpoint"]
    assert endpoint["PrivateDnsEnabled"] and endpoint["DnsOptions"] == {"DnsRecordIpType": "ipv4"}
    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint["VpcEndpointId"], AddSubnetIds=[network["other"]], RemoveSubnetIds=[network["subnet"]],
        AddSecurityGroupIds=[network["other_group"]], RemoveSecurityGroupIds=[network["group"]], PrivateDnsEnabled=False,
    )
    [found] = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])["VpcEndpoints"]
    [interface] = ec2.describe_network_interfaces(NetworkInterfaceIds=found["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert (interface["SubnetId"], [group["GroupId"] for group in interface["Groups"]]) == (network["other"], [network["other_group"]])
    assert interface["RequesterManaged"] and not found["PrivateDnsEnabled"]


def test_managed_prefix_lists(ec2):
    wanted = {"PrefixListName": "p", "MaxEntries": 2, "AddressFamily": "IPv4", "Entries": [{"Cidr": "10.0.0.0/8", "Description": "old"}]}
    id = ec2.create_managed_prefix_list(**wanted)["PrefixList"]["PrefixListId"]
    ec2.modify_managed_prefix_list(PrefixListId=id, MaxEntries=9)
    new = [{"Cidr": "10.0.0.0/8", "Description": "new"}]
    ec2.modify_managed_prefix_list(PrefixListId=id, CurrentVersion=1, AddEntries=new)
    [found] = ec2.describe_managed_prefix_lists(PrefixListIds=[id])["PrefixLists"]
    assert (found["PrefixListName"], found["MaxEntries"], found["Version"]) == ("p", 9, 2)
    assert ec2.get_managed_prefix_list_entries(PrefixListId=id)["Entries"] == new
    assert code_of(ec2.modify_managed_prefix_list, PrefixListId=id, CurrentVersion=1, AddEntries=new) == "PrefixListVersionMismatch"


def test_placement_groups_have_tags(ec2):
    made = ec2.create_placement_group(GroupName="p", Strategy="spread", TagSpecifications=tagged("placement-group"))["PlacementGroup"]
    assert made["GroupArn"].endswith(":placement-group/p")
    ec2.create_tags(Resources=[made["GroupId"]], Tags=[{"Key": "c", "Value": "d"}])
    ec2.delete_tags(Resources=[made["GroupId"]], Tags=[{"Key": "a"}])
    [found] = ec2.describe_placement_groups()["PlacementGroups"]
    assert found["Tags"] == [{"Key": "c", "Value": "d"}]
    assert code_of(ec2.create_placement_group, GroupName="p") == "InvalidPlacementGroup.Duplicate"


def test_virtual_private_gateways(ec2, network):
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    propagation = {"RouteTableId": network["table"], "GatewayId": gateway}

    def propagating():
        return ec2.describe_route_tables(RouteTableIds=[network["table"]])["RouteTables"][0]["PropagatingVgws"]

    assert code_of(ec2.enable_vgw_route_propagation, **propagation) == "Gateway.NotAttached"
    ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=network["vpc"])
    ec2.enable_vgw_route_propagation(**propagation)
    assert propagating() == [{"GatewayId": gateway}]
    ec2.disable_vgw_route_propagation(**propagation)
    assert propagating() == []
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    assert code_of(ec2.attach_vpn_gateway, VpnGatewayId=gateway, VpcId=other) == "VpnGatewayAttachmentLimitExceeded"


def test_what_is_refused(ec2, network):
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    foreign = ec2.create_route_table(VpcId=other)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=network["table"], SubnetId=network["subnet"])
    ec2.modify_vpc_attribute(VpcId=other, EnableDnsSupport={"Value": False})
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=10)["VolumeId"]
    route, yes = {"RouteTableId": network["table"], "DestinationCidrBlock": "0.0.0.0/0"}, {"Value": True}
    zones = {"AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az6"}
    for expected, call, parameters in (
        ("MissingParameter", ec2.create_route, route),
        ("InvalidParameterCombination", ec2.create_route, {**route, "GatewayId": network["gateway"], "NatGatewayId": "nat-0123456789abcdef0"}),
        ("NatGatewayNotFound", ec2.create_route, {**route, "NatGatewayId": "nat-0123456789abcdef0"}),
        ("InvalidTransitGatewayID.NotFound", ec2.create_route, {**route, "TransitGatewayId": "tgw-0123456789abcdef0"}),
        ("InvalidParameterValue", ec2.create_route, {**route, "RouteTableId": foreign, "GatewayId": network["gateway"]}),
        ("Resource.AlreadyAssociated", ec2.associate_route_table, {"RouteTableId": network["other_table"], "SubnetId": network["subnet"]}),
        ("InvalidParameterValue", ec2.modify_vpc_attribute, {"VpcId": other, "EnableDnsHostnames": yes}),
        ("InvalidParameterCombination", ec2.modify_vpc_attribute, {"VpcId": other, "EnableDnsHostnames": yes, "EnableDnsSupport": yes}),
        ("InvalidParameterCombination", ec2.modify_subnet_attribute, {"SubnetId": network["subnet"], "MapPublicIpOnLaunch": yes, "EnableDns64": yes}),
        ("InvalidParameterCombination", ec2.create_subnet, {"VpcId": network["vpc"], "CidrBlock": "10.0.9.0/24", **zones}),
        ("InvalidParameterCombination", ec2.create_volume, {"Size": 1, **zones}),
        ("InvalidVpcID.NotFound", ec2.create_security_group, {"VpcId": "vpc-0123456789abcdef0", "GroupName": "g", "Description": "g"}),
        ("InvalidParameterValue", ec2.modify_volume, {"VolumeId": volume, "Size": 5}),
    ):
        assert code_of(call, **parameters) == expected, (call.__name__, parameters)
