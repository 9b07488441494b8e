"""Corrections of moto's IAM: what it does not tell of policies, and updates that it lacks."""

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.models import IAMBackend, ManagedPolicy, User
from moto.iam.responses import IamResponse

from .corrections import _replace
from .errors import AWSError


def install() -> None:
    ManagedPolicy.policy_name = property(lambda self: self.name)  # GetAccountAuthorizationDetails tells neither
    ManagedPolicy.policy_id = property(lambda self: self.id)
    User.permissions_boundary = property(permissions_boundary)
    _replace(IamResponse, create_user)
    IamResponse.put_user_permissions_boundary = put_user_permissions_boundary
    IamResponse.delete_user_permissions_boundary = delete_user_permissions_boundary
    IamResponse.add_client_id_to_open_id_connect_provider = add_client_id
    IamResponse.remove_client_id_from_open_id_connect_provider = remove_client_id
    IamResponse.update_server_certificate = update_server_certificate
    for function in (update_group, create_service_linked_role):
        _replace(IAMBackend, function)


def permissions_boundary(user):
    arn = getattr(user, "permissions_boundary_arn", None)
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None


def create_user(own, self):
    # moto drops the boundary.
    created = own(self)
    self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = self._get_param("PermissionsBoundary")
    return created


def put_user_permissions_boundary(self):
    boundary = self._get_param("PermissionsBoundary")
    self.backend.get_policy(boundary)
    self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = boundary
    return EmptyResult()


def delete_user_permissions_boundary(self):
    user = self.backend.get_user(self._get_param("UserName"))
    if not permissions_boundary(user):
        raise AWSError("NoSuchEntity", f"The user with name {user.name} has no permissions boundary.", 404)
    user.permissions_boundary_arn = None
    return EmptyResult()


def add_client_id(self):
    clients = _provider(self).client_id_list
    if self._get_param("ClientID") not in clients:
        clients.append(self._get_param("ClientID"))
    return EmptyResult()


def remove_client_id(self):
    provider = _provider(self)
    provider.client_id_list = [each for each in provider.client_id_list if each != self._get_param("ClientID")]
    return EmptyResult()


def _provider(response):
    return response.backend.get_open_id_connect_provider(response._get_param("OpenIDConnectProviderArn"))


def update_server_certificate(self):
    certificate = self.backend.get_server_certificate(self._get_param("ServerCertificateName"))
    certificate.path = self._get_param("NewPath") or certificate.path
    if name := self._get_param("NewServerCertificateName"):
        self.backend.certificates[name] = self.backend.certificates.pop(certificate.cert_name)
        certificate.cert_name = name
    return ActionResult({})


def update_group(own, self, group_name, new_group_name, new_path):
    # moto changes a path only along with a name.
    group = self.get_group(group_name)
    group.path = new_path or group.path
    return own(self, group_name, new_group_name, new_path)


def create_service_linked_role(own, self, service_name, description, suffix):
    # moto makes it again, and lists the service where AWS says it alone.
    taken = next((role for role in self.roles.values() if role.path == f"/aws-service-role/{service_name}/" and (not suffix or role.name.endswith(f"_{suffix}"))), None)
    if taken:
        raise AWSError("InvalidInput", f"Service role name {taken.name} has been taken in this account, please try a different suffix.", 400)
    role = own(self, service_name, description, suffix)
    role.assume_role_policy_document = role.assume_role_policy_document.replace(f'["{service_name}"]', f'"{service_name}"')
    return role
