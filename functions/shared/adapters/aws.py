"""Clients of AWS where somebody waits for a cold start: botocore without boto3, one session and one DynamoDB client."""

from functools import lru_cache
from typing import Any

from botocore.session import Session, get_session
from pynamodb.models import Model


def client(service: str) -> Any:
    """Return a client, as boto3.client does, from the one session of this worker: it reads AWS's models once."""
    return _session().create_client(service)


def share_connection(*models: type[Model]) -> None:
    """Let models that are bound talk through one client.

    PynamoDB makes one for each: 50 ms of CPU and a TLS handshake for every further table at a cold start.
    """
    first, *others = (model._get_connection() for model in models)
    for other in (connection for connection in others if connection.connection is not first.connection):
        first.connection.add_meta_table(other.get_meta_table())
        other.connection = first.connection


@lru_cache(maxsize=1)
def _session() -> Session:
    return get_session()
