"""The stream that a client's mail flows in at SES: what keeps its reputation apart from that of other clients."""

import json
from dataclasses import asdict, dataclass

MAX_NAME_LENGTH = 64
"""Characters of the name of a configuration set or a tenant."""


@dataclass(frozen=True)
class MailStream:
    """What SES is told with each mail of a client, as its onboarding set it up."""

    configuration_set: str
    tenant: str | None = None
    """None: the client has no tenant of its own."""

    def as_json(self) -> str:
        """Return what is kept in the config bucket."""
        return json.dumps(asdict(self))


def stream_prefix(deployment: str) -> str:
    """Return how the names of a deployment's configuration sets and tenants begin.

    A deployment's name has no hyphen, so that no prefix is the beginning of another deployment's.
    """
    return f"{deployment}-"


def stream_name(deployment: str, client: str) -> str:
    """Return the name of a client's configuration set, and of its tenant."""
    return f"{stream_prefix(deployment)}{client}"


def read_stream(text: str | bytes) -> MailStream:
    """Return the stream that is kept in the config bucket. Raises ValueError for anything else."""
    kept = json.loads(text)
    try:
        return MailStream(str(kept["configuration_set"]), str(kept["tenant"]) if kept["tenant"] else None)
    except (KeyError, TypeError) as error:
        raise ValueError("this is no stream of mail") from error
