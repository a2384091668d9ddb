"""The streams of clients' mail, read from the config bucket."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from functions.shared.adapters.mail_streams import RECHECK_SECONDS, S3MailStreams
from functions.shared.domain.mail_stream import MailStream
from functions.shared.domain.object_keys import mail_stream

BUCKET = "klankbord-config"


class Time:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield client


def put(s3: Any, stream: MailStream) -> None:
    s3.put_object(Bucket=BUCKET, Key=mail_stream("vaart"), Body=stream.as_json())


def test_a_stream_is_asked_for_once_in_a_while(s3: Any) -> None:
    time = Time()
    streams = S3MailStreams(s3, BUCKET, time)
    put(s3, MailStream("Klankbord-vaart"))
    assert streams.of("vaart") == MailStream("Klankbord-vaart")

    put(s3, MailStream("Klankbord-vaart", "Klankbord-vaart"))
    time.now = RECHECK_SECONDS - 1
    assert streams.of("vaart") == MailStream("Klankbord-vaart")
    time.now = RECHECK_SECONDS
    assert streams.of("vaart") == MailStream("Klankbord-vaart", "Klankbord-vaart")


def test_that_a_client_has_no_stream_is_believed_as_long(s3: Any) -> None:
    time = Time()
    streams = S3MailStreams(s3, BUCKET, time)
    assert streams.of("vaart") is None

    put(s3, MailStream("Klankbord-vaart"))
    assert streams.of("vaart") is None
    time.now = RECHECK_SECONDS
    assert streams.of("vaart") == MailStream("Klankbord-vaart")


def test_a_bucket_that_does_not_answer_is_not_taken_for_a_client_without_a_stream(s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3MailStreams(s3, "another").of("vaart")


def test_while_the_bucket_does_not_answer_what_was_known_holds(s3: Any) -> None:
    time = Time()
    streams = S3MailStreams(s3, BUCKET, time)
    put(s3, MailStream("Klankbord-vaart"))
    assert streams.of("vaart") == MailStream("Klankbord-vaart")

    def fail(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3.example")

    s3.meta.events.register("before-call.s3.GetObject", fail)
    time.now = RECHECK_SECONDS
    assert streams.of("vaart") == MailStream("Klankbord-vaart")
    with pytest.raises(EndpointConnectionError):
        streams.of("pebble")

    s3.meta.events.unregister("before-call.s3.GetObject", fail)
    put(s3, MailStream("Klankbord-vaart", "Klankbord-vaart"))
    assert streams.of("vaart") == MailStream("Klankbord-vaart", "Klankbord-vaart")
