CREATE OR REPLACE FUNCTION tabula_rasa.delete_all_records(account text DEFAULT NULL, dry_run boolean DEFAULT false, regions text[] DEFAULT NULL, resource_types text[] DEFAULT NULL) RETURNS TABLE (region text, resource_type text, resource_id text, name text, action text, status text, reason text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.delete_all_records(plpy, GD, account, dry_run, regions, resource_types)
$python$;

COMMENT ON FUNCTION tabula_rasa.delete_all_records(text, boolean, text[], text[]) IS 'Deletes AWS resources: all of the account that the cleanup policy does not keep. Reads first, deletes in an order that AWS accepts, reads again; may be rerun. One row per record considered: what was done, and why. With dry_run nothing is changed.';
