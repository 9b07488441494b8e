"""Every entry of the catalog against the SDK's own model: what an entry names exists, and what it asks for AWS would understand."""

import importlib.util
import pathlib
import re

import jmespath
import pytest
from botocore.validate import ParamValidator
from samples import FACTS, answer, first, mentioned, record, unreached

from tabula_rasa import catalog
from tabula_rasa.catalog import model
from tabula_rasa.errors import CatalogInvalid
from tabula_rasa.expressions import arguments, put, search

# What data cannot say, each with its reason. The list should only shrink.
ESCAPE_HATCHES = {
    "s3_bucket": "a bucket's objects, versions and uploads are listed and deleted page by page, by the million",
}


every_service = pytest.mark.parametrize("service", catalog.services())


def every_type(check):
    """A test of each type that calls itself by the type's name; a service's types are one item, for there are thousands of types."""

    @every_service
    def test(service, subtests):
        for name in catalog.of_service(service):
            with subtests.test(name):
                check(name)

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


class Types(dict):
    """All types by name, each looked up when asked for."""

    def __missing__(self, name):
        return catalog.named(name)


TYPES = Types()


def calls(rt):
    """(what it is, operation, arguments, the sample its arguments see, batch) of every call that an entry can make, but waits."""
    own = record(rt, TYPES)
    facts = {**FACTS, "parent": record(TYPES[rt.parent], TYPES) if rt.parent else {}}
    facts["resource_id"] = str(search(rt.id, {**own, "_": facts}))
    seen = {**own, "_": facts}
    if rt.list:
        each = first(rt.list.each, {"_": facts}) if rt.list.each else None
        yield "list", rt.list.operation, rt.list.arguments, {"_": {**facts, "each": each}}, None
    for detail in rt.details:
        batch = (detail.batch, detail.of, detail.size) if detail.batch else None
        yield f"detail {detail.operation}", detail.operation, detail.arguments, seen, batch
    for delete in rt.delete:
        batch = (delete.batch.argument, delete.batch.of, delete.batch.size) if delete.batch else None
        found = seen
        if delete.lookup:
            yield f"lookup {delete.lookup.operation}", delete.lookup.operation, delete.lookup.arguments, seen, None
            found = {**seen, "_": {**facts, "found": [first(delete.lookup.items, answer(rt.service, delete.lookup.operation))]}}
        yield f"delete {delete.operation}", delete.operation, delete.arguments, found, batch
        for before in delete.before:
            element = first(before.each, seen) if before.each else seen
            if before.lookup:
                yield f"lookup {before.lookup.operation}", before.lookup.operation, before.lookup.arguments, seen, None
                element = first(before.lookup.items, answer(rt.service, before.lookup.operation))
            if element is not seen:
                element = {**element, "_": {**facts, "record": own}} if isinstance(element, dict) else element
            yield f"before {before.operation}", before.operation, before.arguments, element, None


def expressions(rt):
    """(key, expression) of everything in an entry that looks at the record."""
    for key in ("id", "name", "arn", "created", "tags", "owner", "region", "gone"):
        if getattr(rt.entry, key):
            yield key, getattr(rt.entry, key)
    for key in ("references", "referenced_by", "part_of", "owns"):
        for path in getattr(rt, key):
            yield key, path
    for path in rt.also_known_as:
        yield "also_known_as", path
    for path in rt.stands_for:
        yield "stands_for", path
    for fixed in rt.fixed:
        yield "fixed", fixed.where
    for delete in rt.delete:
        if delete.where:
            yield "delete.where", delete.where
        for before in delete.before:
            for key in ("where", "each"):
                if getattr(before, key):
                    yield f"before.{key}", getattr(before, key)


@every_type
def test_a_negation_speaks_of_what_it_seems_to(name):
    """JMESPath reads `!A.B` as `(!A).B`, which is always null."""
    for key, expression in expressions(TYPES[name]):
        assert not re.search(r"![A-Za-z_]+[.\[]", expression), f"{key}: write !(…) in {expression}"


def waits(rt):
    yield from [rt.wait] if rt.wait else []
    yield from (delete.wait for delete in rt.delete if delete.wait)
    yield from (before.wait for delete in rt.delete for before in delete.before if before.wait)


def shape_at(shape, path):
    """The shape of a dotted input member, or None."""
    for step in path.split("."):
        shape = shape.members.get(step) if shape is not None and shape.type_name == "structure" else None
    return shape


@every_service
def test_file_follows_the_schema(service):
    catalog.of_service(service)


@every_type
def test_calls_are_ones_that_aws_would_accept(name):
    """Operations and members exist, whatever is required is given, and the values have the right types."""
    rt = TYPES[name]
    for what, operation, given, seen, batch in calls(rt):
        try:
            shape = model.operation(rt.service, operation).input_shape
        except KeyError:
            pytest.fail(f"{what}: {rt.service} has no such operation")
        for path in (*given, *([batch[0]] if batch else [])):
            assert shape_at(shape, path) is not None, f'{what}: no member "{path}"'
        for path, expression in given.items():
            if isinstance(seen, dict):
                assert not unreached(expression, seen), f'{what}: "{path}" looks at what is not there: {unreached(expression, seen)}'
        request = arguments(given, seen)
        if batch:
            put(request, batch[0], [search(batch[1], seen)])
        for token in model.operation(rt.service, operation).idempotent_members:  # botocore gives these
            request.setdefault(token, "x" * 36)
        report = ParamValidator().validate(request, shape) if shape else None
        assert not (report and report.has_errors()), f"{what}: {report.generate_report()}"


@every_type
def test_expressions_reach_what_the_model_has(name):
    rt = TYPES[name]
    seen = {**record(rt, TYPES), "_": {**FACTS, "parent": {}}}
    for key, expression in expressions(rt):
        try:
            jmespath.compile(expression)
        except jmespath.exceptions.JMESPathError as error:
            pytest.fail(f"{key}: {error}")
        assert not unreached(expression, seen), f"{key}: {expression!r} looks at what is not there: {unreached(expression, seen)}"


@every_type
def test_what_is_not_a_need_is_a_property(name):
    rt = TYPES[name]
    assert set(rt.mentions_not) <= set(record(rt, TYPES))


@every_type
def test_a_record_has_an_identity(name):
    rt = TYPES[name]
    assert search(rt.id, {**record(rt, TYPES), "_": FACTS}) not in (None, "")


@every_type
def test_details_find_their_record_again(name):
    """A batch answer's item is matched by the very thing that was asked for."""
    rt = TYPES[name]
    for detail in rt.details:
        if not detail.batch:
            continue
        value = search(detail.value or "@", answer(rt.service, detail.operation))
        item = value[0] if isinstance(value, list) else next(each for each in value.values() if isinstance(each, list))[0]
        assert not unreached(detail.of, record(rt, TYPES))
        assert not detail.match or not unreached(detail.match, item), f"{detail.operation}: {detail.match} is not in its answer"


@every_type
def test_batches_are_within_the_models_limits(name):
    rt = TYPES[name]
    for what, operation, _, _, batch in calls(rt):
        if batch:
            shape = shape_at(model.operation(rt.service, operation).input_shape, batch[0])
            assert shape.type_name == "list", f"{what}: {batch[0]} is no list"
            assert 1 <= batch[2] <= shape.metadata.get("max", 1000), f"{what}: AWS takes {shape.metadata.get('max')} at once, not {batch[2]}"


@every_type
def test_refused_items_of_a_batch_can_be_told(name):
    """A deletion that answers 200 with failures inside must say where they are; a bare answer has none."""
    rt = TYPES[name]
    for delete in rt.delete:
        if delete.batch and delete.batch.failures:
            found = search(delete.batch.failures, answer(rt.service, delete.operation))
            assert found and {"id", "code", "message"} <= set(found[0])


@every_type
def test_waiters_exist_and_take_what_they_get(name):
    rt = TYPES[name]
    for wait in waits(rt):
        assert wait.seconds > 0
        if not wait.waiter:
            assert not wait.arguments, "arguments without a waiter"
            continue
        waiters = model.waiters(rt.service)
        assert wait.waiter in waiters, f'{rt.service} has no waiter "{wait.waiter}"; it has {sorted(waiters)}'
        operation = model._session().get_waiter_model(rt.service).get_waiter(waiters[wait.waiter]).operation
        shape = model.operation(rt.service, operation).input_shape
        report = ParamValidator().validate(arguments(wait.arguments, [record(rt, TYPES)]), shape)
        assert not report.has_errors(), report.generate_report()


@every_type
def test_other_types_exist(name):
    rt = TYPES[name]
    named = [rt.parent] if rt.parent else []
    named += [rt.within.resource_type] if rt.within else []
    for key in ("references", "referenced_by", "part_of", "owns"):
        named += getattr(rt, key).values()
    assert not [each for each in named if catalog.named(each) is None]


@every_type
def test_refusals_are_explained(name):
    for fixed in TYPES[name].fixed:
        assert fixed.refusal.strip() and fixed.why.strip()
        assert not fixed.why.endswith("."), "it stands in a row, not in a text"


@every_type
def test_a_deletion_needs_nothing_secret(name):
    """Sensitive members are not kept in the mirror, so no deletion may look at them."""
    rt = TYPES[name]
    for delete in rt.delete:
        for call in (delete, *delete.before):
            wanted = set().union(*(mentioned(each) for each in (*call.arguments.values(), call.where) if each))
            assert not wanted & {path[0] for path in rt.sensitive if len(path) == 1}


@every_type
def test_several_deletions_of_a_type_are_told_apart(name):
    deletes = TYPES[name].delete
    assert len(deletes) < 2 or all(each.where for each in deletes)


def test_escape_hatches_are_the_listed_few():
    found = {delete.empty for rt in catalog.types().values() for delete in rt.delete if delete.empty}
    assert found == set(ESCAPE_HATCHES)


@pytest.mark.parametrize("name", sorted(ESCAPE_HATCHES))
def test_an_escape_hatch_has_its_module(name):
    assert importlib.util.find_spec(f"tabula_rasa.quirks.{name}")


def test_certificates_with_every_kind_of_key_are_asked_for():
    """AWS leaves out the kinds that it is not asked for, and the SDK learns new ones."""
    kinds = model.operation("acm", "ListCertificates").input_shape.members["Includes"].members["keyTypes"].member.enum
    assert search(TYPES["acm_certificate"].list.arguments["Includes.keyTypes"], {}) == list(kinds)


def test_an_unknown_key_is_an_error():
    with pytest.raises(CatalogInvalid, match='unknown key "waiter"'):
        catalog.parse("sns", '[sns_topic]\nwaiter = "topic_deleted"')


def test_file_names_are_the_sdks():
    assert {path.suffix for path in pathlib.Path(catalog.DIRECTORY).iterdir()} == {".toml"}
    assert {path.stem for path in pathlib.Path(catalog.DIRECTORY).iterdir()} <= model.services()


def test_what_is_set_aside_must_be_there_to_be_set_aside():
    with pytest.raises(CatalogInvalid, match="sns_topik: .without. names what is not found in sns"):
        catalog.parse("sns", '[without]\nsns_topik = "misspelt"')
