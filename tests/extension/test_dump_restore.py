"""A dumped and restored database keeps accounts, policy and journal, and is otherwise like a fresh one."""

import subprocess


def test_dump_and_restore(postgres, database):
    with postgres.connect(database) as connection:
        run = connection.execute
        run("INSERT INTO account (account_id, name, disposable) VALUES ('123456789012', 'test', true)")
        run("INSERT INTO cleanup_policy (name, reason) VALUES ('mine', 'I want it')")
        run("UPDATE cleanup_policy SET enabled = false WHERE name = 'default-vpc'")
        run("UPDATE cleanup_policy SET reason = 'edited' WHERE name = 'default-subnets'")
        run("""INSERT INTO run (function, account_id, "session_user", status) VALUES ('delete_all_records', '123456789012', 'me', 'done')""")
        run("INSERT INTO journal (run_id, step, region, resource_type, resource_id, service, operation, request) SELECT run_id, 1, 'us-east-1', 't', 'i', 's', 'o', '{}' FROM run")

        run("INSERT INTO aws.logs_log_group (region, log_group_name) VALUES ('us-east-1', '/staged')")

    postgres.create_database("restored")
    dump = subprocess.run(["pg_dump", postgres.conninfo(database)], check=True, capture_output=True, text=True).stdout
    subprocess.run(["psql", "-X", "-v", "ON_ERROR_STOP=1", "-q", "-d", postgres.conninfo("restored")], input=dump, check=True, capture_output=True, text=True)

    with postgres.connect(database) as before, postgres.connect("restored") as after:
        for each in (before, after):
            each.execute("SET search_path = pg_catalog")
        for question in (
            "SELECT * FROM tabula_rasa.account",
            "SELECT * FROM tabula_rasa.cleanup_policy ORDER BY name",
            "SELECT * FROM tabula_rasa.run",
            "SELECT * FROM tabula_rasa.journal",
            "SELECT * FROM tabula_rasa.edit",
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
            "SELECT oid::regclass::text, relacl::text FROM pg_class WHERE relnamespace IN ('aws'::regnamespace, 'tabula_rasa'::regnamespace) AND relkind IN ('r', 'v') ORDER BY 1",
            "SELECT * FROM tabula_rasa.enabled_service ORDER BY 1",
            "SELECT c.oid::regclass::text, attname, format_type(atttypid, atttypmod) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid "
            "WHERE relnamespace IN ('aws'::regnamespace, 'tabula_rasa'::regnamespace) AND attnum > 0 AND NOT attisdropped ORDER BY 1, attnum",
            "SELECT pg_describe_object(classid, objid, 0) FROM pg_depend d JOIN pg_extension e ON refobjid = e.oid WHERE extname = 'tabula_rasa' AND deptype = 'e' ORDER BY 1",
        ):
            assert after.execute(question).fetchall() == before.execute(question).fetchall(), question
        # the restored journal goes on counting where the old one stopped
        number = after.execute("""INSERT INTO tabula_rasa.run (function, account_id, "session_user") VALUES ('f', '123456789012', 'me') RETURNING run_id""").fetchone()[0]
        assert number > before.execute("SELECT max(run_id) FROM tabula_rasa.run").fetchone()[0]


def test_dropping_the_extension_leaves_nothing(postgres, database):
    with postgres.connect(database) as connection:
        connection.execute("DROP EXTENSION tabula_rasa CASCADE")
        left = connection.execute("SELECT relname FROM pg_class WHERE relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('aws', 'tabula_rasa'))").fetchall()
    assert left == []
