"""The bench works: each line's smallest size gives its figures. What they are depends on the machine, so counts alone are looked at."""

import importlib

import pytest
from bench.__main__ import LINES, shown
from bench.stage import Line, Stage, TapeMissed

EXACT = {  # line -> of its Lines, those that count instead of taking the time: (number, measured equals the bar)
    "mirror": [2], "again": [0], "bucket": [0], "planning": [2],
}


@pytest.fixture(scope="module")
def stage(postgres):
    return Stage(postgres)


@pytest.mark.parametrize("name", LINES)
def test_the_smallest_size_of_each_line_gives_figures(stage, name, capsys):
    lines = shown(importlib.import_module(f"bench.lines.{name}").run(stage, "small"))
    assert lines and all(each.measured > 0 for each in lines if "further" not in each.what)  # what grows so little is lost in the noise
    assert "0 reads failed" in lines[0].note or name != "mirror"
    assert "0 not deleted" in lines[0].note or name != "wipe"
    assert "0 repairs failed" in lines[0].note or name != "restore"
    assert "bucket deleted" in lines[0].note or name != "bucket"
    assert [lines[number].measured for number in EXACT.get(name, ())] == [lines[number].bar for number in EXACT.get(name, ())]
    assert all(f"{each.measured:.2f}" in capsys.readouterr().out for each in lines[:1])


def test_a_wipe_has_fewer_deletes_than_records(stage):
    deletes = importlib.import_module("bench.lines.wipe").run(stage, "small")[1]
    assert 0 < deletes.measured < deletes.bar


def test_a_question_that_is_not_on_the_tape_ends_the_line(stage, tmp_path):
    from bench.lines import mirror
    from bench.stage import rows, sound
    from bench.tape import Tape

    Tape().save(tmp_path / "empty.tape")
    with stage.playing(tmp_path / "empty.tape", delay=0) as player, stage.database(player.url, ["us-east-1"], mirror.SIZES["small"][1]) as connection:
        with pytest.raises(Exception, match="not on the tape"):
            rows(connection, "SELECT * FROM mirror_account()")
        with pytest.raises(TapeMissed):
            sound(player)


def test_no_more_calls_at_once_than_the_accounts_row_says(stage):
    from bench.lines import mirror
    from bench.stage import rows

    regions, services, records, _, _ = mirror.SIZES["small"]
    tape = mirror.tape(stage, regions, services, records)
    with stage.playing(tape) as player, stage.database(player.url, regions, services, width=4) as connection:
        rows(connection, "SELECT * FROM mirror_account()")
        assert player.told()["most_at_once"] == 4


def test_a_bar_that_is_missed_is_said(capsys):
    shown([Line("slow", 3.0, 1.0, 2.0), Line("quick", 1.0, 1.0, 2.0)])
    slow, quick = capsys.readouterr().out.splitlines()
    assert "missed" in slow and "ok" in quick
