-- A connection string may also be a URI, and have its password between the user and the host.
DO $$
BEGIN
    ALTER TABLE tabula_rasa.setting DROP CONSTRAINT setting_value_check, ADD CHECK (value !~* 'password' AND value !~ '://[^/@]*:[^/@]*@');
EXCEPTION WHEN check_violation THEN
    RAISE EXCEPTION 'the setting "journal_conninfo" holds a password' USING
        ERRCODE = 'check_violation', HINT = 'Change it in the table setting, and give the password by a service or password file; then update again.';
END
$$;
