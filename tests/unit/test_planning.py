"""The order of a plan: whatever the graph, a record goes after everything that needs it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tabula_rasa.change import Change, Key, Reference
from tabula_rasa.planning import plan


def key(name):
    return Key("type", "region", str(name))


def deletions(names):
    return [Change(key(name), "delete") for name in names]


def refer(pairs, kind="reference"):
    return {Reference(key(a), key(b), kind) for a, b in pairs}


def order(steps):
    return [step.change.key.resource_id for step in steps]


@st.composite
def graphs(draw):
    """An acyclic graph: each record needs only earlier ones; some are parts of what they need. (Of `owned` see test_wiping_a_simulation.)"""
    size = draw(st.integers(1, 25))
    edges = set()
    for a in range(1, size):
        for b in draw(st.sets(st.integers(0, a - 1), max_size=3)):
            edges.add(Reference(key(a), key(b), draw(st.sampled_from(["mention", "reference", "part"]))))
    return size, edges


@given(graphs())
@settings(max_examples=300, deadline=None)
def test_what_needs_a_record_goes_before_it(graph):
    size, edges = graph
    steps = plan(deletions(range(size)), edges, lambda key: True)
    assert sorted(order(steps)) == sorted(map(str, range(size)))
    position = {step.change.key: number for number, step in enumerate(steps)}
    goes_with = {step.change.key: step.with_ for step in steps}
    for edge in edges:
        first, then = goes_with[edge.record] or edge.record, goes_with[edge.needs] or edge.needs
        if first != then:
            assert position[first] < position[then]
            assert any(first in step.after for step in steps if step.change.key == then)


@given(st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_circle_is_opened(pairs):
    """A plan always comes about, with each record once."""
    edges = refer({(a, b) for a, b in pairs if a != b}, "mention")
    steps = plan(deletions(range(9)), edges, lambda key: False)
    assert sorted(order(steps)) == sorted(map(str, range(9)))


def test_groups_that_name_each_other_lose_their_rules_first():
    edges = refer([("rule a", "a"), ("rule b", "b")], "part") | refer([("rule a", "b"), ("rule b", "a")])
    steps = plan(deletions(["a", "b", "rule a", "rule b"]), edges, lambda key: key.resource_id.startswith("rule"))
    alone = [step.change.key.resource_id for step in steps if step.with_ is None]
    assert set(alone[:2]) == {"rule a", "rule b"} and set(alone[2:]) == {"a", "b"}


def test_a_rule_that_closes_no_circle_goes_with_its_group():
    edges = refer([("rule a", "a")], "part") | refer([("rule a", "b")])
    steps = {step.change.key.resource_id: step for step in plan(deletions(["a", "b", "rule a"]), edges, lambda key: True)}
    assert steps["rule a"].with_ == key("a")
    assert key("a") in steps["b"].after


def test_a_mere_mention_gives_way_to_what_the_catalog_says():
    edges = refer([("a", "b")], "mention") | refer([("b", "c"), ("c", "a")])
    assert order(plan(deletions("abc"), edges, lambda key: False)) == ["b", "c", "a"]


def test_what_stays_is_not_planned():
    changes = [*deletions("a"), Change(key("b"), "keep", status="kept")]
    assert order(plan(changes, refer([("b", "a")]), lambda key: True)) == ["a"]


def test_a_cancel_is_met_while_the_order_is_looked_for():
    """No stage of it goes on for more than a thousand references."""
    size, beats = 20_000, []
    edges = refer([(a, a // 2) for a in range(1, size)])
    names = deletions(range(size))
    plan(names, edges, lambda key: True, lambda: beats.append(1))
    assert len(beats) > 3 * size // 1000
