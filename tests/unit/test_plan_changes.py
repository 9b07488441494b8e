"""The order of edits: whatever refers to what, creates come after what they mention, deletions after what needs them and what gives them up."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tabula_rasa.change import Change, Key, Reference
from tabula_rasa.planning import plan_changes


def key(kind, number):
    return Key(kind, "region", f"{kind}-{number}")


def numbers(draw, size):
    return draw(st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=3 * size)) if size else set()


@st.composite
def batches(draw):
    """(changes, references, needs): new, changed and deleted records; a new one mentions new ones, a changed one gives up deleted ones."""
    sizes = {kind: draw(st.integers(0, 6)) for kind in ("new", "old", "gone")}
    changes = [Change(key("new", number), "create") for number in range(sizes["new"])]
    changes += [Change(key("old", number), "update") for number in range(sizes["old"])]
    changes += [Change(key("gone", number), "delete") for number in range(sizes["gone"])]
    needs = {each.key: set() for each in changes if each.action != "delete"}
    for a, b in numbers(draw, sizes["new"]):
        if a != b:
            needs[key("new", a)].add(key("new", b))
    references = {Reference(key("gone", a), key("gone", b), "reference") for a, b in numbers(draw, sizes["gone"]) if a != b}
    for number in range(sizes["old"]):
        if sizes["new"]:
            needs[key("old", number)] |= {key("new", each) for each in draw(st.sets(st.integers(0, sizes["new"] - 1)))}
        if sizes["gone"]:
            references |= {Reference(key("old", number), key("gone", each), "mention") for each in draw(st.sets(st.integers(0, sizes["gone"] - 1)))}
    return changes, references, needs


def circular(edges):
    """The pairs that lie on a circle: no order can satisfy all of these."""
    reach = {each: set() for pair in edges for each in pair}
    for first, then in edges:
        reach[first].add(then)
    for middle in reach:
        for each in reach:
            if middle in reach[each]:
                reach[each] |= reach[middle]
    return {(first, then) for first, then in edges if first in reach[then]}


@given(batches())
@settings(max_examples=400, deadline=None)
def test_each_step_comes_after_what_it_waits_for(batch):
    changes, references, needs = batch
    steps = plan_changes(changes, references, needs, lambda each: True, lambda create, other: None)
    position = {step.key: number for number, step in enumerate(steps)}
    assert position.keys() == {each.key for each in changes}
    for step in steps:
        assert all(position[each] < position[step.key] for each in step.after)
    wanted = {(needed, each) for each, all_needed in needs.items() for needed in all_needed}
    for first, then in wanted - circular(wanted):
        assert position[first] < position[then]
    deletions = {(each.record, each.needs) for each in references if each.record.resource_type == "gone"}
    for first, then in deletions - circular(deletions):
        assert position[first] < position[then]
    for each in references:
        if each.record.resource_type == "old":
            assert position[each.record] < position[each.needs]


def test_a_circle_of_creates_is_opened_where_a_property_can_be_set_later():
    one, two = Change(key("new", 1), "create"), Change(key("new", 2), "create")
    needs = {one.key: {two.key}, two.key: {one.key}}

    def later(create, other):
        return Change(key("completed", create.key.resource_id), "update", of=create) if create is two else None

    steps = {step.key: step for step in plan_changes([one, two], set(), needs, lambda each: True, later)}
    assert steps[two.key].after == set()
    assert steps[one.key].after == {two.key}
    assert steps[key("completed", two.key.resource_id)].after == {one.key, two.key}


def test_a_replacement_is_made_when_the_old_one_has_gone():
    old = Change(key("gone", 1), "delete")
    new = Change(key("gone", "1 (new)"), "create", replaces=old.key)
    steps = {step.key: step for step in plan_changes([old, new], set(), {new.key: set()}, lambda each: True, lambda *each: None)}
    assert steps[new.key].after == {old.key} and steps[old.key].after == set()


def test_what_is_not_planned_has_no_step():
    blocked = Change(key("gone", 1), "delete", status="blocked")
    conflicting = Change(key("new", 1), "create", status="conflict")
    assert plan_changes([blocked, conflicting], set(), {}, lambda each: True, lambda *each: None) == []
