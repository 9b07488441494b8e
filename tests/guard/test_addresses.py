"""Nothing that AWS answers, and nothing in a record, makes the server call an address that is not AWS's or the account's endpoint_url."""

import http.server
import threading

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ClientError

from tabula_rasa import catalog
from tabula_rasa.aws import Aws
from tabula_rasa.connection import Account, Connection
from tabula_rasa.hosts import ForeignHost
from tabula_rasa.failure import FAILURES
from tabula_rasa.reading import read

ACCOUNT = "123456789012"
NOT_REGIONS = [
    "evil", "evil.example", "us-east-1.evil.example", "us-east-1@evil.example", "evil.example/", "evil.example#", "127.0.0.1", "169.254.169.254", "localhost:80", "",
    "us-east-1\n", "us-east-1%00", "\u0443\u0455-east-1", "us-east-1/..", "x" * 64, "cn-north-1", "us-iso-east-1", "us-gov-west-1", "../us-east-1", "${region}",
]


class Listener:
    """An HTTP server that gives one answer to all; `asked` are the requests that came."""

    def __init__(self, answer):
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                asked.append((self.command, self.path, self.headers.get("Host")))
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, body = answer(self)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener():
    """listener(answer): a Listener; answer(handler) gives (status, headers, body)."""
    opened = []

    def listen(answer=lambda _: (200, {}, b"{}")):
        opened.append(Listener(answer))
        return opened[-1]

    yield listen
    for each in opened:
        each.close()


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    for name, value in (("ACCESS_KEY_ID", "testing"), ("SECRET_ACCESS_KEY", "testing"), ("EC2_METADATA_DISABLED", "true"), ("CONFIG_FILE", "/nowhere")):
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.fixture
def sent(monkeypatch):
    """The URLs of what would have gone out, each answered with `answers` (status, headers, body), the last one for good."""

    class Sent(list):
        answers = [(200, {}, b"{}")]

    urls = Sent()

    class Raw:
        def __init__(self, body):
            self.body = body

        def stream(self, *_, **__):
            yield self.body

    def send(_, request):
        urls.append(request.url)
        status, headers, body = urls.answers.pop(0) if len(urls.answers) > 1 else urls.answers[0]
        return AWSResponse(request.url, status, headers, Raw(body))

    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", send)
    return urls


@pytest.mark.parametrize("region", NOT_REGIONS)
def test_a_client_is_made_for_a_region_only(region, sent):
    with pytest.raises(BotoCoreError):
        Connection(Account(ACCOUNT)).client("ec2", region).describe_vpcs()
    assert sent == []


@pytest.mark.parametrize("region", NOT_REGIONS)
@pytest.mark.parametrize("name", [name for name, rt in catalog.types(["s3"]).items() if rt.region])
def test_a_record_is_asked_for_in_a_region_only(name, region, sent):
    """A bucket's region comes from AWS, and a host's name is made of it. One that is none fails the type, and nothing else."""
    sent.answers = [(200, {}, (
        f"<ListAllMyBucketsResult><Buckets><Bucket><Name>mine</Name><BucketRegion>{region.replace(chr(10), '&#10;')}</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>"
    ).encode())]
    aws = Aws(Connection(Account(ACCOUNT)))
    reading = aws.run(read(aws, catalog.types(["s3"]), ["us-east-1", "global"], "aws", {name, "s3_bucket"}), lambda: None)
    hosts = {each.split("/")[2] for each in sent}
    assert hosts <= {"s3.us-east-1.amazonaws.com", "mine.s3.us-east-1.amazonaws.com", "mine.s3.amazonaws.com", "s3.amazonaws.com"}
    if region:
        assert "which is no region" in reading.failed["s3_bucket", "global"]


REDIRECTS = {
    "a redirect": (307, {"Location": "http://evil.example/"}, b""),
    "a region in S3's redirect": (301, {"x-amz-bucket-region": "evil.example/"}, b"<Error><Code>PermanentRedirect</Code></Error>"),
    "an endpoint in S3's redirect": (301, {}, b"<Error><Code>PermanentRedirect</Code><Endpoint>evil.example</Endpoint></Error>"),
    "a region in S3's error": (400, {}, b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>evil.example/</Region></Error>"),
    "an illegal region": (400, {"x-amz-bucket-region": "169.254.169.254#"}, b"<Error><Code>IllegalLocationConstraintException</Code></Error>"),
}


@pytest.mark.parametrize("answer", REDIRECTS.values(), ids=REDIRECTS)
def test_s3_leads_nowhere_else(answer, sent):
    sent.answers = [answer]
    aws = Aws(Connection(Account(ACCOUNT)))
    with pytest.raises(FAILURES):
        aws.run(aws.call("s3", "us-east-1", "ListObjectsV2", {"Bucket": "mine"}), lambda: None)
    assert sent and {each.split("/")[2].removeprefix("mine.") for each in sent} <= {"s3.us-east-1.amazonaws.com", "s3.amazonaws.com"}


@pytest.mark.parametrize("bucket", [
    "evil.example/", "evil.example#", "@evil.example", "127.0.0.1:80/x", "a/../../x", "arn:aws:s3:evil.example:1:accesspoint/x", "arn:aws:s3:us-east-1:123456789012:accesspoint:evil.example/",
    "arn:aws:s3-outposts:us-east-1:evil.example:outpost/op-1/accesspoint/x", "mine--evil.example--x-s3", "x.evil.example",
])
def test_a_buckets_name_leads_nowhere_else(bucket, sent):
    try:
        Connection(Account(ACCOUNT)).client("s3", "us-east-1").list_objects_v2(Bucket=bucket)
    except (BotoCoreError, ClientError):
        pass
    assert {each.split("/")[2].endswith(".amazonaws.com") for each in sent} <= {True}


def test_an_endpoint_that_a_service_names_is_awss(sent):
    """Timestream says which host is to be asked: endpoint discovery."""
    sent.answers = [(200, {}, b'{"Endpoints": [{"Address": "evil.example", "CachePeriodInMinutes": 1}]}')]
    with pytest.raises(ForeignHost) as raised:
        Connection(Account(ACCOUNT)).client("timestream-write", "us-east-1").list_databases()
    assert "evil.example" in str(raised.value)
    assert {each.split("/")[2] for each in sent} == {"ingest.timestream.us-east-1.amazonaws.com"}


def test_a_queue_is_asked_where_sqs_is(sent):
    """A queue's URL is its name, not an address."""
    Connection(Account(ACCOUNT)).client("sqs", "us-east-1").get_queue_attributes(QueueUrl="http://evil.example/123456789012/queue")
    assert {each.split("/")[2] for each in sent} == {"sqs.us-east-1.amazonaws.com"}


def test_what_endpoint_url_answers_leads_nowhere_else(listener):
    """Also where the account's endpoint is another than AWS's: a redirect, and what its answers name, is not followed."""
    elsewhere = listener()
    for headers, body in (
        ({"Location": f"http://{elsewhere.host}/"}, b""),
        ({"x-amz-bucket-region": elsewhere.host}, f"<Error><Code>PermanentRedirect</Code><Endpoint>{elsewhere.host}</Endpoint></Error>".encode()),
    ):
        endpoint = listener(lambda _, headers=headers, body=body: (301, headers, body))
        connection = Connection(Account(ACCOUNT, endpoint_url=f"http://{endpoint.host}"))
        for service, operation, request in (
            ("s3", "ListBuckets", {}), ("s3", "ListObjectsV2", {"Bucket": "mine"}), ("ec2", "DescribeVpcs", {}), ("sqs", "ListQueues", {}), ("sts", "GetCallerIdentity", {}),
        ):
            aws = Aws(connection)
            with pytest.raises(FAILURES):
                aws.run(aws.call(service, "us-east-1", operation, request), lambda: None)
        assert endpoint.asked
    discovery = listener(lambda _: (200, {}, f'{{"Endpoints": [{{"Address": "{elsewhere.host}", "CachePeriodInMinutes": 1}}]}}'.encode()))
    connection = Connection(Account(ACCOUNT, endpoint_url=f"http://{discovery.host}"))
    connection.client("timestream-write", "us-east-1", quick=True).list_databases()
    assert elsewhere.asked == []
