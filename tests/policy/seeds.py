"""What the account of these tests holds, beside what AWS put there. Each function returns {name: id}."""

import json

AMI = "ami-12c6146b"
TEMPLATE = json.dumps({"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}})


def seed(world):
    found = {"account": world.account_id}
    for part in (default_network, identities, services, own_network, users_own):
        found |= part(world, found) or {}
    return found


def default_network(world, found):
    """The ids of what AWS made."""
    ec2 = world.aws("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    here = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    table = ec2.describe_route_tables(Filters=here)["RouteTables"][0]
    acl = ec2.describe_network_acls(Filters=here)["NetworkAcls"][0]
    group = ec2.describe_security_groups(Filters=here)["SecurityGroups"][0]["GroupId"]
    rules = {each["IsEgress"]: each["SecurityGroupRuleId"] for each in _rules(ec2, group)}
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
    return {
        "vpc": vpc["VpcId"], "dhcp": vpc["DhcpOptionsId"], "main": table["RouteTableId"],
        "subnet": ec2.describe_subnets(Filters=here)["Subnets"][0]["SubnetId"],
        "main_association": next(each["RouteTableAssociationId"] for each in table["Associations"] if each["Main"]),
        "gateway": ec2.describe_internet_gateways(Filters=attached)["InternetGateways"][0]["InternetGatewayId"],
        "acl": acl["NetworkAclId"], "acl_association": acl["Associations"][0]["NetworkAclAssociationId"],
        "group": group, "ingress": rules[False], "egress": rules[True],
        "prefix_list": ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"],
    }


def identities(world, found):
    account = world.account_id
    world.double.provide(account, "OrganizationAccountAccessRole", "AWSReservedSSO", "tabula-rasa")
    iam = world.aws("iam")
    iam.create_saml_provider(Name="AWSSSO_0123456789abcdef_DO_NOT_DELETE", SAMLMetadataDocument="x" * 1000)
    _role(iam, "company-administrators", {"AWS": "arn:aws:iam::888888888888:root"})
    iam.attach_role_policy(RoleName="company-administrators", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    for name in ("AWSControlTowerExecution", "AWSCloudFormationStackSetExecutionRole", "stacksets-exec-0123456789abcdef"):
        _role(iam, name, {"AWS": "arn:aws:iam::888888888888:root"})
    # Behind the tool: the user `source` assumes the role `jump`, which assumes the role `runner`.
    keys = {}
    for name in ("operator", "source"):
        iam.create_user(UserName=name)
        keys[name] = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    iam.create_group(GroupName="operators")
    iam.add_user_to_group(GroupName="operators", UserName="operator")
    policy = iam.create_policy(PolicyName="operate", PolicyDocument=_document({"Action": "*", "Resource": "*"}))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="operators", PolicyArn=policy)
    _role(iam, "jump", {"AWS": [f"arn:aws:iam::{account}:user/source"]})
    _role(iam, "runner", {"AWS": f"arn:aws:iam::{account}:role/jump"})
    iam.create_instance_profile(InstanceProfileName="runner")
    iam.add_role_to_instance_profile(InstanceProfileName="runner", RoleName="runner")
    iam.create_account_alias(AccountAlias="example-tests")
    iam.update_account_password_policy(MinimumPasswordLength=20)
    second = iam.create_access_key(UserName="operator")["AccessKey"]["AccessKeyId"]
    return {"operator_key": keys["operator"], "second_key": second, "source_key": keys["source"], "policy": policy}


def services(world, found):
    world.aws("sns").create_topic(Name="aws-controltower-SecurityNotifications")
    world.aws("logs").create_log_group(logGroupName="/aws/lambda/aws-controltower-NotificationForwarder")
    ecs = world.aws("ecs")
    ecs.create_cluster(clusterName="default")
    ecs.create_cluster(clusterName="batch_Batch_0123", tags=[{"key": "AWSBatchServiceTag", "value": "batch"}])
    glue = world.aws("glue")
    glue.create_database(DatabaseInput={"Name": "default"})
    glue.create_table(DatabaseName="default", TableInput={"Name": "orders"})
    glue.create_registry(RegistryName="default-registry")
    session = {"schemaVersion": "1.0", "description": "preferences", "sessionType": "Standard_Stream", "inputs": {}}
    world.aws("ssm").create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=json.dumps(session))
    rds = world.aws("rds")
    database = rds.create_db_instance(
        DBInstanceIdentifier="orders", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20, MasterUsername="a", MasterUserPassword="x" * 12,
    )["DBInstance"]
    kms = world.aws("kms")
    aliases = {each["AliasName"]: each.get("TargetKeyId") for each in kms.list_aliases()["Aliases"]}
    ec2 = world.aws("ec2")
    template = ec2.create_launch_template(
        LaunchTemplateName="eks-0123", LaunchTemplateData={"InstanceType": "t3.micro"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "eks:cluster-name", "Value": "prod"}]}],
    )["LaunchTemplate"]["LaunchTemplateId"]
    stacks = {}
    for name in ("StackSet-baseline-0123", "awsconfigconforms-pack-0123", "SC-111111111111-pp-0123", "mine"):
        stacks[f"stack_{name}"] = world.aws("cloudformation").create_stack(StackName=name, TemplateBody=TEMPLATE)["StackId"]
    return {
        "aws_key": aliases["alias/aws/ebs"], "eks_template": template, "queue": world.aws("sqs").create_queue(QueueName="jobs")["QueueUrl"],
        "db_parameter_group": database["DBParameterGroups"][0]["DBParameterGroupName"],
        "option_group": rds.describe_option_groups()["OptionGroupsList"][0]["OptionGroupName"], **stacks,
    }


def own_network(world, found):
    """A VPC in which the tool might run: an instance in a private subnet, behind a NAT gateway in a public one."""
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public, public_table, public_association = _subnet(ec2, vpc, "10.0.0.0/24")
    ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    private, private_table, private_association = _subnet(ec2, vpc, "10.0.1.0/24")
    ec2.create_route(RouteTableId=private_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=200, Protocol="-1", RuleAction="allow", Egress=True, CidrBlock="0.0.0.0/0")
    acls = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [private]}])["NetworkAcls"]
    association = next(each["NetworkAclAssociationId"] for each in acls[0]["Associations"] if each["SubnetId"] == private)
    ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)
    group = ec2.create_security_group(GroupName="tool", Description="-", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[private_table])["VpcEndpoint"]["VpcEndpointId"]
    instance = ec2.run_instances(
        ImageId=AMI, MinCount=1, MaxCount=1, SubnetId=private, SecurityGroupIds=[group], IamInstanceProfile={"Name": "runner"},
    )["Instances"][0]["InstanceId"]
    default_group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}])
    return {
        "own_vpc": vpc, "own_gateway": gateway, "public_subnet": public, "public": public_table, "public_association": public_association, "nat": nat, "address": address,
        "private_subnet": private, "private": private_table, "private_association": private_association, "own_acl": acl, "own_group": group,
        "own_rule": next(each["SecurityGroupRuleId"] for each in _rules(ec2, group) if not each["IsEgress"]), "endpoint": endpoint, "instance": instance,
        "own_default_group": default_group["SecurityGroups"][0]["GroupId"],
    }


def users_own(world, found):
    """What users put into the default VPC, and a zone."""
    ec2 = world.aws("ec2")
    subnet, table, association = _subnet(ec2, found["vpc"], "172.31.128.0/20")
    ec2.create_route(RouteTableId=found["main"], DestinationCidrBlock="10.9.0.0/16", GatewayId=found["gateway"])
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=found["gateway"])
    ec2.create_network_acl_entry(NetworkAclId=found["acl"], RuleNumber=90, Protocol="-1", RuleAction="deny", Egress=False, CidrBlock="192.0.2.0/24")
    group = ec2.create_security_group(GroupName="web", Description="-", VpcId=found["vpc"])["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=found["group"], IpPermissions=[ssh])
    instance = ec2.run_instances(ImageId=AMI, MinCount=1, MaxCount=1, SubnetId=found["subnet"], SecurityGroupIds=[group])["Instances"][0]
    other = next(each["SubnetId"] for each in ec2.describe_subnets()["Subnets"] if each["DefaultForAz"] and each["SubnetId"] != found["subnet"])
    added_association = ec2.associate_route_table(RouteTableId=table, SubnetId=other)["AssociationId"]
    held = next(a for n in ec2.describe_network_acls()["NetworkAcls"] for a in n["Associations"] if a["SubnetId"] == other)
    own_acl = ec2.create_network_acl(VpcId=found["vpc"])["NetworkAcl"]["NetworkAclId"]
    added_acl = ec2.replace_network_acl_association(AssociationId=held["NetworkAclAssociationId"], NetworkAclId=own_acl)["NewAssociationId"]
    zone = world.aws("route53").create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
    return {
        "users_subnet": subnet, "users_table": table, "users_association": association, "users_group": group, "users_instance": instance["InstanceId"],
        "users_interface": instance["NetworkInterfaces"][0]["NetworkInterfaceId"], "zone": zone,
        "added_association": added_association, "added_acl_association": added_acl,
        "users_rule": next(each["SecurityGroupRuleId"] for each in _rules(ec2, found["group"]) if each.get("FromPort") == 22),
        "users_options": ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.org"]}])["DhcpOptions"]["DhcpOptionsId"],
    }


def _subnet(ec2, vpc, cidr):
    """A subnet with a route table of its own: the ids of both and of their association."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    return subnet, table, ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]


def _rules(ec2, group):
    return ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]


def _role(iam, name, principal):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document({"Action": "sts:AssumeRole", "Principal": principal}))


def _document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
