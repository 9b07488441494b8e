"""Corrections of moto where data is kept: databases, caches, file systems. Updates that moto lacks or loses."""

import json

from moto.core.responses import ActionResult
from moto.efs import urls as efs_urls
from moto.efs.models import FileSystem
from moto.efs.responses import EFSResponse
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from .corrections import _replace
from .errors import AWSError


def install() -> None:
    _replace(RDSBackend, modify_db_instance)
    _replace(RDSBackend, modify_db_subnet_group)
    _replace(RDSBackend, delete_db_cluster)
    RDSResponse.reset_db_parameter_group = reset_db_parameter_group
    RDSResponse.reset_db_cluster_parameter_group = reset_db_cluster_parameter_group
    EFSResponse.update_file_system = update_file_system
    EFSResponse.update_file_system_protection = update_file_system_protection
    _replace(FileSystem, info_json)
    efs_urls.url_paths["/2015-02-01/file-systems/<file_system_id>/protection"] = efs_urls.response.dispatch
    _replace(ElastiCacheBackend, create_cache_cluster)
    _replace(ElastiCacheBackend, create_replication_group)
    ElastiCacheResponse.modify_cache_cluster = modify_cache_cluster
    ElastiCacheResponse.modify_cache_subnet_group = modify_cache_subnet_group
    ElastiCacheResponse.modify_user = modify_user


# Databases


def modify_db_instance(own, self, identifier, changes):
    # moto does not look at DBPortNumber.
    database = own(self, identifier, changes)
    database.port = changes.get("db_port_number") or database.port
    return database


def modify_db_subnet_group(own, self, subnet_name, *args, **kwargs):
    # moto forgets the group that it changes.
    if subnet_name not in self.subnet_groups:
        raise AWSError("DBSubnetGroupNotFoundFault", f"Subnet Group {subnet_name} not found.", 404)
    self.subnet_groups[subnet_name] = group = own(self, subnet_name, *args, **kwargs)
    return group


def delete_db_cluster(own, self, *args, **kwargs):
    # moto keeps the automated snapshots, which AWS removes unless told not to; one made within the same minute stands in a new cluster's way.
    cluster = own(self, *args, **kwargs)
    for name, snapshot in list(self.cluster_snapshots.items()):
        if snapshot.snapshot_type == "automated" and snapshot.cluster.db_cluster_identifier == cluster.db_cluster_identifier:
            del self.cluster_snapshots[name]
    return cluster


def reset_db_parameter_group(self):
    return _reset(self, "DBParameterGroupName", self.backend.db_parameter_groups)


def reset_db_cluster_parameter_group(self):
    return _reset(self, "DBClusterParameterGroupName", self.backend.db_cluster_parameter_groups)


def _reset(response, member, groups):
    name = response.params.get(member)
    if name not in groups:
        raise AWSError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}", 404)
    if response.params.get("ResetAllParameters"):
        groups[name].parameters.clear()
    for parameter in response.params.get("Parameters", []):
        groups[name].parameters.pop(parameter.original_dict()["ParameterName"], None)
    return ActionResult({member: name})


# File systems


def update_file_system(self):
    system = _file_system(self)
    system.throughput_mode = self._get_param("ThroughputMode") or system.throughput_mode
    provisioned = self._get_param("ProvisionedThroughputInMibps") or system.provisioned_throughput_in_mibps
    system.provisioned_throughput_in_mibps = provisioned if system.throughput_mode == "provisioned" else None
    return json.dumps(system.info_json()), {"status": 202, "Content-Type": "application/json"}


def update_file_system_protection(self):
    system = _file_system(self)
    system.protection = {"ReplicationOverwriteProtection": self._get_param("ReplicationOverwriteProtection")}
    return json.dumps(system.protection), {"status": 200, "Content-Type": "application/json"}


def info_json(own, self):
    return {**own(self), "FileSystemProtection": getattr(self, "protection", {"ReplicationOverwriteProtection": "ENABLED"})}


def _file_system(response):
    wanted = response._get_param("FileSystemId")
    systems = response.efs_backend.file_systems_by_id
    if wanted not in systems:
        raise AWSError("FileSystemNotFound", f"File system '{wanted}' does not exist.", 404)
    return systems[wanted]


# Caches


def create_cache_cluster(own, self, *args, **kwargs):
    # moto keeps the groups but does not show them.
    cluster = own(self, *args, **kwargs)
    _show_groups(cluster, cluster.security_group_ids, cluster.cache_parameter_group_name)
    return cluster


def _show_groups(cluster, security_groups, parameter_group):
    cluster.security_groups = [{"SecurityGroupId": each, "Status": "active"} for each in security_groups or []]
    cluster.cache_parameter_group = {"CacheParameterGroupName": parameter_group, "ParameterApplyStatus": "in-sync"} if parameter_group else None


def create_replication_group(own, self, *args, **kwargs):
    # moto counts the replicas of a group that is not sharded by the parameter for sharded ones alone.
    if not kwargs.get("num_node_groups") and not kwargs.get("replicas_per_node_group"):
        kwargs["replicas_per_node_group"] = (kwargs.get("num_cache_clusters") or 1) - 1
    return own(self, *args, **kwargs)


def modify_cache_cluster(self):
    wanted = self._get_param("CacheClusterId")
    cluster = self.elasticache_backend.cache_clusters.get(wanted)
    if cluster is None:
        raise AWSError("CacheClusterNotFound", f"CacheCluster {wanted} not found.", 404)
    for attribute, member in (
        ("cache_node_type", "CacheNodeType"), ("num_cache_nodes", "NumCacheNodes"), ("engine_version", "EngineVersion"),
        ("preferred_maintenance_window", "PreferredMaintenanceWindow"), ("snapshot_window", "SnapshotWindow"),
        ("snapshot_retention_limit", "SnapshotRetentionLimit"), ("cache_parameter_group_name", "CacheParameterGroupName"),
        ("security_group_ids", "SecurityGroupIds"),
    ):
        value = self._get_param(member)
        if value not in (None, []):
            setattr(cluster, attribute, value)
    _show_groups(cluster, cluster.security_group_ids, cluster.cache_parameter_group_name)
    return ActionResult({"CacheCluster": cluster})


def modify_cache_subnet_group(self):
    wanted = self._get_param("CacheSubnetGroupName")
    group = self.elasticache_backend.cache_subnet_groups.get(wanted)
    if group is None:
        raise AWSError("CacheSubnetGroupNotFoundFault", f"CacheSubnetGroup {wanted} not found.", 400)
    description = self._get_param("CacheSubnetGroupDescription") or group.cache_subnet_group_description
    subnets = self._get_param("SubnetIds") or group.subnet_ids
    changed = CacheSubnetGroup(self.current_account, self.region, wanted, description, subnets, tags=None)
    self.elasticache_backend.cache_subnet_groups[wanted] = changed
    return ActionResult({"CacheSubnetGroup": changed})


def modify_user(self):
    wanted = self._get_param("UserId")
    user = self.elasticache_backend.users.get(wanted)
    if user is None:
        raise AWSError("UserNotFound", f"User {wanted} not found.", 404)
    user.access_string = self._get_param("AccessString") or user.access_string
    if self._get_param("NoPasswordRequired") is not None:
        user.no_password_required = self._get_param("NoPasswordRequired")
    user.passwords = self._get_param("Passwords") or user.passwords
    return ActionResult(user)
