ALTER TABLE tabula_rasa.account ADD COLUMN width int CHECK (width BETWEEN 1 AND 64);

COMMENT ON COLUMN tabula_rasa.account.width IS 'calls to AWS under way at once, 1 to 64; null: 16, at which a real account hardly throttles; 48 where the defaults are looked at, a few in each of many regions';
