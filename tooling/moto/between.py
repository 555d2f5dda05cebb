"""What a harness needs that does between the parts of a deployment what AWS would do: what SNS has to deliver, what a service may, a
clock. None of it is AWS's API; it is below /moto-api/ as moto's own is.
"""

import json

import moto.sqs.models as sqs_models
from evaluation import PERMITTED, evaluate, role_of
from moto.sns.models import Subscription, sns_backends
from moto.sqs.models import Queue
from moto.sts.models import sts_backends

# In order, until they are taken.
deliveries = []
# Ahead of the machine's clock, in milliseconds.
clock = {"ahead": 0}


def add():
    keep_deliveries()
    move_clock()
    leave_polling_to_the_harness()


def keep_deliveries():
    """To functions and mailboxes. moto forgets what is for a mailbox, and gives functions half of what SNS does."""
    publish = Subscription.publish

    def kept(self, message, message_id, subject=None, message_attributes=None, **kwargs):
        if self.protocol not in ("lambda", "email", "email-json"):
            return publish(self, message, message_id, subject=subject, message_attributes=message_attributes, **kwargs)
        if self._filter_policy_matcher is not None and not self._filter_policy_matcher.matches(message_attributes, message):
            return None
        deliveries.append(
            {
                "topic": self.topic.arn,
                "subscription": self.arn,
                "protocol": self.protocol,
                "endpoint": self.endpoint,
                "messageId": message_id,
                "subject": subject,
                "message": message,
                "attributes": {
                    name: {"Type": value["Type"], "Value": str(value["Value"])} for name, value in (message_attributes or {}).items()
                },
                "redrivePolicy": self.attributes.get("RedrivePolicy"),
            }
        )
        return None

    Subscription.publish = kept


def move_clock():
    """Delays and visibility of messages pass when the harness says so."""
    millis, seconds = sqs_models.unix_time_millis, sqs_models.unix_time
    sqs_models.unix_time_millis = lambda *args: millis(*args) + (0 if args else clock["ahead"])
    sqs_models.unix_time = lambda *args: seconds(*args) + (0 if args else clock["ahead"] / 1000)


def leave_polling_to_the_harness():
    """moto hands a message to a mapped function as it is sent, whatever its delay."""
    add_message = Queue.add_message

    def only_add(self, message):
        mappings, self.lambda_event_source_mappings = self.lambda_event_source_mappings, {}
        try:
            return add_message(self, message)
        finally:
            self.lambda_event_source_mappings = mappings

    Queue.add_message = only_add


def reset():
    deliveries.clear()
    clock["ahead"] = 0


def take_deliveries(_):
    taken = list(deliveries)
    deliveries.clear()
    return taken


def set_clock(body):
    clock["ahead"] = body["ahead"]


def service_session(body):
    """A session of a role, if the role trusts the service."""
    role = role_of(body["role"])
    if role is None or not may({**body, "documents": [role.assume_role_policy_document], "action": "sts:AssumeRole", "resource": body["role"]}):
        return None
    account, partition = body["role"].split(":")[4], body["role"].split(":")[1]
    session = sts_backends[account][partition].assume_role(
        region_name=body["region"],
        role_session_name=body["name"],
        role_arn=body["role"],
        policy=None,
        duration=3600,
        external_id=None,
    )
    return {
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key,
        "sessionToken": session.session_token,
    }


def may(body):
    """Whether a resource's policies allow a service an action."""
    context = {key.lower(): value for key, value in body.get("context", {}).items()}
    return evaluate(body["documents"], body["action"], body["resource"], context, {body["service"]}) == PERMITTED


def publish_from_rule(body):
    """As EventBridge, for a rule, if the topic's policy allows it. A policy for EventBridge cannot count on conditions, so that it is
    told for which rule only where a test asks what becomes of that.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    """
    _, _, _, region, account, _ = body["topic"].split(":")
    topic = sns_backends[account][region].topics[body["topic"]]
    call = {"service": "events.amazonaws.com", "documents": [topic.policy], "action": "sns:Publish", "resource": body["topic"]}
    context = {"aws:PrincipalIsAWSService": "true", "aws:SecureTransport": "true"}
    if "rule" in body:
        context["aws:SourceArn"] = body["rule"]
    if not may({**call, "context": context}):
        return False
    topic.publish(body["message"])
    return True


ROUTES = {
    "deliveries": take_deliveries,
    "clock": set_clock,
    "service-session": service_session,
    "may": may,
    "publish-from-rule": publish_from_rule,
}


def answer(name, body):
    return json.dumps(ROUTES[name](json.loads(body or b"{}"))).encode()
