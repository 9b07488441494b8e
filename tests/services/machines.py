"""What computes: instances and their disks, scaling groups, load balancers, containers, functions."""

import io
import json
import zipfile

from story.fargate import MANIFEST
from story.network import IMAGE


def instance(aws, made):
    """An instance that is protected from being stopped and terminated, with a volume, and what was made from both."""
    ec2 = aws("ec2")
    key = ec2.create_key_pair(KeyName="services")["KeyPairId"]
    ec2.create_placement_group(GroupName="services", Strategy="cluster")
    launched = ec2.run_instances(
        ImageId=IMAGE, InstanceType="c5.large", MinCount=1, MaxCount=1, SubnetId=made["ec2_subnet"], SecurityGroupIds=[made["ec2_security_group"]],
        KeyName="services", IamInstanceProfile={"Name": made["iam_instance_profile"]}, Placement={"GroupName": "services"},
    )["Instances"][0]
    own = launched["InstanceId"]
    ec2.modify_instance_attribute(InstanceId=own, DisableApiTermination={"Value": True})
    ec2.modify_instance_attribute(InstanceId=own, DisableApiStop={"Value": True})
    volume = ec2.create_volume(AvailabilityZone=launched["Placement"]["AvailabilityZone"], Size=8)["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=own, Device="/dev/sdf")
    snapshot = ec2.create_snapshot(VolumeId=volume, Description="services")["SnapshotId"]
    image = ec2.create_image(InstanceId=own, Name="services")["ImageId"]
    spot = ec2.request_spot_instances(
        InstanceCount=1, LaunchSpecification={"ImageId": IMAGE, "InstanceType": "t3.micro", "SubnetId": made["ec2_subnet"], "KeyName": "services"}
    )["SpotInstanceRequests"][0]["SpotInstanceRequestId"]
    return {
        "ec2_key_pair": key, "ec2_placement_group": "services", "ec2_instance": own, "ec2_volume": volume, "ec2_snapshot": snapshot,
        "ec2_image": image, "ec2_spot_instance_request": spot,
    }


def autoscaling(aws, made):
    """Two groups, one by launch template and one by launch configuration."""
    autoscaling, subnets = aws("autoscaling"), made["ec2_subnet"]
    template = aws("ec2").create_launch_template(LaunchTemplateName="services", LaunchTemplateData={
        "ImageId": IMAGE, "InstanceType": "t3.micro", "KeyName": "services", "SecurityGroupIds": [made["ec2_security_group"]],
    })["LaunchTemplate"]["LaunchTemplateId"]
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="services", ImageId=IMAGE, InstanceType="t3.micro", KeyName="services", SecurityGroups=[made["ec2_security_group"]]
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="services", MinSize=1, MaxSize=1, VPCZoneIdentifier=subnets,
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"}, NewInstancesProtectedFromScaleIn=True,
        DeletionProtection="prevent-all-deletion",
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="services-old", MinSize=1, MaxSize=1, VPCZoneIdentifier=subnets, LaunchConfigurationName="services"
    )
    return {"ec2_launch_template": template, "autoscaling_launch_configuration": "services", "autoscaling_auto_scaling_group": "services"}


def elb(aws, made):
    aws("elb").create_load_balancer(
        LoadBalancerName="services", Subnets=[made["ec2_subnet"]], SecurityGroups=[made["ec2_security_group"]],
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
    )
    aws("elb").register_instances_with_load_balancer(LoadBalancerName="services", Instances=[{"InstanceId": made["ec2_instance"]}])
    return {"elb_load_balancer": "services"}


def elbv2(aws, made):
    """A load balancer that is protected from deletion, with a certificate and a rule."""
    elbv2 = aws("elbv2")
    balancer = elbv2.create_load_balancer(
        Name="services", Subnets=[made["ec2_subnet"], made["another subnet"]], SecurityGroups=[made["ec2_security_group"]]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}])
    group = elbv2.create_target_group(Name="services", Protocol="HTTP", Port=80, VpcId=made["ec2_vpc"])["TargetGroups"][0]["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": made["ec2_instance"], "Port": 80}])
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": made["acm_certificate"]}], DefaultActions=forward
    )["Listeners"][0]["ListenerArn"]
    path = [{"Field": "path-pattern", "Values": ["/api/*"]}]
    rule = elbv2.create_rule(ListenerArn=listener, Priority=10, Conditions=path, Actions=forward)["Rules"][0]["RuleArn"]
    return {
        "elbv2_load_balancer": balancer, "elbv2_target_group": group, "elbv2_target": f"{group}|{made['ec2_instance']}|80",
        "elbv2_listener": listener, "elbv2_rule": rule,
    }


def ecr(aws, made):
    ecr = aws("ecr")
    repository = ecr.create_repository(repositoryName="services")["repository"]
    image = ecr.put_image(repositoryName="services", imageManifest=json.dumps(MANIFEST), imageTag="latest")["image"]["imageId"]["imageDigest"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "ecr:GetDownloadUrlForLayer"}]}
    ecr.set_repository_policy(repositoryName="services", policyText=json.dumps(allowed))
    aws("ecr-public").create_repository(repositoryName="services-public")
    return {
        "ecr_repository": "services", "ecr_image": f"services@{image}", "ecr_repository_policy": "services",
        "ecr_public_repository": "services-public", "image uri": f"{repository['repositoryUri']}:latest",
    }


def ecs(aws, made):
    """A cluster with capacity of its own, a service, and a task that nobody's service runs."""
    ecs = aws("ecs")
    group = aws("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["services"])["AutoScalingGroups"][0]["AutoScalingGroupARN"]
    ecs.create_capacity_provider(name="services", autoScalingGroupProvider={"autoScalingGroupArn": group})
    ecs.create_cluster(clusterName="services", capacityProviders=["services"])
    definition = ecs.register_task_definition(
        family="services", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512", executionRoleArn=made["role arn"],
        containerDefinitions=[{"name": "app", "image": made["image uri"], "memory": 512, "essential": True, "portMappings": [{"containerPort": 80}]}],
    )["taskDefinition"]["taskDefinitionArn"]
    network = {"awsvpcConfiguration": {"subnets": [made["ec2_subnet"]], "securityGroups": [made["ec2_security_group"]]}}
    target = aws("elbv2").create_target_group(Name="services-ip", Protocol="HTTP", Port=80, VpcId=made["ec2_vpc"], TargetType="ip")["TargetGroups"][0]
    aws("elbv2").create_listener(
        LoadBalancerArn=made["elbv2_load_balancer"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target["TargetGroupArn"]}],
    )
    ecs.create_service(
        cluster="services", serviceName="services", taskDefinition=definition, desiredCount=1, launchType="FARGATE", networkConfiguration=network,
        loadBalancers=[{"targetGroupArn": target["TargetGroupArn"], "containerName": "app", "containerPort": 80}],
    )
    task = ecs.run_task(cluster="services", taskDefinition=definition, launchType="FARGATE", networkConfiguration=network)["tasks"][0]["taskArn"]
    return {
        "ecs_capacity_provider": "services", "ecs_cluster": "services", "ecs_task_definition": definition, "ecs_service": "services", "ecs_task": task,
    }


def efs(aws, made):
    system = aws("efs").create_file_system(CreationToken="services")["FileSystemId"]
    target = aws("efs").create_mount_target(FileSystemId=system, SubnetId=made["ec2_subnet"], SecurityGroups=[made["ec2_security_group"]])
    return {"efs_file_system": system, "efs_mount_target": target["MountTargetId"]}


def functions(aws, made):
    """A function inside the VPC that a queue feeds, with a layer."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", "def handler(event, context): pass")
    code, lambda_ = {"ZipFile": archive.getvalue()}, aws("lambda")
    layer = lambda_.publish_layer_version(LayerName="services", Content=code)["LayerVersionArn"]
    lambda_.create_function(
        FunctionName="services", Runtime="python3.12", Role=made["role arn"], Handler="index.handler", Code=code, Layers=[layer],
        VpcConfig={"SubnetIds": [made["ec2_subnet"]], "SecurityGroupIds": [made["ec2_security_group"]]},
    )
    mapping = lambda_.create_event_source_mapping(FunctionName="services", EventSourceArn=made["queue arn"])["UUID"]
    return {"lambda_function": "services", "lambda_layer_version": layer, "lambda_event_source_mapping": mapping}


SEEDS = (instance, autoscaling, elb, elbv2, ecr, ecs, efs, functions)
