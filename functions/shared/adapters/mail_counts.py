"""What a client's mails of the last day came to, in DynamoDB.

Mails are counted in memory and written once a batch, an item a minute: a crash leaves a batch of them out, which
makes no share smaller. A bounce or a complaint is an item of its own, written before the invitation is: there are few
of them, and a report that comes again, or a batch that is worked off twice, finds its item there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock

from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import MailCount
from functions.shared.domain.reputation import DayOfMail, Fault

KEPT = timedelta(days=3)
_LAST = "~"
"""Sorts after every key."""


class DynamoMailCounts:
    """Counts by client. Kept for the life of a worker, and shared by its threads: it counts until it is flushed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minutes: Counter[tuple[str, int]] = Counter()
        self._metrics: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def count_sent(self, client: str, at: datetime) -> None:
        """Count a mail that SES took."""
        with self._lock:
            self._minutes[client, _minute(at)] += 1
            self._metrics[client]["mails"] += 1

    def count_delivered(self, client: str) -> None:
        """Count a mail that arrived: for the metrics only."""
        with self._lock:
            self._metrics[client]["deliveries"] += 1

    def count_fault(self, client: str, fault: Fault, mail: str, accepted_at: datetime, at: datetime) -> None:
        """Write down a bounce or a complaint of a mail (invitation and number). The same one again changes nothing."""
        what = f"{fault.value}/{_epoch(at):010d}/{mail}"
        MailCount(client, what, accepted_at=accepted_at, expires_at=at + KEPT).save()
        with self._lock:
            self._metrics[client][fault.value] += 1

    def flush(self) -> Mapping[str, Mapping[str, int]]:
        """Write the mails that were counted; return what was counted since the last flush, by client and kind.

        Kinds: mails, deliveries, bounces, complaints. Where a write fails the rest waits for the next flush.
        """
        for (client, minute), mails in list(self._minutes.items()):
            table_connection(MailCount).update_item(
                client,
                range_key=f"mails/{minute:010d}",
                actions=[
                    MailCount.mails.add(mails),
                    MailCount.expires_at.set(datetime.fromtimestamp(minute, UTC) + KEPT),
                ],
            )
            with self._lock:
                self._minutes[client, minute] -= mails
                self._minutes += Counter()  # drops the zeros
        with self._lock:
            metrics, self._metrics = self._metrics, defaultdict(Counter)
        return metrics

    def day(self, client: str, since: datetime, resumed_at: datetime | None) -> DayOfMail:
        """Return a client's mails since a moment, and the bounces and complaints that became known since then.

        Those about mails from before `resumed_at` are left out: they are why sending was paused.
        """
        mails = sum(int(item.mails or 0) for item in _since(client, "mails", _minute(since)))
        earliest = 0 if resumed_at is None else _epoch(resumed_at)
        bounces, complaints = (
            sum(1 for item in _since(client, fault.value, _epoch(since)) if _epoch(item.accepted_at) >= earliest)
            for fault in (Fault.BOUNCES, Fault.COMPLAINTS)
        )
        return DayOfMail(mails, bounces, complaints)


def _since(client: str, kind: str, since: int) -> Iterator[MailCount]:
    span = MailCount.what.between(f"{kind}/{since:010d}", f"{kind}/{_LAST}")
    return iter(MailCount.query(client, span, consistent_read=True))


def _minute(at: datetime) -> int:
    return _epoch(at) // 60 * 60


def _epoch(at: datetime) -> int:
    return int(at.timestamp())
