"""A rule's condition is SQL of an administrator's; the function that asks it belongs to the extension's owner. It must not act as that."""

import pytest
from psycopg import errors


@pytest.fixture
def administrator(world):
    """A connection of someone who may write rules, and has a schema of his own."""
    world.sql("CREATE ROLE ruler LOGIN; GRANT tabula_rasa_administrator TO ruler; CREATE SCHEMA ruler AUTHORIZATION ruler")
    with world.postgres.connect(world.database, user="ruler") as connection:
        yield connection
    world.sql("DROP OWNED BY ruler; DROP ROLE ruler")


@pytest.mark.parametrize("condition, refusal", [
    ("(SELECT rolpassword FROM pg_authid LIMIT 1)::int = 1", "permission denied for table pg_authid"),
    ("pg_read_file('PG_VERSION') = '1'", "permission denied for function pg_read_file"),
    ("EXISTS (SELECT FROM delete_all_records())", "permission denied for function delete_all_records"),
    ("EXISTS (SELECT FROM mirror_account())", "permission denied for function mirror_account"),
    ("EXISTS (SELECT external_id FROM account)", "permission denied for table account"),
    ("ruler.runs_a_program()", "must be superuser or have privileges of the pg_execute_server_program role to COPY to or from an external program"),
    ("true); SELECT (true", "cannot open multi-query plan as cursor"),
])
def test_what_an_administrator_may_not_do_a_condition_may_not(world, administrator, condition, refusal):
    world.mirror(resource_types=["ec2_vpc"])
    administrator.execute("CREATE FUNCTION ruler.runs_a_program() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN COPY (SELECT 1) TO PROGRAM 'true'; RETURN true; END $$")
    administrator.execute("GRANT USAGE ON SCHEMA ruler TO tabula_rasa_cleanup_policy")
    administrator.execute("INSERT INTO cleanup_policy (name, resource_type, condition, priority, reason) VALUES ('mine', 'ec2_vpc', %s, 2000, 'x')", (condition,))
    steps = administrator.execute("SELECT e.rule, e.verdict, e.reason FROM aws.ec2_vpc v, explain_cleanup('ec2_vpc', v.resource_id) e").fetchall()
    assert ("mine", "keep (cannot be evaluated)", refusal) in steps


def test_an_administrator_cannot_change_as_whom_conditions_run(administrator):
    for statement in ("ALTER FUNCTION records_matching SECURITY INVOKER", "SET ROLE tabula_rasa_cleanup_policy", "SELECT records_matching('SELECT 1')"):
        with pytest.raises(errors.InsufficientPrivilege):
            administrator.execute(statement)
