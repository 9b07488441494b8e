"""The whole way of the types of some services: mirrored, planned, deleted, gone; and what an empty account is asked."""

import collections
import itertools

import psycopg
from answerer.holdings import asked_for
from answerer.questions import canonical
from world import World

from tabula_rasa import catalog
from tabula_rasa.catalog import GLOBAL, model
from tabula_rasa.expressions import arguments, context, search

TIMEOUT = "120s"  # a deletion that never ends should not take the other tests' time
_numbers = itertools.count(1)


class Journey:
    """One account with records of every type of some services, on one database, taken the whole way.

    expected  {type: {(region, id): what the answerer holds}}
    mirrored  {type: {(region, id): row of aws.resource}}
    readings  rows of mirror_account
    planned, wiped  {type: [row of delete_all_records]}; wiped in several calls: parts of something first
    left      {type: [row of aws.resource]} after a last mirror
    canceled  messages of wipes that did not end
    journal   rows of the journal
    calls     what the answerer saw; `empty_calls` when the account was empty yet
    """

    def __init__(self, postgres, answerer, services, worker):
        number = f"{worker + 1}{next(_numbers):011}"
        self.services, self.types = services, catalog.types(services)
        self.account_id, self.answerer, self.canceled = number, answerer, []
        self.regions = (home(services[0]), "eu-west-1")
        database = f"journey_{number}"
        postgres.create_database(database, template="with_extension")
        world = World(postgres, answerer, database, number, regions=self.regions)
        world.sql("SELECT count(*) FROM enable_services(VARIADIC %s)", list(services))
        world.only(*services)
        world.sql("UPDATE cleanup_policy SET enabled = false")
        world.sql(f"SET statement_timeout = '{TIMEOUT}'")
        try:
            self._empty(world)
            self._full(world)
        finally:
            world.close()
            with postgres.connect("postgres") as connection:
                connection.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def _empty(self, world):
        self.answerer.hold(self.account_id, *self.services, size=0, regions=self.regions)
        self.empty_readings = world.mirror()
        self.empty_calls = [each for each in self._calls(world) if (each["service"], each["operation"]) not in _OWN]
        self.empty_records = world.value("SELECT count(*) FROM aws.resource")

    def _full(self, world):
        world.sql("UPDATE account SET regions = %s", list(self.regions[:1]))
        self.answerer.hold(self.account_id, *self.services, regions=self.regions[:1])
        self.readings = world.mirror()
        held = self.answerer.held(self.account_id, self.regions[0])
        self.expected = self._by_type(held["records"])
        self.unplaced, self.broken = held["unplaced"], held["broken"]
        self.mirrored = self._by_type(each for each in self._records(world) if each["region"] in (GLOBAL, self.regions[0]))
        seen = len(self._calls(world))
        self.planned = _rows(world.wipe(dry_run=True))
        self.calls_of_plan = [each for each in self._calls(world)[seen:] if each["mutating"]]
        self.wiped = collections.defaultdict(list)
        for parts, wholes in self._phases():
            world.sql("DELETE FROM cleanup_policy WHERE name LIKE 'journey %%'")
            self._rule(world, "delete", parts)
            self._rule(world, "keep", wholes)
            try:
                rows = world.wipe()
            except psycopg.errors.QueryCanceled as error:
                self.canceled.append(str(error))
                continue
            for row in rows:
                if row["action"] == "delete":
                    self.wiped[row["resource_type"]].append(row)
        self.last_readings = world.mirror()
        self.left = _rows(self._records(world))
        self.alive = [each for each in self.answerer.held(self.account_id, self.regions[0])["records"] if each["alive"]]
        self.journal = world.sql("SELECT * FROM journal")
        self.calls = self._calls(world)

    def _phases(self):
        """(types to be deleted, types to be kept) call by call: what takes others along comes later, so that each one's own deletion is carried out, too."""
        left = {name for name, each in self.types.items() if each.readable and not each.on_request}
        while wholes := {whole for name in left for whole in self._wholes(name) if whole != name} & left:
            parts = left - wholes
            if not parts:
                break
            if any(self.types[each].deletable and self._wholes(each) & left for each in parts):
                yield parts, wholes
            left = wholes
        yield (), ()

    @staticmethod
    def _rule(world, action, types):
        """A rule per type, above all others: a part stays with its whole unless a rule speaks of itself."""
        for name in sorted(types):
            world.sql(
                "INSERT INTO cleanup_policy (name, resource_type, action, priority, reason) VALUES (%s, %s, %s, 1000, 'asked for')",
                f"journey {action} {name}", name.replace("_", r"\_"), action,
            )

    def _wholes(self, name):
        """The types that take records of this one along."""
        rt = self.types[name]
        owners = [owner for owner, each in self.types.items() if name in each.owns.values()]
        return {*rt.part_of.values(), *owners, rt.parent, rt.within.resource_type if rt.within else ""}

    def _records(self, world):
        return world.sql("SELECT resource_type, region, resource_id, arn, name, owner_id, properties FROM aws.resource")

    def _calls(self, world):
        return world.calls()

    def _by_type(self, records):
        found = {name: {} for name in self.types}
        for each in records:
            found[each["resource_type"]][each["region"], each["resource_id"]] = each
        return found

    def lists(self):
        """{(service, operation, region): how often} that its account, empty, should be asked."""
        return lists(self.types, self.account_id, self.regions)


def lists(types, account_id, regions):
    """{(service, operation, region): how often} an empty account should be asked: each question of the catalog's once per region, global ones once."""
    asked = set()
    for rt in asked_for(types).values():
        if rt.within or rt.parent or (rt.service, rt.list.operation) in _OWN:
            continue
        for region in [rt.home or "us-east-1"] if rt.scope == GLOBAL else regions:
            if rt.scope == GLOBAL or _offered(rt.service, region):
                asked |= {(rt.service, rt.list.operation, region, each) for each in _requests(rt, account_id, GLOBAL if rt.scope == GLOBAL else region)}
    return collections.Counter((service, operation, region if _told(service) else regions[0]) for service, operation, region, _ in asked)


# What every call of the extension's asks first: who it is, and where.
_OWN = {("sts", "GetCallerIdentity"), ("sts", "AssumeRole"), ("ec2", "DescribeRegions"), ("iam", "ListAccountAliases")}


def _requests(rt, account_id, region):
    data = context({}, parent={}, account_id=account_id, region=region, partition="aws")
    for each in (search(rt.list.each, data) or []) if rt.list.each else [None]:
        yield canonical(rt.service, rt.list.operation, arguments(rt.list.arguments, {**data, "_": {**data["_"], "each": each}}))


def _told(service):
    """Does a call say which region it is for? Signature version 2 (SimpleDB) has it in the host name alone."""
    return model.service_model(service).signature_version != "v2"


def _offered(service, region):
    return region in model.regions(service, "aws")


def home(service):
    """The region in which a service's journey goes: us-east-1, or where AWS offers it, or all of it."""
    return next(each for each in (_HOMES.get(service, "us-east-1"), *model.regions(service, "aws")) if _offered(service, each))


def _rows(rows):
    found = collections.defaultdict(list)
    for each in rows:
        found[each["resource_type"]].append(each)
    return found


_HOMES = {"s3control": "us-west-2"}  # multi-Region access points are asked for there


def chunks(services, size=60):
    """Services in groups of one initial, one region and about `size` types; those that share a signing name are apart, for a request does not tell them apart."""
    groups = []  # [(initial, region), names, signing names, number of types]
    for service in services:
        place = service[0], home(service)
        signing, count = model.service_model(service).signing_name, len(catalog.of_service(service))
        for group in groups:
            if group[0] == place and signing not in group[2] and group[3] + count <= size:
                group[1].append(service)
                group[2].add(signing)
                group[3] += count
                break
        else:
            groups.append([place, [service], {signing}, count])
    return [names for _, names, _, _ in groups]
