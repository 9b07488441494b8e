CREATE OR REPLACE FUNCTION tabula_rasa.unreviewed_types() RETURNS SETOF text
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.unreviewed_types(plpy, GD)
$python$;

COMMENT ON FUNCTION tabula_rasa.unreviewed_types() IS 'The resource types of the enabled services that are derived from the SDK and that nobody has reviewed yet.';
