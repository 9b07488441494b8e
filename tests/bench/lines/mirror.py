"""Mirroring 17 regions: beside plain boto3 in as many threads, and beside the same calls one after another."""

from __future__ import annotations

import os
import pickle

from answerer.client import Answerer

from tabula_rasa import catalog
from tabula_rasa.catalog import GLOBAL
from tabula_rasa.connection import WIDTH, Account, Connection
from tabula_rasa.reading import read

from ..pool import Recorder, measured
from ..stage import ACCOUNT, CREDENTIALS, REGIONS, SERVICES, Line, rows, sound, tell, timed

SIZES = {"issue": (REGIONS, SERVICES, 5, 1, 60), "small": (REGIONS[:2], ("ec2", "iam", "sqs"), 1, 1, 10)}  # regions, services, records per type, rounds, sample


def run(stage, size):
    regions, services, records, rounds, every = SIZES[size]
    there = tape(stage, regions, services, records)
    calls, beside, mine = there.with_suffix(".calls"), [], []
    with stage.playing(there) as player:
        for _ in range(rounds):
            with stage.database(player.url, regions, services) as connection:
                player.rewind()
                mine.append(timed(lambda: rows(connection, "SELECT * FROM mirror_account()")))
                told = sound(player)
                found = rows(connection, "SELECT count(*) FROM aws.resource")[0]["count"]
            player.rewind()
            beside.append(measured(calls, player.url, WIDTH))
            theirs = sound(player)
            tell(f"mirror: {mine[-1][0]:.1f} s; plain boto3: clients {beside[-1]['clients']:.1f} s, calls {beside[-1]['calls']:.1f} s")
        alone = measured(calls, player.url, 1, every)
    failed = [each for each in mine[-1][1] if each["status"] == "failed"]
    seconds, plain = min(each[0] for each in mine), min(each["clients"] + each["calls"] for each in beside)
    one_by_one = alone["calls"] / alone["made"] * theirs["calls"]
    least = told["questions"]
    return [
        Line(f"mirror {len(regions)} regions, {found} records, {told['calls']} calls: beside plain boto3 in {WIDTH} threads", seconds, plain, 1.2, note=f"{len(failed)} reads failed; {told['most_at_once']} at once"),
        Line("  beside the same calls one after another", seconds, one_by_one, 0.1, note=f"extrapolated from {alone['made']} calls"),
        Line("  calls, beside one per page and question", told["calls"], least, 1.0, "calls", note=f"plain boto3 made {theirs['calls']}"),
    ]


def tape(stage, regions, services, records):
    return stage.tape("mirror", lambda path: _record(stage, path, regions, services, records), regions, services, records)


def _record(stage, path, regions, services, records):
    with Answerer.start() as answerer:
        answerer.hold(ACCOUNT, *services, size=records, regions=regions)
        with stage.recording(answerer.url, path) as player:
            with stage.database(player.url, regions, services) as connection:
                rows(connection, "SELECT * FROM mirror_account()")
            os.environ |= CREDENTIALS
            connection = Connection(Account(ACCOUNT, regions=tuple(regions), endpoint_url=player.url))
            aws = Recorder(connection)
            reading = aws.run(read(aws, catalog.types(services), [*regions, GLOBAL], "aws"), lambda: None)
    if len(aws.asked) < len(reading.outcomes) // 2 or len(reading.failed) > len(reading.outcomes) // 20:
        raise RuntimeError(f"the practice run failed: {reading.failed}")
    path.with_suffix(".calls").write_bytes(pickle.dumps(aws.asked))
