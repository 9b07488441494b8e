"""The default network of a region as a test sees it through boto3, beside what AWS's documentation says that it is."""


def _by_vpc(vpc_id):
    return [{"Name": "vpc-id", "Values": [vpc_id]}]


class DefaultNetwork:
    """What is there now: every property asks AWS again."""

    def __init__(self, ec2, account_id):
        self.ec2 = ec2
        self.account_id = account_id
        self.region = ec2.meta.region_name

    @property
    def vpc(self):
        return self.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]

    @property
    def vpc_id(self):
        return self.vpc["VpcId"]

    @property
    def zones(self):
        return sorted(each["ZoneName"] for each in self.ec2.describe_availability_zones()["AvailabilityZones"])

    @property
    def subnets(self):
        """The default subnets, by zone."""
        found = self.ec2.describe_subnets(Filters=_by_vpc(self.vpc_id))["Subnets"]
        return {each["AvailabilityZone"]: each for each in found if each["DefaultForAz"]}

    @property
    def subnet_id(self):
        """Any default subnet."""
        return self.subnets[self.zones[0]]["SubnetId"]

    @property
    def tables(self):
        return self.ec2.describe_route_tables(Filters=_by_vpc(self.vpc_id))["RouteTables"]

    @property
    def main(self):
        return next(each for each in self.tables if any(association["Main"] for association in each["Associations"]))

    @property
    def main_id(self):
        return self.main["RouteTableId"]

    @property
    def main_association_id(self):
        return next(each["RouteTableAssociationId"] for each in self.main["Associations"] if each["Main"])

    @property
    def gateway_ids(self):
        """The internet gateways attached to the VPC."""
        found = self.ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [self.vpc_id]}])
        return [each["InternetGatewayId"] for each in found["InternetGateways"]]

    @property
    def acls(self):
        return self.ec2.describe_network_acls(Filters=_by_vpc(self.vpc_id))["NetworkAcls"]

    @property
    def acl(self):
        return next(each for each in self.acls if each["IsDefault"])

    @property
    def acl_id(self):
        return self.acl["NetworkAclId"]

    @property
    def group(self):
        found = self.ec2.describe_security_groups(Filters=[*_by_vpc(self.vpc_id), {"Name": "group-name", "Values": ["default"]}])
        return found["SecurityGroups"][0]

    @property
    def group_id(self):
        return self.group["GroupId"]

    @property
    def dhcp_options(self):
        found = self.ec2.describe_dhcp_options(DhcpOptionsIds=[self.vpc["DhcpOptionsId"]])["DhcpOptions"][0]
        return {each["Key"]: [value["Value"] for value in each["Values"]] for each in found["DhcpConfigurations"]}

    def attribute(self, name):
        answer = self.ec2.describe_vpc_attribute(VpcId=self.vpc_id, Attribute=name)
        return answer[name[0].upper() + name[1:]]["Value"]

    # -- what a user adds

    def new_table(self, **tags):
        table = self.ec2.create_route_table(VpcId=self.vpc_id)["RouteTable"]["RouteTableId"]
        self.tag(table, **tags)
        return table

    def new_subnet(self, cidr, zone=None):
        return self.ec2.create_subnet(VpcId=self.vpc_id, CidrBlock=cidr, AvailabilityZone=zone or self.zones[0])["Subnet"]["SubnetId"]

    def new_vpc(self, cidr="10.9.0.0/16"):
        return self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]

    def tag(self, resource_id, **tags):
        if tags:
            self.ec2.create_tags(Resources=[resource_id], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])

    # -- what a test compares

    def state(self):
        """All that AWS's defaults say something of; nothing that AWS leaves open, as ids or which zone has which CIDR block."""
        vpc, subnets, main, acl, group = self.vpc, self.subnets, self.main, self.acl, self.group
        ids = {each["SubnetId"]: zone for zone, each in subnets.items()}
        return {
            "CIDR blocks": [each["CidrBlock"] for each in vpc["CidrBlockAssociationSet"] if each["CidrBlockState"]["State"] == "associated"],
            "tenancy": vpc["InstanceTenancy"],
            "DNS": {name: self.attribute(name) for name in ("enableDnsSupport", "enableDnsHostnames")},
            "DHCP options": self.dhcp_options if vpc["DhcpOptionsId"] != "default" else None,
            "gateways": len(self.gateway_ids),
            "routes": sorted((each["DestinationCidrBlock"], self._target(each), each["State"]) for each in main["Routes"]),
            "propagation": main.get("PropagatingVgws", []),
            "tables of subnets": sorted(
                ids[each["SubnetId"]] for table in self.tables for each in table["Associations"] if each.get("SubnetId") in ids
            ),
            "subnets": {zone: (each["CidrBlock"].partition("/")[2], each["MapPublicIpOnLaunch"]) for zone, each in subnets.items()},
            "ACL": sorted(
                ("out" if each["Egress"] else "in", each["RuleNumber"], each["RuleAction"], each["Protocol"], each["CidrBlock"])
                for each in acl["Entries"]
            ),
            "on the ACL": sorted(ids[each["SubnetId"]] for each in acl["Associations"] if each["SubnetId"] in ids),
            "in": [_rule(each, group["GroupId"]) for each in group["IpPermissions"]],
            "out": [_rule(each, group["GroupId"]) for each in group["IpPermissionsEgress"]],
            "block public access": self.ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]["InternetGatewayBlockMode"],
        }

    def _target(self, route):
        if route.get("GatewayId") in self.gateway_ids:
            return "the gateway"
        return next((value for key, value in route.items() if key.endswith("Id")), None)

    def factory_state(self):
        """As https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html says."""
        domain = "ec2.internal" if self.region == "us-east-1" else f"{self.region}.compute.internal"
        return {
            "CIDR blocks": ["172.31.0.0/16"],
            "tenancy": "default",
            "DNS": {"enableDnsSupport": True, "enableDnsHostnames": True},
            "DHCP options": {"domain-name-servers": ["AmazonProvidedDNS"], "domain-name": [domain]},
            "gateways": 1,
            "routes": [("0.0.0.0/0", "the gateway", "active"), ("172.31.0.0/16", "local", "active")],
            "propagation": [],
            "tables of subnets": [],
            "subnets": {zone: ("20", True) for zone in self.zones},
            "ACL": [
                (direction, number, action, "-1", "0.0.0.0/0")
                for direction in ("in", "out") for number, action in ((100, "allow"), (32767, "deny"))
            ],
            "on the ACL": self.zones,
            "in": [("-1", "the group itself")],
            "out": [("-1", "0.0.0.0/0")],
            "block public access": "off",
        }


def _rule(permission, group_id):
    sources = ["the group itself" if each["GroupId"] == group_id else each["GroupId"] for each in permission["UserIdGroupPairs"]]
    sources += [each["CidrIp"] for each in permission["IpRanges"]]
    return permission["IpProtocol"], *sources
