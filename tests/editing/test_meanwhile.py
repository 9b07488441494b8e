"""Edits that one session stages while another reads AWS or wipes: both are right afterwards."""

import threading

import pytest

SERVICES = ("ec2", "logs", "sqs")


@pytest.fixture
def colleague(module_world):
    """Another session, which has loaded the SDK's models already: it is to be quick."""
    with module_world.postgres.connect(module_world.database) as connection:
        for table in ("logs_log_group (log_group_name)", "sqs_queue (queue_name)"):
            connection.execute(f"BEGIN; INSERT INTO aws.{table} VALUES ('warm'); ROLLBACK")
        yield connection


def while_aws_answers(editor, function, work):
    """Runs function() in a thread, and work() when AWS has seen the first call of it and is slow to answer one."""
    editor.world.double.faults({"service": "sqs", "operation": "ListQueues", "delay": 3, "times": 1})
    editor.world.forget_calls()
    thread = threading.Thread(target=function)
    thread.start()
    while not editor.world.calls() and thread.is_alive():
        pass
    work()
    assert thread.is_alive(), "it ended before anything could be staged meanwhile"
    thread.join()


def test_what_is_staged_while_another_reads_aws_is_no_state_of_aws(editor, colleague):
    sql, world = editor.sql, editor.world
    sql("UPDATE ec2_vpc SET enable_dns_hostnames = false")

    def stage():
        colleague.execute("INSERT INTO aws.logs_log_group (log_group_name) VALUES ('/meanwhile')")
        colleague.execute("UPDATE aws.ec2_subnet SET map_public_ip_on_launch = false WHERE subnet_id = (SELECT min(subnet_id) FROM aws.ec2_subnet)")
        colleague.execute("DELETE FROM aws.ec2_subnet WHERE subnet_id = (SELECT max(subnet_id) FROM aws.ec2_subnet)")

    while_aws_answers(editor, world.mirror, stage)
    staged = {row["action"]: row for row in sql("SELECT action, base, found FROM edit WHERE resource_type <> 'ec2_vpc'")}
    assert staged["create"]["found"] is None
    assert staged["update"]["found"]["map_public_ip_on_launch"] is True
    assert staged["delete"]["found"]["subnet_id"]
    assert {row["status"] for row in editor.preview() if not row["reason"].startswith("goes with")} == {"planned"}
    assert editor.value("SELECT count(*) FROM logs_log_group WHERE name = '/meanwhile'") == 1
    before = editor.records()
    world.mirror()
    assert editor.records().keys() == before.keys()
    editor.discard()
    assert [row["map_public_ip_on_launch"] for row in sql("SELECT map_public_ip_on_launch FROM ec2_subnet")] == [True] * 6
    assert editor.value("SELECT count(*) FROM logs_log_group") == 0


def test_a_row_staged_while_another_wipes_stays_staged(editor, colleague):
    for number in range(20):
        editor.aws("sqs").create_queue(QueueName=f"old-{number}")

    def stage():
        colleague.execute("INSERT INTO aws.sqs_queue (queue_name) VALUES ('new')")

    while_aws_answers(editor, editor.world.wipe, stage)
    assert [(row["action"], row["status"], row["name"]) for row in editor.preview()] == [("create", "planned", "new")]
    assert editor.aws("sqs").list_queues().get("QueueUrls") is None
    editor.carry_out()
    assert len(editor.aws("sqs").list_queues()["QueueUrls"]) == 1
