"""What others rely on: the contract's names and columns, comments on everything, and nothing for PUBLIC."""

import pytest

COLUMNS = {
    "cleanup_policy": "name resource_type action condition priority reason enabled built_in",
    "run": "run_id function account_id session_user arguments started_at finished_at status pid phase done total failed aws_calls updated_at estimated_end",
    "run_progress": "run_id function account_id session_user pid started_at phase done total failed aws_calls updated_at estimated_end",
    "journal": "run_id step region resource_type resource_id service operation request started_at finished_at outcome error_code error_message aws_request_id edit_id",
    "resource_type": "resource_type service scope readable deletable creatable reviewed enabled reason",
}
ACCOUNT = "account_id name regions profile role_arn external_id endpoint_url disposable"
RESULTS = {
    "mirror_account": "region resource_type records status error",
    "delete_all_records": "region resource_type resource_id name action status reason",
    "restore_account_defaults": "region resource_type resource_id name action status reason",
    "check_account_defaults": "region item resource_type resource_id status expected found",
    "explain_cleanup": "step rule verdict reason",
    "enable_services": "resource_type columns",
    "disable_services": "resource_type records",
    "iam_policy": "name policy",
}
ARGUMENTS = {
    "mirror_account": ["account", "regions", "resource_types"],
    "delete_all_records": ["account", "dry_run", "regions", "resource_types"],
    "restore_account_defaults": ["account", "dry_run", "regions"],
    "check_account_defaults": ["account", "regions"],
    "explain_cleanup": ["resource_type", "resource_id"],
    "enable_services": ["services"],
    "disable_services": ["services"],
    "iam_policy": ["purpose", "services"],
}


@pytest.fixture(scope="module")
def sql(postgres):
    postgres.create_database("contract", template="with_extension")
    with postgres.connect("contract") as connection:
        yield lambda query, *arguments: connection.execute(query, arguments or None).fetchall()


def columns(sql, relation):
    return [name for (name,) in sql("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum", relation)]


@pytest.mark.parametrize("relation", COLUMNS)
def test_tables_and_views_have_the_contracts_columns(sql, relation):
    assert columns(sql, f"tabula_rasa.{relation}") == COLUMNS[relation].split()


def test_account_has_the_contracts_columns_first(sql):
    assert columns(sql, "tabula_rasa.account")[:8] == ACCOUNT.split()


@pytest.mark.parametrize("function", RESULTS)
def test_functions_take_and_return_what_the_contract_says(sql, function):
    (names, modes), = sql("SELECT proargnames, proargmodes::text[] FROM pg_proc WHERE oid = ('tabula_rasa.' || %s)::regproc", function)
    given = [name for name, mode in zip(names, modes) if mode in ("i", "v")]
    assert given[: len(ARGUMENTS[function])] == ARGUMENTS[function]
    assert [name for name, mode in zip(names, modes) if mode == "t"] == RESULTS[function].split()


def test_every_object_says_what_it_is(sql):
    missing = sql("""
        SELECT c.oid::regclass || coalesce('.' || a.attname, '') FROM pg_class c
        CROSS JOIN LATERAL (SELECT 0 AS attnum, NULL::name AS attname UNION ALL
            SELECT attnum, attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a
        WHERE c.relnamespace IN ('tabula_rasa'::regnamespace, 'aws'::regnamespace) AND c.relkind IN ('r', 'v')
        AND coalesce(col_description(c.oid, nullif(a.attnum, 0)), CASE WHEN a.attnum = 0 THEN obj_description(c.oid, 'pg_class') END) IS NULL
        UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'tabula_rasa'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL""")
    assert missing == []


def test_functions_that_change_aws_say_so_first(sql):
    for function in ("delete_all_records", "restore_account_defaults"):
        (comment,), = sql("SELECT obj_description(('tabula_rasa.' || %s)::regproc, 'pg_proc')", function)
        assert "AWS resources" in comment.split(":")[0]


def test_nothing_is_for_everybody(postgres, database):
    """A role without grants can read no table, call no function, and see neither schema."""
    with postgres.connect(database) as connection:
        connection.execute("CREATE ROLE nobody_special")
        try:
            open_ = connection.execute("""
                SELECT n.nspname FROM pg_namespace n WHERE nspname IN ('tabula_rasa', 'aws') AND has_schema_privilege('nobody_special', n.oid, 'USAGE, CREATE')
                UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'tabula_rasa'::regnamespace AND has_function_privilege('nobody_special', p.oid, 'EXECUTE')
                UNION ALL SELECT c.oid::regclass::text FROM pg_class c WHERE relnamespace IN ('tabula_rasa'::regnamespace, 'aws'::regnamespace) AND relkind IN ('r', 'v')
                AND has_table_privilege('nobody_special', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')""").fetchall()
        finally:
            connection.execute("DROP ROLE nobody_special")
    assert open_ == []


def test_functions_fix_their_search_path(sql):
    loose = sql("SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'tabula_rasa'::regnamespace AND NOT coalesce(array_to_string(proconfig, ' ') LIKE '%%pg_temp%%', false)")
    assert loose == []


def test_every_type_has_a_typed_table_that_inherits_resource(sql):
    (types,), = sql("SELECT count(*) FROM tabula_rasa.resource_type WHERE enabled AND readable")
    (tables,), = sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'aws.resource'::regclass")
    assert types == tables > 100
    assert sql("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'aws.ec2_vpc'::regclass AND attname = 'is_default'") == [("boolean",)]
