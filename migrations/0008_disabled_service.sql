-- What an administrator has disabled stays so in a restored database, which enables the usual services when it makes the extension.
CREATE TABLE tabula_rasa.disabled_service (
    service text PRIMARY KEY,
    at_creation boolean NOT NULL DEFAULT false
);
SELECT pg_extension_config_dump('tabula_rasa.disabled_service', '');

COMMENT ON TABLE tabula_rasa.disabled_service IS 'the services that disable_services has disabled';
COMMENT ON COLUMN tabula_rasa.disabled_service.service IS 'boto3''s name of the service';
COMMENT ON COLUMN tabula_rasa.disabled_service.at_creation IS 'CREATE EXTENSION enables it: a dump need not say so when it is enabled again';

ALTER TABLE tabula_rasa.enabled_service ADD COLUMN shape text;
COMMENT ON COLUMN tabula_rasa.enabled_service.shape IS 'digest of the tables as they were made: another one than the catalog''s has them looked at again';

-- A service is in one of the two tables.
CREATE FUNCTION tabula_rasa.disabled_no_more() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM tabula_rasa.disabled_service WHERE service = NEW.service RETURNING at_creation OR NEW.at_creation INTO NEW.at_creation;
    NEW.at_creation := coalesce(NEW.at_creation, false);
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION tabula_rasa.disabled_no_more() FROM PUBLIC;
COMMENT ON FUNCTION tabula_rasa.disabled_no_more() IS 'trigger: a service that is enabled is not disabled';

CREATE TRIGGER disabled_no_more BEFORE INSERT ON tabula_rasa.enabled_service
    FOR EACH ROW EXECUTE FUNCTION tabula_rasa.disabled_no_more();

CREATE FUNCTION tabula_rasa.enabled_no_more() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM tabula_rasa.enabled_service WHERE service = NEW.service RETURNING at_creation OR NEW.at_creation INTO NEW.at_creation;
    NEW.at_creation := coalesce(NEW.at_creation, false);
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION tabula_rasa.enabled_no_more() FROM PUBLIC;
COMMENT ON FUNCTION tabula_rasa.enabled_no_more() IS 'trigger: a service that is disabled is not enabled';

CREATE TRIGGER enabled_no_more BEFORE INSERT ON tabula_rasa.disabled_service
    FOR EACH ROW EXECUTE FUNCTION tabula_rasa.enabled_no_more();
