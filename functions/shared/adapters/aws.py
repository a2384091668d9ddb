"""Clients of AWS, from one session of botocore in a worker: each further session reads 1.2 MB of endpoints anew.

That is 50 to 70 ms of CPU at a cold start for each of them, and there would be one for every table.
"""

from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session, get_session
from pynamodb.models import Model


def client(service: str, config: Config | None = None) -> Any:
    """Return a client, as boto3.client does, from the one session of this worker."""
    return _session().create_client(service, config=config)


def sending_client(service: str) -> Any:
    """Return a client that never repeats a call by itself: SES and its like know no idempotency token.

    botocore's own check of what it is given, and the User-Agent that it composes anew for each request, would be a
    quarter of the CPU of handing a mail over.
    """
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=3,
        read_timeout=10,
        parameter_validation=False,
        user_agent="klankbord",
    )
    return client(service, config)


def credentials() -> Credentials | None:
    """Return the credentials of this worker, which renew themselves; None where it has none."""
    return _session().get_credentials()


def share_connection(*models: type[Model]) -> None:
    """Let models that are bound talk through one client, of the one session.

    PynamoDB makes one for each: 50 ms of CPU and a TLS handshake for every further table at a cold start.
    """
    first, *others = (model._get_connection() for model in models)
    # A session makes one client at a time, so PynamoDB keeps one for each thread: this thread's is the worker's.
    first.connection._local.session = _session()
    for other in others:
        if other.table_name not in first.connection._tables:
            first.connection.add_meta_table(other.get_meta_table())
        other.connection = first.connection


@lru_cache(maxsize=1)
def _session() -> Session:
    return get_session()
