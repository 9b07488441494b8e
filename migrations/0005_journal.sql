CREATE TABLE tabula_rasa.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    function text NOT NULL,
    account_id text NOT NULL,
    "session_user" text NOT NULL,
    arguments jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'failed', 'cancelled', 'interrupted'))
);
SELECT pg_extension_config_dump('tabula_rasa.run', '');
SELECT pg_extension_config_dump('tabula_rasa.run_run_id_seq', '');
CREATE INDEX ON tabula_rasa.run (account_id, started_at);

COMMENT ON TABLE tabula_rasa.run IS 'who called what that may change AWS, when, how it ended; written over a second connection, so it survives a rollback';
COMMENT ON COLUMN tabula_rasa.run.run_id IS 'number of the run';
COMMENT ON COLUMN tabula_rasa.run.function IS 'function called';
COMMENT ON COLUMN tabula_rasa.run.account_id IS 'AWS account id';
COMMENT ON COLUMN tabula_rasa.run."session_user" IS 'database role that logged in';
COMMENT ON COLUMN tabula_rasa.run.arguments IS 'the call''s arguments';
COMMENT ON COLUMN tabula_rasa.run.started_at IS 'when it began';
COMMENT ON COLUMN tabula_rasa.run.finished_at IS 'when it ended; null: under way, or the server was stopped';
COMMENT ON COLUMN tabula_rasa.run.status IS 'running; done; failed: it raised an error, or a change failed; cancelled; interrupted: found unfinished by a later run';

CREATE TABLE tabula_rasa.journal (
    run_id bigint NOT NULL REFERENCES tabula_rasa.run,
    step bigint NOT NULL,
    region text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    service text NOT NULL,
    operation text NOT NULL,
    request jsonb NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    outcome text CHECK (outcome IN ('done', 'gone', 'failed')),
    error_code text,
    error_message text,
    aws_request_id text,
    PRIMARY KEY (run_id, step, resource_type, region, resource_id)
);
SELECT pg_extension_config_dump('tabula_rasa.journal', '');

COMMENT ON TABLE tabula_rasa.journal IS 'every mutating AWS call, written before it is sent and again when it is answered; a batch call has one line per resource, of one step';
COMMENT ON COLUMN tabula_rasa.journal.run_id IS 'the run';
COMMENT ON COLUMN tabula_rasa.journal.step IS 'number of the call within the run';
COMMENT ON COLUMN tabula_rasa.journal.region IS 'region, or global';
COMMENT ON COLUMN tabula_rasa.journal.resource_type IS 'resource type';
COMMENT ON COLUMN tabula_rasa.journal.resource_id IS 'id of the resource; for one that is being created, a description until AWS has named it';
COMMENT ON COLUMN tabula_rasa.journal.service IS 'boto3''s name of the service called';
COMMENT ON COLUMN tabula_rasa.journal.operation IS 'API operation';
COMMENT ON COLUMN tabula_rasa.journal.request IS 'its parameters, without what the SDK calls sensitive';
COMMENT ON COLUMN tabula_rasa.journal.started_at IS 'just before it was sent';
COMMENT ON COLUMN tabula_rasa.journal.finished_at IS 'when it was answered';
COMMENT ON COLUMN tabula_rasa.journal.outcome IS 'done; gone: there was nothing left to delete; failed; null: under way, or nobody lived to see the answer';
COMMENT ON COLUMN tabula_rasa.journal.error_code IS 'AWS''s error code';
COMMENT ON COLUMN tabula_rasa.journal.error_message IS 'AWS''s error message';
COMMENT ON COLUMN tabula_rasa.journal.aws_request_id IS 'request id to give to AWS support';
