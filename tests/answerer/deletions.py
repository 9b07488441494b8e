"""Deletions: which records a call names, what goes with them, and what a waiter is shown afterwards."""

import json
import re
from collections import defaultdict

from aws_double.errors import AWSError
from tabula_rasa.catalog import model
from tabula_rasa.expressions import arguments, search, texts, without_nulls
from tabula_rasa.expressions import holds as true

from .lens import Unplaceable, satisfy, tree
from .lens import put as place
from .pages import single
from .questions import canonical, without
from .values import Values

_ENDING = re.compile(r"Delete|Terminate|Deregister|Release|Revoke|Remove|Disassociate|Detach|Cancel|Unsubscribe|Stop")
_MISSING = re.compile(r"NotFound|NoSuch|DoesNotExist|Nonexist", re.I)


class Deletions:
    """The deletions in one Holding. `looked_up(service, operation, request)` answers a read, as over HTTP."""

    def __init__(self, holding, looked_up):
        self.holding, self.looked_up = holding, looked_up
        self._operations = defaultdict(set)  # (service, operation) -> names of the types that it deletes
        self._parts, self._held = defaultdict(list), defaultdict(list)
        self._waits = defaultdict(list)  # (service, operation) -> [(type, Wait, its configuration, whether for the end)]
        self._indexes, self._called, self._texts = {}, None, {}
        for rt in holding.types.values():
            for each in rt.delete:
                self._operations[rt.service, each.operation].add(rt.name)
                for wait, for_end in [(each.wait, True), (rt.wait, True), *((before.wait, False) for before in each.before)]:
                    if wait and wait.waiter:
                        config = waiter(rt.service, wait.waiter)
                        self._waits[rt.service, config.operation].append((rt, wait, config, for_end))
        for record in holding.all():
            for each in record.goes_with:
                self._parts[id(each)].append(record)
            for each in record.needs:
                self._held[id(each)].append(record)

    def known(self, service, operation):
        return (service, operation) in self._operations

    def carry_out(self, service, operation, request):
        """Forgets what the call names and returns it; an empty list if it names nothing that is there."""
        index = self._index(service, operation)
        asked = canonical(service, operation, request)
        named = list(index.single.get(asked, ()))
        for argument in index.batches:
            values = search(argument, request)
            rest = canonical(service, operation, without(request, argument))
            named += [each for value in values or () for each in index.single.get((rest, _text(value)), ())]
        for record, delete in index.late:
            wanted = self._expectation(record, delete) if record.alive else None
            if wanted == asked or delete.empty and wanted and json.loads(wanted).items() <= json.loads(asked).items():
                named.append(record)
        named = [each for each in named if each.alive]
        for record in named:
            self._check(record)
        for record in named:
            self._forget(record)
        return named

    def _index(self, service, operation):
        """What the deletions of an operation will look like, but for those that are known only when they are made."""
        if (service, operation) not in self._indexes:
            index = self._indexes[service, operation] = _Index()
            for name in sorted(self._operations[service, operation]):
                for record in self.holding.records[name]:
                    delete = next((each for each in record.rt.delete if not each.where or true(each.where, record.deletion_data)), None)
                    if delete is None or delete.operation != operation:
                        continue
                    if delete.lookup or delete.empty:
                        index.late.append((record, delete))
                    else:
                        index.single[self._expectation(record, delete)].append(record)
                        index.batches |= {delete.batch.argument} if delete.batch else set()
        return self._indexes[service, operation]

    def _expectation(self, record, delete):
        """The deletion's canonical request; of a batch, (canonical rest of it, what names the record there)."""
        rt, data = record.rt, record.deletion_data
        if delete.lookup:
            answer = self.looked_up(rt.service, delete.lookup.operation, arguments(delete.lookup.arguments, data))
            data = {**data, "_": {**data["_"], "found": search(delete.lookup.items, answer) or []}}
        wanted = canonical(rt.service, delete.operation, arguments(delete.arguments, data))
        return (wanted, _text(without_nulls(search(delete.batch.of, data)))) if delete.batch else wanted

    def _check(self, record):
        fact = next((each for each in record.rt.fixed if record.true(each.where)), None)
        if fact:
            raise AWSError(fact.refusal, fact.why, 400)
        holder = next((each for each in self._held[id(record)] if each.alive and each.rt.deletable and not each.fixed and not record.rt.not_held(each.rt.name)), None)
        if holder:
            raise AWSError("DependencyViolation", f"{record.identified.key} is needed by {holder.identified.key}", 400)

    def _forget(self, record):
        if record.alive:
            record.alive = False
            for each in self._parts[id(record)]:
                self._forget(each)
            if record.host and record.host.alive:
                self._take_out(record)
            above = record.parent
            if above and above.alive and any(each.vanishes and above.true(each.where) for each in above.rt.fixed):
                if not any(each.alive for each in self.holding.records[record.rt.name] if each.parent is above):
                    self._forget(above)  # it was there only as long as they were

    def _take_out(self, record):
        """What lies inside another is no longer shown there."""
        left = [each.piece("listed") for each in self.holding.records[record.rt.name] if each.alive and each.host is record.host]
        record.host.try_to(lambda data: place(tree(record.rt.within.items), data, left, record.host.shape), record.rt.within.items)

    # -- waiters

    def handled(self, operation, request):
        """Notes that a call about these texts was made: what it was about may show what is waited for."""
        if self._called is None:
            self._called = defaultdict(list)
            for record in self.holding.all():
                self._called[record.identified.key.resource_id].append(record)
        for text in set(texts(request)):
            for record in self._called.get(text, ()):
                record.handled = True
                for before in (each for delete in record.rt.delete for each in delete.before):
                    if before.operation == operation and before.wait and before.wait.until:
                        record.satisfy(before.wait.until, True)

    def waited_for(self, service, operation, request):
        """What a waiter should be shown for its success: an answer, or an AWSError to raise; None if the call is no waiter's, or it is too early."""
        about = set(texts(request))
        for number, (rt, wait, config, for_end) in enumerate(self._waits[service, operation] if about else ()):
            by_text = self._asked_about(service, operation, number, rt, wait)
            if all(any(each.alive != for_end and (for_end or each.handled or wait.always) for each in by_text.get(text, ())) for text in about):
                return success(service, config)
        return None

    def waits(self, service, operation):
        """Does a waiter of the catalog's ask this?"""
        return bool(self._waits.get((service, operation)))

    def _asked_about(self, service, operation, number, rt, wait):
        """{text: the records that a waiter names by it}"""
        key = service, operation, number
        if key not in self._texts:
            self._texts[key] = defaultdict(list)
            for record in self.holding.records[rt.name]:
                for text in texts(arguments(wait.arguments, [record.deletion_data])):
                    self._texts[key][text].append(record)
        return self._texts[key]


class _Index:
    def __init__(self):
        self.single, self.batches, self.late = defaultdict(list), set(), []


def as_waited_for(service, operation):
    """An answer with which a waiter of that operation, that the catalog does not name, succeeds; None if none asks it."""
    for name in model.waiters(service):
        config = waiter(service, name)
        if config.operation == operation and any(each.state == "success" and each.matcher != "error" for each in config.acceptors):
            answer = success(service, config)
            if isinstance(answer, dict):
                return answer
    return None


def waiter(service, name):
    waiters = model._session().get_waiter_model(service)
    return waiters.get_waiter(model.waiters(service)[name])


def success(service, config):
    """An answer, or AWSError, that makes a waiter succeed."""
    output = model.operation(service, config.operation).output_shape
    for acceptor in config.acceptors:
        if acceptor.state != "success":
            continue
        if acceptor.matcher == "error":
            if acceptor.expected is False:
                return {}
            return AWSError("ResourceNotFoundException" if acceptor.expected is True else acceptor.expected, "there is no such thing", 400)
        if acceptor.matcher == "status":
            return {} if acceptor.expected < 300 else AWSError(str(acceptor.expected), "there is no such thing", acceptor.expected)
        made = single(service, config.operation, Values(service, "", "", config.operation, 0).make(output) or {})
        node = tree(acceptor.argument)
        try:
            if isinstance(acceptor.expected, bool) and node["type"] in ("comparator", "and_expression", "or_expression", "not_expression", "function_expression"):
                made = satisfy(node, made, acceptor.expected)
            else:
                made = place(node, made, acceptor.expected if acceptor.matcher == "path" else [acceptor.expected])
        except Unplaceable:
            continue
        state = next((each.state for each in config.acceptors if each.matcher_func(made)), None)
        if state == "success":
            return made
    raise AssertionError(f"{service}: no answer makes the waiter of {config.operation} succeed")


def not_there(service, operation):
    """The error with which an operation says that there is no such thing."""
    found = [each for each in model.operation(service, operation).error_shapes if _MISSING.search(each.name)]
    code = found[0].metadata.get("error", {}).get("code", found[0].name) if found else {"ec2": "InvalidResource.NotFound"}.get(service, "ResourceNotFoundException")
    return AWSError(code, "there is no such thing", 404 if not found else None)


def ends(operation):
    """Does the operation's name say that something ends?"""
    return _ENDING.search(operation) is not None


def _text(value):
    return json.dumps(value, sort_keys=True, default=str)
