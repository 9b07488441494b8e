"""Each shipped rule keeps what it is there for, and does not when it is switched off."""

import pytest
from cases import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.resource_type}")
def test_rule(account, case):
    if case.given:
        account.sql(account.named(case.given))
    for resource_id in case.ids:
        explained = account.explain(case.resource_type, resource_id)
        assert (case.rule, "keep (matches)") in {(row["rule"], row["verdict"]) for row in explained}
        assert explained[-1]["verdict"] == "keep"

    account.sql("UPDATE cleanup_policy SET enabled = (name = %s)", case.rule)
    for resource_id in case.ids:
        alone = account.verdict(case.resource_type, resource_id)
        assert (alone["verdict"], alone["rule"]) == ("keep", case.rule)

    account.sql("UPDATE cleanup_policy SET enabled = false")
    for resource_id in case.ids:
        without = account.verdict(case.resource_type, resource_id)
        refused_by_aws = without["reason"].startswith("AWS does not delete it: ")
        assert (without["verdict"], without["rule"]) == ("keep" if refused_by_aws else "delete", None)


def test_every_shipped_rule_has_a_case(account):
    shipped = {row["name"] for row in account.sql("SELECT name FROM cleanup_policy WHERE built_in")}
    assert shipped == {case.rule for case in CASES}


def test_shipped_rules_read_well(account):
    for rule in account.sql("SELECT * FROM cleanup_policy WHERE built_in"):
        assert rule["action"] == "keep" and rule["enabled"]
        assert rule["priority"] == (1000 if rule["name"].startswith("own-") else 0)
        assert not rule["reason"].endswith(".")
        assert "search_path" not in (rule["condition"] or "")


def test_every_rule_can_be_evaluated(account):
    assert {row["status"] for row in account.outcomes} <= {"ok", "not offered"}
    records = account.sql("SELECT DISTINCT ON (resource_type) resource_type, resource_id FROM aws.resource ORDER BY resource_type, resource_id")
    explained = [row for each in records for row in account.explain(each["resource_type"], each["resource_id"])]
    assert [row for row in explained if "cannot be evaluated" in row["verdict"]] == []
