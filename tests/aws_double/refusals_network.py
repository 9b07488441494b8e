"""EC2's refusals."""

from .errors import AWSError
from .refusals import refuses


def in_use(id: str, holder: str) -> AWSError:
    return AWSError("DependencyViolation", f"The resource '{id}' has dependencies and cannot be deleted: {holder}.")


def invalid(message: str) -> AWSError:
    return AWSError("InvalidParameterValue", message)


@refuses("ec2", "DeleteSubnet")
def subnet_with_something_in_it(params, state):
    for holder in state.holders():
        if params["SubnetId"] in holder.subnets:
            raise in_use(params["SubnetId"], f"{holder.kind} {holder.id}")


@refuses("ec2", "CreateSecurityGroup")
def group_named_default(params, state):
    if params.get("GroupName") == "default":
        raise AWSError("InvalidGroup.Reserved", "The security group 'default' is reserved.")


@refuses("ec2", "DeleteSecurityGroup")
def group_in_use(params, state):
    groups = state.groups()
    group = next((group for group in groups if params.get("GroupId", params.get("GroupName")) in (group.id, group.name)), None)
    if group is None:
        return
    if group.name == "default":
        raise AWSError("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')
    for holder in state.holders():
        if group.id in holder.groups:
            raise in_use(group.id, f"{holder.kind} {holder.id}")
    for other in groups:
        sources = {rule.source_group.get("GroupId") for rule in other.ingress_rules + other.egress_rules}
        if other.id != group.id and group.id in sources:
            raise in_use(group.id, f"a rule of {other.id} names it")


@refuses("ec2", "DeleteNetworkAcl")
def network_acl(params, state):
    found = state.ec2.network_acls.get(params["NetworkAclId"])
    if found and found.default:
        raise invalid(f"cannot delete default network ACL {found.id}")


@refuses("ec2", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry")
def network_acl_entry(params, state):
    number = params["RuleNumber"]
    if not 1 <= number <= 32766:
        raise invalid(f"Invalid value '{number}' for ruleNumber. The allowed range is 1..32766.")


@refuses("ec2", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry")
def missing_network_acl_entry(params, state):
    found = state.ec2.network_acls.get(params["NetworkAclId"])
    wanted = (params["RuleNumber"], params["Egress"])
    if found and wanted not in {(int(entry.rule_number), str(entry.egress).lower() == "true") for entry in found.network_acl_entries}:
        raise AWSError("InvalidNetworkAclEntry.NotFound", f"The specified rule number {wanted[0]} does not exist in {found.id}.")


@refuses("ec2", "DeleteRoute")
def local_route(params, state):
    table = state.ec2.route_tables.get(params["RouteTableId"])
    destination = params.get("DestinationCidrBlock", params.get("DestinationIpv6CidrBlock"))
    for route in table.routes if table else ():
        if route.destination_prefix_list and route.destination_prefix_list.id == params.get("DestinationPrefixListId"):
            if getattr(route.gateway, "id", "").startswith("vpce-"):
                raise invalid(f"cannot remove VPC endpoint route {route.destination_prefix_list.id} in route table {table.id}")
        if route.local and destination in (route.destination_cidr_block, route.destination_ipv6_cidr_block):
            raise invalid(f"cannot remove local route {destination} in route table {table.id}")


@refuses("ec2", "DeleteRouteTable")
def main_route_table(params, state):
    table = state.ec2.route_tables.get(params["RouteTableId"])
    if table and table.main_association_id:
        raise in_use(table.id, "it is the main route table")


@refuses("ec2", "DisassociateRouteTable")
def main_association(params, state):
    if params["AssociationId"] in {table.main_association_id for table in state.ec2.route_tables.values()}:
        raise invalid(f"cannot disassociate the main route table association {params['AssociationId']}")


@refuses("ec2", "AttachInternetGateway")
def second_internet_gateway(params, state):
    gateway = state.ec2.internet_gateways.get(params["InternetGatewayId"])
    if gateway and gateway.vpc:
        return  # moto: Resource.AlreadyAssociated
    for other in state.ec2.internet_gateways.values():
        if other.vpc and other.vpc.id == params["VpcId"]:
            raise invalid(f"Network {params['VpcId']} already has an internet gateway attached")


@refuses("ec2", "DetachInternetGateway")
def internet_gateway_with_public_addresses(params, state):
    gateway = state.ec2.internet_gateways.get(params["InternetGatewayId"])
    if gateway and gateway.vpc and gateway.vpc.id == params["VpcId"]:
        for holder in state.public_addresses(params["VpcId"]):
            message = f"Network {params['VpcId']} has some mapped public address(es): {holder}. Please unmap those before detaching the gateway."
            raise AWSError("DependencyViolation", message)


@refuses("ec2", "DeleteVpc")
def vpc_with_something_in_it(params, state):
    ec2, vpc_id = state.ec2, params["VpcId"]
    inside = {
        "subnet": ec2.describe_subnets(),
        "network interface": ec2.enis.values(),
        "network ACL": [acl for acl in ec2.network_acls.values() if not acl.default],
        "security group": [group for group in state.groups() if group.name != "default"],
        "route table": [table for table in ec2.route_tables.values() if not table.main_association_id],
        "NAT gateway": [nat for nat in ec2.nat_gateways.values() if nat.state != "deleted"],
        "VPC endpoint": [endpoint for endpoint in ec2.vpc_end_points.values() if endpoint.state != "deleted"],
        "egress-only internet gateway": ec2.egress_only_internet_gateways.values(),
        "internet gateway": [gateway for gateway in ec2.internet_gateways.values() if gateway.vpc],
    }
    for kind, things in inside.items():
        for thing in things:
            if (thing.vpc.id if kind == "internet gateway" else thing.vpc_id) == vpc_id:
                raise in_use(vpc_id, f"{kind} {thing.id}")


@refuses("ec2", "DeleteDhcpOptions")
def dhcp_options_in_use(params, state):
    for vpc in state.ec2.vpcs.values():
        if vpc.dhcp_options and vpc.dhcp_options.id == params["DhcpOptionsId"]:
            raise in_use(params["DhcpOptionsId"], f"VPC {vpc.id}")


@refuses("ec2", "ReleaseAddress", "DisassociateAddress")
def address_in_use(params, state):
    for address in state.ec2.addresses:
        if not {params.get("AllocationId"), params.get("AssociationId"), params.get("PublicIp")} & {
            address.allocation_id, address.association_id, address.public_ip
        } - {None}:
            continue
        nats = {nat._eni.id: nat for nat in state.ec2.nat_gateways.values() if nat.state != "deleted"}
        if address.eni and address.eni.id in nats:
            message = f"The address {address.public_ip} is in use by {nats[address.eni.id].id}."
            raise AWSError("AuthFailure" if params.get("AssociationId") else "InvalidIPAddress.InUse", message)
        if address.eni and params.get("AllocationId"):
            raise AWSError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")


@refuses("ec2", "DeleteNetworkInterface", "DetachNetworkInterface")
def network_interface_in_use(params, state):
    for interface in state.ec2.enis.values():
        if interface.requester_managed and params.get("NetworkInterfaceId", params.get("AttachmentId")) in (interface.id, interface.attachment_id):
            raise AWSError("OperationNotPermitted", f"You do not have permission to change the managed network interface {interface.id}.")
        if interface.id == params.get("NetworkInterfaceId") and interface.attachment_id:
            raise invalid(f"Network interface '{interface.id}' is currently in use.")


@refuses("ec2", "TerminateInstances")
def protected_instance(params, state):
    for instance in state.instances():
        if instance.id in params["InstanceIds"] and str(instance.disable_api_termination).lower() == "true":
            message = (
                f"The instance '{instance.id}' may not be terminated. "
                "Modify its 'disableApiTermination' instance attribute and try again."
            )
            raise AWSError("OperationNotPermitted", message)


@refuses("ec2", "DeleteVolume")
def volume_in_use(params, state):
    volume = state.ec2.volumes.get(params["VolumeId"])
    if volume and volume.attachment:
        raise AWSError("VolumeInUse", f"Volume {volume.id} is currently attached to {volume.attachment.instance.id}")


@refuses("ec2", "DeleteSnapshot", "DeregisterImage")
def somebody_elses(params, state):
    thing = state.ec2.snapshots.get(params.get("SnapshotId")) or state.ec2.amis.get(params.get("ImageId"))
    if thing and thing.owner_id != state.account_id:
        raise AWSError("AuthFailure", f"Not authorized for {thing.id}: it belongs to account {thing.owner_id}.", 403)


@refuses("ec2", "DeleteSnapshot")
def snapshot_of_an_image(params, state):
    for image in state.ec2.amis.values():
        if getattr(image, "ebs_snapshot", None) and image.ebs_snapshot.id == params["SnapshotId"] and image.owner_id == state.account_id:
            raise AWSError("InvalidSnapshot.InUse", f"The snapshot {params['SnapshotId']} is currently in use by {image.id}")
