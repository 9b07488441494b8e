"""A scan of everything: what is not there, does not answer or was not subscribed to costs one attempt, and the rest is read."""

import itertools
import socket
from collections import Counter

import pytest
from urllib3.connection import HTTPConnection
from world import ROLE

from tabula_rasa import catalog, connection
from tabula_rasa.aws import Aws
from tabula_rasa.connection import Account, Connection
from tabula_rasa.reading import read

REGIONS = ["us-east-1", "eu-west-1", "global"]
PATIENT = dict(connection._PATIENT)
DEAF = "sns"  # the service that a test takes away: several lists, in every region
UNLISTED = "codeconnections"  # of which the SDK does not say where it is
_numbers = itertools.count(1)


class Scan:
    """Readings of an empty account of one's own on the double, from this process."""

    def __init__(self, double):
        self.double, self.account_id = double, f"77{next(_numbers):010}"
        self.types = catalog.types(["iam", "sqs", "lambda", DEAF, UNLISTED])
        self.connection = Connection(Account(self.account_id, role_arn=ROLE.format(self.account_id)))
        self.connection.identity()

    def __call__(self, regions=REGIONS, wanted=None):
        aws = Aws(self.connection)
        return aws.run(read(aws, self.types, regions, "aws", wanted), lambda: None)

    def statuses(self, service=DEAF):
        """({status} of the service's types, {(type, region): status} of all others)."""
        outcomes = self().outcomes
        deaf = [each for each in outcomes if self.types[each.resource_type].service == service]
        return {each.status for each in deaf}, {(each.resource_type, each.region): each.status for each in outcomes if each not in deaf}


@pytest.fixture
def scan(double, monkeypatch):
    """With the double for all services, as the server's environment would say it."""
    for name, value in (("ACCESS_KEY_ID", "testing"), ("SECRET_ACCESS_KEY", "testing"), ("EC2_METADATA_DISABLED", "true"), ("ENDPOINT_URL", double.url)):
        monkeypatch.setenv(f"AWS_{name}", value)
    double.clear_calls()
    yield Scan(double)
    double.faults()


@pytest.fixture
def attempts(monkeypatch):
    """Counter: host and port -> connections that were tried."""
    seen, connect = Counter(), HTTPConnection.connect

    def counted(self):
        seen[self.host, self.port] += 1
        return connect(self)

    monkeypatch.setattr(HTTPConnection, "connect", counted)
    return seen


@pytest.fixture
def listening():
    """A socket that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def direct(monkeypatch, host, port, service=DEAF):
    """The service is at this address."""
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", f"http://{host}:{port}")


def test_an_empty_account_costs_one_call_per_list_and_region(scan):
    """And the number is told."""
    reading = scan()
    asked = [each for each in scan.double.calls(account=scan.account_id) if each["service"] != "sts"]
    assert reading.calls == len(asked)
    lists = {(each.service, each.list.operation) for each in scan.types.values() if each.list and not each.parent and not each.within and not each.on_request}
    made = Counter((each["service"], each["operation"], each["region"], str(each["params"])) for each in asked)
    assert set(made.values()) == {1}
    assert {(service, operation) for service, operation, _, _ in made} >= lists
    once = Counter((service, operation) for service, operation, _, _ in made if service == "iam")
    assert set(once.values()) == {1}


def test_a_closed_port(scan, attempts, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    _, others = scan.statuses()
    direct(monkeypatch, *address)
    broken = Scan(scan.double)
    assert broken.statuses() == ({"failed"}, others)
    assert attempts[address] == 2  # one per region


UNKNOWN = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("service, answer, status", [
    (UNLISTED, UNKNOWN, "not offered"),  # the service cannot have anything there
    (DEAF, UNKNOWN, "failed"),  # the SDK knows that it is there: the name service is what does not
    (UNLISTED, socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "failed"),
])
def test_a_host_that_is_not_found(scan, attempts, monkeypatch, service, answer, status):
    real = socket.getaddrinfo

    def resolve(host, *arguments, **options):
        if host == "nowhere.invalid":
            raise answer
        return real(host, *arguments, **options)

    _, others = scan.statuses(service)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    direct(monkeypatch, "nowhere.invalid", 80, service)
    broken = Scan(scan.double)
    assert broken.statuses(service) == ({status}, others)
    assert attempts["nowhere.invalid", 80] == 2
    assert all("nowhere.invalid" in each.error for each in broken(wanted={name for name in scan.types if name.startswith(service)}).outcomes)


def test_a_server_that_never_answers(scan, attempts, listening, monkeypatch):
    monkeypatch.setattr(connection, "_PATIENT", {**PATIENT, "read_timeout": 1})
    _, others = scan.statuses()
    direct(monkeypatch, *listening.getsockname())
    broken = Scan(scan.double)
    assert broken.statuses() == ({"failed"}, others)
    assert attempts[listening.getsockname()] == 2


def test_a_slow_service_is_waited_for(scan):
    scan.double.faults({"service": DEAF, "delay": 1})
    assert scan.statuses()[0] == {"ok"}


def test_a_reset_connection_is_tried_again(scan):
    scan.double.faults({"service": DEAF, "drop_connection": True, "times": 1}, {"service": "lambda", "drop_connection": True, "probability": 0.02, "seed": 1})
    reading = scan()
    assert {each.status for each in reading.outcomes} == {"ok"}


def test_a_service_that_answered_before_is_tried_again(scan, monkeypatch):
    """A connection that cannot be made once does not count then."""
    scan()
    resolve, refused = socket.getaddrinfo, []
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()

    def elsewhere_once(*asked, **options):
        if not refused:
            refused.append(asked)
            return resolve(*closed, **options)
        return resolve(*asked, **options)

    monkeypatch.setattr(socket, "getaddrinfo", elsewhere_once)
    assert {each.status for each in scan().outcomes} == {"ok"} and refused


@pytest.mark.parametrize("code, message, status", [
    ("SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service", "not offered"),
    ("InvalidAction", "The action ListTopics is not valid for this web service", "not offered"),
    ("AccessDeniedException", "Unable to determine service/operation name to be authorized", "not offered"),
    ("AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized to perform: sns:ListTopics with an explicit deny in a service control policy", "failed"),
    ("UnrecognizedClientException", "The security token included in the request is invalid", "failed"),
])
def test_what_an_answer_says_of_the_service(scan, code, message, status):
    _, others = scan.statuses()
    scan.double.faults({"service": DEAF, "error_code": code, "message": message, "status": 400})
    assert scan.statuses() == ({status}, others)


def test_few_clients_and_no_idle_connection_stay(scan, monkeypatch):
    monkeypatch.setattr(connection, "CLIENTS", 3)
    for region in ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1"):
        assert {each.status for each in scan(regions=[region]).outcomes} == {"ok"}
    assert len(scan.connection._clients) == 3
    for client in scan.connection._clients.values():
        assert not client._endpoint.http_session._manager.pools
