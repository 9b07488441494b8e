"""A rule's condition is SQL of an administrator's, and whoever wipes runs it: it reads the mirror, and nothing else."""

import time

import pytest
from psycopg import errors

from rules import asked, refusal, verdicts, write


REFUSED = {
    # functions that do something, in this session or to others
    "pg_sleep(3600) IS NULL": "function pg_sleep(double precision)",
    "set_config('session_replication_role', 'replica', false) = ''": "function set_config(text,text,boolean)",
    "pg_notify('channel', r.name) IS NULL": "function pg_notify(text,text)",
    "pg_advisory_lock(1) IS NULL": "function pg_advisory_lock(bigint)",
    "nextval('tabula_rasa.run_run_id_seq') > 0": "function nextval(regclass)",
    "lo_create(0) > 0": "function lo_create(oid)",
    "lo_from_bytea(0, '\\x00') > 0": "function lo_from_bytea(oid,bytea)",
    "pg_cancel_backend(1)": "function pg_cancel_backend(integer)",
    "pg_terminate_backend(1)": "function pg_terminate_backend(integer,bigint)",
    "pg_reload_conf()": "function pg_reload_conf()",
    "pg_logical_emit_message(false, 'a', r.name) IS NULL": "function pg_logical_emit_message(boolean,text,text)",
    "txid_current() > 0": "function txid_current()",
    "pg_current_xact_id() IS NULL": "function pg_current_xact_id()",
    "random() < 0.5": "function random()",
    "gen_random_uuid() IS NULL": "function gen_random_uuid()",
    "clock_timestamp() > r.created": "function clock_timestamp()",
    # functions that run SQL, read files, or tell about the server
    "query_to_xml('SELECT 1', true, true, '') IS NULL": "function query_to_xml(text,boolean,boolean,text)",
    "table_to_xml('tabula_rasa.setting', true, true, '') IS NULL": "function table_to_xml(regclass,boolean,boolean,text)",
    "schema_to_xml('tabula_rasa', true, true, '') IS NULL": "function schema_to_xml(name,boolean,boolean,text)",
    "database_to_xml(true, true, '') IS NULL": "function database_to_xml(boolean,boolean,text)",
    "EXISTS (SELECT FROM ts_stat('SELECT to_tsvector(''x'')'))": "function ts_stat(text)",
    "pg_read_file('PG_VERSION') = '1'": "function pg_read_file(text)",
    "EXISTS (SELECT FROM pg_ls_dir('.'))": "function pg_ls_dir(text)",
    "EXISTS (SELECT FROM pg_stat_file('PG_VERSION'))": "function pg_stat_file(text)",
    "current_setting('data_directory') = ''": "function current_setting(text)",
    "inet_server_addr() IS NULL": "function inet_server_addr()",
    "version() LIKE 'P%'": "function version()",
    "current_database() = ''": "function current_database()",
    "has_table_privilege('account', 'SELECT')": "function has_table_privilege(text,text)",
    "pg_has_role('postgres', 'MEMBER')": "function pg_has_role(name,text)",
    "pg_get_userbyid(10) = ''": "function pg_get_userbyid(oid)",
    "pg_backend_pid() = 1": "function pg_backend_pid()",
    "pg_relation_size(1260::oid::regclass) > 0": "function pg_relation_size(regclass)",
    "obj_description(1260, 'pg_class') IS NULL": "function obj_description(oid,name)",
    "to_regclass(r.name) IS NULL": "function to_regclass(text)",
    "age('1'::xid) > 0": "function age(xid)",
    "EXISTS (SELECT FROM pg_timezone_names())": "function pg_timezone_names()",
    "row_security_active('account')": "function row_security_active(text)",
    "(SELECT sum(pg_sleep(1)::text::int) FROM aws.ec2_vpc) > 0": "function pg_sleep(double precision)",
    "r.name IN (SELECT x FROM generate_series(1, 2) AS g, LATERAL (SELECT pg_read_file('x') AS x) AS l)": "function pg_read_file(text)",
    "EXISTS (SELECT FROM (VALUES (pg_sleep(1))) AS v)": "function pg_sleep(double precision)",
    "(CASE WHEN false THEN pg_sleep(1)::text END) IS NULL": "function pg_sleep(double precision)",
    "(ARRAY[1])[random()::int] = 1": "function random()",
    "EXISTS (SELECT FROM aws.ec2_vpc ORDER BY random())": "function random()",
    "EXISTS (SELECT FROM aws.ec2_vpc LIMIT random())": "function random()",
    "EXISTS (SELECT 1 FROM aws.ec2_vpc GROUP BY random() HAVING random() > 0)": "function random()",
    "EXISTS (SELECT rank() OVER (PARTITION BY random()) FROM aws.ec2_vpc)": "function random()",
    "(WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x WHERE random() < 1) SELECT max(n) FROM x) > 0": "function random()",
    "xmlelement(name x, pg_read_file('x')) IS NULL": "function pg_read_file(text)",
    # names that pretend
    'EXISTS (SELECT random() AS " :funcid 2107 :relid 0 ")': "function random()",
    "pg_catalog . \"random\"() > 0": "function random()",
    "U&\"r\\0061ndom\"() > 0": 'U&"',
    # other tables
    "(SELECT rolpassword FROM pg_authid LIMIT 1)::int = 1": "table pg_authid",
    "EXISTS (SELECT FROM pg_settings)": "table pg_settings",
    "EXISTS (SELECT FROM pg_roles)": "table pg_roles",
    "EXISTS (SELECT FROM pg_stat_activity)": "table pg_stat_activity",
    "EXISTS (SELECT FROM pg_stats)": "table pg_stats",
    "EXISTS (SELECT FROM pg_largeobject_metadata)": "table pg_largeobject_metadata",
    "EXISTS (SELECT FROM information_schema.tables)": "table information_schema.tables",
    "EXISTS (SELECT FROM pg_class)": "table pg_class",
    "EXISTS (SELECT FROM journal)": "table journal",
    "EXISTS (SELECT FROM run)": "table run",
    "EXISTS (SELECT external_id FROM account)": "table account",
    "EXISTS (SELECT FROM setting)": "table setting",
    "EXISTS (SELECT FROM edit)": "table edit",
    "EXISTS (SELECT FROM cleanup_policy)": "table cleanup_policy",
    "EXISTS (SELECT FROM ours.list)": "table ours.list",
    "EXISTS (SELECT FROM ours.settings)": "table ours.settings",
    "EXISTS (SELECT FROM pg_temp.mine)": "schema pg_temp",
    "EXISTS (SELECT FROM mine)": "table mine",
    "EXISTS (TABLE ours.list)": "table ours.list",
    "r.name = ANY (ARRAY(SELECT name FROM ours.list))": "table ours.list",
    "EXISTS (WITH x AS (SELECT 1 FROM ours.list) SELECT FROM x)": "table ours.list",
    # functions, operators and types of others
    "ours.anybodys(r.name)": "function ours.anybodys(text)",
    "ours.program()": "function ours.program()",
    "r.name OPERATOR(ours.===) 'x'": "function ours.same(text,text)",
    "'red'::ours.colour IS NULL": "type ours.colour",
    "r.name::ours.short IS NULL": "type ours.short",
    'r.name COLLATE ours.order = r.name': "collation ours.\"order\"",
    # granted, but not by one who could do as much without
    "ours.rulers(r.name)": "function ours.rulers(text)",
    "EXISTS (SELECT FROM ours.rulers)": "table ours.rulers",
    "EXISTS (SELECT FROM ours.rulers_view)": "table ours.rulers_view",
    # whatever is in a schema in which others make things, however it is named
    "EXISTS (SELECT FROM ruler.granted)": "schema ruler",
    "ruler.granted(r.name)": "schema ruler",
    "ruler.nothing(r.name)": "schema ruler",
    "r.name OPERATOR(ruler.===) 'x'": "schema ruler",
    "RULER . granted(r.name)": "schema ruler",
    'EXISTS (SELECT FROM"ruler"."granted")': "schema ruler",
    "EXISTS (SELECT FROM ruler/* /* */ . */.granted)": "schema ruler",
    "EXISTS (SELECT FROM ruler--\n.granted)": "schema ruler",
    "r.name = $$x$$::ruler.checked": "schema ruler",
    "'$$'::ruler.checked IS NULL OR '$$' = r.name": "schema ruler",
    "EXISTS (SELECT FROM x.ruler.granted)": "schema ruler",
    "r.name = 'x'::public.anything": "schema public",
    "'(x)'::U&\"rul\\0065r\".holding IS NULL": 'U&"',
    "EXISTS (SELECT FROM delete_all_records())": "function delete_all_records(text,boolean,text[],text[])",
    "EXISTS (SELECT FROM mirror_account())": "function mirror_account(text,text[],text[])",
    "EXISTS (SELECT FROM explain_cleanup('ec2_vpc', r.resource_id))": "function explain_cleanup(text,text,text,text)",
    "EXISTS (SELECT FROM records_matching('SELECT 1'))": "function records_matching(text)",
    "EXISTS (SELECT FROM resource_type)": "table resource_type",
    # what the catalogs know
    "satisfies_hash_partition(1260::oid, 1, 0, 1)": 'function satisfies_hash_partition(oid,integer,integer,"any")',
    "pg_indexam_progress_phasename(403::oid, 1) IS NULL": "function pg_indexam_progress_phasename(oid,bigint)",
    "pg_partition_root(1260::oid) IS NULL": "function pg_partition_root(regclass)",
    "EXISTS (SELECT FROM ts_token_type(3722::oid))": "function ts_token_type(oid)",
    "EXISTS (SELECT FROM ts_parse(3722::oid, r.name))": "function ts_parse(oid,text)",
    "cardinality(acldefault('r', 10::oid)) > 0": "function acldefault(\"char\",oid)",
    "makeaclitem(10::oid, 10::oid, 'SELECT', true) IS NULL": "function makeaclitem(oid,oid,text,boolean)",
    # what no cancel stops
    "cardinality(xpath('//a', '<a/>')) > 0": "function xpath(text,xml)",
    "xpath_exists('//a', '<a/>')": "function xpath_exists(text,xml)",
    "xmlexists('//a' PASSING '<a/>')": 'function "xmlexists"(text,xml)',
    "EXISTS (SELECT FROM XMLTABLE('//a' PASSING '<a/>' COLUMNS x text))": "XMLTABLE",
    "'pg_authid'::regclass IS NOT NULL": "type regclass",
    "r.name::regrole IS NULL": "type regrole",
    "r.name::text::regclass IS NULL": "type regclass",
    "r.tableoid::regclass::text = r.name": "type regclass",
    "'{pg_authid}'::regclass[] IS NULL": "type regclass[]",
    "'=r/postgres'::aclitem IS NULL": "type aclitem",
    # who asks
    "current_user = 'postgres'": "the session's user, role, database or schema",
    "session_user = 'postgres'": "the session's user, role, database or schema",
    "current_schema = 'x'": "the session's user, role, database or schema",
    "current_catalog = 'x'": "the session's user, role, database or schema",
    # more than looking
    "EXISTS (SELECT FROM aws.ec2_subnet FOR UPDATE)": "FOR UPDATE",
    "EXISTS (SELECT FROM reference FOR KEY SHARE)": "FOR UPDATE",
    "EXISTS (SELECT FROM aws.ec2_subnet TABLESAMPLE bernoulli (50))": "TABLESAMPLE",
}


def test_what_a_condition_may_not_use_is_refused_when_it_is_written(administrator):
    told = {condition: refusal(administrator, condition) for condition in REFUSED}
    assert {each for each in told if told[each] is None} == set()
    messages = {condition: each.message_primary.removeprefix('tabula_rasa: rule "mine": the condition may not use ') for condition, each in told.items()}
    assert messages == REFUSED
    assert {each.sqlstate for each in told.values()} == {"42501"}
    assert all(each.message_detail and each.message_hint.startswith("A condition may use the mirror") for each in told.values())


def test_and_again_when_it_is_asked(world, administrator):
    """The owner is only warned, and what is granted can be revoked: the rule keeps, at once, and says why."""
    some = ("pg_sleep", "ruler", "ours", "regclass", "FOR UPDATE", "pg_settings", "random() AS", "records_matching", "current_user")
    refused = {condition: what for condition, what in REFUSED.items() if any(each in condition for each in some)}
    found = {condition: asked(world, condition) for condition in refused}
    assert found == {condition: [("keep (cannot be evaluated)", f"the condition may not use {what}")] for condition, what in refused.items()}


INVALID = [
    "true); SELECT (true", "true; DELETE FROM aws.ec2_vpc", "true) OR (true", "true] || ARRAY[true", "true, true); SELECT ((true", "/* true", "true */", "'", "$$", "",
    "SELECT true", "true) UNION SELECT (true", "true AS x", "DELETE FROM aws.ec2_vpc", "true); COPY (SELECT 1) TO PROGRAM ('true'", '"', "E'\\' OR true", "--",
    "(WITH gone AS (DELETE FROM aws.ec2_vpc RETURNING 1) SELECT true FROM gone)", "true INTO TEMP x", "true GROUP BY true",
]


def test_what_is_not_one_expression_is_refused_when_it_is_written(world, administrator):
    told = {condition: refusal(administrator, condition) for condition in INVALID}
    assert {condition for condition, each in told.items() if each is None or each.sqlstate != "42601"} == set()
    assert world.value("SELECT count(*) FROM aws.ec2_vpc") == 1


def test_what_is_not_one_expression_keeps_when_it_is_asked(world, administrator):
    world.sql("ALTER TABLE cleanup_policy DISABLE TRIGGER check_condition")
    for condition in INVALID:
        (verdict, reason), = asked(world, condition)
        assert verdict == "keep (cannot be evaluated)" and reason, condition
    assert world.value("SELECT count(*) FROM aws.ec2_vpc") == 1


USEFUL = {
    "r.tags ->> 'keep' IS NULL": True,
    "tags ? 'keep' OR tags @> '{}'": True,
    "created IS NULL OR created > now() - interval '1 hour'": True,
    "coalesce(created, now()) > current_date - 1": True,
    "extract(epoch FROM age(now(), coalesce(created, now()))) < 60": True,
    "to_char(now(), 'YYYY-MM-DD') >= '2020-01-01' AND date_trunc('day', now()) <= now()": True,
    "current_timestamp AT TIME ZONE 'UTC' > '2020-01-01'": True,
    "now()::date >= '2020-01-01' AND localtimestamp > make_timestamptz(2020, 1, 1, 0, 0, 0)": True,
    "r.cidr_block ~ '^172\\.31\\.' AND r.cidr_block LIKE '172.%' AND r.cidr_block ILIKE '172%' AND r.cidr_block SIMILAR TO '172%'": True,
    "r.cidr_block::inet << '172.0.0.0/8'": True,
    "r.is_default": True,
    "NOT is_default": False,
    "EXISTS (SELECT FROM aws.ec2_subnet s WHERE s.vpc_id = r.vpc_id)": True,
    "r.vpc_id IN (SELECT needs_id FROM reference WHERE needs_type = 'ec2_vpc')": True,
    "(SELECT count(*) FROM aws.resource o WHERE o.account_id = r.account_id) > 0": True,
    "(SELECT array_agg(s.resource_id ORDER BY s.resource_id) FROM aws.ec2_subnet s) IS NOT NULL": True,
    "r.region = ANY (ARRAY['us-east-1', 'eu-west-1']) AND r.region = ANY ('{us-east-1}')": True,
    "cardinality(string_to_array(region, '-')) = 3 AND split_part(region, '-', 1) = 'us' AND array_to_string(ARRAY[1, 2], ',') = '1,2'": True,
    "jsonb_path_exists(r.properties, '$.CidrBlockAssociationSet[*] ? (@.CidrBlock starts with \"172\")')": True,
    "EXISTS (SELECT FROM jsonb_array_elements(r.cidr_block_association_set) e WHERE e ->> 'CidrBlock' LIKE '172%')": True,
    "to_jsonb(r) ->> 'vpc_id' = r.vpc_id AND jsonb_build_object('a', 1) ->> 'a' = '1'": True,
    "EXISTS (SELECT FROM jsonb_to_recordset(r.properties -> 'CidrBlockAssociationSet') AS x(\"CidrBlock\" text) WHERE \"CidrBlock\" LIKE '172%')": True,
    "format('%s-%s', r.region, 1) = 'us-east-1-1' AND concat(r.region, 1) = 'us-east-11' AND r.region || 1 = 'us-east-11'": True,
    "to_tsvector('english', 'the suites') @@ to_tsquery('english', 'suite')": True,
    "greatest(1, 2) = 2 AND nullif(1, 2) = 1 AND (1, 2) < (1, 3) AND 1 IS DISTINCT FROM 2 AND 1 BETWEEN 0 AND 2": True,
    "(WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT max(n) FROM x) = 3": True,
    "(SELECT row_number() OVER (ORDER BY vpc_id) FROM aws.ec2_vpc LIMIT 1) = 1": True,
    "EXISTS (SELECT FROM generate_series(1, 3) n WHERE n = 2) AND EXISTS (SELECT FROM unnest(ARRAY[1]) u)": True,
    "md5('x') = '9dd4e461268c8034f5c8564e155c67a6' AND encode(sha256('x'), 'hex') LIKE '2d7%' AND round(1.5) = 2": True,
    "CASE WHEN r.is_default THEN xmlelement(name x) IS DOCUMENT END": True,
    "vpc_id IN (SELECT p.vpc_id FROM subnet_internet_path p WHERE p.default_subnet)": True,
    "EXISTS (SELECT FROM caller c WHERE c.account_id = r.account_id)": True,
    "r.resource_type NOT IN (SELECT unreviewed_types())": True,
    "ours.granted(r.region)": True,
    "EXISTS (SELECT FROM ours.granted)": True,

    "true -- with a remark": True,
    "r.resource_id <> ';' /* ) */ AND $$);$$ = $a$);$a$": True,
}


def test_what_is_useful_works(world, administrator):
    world.mirror()
    found = {}
    for condition in USEFUL:
        told = refusal(administrator, condition)
        if told is not None:
            found[condition] = told.message_primary
            continue
        write(administrator, condition)
        found[condition] = {(): False, ("keep (matches)",): True}.get(tuple(verdict for verdict, _ in verdicts(administrator)), verdicts(administrator))
        administrator.execute("DELETE FROM cleanup_policy WHERE name = 'mine'")
    assert found == USEFUL


def test_a_shipped_rule_that_becomes_somebodys_own_still_works(administrator):
    """An edited rule is looked through like any other: what the shipped conditions use is granted."""
    administrator.execute("UPDATE cleanup_policy SET reason = 'mine now'")
    assert administrator.execute("SELECT count(*) FROM cleanup_policy WHERE built_in").fetchone() == (0,)
    (vpc,), = administrator.execute("SELECT resource_id FROM aws.ec2_vpc").fetchall()
    steps = administrator.execute("SELECT verdict FROM explain_cleanup('ec2_vpc', %s)", (vpc,)).fetchall()
    assert ("keep (matches)",) in steps and ("keep (cannot be evaluated)",) not in steps


def test_only_the_extension_says_what_is_built_in(administrator):
    for statement in (
        "INSERT INTO cleanup_policy (name, condition, reason, built_in) VALUES ('mine', 'pg_sleep(1) IS NULL', 'x', true)",
        "UPDATE cleanup_policy SET built_in = true", "ALTER TABLE cleanup_policy DISABLE TRIGGER ALL", "COPY cleanup_policy (name, reason, built_in) FROM stdin",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            administrator.execute(statement)
    administrator.execute("UPDATE cleanup_policy SET enabled = false WHERE name = 'default-vpc'")  # stays as shipped
    assert administrator.execute("SELECT built_in FROM cleanup_policy WHERE name = 'default-vpc'").fetchone() == (True,)
    administrator.execute("UPDATE cleanup_policy SET condition = 'r.is_default AND true' WHERE name = 'default-vpc'")
    assert administrator.execute("SELECT built_in FROM cleanup_policy WHERE name = 'default-vpc'").fetchone() == (False,)


def test_a_rule_that_is_refused_can_be_switched_off(world, administrator):
    write(world.connection, "pg_sleep(1) IS NULL")
    with pytest.raises(errors.InsufficientPrivilege):
        administrator.execute("UPDATE cleanup_policy SET priority = 3000 WHERE name = 'mine'")
    administrator.execute("UPDATE cleanup_policy SET enabled = false WHERE name = 'mine'")


def test_the_owner_is_warned(world):
    """He restores dumps, and a dump's grants come after its rows."""
    notices = []
    world.connection.add_notice_handler(lambda told: notices.append((told.severity_nonlocalized, told.message_primary)))
    write(world.connection, "pg_sleep(1) IS NULL")
    assert notices == [("WARNING", 'rule "mine": the condition may not use function pg_sleep(double precision)')]


ENDLESS = {
    "time": "(SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b) > 0",
    "recursion": "(WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT 1 FROM x) SELECT count(*) FROM x) > 0",
    "a granted function that does not listen": "ours.deaf()",
    "a regular expression": "(repeat('a', 300) || 'b' || repeat('a', 400)) ~ '^(a+)(a*)(a*)(a*)b\\1$'",
    "a JSON path": "jsonb_path_exists((SELECT jsonb_agg(n) FROM generate_series(1, 9000) n), '$[*] ? (exists($ ? (@ < 0)))')",
}


@pytest.mark.parametrize("condition", ENDLESS.values(), ids=ENDLESS)
def test_a_condition_has_limited_time(world, administrator, condition):
    """And what comes after it, in the same session, is not cancelled."""
    world.sql(
        """CREATE FUNCTION ours.deaf() RETURNS boolean LANGUAGE plpgsql AS $$
           BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(60); RETURN true; END $$;
           GRANT EXECUTE ON FUNCTION ours.deaf TO tabula_rasa_cleanup_policy"""
    )
    world.sql("INSERT INTO setting (name, value) VALUES ('condition_timeout', '0.5')")
    began = time.monotonic()
    assert asked(world, condition) == [("keep (cannot be evaluated)", "the condition took longer than 0.5 s")]
    assert time.monotonic() - began < 6
    assert world.sql("SELECT pg_sleep(1.5)")


def test_a_timeout_that_comes_at_the_last_moment_hits_nothing_else(world, administrator):
    """Deadlines all around the time that the condition takes: it matches or took too long, and no query after it is cancelled."""
    world.sql("INSERT INTO setting (name, value) VALUES ('condition_timeout', '1')")
    seen = set()
    for number in range(60):
        world.sql("UPDATE setting SET value = %s WHERE name = 'condition_timeout'", str(0.001 + number / 4000))
        seen |= {verdict for verdict, _ in asked(world, "(SELECT count(*) FROM generate_series(1, 40000)) > 0")}
        assert world.value("SELECT count(*) FROM aws.ec2_vpc") == 1
    assert seen == {"keep (cannot be evaluated)", "keep (matches)"}


def test_the_callers_cancel_is_not_taken_for_the_conditions_timeout(world, administrator):
    write(world.connection, ENDLESS["time"])
    for wait in (0.3, 1):
        with pytest.raises(errors.QueryCanceled):
            world.sql(f"SET statement_timeout = '{wait}s'; SELECT * FROM aws.ec2_vpc v, explain_cleanup('ec2_vpc', v.resource_id)")
        world.sql("SET statement_timeout = 0")


BOMBS = {
    "(SELECT array_agg(repeat('x', 1000000)) FROM generate_series(1, 1000000)) IS NULL": "out of memory",
    "(WITH x AS MATERIALIZED (SELECT repeat('x', 10000) AS t FROM generate_series(1, 10)) SELECT string_agg(t, '') FROM x, generate_series(1, 1000000)) IS NULL": "out of memory",
    "repeat('x', 2000000000) IS NULL": "requested length too large",
    "array_fill(0, ARRAY[300000000]) IS NULL": "array size exceeds the maximum allowed (134217727)",
    "repeat('(', 100000)::jsonb IS NULL": "invalid input syntax for type json",
    "repeat('[', 1000000)::jsonb IS NULL": "stack depth limit exceeded",
}


def test_a_condition_has_limited_memory(world, administrator):
    before = world.value("SELECT pg_backend_pid()")
    found = {condition: asked(world, condition) for condition in BOMBS}
    assert found == {condition: [("keep (cannot be evaluated)", error)] for condition, error in BOMBS.items()}
    assert world.value("SELECT pg_backend_pid()") == before
    assert world.value("SELECT length(repeat('x', 600000000))") == 600000000  # nothing is limited afterwards


def test_an_administrator_cannot_change_as_whom_conditions_run(administrator):
    for statement in (
        "ALTER FUNCTION records_matching SECURITY INVOKER", "SET ROLE tabula_rasa_cleanup_policy", "SELECT records_matching('SELECT 1')",
        "SELECT condition_view('aws.resource', 'true')", "ALTER FUNCTION condition_view OWNER TO ruler", "DROP TRIGGER check_condition ON cleanup_policy",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            administrator.execute(statement)


def test_nothing_is_left_of_the_looking(world, administrator):
    write(administrator, "r.tags ->> 'keep' = 'yes'")
    verdicts(administrator)
    for connection in (administrator, world.connection):
        cursor = connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'tabula\\_rasa\\_condition%%'")
        assert cursor.fetchall() == []
