"""One account with an example for every shipped rule, mirrored once; each test's changes to rules and mirror are undone."""

import json

import pytest
from cases import CASES
from psycopg import sql
from psycopg.types.json import Jsonb
from seeds import seed
from tabula_rasa import catalog
from tabula_rasa.catalog.columns import BASE_COLUMNS
from tabula_rasa.expressions import like
from world import World

TYPES = catalog.types()
MIRRORED = {TYPES[case.resource_type].service for case in CASES if not case.row} | {"route53", "sqs"}  # and of what users have


class Account:
    """The seeded account: `ids` by name, and what the policy says of a record."""

    def __init__(self, world):
        self.world = world
        self.sql = world.sql
        self.ids = seed(world)
        self.outcomes = world.mirror(resource_types=sorted(name for name, each in TYPES.items() if each.service in MIRRORED))

    def given(self, case):
        """Makes it as the case says."""
        for each in case.ids if case.row else ():
            self.insert(case.resource_type, self.named(each), **case.row)
        if case.given:
            self.sql(self.named(case.given))

    def named(self, text):
        """The text with {name}s replaced by ids."""
        for name, value in self.ids.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def insert(self, resource_type, resource_id, **row):
        """A row of the mirror, as if AWS had shown such a record; without more said it is the account's own."""
        row = json.loads(self.named(json.dumps(row)))
        base = {"account_id": self.world.account_id, "region": "us-east-1", "resource_id": resource_id, "owner_id": self.world.account_id}
        base |= {name: row.pop(name) for name in list(row) if name in BASE_COLUMNS}
        columns = {each.name: row[each.property] for each in TYPES[resource_type].columns if each.property in row}
        values = [Jsonb(each) if isinstance(each, dict) else each for each in {**base, **columns, "properties": row}.values()]
        names = sql.SQL(", ").join(map(sql.Identifier, [*base, *columns, "properties"]))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})")
        self.sql("SET session_replication_role = replica")  # not an edit
        self.world.connection.execute(statement.format(sql.Identifier("aws", resource_type), names, sql.SQL(", ").join(sql.Placeholder() * len(values))), values)
        self.sql("RESET session_replication_role")

    def read(self, resource_type, records=1, status="ok"):
        """As if the type had been read in the region."""
        self.sql("DELETE FROM tabula_rasa.reading WHERE resource_type = %s", resource_type)
        self.sql(
            "INSERT INTO tabula_rasa.reading (account_id, region, resource_type, read_at, records, status) VALUES (%s, 'us-east-1', %s, now(), %s, %s)",
            self.world.account_id, resource_type, records, status,
        )

    def owned(self, record, owner):
        """As if the catalog had found that a record, (type, id), goes with another."""
        self.sql(
            """INSERT INTO tabula_rasa.reference (account_id, resource_type, region, resource_id, needs_type, needs_region, needs_id, kind)
               VALUES (%s, %s, 'us-east-1', %s, %s, 'us-east-1', %s, 'owned')""",
            self.world.account_id, record[0], self.named(record[1]), owner[0], self.named(owner[1]),
        )

    def rule(self, name, resource_type="%", action="keep", condition=None, priority=0, reason="a test says so"):
        """A rule of the user's."""
        self.sql(
            "INSERT INTO cleanup_policy (name, resource_type, action, condition, priority, reason) VALUES (%s, %s, %s, %s, %s, %s)",
            name, resource_type, action, condition, priority, reason,
        )

    def explain(self, resource_type, resource_id):
        return self.sql("SELECT * FROM explain_cleanup(%s, %s)", resource_type, self.named(resource_id))

    def verdict(self, resource_type, resource_id):
        """The last row: rule, verdict and reason that hold."""
        return self.explain(resource_type, resource_id)[-1]


@pytest.fixture(scope="session")
def seeded(postgres, double):
    postgres.create_database("policy", template="with_extension")
    world = World(postgres, double, "policy", "700000000001", services=sorted(MIRRORED))
    # The tables that a rule's condition must fit: a rule about all types sees what all types have.
    patterns = world.sql("SELECT DISTINCT resource_type FROM cleanup_policy WHERE resource_type <> '%'")
    spoken_of = {each.service for name, each in TYPES.items() if any(like(name, row["resource_type"]) for row in patterns)}
    world.sql("SELECT FROM enable_services(VARIADIC %s)", sorted(spoken_of | MIRRORED | {"batch"} | {TYPES[case.resource_type].service for case in CASES}))
    yield Account(world)
    world.close()


@pytest.fixture
def account(seeded):
    with seeded.world.connection.transaction(force_rollback=True):
        yield seeded
