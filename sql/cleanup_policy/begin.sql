-- The shipped rules: what AWS itself puts into an account, what others than its users answer for, and what the tool stands on.
-- Run at creation and in every update, a file per subject, each of which adds to this table; end.sql makes the policy of it.
-- What AWS takes along with something else (network interfaces of a NAT gateway, NS and SOA of a zone), and what it refuses to delete
-- anyway, needs no rule: the catalog says so. Those of the second kind that everybody has heard of have one all the same.

CREATE TEMPORARY TABLE shipped_rule (name text PRIMARY KEY, resource_type text, action text, priority integer, condition text, reason text);
