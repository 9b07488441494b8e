"""Each service as a whole: how little an empty account is asked, and that nothing is called that should not be."""

import collections

import pytest

from tabula_rasa import catalog

SERVICES = catalog.services()


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_account_is_asked_each_list_once(journey_of, service):
    journey = journey_of(service)
    asked = collections.Counter((each["service"], each["operation"], each["region"]) for each in journey.empty_calls if each["service"] == service)
    assert asked == {key: count for key, count in journey.lists().items() if key[0] == service}
    assert [row for row in journey.empty_readings if row["status"] == "failed" and journey.types[row["resource_type"]].service == service] == []


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
