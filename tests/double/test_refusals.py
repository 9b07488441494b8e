"""AWS's refusals: a row makes something that is in use, tries the call, and names the code that AWS answers."""

import io
import time
import zipfile

import pytest
from botocore.exceptions import ClientError

TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
MANIFEST = (
    '{"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", '
    '"config": {"digest": "sha256:0"}, "layers": []}'
)
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'


def code_of(call, **parameters) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


@pytest.fixture
def network(aws):
    """A VPC with a subnet, a security group and a gateway: a dict of their ids."""
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return {
        "vpc": vpc,
        "gateway": gateway,
        "subnet": ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"],
        "other": ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1b")["Subnet"]["SubnetId"],
        "group": ec2.create_security_group(VpcId=vpc, GroupName="app", Description="app")["GroupId"],
    }


# What can hold a subnet and a group: each makes one in `network`.


def instance(aws, network):
    aws("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=network["subnet"], SecurityGroupIds=[network["group"]]
    )


def interface(aws, network):
    aws("ec2").create_network_interface(SubnetId=network["subnet"], Groups=[network["group"]])


def load_balancer(aws, network):
    return aws("elbv2").create_load_balancer(
        Name="lb", Subnets=[network["subnet"], network["other"]], SecurityGroups=[network["group"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]


def database(aws, network):
    rds = aws("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName="group", DBSubnetGroupDescription="d", SubnetIds=[network["subnet"], network["other"]]
    )
    rds.create_db_parameter_group(DBParameterGroupName="own", DBParameterGroupFamily="postgres16", Description="d")
    rds.create_db_instance(
        DBInstanceIdentifier="db", Engine="postgres", EngineVersion="16.3", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="u", MasterUserPassword="secret123", DBSubnetGroupName="group", DBParameterGroupName="own",
        VpcSecurityGroupIds=[network["group"]], DeletionProtection=True,
    )


def service(aws, network):
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(
        family="t", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        containerDefinitions=[{"name": "app", "image": "app"}],
    )
    ecs.create_service(
        cluster="c", serviceName="s", taskDefinition="t", desiredCount=1, launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [network["subnet"]], "securityGroups": [network["group"]]}},
    )


def function(aws, network):
    role = aws("iam").create_role(RoleName="f", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context): return 1")
    aws("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Role=role, Handler="app.handler", Code={"ZipFile": archive.getvalue()},
        VpcConfig={"SubnetIds": [network["subnet"]], "SecurityGroupIds": [network["group"]]},
    )


def endpoint(aws, network):
    aws("ec2").create_vpc_endpoint(
        VpcId=network["vpc"], ServiceName="com.amazonaws.us-east-1.ecr.api", VpcEndpointType="Interface",
        SubnetIds=[network["subnet"]], SecurityGroupIds=[network["group"]],
    )


def nat_gateway(aws, network):
    ec2 = aws("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=network["subnet"], AllocationId=address)["NatGateway"]["NatGatewayId"]
    return nat, address


HOLDERS = [instance, interface, load_balancer, database, service, function, endpoint]


@pytest.mark.parametrize("make", [*HOLDERS, nat_gateway])
def test_subnet_with_something_in_it(aws, network, make):
    make(aws, network)
    assert code_of(aws("ec2").delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"


@pytest.mark.parametrize("make", HOLDERS)
def test_group_in_use(aws, network, make):
    make(aws, network)
    assert code_of(aws("ec2").delete_security_group, GroupId=network["group"]) == "DependencyViolation"


def test_empty_subnet_and_group_go(aws, network):
    aws("ec2").delete_subnet(SubnetId=network["subnet"])
    aws("ec2").delete_security_group(GroupId=network["group"])


def test_groups_that_name_each_other(aws, network):
    ec2, one = aws("ec2"), network["group"]
    two = ec2.create_security_group(VpcId=network["vpc"], GroupName="db", Description="db")["GroupId"]
    for group, other in ((one, two), (two, one)):
        rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "UserIdGroupPairs": [{"GroupId": other}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    assert code_of(ec2.delete_security_group, GroupId=one) == "DependencyViolation"
    assert code_of(ec2.delete_security_group, GroupId=two) == "DependencyViolation"
    ec2.revoke_security_group_ingress(GroupId=two, IpPermissions=[{**rule, "UserIdGroupPairs": [{"GroupId": one}]}])
    ec2.delete_security_group(GroupId=one)
    ec2.delete_security_group(GroupId=two)


def test_the_networks_own(aws, network):
    ec2 = aws("ec2")
    only_this = [{"Name": "vpc-id", "Values": [network["vpc"]]}]
    [table] = ec2.describe_route_tables(Filters=only_this)["RouteTables"]
    [acl] = ec2.describe_network_acls(Filters=only_this)["NetworkAcls"]
    default = next(g for g in ec2.describe_security_groups(Filters=only_this)["SecurityGroups"] if g["GroupName"] == "default")
    table_id, acl_id = table["RouteTableId"], acl["NetworkAclId"]
    main = table["Associations"][0]["RouteTableAssociationId"]
    entry = {"NetworkAclId": acl_id, "Egress": False}
    new = {"Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    second = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    options = ec2.describe_dhcp_options()["DhcpOptions"][0]["DhcpOptionsId"]
    for expected, call, parameters in (
        ("CannotDelete", ec2.delete_security_group, {"GroupId": default["GroupId"]}),
        ("InvalidGroup.Reserved", ec2.create_security_group, {"GroupName": "default", "Description": "d", "VpcId": network["vpc"]}),
        ("InvalidParameterValue", ec2.delete_network_acl, {"NetworkAclId": acl_id}),
        ("InvalidParameterValue", ec2.delete_network_acl_entry, {**entry, "RuleNumber": 32767}),
        ("InvalidParameterValue", ec2.create_network_acl_entry, {**entry, **new, "RuleNumber": 32768}),
        ("InvalidNetworkAclEntry.NotFound", ec2.delete_network_acl_entry, {**entry, "RuleNumber": 77}),
        ("NetworkAclEntryAlreadyExists", ec2.create_network_acl_entry, {**entry, **new, "RuleNumber": 100}),
        ("DependencyViolation", ec2.delete_route_table, {"RouteTableId": table_id}),
        ("InvalidParameterValue", ec2.disassociate_route_table, {"AssociationId": main}),
        ("InvalidParameterValue", ec2.delete_route, {"RouteTableId": table_id, "DestinationCidrBlock": "10.0.0.0/16"}),
        ("InvalidParameterValue", ec2.attach_internet_gateway, {"InternetGatewayId": second, "VpcId": network["vpc"]}),
        ("Resource.AlreadyAssociated", ec2.attach_internet_gateway, {"InternetGatewayId": network["gateway"], "VpcId": network["vpc"]}),
        ("DependencyViolation", ec2.delete_internet_gateway, {"InternetGatewayId": network["gateway"]}),
        ("DependencyViolation", ec2.delete_dhcp_options, {"DhcpOptionsId": options}),
        ("DependencyViolation", ec2.delete_vpc, {"VpcId": network["vpc"]}),
        ("DefaultVpcAlreadyExists", ec2.create_default_vpc, {}),
        ("DefaultSubnetAlreadyExistsInAvailabilityZone", ec2.create_default_subnet, {"AvailabilityZone": "us-east-1a"}),
        (
            "InvalidParameterValue",
            ec2.replace_route,
            {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": network["gateway"]},
        ),
    ):
        assert code_of(call, **parameters) == expected, (call.__name__, parameters)


@pytest.mark.parametrize("thing", ["subnet", "group", "table", "acl", "gateway", "interface"])
def test_vpc_with_anything_in_it(aws, thing):
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    {
        "subnet": lambda: ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24"),
        "group": lambda: ec2.create_security_group(VpcId=vpc, GroupName="g", Description="g"),
        "table": lambda: ec2.create_route_table(VpcId=vpc),
        "acl": lambda: ec2.create_network_acl(VpcId=vpc),
        "gateway": lambda: ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc),
        "interface": lambda: ec2.create_network_interface(
            SubnetId=ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        ),
    }[thing]()
    assert code_of(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"


def test_gateway_and_address_of_a_nat_gateway(aws, network):
    ec2 = aws("ec2")
    nat, address = nat_gateway(aws, network)
    detach = {"InternetGatewayId": network["gateway"], "VpcId": network["vpc"]}
    assert code_of(ec2.detach_internet_gateway, **detach) == "DependencyViolation"
    assert code_of(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    [interface] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert interface["RequesterManaged"] and interface["InterfaceType"] == "nat_gateway"
    assert code_of(ec2.delete_network_interface, NetworkInterfaceId=interface["NetworkInterfaceId"]) == "OperationNotPermitted"


def test_instance(aws, network):
    ec2 = aws("ec2")
    [made] = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=network["subnet"], DisableApiTermination=True
    )["Instances"]
    [volume] = ec2.describe_volumes()["Volumes"]
    [interface] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert code_of(ec2.terminate_instances, InstanceIds=[made["InstanceId"]]) == "OperationNotPermitted"
    assert code_of(ec2.delete_volume, VolumeId=volume["VolumeId"]) == "VolumeInUse"
    assert code_of(ec2.delete_network_interface, NetworkInterfaceId=interface["NetworkInterfaceId"]) == "InvalidParameterValue"
    ec2.modify_instance_attribute(InstanceId=made["InstanceId"], DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


@pytest.mark.parametrize(
    "make",
    [
        lambda iam: iam.create_access_key(UserName="u"),
        lambda iam: iam.create_login_profile(UserName="u", Password="Secret-123456"),
        lambda iam: iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=POLICY),
        lambda iam: iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
        lambda iam: [iam.create_group(GroupName="g"), iam.add_user_to_group(GroupName="g", UserName="u")],
    ],
    ids=["key", "login", "inline", "attached", "group"],
)
def test_user(aws, make):
    iam = aws("iam")
    iam.create_user(UserName="u")
    make(iam)
    assert code_of(iam.delete_user, UserName="u") == "DeleteConflict"


def test_identity(aws):
    iam = aws("iam")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    for kind in ("role", "group"):
        more = {"AssumeRolePolicyDocument": TRUST} if kind == "role" else {}
        name = {f"{kind.title()}Name": "x"}
        getattr(iam, f"create_{kind}")(**name, **more)
        getattr(iam, f"attach_{kind}_policy")(**name, PolicyArn=policy)
        assert code_of(getattr(iam, f"delete_{kind}"), **name) == "DeleteConflict"
        assert code_of(iam.delete_policy, PolicyArn=policy) == "DeleteConflict"
        getattr(iam, f"detach_{kind}_policy")(**name, PolicyArn=policy)
    iam.create_instance_profile(InstanceProfileName="i")
    iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="x")
    iam.create_user(UserName="u")
    iam.add_user_to_group(GroupName="x", UserName="u")
    for expected, call, parameters in (
        ("DeleteConflict", iam.delete_role, {"RoleName": "x"}),
        ("DeleteConflict", iam.delete_instance_profile, {"InstanceProfileName": "i"}),
        ("DeleteConflict", iam.delete_group, {"GroupName": "x"}),
        ("UnmodifiableEntity", iam.delete_role, {"RoleName": "AWSServiceRoleForSupport"}),
        ("AccessDenied", iam.delete_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ):
        assert code_of(call, **parameters) == expected, call.__name__
    iam.delete_policy(PolicyArn=policy)


def test_load_balancing(aws, network):
    elb, acm = aws("elbv2"), aws("acm")
    balancer = load_balancer(aws, network)
    certificate = acm.request_certificate(DomainName="example.com", ValidationMethod="DNS")["CertificateArn"]
    target = elb.create_target_group(Name="t", Protocol="HTTP", Port=80, VpcId=network["vpc"])["TargetGroups"][0]["TargetGroupArn"]
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )["Listeners"][0]["ListenerArn"]
    assert code_of(elb.delete_target_group, TargetGroupArn=target) == "ResourceInUse"
    assert code_of(acm.delete_certificate, CertificateArn=certificate) == "ResourceInUseException"
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[protection])
    assert code_of(elb.delete_load_balancer, LoadBalancerArn=balancer) == "OperationNotPermitted"
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[{**protection, "Value": "false"}])
    elb.delete_listener(ListenerArn=listener)
    elb.delete_target_group(TargetGroupArn=target)
    acm.delete_certificate(CertificateArn=certificate)
    elb.delete_load_balancer(LoadBalancerArn=balancer)


def test_cluster(aws, network):
    service(aws, network)
    ecs = aws("ecs")
    assert code_of(ecs.delete_cluster, cluster="c") == "ClusterContainsServicesException"
    assert code_of(ecs.delete_service, cluster="c", service="s") == "InvalidParameterException"
    assert code_of(ecs.delete_capacity_provider, capacityProvider="FARGATE") == "ClientException"


def test_database(aws, network):
    database(aws, network)
    rds = aws("rds")
    delete = {"DBInstanceIdentifier": "db", "SkipFinalSnapshot": True}
    assert code_of(rds.delete_db_instance, **delete) == "InvalidParameterCombination"
    assert code_of(rds.delete_db_subnet_group, DBSubnetGroupName="group") == "InvalidDBSubnetGroupStateFault"
    assert code_of(rds.delete_db_parameter_group, DBParameterGroupName="own") == "InvalidDBParameterGroupState"
    assert code_of(rds.delete_option_group, OptionGroupName="default:postgres-16") == "InvalidOptionGroupStateFault"
    rds.modify_db_instance(DBInstanceIdentifier="db", DeletionProtection=False, ApplyImmediately=True)
    assert code_of(rds.delete_db_instance, DBInstanceIdentifier="db") == "InvalidParameterCombination"
    rds.delete_db_instance(**delete)
    assert code_of(rds.delete_db_instance, **delete) == "InvalidDBInstanceState"


def test_scaling(aws, network):
    scaling, ec2 = aws("autoscaling"), aws("ec2")
    scaling.create_launch_configuration(LaunchConfigurationName="l", ImageId="ami-12c6146b", InstanceType="t3.micro")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="g", LaunchConfigurationName="l", MinSize=1, MaxSize=1, VPCZoneIdentifier=network["subnet"]
    )
    assert code_of(scaling.delete_auto_scaling_group, AutoScalingGroupName="g") == "ResourceInUse"
    assert code_of(scaling.delete_launch_configuration, LaunchConfigurationName="l") == "ResourceInUse"
    assert len(ec2.describe_instances()["Reservations"]) == 1


def test_storage_and_the_rest(aws):
    s3, dynamodb, events, kms, route53, ecr = (aws(name) for name in ("s3", "dynamodb", "events", "kms", "route53", "ecr"))
    bucket = f"bucket-{time.time_ns()}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert code_of(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="k")
    assert code_of(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"

    dynamodb.create_table(
        TableName="t", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], DeletionProtectionEnabled=True,
    )
    events.put_rule(Name="r", ScheduleExpression="rate(1 day)")
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:1:q"}])
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    record = {"Name": "www.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "1.2.3.4"}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]})
    apex = next(r for r in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] if r["Type"] == "NS")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    aws_key = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    ecr.create_repository(repositoryName="repo")
    ecr.put_image(repositoryName="repo", imageManifest=MANIFEST, imageTag="1")
    logs = aws("logs")
    logs.create_log_group(logGroupName="l", deletionProtectionEnabled=True)
    for expected, call, parameters in (
        ("ValidationException", logs.delete_log_group, {"logGroupName": "l"}),
        ("ValidationException", dynamodb.delete_table, {"TableName": "t"}),
        ("ValidationException", events.delete_rule, {"Name": "r"}),
        ("ValidationException", events.delete_event_bus, {"Name": "default"}),
        ("HostedZoneNotEmpty", route53.delete_hosted_zone, {"Id": zone}),
        (
            "InvalidChangeBatch",
            route53.change_resource_record_sets,
            {"HostedZoneId": zone, "ChangeBatch": {"Changes": [{"Action": "DELETE", "ResourceRecordSet": apex}]}},
        ),
        ("AccessDeniedException", kms.schedule_key_deletion, {"KeyId": aws_key}),
        ("KMSInvalidStateException", kms.schedule_key_deletion, {"KeyId": key}),
        ("AccessDeniedException", kms.delete_alias, {"AliasName": "alias/aws/ebs"}),
        ("RepositoryNotEmptyException", ecr.delete_repository, {"repositoryName": "repo"}),
        ("InvalidRequestException", aws("athena").delete_work_group, {"WorkGroup": "primary"}),
    ):
        assert code_of(call, **parameters) == expected, call.__name__
    assert logs.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"]
    logs.put_log_group_deletion_protection(logGroupIdentifier="l", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="l")
