"""What a restore meets besides one broken thing: everything broken, several regions, the user's own things, AWS saying no, others at work."""

import failure_modes
import psycopg
import pytest
from default_network import DefaultNetwork

DENIED = "You are not authorized to perform this operation. User: {} is not authorized with an explicit deny in a service control policy"


def broken(world, **arguments):
    return sorted((row["region"], row["item"]) for row in world.check(**arguments) if row["status"] != "ok")


def operations(world):
    return [call["operation"] for call in world.calls(mutating=True)]


def break_everything(network):
    for destroy in (
        failure_modes.dns_off, failure_modes.cidr_blocks_added, failure_modes.dhcp_options_deleted, failure_modes.no_public_addresses,
        failure_modes.subnets_on_tables_of_their_own, failure_modes.subnets_on_an_acl_of_their_own, failure_modes.subnet_missing,
        failure_modes.route_added, failure_modes.gateway_detached, failure_modes.main_table_swapped,
        failure_modes.group_rules_revoked, failure_modes.group_rules_added, failure_modes.acl_entries_changed, failure_modes.acl_entries_added,
        failure_modes.public_access_blocked,
    ):
        destroy(network)


def test_everything_broken_at_once(world, network):
    break_everything(network)
    assert len({item for _, item in broken(world)}) > 15
    assert [row["reason"] for row in world.restore() if row["status"] != "done"] == []
    assert network.state() == network.factory_state()
    assert world.restore() == []


def test_several_regions_at_once(account):
    world = account("us-east-1", "eu-west-1", "us-west-2")
    one, two, sound = (DefaultNetwork(world.aws("ec2", region), world.account_id) for region in ("us-east-1", "eu-west-1", "us-west-2"))
    failure_modes.route_missing(one)
    failure_modes.vpc_deleted(two)
    assert {region for region, _ in broken(world)} == {"us-east-1", "eu-west-1"}
    assert {region for region, _ in broken(world, regions=["us-east-1", "us-west-2"])} == {"us-east-1"}

    world.forget_calls()
    rows = world.restore(regions=["eu-west-1"])
    assert {(row["region"], row["status"]) for row in rows} == {("eu-west-1", "done")}
    assert {call["region"] for call in world.calls(mutating=True)} == {"eu-west-1"}
    rows = world.restore()
    assert [(row["region"], row["resource_type"], row["status"]) for row in rows] == [("us-east-1", "ec2_route", "done")]
    for network in (one, two, sound):
        assert network.state() == network.factory_state()


def test_which_zone_has_which_block_is_not_compared(world, network):
    before = {zone: subnet["CidrBlock"] for zone, subnet in network.subnets.items()}
    for subnet in network.subnets.values():
        network.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for zone in reversed(network.zones):
        network.ec2.create_default_subnet(AvailabilityZone=zone)
    assert {zone: subnet["CidrBlock"] for zone, subnet in network.subnets.items()} != before
    world.forget_calls()
    assert broken(world) == []
    assert world.restore() == []
    assert operations(world) == []


def test_what_is_the_users_stays(world, network):
    ec2 = network.ec2
    subnet = network.new_subnet("172.31.250.0/24")
    table = network.new_table(Name="the user's")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=network.gateway_ids[0])
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    acl = ec2.create_network_acl(VpcId=network.vpc_id)["NetworkAcl"]["NetworkAclId"]
    (association,) = [each for each in network.acl["Associations"] if each["SubnetId"] == subnet]
    ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    group = ec2.create_security_group(GroupName="web", Description="the user's", VpcId=network.vpc_id)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=failure_modes.SSH)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.create_vpc_endpoint(VpcId=network.vpc_id, ServiceName=f"com.amazonaws.{network.region}.s3", RouteTableIds=[network.main_id])
    other = network.new_vpc("10.77.0.0/16")
    for each in (network.vpc_id, network.main_id, network.acl_id, network.group_id, network.subnet_id, *network.gateway_ids):
        network.tag(each, Name="named by the user")

    def users():
        kept = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
        return [
            ec2.describe_subnets(SubnetIds=[subnet])["Subnets"], kept["Associations"], kept["Routes"],
            ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"], ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"],
            ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"], ec2.describe_vpcs(VpcIds=[other])["Vpcs"],
            ec2.describe_vpc_endpoints()["VpcEndpoints"], sorted(map(str, ec2.describe_tags()["Tags"])),
        ]

    world.forget_calls()
    assert broken(world) == []
    assert world.restore() == []
    assert operations(world) == []

    before = users()
    failure_modes.route_missing(network)
    failure_modes.dns_off(network)
    failure_modes.group_rules_added(network)
    failure_modes.acl_entries_changed(network)
    failure_modes.no_public_addresses(network)
    assert {row["status"] for row in world.restore()} == {"done"}
    assert users() == before
    assert broken(world) == []


def test_denied_repair_is_tried_once_and_the_others_are_done(world, network, double):
    message = DENIED.format("arn:aws:iam::…:role/x")
    failure_modes.route_missing(network)
    failure_modes.acl_entries_removed(network)
    failure_modes.dns_off(network)
    double.faults({"service": "ec2", "operation": "CreateRoute", "error_code": "UnauthorizedOperation", "message": message, "status": 403})
    world.forget_calls()
    rows = world.restore()
    (failed,) = [row for row in rows if row["status"] == "failed"]
    assert failed["resource_type"] == "ec2_route"
    assert "ec2:CreateRoute: UnauthorizedOperation" in failed["reason"] and message in failed["reason"]
    assert operations(world).count("CreateRoute") == 1
    assert sorted(row["resource_type"] for row in rows if row["status"] == "done") == ["ec2_network_acl_entry"] * 2 + ["ec2_vpc"] * 2
    assert broken(world) == [(world.region, "internet route")]
    assert world.value("SELECT status FROM run WHERE account_id = %s ORDER BY run_id DESC LIMIT 1", world.account_id) == "failed"

    double.faults()
    assert [row["status"] for row in world.restore()] == ["done"]
    assert network.state() == network.factory_state()


def test_a_denied_repair_of_the_vpc_keeps_nothing_behind_it_from_being_mended(world, network, double):
    """What hangs on the VPC is read later than the VPC."""
    network.ec2.modify_vpc_attribute(VpcId=network.vpc_id, EnableDnsHostnames={"Value": False})
    network.ec2.delete_route(RouteTableId=network.main_id, DestinationCidrBlock="0.0.0.0/0")
    double.faults({"service": "ec2", "operation": "ModifyVpcAttribute", "error_code": "UnauthorizedOperation", "status": 403})
    rows = sorted(world.restore(), key=lambda row: row["resource_type"])
    assert [(row["resource_type"], row["status"]) for row in rows] == [("ec2_route", "done"), ("ec2_vpc", "failed")]


def test_no_room_for_a_subnet_is_a_failed_row(world, network):
    zone = network.zones[0]
    freed = network.subnets[zone]["CidrBlock"]
    network.ec2.delete_subnet(SubnetId=network.subnet_id)
    taken = {subnet["CidrBlock"] for subnet in network.subnets.values()}
    for block in {f"172.31.{third}.0/20" for third in range(0, 256, 16)} - taken:
        network.new_subnet(block, zone)
    failure_modes.dns_hostnames_off(network)
    rows = world.restore()
    assert sorted((row["resource_type"], row["status"]) for row in rows) == [("ec2_subnet", "failed"), ("ec2_vpc", "done")]
    (reason,) = [row["reason"] for row in rows if row["status"] == "failed"]
    assert reason.startswith("ec2:CreateDefaultSubnet: InsufficientCidrBlocks")
    assert broken(world) == [(world.region, f"default subnet in {zone}")]

    (users,) = [subnet for subnet in network.ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": [freed]}])["Subnets"]]
    network.ec2.delete_subnet(SubnetId=users["SubnetId"])
    assert [row["status"] for row in world.restore()] == ["done"]


def test_someone_else_makes_the_default_vpc_meanwhile(world, network, double):
    failure_modes.vpc_deleted(network)
    double.faults({"service": "ec2", "operation": "CreateDefaultVpc", "error_code": "DefaultVpcAlreadyExists", "times": 1})
    assert [(row["resource_type"], row["status"]) for row in world.restore()] == [("ec2_vpc", "done")]
    assert network.state() == network.factory_state()


def test_region_that_is_not_enabled(account):
    world = account("us-east-1", "xx-nowhere-1")
    for call in (world.check, world.restore):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match='unknown region "xx-nowhere-1"') as raised:
            call()
        assert "enabled in the account first" in raised.value.diag.message_hint
    assert operations(world) == []


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "OptInRequired"])  # the latter: as if the region had never been asked for
def test_type_that_cannot_be_read_is_unknown_and_not_repaired(world, network, double, code):
    failure_modes.route_missing(network)
    failure_modes.dns_off(network)
    double.faults({"service": "ec2", "operation": "DescribeRouteTables", "error_code": code, "status": 403})
    found = {row["item"]: row for row in world.check()}
    assert found["internet route"]["status"] == "unknown"
    assert f"ec2:DescribeRouteTables: {code}" in found["internet route"]["found"]
    assert found["default VPC: DNS support"]["status"] == "changed"
    rows = world.restore()
    assert {(row["resource_type"], row["status"]) for row in rows} == {("ec2_vpc", "done")}
    double.faults()
    assert broken(world) == [(world.region, "internet route")]
