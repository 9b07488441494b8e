"""What the Django tutorial leaves: an app inside the default VPC, a domain with a certificate, a bucket of static files, a secret, mail by queue."""

from . import fargate
from .fargate import tagged, tags

PROJECT = "django"


def leave(aws, account_id):
    ec2 = aws("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    defaults = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    own = ec2.create_subnet(
        VpcId=vpc, CidrBlock="172.31.200.0/24", AvailabilityZone=f"{ec2.meta.region_name}c", TagSpecifications=tagged("subnet", PROJECT, "django-extra")
    )["Subnet"]["SubnetId"]
    certificate = aws("acm").request_certificate(
        DomainName="django.example.com", ValidationMethod="DNS", SubjectAlternativeNames=["*.django.example.com"], Tags=tags(PROJECT)
    )["CertificateArn"]
    zones = [each["SubnetId"] for each in sorted(defaults, key=lambda each: each["AvailabilityZone"])[:2]]
    balancer, _ = fargate.deploy(aws, PROJECT, 8000, vpc, [*zones, own], certificate)
    domain(aws("route53"), balancer)
    secret(aws("secretsmanager"))
    static_files(aws("s3"), account_id)
    mail(aws("sns"), aws("sqs"), aws("cloudwatch"))


def domain(route53, balancer):
    zone = route53.create_hosted_zone(Name="django.example.com", CallerReference="django-tutorial")["HostedZone"]["Id"]
    records = [
        {
            "Name": "django.example.com", "Type": "A",
            "AliasTarget": {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False},
        },
        {"Name": "www.django.example.com", "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "django.example.com"}]},
        {"Name": "django.example.com", "Type": "TXT", "TTL": 300, "ResourceRecords": [{"Value": '"v=spf1 -all"'}]},
    ]
    changes = [{"Action": "CREATE", "ResourceRecordSet": each} for each in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def secret(secretsmanager):
    secretsmanager.create_secret(Name="django/secret-key", SecretString="not so secret", Tags=tags(PROJECT))


def static_files(s3, account_id):
    """A bucket with versions and a delete marker: only an empty one can be deleted."""
    bucket = f"django-static-{account_id}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags(PROJECT)})
    for content in (b"body {}", b"body { color: #222 }"):
        for name in ("base.css", "admin.css", "old.css"):
            s3.put_object(Bucket=bucket, Key=f"static/{name}", Body=content)
    s3.delete_object(Bucket=bucket, Key="static/old.css")


def mail(sns, sqs, cloudwatch):
    """A topic that feeds a queue, and an alarm that speaks to the topic."""
    queue = sqs.create_queue(QueueName="django-mail", tags={"project": PROJECT})["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="django-events", Tags=tags(PROJECT))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    cloudwatch.put_metric_alarm(
        AlarmName="django-5xx", Namespace="AWS/ApplicationELB", MetricName="HTTPCode_Target_5XX_Count", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[topic], Tags=tags(PROJECT),
    )
