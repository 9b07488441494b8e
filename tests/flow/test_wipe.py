"""How a wipe goes on when something does not: a refusal, a slow deletion, a batch with one bad member."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from world import wait_for

from tabula_rasa.connection import WIDTH


@pytest.fixture
def two_vpcs(world):
    """Two VPCs with a subnet and an instance each, beside the default one."""
    world.only("ec2", "iam", "sqs")
    ec2, found = world.aws("ec2"), []
    for number in (1, 2):
        vpc = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{number}.0.0/24")["Subnet"]["SubnetId"]
        image = "ami-0123456789abcdef0"
        instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
        found.append((vpc, subnet, instance))
    return found


def statuses(rows):
    return {row["resource_id"]: row["status"] for row in rows}


def test_a_refused_deletion_stops_what_waits_for_it_and_nothing_else(world, two_vpcs):
    (vpc, subnet, instance), (other_vpc, other_subnet, other_instance) = two_vpcs
    # The batch is refused, so each is tried alone: the first of them is refused again.
    refusal = {"service": "ec2", "operation": "TerminateInstances", "account": world.account_id, "error_code": "OperationNotPermitted"}
    world.double.faults({**refusal, "times": 2})
    rows = world.wipe()
    world.double.faults()
    found = statuses(rows)
    failed = next(each for each in two_vpcs if found[each[2]] == "failed")
    went = next(each for each in two_vpcs if each is not failed)
    assert [found[each] for each in failed] == ["failed"] * 3
    assert [found[each] for each in went] == ["deleted"] * 3
    reasons = {row["resource_id"]: row["reason"] for row in rows}
    assert "OperationNotPermitted" in reasons[failed[2]]
    assert f"not tried: ec2_instance {failed[2]}" in reasons[failed[1]]
    assert world.value("SELECT status FROM run ORDER BY run_id DESC LIMIT 1") == "failed"
    assert not [each for each in world.calls(mutating=True) if each["operation"] == "DeleteSubnet" and each["params"]["SubnetId"] == failed[1]]

    rows = world.wipe()  # running again converges
    assert {row["status"] for row in rows if row["action"] == "delete"} == {"deleted"}
    assert [each["IsDefault"] for each in world.aws("ec2").describe_vpcs()["Vpcs"]] == [True]


def test_records_of_one_type_share_a_batch(world, two_vpcs):
    world.forget_calls()
    assert {row["status"] for row in world.wipe() if row["action"] == "delete"} == {"deleted"}
    terminations = [each for each in world.calls(mutating=True) if each["operation"] == "TerminateInstances"]
    assert len(terminations) == 1
    steps = world.sql("SELECT DISTINCT step FROM journal WHERE operation = 'TerminateInstances'")
    lines = world.sql("SELECT resource_id, outcome, aws_request_id FROM journal WHERE operation = 'TerminateInstances'")
    assert len(steps) == 1 and {line["resource_id"] for line in lines} == {each[2] for each in two_vpcs}
    assert {line["outcome"] for line in lines} == {"done"}


def test_what_a_slow_deletion_blocks_waits_while_the_rest_goes_on(world, two_vpcs):
    world.aws("sqs").create_queue(QueueName="jobs")
    world.double.settings(delay=2)
    world.forget_calls()
    try:
        assert {row["status"] for row in world.wipe() if row["action"] == "delete"} == {"deleted"}
    finally:
        world.double.settings(delay=0.3)
    calls = {each["operation"]: each for each in world.calls(mutating=True)}
    termination = calls["TerminateInstances"]
    assert calls["DeleteQueue"]["started"] < termination["finished"] + 2
    assert calls["DeleteSubnet"]["started"] >= termination["finished"] + 1.9
    assert not [each for each in world.calls(mutating=True) if each["status"] >= 400]


def test_security_groups_that_name_each_other_go(world):
    world.only("ec2", "iam")
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    one, two = (ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two"))
    for group, other in ((one, two), (two, one)):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}])
    rows = statuses(world.wipe())
    assert (rows[one], rows[two], rows[vpc]) == ("deleted",) * 3
    assert not [each for each in world.calls(mutating=True) if each["status"] >= 400]


def test_only_what_is_asked_for_goes_and_only_if_nothing_else_needs_it(world, two_vpcs):
    free = world.aws("ec2").create_security_group(GroupName="free", Description="free", VpcId=two_vpcs[0][0])["GroupId"]
    rows = world.wipe(resource_types=["ec2_security_group", "ec2_subnet"])
    assert {row["resource_type"] for row in rows} == {"ec2_security_group", "ec2_subnet"}
    found = statuses(rows)
    assert found[free] == "deleted"
    assert found[two_vpcs[0][1]] == "kept"  # its instance was not asked for
    assert world.aws("ec2").describe_instances()["Reservations"]


def test_a_wipe_in_a_transaction_that_rolls_back_is_in_the_journal(world):
    world.only("ec2", "iam", "sqs")
    world.aws("sqs").create_queue(QueueName="jobs")
    with world.connection.transaction(force_rollback=True):
        world.wipe()
    assert world.value("SELECT count(*) FROM journal WHERE operation = 'DeleteQueue' AND outcome = 'done'") == 1
    assert world.value("SELECT status FROM run") == "done"
    assert world.aws("sqs").list_queues().get("QueueUrls") is None


def test_a_users_network_acl_on_a_default_subnet_goes_and_the_subnet_stays(world):
    world.only("ec2", "iam")
    ec2 = world.aws("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    acl = ec2.create_network_acl(VpcId=subnet["VpcId"])["NetworkAcl"]["NetworkAclId"]
    held = next(a for n in ec2.describe_network_acls()["NetworkAcls"] for a in n["Associations"] if a["SubnetId"] == subnet["SubnetId"])
    ec2.replace_network_acl_association(AssociationId=held["NetworkAclAssociationId"], NetworkAclId=acl)
    assert {row["resource_id"]: row["status"] for row in world.wipe()}[acl] == "deleted"
    assert {row["status"] for row in world.check()} == {"ok"}


DISTRIBUTIONS = WIDTH + 1


def distribution(front, number):
    """An enabled one."""
    return front.create_distribution(DistributionConfig={
        "CallerReference": str(number), "Comment": "", "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "site", "DomainName": "site.test", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}]},
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6"},
    })["Distribution"]["Id"]


def test_cloudfront_distributions_that_are_disabled_hold_nothing_up(world):
    """Nor a cancel, however many they are; and the next run waits for what the first has begun, instead of doing it again."""
    world.only("cloudfront")
    made = {distribution(world.aws("cloudfront"), number) for number in range(DISTRIBUTIONS)}
    world.forget_calls()
    world.double.settings(delay=15)
    try:
        with ThreadPoolExecutor(1) as pool:
            wiping = pool.submit(world.wipe)
            wait_for(lambda: called(world, "UpdateDistribution").keys() == made, 60)
            time.sleep(1)  # all are being waited for
            world.connection.cancel()
            began = time.monotonic()
            with pytest.raises(psycopg.errors.QueryCanceled):
                wiping.result()
            assert time.monotonic() - began < 2
        rows = world.wipe(resource_types=["cloudfront_distribution"])
    finally:
        world.double.settings(delay=0.3)
    assert statuses(rows) == dict.fromkeys(made, "deleted")
    assert called(world, "UpdateDistribution") == called(world, "DeleteDistribution") == dict.fromkeys(made, 1)


def called(world, operation):
    """{id: number of calls} of an operation on distributions."""
    return Counter(each["params"]["Id"] for each in world.calls(mutating=True) if each["operation"] == operation)
