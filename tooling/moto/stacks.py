"""Adds to moto's CloudFormation the types of resources that our templates have and it lacks, and mends where it falls short of AWS.

A type is known to moto once there is a class for it below CloudFormationModel.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
"""

import base64
import hashlib
import json
import os

import moto.cloudformation.parsing as parsing
from moto.awslambda.models import LambdaFunction, LambdaVersion
from moto.awslambda.utils import get_backend as lambda_backend
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat, cloudwatch_backends
from moto.core.common_models import CloudFormationModel
from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import ManagedPolicy, Role, iam_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import Queue, sqs_backends
from moto.utilities.utils import get_partition
from operations import SECRET_MARK, random_id


def add():
    refuse_unknown_types()
    add_properties_of_functions()
    add_properties_of_buckets()
    mend_policies_of_roles()
    delete_managed_policies()
    check_code_of_versions()
    give_queues_their_address()


def refuse_unknown_types():
    """moto leaves out what it does not know: a test could pass by what is not there."""
    known = parsing.resource_class_from_type

    def known_or_refused(resource_type):
        found = known(resource_type)
        if found is None and resource_type not in parsing.NULL_MODELS:
            raise ValidationError(resource_type, f"moto has no {resource_type}; add it to tooling/moto/stacks.py")
        return found

    parsing.resource_class_from_type = known_or_refused


def add_properties_of_functions():
    """moto takes some properties of a function alone; a template says more of them."""
    create = LambdaFunction.create_from_cloudformation_json.__func__

    def with_all(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        function = create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
        properties = cloudformation_json["Properties"]
        function.architectures = properties.get("Architectures", ["x86_64"])
        return function

    LambdaFunction.create_from_cloudformation_json = classmethod(with_all)


def mend_policies_of_roles():
    """moto keeps inline policies of a stack's role so that it can't evaluate them, whatever their size, and attaches nothing."""
    create = Role.create_from_cloudformation_json.__func__
    update = Role.update_from_cloudformation_json.__func__

    def with_policies(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        bare = {**cloudformation_json, "Properties": {**properties, "Policies": []}}
        role = create(cls, resource_name, bare, account_id, region_name, **kwargs)
        put_policies(role, properties, iam_backends[account_id][get_partition(region_name)])
        return role

    def changed_with_policies(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        role = update(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name)
        properties = cloudformation_json["Properties"]
        role.assume_role_policy_document = json.dumps(properties["AssumeRolePolicyDocument"])
        for name in list(role.policies):
            role.delete_policy(name)
        put_policies(role, properties, iam_backends[account_id][get_partition(region_name)])
        return role

    Role.create_from_cloudformation_json = classmethod(with_policies)
    Role.update_from_cloudformation_json = classmethod(changed_with_policies)


def delete_managed_policies():
    """moto leaves them, whoever has them. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html"""

    def delete(self, account_id, region_name):
        if self.attachment_count > 0:
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        self.backend.delete_policy(self.arn)

    ManagedPolicy.delete = delete


def put_policies(role, properties, backend):
    for policy in properties.get("Policies", []):
        backend.put_role_policy(role.name, policy["PolicyName"], json.dumps(policy["PolicyDocument"], separators=(",", ":")))
    for arn in properties.get("ManagedPolicyArns", []):
        backend.attach_role_policy(arn, role.name)


def add_properties_of_buckets():
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""
    create = FakeBucket.create_from_cloudformation_json.__func__

    def with_all(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        bucket = create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
        properties = cloudformation_json.get("Properties", {})
        bucket.versioning_status = properties.get("VersioningConfiguration", {}).get("Status")
        bucket.object_lock_enabled = str(properties.get("ObjectLockEnabled", False)).lower() == "true"
        retention = properties.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
        bucket.default_lock_mode = retention.get("Mode", "")
        bucket.default_lock_days = int(retention.get("Days", 0))
        return bucket

    FakeBucket.create_from_cloudformation_json = classmethod(with_all)


def give_queues_their_address():
    """A stack names queues by AWS's address; this server's is what can be reached."""
    Queue.physical_resource_id = property(lambda self: f"http://127.0.0.1:{os.environ['MOTO_PORT']}/{self.account_id}/{self.name}")


def check_code_of_versions():
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html: CodeSha256"""
    create = LambdaVersion.create_from_cloudformation_json.__func__

    def checked(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = cloudformation_json["Properties"]
        function = lambda_backend(account_id, region_name).get_function(properties["FunctionName"])
        digest = base64.b64encode(hashlib.sha256(function.code_bytes).digest()).decode()
        if properties.get("CodeSha256", digest) != digest:
            raise ValidationError(resource_name, f"CodeSha256 ({properties['CodeSha256']}) is different from current CodeSha256 ({digest})")
        return create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)

    LambdaVersion.create_from_cloudformation_json = classmethod(checked)


# moto keeps its models by the second part of their module's name.
LISTED = "moto.cloudformation.added"


class Added:
    """What the types below have in common. A change makes the resource anew."""

    attributes = ()

    def __init__(self, physical_resource_id):
        self.physical_resource_id = physical_resource_id

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr in cls.attributes

    def get_cfn_attribute(self, attribute_name):
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException()
        return self.physical_resource_id

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        return cls(cls.make(resource_name, cloudformation_json.get("Properties", {}), account_id, region_name))

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
        original_resource.remove(account_id, region_name)
        return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)

    @classmethod
    def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
        cls(resource_name).remove(account_id, region_name)

    def delete(self, account_id, region_name):
        self.remove(account_id, region_name)

    def remove(self, account_id, region_name):
        """Nothing is left of what only belongs to another resource, which goes with it."""


class SnsSubscription(Added, CloudFormationModel):
    __module__ = LISTED
    attributes = ("Arn",)

    @staticmethod
    def cloudformation_type():
        return "AWS::SNS::Subscription"

    @classmethod
    def make(cls, resource_name, properties, account_id, region_name):
        backend = sns_backends[account_id][region_name]
        subscription = backend.subscribe(properties["TopicArn"], properties["Endpoint"], properties["Protocol"])
        for name in ("RedrivePolicy", "FilterPolicy"):
            if name in properties:
                backend.set_subscription_attributes(subscription.arn, name, json.dumps(properties[name]))
        for name in ("RawMessageDelivery", "FilterPolicyScope"):
            if name in properties:
                backend.set_subscription_attributes(subscription.arn, name, str(properties[name]).lower())
        return subscription.arn

    def remove(self, account_id, region_name):
        sns_backends[account_id][region_name].unsubscribe(self.physical_resource_id)


class SnsTopicPolicy(Added, CloudFormationModel):
    __module__ = LISTED
    @staticmethod
    def cloudformation_type():
        return "AWS::SNS::TopicPolicy"

    @classmethod
    def make(cls, resource_name, properties, account_id, region_name):
        for topic in properties["Topics"]:
            sns_backends[account_id][region_name].get_topic(topic).policy = json.dumps(properties["PolicyDocument"])
        return resource_name


class SqsQueuePolicy(Added, CloudFormationModel):
    __module__ = LISTED
    @staticmethod
    def cloudformation_type():
        return "AWS::SQS::QueuePolicy"

    @classmethod
    def make(cls, resource_name, properties, account_id, region_name):
        for url in properties["Queues"]:
            backend = sqs_backends[account_id][region_name]
            backend.set_queue_attributes(url.split("/")[-1], {"Policy": json.dumps(properties["PolicyDocument"])})
        return resource_name


class S3BucketPolicy(Added, CloudFormationModel):
    __module__ = LISTED
    @staticmethod
    def cloudformation_type():
        return "AWS::S3::BucketPolicy"

    @classmethod
    def make(cls, resource_name, properties, account_id, region_name):
        # Kept, and not evaluated: moto denies by it whatever its conditions.
        bucket = s3_backends[account_id][get_partition(region_name)].get_bucket(properties["Bucket"])
        bucket.deployed_policy = json.dumps(properties["PolicyDocument"])
        return resource_name


class Secret(Added, CloudFormationModel):
    __module__ = LISTED
    @staticmethod
    def cloudformation_type():
        return "AWS::SecretsManager::Secret"

    @classmethod
    def make(cls, resource_name, properties, account_id, region_name):
        value = properties.get("SecretString")
        wanted = properties.get("GenerateSecretString")
        if wanted is not None:
            made = (SECRET_MARK + random_id("").lower() * 8)[: wanted.get("PasswordLength", 32)]
            value = json.dumps({**json.loads(wanted["SecretStringTemplate"]), wanted["GenerateStringKey"]: made})
        backend = secretsmanager_backends[account_id][region_name]
        answer = backend.create_secret(
            name=properties.get("Name", resource_name),
            secret_string=value,
            secret_binary=None,
            description=properties.get("Description"),
            tags=[],
            kms_key_id=properties.get("KmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return (json.loads(answer) if isinstance(answer, str) else answer)["ARN"]

    def remove(self, account_id, region_name):
        secretsmanager_backends[account_id][region_name].delete_secret(self.physical_resource_id, None, True)


class Alarm(Added, CloudFormationModel):
    __module__ = LISTED
    attributes = ("Arn",)

    @staticmethod
    def cloudformation_type():
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def make(cls, resource_name, properties, account_id, region_name):
        backend = cloudwatch_backends[account_id][region_name]
        backend.put_metric_alarm(
            name=properties.get("AlarmName", resource_name),
            # None of the first two, nor a period, where the alarm is on an expression of metrics.
            namespace=properties.get("Namespace"),
            metric_name=properties.get("MetricName"),
            metric_data_queries=[cls.query(each) for each in properties.get("Metrics", [])],
            comparison_operator=properties["ComparisonOperator"],
            evaluation_periods=int(properties["EvaluationPeriods"]),
            period=int(properties["Period"]) if "Period" in properties else None,
            threshold=float(properties["Threshold"]),
            statistic=properties.get("Statistic"),
            description=properties.get("AlarmDescription", ""),
            dimensions=properties.get("Dimensions", []),
            alarm_actions=properties.get("AlarmActions", []),
            treat_missing_data=properties.get("TreatMissingData"),
        )
        return properties.get("AlarmName", resource_name)

    @staticmethod
    def query(given):
        stat = given.get("MetricStat")
        metric = stat and Metric(
            metric_name=stat["Metric"]["MetricName"],
            namespace=stat["Metric"]["Namespace"],
            dimensions=[Dimension(each["Name"], each["Value"]) for each in stat["Metric"].get("Dimensions", [])],
        )
        return MetricDataQuery(
            query_id=given["Id"],
            label=given.get("Label"),
            period=given.get("Period"),
            return_data=given.get("ReturnData", True),
            expression=given.get("Expression"),
            metric_stat=stat and MetricStat(metric=metric, period=stat["Period"], stat=stat["Stat"], unit=stat.get("Unit")),
        )

    def remove(self, account_id, region_name):
        cloudwatch_backends[account_id][region_name].delete_alarms([self.physical_resource_id])


class EventInvokeConfig(Added, CloudFormationModel):
    __module__ = LISTED
    @staticmethod
    def cloudformation_type():
        return "AWS::Lambda::EventInvokeConfig"

    @classmethod
    def make(cls, resource_name, properties, account_id, region_name):
        config = {
            name: int(properties[name]) for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds") if name in properties
        }
        config["DestinationConfig"] = properties.get("DestinationConfig", {})
        lambda_backend(account_id, region_name).put_function_event_invoke_config(properties["FunctionName"], config)
        return resource_name

