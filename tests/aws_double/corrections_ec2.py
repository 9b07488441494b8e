"""Corrections of moto's EC2 where something is made or changed: what moto forgets of a request. Installed on moto's own classes."""

from moto.core.responses import EmptyResult
from moto.ec2.models.elastic_ip_addresses import ElasticAddress, ElasticAddressBackend
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.dhcp_options import DHCPOptions
from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.nat_gateways import NatGateways
from moto.ec2.responses.network_acls import NetworkACLs
from moto.ec2.responses.route_tables import RouteTables
from moto.ec2.responses.security_groups import SecurityGroups
from moto.ec2.responses.subnets import Subnets
from moto.ec2.responses.vpcs import VPCs
from moto.ec2.utils import EC2_RESOURCE_TO_PREFIX, Base64EncodedString, add_tag_specification, random_private_ip

from .corrections import _replace
from .errors import AWSError


def install() -> None:
    for owner, function in (
        (DHCPOptions, create_dhcp_options),
        (Subnets, modify_subnet_attribute),
        (NatGateways, create_nat_gateway),
        (ElasticAddressBackend, associate_address),
        (NetworkAclBackend, create_network_acl),
        (NetworkACLs, create_network_acl_entry),
        (NetworkACLs, replace_network_acl_entry),
        (SecurityGroups, modify_security_group_rules),
        (ElasticNetworkInterfaces, create_network_interface),
        (InstanceResponse, modify_instance_attribute),
        (InstanceBackend, modify_instance_security_groups),
        (InstanceBackend, modify_instance_metadata_options),
        (VPCs, create_vpc_endpoint),
        (VPCs, modify_vpc_endpoint),
        (VPCs, modify_managed_prefix_list),
        (Subnet, get_available_subnet_ip),
    ):
        _replace(owner, function)
    EC2_RESOURCE_TO_PREFIX["placement-group"] = "pg"  # moto tags nothing else
    RouteTables.enable_vgw_route_propagation = enable_vgw_route_propagation
    RouteTables.disable_vgw_route_propagation = disable_vgw_route_propagation
    RouteTable.propagating_vgws = property(lambda table: [{"GatewayId": id} for id in _propagating(table)])
    Subnet.ipv6_cidr_block_association_set = property(ipv6_cidr_block_association_set)
    ElasticAddress.instance_id = property(lambda address: address.instance.id if address.instance else None)
    ElasticAddress.network_interface_id = property(lambda address: address.eni.id if address.eni else None)
    ElasticAddress.public_ipv4_pool = "amazon"
    ElasticAddress.network_border_group = property(lambda address: address.ec2_backend.region_name)
    SecurityGroupRule.description = property(lambda rule: rule.ip_range.get("Description") or rule.source_group.get("Description"))


def get_available_subnet_ip(own, self, instance):
    """AWS gives any free address, moto the first: then what is made in another order takes one that another asks for."""
    taken = {each["PrivateIpAddress"] for interface in self.ec2_backend.enis.values() if interface.subnet.id == self.id for each in interface.private_ip_addresses}
    reserved = {str(self.cidr[number]) for number in (0, 1, 2, 3, -1)}
    while (address := random_private_ip(str(self.cidr))) in taken | reserved | self._subnet_ips.keys():
        pass
    self._subnet_ips[address] = instance
    return address


def create_dhcp_options(own, self):
    created = own(self)
    created.result["DhcpOptions"].add_tags(add_tag_specification(self._get_param("TagSpecifications", [])))
    return created


# -- route tables: moto has no propagation


def enable_vgw_route_propagation(self):
    table, gateway = self.ec2_backend.get_route_table(self._get_param("RouteTableId")), self.ec2_backend.get_vpn_gateway(self._get_param("GatewayId"))
    attached = gateway.attachments.get(table.vpc_id)
    if attached is None or attached.state != "attached":
        raise AWSError("Gateway.NotAttached", f"resource {gateway.id} is not attached to network {table.vpc_id}")
    table.__dict__.setdefault("propagating", []).append(gateway.id)
    return EmptyResult()


def disable_vgw_route_propagation(self):
    table = self.ec2_backend.get_route_table(self._get_param("RouteTableId"))
    table.__dict__["propagating"] = [id for id in _propagating(table) if id != self._get_param("GatewayId")]
    return EmptyResult()


def _propagating(table):
    return list(dict.fromkeys(table.__dict__.get("propagating", ())))


# -- subnets


def modify_subnet_attribute(own, self):
    # moto knows three attributes.
    modified = own(self)
    subnet = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
    if (dns64 := self._get_param("EnableDns64.Value")) is not None:
        subnet.enable_dns64 = dns64
    options = subnet.private_dns_name_options_on_launch
    if (aaaa := self._get_param("EnableResourceNameDnsAAAARecordOnLaunch.Value")) is not None:
        options["EnableResourceNameDnsAAAARecord"] = aaaa
    options["HostnameType"] = self._get_param("PrivateDnsHostnameTypeOnLaunch") or options["HostnameType"]
    return modified


def ipv6_cidr_block_association_set(subnet):
    # moto puts the whole state where its name belongs.
    return [
        {"AssociationId": each["associationId"], "Ipv6CidrBlock": each["ipv6CidrBlock"], "Ipv6CidrBlockState": each["ipv6CidrBlockState"]}
        for each in subnet.ipv6_cidr_block_associations.values()
        if each["ipv6CidrBlockState"]["State"] == "associated"
    ]


# -- addresses


def create_nat_gateway(own, self):
    # moto makes up an address outside the subnet, and forgets that a gateway is public unless told otherwise.
    created = own(self)
    gateway = created.result["NatGateway"]
    gateway.connectivity_type = gateway.connectivity_type or "public"
    address = self._get_param("PrivateIpAddress") or random_private_ip(self.ec2_backend.get_subnet(gateway.subnet_id).cidr_block)
    gateway.private_ip = gateway._eni.private_ip_address = address
    gateway._eni.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    for each in gateway.address_set:
        each.update(privateIp=address, isPrimary=True, status="succeeded")
    return created


def associate_address(own, self, instance=None, eni=None, **kwargs):
    # moto leaves the address on the interface that it had before, and forgets whose interface it is.
    addresses = {address: address.eni for address in self.addresses}
    associated = own(self, instance=instance, eni=eni, **kwargs)
    before = addresses.get(associated)
    if before is not None and before is not associated.eni:
        before.public_ip = None
    associated.instance = instance or eni and eni.instance
    return associated


def create_network_interface(own, self):
    # moto takes the further addresses for all of them.
    created = own(self)
    interface, address = created.result["NetworkInterface"], self._get_param("PrivateIpAddress")
    if address and self._get_param("PrivateIpAddresses"):
        more = [each["PrivateIpAddress"] for each in self._get_param("PrivateIpAddresses")]
        interface.private_ip_addresses = [{"Primary": ip == address, "PrivateIpAddress": ip} for ip in (address, *more)]
    return created


# -- network ACLs and security groups


def create_network_acl(own, self, vpc_id, tags=None, default=False):
    # moto's has no last rules.
    network_acl = own(self, vpc_id, tags, default)
    if not default:
        self.add_default_entries(network_acl.id)
        network_acl.network_acl_entries[:] = [entry for entry in network_acl.network_acl_entries if entry.rule_number > 32766]
    return network_acl


def create_network_acl_entry(own, self):
    return _with_icmp(self, own(self))


def replace_network_acl_entry(own, self):
    return _with_icmp(self, own(self))


def _with_icmp(response, answer):
    # moto looks for the type and code under another name.
    if asked := response._get_param("IcmpTypeCode"):
        entry = response.ec2_backend.get_network_acl(response._get_param("NetworkAclId")).network_acl_entries[-1]
        entry.icmp_code, entry.icmp_type = asked.get("Code"), asked.get("Type")
    return answer


def modify_security_group_rules(own, self):
    # moto changes IPv4 sources alone.
    modified = own(self)
    group = self.ec2_backend.get_security_group_by_name_or_id(self._get_param("GroupId"))
    for each in self._get_param("SecurityGroupRules"):
        rule, asked = group.get_rule(each["SecurityGroupRuleId"]), each["SecurityGroupRule"]
        described = {"Description": asked["Description"]} if asked.get("Description") else {}
        if asked.get("CidrIpv6"):
            rule.ip_range = {"CidrIpv6": asked["CidrIpv6"], **described}
        elif asked.get("PrefixListId"):
            rule.prefix_list_id = asked["PrefixListId"]
        elif asked.get("ReferencedGroupId"):
            rule.source_group, rule.ip_range = {**rule.source_group, "GroupId": asked["ReferencedGroupId"], **described}, {}
        if rule.ip_protocol == "-1":
            rule.from_port = rule.to_port = None
    return modified


# -- instances


def modify_instance_attribute(own, self):
    # moto decodes the script twice, and takes what it does not know for an empty list of groups.
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    behavior, script = self._get_param("InstanceInitiatedShutdownBehavior.Value"), self._get_param("UserData.Value")
    if behavior is None and script is None:
        return own(self)
    if behavior is not None:
        instance.instance_initiated_shutdown_behavior = behavior
    if script is not None:
        instance.user_data = Base64EncodedString.from_raw_bytes(script if isinstance(script, bytes) else script.encode())
    return EmptyResult()


def modify_instance_security_groups(own, self, instance_id, new_group_id_list):
    # moto leaves those of the interface, which are what is shown.
    instance = own(self, instance_id, new_group_id_list)
    instance.nics[0]._group_set = list(instance.security_groups)
    return instance


def modify_instance_metadata_options(own, self, instance_id, **asked):
    # moto forgets what it is not told again.
    before = self.get_instance(instance_id).metadata_options
    kept = {
        "http_tokens": before.http_tokens, "hop_limit": before.http_put_response_hop_limit, "http_endpoint": before.http_endpoint,
        "http_protocol": before.http_protocol_ipv6, "metadata_tags": before.instance_metadata_tags,
    }
    return own(self, instance_id=instance_id, **{**kept, **{name: value for name, value in asked.items() if value is not None}})


# -- VPC endpoints and prefix lists


def create_vpc_endpoint(own, self):
    # moto forgets how the endpoint is reached, and puts its interfaces into the default group.
    created = own(self)
    endpoint = created.result["VpcEndpoint"]
    if endpoint.vpc_endpoint_type == "Gateway":
        endpoint.private_dns_enabled = False
    if endpoint.vpc_endpoint_type == "Interface" and not endpoint.security_group_ids:
        endpoint.security_group_ids = [self.ec2_backend.get_default_security_group(endpoint.vpc_id).id]
    return _reached(self, endpoint, created)


def modify_vpc_endpoint(own, self):
    # moto changes the lists of the endpoint, and neither its routes nor its interfaces.
    backend = self.ec2_backend
    endpoint = backend.vpc_end_points[self._get_param("VpcEndpointId")]
    endpoint.subnet_ids, endpoint.security_group_ids = list(endpoint.subnet_ids or []), list(endpoint.security_group_ids)
    modified = own(self)
    if self._get_param("ResetPolicy"):
        endpoint.policy_document = type(endpoint)(backend, "", endpoint.vpc_id, "", "Gateway", None, []).policy_document
    if (private := self._get_param("PrivateDnsEnabled")) is not None:
        endpoint.private_dns_enabled = private
    for table_id in self._get_param("RemoveRouteTableIds", []):
        routes = backend.get_route_table(table_id)._routes
        for id in [id for id, route in routes.items() if getattr(route.gateway, "id", None) == endpoint.id]:
            del routes[id]
    for table_id in self._get_param("AddRouteTableIds", []):
        backend.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=endpoint.destination_prefix_list_id)
    return _reached(self, endpoint, modified)


def _reached(response, endpoint, answer):
    """An interface endpoint has one interface in each of its subnets, in its groups."""
    backend = response.ec2_backend
    endpoint.ip_address_type = response._get_param("IpAddressType") or getattr(endpoint, "ip_address_type", "ipv4")
    endpoint.dns_options = response._get_param("DnsOptions") or getattr(endpoint, "dns_options", None)
    if endpoint.vpc_endpoint_type != "Interface":
        return answer
    groups = [backend.get_security_group_from_id(id) for id in endpoint.security_group_ids]
    present = {backend.enis[id].subnet.id: id for id in endpoint.network_interface_ids}
    for subnet_id in set(present) - set(endpoint.subnet_ids):
        del backend.enis[present.pop(subnet_id)]
    for subnet_id in set(endpoint.subnet_ids) - set(present):
        interface = backend.create_network_interface(subnet_id, None, description=f"VPC Endpoint Interface {endpoint.id}")
        interface.requester_managed, interface.interface_type, interface.status = True, "vpc_endpoint", "in-use"
        present[subnet_id] = interface.id
    endpoint.network_interface_ids = [present[subnet_id] for subnet_id in endpoint.subnet_ids]
    for id in endpoint.network_interface_ids:
        backend.enis[id]._group_set = groups
    return answer


def modify_managed_prefix_list(own, self):
    # moto drops the name with every change, does not know MaxEntries, and lists an entry with a new description twice.
    found = self.ec2_backend.managed_prefix_lists[self._get_param("PrefixListId")]
    name = self._get_param("PrefixListName") or found.prefix_list_name
    added = self._get_param("AddEntries", [])
    if found.entries.get(found.version):
        again = {each["Cidr"] for each in added}
        found.entries[found.version] = [each for each in found.entries[found.version] if each["Cidr"] not in again]
    modified = own(self)
    found.prefix_list_name = name
    found.max_entries = self._get_param("MaxEntries") or found.max_entries
    return modified
