CREATE OR REPLACE FUNCTION tabula_rasa.discard_changes(account text DEFAULT NULL) RETURNS TABLE (region text, resource_type text, resource_id text, name text, action text, status text, reason text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.discard_changes(plpy, GD, account)
$python$;

COMMENT ON FUNCTION tabula_rasa.discard_changes(text) IS 'Forgets the staged edits; the tables show AWS again. One row per edit forgotten.';
