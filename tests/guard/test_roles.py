"""Who may do what: the four roles against every object of both schemas, as the catalogs say and as members of the roles find it."""

import subprocess
from itertools import count

import psycopg
import pytest
from psycopg import errors, sql

from embedded import EmbeddedPostgres
from matrix import ADMINISTRATOR, COLUMNS, CONDITIONS, EDITOR, FUNCTIONS, INHERITS, MIRROR, OPERATOR, READER, RELATIONS, ROLES, RULE

OURS = "('aws'::regnamespace, 'tabula_rasa'::regnamespace)"
PRIVILEGES = "(VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) AS p (privilege)"
_numbers = count(1)


@pytest.fixture(scope="module")
def contents(postgres):
    """Rows of a query on the database as the extension makes it."""
    postgres.create_database("roles", template="with_extension")
    with postgres.connect("roles") as connection:
        yield lambda query, *arguments: connection.execute(query, arguments or None).fetchall()


@pytest.fixture
def member(postgres, database):
    """member(role): a connection of someone to whom that role, and nothing else, was granted; member(): of nobody special."""
    opened = []

    def connect(*roles):
        name = f"member_{next(_numbers)}"
        with postgres.connect(database) as connection:
            connection.execute(f"CREATE ROLE {name} LOGIN")
            for role in roles:
                connection.execute(f"GRANT {role} TO {name}")
        opened.append((name, postgres.connect(database, user=name)))
        return opened[-1][1]

    yield connect
    for name, connection in opened:
        connection.close()
        with postgres.connect(database) as connection:
            connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def denied(connection, *statements):
    """Each statement is refused for want of a right, and for nothing else."""
    for statement in statements:
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)
            pytest.fail(f"went through: {statement}")


def allowed(granted):
    return {(role, each) for role in ROLES for source in INHERITS[role] for each in granted.get(source, ())}


# -- as the catalogs say


def test_every_relation_has_just_these_privileges(contents):
    found = {}
    for name, role, privilege, yes in contents(
        f"""SELECT CASE WHEN relnamespace = 'aws'::regnamespace THEN 'aws.' ELSE '' END || relname, role, privilege, has_table_privilege(role, c.oid, privilege)
            FROM pg_class c, unnest(%s::text[]) AS role, {PRIVILEGES} WHERE relnamespace IN {OURS} AND relkind NOT IN ('i', 'I', 'c')""",
        ROLES,
    ):
        found.setdefault(name, set()).update({(role, privilege)} if yes else ())
    mirror = {name for name in found if name.startswith("aws.")}
    assert "aws.resource" in mirror and len(mirror) > 100
    assert found.keys() - mirror == RELATIONS.keys()
    for name in found:
        assert found[name] == allowed(MIRROR if name in mirror else RELATIONS[name]), name


def test_every_column_has_just_these_privileges(contents):
    """Grants on columns, beyond those on their tables."""
    found = set(contents(
        f"""SELECT relname, attname, role, privilege FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid, unnest(%s::text[]) AS role, {PRIVILEGES}
            WHERE relnamespace IN {OURS} AND relkind IN ('r', 'v') AND NOT attisdropped AND privilege NOT IN ('DELETE', 'TRUNCATE', 'TRIGGER')
            AND has_column_privilege(role, c.oid, attnum, privilege) AND NOT has_table_privilege(role, c.oid, privilege)""",
        ROLES,
    ))
    assert found == {
        (table, column, role, "SELECT") for table in COLUMNS for column in COLUMNS[table] for role in ROLES if (role, "SELECT") not in allowed(RELATIONS[table])
    } | {("cleanup_policy", column, ADMINISTRATOR, privilege) for column in RULE for privilege in ("INSERT", "UPDATE")}


def test_every_function_may_be_called_by_just_these(contents):
    """Trigger functions by nobody: who may call one may hang it on a table of his own."""
    found = {}
    for name, trigger, role, yes in contents(
        f"""SELECT proname, prorettype = 'trigger'::regtype, role, has_function_privilege(role, p.oid, 'EXECUTE')
            FROM pg_proc p, unnest(%s::text[]) AS role WHERE pronamespace IN {OURS}""",
        ROLES,
    ):
        callers = found.setdefault(name, (trigger, set()))[1]
        callers.update({role} if yes else ())
    assert {name for name, (trigger, _) in found.items() if not trigger} == FUNCTIONS.keys()
    for name, (trigger, callers) in found.items():
        assert callers == {role for role in ROLES if not trigger and INHERITS[role] & FUNCTIONS[name]}, name


def test_the_schemas_may_be_used_not_filled(contents):
    rows = contents(
        f"""SELECT role, has_schema_privilege(role, n.oid, 'USAGE'), has_schema_privilege(role, n.oid, 'CREATE')
            FROM pg_namespace n, unnest(%s::text[]) AS role WHERE n.oid IN {OURS}""",
        ROLES,
    )
    assert set(rows) == {(role, True, False) for role in ROLES}


def test_nobody_else_is_granted_anything(contents):
    strangers = contents(
        f"""SELECT what, grantee::regrole, privilege_type, is_grantable FROM (
                SELECT oid::regclass::text, relacl, relowner FROM pg_class WHERE relnamespace IN {OURS}
                UNION ALL SELECT attrelid::regclass || '.' || attname, attacl, relowner FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace IN {OURS}
                UNION ALL SELECT oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)), proowner FROM pg_proc WHERE pronamespace IN {OURS}
                UNION ALL SELECT nspname, nspacl, nspowner FROM pg_namespace WHERE oid IN {OURS}
            ) AS objects (what, acl, owner), aclexplode(acl)
            WHERE grantee <> owner AND (is_grantable OR NOT grantee = ANY (%s::regrole[]))""",
        ROLES,
    )
    tables = ["caller.access_key_id", "reading", "reference", "subnet_internet_path"]
    assert set(strangers) == {("unreviewed_types()", CONDITIONS, "EXECUTE", False), *((each, CONDITIONS, "SELECT", False) for each in tables)}


def test_the_roles_themselves_can_do_nothing_else(contents):
    special = "rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
    assert contents(f"SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND ({special})", [*ROLES, CONDITIONS]) == []
    members = contents("SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members WHERE member::regrole::text = ANY (%s)", [*ROLES, CONDITIONS])
    assert set(members) == {(EDITOR, READER), (OPERATOR, EDITOR), (ADMINISTRATOR, READER), (CONDITIONS, READER)}
    assert contents("SELECT member::regrole FROM pg_auth_members WHERE roleid = %s::regrole", CONDITIONS) == []


def test_what_an_editor_writes_always_meets_a_trigger(contents):
    """On every table of the mirror row triggers see each INSERT (4), DELETE (8) and UPDATE (16), of whatever column."""
    seen = dict(contents(
        """SELECT c.oid::regclass::text, coalesce(bit_or(tgtype & 28), 0) FROM pg_class c
           LEFT JOIN pg_trigger ON tgrelid = c.oid AND tgtype & 1 = 1 AND tgenabled IN ('O', 'A') AND tgattr = '' AND tgqual IS NULL
           WHERE relnamespace = 'aws'::regnamespace AND relkind = 'r' GROUP BY 1""",
    ))
    assert {table for table, events in seen.items() if events != 4 + 8 + 16} == set()


# -- as its members find it


def test_a_reader_reads(world, member):
    world.mirror()
    reader = member(READER)
    for relation in [f"tabula_rasa.{name}" for name, granted in RELATIONS.items() if READER in granted] + ["aws.resource", "aws.ec2_vpc"]:
        reader.execute(f"SELECT * FROM {relation} LIMIT 1")
    for table, columns in COLUMNS.items():
        assert reader.execute(f"SELECT {', '.join(columns)} FROM {table}").rowcount == 1
    (vpc,), = reader.execute("SELECT resource_id FROM aws.ec2_vpc").fetchall()
    assert reader.execute("SELECT verdict FROM explain_cleanup('ec2_vpc', %s)", (vpc,)).fetchall()[-1] == ("keep",)
    assert reader.execute("SELECT count(*) FROM resource_type").fetchone()[0] > 100


def test_a_reader_does_nothing_else(member):
    denied(
        member(READER),
        "INSERT INTO aws.ec2_vpc SELECT * FROM aws.ec2_vpc WHERE false", "UPDATE aws.resource SET tags = '{}' WHERE false",
        "DELETE FROM aws.resource WHERE false",
        "UPDATE cleanup_policy SET enabled = false", "DELETE FROM run", "SELECT * FROM mirror_account()", "SELECT * FROM delete_all_records(dry_run => true)",
        "SELECT * FROM restore_account_defaults()", "SELECT * FROM enable_services('*')", "SELECT * FROM doctor()",
    )


@pytest.mark.parametrize("role", [READER, EDITOR, OPERATOR])
def test_how_the_tool_gets_into_an_account_is_hidden(member, database, postgres, role):
    with postgres.connect(database) as connection:
        connection.execute(
            """INSERT INTO account (account_id, role_arn, external_id, profile, endpoint_url)
               VALUES ('123456789012', 'arn:aws:iam::123456789012:role/x', 'told to nobody', 'hidden', 'http://localhost')""",
        )
    connection = member(role)
    hidden = ["role_arn", "external_id", "profile", "endpoint_url", "refuse_alias"]
    denied(connection, "SELECT * FROM account", "SELECT a FROM account a", "SELECT to_jsonb(a) FROM account a", *(f"SELECT {each} FROM account" for each in hidden))
    denied(connection, "SELECT 1 FROM account WHERE external_id LIKE 't%'", "COPY account TO stdout", "UPDATE account SET disposable = true")
    denied(connection, "SELECT access_key_id FROM caller", "SELECT * FROM setting")
    assert connection.execute("SELECT attname FROM pg_stats WHERE tablename = 'account' AND attname = ANY (%s)", (hidden,)).fetchall() == []


def test_an_editor_writes_to_the_mirror_only(member):
    editor = member(EDITOR)
    editor.execute("INSERT INTO aws.ec2_vpc SELECT * FROM aws.ec2_vpc WHERE false")
    editor.execute("UPDATE aws.resource SET tags = '{}' WHERE false")
    editor.execute("DELETE FROM aws.resource WHERE false")
    for name in RELATIONS.keys() - {"resource_type", "subnet_internet_path", "run_progress", "run_run_id_seq", "edit_edit_id_seq"}:
        denied(editor, f"INSERT INTO {name} DEFAULT VALUES", f"DELETE FROM {name}", f"TRUNCATE {name}")
    denied(
        editor, "UPDATE edit SET error = NULL", "UPDATE run SET status = 'done'", "UPDATE journal SET outcome = 'done'", "SELECT nextval('run_run_id_seq')",
        "SELECT * FROM delete_all_records(dry_run => true)", "SELECT * FROM restore_account_defaults(dry_run => true)", "SELECT * FROM enable_services('*')",
        "SELECT * FROM doctor()",
    )


@pytest.mark.parametrize("role", [EDITOR, OPERATOR])
def test_triggers_cannot_be_passed_by(member, contents, role):
    editor = member(role)
    functions = contents(f"SELECT oid::regproc::text FROM pg_proc WHERE pronamespace IN {OURS} AND prorettype = 'trigger'::regtype")
    editor.execute("CREATE TEMP TABLE mine (LIKE aws.ec2_vpc)")
    denied(
        editor,
        "SET session_replication_role = replica", "SELECT set_config('session_replication_role', 'replica', false)",
        "TRUNCATE aws.resource", "TRUNCATE aws.ec2_vpc",
        "ALTER TABLE aws.ec2_vpc DISABLE TRIGGER ALL", "ALTER TABLE aws.ec2_vpc DISABLE TRIGGER USER",
        "CREATE RULE r AS ON DELETE TO aws.ec2_vpc DO INSTEAD NOTHING",
        "CREATE TRIGGER t BEFORE INSERT ON aws.ec2_vpc FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TABLE aws.mine ()", "CREATE TABLE tabula_rasa.mine ()",
        "CREATE TEMP TABLE child () INHERITS (aws.resource)", "ALTER TABLE mine INHERIT aws.resource",
        "DROP TABLE aws.ec2_vpc CASCADE", "ALTER EXTENSION tabula_rasa DROP TABLE aws.ec2_vpc", "DROP EXTENSION tabula_rasa",
        *(f"CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION {name[0]}()" for name in functions),
    )


def test_an_editor_stages_and_an_operator_applies(world, member):
    editor, reader, operator = member(EDITOR), member(READER), member(OPERATOR)
    world.mirror()
    editor.execute("INSERT INTO aws.ec2_vpc (resource_id, cidr_block) VALUES ('mine', '10.9.0.0/16')")
    assert reader.execute('SELECT resource_id, "session_user" FROM edit').fetchall() == [("mine", editor.info.user)]
    assert reader.execute("SELECT resource_id, action FROM preview_changes()").fetchall() == [("mine", "create")]
    denied(reader, "SELECT * FROM apply_changes()", "SELECT * FROM discard_changes()", "SELECT * FROM delete_cascade('ec2_vpc', 'mine')")
    denied(editor, "SELECT * FROM apply_changes()")
    assert operator.execute("SELECT action, status FROM apply_changes()").fetchall() == [("create", "done")]
    assert "10.9.0.0/16" in {vpc["CidrBlock"] for vpc in world.aws("ec2").describe_vpcs()["Vpcs"]}
    assert reader.execute("SELECT count(*) FROM edit").fetchone() == (0,)


def test_triggers_are_on_again_after_the_mirror_was_read(world, member):
    with member(EDITOR).transaction() as transaction:
        transaction.connection.execute("SELECT * FROM mirror_account(resource_types => ARRAY['ec2_vpc'])")
        assert transaction.connection.execute("SHOW session_replication_role").fetchone() == ("origin",)


def test_an_operator_wipes_and_restores(world, member):
    operator = member(OPERATOR)
    world.aws("ec2").create_key_pair(KeyName="left-over")
    assert operator.execute("SELECT resource_type, status FROM delete_all_records() WHERE action = 'delete'").fetchall() == [("ec2_key_pair", "deleted")]
    assert operator.execute("SELECT * FROM restore_account_defaults()").fetchall() == []
    assert world.sql('SELECT DISTINCT "session_user" FROM run') == [{"session_user": operator.info.user}]
    denied(operator, "UPDATE cleanup_policy SET enabled = false", "UPDATE account SET disposable = true")
    denied(operator, "SELECT * FROM enable_services('*')", "SELECT * FROM disable_services('*')", "SELECT * FROM doctor()")


def test_an_administrator_decides_and_changes_nothing_in_aws(member):
    administrator = member(ADMINISTRATOR)
    run = administrator.execute
    run("INSERT INTO account (account_id, name, role_arn) VALUES ('123456789012', 'test', 'arn:aws:iam::123456789012:role/x')")
    run("UPDATE account SET disposable = true, external_id = 'x'")
    run("INSERT INTO cleanup_policy (name, reason) VALUES ('mine', 'I want it')")
    run("UPDATE cleanup_policy SET enabled = false WHERE name = 'default-vpc'")
    run("DELETE FROM cleanup_policy WHERE name = 'mine'")
    run("INSERT INTO setting (name, value) VALUES ('patience', '2')")
    assert {name for name, in run("SELECT check_name FROM doctor()")} >= {"catalog", "journal connection"}
    assert {name for name, _ in run("SELECT * FROM disable_services('sqs')")} == {name for name, _ in run("SELECT * FROM enable_services('sqs')")} != set()
    run("DELETE FROM account")
    denied(
        administrator,
        "SELECT * FROM delete_all_records(dry_run => true)", "SELECT * FROM restore_account_defaults(dry_run => true)",
        "DELETE FROM aws.resource", "DELETE FROM journal", "DELETE FROM enabled_service", "TRUNCATE cleanup_policy",
        "ALTER TABLE cleanup_policy DISABLE TRIGGER ALL", "SELECT access_key_id FROM caller",
    )


# -- over time


def grants(connection, relation="aws.resource"):
    rows = connection.execute(
        "SELECT grantee::regrole::text, privilege_type, is_grantable FROM pg_class c, aclexplode(relacl) WHERE c.oid = %s::regclass AND grantee <> relowner", (relation,),
    ).fetchall()
    return set(rows)


def remade(connection):
    """sqs_queue as a table that was made later than the extension."""
    connection.execute("ALTER EXTENSION tabula_rasa DROP TABLE aws.sqs_queue; DROP TABLE aws.sqs_queue")
    connection.execute("SELECT tabula_rasa.enable_services('sqs')")


def test_a_table_made_later_is_for_whom_the_mirror_is(postgres, database, member):
    auditor, analyst = member(), member()
    with postgres.connect(database) as connection:
        connection.execute(f"GRANT SELECT ON aws.resource TO {auditor.info.user} WITH GRANT OPTION; GRANT SELECT ON aws.sns_topic TO {analyst.info.user}")
        connection.execute(f"REVOKE DELETE ON aws.resource FROM {EDITOR}")
        before = grants(connection, "aws.sns_topic")
        remade(connection)
        assert grants(connection, "aws.sqs_queue") == grants(connection) == {
            (READER, "SELECT", False), (EDITOR, "INSERT", False), (EDITOR, "UPDATE", False), (auditor.info.user, "SELECT", True),
        }
        assert grants(connection, "aws.sns_topic") == before


def everything(connection):
    """All grants on the extension's objects, by name."""
    return set(connection.execute(
        f"""SELECT what, grantee::regrole::text, privilege_type, is_grantable FROM (
                SELECT oid::regclass::text, relacl FROM pg_class WHERE relnamespace IN {OURS}
                UNION ALL SELECT attrelid::regclass || '.' || attname, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace IN {OURS}
                UNION ALL SELECT oid::regprocedure::text, proacl FROM pg_proc WHERE pronamespace IN {OURS}
                UNION ALL SELECT nspname, nspacl FROM pg_namespace WHERE oid IN {OURS}
            ) AS objects (what, acl), aclexplode(acl)"""
    ).fetchall())


def test_a_dump_in_another_cluster_has_the_roles_and_a_users_own_grants(postgres, database, member):
    name = member().info.user
    with postgres.connect(database) as connection:
        for what in ("USAGE ON SCHEMA aws, tabula_rasa", "SELECT ON aws.resource, aws.ec2_vpc, setting", "SELECT (role_arn) ON account"):
            connection.execute(f"GRANT {what} TO {name}")
        connection.execute(f"GRANT EXECUTE ON FUNCTION mirror_account TO {name}; REVOKE SELECT ON journal FROM {READER}")
        remade(connection)
    dump = subprocess.run(["pg_dump", postgres.conninfo(database)], check=True, capture_output=True, text=True).stdout
    with EmbeddedPostgres() as elsewhere:
        with elsewhere.connect() as connection:
            connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
        elsewhere.create_database("restored")
        elsewhere.psql(dump, "restored", "-o", "/dev/null")
        path = "-c search_path=pg_catalog"
        with postgres.connect(database, options=path) as before, elsewhere.connect("restored", options=path) as after:
            assert everything(after) == everything(before)
            assert (name, "SELECT", False) in grants(after, "aws.sqs_queue")
            assert (READER, "SELECT", False) not in grants(after, "tabula_rasa.journal")


def test_the_extension_can_be_dropped_while_roles_are_granted(postgres, database, member):
    reader = member(READER)
    with postgres.connect(database) as connection:
        connection.execute("DROP EXTENSION tabula_rasa")
        assert connection.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", (reader.info.user, READER)).fetchone() == (True,)
        connection.execute("CREATE EXTENSION tabula_rasa")
    assert reader.execute("SELECT count(*) FROM aws.resource").fetchone() == (0,)


def test_a_role_that_exists_is_left_as_it_is(postgres, member):
    postgres.create_database("second")
    with postgres.connect("second") as connection:
        connection.execute(f"ALTER ROLE {READER} LOGIN CONNECTION LIMIT 3; CREATE ROLE others; GRANT others TO {READER}")
        try:
            connection.execute("CREATE EXTENSION tabula_rasa CASCADE")
            found = connection.execute("SELECT rolcanlogin, rolconnlimit, pg_has_role(rolname, 'others', 'MEMBER') FROM pg_roles WHERE rolname = %s", (READER,))
            assert found.fetchone() == (True, 3, True)
        finally:
            connection.execute(f"ALTER ROLE {READER} NOLOGIN CONNECTION LIMIT -1; DROP ROLE others")


def test_a_superuser_of_that_name_is_refused(postgres):
    postgres.create_database("third")
    with postgres.connect("third") as connection:
        connection.execute(f"ALTER ROLE {EDITOR} SUPERUSER")
        try:
            with pytest.raises(psycopg.Error) as refused:
                connection.execute("CREATE EXTENSION tabula_rasa CASCADE")
        finally:
            connection.execute(f"ALTER ROLE {EDITOR} NOSUPERUSER")
    assert refused.value.diag.sqlstate == "55000" and EDITOR in refused.value.diag.message_primary and "NOSUPERUSER" in refused.value.diag.message_hint


def test_somebodys_schema_of_that_name_is_refused(postgres):
    """CREATE EXTENSION would use it, with the functions that its owner puts there for ours to meet: even while the extension is made."""
    postgres.create_database("fourth")
    with postgres.connect("fourth") as connection:
        connection.execute("CREATE ROLE squatter; GRANT CREATE ON DATABASE fourth TO squatter; SET ROLE squatter")
        connection.execute(
            """CREATE SCHEMA tabula_rasa;
               CREATE FUNCTION tabula_rasa.equal(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked as %', current_user; END $$;
               CREATE FUNCTION tabula_rasa.equal(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked as %', current_user; END $$;
               CREATE OPERATOR tabula_rasa.= (leftarg = name, rightarg = text, function = tabula_rasa.equal);
               CREATE OPERATOR tabula_rasa.= (leftarg = oid, rightarg = oid, function = tabula_rasa.equal); RESET ROLE"""
        )
        try:
            with pytest.raises(psycopg.Error) as refused:
                connection.execute("CREATE EXTENSION tabula_rasa CASCADE")
        finally:
            connection.execute("DROP OWNED BY squatter CASCADE; DROP ROLE squatter")
        assert refused.value.diag.sqlstate == "55000" and 'schema "tabula_rasa"' in refused.value.diag.message_primary and refused.value.diag.message_hint
        connection.execute("CREATE SCHEMA tabula_rasa; CREATE EXTENSION tabula_rasa CASCADE")  # as a restored dump does
