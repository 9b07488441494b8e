"""Row security by account, where it is asked for: whoever is not among an account's readers meets it nowhere, neither in tables nor through functions."""

import subprocess
from itertools import count

import psycopg
import pytest
from psycopg import errors

OPEN, HIDDEN = "111111111111", "222222222222"
READER, EDITOR, OPERATOR, ADMINISTRATOR = (f"tabula_rasa_{each}" for each in ("reader", "editor", "operator", "administrator"))
RELATIONS = ["aws.resource", "aws.ec2_vpc", "caller", "edit", "journal", "reading", "reference", "run", "run_progress"]
COLUMN = {"journal": "(SELECT r.account_id FROM run r WHERE r.run_id = journal.run_id)"}
CALLS = {  # function: what it is called with to be about the hidden account
    "check_account_defaults": "account => '{0}'",
    "delete_all_records": "account => '{0}', dry_run => true",
    "apply_changes": "account => '{0}'",
    "discard_changes": "account => '{0}'",
    "mirror_account": "account => '{0}'",
    "preview_changes": "account => '{0}'",
    "records_as_sql": "account => '{0}'",
    "restore_account_defaults": "account => '{0}', dry_run => true",
    "delete_cascade": "'ec2_vpc', 'vpc-{0}', '{0}'",
    "explain_cleanup": "'ec2_vpc', 'vpc-{0}', '{0}'",
    "record_as_sql": "'ec2_vpc', 'vpc-{0}', '{0}'",
}
UNKNOWN = "999999999999"
_numbers = count(1)


@pytest.fixture(scope="module")
def database(postgres):
    """One for all tests: each leaves it as it was."""
    postgres.create_database("row_security", template="with_extension")
    return "row_security"


@pytest.fixture(scope="module")
def owner(postgres, database):
    """A superuser's connection to a database that knows two accounts, each with a record, a run, an edit and more of its own."""
    with postgres.connect(database) as connection:
        for account in (OPEN, HIDDEN):
            connection.execute("INSERT INTO account (account_id, name, disposable, endpoint_url) VALUES (%s, 'of ' || %s, true, 'http://127.0.0.1:1')", (account, account))
            values = {"a": account}
            for statement in (
                "SET session_replication_role = replica",
                "INSERT INTO aws.ec2_vpc (account_id, region, resource_id, vpc_id, owner_id, name) VALUES (%(a)s, 'us-east-1', 'vpc-' || %(a)s, 'vpc-' || %(a)s, %(a)s, 'secret of ' || %(a)s)",
                "RESET session_replication_role",
                "INSERT INTO aws.ec2_vpc (account_id, region, resource_id, cidr_block) VALUES (%(a)s, 'us-east-1', 'staged in ' || %(a)s, '10.0.0.0/16')",
                "INSERT INTO caller (account_id, arn) VALUES (%(a)s, 'arn:aws:iam::' || %(a)s || ':role/x')",
                "INSERT INTO reading VALUES (%(a)s, 'us-east-1', 'ec2_vpc', now(), 1, 'ok', NULL)",
                "INSERT INTO reference VALUES (%(a)s, 'us-east-1', 'ec2_vpc', 'x', 'us-east-1', 'ec2_vpc', 'y', 'part')",
                """INSERT INTO run (function, account_id, "session_user") VALUES ('mirror_account', %(a)s, 'someone')""",
                "SELECT pg_advisory_lock(hashtextextended('tabula_rasa run ' || max(run_id), 0)) FROM run",
                """INSERT INTO journal (run_id, step, region, resource_type, resource_id, service, operation, request)
                   SELECT max(run_id), 1, 'us-east-1', 'ec2_vpc', 'vpc-' || %(a)s, 'ec2', 'DeleteVpc', '{}' FROM run""",
            ):
                connection.execute(statement, values if "%(" in statement else None)
        yield connection


@pytest.fixture(scope="module")
def member(postgres, database, owner):
    """member(role, …): the name and a connection of someone to whom these roles were granted."""
    opened = []

    def connect(*roles):
        name = f"person_{next(_numbers)}"
        owner.execute(f"CREATE ROLE {name} LOGIN")
        for role in roles:
            owner.execute(f"GRANT {role} TO {name}")
        opened.append((name, postgres.connect(database, user=name)))
        return opened[-1]

    yield connect
    for name, connection in reversed(opened):
        connection.close()
        owner.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.fixture(scope="module")
def restricted(owner, member):
    """A role that the hidden account is restricted to; from the first test that asks for it on."""
    name = f"team_{next(_numbers)}"
    owner.execute(f"CREATE ROLE {name}")
    owner.execute("UPDATE account SET readers = %s WHERE account_id = %s", ([name], HIDDEN))
    yield name
    owner.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


def accounts(connection, relation):
    table = relation.split(".")[-1]
    return {row[0] for row in connection.execute(f"SELECT {COLUMN.get(table, 'account_id')} FROM {relation}").fetchall()}


def told(connection, statement):
    """(SQLSTATE, message, detail, hint) of the error that a statement ends with."""
    with pytest.raises(psycopg.Error) as raised:
        connection.execute(statement)
        pytest.fail(f"went through: {statement}")
    return raised.value.diag.sqlstate, raised.value.diag.message_primary, raised.value.diag.message_detail, raised.value.diag.message_hint


# -- the matrix


def test_without_readers_everybody_who_reads_sees_everything(owner, member):
    _, connection = member(READER)
    for relation in RELATIONS:
        assert accounts(connection, relation) == {OPEN, HIDDEN}, relation
    assert owner.execute("SELECT count(*) FROM pg_class WHERE relrowsecurity").fetchone() == (0,), "nobody asked for it, so nobody pays"
    with owner.transaction(force_rollback=True):  # as a replica, and some ways to restore, write it: without triggers
        owner.execute("SET LOCAL session_replication_role = replica; UPDATE account SET readers = '{}'")
        assert owner.execute("SELECT count(*) FROM pg_class WHERE relrowsecurity").fetchone()[0] > 100


@pytest.mark.parametrize("roles, sees", [
    ([READER], False), ([EDITOR], False), ([OPERATOR], False), ([ADMINISTRATOR], True), ([READER, "team"], True), ([EDITOR, "team"], True), ([OPERATOR, "team"], True),
])
def test_who_sees_what(member, restricted, roles, sees):
    _, connection = member(*(restricted if each == "team" else each for each in roles))
    for relation in RELATIONS:
        assert accounts(connection, relation) == ({OPEN, HIDDEN} if sees else {OPEN}), relation


def test_being_a_reader_of_an_account_is_no_right_to_the_mirror(member, restricted):
    _, connection = member(restricted)
    for relation in RELATIONS:
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(f"SELECT * FROM {relation if '.' in relation else 'tabula_rasa.' + relation}")


def test_every_table_is_protected_and_so_is_one_made_later(owner, member, restricted):
    owner.execute("SELECT * FROM enable_services('glue')")
    bare = owner.execute(
        """SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'aws'::regnamespace AND relkind = 'r' AND NOT (relrowsecurity
           AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid AND polcmd = '*' AND polpermissive AND polroles = '{0}'))"""
    ).fetchall()
    assert bare == []
    owner.execute("SET session_replication_role = replica; INSERT INTO aws.glue_job (account_id, region, resource_id) VALUES ('222222222222', 'us-east-1', 'hidden'); RESET session_replication_role")
    assert accounts(member(READER)[1], "aws.glue_job") == set() and accounts(member(READER, restricted)[1], "aws.glue_job") == {HIDDEN}


@pytest.mark.parametrize("readers, sees", [("'{}'", False), ("'{no_such_role}'", False), ("NULL", True)])
def test_no_reader_is_nobody_and_null_is_everybody(owner, member, restricted, readers, sees):
    _, connection = member(OPERATOR)
    owner.execute(f"UPDATE account SET readers = {readers} WHERE account_id = '{HIDDEN}'")
    assert (HIDDEN in accounts(connection, "aws.ec2_vpc")) == sees
    assert (told(connection, f"SELECT * FROM mirror_account('{HIDDEN}')")[0] == "TR001") != sees
    assert accounts(owner, "aws.ec2_vpc") == {OPEN, HIDDEN}
    assert owner.execute("SELECT count(*) FROM preview_changes(%s)", (HIDDEN,)).fetchone()[0] == 1
    owner.execute("UPDATE account SET readers = ARRAY[%s::name] WHERE account_id = %s", (restricted, HIDDEN))


def test_only_administrators_say_who_reads(member, restricted):
    for role in (READER, EDITOR, OPERATOR):
        assert told(member(role, restricted)[1], "UPDATE account SET readers = NULL")[0] == "42501"
    name, administrator = member(ADMINISTRATOR)
    administrator.execute("UPDATE account SET readers = ARRAY[%s::name] WHERE account_id = %s", (name, OPEN))
    assert accounts(member(READER)[1], "aws.resource") == set()
    administrator.execute("UPDATE account SET readers = NULL WHERE account_id = %s", (OPEN,))


# -- functions: with the rights of the extension's owner, for the caller


@pytest.mark.parametrize("function", CALLS)
def test_a_hidden_account_is_as_unknown_as_one_that_is_not(member, restricted, function):
    _, outsider = member(OPERATOR)
    hidden, unknown = (told(outsider, f"SELECT * FROM {function}({CALLS[function].format(each)})") for each in (HIDDEN, UNKNOWN))
    assert hidden[0] == "TR001" and hidden == tuple(text and text.replace(UNKNOWN, HIDDEN) for text in unknown)
    assert HIDDEN not in hidden[2] and HIDDEN not in hidden[3]
    by_name = told(outsider, f"SELECT * FROM {function}({CALLS[function].format(HIDDEN).replace(repr(HIDDEN), repr('of ' + HIDDEN))})")
    assert by_name[0] == "TR001"


@pytest.mark.parametrize("function", ["delete_cascade", "explain_cleanup", "record_as_sql"])
def test_a_hidden_record_is_as_unknown_as_one_that_is_not(member, restricted, function):
    _, outsider = member(OPERATOR)
    hidden, unknown = (told(outsider, f"SELECT * FROM {function}('ec2_vpc', 'vpc-{each}')") for each in (HIDDEN, UNKNOWN))
    assert hidden == tuple(text and text.replace(UNKNOWN, HIDDEN) for text in unknown)


def test_a_member_calls_functions_on_it(member, restricted):
    _, insider = member(OPERATOR, restricted)
    for function in ("explain_cleanup", "preview_changes", "records_as_sql", "delete_cascade", "discard_changes"):
        with insider.transaction(force_rollback=True):
            insider.execute(f"SELECT * FROM {function}({CALLS[function].format(HIDDEN)})")
    assert told(insider, f"SELECT * FROM mirror_account('{HIDDEN}')")[0] != "TR001"


def test_who_sees_one_account_need_not_name_it(member, restricted):
    assert member(READER)[1].execute("SELECT resource_id FROM preview_changes()").fetchall() == [(f"staged in {OPEN}",)]
    assert told(member(READER, restricted)[1], "SELECT * FROM preview_changes()")[0] == "TR001"  # several


def test_the_caller_is_whom_set_role_named(owner, member, restricted):
    """Not the session's user, nor the owner of a function in between."""
    name, connection = member(READER)
    other, insider = member(READER, restricted)
    owner.execute(f"GRANT {other} TO {name}; ALTER ROLE {name} NOINHERIT; GRANT USAGE ON SCHEMA tabula_rasa, aws TO {name}")
    owner.execute(f"GRANT SELECT ON aws.ec2_vpc, account TO {name}; GRANT EXECUTE ON FUNCTION preview_changes, may_see TO {name}")
    ask = f"SELECT resource_id FROM preview_changes('{HIDDEN}')"
    assert accounts(connection, "aws.ec2_vpc") == {OPEN} and told(connection, ask)[0] == "TR001"
    connection.execute(f"SET ROLE {other}")
    assert accounts(connection, "aws.ec2_vpc") == {OPEN, HIDDEN} and connection.execute(ask).fetchall() == [(f"staged in {HIDDEN}",)]
    connection.execute("RESET ROLE")
    assert told(connection, ask)[0] == "TR001"

    owner.execute(f"CREATE FUNCTION public.ask() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS $$ SELECT resource_id FROM tabula_rasa.preview_changes('{HIDDEN}') $$")
    assert told(connection, "SELECT * FROM public.ask()")[0] == "TR001"
    assert insider.execute("SELECT * FROM public.ask()").fetchall() == [(f"staged in {HIDDEN}",)]
    owner.execute(f"DROP FUNCTION public.ask; REVOKE {other} FROM {name}; DROP OWNED BY {name}")


def test_a_role_that_is_set_hides_what_the_session_sees(member, restricted):
    name, insider = member(READER, restricted)
    insider.execute("SET ROLE tabula_rasa_reader")
    assert accounts(insider, "aws.ec2_vpc") == {OPEN}
    assert told(insider, f"SELECT * FROM preview_changes('{HIDDEN}')")[0] == "TR001"


# -- covert ways


@pytest.mark.parametrize("role", [EDITOR, OPERATOR])
def test_writing_reaches_no_hidden_row(owner, member, restricted, role):
    _, outsider = member(role)
    before = owner.execute("SELECT * FROM edit WHERE account_id = %s", (HIDDEN,)).fetchall(), owner.execute("SELECT * FROM aws.ec2_vpc WHERE account_id = %s", (HIDDEN,)).fetchall()
    for table in ("aws.resource", "aws.ec2_vpc"):
        for statement in ("UPDATE {} SET tags = '{{}}' WHERE account_id = '%s' RETURNING *" % HIDDEN, "DELETE FROM {} WHERE account_id = '%s' RETURNING *" % HIDDEN):
            assert outsider.execute(statement.format(table)).fetchall() == []
    with outsider.transaction(force_rollback=True):
        assert [row[0] for row in outsider.execute("DELETE FROM aws.ec2_vpc RETURNING account_id").fetchall()] == [OPEN, OPEN]
        assert owner.execute("SELECT * FROM aws.ec2_vpc WHERE account_id = %s", (HIDDEN,)).fetchall() == before[1]
    after = owner.execute("SELECT * FROM edit WHERE account_id = %s", (HIDDEN,)).fetchall(), owner.execute("SELECT * FROM aws.ec2_vpc WHERE account_id = %s", (HIDDEN,)).fetchall()
    assert after == before


def test_inserting_tells_nothing_of_a_hidden_account(member, restricted):
    """Not whether it is there, nor whether it has a row of that key."""
    _, outsider = member(EDITOR)
    insert = "INSERT INTO aws.ec2_vpc (account_id, region, resource_id, cidr_block) VALUES ('{}', 'us-east-1', '{}', '10.0.0.0/16'){}"
    for conflict in ("", " ON CONFLICT DO NOTHING", " ON CONFLICT (account_id, region, resource_id) DO UPDATE SET tags = '{}'", " RETURNING *"):
        said = {
            told(outsider, insert.format(account, resource_id, conflict))[:2]
            for account, resource_id in ((HIDDEN, f"vpc-{HIDDEN}"), (HIDDEN, f"staged in {HIDDEN}"), (HIDDEN, "none"), (UNKNOWN, "none"))
        }
        assert said == {("TR001", f'tabula_rasa: unknown account "{each}"') for each in (HIDDEN, UNKNOWN)}
    assert told(outsider, f"UPDATE aws.ec2_vpc SET account_id = '{HIDDEN}'")[0] in ("428C9", "42501", "0A000")


def test_a_leaky_function_sees_no_hidden_row(member, restricted):
    _, outsider = member(EDITOR)
    seen = []
    outsider.add_notice_handler(lambda each: seen.append(each.message_primary))
    outsider.execute("""CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$""")
    for relation, column in (("aws.resource", "name"), ("aws.ec2_vpc", "name"), ("edit", "resource_id"), ("run", "account_id"), ("journal", "resource_id"), ("reading", "account_id")):
        outsider.execute(f"SELECT count(*) FROM {relation} WHERE pg_temp.leak({column})")
        outsider.execute(f"PREPARE p AS SELECT count(*) FROM {relation} WHERE pg_temp.leak({column})")
        outsider.execute("EXECUTE p")
        outsider.execute("DEALLOCATE p")
    outsider.execute("UPDATE aws.ec2_vpc SET tags = tags WHERE pg_temp.leak(name)")
    assert seen and not [text for text in seen if HIDDEN in text]
    # an error of a cast would tell the value
    assert told(outsider, "SELECT 1 FROM aws.ec2_vpc WHERE name::int = 1")[1].count(OPEN) == 1


def test_a_view_of_ones_own_shows_no_more_than_one_sees(member, restricted):
    name, outsider = member(READER)
    _, insider = member(READER, restricted)
    outsider.execute("CREATE TEMP VIEW mine AS SELECT * FROM aws.resource")
    assert accounts(outsider, "mine") == {OPEN}
    assert {row[0] for row in outsider.execute("SELECT account_id FROM subnet_internet_path").fetchall()} <= {OPEN}
    assert outsider.execute("SELECT account_id FROM run_progress").fetchall() == [(OPEN,)]
    outsider.execute("SET row_security = off")
    assert told(outsider, "SELECT * FROM aws.resource")[0] == "42501"
    outsider.execute("RESET row_security")
    with outsider.cursor().copy("COPY aws.ec2_vpc (account_id) TO stdout") as copy:
        assert set(copy.rows()) == {(OPEN,)}


def test_what_the_planner_knows_is_not_told(owner, member, restricted):
    """Statistics hold values; a plan that was carried out tells how many rows it left out, and nothing else of them."""
    owner.execute("ANALYZE aws.ec2_vpc; ANALYZE edit; ANALYZE run; ANALYZE journal")
    _, outsider = member(READER)
    assert outsider.execute("SELECT * FROM pg_stats WHERE schemaname IN ('aws', 'tabula_rasa') AND tablename IN ('ec2_vpc', 'edit', 'run', 'journal')").fetchall() == []
    for statement in ("SELECT * FROM aws.ec2_vpc", "SELECT * FROM aws.resource WHERE name LIKE 'secret%'", "SELECT * FROM journal"):
        plan = "\n".join(row[0] for row in outsider.execute(f"EXPLAIN (ANALYZE, VERBOSE) {statement}").fetchall())
        assert HIDDEN not in plan


# -- rules


def test_conditions_decide_on_a_restricted_account_as_on_any_other(owner, member, restricted):
    owner.execute("INSERT INTO cleanup_policy (name, resource_type, condition, priority, reason) VALUES ('mine', 'ec2_vpc', $$name LIKE 'secret of %' AND EXISTS (SELECT FROM aws.resource o WHERE o.account_id = r.account_id)$$, 5000, 'ours')")
    _, insider = member(READER, restricted)
    for account in (OPEN, HIDDEN):
        assert insider.execute("SELECT rule, verdict FROM explain_cleanup('ec2_vpc', %s)", (f"vpc-{account}",)).fetchall()[0] == ("mine", "keep (matches)")
    owner.execute("DELETE FROM cleanup_policy WHERE name = 'mine'")


# -- restoring


def test_a_restored_account_stays_restricted(postgres, database, owner, member, restricted):
    """No matter that a dump has no policies of an extension's tables; with services enabled later, too."""
    owner.execute("SELECT * FROM enable_services('glue')")
    dump = subprocess.run([postgres.bin / "pg_dump", postgres.conninfo(database)], check=True, capture_output=True, text=True).stdout
    copy = f"{database}_restored"
    postgres.create_database(copy)
    subprocess.run([postgres.bin / "psql", "-X", "-v", "ON_ERROR_STOP=1", "-q", "-d", postgres.conninfo(copy)], input=dump, check=True, capture_output=True, text=True)
    outsider, insider = member(READER)[0], member(READER, restricted)[0]
    with postgres.connect(copy) as after:
        after.execute("SET search_path = tabula_rasa, aws")
        after.execute("SELECT * FROM enable_services('glue')")  # as the next mirror_account does
        after.execute("SET session_replication_role = replica")
        for table in ("ec2_vpc", "glue_job"):
            for account in (OPEN, HIDDEN):
                after.execute(f"INSERT INTO aws.{table} (account_id, region, resource_id) VALUES (%s, 'us-east-1', 'x')", (account,))
        bare = "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'aws'::regnamespace AND relkind = 'r' AND NOT relrowsecurity"
        assert after.execute(bare).fetchall() == []
    for name, sees in ((outsider, {OPEN}), (insider, {OPEN, HIDDEN})):
        with postgres.connect(copy, user=name) as connection:
            connection.execute("SET search_path = tabula_rasa, aws")
            for relation in ("aws.resource", "aws.ec2_vpc", "aws.glue_job", "edit", "run", "journal"):
                assert accounts(connection, relation) == sees, relation
