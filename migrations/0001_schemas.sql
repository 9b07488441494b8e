CREATE SCHEMA aws;

COMMENT ON SCHEMA tabula_rasa IS 'tabula_rasa: functions and control tables';
COMMENT ON SCHEMA aws IS 'tabula_rasa: the mirror of AWS accounts, one table per resource type';
