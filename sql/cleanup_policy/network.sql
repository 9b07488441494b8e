-- The network that AWS makes in every region, and what people add to it.

INSERT INTO pg_temp.shipped_rule
WITH shared AS (
    -- SQL that several conditions contain. Sub-selects that do not look at r are evaluated once for all records.
    SELECT
        $$EXISTS (SELECT FROM aws.ec2_vpc v WHERE (v.account_id, v.vpc_id) = (r.account_id, r.vpc_id) AND v.is_default)$$
            AS in_default_vpc,
        $$(r.account_id, r.route_table_id) IN (SELECT a.account_id, a.route_table_id FROM aws.ec2_route_table_association a JOIN aws.ec2_vpc v USING (account_id, vpc_id) WHERE a.main AND v.is_default)$$
            AS in_default_vpcs_main_table
)
SELECT rule.* FROM shared, LATERAL (VALUES

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
    'AWS keeps the list of its own addresses')

) AS rule;
