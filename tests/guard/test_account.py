"""Which account may be changed: one that was named, is marked disposable, is who STS says, and does not look like production."""

import psycopg
import pytest


def test_not_disposable(world, refused):
    world.sql("UPDATE account SET disposable = false")
    for function in (world.wipe, world.restore):
        told = refused("TR002", function)
        assert told.message_primary == f'tabula_rasa: account "{world.account_id}" (test) is not marked as disposable'
        assert "Nothing was changed" in told.message_detail
        assert f"SET disposable = true WHERE account_id = '{world.account_id}'" in told.message_hint
    assert world.sql("SELECT count(*) FROM journal") == [{"count": 0}]
    assert {row["status"] for row in world.sql("SELECT status FROM run")} == {"failed"}


def test_dry_run_needs_no_disposable_account(world):
    world.aws("ec2").create_security_group(GroupName="web", Description="the user's")
    world.aws("ec2").modify_vpc_attribute(VpcId=world.aws("ec2").describe_vpcs()["Vpcs"][0]["VpcId"], EnableDnsHostnames={"Value": False})
    world.sql("UPDATE account SET disposable = false")
    world.forget_calls()
    assert ("web", "delete", "planned") in {(row["name"], row["action"], row["status"]) for row in world.wipe(dry_run=True)}
    assert [(row["action"], row["status"]) for row in world.restore(dry_run=True)] == [("update", "planned")]
    assert {row["status"] for row in world.mirror()} == {"ok"}
    assert world.calls(mutating=True) == []


def test_disposable_is_never_the_default(world):
    world.sql("INSERT INTO account (account_id) VALUES ('123456789012')")
    assert world.value("SELECT disposable FROM account WHERE account_id = '123456789012'") is False
    with pytest.raises(psycopg.errors.CheckViolation):
        world.sql("INSERT INTO account (account_id) VALUES ('1234')")


def test_credentials_of_another_account(world, refused):
    other = "987654321098"
    world.sql("UPDATE account SET role_arn = replace(role_arn, account_id, %s)", other)
    for function in (world.mirror, world.check, world.wipe, world.restore):
        told = refused("TR003", function)
        assert world.account_id in told.message_primary and f'belong to account "{other}"' in told.message_primary
        assert f"arn:aws:sts::{other}:assumed-role/tabula-rasa" in told.message_detail
        assert "role_arn" in told.message_hint


def test_alias_like_productions(world, refused, double):
    world.aws("iam").create_account_alias(AccountAlias="acme-prod-eu")
    for function in (world.wipe, world.restore):
        double.clear_calls()
        told = refused("TR005", function)
        assert "acme-prod-eu" in told.message_primary
        assert "%prod%" in told.message_detail and "refuse_alias" in told.message_hint
    assert world.wipe(dry_run=True)
    world.sql("UPDATE account SET refuse_alias = '%live%'")
    assert world.restore() == []
    world.sql("UPDATE account SET refuse_alias = null")
    assert world.restore() == []


def test_alias_that_cannot_be_read(world, refused, double):
    double.faults({"service": "iam", "operation": "ListAccountAliases", "error_code": "AccessDenied", "message": "no", "status": 403})
    told = refused("TR004", world.wipe)
    assert "iam:ListAccountAliases" in told.message_primary
    assert told.message_detail == "AccessDenied: no"


def test_no_account(world, refused):
    world.sql("DELETE FROM account")
    for function in (world.mirror, world.check, world.wipe, world.restore):
        told = refused("TR001", function)
        assert told.message_primary == "tabula_rasa: no account is known"
        assert "INSERT INTO tabula_rasa.account" in told.message_hint


def test_several_accounts(world, refused):
    world.sql("INSERT INTO account (account_id, name, disposable) VALUES ('123456789012', 'other', true)")
    told = refused("TR001", world.wipe)
    assert "several accounts" in told.message_primary
    assert "123456789012 (other)" in told.message_detail and f"{world.account_id} (test)" in told.message_detail
    told = refused("TR001", world.wipe, account="tset")
    assert 'unknown account "tset"' in told.message_primary and "(test)" in told.message_detail
    assert world.restore(account="test") == world.restore(account=world.account_id) == []


def test_unknown_names(world, refused):
    for function in (world.mirror, world.check, world.wipe, world.restore):
        told = refused("22023", function, regions=["us-esat-1"])
        assert 'unknown region "us-esat-1"' in told.message_primary and "us-east-1" in told.message_hint
    for function in (world.mirror, world.wipe):
        told = refused("22023", function, resource_types=["ec2_vcp"])
        assert 'unknown resource type "ec2_vcp"' in told.message_primary and "Did you mean ec2_vpc" in told.message_hint
        told = refused("22023", function, resource_types=["ec2_vpc", "rds_db_instance"])
        assert 'service "rds" of type rds_db_instance is not enabled' in told.message_primary
        assert "enable_services('rds')" in told.message_hint
    told = refused("22023", world.sql, "SELECT * FROM enable_services('ecs', 'lamdba')")
    assert 'unknown service "lamdba"' in told.message_primary and "lambda" in told.message_hint
    told = refused("22023", world.sql, "SELECT * FROM explain_cleanup('ec2_vpc', 'vpc-0')")
    assert 'no record "vpc-0" of type ec2_vpc' in told.message_primary and "mirror_account()" in told.message_hint


def test_a_region_outside_the_accounts_row_is_refused(world, refused):
    told = refused("22023", world.wipe, regions=["eu-west-1"])
    assert 'unknown region "eu-west-1"' in told.message_primary and "us-east-1" in told.message_detail
