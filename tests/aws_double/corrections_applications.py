"""Corrections of moto where applications run: load balancers, containers, log groups, DNS. What is created or changed is kept and shown as AWS does."""

from botocore import xform_name
from moto.core.responses import ActionResult, EmptyResult
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import AvailabilityZone, ELBv2Backend, FakeAction, FakeLoadBalancer
from moto.logs.responses import LogsResponse
from moto.route53.models import Route53Backend
from moto.route53.responses import Route53

from .corrections import _replace
from .errors import AWSError


def install() -> None:
    for owner, function in (
        (FakeAction, __init__),
        (ELBv2Backend, create_load_balancer),
        (ELBv2Backend, create_listener),
        (ELBv2Backend, modify_listener),
        (ELBv2Backend, create_target_group),
        (ELBv2Backend, create_rule),
        (ELBv2Backend, modify_rule),
        (EC2ContainerServiceBackend, update_cluster),
        (EC2ContainerServiceBackend, update_service),
        (EC2ContainerServiceResponse, create_service),
        (Route53Backend, create_hosted_zone),
        (Route53, update_health_check),
    ):
        _replace(owner, function)
    FakeLoadBalancer.availability_zones = property(availability_zones)
    LogsResponse.associate_kms_key = associate_kms_key
    LogsResponse.disassociate_kms_key = disassociate_kms_key


# Load balancers


def __init__(own, self, data):
    # AWS shows a target group that is forwarded to in both ways, whichever was given.
    forward = data.get("Type") == "forward"
    groups = (data.get("ForwardConfig") or {}).get("TargetGroups", [])
    if forward and "TargetGroupArn" in data and not groups:
        data["ForwardConfig"] = {"TargetGroups": [{"TargetGroupArn": data["TargetGroupArn"], "Weight": 1}]}
    elif forward and len(groups) == 1:
        data["TargetGroupArn"] = groups[0]["TargetGroupArn"]
    own(self, data)


def create_load_balancer(own, self, *args, **kwargs):
    balancer = own(self, *args, **kwargs)
    balancer.addresses = {each["SubnetId"]: each["AllocationId"] for each in kwargs.get("subnet_mappings") or [] if "AllocationId" in each}
    return balancer


def availability_zones(self):
    # moto forgets the addresses that were given.
    zones = [AvailabilityZone(subnet) for subnet in self.subnets]
    for zone in zones:
        if zone.subnet_id in getattr(self, "addresses", {}):
            zone.load_balancer_addresses = [{"AllocationId": self.addresses[zone.subnet_id]}]
    return zones


def create_listener(own, self, *args, **kwargs):
    return _plain(own(self, *args, **kwargs))


def modify_listener(own, self, *args, **kwargs):
    return _plain(own(self, *args, **kwargs))


def _plain(listener):
    # moto says of every listener what AWS says of an encrypted one.
    if listener.protocol not in ("HTTPS", "TLS"):
        listener.ssl_policy = listener.alpn_policy = None
    return listener


def create_target_group(own, self, *args, **kwargs):
    group = own(self, *args, **kwargs)
    if group.target_type == "lambda":
        group.attributes = {"lambda.multi_value_headers.enabled": "false"}
    return group


def create_rule(own, self, *args, **kwargs):
    return _shown_twice(own(self, *args, **kwargs))


def modify_rule(own, self, *args, **kwargs):
    return _shown_twice(own(self, *args, **kwargs))


def _shown_twice(rule):
    # AWS shows the values of these two kinds of condition in both ways, whichever was given.
    for condition in rule.conditions:
        config = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}.get(condition.get("Field"))
        if config:
            values = condition.get("Values") or condition.get(config, {}).get("Values", [])
            condition.update({"Values": values, config: {"Values": values}})
    return rule


# Containers


def update_cluster(own, self, *args, **kwargs):
    cluster = own(self, *args, **kwargs)
    if cluster.service_connect_defaults and not cluster.service_connect_defaults.get("namespace"):
        cluster.service_connect_defaults = None
    return cluster


KEPT = (
    "capacityProviderStrategy", "deploymentConfiguration", "enableECSManagedTags", "enableExecuteCommand", "healthCheckGracePeriodSeconds",
    "placementConstraints", "placementStrategy", "availabilityZoneRebalancing",
)
DEPLOYED = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")


def create_service(own, self):
    answer = own(self)
    backend = self.ecs_backend
    service = backend._get_service(self._get_param("cluster", "default"), self._get_param("serviceName"))
    for name in KEPT:
        if self._get_param(name) is not None:
            setattr(service, xform_name(name), self._get_param(name))
    for deployment in service.deployments:
        deployment.update({name: self._get_param(name) for name in DEPLOYED if self._get_param(name) is not None})
    return answer


def update_service(own, self, properties):
    deployed = {name: properties[xform_name(name)] for name in DEPLOYED if properties.get(xform_name(name)) is not None}
    service = own(self, properties)
    for deployment in service.deployments[:1]:
        deployment.update(taskDefinition=service.task_definition, desiredCount=service.desired_count, **deployed)
    return service


# Log groups


def associate_kms_key(self):
    _log_group(self).kms_key_id = self._get_param("kmsKeyId")
    return EmptyResult()


def disassociate_kms_key(self):
    _log_group(self).kms_key_id = None
    return EmptyResult()


def _log_group(response):
    name = response._get_param("logGroupName")
    if name not in response.logs_backend.groups:
        raise AWSError("ResourceNotFoundException", f"The specified log group {name} does not exist.")
    return response.logs_backend.groups[name]


# DNS


def create_hosted_zone(own, self, *args, **kwargs):
    # moto shows the SOA record's value as Python writes it.
    zone = own(self, *args, **kwargs)
    for record in zone.rrsets:
        record.records = [each["Value"] if isinstance(each, dict) else each for each in record.records]
    return zone


def update_health_check(own, self):
    answer = own(self)
    check = self.backend.get_health_check(self._get_param("HealthCheckId"))
    attributes = {"ResourcePath": "resource_path", "FullyQualifiedDomainName": "fqdn", "Regions": "regions", "ChildHealthChecks": "children"}
    for element in self._get_param("ResetElements", []):
        setattr(check, attributes[element], None)
    check.health_check_version += 1
    return ActionResult({"HealthCheck": check}) if answer else answer
