"""The journal's connection is a superuser's: an administrator says where it goes, and nothing of what it does there."""

import os
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo


@pytest.fixture
def administrator(world):
    world.sql("CREATE ROLE settler LOGIN; GRANT tabula_rasa_administrator TO settler")
    with world.postgres.connect(world.database, user="settler") as connection:
        yield connection
    world.sql(f"DROP DATABASE IF EXISTS {world.database}_settlers")
    world.sql("DROP OWNED BY settler; DROP ROLE settler")


@pytest.fixture
def service_file(postgres):
    """service_file(text): writes the server user's own ~/.pg_service.conf, and forgets it afterwards."""
    path = Path(postgres.socket_dir, ".pg_service.conf")

    def write(text):
        path.write_text(text)
        if postgres.user:
            os.chown(path, postgres.user.pw_uid, postgres.user.pw_gid)

    yield write
    path.unlink(missing_ok=True)


def say(connection, value):
    connection.execute("DELETE FROM setting WHERE name = 'journal_conninfo'")
    connection.execute("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", (value,))


REFUSED = {
    "options='-c search_path=settler,pg_catalog'": '"options"',
    "service=journal options=''": '"options"',
    "postgresql:///mydb?options=-csession_preload_libraries%3Dx": '"options"',
    "sslkeylogfile=/tmp/x": '"sslkeylogfile"',  # written by the server's operating-system user
    "sslkey=/etc/ssl/private/key": '"sslkey"',
    "replication=database": '"replication"',
    "host=db hostaddr=192.0.2.1": '"hostaddr"',  # a password file's line is looked for by the host
    "service=journal host=evil.example": '"host" beside a service',  # where the service's password would go
    "service=journal port=1": '"port" beside a service',
    "no connection string": "is no connection string",
}


@pytest.mark.parametrize("value", REFUSED)
def test_what_the_setting_may_not_say(world, administrator, value):
    """To the owner, who restores dumps, it is said as a warning; what he set so is refused when it is used."""
    with pytest.raises(errors.InvalidParameterValue) as refused:
        say(administrator, value)
    told = refused.value.diag
    assert told.message_primary.startswith("tabula_rasa: journal_conninfo ") and REFUSED[value] in told.message_primary, told.message_primary
    assert told.message_detail and told.message_hint
    notices = []
    world.connection.add_notice_handler(lambda notice: notices.append((notice.severity_nonlocalized, notice.message_primary)))
    world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", value)
    assert notices == [("WARNING", told.message_primary.removeprefix("tabula_rasa: "))]
    with pytest.raises(errors.InvalidParameterValue):
        world.mirror()


@pytest.mark.parametrize("value", ["service=journal", "service=journal dbname=mydb user=postgres", "postgresql://postgres@db:5433/mydb?sslmode=verify-full", "host=/run/postgresql port=5432"])
def test_what_the_setting_may_say(administrator, value):
    say(administrator, value)


def test_an_update_of_it_is_looked_at_as_well(administrator):
    say(administrator, "service=journal")
    with pytest.raises(errors.InvalidParameterValue):
        administrator.execute("UPDATE setting SET value = 'options=-cx=y'")
    administrator.execute("INSERT INTO setting (name, value) VALUES ('condition_timeout', '5')")
    administrator.execute("DELETE FROM setting WHERE name = 'journal_conninfo'")
    with pytest.raises(errors.InvalidParameterValue):
        administrator.execute("UPDATE setting SET value = 'options=x', name = 'journal_conninfo' WHERE name = 'condition_timeout'")


def test_a_services_options_are_overridden(world, service_file):
    """A service may have any: what the session does is not its to say."""
    world.sql("CREATE SCHEMA astray; CREATE FUNCTION astray.hashtextextended(text, integer) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$")
    service_file(f"[journal]\nhost={world.postgres.socket_dir}\nport=5432\nuser=postgres\ndbname={world.database}\noptions=-c search_path=astray,pg_catalog\n")
    say(world.connection, "service=journal")
    assert {row["status"] for row in world.mirror(resource_types=["ec2_vpc"])} == {"ok"}


@pytest.mark.parametrize("function", ["delete_all_records()", "enable_services('*')"])
def test_another_database_is_refused(world, administrator, function):
    """There somebody else may own the tables, and their triggers would run with a superuser's rights."""
    world.sql(f"CREATE DATABASE {world.database}_settlers OWNER settler")
    with world.postgres.connect(f"{world.database}_settlers", user="settler") as other:
        other.execute(
            """CREATE SCHEMA tabula_rasa;
               CREATE TABLE tabula_rasa.run (run_id bigint GENERATED ALWAYS AS IDENTITY, function text, account_id text, "session_user" text, pid int, arguments jsonb,
                                             status text, started_at timestamptz DEFAULT now(), finished_at timestamptz);
               CREATE TABLE tabula_rasa.enabled_service (service text, at_creation boolean, shape text);
               CREATE FUNCTION public.takes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ALTER ROLE settler SUPERUSER; RETURN new; END $$;
               CREATE TRIGGER takes BEFORE INSERT ON tabula_rasa.run FOR EACH ROW EXECUTE FUNCTION public.takes();
               CREATE TRIGGER takes BEFORE INSERT ON tabula_rasa.enabled_service FOR EACH ROW EXECUTE FUNCTION public.takes();"""
        )
    say(administrator, make_conninfo(host=world.postgres.socket_dir, port=5432, user="postgres", dbname=f"{world.database}_settlers"))
    with pytest.raises(psycopg.Error) as refused:
        world.sql(f"SELECT * FROM {function}")
    assert world.mirror(resource_types=["ec2_vpc"])  # goes on without
    assert world.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'settler'") is False
    assert refused.value.diag.message_primary == "tabula_rasa: the journal's connection leads to another database, so nothing is changed in AWS"
    assert f"{world.database}_settlers" in refused.value.diag.message_detail and "journal_conninfo" in refused.value.diag.message_hint
