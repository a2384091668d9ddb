"""What is turned away before it reaches the survey: floods from one address, and bodies no form can send."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

REQUESTS_IN_FIVE_MINUTES = 1000
"""Of one address: a bank's whole office may sit behind one."""
BODY_BYTES = 16 * 1024
"""What WAF reads of a body for an API; a questionnaire's answers are a tenth of it."""


class Firewall(Construct):
    """A web ACL on an API's stage. It keeps no samples and no logs: an address line holds a customer's token."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: apigateway.Stage) -> None:
        super().__init__(scope, construct_id)
        too_many = wafv2.CfnWebACL.RateBasedStatementProperty(
            aggregate_key_type="IP", limit=REQUESTS_IN_FIVE_MINUTES, evaluation_window_sec=300
        )
        too_long = wafv2.CfnWebACL.SizeConstraintStatementProperty(
            field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(
                body=wafv2.CfnWebACL.BodyProperty(oversize_handling="MATCH")
            ),
            comparison_operator="GE",
            size=BODY_BYTES,
            text_transformations=[wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
        )
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_metric("Survey"),
            rules=[
                _block("TooManyRequests", 0, wafv2.CfnWebACL.StatementProperty(rate_based_statement=too_many), 429),
                _block("BodyTooLong", 1, wafv2.CfnWebACL.StatementProperty(size_constraint_statement=too_long), 413),
            ],
        )
        wafv2.CfnWebACLAssociation(self, "OnStage", resource_arn=stage.stage_arn, web_acl_arn=acl.attr_arn)


def _metric(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=f"Klankbord{name}", sampled_requests_enabled=False
    )


def _block(
    name: str, priority: int, statement: wafv2.CfnWebACL.StatementProperty, status: int
) -> wafv2.CfnWebACL.RuleProperty:
    answer = wafv2.CfnWebACL.CustomResponseProperty(response_code=status)
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        statement=statement,
        action=wafv2.CfnWebACL.RuleActionProperty(block=wafv2.CfnWebACL.BlockActionProperty(custom_response=answer)),
        visibility_config=_metric(name),
    )
