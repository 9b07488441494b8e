"""What EC2 refuses to make or to change."""

import ipaddress

from .errors import AWSError
from .refusals import refuses
from .refusals_network import invalid

TARGETS = (
    "GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "InstanceId", "NetworkInterfaceId",
    "EgressOnlyInternetGatewayId", "VpcEndpointId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn", "OdbNetworkArn",
)
SOURCES = {"CidrIpv4": "cidr_ipv4", "CidrIpv6": "cidr_ipv6", "PrefixListId": "prefix_list_id", "ReferencedGroupId": "referenced_group_info"}


@refuses("ec2", "CreateSubnet", "CreateDefaultSubnet", "CreateVolume")
def two_zones(params, state):
    if params.get("AvailabilityZone") and params.get("AvailabilityZoneId"):
        raise AWSError("InvalidParameterCombination", "Only one of AvailabilityZone and AvailabilityZoneId can be specified.")


@refuses("ec2", "ModifyVpcAttribute")
def one_attribute(params, state):
    given = [name for name in params if name.startswith("Enable")]
    if len(given) > 1:
        raise AWSError("InvalidParameterCombination", "Fields for multiple attribute types specified.")
    vpc = state.ec2.vpcs.get(params["VpcId"])
    if vpc and params.get("EnableDnsHostnames", {}).get("Value") and not vpc.enable_dns_support:
        raise invalid("DNS hostnames cannot be enabled for a VPC without DNS support.")


@refuses("ec2", "ModifySubnetAttribute")
def one_subnet_attribute(params, state):
    if len(set(params) - {"SubnetId", "DryRun"}) > 1:
        raise AWSError("InvalidParameterCombination", "Fields for multiple attribute types specified.")


@refuses("ec2", "CreateRoute", "ReplaceRoute")
def route_target(params, state):
    given = [name for name in TARGETS if params.get(name)]
    if not given and not params.get("LocalTarget"):
        raise AWSError("MissingParameter", f"The request must contain exactly one of: {', '.join(TARGETS)}")
    if len(given) > 1:
        raise AWSError("InvalidParameterCombination", f"The request must contain exactly one of: {', '.join(given)}")
    for parameter, known, code in (
        ("NatGatewayId", state.ec2.nat_gateways, "NatGatewayNotFound"),
        ("TransitGatewayId", state.ec2.transit_gateways, "InvalidTransitGatewayID.NotFound"),
    ):
        if params.get(parameter) and params[parameter] not in known:
            raise AWSError(code, f"The {parameter} {params[parameter]} does not exist.")
    table = state.ec2.route_tables.get(params["RouteTableId"])
    gateway = state.ec2.internet_gateways.get(params.get("GatewayId"))
    if table and gateway and (not gateway.vpc or gateway.vpc.id != table.vpc_id):
        raise invalid(f"route table {table.id} and network gateway {gateway.id} belong to different networks")


@refuses("ec2", "AssociateRouteTable")
def associated_subnet(params, state):
    for table in state.ec2.route_tables.values():
        if params.get("SubnetId") and params["SubnetId"] in table._associations.values() and table.id != params["RouteTableId"]:
            message = f"the specified association for route table {params['RouteTableId']} conflicts with an existing association"
            raise AWSError("Resource.AlreadyAssociated", message)


@refuses("ec2", "AttachVpnGateway")
def attached_vpn_gateway(params, state):
    gateway = state.ec2.vpn_gateways.get(params["VpnGatewayId"])
    for attachment in gateway.attachments.values() if gateway else ():
        if attachment.state == "attached" and attachment.vpc_id != params["VpcId"]:
            raise AWSError("VpnGatewayAttachmentLimitExceeded", f"The vpnGateway {gateway.id} is attached to {attachment.vpc_id}.")


@refuses("ec2", "CreateSecurityGroup")
def group_of_a_missing_vpc(params, state):
    if params.get("VpcId") and params["VpcId"] not in state.ec2.vpcs:
        raise AWSError("InvalidVpcID.NotFound", f"The vpc ID '{params['VpcId']}' does not exist")


@refuses("ec2", "ModifySecurityGroupRules")
def source_of_another_kind(params, state):
    group = next((group for group in state.groups() if group.id == params["GroupId"]), None)
    for each in params["SecurityGroupRules"] if group else ():
        rule, asked = group.get_rule(each["SecurityGroupRuleId"]), each["SecurityGroupRule"]
        for parameter, shown in SOURCES.items():
            if rule and asked.get(parameter) and not getattr(rule, shown):
                raise invalid(f"Invalid rule type for security group rule '{rule.id}'. You may not specify {parameter} for it.")
        if asked.get("ReferencedGroupId") and asked["ReferencedGroupId"] not in {known.id for known in state.groups()}:
            raise AWSError("InvalidGroup.NotFound", f"The security group '{asked['ReferencedGroupId']}' does not exist")


@refuses("ec2", "CreateNetworkInterface", "RunInstances", "CreateNatGateway")
def address_of_a_subnet(params, state):
    subnet = next((subnet for subnet in state.ec2.describe_subnets() if subnet.id == params.get("SubnetId")), None)
    address = params.get("PrivateIpAddress")
    if not subnet or not address:
        return
    if ipaddress.ip_address(address) not in subnet.cidr:
        raise invalid("Address does not fall within the subnet's address range")
    for interface in state.ec2.enis.values():
        if interface.subnet.id == subnet.id and address in {each["PrivateIpAddress"] for each in interface.private_ip_addresses}:
            raise AWSError("InvalidIPAddress.InUse", f"Address {address} is in use.")


@refuses("ec2", "CreateNatGateway")
def public_gateway_without_an_address(params, state):
    if params.get("ConnectivityType", "public") == "public" and not params.get("AllocationId") and params.get("AvailabilityMode") != "regional":
        raise AWSError("MissingParameter", "The request must include the AllocationId parameter. Add the required parameter and retry the request.")


@refuses("ec2", "AssociateAddress")
def two_holders(params, state):
    if params.get("InstanceId") and params.get("NetworkInterfaceId"):
        raise AWSError("InvalidParameterCombination", "You may specify either instance ID or network interface ID, not both.")


@refuses("ec2", "RunInstances")
def launch_with_a_missing_key(params, state):
    if params.get("KeyName") and params["KeyName"] not in state.ec2.key_pairs:
        raise AWSError("InvalidKeyPair.NotFound", f"The key pair '{params['KeyName']}' does not exist")


@refuses("ec2", "ModifyInstanceAttribute")
def attribute_of_a_stopped_instance(params, state):
    instance = next((instance for instance in state.instances() if instance.id == params["InstanceId"]), None)
    for attribute in ("InstanceType", "EbsOptimized", "UserData"):
        if instance and params.get(attribute) and instance.state != "stopped":
            raise AWSError("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")


@refuses("ec2", "ModifyVolume")
def smaller_volume(params, state):
    volume = state.ec2.volumes.get(params["VolumeId"])
    if volume and params.get("Size", volume.size) < volume.size:
        raise invalid("New size cannot be smaller than existing size")


@refuses("ec2", "CreateVpcEndpoint", "ModifyVpcEndpoint")
def second_gateway_endpoint(params, state):
    changed = state.ec2.vpc_end_points.get(params.get("VpcEndpointId"))
    service = changed.service_name if changed else params.get("ServiceName")
    tables = set(params.get("AddRouteTableIds" if changed else "RouteTableIds", ()))
    for endpoint in state.ec2.vpc_end_points.values():
        if endpoint.service_name == service and endpoint is not changed and endpoint.state == "available" and tables & set(endpoint.route_table_ids or ()):
            raise AWSError("RouteAlreadyExists", f"route table {(tables & set(endpoint.route_table_ids)).pop()} already has a route to {service}")


@refuses("ec2", "ModifyManagedPrefixList")
def prefix_list_change(params, state):
    found = state.ec2.managed_prefix_lists.get(params["PrefixListId"])
    entries = params.get("AddEntries") or params.get("RemoveEntries")
    if not found:
        raise AWSError("InvalidPrefixListID.NotFound", f"The prefix list ID '{params['PrefixListId']}' does not exist.")
    if entries and params.get("MaxEntries"):
        raise AWSError("InvalidParameterCombination", "MaxEntries and entries cannot be changed in one request.")
    if entries and params.get("CurrentVersion") != found.version:
        raise AWSError("PrefixListVersionMismatch", f"The prefix list has the version {found.version}, not {params.get('CurrentVersion')}.")
    both = {each["Cidr"] for each in params.get("AddEntries", ())} & {each["Cidr"] for each in params.get("RemoveEntries", ())}
    if both:
        raise invalid(f"The entry {both.pop()} is both added and removed.")
