"""The survey on the internet: a REST API with just the routes that the Chalice app names."""

import importlib
from typing import Any

from aws_cdk import Aws, CfnOutput, CfnParameter, CfnResource, Fn, RemovalPolicy, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.accepted import accept
from infra.deployment import Deployment
from infra.firewall import Firewall
from infra.functions import STAGE, SURVEY
from infra.service_function import LOG_RETENTION, Platform, ServiceFunction

ROUTES = "functions.survey.routes"
REQUESTS_A_SECOND = 100
"""At least; mail security opens every link of a mail within seconds, some of them more than once, and people answer
beside it."""
OPENS_OF_A_MAIL = 4
MAILS_OF_A_SENDER = 25
"""A second: docs/deploy.md says how many senders a rate takes."""
THROTTLED_REQUESTS = "SurveyRequestsThrottled"
"""A metric, counted of the access log: API Gateway's own figure has every 4xx in one."""
_PUSH_LOGS = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"


class SurveyApi(Construct):
    """The survey function behind API Gateway."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self.function = ServiceFunction(self, "App", spec=SURVEY, platform=platform)
        app = importlib.import_module(ROUTES).app
        self.access_log = logs.LogGroup(
            self, "AccessLog", retention=LOG_RETENTION, removal_policy=RemovalPolicy.DESTROY
        )
        self.api = self._api(app, platform)
        if not platform.deployment.local:
            Firewall(self, "Firewall", stage=self.api.deployment_stage)
            # The emulator writes no access log.
            self.access_log.add_metric_filter(
                "Throttled",
                filter_pattern=logs.FilterPattern.string_value("$.status", "=", "429"),
                metric_namespace=platform.metrics_namespace,
                metric_name=THROTTLED_REQUESTS,
                default_value=0,
            )
        self.url = self._url(platform.deployment)
        CfnOutput(self, "Url", value=self.url).override_logical_id("SurveyUrl")

        self.function.has("SURVEY_URL", self.url)

    def _api(self, app: Any, platform: Platform) -> apigateway.RestApi:
        mails = platform.deployment.choices.senders * MAILS_OF_A_SENDER
        rate = max(REQUESTS_A_SECOND, OPENS_OF_A_MAIL * mails)
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name="Klankbord survey",
            description="Klankbord: survey and opt-out pages",
            cloud_watch_role=False,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            binary_media_types=list(app.api.binary_types),
            min_compression_size=Size.bytes(1024),
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                throttling_rate_limit=rate,
                throttling_burst_limit=2 * rate,
                # Execution logs and API Gateway's own trace segments hold the whole address, and with it the token.
                logging_level=apigateway.MethodLoggingLevel.OFF,
                data_trace_enabled=False,
                tracing_enabled=False,
                metrics_enabled=True,
                access_log_destination=apigateway.LogGroupLogDestination(self.access_log),
                access_log_format=_access_log_format(),
            ),
        )
        accept(api, "AwsSolutions-APIG4", "Anybody may open the page; the signed token in the link is the key.")
        accept(api, "AwsSolutions-COG4", "Customers of a client have no account with us.")
        accept(api, "AwsSolutions-APIG6", "Execution logs hold whole addresses, and with them customers' tokens.")
        if platform.deployment.choices.api_gateway_account:
            self._may_log(api)
        validator = api.add_request_validator(
            "Parameters", validate_request_body=True, validate_request_parameters=True
        )
        integration = apigateway.LambdaIntegration(
            self.function.function, proxy=True, allow_test_invoke=False, scope_permission_to_method=False
        )
        for path, methods in app.routes.items():
            resource = api.root.resource_for_path(path) if path.strip("/") else api.root
            for method in methods:
                resource.add_method(
                    method,
                    integration,
                    authorization_type=apigateway.AuthorizationType.NONE,
                    request_validator=validator,
                )
        return api

    def _may_log(self, api: apigateway.RestApi) -> None:
        """Let API Gateway write access logs. The setting is the account's; it stays when the stack goes."""
        role = iam.Role(
            self,
            "ApiLogs",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_PUSH_LOGS)],
        )
        accept(
            role,
            f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_PUSH_LOGS}]",
            "The policy that API Gateway asks for to write logs of the account's APIs.",
        )
        role.apply_removal_policy(RemovalPolicy.RETAIN)
        account = apigateway.CfnAccount(self, "ApiAccount", cloud_watch_role_arn=role.role_arn)
        account.apply_removal_policy(RemovalPolicy.RETAIN)
        api.deployment_stage.node.add_dependency(account)

    def _url(self, deployment: Deployment) -> str:
        if deployment.local:
            endpoint = CfnParameter(
                self, "Endpoint", description="Where the emulator answers, such as http://127.0.0.1:4566"
            )
            endpoint.override_logical_id("Endpoint")
            return Fn.join("", [endpoint.value_as_string, "/_aws/execute-api/", self.api.rest_api_id, f"/{STAGE}"])
        if deployment.choices.survey:
            name = apigateway.DomainName(
                self,
                "Domain",
                domain_name=deployment.choices.survey.domain,
                certificate=acm.Certificate.from_certificate_arn(
                    self, "Certificate", deployment.choices.survey.certificate
                ),
                endpoint_type=apigateway.EndpointType.REGIONAL,
                security_policy=apigateway.SecurityPolicy.TLS_1_2,
                mapping=self.api,
            )
            # Links in mails that are out live two years: the host stays, whatever becomes of this stack.
            for part in name.node.find_all():
                if isinstance(part, CfnResource):
                    part.apply_removal_policy(RemovalPolicy.RETAIN)
            CfnOutput(self, "Cname", value=name.domain_name_alias_domain_name).override_logical_id("SurveyCname")
            return f"https://{deployment.choices.survey.domain}"
        # Not `api.url`: that waits for the stage, which waits for the function that needs this address.
        return f"https://{self.api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{STAGE}"


def _access_log_format() -> apigateway.AccessLogFormat:
    """A line of JSON with the route's pattern; the path itself holds a customer's token, the address is a person's."""
    return apigateway.AccessLogFormat.custom(
        '{"requestId":"$context.requestId","requestTime":"$context.requestTime","method":"$context.httpMethod",'
        '"route":"$context.resourcePath","status":"$context.status","responseLength":"$context.responseLength",'
        '"latencyMs":"$context.responseLatency","integrationLatencyMs":"$context.integrationLatency",'
        '"error":"$context.error.responseType"}'
    )
