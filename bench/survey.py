"""The survey: how long a cold start loads, and how large the first page is. `python -m bench.survey`"""

import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from functions.shared.adapters.client_files import read_folder
from functions.shared.domain.answers import preselected
from functions.shared.domain.identity import LinkKeys, sign_token
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.response import SurveyInvitation
from functions.survey.outcomes import LinkHolder, QuestionsPage
from functions.survey.page_nonce import sign_page
from functions.survey.pages import ask_page
from infra.build import build

ROOT = Path(__file__).resolve().parents[1]
RUNS = 11
ONE_ROUND_TRIP = 14 * 1024

# Both load what a request needs, from the same asset and its byte code, up to clients that could call AWS.
_PREPARE = """
import os, sys, time
sys.path.insert(0, {asset!r})
os.environ.update(
    AWS_REGION="eu-west-1", AWS_DEFAULT_REGION="eu-west-1", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b",
    CONFIG_BUCKET="c", TOKEN_KEYS_SECRET="t", SURVEY_URL="https://survey.example",
    TABLE_INVITATION="i", TABLE_RESPONSE="r", TABLE_OPT_OUT="o", TABLE_FEEDBACK_BLOCK="f", TABLE_ANSWER_PATTERN="a",
)
begin = time.process_time()
"""
_OURS = """
from functions.survey import handler
handler.aws.client("s3"), handler.aws.client("secretsmanager")
for model in handler.MODELS:
    model._get_connection().connection.client
"""
_PLAIN = """
import boto3, chalice
from jinja2 import Environment, FileSystemLoader
from pydantic import BaseModel, EmailStr
from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.models import Model
app = chalice.Chalice(app_name="survey")
templates = Environment(loader=FileSystemLoader("."), autoescape=True)
Client = type("Client", (BaseModel,), {"__annotations__": {"name": str, "contact": EmailStr}, "__module__": "plain"})
boto3.client("s3"), boto3.client("secretsmanager")
for name in ("i", "r", "o", "f"):
    meta = type("Meta", (), {"table_name": name, "region": "eu-west-1"})
    model = type(name, (Model,), {"Meta": meta, "key": UnicodeAttribute(hash_key=True), "__module__": "plain"})
    model._get_connection().connection.client
"""
_TELL = """
print((time.process_time() - begin) * 1000)
"""


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurements: ratios are ours over the peer's, so that less is better."""
    ours, plain = cold_starts()
    yield _line("survey_cold_load", round(ours, 1), round(plain, 1), "ms CPU, import and clients")
    for client, touchpoint in (("vaart", "schade"), ("pebble", "support")):
        size = len(gzip.compress(first_page(client, touchpoint).encode(), 6))
        yield _line(f"survey_first_page_{client}", size, ONE_ROUND_TRIP, "bytes gzip, peer: one round trip")


def cold_starts() -> tuple[float, float]:
    """Return the median CPU of fresh processes that load our handler, and a plain implementation, taking turns."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(build("host")) as asset:
            asset.extractall(folder)
        times: dict[str, list[float]] = {_OURS: [], _PLAIN: []}
        for _ in range(RUNS):
            for program, found in times.items():
                found.append(_run(_PREPARE.format(asset=folder) + program + _TELL))
        return statistics.median(times[_OURS]), statistics.median(times[_PLAIN])


def first_page(client: str, touchpoint: str) -> str:
    """Return the HTML of the first page of an example client."""
    bundle = read_folder(ROOT / "examples" / "clients" / client)
    now = datetime.now(UTC)
    invitation = "3f0c5a2e-9a51-5c11-8d2b-1f6f2f1f0001"
    keys = LinkKeys({1: b"key"})
    asked = SurveyInvitation(
        invitation, "person", client, touchpoint, InvitationState.DELIVERED, now + timedelta(days=21)
    )
    questionnaire = bundle.questionnaires[bundle.touchpoints[touchpoint].questionnaire]
    ask = QuestionsPage(
        LinkHolder(asked, bundle, bundle.client.languages[0]),
        questionnaire,
        nonce=sign_page(keys, "answer", invitation, now),
        opt_out_token=sign_token(keys, "opt-out", invitation),
        values={question: [str(score)] for question, score in preselected(questionnaire, "9").items()},
    )
    return ask_page(ask, csp_nonce="pK1pQ0m2n3O4p5Q6r7S8tA")


def _run(program: str) -> float:
    # -I -S: neither this environment's packages nor this folder, only the asset
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, capture_output=True, text=True)
    return float(done.stdout)


def _line(name: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": ours, "peer": peer, "ratio": round(ours / peer, 3), "unit": unit}


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line), flush=True)
