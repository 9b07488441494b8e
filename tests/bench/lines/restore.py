"""Restoring 17 regions from nothing, beside restoring one."""

from __future__ import annotations

from aws_double.client import Double

from ..stage import REGIONS, SERVICES, Line, rows, sound, timed

SIZES = {"issue": (REGIONS, 5), "small": (REGIONS[:2], 1)}  # regions, rounds


def run(stage, size):
    regions, rounds = SIZES[size]
    tape = stage.tape("restore", lambda path: _record(stage, path, regions), regions)
    all_of_them, one = [], []
    with stage.playing(tape) as player:
        for _ in range(rounds):
            one.append(_once(stage, player, regions[:1]))
            all_of_them.append(_once(stage, player, regions))
    (seconds, repairs, told), bar = min(all_of_them, key=lambda each: each[0]), min(each[0] for each in one)
    done = sum(each["status"] == "done" for each in repairs)
    note = f"{len(repairs) - done} repairs failed; {told['most_at_once']} at once"
    return [Line(f"restore {len(regions)} regions from nothing, {done} repairs, {told['calls']} calls: beside one region, {len(one[0][1])} repairs", seconds, bar, 2.0, note=note)]


def _once(stage, player, regions):
    """A check, which makes the clients, and the restoration: (seconds, its rows, what the player was asked)."""
    player.rewind()
    with stage.database(player.url, regions, SERVICES) as connection:
        rows(connection, "SELECT * FROM check_account_defaults()")
        player.rewind(turns=True)
        seconds, repairs = timed(lambda: rows(connection, "SELECT * FROM restore_account_defaults()"))
        return seconds, repairs, sound(player)


def _record(stage, path, regions):
    with Double.start(delay=0) as double:
        with stage.database(double.url, regions, SERVICES) as connection:
            rows(connection, "UPDATE cleanup_policy SET enabled = false WHERE name LIKE 'default-%%' RETURNING name")
            rows(connection, "SELECT * FROM delete_all_records()")
        with stage.recording(double.url, path) as player:
            _once(stage, player, regions)
