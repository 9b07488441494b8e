"""Small corrections of moto outside the network: answers that differ from AWS's, or fail. Installed on moto's own classes."""

from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudwatch.responses import CloudWatchResponse
from moto.codedeploy import responses as codedeploy
from moto.config.models import ConfigBackend
from moto.core.responses import ActionResult
from moto.dynamodb.models.table import Table
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import AMIS, Ami, AmiBackend
from moto.ec2.models.instances import Instance
from moto.ec2.responses.elastic_block_store import ElasticBlockStore
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.key_pairs import KeyPairs
from moto.ecs.models import EC2ContainerServiceBackend
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse
from moto.memorydb.models import MemoryDBBackend
from moto.rds.models import RDSBackend

from .errors import AWSError


def install() -> None:
    for backend_class, function in (
        (RDSBackend, describe_option_groups),
        (RDSBackend, describe_blue_green_deployments),
        (EC2ContainerServiceBackend, describe_capacity_providers),
        (EC2ContainerServiceBackend, list_clusters),
        (EC2ContainerServiceBackend, list_services),
        (EC2ContainerServiceBackend, list_tasks),
        (EC2ContainerServiceBackend, run_task),
        (EC2ContainerServiceBackend, stop_task),
        (LogsResponse, create_log_group),
        (LogGroup, to_describe_dict),
        (ConfigBackend, describe_organization_conformance_packs),
        (Table, describe),
        (InstanceResponse, run_instances),
        (ElasticBlockStore, describe_snapshots),
        (Instance, prep_nics),
        (Instance, terminate),
        (KeyPairs, delete_key_pair),
        (MemoryDBBackend, describe_subnet_groups),
        (AutoScalingResponse, create_auto_scaling_group),
        (AutoScalingResponse, update_auto_scaling_group),
    ):
        _replace(backend_class, function)
    AmiBackend._load_amis = load_public_images
    codedeploy.CodeDeployResponse.batch_get_deployment_groups = batch_get_deployment_groups
    codedeploy.CodeDeployResponse.stop_deployment = stop_deployment
    LogsResponse.put_log_group_deletion_protection = put_log_group_deletion_protection
    CloudWatchResponse.put_composite_alarm = CloudWatchResponse.put_metric_alarm  # moto's alarm is of either kind, its API of one
    CloudFormationResponse.update_termination_protection = update_termination_protection


def _replace(owner: type, function) -> None:
    """`function` gets moto's own method before its arguments."""
    own = getattr(owner, function.__name__)
    setattr(owner, function.__name__, lambda *args, **kwargs: function(own, *args, **kwargs))


def load_public_images(self):
    # moto loads some 1,300, which takes 0.4 s, and says that their snapshots are the account's own.
    for described in AMIS:
        image = Ami(self, **{**described, "owner_alias": "amazon"})
        image.ebs_snapshot.owner_id = image.owner_id
        self.amis[image.id] = image


def describe_snapshots(own, self):
    # moto does not look at OwnerIds.
    described = own(self)
    owners = {self.current_account if owner == "self" else owner for owner in self._get_param("OwnerIds", [])}
    snapshots = described.result["Snapshots"]
    described.result["Snapshots"] = [snapshot for snapshot in snapshots if not owners or snapshot.owner_id in owners]
    return described


def describe_option_groups(own, self, wanted):
    # moto needs a name, and finds an account without option groups faulty.
    if not wanted.get("option_group_name") and not self.option_groups:
        return []
    return own(self, wanted if "option_group_name" in wanted else {"option_group_name": None, **wanted})


def describe_blue_green_deployments(own, self, max_records=None, **wanted):
    # moto breaks at the size of a page.
    return own(self, **wanted)


def describe_capacity_providers(own, self, names):
    return own(self, list(self.capacity_providers) if names is None else names)


def describe_organization_conformance_packs(own, self, names):
    return own(self, list(self.organization_conformance_packs) if names is None else names)


def list_clusters(own, self):
    return [cluster.arn for cluster in self.clusters.values() if cluster.status != "INACTIVE"]


def list_services(own, self, *args, **kwargs):
    inactive = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
    return [arn for arn in own(self, *args, **kwargs) if arn not in inactive]


def list_tasks(own, self, cluster=None, container_instance=None, family=None, started_by=None, service=None, desired_status=None):
    # moto takes every task for the service's, and starts none for a service.
    tasks = own(self, cluster, container_instance, family, started_by, None, desired_status)
    return [task for task in tasks if not service or task.group == f"service:{service}"]


def run_task(own, self, *args, **kwargs):
    tasks = own(self, *args, **kwargs)
    for task in tasks:
        for interface in _task_interfaces(self, task):
            interface.requester_managed = True
    return tasks


def stop_task(own, self, *args, **kwargs):
    # moto leaves the task's interface.
    task = own(self, *args, **kwargs)
    for interface in _task_interfaces(self, task):
        del ec2_backends[self.account_id][self.region_name].enis[interface.id]
    return task


def _task_interfaces(backend, task):
    enis = ec2_backends[backend.account_id][backend.region_name].enis
    details = [detail for attachment in task.attachments for detail in attachment["details"]]
    ids = [detail["value"] for detail in details if detail["name"] == "networkInterfaceId"]
    return [enis[id] for id in ids if id in enis]


def describe(own, self, base_key="TableDescription"):
    described = own(self, base_key)
    described[base_key]["TableStatus"] = getattr(self, "passing_status", "ACTIVE")
    return described


def run_instances(own, self):
    # moto drops the protection when it comes with the launch.
    launched = own(self)
    for instance in launched.result.instances:
        instance.disable_api_termination = self._get_bool_param("DisableApiTermination", False)
    return launched


def prep_nics(own, self, *args, **kwargs):
    # moto keeps the interface that a launch makes when the instance ends.
    own(self, *args, **kwargs)
    for interface in self.nics.values():
        if interface.description == "Primary network interface":
            interface.delete_on_termination = True


def delete_key_pair(own, self):
    # moto does not look at KeyPairId.
    pairs, wanted = self.ec2_backend.key_pairs, self._get_param("KeyPairId")
    name = next((name for name, pair in pairs.items() if pair.id == wanted), self._get_param("KeyName"))
    gone = self.ec2_backend.delete_key_pair(name)
    return ActionResult({"Return": True, "KeyPairId": gone.id if gone else None})


def describe_subnet_groups(own, self, *args, **kwargs):
    # moto fails when the subnets of the default group are gone.
    return [group for group in own(self, *args, **kwargs) if group.subnets]


def batch_get_deployment_groups(self):
    # moto has the groups but not this call.
    application, names = self._get_param("applicationName"), self._get_param("deploymentGroupNames")
    groups = [self.codedeploy_backend.get_deployment_group(application, name) for name in names]
    return ActionResult({"deploymentGroupsInfo": [codedeploy._deployment_group_info(group) for group in groups]})


def stop_deployment(self):
    self.codedeploy_backend.get_deployment(self._get_param("deploymentId")).status = "Stopped"
    return ActionResult({"status": "Succeeded"})


def terminate(own, self):
    # moto leaves the instance's interfaces attached to it.
    previous = own(self)
    for interface in list(self.nics.values()):
        if interface.delete_on_termination:
            self.ec2_backend.enis.pop(interface.id, None)
        elif interface.attachment_id:
            self.detach_eni(interface)
    for address in self.ec2_backend.addresses:
        if address.instance is self:
            self.ec2_backend.disassociate_address(association_id=address.association_id)
    return previous


def update_termination_protection(self):
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def create_auto_scaling_group(own, self):
    return _protect_group(self, own(self))


def update_auto_scaling_group(own, self):
    return _protect_group(self, own(self))


def _protect_group(response, answer):
    # moto does not know DeletionProtection.
    group = response.autoscaling_backend.autoscaling_groups[response._get_param("AutoScalingGroupName")]
    group.deletion_protection = response._get_param("DeletionProtection") or getattr(group, "deletion_protection", "none")
    return answer


def create_log_group(own, self):
    created = own(self)
    _protect(self, self._get_param("logGroupName"))
    return created


def put_log_group_deletion_protection(self):
    _protect(self, self._get_param("logGroupIdentifier").split(":log-group:")[-1].removesuffix(":*"))
    return ""


def _protect(response, name):
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise AWSError("ResourceNotFoundException", f"The specified log group {name} does not exist.")
    group.deletion_protection_enabled = bool(response._get_param("deletionProtectionEnabled", False))


def to_describe_dict(own, self):
    return {**own(self), "deletionProtectionEnabled": getattr(self, "deletion_protection_enabled", False)}
