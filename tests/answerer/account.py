"""One account as the answerer holds it: which call is answered how."""

import copy
import threading

from aws_double.errors import AWSError
from tabula_rasa.catalog import GLOBAL, model
from tabula_rasa.expressions import arguments, search, texts

from .deletions import Deletions, as_waited_for, ends, not_there
from .holdings import Holding, singular
from .lens import Unplaceable, put, satisfy, shape_of, tree
from .pages import NoSuchPage, page, pages, single
from .questions import Questions, canonical
from .values import Unfit, Values, fit

READING = ("Describe", "Get", "List", "Head", "BatchGet", "Search", "Lookup", "Query", "Scan", "Select")


class Account:
    """`types` are those of its services; `size` the records of each; `regions` those that it has enabled."""

    def __init__(self, account_id, types, size, regions):
        self.account_id, self.types, self.size, self.regions = account_id, types, size, regions
        self.services = {each.service for each in types.values()}
        self.changes = 0
        self.cache, self._pages = {}, {}  # answers as sent, and lists in pages: good until something changes
        self._places = {}
        self._lock = threading.RLock()

    def places(self, region):
        """[(Holding, Questions, Deletions)] that a call in a region is about: the region's and the global ones."""
        with self._lock:
            if GLOBAL not in self._places:
                self._places[GLOBAL] = self._place(GLOBAL)
            if region not in self._places:
                self._places[region] = self._place(region)
            return [self._places[region], self._places[GLOBAL]]

    def _place(self, region):
        above = self._places[GLOBAL][0] if region != GLOBAL else None
        holding = Holding(self.account_id, region, self.types, self.size if region in (*self.regions, GLOBAL) else 0, above)
        where = region if region != GLOBAL else "us-east-1"
        return holding, Questions(holding), Deletions(holding, lambda *call: self.read(where, *call)[0])

    def answer(self, region, service, operation, request):
        """The answer to a call, as a structure of records' values; raises AWSError."""
        if (service, operation) in _OWN:
            return _OWN[service, operation](self, request)
        if operation.startswith(READING):
            return self.read(region, service, operation, request)[0]
        with self._lock:
            try:
                return self._change(region, service, operation, request)
            finally:
                self.cache, self._pages = {}, {}

    # -- reading

    def read(self, region, service, operation, request):
        """(answer, whether the catalog asks just this)."""
        key = service, operation, canonical(service, operation, request)
        places = self.places(region)
        known = any(key in questions.lists for _, questions, _ in places)
        answer = None
        if known:
            _check_there([each for _, questions, _ in places for each in questions.lists.get(key, ())], service, operation)
            try:
                answer = page(self._in_pages(places, region, key), service, operation, request)
            except NoSuchPage as unknown:
                raise AWSError("InvalidNextToken", str(unknown), 400) from None
        gone = False
        for _, questions, _ in places:
            try:
                answer = (lambda told: answer if told is None else told)(questions.detailed(key, answer))
            except LookupError:
                gone = True
            if answer is None:
                answer = questions.in_batch(service, operation, request)
        if answer is not None:
            return answer, True
        for _, _, deletions in places:
            shown = deletions.waited_for(service, operation, request)
            if isinstance(shown, AWSError):
                raise shown
            if shown is not None:
                return shown, True
        if gone:
            raise not_there(service, operation)
        return self._aside(places, service, operation, request), False

    def _in_pages(self, places, region, key):
        kept = self._pages
        if (region, key) not in kept:
            lists = [each for _, questions, _ in places for each in questions.listed(key) or ()]
            kept[region, key] = pages(*key[:2], lists, f"{self.account_id}|{region}|{key}")
        return kept[region, key]

    def _aside(self, places, service, operation, request):
        """What a read is told that is no list and no detail: a look just before a deletion, or at some records of a list."""
        about = set(texts(request))
        for _, questions, _ in places:
            for rt, lookup in questions.lookups.get((service, operation), ()):
                for record in questions.holding.records[rt.name]:
                    if record.alive and canonical(service, operation, arguments(lookup.arguments, record.deletion_data)) == canonical(service, operation, request):
                        return self._one(record, service, operation, request, lookup.items)
        for _, questions, deletions in places:
            answer = questions.about(service, operation, about)
            if answer or deletions.waits(service, operation):
                return single(service, operation, answer)
        return single(service, operation, as_waited_for(service, operation) or {})

    def _one(self, record, service, operation, request, items):
        """An answer with one item that the expression lets pass."""
        output, node = model.operation(service, operation).output_shape, tree(items)
        answer = single(service, operation, Values(service, self.account_id, record.region, canonical(service, operation, request), 0).make(output) or {})
        if record.rt.list and operation == record.rt.list.operation:  # the record itself is looked at
            answer = put(tree(record.rt.list.items), {}, [copy.deepcopy(record.piece("listed"))], output)
        try:
            return answer if search(items, answer) else fit(satisfy(node, answer, True), output, record.values)
        except (Unplaceable, Unfit):
            shape = shape_of(node, output)
            value = record.values.make(shape, (operation,)) if shape is not None else None
            try:
                return fit(put(node, {}, value, output), output, record.values)
            except (Unplaceable, Unfit):
                return {}

    # -- changing

    def _change(self, region, service, operation, request):
        places = self.places(region)
        self.changes += 1
        named = [each for _, _, deletions in places if deletions.known(service, operation) for each in deletions.carry_out(service, operation, request)]
        if not named and ends(operation) and any(deletions.known(service, operation) for _, _, deletions in places):
            raise not_there(service, operation)
        if not named:
            for _, _, deletions in places:
                deletions.handled(operation, request)
        output = model.operation(service, operation).output_shape
        made = Values(service, self.account_id, region, operation, self.changes).make(output) if output is not None else None
        return {name: each for name, each in (made or {}).items() if not isinstance(each, (list, dict))}


def _check_there(asked, service, operation):
    """A call that shows one thing says by an error that there is none."""
    for rt, records in asked:
        if singular(rt) and not any(each.alive for each in records):
            code, _, words = rt.list.absent[0].partition(": ") if rt.list.absent else ("", "", "")
            raise AWSError(code, words or "there is none", 404) if code else not_there(service, operation)


def _caller(account, request):
    return {"UserId": "AROATEST:tabula_rasa", "Account": account.account_id, "Arn": f"arn:aws:sts::{account.account_id}:assumed-role/tabula-rasa/tabula_rasa"}


def _aliases(account, request):
    return {"AccountAliases": [], "IsTruncated": False, **account.read("us-east-1", "iam", "ListAccountAliases", request)[0]}


def _regions(account, request):
    return {"Regions": [{"RegionName": each, "Endpoint": f"ec2.{each}.amazonaws.com", "OptInStatus": "opt-in-not-required"} for each in account.regions]}


# What an account says of itself.
_OWN = {
    ("sts", "GetCallerIdentity"): _caller,
    ("iam", "ListAccountAliases"): _aliases,
    ("ec2", "DescribeRegions"): _regions,
}
