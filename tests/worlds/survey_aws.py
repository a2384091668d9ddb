"""The survey function as it is deployed, over moto: real handler, real stores, a clock that can be moved."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters import clock
from functions.shared.adapters.binding import Names
from functions.shared.adapters.keys import load_link_keys
from functions.shared.adapters.tables import AnswerPattern, FeedbackBlock, Invitation, OptOut, Response
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.identity import LinkKeys, sign_token
from functions.shared.domain.invitation import RANK, InvitationState
from tests.worlds.survey_world import INVITATION, NOW, URL, bundle, event, form

MODELS = (AnswerPattern, FeedbackBlock, Invitation, OptOut, Response)
CONFIG, DATA = "klankbord-config", "klankbord-data"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class SurveyFunction:
    """The deployed function: call it as API Gateway does."""

    app: Any
    keys: LinkKeys
    moment: datetime = NOW

    def call(
        self, method: str, path: str, fields: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the answer to a request."""
        sent = (FORM if fields is not None else {}) | dict(headers or {})
        body = form(fields) if fields is not None else None
        answer: dict[str, Any] = self.app(event(method, path, body, sent), None)
        return answer

    def travel(self, **by: float) -> None:
        """Move the clock."""
        self.moment += timedelta(**by)

    def path(self, invitation: str = INVITATION, opt_out: bool = False) -> str:
        """Return the path of a personal link."""
        return f"/u/{sign_token(self.keys, 'opt-out', invitation)}" if opt_out else f"/s/{self.token(invitation)}"

    def token(self, invitation: str = INVITATION) -> str:
        """Return the answer token of an invitation."""
        return sign_token(self.keys, "answer", invitation)


@contextmanager
def deployed_survey(bundles: Sequence[ClientBundle] = ()) -> Iterator[SurveyFunction]:
    """Run the function over an empty account that holds these clients (the test client where none is given)."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name="pepper", SecretString="a pepper")
        secrets.create_secret(Name="token-keys", SecretString='{"1": "a key"}')
        s3 = boto3.client("s3")
        for bucket in (CONFIG, DATA):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for client in bundles or (bundle(),):
            s3.put_object(
                Bucket=CONFIG,
                Key=object_keys.current_bundle(client.client.client),
                Body=client.model_dump_json().encode(),
            )
        environment = {"CONFIG_BUCKET": CONFIG, "DATA_BUCKET": DATA, "TOKEN_KEYS_SECRET": "token-keys"}
        for name, value in (environment | {"SURVEY_URL": URL}).items():
            patch.setenv(name, value)
        for model in MODELS:
            patch.setenv(Names.variable(model), model.__name__)
            patch.setattr(model.Meta, "table_name", model.__name__)
        from functions.survey import handler

        function = SurveyFunction(None, load_link_keys("token-keys"))
        patch.setattr(clock, "now", lambda: function.moment)
        function.app = importlib.reload(handler).app
        for model in MODELS:
            model.create_table(billing_mode="PAY_PER_REQUEST", wait=True)
        yield function


def invite(invitation: str = INVITATION, client: str = "acme", touchpoint: str = "service", **changes: Any) -> None:
    """Put an invitation that was delivered an hour ago and waits for its reminder."""
    planned = NOW - timedelta(hours=1)
    standard: dict[str, Any] = {
        "person": f"person of {invitation}",
        "address_key": f"person of {invitation}",
        "client": client,
        "touchpoint": touchpoint,
        "interaction_id": "interaction",
        "upload": "digest",
        "occurred_at": planned - timedelta(days=1),
        "imported_at": planned - timedelta(hours=1),
        "expires_at": planned + timedelta(days=21),
        "keep_until": NOW + timedelta(days=800),
        "state": InvitationState.DELIVERED.value,
        "rank": RANK[InvitationState.DELIVERED],
        "planned_at": planned,
        "accepted_at": planned,
        "due_shard": "0",
        "due_at": planned + timedelta(days=5),
        "language": "nl",
    }
    Invitation(invitation, **(standard | changes)).save()


def everything() -> dict[str, list[Any]]:
    """Return all items of all tables."""
    return {
        model.__name__: sorted((item.serialize() for item in model.scan(consistent_read=True)), key=repr)
        for model in MODELS
    }


def at(moment: datetime) -> datetime:
    """Return a moment as the tables hold it: to the second."""
    return moment.astimezone(UTC).replace(microsecond=0)
