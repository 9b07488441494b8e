"""What the CodeDeploy suite leaves: a fleet in the default VPC, what deploys to it, and the user that the suite runs as."""

from .fargate import policy, tagged, tags, trust
from .network import IMAGE

PROJECT = "codedeploy"


def leave(aws, account_id):
    roles = people(aws("iam"))
    fleet(aws("ec2"), aws("autoscaling"))
    delivery(aws, roles, account_id)


def people(iam):
    """The services' roles, the instances' profile, a user with an access key in a group; {service: role ARN}."""
    roles = {
        service: iam.create_role(RoleName=f"suite-{service}", AssumeRolePolicyDocument=trust(service), Tags=tags(PROJECT))["Role"]["Arn"]
        for service in ("codedeploy", "codebuild", "codepipeline", "ec2")
    }
    iam.create_instance_profile(InstanceProfileName="codedeploy-fleet")
    iam.add_role_to_instance_profile(InstanceProfileName="codedeploy-fleet", RoleName="suite-ec2")
    own = iam.create_policy(PolicyName="codedeploy-artifacts", PolicyDocument=policy("s3:GetObject", Resource="*"))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=policy("s3:*", Resource="*"), SetAsDefault=True)
    for service in roles:
        iam.attach_role_policy(RoleName=f"suite-{service}", PolicyArn=own)
    iam.create_user(UserName="codedeploy-ci", Tags=tags(PROJECT))
    iam.create_access_key(UserName="codedeploy-ci")
    iam.attach_user_policy(UserName="codedeploy-ci", PolicyArn=own)
    iam.create_group(GroupName="codedeploy-ci")
    iam.add_user_to_group(GroupName="codedeploy-ci", UserName="codedeploy-ci")
    return roles


def fleet(ec2, autoscaling):
    """Two instances of an Auto Scaling group in the default subnets."""
    subnets = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    group = ec2.create_security_group(
        GroupName="codedeploy-fleet", Description="fleet", VpcId=subnets[0]["VpcId"], TagSpecifications=tagged("security-group", PROJECT, "codedeploy-fleet")
    )["GroupId"]
    ec2.create_launch_template(
        LaunchTemplateName="codedeploy-fleet", TagSpecifications=tagged("launch-template", PROJECT),
        LaunchTemplateData={
            "ImageId": IMAGE, "InstanceType": "t3.micro", "SecurityGroupIds": [group], "IamInstanceProfile": {"Name": "codedeploy-fleet"},
        },
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="codedeploy-fleet", MinSize=1, MaxSize=2, DesiredCapacity=2,
        LaunchTemplate={"LaunchTemplateName": "codedeploy-fleet", "Version": "$Latest"},
        VPCZoneIdentifier=",".join(each["SubnetId"] for each in subnets[:2]),
        Tags=[{"Key": "project", "Value": PROJECT, "PropagateAtLaunch": True}],
    )


def delivery(aws, roles, account_id):
    """A pipeline that builds with CodeBuild and deploys with CodeDeploy."""
    bucket = f"codedeploy-artifacts-{account_id}"
    aws("s3").create_bucket(Bucket=bucket)
    aws("s3").put_object(Bucket=bucket, Key="source.zip", Body=b"the app")
    codedeploy = aws("codedeploy")
    codedeploy.create_application(applicationName="codedeploy-app", computePlatform="Server", tags=tags(PROJECT))
    codedeploy.create_deployment_group(
        applicationName="codedeploy-app", deploymentGroupName="fleet", serviceRoleArn=roles["codedeploy"],
        autoScalingGroups=["codedeploy-fleet"], deploymentConfigName="CodeDeployDefault.OneAtATime",
    )
    aws("codebuild").create_project(
        name="codedeploy-build", source={"type": "S3", "location": f"{bucket}/source.zip"}, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=roles["codebuild"], tags=tags(PROJECT, key="key", value="value"),
    )
    stages = {
        "Source": ("Source", "S3", {"S3Bucket": bucket, "S3ObjectKey": "source.zip"}, [], ["source"]),
        "Build": ("Build", "CodeBuild", {"ProjectName": "codedeploy-build"}, ["source"], ["built"]),
        "Deploy": ("Deploy", "CodeDeploy", {"ApplicationName": "codedeploy-app", "DeploymentGroupName": "fleet"}, ["built"], []),
    }
    aws("codepipeline").create_pipeline(tags=tags(PROJECT, key="key", value="value"), pipeline={
        "name": "codedeploy-pipeline", "roleArn": roles["codepipeline"], "version": 1, "artifactStore": {"type": "S3", "location": bucket},
        "stages": [
            {
                "name": name,
                "actions": [{
                    "name": name, "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
                    "configuration": configuration, "inputArtifacts": [{"name": each} for each in needs],
                    "outputArtifacts": [{"name": each} for each in makes],
                }],
            }
            for name, (category, provider, configuration, needs, makes) in stages.items()
        ],
    })
