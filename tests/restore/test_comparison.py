"""What no test can do to an account over the API is done to the records: tenancy, a missing role, a shared VPC, an organization's policy."""

import asyncio
import dataclasses

import pytest
from tabula_rasa import account_defaults, restoring
from tabula_rasa.change import Key, Record
from tabula_rasa.expressions import arguments, context
from tabula_rasa.reading import Reading

OTHER = "999999999999"


@pytest.fixture
def sound(world):
    """The records of a sound region, and of what is global."""
    world.mirror(regions=[world.region, "global"], resource_types=sorted(account_defaults.resource_types()))
    rows = world.sql(
        "SELECT resource_type, region, resource_id, arn, name, properties FROM aws.resource WHERE account_id = %s AND region IN (%s, 'global')",
        world.account_id, world.region,
    )
    return [
        Record(Key(row["resource_type"], row["region"], row["resource_id"]), row["arn"], row["name"], properties=row["properties"]) for row in rows
    ]


def altered(records, resource_type, **properties):
    """The records with these properties in those of one type."""
    return [
        dataclasses.replace(each, properties=each.properties | properties) if each.key.resource_type == resource_type else each for each in records
    ]


def broken(world, records, region=None):
    facts = {"account_id": world.account_id, "partition": "aws"}
    return [each for each in account_defaults.compare(records, region or world.region, facts, {}) if each.status != "ok"]


def requests(finding):
    """[(operation, request)] of the calls that mend it."""
    data = context(finding.change.properties, **finding.change.facts)
    return [(call.operation, arguments(call.arguments, data)) for call in finding.change.calls]


def test_sound_records(world, sound):
    assert broken(world, sound) == broken(world, sound, "global") == []


def test_tenancy(world, sound):
    (vpc,) = [each.key.resource_id for each in sound if each.key.resource_type == "ec2_vpc"]
    (finding,) = broken(world, altered(sound, "ec2_vpc", InstanceTenancy="dedicated"))
    assert (finding.item, finding.status, finding.expected, finding.found) == ("default VPC: tenancy", "changed", "default", "dedicated")
    assert requests(finding) == [("ModifyVpcTenancy", {"VpcId": vpc, "InstanceTenancy": "default"})]


def test_missing_service_linked_role(world, sound):
    (finding,) = broken(world, [each for each in sound if each.key.resource_id != "AWSServiceRoleForTrustedAdvisor"], "global")
    assert (finding.item, finding.status, finding.change.action) == ("service-linked role of Trusted Advisor", "missing", "create")
    assert requests(finding) == [("CreateServiceLinkedRole", {"AWSServiceName": "trustedadvisor.amazonaws.com"})]


def of_another(records):
    """The same network again, other ids, shared with this account by another one."""
    text = lambda value: value.replace("-", "-shared-", 1) if value.startswith(("vpc-", "subnet-", "rtb-", "igw-", "acl-", "sg-", "sgr-")) else value  # noqa: E731

    def renamed(value):
        if isinstance(value, dict):
            return {key: OTHER if key in ("OwnerId", "GroupOwnerId") else renamed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [renamed(each) for each in value]
        return text(value) if isinstance(value, str) else value

    shared = [each for each in records if each.key.region != "global" and each.key.resource_type not in ("ec2_availability_zone", "ec2_dhcp_options")]
    return [dataclasses.replace(each, key=each.key._replace(resource_id=text(each.key.resource_id)), properties=renamed(each.properties)) for each in shared]


def test_vpc_shared_by_another_account_is_not_touched(world, sound):
    shared = altered(of_another(sound), "ec2_vpc", InstanceTenancy="dedicated", EnableDnsSupport=False)
    for records in (sound + shared, shared + sound):
        assert broken(world, records) == []
    findings = broken(world, [each for each in sound if each.key.resource_type in ("ec2_availability_zone", "ec2_dhcp_options")] + shared)
    assert [requests(each) for each in findings if each.change and each.change.calls] == [[("CreateDefaultVpc", {})]]
    assert not [each for each in findings if "shared" in each.key.resource_id]


class Nobody:
    """Stands where AWS, or the journal, must not be asked."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was used")


def test_what_an_organization_decides_is_told_and_not_tried(world, sound):
    records = altered(sound, "ec2_vpc_block_public_access_options", InternetGatewayBlockMode="block-bidirectional", ManagedBy="declarative-policy")
    (finding,) = broken(world, records)
    assert (finding.item, finding.status, finding.expected, finding.found) == ("VPC block public access", "changed", "off", "block-bidirectional")

    class Visit:
        """Reads these records, whatever was done."""

        facts, types, patience = {"account_id": world.account_id, "partition": "aws"}, {}, 1

        def mirror(self, places, wanted=None):
            return Reading(list(records))

        async def read(self, aws, places, wanted=None):
            return Reading([each for each in records if each.key.region in places])

        def run(self, work):
            return asyncio.run(work(Nobody()))

        def save(self, reading, places):
            """Nothing to save."""

    class Journal(Nobody):
        marked = False

        def failed(self):
            self.marked = True

    journal = Journal()
    (row,) = restoring.restore(Visit(), journal, dry_run=False, places=[world.region])
    assert (row["resource_type"], row["action"], row["status"]) == ("ec2_vpc_block_public_access_options", "update", "failed")
    assert "declarative policy" in row["reason"] and "block-bidirectional" in row["reason"]
    assert journal.marked
    (row,) = restoring.restore(Visit(), Nobody(), dry_run=True, places=[world.region])
    assert (row["status"], "declarative policy" in row["reason"]) == ("failed", True)
