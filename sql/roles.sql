-- CREATE EXTENSION fills a schema that is there already; whose that is could make functions in it that ours would meet, and call as superuser.
DO $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner WHERE n.nspname OPERATOR(pg_catalog.=) 'tabula_rasa'::pg_catalog.name) THEN
        RAISE EXCEPTION 'schema "tabula_rasa" exists already and is not a superuser''s'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = 'Whoever owns it could do anything on this server.',
                  HINT = 'Look into it, drop it, and say CREATE EXTENSION again.';
    END IF;
END
$$;

-- Four roles to grant to people and programs, and one that the conditions of rules run as; what each may do stands in
-- privileges.sql. Roles belong to the whole server: its
-- databases share them, DROP EXTENSION leaves them, and one that exists is used as it is, whoever logs in as it or is its member.
DO $$
DECLARE
    name text;
    purpose text;
BEGIN
    FOR name, purpose IN VALUES
        ('tabula_rasa_reader', 'tabula_rasa: may read the mirror of AWS accounts'),
        ('tabula_rasa_editor', 'tabula_rasa: a reader who may also stage edits'),
        ('tabula_rasa_operator', 'tabula_rasa: an editor who may also change AWS: apply edits, wipe, restore'),
        ('tabula_rasa_administrator', 'tabula_rasa: a reader who may also change accounts, settings and the cleanup policy'),
        ('tabula_rasa_cleanup_policy', 'tabula_rasa: the conditions of the cleanup policy run as this role; it is for nobody')
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXECUTE format('COMMENT ON ROLE %I IS %L', name, purpose);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN -- the second: another database makes it at the same moment
                IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = name) THEN
                    RAISE EXCEPTION 'role "%" exists already and is a superuser', name
                        USING ERRCODE = 'object_not_in_prerequisite_state',
                              DETAIL = 'Whoever it is granted to could do anything on this server.',
                              HINT = format('Say ALTER ROLE %I NOSUPERUSER, or rename that role.', name);
                END IF;
        END;
    END LOOP;
END
$$;

GRANT tabula_rasa_reader TO tabula_rasa_editor, tabula_rasa_administrator, tabula_rasa_cleanup_policy;
GRANT tabula_rasa_editor TO tabula_rasa_operator;
