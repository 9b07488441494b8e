"""How often a run tells how far it is, and how long it says that it still takes; the clock is the test's own."""

import pytest

from tabula_rasa.progress import Progress


class Watched:
    """A Progress with a clock that the test moves; `told` and `written` hold (second, what)."""

    def __init__(self):
        self.now = 1000.0
        self.told, self.written = [], []
        self.progress = Progress(lambda text: self.told.append((self.now, text)), lambda: self.now)
        self.progress.write = lambda *state: self.written.append((self.now, *state))

    def run(self, seconds, per_second=0, calls=0):
        """Lets time go by with ten heartbeats a second."""
        for beat in range(seconds * 10):
            self.now += 0.1
            self.progress.beat(calls)
            if beat % 10 == 9 and per_second:
                self.progress.ended(per_second)

    def left(self):
        return self.written[-1][-1]


@pytest.fixture
def watched():
    return Watched()


def test_written_once_a_second_and_told_every_five(watched):
    watched.progress.phase("deleting", "records")
    watched.progress.expect(480)
    watched.run(60, per_second=2)
    assert 50 <= len(watched.written) <= 61
    assert min(after[0] - before[0] for before, after in zip(watched.written, watched.written[1:])) > 0.95
    assert 10 <= len(watched.told) <= 12
    assert min(after[0] - before[0] for before, after in zip(watched.told, watched.told[1:])) > 4.95


def test_a_quick_run_says_nothing(watched):
    for phase in ("reading", "saving", "deciding", "deleting", "reading again", "saving"):
        watched.progress.phase(phase)
        watched.run(0)
    watched.run(4)
    assert watched.told == []
    assert [state[1] for state in watched.written][:6] == ["reading", "saving", "deciding", "deleting", "reading again", "saving"]


def test_what_is_told(watched):
    watched.progress.phase("deleting", "records")
    watched.progress.expect(480)
    watched.run(20, per_second=6, calls=640)
    watched.progress.ended(2, failed=2)
    watched.run(6, calls=1640)
    assert watched.told[-1][1] == "tabula_rasa: deleting: 122 of 480 records, 2 failed, 1,640 AWS calls, about 75 s left"
    assert watched.written[-1][1:6] == ("deleting", 122, 480, 2, 1640)


def test_what_does_not_count_is_told_without_numbers(watched):
    watched.progress.phase("reading", "lists")
    watched.run(9, calls=3)
    watched.run(2, calls=3)
    watched.now += 5
    watched.progress.phase("saving")
    assert watched.told[-1] == (watched.now, "tabula_rasa: saving: 3 AWS calls")
    assert watched.written[-1][1:] == ("saving", None, None, None, 3, None)


def test_the_estimate_comes_down_with_an_even_pace(watched):
    watched.progress.phase("reading", "lists")
    watched.progress.expect(100)
    watched.run(10, per_second=2)
    assert watched.left() == pytest.approx(40, abs=6)
    watched.run(30, per_second=2)
    assert watched.left() == pytest.approx(10, abs=3)
    watched.run(10, per_second=2)
    watched.run(5)
    assert watched.left() is None  # all has ended: nothing is left to estimate


def test_nothing_is_estimated_before_something_has_ended(watched):
    watched.progress.phase("reading", "lists")
    watched.progress.expect(100)
    watched.run(30)
    assert {state[-1] for state in watched.written} == {None}
    assert "left" not in watched.told[-1][1]


def test_a_slow_end_is_not_about_to_be_over_for_minutes(watched):
    """479 of 480 have gone at once, and the last takes 4 minutes: no fewer seconds are promised than it has taken already."""
    watched.progress.phase("deleting", "records")
    watched.progress.expect(480)
    watched.progress.ended(479)
    watched.run(240)
    assert watched.left() == pytest.approx(240, abs=2)
    assert watched.told[-1][1].endswith("about 4 min left")
    assert not [text for _, text in watched.told if " 0 s left" in text]
    assert watched.told[2][1].endswith("about 20 s left")


def test_every_phase_counts_anew(watched):
    watched.progress.phase("reading", "lists")
    watched.progress.expect(5)
    watched.progress.ended(5, failed=1)
    watched.progress.phase("deleting", "records")
    watched.progress.expect(7)
    watched.run(2)
    assert watched.written[-1][1:5] == ("deleting", 0, 7, 0)


def test_nothing_is_told_before_there_is_a_phase(watched):
    """AWS may take its time to say who we are."""
    watched.run(20)
    assert watched.told == [] == watched.written
