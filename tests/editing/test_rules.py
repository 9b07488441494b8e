"""What cannot be edited is refused at the statement, with what is wrong with it and what to do instead; nothing of it is staged."""

import pytest

SERVICES = ("ec2", "logs", "iam", "secretsmanager", "ecs")


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
