"""Adds to moto what it lacks of the operations and limits that containment meets."""

import json
import re
from urllib.parse import unquote

import moto.iam.models as iam_models
import moto.sts.models as sts_models
from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.urls import url_paths as lambda_paths
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses.instances import InstanceResponse
from moto.iam.exceptions import LimitExceededException, NotFoundException
from moto.iam.models import IAMBackend, User
from moto.iam.responses import IamResponse
from moto.iam.utils import random_alphanumeric
from moto.moto_api._internal import mock_random

SECRET_MARK = "planted-secret"


def add():
    mark_secrets()
    add_user_ids()
    add_user_boundaries()
    add_service_specific_credentials()
    add_policy_quotas()
    add_shutdown_behavior()
    add_groups_in_use()
    add_unknown_groups()
    add_provisioned_concurrency()


def random_id(prefix):
    return prefix + "".join(mock_random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=17))


def mark_secrets():
    """What moto makes up as a secret is found by the same mark as what the sandbox makes: packages/sandbox/src/secrets.ts."""
    token = sts_models.random_session_token
    sts_models.random_session_token = lambda: f"{token()[:200]}{SECRET_MARK}"
    iam_models.random_alphanumeric = lambda length: SECRET_MARK + random_alphanumeric(length - len(SECRET_MARK))


def add_user_ids():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"""
    make = User.__init__

    def with_aws_id(self, *args, **kwargs):
        make(self, *args, **kwargs)
        self.id = random_id("AIDA")
        self.permissions_boundary_arn = None
        self.service_specific_credentials = []

    User.__init__ = with_aws_id


def add_user_boundaries():
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html"""

    def permissions_boundary(self):
        if not self.permissions_boundary_arn:
            return None
        return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": self.permissions_boundary_arn}

    def put(self):
        arn = self._get_param("PermissionsBoundary")
        user = self.backend.get_user(self._get_param("UserName"))
        if arn not in self.backend.managed_policies:
            raise NotFoundException(f"Scope ARN: {arn} does not exist or is not attachable.")
        user.permissions_boundary_arn = arn
        return EmptyResult()

    def delete(self):
        user = self.backend.get_user(self._get_param("UserName"))
        if not user.permissions_boundary_arn:
            raise NotFoundException("The permissions boundary cannot be found.")
        user.permissions_boundary_arn = None
        return EmptyResult()

    User.permissions_boundary = property(permissions_boundary)
    IamResponse.put_user_permissions_boundary = put
    IamResponse.delete_user_permissions_boundary = delete


def add_service_specific_credentials():
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ServiceSpecificCredential.html"""

    def credential(self):
        wanted = self._get_param("ServiceSpecificCredentialId")
        user = self.backend.get_user(self._get_param("UserName"))
        for each in user.service_specific_credentials:
            if each["ServiceSpecificCredentialId"] == wanted:
                return user, each
        raise NotFoundException(f"No such credential {wanted} exists")

    def create(self):
        user = self.backend.get_user(self._get_param("UserName"))
        service = self._get_param("ServiceName")
        if sum(each["ServiceName"] == service for each in user.service_specific_credentials) >= 2:
            raise LimitExceededException("Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2")
        made = {
            "UserName": user.name,
            "Status": "Active",
            "ServiceName": service,
            "ServiceUserName": f"{user.name}-at-{self.current_account}",
            "CreateDate": utcnow(),
            "ServiceSpecificCredentialId": random_id("ACCA"),
        }
        user.service_specific_credentials.append(made)
        return ActionResult({"ServiceSpecificCredential": {**made, "ServicePassword": random_id(f"{SECRET_MARK}-")}})

    def list_all(self):
        service = self._get_param("ServiceName")
        name = self._get_param("UserName")
        users = list(self.backend.users.values()) if str(self._get_param("AllUsers")).lower() == "true" else [self.backend.get_user(name)]
        found = [each for user in users for each in user.service_specific_credentials if service in (None, each["ServiceName"])]
        return ActionResult({"ServiceSpecificCredentials": found, "IsTruncated": False})

    def update(self):
        credential(self)[1]["Status"] = self._get_param("Status")
        return EmptyResult()

    def delete(self):
        user, found = credential(self)
        user.service_specific_credentials.remove(found)
        return EmptyResult()

    IamResponse.create_service_specific_credential = create
    IamResponse.list_service_specific_credentials = list_all
    IamResponse.update_service_specific_credential = update
    IamResponse.delete_service_specific_credential = delete


def add_policy_quotas():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

    def limit_attached(method, get, kind):
        attach = getattr(IAMBackend, method)

        def attach_within_quota(self, policy_arn, name):
            attached = getattr(self, get)(name).managed_policies
            if policy_arn in self.managed_policies and policy_arn not in attached and len(attached) >= 10:
                raise LimitExceededException(f"Cannot exceed quota for PoliciesPer{kind}: 10")
            return attach(self, policy_arn, name)

        setattr(IAMBackend, method, attach_within_quota)

    def limit_inline(method, get, kind, quota):
        put = getattr(IAMBackend, method)

        def put_within_quota(self, name, policy_name, policy_json):
            policies = {**getattr(self, get)(name).policies, policy_name: policy_json}
            # White space is not counted.
            if sum(len(re.sub(r"\s", "", each)) for each in policies.values()) > quota:
                raise LimitExceededException(f"Maximum policy size of {quota} bytes exceeded for {kind} {name}")
            return put(self, name, policy_name, policy_json)

        setattr(IAMBackend, method, put_within_quota)

    limit_attached("attach_user_policy", "get_user", "User")
    limit_attached("attach_role_policy", "get_role", "Role")
    limit_inline("put_user_policy", "get_user", "user", 2048)
    limit_inline("put_role_policy", "get_role", "role", 10240)


def add_shutdown_behavior():
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html"""
    modify = InstanceResponse.modify_instance_attribute

    def with_shutdown_behavior(self):
        value = self._get_param("InstanceInitiatedShutdownBehavior.Value")
        if value is None:
            return modify(self)
        self.error_on_dryrun()
        self.ec2_backend.modify_instance_attribute(self._get_param("InstanceId"), "instance_initiated_shutdown_behavior", value)
        return EmptyResult()

    InstanceResponse.modify_instance_attribute = with_shutdown_behavior


def add_groups_in_use():
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html"""
    delete = SecurityGroupBackend.delete_security_group

    def delete_unused(self, name=None, group_id=None):
        for interface in self.enis.values():
            ended = interface.instance is not None and interface.instance.state == "terminated"
            if group_id and not ended and any(group.id == group_id for group in interface.group_set):
                raise EC2ClientError("DependencyViolation", f"resource {group_id} has a dependent object")
        return delete(self, name=name, group_id=group_id)

    SecurityGroupBackend.delete_security_group = delete_unused


def add_unknown_groups():
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html"""
    modify = NetworkInterfaceBackend.modify_network_interface_attribute

    def modify_to_known(self, eni_id, group_ids, *args, **kwargs):
        for group_id in group_ids or []:
            if self.get_security_group_from_id(group_id) is None:
                raise EC2ClientError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        return modify(self, eni_id, group_ids, *args, **kwargs)

    NetworkInterfaceBackend.modify_network_interface_attribute = modify_to_known


def add_provisioned_concurrency():
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html"""

    def configs(self):
        name = unquote(self.path.rstrip("/").split("/")[-2])
        function = self.backend.get_function(name)
        if not hasattr(function, "provisioned"):
            function.provisioned = {}
        return function, function.provisioned

    def found(self):
        function, all_configs = configs(self)
        qualifier = self._get_param("Qualifier")
        if qualifier not in all_configs:
            missing = LambdaClientError("ProvisionedConcurrencyConfigNotFoundException", f"No Provisioned Concurrency Config found for this function: {function.function_arn}:{qualifier}")
            missing.code = 404
            raise missing
        return all_configs, qualifier

    def shown(count):
        return {
            "RequestedProvisionedConcurrentExecutions": count,
            "AvailableProvisionedConcurrentExecutions": count,
            "AllocatedProvisionedConcurrentExecutions": count,
            "Status": "READY",
            "LastModified": utcnow().strftime("%Y-%m-%dT%H:%M:%S+0000"),
        }

    def put(self):
        _, all_configs = configs(self)
        count = int(self._get_param("ProvisionedConcurrentExecutions"))
        all_configs[self._get_param("Qualifier")] = count
        return 202, {}, json.dumps(shown(count))

    def get(self):
        if self._get_param("List") == "ALL":
            function, all_configs = configs(self)
            arn = re.sub(r":(\$LATEST|\d+)$", "", function.function_arn)
            listed = [{"FunctionArn": f"{arn}:{qualifier}", **shown(count)} for qualifier, count in all_configs.items()]
            return 200, {}, json.dumps({"ProvisionedConcurrencyConfigs": listed})
        all_configs, qualifier = found(self)
        return 200, {}, json.dumps(shown(all_configs[qualifier]))

    def delete(self):
        all_configs, qualifier = found(self)
        del all_configs[qualifier]
        return 204, {"status": 204}, "{}"

    def list_urls(self):
        return 200, {}, json.dumps({"FunctionUrlConfigs": []})

    LambdaResponse.put_provisioned_concurrency_config = put
    LambdaResponse.get_provisioned_concurrency_config = get
    LambdaResponse.list_provisioned_concurrency_configs = get
    LambdaResponse.delete_provisioned_concurrency_config = delete
    LambdaResponse.list_function_url_configs = list_urls
    function = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)"
    lambda_paths[rf"{function}/provisioned-concurrency/?$"] = LambdaResponse.dispatch
    lambda_paths[rf"{function}/urls/?$"] = LambdaResponse.dispatch
