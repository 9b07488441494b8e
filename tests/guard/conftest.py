"""What the tests of refusals share: a small world, and a way to look at an error."""

import os
import re
import shutil
from pathlib import Path

import psycopg
import pytest

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
