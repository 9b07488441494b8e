"""moto's VPC family where it differs from AWS: what a new VPC and a new subnet have, what a deletion takes with it, and
when a route is a blackhole. `install` replaces the methods on moto's own classes, so CloudFormation sees them too."""

import ipaddress

from moto.ec2.models import EC2Backend
from moto.ec2.models.dhcp_options import DHCPOptionsSet
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.route_tables import Route
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import SubnetBackend
from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint

from .errors import AWSError


def install() -> None:
    for function in (create_vpc, create_default_vpc, delete_vpc, create_subnet, create_default_subnet, delete_subnet):
        setattr(EC2Backend, function.__name__, function)
    EC2Backend.associate_dhcp_options = associate_dhcp_options
    EC2Backend.create_nat_gateway = managed_interfaces(EC2Backend.create_nat_gateway, "nat_gateway", "Interface for NAT Gateway")
    EC2Backend.create_vpc_endpoint = managed_interfaces(EC2Backend.create_vpc_endpoint, "vpc_endpoint", "VPC Endpoint Interface")
    Route.state = property(route_state)
    VPCEndPoint.__init__ = _with_endpoint_type(VPCEndPoint.__init__)
    NetworkInterface.private_dns_name = None  # moto sets it in VPCs with DNS hostnames and reads it in all
    SecurityGroupRule.group_owner_id = property(lambda rule: rule.owner_id)
    DHCPOptionsSet.owner_id = property(lambda options: options.ec2_backend.account_id)


def create_vpc(self, *args, **kwargs):
    vpc = VPCBackend.create_vpc(self, *args, **kwargs)
    group = next(group for group in self.groups[vpc.id].values() if group.is_default)
    group.ingress_rules.append(
        SecurityGroupRule(
            self, "-1", group.id, None, None, None, is_egress=False,
            source_group={"GroupId": group.id, "OwnerId": self.account_id, "UserId": self.account_id},
        )
    )
    vpc.dhcp_options = regions_dhcp_options(self)
    return vpc


def regions_dhcp_options(backend):
    """The DHCP set that all new VPCs of the region share; made anew when someone deleted it."""
    known = getattr(backend, "regions_dhcp_options_id", None)
    if known not in backend.dhcp_options_sets:
        domain = "ec2.internal" if backend.region_name == "us-east-1" else f"{backend.region_name}.compute.internal"
        known = backend.create_dhcp_options(["AmazonProvidedDNS"], [domain]).id
        backend.regions_dhcp_options_id = known
    return backend.dhcp_options_sets[known]


def create_default_vpc(self):
    vpc = VPCBackend.create_default_vpc(self)
    self.default_vpc = vpc
    gateway = self.create_internet_gateway()
    self.attach_internet_gateway(gateway.id, vpc.id)
    main = next(table for table in self.route_tables.values() if table.vpc_id == vpc.id and table.main_association_id)
    self.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
    return vpc


def delete_vpc(self, vpc_id):
    # moto deletes the shared DHCP set with the VPC and leaves its default ACL behind.
    vpc = self.get_vpc(vpc_id)
    vpc.dhcp_options = None
    VPCBackend.delete_vpc(self, vpc_id)
    for network_acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
        del self.network_acls[network_acl.id]
    return vpc


def create_subnet(self, *args, **kwargs):
    subnet = SubnetBackend.create_subnet(self, *args, **kwargs)
    subnet.default_for_az = subnet.map_public_ip_on_launch = False
    return subnet


def create_default_subnet(self, availability_zone):
    vpc = self.get_default_vpc()
    if vpc is None:
        raise AWSError("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")
    existing = self.get_default_subnets().get(availability_zone)
    if existing:
        message = f"'{existing.id}' is already the default subnet in {availability_zone}."
        raise AWSError("DefaultSubnetAlreadyExistsInAvailabilityZone", message)
    taken = [subnet.cidr for subnet in self.describe_subnets() if subnet.vpc_id == vpc.id]
    blocks = ipaddress.ip_network(vpc.cidr_block).subnets(new_prefix=20)
    block = next((block for block in blocks if not any(block.overlaps(cidr) for cidr in taken)), None)
    if block is None:
        raise AWSError("InsufficientCidrBlocks", f"The specified CIDR block is not available in {vpc.id}.")
    subnet = self.create_subnet(vpc_id=vpc.id, cidr_block=str(block), availability_zone=availability_zone)
    subnet.default_for_az = subnet.map_public_ip_on_launch = True
    return subnet


def delete_subnet(self, subnet_id):
    subnet = SubnetBackend.delete_subnet(self, subnet_id)
    for table in self.route_tables.values():
        _drop(table._associations, lambda target: target == subnet_id)
    for network_acl in self.network_acls.values():
        _drop(network_acl._associations, lambda association: association.subnet_id == subnet_id)
    return subnet


def _drop(mapping: dict, unwanted) -> None:
    for key in [key for key, value in mapping.items() if unwanted(value)]:
        del mapping[key]


def associate_dhcp_options(self, dhcp_options, vpc):
    # moto keeps one VPC per set; a set serves many.
    vpc.dhcp_options = dhcp_options


def route_state(self) -> str:
    """'blackhole' when what the route leads to is gone or no longer attached."""
    backend = self.route_table.ec2_backend
    gateway, nat = self.gateway, self.nat_gateway
    if gateway is not None and gateway.id.startswith("igw-"):
        attached = gateway.vpc is not None and gateway.vpc.id == self.route_table.vpc_id
        return "active" if attached and gateway.id in backend.internet_gateways else "blackhole"
    if nat is not None:
        return "active" if nat.state in ("pending", "available") else "blackhole"
    if self.interface is not None:
        return "active" if self.interface.id in backend.enis else "blackhole"
    if self.instance is not None:
        return "active" if self.instance.state == "running" else "blackhole"
    return "active"


def managed_interfaces(create, interface_type: str, description: str):
    """`create` of a NAT gateway or an endpoint, after which its network interfaces are AWS's own, as AWS shows them."""

    def create_and_mark(self, *args, **kwargs):
        before = set(self.enis)
        thing = create(self, *args, **kwargs)
        for interface in (self.enis[id] for id in set(self.enis) - before):
            interface.requester_managed = True
            interface.interface_type = interface_type
            interface.status = "in-use"
            interface.description = f"{description} {thing.id}"
        return thing

    return create_and_mark


def _with_endpoint_type(init):
    """An endpoint made without a type is a gateway endpoint."""

    def initialize(self, ec2_backend, endpoint_id, vpc_id, service_name, endpoint_type, *args, **kwargs):
        init(self, ec2_backend, endpoint_id, vpc_id, service_name, endpoint_type or "Gateway", *args, **kwargs)

    return initialize
