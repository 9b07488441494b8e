"""A wipe of any account: policy and plan against a simulated AWS that refuses to delete what something there still needs."""

from collections import defaultdict
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from tabula_rasa.catalog import ResourceType
from tabula_rasa.catalog.resource_type import Delete, Entry, Fixed
from tabula_rasa.change import PARTS, Key, Record, Reference
from tabula_rasa.cleanup import Matches, Policy, Rule, changes, considered, decide
from tabula_rasa.planning import plan

ENTRIES = {
    "plain": Entry(delete=(Delete(),), reviewed=True),
    "other": Entry(delete=(Delete(),), reviewed=True),
    "part": Entry(delete=(Delete(),), reviewed=True, part_of={"x": "plain"}),
    "bound": Entry(delete=(Delete(),), reviewed=True, part_of={"x": "plain"}, fixed=(Fixed("`true`", "CannotDelete", "it goes with its whole"),)),
    "vanishing": Entry(delete=(Delete(),), reviewed=True, fixed=(Fixed("`true`", "InUse", "another's", vanishes=True),)),
    "history": Entry(reviewed=False),
    "stuck": Entry(reviewed=True),
}
TYPES = {name: ResourceType(name, "service", "region", "", entry, (), frozenset(), None, "") for name, entry in ENTRIES.items()}
ALONE = ("plain", "other", "stuck")  # types of records that are nobody's part


@dataclass
class Account:
    """What the mirror would show of an account, and what is so besides."""

    keys: list = field(default_factory=list)  # in the order in which they were made
    references: set = field(default_factory=set)
    false: set = field(default_factory=set)  # mentions that AWS does not take for a need
    whole: dict = field(default_factory=dict)  # part -> what it disappears with
    owner: dict = field(default_factory=dict)  # what vanishes -> with what, told by a reference or not


@st.composite
def accounts(draw):
    """Each record needs older ones only, so that AWS could have made it; parts may close circles of their wholes, and so may false mentions."""
    account, certain = Account(), draw(st.booleans())  # whether all mentions are needs
    kinds = ["mention", "reference"] if certain else ["reference"]
    for number in range(draw(st.integers(1, 14))):
        alone = [each for each in account.keys if each.resource_type in ("plain", "other")]
        kind = draw(st.sampled_from(["plain", "plain", "other", "part", "part", "bound", "owned", "vanishing", "history", "stuck"]))
        if kind not in ALONE and kind != "history" and not alone:
            kind = "plain"
        key = Key("other" if kind == "owned" else kind, "region", f"{number:02}")
        older = list(account.keys)
        if kind in ("part", "bound", "owned"):
            whole = account.whole[key] = draw(st.sampled_from(alone))
            account.references.add(Reference(key, whole, "owned" if kind == "owned" else "part"))
            if kind != "part":  # it cannot go before its whole: what it needs is older than that
                while whole in account.whole:
                    whole = account.whole[whole]
                older = account.keys[:account.keys.index(whole)]
        if kind == "vanishing":
            owner = account.owner[key] = draw(st.sampled_from(alone))
            older = sorted(each.needs for each in account.references if each.record == owner and each.kind not in PARTS)
        found = draw(st.sets(st.sampled_from(older), max_size=3)) if older else set()
        if kind == "vanishing" and (not found or draw(st.booleans())):  # its owner is told, or to be guessed from what both need
            account.references.add(Reference(key, owner, "part"))
        for needed in sorted(found):
            if needed.resource_type not in ("vanishing", "history") and needed != account.whole.get(key):
                account.references.add(Reference(key, needed, draw(st.sampled_from(kinds))))
        account.keys.append(key)
    if not certain:
        pairs = [(a, b) for a in account.keys for b in account.keys if a < b and {a.resource_type, b.resource_type} <= {"plain", "part"}]
        for a, b in sorted(draw(st.sets(st.sampled_from(pairs), max_size=4))) if pairs else ():
            account.false.add(Reference(a, b, "mention"))
    return account


@st.composite
def policies(draw, keys):
    """Rules that keep, delete or cannot be evaluated; types that could not be read; owners that are not known, which a rule keeps."""
    matches, rules = Matches(), []
    for number in range(draw(st.integers(0, 4))):
        rule = Rule(f"rule {number}", draw(st.sampled_from(["%", "%", *ENTRIES])), draw(st.sampled_from(["keep", "keep", "delete"])), "true", draw(st.integers(0, 2)), f"reason {number}")
        rules.append(rule)
        matches.add(rule, draw(st.sets(st.sampled_from(keys), max_size=3)))
        if draw(st.integers(0, 7)) == 0:
            matches.fail(rule, draw(st.sampled_from(list(ENTRIES))), "no such column")
    foreign = Rule("foreign", "%", "keep", "owner_id IS DISTINCT FROM account_id", 9, "its owner is another account, or unknown")
    matches.add(foreign, draw(st.sets(st.sampled_from(keys), max_size=1)))
    unread = {(name, "region"): "AccessDenied" for name in draw(st.sets(st.sampled_from(["other", "part", "history"]), max_size=1))}
    rules = sorted([foreign, *rules], key=lambda rule: (-rule.priority, rule.action != "keep", rule.name))  # as Database.rules() gives them
    return Policy(rules, matches, unread, TYPES)


class Aws:
    """It refuses to delete what something that is there needs; parts go with their whole, what vanishes goes with its owner."""

    def __init__(self, account):
        self.there, self.account = set(account.keys), account
        self.needed_by = defaultdict(set)
        for each in account.references - account.false:
            if each.record.resource_type not in ("history", "vanishing") and each.kind not in PARTS:
                self.needed_by[each.needs].add(each.record)
            if each.kind == "owned":
                self.needed_by[each.record].add(each.needs)

    def delete(self, key):
        assert key in self.there, f"{key} is not there"
        assert TYPES[key.resource_type].deletable and not TYPES[key.resource_type].fixed, f"AWS does not delete {key}"
        going, open_ = {key}, [key]
        while open_:
            last = open_.pop()
            found = {each for each in self.there if last in (self.account.whole.get(each), self.account.owner.get(each))} - going
            going |= found
            open_ += found
        for each in going:
            holding = (self.needed_by[each] & self.there) - going
            assert not holding, f"DependencyViolation: {each} is needed by {holding}"
        self.there -= going


@given(st.data())
@settings(max_examples=1000, deadline=None)
def test_what_is_kept_stays_and_all_else_goes_in_an_order_that_aws_accepts(data):
    account = data.draw(accounts())
    references = account.references | account.false
    policy = data.draw(policies(account.keys))
    wanted = data.draw(st.one_of(st.none(), st.sets(st.sampled_from(list(ENTRIES)), min_size=1)))  # resource_types

    def asked(key):
        return wanted is None or key.resource_type in wanted

    records = [Record(each) for each in account.keys]
    verdicts = decide(records, references, policy, asked)
    made = changes(considered(records, verdicts, asked), verdicts)
    aws = Aws(account)
    ended = set()
    for step in plan(made, references, lambda key: TYPES[key.resource_type].deletable and not verdicts[key].fixed):
        assert step.after <= ended, "before what must go first"
        if step.with_ is None and not TYPES[step.change.key.resource_type].fixed:
            aws.delete(step.change.key)
        ended.add(step.change.key)

    kept = {key for key, verdict in verdicts.items() if verdict.action == "keep"}
    assert all(verdict.reason.strip() for verdict in verdicts.values()) and all(each.reason for each in made)
    # nothing kept is deleted, nor anything that it needs; what vanishes goes with its owner, and says nothing of it
    assert kept - aws.there <= account.owner.keys()
    open_ = [key for key in kept if key.resource_type not in ("vanishing", "history")]
    needed = set(open_)
    while open_:
        last = open_.pop()
        further = {each.needs for each in references if each.record == last} - needed
        assert further <= aws.there
        needed |= further
        open_ += [each for each in further if each.resource_type != "vanishing"]
    # nothing is kept for nothing, and everything else is gone
    assert kept == staying(account.keys, references, policy, asked)
    assert aws.there & {each.key for each in made if each.action == "delete"} == set()


def said(key, policy):
    """(what the rules and the catalog say of a record by itself, whether it is a rule that says so)"""
    if (key.resource_type, key.region) in policy.unread or key.resource_type in ("stuck", "history"):
        return "keep", False
    for rule in policy.rules:
        if rule.resource_type in ("%", key.resource_type) and (rule.name, key.resource_type) in policy.matches.errors:
            return "keep", True
        if key in policy.matches.keys[rule.name]:
            return rule.action, True
    return "delete", False


def staying(keys, references, policy, asked):
    """What a wipe keeps, in other words than the code's: the smallest set that holds what is kept for its own sake, and all that must stay because something else does."""
    needs = {key: {each.needs for each in references if each.record == key} | {each.record for each in references if each.needs == key and each.kind == "owned"} for key in keys}
    wholes = {key: {each.needs for each in references if each.record == key and each.kind in PARTS} for key in keys}
    stays = {key for key in keys if said(key, policy)[0] == "keep" or not any(map(asked, {key, *wholes[key]}))}

    def must(key):
        if key.resource_type == "vanishing":  # with its owner, or, where that is not told, with all that the owner can be
            return bool(wholes[key] & stays) or not wholes[key] and bool(needs[key]) and needs[key] <= stays
        if any(key in needs[each] for each in stays if each.resource_type not in ("vanishing", "history")):
            return True
        if key.resource_type == "bound":
            return wholes[key] <= stays
        if not wholes[key] & stays:
            return False
        by_rule = said(key, policy)[1]
        return not by_rule or not asked(key) and not any(asked(each) for each in wholes[key] - stays)

    while further := {key for key in keys if key not in stays and must(key)}:
        stays |= further
    return stays
