CREATE TABLE tabula_rasa.cleanup_policy (
    name text PRIMARY KEY,
    resource_type text NOT NULL DEFAULT '%',
    action text NOT NULL DEFAULT 'keep' CHECK (action IN ('keep', 'delete')),
    condition text,
    priority integer NOT NULL DEFAULT 0,
    reason text NOT NULL CHECK (reason <> ''),
    enabled boolean NOT NULL DEFAULT true,
    built_in boolean NOT NULL DEFAULT false
);
-- Shipped rules come with the extension; a dump holds the user's own, and the shipped ones that were switched off or edited.
SELECT pg_extension_config_dump('tabula_rasa.cleanup_policy', 'WHERE NOT built_in OR NOT enabled');

COMMENT ON TABLE tabula_rasa.cleanup_policy IS 'what delete_all_records keeps: the highest priority that matches decides, among equals keep wins, no match means delete';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.name IS 'the rule''s name, shown by explain_cleanup';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.resource_type IS 'LIKE pattern over resource types';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.action IS 'keep or delete';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.condition IS 'SQL expression over the columns of the type''s table (the record is r), with sub-selects; null: always. One that cannot be evaluated keeps';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.priority IS 'higher decides first; shipped rules have 0, or 1000 where the tool would saw off its own branch';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.reason IS 'why, for the people who read the result';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.enabled IS 'false: the rule is not asked';
COMMENT ON COLUMN tabula_rasa.cleanup_policy.built_in IS 'shipped with the extension and as shipped; switching it off leaves it so, any other edit makes it yours';

-- A shipped rule that a person edits becomes theirs: an update or a restored dump must not undo what they decided.
CREATE FUNCTION tabula_rasa.own_edited_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- Restoring a dump brings back a shipped rule's edited or switched-off row beside the one that CREATE EXTENSION made.
        DELETE FROM tabula_rasa.cleanup_policy WHERE name = NEW.name AND built_in;
    ELSIF (NEW.name, NEW.resource_type, NEW.action, NEW.condition, NEW.priority, NEW.reason)
          IS DISTINCT FROM (OLD.name, OLD.resource_type, OLD.action, OLD.condition, OLD.priority, OLD.reason) THEN
        NEW.built_in := false;
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION tabula_rasa.own_edited_rule() FROM PUBLIC;
COMMENT ON FUNCTION tabula_rasa.own_edited_rule() IS 'trigger: an edited shipped rule becomes the user''s own';

CREATE TRIGGER own_edited_rule BEFORE INSERT OR UPDATE ON tabula_rasa.cleanup_policy
    FOR EACH ROW EXECUTE FUNCTION tabula_rasa.own_edited_rule();
