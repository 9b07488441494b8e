CREATE OR REPLACE FUNCTION tabula_rasa.enable_services(VARIADIC services text[]) RETURNS TABLE (resource_type text, columns integer)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.enable_services(plpy, GD, services)
$python$;

COMMENT ON FUNCTION tabula_rasa.enable_services(VARIADIC text[]) IS 'Makes the tables of these services'' resource types, or of all services with ''*''; mirror_account reads them from then on. May be rerun.';
