-- Not the view's own query: the view would keep the tables of ec2 from being dropped, and an update from succeeding without them.
CREATE OR REPLACE FUNCTION tabula_rasa.subnet_internet_paths() RETURNS TABLE (
    account_id text, region text, vpc_id text, default_vpc boolean, subnet_id text, name text, availability_zone text, default_subnet boolean,
    route_table_id text, route_table_by text, target text, target_kind text, route_state text, gateway_state text, network_acl_id text, acl text,
    public_addresses boolean, can_pull_from_ecr boolean, because text
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, tabula_rasa, aws, pg_temp AS $$
#variable_conflict use_column
BEGIN
IF to_regclass('aws.ec2_subnet') IS NULL THEN
    RAISE EXCEPTION 'service "ec2" is not enabled' USING
        ERRCODE = 'undefined_table', DETAIL = 'subnet_internet_path looks at its tables.', HINT = 'SELECT * FROM enable_services(''ec2'').';
END IF;
RETURN QUERY
WITH subnet_table AS ( -- the subnet's own route table, else its VPC's main one
    SELECT s.account_id, s.region, s.vpc_id, s.subnet_id, s.name, s.availability_zone, s.default_for_az, s.map_public_ip_on_launch,
        coalesce(own.route_table_id, main.route_table_id) AS route_table_id,
        CASE WHEN own.route_table_id IS NOT NULL THEN 'explicit' WHEN main.route_table_id IS NOT NULL THEN 'main' END AS route_table_by
    FROM aws.ec2_subnet s
    LEFT JOIN aws.ec2_route_table_association own ON (own.account_id, own.region, own.subnet_id) = (s.account_id, s.region, s.subnet_id)
    LEFT JOIN aws.ec2_route_table_association main ON (main.account_id, main.region, main.vpc_id) = (s.account_id, s.region, s.vpc_id) AND main.main
), default_route AS (
    SELECT t.*, r.state AS route_state,
        coalesce(r.gateway_id, r.nat_gateway_id, r.transit_gateway_id, r.vpc_peering_connection_id, r.network_interface_id, r.instance_id,
                 r.egress_only_internet_gateway_id, r.carrier_gateway_id, r.local_gateway_id) AS target
    FROM subnet_table t
    LEFT JOIN aws.ec2_route r ON (r.account_id, r.region, r.route_table_id) = (t.account_id, t.region, t.route_table_id) AND r.destination_cidr_block = '0.0.0.0/0'
), internet_gateway AS (
    SELECT g.account_id, g.region, g.internet_gateway_id, a ->> 'VpcId' AS vpc_id, a ->> 'State' AS state
    FROM aws.ec2_internet_gateway g LEFT JOIN jsonb_array_elements(g.attachments) a ON true
), acl_rule AS ( -- the first rule of a subnet's ACL that speaks of all addresses, for what a pull sends (443) and gets back (1024-65535)
    SELECT DISTINCT ON (a.account_id, a.region, a.subnet_id, e.egress)
        a.account_id, a.region, a.subnet_id, a.network_acl_id, e.egress, e.rule_action, e.rule_number
    FROM aws.ec2_network_acl_association a
    JOIN aws.ec2_network_acl_entry e ON (e.account_id, e.region, e.network_acl_id) = (a.account_id, a.region, a.network_acl_id)
    WHERE e.cidr_block = '0.0.0.0/0' AND (
        e.protocol = '-1' OR e.protocol = '6' AND (
            e.port_range IS NULL
            OR e.egress AND 443 BETWEEN (e.port_range ->> 'From')::int AND (e.port_range ->> 'To')::int
            -- a denial of some of the ports that answers come to is one too many, an allowance has to cover all of them
            OR NOT e.egress AND CASE e.rule_action
                WHEN 'deny' THEN (e.port_range ->> 'To')::int >= 1024
                ELSE (e.port_range ->> 'From')::int <= 1024 AND (e.port_range ->> 'To')::int >= 65535 END))
    ORDER BY a.account_id, a.region, a.subnet_id, e.egress, e.rule_number
), acl AS (
    SELECT a.account_id, a.region, a.subnet_id, a.network_acl_id,
        CASE
            WHEN outbound.rule_action IS DISTINCT FROM 'allow' THEN 'blocks outbound 443'
            WHEN inbound.rule_action IS DISTINCT FROM 'allow' THEN 'blocks inbound replies'
            WHEN EXISTS (
                SELECT FROM aws.ec2_network_acl_entry e
                WHERE (e.account_id, e.region, e.network_acl_id) = (a.account_id, a.region, a.network_acl_id) AND e.rule_action = 'deny'
                AND e.cidr_block <> '0.0.0.0/0' AND e.rule_number < CASE WHEN e.egress THEN outbound.rule_number ELSE inbound.rule_number END
            ) THEN 'blocks some addresses'
            ELSE 'allows'
        END AS verdict
    FROM aws.ec2_network_acl_association a
    LEFT JOIN acl_rule outbound ON (outbound.account_id, outbound.region, outbound.subnet_id) = (a.account_id, a.region, a.subnet_id) AND outbound.egress
    LEFT JOIN acl_rule inbound ON (inbound.account_id, inbound.region, inbound.subnet_id) = (a.account_id, a.region, a.subnet_id) AND NOT inbound.egress
), public_way AS ( -- subnets whose default route goes to an internet gateway that is attached to their own VPC
    SELECT r.account_id, r.region, r.subnet_id, g.state
    FROM default_route r
    JOIN internet_gateway g ON (g.account_id, g.region, g.internet_gateway_id, g.vpc_id) = (r.account_id, r.region, r.target, r.vpc_id)
    WHERE r.route_state = 'active' AND g.state IN ('available', 'attached')
), gateway AS (
    SELECT r.*,
        CASE
            WHEN r.target IS NULL THEN 'no route'
            WHEN r.target LIKE 'igw-%' THEN 'internet gateway' WHEN r.target LIKE 'nat-%' THEN 'NAT gateway' WHEN r.target LIKE 'tgw-%' THEN 'transit gateway'
            WHEN r.target LIKE 'pcx-%' THEN 'peering' WHEN r.target LIKE 'eni-%' OR r.target LIKE 'i-%' THEN 'instance or interface'
            WHEN r.target LIKE 'vgw-%' THEN 'virtual private gateway' WHEN r.target LIKE 'vpce-%' THEN 'endpoint' ELSE 'other'
        END AS target_kind,
        CASE
            WHEN r.target LIKE 'igw-%' THEN coalesce(g.state, CASE WHEN g.internet_gateway_id IS NULL THEN 'gone' ELSE 'detached' END)
            WHEN r.target LIKE 'nat-%' THEN coalesce(n.state, 'gone')
        END AS gateway_state,
        p.subnet_id IS NOT NULL AS public,
        coalesce(n.state = 'available' AND n.connectivity_type IS DISTINCT FROM 'private' AND np.subnet_id IS NOT NULL AND r.route_state = 'active', false) AS nat_works
    FROM default_route r
    LEFT JOIN internet_gateway g ON (g.account_id, g.region, g.internet_gateway_id) = (r.account_id, r.region, r.target)
    LEFT JOIN aws.ec2_nat_gateway n ON (n.account_id, n.region, n.nat_gateway_id) = (r.account_id, r.region, r.target)
    LEFT JOIN public_way p ON (p.account_id, p.region, p.subnet_id) = (r.account_id, r.region, r.subnet_id)
    LEFT JOIN public_way np ON (np.account_id, np.region, np.subnet_id) = (n.account_id, n.region, n.subnet_id)
), endpoints AS ( -- private ways: ECR's API and registry through interfaces, the layers through S3's gateway endpoint
    SELECT r.account_id, r.region, r.subnet_id,
        bool_or(e.service_name LIKE '%.ecr.api') AND bool_or(e.service_name LIKE '%.ecr.dkr')
        AND bool_or(e.service_name LIKE '%.s3' AND (e.vpc_endpoint_type = 'Interface' OR r.route_table_id = ANY (e.route_table_ids))) AS complete
    FROM default_route r
    JOIN aws.ec2_vpc_endpoint e ON (e.account_id, e.region, e.vpc_id) = (r.account_id, r.region, r.vpc_id) AND e.state = 'available'
    GROUP BY 1, 2, 3
), judged AS (
    SELECT w.account_id, w.region, w.vpc_id, v.is_default AS default_vpc, w.subnet_id, w.name, w.availability_zone, w.default_for_az AS default_subnet,
        w.route_table_id, w.route_table_by, w.target, w.target_kind, w.route_state, w.gateway_state, a.network_acl_id, a.verdict AS acl,
        w.map_public_ip_on_launch AS public_addresses,
        CASE
            WHEN v.enable_dns_support IS FALSE THEN 'no: the VPC has no DNS'
            WHEN a.verdict LIKE 'blocks %' AND a.verdict <> 'blocks some addresses' THEN 'no: the network ACL ' || a.verdict
            WHEN e.complete THEN 'yes: through VPC endpoints'
            WHEN w.target IS NULL THEN 'no: no route to 0.0.0.0/0'
            WHEN w.route_state <> 'active' THEN 'no: the route to ' || w.target || ' is a ' || w.route_state
            WHEN w.target LIKE 'igw-%' AND NOT w.public THEN 'no: the internet gateway is ' || CASE WHEN w.gateway_state = 'gone' THEN 'gone' ELSE 'not attached to this VPC' END
            WHEN w.public AND b.internet_gateway_block_mode <> 'off' THEN 'no: VPC block public access is on'
            WHEN w.public THEN 'yes: with a public address'
            WHEN w.nat_works AND b.internet_gateway_block_mode = 'block-bidirectional' THEN 'no: VPC block public access is on'
            WHEN w.nat_works THEN 'yes: through the NAT gateway'
            WHEN w.target LIKE 'nat-%' THEN 'no: the NAT gateway itself has no way to the internet'
            ELSE 'unknown: it depends on what lies behind ' || w.target
        END AS because
    FROM gateway w
    LEFT JOIN aws.ec2_vpc v ON (v.account_id, v.region, v.vpc_id) = (w.account_id, w.region, w.vpc_id)
    LEFT JOIN acl a ON (a.account_id, a.region, a.subnet_id) = (w.account_id, w.region, w.subnet_id)
    LEFT JOIN endpoints e ON (e.account_id, e.region, e.subnet_id) = (w.account_id, w.region, w.subnet_id)
    LEFT JOIN aws.ec2_vpc_block_public_access_options b ON (b.account_id, b.region) = (w.account_id, w.region)
)
SELECT account_id, region, vpc_id, default_vpc, subnet_id, name, availability_zone, default_subnet, route_table_id, route_table_by, target, target_kind,
    route_state, gateway_state, network_acl_id, acl, public_addresses,
    CASE WHEN because LIKE 'yes%' THEN true WHEN because LIKE 'no%' THEN false END AS can_pull_from_ecr,
    because
FROM judged;
END
$$;

COMMENT ON FUNCTION tabula_rasa.subnet_internet_paths() IS 'The rows of the view subnet_internet_path. Asks the mirror, not AWS.';
