"""Things, cameras and languages: IoT, media, WorkSpaces, Lex, Transcribe, Polly, private chains."""

import json


def iot(aws, made):
    """A thing of a type, in a group, with an active certificate that a policy is attached to; a rule, a role alias, a job for it."""
    iot = aws("iot")
    kind = iot.create_thing_type(thingTypeName="services")["thingTypeName"]
    thing = iot.create_thing(thingName="services", thingTypeName=kind)["thingArn"]
    iot.create_thing_group(thingGroupName="services")
    iot.add_thing_to_thing_group(thingGroupName="services", thingName="services")
    certificate = iot.create_keys_and_certificate(setAsActive=True)
    statement = {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}
    iot.create_policy(policyName="services", policyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    iot.attach_policy(policyName="services", target=certificate["certificateArn"])
    iot.attach_thing_principal(thingName="services", principal=certificate["certificateArn"])
    iot.create_topic_rule(ruleName="services", topicRulePayload={"sql": "SELECT * FROM 'services'", "actions": []})
    iot.create_role_alias(roleAlias="services", roleArn=made["role arn"])
    iot.create_billing_group(billingGroupName="services")
    iot.create_job(jobId="services", targets=[thing], document="{}")
    iot.create_domain_configuration(domainConfigurationName="services", domainName="iot.services.test")
    iot.create_job_template(jobTemplateId="services", description="services", document="{}")
    kinds = ("thing_type", "thing", "thing_group", "policy", "topic_rule", "role_alias", "billing_group", "job", "domain_configuration", "job_template")
    return {"iot_certificate": certificate["certificateId"], **{f"iot_{each}": "services" for each in kinds}}


def greengrass(aws, made):
    green = aws("greengrass")
    return {
        "greengrass_core_definition": green.create_core_definition(Name="services", InitialVersion={"Cores": []})["Id"],
        "greengrass_function_definition": green.create_function_definition(Name="services", InitialVersion={"Functions": []})["Id"],
        "greengrass_group": green.create_group(Name="services")["Id"],
    }


def medialive(aws, made):
    """A channel with its input."""
    live = aws("medialive")
    source = live.create_input(Name="services", Type="RTP_PUSH")["Input"]["Id"]
    channel = live.create_channel(Name="services", InputAttachments=[{"InputId": source}])["Channel"]["Id"]
    return {"medialive_input": source, "medialive_channel": channel}


def mediapackage(aws, made):
    """A channel with an endpoint."""
    aws("mediapackage").create_channel(Id="services")
    aws("mediapackage").create_origin_endpoint(ChannelId="services", Id="endpoint")
    aws("mediapackagev2").create_channel_group(ChannelGroupName="services")
    return {"mediapackage_channel": "services", "mediapackage_origin_endpoint": "endpoint", "mediapackagev2_channel_group": "services"}


def mediaconnect(aws, made):
    source = {"Name": "source", "Protocol": "rtp", "IngestPort": 5000, "WhitelistCidr": "192.0.2.0/24"}
    return {"mediaconnect_flow": aws("mediaconnect").create_flow(Name="services", Source=source)["Flow"]["FlowArn"]}


def ivs(aws, made):
    return {"ivs_channel": aws("ivs").create_channel(name="services")["channel"]["arn"]}


def workspaces_web(aws, made):
    return {"workspaces_web_portal": aws("workspaces-web").create_portal(displayName="services")["portalArn"]}


def polly(aws, made):
    content = '<?xml version="1.0"?><lexicon version="1.0" alphabet="ipa" xml:lang="en-US" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"></lexicon>'
    aws("polly").put_lexicon(Name="services", Content=content)
    return {"polly_lexicon": "services"}


def transcribe(aws, made):
    aws("transcribe").create_vocabulary(VocabularyName="services", LanguageCode="en-US", Phrases=["services"])
    aws("transcribe").start_transcription_job(TranscriptionJobName="services", LanguageCode="en-US", Media={"MediaFileUri": f"s3://{made['bucket']}/speech.mp3"})
    return {"transcribe_vocabulary": "services", "transcribe_transcription_job": "services"}


def lexv2(aws, made):
    bot = aws("lexv2-models").create_bot(
        botName="services", roleArn=made["role arn"], dataPrivacy={"childDirected": False}, idleSessionTTLInSeconds=300
    )["botId"]
    return {"lexv2_models_bot": bot}


def pinpoint(aws, made):
    return {"pinpoint_app": aws("pinpoint").create_app(CreateApplicationRequest={"Name": "services"})["ApplicationResponse"]["Id"]}


def networkmanager(aws, made):
    """A global network with a site and a device in it."""
    manager = aws("networkmanager")
    network = manager.create_global_network(Description="services")["GlobalNetwork"]["GlobalNetworkId"]
    site = manager.create_site(GlobalNetworkId=network)["Site"]
    device = manager.create_device(GlobalNetworkId=network, SiteId=site["SiteId"])["Device"]
    return {"networkmanager_global_network": network, "networkmanager_site": site["SiteArn"], "networkmanager_device": device["DeviceArn"]}


def route53resolver(aws, made):
    """An endpoint, and a rule that sends questions through it into the VPC."""
    resolver = aws("route53resolver")
    group = aws("ec2").describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [made["vpc"]]}])["SecurityGroups"][0]["GroupId"]
    endpoint = resolver.create_resolver_endpoint(
        CreatorRequestId="services", Name="services", Direction="OUTBOUND", SecurityGroupIds=[group],
        IpAddresses=[{"SubnetId": each} for each in made["subnets"]],
    )["ResolverEndpoint"]["Id"]
    rule = resolver.create_resolver_rule(
        CreatorRequestId="services", Name="services", RuleType="FORWARD", DomainName="services.test", TargetIps=[{"Ip": "192.0.2.1", "Port": 53}],
        ResolverEndpointId=endpoint,
    )["ResolverRule"]["Id"]
    association = resolver.associate_resolver_rule(ResolverRuleId=rule, VPCId=made["vpc"])["ResolverRuleAssociation"]["Id"]
    return {
        "route53resolver_resolver_endpoint": endpoint, "route53resolver_resolver_rule": rule,
        "route53resolver_resolver_rule_association": association,
    }


SEEDS = (
    iot, greengrass, medialive, mediapackage, mediaconnect, ivs, workspaces_web, polly, transcribe, lexv2, pinpoint,
    networkmanager, route53resolver,
)

SERVICES = (
    "greengrass", "iot", "ivs", "lexv2-models", "mediaconnect", "medialive", "mediapackage", "mediapackagev2", 
    "networkmanager", "pinpoint", "polly", "route53resolver", "transcribe", "workspaces-web",
)
