"""An account full of things, to be written down as SQL: the story's stack in a VPC of its own, and what it lacks."""

import json
from functools import partial

from story import django, fargate, network, prisma

SERVICES = (
    "acm", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "elbv2", "iam", "lambda", "logs", "rds", "route53", "s3", "secretsmanager", "sns", "sqs",
)
HOSTILE = "it's \"quoted\", a \\ and a \\\\', $$ and $1, %s, naïve ☃, -- no comment; /* nor this\nnor that"
READ_ALL = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def fill(client, account_id, region):
    """client(service, region): a boto3 client on the account, which is in factory state."""
    aws = partial(client, region=region)
    vpc, public, private = network.build(aws("ec2"), "shop")
    balancer, groups = fargate.deploy(aws, "shop", 8000, vpc, public)
    django.domain(aws("route53"), balancer)
    django.secret(aws("secretsmanager"))
    django.static_files(aws("s3"), account_id)
    django.mail(aws("sns"), aws("sqs"), aws("cloudwatch"))
    prisma.sessions(aws("dynamodb"))
    prisma.migrations(aws("lambda"), aws("logs"), machine(aws("iam")), private, groups["app"])
    inside_the_defaults(aws("ec2"))
    network_settings(aws("ec2"), vpc)
    policies(aws, account_id, region)
    dead_letters(aws("sqs"))
    hostile(aws)


def machine(iam):
    """A role with a profile; its ARN."""
    role = iam.create_role(RoleName="shop-machine", AssumeRolePolicyDocument=fargate.trust("lambda"), MaxSessionDuration=7200)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="shop-machine", PolicyArn=READ_ALL)
    iam.create_instance_profile(InstanceProfileName="shop-machine")
    iam.add_role_to_instance_profile(InstanceProfileName="shop-machine", RoleName="shop-machine")
    return role


def inside_the_defaults(ec2):
    """A user's things inside what AWS puts into every account."""
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}])["SecurityGroups"][0]["GroupId"]
    network.subnet(ec2, "shop", vpc, "172.31.200.0/24", f"{ec2.meta.region_name}c", "extra")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "the office"}]},
    ])


def network_settings(ec2, vpc):
    options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["shop.example"]}])["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpc)
    sealed = ec2.create_security_group(GroupName="sealed", Description="nothing out", VpcId=vpc)["GroupId"]
    default = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}])["SecurityGroups"][0]["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    for group in (sealed, default):
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    ec2.revoke_security_group_ingress(GroupId=default, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": default}]}])
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}])["RouteTables"][0]["RouteTableId"]
    ec2.create_tags(Resources=[main], Tags=[{"Key": "Name", "Value": "shop-main"}])
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl, RuleNumber=90, Protocol="6", RuleAction="deny", Egress=False, CidrBlock="198.51.100.0/24", PortRange={"From": 1, "To": 1024},
    )


def policies(aws, account_id, region):
    """A repository's policy; a bucket that is a website, with its policy."""
    pull = fargate.policy("ecr:BatchGetImage", Sid="pull", Principal={"AWS": f"arn:aws:iam::{account_id}:role/shop-execution"})
    aws("ecr").set_repository_policy(repositoryName="shop-app", policyText=pull)
    s3, bucket = aws("s3"), f"shop-site-{account_id}"
    s3.create_bucket(Bucket=bucket, **({} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}))
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False,
    ))
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}})
    s3.put_bucket_policy(Bucket=bucket, Policy=fargate.policy("s3:GetObject", Principal="*", Resource=f"arn:aws:s3:::{bucket}/*"))


def dead_letters(sqs):
    dead = sqs.create_queue(QueueName="shop-dead", Attributes={"MessageRetentionPeriod": "1209600"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.create_queue(QueueName="shop-orders", Attributes={"VisibilityTimeout": "45", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})})


def hostile(aws):
    """What a statement has to quote."""
    tag = [{"Key": "it's", "Value": HOSTILE}]
    aws("ec2").create_vpc(CidrBlock="10.99.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": HOSTILE}, *tag]}])
    aws("secretsmanager").create_secret(Name="hostile", SecretString="s3cr3t-v4lue", Description=HOSTILE, Tags=tag)
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/x": [HOSTILE, "{}", "NULL"]}}}
    aws("iam").create_policy(PolicyName="hostile", Description=HOSTILE, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
