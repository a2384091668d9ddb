import boto3
import pytest
from moto import mock_aws

from functions.shared.adapters.keys import load_link_keys, load_pepper


@pytest.fixture
def secrets(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name="pepper", SecretString="pépper")
        client.create_secret(Name="tokens", SecretString='{"1": "one", "2": "two"}')
        yield client


def test_the_keys_are_those_of_the_secrets(secrets):
    keys = load_link_keys("tokens")

    assert load_pepper("pepper") == "pépper".encode()
    assert keys.tokens == {1: b"one", 2: b"two"}
    assert "one" not in repr(keys)


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"0": "x"}', '{"1": ""}', '{"one": "x"}'])
def test_token_keys_of_another_shape_are_refused_without_showing_them(secrets, text):
    secrets.put_secret_value(SecretId="tokens", SecretString=text)

    with pytest.raises(ValueError, match=r"The secret tokens must hold JSON") as caught:
        load_link_keys("tokens")

    assert text not in str(caught.value).replace('{"1": "<random text>"}', "")
