"""What builds, deploys and operates: CodeBuild, CodeDeploy, CodePipeline, Systems Manager, Step Functions."""

import json


def codebuild(aws, made):
    codebuild = aws("codebuild")
    codebuild.create_project(
        name="services", source={"type": "S3", "location": f"{made['s3_bucket']}/source.zip"}, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=made["role arn"],
    )
    build = codebuild.start_build(projectName="services")["build"]["id"]
    token = codebuild.import_source_credentials(token="not-so-secret", serverType="GITHUB", authType="PERSONAL_ACCESS_TOKEN")["arn"]
    return {"codebuild_project": "services", "codebuild_build": build, "codebuild_source_credentials": token}


def codedeploy(aws, made):
    """An application with a deployment under way."""
    codedeploy = aws("codedeploy")
    codedeploy.create_application(applicationName="services", computePlatform="Server")
    codedeploy.create_deployment_config(
        deploymentConfigName="services", computePlatform="Server", minimumHealthyHosts={"type": "HOST_COUNT", "value": 1}
    )
    group = codedeploy.create_deployment_group(
        applicationName="services", deploymentGroupName="services", serviceRoleArn=made["role arn"], deploymentConfigName="services",
        autoScalingGroups=[made["autoscaling_auto_scaling_group"]],
    )["deploymentGroupId"]
    codedeploy.create_deployment(
        applicationName="services", deploymentGroupName="services",
        revision={"revisionType": "S3", "s3Location": {"bucket": made["s3_bucket"], "key": "source.zip", "bundleType": "zip"}},
    )
    return {"codedeploy_application": "services", "codedeploy_deployment_config": "services", "codedeploy_deployment_group": group}


def codepipeline(aws, made):
    def stage(name, provider, configuration, **artifacts):
        kind = {"category": name, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": name, "actions": [{"name": name, "actionTypeId": kind, "configuration": configuration, **artifacts}]}

    code = [{"name": "code"}]
    aws("codepipeline").create_pipeline(pipeline={
        "name": "services", "roleArn": made["role arn"], "artifactStore": {"type": "S3", "location": made["s3_bucket"]},
        "stages": [
            stage("Source", "S3", {"S3Bucket": made["s3_bucket"], "S3ObjectKey": "source.zip"}, outputArtifacts=code),
            stage("Build", "CodeBuild", {"ProjectName": made["codebuild_project"]}, inputArtifacts=code),
        ],
    })
    webhook = aws("codepipeline").put_webhook(webhook={
        "name": "services", "targetPipeline": "services", "targetAction": "Source", "filters": [{"jsonPath": "$.ref"}],
        "authentication": "UNAUTHENTICATED", "authenticationConfiguration": {},
    })["webhook"]["arn"]
    return {"codepipeline_pipeline": "services", "codepipeline_webhook": webhook}


def ssm(aws, made):
    ssm = aws("ssm")
    ssm.put_parameter(Name="/services", Value="anything", Type="String")
    content = {"schemaVersion": "2.2", "description": "services", "mainSteps": []}
    ssm.create_document(Name="services", Content=json.dumps(content), DocumentType="Command")
    baseline = ssm.create_patch_baseline(Name="services")["BaselineId"]
    return {"ssm_parameter": "/services", "ssm_document": "services", "ssm_patch_baseline": baseline}


def stepfunctions(aws, made):
    """A state machine with an execution under way."""
    steps = {"StartAt": "wait", "States": {"wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    machine = aws("stepfunctions").create_state_machine(name="services", definition=json.dumps(steps), roleArn=made["role arn"])["stateMachineArn"]
    aws("stepfunctions").start_execution(stateMachineArn=machine)
    return {"stepfunctions_state_machine": machine}


SEEDS = (codebuild, codedeploy, codepipeline, ssm, stepfunctions)
