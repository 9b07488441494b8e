CREATE OR REPLACE FUNCTION tabula_rasa.mirror_account(account text DEFAULT NULL, regions text[] DEFAULT NULL, resource_types text[] DEFAULT NULL) RETURNS TABLE (region text, resource_type text, records bigint, status text, error text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.mirror_account(plpy, GD, account, regions, resource_types)
$python$;

COMMENT ON FUNCTION tabula_rasa.mirror_account(text, text[], text[]) IS 'Reads an AWS account into the tables of schema aws; changes nothing in AWS. One row per type and region: status ok, failed (the older records stay), or not offered (not in that region, or not subscribed to: there is none).';
