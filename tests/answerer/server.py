"""The HTTP server: one thread per connection, which is kept open; an answer is serialised once and given again until something changes."""

import dataclasses
import io
import json
import logging
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.validate import ParamValidator

from aws_double.call import jsonable
from aws_double.errors import AWSError
from tabula_rasa import catalog
from tabula_rasa.catalog import model

from .account import READING, Account
from .questions import wire
from .wire import Question
from .wire import scope as credential_scope

log = logging.getLogger(__name__)
OPERATOR = "123456789012"


class State:
    """Accounts, the log of calls, and the seconds that every answer takes."""

    def __init__(self, delay):
        self.delay = delay
        self.accounts, self.calls = {}, []
        self.lock = threading.RLock()

    def hold(self, account_id, services, size, regions, links=None):
        types = {name: each for service in services for name, each in catalog.of_service(service).items()}
        for name, references in (links or {}).items():
            entry = types[name].entry
            types[name] = dataclasses.replace(types[name], entry=dataclasses.replace(entry, references={**entry.references, **references}))
        with self.lock:
            self.accounts[account_id] = Account(account_id, types, size, regions)

    def account(self, account_id):
        with self.lock:
            if account_id not in self.accounts:
                self.hold(account_id, [], 0, ["us-east-1"])
            return self.accounts[account_id]

    def note(self, **call):
        with self.lock:
            self.calls.append({"n": len(self.calls) + 1, **call})


def account_of(access_key_id):
    """A role session's key names its account."""
    return access_key_id.removeprefix("ASIA") if access_key_id and access_key_id.startswith("ASIA") else OPERATOR


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: State

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *_):
        """The call log replaces it."""

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/_answerer/"):
            return self._send(*self._administer(body))
        if self.state.delay:
            time.sleep(self.state.delay)
        self._send(*self._answer(body))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any

    def _send(self, status, headers, body):
        self.send_response_only(status)
        body = b"" if status == 204 or self.command == "HEAD" else body  # a body that nobody reads would be taken for the next answer
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, body):
        state = self.state
        environ = self._environ(body)
        scope = credential_scope(environ, body, lambda key: state.account(account_of(key)).regions[0])
        environ["HTTP_AUTHORIZATION"] = environ.get("HTTP_AUTHORIZATION") or f"AWS4-HMAC-SHA256 Credential={scope}, "
        account_id = account_of(scope.partition("/")[0])
        account = state.account(account_id)
        key = scope, self.command, self.path, body, environ.get("HTTP_X_AMZ_TARGET")
        cache = account.cache
        if key in cache:
            answered, called = cache[key]
            state.note(**called)
            return answered
        try:
            with state.lock:  # models are put together when they are first asked, and not by several threads at once
                question = Question(environ, lambda services: sorted(services, key=lambda each: each not in account.services))
        except Exception as error:
            log.exception("%s %s cannot be parsed", self.command, self.path)
            state.note(account=account_id, service=None, region=None, operation=None, params={}, mutating=False, status=500, error_code=f"unparsable: {error!r}")
            return 500, [], repr(error).encode()
        called = {"account": account_id, "service": question.service, "region": question.region, "operation": question.name}
        if question.operation is None:
            state.note(**called, params={}, mutating=False, status=404, error_code="no service model has this operation")
            return 404, [], f"no service model has this operation: {self.command} {self.path}".encode()
        called |= {"params": jsonable(question.params, question.operation.input_shape), "mutating": not question.name.startswith((*READING, "AssumeRole"))}
        answered, code = self._answered(question, account)
        called |= {"status": answered[0], "error_code": code}
        state.note(**called)
        if not called["mutating"]:
            cache[key] = answered, called
        return answered

    def _answered(self, question, account):
        """((status, headers, body), error code or None)."""
        service, operation = question.service, question.name
        try:
            shape = model.operation(service, operation).input_shape
            invalid = ParamValidator().validate(question.params, shape).generate_report() if shape is not None else ""
            if invalid:
                raise AWSError("InvalidByModel", invalid, 400)
            if operation == "AssumeRole" and service == "sts":
                return question.written(_assumed(question.params)), None
            answer = account.answer(question.region, service, operation, question.params)
            return question.written(wire(service, operation, answer) or {}), None
        except AWSError as error:
            return question.written({}, error), error.code
        except Exception as error:
            log.exception("%s:%s", service, operation)
            error = AWSError("AnswererFailed", f"the answerer failed: {error!r}", 400)
            return question.written({}, error), error.code

    def _environ(self, body):
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": self.command, "SCRIPT_NAME": "", "PATH_INFO": urllib.parse.unquote(path, "latin-1"), "QUERY_STRING": query,
            "RAW_URI": self.path, "REQUEST_URI": self.path, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": None, "wsgi.version": (1, 0),
            "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            if name.lower() not in ("content-type", "content-length"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    # -- what tests ask

    def _administer(self, body):
        asked = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(asked.query))
        given = json.loads(body or b"null")
        match self.command, *asked.path.removeprefix("/_answerer/").split("/"):
            case "GET", "calls":
                with self.state.lock:
                    answer = [each for each in self.state.calls if query.get("account") in (None, each["account"])]
            case "DELETE", "calls":
                with self.state.lock:
                    self.state.calls.clear()
                answer = {}
            case "POST", "settings":
                self.state.delay = float(given.get("delay", self.state.delay))
                answer = {"delay": self.state.delay}
            case "POST", "accounts", account_id:
                self.state.hold(account_id, given["services"], given["size"], given["regions"], given.get("links"))
                answer = {}
            case "GET", "accounts", account_id:
                answer = self._held(self.state.account(account_id), query.get("region"))
            case _:
                return 404, [], b"no such endpoint"
        return 200, [("Content-Type", "application/json")], json.dumps(answer, default=str).encode()

    @staticmethod
    def _held(account, region):
        records, unplaced, broken = [], [], {}
        for holding, _, _ in account.places(region or account.regions[0]):
            unplaced += holding.unplaced
            broken |= holding.broken
            for each in holding.all():
                made = each.identified
                records.append({
                    "resource_type": each.rt.name, "region": made.key.region, "resource_id": made.key.resource_id, "arn": made.arn, "name": made.name,
                    "properties": model.redacted(made.properties, each.rt.sensitive), "fixed": each.fixed, "alive": each.alive, "owner_id": made.owner_id,
                } if made else {"resource_type": each.rt.name, "resource_id": None, "properties": each.read})
        return {"records": records, "unplaced": unplaced, "broken": broken}


def _assumed(request):
    account_id = request["RoleArn"].split(":")[4]
    session = request["RoleSessionName"]
    return {
        "Credentials": {"AccessKeyId": f"ASIA{account_id}", "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": "2099-01-01T00:00:00+00:00"},
        "AssumedRoleUser": {"AssumedRoleId": f"AROATEST:{session}", "Arn": f"arn:aws:sts::{account_id}:assumed-role/tabula-rasa/{session}"},
    }


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A caller that was cancelled closes its connections."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def make_server(host, port, delay):
    handler = type("BoundHandler", (Handler,), {"state": State(delay)})
    return Server((host, port), handler)
