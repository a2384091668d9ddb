"""A score that a client publishes: once a week, for everybody, each release naming the one before."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from functions.shared.domain.base64url import decoded
from functions.shared.domain.client import ClientBundle

FORMAT = "klankbord-score/1"
METHOD = (
    "NPS: share of scores 9-10 less share of scores 0-6, of everybody who answered how likely they are to recommend,"
    " from 0 to 10. Interval: adjusted Wald (3/4 added to promoters and detractors, 3/2 to passives), 95 %. The client"
    " hands over its contacts; who of them is invited is decided by rules that are the same for all, and one response"
    " an invitation counts. Answers count in whole batches of at least the threshold. Response rate: completed of"
    " delivered, of invitations that had all their time."
)


@dataclass(frozen=True)
class PublicScore:
    """A release of a client's score, or of a touchpoint's (`touchpoint`, empty for the whole client).

    Days are yyyy-mm-dd, of the client's time zone; scores are whole points, -100..100.
    """

    client: str
    name: str
    touchpoint: str
    touchpoint_name: str
    first_day: str
    last_day: str
    time_zone: str
    nps: int
    low: int
    high: int
    answers: int
    completed: int
    delivered: int
    suspect: int
    partial: int
    threshold: int

    def payload(self, number: int, previous: str, published_at: str) -> bytes:
        """Return what is signed, as JSON; `previous` is the hash of the release before, empty for the first."""
        told: dict[str, Any] = {
            "format": FORMAT,
            "release": number,
            "previous": previous,
            "published_at": published_at,
            "client": {"id": self.client, "name": self.name},
            "touchpoint": {"id": self.touchpoint, "name": self.touchpoint_name} if self.touchpoint else None,
            "period": {"first_day": self.first_day, "last_day": self.last_day, "time_zone": self.time_zone},
            "nps": {"score": self.nps, "interval": {"confidence": 0.95, "low": self.low, "high": self.high}},
            "answers": self.answers,
            "response": {"completed": self.completed, "delivered": self.delivered},
            "not_counted": {"suspect": self.suspect, "partial": self.partial},
            "smallest_group": self.threshold,
            "method": METHOD,
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def place(self) -> str:
        """The touchpoint, or what stands for all of them: no slug."""
        return self.touchpoint or WHOLE


WHOLE = "_"
"""In the place of a touchpoint: the whole client."""


def public_places(bundle: ClientBundle) -> list[str]:
    """Return the touchpoints whose scores a client publishes, and WHOLE where it does so with that of all."""
    places = [name for name, touchpoint in bundle.touchpoints.items() if touchpoint.public_score]
    return [*([WHOLE] if bundle.client.public_score else []), *places]


def release_hash(payload: bytes) -> str:
    """Return what the next release calls this one by."""
    return f"sha256:{hashlib.sha256(payload).hexdigest()}"


@dataclass(frozen=True)
class SignedScore:
    """A release as it is published: a flattened JWS (RFC 7515, with the keys of RFC 8037), and beside it what it says.

    `protected`, `payload` and `signature` are base64url without padding.
    """

    protected: str
    payload: str
    signature: str
    score: Any

    @property
    def signed(self) -> bytes:
        """What was signed: the payload of the release."""
        return decoded(self.payload)

    @classmethod
    def from_json(cls, file: bytes) -> "SignedScore":
        """Read a file of our own."""
        return cls(**json.loads(file))

    def to_json(self) -> bytes:
        """Return the file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2).encode()
