"""Notices: mails to a client's own contact about its own data, never to a customer.

Their messages carry names and figures only; nothing in them is about a person.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from functions.shared.domain.digest import KINDS, VERDICTS, Digest, News
from functions.shared.domain.errors import BadInput

REFUSALS_TOGETHER = 2 * 3600
"""Seconds: what is refused in such a stretch of time is told in one mail. Its message goes back to the queue each 15
minutes until then."""

Turn = Literal["paused", "resumed"]
Why = Literal["bounces", "complaints"]


@dataclass(frozen=True)
class ReceiptNotice:
    """The receipt of an upload is final: complete or failed."""

    client: str
    receipt: str
    """Key of the receipt's JSON in the upload bucket."""
    upload: str
    """Which upload it is the receipt of: files of the same name come again, and each has its own mail."""

    @property
    def name(self) -> str:
        """Return what tells this notice from every other: two with the same name are one."""
        return f"receipt/{self.client}/{self.receipt}/{self.upload}"


@dataclass(frozen=True)
class SendingNotice:
    """A client's sending was paused, or goes on."""

    notice: Turn
    client: str
    since: int
    """Epoch seconds at which it was paused, or resumed."""
    why: Why
    share: float
    """Per cent of the mails that bounced, or that somebody complained about."""
    mails: int
    """The mails that the share is of."""

    @property
    def name(self) -> str:
        """Return what tells this notice from every other: two with the same name are one."""
        return f"{self.notice}/{self.client}/{self.since}"


@dataclass(frozen=True)
class RefusalNotice:
    """Invitations that the receipts call invited were refused when their message was made or handed over."""

    client: str
    since: int
    """Epoch seconds: the begin of the stretch of REFUSALS_TOGETHER in which that happened."""

    @property
    def name(self) -> str:
        """Return what tells this notice from every other: two with the same name are one."""
        return f"refused/{self.client}/{self.since}"

    @property
    def until(self) -> int:
        """The end of the stretch, from which on the notice can be written."""
        return self.since + REFUSALS_TOGETHER


@dataclass(frozen=True)
class DigestNotice:
    """The digest of a week, for each of the client's readers."""

    client: str
    digest: Digest

    @property
    def name(self) -> str:
        """Return what tells this notice from every other: two with the same name are one."""
        return f"digest/{self.client}/{self.digest.week}"


def refusal_notice(client: str, at: datetime) -> RefusalNotice:
    """Return the notice of what was refused around a moment."""
    return RefusalNotice(client, int(at.timestamp()) // REFUSALS_TOGETHER * REFUSALS_TOGETHER)


Notice = ReceiptNotice | SendingNotice | RefusalNotice | DigestNotice


def to_message(notice: Notice) -> dict[str, Any]:
    """Return a notice as the JSON of a message: `notice` says of which kind it is."""
    kinds = {
        ReceiptNotice: {"notice": "receipt"},
        RefusalNotice: {"notice": "refused"},
        DigestNotice: {"notice": "digest"},
    }
    return kinds.get(type(notice), {}) | asdict(notice)


def of_message(message: Mapping[str, Any]) -> Notice:
    """Return the notice in a message. Raises BadInput where there is none."""
    try:
        kind = message["notice"]
        if kind == "receipt":
            return ReceiptNotice(str(message["client"]), str(message["receipt"]), str(message["upload"]))
        if kind == "refused":
            return RefusalNotice(str(message["client"]), int(message["since"]))
        if kind == "digest":
            return DigestNotice(str(message["client"]), _digest(message["digest"]))
        if kind not in ("paused", "resumed") or message["why"] not in ("bounces", "complaints"):
            raise ValueError(kind)
        return SendingNotice(
            notice=kind,
            client=str(message["client"]),
            since=int(message["since"]),
            why=message["why"],
            share=float(message["share"]),
            mails=int(message["mails"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("This message is no notice.") from error


def _digest(told: Mapping[str, Any]) -> Digest:
    news = []
    for one in told["news"]:
        if one["kind"] not in KINDS or one["verdict"] not in VERDICTS:
            raise ValueError(one["kind"])
        figures = (int(one[figure]) for figure in ("score", "low", "high", "n"))
        news.append(News(one["kind"], str(one["name"]), one["verdict"], *figures))
    score, low, high, n = (int(told[figure]) for figure in ("score", "low", "high", "n"))
    return Digest(str(told["week"]), score, low, high, n, tuple(news), tuple(told["holding"]))
