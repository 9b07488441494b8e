"""What no test can do to an account over the API is done to the records: tenancy, a missing role, a shared VPC, an organization's policy."""

import asyncio
import contextlib
import dataclasses

import pytest
from tabula_rasa import account_defaults, catalog, restoring
from tabula_rasa.change import Key, Record
from tabula_rasa.expressions import arguments, context
from tabula_rasa.packing import pack
from tabula_rasa.progress import Progress
from tabula_rasa.reading import Outcome, Reading
from tabula_rasa.visit import Visit

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
        Record(Key(row["resource_type"], row["region"], row["resource_id"]), row["arn"], row["name"], packed=pack(row["properties"])) for row in rows
    ]


def altered(records, resource_type, **properties):
    """The records with these properties in those of one type."""
    return [
        dataclasses.replace(each, packed=pack(each.properties | properties)) if each.key.resource_type == resource_type else each for each in records
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
    return [dataclasses.replace(each, key=each.key._replace(resource_id=text(each.key.resource_id)), packed=pack(renamed(each.properties))) for each in shared]


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


class Visit:
    """Reads `records` at first and `again` after each round of repairs; `aws` answers what is called."""

    types, patience, look = catalog.types(), 1, Visit.look

    def __init__(self, world, records, again, aws):
        self.facts = {"account_id": world.account_id, "partition": "aws"}
        self.records, self.again, self.aws = records, again, aws
        self.progress = Progress(print)

    def mirror(self, places, wanted=None):
        return Reading(list(self.records))

    async def read(self, aws, places, wanted=None):
        return self.again

    def run(self, work):
        return asyncio.run(work(self.aws))

    def save(self, reading, places):
        """Nothing to save."""


class Journal:
    marked = False

    def failed(self):
        self.marked = True

    def begin(self, service, operation, request, keys, edit_id=None):
        return 1

    def end(self, *outcome, **more):
        """Not looked at."""


def test_what_an_organization_decides_is_told_and_not_tried(world, sound):
    records = altered(sound, "ec2_vpc_block_public_access_options", InternetGatewayBlockMode="block-bidirectional", ManagedBy="declarative-policy")
    (finding,) = broken(world, records)
    assert (finding.item, finding.status, finding.expected, finding.found) == ("VPC block public access", "changed", "off", "block-bidirectional")

    visit, journal = Visit(world, records, Reading([each for each in records if each.key.region == world.region]), Nobody()), Journal()
    (row,) = restoring.restore(visit, journal, dry_run=False, places=[world.region])
    assert (row["resource_type"], row["action"], row["status"]) == ("ec2_vpc_block_public_access_options", "update", "failed")
    assert "declarative policy" in row["reason"] and "block-bidirectional" in row["reason"]
    assert journal.marked
    (row,) = restoring.restore(visit, Nobody(), dry_run=True, places=[world.region])
    assert (row["status"], "declarative policy" in row["reason"]) == ("failed", True)


class Agreeable:
    """An AWS that answers well to everything."""

    stopped, width = False, 1

    async def call(self, *request, **more):
        return {}

    def room(self, *place, change):
        return contextlib.nullcontext()


@pytest.mark.parametrize("unread", [False, True])
def test_success_is_what_a_fresh_read_shows(world, sound, unread):
    """AWS says yes; then it still shows what it showed before, or does not let it be seen."""
    records = altered(sound, "ec2_vpc", EnableDnsHostnames=False)
    again = Reading([each for each in records if each.key.region == world.region])
    if unread:
        again.records = [each for each in again.records if each.key.resource_type != "ec2_vpc"]
        again.outcomes = [Outcome(world.region, "ec2_vpc", status="failed", error="not allowed to look")]
    journal = Journal()
    (row,) = restoring.restore(Visit(world, records, again, Agreeable()), journal, dry_run=False, places=[world.region])
    assert (row["resource_type"], row["status"]) == ("ec2_vpc", "failed")
    assert ("could not be read again: not allowed to look" if unread else "still shows it otherwise") in row["reason"]
    assert journal.marked
