CREATE OR REPLACE FUNCTION tabula_rasa.check_account_defaults(account text DEFAULT NULL, regions text[] DEFAULT NULL) RETURNS TABLE (region text, item text, resource_type text, resource_id text, status text, expected text, found text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.check_account_defaults(plpy, GD, account, regions)
$python$;

COMMENT ON FUNCTION tabula_rasa.check_account_defaults(text, text[]) IS 'Reads only: is each of AWS''s own defaults there and as AWS made it? status ok, missing, changed, or unknown where AWS did not let it be read.';
