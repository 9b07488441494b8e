"""A case per shipped rule, or several: the records that it must keep.

`{main}` and the like are ids that `seeds` tells. A case with a `row` is of something that the double cannot hold: it is written
into the mirror's table: AWS's properties, or columns that all types have. `given` is SQL that makes it so before the rules are asked, undone after the case.
"""


class Case:
    def __init__(self, rule, resource_type, *ids, row=None, given=""):
        self.rule, self.resource_type, self.ids, self.row, self.given = rule, resource_type, ids, row or {}, given


# Who runs the tool, as STS would have said.
USER = "UPDATE tabula_rasa.caller SET (arn, user_name, role_name, access_key_id) = ('arn:aws:iam::{account}:user/operator', 'operator', NULL, '{operator_key}')"
ROLE = "UPDATE tabula_rasa.caller SET (arn, user_name, role_name, access_key_id) = ('arn:aws:sts::{account}:assumed-role/runner/x', NULL, 'runner', 'ASIAX')"
INSTANCE = ROLE.replace("runner/x", "runner/{instance}")
TASK = ROLE.replace("runner/x", "runner/0123456789abcdef0123456789abcdef")
BUILD = ROLE.replace("runner/x", "runner/AWSCodeBuild-8a4b2c7e-0d15-4b6a-9d6e-1f2a3b4c5d6e")

CASES = [
    # the default network: AWS made it, nothing to seed
    Case("default-vpc", "ec2_vpc", "{vpc}"),
    Case("default-subnet", "ec2_subnet", "{subnet}"),
    Case("default-vpc-internet-gateway", "ec2_internet_gateway", "{gateway}"),
    Case("default-vpc-main-route-table", "ec2_route_table", "{main}"),
    Case("default-vpc-main-association", "ec2_route_table_association", "{main_association}"),
    Case("default-vpc-local-route", "ec2_route", "{main}|172.31.0.0/16"),
    Case("default-vpc-internet-route", "ec2_route", "{main}|0.0.0.0/0"),
    Case("default-network-acl", "ec2_network_acl", "{acl}"),
    Case("default-network-acl-entry", "ec2_network_acl_entry", *(f"{{acl}}|{way}|{n}" for way in ("ingress", "egress") for n in (100, 32767))),
    *(
        Case("default-network-acl-entry", "ec2_network_acl_entry", f"{{acl}}|ingress|{number}", row={  # of a VPC with IPv6
            "RuleNumber": number, "Protocol": "-1", "RuleAction": action, "Egress": False, "Ipv6CidrBlock": "::/0", "NetworkAclId": "{acl}", "VpcId": "{vpc}",
        })
        for number, action in ((101, "allow"), (32768, "deny"))
    ),
    Case("default-network-acl-association", "ec2_network_acl_association", "{acl_association}"),
    Case("default-security-group", "ec2_security_group", "{group}"),
    Case("default-security-group-rule", "ec2_security_group_rule", "{ingress}", "{egress}"),
    Case("default-dhcp-options", "ec2_dhcp_options", "{dhcp}"),
    Case("availability-zone", "ec2_availability_zone", "us-east-1a"),
    Case("vpc-block-public-access", "ec2_vpc_block_public_access_options", "us-east-1"),
    Case("aws-prefix-list", "ec2_managed_prefix_list", "{prefix_list}"),
    # identities
    Case("service-linked-role", "iam_role", "AWSServiceRoleForSupport", "AWSServiceRoleForTrustedAdvisor"),
    Case("identity-center-role", "iam_role", "AWSReservedSSO_AdministratorAccess_0123456789abcdef"),
    Case("identity-center-saml-provider", "iam_saml_provider", "arn:aws:iam::{account}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"),
    Case("organization-role", "iam_role", "OrganizationAccountAccessRole"),
    Case("organization-role-renamed", "iam_role", "company-administrators"),
    Case("root-mfa-device", "iam_virtual_mfa_device", "arn:aws:iam::{account}:mfa/root-account-mfa-device", row={
        "region": "global", "User": {"Arn": "arn:aws:iam::{account}:root"},
    }),
    Case("identity-center", "sso_admin_instance", "arn:aws:sso:::instance/ssoins-0123456789abcdef", row={"Status": "ACTIVE"}),
    # what governs more than the account
    Case("control-tower", "sns_topic", "arn:aws:sns:us-east-1:{account}:aws-controltower-SecurityNotifications"),
    Case("control-tower", "logs_log_group", "/aws/lambda/aws-controltower-NotificationForwarder"),
    Case("control-tower", "iam_role", "AWSControlTowerExecution"),
    Case("stack-set-role", "iam_role", "AWSCloudFormationStackSetExecutionRole", "stacksets-exec-0123456789abcdef"),
    Case("stack-set-stack", "cloudformation_stack", "{stack_StackSet-baseline-0123}"),
    Case("control-tower-landing-zone", "controltower_landing_zone", "arn:aws:controltower:us-east-1:{account}:landingzone/0123456789ABCDEF", row={"version": "3.3"}),
    Case("control-tower-account", "servicecatalog_provisioned_product", "pp-0123456789abc", row={"Type": "CONTROL_TOWER_ACCOUNT"}),
    Case("organization-config", "config_organization_config_rule", "encrypted-volumes", row={"OrganizationConfigRuleName": "encrypted-volumes"}),
    Case("organization-config", "config_organization_conformance_pack", "baseline", row={"OrganizationConformancePackName": "baseline"}),
    Case("organization-trail", "cloudtrail_trail", "everybody", row={"IsOrganizationTrail": True}),
    Case("organization-stack-set", "cloudformation_stack_set", "baseline:0123", row={"StackSetName": "everybody", "PermissionModel": "SERVICE_MANAGED"}),
    Case("firewall-manager", "fms_policy", "0a1b2c3d-0123-0123-0123-0123456789ab", row={"PolicyName": "web"}),
    Case("firewall-manager-resource", "ec2_security_group", "sg-0eeeeeeeeeeeeeeee", row={"name": "FMManagedSecurityGroupabc", "GroupName": "FMManagedSecurityGroupabc"}),
    Case("firewall-manager-resource", "network_firewall_rule_group", "arn:aws:network-firewall:us-east-1:{account}:stateful-rulegroup/FMManaged-0123", row={"name": "FMManaged-0123"}),
    Case("firewall-manager-resource", "shield_protection", "0a1b2c3d-0123-0123-4567-0123456789ab", row={"region": "global", "name": "FMManagedShieldProtection0123"}),
    # what no call brings back as it was
    Case("account-alias", "iam_account_alias", "example-tests"),
    Case("account-password-policy", "iam_account_password_policy", "password-policy"),
    Case("registered-domain", "route53domains_domain", "example.org", row={"region": "global", "AutoRenew": True}),
    Case("direct-connect-line", "directconnect_connection", "dxcon-0123abcd", row={"connectionState": "available"}),
    Case("direct-connect-line", "directconnect_lag", "dxlag-0123abcd", row={"lagState": "available"}),
    Case("direct-connect-line", "directconnect_interconnect", "dxcon-4567cdef", row={"interconnectState": "available"}),
    Case("backup-legal-hold", "backup_legal_hold", "0a1b2c3d-4567-0123-0123-0123456789ab", row={"Status": "ACTIVE"}),
    # AWS's services' own
    Case("conformance-pack-stack", "cloudformation_stack", "{stack_awsconfigconforms-pack-0123}"),
    Case("service-catalog-stack", "cloudformation_stack", "{stack_SC-111111111111-pp-0123}"),
    Case("aws-kms-key", "kms_key", "{aws_key}"),
    Case("aws-kms-alias", "kms_alias", "alias/aws/ebs", "alias/aws/rds"),
    Case("default-parameter-group", "rds_db_parameter_group", "{db_parameter_group}"),
    Case("default-parameter-group", "rds_db_cluster_parameter_group", "default.aurora-mysql8.0", row={"name": "default.aurora-mysql8.0", "DBClusterParameterGroupName": "default.aurora-mysql8.0"}),
    Case("default-parameter-group", "elasticache_cache_parameter_group", "default.redis7"),
    Case("default-parameter-group", "memorydb_parameter_group", "default.memorydb-redis7"),
    Case("default-option-group", "rds_option_group", "{option_group}"),
    Case("default-subnet-group", "rds_db_subnet_group", "default", row={"name": "default", "DBSubnetGroupName": "default"}),
    Case("default-subnet-group", "elasticache_cache_subnet_group", "default", row={"name": "default", "CacheSubnetGroupName": "default"}),
    Case("default-subnet-group", "memorydb_subnet_group", "default"),
    *(
        Case("default-parameter-group", resource_type, f"default.{family}", row={"name": f"default.{family}", property: f"default.{family}"})
        for resource_type, family, property in (
            ("dax_parameter_group", "dax1.0", "ParameterGroupName"),
            ("redshift_cluster_parameter_group", "redshift-1.0", "ParameterGroupName"),
            ("neptune_db_parameter_group", "neptune1.3", "DBParameterGroupName"),
            ("docdb_db_cluster_parameter_group", "docdb5.0", "DBClusterParameterGroupName"),
        )
    ),
    Case("default-subnet-group", "dax_subnet_group", "default", row={"name": "default", "SubnetGroupName": "default"}),
    Case("default-subnet-group", "redshift_cluster_subnet_group", "default", row={"name": "default", "ClusterSubnetGroupName": "default"}),
    Case("elasticache-default-user", "elasticache_user", "default"),
    Case("memorydb-default-user", "memorydb_user", "default"),
    Case("memorydb-open-access", "memorydb_acl", "open-access"),
    Case("ecs-fargate", "ecs_capacity_provider", *(f"arn:aws:ecs:us-east-1:{{account}}:capacity-provider/{name}" for name in ("FARGATE", "FARGATE_SPOT"))),
    Case("ecs-default-cluster", "ecs_cluster", "arn:aws:ecs:us-east-1:{account}:cluster/default"),
    Case("athena-primary-work-group", "athena_work_group", "primary"),
    Case("athena-glue-catalog", "athena_data_catalog", "AwsDataCatalog"),
    Case("default-event-bus", "events_event_bus", "default"),
    Case("service-events-rule", "events_rule", "arn:aws:events:us-east-1:{account}:rule/AutoScalingManagedRule", row={"ManagedBy": "autoscaling.amazonaws.com"}),
    Case("codedeploy-default-config", "codedeploy_deployment_config", "CodeDeployDefault.OneAtATime", "CodeDeployDefault.ECSAllAtOnce"),
    Case("session-manager-preferences", "ssm_document", "SSM-SessionManagerRunShell"),
    Case("apprunner-default-configuration", "apprunner_observability_configuration", "arn:aws:apprunner:us-east-1:{account}:observabilityconfiguration/DefaultConfiguration/1/0123", row={
        "name": "DefaultConfiguration", "ObservabilityConfigurationName": "DefaultConfiguration",
    }),
    Case("apprunner-default-configuration", "apprunner_auto_scaling_configuration", "arn:aws:apprunner:us-east-1:{account}:autoscalingconfiguration/DefaultConfiguration/1/0123", row={
        "name": "DefaultConfiguration", "AutoScalingConfigurationName": "DefaultConfiguration", "IsDefault": True,
    }),
    Case("appconfig-predefined", "appconfig_deployment_strategy", "AppConfig.AllAtOnce", row={"Id": "AppConfig.AllAtOnce"}),
    Case("appconfig-predefined", "appconfig_extension", "AWS.AppConfig.FeatureFlags", row={"Id": "AWS.AppConfig.FeatureFlags"}),
    Case("backup-default-vault", "backup_backup_vault", "Default", row={"BackupVaultName": "Default"}),
    Case("efs-automatic-backup", "backup_backup_vault", "aws/efs/automatic-backup-vault", row={"BackupVaultName": "aws/efs/automatic-backup-vault"}),
    Case("efs-automatic-backup", "backup_backup_plan", "0a1b2c3d-0123-4567-0123-0123456789ab", row={"name": "aws/efs/0a1b2c3d", "BackupPlanName": "aws/efs/0a1b2c3d"}),
    Case("cloudfront-default-connection-group", "cloudfront_connection_group", "cg_0123", row={"region": "global", "IsDefault": True}),
    Case("cost-anomaly-default", "ce_anomaly_monitor", "arn:aws:ce::{account}:anomalymonitor/0123", row={"region": "global", "MonitorName": "Default-Services-Monitor"}),
    Case("cost-anomaly-default", "ce_anomaly_subscription", "arn:aws:ce::{account}:anomalysubscription/0123", row={
        "region": "global", "SubscriptionName": "Default-Services-Subscription",
    }),
    Case("dms-default-subnet-group", "dms_replication_subnet_group", "default-vpc-0123", row={"name": "default-vpc-0123", "VpcId": "{vpc}"}),
    Case("event-schemas", "schemas_registry", "aws.events", "discovered-schemas", row={"RegistryName": "aws.events"}),
    Case("event-schemas", "schemas_schema", "arn:aws:schemas:us-east-1::schema/aws.events/aws.s3@ObjectCreated", row={"RegistryName": "aws.events"}),
    Case("glue-default-database", "glue_database", "default"),
    Case("glue-default-registry", "glue_registry", "arn:aws:glue:us-east-1:{account}:registry/default-registry"),
    Case("keyspaces-system", "keyspaces_keyspace", "system_schema", row={"keyspaceName": "system_schema"}),
    Case("keyspaces-system", "keyspaces_table", "system_schema|tables", row={"keyspaceName": "system_schema", "tableName": "tables"}),
    Case("lake-formation-iam-allowed-principals", "lakeformation_permission", "IAM_ALLOWED_PRINCIPALS|{}|null", row={"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}),
    Case("lightsail-default-key-pair", "lightsail_key_pair", "LightsailDefaultKeyPair", row={"name": "LightsailDefaultKeyPair"}),
    Case("mediaconvert-system", "mediaconvert_queue", "Default", row={"Type": "SYSTEM"}),
    Case("mediaconvert-system", "mediaconvert_preset", "System-Generic", row={"Type": "SYSTEM"}),
    Case("primary-billing-view", "billing_billing_view", "arn:aws:billing::{account}:billingview/primary", row={"region": "global", "billingViewType": "PRIMARY"}),
    Case("s3-tables-of-aws", "s3tables_table_bucket", "arn:aws:s3tables:us-east-1:{account}:bucket/aws-s3", row={"type": "aws"}),
    Case("ses-ip-pool", "sesv2_dedicated_ip_pool", "ses-shared-pool", row={"PoolName": "ses-shared-pool"}),
    Case("well-architected-lens", "wellarchitected_lens", "arn:aws:wellarchitected::aws:lens/wellarchitected", row={"LensType": "AWS_OFFICIAL"}),
    Case("service-analyzer", "accessanalyzer_analyzer", "of-a-service", row={"managedBy": "securityhub.amazonaws.com"}),
    Case("service-channel", "cloudtrail_channel", "arn:aws:cloudtrail:us-east-1:{account}:channel/0123", row={"name": "aws-service-channel/resource-explorer-2/default"}),
    Case("service-config", "config_config_rule", "securityhub-s3-0123", row={"CreatedBy": "securityhub.amazonaws.com"}),
    Case("service-config", "config_configuration_recorder", "arn:aws:config:us-east-1:{account}:configuration-recorder/AWSConfigurationRecorderForX/0123", row={
        "servicePrincipal": "x.amazonaws.com",
    }),
    Case("service-config", "config_configuration_aggregator", "of-a-service", row={"CreatedBy": "securityhub.amazonaws.com"}),
    Case("service-scheduled-query", "logs_scheduled_query", "arn:aws:logs:us-east-1:{account}:scheduled-query:0123", row={"scheduleType": "AWS_MANAGED"}),
    Case("appregistry-group", "resource_groups_group", "arn:aws:resource-groups:us-east-1:{account}:group/AWS_AppRegistry_Application-shop", row={
        "name": "AWS_AppRegistry_Application-shop",
    }),
    Case("service-secret", "secretsmanager_secret", "arn:aws:secretsmanager:us-east-1:{account}:secret:rds!db-0123-AbCdEf", row={"OwningService": "rds"}),
    Case("service-hosted-zone", "route53_hosted_zone", "Z0123456789CLOUDMAP", row={
        "region": "global", "LinkedService": {"ServicePrincipal": "servicediscovery.amazonaws.com"},
    }),
    Case("backup-recovery-point", "ec2_snapshot", "snap-0aaaaaaaaaaaaaaaa", row={
        "tags": {"aws:backup:source-resource": "vol-0bbbbbbbbbbbbbbbb"},
        "Tags": [{"Key": "aws:backup:source-resource", "Value": "vol-0bbbbbbbbbbbbbbbb"}],
    }),
    Case("backup-recovery-point", "rds_db_snapshot", "awsbackup:job-0123", row={"SnapshotType": "awsbackup"}),
    Case("backup-service-backup", "dynamodb_backup", "arn:aws:dynamodb:us-east-1:{account}:table/t/backup/0123", row={"BackupType": "AWS_BACKUP"}),
    Case("backup-service-backup", "fsx_backup", "backup-0123456789abcdef0", row={"Type": "AWS_BACKUP"}),
    Case("backup-service-backup", "rds_db_cluster_automated_backup", "cluster-0123456789ABCDEF", row={
        "AwsBackupRecoveryPointArn": "arn:aws:backup:us-east-1:{account}:recovery-point:continuous:cluster-0123",
    }),
    Case("eks-node-group", "ec2_launch_template", "{eks_template}"),
    Case("batch-compute-environment", "ecs_cluster", "arn:aws:ecs:us-east-1:{account}:cluster/batch_Batch_0123"),
    # not known well enough
    Case("other-account", "ec2_vpc", "vpc-0cccccccccccccccc", row={"owner_id": "999999999999"}),
    Case("other-account", "ec2_subnet", "subnet-0ddddddddddddddddd", row={"owner_id": None}),
    Case("unreviewed-type", "ce_cost_category_definition", "arn:aws:ce::{account}:costcategory/0123", row={"region": "global"}),
    # the tool's own footing
    Case("own-user", "iam_user", "operator", given=USER),
    Case("own-user", "iam_user", "source", given=ROLE),
    Case("own-access-key", "iam_access_key", "{operator_key}", given=USER),
    Case("own-access-key", "iam_access_key", "{source_key}", given=ROLE),
    Case("own-mfa-device", "iam_virtual_mfa_device", "arn:aws:iam::{account}:mfa/operator", given=USER, row={"region": "global", "User": {"UserName": "operator"}}),
    Case("own-role", "iam_role", "runner", "jump", given=ROLE),
    Case("own-instance-profile", "iam_instance_profile", "runner", given=ROLE),
    Case("own-compute", "ec2_instance", "{instance}", given=INSTANCE),
    Case("own-compute", "ecs_task", "arn:aws:ecs:us-east-1:{account}:task/default/0123456789abcdef0123456789abcdef", given=TASK, row={"lastStatus": "RUNNING"}),
    Case("own-compute", "codebuild_build", "tests:8a4b2c7e-0d15-4b6a-9d6e-1f2a3b4c5d6e", given=BUILD, row={"projectName": "tests"}),
    Case("own-route", "ec2_route", "{private}|0.0.0.0/0", "{public}|0.0.0.0/0", given=INSTANCE),
    Case("own-route-table-association", "ec2_route_table_association", "{private_association}", "{public_association}", given=INSTANCE),
    Case("own-network-acl-entry", "ec2_network_acl_entry", "{own_acl}|egress|200", given=INSTANCE),
    Case("own-security-group-rule", "ec2_security_group_rule", "{own_rule}", given=INSTANCE),
    Case("own-vpc-endpoint", "ec2_vpc_endpoint", "{endpoint}", given=INSTANCE),
]

# What people added to what AWS made, and the rule that lets it go.
ADDED = [
    ("added-route", "ec2_route", "{main}|10.9.0.0/16"),
    ("added-route-table-association", "ec2_route_table_association", "{added_association}"),
    ("added-network-acl-entry", "ec2_network_acl_entry", "{acl}|ingress|90"),
    ("added-network-acl-association", "ec2_network_acl_association", "{added_acl_association}"),
    ("added-security-group-rule", "ec2_security_group_rule", "{users_rule}"),
    ("added-to-glue-default", "glue_table", "default|orders"),
]
