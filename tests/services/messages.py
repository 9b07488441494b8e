"""What tells whom what happened: SQS, SNS, EventBridge, CloudWatch, its logs."""


def sqs(aws, made):
    queue = aws("sqs").create_queue(QueueName="services")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {"sqs_queue": queue, "queue arn": arn}


def sns(aws, made):
    topic = aws("sns").create_topic(Name="services")["TopicArn"]
    subscription = aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=made["queue arn"], ReturnSubscriptionArn=True)["SubscriptionArn"]
    return {"sns_topic": topic, "sns_subscription": subscription}


def events(aws, made):
    """A bus of its own with a rule that has a target, and an archive."""
    events = aws("events")
    bus = events.create_event_bus(Name="services")["EventBusArn"]
    rule = events.put_rule(Name="services", EventBusName="services", EventPattern='{"source": ["services"]}')["RuleArn"]
    events.put_targets(Rule="services", EventBusName="services", Targets=[{"Id": "queue", "Arn": made["queue arn"]}])
    events.create_archive(ArchiveName="services", EventSourceArn=bus)
    return {"events_event_bus": "services", "events_rule": rule, "events_archive": "services"}


def cloudwatch(aws, made):
    """An alarm, one that watches it, and a dashboard."""
    cloudwatch = aws("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="services", Namespace="services", MetricName="errors", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold", AlarmActions=[made["sns_topic"]],
    )
    cloudwatch.put_composite_alarm(AlarmName="services-all", AlarmRule="ALARM(services)", AlarmActions=[made["sns_topic"]])
    cloudwatch.put_dashboard(DashboardName="services", DashboardBody='{"widgets": []}')
    return {"cloudwatch_metric_alarm": "services", "cloudwatch_composite_alarm": "services-all", "cloudwatch_dashboard": "services"}


def logs(aws, made):
    """A log group that is protected from deletion."""
    aws("logs").create_log_group(logGroupName="/services", deletionProtectionEnabled=True)
    return {"logs_log_group": "/services"}


SEEDS = (sqs, sns, events, cloudwatch, logs)
