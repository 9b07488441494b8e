"""As many types as AWS has, on a server with PostgreSQL's default settings: enabled, read by several, disabled, dumped, restored."""

import subprocess
import threading

import psycopg
import pytest

from embedded import EmbeddedPostgres
from world import ROLE

TYPES = 1300  # at least
SESSIONS = 3  # that ask aws.resource at the same moment
TABLES = "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'aws.resource'::regclass"
ENABLED = "SELECT resource_type FROM tabula_rasa.resource_type WHERE enabled AND readable"
LOCKS = "SELECT count(DISTINCT (locktype, relation, classid, objid)) FROM pg_locks WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def server():
    """A server of its own: how many locks there are depends on what else runs. Its database `everything` has a table for each type."""
    with EmbeddedPostgres() as server:
        server.create_database("everything")
        server.create_extension("everything")
        with server.connect("everything") as connection:
            assert connection.execute("SELECT current_setting('max_locks_per_transaction'), current_setting('max_connections')").fetchone() == ("64", "100")
            assert len(connection.execute("SELECT * FROM enable_services('*')").fetchall()) >= TYPES
        yield server
        print(server.log())


@pytest.fixture
def copy(server):
    """The name of a database like `everything`."""
    server.create_database("copy", template="everything")
    yield "copy"
    with server.connect("postgres") as connection:
        connection.execute("DROP DATABASE copy")


def names(connection, query):
    return {name for name, in connection.execute(query)}


def services(connection):
    return sorted(names(connection, "SELECT DISTINCT service FROM tabula_rasa.resource_type WHERE readable"))


def test_all_types_have_tables_like_any_other(server):
    with server.connect("everything") as connection:
        assert names(connection, TABLES) == names(connection, ENABLED) == names(connection, "SELECT resource_type FROM resource_type WHERE readable")
        assert names(
            connection,
            """SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'aws.resource'::regclass AND NOT (
                   (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND tgname IN ('stage_edit', 'refuse_truncate')) = 2
                   AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                   AND has_table_privilege('tabula_rasa_reader', c.oid, 'SELECT') AND has_table_privilege('tabula_rasa_editor', c.oid, 'INSERT')
                   AND relowner = (SELECT relowner FROM pg_class WHERE oid = 'aws.resource'::regclass)
                   AND obj_description(c.oid, 'pg_class') IS NOT NULL
                   AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND col_description(c.oid, a.attnum) IS NULL))""",
        ) == set()


def test_enabling_again_touches_nothing(server):
    with server.connect("everything") as connection:
        rows = "SELECT xmin::text, service, shape FROM enabled_service ORDER BY 2"
        before = connection.execute(rows).fetchall()
        with connection.transaction():
            assert len(connection.execute("SELECT * FROM enable_services('*')").fetchall()) >= TYPES
            assert connection.execute(LOCKS).fetchone()[0] < 50
        assert connection.execute(rows).fetchall() == before


def test_several_sessions_ask_for_everything_at_once(server):
    """Each holds its locks while the others take theirs."""
    sessions = [server.connect("everything", application_name=str(number)) for number in range(SESSIONS)]
    try:
        for each in sessions:
            each.autocommit = False
            assert each.execute("SELECT count(*) FROM aws.resource").fetchone() == (0,)
    finally:
        for each in sessions:
            each.close()


def test_runs_of_several_sessions_at_once(server, double, copy):
    """A run holds locks on what it writes, until its transaction ends; on what it only looks at, no longer than that takes."""
    accounts = [f"90000000000{number}" for number in range(SESSIONS)]
    with server.connect(copy) as connection:
        connection.execute("DELETE FROM enabled_service WHERE service <> 'ec2'")  # their tables are there; reading AWS is not what is tried here
        for each in accounts:
            connection.execute(
                "INSERT INTO account (account_id, regions, role_arn, endpoint_url, disposable) VALUES (%s, '{us-east-1}', %s, %s, true)", (each, ROLE.format(each), double.url),
            )
            double.boto("ec2", "us-east-1", each).create_key_pair(KeyName="left-over")
    ended, together = {}, threading.Barrier(SESSIONS)

    def run(account):
        try:
            with server.connect(copy) as connection, connection.transaction():
                rows = connection.execute("SELECT resource_type, status FROM delete_all_records(%s) WHERE action = 'delete'", (account,)).fetchall()
                held = connection.execute(LOCKS).fetchone()[0]
                together.wait(120)
                ended[account] = rows, held
        except Exception as error:
            ended[account] = error
            together.abort()

    threads = [threading.Thread(target=run, args=(each,)) for each in accounts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for account in accounts:
        rows, held = ended[account]
        assert rows == [("ec2_key_pair", "deleted")]
        assert held < 400


def test_all_are_disabled_and_enabled_one_by_one(server, copy):
    with server.connect(copy) as connection:
        rows = connection.execute("SELECT * FROM disable_services('*')").fetchall()
        assert len(rows) >= TYPES and {records for _, records in rows} == {0}
        assert names(connection, TABLES) == names(connection, "SELECT service FROM enabled_service") == set()
        assert names(connection, "SELECT service FROM disabled_service") == set(services(connection))
        assert connection.execute("SELECT count(*) FROM aws.resource").fetchone() == (0,)
        for each in services(connection):
            connection.execute("SELECT enable_services(%s)", (each,))
        assert names(connection, TABLES) == names(connection, ENABLED) and len(names(connection, TABLES)) >= TYPES
        assert names(connection, "SELECT service FROM disabled_service") == set()


def test_one_by_one_and_then_the_extension(server, copy):
    with server.connect(copy) as connection:
        for each in services(connection):
            connection.execute("SELECT disable_services(%s)", (each,))
        assert names(connection, TABLES) == set()
        connection.execute("SELECT enable_services('sqs'); DROP EXTENSION tabula_rasa")
        assert names(connection, "SELECT relname FROM pg_class WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('aws', 'tabula_rasa'))") == set()


def test_what_is_in_the_way_of_one_keeps_all(server, copy):
    """Although each service is dropped in a transaction of its own."""
    with server.connect(copy) as connection:
        tables = names(connection, TABLES)
        last = services(connection)[-1]
        (table,), = connection.execute("SELECT min(resource_type) FROM resource_type WHERE readable AND service = %s", (last,)).fetchall()
        connection.execute(f"CREATE VIEW public.mine AS SELECT resource_id FROM aws.{table}")
        with pytest.raises(psycopg.errors.ObjectInUse, match=last) as refused:
            connection.execute("SELECT disable_services('*')")
        assert "view public.mine" in refused.value.diag.message_detail
        assert names(connection, TABLES) == tables
        connection.execute("DROP VIEW public.mine")
        with pytest.raises(psycopg.errors.ObjectInUse, match="in use"), connection.transaction():
            connection.execute(f"SELECT * FROM aws.{table}")  # the transaction's own lock, for which the other connection would wait in vain
            connection.execute("SELECT disable_services('*')")
        assert names(connection, TABLES) == tables


def test_a_cancel_leaves_whole_services(server, copy):
    with server.connect(copy) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SET statement_timeout = '2s'; SELECT disable_services('*')")
        connection.execute("SET statement_timeout = 0")
        assert names(connection, TABLES) == names(connection, ENABLED)


def test_dump_and_restore(server):
    """The restored database has what a person has put in; its tables are made when they are needed."""
    with server.connect("everything") as before:
        with before.transaction():
            before.execute("INSERT INTO account (account_id, regions, disposable) VALUES ('123456789012', '{us-east-1}', true)")
            before.execute("CREATE ROLE auditor; GRANT SELECT ON aws.resource TO auditor")
            before.execute("INSERT INTO cleanup_policy (name, reason) VALUES ('mine', 'I want it')")
            before.execute("INSERT INTO aws.logs_log_group (region, log_group_name) VALUES ('us-east-1', '/staged')")
            before.execute("""INSERT INTO run (function, account_id, "session_user", status) VALUES ('f', '123456789012', 'me', 'done')""")
        dump = subprocess.run(["pg_dump", server.conninfo("everything")], check=True, capture_output=True, text=True).stdout
        server.create_database("restored")
        server.psql(dump, "restored", "-o", "/dev/null")
        with server.connect("restored") as after:
            after.execute("SET search_path = tabula_rasa, aws")
            for question in (
                "SELECT * FROM account", "SELECT * FROM cleanup_policy ORDER BY name", "SELECT * FROM run", "SELECT * FROM edit",
                "SELECT service FROM enabled_service ORDER BY 1", "SELECT * FROM disabled_service ORDER BY 1", "SELECT * FROM setting",
            ):
                assert after.execute(question).fetchall() == before.execute(question).fetchall(), question
            after.execute("SELECT enable_services(VARIADIC ARRAY(SELECT service FROM enabled_service))")
            granted = TABLES.replace("c.relname", "c.relname || replace(relacl::text, ',auditor=r/postgres', '')")  # whom a table that is made later is for, too
            assert names(after, granted) == names(before, granted) != set()
