"""Every type that the catalog can create comes back: written down as SQL, wiped, executed, applied, and then as it was."""

import pytest
from services.replay import FILLED_IN
from statements import table_of

from tabula_rasa import catalog

CREATABLE = sorted(name for name, each in catalog.types().items() if each.creatable)


def test_nothing_stands_against_it(replay):
    assert [(row["resource_type"], row["resource_id"], row["reason"]) for row in replay.applied if row["status"] != "done"] == []
    assert replay.left == []
    assert [row for row in replay.reading if row["status"] != "ok"] == []


@pytest.mark.parametrize("name", CREATABLE)
def test_comes_back_as_it_was(replay, name):
    assert name in replay.compared(), "nothing of this type is seeded"
    assert [columns for other, columns in replay.difference if other == name] == []


def test_all_mention_the_same(replay):
    assert replay.before[1] == replay.after[1]


@pytest.mark.parametrize("name", CREATABLE)
def test_only_what_nobody_can_read_has_to_be_filled_in(story, name):
    comments = [each for each in story.statements if table_of(each) == name and each.startswith("-- ")]
    assert bool(comments) == (name in FILLED_IN)
