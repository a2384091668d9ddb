"""The environment of a function: just what it asks for, and what is missing stops it at its start, by name."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from infra.functions import FUNCTIONS, FunctionSpec
from infra.local.workdir import CHECKOUT
from tests.worlds.templates import Templates

OPTIONAL = {
    "crm-import-read": {"SENDS_SMS"},
    "invite-dispatch": {"SMS_QUEUE_URL"},
    "invite-send": {"REPLY_DOMAIN"},
}
"""What the template gives only where the deployment chose it."""
FOR_TESTS = {"HAND_OVER_RESERVE_SECONDS"}
"""What no template gives: a function asks for it, and has a value of its own."""


@pytest.fixture(scope="module")
def imported(cloud: Templates) -> Mapping[str, Any]:
    """Import every handler with its variables, and once more without each of them, in a process of its own."""
    functions = {spec.name: (spec.handler, given(cloud, spec)) for spec in FUNCTIONS}
    done = subprocess.run(
        [sys.executable, "-m", "tests.worlds.handler_imports"],
        cwd=CHECKOUT,
        env=dict(os.environ),
        input=json.dumps(functions),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def given(templates: Templates, spec: FunctionSpec) -> dict[str, str]:
    """Return the variables that a template gives a function, except those that the libraries read."""
    variables = templates.function(spec.name)["Environment"]["Variables"]
    return {
        name: value if isinstance(value, str) else f"https://{name}.example/1"
        for name, value in variables.items()
        if not name.startswith("POWERTOOLS_")
    }


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_is_given_just_what_its_settings_ask_for(
    cloud: Templates, imported: Mapping[str, Any], spec: FunctionSpec
) -> None:
    asked = set(imported[spec.name]["asked"]) - FOR_TESTS

    assert {name for name in asked if not name.startswith("AWS_")} == set(given(cloud, spec))


@pytest.mark.parametrize("spec", FUNCTIONS, ids=lambda spec: spec.name)
def test_a_function_does_not_start_without_a_variable_and_names_it(
    cloud: Templates, imported: Mapping[str, Any], spec: FunctionSpec
) -> None:
    complaints = imported[spec.name]["complaints"]

    named = {name for name, complaint in complaints.items() if name in complaint}

    assert named == given(cloud, spec).keys() - OPTIONAL.get(spec.name, set())
