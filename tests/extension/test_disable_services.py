"""A service that is disabled is gone from the mirror, and nobody loses by it what he has made himself."""

import subprocess

import psycopg
import pytest
from psycopg.rows import tuple_row


@pytest.fixture
def connection(postgres, database):
    with postgres.connect(database) as connection:
        connection.execute("INSERT INTO account (account_id, name, regions) VALUES ('123456789012', 'test', '{us-east-1}')")
        yield connection


def of_service(connection, service):
    return {name for name, in connection.execute("SELECT resource_type FROM resource_type WHERE readable AND service = %s", (service,))}


def there(connection, name):
    return connection.execute("SELECT to_regclass('aws.' || %s) IS NOT NULL", (name,)).fetchone()[0]


def disabled(connection, service):
    return connection.execute("SELECT * FROM disable_services(%s)", (service,)).fetchall()


def test_its_tables_go_with_what_is_known_of_them(world):
    world.aws("sqs").create_queue(QueueName="queue")
    world.mirror(resource_types=["sqs_queue"])
    about = "SELECT resource_type FROM reading WHERE resource_type LIKE 'sqs%' UNION ALL SELECT needs_type FROM reference WHERE resource_type LIKE 'sqs%' OR needs_type LIKE 'sqs%'"
    assert world.sql(about)
    rows = {row["resource_type"]: row["records"] for row in world.sql("SELECT * FROM disable_services('sqs')")}
    assert rows.keys() == of_service(world.connection.cursor(row_factory=tuple_row), "sqs") and rows["sqs_queue"] == 1
    assert world.sql(about) == [] and world.value("SELECT to_regclass('aws.sqs_queue')") is None
    assert world.value("SELECT count(*) FROM resource_type WHERE service = 'sqs' AND enabled") == 0
    world.forget_calls()
    assert "sqs_queue" not in {row["resource_type"] for row in world.mirror()}
    assert "sqs" not in {call["service"] for call in world.calls()}
    world.sql("SELECT enable_services('sqs')")
    world.mirror(resource_types=["sqs_queue"])
    assert world.value("SELECT count(*) FROM aws.sqs_queue") == 1


def test_a_few_are_the_transactions_own(connection):
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT count(*) FROM aws.sqs_queue")
        assert {name for name, _ in disabled(connection, "sqs")} == of_service(connection, "sqs")
        assert not there(connection, "sqs_queue")
    assert there(connection, "sqs_queue")
    assert connection.execute("SELECT enabled FROM resource_type WHERE resource_type = 'sqs_queue'").fetchone() == (True,)


def test_twice_is_once(connection):
    assert disabled(connection, "sqs") != []
    assert disabled(connection, "sqs") == []


def test_an_unknown_service_is_refused(connection):
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="sqz") as refused:
        disabled(connection, "sqz")
    assert "sqs" in refused.value.diag.message_hint


def test_staged_edits_are_in_the_way(connection):
    connection.execute("INSERT INTO aws.sqs_queue (queue_name) VALUES ('mine')")
    with pytest.raises(psycopg.errors.ObjectInUse, match="sqs") as refused:
        disabled(connection, "sqs")
    assert "sqs_queue: 1" in refused.value.diag.message_detail and "discard_changes()" in refused.value.diag.message_hint
    assert there(connection, "sqs_queue") and connection.execute("SELECT count(*) FROM edit").fetchone() == (1,)
    connection.execute("SELECT discard_changes()")
    assert disabled(connection, "sqs") != []


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE VIEW mine AS SELECT count(*) FROM aws.sqs_queue", "view public.mine"),
        ("CREATE TABLE mine () INHERITS (aws.sqs_queue)", "table public.mine"),
        ("CREATE FUNCTION mine() RETURNS SETOF aws.sqs_queue LANGUAGE sql AS 'SELECT * FROM aws.sqs_queue'", "function public.mine()"),
    ],
)
def test_what_a_user_has_made_of_a_table_is_in_the_way(connection, statement, name):
    connection.execute(statement)
    with pytest.raises(psycopg.errors.ObjectInUse, match="sqs") as refused:
        disabled(connection, "sqs")
    assert name in refused.value.diag.message_detail and "CASCADE" not in refused.value.diag.message_hint
    assert there(connection, "sqs_queue")


def test_a_run_is_in_the_way(connection, postgres, database):
    with postgres.connect(database) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('tabula_rasa 123456789012', 0))")  # as a run's journal does
        with pytest.raises(psycopg.errors.ObjectInUse, match="123456789012"):
            disabled(connection, "sqs")
    assert there(connection, "sqs_queue")


def test_without_ec2_its_view_says_so_and_comes_back(connection):
    connection.execute("CREATE VIEW mine AS SELECT because FROM subnet_internet_path")  # does not hold the tables, either
    disabled(connection, "ec2")
    with pytest.raises(psycopg.errors.UndefinedTable, match="ec2") as refused:
        connection.execute("SELECT * FROM subnet_internet_path")
    assert "enable_services('ec2')" in refused.value.diag.message_hint
    connection.execute("SELECT enable_services('ec2')")
    assert connection.execute("SELECT * FROM subnet_internet_path").fetchall() == connection.execute("SELECT * FROM mine").fetchall() == []


def test_without_ec2_nothing_is_repaired_and_what_rules_cannot_judge_is_kept(world):
    world.only("ec2", "iam", "s3")
    world.sql("SELECT disable_services('ec2')")
    world.aws("iam").create_role(RoleName="mine", AssumeRolePolicyDocument="{}")
    world.forget_calls()
    checked = {row["status"] for row in world.check() if row["resource_type"].startswith("ec2_")}
    assert checked == {"unknown"}
    assert world.restore() == []
    world.sql("INSERT INTO cleanup_policy (name, resource_type, condition, reason) VALUES ('asks ec2', 'iam_role', 'EXISTS (SELECT FROM aws.ec2_vpc)', 'it may')")
    assert {row["status"] for row in world.wipe() if row["resource_type"] == "iam_role"} == {"kept"}
    assert world.calls(mutating=True) == []


def test_a_dump_remembers_it(postgres, connection, database):
    disabled(connection, "sqs")
    dump = subprocess.run(["pg_dump", postgres.conninfo(database)], check=True, capture_output=True, text=True).stdout
    postgres.create_database("without_sqs")
    postgres.psql(dump, "without_sqs", "-o", "/dev/null")
    with postgres.connect("without_sqs") as after:
        after.execute("SET search_path = tabula_rasa, aws")
        assert after.execute("SELECT service FROM disabled_service").fetchall() == [("sqs",)]
        assert after.execute("SELECT FROM resource_type WHERE service = 'sqs' AND enabled").fetchall() == []
        assert after.execute("SELECT service FROM enabled_service ORDER BY 1").fetchall() == connection.execute("SELECT service FROM enabled_service ORDER BY 1").fetchall()
        after.execute("SELECT enable_services('sqs')")
        assert after.execute("SELECT FROM disabled_service").fetchall() == [] and there(after, "sqs_queue")
