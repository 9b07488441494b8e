"""A VPC of one's own: public and private subnets, internet and NAT gateway, route tables, endpoints, and a bastion host."""

from .fargate import tagged

IMAGE = "ami-12c6146b"  # the double knows it


def build(ec2, project):
    """(vpc, its two public subnets, its two private ones)."""
    region = ec2.meta.region_name
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", project, project))["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", project, project))["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public, private = (
        [subnet(ec2, project, vpc, f"10.0.{number + zone}.0/24", f"{region}{'ab'[zone]}", f"{kind}-{'ab'[zone]}") for zone in (0, 1)]
        for number, kind in ((0, "public"), (10, "private"))
    )
    routes(ec2, project, vpc, "public", public, GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", project, f"{project}-nat"))["AllocationId"]
    nat = ec2.create_nat_gateway(
        SubnetId=public[0], AllocationId=address, TagSpecifications=tagged("natgateway", project, project)
    )["NatGateway"]["NatGatewayId"]
    table = routes(ec2, project, vpc, "private", private, NatGatewayId=nat)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{region}.s3", VpcEndpointType="Gateway", RouteTableIds=[table])
    bastion(ec2, project, vpc, public[0])
    return vpc, public, private


def subnet(ec2, project, vpc, cidr, zone, name):
    return ec2.create_subnet(
        VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=tagged("subnet", project, f"{project}-{name}")
    )["Subnet"]["SubnetId"]


def routes(ec2, project, vpc, kind, subnets, **target):
    """A route table with its way out, associated with the subnets."""
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", project, f"{project}-{kind}"))["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    for each in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=each)
    return table


def bastion(ec2, project, vpc, subnet):
    """An instance that is protected from termination, with a second volume and an interface endpoint beside it."""
    group = ec2.create_security_group(
        GroupName=f"{project}-bastion", Description="ssh", VpcId=vpc, TagSpecifications=tagged("security-group", project, f"{project}-bastion")
    )["GroupId"]
    ec2.create_key_pair(KeyName=f"{project}-bastion", TagSpecifications=tagged("key-pair", project))
    instance = ec2.run_instances(
        ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet, SecurityGroupIds=[group], KeyName=f"{project}-bastion",
        TagSpecifications=tagged("instance", project, f"{project}-bastion"),
    )["Instances"][0]
    ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], DisableApiTermination={"Value": True})
    volume = ec2.create_volume(
        AvailabilityZone=instance["Placement"]["AvailabilityZone"], Size=8, TagSpecifications=tagged("volume", project, f"{project}-home")
    )["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=instance["InstanceId"], Device="/dev/sdf")
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{ec2.meta.region_name}.ecr.api", VpcEndpointType="Interface", SubnetIds=[subnet], SecurityGroupIds=[group]
    )
