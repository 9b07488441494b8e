-- Every type's table inherits this one. Nothing but reading AWS writes here, so a dump leaves it out: it is a cache.
CREATE TABLE aws.resource (
    account_id text NOT NULL,
    region text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    arn text,
    name text,
    tags jsonb NOT NULL DEFAULT '{}',
    created timestamptz,
    owner_id text,
    properties jsonb NOT NULL DEFAULT '{}',
    read_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE aws.resource IS 'every record of every type, as AWS last showed it';
COMMENT ON COLUMN aws.resource.account_id IS 'AWS account id, 12 digits';
COMMENT ON COLUMN aws.resource.region IS 'region, or global';
COMMENT ON COLUMN aws.resource.resource_type IS '<service>_<noun>, the name of the record''s own table in this schema';
COMMENT ON COLUMN aws.resource.resource_id IS 'AWS''s own stable id';
COMMENT ON COLUMN aws.resource.arn IS 'Amazon Resource Name';
COMMENT ON COLUMN aws.resource.name IS 'name, or the tag Name';
COMMENT ON COLUMN aws.resource.tags IS 'tags, {key: value}';
COMMENT ON COLUMN aws.resource.created IS 'when AWS says it was created';
COMMENT ON COLUMN aws.resource.owner_id IS 'account that owns it; null: AWS does not say, though it should';
COMMENT ON COLUMN aws.resource.properties IS 'the whole answer of AWS, in AWS''s spelling; what the SDK calls sensitive is left out';
COMMENT ON COLUMN aws.resource.read_at IS 'when this state was first seen; when a type was last read stands in tabula_rasa.reading';

CREATE TABLE tabula_rasa.enabled_service (
    service text PRIMARY KEY,
    at_creation boolean NOT NULL DEFAULT false
);
SELECT pg_extension_config_dump('tabula_rasa.enabled_service', 'WHERE NOT at_creation');

COMMENT ON TABLE tabula_rasa.enabled_service IS 'services whose resource types are mirrored; see enable_services';
COMMENT ON COLUMN tabula_rasa.enabled_service.service IS 'boto3''s name of the service';
COMMENT ON COLUMN tabula_rasa.enabled_service.at_creation IS 'enabled by CREATE EXTENSION, so that a dump need not say it';

CREATE TABLE tabula_rasa.reading (
    account_id text NOT NULL,
    region text NOT NULL,
    resource_type text NOT NULL,
    read_at timestamptz NOT NULL,
    records bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('ok', 'failed', 'not offered')),
    error text,
    PRIMARY KEY (account_id, region, resource_type)
);

COMMENT ON TABLE tabula_rasa.reading IS 'how the last reading of each type in each region ended';
COMMENT ON COLUMN tabula_rasa.reading.account_id IS 'AWS account id';
COMMENT ON COLUMN tabula_rasa.reading.region IS 'region, or global';
COMMENT ON COLUMN tabula_rasa.reading.resource_type IS 'resource type';
COMMENT ON COLUMN tabula_rasa.reading.read_at IS 'when';
COMMENT ON COLUMN tabula_rasa.reading.records IS 'how many records were read';
COMMENT ON COLUMN tabula_rasa.reading.status IS 'ok; failed: the mirror keeps the older records; not offered: AWS has no such service there';
COMMENT ON COLUMN tabula_rasa.reading.error IS 'what AWS answered instead';

CREATE TABLE tabula_rasa.reference (
    account_id text NOT NULL,
    region text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    needs_region text NOT NULL,
    needs_type text NOT NULL,
    needs_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('mention', 'reference', 'part', 'owned')),
    PRIMARY KEY (account_id, region, resource_type, resource_id, needs_region, needs_type, needs_id)
);
CREATE INDEX ON tabula_rasa.reference (account_id, needs_region, needs_type, needs_id);

COMMENT ON TABLE tabula_rasa.reference IS 'which record needs which: created after it, deleted before it';
COMMENT ON COLUMN tabula_rasa.reference.account_id IS 'AWS account id of both';
COMMENT ON COLUMN tabula_rasa.reference.region IS 'region of the record';
COMMENT ON COLUMN tabula_rasa.reference.resource_type IS 'type of the record';
COMMENT ON COLUMN tabula_rasa.reference.resource_id IS 'id of the record';
COMMENT ON COLUMN tabula_rasa.reference.needs_region IS 'region of what it needs';
COMMENT ON COLUMN tabula_rasa.reference.needs_type IS 'type of what it needs';
COMMENT ON COLUMN tabula_rasa.reference.needs_id IS 'id of what it needs';
COMMENT ON COLUMN tabula_rasa.reference.kind IS 'mention: found in its properties; reference: the catalog says so; part: and it disappears with the other; owned: it disappears with the other, which needs it, too';
