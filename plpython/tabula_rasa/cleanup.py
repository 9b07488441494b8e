"""In charge of what a wipe keeps: records + cleanup policy -> a verdict with a reason for every record. Pure.

It fails towards keeping: what could not be read, whose owner is unknown or whose rule cannot be evaluated is kept; and what a kept
record needs, and what it is made of, is kept with it. What AWS refuses to delete by itself is not "protected": it goes, or stays, with what it is a part of.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import dataclass, field

from .catalog import GLOBAL
from .change import PARTS, Change, Key, beating
from .expressions import ExpressionError, like

NOT_ASKED = "it is not among what was asked for"


@dataclass(frozen=True)
class Rule:
    """An enabled row of cleanup_policy."""

    name: str
    resource_type: str
    action: str
    condition: str | None
    priority: int
    reason: str
    built_in: bool = False  # as shipped


class Matches:
    """Which records each rule matches, and for which types it cannot be evaluated."""

    def __init__(self):
        self.keys: dict[str, set[Key]] = defaultdict(set)
        self.errors: dict[tuple[str, str], str] = {}

    def add(self, rule, keys):
        self.keys[rule.name] |= keys

    def fail(self, rule, resource_type, error):
        self.errors[rule.name, resource_type] = error

    def of(self, rule, key):
        """'matches', 'does not match' or 'cannot be evaluated'."""
        if (rule.name, key.resource_type) in self.errors:
            return "cannot be evaluated"
        return "matches" if key in self.keys[rule.name] else "does not match"


@dataclass(frozen=True)
class Verdict:
    """keep or delete, and why; `rule` decided, or `because` of another record."""

    action: str
    reason: str
    rule: str | None = None
    because: Key | None = None
    fixed: bool = False  # AWS would refuse the deletion by itself


@dataclass
class Policy:
    """What the decision is made from.

    rules    in deciding order (priority, then keep before delete)
    matches  Matches of these rules
    unread   {(type, region): error} of what could not be read
    types    {name: ResourceType}
    """

    rules: list[Rule]
    matches: Matches
    unread: dict[tuple[str, str], str]
    types: dict
    blind: dict[tuple[str, str], str] = field(default_factory=dict)  # (rule, region) -> what its condition cannot see there

    def __post_init__(self):
        # A condition that looks at a type which could not be read would not see what it is there to keep.
        for rule in self.rules:
            words = set(re.findall(r"\w+", rule.condition or ""))
            for resource_type, region in self.unread:
                if words & {resource_type, "resource"}:
                    self.blind[rule.name, region] = f"it looks at {resource_type}, which could not be read in {region}"
        self._about, self._doubtful = {}, {}

    @functools.cached_property
    def _first(self):
        """{key: number of the first rule that matches it}"""
        first = {}
        for number, rule in enumerate(self.rules):
            for key in self.matches.keys.get(rule.name, ()):
                first.setdefault(key, number)
        return first

    def deciding(self, key):
        """(rule, state, remark) of the first rule that says anything of the record; (None, "", "") where none does."""
        matched = self._first.get(key, len(self.rules))
        for number, rule in self._doubts(key.resource_type):
            if number > matched:
                break
            state, remark = self.state(rule, key)
            if state == "cannot be evaluated":
                return rule, state, remark
        return (self.rules[matched], "matches", "") if matched < len(self.rules) else (None, "", "")

    def _doubts(self, resource_type):
        """[(number, rule)] of the rules about the type that may not be evaluable for a record of it."""
        if resource_type not in self._doubtful:
            blind = {name for name, _ in self.blind}
            self._doubtful[resource_type] = [
                (number, rule) for number, rule in enumerate(self.rules)
                if (rule.name in blind or (rule.name, resource_type) in self.matches.errors) and rule in self.about(resource_type)
            ]
        return self._doubtful[resource_type]

    def about(self, resource_type):
        """The rules whose pattern the type is like, in deciding order."""
        if resource_type not in self._about:
            self._about[resource_type] = [rule for rule in self.rules if like(resource_type, rule.resource_type)]
        return self._about[resource_type]

    def state(self, rule, key):
        """(state, remark) of a rule about the record's type; see Matches.of."""
        for (name, region), remark in self.blind.items():
            if name == rule.name and (region == key.region or GLOBAL in (region, key.region)):
                return "cannot be evaluated", remark
        return self.matches.of(rule, key), self.matches.errors.get((rule.name, key.resource_type), "")


def decide(records, references, policy, asked=lambda key: True, beat=lambda: None):
    """{key: Verdict} of the records; `references` are those among the account's records.

    asked(key): is it among what the caller wants considered? What is not stays, and with it what it needs.
    beat() is called now and then.
    """
    verdicts = {record.key: _own(record, policy) for record in beating(records, beat)}
    needs, needed_by, parents, parts = defaultdict(set), defaultdict(set), defaultdict(set), defaultdict(set)
    for reference in references:
        if reference.record in verdicts and reference.needs in verdicts:
            needs[reference.record].add(reference.needs)
            needed_by[reference.needs].add(reference.record)
            if reference.kind == "owned":
                needs[reference.needs].add(reference.record)
            if reference.kind in PARTS:
                parents[reference.record].add(reference.needs)
                parts[reference.needs].add(reference.record)
    for key, verdict in verdicts.items():
        if verdict.action == "delete" and not asked(key) and not any(asked(whole) for whole in parents[key]):
            verdicts[key] = Verdict("keep", NOT_ASKED)
    facts = {}
    for record in beating(records, beat):
        try:
            facts[record.key] = fixed(record, policy.types)
        except ExpressionError as error:
            verdicts[record.key] = Verdict("keep", f"the catalog does not understand it: {error}")
    vanishing = {key for key, fact in facts.items() if fact and fact.vanishes}
    bound = {key: fact for key, fact in facts.items() if fact and not fact.vanishes}
    idle = {key for key in verdicts if _idle(policy.types.get(key.resource_type))}

    open_ = sorted(key for key, verdict in verdicts.items() if verdict.action == "keep")

    roots = {}  # what is kept for another's sake -> the verdict that all of it goes back to

    def root(key):
        return roots.get(key) or verdicts[key]

    def keep(key, reason, because=None):
        if verdicts[key].action == "delete":
            if because is not None:
                roots[key] = root(because)
            verdicts[key] = Verdict("keep", reason, because=because, fixed=key in bound or key in vanishing)
            open_.append(key)

    for key, fact in bound.items():
        if not parents[key]:
            keep(key, f"AWS does not delete it: {fact.why}")
    while open_:
        kept = open_.pop()
        # What only its owner can remove holds nothing back: what it needs goes when the owner does.
        for key in sorted(needs[kept] - vanishing) if kept not in vanishing | idle else ():
            keep(key, f"needed by {kept}, which is kept: {root(kept).reason}", kept)
        for key in sorted(needed_by[kept] & vanishing):  # its owner, or, where that is unknown, all that the owner must need, too
            if kept in parents[key] or not parents[key] and all(verdicts[each].action == "keep" for each in needs[key]):
                keep(key, f"AWS manages it for another resource and removes it with that; {kept} is kept", kept)
        for key in sorted(parts[kept] & bound.keys()):
            if all(verdicts[each].action == "keep" for each in parents[key]):
                keep(key, f"AWS deletes it only together with {kept}, which is kept ({bound[key].why})", kept)
        # A part is what its whole is made of: a group's rules, a bucket's policy. It stays with it unless a rule speaks of the part itself.
        for key in sorted(parts[kept] - bound.keys() - vanishing):
            if verdicts[key].rule is None:
                keep(key, f"a part of {kept}, which is kept: {root(kept).reason}", kept)
            elif not asked(key) and not any(asked(whole) and verdicts[whole].action == "delete" for whole in parents[key]):
                keep(key, NOT_ASKED)
    for key, fact in bound.items():
        if verdicts[key].action == "delete":
            whole = min(each for each in parents[key] if verdicts[each].action == "delete")
            verdicts[key] = Verdict("delete", f"goes with {whole} ({fact.why})", fixed=True)
    return verdicts


def _own(record, policy):
    """The verdict of the rules alone."""
    key = record.key
    rt = policy.types.get(key.resource_type)
    for region in (key.region, GLOBAL):
        if (key.resource_type, region) in policy.unread:
            return Verdict("keep", f"the type could not be read: {policy.unread[key.resource_type, region]}")
    if rt is None or not (rt.deletable or rt.fixed or rt.part_of):
        return Verdict("keep", "the catalog knows no way to delete it", fixed=True)
    rule, state, remark = policy.deciding(key)
    if state == "cannot be evaluated":
        return Verdict("keep", f'rule "{rule.name}" cannot be evaluated: {remark}', rule=rule.name)
    return Verdict(rule.action, rule.reason, rule=rule.name) if rule else Verdict("delete", "no rule keeps it")


def _idle(rt):
    """Derived, and AWS has no call that deletes it: as a rule history (a job that has ended). It stays, but holds nothing back, for nobody wants it kept."""
    return rt is not None and not rt.reviewed and not rt.deletable


def fixed(record, types):
    """The catalog's Fixed entry that says AWS refuses to delete this record by itself, or None."""
    rt = types.get(record.key.resource_type)
    return rt and rt.fact(record.properties, resource_id=record.key.resource_id, arn=record.arn, region=record.key.region)


def _root(key, verdicts):
    while verdicts[key].because is not None:
        key = verdicts[key].because
    return verdicts[key]


def considered(records, verdicts, asked):
    """The records that a plan has to reckon with: those asked for, and the parts that go with them: what these need cannot go before."""
    return [each for each in records if asked(each.key) or verdicts[each.key].action == "delete"]


def changes(records, verdicts):
    """A Change per record: planned deletions, and what is kept with its reason."""
    return [
        Change(
            record.key,
            verdicts[record.key].action,
            name=record.name,
            reason=verdicts[record.key].reason,
            status="planned" if verdicts[record.key].action == "delete" else "kept",
            properties=record.properties,
            arn=record.arn,
        )
        for record in records
    ]


def explain(key, policy, verdicts):
    """How a record's verdict came about: dicts of step, rule, verdict, reason."""
    rows = []
    for rule in policy.about(key.resource_type):
        state, remark = policy.state(rule, key)
        if state != "does not match":
            rows.append({"rule": rule.name, "verdict": f"{rule.action} ({state})", "reason": remark or rule.reason})
    chain = key
    while verdicts[chain].because is not None:
        rows.append({"rule": verdicts[chain].rule, "verdict": verdicts[chain].action, "reason": f"{chain}: {verdicts[chain].reason}"})
        chain = verdicts[chain].because
    if chain != key:
        rows.append({"rule": verdicts[chain].rule, "verdict": verdicts[chain].action, "reason": f"{chain}: {verdicts[chain].reason}"})
    verdict = verdicts[key]
    rows.append({"rule": verdict.rule or _root(key, verdicts).rule, "verdict": verdict.action, "reason": verdict.reason})
    return [{"step": number, **row} for number, row in enumerate(rows, 1)]
