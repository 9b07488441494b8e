"""Nothing that a rule's author made runs while the rule is read or asked: not as a superuser, and in nobody's session."""

import pytest
from psycopg import errors

from rules import asked, refusal

LOCKED = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"


def test_what_postgresql_evaluates_while_it_reads_is_nobodys(world, administrator):
    """A constant of a composite type whose column is a domain: its check would be called before there is anything to look through."""
    administrator.execute("CREATE DOMAIN pg_temp.holding AS text CHECK (ruler.checks(value))")
    for condition in ("'(x)'::ruler.holding IS NULL", "'{(x)}'::ruler.holding[] IS NULL", "'(x)'::holding IS NULL", "'[(x),(x)]'::ruler.spanning IS NULL"):
        told = refusal(administrator, condition)
        assert told.message_primary.endswith(("the condition may not use schema ruler", "the condition may not use type holding")), told.message_primary
    administrator.execute("DROP DOMAIN pg_temp.holding; CREATE TEMP TABLE holding (it ruler.checked)")
    assert refusal(administrator, "'(x)'::holding IS NULL").message_primary.endswith("the condition may not use type holding")
    administrator.execute("DROP TABLE holding")
    assert refusal(administrator, "true") is None
    assert world.value(LOCKED) == 0


def test_nothing_that_is_read_changes_what_is_run(world, administrator):
    """The role of the conditions owns the function that runs them; should anything of another's run while one is read, it changes that for nobody."""
    world.sql(
        """CREATE FUNCTION ours.alters(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
             IF current_setting('transaction_read_only') = 'off' THEN ALTER FUNCTION tabula_rasa.records_matching(text) SECURITY INVOKER; END IF; RETURN true; END $$;
           CREATE DOMAIN ours.altering AS text CHECK (ours.alters(value)); CREATE TABLE ours.holding (it ours.altering); GRANT SELECT ON ours.holding TO tabula_rasa_cleanup_policy;
           CREATE FUNCTION ours.who() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
           GRANT EXECUTE ON FUNCTION ours.who TO tabula_rasa_cleanup_policy"""
    )
    assert asked(world, "('(x)'::ours.holding IS NULL OR EXISTS (SELECT FROM ours.holding) OR true) AND ours.who()") == [
        ("keep (cannot be evaluated)", "ran as tabula_rasa_cleanup_policy")
    ]


@pytest.mark.parametrize("function, called", [("records_matching(text)", "records_matching('SELECT 1')"), ("condition_view(text, text)", "condition_view('aws.resource', 'true')")])
def test_what_conditions_run_in_runs_as_nobody_else(world, function, called):
    """Whoever can become the role (CREATEROLE could, before PostgreSQL 16) can alter its functions: altered they refuse, whatever their path says."""
    world.sql(
        """CREATE SCHEMA evil; CREATE FUNCTION evil.no(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT false';
           CREATE OPERATOR evil.<> (leftarg = name, rightarg = name, function = evil.no)"""
    )
    world.sql(f"SET ROLE tabula_rasa_cleanup_policy; ALTER FUNCTION tabula_rasa.{function} SECURITY INVOKER; ALTER FUNCTION tabula_rasa.{function} SET search_path = evil, pg_catalog")
    world.sql("RESET ROLE")
    with pytest.raises(errors.InsufficientPrivilege):
        world.sql(f"SELECT tabula_rasa.{called}")


def test_a_rule_plants_nothing_in_the_session(world, administrator):
    """A prepared statement and a session's advisory lock outlast what is undone."""
    administrator.execute(
        """CREATE FUNCTION ruler.plant() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
             IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'app_query') THEN
                 DEALLOCATE app_query; PREPARE app_query AS UPDATE pg_authid SET rolsuper = true WHERE rolname = 'ruler'; END IF;
             PERFORM pg_advisory_lock(4711); RETURN true; END $$;
           GRANT EXECUTE ON FUNCTION ruler.plant TO tabula_rasa_cleanup_policy"""
    )
    world.sql("CREATE FUNCTION ours.plant() RETURNS boolean LANGUAGE sql AS 'SELECT ruler.plant()'; ALTER FUNCTION ours.plant OWNER TO ruler")
    administrator.execute("GRANT EXECUTE ON FUNCTION ours.plant TO tabula_rasa_cleanup_policy")
    world.sql("PREPARE app_query AS SELECT 1")
    assert [asked(world, f"{schema}.plant()") for schema in ("ruler", "ours")] == [
        [("keep (cannot be evaluated)", "the condition may not use schema ruler")], [("keep (cannot be evaluated)", "the condition may not use function ours.plant()")],
    ]
    assert world.value("SELECT statement FROM pg_prepared_statements WHERE name = 'app_query'") == "PREPARE app_query AS SELECT 1"
    assert world.value(LOCKED) == 0
