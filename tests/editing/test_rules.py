"""What cannot be edited is refused at the statement, with what is wrong with it and what to do instead; nothing of it is staged."""

import pytest

SERVICES = ("ec2", "logs", "iam", "secretsmanager", "ecs", "sqs", "sns", "efs", "cloudwatch")


@pytest.fixture
def no(editor, refused):
    """no(sqlstate, SQL, …): the error's diagnostics; nothing is staged, the tables are as before, AWS has seen nothing."""
    before = editor.records()

    def check(sqlstate, statement, *arguments):
        told = refused(sqlstate, editor.sql, statement, *arguments)
        assert told.message_primary.startswith("tabula_rasa: ") and not told.message_primary.endswith(".")
        return told

    yield check
    assert editor.edits() == []
    assert editor.records() == before
    assert editor.world.calls(mutating=True) == []


def test_the_local_route_is_not_deleted(editor, no):
    table = editor.value("SELECT route_table_id FROM ec2_route WHERE gateway_id = 'local'")
    told = no("2BP01", "DELETE FROM ec2_route WHERE gateway_id = 'local'")
    assert table in told.message_primary and "route table" in told.message_detail and f"ec2_route_table {table}" in told.message_hint
    # The one row stops the whole statement.
    no("2BP01", "DELETE FROM ec2_route")


def test_the_default_group_is_not_deleted(editor, no):
    vpc = editor.value("SELECT vpc_id FROM ec2_vpc")
    told = no("2BP01", "DELETE FROM ec2_security_group WHERE group_name = 'default'")
    assert "goes with its VPC" in told.message_detail and f"ec2_vpc {vpc}" in told.message_hint
    told = no("2BP01", "DELETE FROM aws.resource WHERE name = 'default' AND resource_type = 'ec2_security_group'")
    assert "aws.resource" not in told.message_primary


@pytest.mark.parametrize("table", ["ec2_vpc", "aws.resource", "ec2_security_group"])
def test_truncate_says_what_to_do_instead(no, table):
    told = no("0A000", f"TRUNCATE {table}")
    assert "DELETE FROM aws." in told.message_hint and "delete_all_records()" in told.message_hint


@pytest.mark.parametrize(
    ("statement", "column", "table"),
    [
        ("INSERT INTO ec2_subnet (cidr_block) VALUES ('10.0.0.0/24')", "vpc_id", "ec2_subnet"),
        ("INSERT INTO ec2_vpc (name) VALUES ('x')", "cidr_block", "ec2_vpc"),
        ("INSERT INTO ec2_security_group (group_name, vpc_id) VALUES ('x', 'y')", "description", "ec2_security_group"),
        ("INSERT INTO ec2_security_group (description, vpc_id) VALUES ('x', 'y')", "group_name", "ec2_security_group"),
        ("INSERT INTO ec2_route (route_table_id, gateway_id) VALUES ('x', 'y')", "destination_cidr_block", "ec2_route"),
        ("INSERT INTO iam_role (role_name) VALUES ('x')", "assume_role_policy_document", "iam_role"),
        ("INSERT INTO logs_log_group (retention_in_days) VALUES (7)", "log_group_name", "logs_log_group"),
        ("INSERT INTO secretsmanager_secret (secret_string) VALUES ('x')", "name", "secretsmanager_secret"),
        ("INSERT INTO sqs_queue (visibility_timeout) VALUES (3)", "queue_name", "sqs_queue"),
        ("INSERT INTO sns_topic (display_name) VALUES ('x')", "topic_name", "sns_topic"),
    ],
)
def test_a_missing_column_is_named(no, statement, column, table):
    told = no("23502", statement)
    assert f'"{column}"' in told.message_primary and f"aws.{table}" in told.message_primary


@pytest.mark.parametrize(
    ("statement", "column"),
    [
        ("INSERT INTO ec2_vpc (cidr_block, state) VALUES ('10.0.0.0/16', 'available')", "state"),
        ("INSERT INTO ec2_vpc (cidr_block, owner_id) VALUES ('10.0.0.0/16', '123456789012')", "owner_id"),
        ("INSERT INTO ec2_vpc (cidr_block, created) VALUES ('10.0.0.0/16', now())", "created"),
        ("UPDATE ec2_vpc SET state = 'pending'", "state"),
        ("UPDATE ec2_vpc SET vpc_id = 'vpc-0'", "vpc_id"),
        ("UPDATE ec2_vpc SET resource_id = 'vpc-0'", "resource_id"),
        ("UPDATE ec2_vpc SET region = 'eu-west-1'", "region"),
        ("UPDATE ec2_vpc SET arn = 'arn:aws:ec2:::vpc/x'", "arn"),
        ("UPDATE ec2_vpc SET account_id = '123456789012'", "account_id"),
        ("UPDATE ec2_vpc SET read_at = now()", "read_at"),
        ("UPDATE ec2_vpc SET properties = '{}'", "properties"),
        ("UPDATE ec2_subnet SET available_ip_address_count = 1", "available_ip_address_count"),
        ("UPDATE aws.resource SET created = now() WHERE resource_type = 'ec2_vpc'", "created"),
    ],
)
def test_a_column_that_aws_sets_is_named(no, statement, column):
    told = no("428C9", statement)
    assert f'column "{column}"' in told.message_primary and told.message_hint


def test_a_type_without_tags_refuses_them(editor, no):
    no("428C9", "UPDATE ec2_route SET tags = '{\"team\": \"x\"}'")
    told = no("428C9", "UPDATE ec2_availability_zone SET tags = '{\"team\": \"x\"}'")
    assert 'column "tags"' in told.message_primary
    no("428C9", "INSERT INTO ec2_route (route_table_id, destination_cidr_block, gateway_id, tags) VALUES ('x', '0.0.0.0/0', 'y', '{\"team\": \"x\"}')")


def test_what_cannot_be_created_is_said(editor, no):
    no("0A000", "INSERT INTO ec2_availability_zone (zone_name) VALUES ('us-east-1z')")
    told = no("0A000", "INSERT INTO aws.resource (name) VALUES ('x')")
    assert "aws.ec2_vpc" in told.message_hint
    told = no("0A000", "INSERT INTO iam_access_key (user_name) VALUES ('x')")
    assert "creatable" in told.message_hint


def test_what_aws_would_not_understand_is_said(editor, no):
    told = no("22023", "INSERT INTO ecs_service (service_name, cluster_arn, task_definition, network_configuration) VALUES ('x', 'y', 'z', '{\"awsvpc\": 1}')")
    assert "awsvpc" in told.message_primary and "network_configuration" in told.message_primary
    told = no("22023", "INSERT INTO ec2_vpc_endpoint (vpc_id, service_name, dns_options) VALUES ('x', 'y', '{\"DnsRecordType\": \"ipv4\"}')")
    assert "DnsRecordType" in told.message_primary and "dns_options" in told.message_primary
    told = no("22023", "INSERT INTO ec2_dhcp_options (dhcp_configurations) VALUES ('{\"Key\": \"domain-name\"}')")
    assert "dhcp_configurations" in told.message_primary


def test_an_account_that_is_not_known_is_refused(editor, no):
    told = no("TR001", "INSERT INTO logs_log_group (account_id, log_group_name) VALUES ('999999999999', '/x')")
    assert "999999999999" in told.message_primary


def test_a_bad_row_among_good_ones_stages_none(editor, no):
    no("23502", "INSERT INTO logs_log_group (log_group_name) VALUES ('/one'), (NULL), ('/three')")


@pytest.mark.parametrize("tags", [None, "[]", "5", "null", '"x"', '{"a": 5}', '{"a": null}', '{"a": {"b": 1}}', '{"a": true}'])
def test_tags_that_are_no_texts_are_refused(no, tags):
    for statement in (
        "UPDATE aws.resource SET tags = %s WHERE resource_type = 'ec2_vpc'", "UPDATE ec2_vpc SET tags = %s",
        *(["INSERT INTO ec2_vpc (cidr_block, tags) VALUES ('10.0.0.0/16', %s)"] if tags not in (None, "null") else []),
    ):
        told = no("22023", statement, tags)
        assert "tags of aws.ec2_vpc" in told.message_primary and (tags or "null") in told.message_primary and told.message_hint


@pytest.mark.parametrize("statement", [
    "UPDATE ec2_vpc SET tags = tags || '{\"aws:stack\": \"x\"}'", "INSERT INTO ec2_vpc (cidr_block, tags) VALUES ('10.0.0.0/16', '{\"aws:stack\": \"x\"}')",
])
def test_aws_keeps_some_tags_for_itself(no, statement):
    assert 'tag "aws:stack"' in no("428C9", statement).message_primary


@pytest.mark.parametrize(("statement", "column"), [
    ("UPDATE iam_role SET max_session_duration = 1", "max_session_duration"),
    ("INSERT INTO iam_role (role_name, assume_role_policy_document, max_session_duration) VALUES ('x', '{}', 1)", "max_session_duration"),
    (
        """INSERT INTO cloudwatch_metric_alarm (alarm_name, comparison_operator, evaluation_periods, metric_name, namespace, period, statistic, threshold)
           VALUES ('x', 'GreaterThanThreshold', 1, 'x', 'x', 60, 'Sum', 'NaN')""", "threshold",
    ),
])
def test_a_value_outside_the_model_names_its_column(no, statement, column):
    told = no("22023", statement)
    assert f'"{column}"' in told.message_primary and told.message_detail


def test_what_can_be_set_is_not_said_to_be_aws_own(editor, no):
    """AWS tells a file system's name from its tag."""
    told = no("428C9", "INSERT INTO efs_file_system (encrypted, name) VALUES (true, 'x')")
    assert 'column "name"' in told.message_primary and " name," not in told.message_hint and "tags" in told.message_hint


def test_what_aws_does_not_delete_is_not_replaced(editor, no):
    told = no("2BP01", "UPDATE ec2_security_group SET description = 'x'")
    assert '"description"' in told.message_primary and "ec2_vpc" in told.message_hint


@pytest.mark.parametrize("call", ["delete_cascade(NULL, 'x')", "delete_cascade('ec2_vpc', NULL)", "record_as_sql(NULL, 'x')", "record_as_sql('ec2_vpc', NULL)", "explain_cleanup('ec2_vpc', NULL)"])
def test_a_record_must_be_named(no, call):
    assert "must not be null" in no("22023", f"SELECT * FROM {call}").message_detail


def test_several_accounts_are_told_apart_by_a_column(editor, no):
    editor.sql("INSERT INTO account (account_id, name) VALUES ('222222222222', 'two')")
    try:
        told = no("TR001", "INSERT INTO ec2_vpc (cidr_block) VALUES ('10.0.0.0/16')")
        assert "column account_id" in told.message_hint
    finally:
        editor.sql("DELETE FROM account WHERE name = 'two'")
