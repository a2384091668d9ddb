"""Credentials with which a client reaches its own files, and nothing else."""

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from functions.shared.domain import object_keys
from infra.accepted import objects_under

_PUTS = (object_keys.UPLOADS, object_keys.REHEARSE, object_keys.OPT_OUTS, object_keys.CUSTOMERS)


class UploadAccess(Construct):
    """A user for one client: it uploads and rehearses files and lists of its own, and reads its receipts.

    Its access key is made by hand and handed over once (docs/deploy.md): a template's outputs are no place for it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, client: str, bucket: s3.Bucket) -> None:
        super().__init__(scope, construct_id)
        self.user = iam.User(self, "User", path="/klankbord/uploads/")
        own = {prefix: f"{prefix}{client}/" for prefix in (*_PUTS, object_keys.RECEIPTS)}
        policy = iam.Policy(self, "Own", users=[self.user])
        policy.add_statements(
            iam.PolicyStatement(
                actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                resources=[objects_under(self, bucket, own[p]) for p in _PUTS],
            ),
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=[objects_under(self, bucket, own[object_keys.RECEIPTS])]
            ),
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=[bucket.bucket_arn],
                conditions={"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in own.values()]}},
            ),
        )
        if bucket.encryption_key:
            policy.add_statements(
                iam.PolicyStatement(
                    actions=["kms:GenerateDataKey", "kms:Decrypt"],
                    resources=[bucket.encryption_key.key_arn],
                    # The same key guards the contacts: only through this bucket's objects.
                    conditions={"StringEquals": {"kms:EncryptionContext:aws:s3:arn": bucket.bucket_arn}},
                )
            )
        name = "".join(part.capitalize() for part in client.split("-"))
        CfnOutput(self, "Name", value=self.user.user_name).override_logical_id(f"UploadUser{name}")
