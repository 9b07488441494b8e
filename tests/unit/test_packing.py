"""What AWS says is kept as PostgreSQL can hold it, and nothing else of it is lost."""

import datetime
import io
import json

import pytest
from botocore.response import StreamingBody
from hypothesis import given
from hypothesis import strategies as st

from tabula_rasa.packing import LONG, pack, pack_page, unpack, unpack_page

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda below: st.lists(below) | st.dictionaries(TEXTS, below),
)


@given(ANSWERS)
def test_what_json_can_say_comes_back(answer):
    assert unpack(pack(answer)) == answer


@given(st.dictionaries(TEXTS, ANSWERS), st.integers(0, 2))
def test_a_page_comes_back_long_or_short(answer, times):
    answer["Filler"] = "x" * LONG * times
    assert unpack_page(pack_page({**answer, "ResponseMetadata": {"RequestId": "1"}})) == {name: each for name, each in answer.items() if name != "ResponseMetadata"}


def test_a_long_page_takes_little():
    page = {"Vpcs": [{"VpcId": f"vpc-{number:017x}", "State": "available", "CidrBlock": "10.0.0.0/16"} for number in range(1000)]}
    assert len(pack_page(page)) < len(pack(page)) / 5


@pytest.mark.parametrize(("value", "packed"), [
    (datetime.datetime(2026, 11, 23, 18, 30, tzinfo=datetime.timezone.utc), "2026-11-23T18:30:00+00:00"),
    (b"\x00\xff", "AP8="),
    (StreamingBody(io.BytesIO(b"body"), 4), None),
    (float("inf"), "inf"),
    ("a\0b", "a\ufffdb"),
    ("half \ud83d", "half \ufffd"),
    ("whole \ud83d\ude00", "whole \U0001f600"),
    ("written \\u0000 \\ud83d", "written \\u0000 \\ud83d"),
    (10**40, 10**40),
    ((1, 2), [1, 2]),
])
def test_what_json_or_postgresql_has_no_form_for(value, packed):
    """Alone, in a list, as a name, and beside another of the kind that needs a second look."""
    assert unpack(pack({"It": [value]})) == {"It": [packed]}
    assert unpack(pack({"It": value, "Other": ["\0", float("nan")]})) == {"It": packed, "Other": ["\ufffd", "nan"]}
    if isinstance(value, str):
        assert unpack(pack({value: 1})) == {packed: 1}
    json.dumps(unpack(pack(value))).encode()  # no half of a character is left


def test_what_is_nothing_of_aws_is_an_error():
    with pytest.raises(TypeError, match="object"):
        pack({"It": object()})
