-- A dump holds the services that were enabled later; a newer version may enable them at creation, and the dump is restored after that.
CREATE FUNCTION tabula_rasa.enabled_already() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM tabula_rasa.enabled_service WHERE service = NEW.service AND at_creation;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION tabula_rasa.enabled_already() FROM PUBLIC;
COMMENT ON FUNCTION tabula_rasa.enabled_already() IS 'trigger: a service that is enabled at creation may be in a dump, too';

CREATE TRIGGER enabled_already BEFORE INSERT ON tabula_rasa.enabled_service
    FOR EACH ROW EXECUTE FUNCTION tabula_rasa.enabled_already();
