"""The refusals of the services other than EC2."""

from .errors import AWSError
from .refusals import refuses


def _conflict(what: str) -> AWSError:
    return AWSError("DeleteConflict", f"Cannot delete entity, must {what} first.")


# IAM. Each rule's dict: what the entity still has → what AWS says must be done.


def _first(conflicts: dict[str, bool]) -> None:
    for what, present in conflicts.items():
        if present:
            raise _conflict(what)


@refuses("iam", "DeleteUser")
def user_with_something(params, state):
    user = state.iam.users.get(params["UserName"])
    if user:
        _first({
            "delete access keys": user.access_keys,
            "delete login profile": user.password,
            "remove users from group": any(user in group.users for group in state.iam.groups.values()),
            "delete MFA device": user.mfa_devices,
            "delete SSH public keys": user.ssh_public_keys,
            "detach all policies": user.managed_policies,
            "delete policies": user.policies,
        })


@refuses("iam", "DeleteGroup")
def group_with_something(params, state):
    group = state.iam.groups.get(params["GroupName"])
    if group:
        _first({"remove users from group": group.users, "detach all policies": group.managed_policies, "delete policies": group.policies})


@refuses("iam", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy", "PutRolePolicy", "AttachRolePolicy")
def role_of_aws(params, state):
    role = next((role for role in state.iam.roles.values() if role.name == params["RoleName"]), None)
    if role and role.path.startswith(("/aws-service-role/", "/aws-reserved/")):
        message = f"Cannot perform the operation on the protected role '{role.name}' - this role is only modifiable by AWS"
        raise AWSError("UnmodifiableEntity", message)


@refuses("iam", "DeleteServiceLinkedRole")
def role_of_support(params, state):
    if params["RoleName"] == "AWSServiceRoleForSupport":
        raise AWSError("InvalidInput", "The role AWSServiceRoleForSupport cannot be deleted.")


@refuses("iam", "DeletePolicy")
def policy_attached(params, state):
    arn = params["PolicyArn"]
    if arn.split(":")[4] == "aws":
        raise AWSError("AccessDenied", f"{arn} is an AWS managed policy and cannot be deleted.", 403)
    holders = [*state.iam.users.values(), *state.iam.groups.values(), *state.iam.roles.values()]
    policy = state.iam.managed_policies.get(arn)
    _first({
        "detach it from everything (policy is attached)": any(arn in holder.managed_policies for holder in holders),
        "delete its other versions": policy and len(policy.versions) > 1,
    })


@refuses("iam", "DeleteInstanceProfile")
def instance_profile_in_use(params, state):
    profile = state.iam.instance_profiles.get(params["InstanceProfileName"])
    if profile:
        _first({"remove roles from instance profile": profile.roles})


# Containers


@refuses("ecs", "DeleteCluster")
def cluster_with_something(params, state):
    name = params["cluster"].split("/")[-1]
    cluster = state.ecs.clusters.get(name)
    if cluster is None:
        return
    services = [service for key, service in state.ecs.services.items() if key.startswith(f"{name}:")]
    tasks = state.ecs.tasks.get(name, {}).values()
    instances = state.ecs.container_instances.get(name, {}).values()
    if any(service.status != "INACTIVE" for service in services):
        raise AWSError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(task.last_status != "STOPPED" for task in tasks):
        raise AWSError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    if any(instance.status != "INACTIVE" for instance in instances):
        message = "The Cluster cannot be deleted while Container Instances are active or draining."
        raise AWSError("ClusterContainsContainerInstancesException", message)
    providers = set(cluster.capacity_providers or ()) - {"FARGATE", "FARGATE_SPOT"}
    if providers:
        message = f"The Cluster cannot be deleted while it has capacity providers: {sorted(providers)}."
        raise AWSError("ClusterContainsCapacityProviderException", message)


@refuses("ecs", "DeleteCapacityProvider")
def capacity_provider(params, state):
    name = params["capacityProvider"].split("/")[-1]
    if name in ("FARGATE", "FARGATE_SPOT"):
        raise AWSError("ClientException", f"The specified capacity provider {name} is reserved and cannot be deleted.")
    for cluster in state.ecs.clusters.values():
        if cluster.status != "INACTIVE" and name in (cluster.capacity_providers or ()):
            raise AWSError("ClientException", f"The specified capacity provider is in use by cluster {cluster.name}.")


# Load balancing and scaling


@refuses("elbv2", "DeleteLoadBalancer")
def protected_load_balancer(params, state):
    balancer = state.elbv2.load_balancers.get(params["LoadBalancerArn"])
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        message = f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled"
        raise AWSError("OperationNotPermitted", message)


@refuses("elbv2", "DeleteTargetGroup")
def target_group_in_use(params, state):
    arn = params["TargetGroupArn"]
    actions = (
        action
        for balancer in state.elbv2.load_balancers.values()
        for listener in balancer.listeners.values()
        for rule in [listener, *listener.rules.values()]
        for action in getattr(rule, "actions", None) or getattr(rule, "default_actions", [])
    )
    if any(arn in str(getattr(action, "data", action)) for action in actions):
        raise AWSError("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")


@refuses("autoscaling", "DeleteAutoScalingGroup")
def group_with_instances(params, state):
    group = state.autoscaling.autoscaling_groups.get(params["AutoScalingGroupName"])
    protection = getattr(group, "deletion_protection", "none")
    if protection == "prevent-all-deletion" or protection == "prevent-force-deletion" and params.get("ForceDelete"):
        raise AWSError("ValidationError", f"AutoScalingGroup '{group.name}' has deletion protection {protection}.")
    if group and not params.get("ForceDelete") and group.instance_states:
        message = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group."
        raise AWSError("ResourceInUse", message)


@refuses("autoscaling", "DeleteLaunchConfiguration")
def launch_configuration_in_use(params, state):
    name = params["LaunchConfigurationName"]
    groups = state.autoscaling.autoscaling_groups.values()
    if any(group.launch_config and group.launch_config.name == name for group in groups):
        raise AWSError("ResourceInUse", f"Cannot delete launch configuration {name} because it is attached to AutoScalingGroup")


# Databases


@refuses("rds", "DeleteDBInstance", "DeleteDBCluster")
def protected_database(params, state):
    database = state.rds.databases.get(params.get("DBInstanceIdentifier", "")) or state.rds.clusters.get(params.get("DBClusterIdentifier", ""))
    if database is None:
        return
    if database.deletion_protection:
        message = "Cannot delete protected DB Instance, please disable deletion protection and try again."
        raise AWSError("InvalidParameterCombination", message)
    if database.status == "deleting":
        raise AWSError("InvalidDBInstanceState", "Instance is already being deleted.")
    if not params.get("SkipFinalSnapshot") and not params.get("FinalDBSnapshotIdentifier"):
        raise AWSError("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")


@refuses("rds", "DeleteDBSubnetGroup")
def db_subnet_group_in_use(params, state):
    name = params["DBSubnetGroupName"].lower()
    for database in [*state.rds.databases.values(), *state.rds.clusters.values()]:
        group = state.db_subnet_group(database)
        if group and group.name == name:
            message = f"Cannot delete the subnet group '{name}' because at least one database instance is still using it."
            raise AWSError("InvalidDBSubnetGroupStateFault", message)


@refuses("rds", "DeleteDBParameterGroup", "DeleteOptionGroup", "DeleteDBClusterParameterGroup")
def db_group_in_use(params, state):
    parameter_group = params.get("DBParameterGroupName")
    option_group = params.get("OptionGroupName")
    code = "InvalidOptionGroupStateFault" if option_group else "InvalidDBParameterGroupState"
    name = parameter_group or option_group or params["DBClusterParameterGroupName"]
    if name.startswith(("default.", "default:")):
        raise AWSError(code, f"Default group '{name}' cannot be deleted")
    for database in state.rds.databases.values():
        if name in (database.db_parameter_group_name if parameter_group else None, database.option_group_name if option_group else None):
            raise AWSError(code, f"One or more database instances are still members of this group {name}")


@refuses("dynamodb", "DeleteTable")
def protected_table(params, state):
    table = state.dynamodb.tables.get(params["TableName"].split("/")[-1])
    if table and table.deletion_protection_enabled:
        message = "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
        raise AWSError("ValidationException", message)


# Storage, keys, messages, stacks


@refuses("cloudformation", "DeleteStack")
def protected_stack(params, state):
    wanted = params["StackName"]
    stack = next((stack for stack in state.cloudformation.stacks.values() if wanted in (stack.name, stack.stack_id)), None)
    if stack and stack.enable_termination_protection:
        raise AWSError("ValidationError", f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")


@refuses("logs", "DeleteLogGroup")
def protected_log_group(params, state):
    group = state.logs.groups.get(params["logGroupName"])
    if getattr(group, "deletion_protection_enabled", False):
        message = f"Log group {group.name} is protected from deletion. Disable deletion protection first."
        raise AWSError("ValidationException", message)


@refuses("s3", "DeleteBucket")
def bucket_not_empty(params, state):
    bucket = state.s3.buckets.get(params["Bucket"])
    if bucket and (bucket.keys or bucket.multiparts):
        raise AWSError("BucketNotEmpty", "The bucket you tried to delete is not empty. You must delete all versions in the bucket.", 409)


@refuses("route53", "DeleteHostedZone")
def zone_not_empty(params, state):
    zone = state.route53.zones.get(params["Id"].split("/")[-1])
    if zone and any(record.type not in ("NS", "SOA") or record.name.rstrip(".") != zone.name.rstrip(".") for record in zone.rrsets):
        raise AWSError("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.")


@refuses("route53", "ChangeResourceRecordSets")
def apex_records(params, state):
    zone = state.route53.zones.get(params["HostedZoneId"].split("/")[-1])
    for change in params["ChangeBatch"]["Changes"] if zone else ():
        record = change["ResourceRecordSet"]
        if change["Action"] == "DELETE" and record["Type"] in ("NS", "SOA") and record["Name"].rstrip(".") == zone.name.rstrip("."):
            message = f"A HostedZone must contain at least one {record['Type']} record for the zone itself."
            raise AWSError("InvalidChangeBatch", message)


@refuses("events", "DeleteRule")
def rule_with_targets(params, state):
    bus = state.events.event_buses.get(params.get("EventBusName", "default").split("/")[-1])
    rule = bus and bus.rules.get(params["Name"])
    if rule and rule.targets:
        raise AWSError("ValidationException", "Rule can't be deleted since it has targets.")


@refuses("events", "DeleteEventBus")
def event_bus(params, state):
    bus = state.events.event_buses.get(params["Name"])
    if params["Name"] == "default":
        raise AWSError("ValidationException", "Cannot delete event bus default.")
    if bus and bus.rules:
        raise AWSError("ValidationException", f"Cannot delete event bus {params['Name']}: it has rules.")


@refuses("kms", "ScheduleKeyDeletion", "DisableKey")
def key_of_aws(params, state):
    key = state.kms.keys.get(params["KeyId"].split("/")[-1])
    if key and key.key_manager == "AWS":
        raise AWSError("AccessDeniedException", f"{key.arn} is an AWS managed key.")
    if key and key.key_state == "PendingDeletion":
        raise AWSError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if not 7 <= params.get("PendingWindowInDays", 30) <= 30:
        raise AWSError("ValidationException", "PendingWindowInDays must be between 7 and 30.")


@refuses("kms", "DeleteAlias")
def alias_of_aws(params, state):
    if params["AliasName"].startswith("alias/aws/"):
        raise AWSError("AccessDeniedException", "Aliases of AWS managed keys cannot be deleted.")


@refuses("acm", "DeleteCertificate")
def certificate_in_use(params, state):
    arn = params["CertificateArn"]
    listeners = (listener for balancer in state.elbv2.load_balancers.values() for listener in balancer.listeners.values())
    if any(arn in str([listener.certificate, *listener.certificates]) for listener in listeners):
        raise AWSError("ResourceInUseException", f"Certificate {arn} is in use.")


@refuses("athena", "DeleteWorkGroup", "DeleteDataCatalog")
def athena_of_aws(params, state):
    if params.get("WorkGroup", params.get("Name")) in ("primary", "AwsDataCatalog"):
        raise AWSError("InvalidRequestException", "The primary work group and the AwsDataCatalog cannot be deleted.")
