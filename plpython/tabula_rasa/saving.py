"""In charge of the mirror's rows: what was read of AWS, and the references found in it, into their tables. Set by set: a type's records are one statement."""

from __future__ import annotations

import json

from .catalog.model import redacted
from .database import BASE
from .recording import further

_RECORD = "region text, resource_id text, arn text, name text, tags jsonb, created timestamptz, owner_id text, properties jsonb, further jsonb"
UNFIT = ("22", "54")  # SQLSTATE classes: data exception, program limit exceeded
LONGEST = 2600  # bytes of a reference's columns: PostgreSQL's index on them takes 2,704
TOO_LONG = "an id is too long"


def save(database, account_id, reading, types, regions, references):
    """Replaces, type by type, what the mirror says of the (type, region) pairs that were read wholly; unchanged rows are not written.

    A type of which a record does not fit (a number too large, an id too long for an index) is failed from now on, in the reading, too.
    """
    by_type = {}
    for record in reading.records:
        by_type.setdefault(record.key.resource_type, []).append(record)
    read = {}
    for outcome in reading.outcomes:
        if outcome.whole:
            read.setdefault(outcome.resource_type, []).append(outcome.region)
    written = by_type.keys() | database.types_with_records(account_id, read)
    refused = {each.record.resource_type: TOO_LONG for each in references if sum(len(part.encode()) for part in (*each.record, *each.needs)) > LONGEST}
    with database.staging.replicating():
        for name in sorted(read.keys() & written - refused.keys()):
            rt = types[name]
            try:
                with database.subtransaction():
                    # Records of a global list may lie in any region: what vanished is looked for in all of them.
                    _save_records(database, account_id, rt, regions if rt.entry.region else read[name], by_type.get(name, []))
            except database.Error as error:
                if error.sqlstate[:2] not in UNFIT:
                    raise
                refused[name] = str(error).partition("\n")[0]
    for outcome in reading.outcomes:
        if outcome.whole and outcome.resource_type in refused:
            outcome.status, outcome.error = "failed", f"what AWS answers cannot be stored: {refused[outcome.resource_type]}"
    reading.records = [each for each in reading.records if each.key.resource_type not in refused]
    read = {name: places for name, places in read.items() if name not in refused}
    _save_references(database, account_id, read, types, regions, [each for each in references if not {each.record.resource_type, each.needs.resource_type} & refused.keys()])
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
    columns = "".join(f", {database.quote(each.name)}" for each in rt.columns)
    values = "".join(f", {_value(each)}" for each in rt.columns)
    shown = [(each, redacted(each.properties, rt.sensitive)) for each in records]
    incoming = json.dumps([
        {
            "region": each.key.region, "resource_id": each.key.resource_id, "arn": each.arn, "name": each.name, "tags": each.tags,
            "created": each.created, "owner_id": each.owner_id, "properties": properties, "further": further(rt, properties),
        }
        for each, properties in shown
    ])
    database.rows(
        f"""WITH incoming AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($2) AS x({_RECORD})),
            gone AS (
                DELETE FROM {table} t WHERE account_id = $1 AND region = ANY ($3)
                AND NOT EXISTS (SELECT FROM incoming i WHERE (i.region, i.resource_id) = (t.region, t.resource_id))
            )
            INSERT INTO {table} AS t (account_id, resource_type, {BASE}{columns})
            SELECT $1, $4, {BASE}{values} FROM incoming
            ON CONFLICT (account_id, region, resource_id) DO UPDATE
            SET (arn, name, tags, created, owner_id, properties, read_at{columns})
              = (excluded.arn, excluded.name, excluded.tags, excluded.created, excluded.owner_id, excluded.properties, now(){columns.replace(", ", ", excluded.")})
            WHERE (t.arn, t.name, t.tags, t.owner_id, t.properties) IS DISTINCT FROM (excluded.arn, excluded.name, excluded.tags, excluded.owner_id, excluded.properties)""",
        ("text", account_id), ("jsonb", incoming), ("text[]", list(regions)), ("text", rt.name),
    )


def _save_references(database, account_id, read, types, regions, references):
    places = [
        {"resource_type": name, "region": region}
        for name, found in read.items() for region in (regions if types[name].entry.region else found)
    ]
    database.rows(
        """WITH incoming AS MATERIALIZED (
               SELECT * FROM jsonb_to_recordset($2)
               AS x(region text, resource_type text, resource_id text, needs_region text, needs_type text, needs_id text, kind text)
           ), gone AS (
               DELETE FROM tabula_rasa.reference r USING jsonb_to_recordset($3) AS p(resource_type text, region text)
               WHERE r.account_id = $1 AND (r.resource_type, r.region) = (p.resource_type, p.region)
               AND NOT EXISTS (
                   SELECT FROM incoming i
                   WHERE (i.region, i.resource_type, i.resource_id, i.needs_region, i.needs_type, i.needs_id)
                       = (r.region, r.resource_type, r.resource_id, r.needs_region, r.needs_type, r.needs_id)
               )
           )
           INSERT INTO tabula_rasa.reference AS r
           SELECT $1, region, resource_type, resource_id, needs_region, needs_type, needs_id, kind FROM incoming
           ON CONFLICT (account_id, region, resource_type, resource_id, needs_region, needs_type, needs_id)
           DO UPDATE SET kind = excluded.kind WHERE r.kind <> excluded.kind""",
        ("text", account_id),
        ("jsonb", json.dumps([
            {
                "region": each.record.region, "resource_type": each.record.resource_type, "resource_id": each.record.resource_id,
                "needs_region": each.needs.region, "needs_type": each.needs.resource_type, "needs_id": each.needs.resource_id, "kind": each.kind,
            }
            for each in references
        ])),
        ("jsonb", json.dumps(places)),
    )


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
