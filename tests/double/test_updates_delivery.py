"""Creates and updates of functions, builds, deployments and the rest: what was given is kept, and shown."""

import io
import json
import time
import zipfile

from test_refusals import code_of


# Functions


def code(text="a"):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("main.py", text)
    return written.getvalue()


def test_function(aws, role):
    functions = aws("lambda")
    made = functions.create_function(
        FunctionName="f", Runtime="python3.12", Role=role.replace("role/r", "role/r"), Handler="main.a", Code={"ZipFile": code()}, Description="before",
        Environment={"Variables": {"A": "1"}}, Layers=[],
    )
    functions.update_function_configuration(
        FunctionName="f", Handler="main.b", Description="", Timeout=30, MemorySize=256, Environment={"Variables": {"B": "2"}},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:1:q"}, TracingConfig={"Mode": "Active"}, EphemeralStorage={"Size": 1024},
    )
    functions.update_function_code(FunctionName="f", ZipFile=code("b"))
    found = functions.get_function_configuration(FunctionName="f")
    assert (found["Handler"], found["Description"], found["Timeout"], found["MemorySize"]) == ("main.b", "", 30, 256)
    assert found["Environment"]["Variables"] == {"B": "2"} and found["TracingConfig"] == {"Mode": "Active"} and found["EphemeralStorage"] == {"Size": 1024}
    assert found["DeadLetterConfig"] == {"TargetArn": "arn:aws:sqs:us-east-1:1:q"}
    assert found["CodeSha256"] != made["CodeSha256"]
    assert code_of(functions.create_function, FunctionName="f", Runtime="python3.12", Role=role, Handler="main.a", Code={"ZipFile": code()}) == "ResourceConflictException"
    queue = aws("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=made["FunctionArn"], BatchSize=5)["UUID"]
    functions.update_event_source_mapping(UUID=mapping, Enabled=False, BatchSize=7)
    found = functions.get_event_source_mapping(UUID=mapping)
    assert (found["State"], found["BatchSize"]) == ("Disabled", 7)


def test_state_machine(aws, role):
    steps = aws("stepfunctions")
    definition = {"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}}
    arn = steps.create_state_machine(name="m", definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    definition["Comment"] = "after"
    steps.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
    steps.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": True})
    found = steps.describe_state_machine(stateMachineArn=arn)
    assert json.loads(found["definition"]) == definition and found["tracingConfiguration"] == {"enabled": True} and found["roleArn"] == role
    assert code_of(steps.create_state_machine, name="m", definition="{}", roleArn=role) == "StateMachineAlreadyExists"


# Building and deploying


def test_project(aws, role):
    build = aws("codebuild")
    environment = {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"}
    build.create_project(
        name="project", source={"type": "GITHUB", "location": "https://github.com/a/b"}, artifacts={"type": "NO_ARTIFACTS"}, environment=environment,
        serviceRole=role, badgeEnabled=True, concurrentBuildLimit=2,
    )
    [found] = build.batch_get_projects(names=["project"])["projects"]
    assert (found["timeoutInMinutes"], found["queuedTimeoutInMinutes"], found["concurrentBuildLimit"]) == (60, 480, 2)
    assert found["badge"]["badgeEnabled"]
    build.update_project(name="project", description="after", environment={**environment, "image": "other"}, badgeEnabled=False, tags=[{"key": "a", "value": "b"}])
    [found] = build.batch_get_projects(names=["project"])["projects"]
    assert (found["description"], found["environment"]["image"], found["badge"]["badgeEnabled"]) == ("after", "other", False)
    assert found["tags"] == [{"key": "a", "value": "b"}] and found["source"]["type"] == "GITHUB"
    assert code_of(build.update_project, name="not-there") == "ResourceNotFoundException"


def test_deployment_group(aws, role):
    deploy = aws("codedeploy")
    deploy.create_application(applicationName="app", computePlatform="Server")
    deploy.create_deployment_group(applicationName="app", deploymentGroupName="group", serviceRoleArn=role, autoScalingGroups=["asg"])
    deploy.update_deployment_group(
        applicationName="app", currentDeploymentGroupName="group", deploymentConfigName="CodeDeployDefault.AllAtOnce", autoScalingGroups=["asg", "other"],
        alarmConfiguration={"enabled": True, "alarms": [{"name": "a"}]},
    )
    found = deploy.get_deployment_group(applicationName="app", deploymentGroupName="group")["deploymentGroupInfo"]
    assert found["deploymentConfigName"] == "CodeDeployDefault.AllAtOnce" and found["serviceRoleArn"] == role
    assert [each["name"] for each in found["autoScalingGroups"]] == ["asg", "other"]
    assert found["alarmConfiguration"] == {"enabled": True, "alarms": [{"name": "a"}]}
    assert code_of(deploy.create_deployment_group, applicationName="app", deploymentGroupName="group", serviceRoleArn=role) == "DeploymentGroupAlreadyExistsException"


def test_pipeline(aws):
    pipeline = aws("codepipeline")
    webhook = {
        "name": "hook", "targetPipeline": "p", "targetAction": "a", "filters": [{"jsonPath": "$.ref"}], "authentication": "UNAUTHENTICATED",
        "authenticationConfiguration": {},
    }
    first = pipeline.put_webhook(webhook=webhook)["webhook"]["arn"]
    assert pipeline.put_webhook(webhook={**webhook, "targetAction": "b"})["webhook"]["arn"] == first
    [found] = pipeline.list_webhooks()["webhooks"]
    assert found["definition"]["targetAction"] == "b"


# Systems Manager


def test_parameter_and_document(aws):
    ssm = aws("ssm")
    ssm.put_parameter(Name="/p", Value="before", Type="String", Description="before")
    assert code_of(ssm.put_parameter, Name="/p", Value="x", Type="String") == "ParameterAlreadyExists"
    ssm.put_parameter(Name="/p", Value="after", Type="String", Description="after", Overwrite=True)
    assert ssm.get_parameter(Name="/p")["Parameter"]["Value"] == "after"
    assert ssm.describe_parameters()["Parameters"][0]["Description"] == "after"
    content = {"schemaVersion": "2.2", "description": "before", "mainSteps": []}
    ssm.create_document(Name="own-document", Content=json.dumps(content), DocumentType="Command")
    content["description"] = "after"
    version = ssm.update_document(Name="own-document", Content=json.dumps(content), DocumentVersion="$LATEST")["DocumentDescription"]["DocumentVersion"]
    ssm.update_document_default_version(Name="own-document", DocumentVersion=version)
    assert json.loads(ssm.get_document(Name="own-document")["Content"]) == content


def test_patch_baseline(aws):
    ssm = aws("ssm")
    rules = {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["Security"]}]}, "ApproveAfterDays": 7}]}
    baseline = ssm.create_patch_baseline(Name="before", OperatingSystem="DEBIAN", ApprovalRules=rules, ApprovedPatches=["a"])["BaselineId"]
    found = ssm.get_patch_baseline(BaselineId=baseline)
    assert (found["Name"], found["OperatingSystem"], found["ApprovalRules"], found["ApprovedPatches"]) == ("before", "DEBIAN", rules, ["a"])
    ssm.update_patch_baseline(BaselineId=baseline, Name="after", ApprovedPatches=["b"])
    ssm.register_patch_baseline_for_patch_group(BaselineId=baseline, PatchGroup="g")
    found = ssm.get_patch_baseline(BaselineId=baseline)
    assert (found["Name"], found["ApprovalRules"], found["ApprovedPatches"], found["PatchGroups"]) == ("after", rules, ["b"], ["g"])
    ssm.update_patch_baseline(BaselineId=baseline, Name="after", Replace=True)
    assert not ssm.get_patch_baseline(BaselineId=baseline).get("ApprovedPatches")
    ssm.register_default_patch_baseline(BaselineId=baseline)
    own = ssm.describe_patch_baselines(Filters=[{"Key": "OWNER", "Values": ["Self"]}])["BaselineIdentities"]
    assert [each["DefaultBaseline"] for each in own if each["BaselineId"] == baseline] == [True]
    assert code_of(ssm.get_patch_baseline, BaselineId="pb-0123456789abcdef0") == "DoesNotExistException"


# Everything else


def test_athena(aws):
    athena = aws("athena")
    athena.create_work_group(Name="w", Configuration={"ResultConfiguration": {"OutputLocation": "s3://before/"}, "BytesScannedCutoffPerQuery": 10000000})
    athena.update_work_group(WorkGroup="w", Description="after", State="DISABLED", ConfigurationUpdates={
        "ResultConfigurationUpdates": {"OutputLocation": "s3://after/"}, "RemoveBytesScannedCutoffPerQuery": True, "PublishCloudWatchMetricsEnabled": True,
    })
    found = athena.get_work_group(WorkGroup="w")["WorkGroup"]
    assert (found["Description"], found["State"]) == ("after", "DISABLED")
    assert found["Configuration"]["ResultConfiguration"]["OutputLocation"] == "s3://after/" and found["Configuration"]["PublishCloudWatchMetricsEnabled"]
    assert "BytesScannedCutoffPerQuery" not in found["Configuration"]
    athena.create_data_catalog(Name="c", Type="GLUE", Description="before", Parameters={"catalog-id": "1"})
    athena.update_data_catalog(Name="c", Type="GLUE", Description="after", Parameters={"catalog-id": "2"})
    found = athena.get_data_catalog(Name="c")["DataCatalog"]
    assert (found["Description"], found["Parameters"]) == ("after", {"catalog-id": "2"})


def test_memorydb(aws):
    ec2, memorydb = aws("ec2"), aws("memorydb")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2)]
    memorydb.create_subnet_group(SubnetGroupName="g", SubnetIds=subnets[:1], Description="before")
    memorydb.update_subnet_group(SubnetGroupName="g", SubnetIds=subnets[1:], Description="after")
    [found] = memorydb.describe_subnet_groups(SubnetGroupName="g")["SubnetGroups"]
    assert (found["Description"], [each["Identifier"] for each in found["Subnets"]]) == ("after", subnets[1:])
    assert code_of(memorydb.create_cluster, ClusterName="c", NodeType="db.t4g.small", ACLName="open-access", SubnetGroupName="not-there") == "SubnetGroupNotFoundFault"
    memorydb.create_acl(ACLName="a", UserNames=["default"])
    memorydb.update_acl(ACLName="a", UserNamesToAdd=["one"], UserNamesToRemove=["default"])
    assert memorydb.describe_acls(ACLName="a")["ACLs"][0]["UserNames"] == ["one"]


def test_gateways(aws):
    gateway, http = aws("apigateway"), aws("apigatewayv2")
    api = gateway.create_rest_api(name="before")["id"]
    gateway.update_rest_api(restApiId=api, patchOperations=[
        {"op": "replace", "path": "/name", "value": "after"}, {"op": "replace", "path": "/description", "value": "after"},
        {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}, {"op": "replace", "path": "/apiKeySource", "value": "AUTHORIZER"},
    ])
    found = gateway.get_rest_api(restApiId=api)
    assert (found["name"], found["description"], found["disableExecuteApiEndpoint"], found["apiKeySource"]) == ("after", "after", True, "AUTHORIZER")
    plan = gateway.create_usage_plan(name="before")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    gateway.create_deployment(restApiId=api, stageName="test")
    gateway.update_usage_plan(usagePlanId=plan, patchOperations=[{"op": "replace", "path": "/name", "value": "after"}])
    gateway.update_usage_plan(usagePlanId=plan, patchOperations=[{"op": "add", "path": "/apiStages", "value": f"{api}:test"}])
    found = gateway.get_usage_plan(usagePlanId=plan)
    assert (found["name"], found["apiStages"]) == ("after", [{"apiId": api, "stage": "test"}])
    gateway.update_usage_plan(usagePlanId=plan, patchOperations=[{"op": "remove", "path": "/apiStages", "value": f"{api}:test"}])
    assert gateway.get_usage_plan(usagePlanId=plan)["apiStages"] == []
    key = gateway.create_api_key(name="before", enabled=True)["id"]
    gateway.update_api_key(apiKey=key, patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}, {"op": "replace", "path": "/name", "value": "after"}])
    found = gateway.get_api_key(apiKey=key)
    assert (found["name"], found["enabled"]) == ("after", False)

    api = http.create_api(Name="before", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["*"]})["ApiId"]
    http.update_api(ApiId=api, Name="after", Description="after")
    http.delete_cors_configuration(ApiId=api)
    found = http.get_api(ApiId=api)
    assert (found["Name"], found["Description"], found.get("CorsConfiguration")) == ("after", "after", None)
    http.create_domain_name(DomainName="a.test", DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/a"}])
    http.update_domain_name(DomainName="a.test", DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/b"}])
    assert http.get_domain_name(DomainName="a.test")["DomainNameConfigurations"][0]["CertificateArn"].endswith("/b")


def test_cloudfront(aws):
    front = aws("cloudfront")
    config = {"Comment": "before", "Runtime": "cloudfront-js-2.0"}
    made = front.create_function(Name="f", FunctionConfig=config, FunctionCode=b"before")
    changed = front.update_function(Name="f", FunctionConfig={**config, "Comment": "after"}, FunctionCode=b"after", IfMatch=made["ETag"])
    assert changed["ETag"] != made["ETag"]
    assert code_of(front.update_function, Name="f", FunctionConfig=config, FunctionCode=b"x", IfMatch=made["ETag"]) in ("InvalidIfMatchVersion", "PreconditionFailed")
    front.publish_function(Name="f", IfMatch=changed["ETag"])
    found = front.describe_function(Name="f", Stage="DEVELOPMENT")
    assert found["FunctionSummary"]["FunctionConfig"]["Comment"] == "after"
    made = front.create_cache_policy(CachePolicyConfig={"Name": "p", "MinTTL": 0})
    changed = front.update_cache_policy(Id=made["CachePolicy"]["Id"], IfMatch=made["ETag"], CachePolicyConfig={"Name": "p", "MinTTL": 60})
    found = front.get_cache_policy(Id=made["CachePolicy"]["Id"])
    assert found["CachePolicy"]["CachePolicyConfig"]["MinTTL"] == 60 and found["ETag"] != made["ETag"]


def test_stack(aws):
    stacks = aws("cloudformation")
    template = {"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}}, "Parameters": {"Name": {"Type": "String"}}}
    stack = stacks.create_stack(StackName="s", TemplateBody=json.dumps(template), Parameters=[{"ParameterKey": "Name", "ParameterValue": "before"}])["StackId"]
    stacks.update_stack(StackName=stack, UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Name", "ParameterValue": "after"}], Tags=[{"Key": "a", "Value": "b"}])
    until = time.monotonic() + 10
    while (found := stacks.describe_stacks(StackName=stack)["Stacks"][0])["StackStatus"] != "UPDATE_COMPLETE" and time.monotonic() < until:
        time.sleep(0.1)
    assert found["Parameters"][0]["ParameterValue"] == "after" and found["Tags"] == [{"Key": "a", "Value": "b"}]
