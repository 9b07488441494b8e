CREATE OR REPLACE FUNCTION tabula_rasa.resource_types() RETURNS TABLE (resource_type text, service text, scope text, readable boolean, deletable boolean, creatable boolean, reviewed boolean, enabled boolean, reason text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.resource_types(plpy, GD)
$python$;

COMMENT ON FUNCTION tabula_rasa.resource_types() IS 'The catalog; see the view resource_type.';
