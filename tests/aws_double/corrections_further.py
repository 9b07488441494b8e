"""Corrections of moto in services and types beyond the usual: what it does not tell, cannot list, or does not let go."""

import json

from moto.appmesh.dataclasses.shared import Metadata
from moto.applicationautoscaling.models import ServiceNamespaceValueSet
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.config.responses import ConfigResponse
from moto.core.responses import EmptyResult
from moto.core.utils import get_service_model
from moto.ec2.models.transit_gateway import TransitGatewayBackend
from moto.ec2.models.transit_gateway_attachments import TransitGatewayAttachmentBackend
from moto.fsx.models import Backup, FileSystem
from moto.macie2.responses import MacieResponse
from moto.opensearchserverless.responses import OpenSearchServiceServerlessResponse
from moto.ram.models import ResourceAccessManagerBackend
from moto.rds.models import DBInstanceAutomatedBackup
from moto.redshift.models import Snapshot
from moto.route53.models import Route53Backend
from moto.s3vectors.responses import S3VectorsResponse

from .corrections import _replace
from .errors import AWSError


def install() -> None:
    _replace(ApplicationAutoScalingResponse, _validate_params)
    _replace(ResourceAccessManagerBackend, list_permissions)
    for described in (FileSystem, Backup):
        _replace(described, to_dict)
    Metadata.mesh_owner = Metadata.resource_owner = property(lambda self: _account(self.arn), lambda self, _: None)  # moto: the caller's user id
    Snapshot.owner_account = property(lambda self: self.account_id)
    DBInstanceAutomatedBackup.db_instance_automated_backups_arn = property(automated_backups_arn)
    _replace(TransitGatewayAttachmentBackend, describe_transit_gateway_peering_attachments)
    _replace(TransitGatewayBackend, delete_transit_gateway)
    _replace(Route53Backend, list_reusable_delegation_sets)
    OpenSearchServiceServerlessResponse.delete_security_policy = delete_security_policy
    ConfigResponse.list_configuration_recorders = list_configuration_recorders
    _replace(MacieResponse, get_macie_session)
    S3VectorsResponse.delete_vector_bucket = delete_vector_bucket


def _account(arn: str) -> str:
    return arn.split(":")[4]


def list_permissions(own, self, resource_type, permission_type):
    # moto calls the users' own ones LOCAL, and has none.
    return own(self, resource_type, {"CUSTOMER_MANAGED": "LOCAL", "AWS_MANAGED": "AWS"}.get(permission_type, permission_type))


def automated_backups_arn(self):
    return f"arn:aws:rds:{self.backend.region_name}:{self.backend.account_id}:auto-backup:ab-{self.db_instance_identifier}"


def describe_transit_gateway_peering_attachments(own, self, *args, **kwargs):
    # moto lists those of VPCs, too.
    return [each for each in own(self, *args, **kwargs) if each.resource_type == "peering"]


def delete_transit_gateway(own, self, transit_gateway_id):
    # moto keeps its route tables.
    tables = self.transit_gateways_route_tables
    for table in [each for each in tables.values() if each.transit_gateway_id == transit_gateway_id]:
        del tables[table.id]
    return own(self, transit_gateway_id)


def list_reusable_delegation_sets(own, self):
    # moto lists those of zones, too, without an id.
    return [each for each in own(self) if each.id]


def _validate_params(own, self):
    # moto does not know of all services that AWS can scale; they have nothing to scale here.
    moto_knows = {each.value for each in ServiceNamespaceValueSet}
    if self._get_param("ServiceNamespace") not in set(get_service_model("application-autoscaling").shape_for("ServiceNamespace").enum) - moto_knows:
        own(self)


def to_dict(own, self):
    return {**own(self), "OwnerId": _account(self.resource_arn)}


def delete_security_policy(self):
    # moto has the policies but not this call.
    policies, name, kind = self.opensearchserverless_backend.security_policies, self._get_param("name"), self._get_param("type")
    token = next((token for token, each in policies.items() if (each.name, each.type) == (name, kind)), None)
    if token is None:
        raise AWSError("ResourceNotFoundException", f"Policy with name {name} and type {kind} is not found")
    del policies[token]
    return "{}"


def list_configuration_recorders(self):
    recorders = self.config_backend.describe_configuration_recorders(None)
    own = f"arn:aws:config:{self.region}:{self.current_account}:configuration-recorder"
    return json.dumps({"ConfigurationRecorderSummaries": [{"arn": f"{own}/{each['name']}", "name": each["name"], "recordingScope": "PAID"} for each in recorders]})


def get_macie_session(own, self):
    if not self.macie_backend.macie_session:
        raise AWSError("AccessDeniedException", "Macie is not enabled", 403)
    return own(self)


def delete_vector_bucket(self):
    # moto does not look at the ARN.
    name = self._get_param("vectorBucketName") or self._get_param("vectorBucketArn").split("bucket/")[-1]
    self.s3vectors_backend.delete_vector_bucket(vector_bucket_name=name)
    return EmptyResult()
