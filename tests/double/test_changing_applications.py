"""Load balancers, services, scaling groups, log groups and DNS keep what they are given, and show it and refuse it as AWS does."""

import pytest
from test_refusals import code_of


@pytest.fixture
def balanced(aws):
    """A load balancer in two default subnets and a target group: (ARN, ARN, subnet ids, VPC id)."""
    default = aws("ec2").describe_subnets()["Subnets"]
    subnets, vpc = [each["SubnetId"] for each in default][:2], default[0]["VpcId"]
    balancer = aws("elbv2").create_load_balancer(Name="lb", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    group = aws("elbv2").create_target_group(Name="tg", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
    return balancer, group, subnets, vpc


@pytest.fixture
def listener(aws, balanced):
    balancer, group, _, _ = balanced
    actions = [{"Type": "forward", "TargetGroupArn": group}]
    return aws("elbv2").create_listener(LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=actions)["Listeners"][0]


def test_load_balancers_have_names_of_their_own(aws, balanced):
    assert code_of(aws("elbv2").create_load_balancer, Name="lb", Subnets=balanced[2]) == "DuplicateLoadBalancerName"


def test_addresses_of_a_load_balancer_are_shown(aws, balanced):
    address = aws("ec2").allocate_address(Domain="vpc")["AllocationId"]
    mapping = [{"SubnetId": balanced[2][0], "AllocationId": address}]
    made = aws("elbv2").create_load_balancer(Name="nlb", Type="network", SubnetMappings=mapping)["LoadBalancers"][0]
    [zone] = aws("elbv2").describe_load_balancers(LoadBalancerArns=[made["LoadBalancerArn"]])["LoadBalancers"][0]["AvailabilityZones"]
    assert zone["LoadBalancerAddresses"] == [{"AllocationId": address}]


def test_a_function_has_no_delay_of_deregistration(aws):
    group = aws("elbv2").create_target_group(Name="fn", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    attributes = aws("elbv2").describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
    assert [each["Key"] for each in attributes] == ["lambda.multi_value_headers.enabled"]


def test_a_plain_listener_has_no_policy(aws, listener):
    assert not {"SslPolicy", "AlpnPolicy"} & set(listener)
    changed = aws("elbv2").modify_listener(ListenerArn=listener["ListenerArn"], Port=81, Protocol="HTTP", DefaultActions=listener["DefaultActions"])
    assert changed["Listeners"][0]["Port"] == 81 and "SslPolicy" not in changed["Listeners"][0]
    assert code_of(
        aws("elbv2").modify_listener, ListenerArn=listener["ListenerArn"], Protocol="HTTP", SslPolicy="ELBSecurityPolicy-2016-08",
        DefaultActions=listener["DefaultActions"],
    ) == "ValidationError"


def test_a_port_has_one_listener(aws, balanced, listener):
    elb, actions = aws("elbv2"), listener["DefaultActions"]
    assert code_of(elb.create_listener, LoadBalancerArn=balanced[0], Port=80, Protocol="HTTP", DefaultActions=actions) == "DuplicateListener"
    other = elb.create_listener(LoadBalancerArn=balanced[0], Port=81, Protocol="HTTP", DefaultActions=actions)["Listeners"][0]["ListenerArn"]
    assert code_of(elb.modify_listener, ListenerArn=other, Port=80, DefaultActions=actions) == "DuplicateListener"


def test_what_is_given_in_one_way_is_shown_in_both(aws, balanced, listener):
    elb, group = aws("elbv2"), balanced[1]
    action = {
        "Type": "forward", "TargetGroupArn": group,
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group, "Weight": 1}], "TargetGroupStickinessConfig": {"Enabled": False}},
    }
    assert listener["DefaultActions"] == [action]
    conditions = [{"Field": "path-pattern", "Values": ["/a"]}, {"Field": "host-header", "HostHeaderConfig": {"Values": ["x.org"]}}]
    one_way = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group}]}}
    rule = elb.create_rule(ListenerArn=listener["ListenerArn"], Priority=1, Conditions=conditions, Actions=[one_way])["Rules"][0]
    shown = [
        {"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/a"]}},
        {"Field": "host-header", "Values": ["x.org"], "HostHeaderConfig": {"Values": ["x.org"]}},
    ]
    assert rule["Conditions"] == shown and rule["Actions"] == [action]
    assert code_of(elb.create_rule, ListenerArn=listener["ListenerArn"], Priority=2, Conditions=shown, Actions=[action]) == "ValidationError"
    changed = elb.modify_rule(RuleArn=rule["RuleArn"], Conditions=conditions[:1], Actions=[one_way])["Rules"][0]
    assert changed["Conditions"] == shown[:1]


def test_a_default_rule_is_changed_by_its_listener_alone(aws, listener):
    [rule] = aws("elbv2").describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    assert code_of(aws("elbv2").modify_rule, RuleArn=rule["RuleArn"], Actions=listener["DefaultActions"]) == "OperationNotPermitted"
    assert code_of(aws("elbv2").set_rule_priorities, RulePriorities=[{"RuleArn": rule["RuleArn"], "Priority": 1}]) == "OperationNotPermitted"


@pytest.fixture
def service(aws, balanced):
    """The parameters of a service in a cluster that is there."""
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "nginx", "memory": 128}])
    return {"cluster": "c", "serviceName": "web", "taskDefinition": "web:1", "desiredCount": 1}


def test_a_service_keeps_what_it_is_given(aws, balanced, listener, service):
    ecs = aws("ecs")
    given = {
        "loadBalancers": [{"targetGroupArn": balanced[1], "containerName": "web", "containerPort": 80}], "healthCheckGracePeriodSeconds": 30,
        "enableExecuteCommand": True, "deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50},
        "placementStrategy": [{"type": "random"}],
    }
    connect = {"enabled": True, "namespace": "n"}
    ecs.create_service(**service, **given, serviceConnectConfiguration=connect)
    [found] = ecs.describe_services(cluster="c", services=["web"])["services"]
    assert {name: found[name] for name in given} == given
    assert found["deployments"][0]["serviceConnectConfiguration"] == connect
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "nginx", "memory": 256}])
    ecs.update_service(cluster="c", service="web", taskDefinition="web:2", desiredCount=3, serviceConnectConfiguration={"enabled": False})
    [deployment] = ecs.describe_services(cluster="c", services=["web"])["services"][0]["deployments"]
    assert (deployment["taskDefinition"], deployment["desiredCount"]) == ("web:2", 3)
    assert deployment["serviceConnectConfiguration"] == {"enabled": False}


def test_services_have_names_of_their_own(aws, double, service):
    double.settings(delay=0)
    aws("ecs").create_service(**service)
    assert code_of(aws("ecs").create_service, **service) == "InvalidParameterException"
    aws("ecs").delete_service(cluster="c", service="web", force=True)
    aws("ecs").create_service(**service)


def test_a_service_needs_a_load_balancer_behind_its_target_group(aws, balanced, service):
    given = [{"targetGroupArn": balanced[1], "containerName": "web", "containerPort": 80}]
    assert code_of(aws("ecs").create_service, **service, loadBalancers=given) == "InvalidParameterException"
    assert code_of(aws("ecs").create_service, **service, healthCheckGracePeriodSeconds=0) == "InvalidParameterException"
    aws("ecs").create_service(**service)
    assert code_of(aws("ecs").update_service, cluster="c", service="web", healthCheckGracePeriodSeconds=0) == "InvalidParameterException"


def test_a_cluster_loses_its_namespace(aws):
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="c", serviceConnectDefaults={"namespace": "n"})
    assert ecs.describe_clusters(clusters=["c"])["clusters"][0]["serviceConnectDefaults"] == {"namespace": "n"}
    ecs.update_cluster(cluster="c", serviceConnectDefaults={"namespace": ""})
    assert "serviceConnectDefaults" not in ecs.describe_clusters(clusters=["c"])["clusters"][0]


def test_scaling_names_are_taken_once(aws, balanced):
    scaling = aws("autoscaling")
    launch = {"LaunchConfigurationName": "lc", "ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
    scaling.create_launch_configuration(**launch)
    assert code_of(scaling.create_launch_configuration, **launch) == "AlreadyExists"
    group = {"AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 1, "VPCZoneIdentifier": balanced[2][0], "LaunchConfigurationName": "lc"}
    scaling.create_auto_scaling_group(**group)
    assert code_of(scaling.create_auto_scaling_group, **group) == "AlreadyExists"
    arn = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    provider = {"name": "own", "autoScalingGroupProvider": {"autoScalingGroupArn": arn}}
    aws("ecs").create_capacity_provider(**provider)
    assert code_of(aws("ecs").create_capacity_provider, **provider) == "ClientException"


def test_a_launch_template_is_named_in_one_way(aws, balanced):
    data = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
    template = aws("ec2").create_launch_template(LaunchTemplateName="own", LaunchTemplateData=data)["LaunchTemplate"]
    both = {"LaunchTemplateId": template["LaunchTemplateId"], "LaunchTemplateName": "own", "Version": "1"}
    group = {"AutoScalingGroupName": "g", "MinSize": 0, "MaxSize": 1, "VPCZoneIdentifier": balanced[2][0]}
    assert code_of(aws("autoscaling").create_auto_scaling_group, **group, LaunchTemplate=both) == "ValidationError"


def test_a_log_group_is_encrypted_and_not(aws):
    logs = aws("logs")
    logs.create_log_group(logGroupName="g")
    logs.associate_kms_key(logGroupName="g", kmsKeyId="arn:aws:kms:us-east-1:1:key/k")
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == "arn:aws:kms:us-east-1:1:key/k"
    logs.disassociate_kms_key(logGroupName="g")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    assert code_of(logs.associate_kms_key, logGroupName="none", kmsKeyId="k") == "ResourceNotFoundException"


@pytest.fixture
def zone(aws):
    return aws("route53").create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]["Id"]


def test_a_new_zone_has_its_own_records(aws, zone):
    records = aws("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert [each["Type"] for each in records] == ["NS", "SOA"]
    assert len(records[0]["ResourceRecords"]) == 4 and records[1]["ResourceRecords"][0]["Value"].startswith("ns-")


def test_a_record_set_is_created_once(aws, zone):
    def change(action, **record):
        record = {"Name": "www.example.org", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "1.2.3.4"}], **record}
        return {"HostedZoneId": zone, "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": record}]}}

    dns = aws("route53")
    dns.change_resource_record_sets(**change("CREATE"))
    assert code_of(dns.change_resource_record_sets, **change("CREATE", Name="www.example.org.")) == "InvalidChangeBatch"
    dns.change_resource_record_sets(**change("UPSERT", TTL=70))
    dns.change_resource_record_sets(**change("CREATE", Type="AAAA", ResourceRecords=[{"Value": "::1"}]))


def test_elements_of_a_health_check_are_reset(aws):
    dns = aws("route53")
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "example.org", "ResourcePath": "/x"}
    check = dns.create_health_check(CallerReference="1", HealthCheckConfig=config)["HealthCheck"]["Id"]
    dns.update_health_check(HealthCheckId=check, Port=81, ResetElements=["ResourcePath"])
    found = dns.get_health_check(HealthCheckId=check)["HealthCheck"]
    assert "ResourcePath" not in found["HealthCheckConfig"] and found["HealthCheckConfig"]["Port"] == 81
    assert found["HealthCheckVersion"] == 2


def test_a_capacity_provider_needs_its_group(aws, balanced):
    ecs, autoscaling = aws("ecs"), aws("autoscaling")
    arn = f"arn:aws:autoscaling:us-east-1:{aws('sts').get_caller_identity()['Account']}:autoScalingGroup:none:autoScalingGroupName/g"
    assert code_of(ecs.create_capacity_provider, name="p", autoScalingGroupProvider={"autoScalingGroupArn": arn}) == "ClientException"
    autoscaling.create_launch_configuration(LaunchConfigurationName="c", ImageId=aws("ec2").describe_images()["Images"][0]["ImageId"], InstanceType="t3.micro")
    autoscaling.create_auto_scaling_group(AutoScalingGroupName="g", MinSize=0, MaxSize=1, LaunchConfigurationName="c", VPCZoneIdentifier=balanced[2][0])
    arn = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    made = ecs.create_capacity_provider(name="p", autoScalingGroupProvider={"autoScalingGroupArn": arn})["capacityProvider"]
    assert made["autoScalingGroupProvider"]["autoScalingGroupArn"] == arn


def test_a_deployment_group_names_its_scaling_groups(aws):
    codedeploy = aws("codedeploy")
    codedeploy.create_application(applicationName="a", computePlatform="Server")
    codedeploy.create_deployment_group(applicationName="a", deploymentGroupName="g", serviceRoleArn="arn:aws:iam::123456789012:role/r", autoScalingGroups=["fleet"])
    [group] = codedeploy.batch_get_deployment_groups(applicationName="a", deploymentGroupNames=["g"])["deploymentGroupsInfo"]
    assert [each["name"] for each in group["autoScalingGroups"]] == ["fleet"]
