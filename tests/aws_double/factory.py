"""What an AWS account has before anyone uses it. Hooks into the birth of moto's backends, so each account and region
has it from the first call on."""

import json
from collections.abc import Callable

from moto.athena.models import AthenaBackend
from moto.ecs.models import CapacityProvider, EC2ContainerServiceBackend
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, iam_backends
from moto.kms.models import KmsBackend
from moto.macie2.models import MacieBackend
from moto.rds.models import DBParameterGroup, OptionGroup, RDSBackend

from . import corrections, corrections_applications, corrections_data, corrections_delivery, corrections_ec2, corrections_further, corrections_identity, corrections_messages, network

# A handful: all 1,400 cost 0.4 s per account.
MANAGED_POLICIES = (
    "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "AmazonECSTaskExecutionRolePolicy", "AWSCodeDeployRole",
    "AWSLambdaBasicExecutionRole", "AmazonS3ReadOnlyAccess", "AmazonEC2ContainerRegistryReadOnly", "AWSSupportServiceRolePolicy",
    "AWSTrustedAdvisorServiceRolePolicy", "AmazonSSMManagedInstanceCore", "IAMFullAccess",
)
SERVICE_LINKED_ROLES = {
    "AWSServiceRoleForSupport": ("support.amazonaws.com", "AWSSupportServiceRolePolicy"),
    "AWSServiceRoleForTrustedAdvisor": ("trustedadvisor.amazonaws.com", "AWSTrustedAdvisorServiceRolePolicy"),
}
KMS_ALIASES = ("alias/aws/ebs", "alias/aws/rds", "alias/aws/secretsmanager")


def install() -> None:
    network.install()
    corrections.install()
    corrections_applications.install()
    corrections_data.install()
    corrections_ec2.install()
    corrections_identity.install()
    corrections_messages.install()
    corrections_delivery.install()
    corrections_further.install()
    _at_birth(IAMBackend, _dress_iam)
    _at_birth(KmsBackend, _dress_kms)
    _at_birth(AthenaBackend, _dress_athena)
    _at_birth(EC2ContainerServiceBackend, _dress_ecs)
    _at_birth(MacieBackend, lambda backend: setattr(backend, "macie_session", None))  # moto's is on from the beginning
    create_db_instance = RDSBackend.create_db_instance

    def create_and_dress(self, *args, **kwargs):
        database = create_db_instance(self, *args, **kwargs)
        _dress_rds(self, database)
        return database

    RDSBackend.create_db_instance = create_and_dress


def _at_birth(backend_class: type, dress: Callable) -> None:
    born = backend_class.__init__

    def born_and_dressed(self, *args, **kwargs):
        born(self, *args, **kwargs)
        dress(self)

    backend_class.__init__ = born_and_dressed


def _trust(principal: dict) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _create_role(backend: IAMBackend, name: str, trust: str, path: str = "/", policy: str | None = None, **more):
    role = backend.create_role(
        role_name=name, assume_role_policy_document=trust, path=path, permissions_boundary=None,
        description="", tags=[], max_session_duration="3600", **more,
    )
    if policy:
        managed = next(found for found in backend.managed_policies.values() if found.name == policy)
        managed.attach_to(role)


def _dress_iam(backend: IAMBackend) -> None:
    if backend.region_name != "aws":
        return
    known = json.loads(aws_managed_policies_data) if not _POLICIES else _POLICIES
    _POLICIES.update({name: known[name] for name in MANAGED_POLICIES})
    backend.aws_managed_policies = [
        AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data) for name, data in _POLICIES.items()
    ]
    backend.managed_policies.update({policy.arn: policy for policy in backend.aws_managed_policies})
    for name, (service, policy) in SERVICE_LINKED_ROLES.items():
        path = f"/aws-service-role/{service}/"
        _create_role(backend, name, _trust({"Service": service}), path, policy, linked_service=service)


_POLICIES: dict[str, dict] = {}


def _dress_kms(backend: KmsBackend) -> None:
    for alias in KMS_ALIASES:
        key = backend.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", f"Default key for {alias[10:]}", None)
        key.key_manager = "AWS"
        backend.create_alias(key.id, alias)


def _dress_athena(backend: AthenaBackend) -> None:
    if "AwsDataCatalog" not in backend.data_catalogs:
        backend.create_data_catalog(name="AwsDataCatalog", catalog_type="GLUE", description="", parameters={}, tags=[])


def _dress_ecs(backend: EC2ContainerServiceBackend) -> None:
    for name in ("FARGATE", "FARGATE_SPOT"):
        provider = CapacityProvider(backend.account_id, backend.region_name, name, {}, [])
        backend.capacity_providers[name] = provider


def _dress_rds(backend: RDSBackend, database) -> None:
    """The default groups that AWS makes when the first instance of an engine version is made."""
    parts = database.engine_version.split(".")
    single = "postgres" in database.engine and int(parts[0]) > 9  # PostgreSQL's major version has one part since 10
    major = parts[0] if single else ".".join(parts[:2])
    family, name = database.default_db_parameter_group_details()
    if name not in backend.db_parameter_groups:
        description = f"Default parameter group for {family}"
        backend.db_parameter_groups[name] = DBParameterGroup(backend, name, description, family)
    name = f"default:{database.engine}-{major.replace('.', '-')}"
    if database.option_group_name.startswith("default:"):
        database.option_group_name = name  # moto takes two parts of every engine's
    if name not in backend.option_groups:
        description = f"Default option group for {database.engine} {major}"
        backend.option_groups[name] = OptionGroup(backend, name, database.engine, major, description)


def _organization_role(backend: IAMBackend) -> None:
    trust = _trust({"AWS": "arn:aws:iam::999999999999:root"})
    _create_role(backend, "OrganizationAccountAccessRole", trust, policy="AdministratorAccess")


def _sso_role(backend: IAMBackend) -> None:
    provider = f"arn:aws:iam::{backend.account_id}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    path = "/aws-reserved/sso.amazonaws.com/"
    name = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
    _create_role(backend, name, _trust({"Federated": provider}), path, "AdministratorAccess")


def _operator_role(backend: IAMBackend) -> None:
    _create_role(backend, "tabula-rasa", _trust({"AWS": "arn:aws:iam::123456789012:root"}), policy="AdministratorAccess")


# Things that some accounts have, put there by an administrator or by another AWS service.
ON_REQUEST: dict[str, Callable[[IAMBackend], None]] = {
    "OrganizationAccountAccessRole": _organization_role,
    "AWSReservedSSO": _sso_role,
    "tabula-rasa": _operator_role,
}


def provide(account_id: str, name: str) -> None:
    if name not in ON_REQUEST:
        raise ValueError(f"unknown {name!r}; known are {sorted(ON_REQUEST)}")
    ON_REQUEST[name](iam_backends[account_id]["aws"])
