"""Where a new row of an account with several regions is to be."""

import pytest

SERVICES = ("ec2", "sqs", "iam")


@pytest.fixture
def wide(editor):
    editor.sql("UPDATE account SET regions = '{us-east-1,eu-west-1}'")
    yield editor
    editor.sql("UPDATE account SET regions = '{us-east-1}'")


def test_the_region_is_told_or_that_of_what_the_row_names(wide, refused):
    diagnostics = refused("23502", wide.sql, "INSERT INTO ec2_vpc (cidr_block) VALUES ('10.1.0.0/16')")
    assert 'column "region" of aws.ec2_vpc' in diagnostics.message_primary
    wide.sql("INSERT INTO ec2_vpc (region, vpc_id, cidr_block) VALUES ('eu-west-1', 'far', '10.1.0.0/16'), ('us-east-1', 'near', '10.1.0.0/16')")
    wide.sql("INSERT INTO ec2_subnet (vpc_id, cidr_block) VALUES ('far', '10.1.0.0/24'), ('near', '10.1.1.0/24')")
    wide.carry_out()
    for region, block in (("eu-west-1", "10.1.0.0/24"), ("us-east-1", "10.1.1.0/24")):
        subnets = wide.aws("ec2", region).describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["false"]}])["Subnets"]
        assert [subnet["CidrBlock"] for subnet in subnets] == [block]


def test_a_name_tells_no_region(wide, refused):
    wide.sql("INSERT INTO sqs_queue (region, queue_name) VALUES ('eu-west-1', 'jobs')")
    refused("23502", wide.sql, "INSERT INTO ec2_security_group (name, description) VALUES ('jobs', 'jobs')")


@pytest.mark.parametrize("region", ["mars-1", "eu-west-2", "global"])
def test_a_region_that_is_not_visited_is_refused(wide, refused, region):
    told = refused("22023", wide.sql, "INSERT INTO ec2_vpc (region, cidr_block) VALUES (%s, '10.1.0.0/16')", region)
    assert f'unknown region "{region}"' in told.message_primary and "eu-west-1" in told.message_detail and "regions" in told.message_hint
    assert wide.edits() == []


def test_any_region_of_aws_where_the_account_names_none(wide, refused):
    wide.sql("UPDATE account SET regions = NULL")
    wide.sql("INSERT INTO sqs_queue (region, queue_name) VALUES ('ap-south-1', 'jobs')")
    refused("22023", wide.sql, "INSERT INTO sqs_queue (region, queue_name) VALUES ('mars-1', 'jobs')")
    assert [row["status"] for row in wide.discard()] == ["discarded"]
