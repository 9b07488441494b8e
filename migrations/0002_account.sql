CREATE TABLE tabula_rasa.account (
    account_id text PRIMARY KEY CHECK (account_id ~ '^[0-9]{12}$'),
    name text UNIQUE,
    regions text[] CHECK (cardinality(regions) > 0),
    profile text,
    role_arn text CHECK (role_arn ~ '^arn:[a-z-]+:iam::[0-9]{12}:role/.+$'),
    external_id text,
    endpoint_url text CHECK (endpoint_url ~ '^https?://'),
    disposable boolean NOT NULL DEFAULT false,
    refuse_alias text DEFAULT '%prod%'
);
SELECT pg_extension_config_dump('tabula_rasa.account', '');

COMMENT ON TABLE tabula_rasa.account IS 'the AWS accounts that may be mirrored, and whether they may be wiped; credentials are never stored here';
COMMENT ON COLUMN tabula_rasa.account.account_id IS 'AWS account id, 12 digits; STS must confirm it before anything is read or changed';
COMMENT ON COLUMN tabula_rasa.account.name IS 'a name of your own, accepted wherever an account is asked for';
COMMENT ON COLUMN tabula_rasa.account.regions IS 'regions to visit; null: all that are enabled in the account';
COMMENT ON COLUMN tabula_rasa.account.profile IS 'profile in the AWS configuration of the server''s operating-system user; null: the SDK''s default chain';
COMMENT ON COLUMN tabula_rasa.account.role_arn IS 'IAM role to assume in the account';
COMMENT ON COLUMN tabula_rasa.account.external_id IS 'external id for assuming role_arn';
COMMENT ON COLUMN tabula_rasa.account.endpoint_url IS 'URL that answers instead of AWS: a test double';
COMMENT ON COLUMN tabula_rasa.account.disposable IS 'true: losing everything in the account is acceptable; without it nothing is ever changed in AWS';
COMMENT ON COLUMN tabula_rasa.account.refuse_alias IS 'an account whose alias is like this pattern is never changed; null: do not look at the alias';

-- What STS said last of the credentials: cleanup rules keep what the tool itself stands on.
CREATE TABLE tabula_rasa.caller (
    account_id text PRIMARY KEY REFERENCES tabula_rasa.account ON DELETE CASCADE,
    arn text NOT NULL,
    user_name text,
    role_name text,
    access_key_id text,
    confirmed_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE tabula_rasa.caller IS 'who the credentials were when an account was last visited (sts:GetCallerIdentity)';
COMMENT ON COLUMN tabula_rasa.caller.account_id IS 'AWS account id';
COMMENT ON COLUMN tabula_rasa.caller.arn IS 'ARN of the principal';
COMMENT ON COLUMN tabula_rasa.caller.user_name IS 'IAM user, if it is one';
COMMENT ON COLUMN tabula_rasa.caller.role_name IS 'IAM role, if it is an assumed one';
COMMENT ON COLUMN tabula_rasa.caller.access_key_id IS 'identifier of the access key in use; never the secret';
COMMENT ON COLUMN tabula_rasa.caller.confirmed_at IS 'when STS said so';

CREATE TABLE tabula_rasa.setting (
    name text PRIMARY KEY CHECK (name IN ('journal_conninfo', 'patience')),
    value text NOT NULL CHECK (value !~* 'password'),
    description text
);
SELECT pg_extension_config_dump('tabula_rasa.setting', '');

COMMENT ON TABLE tabula_rasa.setting IS 'what an administrator may have to say about this server';
COMMENT ON COLUMN tabula_rasa.setting.name IS 'journal_conninfo: libpq connection string for the journal''s connection back to this database, where the server''s socket and the extension''s owner do not do; no password: use a service or password file; patience: seconds that a refused deletion is tried again while nothing else moves, default 60';
COMMENT ON COLUMN tabula_rasa.setting.value IS 'its value';
COMMENT ON COLUMN tabula_rasa.setting.description IS 'why it is set';
