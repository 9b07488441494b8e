"""What must not be stored: the value that counts is the one of the row, and nobody reads it anywhere."""

import json

import pytest

SERVICES = ("secretsmanager", "lambda", "rds")
INSTANCE = """INSERT INTO rds_db_instance (db_instance_identifier, db_instance_class, engine, allocated_storage, master_username, master_user_password)
              VALUES ('shop', 'db.t3.micro', 'postgres', 20, 'admin', %s)"""


def value_of(editor, name="token"):
    return editor.aws("secretsmanager").get_secret_value(SecretId=name)["SecretString"]


@pytest.mark.parametrize("change", ["UPDATE secretsmanager_secret SET secret_string = 'later'", "DELETE FROM secretsmanager_secret"])
def test_a_rollback_takes_back_the_value_too(editor, change):
    editor.sql("INSERT INTO secretsmanager_secret (name, secret_string) VALUES ('token', 'first')")
    with editor.world.connection.transaction(force_rollback=True):
        editor.sql(change)
    editor.carry_out()
    assert value_of(editor) == "first"


def test_the_value_of_an_upsert_arrives(editor):
    editor.sql("INSERT INTO secretsmanager_secret (name, secret_string) VALUES ('token', 'first')")
    editor.carry_out()
    editor.sql(
        """INSERT INTO secretsmanager_secret (region, resource_id, name, secret_string)
           SELECT region, resource_id, name, 'second' FROM secretsmanager_secret WHERE name = 'token'
           ON CONFLICT (account_id, region, resource_id) DO UPDATE SET secret_string = excluded.secret_string"""
    )
    assert [row["action"] for row in editor.edits()] == ["update"]
    editor.carry_out()
    assert value_of(editor) == "second"


@pytest.mark.parametrize("environment", [["hunter2"], "hunter2", {"Variables": ["hunter2"]}])
@pytest.mark.parametrize("staged", [False, True])
def test_an_error_does_not_repeat_what_was_given(editor, refused, environment, staged):
    """PostgreSQL writes errors to its log."""
    statement = """INSERT INTO lambda_function (function_name, role, runtime, handler, code, environment)
                   VALUES ('f', 'arn:aws:iam::123456789012:role/f', 'python3.12', 'a.b', '{"S3Bucket": "bucket", "S3Key": "k"}', %s)"""
    if staged:
        editor.sql(statement, json.dumps({"Variables": {"PASSWORD": "well"}}))
        statement = "UPDATE lambda_function SET environment = %s"
    told = refused("22023", editor.sql, statement, json.dumps(environment))
    assert '"environment"' in told.message_primary
    assert "hunter2" not in "".join(filter(None, (told.message_primary, told.message_detail, told.message_hint, told.context)))
    assert "hunter2" not in editor.world.postgres.log()


def test_other_columns_of_a_staged_row_can_be_changed(editor):
    editor.sql(INSTANCE, "first-password")
    editor.sql("UPDATE rds_db_instance SET allocated_storage = 30")
    editor.sql("UPDATE rds_db_instance SET master_user_password = 'second-password'")
    editor.sql("UPDATE rds_db_instance SET backup_retention_period = 3")
    assert [row["status"] for row in editor.preview()] == ["planned"]
    assert [row["status"] for row in editor.apply()] == ["done"]
    (instance,) = editor.aws("rds").describe_db_instances()["DBInstances"]
    assert (instance["AllocatedStorage"], instance["BackupRetentionPeriod"]) == (30, 3)
    editor.sql("DELETE FROM rds_db_instance")
    editor.apply()


def test_what_aws_repeats_is_not_kept(editor):
    password = "correct-horse-battery"
    editor.sql(INSTANCE, password)
    editor.world.double.faults({
        "service": "rds", "operation": "CreateDBInstance", "account": editor.world.account_id, "error_code": "InvalidParameterValue",
        "message": f"The parameter MasterUserPassword {password} is not valid",
    })
    ((row),) = editor.apply()
    assert row["status"] == "failed" and "(not shown) is not valid" in row["reason"]
    for table in ("edit", "journal", "run"):
        assert editor.value(f"SELECT count(*) FROM {table} AS t WHERE to_jsonb(t)::text LIKE %s", f"%{password}%") == 0
    assert editor.value("SELECT error_message FROM journal WHERE operation = 'CreateDBInstance' ORDER BY run_id DESC LIMIT 1").endswith("is not valid")
    editor.world.double.faults()
    editor.carry_out()
