"""How what AWS says is kept: as JSON text, which takes a tenth of the memory that Python's objects take, and which PostgreSQL can hold."""

from __future__ import annotations

import base64
import datetime
import json
import math
import zlib

QUICKLY = 1  # zlib's level: a third of the time of its usual one, and hardly larger
LONG = 50_000  # characters
_SUSPECT = ("\\u0000", "\\ud")  # as JSON writes NULs and halves of characters (and whole ones, which come to no harm)


def pack(value):
    """JSON text of an answer or a part of it: times as ISO 8601, bytes as base64, a streaming body as null."""
    try:
        text = _encoder.encode(value)
    except ValueError:  # a float that JSON has no number for
        return _encoder.encode(_plain(value))
    return _encoder.encode(_plain(unpack(text))) if any(each in text for each in _SUSPECT) else text


unpack = json.loads


def pack_page(answer):
    """A page of a list; a long one compressed, for a thousand items are much alike."""
    text = pack({name: each for name, each in answer.items() if name != "ResponseMetadata"})
    return zlib.compress(text.encode(), QUICKLY) if len(text) > LONG else text


def unpack_page(page):
    return unpack(page if isinstance(page, str) else zlib.decompress(page))


def storable(text):
    """A text of AWS's as PostgreSQL can hold it: without NULs and halves of characters."""
    if "\0" in text or not text.isascii():
        return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _json(value):
    """What JSON has no form for."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return None
    raise TypeError(f"AWS answered a {type(value).__name__}")


_encoder = json.JSONEncoder(default=_json, allow_nan=False, separators=(",", ":"))


def _plain(value):
    """The value without what PostgreSQL's JSON cannot hold."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {storable(str(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
