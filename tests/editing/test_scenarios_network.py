"""A network of one's own through rows, asserted on what AWS holds: VPCs, gateways, routes, groups, access lists, instances."""

SERVICES = ("ec2",)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJf+ODgtZJHdEWi5wpdpnD5JhDJV5R39KJ9OzkFHdlRM"


def make_vpc(editor, name, number):
    """A VPC and a subnet, through rows; (vpc id, subnet id) as AWS calls them."""
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('new', %s, %s)", f"10.{number}.0.0/16", name)
    editor.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block, availability_zone, name) VALUES ('new', %s, 'us-east-1a', %s)", f"10.{number}.1.0/24", name)
    editor.carry_out()
    return editor.value("SELECT vpc_id FROM ec2_vpc WHERE name = %s", name), editor.value("SELECT subnet_id FROM ec2_subnet WHERE name = %s", name)


def routes(editor, table):
    """{destination: target} that AWS has in a route table."""
    found = editor.aws("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    targets = ("GatewayId", "NatGatewayId", "InstanceId", "NetworkInterfaceId")
    return {each["DestinationCidrBlock"]: next(each[name] for name in targets if name in each) for each in found}


def test_a_vpc_and_a_subnet(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name, enable_dns_hostnames) VALUES ('mine', '10.1.0.0/16', 'scenario', true)")
    editor.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block, availability_zone, map_public_ip_on_launch) VALUES ('mine', '10.1.2.0/24', 'us-east-1b', true)")
    assert editor.sql("SELECT vpc_id, name FROM ec2_vpc WHERE NOT is_default OR is_default IS NULL") == [{"vpc_id": "mine", "name": "scenario"}]
    rows = editor.carry_out()
    aws = editor.aws("ec2")
    (vpc,) = aws.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.1.0.0/16"]}])["Vpcs"]
    assert vpc["Tags"] == [{"Key": "Name", "Value": "scenario"}]
    assert aws.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True
    (subnet,) = aws.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert (subnet["CidrBlock"], subnet["AvailabilityZone"], subnet["MapPublicIpOnLaunch"]) == ("10.1.2.0/24", "us-east-1b", True)
    assert [row["resource_id"] for row in rows] == [vpc["VpcId"], subnet["SubnetId"]]
    assert editor.sql("SELECT vpc_id, state FROM ec2_subnet WHERE subnet_id = %s", subnet["SubnetId"]) == [{"vpc_id": vpc["VpcId"], "state": "available"}]
    # What AWS makes along with a VPC is in the tables, too.
    for table in ("ec2_route_table", "ec2_network_acl", "ec2_security_group"):
        assert editor.value(f"SELECT count(*) FROM {table} WHERE vpc_id = %s", vpc["VpcId"]) == 1

    editor.sql("UPDATE ec2_vpc SET enable_dns_hostnames = false, enable_dns_support = false WHERE vpc_id = %s", vpc["VpcId"])
    editor.sql("UPDATE ec2_subnet SET map_public_ip_on_launch = false WHERE subnet_id = %s", subnet["SubnetId"])
    editor.carry_out()
    assert aws.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is False
    assert aws.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"] is False
    assert aws.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]["MapPublicIpOnLaunch"] is False

    editor.cascade("ec2_vpc", vpc["VpcId"])
    editor.carry_out()
    assert [each["IsDefault"] for each in aws.describe_vpcs()["Vpcs"]] == [True]
    assert len(aws.describe_subnets()["Subnets"]) == editor.value("SELECT count(*) FROM ec2_subnet")
    assert editor.value("SELECT count(*) FROM aws.resource WHERE resource_type LIKE 'ec2%%' AND properties ->> 'VpcId' = %s", vpc["VpcId"]) == 0


def test_a_gateway_moves_between_vpcs_and_a_route_goes_to_it(editor):
    aws = editor.aws("ec2")
    (one, subnet), (other, _) = make_vpc(editor, "one", 1), make_vpc(editor, "other", 2)
    editor.sql("INSERT INTO ec2_internet_gateway (vpc_id, name) VALUES (%s, 'moving')", one)
    editor.carry_out()
    gateway = editor.value("SELECT internet_gateway_id FROM ec2_internet_gateway WHERE name = 'moving'")

    def attached():
        return [each["VpcId"] for each in aws.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"][0]["Attachments"]]

    assert attached() == [one]
    editor.sql("UPDATE ec2_internet_gateway SET vpc_id = %s WHERE internet_gateway_id = %s", other, gateway)
    editor.carry_out()
    assert attached() == [other]
    assert editor.mutating() == ["DetachInternetGateway", "AttachInternetGateway"]

    table = editor.value("SELECT route_table_id FROM ec2_route_table WHERE vpc_id = %s", other)
    editor.sql("INSERT INTO ec2_route (route_table_id, destination_cidr_block, gateway_id) VALUES (%s, '0.0.0.0/0', %s)", table, gateway)
    editor.carry_out()
    assert routes(editor, table) == {"10.2.0.0/16": "local", "0.0.0.0/0": gateway}
    assert editor.value("SELECT state FROM ec2_route WHERE gateway_id = %s", gateway) == "active"

    editor.sql("UPDATE ec2_internet_gateway SET vpc_id = NULL WHERE internet_gateway_id = %s", gateway)
    editor.carry_out()
    assert attached() == []

    for vpc in (one, other):
        editor.cascade("ec2_vpc", vpc)
    editor.sql("DELETE FROM ec2_internet_gateway WHERE internet_gateway_id = %s", gateway)
    editor.carry_out()
    assert [each["IsDefault"] for each in aws.describe_vpcs()["Vpcs"]] == [True]
    assert gateway not in [each["InternetGatewayId"] for each in aws.describe_internet_gateways()["InternetGateways"]]
    assert subnet not in [each["SubnetId"] for each in aws.describe_subnets()["Subnets"]]


def test_a_whole_network_at_once(editor):
    """Everything mentions what is not there yet; one apply makes it, one delete_cascade takes it away."""
    editor.sql("INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block) VALUES ('net', 'home', '10.3.0.0/24')")  # in any order
    editor.sql("INSERT INTO ec2_route (route_table_id, destination_cidr_block, gateway_id) VALUES ('ways', '0.0.0.0/0', 'door')")
    editor.sql("INSERT INTO ec2_route_table_association (route_table_id, subnet_id) VALUES ('ways', 'net')")
    editor.sql("INSERT INTO ec2_route_table (route_table_id, vpc_id) VALUES ('ways', 'home')")
    editor.sql("INSERT INTO ec2_internet_gateway (internet_gateway_id, vpc_id) VALUES ('door', 'home')")
    editor.sql("INSERT INTO ec2_dhcp_options (dhcp_options_id, dhcp_configurations) VALUES ('names', '[{\"Key\": \"domain-name\", \"Values\": [\"home.test\"]}]')")
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, dhcp_options_id, name) VALUES ('home', '10.3.0.0/16', 'names', 'home')")
    editor.carry_out()
    aws = editor.aws("ec2")
    (vpc,) = aws.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["home"]}])["Vpcs"]
    (options,) = aws.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"]
    assert options["DhcpConfigurations"] == [{"Key": "domain-name", "Values": [{"Value": "home.test"}]}]
    (subnet,) = aws.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    (gateway,) = aws.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])["InternetGateways"]
    (table,) = aws.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}])["RouteTables"]
    assert routes(editor, table["RouteTableId"]) == {"10.3.0.0/16": "local", "0.0.0.0/0": gateway["InternetGatewayId"]}
    assert editor.value("SELECT count(*) FROM aws.resource WHERE properties::text ~ '\"(home|net|ways|door|names)\"' AND resource_type <> 'ec2_vpc'") == 0

    editor.cascade("ec2_vpc", vpc["VpcId"])
    editor.sql("DELETE FROM ec2_dhcp_options WHERE dhcp_options_id = %s", vpc["DhcpOptionsId"])
    editor.carry_out()
    assert [each["IsDefault"] for each in aws.describe_vpcs()["Vpcs"]] == [True]
    assert vpc["DhcpOptionsId"] not in [each["DhcpOptionsId"] for each in aws.describe_dhcp_options()["DhcpOptions"]]


def test_security_groups_that_name_each_other(editor):
    aws = editor.aws("ec2")
    vpc = aws.describe_vpcs()["Vpcs"][0]["VpcId"]
    for name in ("one", "two"):
        editor.sql("INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id) VALUES (%s, %s, 'of a test', %s)", name, f"group-{name}", vpc)
    for egress in (False, True):
        for group, other in (("one", "two"), ("two", "one")):
            editor.sql(
                """INSERT INTO ec2_security_group_rule (group_id, is_egress, ip_protocol, from_port, to_port, referenced_group_id, description)
                   VALUES (%s, %s, 'tcp', 8080, 8081, %s, 'to each other')""", group, egress, other,
            )
    editor.sql("INSERT INTO ec2_security_group_rule (group_id, is_egress, ip_protocol, from_port, to_port, cidr_ipv4) VALUES ('one', false, 'tcp', 443, 443, '10.0.0.0/8')")
    editor.carry_out()
    groups = {each["GroupName"]: each for each in aws.describe_security_groups()["SecurityGroups"]}
    ids = {name: groups[f"group-{name}"]["GroupId"] for name in ("one", "two")}
    for name, other in (("one", "two"), ("two", "one")):
        for permissions in ("IpPermissions", "IpPermissionsEgress"):
            said = [each for each in groups[f"group-{name}"][permissions] if each.get("FromPort") == 8080]
            assert [(each["ToPort"], [pair["GroupId"] for pair in each["UserIdGroupPairs"]]) for each in said] == [(8081, [ids[other]])]
    open_ = [each for each in groups["group-one"]["IpPermissions"] if each.get("FromPort") == 443]
    assert [each["CidrIp"] for each in open_[0]["IpRanges"]] == ["10.0.0.0/8"]

    editor.sql("UPDATE ec2_security_group_rule SET cidr_ipv4 = '10.5.0.0/16', to_port = 444 WHERE cidr_ipv4 = '10.0.0.0/8'")
    editor.sql("DELETE FROM ec2_security_group_rule WHERE group_id = %s AND is_egress AND from_port = 8080", ids["two"])
    editor.carry_out()
    groups = {each["GroupName"]: each for each in aws.describe_security_groups()["SecurityGroups"]}
    assert [
        (each["ToPort"], [cidr["CidrIp"] for cidr in each["IpRanges"]]) for each in groups["group-one"]["IpPermissions"] if each.get("FromPort") == 443
    ] == [(444, ["10.5.0.0/16"])]
    assert [each.get("FromPort") for each in groups["group-two"]["IpPermissionsEgress"]] == [None]

    editor.sql("DELETE FROM ec2_security_group WHERE group_name LIKE 'group-%'")
    editor.carry_out()
    assert {each["GroupName"] for each in aws.describe_security_groups()["SecurityGroups"]} == {"default"}
    assert editor.value("SELECT count(*) FROM ec2_security_group_rule WHERE group_id = ANY (%s)", list(ids.values())) == 0


def test_a_nat_gateway_with_an_elastic_address_and_a_route_to_it(editor):
    aws = editor.aws("ec2")
    vpc, subnet = make_vpc(editor, "nat", 6)
    editor.sql("INSERT INTO ec2_internet_gateway (internet_gateway_id, vpc_id) VALUES ('door', %s)", vpc)
    editor.sql("INSERT INTO ec2_address (allocation_id, domain, name) VALUES ('address', 'vpc', 'nat')")
    editor.sql("INSERT INTO ec2_nat_gateway (nat_gateway_id, subnet_id, allocation_id, name) VALUES ('nat', %s, 'address', 'nat')", subnet)
    editor.sql("INSERT INTO ec2_route_table (route_table_id, vpc_id) VALUES ('ways', %s)", vpc)
    editor.sql("INSERT INTO ec2_route (route_table_id, destination_cidr_block, nat_gateway_id) VALUES ('ways', '0.0.0.0/0', 'nat')")
    editor.carry_out()
    (nat,) = aws.describe_nat_gateways(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NatGateways"]
    (address,) = aws.describe_addresses()["Addresses"]
    assert (nat["State"], nat["SubnetId"], nat["NatGatewayAddresses"][0]["AllocationId"]) == ("available", subnet, address["AllocationId"])
    assert address["Tags"] == [{"Key": "Name", "Value": "nat"}]
    table = editor.value("SELECT route_table_id FROM ec2_route WHERE nat_gateway_id = %s", nat["NatGatewayId"])
    assert routes(editor, table) == {"10.6.0.0/16": "local", "0.0.0.0/0": nat["NatGatewayId"]}

    # The route's target is replaced, in place.
    gateway = editor.value("SELECT internet_gateway_id FROM ec2_internet_gateway WHERE vpc_id = %s", vpc)
    editor.sql("UPDATE ec2_route SET nat_gateway_id = NULL, gateway_id = %s WHERE route_table_id = %s AND destination_cidr_block = '0.0.0.0/0'", gateway, table)
    editor.carry_out()
    assert editor.mutating() == ["ReplaceRoute"]
    assert routes(editor, table) == {"10.6.0.0/16": "local", "0.0.0.0/0": gateway}

    editor.cascade("ec2_vpc", vpc)
    editor.sql("DELETE FROM ec2_address WHERE name = 'nat'")
    editor.carry_out()
    assert [each["State"] for each in aws.describe_nat_gateways()["NatGateways"] if each["State"] != "deleted"] == []
    assert aws.describe_addresses()["Addresses"] == []


def test_another_table_becomes_the_main_one(editor):
    aws = editor.aws("ec2")
    vpc, _ = make_vpc(editor, "main", 7)
    was = editor.value("SELECT route_table_id FROM ec2_route_table WHERE vpc_id = %s", vpc)
    editor.sql("INSERT INTO ec2_route_table (vpc_id, name) VALUES (%s, 'main to be')", vpc)
    editor.carry_out()
    new = editor.value("SELECT route_table_id FROM ec2_route_table WHERE name = 'main to be'")
    editor.sql("UPDATE ec2_route_table_association SET route_table_id = %s WHERE main AND vpc_id = %s", new, vpc)
    editor.carry_out()
    main = aws.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}])["RouteTables"]
    assert [each["RouteTableId"] for each in main] == [new]
    editor.sql("DELETE FROM ec2_route_table WHERE route_table_id = %s", was)  # it is not the main one any more
    editor.carry_out()
    assert [each["RouteTableId"] for each in aws.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]] == [new]


def test_an_access_list_with_its_entries(editor):
    aws = editor.aws("ec2")
    vpc = aws.describe_vpcs()["Vpcs"][0]["VpcId"]
    editor.sql("INSERT INTO ec2_network_acl (network_acl_id, vpc_id, name) VALUES ('list', %s, 'strict')", vpc)
    editor.sql(
        """INSERT INTO ec2_network_acl_entry (network_acl_id, rule_number, protocol, rule_action, egress, cidr_block, port_range)
           VALUES ('list', 50, '6', 'allow', false, '10.0.0.0/8', '{"From": 443, "To": 443}'), ('list', 60, '-1', 'deny', true, '192.0.2.0/24', NULL)"""
    )
    editor.carry_out()

    def entries():
        (acl,) = aws.describe_network_acls(Filters=[{"Name": "tag:Name", "Values": ["strict"]}])["NetworkAcls"]
        found = [each for each in acl["Entries"] if each["RuleNumber"] < 32767]
        return {each["RuleNumber"]: (each["Egress"], each["RuleAction"], each["CidrBlock"], each.get("PortRange", {}).get("From")) for each in found}

    assert entries() == {50: (False, "allow", "10.0.0.0/8", 443), 60: (True, "deny", "192.0.2.0/24", None)}
    editor.sql("UPDATE ec2_network_acl_entry SET rule_action = 'deny', cidr_block = '10.9.0.0/16' WHERE rule_number = 50")
    editor.sql("DELETE FROM ec2_network_acl_entry WHERE rule_number = 60")
    editor.carry_out()
    assert entries() == {50: (False, "deny", "10.9.0.0/16", 443)}
    editor.sql("DELETE FROM ec2_network_acl WHERE name = 'strict'")
    editor.carry_out()
    assert [each["IsDefault"] for each in aws.describe_network_acls()["NetworkAcls"]] == [True]


def test_endpoints_of_a_vpc(editor):
    aws = editor.aws("ec2")
    vpc, subnet = make_vpc(editor, "endpoints", 8)
    table = editor.value("SELECT route_table_id FROM ec2_route_table WHERE vpc_id = %s", vpc)
    editor.sql("INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id) VALUES ('group', 'endpoint', 'of a test', %s)", vpc)
    editor.sql(
        """INSERT INTO ec2_vpc_endpoint (vpc_id, service_name, vpc_endpoint_type, subnet_ids, security_group_ids, name)
           VALUES (%s, 'com.amazonaws.us-east-1.sqs', 'Interface', ARRAY[%s], '{group}', 'queues')""", vpc, subnet,
    )
    editor.sql("INSERT INTO ec2_vpc_endpoint (vpc_id, service_name, vpc_endpoint_type, name) VALUES (%s, 'com.amazonaws.us-east-1.s3', 'Gateway', 'buckets')", vpc)
    editor.carry_out()

    def endpoint(name):
        return aws.describe_vpc_endpoints(Filters=[{"Name": "tag:Name", "Values": [name]}])["VpcEndpoints"][0]

    group = aws.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["endpoint"]}])["SecurityGroups"][0]["GroupId"]
    assert endpoint("queues")["SubnetIds"] == [subnet]
    assert [each["GroupId"] for each in endpoint("queues")["Groups"]] == [group]
    assert endpoint("buckets").get("RouteTableIds", []) == []
    editor.sql("UPDATE ec2_vpc_endpoint SET route_table_ids = ARRAY[%s] WHERE name = 'buckets'", table)
    editor.carry_out()
    assert endpoint("buckets")["RouteTableIds"] == [table]
    editor.cascade("ec2_vpc", vpc)
    editor.carry_out()
    assert [each for each in aws.describe_vpc_endpoints()["VpcEndpoints"] if each["State"].lower() != "deleted"] == []


def test_a_key_pair_and_an_instance(editor):
    aws = editor.aws("ec2")
    vpc, subnet = make_vpc(editor, "machine", 9)
    editor.sql("INSERT INTO ec2_key_pair (key_name, public_key) VALUES ('scenario', %s)", KEY)
    editor.sql("INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id) VALUES ('its-group', 'machine', 'of a test', %s)", vpc)
    editor.sql(
        """INSERT INTO ec2_instance (image_id, instance_type, subnet_id, key_name, security_group_ids, name)
           VALUES ('ami-0123456789abcdef0', 't3.micro', %s, 'scenario', '{its-group}', 'machine')""", subnet,
    )
    editor.carry_out()
    (key,) = aws.describe_key_pairs()["KeyPairs"]
    (instance,) = [each for found in aws.describe_instances()["Reservations"] for each in found["Instances"]]
    assert key["KeyName"] == "scenario"
    assert (instance["State"]["Name"], instance["InstanceType"], instance["KeyName"], instance["SubnetId"]) == ("running", "t3.micro", "scenario", subnet)
    assert [each["GroupName"] for each in instance["SecurityGroups"]] == ["machine"]
    assert {"Key": "Name", "Value": "machine"} in instance["Tags"]

    editor.sql("UPDATE ec2_instance SET state_name = 'stopped', instance_type = 't3.small' WHERE name = 'machine'")
    editor.carry_out()
    (instance,) = aws.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"]
    assert (instance["State"]["Name"], instance["InstanceType"]) == ("stopped", "t3.small")

    editor.sql("DELETE FROM ec2_key_pair WHERE key_name = 'scenario'")
    editor.cascade("ec2_vpc", vpc)
    editor.carry_out()
    assert aws.describe_key_pairs()["KeyPairs"] == []
    assert {each["State"]["Name"] for found in aws.describe_instances()["Reservations"] for each in found["Instances"]} <= {"terminated"}
    assert [each["IsDefault"] for each in aws.describe_vpcs()["Vpcs"]] == [True]
