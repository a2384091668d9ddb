"""Synthesised templates, as the tests read them."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.workdir import CHECKOUT

Resource = dict[str, Any]


@dataclass(frozen=True)
class Templates:
    """The templates of one synth, by stack name."""

    stacks: dict[str, Resource]

    def resources(self, kind: str, stack: str | None = None) -> dict[str, Resource]:
        """Return the properties of all resources of a CloudFormation type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for title, template in self.stacks.items()
            if stack in (None, title)
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    def text(self) -> str:
        """Return every template in one text."""
        return json.dumps(self.stacks)

    def function(self, name: str) -> Resource:
        """Return the properties of a function by its name in the code."""
        (found,) = (f for f in self.functions().values() if f["Description"] == f"Klankbord {name}")
        return found

    def functions(self) -> dict[str, Resource]:
        """Return the functions of the app."""
        return self.resources("AWS::Lambda::Function")

    def allowed(self, function: str) -> list[tuple[str, str]]:
        """Return what a function's role allows: (action, resource), the resource as text."""
        role = self.function(function)["Role"]["Fn::GetAtt"][0]
        return [
            (action, json.dumps(resource))
            for policy in self.resources("AWS::IAM::Policy").values()
            if {"Ref": role} in policy.get("Roles", [])
            for action, resource in _pairs(policy["PolicyDocument"])
        ]

    def on_table(self, function: str, model: str) -> set[str]:
        """Return the DynamoDB actions that a function may do on a model's table and its indexes."""
        return {
            action.removeprefix("dynamodb:")
            for action, resource in self.allowed(function)
            if action.startswith("dynamodb:") and re.search(rf"FnGetAtt{model}[0-9A-F]{{8}}Arn", resource)
        }


def _pairs(document: Resource) -> Iterator[tuple[str, Any]]:
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield action, resource


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def synthesise(folder: Path, *options: str, choices: Mapping[str, object] | None = None, checked: bool = False) -> None:
    """Synthesise into a new folder, with a stand-in for the asset; `checked` lets cdk-nag and cfn-lint judge.

    `choices` are what deployment.yaml says.

    Raises AssertionError with what was said.
    """
    folder.mkdir(parents=True)
    asset = folder / "asset.zip"
    with zipfile.ZipFile(asset, "w") as archive:
        archive.writestr("nothing", "")
    file = folder / "deployment.yaml"
    file.write_text(json.dumps(choices or {}))  # JSON is YAML
    command = [sys.executable, "-m", "infra.synth", "--out", str(folder / "out"), *options]
    command += ["-c", f"asset={asset}", "-c", f"deployment={file}"]
    if not checked:
        command.append("--unchecked")
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def read(folder: Path) -> Templates:
    """Read the templates that were synthesised into a folder."""
    files = sorted((folder / "out").glob("*.template.json"))
    return Templates({file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files})
