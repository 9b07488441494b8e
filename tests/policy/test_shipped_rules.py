"""Each shipped rule keeps what it is there for, and does not when it is switched off."""

import re

import pytest
from cases import ADDED, CASES
from conftest import TYPES
from tabula_rasa.expressions import like


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.resource_type}")
def test_rule(account, case):
    account.given(case)
    account.sql("UPDATE cleanup_policy SET enabled = (name = %s)", case.rule)
    for resource_id in case.ids:
        alone = account.verdict(case.resource_type, resource_id)
        assert (alone["verdict"], alone["rule"]) == ("keep", case.rule)

    account.sql("UPDATE cleanup_policy SET enabled = false")
    for resource_id in case.ids:
        without = account.verdict(case.resource_type, resource_id)
        refused_by_aws = "AWS does not delete it: " in without["reason"]  # the record, or what needs it
        assert (without["verdict"], without["rule"]) == ("keep" if refused_by_aws else "delete", None)


@pytest.mark.parametrize("rule, resource_type, resource_id", ADDED)
def test_what_people_add_to_a_default_goes_by_its_rule(account, rule, resource_type, resource_id):
    """Without the rule it would stay, as a part of the default that is kept."""
    found = account.verdict(resource_type, resource_id)
    assert (found["verdict"], found["rule"]) == ("delete", rule)
    account.sql("UPDATE cleanup_policy SET enabled = false WHERE name = %s", rule)
    without = account.verdict(resource_type, resource_id)
    assert without["verdict"] == "keep" and "a part of" in without["reason"]


def test_every_shipped_rule_has_a_case(account):
    shipped = {row["name"] for row in account.sql("SELECT name FROM cleanup_policy WHERE built_in")}
    assert shipped == {case.rule for case in CASES} | {rule for rule, _, _ in ADDED}


def test_shipped_rules_read_well(account):
    for rule in account.sql("SELECT * FROM cleanup_policy WHERE built_in"):
        assert rule["action"] == ("delete" if rule["name"].startswith("added-") else "keep") and rule["enabled"]
        assert rule["priority"] == (1000 if rule["name"].startswith("own-") else 0)
        assert not rule["reason"].endswith(".")
        assert "search_path" not in (rule["condition"] or "")


def test_every_rule_can_be_evaluated_for_all_of_its_types(account):
    """A condition that one type lacks a column for would keep all of that type."""
    rules = account.sql("SELECT name, resource_type, coalesce(condition, 'true') AS condition FROM cleanup_policy")
    types = {row["resource_type"]: row["enabled"] for row in account.sql("SELECT resource_type, enabled FROM tabula_rasa.resource_type WHERE readable")}
    for rule in rules:
        tables = ["resource"] if rule["resource_type"] == "%" else [each for each in types if like(each, rule["resource_type"])]
        assert tables, rule["name"]
        for table in tables:
            assert types.get(table, True), f"{table} is not enabled"
            account.world.connection.execute(f"SELECT FROM aws.{table} r WHERE {rule['condition']}")


def test_a_rule_about_all_types_does_not_name_one(account):
    """Where a type that a condition names could not be read, the rule keeps all that it is about."""
    for rule in account.sql("SELECT name, condition FROM cleanup_policy WHERE built_in AND resource_type = '%'"):
        assert not TYPES.keys() & set(re.findall(r"\w+", rule["condition"])), rule["name"]
