-- Makes the policy of the shipped rules: one that was switched off stays off, one that a person edited (built_in = false) is theirs,
-- one that is no longer shipped goes.

-- This file may edit shipped rules without making them anybody's own.
ALTER TABLE tabula_rasa.cleanup_policy DISABLE TRIGGER own_edited_rule;

DELETE FROM tabula_rasa.cleanup_policy p WHERE p.built_in AND NOT EXISTS (SELECT FROM pg_temp.shipped_rule WHERE shipped_rule.name = p.name);

INSERT INTO tabula_rasa.cleanup_policy AS p (name, resource_type, action, priority, condition, reason, built_in)
SELECT name, resource_type, action, priority, condition, reason, true FROM pg_temp.shipped_rule
ON CONFLICT (name) DO UPDATE
SET (resource_type, action, condition, priority, reason) = (excluded.resource_type, excluded.action, excluded.condition, excluded.priority, excluded.reason)
WHERE p.built_in;

ALTER TABLE tabula_rasa.cleanup_policy ENABLE TRIGGER own_edited_rule;
DROP TABLE pg_temp.shipped_rule;
