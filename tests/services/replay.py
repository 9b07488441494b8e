"""The seeded account made again of its own statements."""

import json

from likeness import difference, likeness
from statements import completed

ZIP = '{"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}'
PASSWORD, CODE = "AWS tells nobody a password", "the mirror does not hold code"
# Whose statement is a comment, for AWS requires what the mirror cannot have: why, and what a person fills in.
FILLED_IN = {
    "cloudfront_function": (CODE, {"function_code": "ZnVuY3Rpb24gaGFuZGxlcigpIHt9"}),
    "codebuild_source_credentials": ("AWS tells nobody a token", {"token": "not-so-secret"}),
    "iam_server_certificate": ("AWS tells nobody a private key", {"certificate_body": "certificate", "private_key": "key"}),
    "lambda_function": (CODE, {"code": ZIP}),
    "lambda_layer_version": (CODE, {"content": ZIP}),
    "memorydb_user": (PASSWORD, {"authentication_mode": '{"Type": "password", "Passwords": ["tutorial-password"]}'}),
    "rds_db_cluster": (PASSWORD, {"master_user_password": "tutorial-password"}),
    "rds_db_instance": (PASSWORD, {"master_user_password": "tutorial-password"}),
    "ssm_parameter": ("the mirror holds no parameter's value, which may be a secret", {"value": "anything"}),
    "stepfunctions_state_machine": ("the SDK says that a definition must not be shown", {"definition": json.dumps({"StartAt": "end", "States": {"end": {"Type": "Succeed"}}})}),
}
# What is not compared, of these types alone.
NOT_COMPARED = {
    ("apigateway_rest_api", "root_resource_id"): "AWS's choice, of what is no record",
    ("cloudfront_distribution", "comment"): "the SDK says that it must not be shown",
    ("cloudfront_distribution", "distribution_config"): "its comment the same; the other columns show the rest",
    ("codedeploy_deployment_config", "deployment_config_id"): "AWS's second name for it",
    ("iam_group", "group_id"): "AWS's second name for it",
    ("iam_policy", "policy_version_list"): "earlier versions are history; the one in force is policy_document",
    ("iam_user", "user_id"): "AWS's second name for it",
    ("lambda_layer_version", "version"): "AWS does not use a number again",
    ("rds_db_cluster", "db_cluster_resource_id"): "AWS's second name for it",
    ("rds_db_cluster", "endpoint"): "AWS's choice",
    ("rds_db_cluster", "hosted_zone_id"): "of the endpoint",
    ("rds_db_cluster", "reader_endpoint"): "AWS's choice",
}


class Replay:
    """The story's account executed again."""

    def __init__(self, story):
        self.world = world = story.world
        for each in story.statements:
            world.sql(completed(each, {name: given for name, (_, given) in FILLED_IN.items()}))
        self.applied = world.sql("SELECT * FROM apply_changes()")
        self.left = world.sql("SELECT * FROM preview_changes()")
        self.reading = world.mirror()
        self.before, self.after = (self.likeness(story, rows) for rows in (story.creatable, story.creatable_rows()))
        self.difference = difference(self.before[0], self.after[0])

    @staticmethod
    def likeness(story, rows):
        compared = [{column: value for column, value in row.items() if (row["resource_type"], column) not in NOT_COMPARED} for row in rows]
        return likeness(compared, story.world.account_id, "us-east-1", story.factory)

    def compared(self):
        return {text.split(" ", 1)[0] for text in self.before[0]}
