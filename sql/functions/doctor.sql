CREATE OR REPLACE FUNCTION tabula_rasa.doctor() RETURNS TABLE (check_name text, ok boolean, detail text, hint text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.doctor(plpy, GD)
$python$;

COMMENT ON FUNCTION tabula_rasa.doctor() IS 'Says what is wrong with the set-up as the server sees it: catalog, journal connection, and each account''s AWS identity. Changes nothing.';
