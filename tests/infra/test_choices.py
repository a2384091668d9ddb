"""What a deployment chooses stands in a file; each choice can be made, kept and taken back."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.deployment import Deployment, chosen
from infra.deployment_file import MAX_DEPLOYMENT_LENGTH, BadDeployment, Choices, dropped, read_choices
from infra.stack_names import CHOSEN
from operations.deploy import chosen_before
from tests.infra.conftest import FULL, OWNER, READERS
from tests.worlds.templates import Templates


def written(folder: Path, text: str) -> Path:
    file = folder / "deployment.yaml"
    file.write_text(text)
    return file


def test_the_example_of_the_docs_is_a_deployment(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
    example = page.split("```yaml\n", 1)[1].split("```", 1)[0]

    choices = read_choices(written(tmp_path, example))

    # Every key is in the example, and explained below it.
    assert set(choices.model_fields_set) == set(Choices.model_fields)
    assert not [key for key in Choices.model_fields if not re.search(rf"\n\| [^|]*`{key}`[^|]* \|", page)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("alarm_mial: a@b.example", "line 1: Alarm_mial is not a key here; did you mean alarm_mail?"),
        ("senders: 1", "line 1: Senders must be at least 2, and not 1."),
        ("senders: many", "line 1: Senders must be a whole number, and not many."),
        ("name: My-Klankbord", "line 1: Name: 'My-Klankbord' is not a name of at most 23 letters and digits"),
        (f"name: {'K' * (MAX_DEPLOYMENT_LENGTH + 1)}", "is not a name of at most 23 letters"),
        ("account: 111122223333", "line 1: Account must be a text; put 111122223333 in quotes."),
        ('account: "1111"', "is not the twelve digits of an account"),
        ("region: Ireland", "is not a region such as eu-west-1"),
        ("replies: klant@vaart.example", "is not a domain of its own, such as reply.example.com"),
        ("replies: https://reply.example", "is not a domain of its own"),
        ("survey:\n  domain: a b.example\n  certificate: x", "line 2: Survey.domain: 'a b.example' is not a host name"),
        ("survey:\n  domain: a.example", "line 1: Survey.certificate is missing; add it."),
        ("sms:\n  rate: 0", "line 2: Sms.rate must be more than 0.0, and not 0."),
        ("sms:\n  max_price: 0,20", "line 2: Sms.max_price must be a number, and not 0,20."),
        ("quicksight:\n  owner: anna", "'anna' is not the ARN of a user or a group"),
        (f"quicksight:\n  readers: {READERS}", "Quicksight.owner is missing; add it."),
        (f"quicksight:\n  owner: {OWNER}\n  readers: {OWNER}", "is not the ARN of a group"),
        ("clients: [Vaart]", "Clients[1] must be a name of 2 to 40 lower-case letters"),
        ("alarm_mail: ops", "Alarm_mail: this is no address that can be mailed"),
        ("monthly_budget: 300", "Monthly_budget is told to alarm_mail; add that, too."),
        ("", "line 1: The file is empty."),
        ("name: A\nname: B", "line 2: Name stands here twice"),
    ],
)
def test_a_mistake_in_the_file_is_a_sentence_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadDeployment) as refused:
        read_choices(written(tmp_path, text))

    assert sentence in str(refused.value)
    assert str(refused.value).startswith("deployment.yaml, line ")


def test_choices_are_not_made_on_the_command_line_as_well(tmp_path: Path) -> None:
    for key in Choices.model_fields:
        with pytest.raises(BadDeployment, match=f"`{key}` is chosen in deployment.yaml"):
            Deployment.read({"asset": __file__, key: "1"}.get)


def test_a_file_that_is_not_there_is_said_and_none_is_a_plain_deployment() -> None:
    with pytest.raises(BadDeployment, match=r"no file nowhere\.yaml"):
        chosen("nowhere.yaml")
    assert chosen(None, local=True) == Choices()


def test_dashboards_need_the_cloud(tmp_path: Path) -> None:
    file = written(tmp_path, f"quicksight:\n  owner: {OWNER}\n")

    with pytest.raises(BadDeployment, match="needs the cloud"):
        Deployment.read({"asset": __file__, "deployment": str(file), "local": "1"}.get)


def test_what_was_chosen_stands_in_the_template_and_what_is_gone_is_told(cloud: Templates, plain: Templates) -> None:
    full = Choices.model_validate(FULL)
    before = cloud.stacks["KlankbordStorage"]["Metadata"][CHOSEN]

    assert before == full.named()
    assert set(before) == {
        *("client:vaart", "client:pebble", "survey:feedback.example.org", "alarm_mail:operations@example.org"),
        *("replies:reply.example.org", "sms", "quicksight"),
    }
    assert plain.stacks["KlankbordStorage"]["Metadata"][CHOSEN] == {}
    assert dropped(before, full) == {}
    assert dropped(before, Choices()) == before
    assert set(dropped(before, Choices(clients=("vaart",)))) == set(before) - {"client:vaart"}
    # Another host is not the one that links in mails name.
    moved = Choices.model_validate(FULL | {"survey": {**dict(FULL["survey"]), "domain": "other.example.org"}})  # type: ignore[call-overload]
    assert set(dropped(before, moved)) == {"survey:feedback.example.org"}


def test_what_was_chosen_before_choices_stood_in_the_template_is_told_from_it(
    cloud: Templates, plain: Templates, one_choice: Templates
) -> None:
    """Else the very deploy that moves them into the file could lose them."""
    for templates in (cloud, plain, one_choice):
        stacks = templates.stacks
        told = chosen_before(stacks["KlankbordStorage"], stacks["Klankbord"], "KlankbordQuickSight" in stacks)
        assert set(told) == set(stacks["KlankbordStorage"]["Metadata"][CHOSEN])


def exports(templates: Templates) -> set[str]:
    return {
        output["Export"]["Name"]
        for template in templates.stacks.values()
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }


def imports(part: Any) -> set[str]:
    """Return every export that something refers to."""
    if isinstance(part, list):
        return {name for one in part for name in imports(one)}
    if not isinstance(part, dict):
        return set()
    here = {part["Fn::ImportValue"]} if isinstance(part.get("Fn::ImportValue"), str) else set()
    return here | {name for value in part.values() for name in imports(value)}


def test_every_choice_together_refers_to_nothing_that_goes_when_they_are_taken_back(
    cloud: Templates, plain: Templates
) -> None:
    assert imports(cloud.stacks) <= exports(plain)
    assert exports(plain) <= exports(cloud)


def test_every_choice_alone_refers_to_nothing_that_goes_when_it_is_taken_back(
    one_choice: Templates, plain: Templates, cloud: Templates
) -> None:
    assert imports(one_choice.stacks) <= exports(plain)
    # Nor does what another choice adds take away what this one refers to.
    assert exports(plain) <= exports(one_choice) <= exports(cloud)


def test_what_outlives_a_deployment_does_so_whatever_is_chosen(one_choice: Templates, plain: Templates) -> None:
    kinds = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::KMS::Key")
    for kind in kinds:
        assert one_choice.resources(kind, "KlankbordStorage").keys() == plain.resources(kind, "KlankbordStorage").keys()


def test_the_host_that_links_name_stays_when_its_stack_goes(cloud: Templates) -> None:
    kept = [
        resource
        for template in cloud.stacks.values()
        for resource in template["Resources"].values()
        if resource["Type"] in ("AWS::ApiGateway::DomainName", "AWS::ApiGateway::BasePathMapping")
    ]

    assert len(kept) == 2
    for resource in kept:
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_setting_of_the_account_is_left_alone_where_somebody_else_has_it(cloud: Templates, tmp_path: Path) -> None:
    from tests.worlds.templates import read, synthesise

    synthesise(tmp_path / "synth", choices={"api_gateway_account": False})

    assert len(cloud.resources("AWS::ApiGateway::Account")) == 1
    assert not read(tmp_path / "synth").resources("AWS::ApiGateway::Account")


def test_no_template_says_more_than_cloudformation_takes(cloud: Templates) -> None:
    for name, template in cloud.stacks.items():
        assert len(template["Resources"]) <= 500, name
        assert len(template.get("Outputs", {})) <= 200, name
        assert len(json.dumps(template)) <= 1_000_000, name
