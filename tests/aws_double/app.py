"""The WSGI application: every call goes through the layer in one place, under one lock."""

import json
import logging
import re
import threading

import moto.backends
from moto.core.base_backend import BackendDict
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.wrappers import Request, Response

from . import factory, interfaces, modelled, refusals, services
from .call import Call
from .errors import AWSError, DropConnection
from .faults import Faults
from .record import Record
from .slow import Slow
from .state import State
from .storm import Storm

OPERATOR_ACCOUNT = "123456789012"
OPERATOR_KEY = "testing"
# The newest services speak CBOR alone, which moto does not: {"__type": "UnknownOperationException"}.
UNKNOWN_IN_CBOR = b"\xa1\x66__type\x78\x19UnknownOperationException"
log = logging.getLogger(__name__)

# What AWS answers to credentials it does not know, and in a region it does not know, by protocol.
REJECTED = {
    "ec2": ("AuthFailure", 401),
    "query": ("InvalidClientTokenId", 403),
    "rest-xml": ("InvalidAccessKeyId", 403),
}


class RequestHandler(MotoRequestHandler):
    def log_request(self, *_) -> None:
        """The call log replaces werkzeug's."""

    def connection_dropped(self, *_) -> None:
        self.close_connection = True


class Dispatcher(DomainDispatcherApplication):
    def get_backend_for_host(self, host):
        """None for services that moto lacks; moto's own method prints about it."""
        if host in ("moto_api", None) or host in moto.backends.list_of_moto_modules():
            return host
        return next((backend for backend, pattern in self.backend_url_patterns if pattern.match(f"http://{host}")), None)


class Application:
    def __init__(self, delay: float):
        factory.install()
        self.record = Record()
        self.faults = Faults()
        self.storm = Storm()
        self.slow = Slow(self._moto, delay)
        self.modelled = modelled.Modelled()
        self._dispatcher = Dispatcher(create_backend_app)
        self._lock = threading.RLock()

    def __call__(self, environ: dict, start_response):
        if environ.get("PATH_INFO", "").startswith("/_double/"):
            return self._admin(Request(environ))(environ, start_response)
        call = Call(environ)
        call.account_id = self._account(call.access_key_id)
        entry = self.record.start(call)
        try:
            response = self._respond(call)
        except DropConnection:
            self.record.finish(entry, None, "DropConnection")
            raise
        self.record.finish(entry, response.status_code, _error_code(response))
        return response(environ, start_response)

    def _respond(self, call: Call) -> Response:
        if call.operation is None and call.request.headers.get("smithy-protocol") == "rpc-v2-cbor":
            return Response(UNKNOWN_IN_CBOR, status=404, content_type="application/cbor")
        if call.operation is None:
            return Response(f"no service model has this operation: {call.request.method} {call.request.full_path}", status=404)
        try:
            self.faults.check(call)
            return self.storm.answer(call, lambda: self._carried_out(call))
        except AWSError as error:
            return call.answer(error)
        except DropConnection:
            raise
        except Exception as error:
            log.exception("%s.%s failed", call.service, call.name)
            return call.answer(AWSError("InternalFailure", f"the AWS double failed: {error!r}", 500))

    def _carried_out(self, call: Call) -> Response:
        """One after the other; an error of AWS's is an answer, too."""
        try:
            with self._lock:
                return self._answer(call)
        except AWSError as error:
            return call.answer(error)

    def _answer(self, call: Call) -> Response:
        self.slow.settle()
        self._check_access(call)
        if str(call.params.get("DryRun", "")).lower() == "true" and call.service == "ec2":
            raise AWSError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        state = State(call.account_id, call.region)
        refusals.check(call, state)
        response = self.slow.take(call, state)
        if response is not None:
            return response
        if not modelled.moto_has(call) or self.modelled.tagged(call):
            return self.modelled.answer(call, state)
        done = self.slow.watch(call, state)
        shown = interfaces.watch(call, state)
        try:
            response = self._moto(call)
        except NotImplementedError:
            return self.modelled.answer(call, state)
        if response.status_code == 404 and response.mimetype == "text/html":
            # The page of moto's web server: none of its services has such a path.
            return self.modelled.answer(call, state)
        if response.status_code < 400:
            done()
            shown()
        return response

    def _moto(self, call: Call) -> Response:
        environ = call.environ()
        return Response.from_app(self._dispatcher.get_application(environ), environ, buffered=True)

    def _account(self, access_key_id: str | None) -> str | None:
        """The account of these credentials: the operator's, a role session's or a user's; None for unknown ones."""
        if access_key_id == OPERATOR_KEY:
            return OPERATOR_ACCOUNT
        for account_id, backends in list(iam_backends.items()):
            if any(access_key_id in backend.access_keys for backend in list(backends.values())):
                return account_id
        return None

    def _check_access(self, call: Call) -> None:
        code, status = REJECTED.get(call.operation.service_model.protocol, ("UnrecognizedClientException", 400))
        if call.account_id is None:
            raise AWSError(code, "The security token included in the request is invalid.", status)
        if call.region not in services.regions():
            raise AWSError(code, f"The region {call.region} does not exist or is not enabled for this account.", status)

    def _admin(self, request: Request) -> Response:
        try:
            body = json.loads(request.get_data() or "null")
            with self._lock:
                answer = self._administer(request.method, request.path.removeprefix("/_double/"), request.args, body)
        except (ValueError, KeyError, TypeError) as error:
            return Response(str(error), status=400)
        if answer is None:
            return Response(f"no such endpoint: {request.method} {request.path}", status=404)
        return Response(json.dumps(answer, default=str), content_type="application/json")

    def _administer(self, method: str, path: str, query, body):
        match (method, *path.split("/")):
            case ("GET", "health"):
                return {"ok": True}
            case ("GET", "calls"):
                mutating = {"true": True, "false": False, None: None}[query.get("mutating")]
                return list(self.record.calls(query.get("account"), int(query.get("since", 0)), mutating))
            case ("DELETE", "calls"):
                self.record.clear()
            case ("POST", "settings"):
                unknown = set(body) - {"delay", "ids"}
                if unknown:
                    raise ValueError(f"unknown setting {sorted(unknown)}; known are 'delay' and 'ids'")
                self.slow.delay = float(body.get("delay", self.slow.delay))
                if "ids" in body:
                    mock_random.seed(body["ids"])
                return {"delay": self.slow.delay}
            case ("POST", "faults"):
                self.faults.replace(body)
            case ("POST", "storm"):
                self.storm.replace(body)
            case ("POST", "accounts", account_id):
                for name in body:
                    factory.provide(account_id, name)
            case ("POST", "reset"):
                BackendDict.reset()
                for forgetful in (self.slow.forget, self.record.clear, self.modelled.forget):
                    forgetful()
                self.faults.replace([])
                self.storm.replace(None)
            case _:
                return None
        return {}


def _error_code(response: Response) -> str | None:
    """The error code that a response carries, wherever its protocol puts it."""
    if response.status_code < 400:
        return None
    header = response.headers.get("x-amzn-errortype")
    found = re.search(r'<Code>(.*?)</Code>|"__type"\s*:\s*"([^"]*)"', response.get_data().decode(errors="replace"))
    code = header or (found and (found[1] or found[2])) or str(response.status_code)
    return code.split("#")[-1].split(":")[0]


