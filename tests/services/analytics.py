"""Data on its way and at rest: streams, Glue, EMR, Redshift, search collections, time series, dashboards."""

import json


def kinesis(aws, made):
    aws("kinesis").create_stream(StreamName="services", ShardCount=1)
    stream = aws("kinesis").describe_stream_summary(StreamName="services")["StreamDescriptionSummary"]["StreamARN"]
    aws("kinesis").register_stream_consumer(StreamARN=stream, ConsumerName="services")
    return {"kinesis_stream": "services"}


def kinesisvideo(aws, made):
    return {"kinesisvideo_stream": aws("kinesisvideo").create_stream(StreamName="services", DataRetentionInHours=1)["StreamARN"]}


def firehose(aws, made):
    aws("firehose").create_delivery_stream(
        DeliveryStreamName="services",
        ExtendedS3DestinationConfiguration={"RoleARN": made["role arn"], "BucketARN": f"arn:aws:s3:::{made['bucket']}"},
    )
    return {"firehose_delivery_stream": "services"}


def glue(aws, made):
    """A database with a table that a crawler fills, a job on a schedule in a workflow, a registry."""
    glue = aws("glue")
    glue.create_database(DatabaseInput={"Name": "services"})
    glue.create_table(DatabaseName="services", TableInput={"Name": "table", "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}]}})
    glue.create_crawler(Name="services", Role=made["role arn"], DatabaseName="services", Targets={"S3Targets": [{"Path": f"s3://{made['bucket']}/"}]})
    glue.create_security_configuration(Name="services", EncryptionConfiguration={"S3Encryption": [{"S3EncryptionMode": "SSE-S3"}]})
    glue.create_connection(ConnectionInput={"Name": "services", "ConnectionType": "NETWORK", "ConnectionProperties": {}})
    glue.create_job(
        Name="services", Role=made["role arn"], Command={"Name": "glueetl"}, SecurityConfiguration="services", Connections={"Connections": ["services"]}
    )
    glue.create_workflow(Name="services")
    glue.create_trigger(Name="services", Type="SCHEDULED", Schedule="cron(0 * * * ? *)", Actions=[{"JobName": "services"}])
    glue.create_session(Id="services", Role=made["role arn"], Command={"Name": "glueetl"})
    glue.create_dev_endpoint(EndpointName="services", RoleArn=made["role arn"])
    registry = glue.create_registry(RegistryName="services")["RegistryArn"]
    kinds = ("database", "crawler", "security_configuration", "connection", "job", "workflow", "trigger", "session", "dev_endpoint")
    return {"glue_table": "table", "glue_registry": registry, **{f"glue_{kind}": "services" for kind in kinds}}


def databrew(aws, made):
    databrew = aws("databrew")
    databrew.create_dataset(Name="services", Input={"S3InputDefinition": {"Bucket": made["bucket"], "Key": "data.csv"}})
    databrew.create_recipe(Name="services", Steps=[{"Action": {"Operation": "UPPER_CASE", "Parameters": {"sourceColumn": "id"}}}])
    databrew.create_ruleset(Name="services", TargetArn=f"arn:aws:databrew:us-east-1:{made['account']}:dataset/services", Rules=[{"Name": "any", "CheckExpression": ":c > 0"}])
    databrew.create_profile_job(Name="services", DatasetName="services", OutputLocation={"Bucket": made["bucket"]}, RoleArn=made["role arn"])
    return {f"databrew_{kind}": "services" for kind in ("dataset", "recipe", "ruleset", "job")}


def lakeformation(aws, made):
    lake, location = aws("lakeformation"), f"arn:aws:s3:::{made['bucket']}"
    lake.register_resource(ResourceArn=location, RoleArn=made["role arn"])
    lake.create_lf_tag(TagKey="services", TagValues=["yes"])
    lake.grant_permissions(Principal={"DataLakePrincipalIdentifier": made["role arn"]}, Resource={"Database": {"Name": "services"}}, Permissions=["ALL"])
    return {"lakeformation_resource": f"location|{location}", "lakeformation_lf_tag": "services"}


def emr(aws, made):
    """A cluster that is protected from being terminated."""
    cluster = aws("emr").run_job_flow(
        Name="services", ReleaseLabel="emr-7.0.0", JobFlowRole="services", ServiceRole="services",
        Instances={
            "MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.xlarge", "InstanceCount": 2, "KeepJobFlowAliveWhenNoSteps": True,
            "TerminationProtected": True, "Ec2SubnetId": made["subnets"][0],
        },
    )["JobFlowId"]
    return {"emr_cluster": cluster}


def emr_serverless(aws, made):
    application = aws("emr-serverless").create_application(name="services", releaseLabel="emr-7.0.0", type="SPARK")["applicationId"]
    aws("emr-serverless").stop_application(applicationId=application)  # moto starts it at once
    return {"emr_serverless_application": application}


def redshift(aws, made):
    redshift = aws("redshift")
    redshift.create_cluster_subnet_group(ClusterSubnetGroupName="services", Description="services", SubnetIds=made["subnets"])
    redshift.create_cluster_parameter_group(ParameterGroupName="services", ParameterGroupFamily="redshift-1.0", Description="services")
    redshift.create_cluster(
        ClusterIdentifier="services", NodeType="ra3.large", MasterUsername="services", MasterUserPassword="Not-so-secret-1",
        ClusterSubnetGroupName="services", ClusterParameterGroupName="services",
    )
    redshift.create_cluster_snapshot(SnapshotIdentifier="services-snapshot", ClusterIdentifier="services")
    redshift.create_snapshot_copy_grant(SnapshotCopyGrantName="services", KmsKeyId="alias/aws/redshift")
    return {
        "redshift_cluster_subnet_group": "services", "redshift_cluster_parameter_group": "services", "redshift_cluster": "services",
        "redshift_cluster_snapshot": "services-snapshot", "redshift_snapshot_copy_grant": "services",
    }


def kafka(aws, made):
    brokers = {"InstanceType": "kafka.m5.large", "ClientSubnets": made["subnets"]}
    return {"kafka_cluster": aws("kafka").create_cluster(
        ClusterName="services", KafkaVersion="3.6.0", NumberOfBrokerNodes=2, BrokerNodeGroupInfo=brokers
    )["ClusterArn"]}


def opensearchserverless(aws, made):
    search, key = aws("opensearchserverless"), f"arn:aws:kms:us-east-1:{made['account']}:key/services"
    rules = {"Rules": [{"ResourceType": "collection", "Resource": ["collection/services"]}], "AWSOwnedKey": False, "KmsARN": key}
    search.create_security_policy(name="services", type="encryption", policy=json.dumps(rules))
    return {"opensearchserverless_collection": search.create_collection(name="services", type="SEARCH")["createCollectionDetail"]["id"]}


def osis(aws, made):
    body = 'version: "2"\nservices:\n  source:\n    http:\n      path: "/"\n  sink:\n    - s3:\n        bucket: services\n'
    aws("osis").create_pipeline(PipelineName="services", MinUnits=1, MaxUnits=1, PipelineConfigurationBody=body)
    return {"osis_pipeline": "services"}


def timestream(aws, made):
    timestream = aws("timestream-write")
    timestream.create_database(DatabaseName="services")
    timestream.create_table(DatabaseName="services", TableName="table")
    return {"timestream_write_database": "services", "timestream_write_table": "table"}


def quicksight(aws, made):
    quicksight, own = aws("quicksight"), {"AwsAccountId": made["account"]}
    quicksight.create_group(**own, Namespace="default", GroupName="services")
    quicksight.register_user(**own, Namespace="default", UserName="services", Email="a@services.test", IdentityType="QUICKSIGHT", UserRole="READER")
    quicksight.create_data_source(**own, DataSourceId="services", Name="services", Type="ATHENA")
    return {"quicksight_group": "services", "quicksight_user": "services", "quicksight_data_source": "services"}


def datapipeline(aws, made):
    return {"datapipeline_pipeline": aws("datapipeline").create_pipeline(name="services", uniqueId="services")["pipelineId"]}


SEEDS = (
    kinesis, kinesisvideo, firehose, glue, databrew, lakeformation, emr, emr_serverless, redshift, kafka, opensearchserverless, osis,
    timestream, quicksight, datapipeline,
)

SERVICES = (
    "databrew", "datapipeline", "emr", "emr-serverless", "firehose", "glue", "kafka", "kinesis", "kinesisvideo", "lakeformation",
    "opensearchserverless", "osis", "quicksight", "redshift", "timestream-write",
)
