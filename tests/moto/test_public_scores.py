"""Published scores: signed as the run does, served by the survey's site, checked from outside."""

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3
import pytest

from functions.aggregate.public_scores import ScorePublication, release_key
from functions.shared.adapters.data_bucket import DataBucket
from functions.shared.adapters.score_signatures import load_score_keys
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.public_score import WHOLE, PublicScore
from operations.verify_score import main
from tests.worlds import survey_world
from tests.worlds.aggregate_world import bundle
from tests.worlds.survey_aws import DATA, SurveyFunction, deployed_survey

SCORE = PublicScore(
    client="acme",
    name="Acme",
    touchpoint="",
    touchpoint_name="",
    first_day="2025-11-17",
    last_day="2026-11-15",
    time_zone="Europe/Amsterdam",
    nps=-7,
    low=-12,
    high=-1,
    answers=1412,
    completed=1500,
    delivered=5200,
    suspect=3,
    partial=41,
    threshold=5,
)
LATER = {"last_day": "2026-11-22", "answers": 1419}


def public(**values: Any) -> ClientBundle:
    own = survey_world.bundle()
    return own.model_copy(update={"client": own.client.model_copy(update={"public_score": True, **values})})


@pytest.fixture
def survey() -> Iterator[SurveyFunction]:
    with deployed_survey([public(), public(public_score=False, client="quiet")]) as function:
        boto3.client("secretsmanager").create_secret(Name="score-keys", SecretString='{"1": "a key"}')
        yield function


def publish(*made: PublicScore, moment: str = "2026-11-16T08:00Z") -> ScorePublication:
    publication = ScorePublication(DataBucket(boto3.client("s3"), DATA), load_score_keys("score-keys"))
    own = bundle(public_score=True)
    for score in made:
        publication.publish(own, [score], datetime.fromisoformat(moment))
    return publication


def changed(**values: Any) -> PublicScore:
    return PublicScore(**{**vars(SCORE), **values})


def test_a_page_a_badge_and_signed_figures_are_served_to_anybody(survey: SurveyFunction) -> None:
    publish(SCORE)

    page, badge, figures = (survey.call("GET", f"/score/acme{kind}") for kind in ("", ".svg", ".json"))

    assert [one["statusCode"] for one in (page, badge, figures)] == [200] * 3
    assert "−7" in page["body"]
    assert "%NONCE%" not in page["body"]
    nonce = page["body"].partition('<style nonce="')[2].partition('"')[0]
    assert f"style-src 'nonce-{nonce}'" in page["headers"]["Content-Security-Policy"]
    assert badge["headers"]["Content-Type"] == "image/svg+xml"
    assert (badge["headers"]["Access-Control-Allow-Origin"], badge["headers"]["Cross-Origin-Resource-Policy"]) == (
        "*",
        "cross-origin",
    )
    assert json.loads(figures["body"])["score"]["answers"] == 1412
    assert all("X-Robots-Tag" not in one["headers"] for one in (page, badge, figures))


@pytest.mark.parametrize(
    "path",
    [
        "/score/nobody",
        "/score/acme/claims",
        "/score/ACME",
        "/score/..%2fkeys.json",
        "/score/acme.json/claims",
        "/score/acme.exe",
        "/score/_",
        "/score/acme/_",
        "/score/acme.json?release=9",
        "/score/acme.json?release=../keys",
        "/score/acme?release=1",
    ],
)
def test_what_is_not_published_is_not_there(survey: SurveyFunction, path: str) -> None:
    publish(SCORE)

    answer = survey.call("GET", path)

    assert answer["statusCode"] == 404
    assert "X-Robots-Tag" in answer["headers"]


def test_a_score_that_was_taken_back_is_not_served_and_neither_are_its_releases(survey: SurveyFunction) -> None:
    publication = publish(SCORE)
    publication.publish(bundle(), [], datetime.fromisoformat("2026-11-17T08:00Z"))

    assert survey.call("GET", "/score/acme")["statusCode"] == 404
    assert survey.call("GET", "/score/acme.json?release=1")["statusCode"] == 404


def test_a_client_that_does_not_publish_any_more_shows_nothing_from_that_moment(survey: SurveyFunction) -> None:
    """Also before the next run, which takes it away, and where none comes: the client was withdrawn."""
    publish(SCORE, changed(client="quiet"), changed(client="gone"))

    assert survey.call("GET", "/score/acme")["statusCode"] == 200
    assert survey.call("GET", "/score/quiet")["statusCode"] == 404
    assert survey.call("GET", "/score/gone.json")["statusCode"] == 404


@pytest.fixture
def site(survey: SurveyFunction) -> Iterator[str]:
    """The function behind an HTTP server, as API Gateway is."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = survey.call("GET", self.path.removeprefix("/v1"))
            self.send_response(answer["statusCode"])
            self.end_headers()
            self.wfile.write(answer["body"].encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_anybody_checks_signature_and_chain_from_outside(
    site: str, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    publish(SCORE)
    publish(changed(**LATER), moment="2026-11-23T08:00Z")

    assert main([f"{site}/score/acme"]) == 0

    told = capsys.readouterr().out
    assert "Acme: NPS -7 (95% interval -12 to -1)" in told
    assert "1419 answers from 2025-11-17 to 2026-11-22" in told
    assert "release 2, 2 releases, each naming the one before, since 2026-11-16" in told
    assert "The keys are the site's own" in told
    keys = tmp_path / "keys.json"
    keys.write_bytes(boto3.client("s3").get_object(Bucket=DATA, Key=object_keys.score_keys())["Body"].read())
    assert main([f"{site}/score/acme.json", "--key", str(keys)]) == 0
    assert main([f"{site}/score/acme.json", "--key", json.loads(keys.read_text())["keys"][0]["x"]]) == 0
    assert "site's own" not in capsys.readouterr().out


def test_a_release_that_was_exchanged_or_is_gone_is_told(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    publish(SCORE)
    publish(changed(**LATER), moment="2026-11-23T08:00Z")
    bucket, key = boto3.client("s3"), release_key("acme", WHOLE, 1)
    forged = load_score_keys("score-keys").sign(changed(nps=70).payload(1, "", "2026-11-16T09:00:00+01:00"))
    bucket.put_object(Bucket=DATA, Key=key, Body=forged.to_json())

    assert main([f"{site}/score/acme"]) == 1
    assert "Release 1 is not the one that the next one names" in capsys.readouterr().err
    bucket.delete_object(Bucket=DATA, Key=key)
    assert main([f"{site}/score/acme"]) == 1
    assert "release=1 answers with 404" in capsys.readouterr().err
    assert main([f"{site}/score/nobody"]) == 1
