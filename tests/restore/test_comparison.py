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


def test_what_was_not_read_is_not_mended(world, sound):
    """Nor what hangs on it, whichever lists failed or were left for later."""
    region = account_defaults.resource_types("region")
    damaged = altered(sound, "ec2_vpc", CidrBlockAssociationSet=[
        {"AssociationId": "vpc-cidr-assoc-1", "CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}},
        {"AssociationId": "vpc-cidr-assoc-0", "CidrBlock": "172.31.0.0/16", "CidrBlockState": {"State": "associated"}},
    ])
    facts = {"account_id": world.account_id, "partition": "aws"}
    for missing in (region - account_defaults.independent(), *({name} for name in region)):
        for records in (sound, damaged):
            seen = [each for each in records if each.key.resource_type not in missing]
            findings = account_defaults.compare(seen, world.region, facts, dict.fromkeys([(name, world.region) for name in missing], "not read"))
            made = [each.item for each in findings if each.change and (each.change.calls or each.change.action == "delete")]
            assert made == (["default VPC: no other CIDR block"] if records is damaged and not missing & {"ec2_vpc", "ec2_subnet"} else []), missing


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


def whole(world, records):
    """The Reading in which these are all that the region has."""
    types = account_defaults.resource_types("region")
    return Reading([each for each in records if each.key.resource_type in types], [Outcome(world.region, name) for name in sorted(types)])


class Nobody:
    """Stands where AWS, or the journal, must not be asked."""

    def __getattr__(self, name):
        raise AssertionError(f"{name} was used")


class Visit:
    """Reads `records` at first and `again` after each round of repairs; `aws` answers what is called."""

    types, patience, look = catalog.types(), 1, Visit.look

    def __init__(self, world, records, again, aws):
        self.facts = {"account_id": world.account_id, "partition": "aws"}
        self.first, self.again, self.aws = iter([whole(world, records)]), again, aws
        self.progress = Progress(print)

    def ensure_tables(self):
        """None to be made."""

    def mirror(self, places, wanted=None):
        return next(self.first)

    async def read(self, aws, places, wanted=None, again=False):
        return next(self.first, self.again)

    def run(self, work):
        return asyncio.run(work(self.aws))

    def save(self, reading, places):
        """Nothing to save."""


class Journal:
    marked = False

    def failed(self):
        self.marked = True

    async def begin(self, service, operation, request, keys, edit_id=None):
        return 1

    def sending(self, number):
        """Not looked at."""

    async def end(self, *outcome, **more):
        """Not looked at."""


def test_what_an_organization_decides_is_told_and_not_tried(world, sound):
    records = altered(sound, "ec2_vpc_block_public_access_options", InternetGatewayBlockMode="block-bidirectional", ManagedBy="declarative-policy")
    (finding,) = broken(world, records)
    assert (finding.item, finding.status, finding.expected, finding.found) == ("VPC block public access", "changed", "off", "block-bidirectional")

    visit, journal = Visit(world, records, whole(world, records), Nobody()), Journal()
    (row,) = restoring.restore(visit, journal, dry_run=False, places=[world.region])
    assert (row["resource_type"], row["action"], row["status"]) == ("ec2_vpc_block_public_access_options", "update", "failed")
    assert "declarative policy" in row["reason"] and "block-bidirectional" in row["reason"]
    assert journal.marked
    (row,) = restoring.restore(Visit(world, records, None, Nobody()), Nobody(), dry_run=True, places=[world.region])
    assert (row["status"], "declarative policy" in row["reason"]) == ("failed", True)


class Agreeable:
    """An AWS that answers well to everything."""

    stopped, width = False, 1

    async def call(self, *request, **more):
        return {}

    def room(self, *place, change):
        return contextlib.nullcontext()

    def waiting_room(self, *place):
        return contextlib.nullcontext()


@pytest.mark.parametrize("unread", [False, True])
def test_success_is_what_a_fresh_read_shows(world, sound, unread):
    """AWS says yes; then it still shows what it showed before, or does not let it be seen."""
    records = altered(sound, "ec2_vpc", EnableDnsHostnames=False)
    again = whole(world, records)
    if unread:
        again.records = [each for each in again.records if each.key.resource_type != "ec2_vpc"]
        again.outcomes = [dataclasses.replace(each, status="failed", error="not allowed to look") if each.resource_type == "ec2_vpc" else each for each in again.outcomes]
    journal = Journal()
    (row,) = restoring.restore(Visit(world, records, again, Agreeable()), journal, dry_run=False, places=[world.region])
    assert (row["resource_type"], row["status"]) == ("ec2_vpc", "failed")
    assert ("could not be read again: not allowed to look" if unread else "still shows it otherwise") in row["reason"]
    assert journal.marked
