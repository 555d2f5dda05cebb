"""Makes moto's evaluation of policies tell a session from its siblings.

moto's own looks at actions, resources and explicit denies. Here are added: conditions (moto denies wherever a statement has one),
permissions boundaries, session policies, inactive access keys, and trust policies of roles in other accounts. What a statement's
condition is compared with is in `context_of`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import re

from moto.awslambda_simple.models import lambda_simple_backends
from moto.core.exceptions import JsonRESTError
from moto.iam import access_control
from moto.iam.access_control import AssumedRoleAccessKey, CreateAccessKeyFailure, IAMPolicy, IAMUserAccessKey
from moto.iam.models import iam_backends
from moto.sns.models import sns_backends
from moto.sts.models import sts_backends
from request_context import asked_context

DENIED, PERMITTED, NEUTRAL = "denied", "permitted", "neutral"


def evaluate(documents, action, resource, context, principals=None):
    """What a set of policies says of a call: an explicit deny wins, and without an allow there is none."""
    found = NEUTRAL
    for document in documents:
        statements = IAMPolicy(document)._policy_json["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            if not applies(statement, action, resource, context, principals):
                continue
            if statement["Effect"] == "Deny":
                return DENIED
            found = PERMITTED
    return found


def applies(statement, action, resource, context, principals):
    if "NotAction" in statement:
        if matches_any(statement["NotAction"], action, ignore_case=True):
            return False
    elif not matches_any(statement.get("Action", []), action, ignore_case=True):
        return False
    if "Resource" in statement and not resource_matches(statement, resource):
        return False
    if principals is not None and not principal_matches(statement.get("Principal"), principals):
        return False
    return all(holds(operator, keys, context) for operator, keys in statement.get("Condition", {}).items())


def resource_matches(statement, resource):
    # For most services moto does not say which resource is meant. Then an allow of some resource is taken to mean it, a deny is not.
    if resource == "*" and statement["Effect"] == "Allow":
        return True
    return matches_any(statement["Resource"], resource)


def principal_matches(element, principals):
    if element == "*":
        return True
    if not isinstance(element, dict):
        return False
    return any(named == "*" or named in principals for named in as_list(element.get("AWS", []))) or any(
        named in principals for named in as_list(element.get("Service", []))
    )


NEGATED = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotEquals": "ArnLike", "ArnNotLike": "ArnLike"}
EXACT = {"StringEquals", "Bool"}
CASELESS = {"StringEqualsIgnoreCase"}
PATTERN = {"StringLike", "ArnLike", "ArnEquals"}


def holds(operator, keys, context):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
    name = operator.removesuffix("IfExists")
    negated = name in NEGATED
    name = NEGATED.get(name, name)
    for key, expected in keys.items():
        actual = context.get(key.lower())
        if name == "Null":
            if (actual is None) != (str(as_list(expected)[0]).lower() == "true"):
                return False
            continue
        if actual is None:
            if negated or operator.endswith("IfExists"):
                continue
            return False
        if name in EXACT:
            found = actual in [str(value) for value in as_list(expected)]
        elif name in CASELESS:
            found = actual.lower() in [str(value).lower() for value in as_list(expected)]
        elif name in PATTERN:
            found = matches_any(expected, actual)
        else:
            raise NotImplementedError(f"the condition operator {operator} is not evaluated here")
        if found == negated:
            return False
    return True


def matches_any(patterns, text, ignore_case=False):
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, flags) for pattern in as_list(patterns)
    )


def as_list(value):
    return value if isinstance(value, list) else [value]


def session_of(key):
    """The session as STS has it; None for an access key of a user."""
    if not isinstance(key, AssumedRoleAccessKey):
        return None
    sessions = sts_backends[key.account_id][key.partition].assumed_roles
    return next(session for session in sessions if session.access_key_id == key._access_key_id)


def context_of(request):
    """A session that carries an instance's id as its name, or a function's that runs with its role, is that instance's or function's:
    AWS names them so, and adds the ARN as a condition key.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    key, session = request._access_key, session_of(request._access_key)
    arn = f"arn:{key.partition}:%s:{request._region}:{key.account_id}:%s"
    context = {"aws:principalaccount": key.account_id}
    if session is None:
        return context | {"aws:principalarn": owner_of(key).arn, "aws:username": key._owner_user_name}
    context["aws:principalarn"] = session.role_arn
    if re.fullmatch(r"i-[0-9a-f]+", session.session_name):
        context["ec2:sourceinstancearn"] = arn % ("ec2", f"instance/{session.session_name}")
    functions = lambda_simple_backends[key.account_id][request._region].list_functions()
    if any(each.function_name == session.session_name and each.role == session.role_arn for each in functions):
        context["lambda:sourcefunctionarn"] = arn % ("lambda", f"function:{session.session_name}")
    return context


def owner_of(key):
    """The user or role that a key or session speaks for."""
    backend = iam_backends[key.account_id][key.partition]
    return backend.get_role(key._owner_role_name) if isinstance(key, AssumedRoleAccessKey) else backend.get_user(key._owner_user_name)


def resource_of(request, resource):
    """What a call is about, where moto knows it or the request names it by its ARN or URL."""
    if resource != "*":
        return resource
    if request._action == "sns:Publish":
        return parameter(request, "TopicArn") or "*"
    if request._action.startswith("sqs:"):
        url = parameter(request, "QueueUrl")
        return f"arn:{request._access_key.partition}:sqs:{request._region}:{':'.join(url.split('/')[-2:])}" if url else "*"
    if request._action == "secretsmanager:GetSecretValue":
        return parameter(request, "SecretId") or "*"
    return "*"


def parameter(request, name):
    """Of a request in the query protocol, or in JSON."""
    data = request._data if isinstance(request._data, dict) else {}
    if name in data:
        return as_list(data[name])[0]
    try:
        return json.loads(request._body or b"{}").get(name)
    except ValueError:
        return None


def own_policies(resource):
    """The policies of the resource itself that tests have explicit denies in."""
    parts = resource.split(":")
    if len(parts) == 6 and parts[2] == "sns":
        topic = sns_backends[parts[4]][parts[3]].topics.get(resource)
        return [topic.policy] if topic else []
    return []


def check_action_permitted(self, resource):
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: allowed in the face of an explicit deny.
    if self._action == "sts:GetCallerIdentity":
        return
    resource = resource_of(self, resource)
    key, context = self._access_key, context_of(self) | asked_context(self, parameter)
    context |= {"aws:securetransport": "true", "aws:principalisawsservice": "false"}
    if resource.count(":") >= 5 and resource.split(":")[4]:
        context["aws:resourceaccount"] = resource.split(":")[4]
    limits = []
    boundary = getattr(owner_of(key), "permissions_boundary_arn", None)
    if boundary:
        limits.append(iam_backends[key.account_id][key.partition].managed_policies[boundary])
    session = session_of(key)
    if session is not None and session.policy:
        limits.append(session.policy)
    verdicts = [evaluate(documents, self._action, resource, context) for documents in [key.collect_policies(), *([each] for each in limits)]]
    if any(verdict != PERMITTED for verdict in verdicts):
        self._raise_access_denied()
    principals = {key.account_id, f"arn:{key.partition}:iam::{key.account_id}:root", context["aws:principalarn"], key.arn}
    if evaluate(own_policies(resource), self._action, resource, context, principals) == DENIED:
        self._raise_access_denied()
    if self._action == "sts:AssumeRole" and not trusts(self, resource):
        self._raise_access_denied()


def role_of(role_arn):
    partition, account = role_arn.split(":")[1], role_arn.split(":")[4]
    roles = iam_backends[account][partition].roles.values()
    return next((each for each in roles if each.arn == role_arn), None)


def trusts(request, role_arn):
    key = request._access_key
    role = role_of(role_arn)
    if role is None:
        return False
    context = context_of(request)
    external_id = request._data.get("ExternalId")
    if external_id:
        context["sts:externalid"] = as_list(external_id)[0]
    principals = {key.account_id, f"arn:{key.partition}:iam::{key.account_id}:root", context["aws:principalarn"], key.arn}
    return evaluate([role.assume_role_policy_document], "sts:AssumeRole", role_arn, context, principals) == PERMITTED


def correct():
    base = access_control.IAMRequestBase
    base.check_action_permitted = check_action_permitted

    make = IAMUserAccessKey.__init__

    def only_active(self, *args, **kwargs):
        make(self, *args, **kwargs)
        if any(key.access_key_id == self._access_key_id and key.status != "Active" for key in owner_of(self).access_keys):
            raise CreateAccessKeyFailure(reason="InvalidId")

    IAMUserAccessKey.__init__ = only_active

    # moto signs the path's parameters as if they were the body of a request that has none, and takes no signature of Lambda's.
    sign = base._create_aws_request

    def without_body(self):
        data = self._data
        if not self._body and self._method != "POST":
            self._data = b""
        try:
            return sign(self)
        finally:
            self._data = data

    base._create_aws_request = without_body

    # Services that speak JSON get their refusals in JSON, with a code that clients find.
    queries = {"iam", "sts", "ec2", "sns"}
    for name, code, message in [
        ("_raise_access_denied", "AccessDeniedException", "User is not authorized to perform this action"),
        ("_raise_signature_does_not_match", "InvalidSignatureException", "The request signature does not match"),
        ("_raise_invalid_access_key", "UnrecognizedClientException", "The security token included in the request is invalid."),
    ]:
        answer_in_json(access_control.IAMRequest, name, queries, code, message)


def answer_in_json(request_class, name, queries, code, message):
    original = getattr(request_class, name)

    def raise_refusal(self, *args):
        if self._service in queries:
            original(self, *args)
        refusal = JsonRESTError(code, message)
        refusal.code = 403
        raise refusal

    setattr(request_class, name, raise_refusal)
