"""QuickSight's copies, in the shapes that its API has: botocore checks each call against its own description."""

import pytest
from botocore.session import get_session
from botocore.stub import Stubber

from functions.shared.adapters.spice import SpiceDataSets

CALL = {"AwsAccountId": "111122223333", "DataSetId": "klankbord-released-scores", "IngestionId": "one-1"}


@pytest.fixture
def quicksight():
    client = get_session().create_client(
        "quicksight", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    with Stubber(client) as stub:
        yield SpiceDataSets(client, "111122223333", "klankbord"), stub


def test_a_refresh_is_begun_under_its_id(quicksight):
    spice, stub = quicksight
    stub.add_response("create_ingestion", {"Status": 201}, {**CALL, "IngestionType": "FULL_REFRESH"})

    assert spice.refresh("released_scores", "one-1") == ""
    stub.assert_no_pending_responses()


def test_why_a_refresh_was_refused_is_returned(quicksight):
    spice, stub = quicksight
    stub.add_client_error("create_ingestion", "LimitExceededException")

    assert spice.refresh("released_scores", "one-1") == "LimitExceededException"


def test_how_a_refresh_went_is_told_and_one_that_is_not_known_is_none(quicksight):
    spice, stub = quicksight
    ingestion = {"Arn": "arn", "IngestionStatus": "FAILED", "CreatedTime": "2026-11-01T00:00:00Z"}
    stub.add_response("describe_ingestion", {"Ingestion": ingestion}, CALL)
    stub.add_client_error("describe_ingestion", "ResourceNotFoundException")

    assert spice.status("released_scores", "one-1") == "FAILED"
    assert spice.status("released_scores", "one-1") == ""
