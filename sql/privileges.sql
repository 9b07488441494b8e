-- Nothing here is for everybody: the functions run with the rights of the extension's owner, and reach AWS.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA tabula_rasa FROM PUBLIC;
REVOKE ALL ON SCHEMA tabula_rasa, aws FROM PUBLIC;

-- The mirror. A table that is made later gets what aws.resource has; a user's own table in the schema gets nothing.
DO $$
DECLARE
    mirror text := (
        SELECT string_agg(t::regclass::text, ', ')
        FROM (SELECT 'aws.resource'::regclass UNION ALL SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = 'aws.resource'::regclass) AS all_of (t)
    );
BEGIN
    EXECUTE 'GRANT SELECT ON ' || mirror || ' TO tabula_rasa_reader';
    -- Triggers turn these into staged edits.
    EXECUTE 'GRANT INSERT, UPDATE, DELETE ON ' || mirror || ' TO tabula_rasa_editor';
END
$$;

-- A reader sees what is there, what was done, and why; of an account nothing that helps to get in.
GRANT USAGE ON SCHEMA tabula_rasa, aws TO tabula_rasa_reader;
GRANT SELECT ON
    tabula_rasa.cleanup_policy,
    tabula_rasa.disabled_service,
    tabula_rasa.edit,
    tabula_rasa.enabled_service,
    tabula_rasa.journal,
    tabula_rasa.reading,
    tabula_rasa.reference,
    tabula_rasa.resource_type,
    tabula_rasa.run,
    tabula_rasa.run_progress,
    tabula_rasa.subnet_internet_path
TO tabula_rasa_reader;
GRANT SELECT (account_id, name, regions, disposable, readers) ON tabula_rasa.account TO tabula_rasa_reader;
GRANT SELECT (account_id, arn, user_name, role_name, confirmed_at) ON tabula_rasa.caller TO tabula_rasa_reader;
GRANT EXECUTE ON FUNCTION
    tabula_rasa.explain_cleanup,
    tabula_rasa.iam_policy,
    tabula_rasa.may_see,
    tabula_rasa.preview_changes,
    tabula_rasa.record_as_sql,
    tabula_rasa.records_as_sql,
    tabula_rasa.resource_types,
    tabula_rasa.subnet_internet_paths,
    tabula_rasa.unreviewed_types
TO tabula_rasa_reader;

-- An editor says what should be, and may look whether it is.
GRANT EXECUTE ON FUNCTION
    tabula_rasa.check_account_defaults,
    tabula_rasa.delete_cascade,
    tabula_rasa.discard_changes,
    tabula_rasa.mirror_account
TO tabula_rasa_editor;

-- Only an operator changes AWS.
GRANT EXECUTE ON FUNCTION
    tabula_rasa.apply_changes,
    tabula_rasa.delete_all_records,
    tabula_rasa.restore_account_defaults
TO tabula_rasa_operator;

-- An administrator decides what may be changed and what stays, and changes nothing in AWS.
GRANT SELECT, INSERT, UPDATE, DELETE ON tabula_rasa.account, tabula_rasa.setting TO tabula_rasa_administrator;
-- Not built_in: what is shipped is not looked through before it is asked.
GRANT SELECT, DELETE, INSERT (name, resource_type, action, condition, priority, reason, enabled), UPDATE (name, resource_type, action, condition, priority, reason, enabled)
ON tabula_rasa.cleanup_policy TO tabula_rasa_administrator;
GRANT EXECUTE ON FUNCTION
    tabula_rasa.check_account_defaults,
    tabula_rasa.disable_services,
    tabula_rasa.doctor,
    tabula_rasa.enable_services,
    tabula_rasa.mirror_account
TO tabula_rasa_administrator;

-- A rule's condition sees the mirror, and what is granted to this role by name.
GRANT SELECT (access_key_id) ON tabula_rasa.caller TO tabula_rasa_cleanup_policy;
GRANT SELECT ON tabula_rasa.reading, tabula_rasa.reference, tabula_rasa.subnet_internet_path TO tabula_rasa_cleanup_policy;
GRANT EXECUTE ON FUNCTION tabula_rasa.unreviewed_types TO tabula_rasa_cleanup_policy;
