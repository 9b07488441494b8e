CREATE OR REPLACE FUNCTION tabula_rasa.preview_changes(account text DEFAULT NULL) RETURNS TABLE (region text, resource_type text, resource_id text, name text, action text, status text, reason text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.preview_changes(plpy, GD, account)
$python$;

COMMENT ON FUNCTION tabula_rasa.preview_changes(text) IS 'The plan for the staged edits, in the order in which they would be carried out: what is created, updated, deleted or replaced, what goes with it, what AWS will refuse, and what has changed in AWS meanwhile. Calls nothing in AWS.';
