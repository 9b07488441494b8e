"""Corrections of moto where messages, events and code run: what it drops of a create or an update."""

import json

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.core.responses import EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.events.responses import EventsHandler
from moto.s3.responses import S3Response
from moto.sns.responses import SNSResponse
from moto.stepfunctions.models import StepFunctionBackend

from .corrections import _replace
from .errors import AWSError

TOPIC_ATTRIBUTES = ("TracingConfig", "SignatureVersion", "FifoThroughputScope", "ArchivePolicy")
# What moto does not keep.
FUNCTION_SETTINGS = ("DeadLetterConfig", "FileSystemConfigs", "LoggingConfig")
TABLE_SETTINGS = ("TableClass", "OnDemandThroughput")


def install() -> None:
    _replace(S3Response, serialized)
    _replace(SNSResponse, get_topic_attributes)
    EventsHandler.update_event_bus = update_event_bus
    _replace(EventsHandler, list_event_buses)
    _replace(Table, describe)
    for function in (create_table, update_table):
        _replace(DynamoHandler, function)
    _replace(DynamoDBBackend, update_table_streams)
    _replace(LambdaBackend, create_function)
    for function in (get_configuration, update_configuration):
        _replace(LambdaFunction, function)
    _replace(StepFunctionBackend, create_state_machine)


def serialized(own, self, result):
    # AWS tells a bucket's region when it is asked for a number of buckets.
    for each in (getattr(result, "result", None) or {}).get("Buckets", []) if self._get_param("max-buckets") else []:
        each["BucketRegion"] = self.backend.get_bucket(each["Name"]).region_name
    return own(self, result)


def get_topic_attributes(own, self):
    answer = own(self)
    attributes = answer.result["Attributes"]
    topic = self.backend.get_topic(self._get_param("TopicArn"))
    attributes |= {name: value for name in TOPIC_ATTRIBUTES if (value := getattr(topic, camelcase_to_underscores(name), None))}
    for name in ("FifoTopic", "ContentBasedDeduplication"):
        if name in attributes:
            attributes[name] = str(attributes[name]).lower()
    if not attributes.get("DeliveryPolicy"):
        attributes.pop("DeliveryPolicy", None)
    return answer


def update_event_bus(self):
    bus = self.events_backend.describe_event_bus(self._get_param("Name") or "default")
    for name in ("Description", "KmsKeyIdentifier", "DeadLetterConfig"):
        if (value := self._get_param(name)) is not None:
            setattr(bus, camelcase_to_underscores(name), value)
    return self._create_response({"Arn": bus.arn, "Name": bus.name, "Description": bus.description})


def list_event_buses(own, self):
    # moto lists neither a description nor times.
    body, headers = own(self)
    answer = json.loads(body)
    for each in answer["EventBuses"]:
        bus = self.events_backend.event_buses[each["Name"]]
        each |= {"CreationTime": bus.creation_time, "LastModifiedTime": bus.last_modified_time}
        if bus.description:
            each["Description"] = bus.description
    return json.dumps(answer), headers


# Tables


def describe(own, self, base_key="TableDescription"):
    described = own(self, base_key)
    table = described[base_key]
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if not table.get(name):
            table.pop(name, None)
    for index in table.get("GlobalSecondaryIndexes", []):
        index["ProvisionedThroughput"] = index.get("ProvisionedThroughput") or {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    kept = getattr(self, "kept", {})
    if "TableClass" in kept:
        table["TableClassSummary"] = {"TableClass": kept["TableClass"]}
    if "OnDemandThroughput" in kept:
        table["OnDemandThroughput"] = kept["OnDemandThroughput"]
    return described


def create_table(own, self):
    return _keep_settings(self, own(self), self.body)


def update_table(own, self):
    name, body = self.body["TableName"], self.body
    table = self.dynamodb_backend.get_table(name)
    if (encryption := body.get("SSESpecification")) is not None:
        table.sse_specification = encryption if encryption.get("Enabled") else None
        if table.sse_specification:
            table.sse_specification.setdefault("KMSMasterKeyId", table._get_default_encryption_key(table.account_id, table.region_name))
    if body.get("BillingMode") == "PAY_PER_REQUEST":
        table.throughput = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0}
    return _keep_settings(self, own(self), body)


def _keep_settings(response, answer, body):
    table = response.dynamodb_backend.get_table(body["TableName"])
    table.kept = {**getattr(table, "kept", {}), **{name: body[name] for name in TABLE_SETTINGS if name in body}}
    return answer


def update_table_streams(own, self, table, stream_specification):
    if not stream_specification.get("StreamEnabled"):
        table.latest_stream_label, table.stream_specification = None, None
        return
    own(self, table, stream_specification)


# Functions


def create_function(own, self, spec):
    function = own(self, spec)
    function.kept = {name: spec.get(name) for name in FUNCTION_SETTINGS}
    return function


def get_configuration(own, self, on_create=False):
    config = own(self, on_create) | {name: value for name, value in getattr(self, "kept", {}).items() if value}
    return {name: value for name, value in config.items() if value not in (None, "", []) or name == "Description"}


def update_configuration(own, self, config_updates):
    self.kept = getattr(self, "kept", {}) | {name: config_updates[name] for name in FUNCTION_SETTINGS if name in config_updates}
    if self.kept.get("DeadLetterConfig") == {"TargetArn": ""}:
        self.kept["DeadLetterConfig"] = None
    self.tracing_config = config_updates.get("TracingConfig", self.tracing_config)
    self.kms_key_arn = config_updates.get("KMSKeyArn", self.kms_key_arn)
    self.ephemeral_storage = config_updates.get("EphemeralStorage", {}).get("Size", self.ephemeral_storage)
    return own(self, config_updates)


def create_state_machine(own, self, name, definition, *args, **kwargs):
    # AWS answers with the one that is there only if it is the same.
    known = next((each for each in self.state_machines if each.name == name), None)
    if known and known.definition != definition:
        raise AWSError("StateMachineAlreadyExists", f"State Machine Already Exists: '{known.arn}'")
    return own(self, name, definition, *args, **kwargs)
