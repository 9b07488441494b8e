"""How a client of ours connects: as botocore's own does, in the clear and by TLS, except that it can be ended meanwhile."""

import datetime
import functools
import http.server
import socket
import ssl
import threading
import time

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectTimeoutError, EndpointConnectionError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from world import wait_for

from tabula_rasa.stopping import Stop

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])


class Sts(http.server.BaseHTTPRequestHandler):
    """It says who we are as soon as `answer` is set; `asked` is set before."""

    protocol_version = "HTTP/1.1"  # which keeps connections

    def __init__(self, asked, answer, *given):
        self.asked, self.answer = asked, answer
        super().__init__(*given)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.set()
        self.answer.wait()
        told = b"<R><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></R>"
        self.send_response(200)
        self.send_header("Content-Length", len(told))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with the key and the certificate of `localhost`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(NAME, NAME, key.public_key(), 1, now - datetime.timedelta(days=1), now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False).sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


class Host:
    """An STS on a port of this machine."""

    def __init__(self, certificate=None):
        self.asked, self.answer = threading.Event(), threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Sts, self.asked, self.answer))
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = self.server.server_address
        self.url = f"http{'s' if certificate else ''}://localhost:{self.address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.answer.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(params=["http", "https"])
def host(request):
    made = Host(request.getfixturevalue("certificate") if request.param == "https" else None)
    yield made
    made.close()


@pytest.fixture
def refusing():
    """The address of a host where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()


def client(url, stop, certificate, connect_timeout=0.3):
    made = botocore.session.Session().create_client(
        "sts", "us-east-1", endpoint_url=url, aws_access_key_id="x", aws_secret_access_key="y", verify=str(certificate),
        config=Config(connect_timeout=connect_timeout, retries={"mode": "standard", "total_max_attempts": 1}),
    )
    stop.govern(made, 1)
    return made


def check_ended(stop, client, once):
    """A request that would take for ever is ended soon, once `once()` is true."""
    raised = []

    def ask():
        try:
            client.get_caller_identity()
        except BotoCoreError as error:
            raised.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_for(once)
    began = time.monotonic()
    while thread.is_alive() and time.monotonic() - began < 2:
        stop.hang_up()
        thread.join(0.02)
    assert len(raised) == 1


def test_it_is_answered(host, certificate):
    host.answer.set()
    sts = client(host.url, Stop(), certificate)
    assert {sts.get_caller_identity()["Account"] for _ in range(2)} == {"123456789012"}


def test_a_name_that_nobody_knows(certificate):
    with pytest.raises(EndpointConnectionError):
        client("http://nobody.invalid", Stop(), certificate).get_caller_identity()


def test_a_host_that_refuses(refusing, certificate):
    with pytest.raises(EndpointConnectionError):
        client(f"http://127.0.0.1:{refusing[1]}", Stop(), certificate).get_caller_identity()


def test_a_host_that_is_silent(silent, certificate):
    with pytest.raises(ConnectTimeoutError):
        client(f"http://127.0.0.1:{silent[1]}", Stop(), certificate).get_caller_identity()


def test_the_next_address_of_a_host_is_tried(monkeypatch, host, refusing, silent, certificate):
    host.answer.set()
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in (refusing, silent, host.address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    assert client(host.url, Stop(), certificate).get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_connects_is_ended(silent, certificate, scheme):
    stop = Stop()
    check_ended(stop, client(f"{scheme}://127.0.0.1:{silent[1]}", stop, certificate, connect_timeout=30), lambda: any(each.line for each in stop._opened))


def test_who_agrees_on_tls_is_ended(certificate):
    stop, accepted = Stop(), []
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://localhost:{mute.getsockname()[1]}"
        check_ended(stop, client(url, stop, certificate, connect_timeout=30), lambda: accepted.append(mute.accept()[0]) or accepted[0].recv(1))
    accepted[0].close()


def test_who_waits_for_an_answer_is_ended(host, certificate):
    stop = Stop()
    check_ended(stop, client(host.url, stop, certificate), host.asked.is_set)


def test_nothing_is_sent_in_the_clear_when_tls_is_ended(certificate):
    """What has been about to be sent by TLS fails."""
    stop, host = Stop(), Host(certificate)
    host.answer.set()
    sts = client(host.url, stop, certificate)
    sts.get_caller_identity()
    [connection] = stop._opened
    stop.hang_up()
    assert connection.sock.version().startswith("TLS")
    with pytest.raises(OSError):
        connection.sock.sendall(b"secret")
    host.close()
