"""Credentials and what an edit passes on are in no table, no log, no error, and in nobody's list of what runs."""

import json
from concurrent.futures import ThreadPoolExecutor

import psycopg

EXTERNAL_ID = "marked-external-id-4711"
PASSED = "marked-secret-string-4711"


def test_no_secret_is_anywhere(world, double, aws_configuration):
    iam = world.aws("iam")
    iam.create_user(UserName="operator")
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    aws_configuration(credentials=f"[mine]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n")
    token = double._sts.assume_role(RoleArn=f"arn:aws:iam::{world.account_id}:role/tabula-rasa", RoleSessionName="test")["Credentials"]["SessionToken"]
    secrets = {"key": key["SecretAccessKey"], "token": token[:12], "external id": EXTERNAL_ID, "passed": PASSED}
    world.sql("SELECT * FROM enable_services('secretsmanager')")
    world.sql("UPDATE account SET profile = 'mine', external_id = %s", EXTERNAL_ID)
    logged = len(world.postgres.log())
    for setting in ("log_statement = 'all'", "log_min_messages = 'debug1'", "log_duration = on", "log_parameter_max_length_on_error = -1"):
        world.sql(f"ALTER DATABASE {world.database} SET {setting}")  # for the journal's connections
    world.sql("SET log_statement = 'none'; SET log_min_duration_statement = -1")  # the user's own statement is the user's own
    world.mirror()
    world.sql("INSERT INTO aws.secretsmanager_secret (name, region, secret_string) VALUES ('mine', 'us-east-1', %s)", PASSED)
    world.sql("SET log_statement = 'all'; SET log_min_messages = 'debug1'; SET client_min_messages = 'debug1'; SET log_duration = on")
    told = []
    world.connection.add_notice_handler(lambda notice: told.append(f"{notice.message_primary} {notice.message_detail} {notice.message_hint}"))
    rows = world.sql("SELECT * FROM preview_changes()")
    double.faults({"service": "secretsmanager", "operation": "CreateSecret", "error_code": "InvalidParameterException", "message": f"I do not like {PASSED}", "status": 400})
    rows += world.sql("SELECT * FROM apply_changes()")
    double.faults()
    rows += world.sql("SELECT * FROM apply_changes()") + world.sql("SELECT * FROM records_as_sql()")
    assert "done" in {row.get("status") for row in rows}
    with world.postgres.connect(world.database) as other, ThreadPoolExecutor(1) as thread:
        wipe = thread.submit(other.execute, "SELECT * FROM delete_all_records(dry_run => true)")
        while not wipe.done():
            rows += world.sql("SELECT * FROM pg_stat_activity")
        assert wipe.result().rowcount > 0
    for sqlstate, change in (("TR004", "profile = 'nowhere'"), ("TR003", "profile = 'mine', role_arn = replace(role_arn, account_id, '987654321098')"), ("08006", "endpoint_url = 'http://127.0.0.1:1'")):
        world.sql(f"UPDATE account SET {change}")
        try:
            world.mirror()
        except psycopg.Error as error:
            assert error.sqlstate == sqlstate, error
            told.append(f"{error} {error.diag.message_detail} {error.diag.message_hint} {error.diag.context}")
        else:
            raise AssertionError(f"went through: {change}")
    log = world.postgres.log()[logged:]
    assert "SELECT * FROM apply_changes()" in log
    assert "INSERT INTO tabula_rasa.journal" in log and "DETAIL:  parameters: " in log and '"CreateSecret"' in log  # the journal's statements, with their parameters
    # before we ourselves write the secrets into it
    tables = world.sql("SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'm') AND oid <> 'tabula_rasa.account'::regclass")
    found = {}
    for what, secret in secrets.items():
        for name, text in {"results": json.dumps(rows, default=str), "told": "\n".join(told), "log": log}.items():
            if secret in text:
                found[what, name] = text[max(0, text.index(secret) - 200):][:300]
        found |= {(what, each["name"]): True for each in tables if world.value(f"SELECT count(*) FROM {each['name']} AS t WHERE strpos(t::text, %s) > 0", secret)}
    assert found == {}

