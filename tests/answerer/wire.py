"""A call as it comes over HTTP and its answer as it goes back: moto's parsers and serialisers, and botocore's own for CBOR, which moto lacks."""

import functools
import re
from urllib.parse import parse_qs, unquote

from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer
from moto.core.model import ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.routing import ServiceOperationRouter
from werkzeug.exceptions import NotFound

from aws_double import services
from aws_double.call import Call, _candidates
from tabula_rasa.catalog import model

_CBOR = re.compile(r"/service/([^/]+)/operation/([^/?]+)$")
_REQUEST_ID = "answerer"


@functools.cache
def _model(service):
    """moto's view of a service's model, of the same parsed data as the catalog's: loading it again takes seconds for all."""
    return ServiceModel(model.loader().load_service_model(service, "service-2"), service)


@functools.cache
def _router(service):
    return ServiceOperationRouter(_model(service))


class Question(Call):
    """A call. `preferred(services)` orders those that the request may be for: some share their signing name, version and paths."""

    def __init__(self, environ, preferred):
        self._preferred = preferred
        self.cbor = False
        super().__init__(environ)

    def _recognise(self, signing_name):
        if found := _CBOR.search(unquote(self.request.path)):
            return self._recognise_cbor(signing_name, *found.groups())
        for service in self._preferred(_candidates(self.request, signing_name)):
            try:
                operation, self._uri_params = _router(service).match(self.request)
            except (NotFound, NotImplementedError):
                continue
            self.service, self.operation = service, operation
            self.params = self._parse()
            return
        self.service = signing_name

    def _parse(self):
        shape = self.operation.input_shape
        payload = shape.serialization.get("payload") if shape is not None else None
        if payload and shape.members[payload].type_name == "blob":
            return {name: each for name, each in self._uri_params.items() if name != payload}
        request = self.request
        params = PROTOCOL_PARSERS[self._protocol()](self.operation).parse({
            "method": request.method, "values": request.values, "headers": request.headers, "body": request.data, "url_path": request.path,
            "url_params": self._uri_params,
        }) or {}
        return _without_others(params, shape)

    def _recognise_cbor(self, signing_name, target, operation):
        self.cbor = True
        known = services.by_signing_name().get(signing_name, [])
        self.service = next((each.name for each in known if each.target_prefix == target), None) or next((each.name for each in known), None)
        if self.service is None:
            return
        self.operation = _model(self.service).operation_model(operation)
        parser = RpcV2CBORParser()
        body = parser._initial_body_parse(self.body) or {}
        shape = self.operation.input_shape
        self.params = parser._parse_shape(shape, body) if shape is not None else {}

    def written(self, answer, error=None):
        """(status, headers, body) of an answer, a structure for the serialiser, or of an AWSError."""
        if self.cbor:
            return self._written_cbor(answer, error)
        response = self.answer(error or answer)
        return response.status_code, [(name, each) for name, each in response.headers.items() if name.lower() != "content-length"], response.get_data()

    def _written_cbor(self, answer, error):
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), ("x-amzn-requestid", _REQUEST_ID)]
        serializer, body = RpcV2CBORSerializer(), bytearray()
        if error:
            from_text = {"__type": error.code, "message": error.message}
            serializer._serialize_data_item(body, from_text, _Texts)
            return error.status or 400, [*headers, ("x-amzn-query-error", f"{error.code};Sender")], bytes(body)
        shape = self.operation.output_shape
        if shape is not None:
            serializer._serialize_data_item(body, answer, shape)
        return 200, headers, bytes(body)


def scope(environ, body, first_region):
    """The credential scope of a request: key/day/region/service/aws4_request. Signature version 2 (SimpleDB) names key and API version only; `first_region` is taken for its region."""
    header = environ.get("HTTP_AUTHORIZATION") or ""
    if "Credential=" in header or b"SignatureVersion=2" not in body:
        return header.partition("Credential=")[2].partition(",")[0]
    given = {name: each for name, (each, *_) in parse_qs(body.decode()).items()}
    service = next((each.name for each in services.by_signing_name().get("sdb", ()) if each.api_version == given["Version"]), "")
    key = given["AWSAccessKeyId"]
    return f"{key}/20260101/{first_region(key)}/{service}/aws4_request"


def _without_others(params, shape):
    """A map in the query string holds the parameters that no other member names, and a list that is not there is none; moto's parser thinks otherwise."""
    queried = {name: each for name, each in (shape.members.items() if shape is not None else ()) if each.serialization.get("location") == "querystring"}
    others = {each.serialization.get("name", name) for name, each in queried.items() if each.type_name != "map"}
    for name, each in queried.items():
        if each.type_name == "map" and name in params:
            params[name] = {key: value for key, value in params[name].items() if key not in others}
    return {name: each for name, each in params.items() if not (name in queried and each in ([], {}))}


class _Text:
    type_name, name, metadata, serialization = "string", "String", {}, {}


class _Texts:
    """The shape of an error's body."""

    type_name, name, metadata, serialization, members = "structure", "Error", {}, {}, {"__type": _Text, "message": _Text}
