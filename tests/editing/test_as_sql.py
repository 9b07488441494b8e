"""Records as SQL: an account written down as statements, and made again of them: in its place, and elsewhere."""

import re

import pytest
import shop
from conftest import said
from likeness import difference, likeness
from statements import completed, dump, table_of
from world import World

SERVICES = shop.SERVICES
REGION, ELSEWHERE = "us-east-1", "eu-west-1"
# What has to be filled in, for AWS asks for it and nobody can read it back.
COMPLETED = {
    "rds_db_instance": {"master_user_password": "tutorial-password"},
    "lambda_function": {"code": '{"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}'},
}


def keys(world):
    return {tuple(row.values()) for row in world.sql("SELECT resource_type, region, resource_id FROM aws.resource")}


def alike(world, region):
    """The likeness of what was put into the account, of all types that can be created; network interfaces come along with what needs them."""
    types = [row["resource_type"] for row in world.sql("SELECT resource_type FROM resource_type WHERE creatable AND enabled ORDER BY 1")]
    rows = [row["row"] for name in types if name != "ec2_network_interface" for row in world.sql(f'SELECT to_jsonb(t) AS row FROM aws."{name}" AS t')]
    return likeness(rows, world.account_id, region, world.factory)


def replayed(world, statements):
    """Executes them and applies; nothing may stand against it."""
    for each in statements:
        world.sql(completed(each, COMPLETED))
    rows = world.sql("SELECT * FROM apply_changes()")
    assert said(rows, lambda row: row["status"] != "done") == []
    assert world.sql("SELECT * FROM preview_changes()") == []
    assert [row for row in world.mirror() if row["status"] != "ok"] == []


def assert_alike(before, after):
    """The first of a likeness tells what differs, the second whether all mention the same."""
    assert difference(before[0], after[0]) == []
    assert before[1] == after[1]


@pytest.fixture(scope="module")
def filled(module_world):
    """The account, full and mirrored."""
    module_world.factory = keys(module_world)
    shop.fill(module_world.aws, module_world.account_id, REGION)
    assert [row for row in module_world.mirror() if row["status"] != "ok"] == []
    return module_world


@pytest.fixture(scope="module")
def elsewhere(postgres, double, filled):
    """A database that knows another account, in another region alone."""
    name = "test_as_sql_elsewhere"
    postgres.create_database(name, template="with_extension")
    world = World(postgres, double, name, f"7{filled.account_id[1:]}", (ELSEWHERE,), SERVICES)
    world.mirror()
    world.factory = keys(world)
    yield world
    world.close()


def one(world, resource_type, condition, *arguments):
    """record_as_sql of the one record for which the condition holds."""
    [row] = world.sql(f'SELECT record_as_sql(resource_type, resource_id) AS statement FROM aws."{resource_type}" WHERE {condition}', *arguments)
    return row["statement"]


# -- one record


def test_the_statement_of_a_subnet(filled):
    row = filled.sql("SELECT subnet_id, vpc_id FROM aws.ec2_subnet WHERE name = 'shop-public-a'")[0]
    assert one(filled, "ec2_subnet", "name = 'shop-public-a'") == (
        "INSERT INTO aws.ec2_subnet (region, subnet_id, ipv6_native, vpc_id, cidr_block, availability_zone, tags) VALUES"
        f" ('us-east-1', '{row['subnet_id']}', false, '{row['vpc_id']}', '10.0.0.0/24', 'us-east-1a',"
        """ '{"Name": "shop-public-a", "project": "shop", "environment": "test"}');"""
    )


def test_the_statement_of_a_role(filled):
    account = filled.account_id
    assert one(filled, "iam_role", "role_name = 'shop-machine'") == (
        "INSERT INTO aws.iam_role (path, role_name, assume_role_policy_document, max_session_duration, attached_policy_arns, arn) VALUES"
        """ ('/', 'shop-machine', '{"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow","""
        """ "Principal": {"Service": "lambda.amazonaws.com"}}]}', 7200, ARRAY['arn:aws:iam::aws:policy/ReadOnlyAccess'],"""
        f" 'arn:aws:iam::{account}:role/shop-machine');"
    )


def test_what_is_not_in_the_mirror_is_said(filled):
    secret = one(filled, "secretsmanager_secret", "name = 'django/secret-key'")
    assert secret.endswith("; -- not in the mirror: secret_binary, secret_string")
    instance = one(filled, "rds_db_instance", "true")
    assert instance.startswith("-- INSERT INTO aws.rds_db_instance (")
    assert instance.endswith(' -- column "manage_master_user_password" or "master_user_password" of aws.rds_db_instance must be given')
    assert "s3cr3t-v4lue" not in "".join(dump(filled))


@pytest.mark.parametrize("resource_type, condition", [
    ("ec2_vpc", "name = 'shop'"), ("ec2_internet_gateway", "name = 'shop'"), ("ec2_route", "nat_gateway_id IS NOT NULL"), ("ec2_nat_gateway", "name = 'shop'"),
    ("ec2_network_acl_entry", "rule_number = 90"), ("ec2_volume", "name = 'shop-home'"), ("ec2_key_pair", "true"), ("elbv2_load_balancer", "true"),
    ("ecs_service", "true"), ("sns_subscription", "true"), ("s3_bucket_policy", "true"), ("route53_resource_record_set", "type = 'CNAME'"),
    ("secretsmanager_secret", "name = 'hostile'"), ("ec2_vpc", "cidr_block = '10.99.0.0/16'"),
])
def test_a_records_statement_stages_a_new_one(filled, elsewhere, resource_type, condition):
    """Each in a database where nothing of that name is."""
    statement = one(filled, resource_type, condition)
    elsewhere.sql(statement.replace(f"'{REGION}'", f"'{ELSEWHERE}'"))
    staged = elsewhere.sql("SELECT resource_type, action FROM discard_changes()")
    assert staged == [{"resource_type": resource_type, "action": "create"}]


def test_nobody_knows_the_id(filled, refused):
    error = refused("22023", filled.sql, "SELECT record_as_sql('ec2_vpc', 'vpc-0')")
    assert 'no record "vpc-0" of type ec2_vpc' in error.message_primary
    refused("22023", filled.sql, "SELECT record_as_sql('ec2_vcp', 'vpc-0')")
    refused("22023", filled.sql, "SELECT * FROM records_as_sql(resource_types => '{ec2_vcp}')")


def test_what_aws_makes_itself_has_no_statement(filled, refused):
    for resource_type, condition in (("ec2_route", "gateway_id = 'local'"), ("ec2_network_interface", "requester_managed")):
        [resource_id, *_] = [row["resource_id"] for row in filled.sql(f"SELECT resource_id FROM aws.{resource_type} WHERE {condition}")]
        error = refused("0A000", filled.sql, "SELECT record_as_sql(%s, %s)", resource_type, resource_id)
        assert error.message_detail.startswith("AWS makes it along with something else")


# -- all of an account


def test_each_stands_after_what_it_mentions(filled):
    statements = dump(filled)
    ids = [row["resource_id"] for row in filled.sql("SELECT resource_id FROM aws.resource WHERE resource_id ~ '^[a-z]+-[0-9a-f]{17}$|^arn:'")]
    own = {}  # where the id stands as the record's own
    for number, text in enumerate(statements):
        named = re.findall(r"'([^']*)'", text[text.index(" VALUES ("):])
        own |= {each: number for each in named[:2] if each in ids and each not in own}
    for number, text in enumerate(statements):
        for each in ids:
            assert own.get(each, -1) <= number or not re.search(rf"{re.escape(each)}(?![\w-])", text), (each, text)


def test_twice_the_same_whatever_is_staged(filled):
    before = dump(filled)
    filled.sql("UPDATE aws.ec2_vpc SET name = 'renamed' WHERE name = 'shop'")
    filled.sql("DELETE FROM aws.iam_role WHERE role_name = 'shop-machine'")
    filled.sql("INSERT INTO aws.ec2_vpc (cidr_block) VALUES ('10.98.0.0/16')")
    assert dump(filled) == before
    assert "'shop'" in one(filled, "ec2_vpc", "name = 'renamed'") or '"shop"' in one(filled, "ec2_vpc", "name = 'renamed'")
    filled.sql("SELECT * FROM discard_changes()")
    assert dump(filled) == before


def test_what_aws_puts_into_every_account_is_found_not_made(filled):
    statements = dump(filled)
    [vpc] = [row["vpc_id"] for row in filled.sql("SELECT vpc_id FROM aws.ec2_vpc WHERE is_default")]
    inside = [text for text in statements if vpc in text]
    assert sorted(map(table_of, inside)) == ["ec2_security_group", "ec2_subnet", "ec2_vpc"]  # the default group, for a rule of it; the user's own subnet
    assert "is_default" in next(text for text in inside if table_of(text) == "ec2_vpc")
    assert sum("192.0.2.0/24" in text for text in statements) == 1
    assert not [text for text in statements if "AWSServiceRole" in text or "172.31.0.0/20" in text]


def test_what_aws_made_is_written_where_it_was_changed(filled):
    """The main route table has a name, and the default group of the VPC is sealed, though nothing mentions them."""
    main = next(text for text in dump(filled, resource_types=["ec2_route_table"]) if '"shop-main"' in text)
    assert main.endswith("ON CONFLICT DO NOTHING;")
    groups = dump(filled, resource_types=["ec2_security_group"])
    assert [("'default'" in text, "default_egress_rule" in text, "default_ingress_rule" in text) for text in groups if "default_egress_rule" in text] == [
        (True, True, True), (False, True, False),
    ]


def test_only_what_is_asked_for(filled):
    assert {table_of(text) for text in dump(filled, resource_types=["ec2_subnet", "iam_role"])} == {"ec2_subnet", "iam_role"}
    assert {"INSERT INTO aws.iam_" in text or "INSERT INTO aws.route53_" in text for text in dump(filled, regions=["global"])} == {True}
    assert dump(filled, regions=["ap-south-1"]) == []


# -- made again


def test_in_another_account_and_region(filled, elsewhere):
    statements = dump(filled, into_account=elsewhere.account_id, into_region=ELSEWHERE)
    text = "\n".join(statements)
    assert filled.account_id not in text and REGION not in text and "use1-" not in text
    elsewhere.psql(f"BEGIN;\n{text}\nROLLBACK;")  # all of it, as a file
    replayed(elsewhere, statements)
    assert_alike(alike(filled, REGION), alike(elsewhere, ELSEWHERE))


def test_dumped_wiped_and_made_again(filled):
    statements, before = dump(filled), alike(filled, REGION)
    assert said(filled.wipe(), lambda row: row["status"] not in ("deleted", "kept")) == []
    assert filled.value("SELECT count(*) FROM aws.ecs_service") == 0
    replayed(filled, statements)
    assert_alike(before, alike(filled, REGION))
    assert filled.aws("iam").get_policy(PolicyArn=f"arn:aws:iam::{filled.account_id}:policy/hostile")["Policy"]["Description"] == shop.HOSTILE
    assert filled.value("SELECT count(*) FROM aws.ec2_vpc WHERE name = %s AND tags ->> 'it''s' = %s", shop.HOSTILE, shop.HOSTILE) == 1
