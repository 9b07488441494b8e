"""In charge of what botocore's retries do not know: handlers of its events that say whether a request is sent again."""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ConnectionClosedError, ConnectionError, ReadTimeoutError
from botocore.retries.standard import RetryEventAdapter, ThrottlingErrorDetector

from .catalog import model
from .failure import DOUBTFUL, UNANSWERED, UNKNOWN_OUTCOME

EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
SILENCES = 3  # times that a first question is asked where nobody answers; AWS saying that it is busy shows that the set-up is right


def once(operation=None, response=None, caught_exception=None, **_):
    """Has a create that may have taken effect fail: sent again, it might make a second one. AWS's own tokens make it safe where it has them."""
    if not model.makes_another(operation):
        return
    if isinstance(caught_exception, (ReadTimeoutError, ConnectionClosedError)):
        raise caught_exception
    if response is not None and response[0].status_code in UNKNOWN_OUTCOME:
        raise ClientError(response[1], operation.name)


def counted(share):
    """Handlers of before-parameter-build and needs-retry: tell the service's share of each answer whether it is a throttling, and how a page was given.

    A page that did not come in time is not asked for again where its reader can ask for a shorter one.
    """
    detector = ThrottlingErrorDetector(RetryEventAdapter())

    def note(params=None, context=None, **event):
        operation = event["model"]
        pages = model.pages(operation.service_model.service_name, operation.name)
        if pages and pages.member in params:
            context["page"] = pages, params[pages.member]

    def handler(response=None, caught_exception=None, request_dict=None, **event):
        pages, size = request_dict["context"].get("page", (None, None))
        if response is not None:
            throttled = detector.is_throttling_error(response=response, caught_exception=caught_exception, request_dict=request_dict, **event)
            share.answered(throttled)
            status = response[0].status_code
            if pages and (status < 300 or status >= 500 and not throttled):
                share.given(size / pages.most, status < 300)
        elif pages and isinstance(caught_exception, ReadTimeoutError):
            share.given(size / pages.most, False)
            if pages.size({}, share.page) < size:
                raise caught_exception

    return note, handler


def remembered(response=None, caught_exception=None, request_dict=None, **_):
    """A handler of needs-retry: notes on what a try ends with that an earlier one was left without an answer. That AWS is busy then says nothing of what became of that."""
    context = request_dict["context"]
    if context.get(DOUBTFUL):
        if response is not None:
            response[1].setdefault("ResponseMetadata", {})[DOUBTFUL] = True
        else:
            setattr(caught_exception, DOUBTFUL, True)
    context[DOUBTFUL] = context.get(DOUBTFUL) or (response[0].status_code in UNKNOWN_OUTCOME if response is not None else type(caught_exception).__name__ in UNANSWERED)


def renewed(credentials, forget):
    """Handlers of request-created and needs-retry: what AWS calls expired before its time here is renewed, once, and the call signed and sent again.

    forget()    what was kept of the old ones
    """

    def sign(request=None, **_):
        request.context["signed_with"] = credentials.get_frozen_credentials()

    def handler(response=None, request_dict=None, **_):
        context = request_dict["context"]
        if response is None or response[1].get("Error", {}).get("Code") not in EXPIRED or "renewed" in context:
            return None
        context["renewed"] = True
        if credentials.get_frozen_credentials() == context["signed_with"]:  # else another thread has been faster
            forget()
            credentials._expiry_time = datetime.datetime.now(datetime.timezone.utc)
        return 0

    return sign, handler


def first_contact(heard, quick=False):
    """A handler of needs-retry: until a host has answered (and joins the set `heard`), its silence is taken for an answer.

    A service that is retired, or not there in a region, would cost minutes otherwise. One that has answered before is tried again as
    patiently as ever, and so is a connection that was made and then reset; a first question is asked SILENCES times, whatever the silence.
    """

    def handler(request_dict=None, response=None, caught_exception=None, attempts=1, **_):
        host = urlsplit(request_dict["url"]).netloc
        if response is not None:
            heard.add(host)
        elif host not in heard and (attempts >= SILENCES if quick else isinstance(caught_exception, (ConnectionError, ReadTimeoutError))):
            raise caught_exception

    return handler
