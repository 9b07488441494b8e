"""A bucket of 1,000,000 versions is emptied a thousand at a time, in bounded memory."""

from __future__ import annotations

from aws_double.client import Double

from .. import bucket
from ..stage import DELAY, Line, rows, sound, timed, watched

SIZES = {"issue": 1_000_000, "small": 5000}  # versions


def run(stage, size):
    versions = SIZES[size]
    tape = stage.tape("bucket", lambda path: _record(stage, path))
    with stage.playing(tape) as player:
        few, _, _, _ = _once(stage, player, 2 * bucket.PAGE)
        most, seconds, kinds, status = _once(stage, player, versions)
    listed, deleted = (sum(count for kind, count in kinds.items() if f"/{bucket.NAME}?{what}" in kind) for what in ("versions", "delete"))
    return [
        Line(f"empty a bucket of {versions:,} versions: calls that delete, beside the least possible", deleted, versions / bucket.PAGE, 1.0, "calls", note=f"{listed} lists; bucket {status}"),
        Line("  memory of the backend, beside 2,000 versions", most, few, 1.25, "MB"),
        Line("  time, beside its calls one after another", seconds, (listed + deleted) * DELAY),
    ]


def _once(stage, player, versions):
    player.rewind(versions=versions)
    with stage.database(player.url, ["us-east-1"], ["s3"]) as connection:
        with watched(connection) as most:
            seconds, wiped = timed(lambda: rows(connection, "SELECT * FROM delete_all_records(resource_types => '{s3_bucket}')"))
        return most[0], seconds, sound(player)["kinds"], wiped[0]["status"]


def _record(stage, path):
    with Double.start(delay=0) as double:
        with stage.recording(double.url, path) as player:
            double.boto("s3", account_id="123456789012").create_bucket(Bucket=bucket.NAME)
            _once(stage, player, 0)
