"""Deploy what deployment.yaml says to the account of your credentials: `python -m operations.deploy [--yes]`.

In this order: the choices, the account and region, what the deploy would take away, the bootstrap stack, the build, the
checks of the templates, what changes, the deploy, and what is next. Nothing is changed before it was shown and agreed.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.build import BuildFailed, build
from infra.cdk import run_cdk
from infra.deployment import ROOT, chosen
from infra.deployment_file import BadDeployment, Choices, dropped
from infra.stack_names import CHOSEN, dashboards_stack, storage_stack
from operations.onboarding.errors import sentence

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
BOOTSTRAP_VERSION = 6
"""What the CDK's templates ask for."""
FEW_FUNCTIONS = 100
"""A new account may run ten functions at once; a first file of a client needs more than that."""
ASSEMBLY = ROOT / "cdk.out"


class CannotDeploy(Exception):
    """Why there is no deploy; a sentence."""


@dataclass(frozen=True)
class DeployTools:
    """What the command works with: clients of AWS by service, the CDK, the steps of a build, and who answers."""

    client: Callable[[str], Any]
    cdk: Callable[..., int]
    build: Callable[[], object]
    synthesise: Callable[[], int]
    ask: Callable[[str], bool]
    tell: Callable[[str], None]


def deploy(choices: Choices, tools: DeployTools, drop: Collection[str] = ()) -> None:
    """Deploy choices. `drop` names what of an earlier deploy may go away. Raises CannotDeploy."""
    account, region = _place(choices, tools)
    before = _deployed_choices(choices.name, tools)
    gone = dropped(before, choices)
    _refuse_drops(gone, drop)
    _refuse_taken_setting(choices, tools)
    tools.tell(f"Deploying {choices.name} to account {account} in {region}.")
    _bootstrap(account, region, tools)
    tools.build()
    if tools.synthesise():
        raise CannotDeploy("The templates were not accepted; what is wrong stands above.")
    app = ("--app", str(ASSEMBLY))
    if tools.cdk("diff", "--no-fail", *app):
        raise CannotDeploy("The CDK could not compare the templates with what is deployed; it says why above.")
    for name, what in gone.items():
        tools.tell(f"This takes away {what} ({name}).")
    if not tools.ask("Deploy this?"):
        raise CannotDeploy("Nothing was changed.")
    if tools.cdk("deploy", "--all", *app, "--require-approval", "never"):
        raise CannotDeploy("The deploy failed, and was rolled back; CloudFormation says why above.")
    if "quicksight" in gone:
        _delete_dashboards(choices.name, tools)
    _tell_next(choices, before, tools)


def _place(choices: Choices, tools: DeployTools) -> tuple[str, str]:
    """Return account and region, if they are the ones that are meant."""
    sts = tools.client("sts")
    try:
        account = str(sts.get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise CannotDeploy(
            f"AWS does not take your credentials ({type(error).__name__}): sign in (`aws configure`, "
            "`aws sso login`), or set AWS_PROFILE."
        ) from error
    region = str(sts.meta.region_name)
    for what, here, meant in (("account", account, choices.account), ("region", region, choices.region)):
        if meant and here != meant:
            raise CannotDeploy(
                f"Your credentials are for {what} {here}, and deployment.yaml is for {meant}: use other ones "
                f"(AWS_PROFILE, AWS_REGION), or another file (FILE=)."
            )
    return account, region


def _deployed_choices(name: str, tools: DeployTools) -> dict[str, str]:
    """Return what the deploy before this one chose; nothing before the first."""
    storage = _template(storage_stack(name), tools)
    if CHOSEN in storage.get("Metadata", {}):
        return dict(storage["Metadata"][CHOSEN])
    # Deployed before choices stood in the template: they are told from what was made of them.
    return chosen_before(storage, _template(name, tools), bool(_template(dashboards_stack(name), tools)))


def _template(stack: str, tools: DeployTools) -> dict[str, Any]:
    """Return the template of a stack; an empty one where there is no such stack."""
    try:
        template = tools.client("cloudformation").get_template(StackName=stack)["TemplateBody"]
    except ClientError as error:
        if "does not exist" in str(error):
            return {}
        raise
    return dict(json.loads(template) if isinstance(template, str) else template)


def chosen_before(storage: dict[str, Any], compute: dict[str, Any], dashboards: bool) -> dict[str, str]:
    """Return the choices that templates were made of, each with what goes with it."""
    text, more = json.dumps(storage), json.dumps(compute)
    found = {f"client:{slug}": "its upload user" for slug in re.findall(r"/uploads/([a-z][a-z0-9_-]{1,39})/\*", text)}
    for resource in storage.get("Resources", {}).values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::SNS::Subscription" and properties.get("Protocol") == "email":
            found[f"alarm_mail:{properties['Endpoint']}"] = "its alarms"
    for resource in compute.get("Resources", {}).values():
        if resource["Type"] == "AWS::ApiGateway::DomainName":
            found[f"survey:{resource['Properties']['DomainName']}"] = "the host that links in mails name"
    for domain in re.findall(r'"REPLY_DOMAIN": "([^"]+)"', more):
        found[f"replies:{domain}"] = "the reading of replies to mails"
    if '"SENDS_SMS"' in more:
        found["sms"] = "SMS"
    if dashboards:
        found["quicksight"] = "the dashboards"
    return found


def _refuse_drops(gone: dict[str, str], drop: Collection[str]) -> None:
    unmeant = {name: what for name, what in gone.items() if name not in drop}
    if unmeant:
        lost = "\n".join(f"  {name}: {what}" for name, what in unmeant.items())
        raise CannotDeploy(
            f"deployment.yaml no longer has what is deployed. A deploy would take away:\n{lost}\nPut it back, or say "
            f'that you mean it: make deploy DROP="{" ".join(unmeant)}"'
        )


def _refuse_taken_setting(choices: Choices, tools: DeployTools) -> None:
    """API Gateway's role for logs is one for the account and region: do not take it from somebody else's."""
    role = tools.client("apigateway").get_account().get("cloudwatchRoleArn")
    if choices.api_gateway_account and role and f":role/{choices.name}-" not in role:
        raise CannotDeploy(
            f"API Gateway of this account and region writes its logs by {role}, which is not of this deployment. Put "
            "`api_gateway_account: false` into deployment.yaml: the survey's logs are written by that role, too."
        )
    if not choices.api_gateway_account and not role:
        raise CannotDeploy(
            "API Gateway of this account and region has no role to write logs by. Take `api_gateway_account: false` "
            "out of deployment.yaml: this deployment then makes one."
        )


def _bootstrap(account: str, region: str, tools: DeployTools) -> None:
    try:
        version = int(tools.client("ssm").get_parameter(Name=BOOTSTRAP)["Parameter"]["Value"])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ParameterNotFound":
            raise
        version = 0
    if version >= BOOTSTRAP_VERSION:
        return
    state = "is not prepared" if not version else "was prepared by an older version"
    if not tools.ask(f"Account {account} {state} for the CDK in {region}: a bucket and roles for deploys. Make them?"):
        raise CannotDeploy("Without them the CDK cannot deploy. Nothing was changed.")
    # With the place, the CDK need not ask the app, which wants its asset first.
    if tools.cdk("bootstrap", f"aws://{account}/{region}"):
        raise CannotDeploy("The account could not be prepared; the CDK says why above.")


def _delete_dashboards(name: str, tools: DeployTools) -> None:
    stack = dashboards_stack(name)
    cloudformation = tools.client("cloudformation")
    tools.tell(f"Deleting the stack {stack}.")
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)


def _tell_next(choices: Choices, before: dict[str, str], tools: DeployTools) -> None:
    (stack,) = tools.client("cloudformation").describe_stacks(StackName=choices.name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    tools.tell(f"{choices.name} is deployed. Its survey is at {outputs.get('SurveyUrl', '?')}.")
    new = {name for name in choices.named() if name not in before}
    if choices.survey and f"survey:{choices.survey.domain}" in new:
        tools.tell(f"Make a DNS record: {choices.survey.domain} CNAME {outputs.get('SurveyCname', '?')}")
    if choices.alarm_mail and f"alarm_mail:{choices.alarm_mail}" in new:
        tools.tell(f"Confirm the subscription that SNS mails to {choices.alarm_mail}: without it alarms reach nobody.")
    limit = tools.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if limit < FEW_FUNCTIONS:
        tools.tell(
            f"This account may run {limit} functions at once. Ask for 1,000 in Service Quotas (Lambda, Concurrent "
            "executions) before the first file: an import and the survey share them."
        )
    tools.tell(
        "Next, for each client: publish its folder, `make onboard CLIENT=<client>`, its upload key (docs/deploy.md)."
    )


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.deploy", description="Deploy what deployment.yaml says."
    )
    parser.add_argument("--file", type=Path, help="the choices, by default deployment.yaml")
    parser.add_argument("--drop", default="", help="what of an earlier deploy may go away, with spaces between")
    parser.add_argument("--yes", action="store_true", help="deploy without being asked, such as in a pipeline")
    options = parser.parse_args(arguments)
    client: Any = boto3.Session().client
    tools = DeployTools(
        client=client,
        cdk=run_cdk,
        build=lambda: build("cloud"),
        synthesise=lambda: _synthesise(options.file),
        ask=lambda question: options.yes or _asked(question),
        tell=print,
    )
    try:
        deploy(chosen(options.file), tools, options.drop.split())
    except (CannotDeploy, BadDeployment, BuildFailed) as error:
        said = str(error)
    except (BotoCoreError, ClientError) as error:
        said = sentence(error)
    else:
        return 0
    print(said, file=sys.stderr)
    return 1


def _synthesise(file: Path | None) -> int:
    from infra.synth import synthesise  # starts Node

    return synthesise({"deployment": str(file)} if file else {}, ASSEMBLY)


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        raise CannotDeploy(f"{question} There is nobody to answer here: say yes beforehand (make deploy YES=1).")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


if __name__ == "__main__":
    sys.exit(main())
