-- The shipped rules: what AWS itself puts into an account, and what the tool stands on. Run at creation and in every update:
-- one that was switched off stays off, one that a person edited (built_in = false) is theirs, one that is no longer here goes.
-- What AWS takes along with something else (network interfaces of a NAT gateway, NS and SOA of a zone) needs no rule: the catalog says so.

-- This file may edit shipped rules without making them anybody's own.
ALTER TABLE tabula_rasa.cleanup_policy DISABLE TRIGGER own_edited_rule;

WITH shared AS (
    -- SQL that several conditions contain. Sub-selects that do not look at r are evaluated once for all records.
    SELECT
        $$EXISTS (SELECT FROM aws.ec2_vpc v WHERE (v.account_id, v.vpc_id) = (r.account_id, r.vpc_id) AND v.is_default)$$
            AS in_default_vpc,
        $$(r.account_id, r.route_table_id) IN (SELECT a.account_id, a.route_table_id FROM aws.ec2_route_table_association a JOIN aws.ec2_vpc v USING (account_id, vpc_id) WHERE a.main AND v.is_default)$$
            AS in_default_vpcs_main_table,
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
        shared.*,
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
    FROM shared
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
), shipped (name, resource_type, action, priority, condition, reason) AS (
    SELECT rule.* FROM path, LATERAL (VALUES

-- the network that AWS makes in every region
('default-vpc', 'ec2_vpc', 'keep', 0,
    $$r.is_default$$,
    'AWS makes one default VPC per region'),
('default-subnet', 'ec2_subnet', 'keep', 0,
    $$r.default_for_az$$,
    'AWS makes one default subnet per availability zone'),
('default-vpc-internet-gateway', 'ec2_internet_gateway', 'keep', 0,
    $$EXISTS (SELECT FROM jsonb_array_elements(r.attachments) a JOIN aws.ec2_vpc v ON v.vpc_id = a ->> 'VpcId' WHERE v.account_id = r.account_id AND v.is_default)$$,
    'AWS makes the default VPC with an internet gateway'),
('default-vpc-main-route-table', 'ec2_route_table', 'keep', 0,
    in_default_vpcs_main_table,
    'the default subnets find their way by the default VPC''s main route table'),
('default-vpc-main-association', 'ec2_route_table_association', 'keep', 0,
    $$r.main AND $$ || in_default_vpc,
    'it makes a route table the main one of the default VPC'),
('default-vpc-local-route', 'ec2_route', 'keep', 0,
    $$r.gateway_id = 'local' AND $$ || in_default_vpcs_main_table,
    'AWS makes this route in the default VPC''s main route table'),
('default-vpc-internet-route', 'ec2_route', 'keep', 0,
    $$r.destination_cidr_block = '0.0.0.0/0' AND r.gateway_id LIKE 'igw-%' AND $$ || in_default_vpcs_main_table,
    'AWS makes the default VPC with a route to the internet'),
('default-network-acl', 'ec2_network_acl', 'keep', 0,
    $$r.is_default AND $$ || in_default_vpc,
    'AWS makes the default VPC with a network ACL'),
('default-network-acl-entry', 'ec2_network_acl_entry', 'keep', 0,
    $$r.protocol = '-1' AND r.port_range IS NULL
      AND (r.rule_action, r.rule_number, coalesce(r.cidr_block, r.ipv6_cidr_block))
          IN (('allow', 100, '0.0.0.0/0'), ('deny', 32767, '0.0.0.0/0'), ('allow', 101, '::/0'), ('deny', 32768, '::/0'))
      AND EXISTS (SELECT FROM aws.ec2_network_acl n WHERE (n.account_id, n.network_acl_id) = (r.account_id, r.network_acl_id) AND n.is_default)
      AND $$ || in_default_vpc,
    'AWS makes the default VPC''s network ACL with these entries'),
('default-network-acl-association', 'ec2_network_acl_association', 'keep', 0,
    $$EXISTS (SELECT FROM aws.ec2_subnet s WHERE (s.account_id, s.subnet_id) = (r.account_id, r.subnet_id) AND s.default_for_az)
      AND EXISTS (SELECT FROM aws.ec2_network_acl n WHERE (n.account_id, n.network_acl_id) = (r.account_id, r.network_acl_id) AND n.is_default)$$,
    'AWS puts the default subnets under the default network ACL'),
('default-security-group', 'ec2_security_group', 'keep', 0,
    $$r.group_name = 'default' AND $$ || in_default_vpc,
    'AWS makes the default VPC with a security group'),
('default-security-group-rule', 'ec2_security_group_rule', 'keep', 0,
    $$r.ip_protocol = '-1'
      AND CASE WHEN r.is_egress THEN r.cidr_ipv4 = '0.0.0.0/0' OR r.cidr_ipv6 = '::/0' ELSE r.referenced_group_info ->> 'GroupId' = r.group_id END
      AND EXISTS (SELECT FROM aws.ec2_security_group g JOIN aws.ec2_vpc v USING (account_id, vpc_id)
                  WHERE (g.account_id, g.group_id) = (r.account_id, r.group_id) AND g.group_name = 'default' AND v.is_default)$$,
    'AWS makes the default VPC''s security group with these rules'),
('default-dhcp-options', 'ec2_dhcp_options', 'keep', 0,
    $$jsonb_array_length(r.dhcp_configurations) = 2
      AND r.dhcp_configurations @> '[{"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]}]'
      AND r.dhcp_configurations @> jsonb_build_array(jsonb_build_object('Key', 'domain-name', 'Values',
          jsonb_build_array(jsonb_build_object('Value', CASE r.region WHEN 'us-east-1' THEN 'ec2.internal' ELSE r.region || '.compute.internal' END))))$$,
    'AWS makes one set of DHCP options per region, which all VPCs use'),
-- what people add to that network: parts stay with what they are a part of, unless a rule speaks of them
('added-route', 'ec2_route', 'delete', 0,
    in_default_vpcs_main_table,
    'somebody added it to the default VPC''s main route table'),
('added-route-table-association', 'ec2_route_table_association', 'delete', 0,
    $$NOT r.main AND EXISTS (SELECT FROM aws.ec2_subnet s WHERE (s.account_id, s.subnet_id) = (r.account_id, r.subnet_id) AND s.default_for_az)$$,
    'somebody gave a default subnet a route table of its own'),
('added-network-acl-entry', 'ec2_network_acl_entry', 'delete', 0,
    $$EXISTS (SELECT FROM aws.ec2_network_acl n WHERE (n.account_id, n.network_acl_id) = (r.account_id, r.network_acl_id) AND n.is_default)
      AND $$ || in_default_vpc,
    'somebody added it to the default VPC''s network ACL'),
('added-network-acl-association', 'ec2_network_acl_association', 'delete', 0,
    $$EXISTS (SELECT FROM aws.ec2_subnet s WHERE (s.account_id, s.subnet_id) = (r.account_id, r.subnet_id) AND s.default_for_az)$$,
    'somebody gave a default subnet a network ACL of its own'),
('added-security-group-rule', 'ec2_security_group_rule', 'delete', 0,
    $$EXISTS (SELECT FROM aws.ec2_security_group g JOIN aws.ec2_vpc v USING (account_id, vpc_id)
              WHERE (g.account_id, g.group_id) = (r.account_id, r.group_id) AND g.group_name = 'default' AND v.is_default)$$,
    'somebody added it to the default VPC''s security group'),
('availability-zone', 'ec2_availability_zone', 'keep', 0,
    NULL,
    'a zone is a part of AWS'),
('vpc-block-public-access', 'ec2_vpc_block_public_access_options', 'keep', 0,
    NULL,
    'a setting that every region has'),
('aws-prefix-list', 'ec2_managed_prefix_list', 'keep', 0,
    $$r.owner_id = 'AWS'$$,
    'AWS keeps the list of its own addresses'),

-- identities that AWS or an administrator puts into an account
('service-linked-role', 'iam_role', 'keep', 0,
    $$r.path LIKE '/aws-service-role/%'$$,
    'an AWS service made this role for itself'),
('identity-center-role', 'iam_role', 'keep', 0,
    $$r.path LIKE '/aws-reserved/%'$$,
    'people sign in through this role of IAM Identity Center'),
('identity-center-saml-provider', 'iam_saml_provider', 'keep', 0,
    $$r.resource_id LIKE '%:saml-provider/AWSSSO\_%'$$,
    'people sign in through this provider of IAM Identity Center'),
('organization-role', 'iam_role', 'keep', 0,
    $$r.role_name = 'OrganizationAccountAccessRole'$$,
    'the organization''s management account gets in through this role'),
('organization-role-renamed', 'iam_role', 'keep', 0,
    $$jsonb_path_exists(r.attached_managed_policies, '$[*] ? (@.PolicyName == "AdministratorAccess")')
      AND EXISTS (SELECT FROM jsonb_path_query(r.properties, '$.AssumeRolePolicyDocument.Statement[*].Principal.AWS[*]') p
                  WHERE p #>> '{}' ~ '^(arn:[^:]+:iam::)?[0-9]{12}(:root)?$' AND p #>> '{}' NOT LIKE '%' || r.account_id || '%')$$,
    'another account''s administrators get in through this role, as an organization''s management account does'),
('root-mfa-device', 'iam_virtual_mfa_device', 'keep', 0,
    $$r."user" ->> 'Arn' LIKE '%:root'$$,
    'the root user signs in with this device'),
('control-tower', '%', 'keep', 0,
    $$r.name ~* '^(/aws/lambda/)?aws-?controltower' OR r.arn ~* '[:/]aws-?controltower'$$,
    'AWS Control Tower governs the account with it'),
('stack-set-role', 'iam_role', 'keep', 0,
    $$r.role_name = 'AWSCloudFormationStackSetExecutionRole' OR r.role_name LIKE 'stacksets-exec-%'$$,
    'CloudFormation StackSets work through this role'),
('stack-set-stack', 'cloudformation_stack', 'keep', 0,
    $$r.stack_name LIKE 'StackSet-%'$$,
    'an administrator''s stack set put this stack here'),
('conformance-pack-stack', 'cloudformation_stack', 'keep', 0,
    $$r.stack_name LIKE 'awsconfigconforms-%'$$,
    'an AWS Config conformance pack made this stack, and its deletion takes the stack along'),
('service-catalog-stack', 'cloudformation_stack', 'keep', 0,
    $$r.stack_name ~ '^SC-[0-9]{12}-'$$,
    'AWS Service Catalog made this stack for a product, and its termination takes the stack along'),

-- what AWS's services provide, or keep for themselves
('aws-kms-key', 'kms_key', 'keep', 0,
    $$r.key_manager = 'AWS'$$,
    'an AWS service made this key for itself'),
('aws-kms-alias', 'kms_alias', 'keep', 0,
    $$r.alias_name LIKE 'alias/aws/%'$$,
    'AWS reserves this name for a service''s own key'),
('default-parameter-group', '%_parameter_group', 'keep', 0,
    $$r.name LIKE 'default.%'$$,
    'AWS makes default parameter groups when an engine is first used'),
('default-option-group', 'rds_option_group', 'keep', 0,
    $$r.option_group_name LIKE 'default:%'$$,
    'AWS makes default option groups when an engine is first used'),
('default-subnet-group', '%_subnet_group', 'keep', 0,
    $$r.name = 'default'$$,
    'only AWS can make a subnet group called default'),
('elasticache-default-user', 'elasticache_user', 'keep', 0,
    $$r.user_id = 'default'$$,
    'ElastiCache has this user in every region'),
('memorydb-default-user', 'memorydb_user', 'keep', 0,
    $$r.name = 'default'$$,
    'MemoryDB has this user in every region'),
('memorydb-open-access', 'memorydb_acl', 'keep', 0,
    $$r.name = 'open-access'$$,
    'MemoryDB has this access control list in every region'),
('ecs-fargate', 'ecs_capacity_provider', 'keep', 0,
    $$r.name IN ('FARGATE', 'FARGATE_SPOT')$$,
    'Fargate provides this capacity in every region'),
('ecs-default-cluster', 'ecs_cluster', 'keep', 0,
    $$r.cluster_name = 'default'$$,
    'ECS makes this cluster on first use, and uses it where none is named'),
('athena-primary-work-group', 'athena_work_group', 'keep', 0,
    $$r.name = 'primary'$$,
    'Athena has this workgroup in every region'),
('athena-glue-catalog', 'athena_data_catalog', 'keep', 0,
    $$r.catalog_name = 'AwsDataCatalog'$$,
    'Athena has this catalog in every region'),
('default-event-bus', 'events_event_bus', 'keep', 0,
    $$r.name = 'default'$$,
    'EventBridge has this bus in every region'),
('service-events-rule', 'events_rule', 'keep', 0,
    $$r.managed_by <> 'prod.vhs.events.aws.internal'$$,
    'an AWS service made this rule for itself'),
('codedeploy-default-config', 'codedeploy_deployment_config', 'keep', 0,
    $$r.deployment_config_name LIKE 'CodeDeployDefault.%'$$,
    'CodeDeploy has this configuration in every region'),
('session-manager-preferences', 'ssm_document', 'keep', 0,
    $$r.name = 'SSM-SessionManagerRunShell'$$,
    'Session Manager keeps its preferences in this document'),
('service-secret', 'secretsmanager_secret', 'keep', 0,
    $$r.owning_service IS NOT NULL$$,
    'the AWS service that owns this secret takes it along'),
('service-hosted-zone', 'route53_%', 'keep', 0,
    $$r.linked_service IS NOT NULL$$,
    'AWS Cloud Map or another service made it, and takes it along'),
('backup-recovery-point', '%', 'keep', 0,
    $$jsonb_path_exists(r.tags, '$.keyvalue() ? (@.key starts with "aws:backup:")') OR r.resource_id LIKE 'awsbackup:%'$$,
    'AWS Backup made it, and its backup plan says how long it is kept'),
('eks-node-group', '%', 'keep', 0,
    $$r.tags ?| ARRAY['eks:cluster-name', 'aws:eks:cluster-name']$$,
    'EKS made it for a cluster, and would make it again'),
('batch-compute-environment', '%', 'keep', 0,
    $$r.tags ? 'AWSBatchServiceTag'$$,
    'AWS Batch made it for a compute environment, and would make it again'),

-- what is not known well enough
('other-account', '%', 'keep', 0,
    $$r.owner_id IS DISTINCT FROM r.account_id$$,
    'it belongs to another account, or AWS does not say to whom'),
('unreviewed-type', '%', 'keep', 0,
    $$r.resource_type IN (SELECT tabula_rasa.unreviewed_types())$$,
    'nobody has checked yet how resources of this type are deleted'),

-- what the tool itself stands on; what these need is kept with them
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

    ) AS rule (name, resource_type, action, priority, condition, reason)
), gone AS (
    DELETE FROM tabula_rasa.cleanup_policy p WHERE p.built_in AND NOT EXISTS (SELECT FROM shipped WHERE shipped.name = p.name)
)
INSERT INTO tabula_rasa.cleanup_policy AS p (name, resource_type, action, priority, condition, reason, built_in)
SELECT name, resource_type, action, priority, condition, reason, true FROM shipped
ON CONFLICT (name) DO UPDATE
SET (resource_type, action, condition, priority, reason) = (excluded.resource_type, excluded.action, excluded.condition, excluded.priority, excluded.reason)
WHERE p.built_in;

ALTER TABLE tabula_rasa.cleanup_policy ENABLE TRIGGER own_edited_rule;
