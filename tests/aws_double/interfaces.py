"""The network interfaces that AWS's services make for what they run in a VPC. moto has those of instances, NAT gateways and endpoints.

They show up with the load balancer or function, are AWS's to remove, and outlive what they were made for (see `slow`).
"""

from moto.ec2.utils import random_public_ip

from .state import State

# operation -> what it makes, the type of its interfaces, and what their description begins with
MAKERS = {
    ("elbv2", "CreateLoadBalancer"): ("load balancer", "interface", "ELB "),
    ("lambda", "CreateFunction"): ("function", "lambda", "AWS Lambda VPC ENI-"),
}


def watch(call, state: State):
    """Call the result after moto has made the thing."""
    if (call.service, call.name) not in MAKERS:
        return lambda: None
    kind, interface_type, description = MAKERS[call.service, call.name]
    before = {holder.id for holder in state.holders() if holder.kind == kind}

    def show() -> None:
        for holder in [holder for holder in state.holders() if holder.kind == kind and holder.id not in before]:
            for subnet in sorted(holder.subnets):
                name = holder.id.split(":loadbalancer/")[-1]
                interface = state.ec2.create_network_interface(subnet, None, group_ids=sorted(holder.groups), description=f"{description}{name}")
                interface.requester_managed, interface.interface_type, interface.status = True, interface_type, "in-use"
                interface.held_by = (kind, holder.id)
                if kind == "load balancer" and state.elbv2.load_balancers[holder.id].scheme == "internet-facing":
                    interface.public_ip = random_public_ip()

    return show


def held_by(state: State, kind: str, id: str) -> list:
    return [interface for interface in state.ec2.enis.values() if getattr(interface, "held_by", None) == (kind, id)]
