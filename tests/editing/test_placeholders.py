"""A placeholder stands for a new row where that may be named, and for nothing else; whoever stages what mentions it."""

from conftest import under_way

SERVICES = ("ec2", "rds", "sns", "sqs", "dynamodb")


def test_a_placeholder_that_is_a_word_leaves_other_rows_words_alone(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block, name) VALUES ('app', '10.0.0.0/16', 'app')")
    editor.sql("INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block, name) VALUES ('web', 'app', '10.0.0.0/24', 'app')")
    editor.sql(
        """INSERT INTO rds_db_instance (db_instance_identifier, db_instance_class, engine, allocated_storage, master_username, master_user_password, db_name)
           VALUES ('shop', 'db.t3.micro', 'postgres', 20, 'app', 'hunter2hunter2', 'app')"""
    )
    editor.sql("INSERT INTO sns_topic (topic_name, display_name) VALUES ('app', 'web')")
    editor.sql("INSERT INTO sqs_queue (queue_name) VALUES ('app'), ('web')")
    editor.sql(
        """INSERT INTO dynamodb_table (table_name, billing_mode, key_schema, attribute_definitions)
           VALUES ('shop', 'PAY_PER_REQUEST', '[{"AttributeName": "web", "KeyType": "HASH"}]', '[{"AttributeName": "web", "AttributeType": "S"}]')"""
    )
    editor.carry_out()
    aws = editor.aws
    (database,) = aws("rds").describe_db_instances()["DBInstances"]
    assert (database["DBInstanceIdentifier"], database["MasterUsername"], database["DBName"]) == ("shop", "app", "app")
    (topic,) = [each["TopicArn"] for each in aws("sns").list_topics()["Topics"]]
    assert topic.endswith(":app") and aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "web"
    assert sorted(url.rpartition("/")[2] for url in aws("sqs").list_queues()["QueueUrls"]) == ["app", "web"]
    assert aws("dynamodb").describe_table(TableName="shop")["Table"]["KeySchema"][0]["AttributeName"] == "web"
    (subnet,) = aws("ec2").describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.0.0.0/24"]}])["Subnets"]
    assert subnet["VpcId"].startswith("vpc-") and subnet["Tags"] == [{"Key": "Name", "Value": "app"}]


def test_a_placeholder_that_is_a_protocol(editor):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('tcp', '10.1.0.0/16')")
    editor.sql("INSERT INTO ec2_security_group (group_id, group_name, description, vpc_id) VALUES ('gp3', 'tcp', 'tcp', 'tcp')")
    editor.sql(
        "INSERT INTO ec2_security_group_rule (group_id, is_egress, ip_protocol, from_port, to_port, cidr_ipv4) VALUES ('gp3', false, 'tcp', 80, 80, '0.0.0.0/0')"
    )
    editor.sql("INSERT INTO ec2_volume (availability_zone, size, volume_type) VALUES ('us-east-1a', 1, 'gp3')")
    editor.carry_out()
    (group,) = editor.aws("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["tcp"]}])["SecurityGroups"]
    assert group["VpcId"].startswith("vpc-") and group["Description"] == "tcp"
    assert [each["IpProtocol"] for each in group["IpPermissions"]] == ["tcp"]
    assert [each["VolumeType"] for each in editor.aws("ec2").describe_volumes()["Volumes"]] == ["gp3"]


def test_a_row_that_another_session_stages_meanwhile_learns_the_id(editor, colleague):
    editor.sql("INSERT INTO ec2_vpc (vpc_id, cidr_block) VALUES ('soon', '10.2.0.0/16')")
    with under_way(editor, colleague, "apply_changes", "ec2", "CreateVpc") as applied:
        editor.sql("INSERT INTO ec2_subnet (subnet_id, vpc_id, cidr_block) VALUES ('inside', 'soon', '10.2.0.0/24')")
    ((vpc),) = applied.result()
    assert vpc["status"] == "done"
    assert editor.value("SELECT vpc_id FROM ec2_subnet WHERE subnet_id = 'inside'") == vpc["resource_id"]
    editor.carry_out()
    (subnet,) = editor.aws("ec2").describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.2.0.0/24"]}])["Subnets"]
    assert subnet["VpcId"] == vpc["resource_id"]
