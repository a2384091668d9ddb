"""Blocks, contacts and invitations of the people in an imported file, many at a time, in DynamoDB.

New items go in by BatchExecuteStatement: `INSERT` refuses an item that exists, each statement by itself, at a write
unit each (a transaction would double them). Only where there is a block item already (expired, or of this invitation)
the claim is a PutItem with the whole condition. Requests are composed as text and sent directly.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import sleep
from typing import TypeVar

from botocore.exceptions import ClientError

from functions.shared.adapters.admission_items import contact_item, invitation_item
from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.adapters.feedback_blocks import DynamoBlockClaims, read_block
from functions.shared.adapters.item_inserts import OF_THE_ITEM, WRITES_AT_ONCE, batches, insert_items
from functions.shared.adapters.item_reads import RawItem, optional_value, read_items, required_value
from functions.shared.adapters.items import ItemText, insert_writer, put_request
from functions.shared.adapters.tables import Contact, FeedbackBlock, Invitation, OptOut, Suppression
from functions.shared.domain import feedback_block
from functions.shared.domain.admission import ExistingInvitation, Known, RefusedWrite
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.upload import Claim, PlannedInvitation

_ATTEMPTS = 6

_T = TypeVar("_T")


class DynamoAdmissions:
    """The tables of admission; their models must be bound. Raises TryAgain where DynamoDB keeps lacking capacity."""

    def __init__(self, dynamodb: DirectDynamoDb) -> None:
        self._dynamodb = dynamodb
        self._blocks = DynamoBlockClaims(dynamodb)
        self._insert_invitation = insert_writer(Invitation.Meta.table_name)

    def known(self, people: Sequence[tuple[str, ...]]) -> Mapping[str, Known]:
        """Return what is known, by invitation id, of (invitation id, person, address key, ...)s of whom anything is.

        Keys after those three are other keys of the same person: opt-outs and blocks under them count.

        Eventually consistent: what it misses is found by the conditions of the writes, and by the sender.
        """
        keys = [key for _, *keys in people for key in keys]
        items = read_items(
            {
                Invitation: [invitation_id for invitation_id, *_ in people],
                FeedbackBlock: keys,
                OptOut: keys,
                Suppression: [address_key for _, _, address_key, *_ in people],
            },
            self._dynamodb,
            consistent=False,
            only=_STANDING_ONLY,
        )
        invitations, blocks, opted_out, suppressed = items.values()
        if not (invitations or blocks or opted_out or suppressed):
            return {}
        return {
            invitation_id: Known(
                invitation=_standing(invitations[invitation_id]) if invitation_id in invitations else None,
                blocks={key: read_block(blocks[key]) for key in keys if key in blocks},
                opted_out=not opted_out.keys().isdisjoint(keys),
                suppressed=keys[1] in suppressed,
            )
            for invitation_id, *keys in people
            if invitation_id in invitations
            or keys[1] in suppressed
            or not blocks.keys().isdisjoint(keys)
            or not opted_out.keys().isdisjoint(keys)
        }

    def claim(
        self, claims: Sequence[Claim], now: datetime, until: datetime
    ) -> Sequence[feedback_block.BlockState | None]:
        """Claim the blocks under different keys until `until`, each with one conditional write.

        None where the claim holds: there was no block, it ran out by `now`, or this invitation held it. Else what
        stops it.
        """
        return self._blocks.claim(claims, now, until)

    def release_blocks(self, claims: Sequence[Claim]) -> None:
        """Delete the blocks that no other row claimed for the same invitation."""
        self._blocks.release(claims)

    def keep_contacts(self, invitations: Sequence[PlannedInvitation]) -> Sequence[RefusedWrite | None]:
        """Write the addresses and names of different people, over what was known of them; None for each that was."""
        refused: list[RefusedWrite | None] = []
        for batch in batches(map(contact_item, invitations), WRITES_AT_ONCE):
            refusal = self._put_contacts(batch)
            if refusal is None or len(batch) == 1:
                refused += [refusal] * len(batch)
            else:  # one item that is refused has the whole request refused
                refused += [self._put_contacts([item]) for item in batch]
        return refused

    def create(self, invitations: Sequence[PlannedInvitation]) -> Sequence[ExistingInvitation | RefusedWrite | None]:
        """Write invitations that do not exist: None for each that was written, else what exists in its place."""
        inserts = insert_items(
            self._dynamodb,
            Invitation.Meta.table_name,
            [self._insert_invitation(invitation_item(planned)) for planned in invitations],
        )
        results: list[ExistingInvitation | RefusedWrite | None] = [None] * len(invitations)
        for place, code in inserts.refused.items():
            results[place] = RefusedWrite(code)
        if inserts.existing:
            ids = [invitations[place].invitation_id for place in inserts.existing]
            items = read_items({Invitation: ids}, self._dynamodb, only=_STANDING_ONLY)[Invitation]
            if len(items) < len(ids):
                raise TryAgain("An invitation existed at its insert, and no more at its read.")
            for place in inserts.existing:
                results[place] = _standing(items[invitations[place].invitation_id])
        return results

    def _put_contacts(self, items: Sequence[ItemText]) -> RefusedWrite | None:
        """Put items; return why none of them was written, where one of them is refused for what it holds."""
        requests = f'{{"{Contact.Meta.table_name}":[{",".join(map(put_request, items))}]}}'
        for attempt in range(_ATTEMPTS):
            try:
                response = self._dynamodb.call("BatchWriteItem", f'{{"RequestItems":{requests}}}')
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in OF_THE_ITEM:
                    return RefusedWrite(code)
                raise
            unprocessed = response.get("UnprocessedItems")
            if not unprocessed:
                return None
            requests = json.dumps(unprocessed)
            _pause(attempt)
        raise TryAgain("The contacts' table did not take all writes.")


_STANDING_ONLY = {
    Invitation: tuple(
        attribute.attr_name
        for attribute in (
            *(Invitation.invitation_id, Invitation.upload, Invitation.row, Invitation.planned_at),
            *(Invitation.person, Invitation.address_key),
        )
    )
}


def _standing(item: RawItem) -> ExistingInvitation:
    row = int(optional_value(item, Invitation.row) or 0)
    return ExistingInvitation(
        upload=required_value(item, Invitation.upload),
        row=row,
        send_at=required_value(item, Invitation.planned_at),
        person=required_value(item, Invitation.person),
        address_key=required_value(item, Invitation.address_key),
    )


def _pause(attempt: int) -> None:
    sleep(0.05 * 2**attempt)
