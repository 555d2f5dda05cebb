"""Condition keys of what a call asks for, and of what it is about: those that the policies of Entity Lockdown name."""

import re
from urllib.parse import parse_qs, urlsplit

from moto.ec2.models import ec2_backends

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
IAM = {"PolicyArn": "iam:policyarn", "PermissionsBoundary": "iam:permissionsboundary"}


def asked_context(request, parameter):
    service = request._action.split(":")[0]
    if service == "iam":
        asked = {key: parameter(request, name) for name, key in IAM.items()}
        return {key: value for key, value in asked.items() if value}
    if service == "ec2":
        return requested_tags(request, parameter) | tags_of_group(request, parameter) | set_attribute(request, parameter)
    if request._action == "s3:ListBucket":
        return {"s3:prefix": parse_qs(urlsplit(request._path).query).get("prefix", [""])[0]}
    return {}


def requested_tags(request, parameter):
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TagSpecification.html"""
    data = request._data if isinstance(request._data, dict) else {}
    keys = [name for name in data if re.fullmatch(r"TagSpecification\.\d+\.Tag\.\d+\.Key", name)]
    return {f"aws:requesttag/{parameter(request, name).lower()}": parameter(request, f"{name[:-3]}Value") or "" for name in keys}


def tags_of_group(request, parameter):
    group = parameter(request, "GroupId")
    backend = ec2_backends[request._access_key.account_id][request._region]
    tags = backend.describe_tags(filters={"resource-id": [group]}) if group else []
    return {f"aws:resourcetag/{tag['key'].lower()}": tag["value"] for tag in tags}


def set_attribute(request, parameter):
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-for-amazon-ec2.html#attribute-key"""
    if request._action != "ec2:ModifyInstanceAttribute":
        return {}
    data = request._data if isinstance(request._data, dict) else {}
    names = [name.removesuffix(".Value") for name in data if name.endswith(".Value")]
    name = parameter(request, "Attribute") or (names[0] if names else None)
    return {"ec2:attribute": name} if name else {}
