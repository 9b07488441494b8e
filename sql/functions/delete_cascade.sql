CREATE OR REPLACE FUNCTION tabula_rasa.delete_cascade(resource_type text, resource_id text, account text DEFAULT NULL, region text DEFAULT NULL) RETURNS SETOF tabula_rasa.change
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.delete_cascade(plpy, GD, resource_type, resource_id, account, region)
$python$;

COMMENT ON FUNCTION tabula_rasa.delete_cascade(text, text, text, text) IS 'Stages the deletion of a record and of all that needs it, directly or not. Calls nothing in AWS: see preview_changes and apply_changes.';
