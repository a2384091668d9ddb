"""What must outlive a deployment is kept, encrypted, and closed to everybody else."""

import json

import pytest
from pynamodb.attributes import TTLAttribute

from functions.shared.adapters.tables import MODELS, Invitation, streaming
from tests.worlds.templates import Resource, Templates

STORAGE = "KlankbordStorage"


def table(templates: Templates, model: str) -> Resource:
    """Return the properties of a model's table."""
    (found,) = (
        properties
        for name, properties in templates.resources("AWS::DynamoDB::Table").items()
        if name.startswith(model) and name[len(model) :].isalnum() and len(name) == len(model) + 8
    )
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_table_is_as_its_model_describes_it(cloud: Templates, model: type) -> None:
    attributes = model.get_attributes().values()
    keys = {a.attr_name: "HASH" if a.is_hash_key else "RANGE" for a in attributes if a.is_hash_key or a.is_range_key}
    ttl = [a.attr_name for a in attributes if isinstance(a, TTLAttribute)]

    found = table(cloud, model.__name__)

    assert {key["AttributeName"]: key["KeyType"] for key in found["KeySchema"]} == keys
    assert found.get("TimeToLiveSpecification") == ({"AttributeName": ttl[0], "Enabled": True} if ttl else None)
    assert found.get("StreamSpecification") == ({"StreamViewType": "NEW_IMAGE"} if model in streaming() else None)
    assert [i["IndexName"] for i in found.get("GlobalSecondaryIndexes", [])] == list(model._indexes)


def test_the_due_index_is_keyed_by_shard_and_moment(cloud: Templates) -> None:
    (index,) = table(cloud, "Invitation")["GlobalSecondaryIndexes"]

    assert index["KeySchema"] == [
        {"AttributeName": "due_shard", "KeyType": "HASH"},
        {"AttributeName": "due_at", "KeyType": "RANGE"},
    ]
    assert index["Projection"]["ProjectionType"] == Invitation.due.Meta.projection.projection_type


def test_every_table_is_kept_recoverable_and_paid_by_request(cloud: Templates) -> None:
    tables = cloud.resources("AWS::DynamoDB::Table", STORAGE)

    assert len(tables) == len(MODELS)
    for name, properties in tables.items():
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        assert properties["DeletionProtectionEnabled"] is True, name
        assert properties["BillingMode"] == "PAY_PER_REQUEST", name
        assert cloud.stacks[STORAGE]["Resources"][name]["DeletionPolicy"] == "Retain", name


def test_what_a_person_is_or_said_has_the_customers_own_key(cloud: Templates) -> None:
    for model in ("Contact", "Response"):
        encryption = table(cloud, model)["SSESpecification"]
        assert encryption["SSEType"] == "KMS"
        assert "PersonalData" in json.dumps(encryption["KMSMasterKeyId"])


def test_every_bucket_is_closed_encrypted_versioned_and_kept(cloud: Templates) -> None:
    buckets = cloud.resources("AWS::S3::Bucket")

    assert len(buckets) == 7
    for name, properties in buckets.items():
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"], name
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}, name
        assert cloud.stacks[STORAGE]["Resources"][name]["DeletionPolicy"] == "Retain", name
    assert "KMSMasterKeyID" in json.dumps(
        next(p for n, p in buckets.items() if n.startswith("UploadBucket"))["BucketEncryption"]
    )


@pytest.mark.parametrize(
    ("kind", "targets"),
    [("AWS::S3::Bucket", "Bucket"), ("AWS::SQS::Queue", "Queues"), ("AWS::SNS::Topic", "Topics")],
)
def test_nothing_is_reached_without_tls(cloud: Templates, kind: str, targets: str) -> None:
    guarded = {
        target["Ref"]
        for properties in cloud.resources(f"{kind}Policy").values()
        for statement in properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for target in (properties[targets] if isinstance(properties[targets], list) else [properties[targets]])
    }

    assert guarded == set(cloud.resources(kind))


def test_the_rows_of_a_file_live_two_weeks(cloud: Templates) -> None:
    (upload,) = (p for n, p in cloud.resources("AWS::S3::Bucket").items() if n.startswith("UploadBucket"))
    days = {r["Prefix"]: r["ExpirationInDays"] for r in upload["LifecycleConfiguration"]["Rules"] if "Prefix" in r}

    assert days == {"work/": 14, "uploads/": 90, "rehearse/": 90, "receipts/": 730, "opt-outs/": 14} | {
        "customers/": 14
    }


def test_an_upload_a_rehearsal_and_a_list_reach_their_queues_and_nothing_else_does(cloud: Templates) -> None:
    (upload,) = (p for n, p in cloud.resources("AWS::S3::Bucket").items() if n.startswith("UploadBucket"))
    notices = upload["NotificationConfiguration"]["QueueConfigurations"]

    assert [(n["Event"], n["Filter"]["S3Key"]["Rules"]) for n in notices] == [
        ("s3:ObjectCreated:*", [{"Name": "prefix", "Value": prefix}])
        for prefix in ("uploads/", "rehearse/", "opt-outs/", "customers/")
    ]
    queues = [json.dumps(n["Queue"]) for n in notices]
    assert queues[0] == queues[1]
    assert len(set(queues)) == 3


def test_a_client_reaches_its_own_uploads_and_receipts_and_nothing_else(cloud: Templates) -> None:
    users = cloud.resources("AWS::IAM::User")
    policies = [p for p in cloud.resources("AWS::IAM::Policy").values() if p.get("Users")]
    texts = [json.dumps(policy) for policy in policies]

    assert len(users) == len(policies) == 2
    for own, other in (("vaart", "pebble"), ("pebble", "vaart")):
        (text,) = (t for t in texts if own in t)
        assert other not in text
        (policy,) = (p for p in policies if own in json.dumps(p))
        assert all(
            f"/{place}/{own}/*" in text for place in ("uploads", "rehearse", "opt-outs", "customers", "receipts")
        )
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            where = json.dumps([statement["Resource"], statement.get("Condition")])
            assert f"/{own}/" in where or "kms:EncryptionContext:aws:s3:arn" in where
            assert set(actions) <= {
                *("s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket"),
                *("kms:GenerateDataKey", "kms:Decrypt"),
            }


def test_no_output_tells_a_secret(cloud: Templates) -> None:
    assert not cloud.resources("AWS::IAM::AccessKey")
    for secret in cloud.resources("AWS::SecretsManager::Secret").values():
        assert "SecretString" not in secret
        assert secret["GenerateSecretString"]["PasswordLength"] == 64


def test_without_a_choice_nobody_outside_has_credentials(plain: Templates) -> None:
    assert not plain.resources("AWS::IAM::User")
