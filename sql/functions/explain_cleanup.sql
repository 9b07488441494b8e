CREATE OR REPLACE FUNCTION tabula_rasa.explain_cleanup(resource_type text, resource_id text, account text DEFAULT NULL, region text DEFAULT NULL) RETURNS TABLE (step integer, rule text, verdict text, reason text)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.explain_cleanup(plpy, GD, resource_type, resource_id, account, region)
$python$;

COMMENT ON FUNCTION tabula_rasa.explain_cleanup(text, text, text, text) IS 'Says which cleanup rules match a record of the mirror, which one wins, and whose need keeps it; the last row is the verdict. Changes nothing.';
