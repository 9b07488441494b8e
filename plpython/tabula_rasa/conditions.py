"""In charge of the conditions of cleanup rules: what they may use, which records they match, and for how long they are asked.

A condition is an administrator's SQL, and whoever wipes runs it. It may read the mirror and what superusers made and granted to the role
tabula_rasa_cleanup_policy by name, and compute with PostgreSQL's own functions; nothing else, and nothing that lasts. Four things see to that:

- a condition of a rule that is not as shipped names no schema in which others than superusers make things: PostgreSQL evaluates constants
  while it reads, and the check of somebody's domain could prepare a statement in this session, or change as whom conditions run;
- before the rule is asked, PostgreSQL makes a view of its condition, and what the view uses is looked up;
- it runs as that role, read-only, in a subtransaction that is undone;
- it is cancelled after `condition_timeout` seconds, and gets no more than MEMORY.

Where one of them refuses, the rule cannot be evaluated, and keeps.
"""

from __future__ import annotations

import re
import time

from .change import Key
from .cleanup import Matches
from .errors import ConditionInvalid, ConditionRefused
from .limits import Deadline, memory

QUERY_CANCELED = "57014"
LATER = ("42P01", "42703", "42883", "42704", "3F000", "42501")  # no such table, column, function, type, schema, or no right to it: there may be one tomorrow
TIMEOUT = 60  # seconds
MEMORY = 512 * 2**20  # bytes
ROLE = "tabula_rasa_cleanup_policy"
GRANTED = f"EXISTS (SELECT FROM aclexplode({{}}) WHERE grantee = '{ROLE}'::regrole AND grantor <> grantee AND privilege_type = '{{}}')"  # what it owns is not granted
# Who could do as much without a rule: a superuser, and the extension's owner.
TRUSTED = "EXISTS (SELECT FROM pg_roles WHERE pg_roles.oid = {} AND (rolsuper OR pg_roles.oid IN (SELECT extowner FROM pg_extension WHERE extname = 'tabula_rasa')))"

# PostgreSQL's own stable functions that look at nothing but their arguments, the clock, the time zone (UTC) and the text search configurations.
STABLE = (
    "^(age|now|(statement|transaction)_timestamp|date_part|date_trunc|extract|generate_series|make_timestamptz|overlaps|timezone"
    "|concat|concat_ws|format|quote_literal|quote_nullable|to_(char|date|number|timestamp|tsvector)|(to|plainto|phraseto|websearch_to)_tsquery|ts_headline"
    "|array_to_(json|string)|row_to_json|to_jsonb?|jsonb?_(build|populate|to|path)_.*)$"
)
# Types whose input looks something up by its name; a text search configuration is harmless.
LOOKS_UP = "^_?(reg(?!config)|aclitem)"
# PostgreSQL calls these immutable as well; they look into its catalogs, or compute for hours and never listen to a cancel.
LOOKING = "^(pg_partition_.*|satisfies_hash_partition|pg_indexam_progress_phasename|ts_(parse|token_type|lexize)|acldefault|makeaclitem|pg_walfile_.*|.*_fdw_validator)$"
DEAF = "^(xpath|xpath_exists|xmlexists|xmlvalidate)$"

# Schemas in which others make things, and what would run of the session's own temporary types, whose names need no schema.
_OTHERS = f"""
SELECT nspname::text AS schema FROM pg_namespace WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'tabula_rasa', 'aws') AND (
    nspname ~ '^pg_temp_' OR NOT {TRUSTED.format("nspowner")} OR EXISTS (SELECT FROM aclexplode(nspacl) WHERE privilege_type = 'CREATE' AND NOT {TRUSTED.format("grantee")})
)
UNION ALL SELECT 'pg_temp' ORDER BY 1
"""
_TEMPORARY = """
WITH checked AS (SELECT oid FROM pg_type WHERE oid >= 16384 AND typtype IN ('c', 'd', 'm', 'r'))
SELECT oid::regtype::text AS name FROM pg_type t WHERE typnamespace = pg_my_temp_schema() AND (
    typtype IN ('d', 'm', 'r') OR typtype = 'c' AND EXISTS (
        SELECT FROM pg_attribute a JOIN pg_type c ON c.oid = atttypid
        WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped AND (c.oid IN (SELECT oid FROM checked) OR c.typelem IN (SELECT oid FROM checked))
    )
) ORDER BY 1 LIMIT 1
"""

_USED = f"""
WITH function AS (
    SELECT unnest($1) AS oid UNION SELECT oprcode FROM pg_operator WHERE oid = ANY ($2)
), relation AS (
    SELECT c.oid, {TRUSTED.format("relowner")} AND (
            {GRANTED.format("relacl", "SELECT")} OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND {GRANTED.format("attacl", "SELECT")})
        ) OR c.oid = 'aws.resource'::regclass OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid AND inhparent = 'aws.resource'::regclass) AS allowed
    FROM pg_class c WHERE c.oid = ANY ($3)
)
SELECT 'function ' || p.oid::regprocedure AS what, CASE
        WHEN NOT {TRUSTED.format("proowner")} THEN 'It is not a superuser''s.'
        WHEN NOT own THEN 'It is not one of PostgreSQL''s own.'
        WHEN proname ~ '{DEAF}' THEN 'Nothing stops it while it computes.'
        WHEN provolatile = 'v' THEN 'It does more than compute.'
        ELSE 'It looks at more than its arguments.'
    END AS why, 'EXECUTE ON FUNCTION ' || p.oid::regprocedure AS right
FROM pg_proc p, LATERAL (SELECT pronamespace = 'pg_catalog'::regnamespace AND p.oid < 16384 AS own) AS o
WHERE oid IN (SELECT oid FROM function) AND NOT ({TRUSTED.format("proowner")} AND {GRANTED.format("proacl", "EXECUTE")}) AND NOT (own AND proname !~ '{LOOKING}' AND proname !~ '{DEAF}' AND (
    provolatile = 'i' OR provolatile = 's' AND NOT 'xid'::regtype = ANY (proargtypes) AND (prokind <> 'f' OR proname ~ $5
        OR EXISTS (SELECT FROM pg_operator WHERE oprcode = p.oid) OR EXISTS (SELECT FROM pg_cast WHERE castfunc = p.oid))
))
UNION ALL
SELECT 'table ' || oid::regclass, 'It is no table of the mirror, nor granted and a superuser''s.', 'SELECT ON ' || oid::regclass FROM relation WHERE NOT allowed
UNION ALL
SELECT 'type ' || oid::regtype, 'Its values are looked up in the system''s catalogs.', NULL FROM pg_type WHERE oid = ANY ($4) AND typname ~ $6
UNION ALL
SELECT pg_describe_object(refclassid, refobjid, 0), 'It is not one of PostgreSQL''s own.', NULL
FROM pg_depend JOIN pg_rewrite w ON w.oid = objid
WHERE classid = 'pg_rewrite'::regclass AND ev_class = $7 AND refobjid >= 16384 AND refclassid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass)
AND NOT EXISTS (SELECT FROM pg_type t JOIN relation ON relation.oid = typrelid WHERE refclassid = 'pg_type'::regclass AND t.oid = refobjid AND allowed)
"""


def matches(database, account_id, rules, types):
    """Matches of the rules over the records that the mirror has of these types."""
    found, types = Matches(), database.types_with_records(account_id, types)
    seconds = float(database.settings().get("condition_timeout", TIMEOUT))
    with database.undone():
        for rule in rules:
            _match(database, account_id, rule, sorted(types.intersection(_tables(database, rule.resource_type))), found, seconds)
    return found


def _match(database, account_id, rule, names, found, seconds):
    """One query for the whole rule where its condition speaks of what all types have; else one per type."""
    until = time.monotonic() + seconds

    def ask(relation, shape, names):
        if not rule.built_in and rule.condition is not None:
            with database.undone():  # one of its own: what is asked is asked with nothing left of the looking
                require(database, rule, shape)
        with database.undone():
            return _matching(database, rule, relation, account_id, names)

    if len(names) > 1:
        try:
            found.add(rule, _in_time(database, until - time.monotonic(), seconds, lambda: ask(database.relation(names), database.relation([]), names)))
            return
        except ConditionRefused as refused:
            for name in names:
                found.fail(rule, name, str(refused))
            return
        except database.Error as error:  # a column that only some types have: each type is asked, and tells what is wrong
            if error.sqlstate == QUERY_CANCELED:
                raise
    for name in names:
        table = database.table(name)
        try:
            found.add(rule, _in_time(database, until - time.monotonic(), seconds, lambda: ask(table, table, [name])))
        except ConditionRefused as refused:
            found.fail(rule, name, str(refused))
        except database.Error as error:
            if error.sqlstate == QUERY_CANCELED:  # the caller's cancel is no fault of the condition's
                raise
            found.fail(rule, name, told(error))


def _matching(database, rule, relation, account_id, names):
    """Keys of the account's records of these types, in the relation, that a rule's condition matches. To be undone by the caller.

    It reads only: said in the same execute, for PostgreSQL forgets that at a subtransaction's end.
    """
    query = (
        f"SELECT resource_type, region, resource_id FROM {relation} AS r WHERE account_id = {database.literal(account_id)} "
        f"AND resource_type = ANY (ARRAY[{', '.join(map(database.literal, names))}]) AND ({'true' if rule.condition is None else rule.condition}\n)"
    )
    rows = database.rows(f"SET LOCAL transaction_read_only = on; SELECT * FROM tabula_rasa.records_matching({database.literal(query)})")
    return {Key(row["resource_type"], row["region"], row["resource_id"]) for row in rows}


def _tables(database, pattern):
    """The types like a pattern that have a table."""
    rows = database.rows(
        """SELECT relname AS name FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
           WHERE inhparent = 'aws.resource'::regclass AND relname LIKE $1 ORDER BY 1""", ("text", pattern),
    )
    return [row["name"] for row in rows]


def _in_time(database, left, seconds, work):
    """work(), unless it takes longer than what is `left` of a rule's `seconds`: ConditionRefused."""
    deadline = Deadline(max(left, 0))
    try:
        with deadline, memory(MEMORY):
            return work()
    except database.Error as error:
        if not (deadline.passed and error.sqlstate == QUERY_CANCELED):
            raise
    finally:
        if deadline.passed:
            database.meet_cancel()
    raise ConditionRefused(f"the condition took longer than {seconds:g} s", hint="Make it simpler, or raise condition_timeout in the table setting.")


def require(database, rule, relation):
    """Raises ConditionRefused unless the rule's condition, over a relation, uses nothing but what one may. To be undone by the caller."""
    _require_names(database, rule)
    view = database.rows("SELECT tabula_rasa.condition_view($1, $2) AS oid", ("text", relation), ("text", rule.condition))[0]["oid"]
    tree = database.rows("SELECT ev_action::text AS tree FROM pg_rewrite WHERE ev_class = $1", ("oid", view))[0]["tree"]
    # What a user named stands in it with a backslash before each space, so it cannot be taken for one of these.
    for mark, what, why in (
        (":hasForUpdate true", "FOR UPDATE", "It does more than look."), (r"\{TABLESAMPLECLAUSE", "TABLESAMPLE", "It does more than look."),
        (r"\{TABLEFUNC (?!:functype 1)", "XMLTABLE", "Nothing stops it while it computes."),  # 1 is JSON_TABLE
    ):
        if re.search(mark, tree):
            raise _refused(rule, what, why)
    for number in re.findall(r"\{SQLVALUEFUNCTION :op (\d+)", tree):
        if int(number) > 8:  # after CURRENT_DATE … LOCALTIMESTAMP come CURRENT_ROLE … CURRENT_SCHEMA
            raise _refused(rule, "the session's user, role, database or schema", "It would not mean the same for everybody.")
    used = database.rows(
        _USED,
        ("oid[]", _oids(r"(?:funcid|fnoid|Func)", tree)), ("oid[]", _oids(r"(?:opno|sortop|eqop|opnos|neop)", tree)), ("oid[]", sorted({*_oids("relid", tree)} - {view})),
        ("oid[]", _oids("(?:type|types)", tree)), ("text", STABLE), ("text", LOOKS_UP), ("oid", view),
    )
    if used:
        raise _refused(rule, **used[0])


def _require_names(database, rule):
    """Raises ConditionRefused if the condition names a schema in which others make things; before PostgreSQL reads it, for that may run what they made.

    Names are looked for in the text as it is, in strings and remarks, too: too many are found rather than one too few.
    """
    if 'u&"' in rule.condition.lower():
        raise _refused(rule, 'U&"', "What it names cannot be seen.")
    for each in database.rows(_OTHERS):
        if _names(rule.condition, each["schema"]):
            raise _refused(rule, f"schema {each['schema']}", "Others than superusers make things in it, and those would run with the rights of whoever asks.")
    for each in database.rows(_TEMPORARY):
        raise _refused(rule, f"type {each['name']}", "It is temporary, needs no schema to be named, and has checks that would run.")


def _names(condition, schema):
    """Might this schema be named, before a dot or a remark? PostgreSQL cuts names to 63 bytes, so a long one may go on."""
    text, name = (re.sub('"+', " ", each).lower() for each in (condition, schema))
    return re.search(rf"(?<![^\W\d]){re.escape(name)}{'[^.]*?' if len(schema.encode()) > 59 else ''}\s*(\.|/\*|--)", text)


def _oids(field, tree):
    """The numbers in all fields of a tree whose names end like this: `:opno 96`, `:opnos (o 96 97)`."""
    found = re.findall(rf":\w*{field} (?:(\d+)|\(o ([\d ]*)\))", tree)
    return sorted({int(each) for one, several in found for each in (one, *several.split()) if each})


def _refused(rule, what, why, right=None):
    return ConditionRefused(
        f"the condition may not use {what}", detail=why,
        hint="A condition may use the mirror, functions that only compute, and what is a superuser's, in a schema of superusers, and granted by name."
        + (f" For this one: GRANT {right} TO {ROLE}." if right else ""),
    )


def check(database, rule):
    """Raises ConditionRefused or ConditionInvalid for a rule that is being written. What may be there later (a table, a column, a function) is no error."""
    names = _tables(database, rule.resource_type)
    relations = [database.relation([])] if len(names) != 1 else []  # what all types have
    for relation in [*relations, *map(database.table, names)]:
        try:
            with database.undone():
                return require(database, rule, relation)
        except database.Error as error:
            if error.sqlstate not in LATER:
                raise ConditionInvalid(f"the condition cannot be evaluated: {told(error)}", hint="Give one SQL expression that is true or false, over the columns of r.") from None


def told(error):
    """PostgreSQL's message, without what PL/Python puts before it."""
    return re.sub(r"^(spiexceptions\.)?\w+: ", "", str(error).partition("\n")[0])
