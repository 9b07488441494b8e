"""In charge of the mirror's tables: made from the catalog and the SDK's model, and grown when these grow."""

from __future__ import annotations

from .catalog.columns import BASE_COLUMNS


def ensure(database, types):
    """Makes or extends the tables of the types; {name: number of columns}. They become members of the extension.

    A table in which the SDK has changed a column's type is emptied: the mirror is a cache, the next reading fills it.
    """
    existing, told = {}, {}
    for row in database.rows(
        """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, obj_description(c.oid, 'pg_class') AS comment FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           WHERE c.relnamespace = 'aws'::regnamespace AND c.relkind = 'r'"""
    ):
        existing.setdefault(row["relname"], {})[row["attname"]] = row["type"]
        told[row["relname"]] = row["comment"]
    for name, rt in types.items():
        found = existing.get(name)
        if found is None:
            _create(database, rt)
        else:
            _extend(database, rt, [each for each in rt.columns if each.name not in found])
            _retype(database, rt, [each for each in rt.columns if found.get(each.name, _shown(each)) != _shown(each)])
            if told[name] != _comment(rt):
                database.rows(f"COMMENT ON TABLE aws.{database.quote(name)} IS {_literal(_comment(rt))}")
    _join_extension(database, types)
    _watch(database)
    _grant(database, types.keys() - existing.keys())
    return {name: len(rt.columns) + len(BASE_COLUMNS) for name, rt in types.items()}


def _shown(column):
    """A column's type as format_type shows it."""
    return "timestamp with time zone" if column.type == "timestamptz" else column.type


def _comment(rt):
    noun = rt.name.removeprefix(rt.service.replace("-", "_") + "_").replace("_", " ")
    return f"{rt.service}: every {noun} of the mirrored accounts" + (f" ({rt.note})" if rt.note else "")


def _create(database, rt):
    quote, table = database.quote, f"aws.{database.quote(rt.name)}"
    columns = "".join(f"{quote(each.name)} {each.type}, " for each in rt.columns)
    database.rows(
        f"""CREATE TABLE {table} ({columns}
                CHECK (resource_type = {_literal(rt.name)}), PRIMARY KEY (account_id, region, resource_id)) INHERITS (aws.resource);
            ALTER TABLE {table} ALTER resource_type SET DEFAULT {_literal(rt.name)};
            COMMENT ON TABLE {table} IS {_literal(_comment(rt))};"""
        + _comments(database, rt, rt.columns)
    )
    database.rows(
        "DO $$ DECLARE c record; BEGIN FOR c IN SELECT attname, col_description(attrelid, attnum) AS said FROM pg_catalog.pg_attribute "
        f"WHERE attrelid = 'aws.resource'::regclass AND attnum > 0 LOOP EXECUTE format('COMMENT ON COLUMN {table}.%I IS %L', c.attname, c.said); END LOOP; END $$"
    )


def _extend(database, rt, columns):
    if columns:
        added = ", ".join(f"ADD COLUMN {database.quote(each.name)} {each.type}" for each in columns)
        # Emptied, for what is read by an expression would stay null until AWS changes something: the mirror is a cache, the next reading fills it.
        table = f"aws.{database.quote(rt.name)}"
        with database.staging.replicating():
            database.rows(f"DELETE FROM {table}")
        database.rows(f"ALTER TABLE {table} {added};" + _comments(database, rt, columns))


def _retype(database, rt, columns):
    if columns:
        table = f"aws.{database.quote(rt.name)}"
        altered = ", ".join(f"ALTER {database.quote(each.name)} TYPE {each.type} USING NULL" for each in columns)
        with database.staging.replicating():
            database.rows(f"DELETE FROM {table}")
        database.rows(f"ALTER TABLE {table} {altered}")


def _comments(database, rt, columns):
    table = f"aws.{database.quote(rt.name)}"
    return "".join(
        f"COMMENT ON COLUMN {table}.{database.quote(each.name)} IS {_literal(each.comment or f'{each.property}, as AWS gives it')};" for each in columns
    )


def _watch(database):
    """Every table stages what users write to it, and refuses TRUNCATE, which tells no rows."""
    for row in database.rows(
        """SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = 'aws'::regnamespace AND c.relkind = 'r'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'stage_edit')"""
    ):
        table = f"aws.{database.quote(row['relname'])}"
        database.rows(
            f"""CREATE TRIGGER stage_edit BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION tabula_rasa.stage_edit();
                CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION tabula_rasa.refuse_truncate();"""
        )


def _join_extension(database, types):
    """Tables made after CREATE EXTENSION join it, so that DROP EXTENSION takes them and a dump leaves them out."""
    strangers = database.rows(
        """SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relnamespace = 'aws'::regnamespace AND c.relname = ANY ($1)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')""",
        ("text[]", list(types)),
    )
    for row in strangers:
        database.rows(f"ALTER EXTENSION tabula_rasa ADD TABLE aws.{database.quote(row['relname'])}")


def _grant(database, names):
    """New tables are for those whom aws.resource is for. After they have joined: a dump has what is granted on a member later."""
    tables = ", ".join(f"aws.{database.quote(name)}" for name in sorted(names))
    granted = database.rows(
        """SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee, is_grantable,
                  string_agg(DISTINCT privilege_type, ', ') AS privileges
           FROM pg_catalog.pg_class c, aclexplode(c.relacl) WHERE c.oid = 'aws.resource'::regclass AND grantee <> c.relowner GROUP BY 1, 2"""
    ) if names else []
    for row in granted:
        database.rows(f"GRANT {row['privileges']} ON {tables} TO {row['grantee']}" + (" WITH GRANT OPTION" if row["is_grantable"] else ""))


def _literal(text):
    return "'" + text.replace("'", "''") + "'" if "\\" not in text else "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
