"""Times are the same whatever zone the server is in, and as botocore reads them."""

import time

import pytest
from botocore.utils import parse_timestamp

from tabula_rasa.times import timestamp

AS_AWS_WRITES = [
    "2026-11-23T18:30:00Z", "2026-11-23T18:30:00.123Z", "2026-11-23T18:30:00.123456Z", "2026-11-23T18:30:00+00:00", "2026-11-23T20:30:00+02:00", "2026-11-23T18:30Z",
    "2026-11-23T18:30:00.123+0000", "20261123T183000Z", "Mon, 23 Nov 2026 18:30:00 GMT", "1795458600", 1795458600, 1795458600.5, "1.795458600E9", -1.0, 0,
]


@pytest.mark.parametrize("value", AS_AWS_WRITES)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_time_is_what_botocore_reads_in_utc(value, zone, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert timestamp(value) == parse_timestamp(value)
        assert timestamp(value).isoformat().endswith("+00:00")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_time_without_a_zone_gets_none():
    assert timestamp("2026-11-23T18:30:00").isoformat() == "2026-11-23T18:30:00"
    assert timestamp("2026-11-23").isoformat() == "2026-11-23T00:00:00"


@pytest.mark.parametrize("value", ["never", "2026-13-45T00:00:00Z", None])
def test_what_is_no_time_is_an_error(value):
    with pytest.raises((TypeError, ValueError)):
        timestamp(value)
