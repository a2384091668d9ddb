"""A client's report through the survey's site, for the readers to whom a link was mailed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import boto3
import pytest

from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.report_links import sign_report_token
from tests.worlds.survey_aws import CONFIG, DATA, SurveyFunction, deployed_survey
from tests.worlds.survey_world import NOW, bundle

READER = "directie@acme.nl"
REPORT = '<!doctype html><html lang="nl"><title>Rapport</title><a href="data:text/csv,x" download="x.csv">x</a></html>'


def with_readers(*readers: str) -> ClientBundle:
    own = bundle()
    return own.model_copy(update={"client": own.client.model_copy(update={"readers": readers})})


@pytest.fixture
def survey() -> Iterator[SurveyFunction]:
    with deployed_survey([with_readers(READER)]) as function:
        yield function


def put_report() -> None:
    boto3.client("s3").put_object(Bucket=DATA, Key=object_keys.report("acme"), Body=REPORT.encode())


def path(survey: SurveyFunction, client: str = "acme", until: datetime = NOW + timedelta(days=15)) -> str:
    return f"/r/{sign_report_token(survey.keys, client, READER, until)}"


def test_a_reader_opens_the_report_and_nothing_of_it_runs_or_is_kept(survey: SurveyFunction) -> None:
    put_report()

    answer = survey.call("GET", path(survey))

    assert (answer["statusCode"], answer["body"]) == (200, REPORT)
    assert answer["headers"]["Cache-Control"] == "no-store"
    assert answer["headers"]["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["headers"]["X-Robots-Tag"]
    policy = answer["headers"]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-downloads" in policy
    assert "script-src" not in policy


def test_a_link_expires_with_words_that_say_where_a_new_one_is(survey: SurveyFunction) -> None:
    put_report()
    link = path(survey)
    survey.travel(days=15, seconds=1)

    answer = survey.call("GET", link)

    assert answer["statusCode"] == 410
    assert "maandag" in answer["body"]
    assert "Rapport" not in answer["body"]


def test_who_is_no_reader_any_more_has_lost_the_report(survey: SurveyFunction) -> None:
    put_report()
    link = path(survey)
    boto3.client("s3").put_object(
        Bucket=CONFIG, Key=object_keys.current_bundle("acme"), Body=with_readers("x@acme.nl").model_dump_json().encode()
    )
    survey.travel(minutes=10)  # a client is kept for some minutes

    assert survey.call("GET", link)["statusCode"] == 404


def test_nothing_else_opens_a_report(survey: SurveyFunction) -> None:
    put_report()

    for wrong in (
        path(survey)[:-1],
        path(survey, client="nobody"),
        survey.path().replace("/s/", "/r/"),
        "/r/",
        "/r/x",
    ):
        assert survey.call("GET", wrong)["statusCode"] == 404, wrong
    assert survey.call("POST", path(survey), {"a": "b"})["statusCode"] in (404, 405)


def test_before_the_first_report_there_is_nothing(survey: SurveyFunction) -> None:
    assert survey.call("GET", path(survey))["statusCode"] == 404
