"""What AWS refuses of creating and changing load balancers, services, scaling groups, DNS records and databases."""

from .errors import AWSError
from .refusals import refuses

# Load balancers


@refuses("elbv2", "CreateLoadBalancer")
def load_balancer_name_taken(params, state):
    # AWS answers with the one that is there if its settings are the same, too; nothing here asks for that.
    if any(balancer.name == params["Name"] for balancer in state.elbv2.load_balancers.values()):
        message = f"A load balancer with the same name '{params['Name']}' exists, but with different settings"
        raise AWSError("DuplicateLoadBalancerName", message)


@refuses("elbv2", "CreateListener", "ModifyListener")
def listener_port_taken(params, state):
    arn = params.get("LoadBalancerArn") or params["ListenerArn"].replace(":listener/", ":loadbalancer/").rpartition("/")[0]
    balancer = state.elbv2.load_balancers.get(arn)
    others = [each for each in balancer.listeners.values() if each.arn != params.get("ListenerArn")] if balancer else []
    if "Port" in params and str(params["Port"]) in [str(each.port) for each in others]:
        raise AWSError("DuplicateListener", "A listener already exists on this port for this load balancer")


@refuses("elbv2", "CreateListener", "ModifyListener")
def listener_without_encryption(params, state):
    if params.get("Protocol") in ("HTTP", "TCP", "UDP", "TCP_UDP") and (params.get("SslPolicy") or params.get("Certificates")):
        raise AWSError("ValidationError", f"A certificate and a policy cannot be specified for {params['Protocol']} listeners")


@refuses("elbv2", "CreateRule", "ModifyRule")
def condition_said_twice(params, state):
    for condition in params.get("Conditions", []):
        if condition.get("Values") and any(name.endswith("Config") for name in condition):
            raise AWSError("ValidationError", f"A condition of field '{condition.get('Field')}' takes either Values or a configuration")


@refuses("elbv2", "ModifyRule", "SetRulePriorities")
def default_rule(params, state):
    arns = [params["RuleArn"]] if "RuleArn" in params else [each["RuleArn"] for each in params["RulePriorities"]]
    listeners = (listener for balancer in state.elbv2.load_balancers.values() for listener in balancer.listeners.values())
    if any(rule.is_default and rule.arn in arns for listener in listeners for rule in listener.rules.values()):
        raise AWSError("OperationNotPermitted", "Default rule cannot be modified")


# Containers


@refuses("ecs", "CreateService")
def service_name_taken(params, state):
    key = f"{params.get('cluster', 'default').split('/')[-1]}:{params['serviceName']}"
    if key in state.ecs.services and state.ecs.services[key].status != "INACTIVE":
        raise AWSError("InvalidParameterException", "Creation of service was not idempotent.")


@refuses("ecs", "CreateService", "UpdateService")
def target_group_without_load_balancer(params, state):
    for each in params.get("loadBalancers", []):
        group = state.elbv2.target_groups.get(each.get("targetGroupArn"))
        if "targetGroupArn" in each and not (group and group.load_balancer_arns):
            message = f"The target group with targetGroupArn {each['targetGroupArn']} does not have an associated load balancer."
            raise AWSError("InvalidParameterException", message)


@refuses("ecs", "CreateService", "UpdateService")
def grace_period_without_load_balancer(params, state):
    balanced = params.get("loadBalancers")
    if "service" in params and not balanced:
        service = state.ecs.services.get(f"{params.get('cluster', 'default').split('/')[-1]}:{params['service'].split('/')[-1]}")
        balanced = service is None or service.load_balancers
    if "healthCheckGracePeriodSeconds" in params and not balanced:
        raise AWSError("InvalidParameterException", "Health check grace period is only valid for services configured to use load balancers")


@refuses("ecs", "CreateCapacityProvider")
def capacity_provider_name_taken(params, state):
    if params["name"] in state.ecs.capacity_providers:
        raise AWSError("ClientException", f"The specified capacity provider already exists: {params['name']}")


@refuses("ecs", "CreateCapacityProvider")
def capacity_provider_without_group(params, state):
    arn = params.get("autoScalingGroupProvider", {}).get("autoScalingGroupArn")
    if arn and arn not in {each.arn for each in state.autoscaling.autoscaling_groups.values()}:
        raise AWSError("ClientException", f"The specified Auto Scaling group ARN is not valid: {arn}")


# Scaling


@refuses("autoscaling", "CreateAutoScalingGroup")
def group_name_taken(params, state):
    if params["AutoScalingGroupName"] in state.autoscaling.autoscaling_groups:
        raise AWSError("AlreadyExists", f"AutoScalingGroup by this name already exists - {params['AutoScalingGroupName']}")


@refuses("autoscaling", "CreateLaunchConfiguration")
def launch_configuration_name_taken(params, state):
    if params["LaunchConfigurationName"] in state.autoscaling.launch_configurations:
        raise AWSError("AlreadyExists", f"Launch Configuration by this name already exists - {params['LaunchConfigurationName']}")


@refuses("autoscaling", "CreateAutoScalingGroup", "UpdateAutoScalingGroup")
def launch_template_said_twice(params, state):
    mixed = params.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification", {})
    for template in (params.get("LaunchTemplate", {}), mixed):
        if "LaunchTemplateId" in template and "LaunchTemplateName" in template:
            message = "Valid requests must contain either launchTemplateId or LaunchTemplateName"
            raise AWSError("ValidationError", message)


# DNS


@refuses("route53", "ChangeResourceRecordSets")
def record_set_exists(params, state):
    zone = state.route53.zones.get(params["HostedZoneId"].split("/")[-1])
    known = {_identity(each.name, each.type, each.set_identifier) for each in zone.rrsets} if zone else set()
    for change in params["ChangeBatch"]["Changes"]:
        record = change["ResourceRecordSet"]
        if change["Action"] == "CREATE" and _identity(record["Name"], record["Type"], record.get("SetIdentifier")) in known:
            message = f"[Tried to create resource record set [name='{record['Name']}', type='{record['Type']}'] but it already exists]"
            raise AWSError("InvalidChangeBatch", message)


def _identity(name, type, set_identifier):
    return name.rstrip(".").lower(), type, set_identifier or None


# Databases


def _taken(member, code, known):
    def rule(params, state):
        if params[member].lower() in getattr(state.rds, known):
            raise AWSError(code, f"{params[member]} already exists")

    return rule


refuses("rds", "CreateDBCluster")(_taken("DBClusterIdentifier", "DBClusterAlreadyExistsFault", "clusters"))
refuses("rds", "CreateDBSubnetGroup")(_taken("DBSubnetGroupName", "DBSubnetGroupAlreadyExists", "subnet_groups"))
refuses("rds", "CreateDBClusterParameterGroup")(
    _taken("DBClusterParameterGroupName", "DBParameterGroupAlreadyExists", "db_cluster_parameter_groups")
)


@refuses("rds", "ModifyDBInstance")
def subnet_group_of_the_same_network(params, state):
    database = state.rds.databases.get(params["DBInstanceIdentifier"])
    group = state.db_subnet_group(database) if database else None
    wanted = state.rds.subnet_groups.get(params.get("DBSubnetGroupName", ""))
    if group and wanted and group.vpc_id == wanted.vpc_id:
        message = f"You cannot move DB instance {params['DBInstanceIdentifier']} to subnet group {wanted.name}. They are in the same VPC."
        raise AWSError("InvalidVPCNetworkStateFault", message)
