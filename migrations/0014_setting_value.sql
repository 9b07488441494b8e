-- A connection string may also be a URI, and have its password between the user and the host.
ALTER TABLE tabula_rasa.setting DROP CONSTRAINT setting_value_check, ADD CHECK (value !~* 'password' AND value !~ '://[^/@]*:[^/@]*@');
