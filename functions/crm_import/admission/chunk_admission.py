"""The rows of a chunk, admitted: the rules, the quota, the feedback block, the contact, the invitation. In this order.

Crash and retry: the claim of the block is the decision. A retry finds its own claim and writes the invitation that is
missing, whatever the rules would say by then; it finds its own invitation and says `invited` again, with the same send
time. The sender asks opt-out, suppression and block again before each mail.

A block belongs to whom its invitation asks. A row that claimed one and is not invited in the end (the address was
blocked, the interaction was another person's invitation by then, the table refused the row) lets it go.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from functions.crm_import.admission.quota_reservation import QuotaReservation
from functions.crm_import.columns.dimensions import DimensionReader
from functions.crm_import.columns.row import Row
from functions.crm_import.messages import translate
from functions.crm_import.roles import Admissions, KnownCustomers, Quotas
from functions.shared.domain.admission import (
    NOTHING_KNOWN,
    Candidate,
    ExistingInvitation,
    Known,
    RefusedWrite,
    Verdict,
    judge,
)
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.customer_attributes import NO_ATTRIBUTES, Attributes, CustomerRecord, as_of
from functions.shared.domain.feedback_block import BlockState, block_end, block_keys
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
        customers: KnownCustomers | None = None,
    ) -> None:
        client = bundle.client
        self._client = client
        self._upload = upload
        self._now = now
        self._admissions = admissions
        self._quota = QuotaReservation(bundle, upload.received_at, f"{upload.contents[:16]}-{chunk}", quotas)
        self._dimensions = DimensionReader(client)
        self._customers = customers if any(one.customer is not None for one in client.dimensions) else None
        self._customers_known: Mapping[str, CustomerRecord] = {}
        self._rules = {touchpoint: bundle.rules(touchpoint) for touchpoint in bundle.touchpoints}
        self._block_end = block_end(now, client.feedback_block, client.zone)
        self._send_at = planned_send_time(
            now, client.send_window, client.zone, days_off(client.country, client.holidays)
        ).replace(microsecond=0)
        self._known: Mapping[str, Known] = {}
        self._blocks: dict[str, BlockState | None] = {}
        """By key: what this chunk changed since they were read."""
        self._unused: list[Claim] = []
        """Claims of rows that were not invited, to be released."""
        self.refused: Counter[str] = Counter()
        """Rows that the tables refused, by DynamoDB's code."""
        self._verdicts: dict[int, Verdict] = {}
        self._invited: Counter[str] = Counter()
        self._touchpoints: set[str] | None = None
        """Of the rows; None where they are not known."""

    def decide(self, rows: Sequence[Row]) -> list[Decision]:
        """Return a decision for every row, in order, after all that it promises is written."""
        self._verdicts = {row.number: Verdict(row.outcome, row.why) for row in rows if row.outcome}
        waiting = [row for row in rows if not row.outcome]
        touchpoints = {_interaction(row).touchpoint for row in waiting}
        self._known = self._admissions.known(
            [(row.invitation_id, row.person, row.address_key, *filter(None, (row.former_key,))) for row in waiting]
        )
        while waiting:
            # Two rows of one person or address: the second is judged when it is known what became of the first.
            admissible, waiting = self._judge(waiting)
            self._admit(self._seated(admissible))
            self._release()
        self._touchpoints = touchpoints
        self._quota.release(touchpoints, self._invited)
        return [self._decision_of(row) for row in rows]

    def decided(self) -> None:
        """Say that the decisions are safe: nobody will admit this chunk again. May be repeated."""
        self._quota.commit(self._rules if self._touchpoints is None else self._touchpoints)

    def _judge(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """Ask the rules. Return the admissible rows, one a person, and the rows that wait for what becomes of those."""
        admissible: list[Row] = []
        asked: set[str] = set()
        later = []
        for row in rows:
            keys = self._keys(row)
            if not asked.isdisjoint(keys):
                later.append(row)
                continue
            known = self._known_of(row)
            verdict = self._verdict(row, known)
            if verdict is None:
                admissible.append(row)
                asked.update(keys)
            else:
                self._decide(row, verdict, known.invitation)
        return admissible, later

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
        admitted = self._claimed(rows)
        if self._customers:
            self._customers_known = self._customers.find(key for row in admitted for key in _customer_keys(row))
        planned = [self._planned(row) for row in admitted]
        refused = self._admissions.keep_contacts(planned)
        admitted = self._accepted(admitted, refused)
        planned = [one for one, refusal in zip(planned, refused, strict=True) if refusal is None]
        created = self._admissions.create(planned)
        self._accepted(admitted, [one if isinstance(one, RefusedWrite) else None for one in created])
        for row, existing in zip(admitted, created, strict=True):
            if existing is None:
                self._decide(row, Verdict(RowOutcome.INVITED, send_at=self._send_at))
            elif isinstance(existing, ExistingInvitation):
                # It was made by another attempt, or another file, since we looked.
                verdict = self._verdict(row, Known(invitation=existing))
                self._decide(row, verdict or Verdict(RowOutcome.INVITED, send_at=self._send_at), existing)

    def _claimed(self, rows: Sequence[Row]) -> list[Row]:
        """Claim the blocks of rows that have no key in common; return the rows that hold all of theirs now."""
        claims = [
            self._claim(row, key, known=self._block(row, key) is not None) for row in rows for key in self._keys(row)
        ]
        stops = dict(
            zip(
                [claim.key for claim in claims],
                self._admissions.claim(claims, self._now, self._block_end),
                strict=True,
            )
        )
        admitted = []
        for row in rows:
            for key in self._keys(row):
                self._blocks[key] = stops[key] or self._own_block(row)
            ends = [stop.expires_at for key in self._keys(row) if (stop := stops[key]) is not None]
            if ends:
                self._decide(row, Verdict(RowOutcome.BLOCKED, "blocked", eligible_again_at=max(ends)))
            else:
                admitted.append(row)
        return admitted

    def _accepted(self, rows: Sequence[Row], refused: Sequence[RefusedWrite | None]) -> list[Row]:
        """Decide the rows that the tables refused for what they hold; return the others."""
        accepted = []
        for row, refusal in zip(rows, refused, strict=True):
            if refusal is None:
                accepted.append(row)
                continue
            self.refused[refusal.code] += 1
            self._decide(row, Verdict(RowOutcome.INVALID, "not_stored"))
        return accepted

    def _release(self) -> None:
        if self._unused:
            self._admissions.release_blocks(self._unused)
            self._unused = []

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
            domain_key=row.domain_key,
            dimensions=self._dimensions.values(_interaction(row), self._attributes(row)),
        )

    def _attributes(self, row: Row) -> Attributes:
        """Return what was known of the customer of a row at the moment of the interaction."""
        for key in _customer_keys(row):
            if key in self._customers_known:
                return as_of(self._customers_known[key].history, _interaction(row).occurred_at)
        return NO_ATTRIBUTES

    def _claimant(self, row: Row) -> str:
        return f"{self._upload.contents[:16]}/{row.number}"

    def _own_block(self, row: Row) -> BlockState:
        return BlockState(row.invitation_id, self._block_end, frozenset([self._claimant(row)]))

    def _claim(self, row: Row, key: str, *, known: bool) -> Claim:
        return Claim(key, row.invitation_id, self._claimant(row), known)

    def _keys(self, row: Row) -> tuple[str, ...]:
        return block_keys(row.person, row.address_key, self._client)

    def _known_of(self, row: Row) -> Known:
        known = self._known.get(row.invitation_id, NOTHING_KNOWN)
        keys = (*self._keys(row), row.former_key)
        if not known.blocks and self._blocks.keys().isdisjoint(keys):
            return known
        return replace(known, blocks={key: block for key in keys if (block := self._block(row, key)) is not None})

    def _block(self, row: Row, key: str) -> BlockState | None:
        if key in self._blocks:
            return self._blocks[key]
        return self._known.get(row.invitation_id, NOTHING_KNOWN).blocks.get(key)

    def _holds_block(self, row: Row) -> bool:
        return any(
            block.invitation_id == row.invitation_id and block.expires_at > self._now
            for block in self._known_of(row).blocks.values()
        )

    def _decide(self, row: Row, verdict: Verdict, existing: ExistingInvitation | None = None) -> None:
        """Note a verdict. A block that the row holds goes, unless it is for whom the `existing` invitation asks."""
        self._verdicts[row.number] = verdict
        if verdict.outcome is RowOutcome.INVITED:
            self._invited[_interaction(row).touchpoint] += 1
        for key in self._keys(row):
            block = self._block(row, key)
            if block is None or block.invitation_id != row.invitation_id or self._claimant(row) not in block.claimants:
                continue
            asks = existing or (row if verdict.outcome is RowOutcome.INVITED else None)
            if asks is None or key not in block_keys(asks.person, asks.address_key, self._client):
                self._unused.append(self._claim(row, key, known=True))
                self._blocks[key] = None

    def _decision_of(self, row: Row) -> Decision:
        verdict = self._verdicts[row.number]
        # Of a row that the rules were asked about, `why` is a remark beside what they say.
        whys = [verdict.why, "" if row.outcome else row.why]
        reason = "; ".join(translate(self._client.languages[0], why, **row.values) for why in whys if why)
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


def _customer_keys(row: Row) -> tuple[str, ...]:
    """Return the keys under which customer files can name whom a row is about, the surest first."""
    return tuple(dict.fromkeys(filter(None, (row.customer_key, row.person, row.address_key))))


def _interaction(row: Row) -> Interaction:
    if row.interaction is None:
        raise ValueError(f"row {row.number} has no interaction and no outcome")
    return row.interaction
