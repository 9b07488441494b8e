"""What keeps data: S3, DynamoDB, RDS, ElastiCache, MemoryDB, OpenSearch, Athena."""

import json

from .identity import policy


def s3(aws, made):
    """A bucket with versions, and with everything that can be set on one."""
    s3, bucket = aws("s3"), f"services-{made['account']}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"first", b"second"):
        s3.put_object(Bucket=bucket, Key="kept.txt", Body=content)
    s3.put_object(Bucket=bucket, Key="source.zip", Body=b"the app")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({"Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}))
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    return {
        "s3_bucket": bucket, "s3_bucket_policy": bucket, "s3_bucket_website": bucket, "s3_public_access_block": bucket,
        "s3_object": "kept.txt",
    }


def dynamodb(aws, made):
    aws("dynamodb").create_table(
        TableName="services", BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return {"dynamodb_table": "services"}


def rds(aws, made):
    """An instance of its own and a cluster with one, all protected from deletion, in groups of their own, with snapshots."""
    rds, password = aws("rds"), {"MasterUsername": "services", "MasterUserPassword": "not-so-secret"}
    rds.create_db_subnet_group(
        DBSubnetGroupName="services", DBSubnetGroupDescription="services", SubnetIds=[made["ec2_subnet"], made["another subnet"]]
    )
    rds.create_db_parameter_group(DBParameterGroupName="services", DBParameterGroupFamily="mysql8.0", Description="services")
    rds.create_option_group(OptionGroupName="services", EngineName="mysql", MajorEngineVersion="8.0", OptionGroupDescription="services")
    rds.create_db_cluster_parameter_group(DBClusterParameterGroupName="services", DBParameterGroupFamily="aurora-mysql8.0", Description="services")
    rds.create_db_instance(
        DBInstanceIdentifier="services", Engine="mysql", EngineVersion="8.0.36", DBInstanceClass="db.t3.micro", AllocatedStorage=20, **password,
        DBSubnetGroupName="services", DBParameterGroupName="services", OptionGroupName="services",
        VpcSecurityGroupIds=[made["ec2_security_group"]], DeletionProtection=True,
    )
    rds.create_db_cluster(
        DBClusterIdentifier="services-aurora", Engine="aurora-mysql", **password, DBSubnetGroupName="services",
        DBClusterParameterGroupName="services", VpcSecurityGroupIds=[made["ec2_security_group"]], DeletionProtection=True,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="services-aurora-1", DBClusterIdentifier="services-aurora", Engine="aurora-mysql", DBInstanceClass="db.r5.large"
    )
    rds.create_db_snapshot(DBSnapshotIdentifier="services-snapshot", DBInstanceIdentifier="services")
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="services-aurora-snapshot", DBClusterIdentifier="services-aurora")
    return {
        "rds_db_subnet_group": "services", "rds_db_parameter_group": "services", "rds_option_group": "services",
        "rds_db_cluster_parameter_group": "services", "rds_db_instance": "services", "rds_db_cluster": "services-aurora",
        "rds_db_snapshot": "services-snapshot", "rds_db_cluster_snapshot": "services-aurora-snapshot",
    }


def elasticache(aws, made):
    elasticache = aws("elasticache")
    elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="services", CacheSubnetGroupDescription="services", SubnetIds=[made["ec2_subnet"]]
    )
    elasticache.create_cache_parameter_group(CacheParameterGroupName="services", CacheParameterGroupFamily="redis7", Description="services")
    elasticache.create_user(UserId="services", UserName="services", Engine="redis", AccessString="on ~* +@all", NoPasswordRequired=True)
    elasticache.create_user_group(UserGroupId="services", Engine="redis", UserIds=["services"])
    elasticache.create_cache_cluster(
        CacheClusterId="services", Engine="redis", CacheNodeType="cache.t3.micro", NumCacheNodes=1, CacheSubnetGroupName="services",
        CacheParameterGroupName="services", SecurityGroupIds=[made["ec2_security_group"]],
    )
    elasticache.create_replication_group(
        ReplicationGroupId="services-group", ReplicationGroupDescription="services", Engine="redis", CacheNodeType="cache.t3.micro",
        CacheSubnetGroupName="services", UserGroupIds=["services"], TransitEncryptionEnabled=True,
    )
    elasticache.create_serverless_cache(
        ServerlessCacheName="services", Engine="redis", SubnetIds=[made["ec2_subnet"]], SecurityGroupIds=[made["ec2_security_group"]],
        UserGroupId="services",
    )
    return {
        "elasticache_cache_subnet_group": "services", "elasticache_cache_parameter_group": "services", "elasticache_user": "services",
        "elasticache_user_group": "services", "elasticache_cache_cluster": "services", "elasticache_replication_group": "services-group",
        "elasticache_serverless_cache": "services",
    }


def memorydb(aws, made):
    memorydb = aws("memorydb")
    memorydb.create_subnet_group(SubnetGroupName="services", SubnetIds=[made["ec2_subnet"]])
    memorydb.create_parameter_group(ParameterGroupName="services", Family="memorydb_redis7")
    memorydb.create_user(UserName="services", AccessString="on ~* +@all", AuthenticationMode={"Type": "password", "Passwords": ["not-so-secret-123"]})
    memorydb.create_acl(ACLName="services", UserNames=["services"])
    memorydb.create_cluster(
        ClusterName="services", NodeType="db.t4g.small", ACLName="services", SubnetGroupName="services", ParameterGroupName="services",
        SecurityGroupIds=[made["ec2_security_group"]],
    )
    return {f"memorydb_{noun}": "services" for noun in ("subnet_group", "parameter_group", "user", "acl", "cluster")}


def opensearch(aws, made):
    aws("opensearch").create_domain(DomainName="services")
    return {"opensearch_domain": "services"}


def athena(aws, made):
    aws("athena").create_work_group(Name="services")
    aws("athena").create_data_catalog(Name="services", Type="HIVE", Parameters={"metadata-function": "services"})
    return {"athena_work_group": "services", "athena_data_catalog": "services"}


def cloudformation(aws, made):
    """A stack that is protected from deletion; the security group that it made goes with it."""
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "services", "VpcId": made["ec2_vpc"]}}
    template = {"Resources": {"Group": group}}
    aws("cloudformation").create_stack(StackName="services", TemplateBody=json.dumps(template), EnableTerminationProtection=True)
    return {"cloudformation_stack": "services"}


SEEDS = (s3, dynamodb, rds, elasticache, memorydb, opensearch, athena, cloudformation)
