"""Every type of two rivals' lists is ours, deletable and reviewed, or says why not."""

import figures
import pytest

from tabula_rasa import catalog

LISTS = figures.rivals()
THEIRS = [(rival, service, name, ours) for rival, services in LISTS.items() for service, types in services.items() for name, ours in types.items()]


def test_the_lists_are_whole():
    """As counted from the rivals' sources (peers.md B1, B3)."""
    assert {rival: sum(map(len, services.values())) for rival, services in LISTS.items()} == {"aws-nuke": 566, "cloud-nuke": 133}


@pytest.mark.parametrize("rival, service, name, ours", THEIRS, ids=lambda each: each if isinstance(each, str) else "")
def test_each_is_ours_or_says_why_not(rival, service, name, ours):
    if isinstance(ours, str):
        rt = catalog.named(ours)
        assert rt and rt.readable, f"{ours}: no such type"
        assert rt.deletable, f"{ours}: {rt.reason}"
        assert rt.reviewed
    elif "part_of" in ours:
        assert catalog.named(ours["part_of"]) and ours["why"]
    else:
        assert set(ours) <= {"retired", "not_a_resource"} and all(ours.values())


def test_the_table_is_up_to_date():
    assert figures.COVERAGE.read_text() == figures.coverage(), "say `make catalog`"


def test_figures():
    found = dict(figures.figures())
    assert found["types readable"] >= 1000
    assert found["escape hatches"] == 1


def test_no_kept_child_holds_a_reviewed_parent():
    """What is unreviewed is kept, with all that it needs: a type that is reviewed must not be held by its own unreviewed children."""
    types = catalog.types()
    held = {
        name: above for name, rt in types.items() if not rt.reviewed and not rt.on_request
        for above in (rt.parent, *rt.references.values()) if above and types[above].reviewed
    }
    assert held == {}
