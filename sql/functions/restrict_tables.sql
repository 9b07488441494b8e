CREATE OR REPLACE FUNCTION tabula_rasa.restrict_tables() RETURNS trigger
LANGUAGE plpython3u SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.restrict_tables(plpy, GD)
$python$;

COMMENT ON FUNCTION tabula_rasa.restrict_tables() IS 'trigger: when an account is given readers, the tables show each role only the accounts that it may see';

CREATE OR REPLACE TRIGGER restrict_tables AFTER INSERT OR UPDATE OF readers ON tabula_rasa.account
    FOR EACH ROW WHEN (NEW.readers IS NOT NULL) EXECUTE FUNCTION tabula_rasa.restrict_tables();
ALTER TABLE tabula_rasa.account ENABLE ALWAYS TRIGGER restrict_tables;
