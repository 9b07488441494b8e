"""What computes, stores and connects beyond the usual: EKS, Batch, SageMaker, FSx, DMS, directories, meshes, schedules."""


def eks(aws, made):
    """A cluster with a node group and a Fargate profile."""
    eks, cluster = aws("eks"), {"clusterName": "services"}
    eks.create_cluster(name="services", roleArn=made["role arn"], resourcesVpcConfig={"subnetIds": made["subnets"]})
    eks.create_nodegroup(**cluster, nodegroupName="nodes", subnets=made["subnets"], nodeRole=made["role arn"])
    eks.create_fargate_profile(**cluster, fargateProfileName="profile", podExecutionRoleArn=made["role arn"], subnets=made["subnets"], selectors=[{"namespace": "default"}])
    return {"eks_cluster": "services", "eks_nodegroup": "nodes", "eks_fargate_profile": "profile"}


def batch(aws, made):
    """An enabled environment with an enabled queue."""
    batch = aws("batch")
    environment = batch.create_compute_environment(
        computeEnvironmentName="services", type="UNMANAGED", state="ENABLED", serviceRole=made["role arn"]
    )["computeEnvironmentArn"]
    policy = batch.create_scheduling_policy(name="services")["arn"]
    batch.create_job_queue(
        jobQueueName="services", state="ENABLED", priority=1, computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
        schedulingPolicyArn=policy,
    )
    job = batch.register_job_definition(
        jobDefinitionName="services", type="container", containerProperties={"image": "busybox", "vcpus": 1, "memory": 128}
    )["jobDefinitionArn"]
    return {"batch_compute_environment": "services", "batch_scheduling_policy": policy, "batch_job_queue": "services", "batch_job_definition": job}


def sagemaker(aws, made):
    """A model behind an endpoint, a notebook that is running, a domain, a pipeline."""
    sagemaker, role = aws("sagemaker"), made["role arn"]
    sagemaker.create_model(ModelName="services", ExecutionRoleArn=role, PrimaryContainer={"Image": f"{made['account']}.dkr.ecr.us-east-1.amazonaws.com/services:1"})
    variants = [{"VariantName": "all", "ModelName": "services", "InitialInstanceCount": 1, "InstanceType": "ml.t2.medium"}]
    sagemaker.create_endpoint_config(EndpointConfigName="services", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="services", EndpointConfigName="services")
    sagemaker.create_notebook_instance(NotebookInstanceName="services", InstanceType="ml.t2.medium", RoleArn=role)
    sagemaker.create_pipeline(PipelineName="services", PipelineDefinition="{}", ClientRequestToken="services-" * 4, RoleArn=role)
    domain = sagemaker.create_domain(
        DomainName="services", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": role}, SubnetIds=made["subnets"], VpcId=made["vpc"]
    )["DomainArn"].split("/")[-1]
    kinds = ("model", "endpoint_config", "endpoint", "notebook_instance", "pipeline")
    return {"sagemaker_domain": domain, **{f"sagemaker_{kind}": "services" for kind in kinds}}


def elasticbeanstalk(aws, made):
    aws("elasticbeanstalk").create_application(ApplicationName="services")
    return {"elasticbeanstalk_application": "services"}


def fsx(aws, made):
    system = aws("fsx").create_file_system(
        FileSystemType="LUSTRE", StorageCapacity=1200, SubnetIds=made["subnets"][:1], LustreConfiguration={"DeploymentType": "PERSISTENT_2"}
    )["FileSystem"]["FileSystemId"]
    return {"fsx_file_system": system, "fsx_backup": aws("fsx").create_backup(FileSystemId=system)["Backup"]["BackupId"]}


def backup(aws, made):
    backup = aws("backup")
    backup.create_backup_vault(BackupVaultName="services")
    rule = {"RuleName": "daily", "TargetBackupVaultName": "services", "ScheduleExpression": "cron(0 5 * * ? *)"}
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "services", "Rules": [rule]})["BackupPlanId"]
    backup.create_report_plan(
        ReportPlanName="services", ReportDeliveryChannel={"S3BucketName": made["bucket"]}, ReportSetting={"ReportTemplate": "BACKUP_JOB_REPORT"}
    )
    return {"backup_backup_vault": "services", "backup_backup_plan": plan, "backup_report_plan": "services"}


def dax(aws, made):
    aws("dax").create_cluster(ClusterName="services", NodeType="dax.t3.small", ReplicationFactor=1, IamRoleArn=made["role arn"])
    return {"dax_cluster": "services"}


def dms(aws, made):
    """A running task from one endpoint to another."""
    dms = aws("dms")
    dms.create_replication_subnet_group(
        ReplicationSubnetGroupIdentifier="services", ReplicationSubnetGroupDescription="services", SubnetIds=made["subnets"]
    )
    machine = dms.create_replication_instance(
        ReplicationInstanceIdentifier="services", ReplicationInstanceClass="dms.t3.micro", ReplicationSubnetGroupIdentifier="services"
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    source, target = (
        dms.create_endpoint(EndpointIdentifier=f"services-{kind}", EndpointType=kind, EngineName="mysql")["Endpoint"]["EndpointArn"]
        for kind in ("source", "target")
    )
    task = dms.create_replication_task(
        ReplicationTaskIdentifier="services", SourceEndpointArn=source, TargetEndpointArn=target, ReplicationInstanceArn=machine,
        MigrationType="full-load", TableMappings="{}",
    )["ReplicationTask"]["ReplicationTaskArn"]
    dms.start_replication_task(ReplicationTaskArn=task, StartReplicationTaskType="start-replication")
    return {"dms_replication_subnet_group": "services", "dms_replication_instance": machine, "dms_endpoint": source, "dms_replication_task": task}


def datasync(aws, made):
    datasync = aws("datasync")
    place = {"S3BucketArn": f"arn:aws:s3:::{made['bucket']}", "S3Config": {"BucketAccessRoleArn": made["role arn"]}}
    source, target = (datasync.create_location_s3(Subdirectory=f"/{each}", **place)["LocationArn"] for each in ("source", "target"))
    task = datasync.create_task(Name="services", SourceLocationArn=source, DestinationLocationArn=target)["TaskArn"]
    return {"datasync_location": source, "datasync_task": task}


def ds(aws, made):
    settings = {"VpcId": made["vpc"], "SubnetIds": made["subnets"]}
    directory = aws("ds").create_directory(Name="services.test", Password="Not-so-secret-1", Size="Small", VpcSettings=settings)["DirectoryId"]
    return {"ds_directory": directory}


def servicediscovery(aws, made):
    """A namespace with a service."""
    discovery = aws("servicediscovery")
    discovery.create_http_namespace(Name="services")
    space = discovery.list_namespaces()["Namespaces"][0]["Id"]
    service = discovery.create_service(Name="service", NamespaceId=space)["Service"]["Id"]
    return {"servicediscovery_namespace": space, "servicediscovery_service": service}


def appmesh(aws, made):
    mesh = {"meshName": "services"}
    aws("appmesh").create_mesh(**mesh)
    aws("appmesh").create_virtual_node(**mesh, virtualNodeName="node", spec={})
    aws("appmesh").create_virtual_router(**mesh, virtualRouterName="router", spec={"listeners": [{"portMapping": {"port": 80, "protocol": "http"}}]})
    return {"appmesh_mesh": "services", "appmesh_virtual_node": "node", "appmesh_virtual_router": "router"}


def mq(aws, made):
    mq = aws("mq")
    configuration = mq.create_configuration(Name="services", EngineType="ACTIVEMQ", EngineVersion="5.18")["Id"]
    broker = mq.create_broker(
        BrokerName="services", EngineType="ACTIVEMQ", EngineVersion="5.18", HostInstanceType="mq.t3.micro", DeploymentMode="SINGLE_INSTANCE",
        PubliclyAccessible=False, AutoMinorVersionUpgrade=True, Users=[{"Username": "services", "Password": "not-so-secret-1"}],
        Configuration={"Id": configuration, "Revision": 1},
    )["BrokerId"]
    return {"mq_configuration": configuration, "mq_broker": broker}


def scheduler(aws, made):
    """A schedule in a group of its own."""
    aws("scheduler").create_schedule_group(Name="services")
    aws("scheduler").create_schedule(
        Name="schedule", GroupName="services", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:sqs:us-east-1:{made['account']}:services", "RoleArn": made["role arn"]},
    )
    return {"scheduler_schedule_group": "services", "scheduler_schedule": "schedule"}


def pipes(aws, made):
    queue = f"arn:aws:sqs:us-east-1:{made['account']}:services"
    aws("pipes").create_pipe(Name="services", RoleArn=made["role arn"], Source=queue, Target=f"{queue}-target")
    return {"pipes_pipe": "services"}


def maintenance(aws, made):
    window = aws("ssm").create_maintenance_window(Name="services", Schedule="rate(1 day)", Duration=2, Cutoff=1, AllowUnassociatedTargets=True)
    return {"ssm_maintenance_window": window["WindowId"]}


def dsql(aws, made):
    return {"dsql_cluster": aws("dsql").create_cluster(deletionProtectionEnabled=True)["identifier"]}


def s3vectors(aws, made):
    """A bucket with an index."""
    vectors, bucket = aws("s3vectors"), {"vectorBucketName": "services"}
    vectors.create_vector_bucket(**bucket)
    vectors.create_index(**bucket, indexName="index", dataType="float32", dimension=2, distanceMetric="cosine")
    return {"s3vectors_vector_bucket": "services", "s3vectors_index": "index"}


def transfer(aws, made):
    return {"transfer_server": aws("transfer").create_server()["ServerId"]}


SEEDS = (
    eks, batch, sagemaker, elasticbeanstalk, fsx, backup, dax, dms, datasync, ds, servicediscovery, appmesh, mq, scheduler, pipes, maintenance,
    dsql, s3vectors, transfer,
)

SERVICES = (
    "appmesh", "backup", "batch", "datasync", "dax", "dms", "ds", "dsql", "eks", "elasticbeanstalk", "fsx", "mq", "pipes",
    "s3vectors", "sagemaker", "scheduler", "servicediscovery", "ssm", "transfer",
)
