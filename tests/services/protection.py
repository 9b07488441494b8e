"""Who may do what, who watches, and what is told: Cognito, WAF, Config, CloudTrail, GuardDuty, SES."""

import json


def cognito_idp(aws, made):
    """A protected user pool with a client, a group, an identity provider and a domain."""
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="services", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="services")["UserPoolClient"]["ClientId"]
    cognito.create_group(UserPoolId=pool, GroupName="group")
    cognito.create_identity_provider(UserPoolId=pool, ProviderName="provider", ProviderType="Google", ProviderDetails={"client_id": "services"})
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=f"services-{made['account']}")
    return {
        "cognito_idp_user_pool": pool, "cognito_idp_user_pool_client": f"{pool}|{client}", "cognito_idp_group": "group",
        "cognito_idp_identity_provider": f"{pool}|provider",
    }


def cognito_identity(aws, made):
    pool = aws("cognito-identity").create_identity_pool(IdentityPoolName="services", AllowUnauthenticatedIdentities=False)
    return {"cognito_identity_identity_pool": pool["IdentityPoolId"]}


def config(aws, made):
    """A running recorder with its channel, and a rule."""
    config = aws("config")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": made["role arn"]})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": made["bucket"]})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    config.put_config_rule(ConfigRule={"ConfigRuleName": "services", "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"}})
    config.put_configuration_aggregator(ConfigurationAggregatorName="services", AccountAggregationSources=[{"AccountIds": [made["account"]], "AllAwsRegions": True}])
    config.put_aggregation_authorization(AuthorizedAccountId="111111111111", AuthorizedAwsRegion="us-east-1")
    config.put_retention_configuration(RetentionPeriodInDays=30)
    return {
        "config_configuration_recorder": "default", "config_delivery_channel": "default", "config_config_rule": "services",
        "config_configuration_aggregator": "services", "config_retention_configuration": "default",
    }


def cloudtrail(aws, made):
    trail = aws("cloudtrail").create_trail(Name="services", S3BucketName=made["bucket"])["TrailARN"]
    aws("cloudtrail").start_logging(Name=trail)
    return {"cloudtrail_trail": "services"}


def guardduty(aws, made):
    detector = aws("guardduty").create_detector(Enable=True)["DetectorId"]
    return {"guardduty_detector": detector}


def securityhub(aws, made):
    aws("securityhub").enable_security_hub()
    return {"securityhub_hub": f"arn:aws:securityhub:us-east-1:{made['account']}:hub/default"}


def macie2(aws, made):
    aws("macie2").enable_macie()
    return {"macie2_session": made["account"]}


def wafv2(aws, made):
    """An ACL that names an address set and a rule group."""
    waf, region = aws("wafv2"), {"Scope": "REGIONAL"}
    look = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "services"}
    addresses = waf.create_ip_set(Name="services", **region, IPAddressVersion="IPV4", Addresses=["192.0.2.0/24"])["Summary"]
    patterns = waf.create_regex_pattern_set(Name="services", **region, RegularExpressionList=[{"RegexString": "services"}])["Summary"]
    group = waf.create_rule_group(Name="services", **region, Capacity=10, VisibilityConfig=look)["Summary"]
    rule = {
        "Name": "addresses", "Priority": 1, "Statement": {"IPSetReferenceStatement": {"ARN": addresses["ARN"]}}, "Action": {"Block": {}},
        "VisibilityConfig": look,
    }
    web = waf.create_web_acl(Name="services", **region, DefaultAction={"Allow": {}}, VisibilityConfig=look, Rules=[rule])["Summary"]
    return {"wafv2_ip_set": addresses["ARN"], "wafv2_regex_pattern_set": patterns["ARN"], "wafv2_rule_group": group["ARN"], "wafv2_web_acl": web["ARN"]}


def shield(aws, made):
    zone = aws("route53").create_hosted_zone(Name="shielded.test", CallerReference="shielded")["HostedZone"]["Id"]
    return {"shield_protection": aws("shield").create_protection(Name="services", ResourceArn=f"arn:aws:route53:::{zone.strip('/')}")["ProtectionId"]}


def acm_pca(aws, made):
    settings = {"KeyAlgorithm": "RSA_2048", "SigningAlgorithm": "SHA256WITHRSA", "Subject": {"CommonName": "services.test"}}
    authority = aws("acm-pca").create_certificate_authority(CertificateAuthorityConfiguration=settings, CertificateAuthorityType="ROOT")
    return {"acm_pca_certificate_authority": authority["CertificateAuthorityArn"]}


def ses(aws, made):
    ses = aws("ses")
    ses.verify_email_identity(EmailAddress="a@services.test")
    ses.create_template(Template={"TemplateName": "services", "SubjectPart": "services", "TextPart": "services"})
    ses.create_configuration_set(ConfigurationSet={"Name": "services"})
    ses.create_receipt_rule_set(RuleSetName="services")
    aws("sesv2").create_contact_list(ContactListName="services")
    aws("sesv2").create_dedicated_ip_pool(PoolName="services")
    return {
        "ses_identity": "a@services.test", "ses_template": "services", "ses_configuration_set": "services", "ses_receipt_rule_set": "services",
        "sesv2_contact_list": "services", "sesv2_dedicated_ip_pool": "services",
    }


def ram(aws, made):
    return {"ram_resource_share": aws("ram").create_resource_share(name="services")["resourceShare"]["resourceShareArn"]}


def resource_groups(aws, made):
    query = {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "team", "Values": ["web"]}]}
    aws("resource-groups").create_group(Name="services", ResourceQuery={"Type": "TAG_FILTERS_1_0", "Query": json.dumps(query)})
    return {"resource_groups_group": "services"}


def budgets(aws, made):
    aws("budgets").create_budget(AccountId=made["account"], Budget={
        "BudgetName": "services", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": "1", "Unit": "USD"},
    })
    return {"budgets_budget": "services"}


def xray(aws, made):
    return {"xray_group": aws("xray").create_group(GroupName="services", FilterExpression="fault")["Group"]["GroupARN"]}


def amp(aws, made):
    """A workspace with rules."""
    workspace = aws("amp").create_workspace(alias="services")["workspaceId"]
    aws("amp").create_rule_groups_namespace(workspaceId=workspace, name="rules", data=b"groups: []")
    return {"amp_workspace": workspace, "amp_rule_groups_namespace": "rules"}


SEEDS = (
    cognito_idp, cognito_identity, config, cloudtrail, guardduty, securityhub, macie2, wafv2, shield, acm_pca, ses, ram, resource_groups, budgets,
    xray, amp,
)

SERVICES = (
    "acm-pca", "amp", "budgets", "cloudtrail", "cognito-identity", "cognito-idp", "config", "guardduty", "macie2", "ram", "resource-groups",
    "securityhub", "ses", "sesv2", "shield", "wafv2", "xray",
)
