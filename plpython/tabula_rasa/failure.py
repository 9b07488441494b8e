"""What an error of AWS's means to the stages, whichever service it comes from."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from .packing import storable

FAILURES = (ClientError, BotoCoreError, ResponseParserError)  # what a call raises: AWS says no, nobody answers, or the answer cannot be read
LONG = 2000  # characters of a message that are told
DOUBTFUL = "tabula_rasa_doubtful"  # what `retrying.remembered` notes on an error or an answer's metadata
# What AWS answers, in any service, where the service or this part of it is not there for the account or the region: then it holds nothing.
NOT_OFFERED = (
    "SubscriptionRequiredException", "OptInRequired", "UninitializedAccountException", "AWSOrganizationsNotInUseException",
    "UnknownOperationException", "InvalidAction", "OperationDisabledException", "UnsupportedRegionException", "NoLongerSupportedException",
    "NameResolutionError", "UnsupportedUserEditionException",
)
NOT_OFFERED_WORDS = (
    "not subscribed", "not signed up", "subscription does not exist",  # but no mere "not authorized": that may be the caller, and AWS full of things
    "no longer open to new customers", "no longer available to new customers", "only existing timestream", "has been discontinued",
    "not available in this region", "not supported in this region", "disabled in this region", "not supported in the called region",
    "but your identity region is", "directory information for account", "access denied to api version", "unable to determine service/operation name",
)

# What the SDK calls it when a request went out and no answer came back that can be read, and when it cannot even have gone out.
UNANSWERED = (
    "ReadTimeoutError", "ConnectionClosedError", "IncompleteReadError", "ResponseStreamingError", "ProxyConnectionError", "HTTPClientError", "ResponseParserError", "UnreadableAnswer",
)
SILENCE = ("EndpointConnectionError", "ConnectTimeoutError", "NameResolutionError", "SSLError")
UNKNOWN_OUTCOME = (500, 502, 504)  # HTTP statuses that do not say whether AWS did it; 503, as a throttling, says that it did not
LATER = ("being modified", "is being updated", "please wait", "try again", "then retry", "existing jobqueue relationship")  # words for: not yet, whatever the code


class UnreadableAnswer(BotoCoreError):
    """An answer at which the SDK itself breaks: its own errors it tells, this is any other."""

    fmt = "the SDK cannot read the answer: {error}"


@contextlib.contextmanager
def sdk():
    """Within, whatever else the SDK raises is an UnreadableAnswer: one answer of a service's must not end a run."""
    try:
        yield
    except ResponseParserError as error:  # neither its text nor the chain of errors may repeat the answer
        raise UnreadableAnswer(error=_without_answer(error)) from None
    except (ClientError, BotoCoreError, Stopped):
        raise
    except Exception as error:
        raise UnreadableAnswer(error=f"{type(error).__name__}: {error}") from error


class Stopped(Exception):
    """The run was cancelled: no further request leaves this process. `tried`: the same call was sent before, and what came of that is not known."""

    def __init__(self, tried=False):
        super().__init__("cancelled before it was sent again" if tried else "cancelled before it was sent")
        self.tried = tried


@dataclass(frozen=True)
class Failure:
    """What AWS answered, without anything that could be a secret."""

    code: str
    message: str
    request_id: str | None = None
    status: int | None = None  # of HTTP
    retried: bool = False  # the same call was sent before, and what came of that may be what AWS speaks of
    doubtful: bool = False  # an earlier try of the same call was left without an answer

    @classmethod
    def of(cls, error):
        if isinstance(error, ClientError):
            answer = error.response
            return cls(
                storable(str(answer.get("Error", {}).get("Code") or type(error).__name__)),
                storable(str(answer.get("Error", {}).get("Message") or error))[:LONG],
                answer.get("ResponseMetadata", {}).get("RequestId"),
                answer.get("ResponseMetadata", {}).get("HTTPStatusCode"),
                was_retried(answer),
                answer.get("ResponseMetadata", {}).get(DOUBTFUL, False),
            )
        if isinstance(error, EndpointConnectionError) and _unknown_host(error):
            return cls("NameResolutionError", f"no such host: {error.kwargs['endpoint_url']}")
        return cls(type(error).__name__, storable(_without_answer(error))[:LONG], doubtful=getattr(error, DOUBTFUL, False))

    def without(self, secrets):
        """The same without these texts: some services repeat what they do not like."""
        message = self.message
        for each in secrets:
            message = message.replace(each, "(not shown)")
        return dataclasses.replace(self, message=message)

    def __str__(self):
        return f"{self.code}: {self.message}"

    def among(self, names):
        """Is it one of these? A name is an error code, or "code: words" where the code alone would say too little."""
        codes = (each.partition(": ") for each in names)
        return any(code == self.code and words in self.message for code, _, words in codes)

    @property
    def not_offered(self):
        """Does it say that the account or the region has no such service, or not this part of it? Then there is nothing there to be listed."""
        message = self.message.lower()
        if self.passing or "is not authorized to perform" in message:
            return False
        return self.code in NOT_OFFERED or any(words in message for words in NOT_OFFERED_WORDS)

    @property
    def unknown_host(self):
        """Does the name service say that there is no such host?"""
        return self.code == "NameResolutionError"

    @property
    def unanswered(self):
        """Did the request go out, and no answer come back that says whether AWS did it? Then nobody knows."""
        return self.status in UNKNOWN_OUTCOME or self.code in UNANSWERED or (self.doubtful and not self.definite)

    @property
    def definite(self):
        """Is it AWS's word on what was asked, and not that it is busy, broken or silent?"""
        return not (self.passing or self.code in UNANSWERED or self.code in SILENCE)

    @property
    def outcome(self):
        """What the journal calls it: failed, or None where nobody knows."""
        return None if self.unanswered else "failed"

    @property
    def passing(self):
        """Does it say that the service is busy or broken just now? aws-facts section 4: the throttling codes, and any 5xx."""
        marks = ("Throttl", "TooManyRequests", "RequestLimit", "SlowDown", "InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable")
        return self.status in UNKNOWN_OUTCOME or any(mark in self.code for mark in marks)

    @property
    def gone(self):
        """Does it say that the resource is not there? aws-facts: codes with NotFound, NoSuch…, …DoesNotExist, or the words."""
        marks = ("NotFound", "NoSuch", "DoesNotExist", "NonExistent", "Nonexistent", "NotAttached")
        return any(mark in self.code for mark in marks) or (
            self.code in ("ValidationError", "ValidationException", "ClientException")
            and any(words in self.message.lower() for words in ("does not exist", "not found", "could not find"))
        )

    @property
    def taken(self):
        """Does it say that another one is in the place?"""
        return any(mark in self.code for mark in ("AlreadyExist", "Duplicate", "AlreadyAssociated", "AlreadyOwned", "Overlap"))

    @property
    def unsettled(self):
        """Does it say what AWS says of a role, profile or principal that was created seconds ago? aws-facts: IAM is eventually consistent."""
        marks = ("cannot be assumed", "Invalid IAM Instance Profile", "Invalid principal", "unable to assume", "is not authorized to perform: sts:AssumeRole")
        return any(mark.lower() in self.message.lower() for mark in marks)

    @property
    def denied(self):
        """Does it say that the caller may not do it? Trying again is no use. aws-facts: also an explicit deny in a service control policy."""
        return self.code.startswith(("AccessDenied", "UnauthorizedOperation", "AuthFailure", "OperationNotPermitted"))

    @property
    def denied_at_all(self):
        """Does it say so whichever resource is meant? OperationNotPermitted, for one, may be about one that is protected."""
        return self.code in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")

    @property
    def in_use(self):
        """Does it say that something else must go first, or that the resource is still changing? Worth another try later."""
        if any(words in self.message.lower() for words in LATER):
            return True
        if self.code.startswith("Invalid"):
            return "State" in self.code or "Status" in self.code or self.code.endswith("InUse")
        marks = (
            "Dependency", "InUse", "NotEmpty", "Conflict", "InProgress", "Contains", "Incorrect", "Aborted", "NotComplete", "Concurrent", "Running", "Transitioning", "Attached",
            "Associated", "Referenced", "NonEmpty", "StaleData", "OptimisticLock", "NotReady", "IllegalSessionState", "InvalidState", "StateException", "NotDisabled", "PreconditionFailed", "LastDeliveryChannelDeleteFailed",
        )
        return any(mark in self.code for mark in marks)


def was_retried(answer):
    """Did botocore send the call more than once?"""
    return answer.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0


def _without_answer(error):
    """The SDK's words. After a line break it repeats the answer that it cannot read, and an answer may hold a secret."""
    return str(error).partition("\n")[0] if isinstance(error, ResponseParserError) else str(error)


def _unknown_host(error):
    """Did the name service say that the host does not exist? Not knowing just now is another answer."""
    cause = getattr(error.kwargs.get("error"), "__cause__", None)
    return isinstance(cause, socket.gaierror) and cause.errno in (socket.EAI_NONAME, socket.EAI_NODATA)
