"""What AWS itself provides of the things that `modelled` keeps. AWS's own cannot be deleted."""

import copy

OWN = "aws-double:own"

# service → noun → objects, named as the service's model names their members.
SEEDS: dict[str, dict[str, list[dict]]] = {
    "codedeploy": {
        "DeploymentConfig": [
            {"deploymentConfigName": f"CodeDeployDefault.{name}", "computePlatform": platform}
            for platform, names in {
                "Server": ("OneAtATime", "HalfAtATime", "AllAtOnce"),
                "Lambda": ("LambdaAllAtOnce", "LambdaCanary10Percent5Minutes", "LambdaLinear10PercentEvery1Minute"),
                "ECS": ("ECSAllAtOnce", "ECSCanary10Percent5Minutes", "ECSLinear10PercentEvery1Minutes"),
            }.items()
            for name in names
        ],
    },
    "codepipeline": {
        "ActionType": [
            {
                "id": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
                "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 5},
                "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 5},
            }
            for category, provider in (("Source", "S3"), ("Build", "CodeBuild"), ("Deploy", "ECS"), ("Deploy", "CodeDeploy"))
        ],
    },
    "elasticache": {
        "CacheParameterGroup": [
            {
                "CacheParameterGroupName": f"default.{family}",
                "CacheParameterGroupFamily": family,
                "Description": f"Default parameter group for {family}",
                "IsGlobal": False,
            }
            for family in ("redis7", "valkey8", "memcached1.6")
        ],
    },
    "memorydb": {
        "ACL": [{"ACLName": "open-access", "Status": "active", "UserNames": ["default"], "Clusters": []}],
        "ParameterGroup": [
            {"ParameterGroupName": f"default.memorydb-{engine}", "Family": f"memorydb_{engine.replace('-', '_')}"}
            for engine in ("redis7", "valkey7")
        ],
    },
    "quicksight": {"Namespace": [{"Name": "default", "CreationStatus": "CREATED", "IdentityStore": "QUICKSIGHT"}]},
}


def of(account_id: str, region: str, service: str) -> dict[str, list[dict]]:
    found = copy.deepcopy(SEEDS.get(service, {}))
    for noun, objects in found.items():
        for known in objects:
            name = next(iter(known.values()))
            known[OWN] = True
            if isinstance(name, str):
                known["ARN"] = f"arn:aws:{service}:{region}:{account_id}:{noun.lower()}/{name}"
    return found


def is_own(known: dict) -> bool:
    return OWN in known
