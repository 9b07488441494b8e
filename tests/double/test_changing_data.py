"""Databases, caches and file systems keep what they are given and what is changed of it."""

import pytest
from test_refusals import code_of


@pytest.fixture
def subnets(aws):
    return [each["SubnetId"] for each in aws("ec2").describe_subnets()["Subnets"]][:3]


def test_a_subnet_group_is_changed_and_stays(aws, subnets):
    rds = aws("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=subnets[:2])
    assert code_of(rds.create_db_subnet_group, DBSubnetGroupName="G", DBSubnetGroupDescription="d", SubnetIds=subnets[:2]) == "DBSubnetGroupAlreadyExists"
    rds.modify_db_subnet_group(DBSubnetGroupName="g", DBSubnetGroupDescription="e", SubnetIds=subnets)
    [group] = rds.describe_db_subnet_groups()["DBSubnetGroups"]
    assert group["DBSubnetGroupDescription"] == "e" and len(group["Subnets"]) == 3
    assert code_of(rds.modify_db_subnet_group, DBSubnetGroupName="none", SubnetIds=subnets) == "DBSubnetGroupNotFoundFault"


def test_an_instance_stays_in_its_network(aws, subnets):
    rds = aws("rds")
    for name in ("one", "two"):
        rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="d", SubnetIds=subnets[:2])
    rds.create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20, MasterUsername="me",
        MasterUserPassword="not-a-secret", DBSubnetGroupName="one", Port=5433,
    )
    assert code_of(rds.modify_db_instance, DBInstanceIdentifier="db", DBSubnetGroupName="two") == "InvalidVPCNetworkStateFault"
    rds.modify_db_instance(DBInstanceIdentifier="db", DBPortNumber=5434, ApplyImmediately=True)
    assert rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Port"] == 5434


def test_the_default_option_group_of_an_instance_is_there(aws):
    rds = aws("rds")
    database = rds.create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="mysql", AllocatedStorage=20, MasterUsername="me", ManageMasterUserPassword=True,
    )["DBInstance"]
    [named] = [each["OptionGroupName"] for each in database["OptionGroupMemberships"]]
    assert named in [each["OptionGroupName"] for each in rds.describe_option_groups()["OptionGroupsList"]]


@pytest.mark.parametrize("kind, family", [("DBParameterGroup", "postgres15"), ("DBClusterParameterGroup", "aurora-postgresql15")])
def test_parameters_are_set_and_reset(aws, kind, family):
    rds = aws("rds")
    snake, parameters = {"DBParameterGroup": ("db_parameter_group", "db_parameters")}.get(kind, ("db_cluster_parameter_group", "db_cluster_parameters"))
    group = {f"{kind}Name": "g"}
    getattr(rds, f"create_{snake}")(**group, DBParameterGroupFamily=family, Description="d")
    assert code_of(getattr(rds, f"create_{snake}"), **group, DBParameterGroupFamily=family, Description="d") == "DBParameterGroupAlreadyExists"
    given = [{"ParameterName": name, "ParameterValue": "1", "ApplyMethod": "immediate"} for name in ("a", "b")]
    getattr(rds, f"modify_{snake}")(**group, Parameters=given)
    getattr(rds, f"reset_{snake}")(**group, Parameters=[{"ParameterName": "a", "ApplyMethod": "immediate"}])
    assert [each["ParameterName"] for each in getattr(rds, f"describe_{parameters}")(**group)["Parameters"]] == ["b"]
    getattr(rds, f"reset_{snake}")(**group, ResetAllParameters=True)
    assert getattr(rds, f"describe_{parameters}")(**group)["Parameters"] == []
    assert code_of(getattr(rds, f"reset_{snake}"), **{f"{kind}Name": "none"}, ResetAllParameters=True) == "DBParameterGroupNotFound"


def test_a_clusters_automated_snapshots_go_with_it(aws):
    rds = aws("rds")
    for name in ("one", "two"):
        rds.create_db_cluster(DBClusterIdentifier="c", Engine="aurora-mysql", MasterUsername="me", MasterUserPassword="not-a-secret")
        rds.create_db_cluster_snapshot(DBClusterIdentifier="c", DBClusterSnapshotIdentifier=name)
        rds.delete_db_cluster(DBClusterIdentifier="c", SkipFinalSnapshot=True)
        rds.get_waiter("db_cluster_deleted").wait(DBClusterIdentifier="c", WaiterConfig={"Delay": 0.1, "MaxAttempts": 50})
    assert [each["DBClusterSnapshotIdentifier"] for each in rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]] == ["one", "two"]


def test_clusters_have_names_of_their_own(aws):
    cluster = {"DBClusterIdentifier": "c", "Engine": "aurora-postgresql", "MasterUsername": "me", "MasterUserPassword": "not-a-secret"}
    aws("rds").create_db_cluster(**cluster)
    assert code_of(aws("rds").create_db_cluster, **cluster) == "DBClusterAlreadyExistsFault"


def test_a_file_system_is_changed(aws):
    efs = aws("efs")
    system = efs.create_file_system(CreationToken="t")["FileSystemId"]
    efs.update_file_system(FileSystemId=system, ThroughputMode="provisioned", ProvisionedThroughputInMibps=5)
    efs.update_file_system_protection(FileSystemId=system, ReplicationOverwriteProtection="DISABLED")
    [found] = efs.describe_file_systems()["FileSystems"]
    assert (found["ThroughputMode"], found["ProvisionedThroughputInMibps"]) == ("provisioned", 5)
    assert found["FileSystemProtection"] == {"ReplicationOverwriteProtection": "DISABLED"}
    efs.update_file_system(FileSystemId=system, ThroughputMode="elastic")
    assert "ProvisionedThroughputInMibps" not in efs.describe_file_systems()["FileSystems"][0]
    assert code_of(efs.update_file_system, FileSystemId="fs-00000000", ThroughputMode="elastic") == "FileSystemNotFound"


def test_caches_are_changed(aws, subnets):
    cache, vpc = aws("elasticache"), aws("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    groups = [aws("ec2").create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"] for name in ("a", "b")]
    cache.create_cache_subnet_group(CacheSubnetGroupName="g", CacheSubnetGroupDescription="d", SubnetIds=subnets[:2])
    cache.modify_cache_subnet_group(CacheSubnetGroupName="g", SubnetIds=subnets)
    [group] = [each for each in cache.describe_cache_subnet_groups()["CacheSubnetGroups"] if each["CacheSubnetGroupName"] == "g"]
    assert len(group["Subnets"]) == 3 and group["CacheSubnetGroupDescription"] == "d"
    cache.create_cache_cluster(
        CacheClusterId="c", Engine="redis", CacheNodeType="cache.t3.micro", NumCacheNodes=1, SecurityGroupIds=groups[:1], CacheParameterGroupName="default.redis7",
    )
    cache.modify_cache_cluster(CacheClusterId="c", SecurityGroupIds=groups[1:], CacheNodeType="cache.t3.small")
    [cluster] = cache.describe_cache_clusters()["CacheClusters"]
    assert cluster["SecurityGroups"] == [{"SecurityGroupId": groups[1], "Status": "active"}] and cluster["CacheNodeType"] == "cache.t3.small"
    assert cluster["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7"
    assert code_of(cache.modify_cache_cluster, CacheClusterId="none") == "CacheClusterNotFound"
    assert code_of(cache.modify_cache_subnet_group, CacheSubnetGroupName="none") == "CacheSubnetGroupNotFoundFault"


def test_a_replication_group_has_the_clusters_asked_for(aws):
    made = aws("elasticache").create_replication_group(ReplicationGroupId="g", ReplicationGroupDescription="d", NumCacheClusters=2, CacheNodeType="cache.t3.micro")
    assert made["ReplicationGroup"]["MemberClusters"] == ["g-001", "g-002"]


def test_users_and_their_groups_are_changed(aws):
    cache = aws("elasticache")
    cache.create_user(UserId="u", UserName="u", Engine="redis", AccessString="on ~* +@all", NoPasswordRequired=True)
    cache.modify_user(UserId="u", AccessString="on ~app* +@all")
    assert cache.describe_users(UserId="u")["Users"][0]["AccessString"] == "on ~app* +@all"
    assert code_of(cache.modify_user, UserId="none", AccessString="off") == "UserNotFound"
    cache.create_user_group(UserGroupId="g", Engine="redis", UserIds=["default"])
    cache.modify_user_group(UserGroupId="g", UserIdsToAdd=["u"])
    assert cache.describe_user_groups()["UserGroups"][0]["UserIds"] == ["default", "u"]
    cache.modify_user_group(UserGroupId="g", UserIdsToRemove=["u"])
    assert cache.describe_user_groups()["UserGroups"][0]["UserIds"] == ["default"]
