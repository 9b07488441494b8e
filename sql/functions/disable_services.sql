CREATE OR REPLACE FUNCTION tabula_rasa.disable_services(VARIADIC services text[]) RETURNS TABLE (resource_type text, records bigint)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.disable_services(plpy, GD, services)
$python$;

COMMENT ON FUNCTION tabula_rasa.disable_services(VARIADIC text[]) IS 'Drops the tables of these services'' resource types with what the mirror knows of them, or of all services with ''*''; mirror_account no longer reads them. Changes nothing in AWS. One row per table, with the records that it had.';
