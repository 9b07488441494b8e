"""Times as AWS's answers have them."""

from __future__ import annotations

import datetime

from botocore.utils import parse_timestamp


def timestamp(value):
    """The datetime of a timestamp (ISO 8601, RFC 822, seconds since 1970; ValueError of anything else), in UTC.

    botocore's own has seconds since 1970 in the server's time zone, in which unchanged records change twice a year; and it
    takes ISO 8601, which most of AWS's times are, apart by hand.
    """
    try:
        found = datetime.datetime.fromisoformat(value) if value[4:5] == value[7:8] == "-" else parse_timestamp(value)
    except (TypeError, ValueError):  # a number; an ISO 8601 that Python does not know
        found = parse_timestamp(value)
    return found.astimezone(datetime.timezone.utc) if found.tzinfo else found
