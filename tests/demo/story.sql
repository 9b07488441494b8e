-- The story, as a person would type it; psql shows each command before its result.
\set QUIET on
\pset border 1
\pset linestyle unicode
\pset null '-'
\pset pager off
\set ECHO queries

\echo
\echo :bold'A test account':plain
\echo 'Two tutorials (Django and Prisma on ECS Fargate) and a CodeDeploy suite ran in it, in two regions, and left everything behind.'
\echo
SELECT account_id, name, regions, disposable FROM account;

\echo :bold'1. Mirror it':plain
\echo
\timing on
SELECT region, sum(records) AS records, count(*) FILTER (WHERE records > 0) AS types_found, count(*) AS types_read, count(error) AS errors
FROM mirror_account() GROUP BY region ORDER BY region;
\timing off
\echo
\echo 'Each type is a table now, aws.resource is all of them. What did the suites leave?'
\echo
SELECT tags ->> 'project' AS left_by, region, count(*) AS records, count(DISTINCT resource_type) AS types
FROM aws.resource WHERE tags ? 'project' GROUP BY 1, 2 ORDER BY 1, 2;

\echo 'Who may connect to whom? The two groups name each other, so neither can be deleted first:'
\echo
SELECT source.name AS source, target.name AS target, r.ip_protocol || '/' || r.from_port AS port
FROM aws.ec2_security_group_rule r
JOIN aws.ec2_security_group target USING (region, group_id)
JOIN aws.ec2_security_group source ON (source.region, source.group_id) = (r.region, r.referenced_group_info ->> 'GroupId')
WHERE source.group_id <> target.group_id ORDER BY 1;

\echo 'What would a deletion wait for? Everything that needs the Django app''s security group:'
\echo
SELECT r.resource_type, r.resource_id
FROM aws.ec2_security_group g
JOIN reference n ON n.needs_type = 'ec2_security_group' AND (n.account_id, n.needs_region, n.needs_id) = (g.account_id, g.region, g.group_id)
JOIN aws.resource r ON (r.account_id, r.resource_type, r.region, r.resource_id) = (n.account_id, n.resource_type, n.region, n.resource_id)
WHERE g.name = 'django-app' AND r.resource_type <> 'ec2_security_group_rule' ORDER BY 1, 2;

\echo :bold'2. A dry run: what would go, what stays, why':plain
\echo
SELECT * INTO TEMP dry_run FROM delete_all_records(dry_run => true);
SELECT split_part(resource_type, '_', 1) AS service, count(*) FILTER (WHERE action = 'delete') AS goes, count(*) FILTER (WHERE action = 'keep') AS stays
FROM dry_run GROUP BY 1 HAVING bool_or(action = 'delete') ORDER BY goes DESC, stays LIMIT 10;
SELECT resource_type, count(*), reason FROM dry_run WHERE action = 'keep' AND resource_type ~ '^(ec2|iam|kms)_' GROUP BY 1, 3 ORDER BY 1 LIMIT 12;
\echo 'Inside the default VPC the suites'' own things go, and AWS''s own stay:'
\echo
SELECT coalesce(d.name, s.subnet_id) AS subnet, s.cidr_block, d.action, d.reason
FROM dry_run d JOIN aws.ec2_subnet s ON (s.region, s.subnet_id) = (d.region, d.resource_id) JOIN aws.ec2_vpc v ON (v.region, v.vpc_id) = (s.region, s.vpc_id)
WHERE d.resource_type = 'ec2_subnet' AND v.is_default AND d.region = 'us-east-1' ORDER BY s.cidr_block;
\echo 'Every record can be asked why:'
\echo
SELECT d.resource_type, e.* FROM dry_run d, explain_cleanup(d.resource_type, d.resource_id, region => d.region) e
WHERE d.region = 'us-east-1' AND (d.resource_type = 'rds_db_instance' OR d.resource_type = 'ec2_internet_gateway') ORDER BY 1, 2;

\echo :bold'3. The wipe':plain
\echo
\timing on
SELECT action, status, count(*) FROM delete_all_records() GROUP BY 1, 2 ORDER BY 1;
\timing off
\echo
\echo 'The mirror was read again afterwards. What is left of the suites?'
\echo
SELECT count(*) AS records_of_the_suites FROM aws.resource WHERE tags ? 'project';
\echo 'The journal has every call that changed something; it is written over a connection of its own, so no rollback loses it.'
\echo
SELECT count(DISTINCT step) AS calls, count(*) AS records_in_them, count(*) FILTER (WHERE outcome <> 'done') AS refused,
    max(finished_at) - min(started_at) AS from_first_to_last
FROM journal WHERE run_id = (SELECT max(run_id) FROM run);
SELECT step, service, operation, resource_id FROM journal
WHERE run_id = (SELECT max(run_id) FROM run) AND region = 'us-west-2' AND service = 'ec2' ORDER BY step DESC LIMIT 8;

\echo :bold'4. The incident':plain
\echo
\! "$DEMO_PYTHON" -m demo.incident
\echo
SELECT region, item, resource_id, status, expected, found FROM check_account_defaults() WHERE status <> 'ok';
SELECT availability_zone, route_table_by, target, acl, can_pull_from_ecr, because
FROM subnet_internet_path WHERE region = 'us-east-1' ORDER BY 1 LIMIT 3;
\echo 'The restore puts back what is missing, and nothing else:'
\echo
\timing on
SELECT region, resource_id, action, status, reason FROM restore_account_defaults();
\timing off
\echo
SELECT availability_zone, route_table_by, target, acl, can_pull_from_ecr, because
FROM subnet_internet_path WHERE region = 'us-east-1' ORDER BY 1 LIMIT 3;

\echo :bold'5. No rules: the defaults go, too':plain
\echo 'What is kept is a table, not code. Without its rows, everything goes that AWS lets go.'
\echo
SELECT count(*) AS rules_before FROM cleanup_policy WHERE enabled;
UPDATE cleanup_policy SET enabled = false;
SELECT resource_type, count(*) FROM delete_all_records() WHERE status = 'deleted' GROUP BY 1 ORDER BY 2 DESC LIMIT 6;
SELECT (SELECT count(*) FROM aws.ec2_vpc) AS vpcs, (SELECT count(*) FROM aws.ec2_subnet) AS subnets, (SELECT count(*) FROM aws.ec2_internet_gateway) AS gateways;
\echo 'And from nothing, a sound account again:'
\echo
\timing on
SELECT region, resource_type, resource_id, action, status FROM restore_account_defaults();
\timing off
\echo
SELECT region, status, count(*) AS defaults FROM check_account_defaults() GROUP BY 1, 2 ORDER BY 1;
\echo 'A second restore finds nothing to do:'
\echo
SELECT * FROM restore_account_defaults();

\echo :bold'6. The other way: rows become resources':plain
\echo 'INSERT, UPDATE and DELETE stage edits. New rows name each other by placeholders; no rule is in the way of the default VPC''s route.'
\echo
BEGIN;
INSERT INTO ec2_vpc (region, vpc_id, cidr_block, name) VALUES ('us-west-2', 'my-vpc', '10.0.0.0/16', 'web');
INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block, name) VALUES ('my-subnet', 'my-vpc', '10.0.1.0/24', 'web');
INSERT INTO ec2_internet_gateway (internet_gateway_id, vpc_id) VALUES ('my-gateway', 'my-vpc');
DELETE FROM ec2_route WHERE region = 'us-east-1' AND destination_cidr_block = '0.0.0.0/0';
COMMIT;
SELECT resource_type, resource_id, action, status, reason FROM preview_changes();
\echo 'Nothing was sent yet. Now it is; AWS''s ids take the place of ours:'
\echo
\timing on
SELECT resource_type, resource_id, action, status FROM apply_changes();
\timing off
\echo
SELECT record_as_sql('ec2_subnet', subnet_id) AS infrastructure_as_sql FROM ec2_subnet WHERE name = 'web';
\echo 'Away with the VPC and all that needs it, and the route back:'
\echo
SELECT c.resource_type, c.resource_id, c.status FROM ec2_vpc v, delete_cascade('ec2_vpc', v.vpc_id) c WHERE v.name = 'web' AND c.reason = '';
SELECT action, status, count(*) FROM apply_changes() GROUP BY 1, 2;
SELECT region, resource_id, action, status FROM restore_account_defaults();
