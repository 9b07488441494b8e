"""What cannot be read is not judged: its records stay, in the mirror and in AWS, and so does what they need."""

import pytest

DENIED = {"error_code": "UnauthorizedOperation", "message": "not allowed to look", "status": 403}


@pytest.fixture
def instance(world):
    """Ids of an instance and of what it needs, beside a volume, a group and a key of nobody's."""
    ec2 = world.aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName="app", Description="app")["GroupId"]
    key = ec2.create_key_pair(KeyName="app")["KeyPairId"]
    launched = ec2.run_instances(
        ImageId=ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"], MinCount=1, MaxCount=1,
        SubnetId=subnet, SecurityGroupIds=[group], KeyName="app",
    )["Instances"][0]["InstanceId"]
    return {
        "needed": {vpc, subnet, group, key, launched},
        "others": {
            ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"],
            ec2.create_security_group(GroupName="unused", Description="unused")["GroupId"], ec2.create_key_pair(KeyName="unused")["KeyPairId"],
        },
    }


def test_type_without_permission(world, double, instance):
    assert {row["status"] for row in world.mirror()} == {"ok"}
    before = world.sql("SELECT * FROM aws.ec2_instance ORDER BY resource_id")
    assert before
    double.faults({"service": "ec2", "operation": "DescribeInstances", **DENIED})

    (failed,) = [row for row in world.mirror() if row["status"] != "ok"]
    assert (failed["resource_type"], failed["status"]) == ("ec2_instance", "failed")
    assert failed["error"] == "ec2:DescribeInstances: UnauthorizedOperation: not allowed to look"
    assert world.sql("SELECT * FROM aws.ec2_instance ORDER BY resource_id") == before

    rows = {row["resource_id"]: row for row in world.wipe()}
    assert {rows[each]["status"] for each in instance["needed"]} == {"kept"}
    assert {rows[each]["status"] for each in instance["others"]} == {"deleted"}
    assert "not allowed to look" in rows[before[0]["resource_id"]]["reason"]
    assert not [row for row in rows.values() if row["status"] == "failed"]

    double.faults()
    assert world.aws("ec2").describe_instances()["Reservations"][0]["Instances"][0]["State"]["Name"] == "running"
    rows = {row["resource_id"]: row for row in world.wipe()}
    assert {rows[each]["status"] for each in instance["needed"]} == {"deleted"}


def test_type_that_never_could_be_read(world, double, instance):
    """Nothing is known of the instance, so AWS itself has to hold what it needs; that is a row, not an error."""
    double.faults({"service": "ec2", "operation": "DescribeInstances", **DENIED})
    rows = {row["resource_id"]: row for row in world.wipe()}
    assert {rows[each]["status"] for each in instance["others"]} == {"deleted"}
    assert "TerminateInstances" not in {call["operation"] for call in world.calls(mutating=True)}
    double.faults()
    assert world.aws("ec2").describe_instances()["Reservations"][0]["Instances"][0]["State"]["Name"] == "running"


def test_throttling(world, double, instance):
    double.faults(*(
        {"service": "ec2", "operation": operation, "error_code": "RequestLimitExceeded", "status": 503, "probability": 0.2, "seed": number}
        for number, operation in enumerate((
            "DescribeInstances", "DescribeSubnets", "DescribeSecurityGroups", "DescribeVpcAttribute", "TerminateInstances", "DeleteSubnet",
            "DeleteSecurityGroup", "DeleteVpc", "DeleteKeyPair", "DeleteVolume",
        ))
    ))
    rows = {row["resource_id"]: row for row in world.wipe()}
    assert {rows[each]["status"] for each in instance["needed"] | instance["others"]} == {"deleted"}


def test_empty_account_returns_only_what_is_kept(world):
    rows = world.wipe()
    assert {row["action"] for row in rows} == {"keep"} == {row["status"].replace("kept", "keep") for row in rows}
    assert all(row["reason"] for row in rows)
    assert world.calls(mutating=True) == []
