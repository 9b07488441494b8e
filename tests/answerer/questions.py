"""Which question is answered by which records: the read calls that the catalog makes of a holding, worked out beforehand."""

import datetime
import json
from collections import defaultdict

from tabula_rasa.catalog import model
from tabula_rasa.catalog.derive import detail_value
from tabula_rasa.expressions import arguments, context, put, search

from .lens import tree
from .lens import put as place
from .pages import single, token_members
from .record import told
from .values import to_wire

_BESIDE = {"encodingtype", "checksumalgorithm", "contentmd5"}  # what botocore adds to a request by itself


def canonical(service, operation, request):
    """A request as text, without what names a page, or its size, or makes a repetition safe."""
    shape, pages = model.operation(service, operation).input_shape, model.pages(service, operation)
    beside = {each.lower() for each in token_members(service, operation)} | _BESIDE | ({pages.member.lower()} if pages else set())
    if shape is not None:
        beside |= {name.lower() for name, each in shape.members.items() if each.metadata.get("idempotencyToken")}
    return json.dumps(_plain({name: each for name, each in request.items() if name.lower() not in beside}), sort_keys=True, default=str)


def _plain(value):
    if isinstance(value, datetime.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)).astimezone(datetime.timezone.utc).isoformat()
    if isinstance(value, dict):
        return {str(name): made for name, each in value.items() if (made := _plain(each)) not in (None, [], {})}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


class Questions:
    """The questions about one Holding.

    lists    {(service, operation, canonical request): [(type, [Record])]}
    details  {(service, operation, canonical request): [(Record, number of the detail)]}
    batches  {(service, operation, canonical rest of the request): [(Record, number of the detail, what names it there)]}
    """

    def __init__(self, holding):
        self.holding = holding
        self.lists, self.details, self.batches = defaultdict(list), defaultdict(list), defaultdict(list)
        self.lookups = defaultdict(list)  # (service, operation) of what is looked up just before a deletion -> [(type, Lookup)]
        for rt in holding.types.values():
            if rt.list:
                self._list(rt)
            for each in rt.delete:
                for lookup in [each.lookup, *(before.lookup for before in each.before)]:
                    if lookup:
                        self.lookups[rt.service, lookup.operation].append((rt, lookup))
        for record in holding.all():
            self._ask_details(record)

    def _list(self, rt):
        facts = {"account_id": self.holding.account_id, "region": self.holding.region, "partition": "aws"}
        for parent in self.holding.records.get(rt.parent, ()) if rt.parent else [None]:
            data = context({}, parent=parent.read if parent else {}, **facts)
            for element in (search(rt.list.each, data) or []) if rt.list.each else [None]:
                request = arguments(rt.list.arguments, {**data, "_": {**data["_"], "each": element}})
                shown = [each for each in self.holding.records[rt.name] if each.parent is parent and each.element == element]
                self.lists[rt.service, rt.list.operation, canonical(rt.service, rt.list.operation, request)].append((rt, shown))

    def _ask_details(self, record):
        rt = record.rt
        for number, request, of in record.reading()[1]:
            operation = rt.details[number].operation
            key = rt.service, operation, canonical(rt.service, operation, request)
            if rt.details[number].batch:
                self.batches[key].append((record, number, of))
            else:
                self.details[key].append((record, number))

    # -- answers, as structures whose values are records' values

    def listed(self, key):
        """[(expression, its items, their shape)] of the types that a list call shows, or None if it is not such a call."""
        if key not in self.lists:
            return None
        found = []
        for rt, records in self.lists[key]:
            items = [each.piece("listed") for each in records if each.alive]
            bare = rt.list.string_as or "_item"
            items = [each[bare] if set(each) == {bare} else each for each in items]
            found.append((rt.list.items, items))
        return found

    def detailed(self, key, answer):
        """The answer with what the details asked for by this call tell; None if it is not such a call; LookupError if all it asks for is gone."""
        if key not in self.details:
            return None
        alive = [(record, number) for record, number in self.details[key] if record.alive]
        if not alive:
            raise LookupError(key)
        first = alive[0][0]
        answer = answer if answer is not None else beside(first, key[0], key[1])
        for record, number in alive:
            detail, piece = record.rt.details[number], record.piece(number)
            value = piece.get(detail.into) if detail.into else piece
            if value is not None:
                answer = told(record.rt, detail, answer, value)
        return answer

    def in_batch(self, service, operation, request):
        """The answer to a batch of details, or None if it is not such a call."""
        for name in {each.batch for rt in self.holding.types.values() for each in rt.details if each.batch and (rt.service, each.operation) == (service, operation)}:
            wanted = search(name, request)
            key = service, operation, canonical(service, operation, without(request, name))
            if key not in self.batches or not isinstance(wanted, list):
                continue
            told, detail = [], None
            for record, number, of in self.batches[key]:
                if record.alive and of in wanted:
                    rt, detail = record.rt, record.rt.details[number]
                    told.append((rt, detail, of, record.piece(number)))
            if detail is None:
                return {}
            items = [self._batch_item(*each) for each in told]
            return place(tree(detail_value(rt.name, rt.service, detail)), {}, items)
        return None

    def about(self, service, operation, texts_):
        """What an operation of the catalog's tells of the records that some texts name, when it is asked in another way."""
        answer, output = {}, model.operation(service, operation).output_shape
        for key, found in list(self.lists.items()):
            for rt, records in found if key[:2] == (service, operation) else ():
                chosen = [each.piece("listed") for each in records if each.alive and texts_ & set(_names(each))]
                if chosen and not rt.list.string_as:
                    answer = place(tree(rt.list.items), answer, chosen, output)
        for key, found in list(self.batches.items()):
            chosen = [each for each in found if each[0].alive and each[2] in texts_] if key[:2] == (service, operation) else ()
            if chosen:
                rt, detail = chosen[0][0].rt, chosen[0][0].rt.details[chosen[0][1]]
                items = [self._batch_item(rt, detail, of, record.piece(number)) for record, number, of in chosen]
                answer = place(tree(detail_value(rt.name, service, detail)), answer, items, output)
        for key, found in list(self.details.items()):
            if key[:2] == (service, operation) and any(record.alive and texts_ & set(_names(record)) for record, _ in found):
                answer = self.detailed(key, answer or None)
        return answer

    @staticmethod
    def _batch_item(rt, detail, of, piece):
        value = piece.get(detail.into) if detail.into else piece
        item = place(tree(detail.item), {}, value) if detail.item and value is not None else dict(value) if isinstance(value, dict) else {}
        return place(tree(detail.match), item, of) if detail.match else item


def _names(record):
    made = record.identified
    return [each for each in (made.key.resource_id, made.arn, made.name) if each]


def beside(record, service, operation):
    """What an answer has beside what it is asked for: its plain members."""
    output = model.operation(service, operation).output_shape
    made = {}
    for name, shape in output.members.items():
        if shape.type_name not in ("list", "map", "structure") and (name in record.properties or name not in record.shape.members):
            value = record.properties.get(name) or record.values.make(shape, (operation, name))
            if value is not None and not isinstance(value, (list, dict)):
                made[name] = value
    return single(service, operation, made)


def without(request, path):
    copy = json.loads(json.dumps(request, default=str))
    put(copy, path, None)
    return copy


def wire(service, operation, answer):
    """An answer for the serialiser."""
    shape = model.operation(service, operation).output_shape
    return to_wire(answer, shape) if shape is not None else {}
