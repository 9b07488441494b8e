"""What AWS refuses and moto lets pass. A rule looks at a call before moto does and raises the AWSError that AWS answers.

Rules are in `refusals_network` and `refusals_ec2` (EC2: deleting; creating and changing), `refusals_applications` (creating and changing) and `refusals_services` (the rest); they do not ask whether the thing exists:
a name that nobody knows is for moto to refuse.
"""

from collections import defaultdict
from collections.abc import Callable

from .call import Call
from .state import State

Rule = Callable[[dict, State], None]
RULES: dict[tuple[str, str], list[Rule]] = defaultdict(list)


def refuses(service: str, *operations: str) -> Callable[[Rule], Rule]:
    """Register a rule for these operations; it is handed the call's parameters and the state of account and region."""

    def register(rule: Rule) -> Rule:
        for operation in operations:
            RULES[service, operation].append(rule)
        return rule

    return register


def check(call: Call, state: State) -> None:
    for rule in RULES.get((call.service, call.name), ()):
        rule(call.params, state)


from . import refusals_applications, refusals_ec2, refusals_network, refusals_services  # noqa: E402, F401  (they register their rules)
