"""An AWS that misbehaves by a seed: each service's own throttling, 5xx, connections that are reset, slow answers, lists that lag behind deletes,
tokens that expire early, and a region that goes away.

What happens to a call follows from the seed, from what the call says and from how often the same was said before, not from the order in which
different calls arrive. What takes effect and is not answered, or is answered with a 5xx, is as frequent as what does not take effect.
"""

import functools
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable

from botocore.loaders import Loader
from botocore.retries.standard import ThrottledRetryableChecker
from werkzeug.wrappers import Response

from .call import Call, jsonable
from .errors import AWSError, DropConnection

THROTTLED, BROKEN, RESET, SLOW = 0.20, 0.05, 0.02, 0.10  # of the calls
SETTINGS = {
    "seed": None,  # what decides; without one only what is named here happens
    "slowness": 0.1,  # seconds that a slow answer takes at most
    "lag": 0.3,  # seconds in which a list may show what was deleted
    "lifetime": None,  # calls that a session's token is good for
    "gone": None,  # a region that does not answer
    "after": 0,  # calls that it has answered before
    "saying": None,  # an error code: it does answer, but this
    "lost": (),  # operations whose first call takes effect and is answered with a 500
}
UNDOING = (
    "Delete", "Terminate", "Release", "Deregister", "Remove", "Detach", "Disassociate", "Revoke", "Unsubscribe", "Cancel", "Stop", "Disable",
)  # what the names of operations begin with that make nothing
OTHERWISE = ("LimitExceededException", "TransactionInProgressException", "PriorRequestNotComplete")  # what botocore treats like throttling
# AWS's throttling errors that neither botocore's retry data nor the service's model has, by service or protocol.
UNTOLD = {
    "s3": ("SlowDown", 503), "query": ("Throttling", 400), "rest-xml": ("Throttling", 400), "json": ("ThrottlingException", 400), "rest-json": ("ThrottlingException", 429),
}
EXPIRED = {"ec2": ("RequestExpired", 400), "query": ("ExpiredToken", 403), "rest-xml": ("ExpiredToken", 400), "rest-json": ("ExpiredTokenException", 403)}


class Storm:
    """`replace(settings)` begins one, `replace(None)` ends it; `answer` stands between a call and what answers it."""

    def __init__(self):
        self._lock = threading.Lock()
        self.replace(None)

    def replace(self, settings: dict | None) -> None:
        unknown = set(settings or ()) - set(SETTINGS)
        if unknown:
            raise ValueError(f"unknown setting {sorted(unknown)} of a storm; known are {sorted(SETTINGS)}")
        with self._lock:
            self._settings = settings and {**SETTINGS, **settings}
            self._said = Counter()  # what a call says -> times
            self._signed = Counter()  # access key id -> calls
            self._regions = Counter()
            self._made = {}  # idempotency token -> the answer that was lost
            self._lists = {}  # what a list call says -> its last answer
            self._lagging = {}  # (account, service) -> until when

    def answer(self, call: Call, effect: Callable[[], Response]) -> Response:
        """effect(): carries the call out. Raises what the storm does to it."""
        if self._settings is None:
            return effect()
        with self._lock:
            words = _words(call)
            draw = self._draws(words)
            self._said[words] += 1
            self._regions[call.region] += 1
            if call.region == self._settings["gone"] and self._regions[call.region] > self._settings["after"]:
                raise AWSError(self._settings["saying"], f"says {call.region}", 403) if self._settings["saying"] else DropConnection
            self._check_token(call)
            lost = call.name in self._settings["lost"] and self._said[words] == 1
        fate, after, slowness = next(draw), next(draw) < 0.5, next(draw)
        if lost:
            fate, after = THROTTLED, True
        elif self._settings["seed"] is None:
            return self._effect(call, words, effect, 1)
        if fate < THROTTLED:
            raise AWSError(*throttling(call))
        if fate < THROTTLED + BROKEN + RESET:
            if after:
                self._effect(call, words, effect, 1)
            if fate >= THROTTLED + BROKEN:
                raise DropConnection
            raise AWSError("InternalError" if call.service in ("ec2", "s3") else "InternalFailure", "An internal error has occurred.", 500) if after else AWSError(
                "ServiceUnavailable", "The service is not available just now.", 503
            )
        if fate < THROTTLED + BROKEN + RESET + SLOW:
            time.sleep(slowness * self._settings["slowness"])
        return self._effect(call, words, effect, next(draw))

    def _draws(self, words: str):
        """Numbers from 0 to 1, the same for the same seed, words and number of times."""
        text = f"{self._settings['seed']} {words} {self._said[words]}"
        digest = hashlib.sha256(text.encode()).digest()
        return (int.from_bytes(digest[start:start + 4]) / 2**32 for start in range(0, 32, 4))

    def _check_token(self, call: Call) -> None:
        """The operator's own key is none of a session and lasts."""
        if not self._settings["lifetime"] or not call.request.headers.get("X-Amz-Security-Token"):
            return
        self._signed[call.access_key_id] += 1
        if self._signed[call.access_key_id] > self._settings["lifetime"]:
            code, status = EXPIRED.get(call.operation.service_model.protocol, ("ExpiredTokenException", 400))
            raise AWSError(code, "The security token included in the request is expired", status)

    def _effect(self, call: Call, words: str, effect: Callable[[], Response], chance: float) -> Response:
        """The call's answer: that to the same token, or that of a list as it was before a deletion, or what is true."""
        token, where, now = _token(call), (call.account_id, call.service), time.monotonic()
        lists = not call.mutating and call.name.startswith(("Describe", "List"))
        with self._lock:
            if token in self._made:
                return _again(self._made[token])
            lagging = self._lagging.get(where, 0) > now
            if lists and lagging and words in self._lists and chance < 0.5:
                return _again(self._lists[words])
        response = effect()
        with self._lock:
            if response.status_code >= 400:
                return response
            if token:
                self._made[token] = response
            if lists and not lagging:
                self._lists[words] = response
            elif call.mutating and call.name.startswith(UNDOING):
                self._lagging[where] = now + self._settings["lag"]
            elif call.mutating:
                self._lagging.pop(where, None)
                self._lists.clear()
        return response


def _words(call: Call) -> str:
    """What a call says, without the tokens that the SDK makes up."""
    params = {name: value for name, value in jsonable(call.params).items() if name not in _tokens(call)}
    return json.dumps([call.account_id, call.region, call.service, call.name, params], sort_keys=True, default=str)


def _tokens(call: Call) -> list[str]:
    return call.operation.idempotent_members if call.operation.input_shape else []


def _token(call: Call):
    found = next((call.params[name] for name in _tokens(call) if call.params.get(name)), None)
    return found and (call.account_id, call.region, call.name, found)


def _again(response: Response) -> Response:
    return Response(response.get_data(), status=response.status_code, headers=list(response.headers))


def throttling(call: Call) -> tuple[str, str, int]:
    """(code, message, HTTP status) with which the service throttles this call."""
    return _throttling(call.service, call.operation)


@functools.cache
def _retry_data() -> dict:
    return Loader().load_data("_retry")["retry"]


def _throttling(service, operation):
    known = [each for each in ThrottledRetryableChecker._THROTTLED_ERROR_CODES if each not in OTHERWISE]
    policies = _retry_data().get(service, {}).get("__default__", {}).get("policies", {}).values()
    told = [each["applies_when"]["response"] for each in policies if "applies_when" in each]
    found = {each["service_error_code"]: each["http_status_code"] for each in told if each.get("service_error_code") in known}
    if not found:
        model = operation.service_model
        errors = ({"code": each.name, **each.metadata.get("error", {})} for each in model.error_shapes)
        found = {each["code"]: each.get("httpStatusCode", 400) for each in errors if each["code"] in known}
    if found:
        code = min(found, key=known.index)
        return code, "Rate exceeded", found[code]
    code, status = UNTOLD.get(service) or UNTOLD[operation.service_model.protocol if operation.service_model.protocol in UNTOLD else "json"]
    return code, "Rate exceeded", status
