"""How a client of ours connects: as botocore's own does, except that it can be ended meanwhile."""

import http.server
import socket
import threading

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from tabula_rasa.stopping import Stop


class Sts(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<R><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></R>")

    def log_message(self, *_):
        pass


@pytest.fixture
def answering():
    """The address of a host that says who we are."""
    with http.server.HTTPServer(("127.0.0.1", 0), Sts) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address
        server.shutdown()


@pytest.fixture
def refusing():
    """The address of a host where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()


def client(url, stop, connect_timeout=0.3):
    made = botocore.session.Session().create_client(
        "sts", "us-east-1", endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="y",
        config=Config(connect_timeout=connect_timeout, retries={"mode": "standard", "total_max_attempts": 1}),
    )
    stop.govern(made, 1)
    return made


def test_a_name_that_nobody_knows():
    with pytest.raises(EndpointConnectionError):
        client("http://nobody.invalid", Stop()).get_caller_identity()


def test_a_host_that_refuses(refusing):
    with pytest.raises(EndpointConnectionError):
        client(f"http://127.0.0.1:{refusing[1]}", Stop()).get_caller_identity()


def test_a_host_that_is_silent(silent):
    with pytest.raises(ConnectTimeoutError):
        client(f"http://127.0.0.1:{silent[1]}", Stop()).get_caller_identity()


def test_the_next_address_of_a_host_is_tried(monkeypatch, answering, refusing, silent):
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in (refusing, silent, answering)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    assert client("http://many.example", Stop()).get_caller_identity()["Account"] == "123456789012"


def test_who_connects_is_ended(silent):
    stop, raised = Stop(), []

    def ask():
        try:
            client(f"http://127.0.0.1:{silent[1]}", stop, connect_timeout=30).get_caller_identity()
        except EndpointConnectionError as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while thread.is_alive():  # until it has begun to connect there is nothing to end
        stop.hang_up()
        thread.join(0.02)
    assert len(raised) == 1
