"""Mirroring again an unchanged account, and how time and memory grow with its records."""

from __future__ import annotations

from answerer.client import Answerer

from ..stage import ACCOUNT, REGIONS, Line, preamble, rows, sound, tell, timed, watched
from .wipe import LINKS

SIZES = {"issue": (1000, 10_000, 100_000), "small": (400, 1200)}  # records
PLACES = REGIONS[:3]
SERVICES = ("cloudwatch", "ec2", "logs")
TYPES = (
    "cloudwatch_anomaly_detector", "ec2_dhcp_options", "ec2_egress_only_internet_gateway", "ec2_flow_log", "ec2_host", "ec2_key_pair", "ec2_nat_gateway",
    "ec2_network_insights_path", "ec2_network_interface", "ec2_placement_group", "ec2_security_group", "ec2_security_group_rule", "ec2_spot_instance_request",
    "ec2_subnet", "ec2_traffic_mirror_filter", "ec2_traffic_mirror_session", "ec2_traffic_mirror_target", "ec2_volume", "logs_delivery_destination",
    "logs_query_definition",
)
_WRITTEN = """SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::int AS written FROM pg_stat_user_tables
    WHERE schemaname = 'aws' OR (schemaname, relname) = ('tabula_rasa', 'reference')"""
_TIMED = """
CREATE FUNCTION public.bench_mirror() RETURNS float8 LANGUAGE plpython3u SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $$
%(preamble)s
import time

class Timed:
    seconds = 0.0
    def __getattr__(self, name):
        there = getattr(plpy, name)
        if name not in ("execute", "prepare"):
            return there
        def timed(*given):
            began = time.monotonic()
            try:
                return there(*given)
            finally:
                Timed.seconds += time.monotonic() - began
        return timed

entrypoints.mirror_account(Timed(), GD, None, None, None)
return Timed.seconds
$$"""


def run(stage, size):
    lines, runs = [], []
    for wanted in SIZES[size]:
        records = round(wanted / len(PLACES) / len(TYPES))
        tape = stage.tape("again", lambda path: _record(stage, path, records), records)
        with stage.playing(tape) as player, stage.database(player.url, PLACES, SERVICES) as connection:
            runs.append(_again(stage, player, connection))
        tell(f"again: {runs[-1]}")
    small, large = runs[0], runs[-1]
    lines.append(Line(f"mirror again {large['records']:,} unchanged records, {large['calls']} calls: tuples written, beside none", large["written"] + 1, 1, 1.0, "+1"))
    lines.append(Line("  memory of the backend without shared buffers, beside 500 MB", large["most"], 500, 1.0, "MB", note=f"{small['most']:.0f} MB with {small['records']:,} records"))
    lines.append(Line("  SQL, beside the whole", large["sql"], large["seconds"], 0.1))
    lines.append(Line("  saving (SQL, JSON and references), beside the whole", large["saving"], large["seconds"]))
    for what, unit, scale in (("seconds", "ms", 1000), ("most", "kB", 1024)):
        growth = [(after[what] - before[what]) / (after["records"] - before["records"]) * scale for before, after in zip(runs, runs[1:])]
        told = " → ".join(f"{each['records']:,}" for each in runs)
        lines.append(Line(f"  for each further record, the last step beside the first ({told})", growth[-1], growth[0], unit=unit))
    return lines


def _again(stage, player, connection):
    connection.execute(_TIMED % {"preamble": preamble(connection)})
    rows(connection, "SELECT bench_mirror()")
    before = _written(stage, connection)
    player.rewind()
    with watched(connection) as most:
        seconds, (sql,) = timed(lambda: rows(connection, "SELECT bench_mirror() AS seconds"))
    told, after = sound(player), _written(stage, connection)
    saving = rows(connection, "SELECT extract(epoch FROM finished_at - updated_at)::float8 AS seconds FROM run ORDER BY run_id DESC LIMIT 1")[0]["seconds"]
    return {
        "records": rows(connection, "SELECT count(*) FROM aws.resource")[0]["count"], "seconds": seconds, "sql": sql["seconds"], "saving": saving, "calls": told["calls"],
        "written": after - before, "most": most[0], "failed": rows(connection, "SELECT count(*) FROM reading WHERE status = 'failed'")[0]["count"],
    }


def _written(stage, connection):
    """Tuples of the mirror inserted, updated and deleted so far."""
    rows(connection, "SELECT pg_stat_force_next_flush()")
    with stage.postgres.connect(connection.info.dbname) as other:
        return other.execute(_WRITTEN).fetchone()[0]


def _record(stage, path, records):
    with Answerer.start() as answerer:
        answerer.hold(ACCOUNT, *SERVICES, size=dict.fromkeys(TYPES, records), regions=PLACES, links=LINKS)
        with stage.recording(answerer.url, path) as player, stage.database(player.url, PLACES, SERVICES) as connection:
            rows(connection, "SELECT * FROM mirror_account()")
