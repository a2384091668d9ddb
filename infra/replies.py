"""Replies to mails, where a deployment reads them: SES puts them in a bucket, a function takes them in."""

from aws_cdk import Aws, CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses
from constructs import Construct

from functions.shared.domain import object_keys
from infra.accepted import objects_under
from infra.functions import INVITE_REPLY
from infra.service_function import Platform, ServiceFunction
from infra.storage import ReplyStorage


class Replies(Construct):
    """The function, and the rule by which SES receives. An account has one active rule set: making it so is by hand.

    The stack lets `take` send, in the same streams as the sender.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        kept: ReplyStorage,
        domain: str,
        configuration_set: ses.CfnConfigurationSet,
    ) -> None:
        super().__init__(scope, construct_id)
        self.take = ServiceFunction(self, "Take", spec=INVITE_REPLY, platform=platform)
        self.take.has("REPLY_DOMAIN", domain)
        self.take.has("SES_CONFIGURATION_SET", configuration_set.ref)
        if not platform.deployment.local:
            self._receives(kept, domain)

    def _receives(self, kept: ReplyStorage, domain: str) -> None:
        rules = ses.CfnReceiptRuleSet(self, "Rules")
        role = iam.Role(
            self,
            "Receiving",
            assumed_by=iam.ServicePrincipal(
                "ses.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {
                        "aws:SourceArn": f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"
                        f":receipt-rule-set/{rules.ref}:receipt-rule/*"
                    },
                },
            ),
            description="What SES may do with a mail that comes in",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:PutObject"], resources=[objects_under(role, kept.bucket, object_keys.REPLIES)]
            )
        )
        key = kept.bucket.encryption_key
        if key:
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=["kms:GenerateDataKey"],
                    resources=[key.key_arn],
                    conditions={"StringEquals": {"kms:ViaService": f"s3.{Aws.REGION}.{Aws.URL_SUFFIX}"}},
                )
            )
        rule = ses.CfnReceiptRule(
            self,
            "Rule",
            rule_set_name=rules.ref,
            rule=ses.CfnReceiptRule.RuleProperty(
                enabled=True,
                recipients=[domain],
                scan_enabled=True,
                tls_policy="Optional",  # a mail that comes without TLS is still somebody's
                actions=[
                    ses.CfnReceiptRule.ActionProperty(
                        s3_action=ses.CfnReceiptRule.S3ActionProperty(
                            bucket_name=kept.bucket.bucket_name,
                            object_key_prefix=object_keys.REPLIES,
                            iam_role_arn=role.role_arn,
                        )
                    )
                ],
            ),
        )
        rule.node.add_dependency(role)
        CfnOutput(self, "RuleSet", value=rules.ref).override_logical_id("ReplyRuleSetName")
        CfnOutput(self, "Mx", value=f"{domain} MX 10 inbound-smtp.{Aws.REGION}.amazonaws.com").override_logical_id(
            "ReplyMx"
        )
