"""A wipe of 2,000 records of 30 types, six deep: beside what its calls and its depth must take at the least."""

from __future__ import annotations

from graphlib import TopologicalSorter

from answerer.client import Answerer

from tabula_rasa.connection import WIDTH

from ..stage import ACCOUNT, DELAY, Line, processor, rows, sound, tell, timed

SIZES = {"issue": (70, 3), "small": (3, 1)}  # records of each type, rounds
SERVICES = ("cloudwatch", "ec2", "ecr", "logs", "ssm")
TYPES = (
    "cloudwatch_anomaly_detector", "cloudwatch_insight_rule", "cloudwatch_metric_alarm", "ec2_dhcp_options", "ec2_egress_only_internet_gateway", "ec2_fleet",
    "ec2_flow_log", "ec2_host", "ec2_key_pair", "ec2_nat_gateway", "ec2_network_insights_path", "ec2_network_interface", "ec2_placement_group",
    "ec2_security_group", "ec2_security_group_rule", "ec2_spot_fleet_request", "ec2_spot_instance_request", "ec2_subnet", "ec2_traffic_mirror_filter",
    "ec2_traffic_mirror_session", "ec2_traffic_mirror_target", "ec2_volume", "ec2_vpc", "ecr_repository", "logs_delivery_destination", "logs_destination",
    "logs_log_group", "logs_query_definition", "ssm_maintenance_window", "ssm_parameter",
)
LINKS = {  # session → target → interface → subnet → VPC → DHCP options
    "ec2_traffic_mirror_session": {"TrafficMirrorTargetId": "ec2_traffic_mirror_target", "TrafficMirrorFilterId": "ec2_traffic_mirror_filter"},
    "ec2_traffic_mirror_target": {"NetworkInterfaceId": "ec2_network_interface"},
    "ec2_network_interface": {"SubnetId": "ec2_subnet"},
    "ec2_nat_gateway": {"SubnetId": "ec2_subnet"},
    "ec2_subnet": {"VpcId": "ec2_vpc"},
    "ec2_security_group": {"VpcId": "ec2_vpc"},
    "ec2_egress_only_internet_gateway": {"Attachments[].VpcId": "ec2_vpc"},
}


def run(stage, size):
    records, rounds = SIZES[size]
    tape = stage.tape("wipe", lambda path: _record(stage, path, records), records)
    runs = []
    with stage.playing(tape) as player:
        for _ in range(rounds):
            runs.append(_once(stage, player))
            tell(f"wipe: {runs[-1]['seconds']:.1f} s, {runs[-1]['processor']:.1f} s of processor")
    best = min(runs, key=lambda each: each["seconds"])
    deepest, calls = best["depth"] * DELAY, best["told"]["calls"] / WIDTH * DELAY
    gone, deletions = sum(each["status"] == "deleted" for each in best["wiped"]), best["deletions"]
    return [
        Line(
            f"wipe {gone} records of {len({each['resource_type'] for each in best['wiped']})} types, {best['depth']} deep, {best['told']['calls']} calls: beside what depth and width allow",
            best["seconds"], max(deepest, calls), 1.5, note=f"{len(best['wiped']) - gone} not deleted; processor {best['processor']:.1f} s; {best['told']['most_at_once']} at once",
        ),
        Line("  calls that delete, beside records", deletions, gone, 1.0, "calls"),
    ]


def _once(stage, player):
    """A dry run, which tells the depth and makes the clients, and the wipe."""
    player.rewind()
    with _database(stage, player) as connection:
        rows(connection, "SELECT * FROM delete_all_records(dry_run => true)")
        depth = _depth(rows(connection, "SELECT resource_type, resource_id, needs_type, needs_id FROM reference WHERE kind IN ('mention', 'reference')"))
        player.rewind(turns=True)
        before = processor(connection)
        seconds, wiped = timed(lambda: rows(connection, "SELECT * FROM delete_all_records()"))
        deletions = rows(connection, "SELECT count(DISTINCT step) AS made FROM journal")[0]["made"]
        return {
            "seconds": seconds, "processor": processor(connection) - before, "depth": depth, "told": sound(player), "deletions": deletions,
            "wiped": [each for each in wiped if each["action"] == "delete"],
        }


def _depth(references):
    """How many records the longest chain of needs has."""
    needs = {}
    for each in references:
        needs.setdefault((each["resource_type"], each["resource_id"]), set()).add((each["needs_type"], each["needs_id"]))
    order = TopologicalSorter(needs).static_order()
    levels = {}
    for each in order:
        levels[each] = 1 + max((levels[one] for one in needs.get(each, ())), default=0)
    return max(levels.values(), default=1)


def _database(stage, player):
    return stage.database(player.url, ["us-east-1"], SERVICES)


def _record(stage, path, records):
    with Answerer.start() as answerer:
        answerer.hold(ACCOUNT, *SERVICES, size=dict.fromkeys(TYPES, records), links=LINKS)
        with stage.recording(answerer.url, path) as player:
            _once(stage, player)
