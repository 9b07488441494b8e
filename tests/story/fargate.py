"""An app on ECS Fargate as a tutorial sets it up: image, service behind a load balancer, database, and security groups that name each other."""

import json

MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 7023, "digest": "sha256:" + 64 * "a"},
    "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 32654, "digest": "sha256:" + 64 * "b"}],
}


def trust(service):
    """A trust policy: who may assume the role."""
    return policy("sts:AssumeRole", Principal={"Service": f"{service}.amazonaws.com"})


def policy(action, **rest):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **rest}]})


def tags(project, name=None, key="Key", value="Value"):
    """Tags as most services want them."""
    wanted = {"project": project, "environment": "test"} | ({"Name": name} if name else {})
    return [{key: each, value: text} for each, text in wanted.items()]


def tagged(kind, project, name=None):
    """EC2's TagSpecifications."""
    return [{"ResourceType": kind, "Tags": tags(project, name)}]


def deploy(aws, project, port, vpc, subnets, certificate=None):
    """Everything of one app; (its load balancer as elbv2 describes it, its two security groups)."""
    groups = security_groups(aws("ec2"), project, port, vpc)
    execution_role = roles(aws("iam"), project)
    image = push_image(aws("ecr"), project)
    balancer, target_group = load_balancer(aws("elbv2"), project, port, vpc, subnets, groups["app"], certificate)
    database(aws("rds"), project, subnets, groups["db"])
    service(aws("ecs"), aws("logs"), project, port, image, execution_role, target_group, subnets, groups["app"])
    return balancer, groups


def security_groups(ec2, project, port, vpc):
    groups = {
        role: ec2.create_security_group(
            GroupName=f"{project}-{role}", Description=f"{project} {role}", VpcId=vpc,
            TagSpecifications=tagged("security-group", project, f"{project}-{role}"),
        )["GroupId"]
        for role in ("app", "db")
    }
    http = [{"IpProtocol": "tcp", "FromPort": each, "ToPort": each, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} for each in (80, 443, port)]
    metrics = {"IpProtocol": "tcp", "FromPort": 9187, "ToPort": 9187, "UserIdGroupPairs": [{"GroupId": groups["db"]}]}
    postgres = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": groups["app"]}]}
    ec2.authorize_security_group_ingress(GroupId=groups["app"], IpPermissions=[*http, metrics])
    ec2.authorize_security_group_ingress(GroupId=groups["db"], IpPermissions=[postgres])
    return groups


def roles(iam, project):
    arn = iam.create_role(RoleName=f"{project}-execution", AssumeRolePolicyDocument=trust("ecs-tasks"), Tags=tags(project))["Role"]["Arn"]
    secrets = iam.create_policy(PolicyName=f"{project}-secrets", PolicyDocument=policy("secretsmanager:GetSecretValue", Resource="*"))
    iam.attach_role_policy(RoleName=f"{project}-execution", PolicyArn=secrets["Policy"]["Arn"])
    logs = policy("logs:PutLogEvents", Resource="*")
    iam.put_role_policy(RoleName=f"{project}-execution", PolicyName="logs", PolicyDocument=logs)
    return arn


def push_image(ecr, project):
    """An image in a repository of its own; its name."""
    repository = ecr.create_repository(repositoryName=f"{project}-app", tags=tags(project))["repository"]
    ecr.put_image(repositoryName=f"{project}-app", imageManifest=json.dumps(MANIFEST), imageTag="latest")
    rule = {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5}, "action": {"type": "expire"}}
    ecr.put_lifecycle_policy(repositoryName=f"{project}-app", lifecyclePolicyText=json.dumps({"rules": [rule]}))
    return f"{repository['repositoryUri']}:latest"


def load_balancer(elbv2, project, port, vpc, subnets, group, certificate):
    balancer = elbv2.create_load_balancer(Name=f"{project}-lb", Subnets=subnets, SecurityGroups=[group], Tags=tags(project))["LoadBalancers"][0]
    arn = balancer["LoadBalancerArn"]
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}])
    target_group = elbv2.create_target_group(
        Name=f"{project}-app", Protocol="HTTP", Port=port, VpcId=vpc, TargetType="ip", HealthCheckPath="/health", Tags=tags(project)
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": target_group}]
    if certificate:
        elbv2.create_listener(
            LoadBalancerArn=arn, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": certificate}], DefaultActions=forward
        )
    http = elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)["Listeners"][0]["ListenerArn"]
    path = [{"Field": "path-pattern", "Values": ["/api/*"]}]
    elbv2.create_rule(ListenerArn=http, Priority=10, Conditions=path, Actions=forward)
    return balancer, target_group


def database(rds, project, subnets, group):
    rds.create_db_subnet_group(
        DBSubnetGroupName=f"{project}-db", DBSubnetGroupDescription=f"subnets of {project}", SubnetIds=subnets, Tags=tags(project)
    )
    rds.create_db_parameter_group(
        DBParameterGroupName=f"{project}-postgres16", DBParameterGroupFamily="postgres16", Description="slow queries logged", Tags=tags(project)
    )
    rds.create_db_instance(
        DBInstanceIdentifier=f"{project}-db", Engine="postgres", EngineVersion="16.3", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        DBName=project, MasterUsername=project, MasterUserPassword="tutorial-password", DBSubnetGroupName=f"{project}-db",
        DBParameterGroupName=f"{project}-postgres16", VpcSecurityGroupIds=[group], DeletionProtection=True, Tags=tags(project),
    )


def service(ecs, logs, project, port, image, role, target_group, subnets, group):
    logs.create_log_group(logGroupName=f"/ecs/{project}", tags={"project": project})
    ecs.create_cluster(clusterName=project, tags=tags(project, key="key", value="value"))
    for _ in range(3):  # a tutorial is never right the first time
        definition = ecs.register_task_definition(
            family=f"{project}-app", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512", executionRoleArn=role,
            containerDefinitions=[{
                "name": "app", "image": image, "essential": True, "portMappings": [{"containerPort": port}],
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": f"/ecs/{project}", "awslogs-stream-prefix": "app"}},
            }],
        )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(
        cluster=project, serviceName=f"{project}-app", taskDefinition=definition, desiredCount=1, launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": target_group, "containerName": "app", "containerPort": port}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group], "assignPublicIp": "ENABLED"}},
        tags=tags(project, key="key", value="value"),
    )
