"""Suite two needs an account where nobody has been: no clusters, and default subnets from which a task can pull its image."""

import psycopg


def test_nobody_was_here(aws):
    assert aws("ecs").list_clusters()["clusterArns"] == []
    assert [group["GroupName"] for group in aws("ec2").describe_security_groups()["SecurityGroups"]] == ["default"]


def test_the_default_subnets_lead_to_the_internet(aws, dsn):
    [table] = aws("ec2").describe_route_tables()["RouteTables"]
    assert any(route["GatewayId"].startswith("igw-") for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0")
    with psycopg.connect(dsn) as database:
        assert database.execute("SELECT bool_and(can_pull_from_ecr) FROM subnet_internet_path").fetchone() == (True,)
