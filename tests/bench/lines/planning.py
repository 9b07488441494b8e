"""Planning the wipe of 100,000 records with 300,000 references under 50 rules: policy, verdicts and order, without AWS."""

from __future__ import annotations

import json

from ..stage import ACCOUNT, SERVICES, Line, preamble, rows, tell

SIZES = {"issue": (10_000, 100_000), "small": (500, 2000)}  # records
TYPES = ("ec2_instance", "ec2_network_interface", "ec2_subnet", "ec2_vpc", "ec2_volume", "ec2_security_group", "sqs_queue", "sns_topic", "iam_role", "lambda_function")
RULES = 50
_JUDGE = """
CREATE FUNCTION public.bench_plan() RETURNS jsonb LANGUAGE plpython3u AS $$
%(preamble)s
import json, time
from tabula_rasa import catalog, cleanup, conditions, database, planning, wiping

class Counted:
    statements = 0
    def __getattr__(self, name):
        return getattr(plpy, name)
    def execute(self, *given):
        Counted.statements += 1
        return plpy.execute(*given)

told, began = {}, [time.process_time()]
def lap(name):
    told[name], began[0] = time.process_time() - began[0], time.process_time()

there = database.Database(Counted())
types = catalog.types(there.enabled_services())
lap("catalog")
matches = conditions.matches(there, '%(account)s', there.rules(), types)
told["statements"] = Counted.statements
lap("policy")
records, links, policy = wiping.judged(there, '%(account)s', types, types)
lap("policy again and loading")
verdicts = cleanup.decide(records, links, policy)
lap("verdicts")
steps = planning.plan(cleanup.changes(records, verdicts), links, lambda key: types[key.resource_type].deletable and not verdicts[key].fixed)
lap("order")
told["records"], told["references"], told["steps"] = len(records), len(links), len(steps)
return json.dumps(told)
$$"""


def run(stage, size):
    runs = [_planned(stage, records) for records in SIZES[size]]
    small, large = runs[-2:]
    parts = ("policy", "policy again and loading", "verdicts", "order")
    seconds, before = (sum(each[part] for part in parts[1:]) for each in (large, small))
    return [
        Line(
            f"plan the wipe of {large['records']:,} records with {large['references']:,} references and {RULES} rules, {large['steps']:,} steps",
            seconds, note="of processor: " + "; ".join(f"{part} {large[part]:.1f} s" for part in parts),
        ),
        Line(f"  ms a record, beside {small['records']:,} records", seconds / large["records"] * 1000, before / small["records"] * 1000, unit="ms"),
        Line(f"  statements of the policy check, beside {small['records']:,} records", large["statements"], small["statements"], 1.0, "SQL"),
    ]


def _planned(stage, records):
    with stage.database("http://127.0.0.1:1", services=SERVICES) as connection:
        _fill(connection, records)
        connection.execute(_JUDGE % {"preamble": preamble(connection), "account": ACCOUNT})
        told = rows(connection, "SELECT bench_plan() AS told")[0]["told"]
        tell(f"planning: {json.dumps(told)}")
        return told


def _fill(connection, records):
    """As many records of ten types, each with three references to records of the next type; and the rules."""
    each = records // len(TYPES)
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for name in TYPES:
            connection.execute(
                f"""INSERT INTO aws.{name} (account_id, region, resource_type, resource_id, name, tags, owner_id, properties)
                    SELECT %s, 'us-east-1', %s, %s || n, 'n' || n, jsonb_build_object('n', n::text), %s,
                           jsonb_build_object('Name', 'n' || n, 'State', 'available', 'Description', repeat('x', 500)) FROM generate_series(1, %s) AS n""",
                [ACCOUNT, name, f"{name}-", ACCOUNT, each],
            )
        for name, needs in zip(TYPES, TYPES[1:]):
            connection.execute(
                """INSERT INTO reference SELECT DISTINCT %s, 'us-east-1', %s, %s || n, 'us-east-1', %s, %s || ((n * 7 + k * 13) %% %s + 1), 'mention'
                   FROM generate_series(1, %s) AS n, generate_series(1, 3) AS k""",
                [ACCOUNT, name, f"{name}-", needs, f"{needs}-", each, each],
            )
        # The last type has none below it: its records need earlier ones of their own.
        connection.execute(
            """INSERT INTO reference SELECT DISTINCT %s, 'us-east-1', %s, %s || n, 'us-east-1', %s, %s || ((n * 11 + k * 17) %% (n - 1) + 1), 'reference'
               FROM generate_series(2, %s) AS n, generate_series(1, 3) AS k ON CONFLICT DO NOTHING""",
            [ACCOUNT, TYPES[-1], f"{TYPES[-1]}-", TYPES[-1], f"{TYPES[-1]}-", each],
        )
        connection.execute("UPDATE cleanup_policy SET enabled = false")
        connection.execute(
            """INSERT INTO cleanup_policy (name, resource_type, action, condition, priority, reason)
               SELECT 'bench ' || n, CASE WHEN n %% 2 = 0 THEN '%%' ELSE 'ec2\\_%%' END, 'keep', format('(tags ->> %%L)::int %%%% 1009 = %%s', 'n', n), n, 'bench'
               FROM generate_series(1, %s) AS n""",
            [RULES],
        )
    connection.execute("ANALYZE")
