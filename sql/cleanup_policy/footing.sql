-- What the tool itself stands on; what these need is kept with them. Sub-selects that do not look at r are evaluated once for all records.

INSERT INTO pg_temp.shipped_rule
WITH roles AS (
    SELECT
        -- Roles behind the credentials: the caller's, and those that may assume it, as far as trust documents name them.
        $$(WITH RECURSIVE own (account_id, role_name) AS (
            SELECT c.account_id, c.role_name FROM tabula_rasa.caller c
            UNION
            SELECT own.account_id, coalesce(substring(p.arn from ':assumed-role/([^/]+)/'), substring(p.arn from ':role/(?:.*/)?([^/]+)$'))
            FROM own JOIN aws.iam_role t USING (account_id, role_name)
            CROSS JOIN LATERAL (SELECT a #>> '{}' AS arn FROM jsonb_path_query(t.properties, '$.AssumeRolePolicyDocument.Statement[*].Principal.AWS[*]') a) p
            WHERE p.arn LIKE 'arn:%::' || own.account_id || ':%'
        ) SELECT account_id, role_name FROM own WHERE role_name IS NOT NULL)$$
            AS own_roles
), footing AS (
    SELECT
        roles.*,
        -- Users behind the credentials: the caller, and those whom these roles trust by name.
        $$(SELECT c.account_id, c.user_name FROM tabula_rasa.caller c WHERE c.user_name IS NOT NULL
           UNION
           SELECT t.account_id, substring(p #>> '{}' from ':user/(?:.*/)?([^/]+)$') FROM aws.iam_role t
           CROSS JOIN LATERAL jsonb_path_query(t.properties, '$.AssumeRolePolicyDocument.Statement[*].Principal.AWS[*]') p
           WHERE (t.account_id, t.role_name) IN $$ || own_roles || $$ AND p #>> '{}' LIKE 'arn:%::' || t.account_id || ':user/%')$$
            AS own_users,
        -- An instance, an ECS task and a CodeBuild build call themselves by their id in the session's name.
        $$(WITH own AS MATERIALIZED (
            SELECT c.account_id, substring(c.arn from ':assumed-role/[^/]+/(?:AWSCodeBuild-)?(i-[0-9a-f]{8,17}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$') AS id
            FROM tabula_rasa.caller c
        ) SELECT account_id, id FROM own WHERE id IS NOT NULL)$$
            AS own_compute
    FROM roles
), network AS (
    SELECT
        footing.*,
        $$(SELECT n.account_id, n.needs_type, n.needs_id FROM tabula_rasa.reference n JOIN $$ || own_compute || $$ own ON own.account_id = n.account_id AND n.resource_id LIKE '%' || own.id)$$
            AS needed_by_own_compute
    FROM footing
), path AS (
    SELECT
        network.*,
        -- Subnets between the tool and the internet: where it runs, and where the NAT gateways are to which their tables lead.
        -- A main table counts for all subnets of its VPC, also for one that has a table of its own: it cannot go before them anyway.
        $$(WITH RECURSIVE own (account_id, subnet_id) AS (
            SELECT n.account_id, n.needs_id FROM $$ || needed_by_own_compute || $$ n WHERE n.needs_type = 'ec2_subnet'
            UNION
            SELECT own.account_id, g.subnet_id FROM own JOIN aws.ec2_subnet s USING (account_id, subnet_id)
            JOIN aws.ec2_route_table_association a ON a.account_id = s.account_id AND (a.subnet_id = s.subnet_id OR a.main AND a.vpc_id = s.vpc_id)
            JOIN aws.ec2_route t ON (t.account_id, t.route_table_id) = (a.account_id, a.route_table_id)
            JOIN aws.ec2_nat_gateway g ON (g.account_id, g.nat_gateway_id) = (t.account_id, t.nat_gateway_id)
        ) SELECT s.account_id, s.subnet_id, s.vpc_id FROM own JOIN aws.ec2_subnet s USING (account_id, subnet_id))$$
            AS own_subnets
    FROM network
)
SELECT rule.* FROM path, LATERAL (VALUES

('own-user', 'iam_user', 'keep', 1000,
    $$(r.account_id, r.user_name) IN $$ || own_users,
    'the tool works with this user''s credentials'),
('own-access-key', 'iam_access_key', 'keep', 1000,
    $$EXISTS (SELECT FROM tabula_rasa.caller c WHERE c.account_id = r.account_id AND (c.access_key_id = r.access_key_id OR c.user_name IS NULL))
      AND (r.account_id, r.user_name) IN $$ || own_users,
    'the tool works with this access key'),
('own-mfa-device', 'iam_virtual_mfa_device', 'keep', 1000,
    $$(r.account_id, r."user" ->> 'UserName') IN $$ || own_users,
    'the user behind the tool signs in with this device'),
('own-role', 'iam_role', 'keep', 1000,
    $$(r.account_id, r.role_name) IN $$ || own_roles,
    'the tool works through this role'),
('own-instance-profile', 'iam_instance_profile', 'keep', 1000,
    $$EXISTS (SELECT FROM jsonb_array_elements(r.roles) p WHERE (r.account_id, p ->> 'RoleName') IN $$ || own_roles || $$)$$,
    'an instance gets the tool''s role through this profile'),
('own-compute', '%', 'keep', 1000,
    $$EXISTS (SELECT FROM $$ || own_compute || $$ own WHERE own.account_id = r.account_id AND r.resource_id LIKE '%' || own.id)$$,
    'the tool runs on it'),
('own-route', 'ec2_route', 'keep', 1000,
    $$EXISTS (SELECT FROM aws.ec2_route_table_association a JOIN $$ || own_subnets || $$ own ON own.account_id = a.account_id AND (own.subnet_id = a.subnet_id OR a.main AND own.vpc_id = a.vpc_id)
              WHERE (a.account_id, a.route_table_id) = (r.account_id, r.route_table_id))$$,
    'the tool reaches AWS by this route'),
('own-route-table-association', 'ec2_route_table_association', 'keep', 1000,
    $$(r.account_id, r.subnet_id) IN (SELECT own.account_id, own.subnet_id FROM $$ || own_subnets || $$ own)$$,
    'the tool reaches AWS by this route table'),
('own-network-acl-entry', 'ec2_network_acl_entry', 'keep', 1000,
    $$(r.account_id, r.network_acl_id) IN (SELECT a.account_id, a.network_acl_id FROM aws.ec2_network_acl_association a JOIN $$ || own_subnets || $$ own USING (account_id, subnet_id))$$,
    'this entry governs the tool''s way to AWS'),
('own-security-group-rule', 'ec2_security_group_rule', 'keep', 1000,
    $$(r.account_id, r.group_id) IN (SELECT n.account_id, n.needs_id FROM $$ || needed_by_own_compute || $$ n WHERE n.needs_type = 'ec2_security_group')$$,
    'this rule governs the tool''s way to AWS'),
('own-vpc-endpoint', 'ec2_vpc_endpoint', 'keep', 1000,
    $$(r.account_id, r.vpc_id) IN (SELECT own.account_id, own.vpc_id FROM $$ || own_subnets || $$ own)$$,
    'the tool may reach AWS by this endpoint')

) AS rule;
