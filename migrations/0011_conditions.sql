ALTER TABLE tabula_rasa.setting DROP CONSTRAINT setting_name_check, ADD CHECK (name IN ('journal_conninfo', 'patience', 'condition_timeout'));
COMMENT ON COLUMN tabula_rasa.setting.name IS 'journal_conninfo: libpq connection string for the journal''s connection back to this database, where the server''s socket and the extension''s owner do not do; no password: use a service or password file; patience: seconds that a refused deletion is tried again while nothing else moves, default 60; condition_timeout: seconds that one rule''s condition may take, default 60';

-- Only the extension says which rules are as shipped: see privileges.sql for the columns that an administrator writes.
REVOKE INSERT, UPDATE ON tabula_rasa.cleanup_policy FROM tabula_rasa_administrator;
