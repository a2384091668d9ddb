"""The rows of a chunk, admitted: the rules, the quota, the feedback block, the contact, the invitation. In this order.

Crash and retry: the claim of the block is the decision. A retry finds its own claim and writes the invitation that is
missing, whatever the rules would say by then; it finds its own invitation and says `invited` again, with the same send
time. The sender asks opt-out, suppression and block again before each mail.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from functions.crm_import.admission.quota_reservation import QuotaReservation
from functions.crm_import.columns.row import Row
from functions.crm_import.messages import translate
from functions.crm_import.roles import Admissions, Quotas
from functions.shared.domain.admission import NOTHING_KNOWN, Candidate, Known, Verdict, judge
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.feedback_block import BlockState, block_end
from functions.shared.domain.interaction import Decision, Interaction, RowOutcome
from functions.shared.domain.send_times import days_off, planned_send_time
from functions.shared.domain.upload import Claim, PlannedInvitation, UploadRecord


class ChunkAdmission:
    """Admits the rows of one chunk of an upload at one moment, `now` (zone-aware). Decides once."""

    def __init__(
        self,
        bundle: ClientBundle,
        upload: UploadRecord,
        chunk: int,
        now: datetime,
        admissions: Admissions,
        quotas: Quotas,
    ) -> None:
        client = bundle.client
        self._client = client
        self._upload = upload
        self._now = now
        self._admissions = admissions
        self._quota = QuotaReservation(bundle, upload.received_at, f"{upload.contents[:16]}-{chunk}", quotas)
        self._rules = {touchpoint: bundle.rules(touchpoint) for touchpoint in bundle.touchpoints}
        self._block_end = block_end(now, client.feedback_block, client.zone)
        self._send_at = planned_send_time(
            now, client.send_window, client.zone, days_off(client.country, client.holidays)
        ).replace(microsecond=0)
        self._known: Mapping[str, Known] = {}
        self._blocks: dict[str, BlockState] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._invited: Counter[str] = Counter()
        self._touchpoints: set[str] = set()

    def decide(self, rows: Sequence[Row]) -> list[Decision]:
        """Return a decision for every row, in order, after all that it promises is written."""
        self._verdicts = {row.number: Verdict(row.outcome, row.why) for row in rows if row.outcome}
        waiting = [row for row in rows if not row.outcome]
        touchpoints = {_interaction(row).touchpoint for row in waiting}
        self._known = self._admissions.known([(row.invitation_id, row.person, row.address_key) for row in waiting])
        while waiting:
            # Two rows of one person: the second is judged when it is known what became of the first.
            admissible, waiting = self._judge(waiting)
            self._admit(self._seated(admissible))
        self._touchpoints = touchpoints
        self._quota.release(touchpoints, self._invited)
        return [self._told(row) for row in rows]

    def decided(self) -> None:
        """Say that the decisions are safe: nobody will admit this chunk again."""
        self._quota.commit(self._touchpoints)

    def _judge(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """Ask the rules. Return the admissible rows, one a person, and the rows that wait for what becomes of those."""
        admissible: dict[str, Row] = {}
        later = []
        for row in rows:
            if row.person in admissible:
                later.append(row)
                continue
            verdict = self._verdict(row, self._known_of(row))
            if verdict is None:
                admissible[row.person] = row
            else:
                self._decide(row, verdict)
        return list(admissible.values()), later

    def _verdict(self, row: Row, known: Known) -> Verdict | None:
        interaction = _interaction(row)
        rules = self._rules[interaction.touchpoint]
        upload = self._upload
        return judge(
            Candidate(row.invitation_id, upload.contents, row.number, interaction.occurred_at, upload.received_at),
            known,
            self._now,
            freshness=timedelta(days=rules.freshness_days or self._client.freshness_days),
            sample_share=1.0 if rules.sample_share is None else rules.sample_share,
        )

    def _seated(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows that the quota has a seat for.

        Rows that hold their block already come first: a retry has the seats of its first attempt, and they are these
        rows'.
        """
        by_touchpoint: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_touchpoint[_interaction(row).touchpoint].append(row)
        seated = []
        for touchpoint, group in by_touchpoint.items():
            group.sort(key=self._holds_block, reverse=True)
            granted, limit = self._quota.reserve(touchpoint, self._invited[touchpoint], len(group))
            for place, row in enumerate(group):
                if place < granted:
                    seated.append(row)
                else:
                    self._decide(row, Verdict(RowOutcome.OVER_QUOTA, limit))
        return seated

    def _admit(self, rows: Sequence[Row]) -> None:
        """Claim, then write contact and invitation: whoever is asked has a contact and holds a block."""
        claims = [Claim(row.person, row.invitation_id, self._known_of(row).block is not None) for row in rows]
        admitted = []
        for row, stops in zip(rows, self._admissions.claim(claims, self._now, self._block_end), strict=True):
            self._blocks[row.person] = stops or BlockState(row.invitation_id, self._block_end)
            if stops is None:
                admitted.append(row)
            else:
                self._decide(row, Verdict(RowOutcome.BLOCKED, "blocked", eligible_again_at=stops.expires_at))
        planned = [self._planned(row) for row in admitted]
        self._admissions.keep_contacts(planned)
        for row, standing in zip(admitted, self._admissions.create(planned), strict=True):
            # What stands already was made by another attempt, or another file, since we looked.
            stood = self._verdict(row, Known(invitation=standing)) if standing else None
            self._decide(row, stood or Verdict(RowOutcome.INVITED, send_at=self._send_at))

    def _planned(self, row: Row) -> PlannedInvitation:
        return PlannedInvitation(
            invitation_id=row.invitation_id,
            person=row.person,
            address_key=row.address_key,
            employee_key=row.employee_key,
            interaction=_interaction(row),
            upload=self._upload.contents,
            row=row.number,
            imported_at=self._upload.received_at,
            planned_at=self._send_at,
            expires_at=self._send_at + timedelta(days=self._client.expires_after_days),
            channel=row.channel,
        )

    def _known_of(self, row: Row) -> Known:
        known = self._known.get(row.invitation_id, NOTHING_KNOWN)
        block = self._blocks.get(row.person)
        return known if block is None else replace(known, block=block)

    def _holds_block(self, row: Row) -> bool:
        block = self._known_of(row).block
        return block is not None and block.invitation_id == row.invitation_id and block.expires_at > self._now

    def _decide(self, row: Row, verdict: Verdict) -> None:
        self._verdicts[row.number] = verdict
        if verdict.outcome is RowOutcome.INVITED:
            self._invited[_interaction(row).touchpoint] += 1

    def _told(self, row: Row) -> Decision:
        verdict = self._verdicts[row.number]
        reason = translate(self._client.languages[0], verdict.why, **row.values)
        interaction = row.interaction
        first = row.outcome is not RowOutcome.DUPLICATE  # set where the same interaction stands earlier in the file
        return Decision(
            row.number,
            verdict.outcome,
            reason,
            verdict.eligible_again_at,
            verdict.send_at,
            interaction_id=interaction.interaction_id if interaction else "",
            team=interaction.team if interaction else None,
            employee=row.employee_key if self._client.per_employee else None,
            interactions=int(interaction is not None and first and not row.again),
            with_address=int(interaction is not None and first and interaction.address is not None),
        )


def _interaction(row: Row) -> Interaction:
    if row.interaction is None:
        raise ValueError(f"row {row.number} has no interaction and no outcome")
    return row.interaction
