"""In charge of the mirror's rows: what was read of AWS, and the references found in it, into their tables.

Set by set: some thousand records of a type are one statement. What is as it was is not written, nor locked.
"""

from __future__ import annotations

import json

from .catalog import GLOBAL
from .catalog.model import redacted
from .database import BASE
from .packing import pack
from .recording import further

_RECORD = "region, resource_id, arn, name, tags, created, owner_id, properties, further"
UNFIT = ("22", "54")  # SQLSTATE classes: data exception, program limit exceeded
LONGEST = 2600  # bytes of a reference's columns: PostgreSQL's index on them takes 2,704
TOO_LONG = "an id is too long"
PORTION = 2000  # rows that are sent at a time
PORTION_SIZE = 8_000_000  # characters of their properties


def doubt(database, account_id, reading):
    """What the mirror holds records of, and AWS now says it does not offer, is failed from now on, in the reading, too: such an answer is about the service, not about them."""
    denied = [each for each in reading.outcomes if each.status == "not offered"]
    held = database.places_with_records(account_id, {each.resource_type for each in denied}) if denied else set()
    everywhere = {(name, GLOBAL) for name, _ in held}  # records of a global list may lie in any region
    for each in denied:
        if (each.resource_type, each.region) in held | everywhere:
            each.status, each.error = "failed", f"there are records of it, but now it is not offered: {reading.unseen[each.resource_type, each.region]}"


def save(database, account_id, reading, types, regions, references):
    """Replaces, type by type, what the mirror says of the (type, region) pairs that were read wholly; unchanged rows are not written.

    A type of which a record does not fit (a number too large, an id too long for an index) is failed from now on, in the reading, too.
    """
    by_type = _by_type(reading.records, lambda each: each.key)
    read = {}
    for outcome in reading.outcomes:
        if outcome.whole:
            read.setdefault(outcome.resource_type, []).append(outcome.region)
    # Records of a global list may lie in any region: what vanished is looked for in all of them.
    read = {name: list(regions) if types[name].entry.region else places for name, places in read.items()}
    written = by_type.keys() | database.types_with_records(account_id, read)
    refused = {each.record.resource_type: TOO_LONG for each in references if sum(len(part.encode()) for part in (*each.record, *each.needs)) > LONGEST}
    with database.staging.replicating():
        for name in sorted(read.keys() & written - refused.keys()):
            try:
                with database.subtransaction():
                    _save_records(database, account_id, types[name], read[name], by_type.get(name, []))
            except database.Error as error:
                if error.sqlstate[:2] not in UNFIT:
                    raise
                refused[name] = str(error).partition("\n")[0]
    for outcome in reading.outcomes:
        if outcome.whole and outcome.resource_type in refused:
            outcome.status, outcome.error = "failed", f"what AWS answers cannot be stored: {refused[outcome.resource_type]}"
    reading.records = [each for each in reading.records if each.key.resource_type not in refused]
    by_type = _by_type((each for each in references if each.needs.resource_type not in refused), lambda each: each.record)
    for name in sorted(read.keys() & (by_type.keys() | database.types_with_references(account_id)) - refused.keys()):
        _save_references(database, account_id, name, read[name], by_type.get(name, []))
    database.rows(
        """INSERT INTO tabula_rasa.reading (account_id, region, resource_type, read_at, records, status, error)
           SELECT $1, region, resource_type, clock_timestamp(), records, status, error
           FROM jsonb_to_recordset($2) AS x(region text, resource_type text, records bigint, status text, error text)
           ON CONFLICT (account_id, region, resource_type) DO UPDATE
           SET (read_at, records, status, error) = (excluded.read_at, excluded.records, excluded.status, excluded.error)""",
        ("text", account_id), ("jsonb", json.dumps([vars(each) for each in reading.outcomes])),
    )


def _save_records(database, account_id, rt, regions, records):
    table = database.table(rt.name)
    # NOT IN is a hash of what is there, however many the planner expects.
    database.rows(
        f"DELETE FROM {table} WHERE account_id = $1 AND region = ANY ($2) AND (region, resource_id) NOT IN (SELECT * FROM unnest($3, $4))",
        ("text", account_id), ("text[]", regions), *_columns([each.key[1:] for each in records], 2),
    )
    columns = "".join(f", {database.quote(each.name)}" for each in rt.columns)
    values = "".join(f", {_value(each)}" for each in rt.columns)
    same = "(t.arn, t.name, t.tags, t.owner_id, t.properties) IS NOT DISTINCT FROM (x.arn, x.name, x.tags::jsonb, x.owner_id, x.properties::jsonb)"
    for portion in _portions(_row(rt, each) for each in records):
        # What is as it was is only compared; what is not is parsed once, however many columns are taken from it.
        database.rows(
            f"""WITH changed AS MATERIALIZED (
                    SELECT region, resource_id, arn, name, tags::jsonb, created::timestamptz, owner_id, properties::jsonb, further::jsonb
                    FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11) AS x({_RECORD})
                    WHERE NOT EXISTS (SELECT FROM {table} t WHERE t.account_id = $1 AND (t.region, t.resource_id) = (x.region, x.resource_id) AND {same})
                )
                INSERT INTO {table} AS t (account_id, resource_type, {BASE}{columns})
                SELECT $1, $2, {BASE}{values} FROM changed AS i
                ON CONFLICT (account_id, region, resource_id) DO UPDATE
                SET (arn, name, tags, created, owner_id, properties, read_at{columns})
                  = (excluded.arn, excluded.name, excluded.tags, excluded.created, excluded.owner_id, excluded.properties, now(){columns.replace(", ", ", excluded.")})""",
            ("text", account_id), ("text", rt.name), *_columns(portion, 9),
        )


def _row(rt, record):
    """What _RECORD names, of a record."""
    properties, packed, more = None, record.packed, None
    if rt.sensitive:
        properties = redacted(record.properties, rt.sensitive)
        packed = pack(properties)
    if rt.computed:
        more = pack(further(rt, properties or record.properties))
    return *record.key[1:], record.arn, record.name, pack(record.tags), record.created, record.owner_id, packed, more


def _save_references(database, account_id, resource_type, regions, references):
    rows = [(each.record.region, each.record.resource_id, each.needs.region, each.needs.resource_type, each.needs.resource_id, each.kind) for each in references]
    # Said once, for both what has gone and what is new: most are as they were, and to hand them over costs more than to look at them.
    database.rows(
        """WITH incoming AS MATERIALIZED (
               SELECT * FROM unnest($4, $5, $6, $7, $8, $9) AS i (region, resource_id, needs_region, needs_type, needs_id, kind)
           ), gone AS (
               DELETE FROM tabula_rasa.reference WHERE account_id = $1 AND resource_type = $2 AND region = ANY ($3)
               AND (region, resource_id, needs_region, needs_type, needs_id, kind) NOT IN (SELECT * FROM incoming)
           )
           INSERT INTO tabula_rasa.reference (account_id, resource_type, region, resource_id, needs_region, needs_type, needs_id, kind)
           SELECT $1, $2, * FROM incoming ON CONFLICT DO NOTHING""",
        ("text", account_id), ("text", resource_type), ("text[]", regions), *_columns(rows, 6),
    )


def _by_type(things, key):
    """{resource type: those of it}"""
    found = {}
    for each in things:
        found.setdefault(key(each).resource_type, []).append(each)
    return found


def _portions(rows):
    """The rows in lists that are neither too long nor too large for one statement."""
    portion, size = [], 0
    for row in rows:
        portion.append(row)
        size += sum(len(each or "") for each in row)
        if len(portion) == PORTION or size > PORTION_SIZE:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _columns(rows, width):
    """Rows of texts as arguments of unnest(), which takes none at all for nulls."""
    return [("text[]", None if column.count(None) == len(column) else list(column)) for column in zip(*rows)] or [("text[]", [])] * width


def _value(column):
    """SQL for a column's value: from `properties`, or from `further` where the catalog reads it by an expression."""
    if column.given:
        return "NULL"
    properties = "further" if column.expression else "properties"
    name = "'" + column.property.replace("'", "''") + "'"
    if column.type == "text[]":
        return f"CASE WHEN jsonb_typeof({properties} -> {name}) = 'array' THEN ARRAY(SELECT jsonb_array_elements_text({properties} -> {name})) END"
    if column.type == "jsonb":
        return f"nullif({properties} -> {name}, 'null')"
    return f"({properties} ->> {name})::{column.type}"
