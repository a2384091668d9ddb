"""PynamoDB's connections: the one place that uses private attributes of PynamoDB, for what it has no public door."""

from typing import Any

from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from functions.shared.adapters import aws


def table_connection(model: type[Model]) -> TableConnection:
    """Return the connection of a bound model: its update_item sends nothing back, where Model.update sends the item."""
    return model._get_connection()


def dynamodb_client(model: type[Model]) -> Any:
    """Return botocore's client of a bound model."""
    return table_connection(model).connection.client


def share_connection(*models: type[Model]) -> None:
    """Let models that are bound talk through one client, of this worker's one session.

    PynamoDB makes one for each: 50 ms of CPU and a TLS handshake for every further table at a cold start.
    """
    first, *others = map(table_connection, models)
    # A session makes one client at a time, so PynamoDB keeps one for each thread: this thread's is the worker's.
    first.connection._local.session = aws.session()
    for other in others:
        if other.table_name not in first.connection._tables:
            first.connection.add_meta_table(other.get_meta_table())
        other.connection = first.connection
