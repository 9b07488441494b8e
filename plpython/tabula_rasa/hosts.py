"""In charge of whom the SDK talks to: AWS, or what was configured in its place. Handlers of botocore's events."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError

TELLING = ("Describe", "Get", "List", "BatchGet", "Search")  # what the names of operations begin with that are there for their answer


def one_host(url, request=None, **_):
    """The SDK's rules put an account's number before the host of S3 Control, and another host than AWS's has no such names."""
    request.url = url.rstrip("/") + request.url.split(urlsplit(url).netloc, 1)[1]


class ForeignHost(BotoCoreError):
    """An answer of AWS's has led the SDK to a host that is not AWS's: by a redirect, an endpoint that a service names, a region, a bucket's name."""

    fmt = "refused to call {host}, which is neither AWS's nor the account's endpoint_url"


def to_known_hosts(known, request=None, **_):
    """A handler of before-send: the request goes to one of these hosts (with port, if it has one), or to one below it."""
    host = urlsplit(request.url).netloc
    if not any(host == each or host.endswith("." + each) for each in known):
        raise ForeignHost(host=host)


def tells(operation):
    """Does a read's answer have a body, even where there is nothing to be told: `{}`, or an empty element?"""
    output = operation.output_shape
    if not output or not operation.name.startswith(TELLING) or operation.has_event_stream_output:
        return False
    payload = output.serialization.get("payload")
    if payload:
        return output.members[payload].type_name != "blob"  # else a file, which may be empty
    return any("location" not in each.serialization for each in output.members.values())


def read_whole(http_response=None, parsed=None, model=None, **_):
    """A handler of after-call: what is no answer of AWS's, a proxy's page, half of one or nothing, the SDK may take for an empty answer, and then a list for empty."""
    if http_response.status_code >= 300 or not model.output_shape:
        return
    unread = not parsed.keys() - {"ResponseMetadata"}
    text = http_response.content if unread or tells(model) else None
    try:
        if text is not None and (not text or text.isspace()):
            if tells(model) and http_response.status_code != 204:
                raise ValueError("it is nothing")
        elif unread and "json" in model.service_model.metadata["protocol"]:
            json.loads(text)
        elif unread and re.match(rb"(?i)\s*<(!doctype )?html", text):
            raise ValueError("it is HTML")
    except (ValueError, RecursionError) as error:
        raise ResponseParserError(f"{model.service_model.service_name}:{model.name} was answered by what is neither JSON nor XML of AWS's: {str(error)[:100]}") from None
