-- The journal's connection holds an advisory lock of its run; when that connection ends, however it ends, the lock is gone.
CREATE OR REPLACE VIEW tabula_rasa.run_progress WITH (security_invoker = true) AS
SELECT run_id, function, account_id, "session_user", pid, started_at, phase, done, total, failed, aws_calls, updated_at, estimated_end
FROM tabula_rasa.run
WHERE status = 'running' AND hashtextextended('tabula_rasa run ' || run_id, 0) IN (
    SELECT classid::bigint << 32 | objid::bigint FROM pg_catalog.pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
);

COMMENT ON VIEW tabula_rasa.run_progress IS 'the runs that go on at this moment, and how far they are';
COMMENT ON COLUMN tabula_rasa.run_progress.run_id IS 'number of the run';
COMMENT ON COLUMN tabula_rasa.run_progress.function IS 'function called';
COMMENT ON COLUMN tabula_rasa.run_progress.account_id IS 'AWS account id';
COMMENT ON COLUMN tabula_rasa.run_progress."session_user" IS 'database role that logged in';
COMMENT ON COLUMN tabula_rasa.run_progress.pid IS 'the server process that runs it: pg_cancel_backend(pid) cancels it';
COMMENT ON COLUMN tabula_rasa.run_progress.started_at IS 'when it began';
COMMENT ON COLUMN tabula_rasa.run_progress.phase IS 'reading, deciding, deleting or changing, reading again, saving; restoring: reading, changing and reading again of all regions at once';
COMMENT ON COLUMN tabula_rasa.run_progress.done IS 'of what the phase has to do (lists to read, records to delete, changes to make, regions to restore): how much has ended, well or badly';
COMMENT ON COLUMN tabula_rasa.run_progress.total IS 'how much the phase has to do; null: it does not count';
COMMENT ON COLUMN tabula_rasa.run_progress.failed IS 'how much of it ended badly';
COMMENT ON COLUMN tabula_rasa.run_progress.aws_calls IS 'AWS calls made so far';
COMMENT ON COLUMN tabula_rasa.run_progress.updated_at IS 'when this was last written: about once a second while AWS is asked';
COMMENT ON COLUMN tabula_rasa.run_progress.estimated_end IS 'when the phase should end, at the pace so far; null: not known';
