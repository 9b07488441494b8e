"""Credentials that are missing, wrong or not allowed anything, and an AWS that does not answer: told at once, for what they are."""

import http.server
import threading
import time

import pytest
from psycopg import errors

ALL = ("mirror", "check", "wipe", "restore")


@pytest.fixture
def profile(world, aws_configuration):
    """profile(text): the account's row names a profile of the server's user that consists of this."""

    def use(text, name="mine", role=False):
        aws_configuration(credentials=f"[{name}]\n{text}\n", config="[profile empty]\nregion = us-east-1\n")
        world.sql("UPDATE account SET profile = %s, role_arn = CASE WHEN %s THEN role_arn END", name, role)

    return use


def test_wrong_key(world, profile, refused):
    profile("aws_access_key_id = AKIAWRONGWRONGWRONG1\naws_secret_access_key = hush")
    for name in ALL:
        told = refused("TR004", getattr(world, name))
        assert f'"{world.account_id}" (test)' in told.message_primary and "sts:GetCallerIdentity" in told.message_primary
        assert told.message_detail.startswith("InvalidClientTokenId")
        assert "credentials" in told.message_hint


def test_wrong_key_for_the_role(world, profile, refused):
    profile("aws_access_key_id = AKIAWRONGWRONGWRONG1\naws_secret_access_key = hush", role=True)
    assert "sts:AssumeRole" in refused("TR004", world.wipe).message_primary


@pytest.mark.parametrize("role", [False, True], ids=["by themselves", "for a role"])
def test_no_credentials(world, profile, refused, role):
    profile("", name="mine", role=role)
    world.sql("UPDATE account SET profile = 'empty'")
    for name in ALL:
        told = refused("TR004", getattr(world, name))
        assert told.message_primary == f'tabula_rasa: no AWS credentials for account "{world.account_id}" (test)'
        assert "profile or role_arn" in told.message_hint


def test_half_a_key(world, profile, refused):
    profile("aws_access_key_id = AKIAWRONGWRONGWRONG1")
    assert "no AWS credentials" in refused("TR004", world.wipe).message_primary


def test_no_such_profile(world, profile, refused):
    profile("")
    world.sql("UPDATE account SET profile = 'mnie'")
    told = refused("TR004", world.wipe)
    assert 'no profile "mnie"' in told.message_primary and ".aws/config" in told.message_hint


def test_role_that_may_not_be_assumed(world, refused, double):
    double.faults({"service": "sts", "operation": "AssumeRole", "error_code": "AccessDenied", "message": "not you", "status": 403})
    told = refused("TR004", world.wipe)
    assert "sts:AssumeRole" in told.message_primary and told.message_detail == "AccessDenied: not you"


def test_unreachable_endpoint(world, refused):
    world.sql("UPDATE account SET endpoint_url = 'http://127.0.0.1:1'")
    for name in ALL:
        began = time.monotonic()
        told = refused("08006", getattr(world, name))
        assert time.monotonic() - began < 15
        assert "http://127.0.0.1:1" in told.message_primary and "endpoint_url" in told.message_hint


def test_endpoint_that_hangs_up(world, refused, double):
    double.faults({"service": "sts", "drop_connection": True})
    began = time.monotonic()
    assert double.url in refused("08006", world.wipe).message_primary
    assert time.monotonic() - began < 15


def test_key_that_works(world, profile):
    """The same way of giving credentials, with right ones."""
    user = world.aws("iam")
    user.create_user(UserName="operator")
    key = user.create_access_key(UserName="operator")["AccessKey"]
    profile(f"aws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}")
    assert world.restore() == []
    assert world.sql("SELECT user_name, role_name FROM caller") == [{"user_name": "operator", "role_name": None}]
    tables = world.sql("SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema = 'tabula_rasa'")
    for each in tables:
        assert not world.sql(f"SELECT FROM {each['name']} t WHERE strpos(t::text, %s) > 0", key["SecretAccessKey"]), each["name"]


@pytest.mark.parametrize("conninfo", ["host=db password=hush", "host=db PassWord = hush", "host=db sslpassword=hush", "postgresql://journal:hush@db/test", "postgres://journal:hu%40sh@db:5432", "postgresql://db/test?password=hush"])
def test_the_journals_connection_string_has_no_password(world, conninfo):
    with pytest.raises(errors.CheckViolation):
        world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", conninfo)


@pytest.mark.parametrize("conninfo", ["host=db user=journal passfile=/etc/journal", "service=journal", "postgresql://journal@db:5432/test?passfile=/etc/journal", "postgresql://[::1]:5432/test"])
def test_one_without_a_password_is_taken(world, conninfo):
    world.sql("INSERT INTO setting (name, value) VALUES ('journal_conninfo', %s)", conninfo)


class _Sts(http.server.BaseHTTPRequestHandler):
    """Half an answer of AssumeRole's."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<AssumeRoleResponse><AssumeRoleResult><Credentials><SecretAccessKey>hush-hush</SecretAccessKey><SessionTok")

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("role", [False, True], ids=["by themselves", "for a role"])
def test_half_an_answer_with_a_secret_in_it_is_not_repeated(world, refused, postgres, role):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sts) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        world.sql("UPDATE account SET endpoint_url = %s, role_arn = CASE WHEN %s THEN role_arn END", f"http://127.0.0.1:{server.server_port}", role)
        for name in ALL:
            told = refused("TR004", getattr(world, name))
            assert "cannot be read" in told.message_detail or "cannot read the answer" in told.message_detail
            assert "hush-hush" not in "".join(str(each) for each in (told.message_primary, told.message_detail, told.message_hint, told.context))
        server.shutdown()
    assert "hush-hush" not in postgres.log()
