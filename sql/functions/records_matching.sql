CREATE OR REPLACE FUNCTION tabula_rasa.records_matching(query text) RETURNS TABLE (resource_type text, region text, resource_id text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    -- Whoever can become its owner can alter it, its path and that it runs as its owner, but not this.
    IF current_user OPERATOR(pg_catalog.<>) 'tabula_rasa_cleanup_policy'::pg_catalog.name THEN
        RAISE EXCEPTION 'conditions do not run as %', current_user USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR resource_type, region, resource_id IN EXECUTE query LOOP
        RETURN NEXT;
    END LOOP;
END
$$;
-- Whoever may write a rule must not act through it with the rights of the extension's owner.
ALTER FUNCTION tabula_rasa.records_matching(text) OWNER TO tabula_rasa_cleanup_policy;

COMMENT ON FUNCTION tabula_rasa.records_matching(text) IS 'The records that a query with a rule''s condition finds, with the rights of the role tabula_rasa_cleanup_policy. Changes nothing.';
