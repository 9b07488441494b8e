"""Deletions take a while, are seen on their way, and hold what they hold meanwhile."""

import time

import pytest
from botocore.exceptions import ClientError
from test_refusals import code_of, database, endpoint, instance, load_balancer, nat_gateway, network, service  # noqa: F401


def until(read, wanted, seconds=5):
    """Wait until `read()` is `wanted`."""
    deadline = time.monotonic() + seconds
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found} after {seconds} s, not {wanted}"
        time.sleep(0.05)


def test_instance(aws, network):  # noqa: F811
    ec2 = aws("ec2")
    instance(aws, network)
    [made] = ec2.describe_instances()["Reservations"][0]["Instances"]
    [change] = ec2.terminate_instances(InstanceIds=[made["InstanceId"]])["TerminatingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "shutting-down")

    def state():
        return ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"][0]["State"]["Name"]

    assert state() == "shutting-down"
    assert code_of(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    until(state, "terminated")
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert ec2.describe_volumes()["Volumes"] == []
    ec2.delete_security_group(GroupId=network["group"])
    ec2.delete_subnet(SubnetId=network["subnet"])
    assert state() == "terminated"


def test_nat_gateway(aws, network):  # noqa: F811
    ec2 = aws("ec2")
    nat, address = nat_gateway(aws, network)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    state = lambda: ec2.describe_nat_gateways()["NatGateways"][0]["State"]  # noqa: E731
    assert state() == "deleting"
    assert code_of(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    assert code_of(ec2.release_address, AllocationId=address) == "InvalidIPAddress.InUse"
    until(state, "deleted")
    assert code_of(ec2.delete_nat_gateway, NatGatewayId=nat) == "NatGatewayNotFound"
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=network["subnet"])
    ec2.detach_internet_gateway(InternetGatewayId=network["gateway"], VpcId=network["vpc"])


def test_endpoint(aws, network):  # noqa: F811
    ec2 = aws("ec2")
    endpoint(aws, network)
    [made] = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    answer = ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"], "vpce-00000000000000000"])
    assert [item["Error"]["Code"] for item in answer["Unsuccessful"]] == ["InvalidVpcEndpointId.NotFound"]
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["State"] == "deleting"
    until(lambda: ec2.describe_vpc_endpoints()["VpcEndpoints"], [])
    ec2.delete_subnet(SubnetId=network["subnet"])


def test_load_balancer_lingers(aws, network):  # noqa: F811
    ec2, elb = aws("ec2"), aws("elbv2")
    elb.delete_load_balancer(LoadBalancerArn=load_balancer(aws, network))
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    assert code_of(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    assert code_of(ec2.delete_security_group, GroupId=network["group"]) == "DependencyViolation"
    until(lambda: ec2.describe_network_interfaces()["NetworkInterfaces"], [])
    ec2.delete_subnet(SubnetId=network["subnet"])
    ec2.delete_security_group(GroupId=network["group"])


def test_database(aws, network):  # noqa: F811
    rds = aws("rds")
    database(aws, network)
    rds.modify_db_instance(DBInstanceIdentifier="db", DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(DBInstanceIdentifier="db", SkipFinalSnapshot=True)
    assert [found["DBInstanceStatus"] for found in rds.describe_db_instances()["DBInstances"]] == ["deleting"]
    assert code_of(rds.delete_db_subnet_group, DBSubnetGroupName="group") == "InvalidDBSubnetGroupStateFault"
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="db", WaiterConfig={"Delay": 1})
    rds.delete_db_subnet_group(DBSubnetGroupName="group")
    rds.delete_db_parameter_group(DBParameterGroupName="own")


def test_service_and_cluster(aws, network):  # noqa: F811
    ecs, ec2 = aws("ecs"), aws("ec2")
    service(aws, network)
    ecs.delete_service(cluster="c", service="s", force=True)
    status = lambda: ecs.describe_services(cluster="c", services=["s"])["services"][0]["status"]  # noqa: E731
    assert status() == "DRAINING"
    assert code_of(ecs.delete_cluster, cluster="c") == "ClusterContainsServicesException"
    assert code_of(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    until(status, "INACTIVE")
    assert ecs.list_services(cluster="c")["serviceArns"] == []
    ecs.delete_cluster(cluster="c")
    assert ecs.list_clusters()["clusterArns"] == []
    assert ecs.describe_clusters(clusters=["c"])["clusters"][0]["status"] == "INACTIVE"
    ec2.delete_subnet(SubnetId=network["subnet"])


def test_table(aws):
    dynamodb = aws("dynamodb")
    dynamodb.create_table(
        TableName="t", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )
    dynamodb.delete_table(TableName="t")
    assert dynamodb.describe_table(TableName="t")["Table"]["TableStatus"] == "DELETING"
    until(lambda: dynamodb.list_tables()["TableNames"], [])


def test_auto_scaling_group(aws, network):  # noqa: F811
    scaling, ec2 = aws("autoscaling"), aws("ec2")
    template = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
    ec2.create_launch_template(LaunchTemplateName="own", LaunchTemplateData=template)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="g", LaunchTemplate={"LaunchTemplateName": "own"}, MinSize=1, MaxSize=1, VPCZoneIdentifier=network["subnet"]
    )
    scaling.delete_auto_scaling_group(AutoScalingGroupName="g", ForceDelete=True)
    assert scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Status"] == "Delete in progress"
    assert code_of(ec2.delete_subnet, SubnetId=network["subnet"]) == "DependencyViolation"
    until(lambda: scaling.describe_auto_scaling_groups()["AutoScalingGroups"], [])
    [made] = ec2.describe_instances()["Reservations"][0]["Instances"]
    assert made["State"]["Name"] == "terminated"
    ec2.delete_subnet(SubnetId=network["subnet"])


def test_the_delay_can_be_set(double, aws, network):  # noqa: F811
    ec2 = aws("ec2")
    nat, _ = nat_gateway(aws, network)
    double.settings(delay=0)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    assert ec2.describe_nat_gateways()["NatGateways"][0]["State"] == "deleted"
    with pytest.raises(ValueError, match="unknown setting"):
        double.settings(dealy=1)
    with pytest.raises(ClientError):
        ec2.delete_nat_gateway(NatGatewayId=nat)


def test_gateway_endpoint_takes_its_route(aws, network):  # noqa: F811
    ec2 = aws("ec2")
    [table] = [found for found in ec2.describe_route_tables()["RouteTables"] if found["VpcId"] == network["vpc"]]
    made = ec2.create_vpc_endpoint(
        VpcId=network["vpc"], ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=[table["RouteTableId"]]
    )["VpcEndpoint"]
    assert made["VpcEndpointType"] == "Gateway"
    routes = lambda: ec2.describe_route_tables(RouteTableIds=[table["RouteTableId"]])["RouteTables"][0]["Routes"]  # noqa: E731
    [route] = [found for found in routes() if found.get("GatewayId") == made["VpcEndpointId"]]
    parameters = {"RouteTableId": table["RouteTableId"], "DestinationPrefixListId": route["DestinationPrefixListId"]}
    assert code_of(ec2.delete_route, **parameters) == "InvalidParameterValue"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    until(lambda: [found.get("GatewayId") for found in routes()], ["local"])
