"""A container service behind a load balancer, and its image's repository, through rows: asserted on what AWS holds."""

import json

import pytest

SERVICES = ("ec2", "iam", "logs", "elbv2", "ecs", "ecr")
TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
})
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def containers(image):
    return json.dumps([{
        "name": "web", "image": image, "essential": True, "portMappings": [{"containerPort": 80, "protocol": "tcp"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/scenario/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}},
    }])


TASK = """INSERT INTO ecs_task_definition
    (task_definition_arn, family, network_mode, requires_compatibilities, cpu, memory, execution_role_arn, container_definitions)
    VALUES (%s, 'web', 'awsvpc', '{FARGATE}', '256', '512', (SELECT arn FROM iam_role WHERE role_name = 'web'), %s)"""


def stage_network(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('net', '10.40.0.0/16', 'web')")
    for number, zone in enumerate("ab"):
        editor.sql(
            "INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block, availability_zone) VALUES (%s, 'net', %s, %s)",
            f"subnet-of-{zone}", f"10.40.{number}.0/24", f"us-east-1{zone}",
        )
    editor.sql("INSERT INTO ec2_internet_gateway (internet_gateway_id, vpc_id) VALUES ('door', 'net')")
    editor.sql("INSERT INTO ec2_route_table (route_table_id, vpc_id) VALUES ('ways', 'net')")
    editor.sql("INSERT INTO ec2_route (route_table_id, destination_cidr_block, gateway_id) VALUES ('ways', '0.0.0.0/0', 'door')")
    for zone in "ab":
        editor.sql("INSERT INTO ec2_route_table_association (route_table_id, subnet_id) VALUES ('ways', %s)", f"subnet-of-{zone}")
    editor.sql(
        """INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id)
           VALUES ('outside', 'web-balancer', 'from everywhere', 'net'), ('inside', 'web-tasks', 'from the balancer', 'net')"""
    )
    editor.sql(
        """INSERT INTO ec2_security_group_rule (group_id, is_egress, ip_protocol, from_port, to_port, cidr_ipv4, referenced_group_id)
           VALUES ('outside', false, 'tcp', 80, 80, '0.0.0.0/0', NULL), ('inside', false, 'tcp', 80, 80, NULL, 'outside')"""
    )


def stage_service(editor):
    editor.sql("INSERT INTO iam_role (role_name, assume_role_policy_document, attached_policy_arns) VALUES ('web', %s, ARRAY[%s])", TRUST, EXECUTION)
    editor.sql("INSERT INTO logs_log_group (log_group_name, retention_in_days) VALUES ('/scenario/web', 14)")
    editor.sql(
        """INSERT INTO elbv2_load_balancer (load_balancer_arn, load_balancer_name, type, scheme, subnets, security_groups)
           VALUES ('balancer', 'web', 'application', 'internet-facing', '{subnet-of-a,subnet-of-b}', '{outside}')"""
    )
    editor.sql(
        """INSERT INTO elbv2_target_group (target_group_arn, target_group_name, protocol, port, vpc_id, target_type, health_check_path)
           VALUES ('targets', 'web', 'HTTP', 80, 'net', 'ip', '/health')"""
    )
    editor.sql(
        """INSERT INTO elbv2_listener (load_balancer_arn, port, protocol, default_actions)
           VALUES ('balancer', 80, 'HTTP', '[{"Type": "forward", "TargetGroupArn": "targets"}]')"""
    )
    editor.sql("INSERT INTO ecs_cluster (cluster_name, tags) VALUES ('web', '{\"team\": \"x\"}')")
    editor.sql(TASK, "task", containers("nginx:1"))
    editor.sql(
        """INSERT INTO ecs_service (service_name, cluster_arn, task_definition, desired_count, launch_type, load_balancers, network_configuration)
           VALUES ('web', (SELECT cluster_arn FROM ecs_cluster WHERE cluster_name = 'web'), 'task', 2, 'FARGATE',
                   '[{"targetGroupArn": "targets", "containerName": "web", "containerPort": 80}]',
                   '{"awsvpcConfiguration": {"subnets": ["subnet-of-a", "subnet-of-b"], "securityGroups": ["inside"], "assignPublicIp": "ENABLED"}}')"""
    )


def test_a_service_behind_a_load_balancer(editor):
    stage_service(editor)  # what it needs is staged after it: the order is the plan's matter
    stage_network(editor)
    editor.carry_out()

    ec2, ecs, elbv2 = editor.aws("ec2"), editor.aws("ecs"), editor.aws("elbv2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["web"]}])["Vpcs"]
    subnets = {each["SubnetId"] for each in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]}
    groups = {each["GroupName"]: each["GroupId"] for each in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["SecurityGroups"]}
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    assert {each["SubnetId"] for each in balancer["AvailabilityZones"]} == subnets and balancer["SecurityGroups"] == [groups["web-balancer"]]
    (targets,) = elbv2.describe_target_groups()["TargetGroups"]
    assert (targets["VpcId"], targets["HealthCheckPath"], targets["TargetType"]) == (vpc["VpcId"], "/health", "ip")
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert listener["DefaultActions"][0]["TargetGroupArn"] == targets["TargetGroupArn"]

    def service():
        (found,) = ecs.describe_services(cluster="web", services=["web"])["services"]
        return found

    made = service()
    assert (made["status"], made["desiredCount"], made["launchType"]) == ("ACTIVE", 2, "FARGATE")
    assert made["loadBalancers"] == [{"targetGroupArn": targets["TargetGroupArn"], "containerName": "web", "containerPort": 80}]
    assert set(made["networkConfiguration"]["awsvpcConfiguration"]["subnets"]) == subnets
    assert made["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] == [groups["web-tasks"]]
    task = ecs.describe_task_definition(taskDefinition=made["taskDefinition"])["taskDefinition"]
    assert (task["family"], task["revision"], task["containerDefinitions"][0]["image"]) == ("web", 1, "nginx:1")
    role = editor.aws("iam").get_role(RoleName="web")["Role"]
    assert task["executionRoleArn"] == role["Arn"]
    assert [each["PolicyArn"] for each in editor.aws("iam").list_attached_role_policies(RoleName="web")["AttachedPolicies"]] == [EXECUTION]
    assert editor.aws("logs").describe_log_groups()["logGroups"][0]["retentionInDays"] == 14
    assert ecs.describe_clusters(clusters=["web"], include=["TAGS"])["clusters"][0]["tags"] == [{"key": "team", "value": "x"}]

    editor.sql("UPDATE ecs_service SET desired_count = 3 WHERE service_name = 'web'")
    editor.carry_out()
    assert (service()["desiredCount"], editor.mutating()) == (3, ["UpdateService"])

    # A new revision, and the service on it, at once.
    editor.sql(TASK, "next", containers("nginx:2"))
    editor.sql("UPDATE ecs_service SET task_definition = 'next', desired_count = 1 WHERE service_name = 'web'")
    editor.carry_out()
    task = ecs.describe_task_definition(taskDefinition=service()["taskDefinition"])["taskDefinition"]
    assert (task["revision"], task["containerDefinitions"][0]["image"], service()["desiredCount"]) == (2, "nginx:2", 1)
    assert editor.value("SELECT task_definition FROM ecs_service") == task["taskDefinitionArn"]

    editor.cascade("ec2_vpc", vpc["VpcId"])
    for table, name in (("ecs_cluster", "web"), ("elbv2_target_group", "web"), ("logs_log_group", "/scenario/web"), ("iam_role", "web")):
        editor.sql(f"DELETE FROM {table} WHERE name = %s", name)
    editor.sql("DELETE FROM ecs_service")
    editor.sql("DELETE FROM ecs_task_definition WHERE family = 'web'")
    editor.carry_out()
    assert [each["IsDefault"] for each in ec2.describe_vpcs()["Vpcs"]] == [True]
    assert elbv2.describe_load_balancers()["LoadBalancers"] == elbv2.describe_target_groups()["TargetGroups"] == []
    assert ecs.list_clusters()["clusterArns"] == ecs.list_task_definitions()["taskDefinitionArns"] == []
    assert editor.aws("logs").describe_log_groups()["logGroups"] == []
    assert "web" not in [each["RoleName"] for each in editor.aws("iam").list_roles()["Roles"]]


def test_a_repository_and_its_policy(editor):
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "pull", "Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"]}]}
    editor.sql("INSERT INTO ecr_repository (repository_name, image_tag_mutability) VALUES ('images', 'IMMUTABLE')")
    editor.sql("INSERT INTO ecr_repository_policy (repository_name, policy_text) VALUES ('images', %s)", json.dumps(policy))
    editor.carry_out()
    aws = editor.aws("ecr")
    assert aws.describe_repositories()["repositories"][0]["imageTagMutability"] == "IMMUTABLE"
    assert json.loads(aws.get_repository_policy(repositoryName="images")["policyText"]) == policy

    policy["Statement"][0]["Action"].append("ecr:GetDownloadUrlForLayer")
    editor.sql("UPDATE ecr_repository_policy SET policy_text = %s WHERE repository_name = 'images'", json.dumps(policy))
    editor.sql("UPDATE ecr_repository SET image_tag_mutability = 'MUTABLE', image_scanning_configuration = '{\"scanOnPush\": true}'")
    editor.carry_out()
    assert json.loads(aws.get_repository_policy(repositoryName="images")["policyText"]) == policy
    repository = aws.describe_repositories()["repositories"][0]
    assert (repository["imageTagMutability"], repository["imageScanningConfiguration"]) == ("MUTABLE", {"scanOnPush": True})

    editor.sql("DELETE FROM ecr_repository_policy")
    editor.carry_out()
    with pytest.raises(aws.exceptions.RepositoryPolicyNotFoundException):
        aws.get_repository_policy(repositoryName="images")
    editor.sql("DELETE FROM ecr_repository")
    editor.carry_out()
    assert aws.describe_repositories()["repositories"] == []
