"""Looking into moto: the backends of one account and region, and who holds on to its subnets and security groups."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from moto.backends import get_backend

# Services whose state moto keeps once per partition.
GLOBAL = {"iam", "route53", "s3", "cloudfront", "sts"}


class Holder(NamedTuple):
    """What keeps a subnet or a security group from being deleted."""

    kind: str
    id: str
    subnets: frozenset[str]
    groups: frozenset[str]


class State:
    """`state.ec2`, `state.rds` …: moto's backend of that name for one account and region."""

    def __init__(self, account_id: str, region: str):
        self.account_id = account_id
        self.region = region

    def __getattr__(self, name: str) -> Any:
        return get_backend(name)[self.account_id]["aws" if name in GLOBAL else self.region]

    def instances(self) -> Iterator:
        for reservation in self.ec2.reservations.values():
            yield from (instance for instance in reservation.instances if instance.state != "terminated")

    def groups(self) -> list:
        return list(itertools.chain.from_iterable(groups.values() for groups in self.ec2.groups.values()))

    def holders(self) -> Iterator[Holder]:
        for instance in self.instances():
            yield _holder("instance", instance.id, [instance.subnet_id], [group.id for group in instance.security_groups])
        for interface in self.ec2.enis.values():
            yield _holder("network interface", interface.id, [interface.subnet.id], [group.id for group in interface.group_set])
        for nat in self.ec2.nat_gateways.values():
            if nat.state != "deleted":
                yield _holder("NAT gateway", nat.id, [nat.subnet_id], [])
        for endpoint in self.ec2.vpc_end_points.values():
            if endpoint.state != "deleted":
                yield _holder("VPC endpoint", endpoint.id, endpoint.subnet_ids, endpoint.security_group_ids)
        for balancer in self.elbv2.load_balancers.values():
            yield _holder("load balancer", balancer.arn, [subnet.id for subnet in balancer.subnets], balancer.security_groups)
        for balancer in self.elb.load_balancers.values():
            yield _holder("classic load balancer", balancer.name, balancer.subnets, balancer.security_groups)
        for database in self.rds.databases.values():
            group = self.db_subnet_group(database)
            subnets = [subnet.id for subnet in group._subnets] if group else []
            yield _holder("database", database.db_instance_identifier, subnets, database.vpc_security_group_ids)
        for service in self.ecs.services.values():
            network = (service.network_configuration or {}).get("awsvpcConfiguration", {})
            if service.status != "INACTIVE":
                yield _holder("ECS service", service.arn, network.get("subnets"), network.get("securityGroups"))
        for function in self.__getattr__("lambda").list_functions(None):
            config = function.vpc_config or {}
            yield _holder("function", function.function_name, config.get("SubnetIds"), config.get("SecurityGroupIds"))

    def db_subnet_group(self, database):
        """The group of an RDS instance or cluster; a cluster's instances are in the cluster's."""
        group = getattr(getattr(database, "cluster", database), "db_subnet_group", None)  # moto: a cluster has its name alone
        return self.rds.subnet_groups.get(group) if isinstance(group, str) else group

    def public_addresses(self, vpc_id: str) -> Iterator[str]:
        """What in the VPC has a public address."""
        for interface in self.ec2.enis.values():
            if interface.subnet.vpc_id == vpc_id and interface.public_ip:
                yield interface.id
        for nat in self.ec2.nat_gateways.values():
            if nat.vpc_id == vpc_id and nat.state != "deleted" and nat.connectivity_type == "public":
                yield nat.id
        for balancer in self.elbv2.load_balancers.values():
            if balancer.vpc_id == vpc_id and balancer.scheme == "internet-facing":
                yield balancer.arn


def _holder(kind: str, id: str, subnets, groups) -> Holder:
    return Holder(kind, id, frozenset(subnets or ()), frozenset(groups or ()))
