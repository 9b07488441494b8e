"""Corrections of moto in services beyond the usual: what it cannot list, or does not let go."""

from moto.opensearchserverless.responses import OpenSearchServiceServerlessResponse
from moto.ram.models import ResourceAccessManagerBackend

from .corrections import _replace
from .errors import AWSError


def install() -> None:
    _replace(ResourceAccessManagerBackend, list_permissions)
    OpenSearchServiceServerlessResponse.delete_security_policy = delete_security_policy


def list_permissions(own, self, resource_type, permission_type):
    # moto calls the users' own ones LOCAL, and has none.
    return own(self, resource_type, {"CUSTOMER_MANAGED": "LOCAL", "AWS_MANAGED": "AWS"}.get(permission_type, permission_type))


def delete_security_policy(self):
    # moto has the policies but not this call.
    policies, name, kind = self.opensearchserverless_backend.security_policies, self._get_param("name"), self._get_param("type")
    token = next((token for token, each in policies.items() if (each.name, each.type) == (name, kind)), None)
    if token is None:
        raise AWSError("ResourceNotFoundException", f"Policy with name {name} and type {kind} is not found")
    del policies[token]
    return "{}"
