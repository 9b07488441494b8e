-- How far a run is; written about once a second over the journal's connection. The view run_progress shows it while the run goes on.
ALTER TABLE tabula_rasa.run
    ADD COLUMN pid integer,
    ADD COLUMN phase text,
    ADD COLUMN done bigint,
    ADD COLUMN total bigint,
    ADD COLUMN failed bigint,
    ADD COLUMN aws_calls bigint,
    ADD COLUMN updated_at timestamptz,
    ADD COLUMN estimated_end timestamptz;

COMMENT ON TABLE tabula_rasa.run IS 'who called what that reads or may change AWS, when, how it ended; written over a second connection, so it survives a rollback';
COMMENT ON COLUMN tabula_rasa.run.pid IS 'the server process that ran it; while it is running, pg_cancel_backend(pid) cancels it';
COMMENT ON COLUMN tabula_rasa.run.phase IS 'reading, deciding, deleting or changing, reading again, saving: the last that it came to';
COMMENT ON COLUMN tabula_rasa.run.done IS 'of what the phase has to do (lists to read, records to delete, changes to make): how much has ended, well or badly';
COMMENT ON COLUMN tabula_rasa.run.total IS 'how much the phase has to do; null: it does not count';
COMMENT ON COLUMN tabula_rasa.run.failed IS 'how much of it ended badly';
COMMENT ON COLUMN tabula_rasa.run.aws_calls IS 'AWS calls made so far';
COMMENT ON COLUMN tabula_rasa.run.updated_at IS 'when this was last written';
COMMENT ON COLUMN tabula_rasa.run.estimated_end IS 'when the phase should end, at the pace so far; null: not known';
