"""`make deploy`: what it asks of the account, what it refuses, and in which order it goes about it."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.deployment_file import Choices
from infra.stack_names import CHOSEN
from operations import deploy as command
from operations.deploy import BOOTSTRAP, CannotDeploy, DeployTools, deploy

ACCOUNT = "123456789012"
REGION = "eu-west-1"
CHOICES = Choices(alarm_mail="ops@klankbord.example", clients=("vaart",), replies="reply.klankbord.example")


class Fake:
    """Services that moto does not have."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Any:
        return lambda **_: self.answers[name]


class Stacks:
    """CloudFormation, as far as the command asks it: moto's own wants a validator of OpenAPI."""

    def __init__(self) -> None:
        self.templates: dict[str, dict[str, Any]] = {}

    def get_template(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        if StackName not in self.templates:
            said = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}
            raise ClientError(said, "GetTemplate")
        return {"TemplateBody": self.templates[StackName]}

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        outputs = self.templates[StackName].get("Outputs", {})
        return {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v["Value"]} for k, v in outputs.items()]}]}

    def delete_stack(self, StackName: str) -> None:  # noqa: N803
        del self.templates[StackName]

    def get_waiter(self, name: str) -> Any:
        assert name == "stack_delete_complete"
        return Fake(wait=None)


class Work:
    """The tools of a deploy: what was done, in order, and a stack that it leaves as the real one would."""

    def __init__(self, choices: Choices = CHOICES) -> None:
        self.choices = choices
        self.done: list[str] = []
        self.told: list[str] = []
        self.answers: list[bool] = []
        self.role: str | None = None
        self.functions_at_once = 1000
        self.fails: str | None = None
        self.stacks = Stacks()

    def tools(self) -> DeployTools:
        return DeployTools(self.client, self.cdk, self.build, self.synthesise, self.ask, self.told.append)

    def client(self, service: str) -> Any:
        if service == "apigateway":
            return Fake(get_account={"cloudwatchRoleArn": self.role} if self.role else {})
        if service == "lambda":
            return Fake(get_account_settings={"AccountLimit": {"ConcurrentExecutions": self.functions_at_once}})
        if service == "cloudformation":
            return self.stacks
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

    def cdk(self, *arguments: str) -> int:
        self.done.append(" ".join(part for part in arguments if part not in ("--app", str(command.ASSEMBLY))))
        if arguments[0] == self.fails:
            return 1
        if arguments[0] == "bootstrap":
            boto3.client("ssm", region_name=REGION).put_parameter(Name=BOOTSTRAP, Value="21", Type="String")
        if arguments[0] == "deploy":
            self.leave_stacks()
        return 0

    def leave_stacks(self) -> None:
        self.stacks.templates[f"{self.choices.name}Storage"] = {"Metadata": {CHOSEN: self.choices.named()}}
        self.stacks.templates[self.choices.name] = {"Outputs": {"SurveyUrl": {"Value": "https://survey.example"}}}
        if self.choices.quicksight:
            self.stacks.templates[f"{self.choices.name}QuickSight"] = {}

    def build(self) -> None:
        self.done.append("build")

    def synthesise(self) -> int:
        self.done.append("synth")
        return int(self.fails == "synth")

    def ask(self, question: str) -> bool:
        self.done.append(question)
        return self.answers.pop(0) if self.answers else True


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


def test_an_empty_account_is_prepared_then_shown_what_comes_and_then_deployed() -> None:
    work = Work()

    deploy(CHOICES, work.tools())

    assert [step.split(":")[0] for step in work.done] == [
        "Account 123456789012 is not prepared for the CDK in eu-west-1",
        "bootstrap aws",
        "build",
        "synth",
        "diff --no-fail",
        "Deploy this?",
        "deploy --all --require-approval never",
    ]
    assert any("Confirm the subscription that SNS mails to ops@klankbord.example" in line for line in work.told)
    assert any("https://survey.example" in line for line in work.told)


def test_a_second_deploy_prepares_nothing_and_repeats_no_news() -> None:
    work = Work()
    deploy(CHOICES, work.tools())
    work.done.clear()
    work.told.clear()

    deploy(CHOICES, work.tools())

    assert work.done[0] == "build"
    assert not [line for line in work.told if "Confirm" in line]


def test_no_is_no_and_nothing_is_deployed() -> None:
    work = Work()
    work.answers = [True, False]

    with pytest.raises(CannotDeploy, match=r"Nothing was changed\."):
        deploy(CHOICES, work.tools())
    assert not [step for step in work.done if step.startswith("deploy ")]

    unprepared = Work()
    boto3.client("ssm", region_name=REGION).delete_parameter(Name=BOOTSTRAP)
    unprepared.answers = [False]
    with pytest.raises(CannotDeploy, match="Nothing was changed"):
        deploy(CHOICES, unprepared.tools())
    assert not [step for step in unprepared.done if step.startswith("bootstrap")]


@pytest.mark.parametrize("step", ["bootstrap", "synth", "diff", "deploy"])
def test_a_step_that_fails_is_said_and_ends_it(step: str) -> None:
    work = Work()
    work.fails = step

    with pytest.raises(CannotDeploy, match="above"):
        deploy(CHOICES, work.tools())
    assert work.done[-1].startswith(step)


@pytest.mark.parametrize(
    ("left", "lost"),
    [
        (CHOICES.model_copy(update={"alarm_mail": None}), "alarm_mail:ops@klankbord.example"),
        (CHOICES.model_copy(update={"clients": ()}), "client:vaart"),
        (CHOICES.model_copy(update={"replies": None}), "replies:reply.klankbord.example"),
        (CHOICES.model_copy(update={"replies": "other.klankbord.example"}), "replies:reply.klankbord.example"),
    ],
)
def test_a_choice_that_was_forgotten_stops_the_deploy_until_it_is_meant(left: Choices, lost: str) -> None:
    work = Work()
    deploy(CHOICES, work.tools())
    work.done.clear()

    with pytest.raises(CannotDeploy) as refused:
        deploy(left, work.tools())

    assert f'make deploy DROP="{lost}"' in str(refused.value)
    assert work.done == []
    work.choices = left
    deploy(left, work.tools(), [lost])
    assert any(lost in line for line in work.told)
    work.done.clear()
    deploy(left, work.tools())  # it is not asked for again
    assert work.done[-1].startswith("deploy")


def test_a_deployment_from_before_the_file_does_not_lose_its_choices_to_it() -> None:
    work = Work()
    deploy(CHOICES, work.tools())
    work.stacks.templates["KlankbordStorage"] = {
        "Resources": {
            "Mail": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {"Protocol": "email", "Endpoint": "ops@klankbord.example"},
            }
        }
    }

    with pytest.raises(CannotDeploy, match=r"alarm_mail:ops@klankbord\.example"):
        deploy(Choices(), work.tools())


def test_the_stack_of_dashboards_goes_when_they_are_taken_back() -> None:
    arn = "arn:aws:quicksight:eu-west-1:123456789012:user/default/anna"
    with_dashboards = CHOICES.model_copy(
        update={"quicksight": Choices.model_validate({"quicksight": {"owner": arn}}).quicksight}
    )
    work = Work(with_dashboards)
    deploy(with_dashboards, work.tools())
    assert "KlankbordQuickSight" in work.stacks.templates

    work.choices = CHOICES
    deploy(CHOICES, work.tools(), ["quicksight"])

    assert set(work.stacks.templates) == {"Klankbord", "KlankbordStorage"}


@pytest.mark.parametrize(
    ("meant", "sentence"),
    [({"account": "999999999999"}, "for account 123456789012"), ({"region": "us-east-1"}, "for region eu-west-1")],
)
def test_another_account_or_region_than_is_meant_is_refused(meant: dict[str, str], sentence: str) -> None:
    work = Work()

    with pytest.raises(CannotDeploy, match=sentence):
        deploy(CHOICES.model_copy(update=meant), work.tools())
    assert work.done == []


def test_api_gateways_role_for_logs_is_not_taken_from_somebody_else() -> None:
    work = Work()
    work.role = f"arn:aws:iam::{ACCOUNT}:role/Other-ApiLogs"

    with pytest.raises(CannotDeploy, match="api_gateway_account: false"):
        deploy(CHOICES, work.tools())
    without = CHOICES.model_copy(update={"api_gateway_account": False})
    deploy(without, work.tools())
    work.role = None
    with pytest.raises(CannotDeploy, match="has no role"):
        deploy(without, work.tools())
    work.role = f"arn:aws:iam::{ACCOUNT}:role/Klankbord-SurveyApiLogs"
    deploy(CHOICES, work.tools())


def test_an_account_that_runs_few_functions_at_once_is_told_before_the_first_file() -> None:
    work = Work()
    work.functions_at_once = 10

    deploy(CHOICES, work.tools())

    assert any("10 functions at once" in line for line in work.told)


def test_credentials_that_aws_does_not_take_are_one_sentence() -> None:
    work = Work()

    def refusing(service: str) -> Any:
        client = work.client(service)
        if service == "sts":
            client.meta.events.register(
                "before-call.sts.GetCallerIdentity", lambda **_: (_ for _ in ()).throw(_expired(client))
            )
        return client

    with pytest.raises(CannotDeploy, match="sign in"):
        deploy(CHOICES, replace(work.tools(), client=refusing))


def _expired(client: Any) -> Exception:
    error = {"Error": {"Code": "ExpiredToken", "Message": "expired"}}
    return client.exceptions.ClientError(error, "GetCallerIdentity")  # type: ignore[no-any-return]


def test_without_a_terminal_nobody_is_asked_and_it_is_said_how_to_agree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(CannotDeploy, match="make deploy YES=1"):
        command._asked("Deploy this?")


def test_a_mistake_in_the_file_is_said_and_the_exit_code_is_1(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deployment.yaml"
    file.write_text("senders: 1\n")

    assert command.main(["--file", str(file)]) == 1
    assert "line 1: Senders must be at least 2" in capsys.readouterr().err
