CREATE OR REPLACE VIEW tabula_rasa.subnet_internet_path AS
SELECT account_id, region, vpc_id, default_vpc, subnet_id, name, availability_zone, default_subnet, route_table_id, route_table_by, target,
    target_kind, route_state, gateway_state, network_acl_id, acl, public_addresses, can_pull_from_ecr, because
FROM tabula_rasa.subnet_internet_paths();

COMMENT ON VIEW tabula_rasa.subnet_internet_path IS 'for every subnet of the mirror: where its traffic to 0.0.0.0/0 goes, and whether an ECS task there could pull an image from ECR';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.account_id IS 'AWS account id';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.region IS 'region';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.vpc_id IS 'the subnet''s VPC';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.default_vpc IS 'is that the region''s default VPC?';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.subnet_id IS 'the subnet';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.name IS 'its tag Name';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.availability_zone IS 'its zone';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.default_subnet IS 'is it the zone''s default subnet?';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.route_table_id IS 'the route table in effect';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.route_table_by IS 'explicit: associated with the subnet; main: the VPC''s main table';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.target IS 'where that table sends 0.0.0.0/0; null: nowhere';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.target_kind IS 'what the target is';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.route_state IS 'active or blackhole';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.gateway_state IS 'state of the internet or NAT gateway: its attachment''s or its own; detached; gone';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.network_acl_id IS 'the network ACL in effect';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.acl IS 'what that ACL does to a pull: allows, or what it blocks';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.public_addresses IS 'are public addresses given on launch?';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.can_pull_from_ecr IS 'could an ECS task there pull an image from ECR? null: it cannot be told from the account alone';
COMMENT ON COLUMN tabula_rasa.subnet_internet_path.because IS 'why, or why not';
