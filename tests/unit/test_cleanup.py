"""The verdicts: whatever the records, references and rules, nothing kept nor anything it needs is deleted, and every verdict has a reason."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from tabula_rasa.catalog import ResourceType
from tabula_rasa.catalog.resource_type import Delete, Entry, Fixed
from tabula_rasa.change import Key, Record, Reference
from tabula_rasa.cleanup import Matches, Policy, Rule, changes, decide, explain

ENTRIES = {
    "plain": Entry(delete=(Delete(),)),
    "bound": Entry(delete=(Delete(),), part_of={"x": "plain"}, fixed=(Fixed("`true`", "CannotDelete", "it goes with its whole"),)),
    "vanishing": Entry(delete=(Delete(),), fixed=(Fixed("`true`", "InUse", "another's", vanishes=True),)),
}
TYPES = {name: ResourceType(name, "service", "region", "", entry, (), frozenset(), None, "") for name, entry in ENTRIES.items()}


def key(name, kind="plain"):
    return Key(kind, "region", str(name))


def policy(*rules, matching=(), errors=(), unread=None):
    """A Policy of the rules; `matching`: {rule name: keys}; `errors`: {(rule name, type): text}."""
    matches = Matches()
    matches.keys = defaultdict(set, {name: set(keys) for name, keys in dict(matching).items()})
    matches.errors = dict(errors)
    return Policy(list(rules), matches, unread or {}, TYPES)


def rule(name, action="keep", priority=0):
    return Rule(name, "%", action, "true", priority, f"reason of {name}")


def records(*keys):
    return [Record(each) for each in keys]


@st.composite
def worlds(draw):
    size = draw(st.integers(1, 20))
    keys = [key(number, draw(st.sampled_from(["plain", "plain", "bound", "vanishing"]))) for number in range(size)]
    links = {
        Reference(keys[a], keys[b], draw(st.sampled_from(["mention", "reference", "part", "owned"])))
        for a, b in draw(st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=40)) if a != b
    }
    kept = draw(st.sets(st.sampled_from(keys)))
    deleted = draw(st.sets(st.sampled_from(keys)))
    return keys, links, kept, deleted


@given(worlds())
@settings(max_examples=500, deadline=None)
def test_what_a_kept_record_needs_is_kept(world):
    keys, links, kept, deleted = world
    rules = [rule("keep"), rule("delete", "delete")]
    verdicts = decide(records(*keys), links, policy(*rules, matching={"keep": kept, "delete": deleted}))
    assert all(verdict.reason for verdict in verdicts.values())
    assert all(verdicts[each].action == "keep" for each in kept)
    for link in links:
        if verdicts[link.record].action == "keep" and "vanishing" not in (link.record.resource_type, link.needs.resource_type):
            assert verdicts[link.needs].action == "keep"
    # and nothing is kept without a cause
    for each in keys:
        if each.resource_type == "plain" and verdicts[each].action == "keep" and each not in kept:
            assert verdicts[verdicts[each].because].action == "keep"
    # a part stays with its whole, unless a rule speaks of it
    for link in links:
        if link.kind in ("part", "owned") and link.record.resource_type == "plain" and link.record not in deleted and verdicts[link.needs].action == "keep":
            assert verdicts[link.record].action == "keep"


@given(worlds())
@settings(max_examples=200, deadline=None)
def test_without_rules_only_what_aws_refuses_stays(world):
    keys, links, _, _ = world
    verdicts = decide(records(*keys), links, policy())
    stays = {each for each in keys if verdicts[each].action == "keep"}
    assert all(_root(each, verdicts).resource_type in ("bound", "vanishing") for each in stays)


def _root(each, verdicts):
    while verdicts[each].because:
        each = verdicts[each].because
    return each


def test_the_highest_priority_decides_and_keep_wins_a_tie():
    low, high = rule("low", "keep", 0), rule("high", "delete", 10)
    assert decide(records(key(1)), set(), policy(high, low, matching={"low": {key(1)}, "high": {key(1)}}))[key(1)].action == "delete"
    tie = [rule("keeps"), rule("deletes", "delete")]  # Database.rules() gives keep before delete
    assert decide(records(key(1)), set(), policy(*tie, matching={"keeps": {key(1)}, "deletes": {key(1)}}))[key(1)].action == "keep"


def test_a_rule_that_cannot_be_evaluated_keeps_even_if_it_would_delete():
    verdict = decide(records(key(1)), set(), policy(rule("r", "delete"), errors={("r", "plain"): "no such column"}))[key(1)]
    assert verdict.action == "keep" and "no such column" in verdict.reason


def test_an_unread_type_is_kept_and_blinds_the_rules_that_look_at_it():
    looks = Rule("looks", "plain", "keep", "x IN (SELECT x FROM aws.bound)", 0, "because")
    verdicts = decide(records(key(1), key(2, "bound")), set(), policy(looks, unread={("bound", "region"): "AccessDenied"}))
    assert verdicts[key(1)].action == "keep" and "bound" in verdicts[key(1)].reason
    assert verdicts[key(2, "bound")].action == "keep" and "AccessDenied" in verdicts[key(2, "bound")].reason


def test_what_is_bound_goes_and_stays_with_its_whole():
    links = {Reference(key("part", "bound"), key("whole"), "part")}
    here = records(key("part", "bound"), key("whole"))
    gone = decide(here, links, policy())
    assert gone[key("part", "bound")].action == "delete" and "goes with plain whole" in gone[key("part", "bound")].reason
    kept = decide(here, links, policy(rule("r"), matching={"r": {key("whole")}}))
    assert kept[key("part", "bound")].action == "keep"


def test_keeping_one_of_owner_and_owned_keeps_both():
    links = {Reference(key("volume"), key("instance"), "owned")}
    for kept in ("volume", "instance"):
        verdicts = decide(records(key("volume"), key("instance")), links, policy(rule("r"), matching={"r": {key(kept)}}))
        assert {verdict.action for verdict in verdicts.values()} == {"keep"}


def test_what_vanishes_with_an_owner_that_nobody_tells_stays_where_all_that_it_needs_does():
    links = {Reference(key("interface", "vanishing"), key(each), "mention") for each in ("subnet", "group")}
    for kept, action in (({"subnet"}, "delete"), ({"subnet", "group"}, "keep")):
        verdicts = decide(records(key("interface", "vanishing"), key("subnet"), key("group")), links, policy(rule("r"), matching={"r": map(key, kept)}))
        assert verdicts[key("interface", "vanishing")].action == action


def test_what_was_not_asked_for_stays_with_what_it_needs():
    links = {Reference(key("instance"), key("group"), "mention")}
    verdicts = decide(records(key("instance"), key("group")), links, policy(), asked=lambda each: each == key("group"))
    assert verdicts[key("group")].action == "keep" and "not among what was asked for" in verdicts[key("group")].reason


def test_a_part_that_was_not_asked_for_stays_with_its_whole_whatever_a_rule_says_of_it():
    """And what it needs with it: AWS would refuse to delete that."""
    whole, part, needed = key("group"), key("rule"), key("prefix list")
    links = {Reference(part, whole, "part"), Reference(part, needed, "reference")}
    deciding = policy(rule("keep"), rule("delete", "delete"), matching={"keep": {whole}, "delete": {part}})
    verdicts = decide(records(whole, part, needed), links, deciding, asked=lambda each: each != part)
    assert {each.action for each in verdicts.values()} == {"keep"}
    assert "not among what was asked for" in verdicts[part].reason and "not among what was asked for" in verdicts[needed].reason
    assert decide(records(whole, part, needed), links, deciding)[needed].action == "delete"


def test_explaining_ends_with_the_verdict():
    links = {Reference(key("a"), key("b"), "mention")}
    here, told = records(key("a"), key("b")), policy(rule("r"), matching={"r": {key("a")}})
    rows = explain(key("b"), told, decide(here, links, told))
    assert [row["step"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[-1]["verdict"] == "keep" and rows[-1]["rule"] == "r" and "needed by plain a" in rows[-1]["reason"]


def test_changes_carry_action_status_and_reason():
    here = records(key("a"), key("b"))
    made = changes(here, decide(here, set(), policy(rule("r"), matching={"r": {key("a")}})))
    assert [(each.action, each.status) for each in made] == [("keep", "kept"), ("delete", "planned")]
