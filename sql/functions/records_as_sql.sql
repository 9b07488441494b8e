CREATE OR REPLACE FUNCTION tabula_rasa.records_as_sql(account text DEFAULT NULL, regions text[] DEFAULT NULL, resource_types text[] DEFAULT NULL, into_account text DEFAULT NULL, into_region text DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.records_as_sql(plpy, GD, account, regions, resource_types, into_account, into_region)
$python$;

COMMENT ON FUNCTION tabula_rasa.records_as_sql(text, text[], text[], text, text) IS 'The INSERTs that would create the records of an account anew, each after those that it mentions; what AWS itself puts into an account is left out. into_account and into_region: as they would be in another account or region. Reads the mirror only.';
