"""The story, end to end: mirror, dry run, wipe, the incident and its repair, and an account from nothing.

One test, for each part stands on the one before; the parts have names of their own.
"""

import time
from collections import Counter

import pytest
from story.holdings import default_network, suites_things
from story.seed import REGIONS, seed
from world import World

ACCOUNT = "424242424242"


@pytest.fixture
def world(postgres, double, database):
    world = World(postgres, double, database, ACCOUNT, REGIONS)
    yield world
    world.close()


def test_the_story(world):
    factory = {region: default_network(world.aws, region) for region in REGIONS}
    seed(world.aws, ACCOUNT)
    left = {region: suites_things(world.aws, region) for region in REGIONS}
    assert all(any(left[region][kind] for region in REGIONS) for kind in left[REGIONS[0]])

    the_mirror_answers_questions(world)
    a_dry_run_changes_nothing(world)
    the_wipe_takes_the_suites_things(world)
    assert {region: suites_things(world.aws, region) for region in REGIONS} == {region: dict.fromkeys(left[region], []) for region in REGIONS}
    assert {region: default_network(world.aws, region) for region in REGIONS} == factory
    a_second_wipe_has_nothing_to_do(world)
    the_incident_is_named_and_mended(world)
    assert sorted(map(shape, default_networks(world))) == sorted(map(shape, factory.values()))
    without_rules_the_defaults_go_too(world)
    a_sound_account_comes_back_from_nothing(world)
    assert sorted(map(shape, default_networks(world))) == sorted(map(shape, factory.values()))


def the_mirror_answers_questions(world):
    outcomes = counted(world, "mirror", world.mirror, "mirror_account")
    assert [row for row in outcomes if row["status"] == "failed"] == []
    assert {row["region"] for row in outcomes} == {*REGIONS, "global"}

    by_project = world.sql("SELECT tags ->> 'project' AS project, count(*) FROM aws.resource WHERE tags ? 'project' GROUP BY 1")
    assert {row["project"]: row["count"] >= 9 for row in by_project} == {"django": True, "prisma": True, "codedeploy": True}

    databases = world.sql(
        "SELECT db_instance_identifier, deletion_protection, g.db_subnet_group_name FROM aws.rds_db_instance d"
        " JOIN aws.rds_db_subnet_group g ON (g.account_id, g.region, g.name) = (d.account_id, d.region, d.db_subnet_group ->> 'DBSubnetGroupName') ORDER BY 1"
    )
    assert [tuple(row.values()) for row in databases] == [("django-db", True, "django-db"), ("prisma-db", True, "prisma-db")]

    # who may reach whom: a rule, the group that it is in, the group that it lets in
    reach = world.sql(
        "SELECT source.name AS source, r.from_port, target.name AS target FROM aws.ec2_security_group_rule r"
        " JOIN aws.ec2_security_group target ON (target.region, target.group_id) = (r.region, r.group_id)"
        " JOIN aws.ec2_security_group source ON (source.region, source.group_id) = (r.region, r.referenced_group_info ->> 'GroupId')"
        " WHERE source.name LIKE 'django-%'"
    )
    assert {tuple(row.values()) for row in reach} == {("django-app", 5432, "django-db"), ("django-db", 9187, "django-app")}

    services = world.sql(
        "SELECT s.service_name, t.family, t.revision FROM aws.ecs_service s"
        " JOIN aws.ecs_task_definition t ON t.task_definition_arn = s.task_definition ORDER BY 1"
    )
    assert [tuple(row.values()) for row in services] == [("django-app", "django-app", 3), ("prisma-app", "prisma-app", 3)]


def a_dry_run_changes_nothing(world):
    rows = counted(world, "dry run", lambda: world.wipe(dry_run=True), "mirror_account")
    assert world.calls(mutating=True) == []
    assert {(row["action"], row["status"]) for row in rows} == {("delete", "planned"), ("keep", "kept")}
    assert all(row["reason"] for row in rows)
    assert len(rows) == world.value("SELECT count(*) FROM aws.resource")
    action = {(row["resource_type"], row["name"]): row["action"] for row in rows}
    assert action["rds_db_instance", "django-db"] == action["ec2_subnet", "django-extra"] == "delete"
    assert action["iam_role", "AWSServiceRoleForSupport"] == action["ec2_security_group", "default"] == "keep"


def the_wipe_takes_the_suites_things(world):
    rows = counted(world, "wipe", world.wipe, "delete_all_records")
    assert [(row["resource_type"], row["resource_id"], row["reason"][:90]) for row in rows if row["status"] == "failed"] == []
    assert {(row["action"], row["status"]) for row in rows} == {("delete", "deleted"), ("keep", "kept")}
    assert world.value("SELECT count(*) FROM aws.resource WHERE tags ? 'project'") == 0

    calls = world.calls(mutating=True)
    assert [call for call in calls if call["error_code"]] == []
    sent = {(call["operation"]): call["params"] for call in calls}
    assert len(sent["DeleteVpcEndpoints"]["VpcEndpointIds"]) == 2
    assert len(sent["ChangeResourceRecordSets"]["ChangeBatch"]["Changes"]) == 3
    assert max(len(call["params"]["taskDefinitions"]) for call in calls if call["operation"] == "DeleteTaskDefinitions") == 2
    assert sorted(len(call["params"]["Delete"]["Objects"]) for call in calls if call["operation"] == "DeleteObjects") == [1, 7]

    journalled = world.sql("SELECT DISTINCT step, service, operation, outcome FROM journal WHERE run_id = (SELECT max(run_id) FROM run)")
    assert Counter((row["service"], row["operation"]) for row in journalled) == Counter((call["service"], call["operation"]) for call in calls)
    assert {row["outcome"] for row in journalled} == {"done"}
    assert world.value("SELECT status FROM run ORDER BY run_id DESC LIMIT 1") == "done"


def a_second_wipe_has_nothing_to_do(world):
    rows = counted(world, "second wipe", world.wipe, "delete_all_records")
    assert {row["status"] for row in rows} == {"kept"}
    assert world.calls(mutating=True) == []


def the_incident_is_named_and_mended(world):
    region = REGIONS[0]
    [main] = default_network(world.aws, region)["route_tables"]
    pulls = f"SELECT DISTINCT can_pull_from_ecr AS can, because FROM subnet_internet_path WHERE region = '{region}'"
    assert {row["status"] for row in world.check()} == {"ok"}
    assert [row["can"] for row in world.sql(pulls)] == [True]

    world.aws("ec2", region).delete_route(RouteTableId=main["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    broken = [row for row in world.check() if row["status"] != "ok"]
    assert [(row["region"], row["item"], row["status"]) for row in broken] == [(region, "internet route", "missing")]
    assert world.sql(pulls) == [{"can": False, "because": "no: no route to 0.0.0.0/0"}]

    repairs = counted(world, "repair", world.restore, "restore_account_defaults")
    assert [(row["resource_id"], row["action"], row["status"]) for row in repairs] == [(f"{main['RouteTableId']}|0.0.0.0/0", "create", "done")]
    assert {row["status"] for row in world.check()} == {"ok"}
    assert [row["can"] for row in world.sql(pulls)] == [True]


def without_rules_the_defaults_go_too(world):
    world.sql("UPDATE cleanup_policy SET enabled = false")
    rows = counted(world, "wipe without rules", world.wipe, "delete_all_records")
    assert [(row["resource_type"], row["resource_id"], row["reason"][:90]) for row in rows if row["status"] == "failed"] == []
    assert [call for call in world.calls(mutating=True) if call["error_code"]] == []
    for region in REGIONS:
        ec2 = world.aws("ec2", region)
        for kind in ("vpcs", "subnets", "internet_gateways", "route_tables", "security_groups", "network_acls", "dhcp_options"):
            answer = getattr(ec2, f"describe_{kind}")()
            assert [value for key, value in answer.items() if key != "ResponseMetadata"] == [[]], (region, kind)


def a_sound_account_comes_back_from_nothing(world):
    assert {row["status"] for row in counted(world, "restore from nothing", world.restore, "restore_account_defaults")} == {"done"}
    assert {row["status"] for row in world.check()} == {"ok"}
    assert counted(world, "second restore", world.restore, "restore_account_defaults") == []
    assert world.calls(mutating=True) == []


def default_networks(world):
    return [default_network(world.aws, region) for region in REGIONS]


def shape(network):
    """What is the same of every default network: how many of what, and their values, not their ids."""
    return str((
        network["vpc"]["CidrBlock"],
        sorted((each["AvailabilityZone"], each["CidrBlock"].split("/")[1], each["MapPublicIpOnLaunch"]) for each in network["subnets"]),
        [sorted((route["DestinationCidrBlock"], route["State"], route["GatewayId"][:4]) for route in each["Routes"]) for each in network["route_tables"]],
        [(each["GroupName"], len(each["IpPermissions"]), len(each["IpPermissionsEgress"])) for each in network["security_groups"]],
        [len(each["Entries"]) for each in network["network_acls"]],
        [each["DhcpConfigurations"] for each in network["dhcp_options"]],
        len(network["internet_gateways"]),
    ))


def counted(world, what, call, policy):
    """The rows of a call, for which the IAM policy of that function is enough; prints how long it took and how many API calls it made."""
    world.forget_calls()
    began = time.monotonic()
    rows = call()
    seconds = time.monotonic() - began
    calls = world.calls()
    print(f"{what}: {seconds:.1f} s, {len(calls)} API calls, {sum(each['mutating'] for each in calls)} of them mutating, {len(rows)} rows")
    assert world.denied(policy) == []
    return rows
