CREATE OR REPLACE FUNCTION tabula_rasa.iam_policy(purpose text, services text[] DEFAULT NULL) RETURNS TABLE (name text, policy jsonb)
LANGUAGE plpython3u VOLATILE SECURITY DEFINER SET search_path = pg_catalog, tabula_rasa, aws, pg_temp SET timezone = 'UTC' AS $python$
#!tabula_rasa
return entrypoints.iam_policy(plpy, GD, purpose, services)
$python$;

COMMENT ON FUNCTION tabula_rasa.iam_policy(text, text[]) IS 'The least IAM policies with which a function (mirror_account, delete_all_records, restore_account_defaults …) works on these services, the enabled ones unless named. Each row fits a managed policy; attach all of them. Reads the catalog only.';
