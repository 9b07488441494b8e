"""Corrections of moto where software is built, deployed, operated and served: updates that it lacks, and settings that it drops."""

import json

from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.athena.models import AthenaBackend
from moto.athena.responses import AthenaResponse
from moto.cloudfront.models import random_id
from moto.cloudfront.responses import CloudFrontResponse
from moto.codebuild.responses import CodeBuildResponse
from moto.codedeploy import responses as codedeploy
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.memorydb.models import MemoryDBBackend
from moto.memorydb.responses import MemoryDBResponse
from moto.ssm.responses import SimpleSystemManagerResponse

from .corrections import _replace
from .errors import AWSError


def install() -> None:
    _replace(CodeBuildResponse, create_project)
    CodeBuildResponse.update_project = update_project
    _replace(codedeploy, _deployment_group_info)
    _replace(codedeploy.CodeDeployResponse, create_deployment_group)
    codedeploy.CodeDeployResponse.update_deployment_group = update_deployment_group
    SimpleSystemManagerResponse.get_patch_baseline = get_patch_baseline
    SimpleSystemManagerResponse.update_patch_baseline = update_patch_baseline
    SimpleSystemManagerResponse.register_default_patch_baseline = register_default_patch_baseline
    AthenaResponse.update_work_group = update_work_group
    AthenaResponse.update_data_catalog = update_data_catalog
    for function in (get_work_group, get_data_catalog):
        _replace(AthenaBackend, function)
    MemoryDBResponse.update_subnet_group = update_subnet_group
    _replace(MemoryDBBackend, create_cluster)
    ApiGatewayV2Response.update_domain_name = update_domain_name
    CloudFrontResponse.update_function = update_function
    CloudFrontResponse.publish_function = publish_function


# Building and deploying


def create_project(own, self):
    answer = own(self)
    _set_project(self, {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480, **json.loads(self.body)})
    return answer


def update_project(self):
    if self._get_param("name") not in self.codebuild_backend.codebuild_projects:
        raise AWSError("ResourceNotFoundException", f"Project cannot be found: {self._get_param('name')}")
    return ActionResult({"project": _set_project(self, json.loads(self.body))})


def _set_project(response, given):
    project = response.codebuild_backend.codebuild_projects[response._get_param("name")]
    described = project.project_metadata
    described |= {name: value for name, value in given.items() if name not in ("name", "serviceRole", "badgeEnabled")}
    if "badgeEnabled" in given:
        described["badge"] = {"badgeEnabled": given["badgeEnabled"]}
    if given.get("serviceRole", "").startswith("arn:"):
        described["serviceRole"] = given["serviceRole"]
    project.tags = described.get("tags")
    return described


def _deployment_group_info(own, group):
    # moto shows no alarms, leaves no setting out, and Auto Scaling groups by their names alone.
    info = own(group) | getattr(group, "kept", {})
    info["autoScalingGroups"] = [{"name": each} for each in group.auto_scaling_groups]
    info["deploymentConfigName"] = group.deployment_config_name or "CodeDeployDefault.OneAtATime"
    return {name: value for name, value in info.items() if value not in (None, {})}


def create_deployment_group(own, self):
    answer = own(self)
    group = self.codedeploy_backend.get_deployment_group(self._get_param("applicationName"), self._get_param("deploymentGroupName"))
    group.kept = {"alarmConfiguration": self._get_param("alarmConfiguration")}
    return answer


def update_deployment_group(self):
    application, name = self._get_param("applicationName"), self._get_param("currentDeploymentGroupName")
    group = self.codedeploy_backend.get_deployment_group(application, name)
    for member, value in json.loads(self.body).items():
        if member == "alarmConfiguration":
            group.kept = {member: value}
        elif member not in ("applicationName", "currentDeploymentGroupName", "newDeploymentGroupName"):
            setattr(group, {"ec2TagFilters": "ec2_tag_filters", "ec2TagSet": "ec2_tag_set"}.get(member, camelcase_to_underscores(member)), value)
    return ActionResult({"hooksNotCleanedUp": []})


# Systems Manager


def get_patch_baseline(self):
    baseline = _baseline(self)
    described = {member: value for member, value in baseline.to_json().items() if value is not None}
    described |= {"GlobalFilters": baseline.global_filters or {"PatchFilters": []}, "ApprovalRules": baseline.approval_rules or {"PatchRules": []}}
    groups = [name for name, group in self.ssm_backend.patch_groups.items() if baseline.id in group.associations.values()]
    named = {"Name": baseline.name, "Description": baseline.description, "PatchGroups": groups}
    return ActionResult({**described, **{member: value for member, value in named.items() if value is not None}})


def update_patch_baseline(self):
    baseline = _baseline(self)
    settings = (
        "GlobalFilters", "ApprovalRules", "ApprovedPatches", "ApprovedPatchesComplianceLevel", "ApprovedPatchesEnableNonSecurity", "RejectedPatches",
        "RejectedPatchesAction", "Description", "Sources",
    )
    given = json.loads(self.body)
    for member in ("Name", *settings):
        if member in given or given.get("Replace") and member != "Name":
            setattr(baseline, camelcase_to_underscores(member), given.get(member))
    return ActionResult({"BaselineId": baseline.id, "Name": baseline.name})


def register_default_patch_baseline(self):
    chosen = _baseline(self)
    for baseline in self.ssm_backend.baselines.values():
        if baseline.operating_system == chosen.operating_system:
            baseline.default_baseline = baseline is chosen
    return ActionResult({"BaselineId": chosen.id})


def _baseline(response):
    wanted = response._get_param("BaselineId")
    if wanted not in response.ssm_backend.baselines:
        raise AWSError("DoesNotExistException", f"Maintenance window {wanted} does not exist")
    return response.ssm_backend.baselines[wanted]


# Athena


def update_work_group(self):
    group = self.athena_backend.work_groups.get(self._get_param("WorkGroup"))
    if group is None:
        raise AWSError("InvalidRequestException", "WorkGroup is not found.")
    group.description = self._get_param("Description", group.description)
    group.state = self._get_param("State", group.state)
    changes = dict(self._get_param("ConfigurationUpdates", {}))
    if changes.pop("RemoveBytesScannedCutoffPerQuery", False):
        group.configuration.pop("BytesScannedCutoffPerQuery", None)
    if results := changes.pop("ResultConfigurationUpdates", None):
        group.configuration["ResultConfiguration"] = {**group.configuration.get("ResultConfiguration", {}), **results}
    group.configuration |= changes
    return "{}"


def update_data_catalog(self):
    catalog = self.athena_backend.data_catalogs.get(self._get_param("Name"))
    if catalog is None:
        raise AWSError("InvalidRequestException", "Data catalog is not found.")
    catalog.type = self._get_param("Type")
    catalog.description = self._get_param("Description", catalog.description)
    catalog.parameters = self._get_param("Parameters", catalog.parameters)
    return "{}"


def get_work_group(own, self, name):
    # moto says that it was created just now, each time.
    found = _there(own(self, name), "WorkGroup is not found.")
    group = self.work_groups[name]
    group.created = getattr(group, "created", found["CreationTime"])
    return {**found, "CreationTime": group.created}


def get_data_catalog(own, self, name):
    return _there(own(self, name), "Data catalog is not found.")


def _there(found, message):
    if found is None:
        raise AWSError("InvalidRequestException", message)
    return {member: value for member, value in found.items() if value is not None}


# MemoryDB


def update_subnet_group(self):
    group = self.memorydb_backend.subnet_groups.get(self._get_param("SubnetGroupName"))
    if group is None:
        raise AWSError("SubnetGroupNotFoundFault", f"Subnet group {self._get_param('SubnetGroupName')} does not exist.", 404)
    group.description = self._get_param("Description", group.description)
    group.subnet_ids = self._get_param("SubnetIds", group.subnet_ids)
    return ActionResult({"SubnetGroup": group.to_dict()})


def create_cluster(own, self, *args, **kwargs):
    # moto fails.
    wanted = kwargs.get("subnet_group_name")
    if wanted and wanted not in self.subnet_groups:
        raise AWSError("SubnetGroupNotFoundFault", f"Subnet group {wanted} does not exist.", 404)
    return own(self, *args, **kwargs)


# Serving


def update_domain_name(self):
    found = self.apigatewayv2_backend.get_domain_name(self.path.split("/")[-1])
    given = json.loads(self.body)
    found.domain_name_configurations = given.get("domainNameConfigurations", found.domain_name_configurations)
    found.mutual_tls_authentication = given.get("mutualTlsAuthentication", found.mutual_tls_authentication)
    return 200, {}, json.dumps(found.to_json())


def update_function(self):
    function = _function(self)
    function.config, function.code, function.etag = self._get_param("FunctionConfig"), self._get_param("FunctionCode"), random_id()
    return ActionResult({"FunctionSummary": function.function_summary, "ETag": function.etag})


def publish_function(self):
    function = _function(self)
    function.status = "UNASSOCIATED"
    return ActionResult({"FunctionSummary": function.function_summary})


def _function(response):
    function = response.backend.describe_function(name=response._get_param("Name"))
    if response._get_param("IfMatch") != function.etag:
        raise AWSError("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.", 400)
    return function
