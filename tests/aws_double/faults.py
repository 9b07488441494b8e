"""Errors on order: throttling, a denied list, a 5xx, a dropped connection; answered before anything else."""

import random
import time

from .call import Call
from .errors import AWSError, DropConnection

RULE_KEYS = {
    "service", "operation", "region", "account",
    "error_code", "message", "status", "drop_connection", "delay",
    "times", "probability", "seed",
}


class Faults:
    """Rules, each a dict: which calls (`service`, `operation`, `region`, `account`; absent matches all), what to answer
    (`error_code`, `message`, `status`, or `drop_connection`; or, after `delay` seconds, what is true), and how often (`times`, `probability` with `seed`)."""

    def __init__(self):
        self._rules: list[dict] = []

    def replace(self, rules: list[dict]) -> None:
        for rule in rules:
            unknown = set(rule) - RULE_KEYS
            if unknown:
                raise ValueError(f"unknown key {sorted(unknown)} in fault rule; known are {sorted(RULE_KEYS)}")
            if not (rule.get("error_code") or rule.get("drop_connection") or rule.get("delay")):
                raise ValueError(f"fault rule {rule} says neither error_code nor drop_connection nor delay")
        self._rules = [{**rule, "random": random.Random(rule.get("seed"))} for rule in rules]

    def check(self, call: Call) -> None:
        """Raise what the first rule that strikes says."""
        seen = {"service": call.service, "operation": call.name, "region": call.region, "account": call.account_id}
        for rule in self._rules:
            if any(rule.get(key) not in (None, value) for key, value in seen.items()):
                continue
            if rule.get("times") == 0 or rule["random"].random() >= rule.get("probability", 1):
                continue
            if rule.get("times"):
                rule["times"] -= 1
            if rule.get("drop_connection"):
                raise DropConnection
            time.sleep(rule.get("delay", 0))
            if "error_code" not in rule:
                return
            code = rule["error_code"]
            raise AWSError(code, rule.get("message", f"{code} ordered by a fault rule"), rule.get("status"))
