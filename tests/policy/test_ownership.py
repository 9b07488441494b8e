"""Whose a rule is: shipped, switched off, edited; through updates of the extension and restored dumps."""

from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "sql" / "cleanup_policy"


def row(account, name):
    found = account.sql("SELECT * FROM cleanup_policy WHERE name = %s", name)
    return found[0] if found else None


def update(account):
    """What an update script of the extension does."""
    subjects = {each.stem for each in SHIPPED.iterdir()} - {"begin", "end"}
    for name in ("begin", *sorted(subjects), "end"):
        account.world.connection.execute((SHIPPED / f"{name}.sql").read_text())


def test_update_changes_nothing_of_a_policy_as_shipped(account):
    before = account.sql("SELECT * FROM cleanup_policy ORDER BY name")
    update(account)
    assert account.sql("SELECT * FROM cleanup_policy ORDER BY name") == before
    assert all(each["built_in"] for each in before)


def test_a_rule_switched_off_stays_off(account):
    account.sql("UPDATE cleanup_policy SET enabled = false WHERE name = 'default-vpc'")
    assert row(account, "default-vpc")["built_in"]
    update(account)
    assert not row(account, "default-vpc")["enabled"]


def test_an_edited_rule_is_the_users(account):
    account.sql("UPDATE cleanup_policy SET condition = 'false', reason = 'mine' WHERE name = 'default-vpc'")
    assert not row(account, "default-vpc")["built_in"]
    update(account)
    assert (row(account, "default-vpc")["condition"], row(account, "default-vpc")["reason"]) == ("false", "mine")


def test_an_update_mends_and_removes_its_own_rules_only(account):
    account.rule("mine")
    account.sql("INSERT INTO cleanup_policy (name, condition, reason, built_in) VALUES ('of-an-older-version', 'false', 'x', true)")
    account.sql("DELETE FROM cleanup_policy WHERE name = 'default-vpc'")
    account.sql("INSERT INTO cleanup_policy (name, condition, reason, built_in, enabled) VALUES ('default-subnet', 'as it was before', 'x', true, false)")
    update(account)
    assert row(account, "of-an-older-version") is None
    assert row(account, "mine") is not None
    assert row(account, "default-vpc")["built_in"]
    assert row(account, "default-subnet")["condition"] == "r.default_for_az"
    assert not row(account, "default-subnet")["enabled"]
    account.sql("UPDATE cleanup_policy SET reason = 'edited' WHERE name = 'default-vpc'")
    assert not row(account, "default-vpc")["built_in"], "the trigger is on again"


def test_a_dump_brings_back_what_was_switched_off_or_edited(account):
    account.sql("UPDATE cleanup_policy SET enabled = false WHERE name = 'default-vpc'")
    account.sql("UPDATE cleanup_policy SET priority = 7 WHERE name = 'default-subnet'")
    dumped = account.sql("SELECT * FROM cleanup_policy WHERE NOT built_in OR NOT enabled ORDER BY name")
    account.sql("DELETE FROM cleanup_policy")
    update(account)  # CREATE EXTENSION in the new database
    with account.world.connection.cursor().copy("COPY cleanup_policy FROM STDIN") as copy:
        for each in dumped:
            copy.write_row(list(each.values()))
    assert [each["name"] for each in dumped] == ["default-subnet", "default-vpc"]
    assert [row(account, each["name"]) for each in dumped] == dumped
