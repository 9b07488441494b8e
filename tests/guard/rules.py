"""Rules of an administrator's, as the tests of conditions write and ask them."""

import psycopg

MADE = """
    CREATE TABLE ours.list AS SELECT 'x' AS name;
    CREATE TABLE ours.granted AS SELECT 'default' AS name; GRANT SELECT ON ours.granted TO tabula_rasa_cleanup_policy;
    CREATE TABLE ours.rulers AS SELECT 1 AS one; CREATE VIEW ours.rulers_view AS SELECT 1 AS one;
    CREATE VIEW ours.settings AS SELECT * FROM pg_settings; GRANT SELECT ON ours.settings TO PUBLIC;
    CREATE FUNCTION ours.anybodys(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION ours.granted(text) RETURNS boolean LANGUAGE sql AS 'SELECT $1 IS NOT NULL'; GRANT EXECUTE ON FUNCTION ours.granted TO tabula_rasa_cleanup_policy;
    CREATE FUNCTION ours.rulers(text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION ours.program() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN COPY (SELECT 1) TO PROGRAM 'true'; RETURN true; END $$;
    CREATE FUNCTION ours.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR ours.=== (leftarg = text, rightarg = text, function = ours.same);
    CREATE DOMAIN ours.short AS text CHECK (length(value) < 100); CREATE TYPE ours.colour AS ENUM ('red'); CREATE COLLATION ours.order FROM "C";
"""


def write(connection, condition, resource_type="ec2_vpc", name="mine"):
    connection.execute(
        "INSERT INTO cleanup_policy (name, resource_type, condition, priority, reason) VALUES (%s, %s, %s, 2000, 'wanted')", (name, resource_type, condition),
    )


def verdicts(connection):
    """What became of the rule for the default VPC: (verdict, reason)."""
    (vpc,), = connection.execute("SELECT resource_id FROM aws.ec2_vpc").fetchall()
    return connection.execute("SELECT verdict, reason FROM explain_cleanup('ec2_vpc', %s) WHERE rule = 'mine' AND verdict LIKE 'keep (%%'", (vpc,)).fetchall()


def asked(world, condition):
    """The same of a rule that the extension's owner wrote, who is only warned."""
    write(world.connection, condition)
    steps = world.sql("SELECT e.verdict, e.reason FROM aws.ec2_vpc v, explain_cleanup('ec2_vpc', v.resource_id) e WHERE e.rule = 'mine' AND e.verdict LIKE 'keep (%'")
    world.sql("DELETE FROM cleanup_policy WHERE name = 'mine'")
    return [tuple(each.values()) for each in steps]


def refusal(connection, condition):
    """How the rule is refused; None if it is not."""
    try:
        write(connection, condition)
    except psycopg.Error as error:
        return error.diag
    connection.execute("DELETE FROM cleanup_policy WHERE name = 'mine'")
