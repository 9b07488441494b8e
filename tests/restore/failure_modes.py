"""Every way in which a default network is known to break: what breaks it, what the check says, and which repairs mend it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

ALL = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
SSH = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
SUBNET, EACH_SUBNET = "default subnet in {zones[0]}", "default subnet in {zone}"
OWN_TABLE, OWN_ACL = (f"default subnets: no {each} of their own" for each in ("route table", "network ACL"))
ROUTE, OTHER_ROUTE, GATEWAY, MAIN = "internet route", "main route table: no other route", "internet gateway", "main route table"
DHCP, ITS_DHCP = "default DHCP options", "default VPC: DHCP options"
INBOUND, OUTBOUND, OTHER_ENTRY = (f"default network ACL: {each}" for each in ("inbound rule 100", "outbound rule 100", "no other rule"))
GROUP_IN, GROUP_OUT, OTHER_RULE = (f"default security group: {each}" for each in ("inbound rule", "outbound rule", "no other rule"))


@dataclass(frozen=True)
class FailureMode:
    """`destroy(network)` returns what `afterwards(network, that)` asserts on, beyond the factory state that all come back to."""

    destroy: Callable
    broken: list[tuple[str, str]]  # (item, status) of all that is not ok; with {zone}: in each zone
    repairs: list[tuple[str, str]]  # (resource_type, action)
    each_zone: list[tuple[str, str]]  # further repairs, in each zone
    afterwards: Callable | None = None

    def all_broken(self, zones):
        return sorted(
            (item.format(zones=zones, zone=zone), status)
            for item, status in self.broken for zone in (zones if "{zone}" in item else zones[:1])
        )


MODES = []


def mode(broken, *repairs, each_zone=(), afterwards=None):
    def register(destroy):
        failure_mode = FailureMode(destroy, broken, repairs, each_zone, afterwards)
        MODES.append(pytest.param(failure_mode, id=destroy.__name__))
        return destroy

    return register


# -- the gateway and the route to it


def same_gateway(network, gateway):
    assert network.gateway_ids == [gateway]


@mode([(GATEWAY, "missing"), (ROUTE, "changed")], ("ec2_internet_gateway", "create"), afterwards=same_gateway)
def gateway_detached(network):
    (gateway,) = network.gateway_ids
    network.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
    return gateway


@mode([(GATEWAY, "missing"), (ROUTE, "changed")], ("ec2_internet_gateway", "create"), ("ec2_route", "update"))
def gateway_deleted(network):
    (gateway,) = network.gateway_ids
    network.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
    network.ec2.delete_internet_gateway(InternetGatewayId=gateway)


@mode([(GATEWAY, "missing"), (ROUTE, "missing")], ("ec2_internet_gateway", "create"), ("ec2_route", "create"))
def gateway_and_route_deleted(network):
    network.ec2.delete_route(RouteTableId=network.main_id, DestinationCidrBlock="0.0.0.0/0")
    gateway_deleted(network)


def not_the_users_gateway(network, users):
    assert network.gateway_ids != [users]
    (gateway,) = network.ec2.describe_internet_gateways(InternetGatewayIds=[users])["InternetGateways"]
    assert gateway["Attachments"] == []


@mode([(GATEWAY, "missing"), (ROUTE, "changed")], ("ec2_internet_gateway", "create"), ("ec2_route", "update"), afterwards=not_the_users_gateway)
def gateway_deleted_beside_a_detached_one_of_the_users(network):
    gateway_deleted(network)
    return network.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]


@mode([(ROUTE, "changed")], ("ec2_route", "update"), afterwards=same_gateway)
def gateway_exchanged(network):
    gateway_deleted(network)
    users = network.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    network.ec2.attach_internet_gateway(InternetGatewayId=users, VpcId=network.vpc_id)
    return users


@mode([(ROUTE, "missing")], ("ec2_route", "create"))
def route_missing(network):
    network.ec2.delete_route(RouteTableId=network.main_id, DestinationCidrBlock="0.0.0.0/0")


def replace_route(network, **target):
    network.ec2.replace_route(RouteTableId=network.main_id, DestinationCidrBlock="0.0.0.0/0", **target)


def nat_gateway(network):
    return network.ec2.create_nat_gateway(SubnetId=network.subnet_id, ConnectivityType="private")["NatGateway"]["NatGatewayId"]


def still_there(network, nat):
    assert network.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "available"


@mode([(ROUTE, "changed")], ("ec2_route", "update"), afterwards=still_there)
def route_replaced_by_nat_gateway(network):
    nat = nat_gateway(network)
    replace_route(network, NatGatewayId=nat)
    return nat


@mode([(ROUTE, "changed")], ("ec2_route", "update"))
def route_to_a_deleted_nat_gateway(network):
    nat = nat_gateway(network)
    replace_route(network, NatGatewayId=nat)
    network.ec2.delete_nat_gateway(NatGatewayId=nat)


@mode([(ROUTE, "changed")], ("ec2_route", "update"))
def route_replaced_by_instance(network):
    image = network.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (instance,) = network.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=network.subnet_id)["Instances"]
    replace_route(network, InstanceId=instance["InstanceId"])


@mode([(ROUTE, "changed")], ("ec2_route", "update"))
def route_replaced_by_network_interface(network):
    interface = network.ec2.create_network_interface(SubnetId=network.subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    replace_route(network, NetworkInterfaceId=interface)


def peering(network):
    connection = network.ec2.create_vpc_peering_connection(VpcId=network.vpc_id, PeerVpcId=network.new_vpc())["VpcPeeringConnection"]
    network.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection["VpcPeeringConnectionId"])
    return connection["VpcPeeringConnectionId"]


@mode([(ROUTE, "changed")], ("ec2_route", "update"))
def route_replaced_by_peering(network):
    replace_route(network, VpcPeeringConnectionId=peering(network))


@mode([(ROUTE, "changed")], ("ec2_route", "update"))
def route_replaced_by_transit_gateway(network):
    transit = network.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    network.ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=transit, VpcId=network.vpc_id, SubnetIds=[network.subnet_id])
    replace_route(network, TransitGatewayId=transit)


@mode([(OTHER_ROUTE, "changed")], ("ec2_route", "delete"))
def route_added(network):
    network.ec2.create_route(RouteTableId=network.main_id, DestinationCidrBlock="10.9.0.0/16", VpcPeeringConnectionId=peering(network))


# -- the main route table


def swap(network, table):
    """`table` becomes the main one; the id of the one it was."""
    was = network.main_id
    network.ec2.replace_route_table_association(AssociationId=network.main_association_id, RouteTableId=table)
    return was


def is_main_again(network, was):
    assert network.main_id == was


@mode([(MAIN, "changed")], ("ec2_route_table", "update"), afterwards=is_main_again)
def main_table_swapped(network):
    return swap(network, network.new_table(Name="private"))


@mode([(MAIN, "changed")], ("ec2_route_table", "update"), afterwards=is_main_again)
def main_table_swapped_for_an_untagged_private_one(network):
    return swap(network, network.new_table())


@mode([(MAIN, "changed"), (GATEWAY, "missing"), (ROUTE, "changed")], ("ec2_route_table", "update"), ("ec2_internet_gateway", "create"), afterwards=is_main_again)
def main_table_swapped_and_gateway_detached(network):
    was = swap(network, network.new_table(Name="private"))
    gateway_detached(network)
    return was


@mode([(ROUTE, "changed"), (OTHER_ROUTE, "changed")], ("ec2_route", "update"), ("ec2_route", "delete"), afterwards=is_main_again)
def main_table_swapped_and_the_old_one_deleted(network):
    table = network.new_table(Name="private")
    network.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_gateway(network))
    network.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.9.0.0/16", VpcPeeringConnectionId=peering(network))
    was = swap(network, table)
    network.ec2.delete_route_table(RouteTableId=was)
    return table


@mode([(ROUTE, "changed")], ("ec2_route", "update"), afterwards=is_main_again)
def route_replaced_beside_a_private_table_of_the_users(network):
    network.new_table()
    replace_route(network, NatGatewayId=nat_gateway(network))
    return network.main_id


@mode([(OWN_TABLE, "changed")] * 2, *[("ec2_route_table_association", "delete")] * 2)
def subnets_on_tables_of_their_own(network):
    for table, zone in ((network.new_table(), network.zones[0]), (network.main_id, network.zones[1])):
        network.ec2.associate_route_table(RouteTableId=table, SubnetId=network.subnets[zone]["SubnetId"])


@mode([(OWN_ACL, "changed")] * 2, *[("ec2_network_acl_association", "update")] * 2)
def subnets_on_an_acl_of_their_own(network):
    acl = network.ec2.create_network_acl(VpcId=network.vpc_id)["NetworkAcl"]["NetworkAclId"]
    two = {network.subnets[zone]["SubnetId"] for zone in network.zones[:2]}
    for association in network.acl["Associations"]:
        if association["SubnetId"] in two:
            network.ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)


# -- subnets


@mode([(SUBNET, "missing")], ("ec2_subnet", "create"))
def subnet_missing(network):
    network.ec2.delete_subnet(SubnetId=network.subnets[network.zones[0]]["SubnetId"])


def in_another_place(network, users):
    (subnet,) = network.ec2.describe_subnets(SubnetIds=[users])["Subnets"]
    assert subnet["CidrBlock"] != network.subnets[network.zones[0]]["CidrBlock"]
    assert not subnet["DefaultForAz"] and not subnet["MapPublicIpOnLaunch"]


@mode([(SUBNET, "missing")], ("ec2_subnet", "create"), afterwards=in_another_place)
def subnet_missing_and_its_place_taken(network):
    subnet = network.subnets[network.zones[0]]
    network.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    return network.new_subnet(subnet["CidrBlock"], network.zones[0])


@mode([(EACH_SUBNET, "missing")], each_zone=[("ec2_subnet", "create")])
def all_subnets_missing_beside_one_of_the_users(network):
    for subnet in network.subnets.values():
        network.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    network.ec2.associate_route_table(RouteTableId=network.new_table(), SubnetId=network.new_subnet("172.31.255.0/24"))


@mode([(f"{EACH_SUBNET}: public addresses", "changed")], each_zone=[("ec2_subnet", "update")])
def no_public_addresses(network):
    for subnet in network.subnets.values():
        network.ec2.modify_subnet_attribute(SubnetId=subnet["SubnetId"], MapPublicIpOnLaunch={"Value": False})


# -- the VPC


@mode(
    [
        ("default VPC", "missing"), (GATEWAY, "missing"), (ROUTE, "missing"), (INBOUND, "missing"), (OUTBOUND, "missing"), (GROUP_IN, "missing"), (GROUP_OUT, "missing"),
        (EACH_SUBNET, "missing"),
    ],
    ("ec2_vpc", "create"),
)
def vpc_deleted(network):
    for subnet in network.subnets.values():
        network.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    gateway_deleted(network)
    network.ec2.delete_vpc(VpcId=network.vpc_id)


@mode([("default VPC: DNS hostnames", "changed")], ("ec2_vpc", "update"))
def dns_hostnames_off(network):
    network.ec2.modify_vpc_attribute(VpcId=network.vpc_id, EnableDnsHostnames={"Value": False})


@mode([("default VPC: DNS support", "changed"), ("default VPC: DNS hostnames", "changed")], *[("ec2_vpc", "update")] * 2)
def dns_off(network):
    dns_hostnames_off(network)
    network.ec2.modify_vpc_attribute(VpcId=network.vpc_id, EnableDnsSupport={"Value": False})


@mode([("default VPC: no other CIDR block", "changed")], ("ec2_vpc", "update"))
def cidr_blocks_added(network):
    for block in ("10.1.0.0/16", "10.2.0.0/16"):
        network.ec2.associate_vpc_cidr_block(VpcId=network.vpc_id, CidrBlock=block)


def new_dhcp_options(network, servers=("10.0.0.53",)):
    options = network.ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name-servers", "Values": list(servers)}, {"Key": "domain-name", "Values": [f"{network.region}.compute.internal"]}]
    )
    return options["DhcpOptions"]["DhcpOptionsId"]


@mode([(ITS_DHCP, "changed")], ("ec2_vpc", "update"))
def other_dhcp_options(network):
    network.ec2.associate_dhcp_options(VpcId=network.vpc_id, DhcpOptionsId=new_dhcp_options(network))


@mode([(ITS_DHCP, "changed")], ("ec2_vpc", "update"))
def dhcp_options_with_a_further_server(network):
    network.ec2.associate_dhcp_options(VpcId=network.vpc_id, DhcpOptionsId=new_dhcp_options(network, ["AmazonProvidedDNS", "10.0.0.53"]))


@mode([(ITS_DHCP, "changed")], ("ec2_vpc", "update"))
def no_dhcp_options(network):
    network.ec2.associate_dhcp_options(VpcId=network.vpc_id, DhcpOptionsId="default")


@mode([(DHCP, "missing"), (ITS_DHCP, "changed")], ("ec2_dhcp_options", "create"), ("ec2_vpc", "update"))
def dhcp_options_deleted(network):
    factory = network.vpc["DhcpOptionsId"]
    other_dhcp_options(network)
    network.ec2.delete_dhcp_options(DhcpOptionsId=factory)


@mode([("VPC block public access", "changed")], ("ec2_vpc_block_public_access_options", "update"))
def public_access_blocked(network):
    network.ec2.modify_vpc_block_public_access_options(InternetGatewayBlockMode="block-bidirectional")


# -- the security group and the network ACL


@mode([(GROUP_IN, "missing"), (GROUP_OUT, "missing")], *[("ec2_security_group_rule", "create")] * 2)
def group_rules_revoked(network):
    network.ec2.revoke_security_group_ingress(GroupId=network.group_id, IpPermissions=network.group["IpPermissions"])
    network.ec2.revoke_security_group_egress(GroupId=network.group_id, IpPermissions=ALL)


@mode([(OTHER_RULE, "changed")] * 3, *[("ec2_security_group_rule", "delete")] * 3)
def group_rules_added(network):
    network.ec2.authorize_security_group_ingress(GroupId=network.group_id, IpPermissions=SSH)
    network.ec2.authorize_security_group_ingress(GroupId=network.group_id, IpPermissions=ALL)
    network.ec2.authorize_security_group_egress(GroupId=network.group_id, IpPermissions=SSH)


@mode([(GROUP_IN, "missing"), (OTHER_RULE, "changed")], ("ec2_security_group_rule", "create"), ("ec2_security_group_rule", "delete"))
def group_rule_exchanged(network):
    network.ec2.revoke_security_group_ingress(GroupId=network.group_id, IpPermissions=network.group["IpPermissions"])
    network.ec2.authorize_security_group_ingress(GroupId=network.group_id, IpPermissions=SSH)


def entry(network, operation, egress, number=100, action="allow", cidr="0.0.0.0/0"):
    getattr(network.ec2, f"{operation}_network_acl_entry")(
        NetworkAclId=network.acl_id, Egress=egress, RuleNumber=number, Protocol="-1", RuleAction=action, CidrBlock=cidr
    )


@mode([(INBOUND, "missing"), (OUTBOUND, "missing")], *[("ec2_network_acl_entry", "create")] * 2)
def acl_entries_removed(network):
    for egress in (False, True):
        network.ec2.delete_network_acl_entry(NetworkAclId=network.acl_id, Egress=egress, RuleNumber=100)


@mode([(INBOUND, "changed"), (OUTBOUND, "changed")], *[("ec2_network_acl_entry", "update")] * 2)
def acl_entries_changed(network):
    entry(network, "replace", egress=False, action="deny")
    entry(network, "replace", egress=True, cidr="10.0.0.0/8")


@mode([(OTHER_ENTRY, "changed")] * 2, *[("ec2_network_acl_entry", "delete")] * 2)
def acl_entries_added(network):
    entry(network, "create", egress=False, number=50, action="deny")
    entry(network, "create", egress=True, number=32766, action="deny", cidr="203.0.113.0/24")
