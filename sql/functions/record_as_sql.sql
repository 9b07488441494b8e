CREATE OR REPLACE FUNCTION tabula_rasa.record_as_sql(resource_type text, resource_id text, account text DEFAULT NULL, region text DEFAULT NULL) RETURNS text
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.record_as_sql(plpy, GD, resource_type, resource_id, account, region)
$python$;

COMMENT ON FUNCTION tabula_rasa.record_as_sql(text, text, text, text) IS 'The INSERT that would create what a record shows. Its own id stands there as a placeholder. Reads the mirror only.';
