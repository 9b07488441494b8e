CREATE OR REPLACE FUNCTION tabula_rasa.check_condition() RETURNS trigger
LANGUAGE plpython3u SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.check_condition(plpy, GD, TD["new"])
$python$;

COMMENT ON FUNCTION tabula_rasa.check_condition() IS 'trigger on cleanup_policy: a condition that uses what it may not is refused when it is written; whether it may is asked again each time it is evaluated';

CREATE OR REPLACE TRIGGER check_condition AFTER INSERT OR UPDATE ON tabula_rasa.cleanup_policy
    FOR EACH ROW WHEN (NEW.enabled AND NOT NEW.built_in AND NEW.condition IS NOT NULL) EXECUTE FUNCTION tabula_rasa.check_condition();
