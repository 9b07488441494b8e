-- Who may see an account's records, where that is not everybody who reads the mirror. The policies are made when the first account
-- is given readers (see tables.restrict), so nobody pays for what nobody asks for. A dump has no policies of an extension's tables: restoring
-- the account makes them again.
ALTER TABLE tabula_rasa.account ADD COLUMN readers name[];

COMMENT ON COLUMN tabula_rasa.account.readers IS 'only members of these roles see the account''s records, runs and edits, and may call functions on it; administrators do, too, for they decide it; null: all who may read the mirror';

-- Rights are those that a role has without SET ROLE. A role that does not exist reads nothing.
CREATE FUNCTION tabula_rasa.may_see(readers name[], role name) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT readers IS NULL OR role = 'tabula_rasa_cleanup_policy' OR EXISTS (
        SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = ANY (readers || 'tabula_rasa_administrator'::name) AND pg_has_role(role, r.oid, 'USAGE')
    )
$$;
REVOKE ALL ON FUNCTION tabula_rasa.may_see(name[], name) FROM PUBLIC;
COMMENT ON FUNCTION tabula_rasa.may_see(name[], name) IS 'Does a role see the records of an account that has these readers? The conditions of cleanup rules see all.';
