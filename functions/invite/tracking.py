"""Take in what SES reports about a mail: unordered, repeated, and possibly the only news that a mail left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.invite.roles import Clients, Invitations
from functions.shared.domain.channels import CHANNELS
from functions.shared.domain.deliveries import (
    MailReport,
    Report,
    Standing,
    is_first,
    is_recorded,
    next_due,
    reported,
)
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.reputation import Fault
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts

_TRIES = 5
_FAULTS = {Report.BOUNCED: Fault.BOUNCES, Report.COMPLAINED: Fault.COMPLAINTS}


class Suppressions(Protocol):
    """The addresses that a client may not write to any more; the first reason stays."""

    def suppress(self, address_key: str, client: str, reason: str, at: datetime) -> None: ...


class MailCounts(Protocol):
    """What a client's mails come to. The same fault again changes nothing."""

    def count_sent(self, client: str, at: datetime) -> None: ...
    def delivered(self, client: str) -> None: ...
    def fault(self, client: str, fault: Fault, mail: str, accepted_at: datetime, at: datetime) -> None: ...


@dataclass(frozen=True)
class Tracking:
    """The use case, with what it works on."""

    invitations: Invitations
    suppressions: Suppressions
    opt_outs: OptOuts
    blocks: FeedbackBlocks
    clients: Clients
    counts: MailCounts

    def look(self, invitation_ids: Iterable[str]) -> dict[str, Standing]:
        """Return where invitations stand, for `track`: one read, however many they are."""
        return dict(self.invitations.find(invitation_ids))

    def track(self, news: MailReport, seen: dict[str, Standing] | None = None) -> Standing | None:
        """Take in one report; return where its invitation stands now, None where it does not exist (any more).

        `seen` is what a look ahead found, kept up to date here; without it the invitation is read. It may be old: the
        write is refused where the invitation changed. The invitation is written last, so that a crash repeats the
        rest. Raises TryAgain where others keep changing it.
        """
        seen = {} if seen is None else seen
        for _ in range(_TRIES):
            standing = seen.pop(news.invitation_id, None) or self._find(news.invitation_id)
            if standing is None:
                return None
            after = reported(standing, news, self._next_due(standing, news))
            self._effects(standing, news)
            if self.invitations.save(standing, after):
                seen[news.invitation_id] = after
                self._count(standing, news)
                return after
        raise TryAgain(f"The invitation {news.invitation_id} keeps changing; its report waits.")

    def _find(self, invitation_id: str) -> Standing | None:
        return self.invitations.find([invitation_id]).get(invitation_id)

    def _next_due(self, standing: Standing, news: MailReport) -> datetime | None:
        if is_recorded(standing, news.number):
            return None
        try:
            return next_due(standing, news.number, news.accepted_at, self.clients.load(standing.client))
        except NotFound:
            return None

    def _count(self, before: Standing, news: MailReport) -> None:
        if not CHANNELS[before.channel].has_reputation:
            return
        if not is_recorded(before, news.number):  # else the sender counted it
            self.counts.count_sent(before.client, news.accepted_at)
        if news.report is Report.DELIVERED and is_first(before, news):
            self.counts.delivered(before.client)

    def _effects(self, standing: Standing, news: MailReport) -> None:
        never_asked = news.number == 0 and news.report in (Report.BOUNCED, Report.REJECTED)
        if news.number == 0 and not standing.accepted_at and not never_asked and not standing.is_over:
            self._restart_block(standing, news)
        if news.report in _FAULTS and news.costs and is_first(standing, news):
            self.counts.fault(standing.client, _FAULTS[news.report], news.mail, news.accepted_at, news.at)
        if news.report is Report.BOUNCED:
            self.suppressions.suppress(standing.address_key, standing.client, "bounce", news.at)
        elif news.report is Report.COMPLAINED:
            self.suppressions.suppress(standing.address_key, standing.client, "complaint", news.at)
            self.opt_outs.opt_out(standing.recipient, "complaint", news.at)
        if never_asked:
            self.blocks.release(standing)

    def _restart_block(self, standing: Standing, news: MailReport) -> None:
        try:
            client = self.clients.load(standing.client).client
        except NotFound:
            return
        self.blocks.restart(standing, client, news.accepted_at)
