"""One AWS call as it arrived over HTTP: recognised, its parameters parsed; and answers made from the service's model."""

import datetime
import functools
import io
from urllib.parse import parse_qs

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from . import services

# botocore's prefixes of operations that change nothing.
READING = ("Describe", "Get", "List", "Head", "BatchGet", "Search", "Lookup", "Query", "Scan", "Select", "AssumeRole")


class Call:
    """`operation` and `params` (parsed by the model) are None and {} for a request that no model knows."""

    def __init__(self, environ: dict):
        self.body = _read_body(environ)
        self._environ = {key: value for key, value in environ.items() if key != "wsgi.input"}
        self._environ.pop("HTTP_TRANSFER_ENCODING", None)
        self._environ["CONTENT_LENGTH"] = str(len(self.body))
        self.request = Request(self.environ())
        self.access_key_id, self.region, signing_name = _credential_scope(self.request)
        self.account_id: str | None = None
        self.service: str | None = None
        self.operation: OperationModel | None = None
        self.params: dict = {}
        self._uri_params: dict = {}
        if signing_name:
            self._recognise(signing_name)

    def environ(self) -> dict:
        """A fresh WSGI environment of this call; it may be used again later to repeat the call."""
        environ = {**self._environ, "wsgi.input": io.BytesIO(self.body)}
        if getattr(self, "account_id", None):
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account_id
        return environ

    @property
    def name(self) -> str | None:
        return self.operation.name if self.operation else None

    @property
    def mutating(self) -> bool:
        return bool(self.operation) and not self.operation.name.startswith(READING)

    def _recognise(self, signing_name: str) -> None:
        found = []
        for service in _candidates(self.request, signing_name):
            try:
                operation, uri_params = get_service_router(service).match(self.request)
            except (NotFound, NotImplementedError):
                continue
            # The router does not mind a slash at the end, which alone tells Lex's versions apart.
            exact = operation.http.get("requestUri", "/").split("?")[0].endswith("/") == self.request.path.endswith("/")
            found.append((not exact, len(found), service, operation, uri_params))
        if found:
            _, _, self.service, self.operation, self._uri_params = min(found)
            self.params = self._parse()
            return
        self.service = signing_name

    def _protocol(self) -> str:
        return determine_request_protocol(self.operation.service_model, self.request.content_type)

    def _parse(self) -> dict:
        if _streams(self.operation):
            payload = self.operation.input_shape.serialization.get("payload")
            return {key: value for key, value in self._uri_params.items() if key != payload}
        parser = PROTOCOL_PARSERS[self._protocol()](self.operation)
        parsed = parser.parse({
            "method": self.request.method,
            "values": self.request.values,
            "headers": self.request.headers,
            "body": self.request.data,
            "url_path": self.request.path,
            "url_params": self._uri_params,
        })
        return parsed or {}

    def answer(self, result: dict | Exception) -> Response:
        """The HTTP response that carries `result`, an output structure or an AWSError, in this operation's protocol."""
        service_model = self.operation.service_model
        protocol = "query-json" if self._protocol() == "query" and self.request.values.get("ContentType") == "JSON" else self._protocol()
        serializer = get_serializer_class(service_model.service_name, protocol)(operation_model=self.operation)
        made = serializer.serialize(result)
        status = getattr(result, "status", None) or made["status_code"]
        return Response(made["body"], status=status, headers={**made["headers"], "x-amzn-requestid": "aws-double"})


def _read_body(environ: dict) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    if length:
        return environ["wsgi.input"].read(int(length))
    return environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b""


def _credential_scope(request: Request) -> tuple[str | None, str | None, str | None]:
    """Access key id, region and signing name of a SigV4 request, signed in its header or in its query string."""
    header = request.headers.get("Authorization", "")
    if "Credential=" in header:
        credential = header.split("Credential=", 1)[1].split(",", 1)[0]
    else:
        credential = request.args.get("X-Amz-Credential", "")
    parts = credential.strip().split("/")
    if len(parts) < 5:
        return None, None, None
    return "/".join(parts[:-4]), parts[-3], parts[-2].lower()


def _candidates(request: Request, signing_name: str) -> list[str]:
    """Names of the services this request may be for, the likeliest first."""
    known = services.by_signing_name().get(signing_name, [])
    target = request.headers.get("X-Amz-Target")
    if target:
        return [service.name for service in known if service.target_prefix == target.rpartition(".")[0]]
    if (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        version = (parse_qs(request.get_data().decode()).get("Version") or [None])[0]
        matching = [service.name for service in known if service.api_version == version]
        return matching[::-1]
    rest = [service.name for service in known if any(protocol.startswith("rest") for protocol in service.protocols)]
    if signing_name == "s3":
        return ["s3control"] if request.path.startswith("/v20180820/") else ["s3"]
    return rest


@functools.cache
def _input_streams(service: str, operation: str) -> bool:
    shape = get_service_model(service).operation_model(operation).input_shape
    payload = shape.serialization.get("payload") if shape else None
    return bool(payload) and shape.members[payload].type_name == "blob"


def _streams(operation: OperationModel) -> bool:
    return _input_streams(operation.service_model.service_name, operation.name)


def jsonable(value, shape=None):
    """`value` for the call log: timestamps as ISO 8601, blobs as their size, what the model calls sensitive as '***'."""
    if shape is not None and shape.metadata.get("sensitive"):
        return "***"
    if isinstance(value, dict):
        members = getattr(shape, "members", None) or {}
        return {key: jsonable(item, members.get(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item, getattr(shape, "member", None)) for item in value]
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return value
