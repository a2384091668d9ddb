"""Clients of AWS, from one session of botocore in a worker: each further session reads 1.2 MB of endpoints anew.

That is 50 to 70 ms of CPU at a cold start for each of them, and there would be one for every table.
"""

import os
from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.session import Session, get_session


def client(service: str, config: Config | None = None) -> Any:
    """Return a client, as boto3.client does, from the one session of this worker."""
    return session().create_client(service, config=config)


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
    return session().get_credentials()


def ca_bundle() -> str | None:
    """Return the file of certificates that this worker is told to trust; None: those of botocore."""
    return session().get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")


@lru_cache(maxsize=1)
def session() -> Session:
    """Return the one session of this worker."""
    return get_session()
