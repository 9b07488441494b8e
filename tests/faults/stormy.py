"""An account of some twenty types in two regions, with what needs what, and damage to its defaults."""

from functools import partial

from story import fargate, network
from story.fargate import tagged

REGIONS = ("us-east-1", "us-west-2")
SERVICES = ("dynamodb", "ec2", "ecs", "elbv2", "iam", "lambda", "logs", "s3", "sqs")


def fill(client, account_id):
    """client(service, region): a boto3 client on the account, which is in factory state."""
    east, west = (partial(client, region=region) for region in REGIONS)
    network.build(east("ec2"), "storm")
    app(west)
    bucket(east("s3"), f"storm-{account_id}")
    for aws in (east, west):
        for number in range(3):
            aws("sqs").create_queue(QueueName=f"storm-{number}")
        aws("logs").create_log_group(logGroupName="/storm")
        aws("dynamodb").create_table(
            TableName="storm", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        )


def app(aws):
    """Inside the default VPC: a service behind a load balancer, two groups that name each other, a role with a policy."""
    ec2 = aws("ec2")
    vpc = default_vpc(ec2)
    subnets = [each["SubnetId"] for each in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][:2]]
    groups = fargate.security_groups(ec2, "storm", 8000, vpc)
    role = fargate.roles(aws("iam"), "storm")
    _, target_group = fargate.load_balancer(aws("elbv2"), "storm", 8000, vpc, subnets, groups["app"], None)
    fargate.service(aws("ecs"), aws("logs"), "storm", 8000, "storm:latest", role, target_group, subnets, groups["app"])
    ec2.create_network_interface(SubnetId=subnets[0], Groups=[groups["db"]], TagSpecifications=tagged("network-interface", "storm"))


def bucket(s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"one", b"two"):
        s3.put_object(Bucket=name, Key="key", Body=content)


def default_vpc(ec2):
    return ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]


def damage(client):
    """The internet gateway is gone in one region, the whole default VPC in the other."""
    for region in REGIONS:
        ec2 = client("ec2", region)
        vpc = default_vpc(ec2)
        within = [{"Name": "vpc-id", "Values": [vpc]}]
        [gateway] = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])["InternetGateways"]
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
        if region == REGIONS[0]:
            continue
        for each in ec2.describe_subnets(Filters=within)["Subnets"]:
            ec2.delete_subnet(SubnetId=each["SubnetId"])
        ec2.delete_vpc(VpcId=vpc)
