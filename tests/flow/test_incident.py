"""The incident the project answers: the default VPC's internet route is lost, noticed, and put back."""


def test_lost_internet_route_is_found_and_put_back(world):
    world.only("ec2", "iam")
    ec2 = world.aws("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
    assert {row["status"] for row in world.check()} == {"ok"}

    ec2.delete_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0")
    broken = [row for row in world.check() if row["status"] != "ok"]
    assert [(row["item"], row["status"]) for row in broken] == [("internet route", "missing")]

    repairs = world.restore()
    assert [(row["resource_id"], row["action"], row["status"]) for row in repairs] == [(f"{main}|0.0.0.0/0", "create", "done")]
    assert {row["status"] for row in world.check()} == {"ok"}
    routes = ec2.describe_route_tables(RouteTableIds=[main])["RouteTables"][0]["Routes"]
    assert any(route.get("GatewayId", "").startswith("igw-") for route in routes if route["DestinationCidrBlock"] == "0.0.0.0/0")


def test_everything_goes_without_rules_and_comes_back(world):
    world.only("ec2", "iam")
    world.sql("UPDATE cleanup_policy SET enabled = false")
    rows = world.wipe()
    assert not [row for row in rows if row["status"] == "failed"]
    assert world.aws("ec2").describe_vpcs()["Vpcs"] == []
    assert {row["status"] for row in world.restore()} == {"done"}
    assert {row["status"] for row in world.check()} == {"ok"}

    world.forget_calls()
    assert world.restore() == []
    assert world.calls(mutating=True) == []
