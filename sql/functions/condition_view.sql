CREATE OR REPLACE FUNCTION tabula_rasa.condition_view(relation text, condition text) RETURNS oid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    -- Whoever can become its owner can alter it, its path and that it runs as its owner, but not this.
    IF current_user OPERATOR(pg_catalog.<>) 'tabula_rasa_cleanup_policy'::pg_catalog.name THEN
        RAISE EXCEPTION 'conditions do not run as %', current_user USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- In a type's name PostgreSQL reads expressions and evaluates none, and there is no such type. In one pair of brackets there and in
    -- another below: what begins a second statement, or ends in the middle, does not pass.
    PERFORM to_regtype(E'pg_catalog.no_such_type(ARRAY[' || condition || E'\n])');
    EXECUTE format(E'CREATE TEMPORARY VIEW tabula_rasa_condition AS SELECT true AS matches FROM %s AS r WHERE (%s\n)', relation, condition);
    RETURN to_regclass('pg_temp.tabula_rasa_condition');
END
$$;
-- PostgreSQL evaluates constants of some types while it reads them: with no rights but these.
ALTER FUNCTION tabula_rasa.condition_view(text, text) OWNER TO tabula_rasa_cleanup_policy;

COMMENT ON FUNCTION tabula_rasa.condition_view(text, text) IS 'Makes a temporary view of a rule''s condition, so that what it uses can be looked up; its caller undoes it.';
