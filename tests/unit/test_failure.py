"""What an error means: nothing there, not to be seen, or told apart from a denial by its words only."""

import http.server
import socket
import threading
import traceback

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError, SSLError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import NameResolutionError, NewConnectionError

from tabula_rasa import connection
from tabula_rasa.failure import FAILURES, Failure, UnreadableAnswer, sdk
from tabula_rasa.retrying import first_contact

URL = "https://nowhere.us-east-1.amazonaws.com/"
DENIED = "User: arn:aws:iam::1:user/x is not authorized to perform: {} because no identity-based policy allows it"


@pytest.mark.parametrize("code, message, nothing", [
    ("OptInRequired", "You are not subscribed to this service", True),
    ("InvalidAccessException", "Account 123456789012 is not subscribed to AWS Security Hub", True),
    ("ResourceNotFoundException", "The subscription does not exist.", True),
    ("AccessDeniedException", "Only existing Timestream for LiveAnalytics customers can access the service", True),
    ("UnsupportedOperation", "The functionality you requested is not available in this region.", True),
    ("InvalidParameterValue", "Access Denied to API Version: APIGlobalDatabases", True),
    ("UnknownOperationException", "", True),
    ("AccessDeniedException", DENIED.format("macie2:ListMembers"), False),
    ("AccessDeniedException", "", False),
    ("AccessDeniedException", "Your account is not authorized to invoke this API operation.", False),  # an allow-list: AWS may have taken it back
    ("UnrecognizedClientException", "The security token included in the request is invalid.", False),  # a region that was switched off keeps what is in it
    ("ServiceUnavailableException", "The service is not available in this region just now", False),
    ("ResourceNotFoundException", "The specified resource was not found", False),
])
def test_nothing_can_be_there(code, message, nothing):
    assert Failure(code, message).not_offered is nothing


@pytest.mark.parametrize("names, found", [
    ((), False),
    (("AccessDeniedException",), True),
    (("NoSuchKey", "AccessDeniedException: Macie is not enabled"), True),
    (("AccessDeniedException: Detective is not enabled",), False),
    (("ValidationException: Macie is not enabled",), False),
])
def test_a_code_and_words(names, found):
    assert Failure("AccessDeniedException", "Macie is not enabled.").among(names) is found


@pytest.mark.parametrize("number, code", [(socket.EAI_NONAME, "NameResolutionError"), (socket.EAI_AGAIN, "EndpointConnectionError")])
def test_a_host_that_is_not_found(number, code):
    try:
        raise NameResolutionError("nowhere", None, socket.gaierror(number, "no")) from socket.gaierror(number, "no")
    except NewConnectionError as cause:
        failure = Failure.of(EndpointConnectionError(endpoint_url=URL, error=cause))
    assert (failure.code, failure.not_offered) == (code, number == socket.EAI_NONAME)


@pytest.mark.parametrize("error, again", [
    (EndpointConnectionError(endpoint_url=URL), False),
    (SSLError(endpoint_url=URL, error="certificate verify failed"), False),
    (ReadTimeoutError(endpoint_url=URL), False),
    (ConnectionClosedError(endpoint_url=URL), True),  # somebody took the connection
])
def test_first_contact(error, again):
    """A host that never answered is not asked a second time; another's answer does not count; its own does."""
    heard = {"else.us-east-1.amazonaws.com"}
    handler, event = first_contact(heard), {"request_dict": {"url": URL}, "operation": None, "attempts": 1}
    if again:
        handler(caught_exception=error, **event)
    else:
        with pytest.raises(type(error)):
            handler(caught_exception=error, **event)
    handler(response=(None, {"Error": {"Code": "AccessDenied"}}), **event)
    handler(caught_exception=error, **event)


class _Server(http.server.BaseHTTPRequestHandler):
    """It hangs up on the first request of a connection's first call, then says that it is busy."""

    answers = ()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status = next(self.answers)
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.end_headers()
        self.wfile.write(b'{"__type": "ThrottlingException", "message": "x"}')

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("answers, unanswered", [
    ((None, 503), True),  # the first may have done it
    ((500, 400), True),
    ((503, 400), False),  # busy both times: it did nothing
])
def test_a_call_of_which_one_try_was_left_without_an_answer_is_in_doubt(monkeypatch, answers, unanswered):
    monkeypatch.setattr(_Server, "answers", iter(answers))
    monkeypatch.setattr(connection, "_PATIENT", {"retries": {"mode": "standard", "total_max_attempts": 2}})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = connection.Connection(connection.Account("123456789012", endpoint_url=f"http://127.0.0.1:{server.server_port}")).client("sqs", "us-east-1")
        with pytest.raises(FAILURES) as raised:
            client.delete_queue(QueueUrl="q")
        server.shutdown()
    assert next(_Server.answers, "none left") == "none left"
    assert Failure.of(raised.value).unanswered is unanswered


def test_an_answer_that_cannot_be_read_is_not_repeated():
    """It may be one of STS's, with a secret in it."""
    with pytest.raises(UnreadableAnswer) as raised, sdk():
        raise ResponseParserError("Unable to parse response (no element found), invalid XML received. Further retries may succeed:\nb'<SecretAccessKey>hush'")
    told = "".join(traceback.format_exception(raised.value)) + str(Failure.of(raised.value)) + str(Failure.of(ResponseParserError("invalid XML:\nhush")))
    assert "invalid XML" in told and "hush" not in told
