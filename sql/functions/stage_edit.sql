CREATE OR REPLACE FUNCTION tabula_rasa.stage_edit() RETURNS trigger
LANGUAGE plpython3u SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.stage_edit(plpy, GD, TD)
$python$;

COMMENT ON FUNCTION tabula_rasa.stage_edit() IS 'trigger on every table of the mirror: an INSERT, UPDATE or DELETE is staged as an edit, and what AWS would not let one do is refused';
