"""In charge of the order: changes + references -> steps that AWS will accept. Pure: rows in, rows out.

A record is created after everything that it mentions, and changed after that, too; what it gives up by a change is deleted after the change.

A record is deleted after everything that needs it. A part goes with its whole and needs no call of its own, unless that would
close a circle (two security groups that name each other): then it is deleted on its own, before both.
"""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

from .change import PARTS, Step, beating


def plan(changes, references, can_go_alone, beat=lambda: None):
    """Steps for the planned deletions, each after those that it lists; the list is in an order that satisfies all of them.

    can_go_alone(key): does AWS offer a call that deletes this part without its whole? beat() is called now and then.
    """
    deleted = {each.key: each for each in changes if each.action == "delete" and each.status == "planned"}
    edges = [each for each in beating(references, beat) if each.record in deleted and each.needs in deleted]
    whole = {}
    for each in beating(sorted(edges), beat):
        if each.kind in PARTS:
            whole.setdefault(each.record, each.needs)
    owned = {each.record for each in edges if each.kind == "owned"}  # what its owner needs, too, cannot go first
    dropped = set()
    after, makers = _graph(deleted, beating(edges, beat), whole, dropped)
    while circles := _circles(after):
        for circle in circles:
            _cut(circle, makers, whole, dropped, lambda key: key not in owned and can_go_alone(key))
        after, makers = _graph(deleted, beating(edges, beat), whole, dropped)
    beat()
    order = list(TopologicalSorter(after).static_order())
    beat()
    parts = sorted(set(whole))  # a part is listed right after its whole
    position = {key: number for number, key in enumerate(order)}
    steps = [Step(deleted[key], set(after[key])) for key in order]
    steps += [Step(deleted[key], with_=_root(key, whole)) for key in parts]
    return sorted(steps, key=lambda step: (position[step.with_ or step.change.key], step.with_ is not None, step.change.key))


def plan_changes(changes, references, needs, can_go_alone, later):
    """Steps for planned creates, updates and deletions together.

    needs                {key of a create or update: keys of the creates that it mentions}
    later(change, key)   a Change to be made when both exist, after taking what mentions the key out of the create; None where that cannot be
    """
    deletions = plan(changes, references, can_go_alone)
    made = {each.key: each for each in changes if each.action != "delete" and each.status == "planned"}
    after = {key: needs.get(key, set()) & made.keys() for key in made}
    completing = []
    while circles := _circles(after):
        for circle in circles:
            completing += _opened(circle, made, after, later)
    gone = {step.with_ or step.change.key for step in deletions}
    for step in deletions:
        given_up = {each.record for each in references if each.needs == step.change.key and each.record in made}
        step.after |= {key for key in given_up if made[key].action == "update"}
    steps = [Step(made[key], set(before)) for key, before in after.items()]
    for step in steps:
        replaced = step.change.replaces
        if replaced in gone:
            step.after.add(replaced)
            for each in deletions:  # a new one that must be there before the old one can go
                each.after -= {step.key} if each.change.key == replaced else set()
    steps += [Step(change, {change.of.key, key}) for change, key in completing]
    return _in_order(steps + deletions)


def _opened(circle, made, after, later):
    """Opens a circle of creates: what mentions the next one is set afterwards, where it can be; else the mention is not taken for a need."""
    pairs = list(zip(circle[1:], circle))  # graphlib lists each node before what comes after it
    for then, first in pairs:
        if first in after[then] and (completing := later(made[then], made[first])):
            after[then].discard(first)
            return [(completing, first)]
    after[pairs[0][0]].discard(pairs[0][1])
    return []


def _in_order(steps):
    """The steps in an order that satisfies them all; a wish that closes a circle is given up, the deletion's first."""
    by_key = {step.key: step for step in steps if step.with_ is None}
    for step in steps:
        step.after &= by_key.keys()
    while True:
        try:
            order = list(TopologicalSorter({key: step.after for key, step in by_key.items()}).static_order())
            break
        except CycleError as error:
            circle = error.args[1]
            pairs = list(zip(circle[1:], circle))
            then, first = next((pair for pair in pairs if by_key[pair[0]].change.action == "delete"), pairs[0])
            by_key[then].after.discard(first)
    position = {key: number for number, key in enumerate(order)}
    return sorted(steps, key=lambda step: (position[step.with_ or step.key], step.with_ is not None))


def _graph(deleted, edges, whole, dropped):
    """({key: keys that go before it}, {(before, after): references that say so}), with parts counted as their wholes."""
    root = {key: _root(key, whole) for key in deleted}
    after = {key: set() for key in deleted if root[key] == key}
    makers = defaultdict(list)
    for each in edges:
        first, then = root[each.record], root[each.needs]
        if first != then and each not in dropped:
            after[then].add(first)
            makers[first, then].append(each)
    return after, makers


def _root(key, whole):
    seen = {key}
    while key in whole and whole[key] not in seen:
        key = whole[key]
        seen.add(key)
    return key


def _circles(after):
    """Circles of the graph that share no node, each as graphlib gives them; none left means none at all."""
    found, core = [], _core(after)
    while core:
        try:
            TopologicalSorter(core).prepare()
            return found
        except CycleError as error:
            found.append(error.args[1])
            nodes = set(found[-1])
            core = _core({key: before - nodes for key, before in core.items() if key not in nodes})
    return found


def _core(after):
    """The graph without all that lies on no circle: what nothing goes before, or what goes before nothing, again and again."""
    for _ in range(2):
        later = defaultdict(set)
        for key, before in after.items():
            for each in before:
                later[each].add(key)
        count = {key: len(before) for key, before in after.items()}
        free = [key for key, number in count.items() if not number]
        while free:
            key = free.pop()
            del count[key]
            for each in later[key]:
                count[each] -= 1
                if not count[each]:
                    free.append(each)
        after = {key: {each for each in later[key] if each in count} for key in count}  # what is left, turned round
    return after


def _cut(cycle, makers, whole, dropped, can_go_alone):
    """Opens one circle: parts that close it go on their own; else a mere mention on it is not taken for a need; else the weakest edge."""
    pairs = list(zip(cycle, cycle[1:]))  # graphlib lists each node before what comes after it
    alone = {each.record for pair in pairs for each in makers[pair] if each.record in whole and can_go_alone(each.record)}
    for key in alone:
        del whole[key]
    if alone:
        return
    for kind in ("mention", "reference", None):
        for pair in pairs:
            if kind is None or all(each.kind == kind for each in makers[pair]):
                dropped.update(makers[pair])
                return
