"""The shared stack holds whoever calls it to what its policies allow, as AWS does."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.emulator_iam import statements
from infra.local.stack import LocalStack

pytestmark = pytest.mark.stack

Someone = Callable[[str], Any]


def someone_who_may(stack: LocalStack, action: str, resource: str) -> Someone:
    """Return the clients of a new user with one right."""
    iam, name = stack.client("iam"), f"someone-{uuid.uuid4().hex[:8]}"
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    iam.create_user(UserName=name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName=name, PolicyName="only", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session: Any = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=stack.outputs.region)
    return lambda service: session.client(service, endpoint_url=stack.outputs.endpoint)


def make_queue(stack: LocalStack) -> tuple[str, str]:
    """Make a queue and return its URL and ARN."""
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName=f"roles-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def make_table(stack: LocalStack) -> tuple[str, str]:
    """Make a table and return its name and ARN."""
    table = stack.client("dynamodb").create_table(
        TableName=f"roles-{uuid.uuid4().hex[:8]}",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]
    return table["TableName"], table["TableArn"]


def test_what_is_not_granted_is_refused(stack: LocalStack) -> None:
    someone = someone_who_may(stack, "s3:ListAllMyBuckets", "*")

    assert someone("s3").list_buckets()["Buckets"]
    with pytest.raises(ClientError, match="AccessDenied"):
        someone("s3").get_object(Bucket=stack.outputs.config_bucket, Key="clients/vaart/bundle.json")


def test_a_batch_to_a_queue_is_the_action_of_its_entries(stack: LocalStack) -> None:
    (mine, arn), (other, _) = make_queue(stack), make_queue(stack)
    someone = someone_who_may(stack, "sqs:SendMessage", arn)
    entries = [{"Id": "1", "MessageBody": "hello"}]

    assert someone("sqs").send_message_batch(QueueUrl=mine, Entries=entries)["Successful"]
    with pytest.raises(ClientError, match="AccessDenied"):
        someone("sqs").send_message_batch(QueueUrl=other, Entries=entries)


def test_a_statement_is_the_partiql_action_on_its_table(stack: LocalStack) -> None:
    (mine, arn), (other, _) = make_table(stack), make_table(stack)
    someone = someone_who_may(stack, "dynamodb:PartiQLInsert", arn)

    def insert(table: str) -> Any:
        statement = f"INSERT INTO \"{table}\" VALUE {{'id': ?}}"
        entry = {"Statement": statement, "Parameters": [{"S": uuid.uuid4().hex}]}
        return someone("dynamodb").batch_execute_statement(Statements=[entry])

    assert insert(mine)["Responses"]
    with pytest.raises(ClientError, match="AccessDenied"):
        insert(other)
    with pytest.raises(ClientError, match="AccessDenied"):
        someone("dynamodb").execute_statement(Statement=" ".join(["DELETE FROM", f'"{mine}"', "WHERE id = 'x'"]))


def test_the_actions_of_statements_are_told_apart() -> None:
    entries = [
        {"Statement": "INSERT INTO \"A-1\" VALUE {'id': ?}"},
        {"Statement": 'update "B" SET x = 1 WHERE id = ?'},
        {"Statement": "Delete  from C WHERE id = ?"},
        {"Statement": 'SELECT id, from_day\n FROM "D"."index" WHERE id = ?'},
    ]

    assert statements(json.dumps({"Statements": entries}).encode()) == {
        ("PartiQLInsert", "A-1"),
        ("PartiQLUpdate", "B"),
        ("PartiQLDelete", "C"),
        ("PartiQLSelect", "D"),
    }
