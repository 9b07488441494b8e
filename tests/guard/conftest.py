"""What the tests of refusals share: a small world, and a way to look at an error."""

import os
import re
import shutil
from pathlib import Path

import psycopg
import pytest

from rules import MADE

SECRETS = re.compile(r"secret|session_?token|ASIA[A-Z0-9]{10,}|AKIA[A-Z0-9]{10,}", re.IGNORECASE)


@pytest.fixture
def world(world, double):
    """An account of EC2 and IAM only."""
    world.only("ec2", "iam")
    double.clear_calls()
    return world


@pytest.fixture
def refused(double):
    """refused(sqlstate, function, …, **arguments): the error's diagnostics; nothing was changed in any account, no secret told."""

    def call(sqlstate, function, *given, **arguments):
        with pytest.raises(psycopg.Error) as raised:
            function(*given, **arguments)
        told = raised.value.diag
        assert told.sqlstate == sqlstate, raised.value
        assert not told.message_primary.endswith(".")
        text = "\n".join(filter(None, (told.message_primary, told.message_detail, told.message_hint, told.context)))
        assert not SECRETS.search(text), text
        assert double.calls(mutating=True) == []
        return told

    return call


@pytest.fixture
def aws_configuration(postgres):
    """aws_configuration(credentials, config): writes the server user's own ~/.aws, and forgets it afterwards."""
    directory = Path(postgres.socket_dir, ".aws")

    def write(credentials="", config=""):
        directory.mkdir(exist_ok=True)
        for name, text in (("credentials", credentials), ("config", config)):
            (directory / name).write_text(text)
        for path in (directory, *directory.iterdir()):
            if postgres.user:
                os.chown(path, postgres.user.pw_uid, postgres.user.pw_gid)

    yield write
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def administrator(world):
    """A connection of someone who may write rules, and has a schema of his own that the conditions' role may use; in `ours` only superusers make things."""
    world.mirror(resource_types=["ec2_vpc"])
    world.sql("CREATE ROLE ruler LOGIN; GRANT tabula_rasa_administrator TO ruler; CREATE SCHEMA ruler AUTHORIZATION ruler; CREATE SCHEMA ours; GRANT USAGE ON SCHEMA ours TO PUBLIC")
    with world.postgres.connect(world.database, user="ruler") as connection:
        connection.execute("GRANT USAGE ON SCHEMA ruler TO tabula_rasa_cleanup_policy")
        for run, schema in ((world.sql, "ours"), (connection.execute, "ruler")):
            run(MADE.replace("ours", schema))
        for kind, what, name in (("TABLE", "rulers", "rulers"), ("FUNCTION", "rulers(text)", "rulers"), ("VIEW", "rulers_view", "rulers_view")):
            world.sql(f"ALTER {kind} ours.{what} OWNER TO ruler")
        connection.execute("GRANT SELECT ON ours.rulers, ours.rulers_view TO tabula_rasa_cleanup_policy; GRANT EXECUTE ON FUNCTION ours.rulers TO tabula_rasa_cleanup_policy")
        connection.execute(
            """CREATE FUNCTION ruler.checks(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(4711); RAISE EXCEPTION 'ran as %', current_user; END $$;
               CREATE DOMAIN ruler.checked AS text CHECK (ruler.checks(value)); CREATE TYPE ruler.holding AS (it ruler.checked);
               CREATE TEMP TABLE mine AS SELECT 1 AS one;"""
        )
        yield connection
    world.sql("DROP SCHEMA ours CASCADE; DROP OWNED BY ruler; DROP ROLE ruler")
