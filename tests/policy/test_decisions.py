"""How rules, references and what AWS refuses make a verdict."""

import pytest

USERS_OWN = [
    ("ec2_subnet", "{users_subnet}"),
    ("ec2_route_table", "{users_table}"),
    ("ec2_route", "{users_table}|172.31.0.0/16"),
    ("ec2_route", "{users_table}|0.0.0.0/0"),
    ("ec2_route", "{main}|10.9.0.0/16"),
    ("ec2_route_table_association", "{users_association}"),
    ("ec2_network_acl_entry", "{acl}|ingress|90"),
    ("ec2_security_group", "{users_group}"),
    ("ec2_security_group_rule", "{users_rule}"),
    ("ec2_instance", "{users_instance}"),
    ("ec2_network_interface", "{users_interface}"),
    ("ec2_dhcp_options", "{users_options}"),
    ("ec2_vpc", "{own_vpc}"),
    ("ec2_security_group", "{own_default_group}"),
    ("ec2_internet_gateway", "{own_gateway}"),
    ("ec2_nat_gateway", "{nat}"),
    ("ec2_address", "{address}"),
    ("route53_hosted_zone", "{zone}"),
    ("route53_resource_record_set", "{zone}|example.org.|SOA|"),
    ("cloudformation_stack", "{stack_mine}"),
    ("rds_db_instance", "orders"),
    ("sqs_queue", "{queue}"),
    ("iam_user", "operator"),
    ("iam_role", "runner"),
]


@pytest.mark.parametrize("resource_type, resource_id", USERS_OWN)
def test_users_own_things_go(account, resource_type, resource_id):
    found = account.verdict(resource_type, resource_id)
    assert found["verdict"] == "delete", found


@pytest.mark.parametrize("resource_type, resource_id, edit", [
    ("ec2_route", "{main}|0.0.0.0/0", "gateway_id = NULL, nat_gateway_id = 'nat-0123'"),
    ("ec2_route", "{main}|0.0.0.0/0", "gateway_id = 'vgw-0123'"),
    ("ec2_network_acl_entry", "{acl}|ingress|100", "rule_action = 'deny'"),
    ("ec2_network_acl_entry", "{acl}|egress|100", "cidr_block = '10.0.0.0/8'"),
    ("ec2_security_group_rule", "{egress}", "ip_protocol = 'tcp', from_port = 443, to_port = 443"),
    ("ec2_security_group_rule", "{ingress}", "referenced_group_info = jsonb_build_object('GroupId', '{users_group}')"),
])
def test_a_default_that_someone_changed_goes(account, resource_type, resource_id, edit):
    assert account.verdict(resource_type, resource_id)["verdict"] == "keep"
    account.sql("SET session_replication_role = replica")  # as if AWS had been read so: else it would be an edit
    account.sql(account.named(f"UPDATE aws.{resource_type} SET {edit} WHERE resource_id = '{resource_id}'"))
    account.sql("RESET session_replication_role")
    assert account.verdict(resource_type, resource_id)["verdict"] == "delete"


def test_what_the_callers_user_needs_stays(account):
    account.sql(
        "UPDATE tabula_rasa.caller SET (arn, user_name, role_name, access_key_id) = (%s, 'operator', NULL, %s)",
        f"arn:aws:iam::{account.world.account_id}:user/operator", account.ids["operator_key"],
    )
    assert account.verdict("iam_group", "operators")["verdict"] == "keep"
    assert account.verdict("iam_policy", "{policy}")["verdict"] == "keep"
    assert account.verdict("iam_access_key", "{second_key}")["verdict"] == "delete"
    assert account.verdict("iam_user", "source")["verdict"] == "delete"


@pytest.mark.parametrize("resource_type, resource_id", [
    ("ec2_subnet", "{private_subnet}"), ("ec2_vpc", "{own_vpc}"), ("ec2_security_group", "{own_group}"), ("iam_instance_profile", "runner"), ("iam_role", "runner"),
])
def test_keeping_spreads_to_what_the_record_needs(account, resource_type, resource_id):
    account.rule("the-instance", "ec2_instance", condition=account.named("r.instance_id = '{instance}'"), reason="someone works on it")
    found = account.explain(resource_type, resource_id)
    assert found[-1]["verdict"] == "keep"
    assert found[-1]["reason"].startswith("needed by ") and found[-1]["reason"].endswith("someone works on it")
    assert found[-1]["rule"] == "the-instance"
    assert [row["step"] for row in found] == list(range(1, len(found) + 1))
    assert any(account.ids["instance"] in row["reason"] for row in found)


def test_the_tools_way_to_aws_stays(account):
    account.sql("UPDATE tabula_rasa.caller SET arn = %s", f"arn:aws:sts::{account.world.account_id}:assumed-role/runner/{account.ids['instance']}")
    for resource_type, name in (("ec2_nat_gateway", "nat"), ("ec2_address", "address"), ("ec2_subnet", "public_subnet"), ("ec2_internet_gateway", "own_gateway")):
        assert account.verdict(resource_type, account.ids[name])["verdict"] == "keep", name
    assert account.verdict("ec2_instance", "{users_instance}")["verdict"] == "delete"


def test_a_part_that_aws_does_not_delete_alone_follows_its_whole(account):
    record = ("route53_resource_record_set", "{zone}|example.org.|SOA|")
    assert account.verdict(*record)["reason"].startswith("goes with route53_hosted_zone")
    account.rule("zones", "route53_hosted_zone")
    assert account.verdict(*record)["verdict"] == "keep"
    assert account.verdict("ec2_security_group", "{own_default_group}")["reason"].startswith("goes with ec2_vpc")


def test_what_eks_made_goes_where_eks_is_read(account):
    """Then the catalog knows what goes with a node group, and in which order the rest can go."""
    template = ("ec2_launch_template", "{eks_template}")
    assert account.verdict(*template)["rule"] == "eks-node-group"
    account.read("eks_nodegroup", status="failed")
    assert account.verdict(*template)["rule"] == "eks-node-group"
    account.read("eks_nodegroup", records=0)
    assert account.verdict(*template)["verdict"] == "delete"


def test_what_batch_made_stays_until_it_goes_with_its_environment(account):
    cluster = ("ecs_cluster", "arn:aws:ecs:us-east-1:{account}:cluster/batch_Batch_0123")
    account.read("batch_compute_environment")
    assert account.verdict(*cluster)["rule"] == "batch-compute-environment"
    account.insert("batch_compute_environment", "batch", state="ENABLED")
    account.owned(cluster, ("batch_compute_environment", "batch"))
    assert account.verdict(*cluster)["verdict"] == "delete"
    account.rule("environments", "batch_compute_environment")
    assert "batch_compute_environment batch, which is kept" in account.verdict(*cluster)["reason"]


def test_what_batch_left_behind_goes(account):
    account.read("batch_compute_environment", records=0)
    assert account.verdict("ecs_cluster", "arn:aws:ecs:us-east-1:{account}:cluster/batch_Batch_0123")["verdict"] == "delete"


def test_a_stack_of_the_accounts_own_product_goes_with_it(account):
    stack, product = ("cloudformation_stack", "{stack_SC-111111111111-pp-0123}"), ("servicecatalog_provisioned_product", "pp-0123")
    account.insert(*product, Type="CFN_STACK")
    assert account.verdict(*stack)["rule"] == "service-catalog-stack"
    account.owned(stack, product)
    assert account.verdict(*stack)["verdict"] == account.verdict(*product)["verdict"] == "delete"


@pytest.mark.parametrize("model, verdict", [("SELF_MANAGED", "delete"), ("SERVICE_MANAGED", "keep")])
def test_a_stack_of_the_accounts_own_stack_set_goes(account, model, verdict):
    account.insert("cloudformation_stack_set", "baseline:0123", StackSetName="baseline", PermissionModel=model)
    assert account.verdict("cloudformation_stack", "{stack_StackSet-baseline-0123}")["verdict"] == verdict


def test_the_rules_of_the_accounts_own_conformance_pack_go_with_it(account):
    account.insert("config_conformance_pack", "mine", ConformancePackName="mine")
    account.insert("config_config_rule", "s3-conformance-pack-0123", CreatedBy="config-conforms.amazonaws.com")
    account.owned(("config_config_rule", "s3-conformance-pack-0123"), ("config_conformance_pack", "mine"))
    assert account.verdict("config_config_rule", "s3-conformance-pack-0123")["reason"].startswith("goes with config_conformance_pack")


def test_a_secret_goes_with_the_database_that_it_was_made_for(account):
    secret = ("secretsmanager_secret", "arn:aws:secretsmanager:us-east-1:{account}:secret:rds!db-0123-AbCdEf")
    account.insert(secret[0], account.named(secret[1]), OwningService="rds")
    assert account.verdict(*secret)["rule"] == "service-secret"
    account.owned(secret, ("rds_db_instance", "orders"))
    assert account.verdict(*secret)["verdict"] == "delete"
    account.rule("orders", "rds_db_instance")
    assert account.verdict(*secret)["reason"].endswith("rds_db_instance orders is kept")


def test_what_people_put_into_glues_default_registry_goes(account):
    schema = "arn:aws:glue:us-east-1:{account}:schema/default-registry/orders"
    account.insert("glue_schema", account.named(schema), RegistryName="default-registry", SchemaName="orders")
    assert account.verdict("glue_schema", schema)["rule"] == "added-to-glue-default"


def test_a_condition_that_cannot_be_evaluated_keeps_all_of_its_types(account):
    account.rule("broken", "sqs_queue", condition="no_such_column > 1")
    found = account.verdict("sqs_queue", "{queue}")
    assert (found["rule"], found["verdict"]) == ("broken", "keep")
    assert found["reason"].startswith('rule "broken" cannot be evaluated: ') and "no_such_column" in found["reason"]
    assert account.verdict("iam_group", "operators")["verdict"] == "delete"


def test_a_delete_rule_that_cannot_be_evaluated_keeps_too(account):
    account.rule("broken", "sqs_queue", action="delete", condition="1 / 0 = 1", priority=10)
    assert account.verdict("sqs_queue", "{queue}")["verdict"] == "keep"


def test_a_rule_that_looks_at_a_type_that_could_not_be_read_keeps(account):
    account.rule("beside-a-topic", "sqs_queue", condition="EXISTS (SELECT FROM aws.sns_topic t WHERE t.name = 'never')")
    assert account.verdict("sqs_queue", "{queue}")["verdict"] == "delete"
    account.sql("UPDATE tabula_rasa.reading SET status = 'failed', error = 'AccessDenied' WHERE resource_type = 'sns_topic'")
    found = account.verdict("sqs_queue", "{queue}")
    assert found["verdict"] == "keep" and "looks at sns_topic, which could not be read" in found["reason"]


def test_a_type_that_could_not_be_read_stays(account):
    account.sql("UPDATE tabula_rasa.reading SET status = 'failed', error = 'AccessDenied' WHERE resource_type = 'sqs_queue'")
    found = account.verdict("sqs_queue", "{queue}")
    assert found["verdict"] == "keep" and "AccessDenied" in found["reason"]


@pytest.mark.parametrize("rules, verdict, winner", [
    ([("a", "delete", 0), ("b", "keep", 0)], "keep", "b"),
    ([("a", "keep", 0), ("b", "delete", 1)], "delete", "b"),
    ([("a", "keep", 2), ("b", "delete", 1)], "keep", "a"),
    ([("a", "keep", -1), ("b", "delete", -2)], "keep", "a"),
    ([("a", "delete", 5)], "delete", "a"),
])
def test_priority_decides_and_keep_wins_a_tie(account, rules, verdict, winner):
    for name, action, priority in rules:
        account.rule(name, "sqs_queue", action=action, priority=priority)
    found = account.explain("sqs_queue", "{queue}")
    assert (found[-1]["verdict"], found[-1]["rule"]) == (verdict, winner)
    assert {row["rule"] for row in found[:-1]} == {name for name, _, _ in rules}


def test_a_delete_rule_of_higher_priority_overrules_a_shipped_one(account):
    cluster = ("ecs_cluster", "arn:aws:ecs:us-east-1:{account}:cluster/default")
    account.rule("no-default-cluster", "ecs_cluster", action="delete", condition="r.cluster_name = 'default'", priority=1)
    found = account.explain(*cluster)
    assert (found[-1]["verdict"], found[-1]["rule"]) == ("delete", "no-default-cluster")
    assert ("ecs-default-cluster", "keep (matches)") in {(row["rule"], row["verdict"]) for row in found}


def test_the_tools_own_role_outlasts_an_ordinary_delete_rule(account):
    account.rule("no-roles", "iam_role", action="delete", priority=999)
    found = account.verdict("iam_role", "tabula-rasa")
    assert (found["verdict"], found["rule"]) == ("keep", "own-role")


def test_a_condition_may_use_tags_ages_and_other_types(account):
    account.rule("young-buckets", "s3_%", condition="r.created > now() - interval '1 day'")
    account.rule("eks", "ec2_launch_template", action="delete", condition="r.tags ->> 'eks:cluster-name' = 'prod'", priority=1)
    assert account.verdict("ec2_launch_template", "{eks_template}")["verdict"] == "delete"
    account.rule("used", "iam_group", condition="EXISTS (SELECT FROM aws.iam_user u WHERE u.account_id = r.account_id AND r.group_name = ANY (u.group_list))")
    assert account.verdict("iam_group", "operators")["rule"] == "used"


def test_a_condition_cannot_change_anything(account):
    account.sql("CREATE SCHEMA ours; GRANT USAGE ON SCHEMA ours TO PUBLIC; CREATE FUNCTION ours.meddle() RETURNS boolean LANGUAGE sql AS 'DELETE FROM tabula_rasa.journal; SELECT true'")
    account.sql("GRANT EXECUTE ON FUNCTION ours.meddle() TO tabula_rasa_cleanup_policy")
    account.rule("meddling", "sqs_queue", condition="ours.meddle()")
    assert "read-only" in account.verdict("sqs_queue", "{queue}")["reason"]
