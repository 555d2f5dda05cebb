"""Operations that the plugins call and moto lacks, as far as they need them. Imported before moto's routes are made."""

import json
import secrets
from urllib.parse import parse_qs, unquote, urlparse

import moto.awslambda.urls
from moto.awslambda.responses import LambdaResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.iam.responses import IamResponse


def credentials_of(self):
    user = self.backend.get_user(self._get_param("UserName"))
    return user.__dict__.setdefault("service_specific_credentials", [])


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
def create_service_specific_credential(self):
    name = self._get_param("UserName")
    credential = {
        "CreateDate": utcnow(),
        "ServiceName": self._get_param("ServiceName"),
        "ServiceUserName": f"{name}-at-{self.current_account}",
        "ServiceSpecificCredentialId": f"ACCA{secrets.token_hex(8).upper()}",
        "UserName": name,
        "Status": "Active",
    }
    credentials_of(self).append(credential)
    return ActionResult({"ServiceSpecificCredential": {**credential, "ServicePassword": secrets.token_urlsafe(24)}})


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
def list_service_specific_credentials(self):
    return ActionResult({"ServiceSpecificCredentials": credentials_of(self)})


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html
def update_service_specific_credential(self):
    wanted = self._get_param("ServiceSpecificCredentialId")
    for credential in credentials_of(self):
        if credential["ServiceSpecificCredentialId"] == wanted:
            credential["Status"] = self._get_param("Status")
    return EmptyResult()


def provisioned_of(self):
    """By function and qualifier, in this account and Region."""
    return self.backend.__dict__.setdefault("provisioned_concurrency", {})


def function_and_qualifier(self):
    url = urlparse(self.uri)
    name = unquote(url.path.rstrip("/").split("/")[-2])
    return self.backend.get_function(name), parse_qs(url.query).get("Qualifier", [None])[0]


def described(config):
    return {
        "RequestedProvisionedConcurrentExecutions": config["requested"],
        "AvailableProvisionedConcurrentExecutions": config["requested"],
        "AllocatedProvisionedConcurrentExecutions": config["requested"],
        "Status": "READY",
        "LastModified": config["at"],
    }


# https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
def put_provisioned_concurrency_config(self):
    function, qualifier = function_and_qualifier(self)
    requested = json.loads(self.body)["ProvisionedConcurrentExecutions"]
    config = {"requested": requested, "at": utcnow().strftime("%Y-%m-%dT%H:%M:%S+0000")}
    provisioned_of(self)[function.function_name, qualifier] = config
    return 202, {"status": 202}, json.dumps(described(config))


# https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html
def list_provisioned_concurrency_configs(self):
    function, _ = function_and_qualifier(self)
    arn = function.function_arn
    found = [
        {"FunctionArn": f"{arn}:{qualifier}", **described(config)}
        for (name, qualifier), config in provisioned_of(self).items()
        if name == function.function_name
    ]
    return 200, {}, json.dumps({"ProvisionedConcurrencyConfigs": found})


# https://docs.aws.amazon.com/lambda/latest/api/API_DeleteProvisionedConcurrencyConfig.html
def delete_provisioned_concurrency_config(self):
    function, qualifier = function_and_qualifier(self)
    provisioned_of(self).pop((function.function_name, qualifier), None)
    return 204, {"status": 204}, ""


def add(responses, operations):
    for operation in operations:
        if hasattr(responses, operation.__name__):
            raise RuntimeError(f"moto has {operation.__name__} by now: take it out here")
        setattr(responses, operation.__name__, operation)


add(
    IamResponse,
    [
        create_service_specific_credential,
        list_service_specific_credentials,
        update_service_specific_credential,
    ],
)
add(
    LambdaResponse,
    [
        put_provisioned_concurrency_config,
        list_provisioned_concurrency_configs,
        delete_provisioned_concurrency_config,
    ],
)
moto.awslambda.urls.url_paths[r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/provisioned-concurrency/?$"] = (
    LambdaResponse.dispatch
)
