"""Posts of answers by people and by programs: a labelled set, and what is told apart of it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.shared.domain.answer_evidence import HAND, NO_HAND, weigh
from functions.shared.domain.response import Suspicion

SET: dict[str, list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("answer_requests.yaml").read_text())


@pytest.mark.parametrize("request_", SET["people"], ids=lambda one: one["what"])
def test_no_person_is_taken_for_a_program(request_: dict[str, Any]) -> None:
    assert weigh(request_["headers"], request_["signs"]) is None


@pytest.mark.parametrize("request_", SET["robots"], ids=lambda one: one["what"])
def test_a_program_is_kept_apart(request_: dict[str, Any]) -> None:
    assert weigh(request_["headers"], request_["signs"]) is not None


@pytest.mark.parametrize("request_", SET["unseen"], ids=lambda one: one["what"])
def test_what_cannot_be_told_is_known(request_: dict[str, Any]) -> None:
    assert weigh(request_["headers"], request_["signs"]) is None


def test_the_reason_is_what_weighs_most() -> None:
    browser = SET["people"][0]["headers"]

    assert weigh(browser | {"user-agent": "curl/8.5.0"}, None) is Suspicion.PROGRAM
    assert weigh(browser, NO_HAND) is Suspicion.NO_HAND
    assert weigh({"user-agent": browser["user-agent"]}, None) is Suspicion.NOT_A_BROWSER
    assert weigh(browser, HAND) is None
