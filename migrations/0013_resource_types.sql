-- Before 0.3.0 they had no column `reason`. CREATE OR REPLACE cannot add one to a function's result; both are made again after this.
DROP VIEW IF EXISTS tabula_rasa.resource_type;
DROP FUNCTION IF EXISTS tabula_rasa.resource_types();
