CREATE OR REPLACE FUNCTION tabula_rasa.refuse_truncate() RETURNS trigger
LANGUAGE plpython3u SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.refuse_truncate(plpy, GD, TD["table_name"])
$python$;

COMMENT ON FUNCTION tabula_rasa.refuse_truncate() IS 'trigger on every table of the mirror: TRUNCATE is refused, for it tells no rows that could be staged';
