CREATE OR REPLACE FUNCTION tabula_rasa.restore_account_defaults(account text DEFAULT NULL, dry_run boolean DEFAULT false, regions text[] DEFAULT NULL) RETURNS TABLE (region text, resource_type text, resource_id text, name text, action text, status text, reason text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.restore_account_defaults(plpy, GD, account, dry_run, regions)
$python$;

COMMENT ON FUNCTION tabula_rasa.restore_account_defaults(text, boolean, text[]) IS 'Changes AWS resources: puts back what is missing or changed among AWS''s own defaults, as the default VPC and its internet route. May be rerun; a sound account returns no row and is not touched. With dry_run nothing is changed.';
