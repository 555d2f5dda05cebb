"""What https://github.com/VectraCommunity/aws_entity_remediation does with boto3 in a new process, by its source: a mail, AssumeRole, and the
first call to the service of the entity. With `clients`, the clients that it makes for the entity, and no call.
"""

import os
import sys

import boto3

TYPES = {
    "user": (["iam"], lambda iam: iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")),
    "role": (["iam"], lambda iam: iam.attach_role_policy(RoleName="app", PolicyArn="arn:aws:iam::aws:policy/AWSDenyAll")),
    "function": (["lambda", "iam"], lambda functions: functions.get_function_configuration(FunctionName="thumbnails")),
    "instance": (["ec2"], lambda ec2: ec2.describe_iam_instance_profile_associations()),
}

until, entity = sys.argv[1:]
services, first_call = TYPES[entity]

if until == "clients":
    for service in ["sns", "sts", *services]:
        boto3.client(service)
else:
    boto3.client("sns").publish(TopicArn="arn:aws:sns:eu-west-1:999988887777:audit", Subject="Started", Message="Started")
    answer = boto3.client("sts").assume_role(
        RoleArn="arn:aws:iam::111122223333:role/EntityLockdown", RoleSessionName="cross_account"
    )["Credentials"]
    first_call(
        boto3.client(
            services[0],
            aws_access_key_id=answer["AccessKeyId"],
            aws_secret_access_key=answer["SecretAccessKey"],
            aws_session_token=answer["SessionToken"],
        )
    )

# Its end is no part of it.
os._exit(0)
