ALTER TABLE tabula_rasa.account
    ADD COLUMN page_size int CHECK (page_size BETWEEN 1 AND 1000),
    ADD COLUMN calls_per_second float8 CHECK (calls_per_second > 0);

COMMENT ON COLUMN tabula_rasa.account.page_size IS 'items that a list asks AWS for at a time, at most; null: as many as AWS''s models allow, up to 1,000, and fewer where a service cannot give them in time';
COMMENT ON COLUMN tabula_rasa.account.calls_per_second IS 'requests a second to one service in one region, at most; null: as many as AWS takes without throttling';
