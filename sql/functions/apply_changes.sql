CREATE OR REPLACE FUNCTION tabula_rasa.apply_changes(account text DEFAULT NULL, allow_replace boolean DEFAULT false, force boolean DEFAULT false) RETURNS TABLE (region text, resource_type text, resource_id text, name text, action text, status text, reason text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.apply_changes(plpy, GD, account, allow_replace, force)
$python$;

COMMENT ON FUNCTION tabula_rasa.apply_changes(text, boolean, boolean) IS 'Carries the staged edits out in AWS, and reads again what was touched. What failed stays staged with its error; calling it again goes on from there. allow_replace: also delete and create anew what AWS does not let one change in place. force: also what has changed in AWS since it was staged, and what AWS will refuse.';
