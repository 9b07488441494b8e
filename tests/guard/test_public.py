"""Nobody in particular can do nothing, and nobody's objects change what the extension's functions do."""

import pytest
from psycopg import errors

SCHEMAS = "('aws'::regnamespace, 'tabula_rasa'::regnamespace)"
CONDITIONS = {"records_matching", "condition_view"}  # these run as the role of the conditions


@pytest.fixture(scope="module")
def contents(postgres):
    """Rows of a query on the database as the extension makes it."""
    postgres.create_database("nobodys", template="with_extension")
    with postgres.connect("nobodys") as connection:
        yield lambda query: connection.execute(query).fetchall()


@pytest.fixture
def editor(world):
    """A connection of an editor who may make things in the schema public."""
    world.sql("CREATE ROLE mallory LOGIN; GRANT tabula_rasa_editor TO mallory; GRANT CREATE, USAGE ON SCHEMA public TO mallory; GRANT CREATE ON DATABASE " + world.database + " TO mallory")
    with world.postgres.connect(world.database, user="mallory") as connection:
        yield connection
    world.sql("DROP OWNED BY mallory; DROP ROLE mallory")


def test_public_may_do_nothing(contents):
    """Grantee 0 is PUBLIC. A type cannot be named by one who may not use its schema."""
    granted = contents(
        f"""SELECT what, privilege_type FROM (
                SELECT oid::regclass::text, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) FROM pg_class WHERE relnamespace IN {SCHEMAS}
                UNION ALL SELECT attrelid::regclass || '.' || attname, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace IN {SCHEMAS}
                UNION ALL SELECT oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace IN {SCHEMAS}
                UNION ALL SELECT nspname, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE oid IN {SCHEMAS}
            ) AS objects (what, acl), aclexplode(acl) WHERE grantee = 0"""
    )
    assert granted == []


def test_every_function_runs_as_its_owner_on_a_path_of_its_own(contents):
    """Triggers of the control tables, and what a view calls, run as their caller."""
    owner = contents("SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'tabula_rasa'")[0][0]
    rows = contents(f"SELECT proname, proowner::regrole::text, prosecdef, proconfig, prorettype = 'trigger'::regtype FROM pg_proc WHERE pronamespace IN {SCHEMAS}")
    assert len(rows) > 20
    for name, whose, definer, settings, trigger in rows:
        assert whose == ("tabula_rasa_cleanup_policy" if name in CONDITIONS else owner), name
        assert definer or trigger or name in ("may_see", "subnet_internet_paths"), name
        path = next(each for each in settings or () if each.startswith("search_path=")).removeprefix("search_path=")
        assert path in ("pg_catalog, tabula_rasa, aws, pg_temp", *(("pg_catalog, pg_temp",) if not definer else ())), name


def test_nothing_of_ours_is_elsewhere(contents):
    """No cast, operator or language of the extension's that others could meet."""
    members = contents("SELECT DISTINCT classid::regclass::text FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tabula_rasa')")
    assert {each for each, in members} <= {"pg_class", "pg_proc", "pg_type", "pg_namespace"}


@pytest.mark.parametrize("schema", ["public", "pg_temp"])
def test_objects_that_are_called_like_ours_change_nothing(world, editor, schema):
    """Tables, functions, operators, types and casts of an editor's, in the way of every path; he calls, and so does the owner."""
    evil = "RAISE EXCEPTION 'hijacked as %', current_user"
    for name in ("account", "setting", "edit", "resource", "cleanup_policy", "pg_class", "pg_extension", "pg_inherits", "jsonb_to_recordset", "run"):
        editor.execute(f"CREATE {'TEMP ' if schema == 'pg_temp' else ''}TABLE {schema}.{name} (account_id text, name text, value text)")
    for name, given in (("now", ""), ("jsonb_to_recordset", "jsonb"), ("quote_ident", "text"), ("to_jsonb", "anyelement"), ("split_part", "text, text, int"), ("coalesce_", "text"),
                        ("delete_all_records", ""), ("unreviewed_types", ""), ("hashtextextended", "text, bigint"), ("to_regclass", "text")):
        editor.execute(f"CREATE FUNCTION {schema}.{name}({given}) RETURNS text LANGUAGE plpgsql AS $$ BEGIN {evil}; END $$")
    for left in ("text", "jsonb"):
        editor.execute(f"CREATE FUNCTION {schema}.equals({left}, {left}) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN {evil}; END $$")
        for operator in ("=", "<>", "~~", "||"):
            editor.execute(f"CREATE OPERATOR {schema}.{operator} (leftarg = {left}, rightarg = {left}, function = {schema}.equals)")
    editor.execute(f"SET search_path = {schema}, public, tabula_rasa, aws, pg_catalog")
    assert {status for status, in editor.execute("SELECT status FROM tabula_rasa.mirror_account(resource_types => ARRAY['ec2_vpc', 'ec2_subnet'])")} == {"ok"}
    editor.execute("INSERT INTO aws.ec2_vpc (vpc_id, cidr_block) VALUES ('mine', '10.0.0.0/16')")
    assert editor.execute("SELECT resource_id, status FROM tabula_rasa.preview_changes()").fetchall() == [("mine", "planned")]
    (vpc,), = editor.execute("SELECT resource_id FROM aws.ec2_vpc WHERE is_default").fetchall()
    assert editor.execute("SELECT verdict FROM tabula_rasa.explain_cleanup('ec2_vpc', %s)", (vpc,)).fetchall()[-1] == ("keep",)
    assert editor.execute("SELECT status FROM tabula_rasa.discard_changes()").fetchall()
    world.sql("SET search_path = public, tabula_rasa, aws")
    assert world.sql("SELECT tabula_rasa.delete_all_records(dry_run => true)")


# {name: argument types}: what PostgreSQL prefers to its own for arguments as our statements have them, where both are on the path
BETTER = {
    "hashtextextended": "text, integer", "pg_try_advisory_lock": "numeric", "pg_advisory_lock": "numeric", "set_config": "text, text, boolean",
    "make_interval": "numeric", "unnest": "text[]", "aclexplode": "aclitem[]", "format_type": "oid, integer", "obj_description": "oid, text", "clock_timestamp": "",
}
OPERATORS = [
    ("||", "text", "bigint"), ("||", "text", "text"), ("=", "bigint", "bigint"), ("=", "text", "text"), ("=", "name", "text"), ("<>", "name", "name"),
    ("<>", "bigint", "bigint"), ("@>", "jsonb", "jsonb"), ("+", "timestamptz", "interval"),
]


@pytest.mark.parametrize("schema", ["public", '"$user"'])
def test_better_matching_objects_do_not_run_on_the_journals_connection(world, editor, schema):
    """Nor on the connection over which many tables are made: it has the owner's rights, and the database's search_path is for people."""
    evil = "RAISE EXCEPTION 'hijacked as %', current_user"
    place = schema
    if schema != "public":
        place = "postgres"
        world.sql("CREATE SCHEMA postgres AUTHORIZATION mallory")
        world.sql(f'ALTER DATABASE {world.database} SET search_path = "$user", public, tabula_rasa, aws, pg_catalog')
    for name, given in BETTER.items():
        editor.execute(f"CREATE FUNCTION {place}.{name}({given}) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN {evil}; END $$")
    for number, (operator, left, right) in enumerate(OPERATORS):
        result = "text" if operator == "||" else "boolean"
        editor.execute(f"CREATE FUNCTION {place}.meets_{number}({left}, {right}) RETURNS {result} LANGUAGE plpgsql AS $$ BEGIN {evil}; END $$")
        editor.execute(f"CREATE OPERATOR {place}.{operator} (leftarg = {left}, rightarg = {right}, function = {place}.meets_{number})")
    assert {status for status, in editor.execute("SELECT status FROM tabula_rasa.mirror_account(resource_types => ARRAY['ec2_vpc'])")} == {"ok"}
    world.sql("SET search_path = tabula_rasa, aws")
    assert world.sql("SELECT * FROM delete_all_records()")
    assert len(world.sql("SELECT * FROM enable_services('sagemaker', 'iot', 'connect', 'bedrock', 'glue', 'quicksight')")) > 200
    assert world.sql("SELECT * FROM disable_services('sagemaker', 'iot', 'connect', 'bedrock', 'glue', 'quicksight')")
    assert {each["ok"] for each in world.sql("SELECT ok FROM doctor()")} == {True}


@pytest.mark.parametrize("statement", [
    "DO LANGUAGE plpython3u $$ import boto3 $$", "CREATE FUNCTION public.f() RETURNS void LANGUAGE plpython3u AS 'import boto3'", "CREATE LANGUAGE plperlu",
    "CREATE OR REPLACE FUNCTION tabula_rasa.doctor() RETURNS void LANGUAGE sql AS ''", "ALTER FUNCTION tabula_rasa.mirror_account SET search_path = public",
    "CREATE EXTENSION dblink", "CREATE EXTENSION file_fdw", "ALTER EXTENSION tabula_rasa UPDATE", "COPY pg_class TO '/tmp/x'", "COPY pg_class TO PROGRAM 'true'",
    "SELECT pg_read_file('PG_VERSION')", "SELECT pg_ls_dir('.')", "SELECT lo_import('/etc/passwd')", "SELECT lo_export(1, '/tmp/x')", "LOAD '$libdir/plpython3'",
    "SET ROLE postgres", "SET SESSION AUTHORIZATION postgres", "SET session_preload_libraries = 'x'", "ALTER SYSTEM SET shared_preload_libraries = 'x'",
    "SELECT endpoint_url FROM account", "SELECT role_arn FROM account", "UPDATE account SET endpoint_url = 'http://evil.example'", "INSERT INTO setting VALUES ('journal_conninfo', 'host=evil')",
    "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER t BEFORE INSERT ON aws.ec2_vpc FOR EACH ROW EXECUTE FUNCTION public.f()",
    "CREATE CAST (text AS aws.ec2_vpc) WITH INOUT", "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.f()", "CREATE RULE r AS ON INSERT TO aws.ec2_vpc DO ALSO NOTHING",
])
def test_rights_on_the_mirror_reach_nothing_else(editor, statement):
    with pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported, errors.UndefinedFile, errors.InvalidTextRepresentation, errors.UndefinedFunction, errors.CantChangeRuntimeParam)) as refused:
        editor.execute(statement)
    assert isinstance(refused.value, errors.InsufficientPrivilege) or "LANGUAGE plperlu" in statement or "EXTENSION" in statement, refused.value
