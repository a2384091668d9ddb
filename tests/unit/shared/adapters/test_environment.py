"""What a function reads of its environment: typed, and every missing variable named at once."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from functions.shared.adapters.binding import bind
from functions.shared.adapters.environment import MissingVariables, Settings
from functions.shared.adapters.tables import Invitation, OptOut

HERE = Path(__file__)


@dataclass(frozen=True)
class Sending(Settings):
    """Settings of every type that a field can have."""

    config_bucket: str
    sms_rate: float
    reply_domain: str | None
    sends_sms: bool
    templates: Path = HERE


def test_a_field_is_the_variable_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CONFIG_BUCKET": "b", "SMS_RATE": "2.5", "REPLY_DOMAIN": "r.example", "SENDS_SMS": "1"}.items():
        monkeypatch.setenv(name, value)

    assert Sending.from_env() == Sending("b", 2.5, "r.example", True, HERE)


@pytest.mark.parametrize("empty", [True, False], ids=["empty", "not set"])
def test_what_may_be_missing_is_none_or_false(monkeypatch: pytest.MonkeyPatch, empty: bool) -> None:
    monkeypatch.setenv("CONFIG_BUCKET", "b")
    monkeypatch.setenv("SMS_RATE", "1")
    for name in ("REPLY_DOMAIN", "SENDS_SMS"):
        monkeypatch.setenv(name, "")
        if not empty:
            monkeypatch.delenv(name)

    assert Sending.from_env() == Sending("b", 1.0, None, False, HERE)


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIG_BUCKET", raising=False)
    monkeypatch.delenv("SMS_RATE", raising=False)

    with pytest.raises(MissingVariables, match="The environment variables CONFIG_BUCKET, SMS_RATE are not set"):
        Sending.from_env()


def test_what_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFIG_BUCKET", "b")
    monkeypatch.setenv("SMS_RATE", "fast")

    with pytest.raises(RuntimeError, match="SMS_RATE is not a number: fast"):
        Sending.from_env()


def test_tables_that_are_missing_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_INVITATION", raising=False)
    monkeypatch.delenv("TABLE_OPT_OUT", raising=False)

    with pytest.raises(MissingVariables, match="TABLE_INVITATION, TABLE_OPT_OUT are not set"):
        bind(Invitation, OptOut)


def test_a_setting_of_another_type_is_the_programmers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Counting(Settings):
        limit: int

    monkeypatch.setenv("LIMIT", "3")

    with pytest.raises(TypeError, match="limit"):
        Counting.from_env()
