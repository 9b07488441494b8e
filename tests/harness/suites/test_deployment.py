"""Suite one deploys to ECS Fargate, and leaves behind what it made and what it broke."""


def test_a_service_is_deployed(aws):
    ecs, network = aws("ecs"), aws("ec2").describe_subnets()["Subnets"]
    group = aws("ec2").create_security_group(GroupName="shop", Description="shop", VpcId=network[0]["VpcId"])["GroupId"]
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(
        family="shop", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        containerDefinitions=[{"name": "shop", "image": "shop:latest"}],
    )
    where = {"awsvpcConfiguration": {"subnets": [network[0]["SubnetId"]], "securityGroups": [group]}}
    service = ecs.create_service(
        cluster="shop", serviceName="shop", taskDefinition="shop", desiredCount=1, launchType="FARGATE", networkConfiguration=where
    )["service"]
    assert service["status"] == "ACTIVE"


def test_the_shop_without_internet(aws):
    [table] = aws("ec2").describe_route_tables()["RouteTables"]
    aws("ec2").delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    [table] = aws("ec2").describe_route_tables()["RouteTables"]
    assert [route["GatewayId"] for route in table["Routes"]] == ["local"]
