"""Findings of cdk-nag and of the CDK itself that stay, each with its reason."""

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_s3 as s3
from constructs import Construct


def accept(construct: Construct, rule: str, reason: str, *, by: str = "AwsSolutions") -> None:
    """Accept a finding of a rule pack on a construct and what stands in it.

    `rule` is such as AwsSolutions-L1 or AwsSolutions-IAM5[Resource::*].
    """
    Validations.of(construct).acknowledge(Acknowledgment(id=f"{by}::{rule}", reason=reason))


def objects_under(construct: Construct, bucket: s3.Bucket, prefix: str) -> str:
    """Return the ARN of every object under a prefix of a bucket; accept its wildcard.

    The export of another stack's bucket is made here and not left to the CDK, for its name is part of the finding's.
    """
    here, home = Stack.of(construct), Stack.of(bucket)
    if here.node.path == home.node.path:
        arn, name = bucket.bucket_arn, f"<{home.get_logical_id(native_bucket(bucket))}.Arn>"
    else:
        arn = home.export_value(bucket.bucket_arn)
        name = here.resolve(arn)["Fn::ImportValue"]
    accept(
        construct,
        f"AwsSolutions-IAM5[Resource::{name}/{prefix}*]",
        f"Keys under {prefix} name files, clients and days that no template knows; the rest of the bucket is closed.",
    )
    return f"{arn}/{prefix}*"


def native_bucket(bucket: s3.Bucket) -> s3.CfnBucket:
    """Return the CloudFormation resource in a bucket's construct."""
    resource = bucket.node.default_child
    if not isinstance(resource, s3.CfnBucket):
        raise TypeError(f"{bucket.node.path} is not a bucket of this app")
    return resource
