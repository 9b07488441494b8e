"""What AWS holds is only data: in the mirror, to the policy and its explanation, in edits, as SQL, in errors. What no table can hold costs its type, not the run."""

import http.server
import json
import threading
import urllib.error
import urllib.request

import psycopg
import pytest
from statements import dump

HOSTILE = {
    "SQL": "'; DROP TABLE aws.resource; --",
    "quotes": '"quoted" $$dollar$$ $a$ \\back\\slash\\\' ""',
    "formats": "%s %(x)s {0} {name} %% $1 :x \\% \\_ %",
    "turning text": "\u202e\u2066 \U0001f4a3 e\u0301\u0327\u0489 \ufeff\u200b",
    "markup": "<script>&amp;]]><!--",
    "lines": "a\nb\tc\u2028\x7f",
    "long": "x" * 250,
    "as a LIKE pattern": "%",
    "as JSON": '{"a": [null]}',
    "as a number": "1e999",
}


@pytest.fixture
def hostile(world):
    world.only("ec2", "iam", "secretsmanager")
    ec2, found = world.aws("ec2"), {}
    for text in HOSTILE.values():
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": text}, {"Key": text[:100], "Value": "x"}]}]
        found[ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]] = text
        world.aws("secretsmanager").create_secret(Name=f"secret-{len(found)}", Description=text, SecretString="hunter2-in-the-clear")
    return {each["VpcId"]: next(tag["Value"] for tag in each["Tags"] if tag["Key"] == "Name") for each in ec2.describe_vpcs()["Vpcs"] if each["VpcId"] in found}


def test_hostile_text_is_mirrored_judged_and_wiped_as_it_is(world, hostile):
    world.mirror()
    rows = world.sql("SELECT resource_id, name, tags FROM aws.ec2_vpc WHERE NOT is_default")
    assert {row["resource_id"]: row["name"] for row in rows} == hostile
    assert all(row["tags"][row["name"][:100]] == "x" for row in rows)
    for text in hostile.values():
        world.sql(
            "INSERT INTO cleanup_policy (name, resource_type, condition, reason) VALUES (%s, 'ec2_vpc', format('r.name = %%L', %s::text), %s)",
            "rule " + text, text, text,
        )
    judged = {row["resource_id"]: (row["action"], row["reason"]) for row in world.wipe(dry_run=True) if row["resource_id"] in hostile}
    assert judged == {identity: ("keep", text) for identity, text in hostile.items()}
    for identity, text in hostile.items():
        assert world.sql("SELECT * FROM explain_cleanup('ec2_vpc', %s)", identity)[-1]["reason"] == text
    world.sql("DELETE FROM cleanup_policy WHERE name LIKE 'rule %'")
    assert {row["status"] for row in world.wipe() if row["action"] == "delete"} == {"deleted"}


def test_hostile_text_is_written_down_as_sql_and_read_back(world, hostile):
    world.mirror()
    statements = [each for each in dump(world, resource_types=["ec2_vpc"]) if not each.startswith("--")]
    assert len(statements) == len(hostile)
    for each in statements:  # under other placeholders, beside what is there
        for identity in hostile:
            each = each.replace(identity, "new-" + identity)
        world.sql(each)
    assert {row["name"] for row in world.sql("SELECT name FROM aws.ec2_vpc WHERE resource_id LIKE 'new-%'")} == set(hostile.values())


def test_hostile_text_in_an_edit_arrives_as_it_is(world):
    world.only("ec2")
    world.mirror()
    for number, text in enumerate(HOSTILE.values()):
        world.sql("INSERT INTO aws.ec2_vpc (vpc_id, cidr_block, name) VALUES (%s, '10.0.0.0/16', %s)", f"vpc {number} {text[:60]}", text)
    assert {row["status"] for row in world.sql("SELECT * FROM preview_changes()")} == {"planned"}
    assert {row["status"] for row in world.sql("SELECT * FROM apply_changes()")} == {"done"}
    names = {tag["Value"] for vpc in world.aws("ec2").describe_vpcs()["Vpcs"] for tag in vpc.get("Tags", [])}
    assert names == set(HOSTILE.values())
    world.sql("UPDATE aws.ec2_vpc SET name = 'plain', tags = tags || '{\"name\": \"plain\"}' WHERE NOT is_default")
    assert {row["status"] for row in world.sql("SELECT * FROM apply_changes()")} == {"done"}


@pytest.mark.parametrize("value", ["x" * 2**20, "[" * 2000 + "]" * 2000, "\U0001f4a3" * 2**18], ids=["1 MB", "deep JSON", "1 MB of four bytes each"])
def test_what_is_huge_is_edited_as_it_is(world, value):
    """AWS may refuse it; that is told in a row, and shown to a person in a line."""
    world.only("ec2", "secretsmanager")
    world.aws("secretsmanager").create_secret(Name="plain", SecretString="x")
    world.mirror()
    world.sql("UPDATE aws.secretsmanager_secret SET description = %s", value)
    world.sql("INSERT INTO aws.ec2_vpc (vpc_id, cidr_block, tags) VALUES ('mine', '10.0.0.0/16', jsonb_build_object('a', %s::text))", value)
    assert world.value("SELECT description FROM aws.secretsmanager_secret") == value
    assert [(row["status"], len(row["reason"]) < 1000) for row in world.sql("SELECT * FROM preview_changes()")] == [("planned", True)] * 2
    rows = world.sql("SELECT * FROM apply_changes()")
    assert {row["status"] for row in rows} <= {"done", "failed"} and all(len(row["reason"] or "") < 5000 for row in rows)
    done = {row["resource_type"] for row in rows if row["status"] == "done"}
    if "secretsmanager_secret" in done:
        assert world.aws("secretsmanager").describe_secret(SecretId="plain")["Description"] == value
    world.sql("SELECT * FROM discard_changes()")
    assert world.mirror() and world.sql("SELECT * FROM edit") == []


@pytest.mark.parametrize("value", ["'\"\\u0000\"'::jsonb", "'1e400'::float8", "repeat('[', 100000)::jsonb"])
def test_what_is_no_value_is_refused_where_it_is_written(world, value):
    """By PostgreSQL or by us; nothing is staged."""
    world.only("ec2")
    with pytest.raises(psycopg.Error) as raised:
        world.sql(f"INSERT INTO aws.ec2_vpc (vpc_id, cidr_block, tags) SELECT 'mine', '10.0.0.0/16', jsonb_build_object('a', {value})")
    assert raised.value.sqlstate in ("22P02", "22P05", "22003", "22023", "54001", "428C9"), raised.value
    assert world.value("SELECT count(*) FROM edit") == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_arguments_are_told_as_they_are(world, name):
    text = HOSTILE[name]
    for call in ("mirror_account(account => %s)", "mirror_account(regions => ARRAY[%s])", "mirror_account(resource_types => ARRAY[%s])", "enable_services(%s)",
                 "explain_cleanup('ec2_vpc', %s)", "explain_cleanup(%s, 'x')", "record_as_sql('ec2_vpc', %s)", "delete_cascade('ec2_vpc', %s)", "records_as_sql(into_account => %s)"):
        with pytest.raises(psycopg.Error) as raised:
            world.sql(f"SELECT * FROM {call}", text)
        assert raised.value.sqlstate in ("22023", "TR001") and text in raised.value.diag.message_primary, call


def test_a_secret_is_nowhere(world, hostile):
    """Neither in the mirror, nor in the journal, nor in the server's log."""
    world.wipe()
    rows = world.sql("SELECT to_jsonb(r) AS row FROM aws.resource r") + world.sql("SELECT to_jsonb(j) AS row FROM journal j")
    text = json.dumps(rows)
    assert "secret-1" in text and "hunter2" not in text and "hunter2" not in world.postgres.log()


# -- what the double would not hold: answers of a service's own


@pytest.fixture
def answering(world, double):
    """answering(operation, body): the double, but this operation is answered with this text."""
    answers = {}

    class Proxy(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            operation = self.headers.get("X-Amz-Target", "").partition(".")[2]
            if operation in answers:
                status, answer, kind = *answers[operation], "application/x-amz-json-1.1"
            else:
                request = urllib.request.Request(double.url + self.path, body, {name: value for name, value in self.headers.items() if name.lower() != "content-length"}, method=self.command)
                try:
                    response = urllib.request.urlopen(request)
                except urllib.error.HTTPError as error:
                    response = error
                status, answer, kind = response.status, response.read(), response.headers.get("Content-Type") or "text/xml"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    world.only("logs", "secretsmanager", "ec2")
    world.aws("secretsmanager").create_secret(Name="mine", SecretString="x")
    world.sql("UPDATE account SET endpoint_url = %s", f"http://127.0.0.1:{server.server_port}")

    def answer(operation, body, status=200):
        answers[operation] = status, body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")

    yield answer
    server.shutdown()
    server.server_close()


def group(name="mine", arn="arn:aws:logs:us-east-1:1:log-group:mine", **members):
    given = {"logGroupName": json.dumps(name), "logGroupArn": json.dumps(arn), "creationTime": "1700000000000", "storedBytes": "1", **members}
    return '{"logGroups": [{' + ", ".join(f"{json.dumps(key)}: {value}" for key, value in given.items()) + "}]}"


STORED = {  # an answer: what a query on the table then shows
    "a NUL": (group("a\0b"), "SELECT log_group_name", "a\ufffdb"),
    "a terminal's commands": (group(kmsKeyId='"\\u001b[2J\\r\\b"'), "SELECT kms_key_id", "\x1b[2J\r\b"),
    "half a character": (group(kmsKeyId='"x\\ud800y"'), "SELECT kms_key_id", "x\ufffdy"),
    "halves in the wrong order": (group(kmsKeyId='"\\udc00\\ud800"'), "SELECT kms_key_id", "\ufffd\ufffd"),
    "a whole one": (group(kmsKeyId='"\\ud83d\\udca3"'), "SELECT kms_key_id", "\U0001f4a3"),
    "1 MB": (group(kmsKeyId=json.dumps("x" * 2**20)), "SELECT length(kms_key_id)", 2**20),
    "a boolean for a text": (group(kmsKeyId="true"), "SELECT kms_key_id", "true"),
    "a number for a name": (group(logGroupName="12"), "SELECT resource_id", "12"),
    "an object for a text": (group(kmsKeyId='{"a": [1]}'), "SELECT kms_key_id::jsonb", {"a": [1]}),
    "null for a number": (group(storedBytes="null"), "SELECT stored_bytes", None),
    "a date out of range": (group(creationTime="9" * 15), "SELECT created", None),
    "a negative date": (group(creationTime="-1"), "SELECT extract(year FROM created)::int", 1969),
    "a member nobody knows": (group(unknown='{"a": "b"}'), "SELECT count(*)", 1),
    "the same member twice": ('{"logGroups": [{"logGroupName": "a", "logGroupName": "b", "logGroupArn": "arn:aws:logs:us-east-1:1:log-group:b"}]}', "SELECT resource_id", "b"),
}


GROUPS = "resource_types => ARRAY['logs_log_group']"


def test_odd_answers_are_data(world, answering):
    """In the mirror, to the policy, its explanation, and as SQL."""
    answering("ListTagsForResource", json.dumps({"tags": {f"key {number}": "'" for number in range(300)} | {"Name": "\0\U0001f4a3", "": ""}}))
    world.mirror()
    found = {}
    for name, (answer, query, _) in STORED.items():
        answering("DescribeLogGroups", answer)
        (row,) = world.sql(f"SELECT status, error FROM mirror_account({GROUPS})")
        found[name] = world.value(f"{query} FROM aws.logs_log_group LIMIT 1") if row["status"] == "ok" else row["error"]
        identity = world.value("SELECT min(resource_id) FROM aws.logs_log_group")
        assert world.sql("SELECT * FROM explain_cleanup('logs_log_group', %s)", identity)[-1]["verdict"] == "delete", name
        assert dump(world, resource_types=["logs_log_group"]), name
    assert found == {name: shown for name, (_, _, shown) in STORED.items()}


REFUSED = {  # an answer: what the type's row says
    "a number beyond bigint": (group(storedBytes="9" * 30), "out of range for type bigint"),
    "more digits than Python reads": (group(storedBytes="9" * 10000), "neither JSON nor XML of AWS's"),
    "not a number": (group(storedBytes="NaN"), 'invalid input syntax for type bigint: "nan"'),
    "infinity": (group(storedBytes="-Infinity"), 'invalid input syntax for type bigint: "-inf"'),
    "a fraction": (group(storedBytes="1.5"), 'invalid input syntax for type bigint: "1.5"'),
    "a text for a number": (group(storedBytes='"\'; DROP TABLE x"'), "invalid input syntax for type bigint: \"'; DROP TABLE x\""),
    "a date for a number": (group(creationTime='"10000-01-01"'), 'invalid input syntax for type bigint: "10000-01-01"'),
    "a text for a boolean": (group(deletionProtectionEnabled='"perhaps"'), 'invalid input syntax for type boolean: "perhaps"'),
    "an id of 1 MB": (group("".join(chr(0x4e00 + number * 7919 % 20000) for number in range(2**18))), "cannot be stored: "),
    "no id": ('{"logGroups": [{"logGroupArn": "x"}]}', "without logGroupName"),
    "null for a record": ('{"logGroups": [null, 1, "x"]}', "cannot read the answer"),
    "a text for a list": ('{"logGroups": "many"}', ""),
    "two with one id": ('{"logGroups": [{"logGroupName": "a", "logGroupArn": "x"}, {"logGroupName": "a", "logGroupArn": "x", "storedBytes": 1}]}', 'two different records with the id "a"'),
    "nested 100,000 deep": (group(kmsKeyId="[" * 100000 + "]" * 100000), "cannot read the answer"),
    "nothing": ("", "neither JSON nor XML of AWS's: it is nothing"),
    "no JSON": ("<html>", "neither JSON nor XML of AWS's"),
    "half of it": (group()[:-20], "neither JSON nor XML of AWS's"),
    "bytes that are no text": (b'{"logGroups": [{"logGroupName": "\xff\xfe"}]}', "cannot read the answer"),
}


def test_what_no_table_can_hold_costs_its_type_not_the_run(world, answering):
    """What was known stays, all else is read, and a wipe keeps the type and says why."""
    answering("DescribeLogGroups", group("before"))
    answering("ListTagsForResource", "{}")
    world.mirror()
    told = {}
    for name, (answer, error) in REFUSED.items():
        answering("DescribeLogGroups", answer)
        (row,) = world.sql(f"SELECT status, error FROM mirror_account({GROUPS})")
        told[name] = (row["status"], error if error in (row["error"] or "") and len(row["error"]) < 3000 else row["error"])
        assert world.sql("SELECT resource_id FROM aws.logs_log_group") == [{"resource_id": "before"}], (name, row)
    assert told == {name: ("failed", error) for name, (_, error) in REFUSED.items()}
    status = {row["resource_type"]: (row["status"], row["error"] or "") for row in world.mirror() if row["region"] != "global"}
    assert status["logs_log_group"][0] == "failed" and status["secretsmanager_secret"] == status["ec2_vpc"] == ("ok", "")
    kept = {row["resource_id"]: row for row in world.wipe(dry_run=True) if row["resource_type"] == "logs_log_group"}
    assert kept["before"]["action"] == "keep" and "could not be read" in kept["before"]["reason"]


def test_an_error_that_says_odd_things_is_told(world, answering):
    answering("DescribeLogGroups", '{"__type": "Odd\\u0000Exception", "message": "\'; \\u0000 \\ud800 %s {0} ' + "x" * 100000 + '"}', 400)
    (row,) = [row for row in world.mirror() if row["resource_type"] == "logs_log_group"]
    assert row["status"] == "failed" and "'; \ufffd \ufffd %s {0} xxx" in row["error"] and len(row["error"]) < 3000
    assert world.value("SELECT error FROM reading WHERE resource_type = 'logs_log_group'") == row["error"]
