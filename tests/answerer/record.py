"""One generated resource: the properties that the extension should read of it, made from the shapes of everything that tells of it."""

import copy

from tabula_rasa.catalog import model
from tabula_rasa.catalog.derive import detail_value
from tabula_rasa.expressions import ExpressionError, arguments, context, fields, search, without_nulls
from tabula_rasa.expressions import holds as true
from tabula_rasa.recording import record as identified

from .lens import Struct, Unplaceable, put, satisfy, shape_of, tree
from .values import Unfit, Values, fit

PARTITION = "aws"
SCALARS = ("string", "character", "integer", "long", "float", "double", "boolean", "timestamp", "blob")


def member_of(shape):
    """The shape of a list's members; of anything else, itself."""
    return shape.member if shape is not None and shape.type_name == "list" else shape


def items_shape(rt):
    """The shape of what a type's list call lists."""
    output = model.operation(rt.service, rt.list.operation).output_shape
    return member_of(shape_of(tree(rt.list.items), output))


def detail_shape(rt, detail):
    """The shape of what a detail adds to a record."""
    output = model.operation(rt.service, detail.operation).output_shape
    shape = shape_of(tree(detail_value(rt.name, rt.service, detail)), output)
    if detail.batch:
        shape = member_of(shape)
        return shape_of(tree(detail.item), shape) if detail.item else shape
    return shape


def _alike(one, other):
    """Can a value of the one shape be shown where the other is wanted?"""
    if one is None or other is None or one.type_name != other.type_name:
        return False
    if one.type_name == "list":
        return _alike(one.member, other.member)
    return one.type_name in SCALARS or bool(one.name) and one.name == other.name


class Record:
    """A resource. `properties` are all its members; each of the `pieces`, in which AWS tells of it, shows some of them.

    parent    the record for which the list call that shows this one is made
    host      the record inside whose properties this one is found
    element   what the list's `each` gave for the call that shows it
    alike     may its values be those that others have, too: the account's id, the region's name?
    goes_with records that take this one along when they go
    needs     records that cannot go before this one
    placed    what was put into it to mention others
    handled   a call was made about it that changes something
    """

    def __init__(self, account_id, rt, region, number, shape, parent=None, host=None, element=None, item=None, alike=True):
        self.rt, self.region, self.number, self.parent, self.host, self.element = rt, region, number, parent, host, element
        self.account_id, self.alive, self.fixed, self.handled = account_id, True, False, False
        self.goes_with, self.needs, self.placed = [], [], set()
        self.values = Values(rt.service, account_id, region, rt.noun or rt.name, number, alike)
        self._identified = None
        members = {"listed": _members(shape, rt.list.string_as or "_item" if rt.list else "")}
        for number_, detail in enumerate(rt.details):
            found = detail_shape(rt, detail)
            members[number_] = {detail.into: found} if detail.into else _members(found, "")
        self._pieces = members
        self.shape = Struct({name: each for piece in members.values() for name, each in piece.items()})
        self._own = {}  # (piece, member) -> value, where a piece shows a member in another shape than the last one
        self.properties = dict(item or {})
        calls = [(each.operation, each.arguments) for each in (*rt.delete, *rt.details)]
        self._asked = {expression: shape for operation, arguments in calls for expression, shape in _asked(rt.service, operation, arguments)}
        for name, each in self.shape.members.items():
            if name not in self.properties:
                self._fill(name, each)
        for piece, shapes in members.items():
            for name, each in shapes.items():
                if each is not self.shape.members[name] and not _alike(each, self.shape.members[name]):
                    self._own[piece, name] = self.values.make(each, (str(piece), name))
        self.properties.update(self.from_above())

    def _fill(self, name, shape):
        asked = self._asked.get(name)  # as narrow as the calls about it want it
        narrower = asked is not None and shape is not None and asked.type_name == shape.type_name == "string" and not getattr(shape, "enum", ())
        value = self.values.make(asked if narrower else shape, (name,))
        if value is not None:
            self.properties[name] = value

    @property
    def facts(self):
        return {"account_id": self.account_id, "region": self.region, "partition": PARTITION}

    def from_above(self):
        """What the record has from its parent or host."""
        above = self.parent or self.host
        return {name: search(path, context(above.properties, **above.facts)) for name, path in self.rt.from_parent.items()} if above else {}

    # -- made to fit expressions

    def try_to(self, change, expression, keeping=lambda: True):
        """Carries out change(data) on the properties that the expression looks at; takes it back and says False where that cannot be or `keeping()` does not hold any more."""
        before, identified_before = self.properties, self._identified
        touched = fields(expression)
        try:
            data = change({**self.data, **{name: copy.deepcopy(before[name]) for name in touched if name in before}})
            data.pop("_")
            made = fit(without_nulls({name: data[name] for name in touched if name in data}), self.shape, self.values)
            self.properties = {**{name: each for name, each in data.items() if name not in touched}, **made, **self.from_above()}
            self._identified = None
            self.as_found(touched)
            if keeping():
                return True
        except (Unplaceable, Unfit, ExpressionError):
            pass
        self.properties, self._identified = before, identified_before
        return False

    def satisfy(self, expression, truth, keeping=lambda: True):
        """Makes an expression over the properties true or false, if it can be."""
        if self.true(expression) == truth:
            return True
        return self.try_to(lambda data: satisfy(tree(expression), data, truth), expression, lambda: self.true(expression) == truth and keeping())

    def put(self, expression, value, keeping=lambda: True):
        """Makes an expression give the value, or a list that has it beside what else was placed there, if it can be."""
        found = search(expression, self.data)
        wanted = [*(each for each in found if isinstance(each, str) and each in self.placed), value] if isinstance(found, list) else value

        def there():
            found = search(expression, self.data)
            return found == value or isinstance(found, list) and all(each in found for each in (wanted if isinstance(wanted, list) else [value]))

        if there() or self.try_to(lambda data: put(tree(expression), data, wanted, self.shape), expression, lambda: there() and keeping()):
            self.placed.add(value)
            return True
        return False

    def true(self, expression):
        return true(expression, self.data)

    @property
    def data(self):
        """What the catalog's expressions see of it."""
        made = self.identified
        return context(self.properties, **self.facts, resource_id=made and made.key.resource_id, arn=made and made.arn)

    def as_found(self, among):
        """What a detail's expression cannot find in an answer as it was made is what it does find."""
        for detail in self.rt.details:
            value = self.properties.get(detail.into) if detail.into in among and not detail.batch else None
            if value is not None:
                output = model.operation(self.rt.service, detail.operation).output_shape
                answer = fit(told(self.rt, detail, {}, copy.deepcopy(value)), output, self.values)
                self.properties[detail.into] = search(detail_value(self.rt.name, self.rt.service, detail), answer)

    def as_listed(self):
        """What the list call's expression wants of its items (an engine's name) is so."""
        rt, piece = self.rt, self.piece("listed")
        if rt.list is None or rt.list.string_as or "_item" in piece:
            return
        answer = put(tree(rt.list.items), {}, [copy.deepcopy(piece)], model.operation(rt.service, rt.list.operation).output_shape)
        for found in search(rt.list.items, answer) or []:
            self.properties.update({name: each for name, each in found.items() if each != piece.get(name)})
        self._identified = None

    # -- as it is told and as it is read

    def piece(self, name):
        """The members that a piece ("listed", or the number of a detail) shows, as they lie in a record."""
        found = {}
        for member in self._pieces[name]:
            value = self._own.get((name, member), self.properties.get(member))
            if value is not None:
                found[member] = value
        return found

    def reading(self):
        """(properties that the extension should read, [(number, request)] of the details that it asks for)."""
        item = dict(self.piece("listed")) | {name: search(path, context(above.read, **above.facts)) for above in [self.parent or self.host] if above for name, path in self.rt.from_parent.items()}
        asked = []
        for number, detail in enumerate(self.rt.details):
            data = context(item, **self.facts)
            if detail.where and not true(detail.where, data):
                continue
            asked.append((number, arguments(detail.arguments, data), search(detail.of, item) if detail.batch else None))
            piece = self.piece(number)
            if detail.batch and not detail.match:
                item = dict(piece)
            elif detail.into:
                item = {**item, detail.into: piece.get(detail.into)}
            else:
                item = {**item, **piece}
        return item, asked

    @property
    def read(self):
        """The properties that the extension should read."""
        return self.reading()[0]

    @property
    def identified(self):
        """The extension's own Record of it."""
        if self._identified is None:
            self._identified = identified(self.rt, self.read, self.region, self.facts)
        return self._identified

    @property
    def deletion_data(self):
        """What the expressions of its deletion see."""
        made = self.identified
        facts = {**self.facts, "region": made.key.region, "resource_id": made.key.resource_id, "arn": made.arn}
        return context(self.read, **facts)

    def forget_identity(self):
        self._identified = None


def _asked(service, operation, arguments):
    """(member of a record, shape of the parameter that it becomes) for the parameters of a call that are such members as they are."""
    shape = model.operation(service, operation).input_shape
    return [(expression, shape.members[name]) for name, expression in arguments.items() if shape is not None and name in shape.members]


def told(rt, detail, answer, value):
    """The answer, changed so that the detail finds the value in it."""
    expression = detail_value(rt.name, rt.service, detail)
    if expression == "@":
        return {**(answer or {}), **value}
    return put(tree(expression), answer or {}, value, model.operation(rt.service, detail.operation).output_shape)


def _members(shape, string_as):
    if shape is None:
        return {string_as: None} if string_as else {}
    if shape.type_name == "structure":
        return dict(shape.members)
    return {string_as: shape} if string_as else {}

