"""What the templates allow, held against the emulator's judgement: others' data stays closed.

That the roles allow enough, every test of the shared stack shows: it runs with roles enforced.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.stack import LocalStack
from tests.worlds.templates import Templates

pytestmark = pytest.mark.stack


def session(stack: LocalStack, service: str, **credentials: str) -> Any:
    """Return a client of the running system with credentials."""
    return boto3.client(service, endpoint_url=stack.outputs.endpoint, region_name=stack.outputs.region, **credentials)


def as_function(stack: LocalStack, function: str, service: str) -> Any:
    """Return a client with the credentials that the emulator gives to a function's worker; it must have run once."""
    found = stack.client("lambda").get_function_configuration(FunctionName=stack.outputs.functions[function])
    digest = hashlib.sha256(f"{found['FunctionArn']}:{found['Role']}".encode()).hexdigest()
    return session(
        stack,
        service,
        aws_access_key_id=f"ASIA{digest[:16].upper()}",
        aws_secret_access_key=hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        aws_session_token=hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    )


@pytest.fixture(scope="module")
def as_client(stack: LocalStack, cloud: Templates) -> Callable[[str], Any]:
    """Return S3 clients for uploads: users with the policy that the template gives to a client's user."""

    def resolved(value: Any) -> Any:
        if isinstance(value, dict) and "Fn::Join" in value:
            return "".join(resolved(part) for part in value["Fn::Join"][1])
        if isinstance(value, dict) and "Fn::GetAtt" in value:
            name = value["Fn::GetAtt"][0]
            return f"arn:aws:s3:::{stack.outputs.upload_bucket}" if name.startswith("UploadBucket") else "arn:aws:kms"
        if isinstance(value, dict):
            return {key: resolved(part) for key, part in value.items()}
        return [resolved(part) for part in value] if isinstance(value, list) else value

    def client(slug: str) -> Any:
        (policy,) = (
            p for p in cloud.resources("AWS::IAM::Policy").values() if p.get("Users") and f"/{slug}/" in json.dumps(p)
        )
        iam, name = stack.client("iam"), f"upload-{slug}-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=name)
        document = json.dumps(resolved(policy["PolicyDocument"]))
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return session(stack, "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])

    return client


@pytest.fixture(scope="module")
def survey_tables(stack: LocalStack) -> Any:
    """Return a DynamoDB client with the rights of the survey function."""
    event = {
        "httpMethod": "GET",
        "resource": "/s/{token}",
        "path": "/s/nobody",
        "pathParameters": {"token": "nobody"},
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"httpMethod": "GET", "resourcePath": "/s/{token}", "identity": {}},
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": None,
    }
    stack.invoke("survey", event)
    return as_function(stack, "survey", "dynamodb")


@pytest.mark.parametrize(
    ("model", "key"),
    [("Contact", "person"), ("Suppression", "address_key"), ("QuotaCount", "period"), ("FeedbackBlock", "person")],
)
def test_the_survey_cannot_read_what_it_does_not_need(
    stack: LocalStack, survey_tables: Any, model: str, key: str
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        survey_tables.get_item(TableName=stack.outputs.tables[model], Key={key: {"S": "anybody"}})


def test_the_survey_reads_invitations_one_by_one_and_cannot_list_them(stack: LocalStack, survey_tables: Any) -> None:
    table = stack.outputs.tables["Invitation"]

    assert "Item" not in survey_tables.get_item(TableName=table, Key={"invitation_id": {"S": "nobody"}})
    with pytest.raises(ClientError, match="AccessDenied"):
        survey_tables.scan(TableName=table)


def test_a_client_uploads_its_own_files_and_reads_its_receipts(
    stack: LocalStack, as_client: Callable[[str], Any]
) -> None:
    bucket, name = stack.outputs.upload_bucket, f"{uuid.uuid4().hex}.csv"
    day = stack.now().strftime("%d-%m-%Y")
    rows = f"E-mailadres;Klantnummer;Datum contact\r\n{name}@example.com;{name};{day}\r\n"
    s3 = as_client("vaart")

    s3.put_object(Bucket=bucket, Key=f"rehearse/vaart/klantenservice/{name}", Body=rows.encode())

    stack.receipt("vaart", "klantenservice", name)
    assert s3.get_object(Bucket=bucket, Key=f"receipts/vaart/klantenservice/{name}.json")["Body"].read()
    assert s3.list_objects_v2(Bucket=bucket, Prefix="receipts/vaart/")["KeyCount"]


@pytest.mark.parametrize(
    "key",
    ["uploads/pebble/support/a.csv", "receipts/vaart/klantenservice/a.csv", "work/a", "uploads/vaart-and-more/a/a.csv"],
)
def test_a_client_writes_nowhere_else(stack: LocalStack, as_client: Callable[[str], Any], key: str) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        as_client("vaart").put_object(Bucket=stack.outputs.upload_bucket, Key=key, Body=b"")


def test_a_client_sees_nothing_of_another(stack: LocalStack, as_client: Callable[[str], Any]) -> None:
    bucket, s3 = stack.outputs.upload_bucket, as_client("pebble")
    stack.client("s3").put_object(Bucket=bucket, Key="receipts/vaart/klantenservice/closed.csv.json", Body=b"{}")

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key="receipts/vaart/klantenservice/closed.csv.json")
    for prefix in ("", "receipts/", "receipts/vaart/"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
