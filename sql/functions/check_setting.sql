CREATE OR REPLACE FUNCTION tabula_rasa.check_setting() RETURNS trigger
LANGUAGE plpython3u SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.check_setting(plpy, GD, TD["new"])
$python$;

COMMENT ON FUNCTION tabula_rasa.check_setting() IS 'trigger: refuses a journal_conninfo that says more than where the journal''s connection goes';

CREATE OR REPLACE TRIGGER check_setting AFTER INSERT OR UPDATE ON tabula_rasa.setting
    FOR EACH ROW WHEN (NEW.name = 'journal_conninfo') EXECUTE FUNCTION tabula_rasa.check_setting();
