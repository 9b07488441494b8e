"""EC2's network: a VPC of one's own with all that a VPC can have."""


def vpc(aws, made):
    ec2 = aws("ec2")
    options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["services.test"]}])["DhcpOptions"]["DhcpOptionsId"]
    own, peer = (ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in (20, 30))
    ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=own)
    subnet, other = (
        ec2.create_subnet(VpcId=own, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
        for number, zone in ((0, "a"), (1, "b"))
    )
    peering = ec2.create_vpc_peering_connection(VpcId=own, PeerVpcId=peer)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    group = ec2.create_security_group(GroupName="services", Description="of the tests", VpcId=own)["GroupId"]
    rule = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    return {
        "ec2_dhcp_options": options, "ec2_vpc": own, "ec2_subnet": subnet, "another subnet": other, "ec2_vpc_peering_connection": peering,
        "ec2_security_group": group, "ec2_security_group_rule": rule,
    }


def ways_out(aws, made):
    """Gateways, and the routes that lead to them."""
    ec2, own, subnet = aws("ec2"), made["ec2_vpc"], made["ec2_subnet"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=own)
    egress_only = ec2.create_egress_only_internet_gateway(VpcId=own)["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    table = ec2.create_route_table(VpcId=own)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.create_route(RouteTableId=table, DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=egress_only)
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.30.0.0/16", VpcPeeringConnectionId=made["ec2_vpc_peering_connection"])
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    ec2.create_vpc_endpoint(VpcId=own, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway", RouteTableIds=[table])
    endpoint = ec2.create_vpc_endpoint(
        VpcId=own, ServiceName="com.amazonaws.us-east-1.sqs", VpcEndpointType="Interface", SubnetIds=[subnet],
        SecurityGroupIds=[made["ec2_security_group"]],
    )["VpcEndpoint"]["VpcEndpointId"]
    return {
        "ec2_internet_gateway": gateway, "ec2_egress_only_internet_gateway": egress_only, "ec2_address": address, "ec2_nat_gateway": nat,
        "ec2_route_table": table, "ec2_route": f"{table}|0.0.0.0/0", "ec2_route_table_association": association, "ec2_vpc_endpoint": endpoint,
    }


def access_list(aws, made):
    """A network ACL that governs a subnet, with an entry."""
    ec2 = aws("ec2")
    acl = ec2.create_network_acl(VpcId=made["ec2_vpc"])["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=10, Protocol="-1", RuleAction="allow", Egress=False, CidrBlock="10.0.0.0/8")
    held = next(
        each for known in ec2.describe_network_acls()["NetworkAcls"] for each in known["Associations"] if each["SubnetId"] == made["ec2_subnet"]
    )
    association = ec2.replace_network_acl_association(AssociationId=held["NetworkAclAssociationId"], NetworkAclId=acl)["NewAssociationId"]
    return {"ec2_network_acl": acl, "ec2_network_acl_entry": f"{acl}|ingress|10", "ec2_network_acl_association": association}


def private_network(aws, made):
    """A VPN and a transit gateway."""
    ec2, own = aws("ec2"), made["ec2_vpc"]
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=own)
    customer = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="192.0.2.1", BgpAsn=65000)["CustomerGateway"]["CustomerGatewayId"]
    connection = ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=customer, VpnGatewayId=gateway)["VpnConnection"]["VpnConnectionId"]
    transit = ec2.create_transit_gateway(Description="services")["TransitGateway"]["TransitGatewayId"]
    attachment = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=own, SubnetIds=[made["ec2_subnet"]]
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    return {
        "ec2_vpn_gateway": gateway, "ec2_vpn_gateway_attachment": f"{gateway}|{own}", "ec2_customer_gateway": customer,
        "ec2_vpn_connection": connection, "ec2_transit_gateway": transit, "ec2_transit_gateway_vpc_attachment": attachment,
    }


def oddments(aws, made):
    ec2 = aws("ec2")
    interface = ec2.create_network_interface(SubnetId=made["ec2_subnet"], Groups=[made["ec2_security_group"]])["NetworkInterface"]["NetworkInterfaceId"]
    prefixes = ec2.create_managed_prefix_list(
        PrefixListName="services", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "10.20.0.0/16"}]
    )["PrefixList"]["PrefixListId"]
    aws("logs").create_log_group(logGroupName="/vpc/services")
    flow = ec2.create_flow_logs(
        ResourceIds=[made["ec2_vpc"]], ResourceType="VPC", TrafficType="ALL", LogGroupName="/vpc/services",
        DeliverLogsPermissionArn=made["role arn"],
    )["FlowLogIds"][0]
    return {"ec2_network_interface": interface, "ec2_managed_prefix_list": prefixes, "ec2_flow_log": flow}


SEEDS = (vpc, ways_out, access_list, private_network, oddments)
