"""How much a list asks for at a time: as much as the SDK's model allows, less where AWS cannot give it, by service and region."""

import pytest
from world import ROLE

from tabula_rasa import catalog, connection
from tabula_rasa.aws import Aws
from tabula_rasa.catalog import model
from tabula_rasa.connection import Account, Connection
from tabula_rasa.packing import unpack_page
from tabula_rasa.share import GAIN, SHORTEST, Share

ACCOUNT = "660000000002"
NAMES = {f"parameter-{number}" for number in range(25)}  # the double gives 10 at a time, whatever is asked for
LARGEST = 50  # parameters that a page of AWS's holds
HERE, ELSEWHERE = "us-east-1", "eu-west-1"


@pytest.fixture(scope="module")
def parameters(double):
    ssm = double.boto("ssm", HERE, ACCOUNT)
    for name in NAMES:
        ssm.put_parameter(Name=name, Value="x", Type="String")


@pytest.fixture
def reader(double, parameters, monkeypatch):
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    monkeypatch.setattr(connection, "_PATIENT", {**connection._PATIENT, "read_timeout": 1})
    double.clear_calls()
    made = Connection(Account(ACCOUNT, role_arn=ROLE.format(ACCOUNT), endpoint_url=double.url))
    made.identity()
    yield Reader(double, made)
    double.faults()


class Reader:
    def __init__(self, double, made):
        self.double, self.connection = double, made

    def faults(self, *rules):
        self.double.faults(*({"service": "ssm", "region": HERE, "account": ACCOUNT, **each} for each in rules))

    def names(self, region=HERE):
        """The names of the parameters that a list shows, one by one, and how many calls it took."""
        aws = Aws(self.connection)
        pages = aws.run(aws.pages("ssm", region, "DescribeParameters", {}), lambda: None)
        return [each["Name"] for page in pages for each in unpack_page(page)["Parameters"]], aws.calls

    def sizes(self):
        """(region, size of the page) of all lists since the last look."""
        asked = [(each["region"], each["params"].get("MaxResults")) for each in self.double.calls(account=ACCOUNT) if each["operation"] == "DescribeParameters"]
        self.double.clear_calls()
        return asked

    def page(self, region=HERE, service="ssm"):
        return self.connection.share(service, region).page


def whole(names):
    return sorted(names) == sorted(NAMES)


def test_the_largest_page_is_asked_for(reader):
    names, calls = reader.names()
    assert whole(names)
    assert reader.sizes() == [(HERE, LARGEST)] * calls


@pytest.mark.parametrize("good", [0, 1])
def test_a_page_that_does_not_come_in_time_is_asked_for_by_halves(reader, good):
    """The first or a later one; the list is whole all the same, and nothing is in it twice. In another region, and in another service, nothing changes."""
    reader.names(), reader.names(ELSEWHERE), reader.sizes()
    reader.faults({"delay": 0.001, "times": good}, {"delay": 1.5, "times": 1})
    names, calls = reader.names()
    asked = reader.sizes()
    assert whole(names) and calls == len(asked)
    assert asked[: good + 2] == [(HERE, LARGEST)] * (good + 1) + [(HERE, LARGEST // 2)]
    assert 0.5 < reader.page() < 0.6
    assert reader.page(ELSEWHERE) == reader.page(service="sqs") == 1
    reader.names(ELSEWHERE)
    assert set(reader.sizes()) == {(ELSEWHERE, LARGEST)}


def test_what_times_out_whatever_is_asked_for_is_given_up(reader, monkeypatch):
    """After botocore's tries with the shortest page."""
    monkeypatch.setattr(connection, "_PATIENT", {**connection._PATIENT, "read_timeout": 0.2, "retries": {"mode": "standard", "total_max_attempts": 2}})
    reader.names(), reader.sizes()
    reader.faults({"delay": 0.5})
    with pytest.raises(connection.HTTPClientError):
        reader.names()
    assert [size for _, size in reader.sizes()] == [50, 25, 12, 6, 3, 3]
    assert reader.page() == SHORTEST


def test_after_a_server_error_the_next_list_asks_for_less(reader):
    """The call itself is repeated by botocore as it is."""
    reader.names(), reader.sizes()
    reader.faults({"error_code": "InternalServerError", "status": 500, "times": 2})
    names, _ = reader.names()
    assert whole(names) and {size for _, size in reader.sizes()} == {LARGEST}
    assert 0.5 < reader.page() < 0.6
    assert whole(reader.names()[0]) and reader.sizes()[0][1] in range(LARGEST // 2, LARGEST * 6 // 10)


def test_a_throttling_changes_nothing(reader):
    reader.names(), reader.sizes()
    reader.faults({"error_code": "ThrottlingException", "status": 503, "times": 2})
    assert whole(reader.names()[0]) and {size for _, size in reader.sizes()} == {LARGEST}
    assert reader.page() == 1


def test_a_size_that_aws_refuses_is_not_insisted_on(reader):
    reader.faults({"error_code": "ValidationException", "message": "Value '50' at 'maxResults' failed to satisfy constraint", "status": 400, "times": 1})
    names, calls = reader.names()
    asked = reader.sizes()
    assert whole(names) and calls == len(asked)
    assert [size for _, size in asked] == [LARGEST] + [None] * (calls - 1)


def test_a_page_shrinks_and_grows():
    share = Share(1)
    for part in (1, 1, 1):  # three that were under way together
        share.given(part, well=False)
    assert share.page == 1 / 2
    for _ in range(9):
        share.given(share.page, well=False)
    assert share.page == SHORTEST
    for _ in range(int(1 / GAIN)):
        share.given(share.page, well=True)
    assert share.page == 1


def test_ids_go_without_a_size():
    assert model.paged("ec2", "DescribeSubnets", {"SubnetIds": ["subnet-1"]}) == ({"SubnetIds": ["subnet-1"]}, None)
    assert model.paged("ec2", "DescribeSubnets", {"Filters": [{"Name": "subnet-id", "Values": ["subnet-1"]}]})[1] == 1000


@pytest.mark.parametrize("request_, part, size", [({}, 1, 60), ({}, 0.5, 30), ({"MaxResults": 20}, 1, 20), ({"MaxResults": 20}, 0.1, 6), ({}, 0.001, 1)])
def test_a_size_is_within_what_model_and_request_say(request_, part, size):
    assert model.paged("cognito-idp", "ListUserPools", request_, part) == ({"MaxResults": size}, size)


@pytest.mark.parametrize("service, operation", [
    ("sns", "ListTopics"),  # has no size
    ("autoscaling", "DescribeAutoScalingGroups"),  # whose largest page the model does not tell
    ("route53", "ListHostedZones"),  # has a text for a number
    ("ec2", "DescribeAddresses"),  # no pages
])
def test_no_size_where_none_is_known(service, operation):
    assert model.pages(service, operation) is None


def test_the_sdk_takes_all_sizes():
    """Of every list in the catalog, the largest page and the shortest."""
    lists = {(each.service, each.list.operation) for each in catalog.types().values() if each.list}
    sized = {each: model.pages(*each) for each in lists if model.pages(*each)}
    assert len(sized) > 1500
    for (service, operation), pages in sized.items():
        for part in (1, SHORTEST):
            request, size = model.paged(service, operation, {}, part)
            assert 1 <= size <= model.LONGEST_PAGE and pages.member not in model.invalid(service, operation, request)
