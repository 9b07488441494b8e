"""Each service as a whole: how little an empty account is asked, and that nothing is called that should not be."""

import collections

import pytest
from every_type.journey import lists

from tabula_rasa import catalog
from tabula_rasa.catalog import model
from tabula_rasa.iam_policy import actions, granted

SERVICES = catalog.services()
DEFAULT_REGIONS = (  # those that a new account has without opting in
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1",
    "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2",
)


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_account_is_asked_each_list_once(journey_of, service):
    journey = journey_of(service)
    asked = collections.Counter((each["service"], each["operation"], each["region"]) for each in journey.empty_calls if each["service"] == service)
    assert asked == {key: count for key, count in journey.lists().items() if key[0] == service}
    assert [row for row in journey.empty_readings if row["status"] == "failed" and journey.types[row["resource_type"]].service == service] == []


def test_the_calls_for_an_empty_account_are_few(capsys):
    """What the test above finds service by service, added up."""
    account_id, types = "123456789012", catalog.types()
    enabled = [each for each in model.regions("ec2", "aws") if each in DEFAULT_REGIONS]
    two, all_ = (lists(types, account_id, regions) for regions in (("us-east-1", "eu-west-1"), enabled))
    operations = {(service, operation) for service, operation, _ in two}
    with capsys.disabled():
        print(f"\nan empty account, every service: {two.total()} list calls of {len(operations)} operations in 2 regions, {all_.total()} in {len(enabled)}")
    assert len(enabled) == 17
    several = {(each.service, each.list.operation) for each in types.values() if each.list and (each.list.each or each.list.arguments)} | {("sdb", "ListDomains")}
    assert {key: count for key, count in two.items() if count > 1 and key[:2] not in several} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_request_fits_the_model(journey_of, service):
    journey = journey_of(service)
    calls = [each for each in journey.calls if each["service"] in (service, None)]
    assert [each for each in calls if each["error_code"] in ("InvalidByModel", "AnswererFailed") or each["operation"] is None] == []
    assert [each for each in journey.calls_of_plan if each["service"] == service] == [], "a dry run changes nothing"


@pytest.mark.parametrize("service", SERVICES)
def test_every_changing_call_is_in_the_journal(journey_of, service):
    journey = journey_of(service)
    called = collections.Counter(each["operation"] for each in journey.calls if each["service"] == service and each["mutating"])
    written = collections.Counter(operation for _, operation in {(row["run_id"], row["step"]): (row["service"], row["operation"]) for row in journey.journal if row["service"] == service}.values())
    assert called == written
    assert [row for row in journey.journal if row["service"] == service and row["outcome"] is None] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_iam_policies_allow_every_call(journey_of, service):
    """What nobody has reviewed is deleted here, too; the policy for a wipe does not allow that, the one for edits does."""
    journey = journey_of(service)
    unreviewed = any(each.deletable and not each.reviewed for each in journey.types.values())
    allowed = granted("delete_all_records", journey.types) | (granted("apply_changes", journey.types) if unreviewed else set())
    called = {each["operation"] for each in journey.calls if each["service"] == service}
    assert {each for each in called if not actions(service, each) <= allowed} == set()
