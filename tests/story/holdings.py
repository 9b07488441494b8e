"""What an account holds, asked of AWS itself: the suites' things, and the network that AWS makes."""

import jmespath

# (service, operation, what of its answer is not AWS's own)
SUITES_THINGS = (
    ("acm", "list_certificates", "CertificateSummaryList[].DomainName"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    ("codebuild", "list_projects", "projects"),
    ("codedeploy", "list_applications", "applications"),
    ("codepipeline", "list_pipelines", "pipelines[].name"),
    ("dynamodb", "list_tables", "TableNames"),
    ("ec2", "describe_addresses", "Addresses[].AllocationId"),
    ("ec2", "describe_instances", "Reservations[].Instances[] | [?State.Name != 'terminated'].InstanceId"),
    ("ec2", "describe_internet_gateways", "InternetGateways[?Tags].InternetGatewayId"),
    ("ec2", "describe_key_pairs", "KeyPairs[].KeyName"),
    ("ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateName"),
    ("ec2", "describe_nat_gateways", "NatGateways[?State != 'deleted'].NatGatewayId"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId"),
    ("ec2", "describe_route_tables", "RouteTables[?!(Associations[?Main])].RouteTableId"),
    ("ec2", "describe_security_groups", "SecurityGroups[?GroupName != 'default'].GroupName"),
    ("ec2", "describe_subnets", "Subnets[?!DefaultForAz].SubnetId"),
    ("ec2", "describe_volumes", "Volumes[].VolumeId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints[].VpcEndpointId"),
    ("ec2", "describe_vpcs", "Vpcs[?!IsDefault].VpcId"),
    ("ecr", "describe_repositories", "repositories[].repositoryName"),
    ("ecs", "list_clusters", "clusterArns"),
    ("ecs", "list_task_definitions", "taskDefinitionArns"),
    ("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupName"),
    ("iam", "list_groups", "Groups[].GroupName"),
    ("iam", "list_instance_profiles", "InstanceProfiles[].InstanceProfileName"),
    ("iam", "list_policies", "Policies[?!starts_with(Arn, 'arn:aws:iam::aws:')].PolicyName"),
    ("iam", "list_roles", "Roles[?!starts_with(Path, '/aws-service-role/')].RoleName"),
    ("iam", "list_users", "Users[].UserName"),
    ("lambda", "list_functions", "Functions[].FunctionName"),
    ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    ("rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier"),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')].DBParameterGroupName"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"),
    ("route53", "list_hosted_zones", "HostedZones[].Name"),
    ("s3", "list_buckets", "Buckets[].Name"),
    ("secretsmanager", "list_secrets", "SecretList[].Name"),
    ("sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    ("sns", "list_topics", "Topics[].TopicArn"),
    ("sqs", "list_queues", "QueueUrls"),
)
NETWORK = ("subnets", "route_tables", "security_groups", "network_acls")


def suites_things(aws, region):
    """{"service operation": what is there} of all kinds of things that the suites leave."""
    return {
        f"{service} {operation}": jmespath.search(path, getattr(aws(service, region), operation)()) or []
        for service, operation, path in SUITES_THINGS
    }


def default_network(aws, region):
    """The region's default VPC with all in it, as EC2 describes it."""
    ec2 = aws("ec2", region)
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
    found = {
        "vpc": vpc,
        "internet_gateways": ec2.describe_internet_gateways(Filters=attached)["InternetGateways"],
        "dhcp_options": ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"],
    }
    for kind in NETWORK:
        answer = getattr(ec2, f"describe_{kind}")(Filters=inside)
        found[kind] = next(value for key, value in answer.items() if key != "ResponseMetadata")
    for subnet in found["subnets"]:
        del subnet["AvailableIpAddressCount"]  # how many are in use is no part of what AWS made
    return found
