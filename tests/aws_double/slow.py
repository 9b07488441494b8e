"""Deletions that take a while. A thing being deleted stays visible in its passing state and still holds what it holds;
`settle` carries out what is due. Nothing runs by itself: the next call that arrives settles first.
"""

import itertools
import time
from collections.abc import Callable

from werkzeug.wrappers import Response

from .call import Call
from .errors import AWSError
from .interfaces import held_by
from .state import State

Before = Callable[["Slow", Call, State], Response]
Watcher = Callable[["Slow", Call, State], Callable[[], None]]


class Slow:
    """`delay`: seconds that a deletion takes. `repeat` sends a call to moto."""

    def __init__(self, repeat: Callable[[Call], Response], delay: float):
        self.delay = delay
        self._repeat = repeat
        self._pending: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()

    def settle(self) -> None:
        """Carry out, in order, what is due."""
        now = time.monotonic()
        due = sorted(item for item in self._pending if item[0] <= now)
        self._pending = [item for item in self._pending if item[0] > now]
        for _, _, finish in due:
            finish()

    def later(self, finish: Callable[[], None]) -> None:
        self._pending.append((time.monotonic() + self.delay, next(self._number), finish))

    def repeat_later(self, call: Call) -> None:
        self.later(lambda: self._repeat(call))

    def forget(self) -> None:
        self._pending.clear()

    def take(self, call: Call, state: State) -> Response | None:
        """Answer the call here, or None to let moto answer it."""
        begin = INSTEAD.get((call.service, call.name))
        return begin(self, call, state) if begin else None

    def watch(self, call: Call, state: State) -> Callable[[], None]:
        """Note what a call to moto is about to remove; call the result after moto has answered well."""
        watcher = GHOSTS.get((call.service, call.name))
        return watcher(self, call, state) if watcher else lambda: None


# Calls that moto would carry out at once: they are answered here and moto gets them later.


def terminate_instances(slow: Slow, call: Call, state: State) -> Response:
    known = {instance.id: instance for reservation in state.ec2.reservations.values() for instance in reservation.instances}
    unknown = [id for id in call.params["InstanceIds"] if id not in known]
    if unknown:
        raise AWSError("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(unknown)}' do not exist")
    changes = []
    for instance in (known[id] for id in call.params["InstanceIds"]):
        change = {"InstanceId": instance.id, "PreviousState": {"Code": instance.state_code, "Name": instance.state}}
        if instance.state != "terminated":
            instance._state.name, instance._state.code = "shutting-down", 32
        changes.append({**change, "CurrentState": {"Code": instance.state_code, "Name": instance.state}})
    slow.repeat_later(call)
    return call.answer({"TerminatingInstances": changes})


def delete_vpc_endpoints(slow: Slow, call: Call, state: State) -> Response:
    endpoints, unsuccessful = state.ec2.vpc_end_points, []
    for id in call.params["VpcEndpointIds"]:
        endpoint = endpoints.get(id)
        if endpoint is None or endpoint.state == "deleted":
            error = {"Code": "InvalidVpcEndpointId.NotFound", "Message": f"The VpcEndpoint Id '{id}' does not exist"}
            unsuccessful.append({"ResourceId": id, "Error": error})
        else:
            endpoint.state = "deleting"

    def finish() -> None:
        for id in call.params["VpcEndpointIds"]:
            endpoint = endpoints.pop(id, None)
            for interface in endpoint.network_interface_ids if endpoint else ():
                state.ec2.enis.pop(interface, None)
            for table in state.ec2.route_tables.values():
                for route in [route for route in table.routes if getattr(route.gateway, "id", None) == id]:
                    del table._routes[route.id]

    slow.later(finish)
    return call.answer({"Unsuccessful": unsuccessful})


def delete_auto_scaling_group(slow: Slow, call: Call, state: State) -> Response:
    name = call.params["AutoScalingGroupName"]
    group = state.autoscaling.autoscaling_groups.get(name)
    if group is None:
        raise AWSError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    if getattr(group, "status", None):
        raise AWSError("ScalingActivityInProgress", f"AutoScalingGroup '{name}' is being deleted")
    group.status = "Delete in progress"
    for state_ in group.instance_states:
        state_.protected_from_scale_in = False  # moto would keep it
        state_.instance._state.name, state_.instance._state.code = "shutting-down", 32
    slow.repeat_later(call)
    return call.answer({})


INSTEAD: dict[tuple[str, str], Before] = {
    ("ec2", "TerminateInstances"): terminate_instances,
    ("ec2", "DeleteVpcEndpoints"): delete_vpc_endpoints,
    ("autoscaling", "DeleteAutoScalingGroup"): delete_auto_scaling_group,
}


# Calls that moto carries out, after which the thing is put back, or kept in a passing state, until it is due.


def ghost(backend: str, collection: str, parameter: str, attribute: str | None, passing: str = "deleting") -> Watcher:
    """The thing named by `parameter` stays in moto's `collection`, its `attribute` saying `passing`, for the delay."""

    def watcher(slow: Slow, call: Call, state: State) -> Callable[[], None]:
        things = getattr(getattr(state, backend), collection)
        name = str(call.params.get(parameter)).split("/")[-1]
        thing = things.get(name)

        def keep() -> None:
            if thing is not None:
                things[name] = thing
                if attribute:
                    setattr(thing, attribute, passing)
                slow.later(lambda: things.pop(name, None))

        return keep

    return watcher


def delete_nat_gateway(slow: Slow, call: Call, state: State) -> Callable[[], None]:
    nat = state.ec2.nat_gateways.get(call.params["NatGatewayId"])
    if nat is None or nat.state in ("deleting", "deleted"):
        raise AWSError("NatGatewayNotFound", f"NatGateway {call.params['NatGatewayId']} was not found")

    def finish() -> None:
        nat.state = "deleted"
        for address in state.ec2.addresses:
            if address.eni is nat._eni:
                state.ec2.disassociate_address(association_id=address.association_id)
        state.ec2.enis.pop(nat._eni.id, None)

    def keep() -> None:
        nat.state = "deleting"
        slow.later(finish)

    return keep


def delete_service(slow: Slow, call: Call, state: State) -> Callable[[], None]:
    cluster = call.params.get("cluster", "default").split("/")[-1]
    service = state.ecs.services.get(f"{cluster}:{call.params['service'].split('/')[-1]}")

    def keep() -> None:
        service.status = "DRAINING"
        slow.later(lambda: setattr(service, "status", "INACTIVE"))

    return keep if service else lambda: None


def delete_load_balancer(slow: Slow, call: Call, state: State) -> Callable[[], None]:
    return _linger(slow, call, state, "load balancer", call.params["LoadBalancerArn"])


def delete_function(slow: Slow, call: Call, state: State) -> Callable[[], None]:
    return _linger(slow, call, state, "function", call.params["FunctionName"].split(":")[-1])


def update_distribution(slow: Slow, call: Call, state: State) -> Callable[[], None]:
    """What a distribution is to be spreads for a while."""
    distribution = state.cloudfront.distributions.get(call.params["Id"])

    def settle() -> None:
        distribution.status = "Deployed"

    def keep() -> None:
        distribution.status, distribution._transitions = "InProgress", []
        slow.later(settle)

    return keep if distribution else lambda: None


def delete_distribution(slow: Slow, call: Call, state: State) -> Callable[[], None]:
    distribution = state.cloudfront.distributions.get(call.params["Id"])
    if distribution and (str(distribution.Enabled).lower() == "true" or distribution.status == "InProgress"):
        raise AWSError("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.", 409)
    return lambda: None


def _linger(slow: Slow, call: Call, state: State, kind: str, id: str) -> Callable[[], None]:
    """Its network interfaces outlive it."""

    def forget() -> None:
        for interface in held_by(state, kind, id):
            del state.ec2.enis[interface.id]

    return lambda: slow.later(forget)


GHOSTS: dict[tuple[str, str], Watcher] = {
    ("ec2", "DeleteNatGateway"): delete_nat_gateway,
    ("cloudfront", "UpdateDistribution"): update_distribution,
    ("cloudfront", "DeleteDistribution"): delete_distribution,
    ("ecs", "DeleteService"): delete_service,
    ("elbv2", "DeleteLoadBalancer"): delete_load_balancer,
    ("lambda", "DeleteFunction"): delete_function,
    ("rds", "DeleteDBInstance"): ghost("rds", "databases", "DBInstanceIdentifier", "status"),
    ("rds", "DeleteDBCluster"): ghost("rds", "clusters", "DBClusterIdentifier", "status"),
    ("dynamodb", "DeleteTable"): ghost("dynamodb", "tables", "TableName", "passing_status", "DELETING"),
    ("elasticache", "DeleteCacheCluster"): ghost("elasticache", "cache_clusters", "CacheClusterId", "cache_cluster_status"),
    ("elasticache", "DeleteUser"): ghost("elasticache", "users", "UserId", "status"),
    ("elasticache", "DeleteReplicationGroup"): ghost("elasticache", "replication_groups", "ReplicationGroupId", "status"),
    ("memorydb", "DeleteCluster"): ghost("memorydb", "clusters", "ClusterName", "status"),
    ("redshift", "DeleteCluster"): ghost("redshift", "clusters", "ClusterIdentifier", "status"),
    ("eks", "DeleteCluster"): ghost("eks", "clusters", "name", "status", "DELETING"),
    ("kinesis", "DeleteStream"): ghost("kinesis", "streams", "StreamName", "status", "DELETING"),
}
