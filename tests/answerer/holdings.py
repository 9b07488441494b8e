"""What an account holds in a region: records of every type of its services, that mention each other as the catalog says."""

import functools
import logging

from tabula_rasa.catalog import GLOBAL, model
from tabula_rasa.expressions import ExpressionError, arguments, context, search

from .lens import Struct, Unplaceable, named, put, shape_of, tree
from .record import Record, items_shape, member_of
from .values import Values

log = logging.getLogger(__name__)
_PATHS = ("part_of", "references", "owns", "referenced_by")


class Holding:
    """The records of one account in one region ("global" for what is in none): {type: [Record]}.

    types     {name: ResourceType} of the account's services
    size      records of each type; {type: records} of some, and none of the others
    above     the account's global Holding, which a regional one may mention
    unplaced  [(type, key, expression)] of the mentions that the catalog declares and that no record could be given
    broken    {type: error} of the types that no record could be made of
    """

    def __init__(self, account_id, region, types, size, above=None):
        self.account_id, self.region, self.size, self.above = account_id, region, size, above
        self.types = {name: each for name, each in asked_for(types).items() if (each.scope == GLOBAL) == (region == GLOBAL)}
        self.records = {}
        self.unplaced, self.broken = [], {}
        for name in _in_order(self.types, lambda each: {each.parent, each.within.resource_type if each.within else ""}):
            self.records[name] = []
            self._carefully(name, lambda rt: self.records.update({rt.name: self._made(rt)}))
        done = set()
        for name in _in_order(self.types, self._mentioned):
            self._carefully(name, lambda rt: self._mention(rt, done))
            done.add(name)
        for name in self.records:
            self._carefully(name, self._share)
        for name in reversed(list(self.records)):  # what lies inside others goes back there
            if self.types[name].within:
                self._carefully(name, self._put_back)

    def _carefully(self, name, make):
        """One type that cannot be made leaves the others alone."""
        try:
            make(self.types[name])
        except Exception as error:
            log.exception("%s", name)
            self.broken[name] = repr(error)
            self.records[name] = []

    def _size(self, rt):
        return self.size.get(rt.name, 0) if isinstance(self.size, dict) else self.size

    def all(self):
        return [record for records in self.records.values() for record in records]

    # -- making

    def _made(self, rt):
        if rt.within:
            return self._inside(rt)
        shape, records, keys = items_shape(rt), [], set()
        asks = [each for each in self.types.values() if each.parent == rt.name and "_.parent" in str((each.list.arguments, each.list.each))]
        ways = (True, False) if asks or not any(each.parent == rt.name for each in self.types.values()) else (True,)  # of whom others ask nothing there is but one
        for parent, element, room in self._places(rt):
            for _ in range(room if not records else min(room, 1)):
                for alike in ways:  # an id may be what others have, too: the account's, the region's, one of few words
                    made = self._settled(Record(self.account_id, rt, self.region, len(records), shape, parent=parent, element=element, alike=alike))
                    key = made.identified and made.identified.key
                    if key is None or key not in keys:
                        records.append(made)
                        keys.add(key)
                        break
        return records

    def _places(self, rt):
        """(parent, element of `each`, how many records one call can show) for the calls that list the type: the first shows all, any other one."""
        for parent in self.records.get(rt.parent, ()) if rt.parent else [None]:
            facts = {"account_id": self.account_id, "region": self.region, "partition": "aws"}
            data = context({}, parent=parent.read if parent else {}, **facts)
            elements = search(rt.list.each, data) or [] if rt.list.each else [None]
            for number, element in enumerate(elements):
                last = number == len(elements) - 1
                single = singular(rt)
                always = single and not parent and not rt.list.absent  # a setting: every account has it
                size = self._size(rt)
                yield parent, element, 1 if always else min(size, 1 if single or not last else size)

    def _inside(self, rt):
        """Records inside another type's items: the first holds as many as there should be, the others what they were made with."""
        records = []
        for host in self.records.get(rt.within.resource_type, ()):
            shape = member_of(shape_of(tree(rt.within.items), host.shape)) or Struct({})
            count = self._size(rt) if not records else min(self._size(rt), 1)
            items = [Record(self.account_id, rt, self.region, len(records) + number, shape, host=host) for number in range(count)]
            items = [self._settled(each) for each in items]
            host.try_to(lambda data: put(tree(rt.within.items), data, [each.piece("listed") for each in items], host.shape), rt.within.items)
            found = search(rt.within.items, host.data) or []
            records += items[: len(found)]
        return records

    def _put_back(self, rt):
        for host in self.records.get(rt.within.resource_type, ()):
            items = [each for each in self.records[rt.name] if each.host is host]
            if items:
                host.try_to(lambda data: put(tree(rt.within.items), data, [each.piece("listed") for each in items], host.shape), rt.within.items)
                host.forget_identity()

    def _settled(self, record):
        """The record, made to be the account's own, alive, deletable, and asked for all its details as far as the catalog lets it."""
        rt = record.rt
        record.as_listed()
        _follow_request(record)
        if rt.region:
            record.put(rt.region, "us-east-1")
        if rt.owner:
            record.put(rt.owner, record.account_id)
        unwanted = [*([rt.gone] if rt.gone else ()), *(each.where for each in rt.fixed)]

        def sound():
            return not any(record.true(each) for each in unwanted)

        for _ in range(5):  # what makes one of them false may make another one true
            for each in unwanted:
                record.satisfy(each, False)
        record.fixed = not sound()
        choices = rt.delete[record.number % len(rt.delete):] + rt.delete if rt.delete else ()
        chosen = next((each for each in choices if not each.where or record.true(each.where) or record.satisfy(each.where, True, sound)), None)
        keep = lambda: (record.fixed or sound()) and not (chosen and chosen.where and not record.true(chosen.where))  # noqa: E731
        for detail in rt.details:
            if detail.where:
                record.satisfy(detail.where, True, keep)
        for before in chosen.before if chosen else ():
            if before.where and record.number % 2:
                record.satisfy(before.where, True, keep)
        for child in self.types.values() if not record.number else ():
            each = child.list.each if child.parent == rt.name else ""
            if each.count("_.") == each.count("_.parent.") > 0 and not record.satisfy(each.replace("_.parent.", ""), True, keep):
                record.satisfy(each.replace("_.parent.", ""), True)
                record.fixed = not sound()
        record.as_found({each.into for each in rt.details})
        if rt.parent:
            record.goes_with.append(record.parent)
        if rt.within:
            record.goes_with.append(record.host)
        return record

    def _share(self, rt):
        """What a detail tells of all records alike, for it names none (which rule set is the active one), is what the last one has."""
        for detail in rt.details:
            if detail.into and not detail.batch and not detail.arguments:
                for record in self.records[rt.name]:
                    record.properties[detail.into] = self.records[rt.name][-1].properties.get(detail.into)
                    record.forget_identity()

    # -- mentioning

    def _mentioned(self, rt):
        """The types that a type's records mention."""
        named_ = {each for key in _PATHS for each in getattr(rt, key).values()}
        return {*named_, rt.parent, rt.within.resource_type if rt.within else ""} - {rt.name}

    def _mention(self, rt, done):
        for key in _PATHS:
            for expression, target in getattr(rt, key).items():
                others = self.records.get(target) or (self.above.records.get(target) if self.above else None) or ()
                if not others or target not in done | {rt.name} and not (self.above and target in self.above.records):
                    continue
                placed = [self._place(record, expression, others, key) for record in self.records[rt.name]]
                if placed and not any(placed) and target != rt.name:
                    self.unplaced.append((rt.name, key, expression))

    def _place(self, record, expression, others, key):
        """Has the record mention one of the others; is it mentioned now?"""
        if record in others:
            others = [each for each in others if each.number < record.number]
        own = [each for each in others if each in (record.parent, record.host)]
        other = (own or others or [None])[0 if own else record.number % max(len(others), 1)]
        if other is None or not own and key in ("part_of", "owns") and (record.number or other.number) and other.rt is not record.rt:
            return False  # one is a part of another; the others can go on their own
        identity, fixed = record.identified, record.fixed
        before = [record.true(each.where) for each in record.rt.delete if each.where]

        def sound():
            record.forget_identity()
            now = record.identified
            return (
                now is not None and (now.key, now.owner_id) == (identity.key, identity.owner_id)
                and any(record.true(each.where) for each in record.rt.fixed) == fixed
                and not (record.rt.gone and record.true(record.rt.gone))
                and before == [record.true(each.where) for each in record.rt.delete if each.where]
            )

        for value in _ways_to_say(other.identified, expression):
            if record.put(expression, value, sound):
                if key == "part_of":
                    record.goes_with.append(other)
                elif key == "owns":
                    other.goes_with.append(record)
                elif key == "references":
                    record.needs.append(other)
                else:
                    other.needs.append(record)
                return True
        return False


def asked_for(types):
    """Of the types those that are read without being named: themselves, or because others are listed for each of them."""
    found, more = {}, {name: each for name, each in types.items() if each.readable and not each.on_request}
    while more:
        found |= more
        above = {each.parent or each.within.resource_type for each in more.values() if each.parent or each.within}
        more = {name: types[name] for name in above - found.keys()}
    return found


def _ways_to_say(other, expression):
    """The id, ARN and name of another record, first the one that a member of that name would hold."""
    name = (named(tree(expression)) or [""])[-1].lower()
    by = {"id": other.key.resource_id, "arn": other.arn, "name": other.name}
    order = ("arn", "id", "name") if name.endswith(("arn", "arns")) else ("name", "id", "arn") if name.endswith(("name", "names")) else ("id", "name", "arn")
    return list(dict.fromkeys(by[each] for each in order if by[each]))


def _follow_request(record):
    """Members named like an argument of the list call hold what the call asks for."""
    rt = record.rt
    if not (rt.list and record.parent):
        return
    facts = {**record.facts, "parent": record.parent.read, "each": record.element}
    for path, value in arguments(rt.list.arguments, context({}, **facts)).items():
        member = next((name for name in record.shape.members if name.lower() == path.lower()), None)
        if member and type(record.properties.get(member)) is type(value):
            record.properties[member] = value


def singular(rt):
    """Can one answer of the list call hold but one record?"""
    return _singular(rt.service, rt.list.operation, rt.list.items)


@functools.cache
def _singular(service, operation, items):
    output = model.operation(service, operation).output_shape
    shape = member_of(shape_of(tree(items), output))
    two = [Values(service, "", "", operation, number).make(shape) for number in range(2)]
    try:
        return len(search(items, put(tree(items), {}, two, output)) or []) < 2
    except (Unplaceable, ExpressionError):
        return True


def _in_order(types, before):
    """The names of the types, each after those that before(type) names; a circle is opened where it is met."""
    order, open_ = [], set()

    def visit(name):
        if name in open_ or name not in types:
            return
        open_.add(name)
        for each in sorted(before(types[name]) - {"", None}):
            visit(each)
        order.append(name)

    for name in types:
        visit(name)
    return order

