"""Take in what SES reports about a mail: unordered, repeated, and possibly the only sign that a mail left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.invite.roles import Invitations, Refusals
from functions.shared.domain.channels import CHANNELS
from functions.shared.domain.deliveries import (
    DeliveryReport,
    DeliveryState,
    ReportKind,
    is_first,
    is_recorded,
    next_due,
    reported,
)
from functions.shared.domain.errors import NotFound, TryAgain
from functions.shared.domain.reputation import Fault
from functions.shared.services.clients import Clients
from functions.shared.services.feedback_blocks import FeedbackBlocks
from functions.shared.services.opt_outs import OptOuts

_TRIES = 5
_FAULTS = {ReportKind.BOUNCED: Fault.BOUNCES, ReportKind.COMPLAINED: Fault.COMPLAINTS}


class Suppressions(Protocol):
    """The addresses that a client may not write to any more; the first reason stays."""

    def suppress(self, address_key: str, client: str, reason: str, at: datetime) -> None: ...


class MailCounts(Protocol):
    """What a client's mails come to. The same fault again changes nothing."""

    def count_sent(self, client: str, at: datetime) -> None: ...
    def count_delivered(self, client: str) -> None: ...
    def count_fault(self, client: str, fault: Fault, mail: str, accepted_at: datetime, at: datetime) -> None: ...


@dataclass(frozen=True)
class Tracking:
    """The use case, with what it works on."""

    invitations: Invitations
    suppressions: Suppressions
    opt_outs: OptOuts
    blocks: FeedbackBlocks
    clients: Clients
    counts: MailCounts
    refusals: Refusals

    def prefetch(self, invitation_ids: Iterable[str]) -> dict[str, DeliveryState]:
        """Return where invitations stand, for `track`: one read, however many they are."""
        return dict(self.invitations.find(invitation_ids))

    def track(self, report: DeliveryReport, prefetched: dict[str, DeliveryState] | None = None) -> DeliveryState | None:
        """Take in one report; return where its invitation stands now, None where it does not exist (any more).

        `prefetched` is what `prefetch` returned, kept up to date here; without it the invitation is read. It may be
        old: the write is refused where the invitation changed. The invitation is written last, so that a crash repeats
        the rest. Raises TryAgain where others keep changing it.
        """
        prefetched = {} if prefetched is None else prefetched
        for _ in range(_TRIES):
            delivery = prefetched.pop(report.invitation_id, None) or self._find(report.invitation_id)
            if delivery is None:
                return None
            after = reported(delivery, report, self._next_due(delivery, report))
            self._effects(delivery, report)
            if self.invitations.save(delivery, after):
                prefetched[report.invitation_id] = after
                self._count(delivery, report)
                return after
        raise TryAgain(f"The invitation {report.invitation_id} keeps changing; its report waits.")

    def _find(self, invitation_id: str) -> DeliveryState | None:
        return self.invitations.find([invitation_id]).get(invitation_id)

    def _next_due(self, delivery: DeliveryState, report: DeliveryReport) -> datetime | None:
        if is_recorded(delivery, report.number):
            return None
        try:
            return next_due(delivery, report.number, report.accepted_at, self.clients.load(delivery.client))
        except NotFound:
            return None

    def _count(self, before: DeliveryState, report: DeliveryReport) -> None:
        if not CHANNELS[before.channel].has_reputation:
            return
        if not is_recorded(before, report.number):  # else the sender counted it
            self.counts.count_sent(before.client, report.accepted_at)
        if report.kind is ReportKind.DELIVERED and is_first(before, report):
            self.counts.count_delivered(before.client)

    def _effects(self, delivery: DeliveryState, report: DeliveryReport) -> None:
        bounced = report.number == 0 and report.kind in (ReportKind.BOUNCED, ReportKind.REJECTED)
        never_asked = bounced and not delivery.reached  # a bounce may come days after a delivery, or an answer
        if report.number == 0 and not delivery.accepted_at and not bounced and not delivery.is_over:
            self._restart_block(delivery, report)
        if report.kind in _FAULTS and report.costs and is_first(delivery, report):
            self.counts.count_fault(
                delivery.client,
                _FAULTS[report.kind],
                report.mail,
                report.accepted_at,
                report.at,
            )
        if report.kind is ReportKind.BOUNCED:
            self.suppressions.suppress(delivery.address_key, delivery.client, "bounce", report.at)
        elif report.kind is ReportKind.COMPLAINED:
            self.suppressions.suppress(delivery.address_key, delivery.client, "complaint", report.at)
            self.opt_outs.opt_out(delivery.recipient, "complaint", report.at)
        if never_asked:
            if report.kind is ReportKind.REJECTED:
                self.refusals.note(delivery, report.at)
            self.blocks.release(delivery)

    def _restart_block(self, delivery: DeliveryState, report: DeliveryReport) -> None:
        try:
            client = self.clients.load(delivery.client).client
        except NotFound:
            return
        self.blocks.restart(delivery, client, report.accepted_at)
