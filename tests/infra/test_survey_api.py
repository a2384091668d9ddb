"""The survey's API: just its routes, slowed down for floods, and no log that holds a token."""

import json

from functions.survey.routes import app
from tests.worlds.templates import Templates


def test_the_api_has_the_routes_of_the_app_and_no_other(cloud: Templates) -> None:
    parts = cloud.resources("AWS::ApiGateway::Resource")

    def path(resource: dict) -> str:
        if "Fn::GetAtt" in resource:
            return ""
        part = parts[resource["Ref"]]
        return f"{path(part['ParentId'])}/{part['PathPart']}"

    found = {
        (path(method["ResourceId"]) or "/", method["HttpMethod"])
        for method in cloud.resources("AWS::ApiGateway::Method").values()
    }

    assert found == {(route, method) for route, methods in app.routes.items() for method in methods}


def test_every_method_calls_the_function_and_checks_its_parameters(cloud: Templates) -> None:
    for method in cloud.resources("AWS::ApiGateway::Method").values():
        assert method["Integration"]["Type"] == "AWS_PROXY"
        assert "RequestValidatorId" in method


def test_requests_are_throttled_and_nothing_is_cached(cloud: Templates) -> None:
    (stage,) = cloud.resources("AWS::ApiGateway::Stage").values()
    (settings,) = stage["MethodSettings"]

    assert stage["StageName"] == "v1"
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (300, 600)
    assert not stage.get("CacheClusterEnabled")
    assert not settings.get("CachingEnabled")


def test_no_log_and_no_trace_of_the_gateway_holds_a_token_or_an_address(cloud: Templates) -> None:
    (stage,) = cloud.resources("AWS::ApiGateway::Stage").values()
    line = stage["AccessLogSetting"]["Format"]

    assert json.loads(line)["route"] == "$context.resourcePath"
    for leak in ("$context.path", "identity", "sourceIp", "userAgent", "$context.protocol", "requestOverride"):
        assert leak not in line
    # Execution logs and the gateway's segments hold whole addresses.
    assert stage["MethodSettings"][0]["DataTraceEnabled"] is False
    assert stage["MethodSettings"][0]["LoggingLevel"] == "OFF"
    assert not stage.get("TracingEnabled")


def test_the_firewall_stops_floods_and_long_bodies_and_keeps_no_samples(cloud: Templates) -> None:
    (acl,) = cloud.resources("AWS::WAFv2::WebACL").values()

    assert [rule["Name"] for rule in acl["Rules"]] == ["TooManyRequests", "BodyTooLong"]
    assert '"SampledRequestsEnabled": true' not in json.dumps(acl)
    assert not cloud.resources("AWS::WAFv2::LoggingConfiguration")
    assert len(cloud.resources("AWS::WAFv2::WebACLAssociation")) == 1


def test_links_lead_to_the_clients_domain_where_there_is_one(cloud: Templates, plain: Templates) -> None:
    for name in ("survey", "invite-send"):
        assert cloud.function(name)["Environment"]["Variables"]["SURVEY_URL"] == "https://feedback.example.org"
        own = json.dumps(plain.function(name)["Environment"]["Variables"]["SURVEY_URL"])
        assert "execute-api" in own
        assert own.rstrip('"]}').endswith("/v1")
