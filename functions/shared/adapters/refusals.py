"""Invitations that were refused after they had been admitted, in DynamoDB: an item each, among the counts of mails."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from functions.shared.adapters.item_reads import optional_value, read_items, required_value
from functions.shared.adapters.notice_queue import SqsNotices
from functions.shared.adapters.tables import Invitation, MailCount
from functions.shared.domain.deliveries import REFUSED_REASONS, DeliveryState, RefusedInvitation
from functions.shared.domain.notices import refusal_notice

_KEPT = timedelta(days=3)
_KIND = "refusals"
_MAX_TOLD = 2000
"""Of a mail; a client with more has a mistake in all of them."""


class DynamoRefusals:
    """Writes them down and has the client's contact told; the notice waits for those that follow."""

    def __init__(self, notices: SqsNotices) -> None:
        self._notices = notices
        self._put: set[str] = set()

    def note(self, delivery: DeliveryState, at: datetime) -> None:
        """Write down a refusal. The same one again changes nothing."""
        notice = refusal_notice(delivery.client, at)
        if notice.name not in self._put:  # one message for many refusals
            self._notices.put_later(notice)
            self._put.add(notice.name)
        what = f"{_KIND}/{int(at.timestamp()):010d}/{delivery.invitation_id}"
        MailCount(delivery.client, what, expires_at=at + _KEPT).save()


class RefusedInvitations:
    """Reads them."""

    def between(self, client: str, since: int, until: int) -> list[RefusedInvitation]:
        """Return the refused invitations of a stretch of time (epoch seconds), each once, those that still stand so."""
        ids = dict.fromkeys(islice(_noted(client, since, until), _MAX_TOLD))
        items = read_items({Invitation: ids})[Invitation]
        return [
            RefusedInvitation(
                required_value(item, Invitation.touchpoint),
                required_value(item, Invitation.imported_at),
                int(optional_value(item, Invitation.row) or 0),
            )
            for item in items.values()
            if (optional_value(item, Invitation.withheld_reason) or "") in REFUSED_REASONS
        ]


def _noted(client: str, since: int, until: int) -> Iterator[str]:
    span = MailCount.what.between(f"{_KIND}/{since:010d}", f"{_KIND}/{until:010d}")
    return (item.what.rpartition("/")[2] for item in MailCount.query(client, span, consistent_read=True))
