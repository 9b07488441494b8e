CREATE OR REPLACE VIEW tabula_rasa.resource_type AS
SELECT resource_type, service, scope, readable, deletable, creatable, reviewed, enabled, reason FROM tabula_rasa.resource_types();

COMMENT ON VIEW tabula_rasa.resource_type IS 'the catalog: every resource type the extension knows, and what AWS has and the extension does not read';
COMMENT ON COLUMN tabula_rasa.resource_type.resource_type IS '<service>_<noun>, the name of its table in schema aws';
COMMENT ON COLUMN tabula_rasa.resource_type.service IS 'boto3''s name of the service';
COMMENT ON COLUMN tabula_rasa.resource_type.scope IS 'region, or global: asked once';
COMMENT ON COLUMN tabula_rasa.resource_type.readable IS 'mirror_account reads it';
COMMENT ON COLUMN tabula_rasa.resource_type.deletable IS 'there is a call that deletes it';
COMMENT ON COLUMN tabula_rasa.resource_type.creatable IS 'there is a call that creates it from a row';
COMMENT ON COLUMN tabula_rasa.resource_type.reviewed IS 'a person has checked the entry against AWS''s documentation';
COMMENT ON COLUMN tabula_rasa.resource_type.enabled IS 'its service is enabled: see enable_services';
COMMENT ON COLUMN tabula_rasa.resource_type.reason IS 'why it is not readable, or not deletable';
