"""The feedback blocks of people in DynamoDB: every condition under which one starts, changes or goes.

An item is a block only while its `expires_at` lies in the future: TTL deletes late.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.adapters.item_inserts import insert_items
from functions.shared.adapters.item_reads import RawItem, optional_value, required_value
from functions.shared.adapters.items import insert_writer, item_writer
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import FeedbackBlock
from functions.shared.domain import feedback_block
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.upload import Claim

_EXPIRED_OR_ABSENT = (
    f"attribute_not_exists({FeedbackBlock.person.attr_name}) OR {FeedbackBlock.expires_at.attr_name} <= :now"
)


class DynamoFeedbackBlocks:
    """One block at a time: see `functions.shared.services.feedback_blocks.BlockStore`."""

    def start(self, key: str, invitation_id: str, until: datetime, now: datetime) -> bool:
        """Give the block to an invitation unless another one's is active; say whether it has it."""
        return _update(key, _own(invitation_id, until), _free(now) | _held_by(invitation_id))

    def restart(self, key: str, invitation_id: str, until: datetime) -> None:
        """Let the block end at `until` if this invitation holds it."""
        _update(key, [FeedbackBlock.expires_at.set(until)], _held_by(invitation_id))

    def extend(self, key: str, invitation_id: str, until: datetime, now: datetime) -> None:
        """Let the block end at `until` at the earliest, whoever holds it; start one where none is active."""
        shorter = (FeedbackBlock.expires_at > now) & (FeedbackBlock.expires_at < until)
        if not _update(key, [FeedbackBlock.expires_at.set(until)], shorter):
            _update(key, _own(invitation_id, until), _free(now))

    def release(self, key: str, invitation_id: str) -> None:
        """Delete the block if this invitation holds it."""
        with conditional():
            FeedbackBlock(key).delete(condition=_held_by(invitation_id))


class DynamoBlockClaims:
    """The blocks of many people at a time, claimed for the invitations of a file; the model must be bound."""

    def __init__(self, dynamodb: DirectDynamoDb) -> None:
        self._dynamodb = dynamodb
        self._insert = insert_writer(FeedbackBlock.Meta.table_name)

    def claim(
        self, claims: Sequence[Claim], now: datetime, until: datetime
    ) -> Sequence[feedback_block.BlockState | None]:
        """Claim the blocks under different keys until `until`, each with one conditional write.

        None where the claim holds: there was no block, it ran out by `now`, or this invitation held it. Else what
        stops it. Raises TryAgain where DynamoDB keeps lacking capacity.
        """
        new = [claim for claim in claims if not claim.known]
        table = FeedbackBlock.Meta.table_name
        items = [
            _item(person=claim.key, invitation_id=claim.invitation_id, claimants={claim.by}, expires_at=until)
            for claim in new
        ]
        inserts = insert_items(self._dynamodb, table, [self._insert(item) for item in items])
        free = {claim.key for claim in new} - {new[place].key for place in inserts.existing_only(table)}
        return [None if claim.key in free else self._claim_again(claim, now, until) for claim in claims]

    def release(self, claims: Sequence[Claim]) -> None:
        """Delete the blocks that no other row claimed for the same invitation."""
        for claim in claims:
            own = _held_by(claim.invitation_id)
            if _update(claim.key, [FeedbackBlock.claimants.delete({claim.by})], own):
                with conditional():
                    FeedbackBlock(claim.key).delete(condition=own & FeedbackBlock.claimants.does_not_exist())

    def _claim_again(self, claim: Claim, now: datetime, until: datetime) -> feedback_block.BlockState | None:
        """Claim a block where there is an item already: expired, this invitation's, or another one's."""
        with conditional() as write:
            self._dynamodb.client.put_item(
                TableName=FeedbackBlock.Meta.table_name,
                Item={
                    FeedbackBlock.person.attr_name: {"S": claim.key},
                    FeedbackBlock.invitation_id.attr_name: {"S": claim.invitation_id},
                    FeedbackBlock.claimants.attr_name: {"SS": [claim.by]},
                    FeedbackBlock.expires_at.attr_name: {"N": str(int(until.timestamp()))},
                },
                ConditionExpression=_EXPIRED_OR_ABSENT,
                ExpressionAttributeValues={":now": {"N": str(int(now.timestamp()))}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        if write.held:
            return None
        block = read_block(write.existing_item)
        if block.invitation_id != claim.invitation_id:
            return block
        later = FeedbackBlock.expires_at.set(max(until, block.expires_at))
        if _update(claim.key, [later, FeedbackBlock.claimants.add({claim.by})], _held_by(claim.invitation_id)):
            return None
        raise TryAgain("A block was released while it was claimed for the same invitation.")


def read_block(item: RawItem) -> feedback_block.BlockState:
    """Return the block that an item, in DynamoDB's own form, keeps."""
    return feedback_block.BlockState(
        invitation_id=required_value(item, FeedbackBlock.invitation_id),
        expires_at=required_value(item, FeedbackBlock.expires_at),
        claimants=frozenset(optional_value(item, FeedbackBlock.claimants) or ()),
    )


_item = item_writer(FeedbackBlock, "person", "invitation_id", "claimants", "expires_at")


def _free(now: datetime) -> Condition:
    free: Condition = FeedbackBlock.person.does_not_exist() | (FeedbackBlock.expires_at <= now)
    return free


def _held_by(invitation_id: str) -> Condition:
    return FeedbackBlock.invitation_id == invitation_id


def _own(invitation_id: str, until: datetime) -> list[Action]:
    return [
        FeedbackBlock.expires_at.set(until),
        FeedbackBlock.invitation_id.set(invitation_id),
        FeedbackBlock.claimants.remove(),
    ]


def _update(key: str, actions: list[Action], condition: Condition) -> bool:
    """Run a conditional update that sends nothing back; say whether its condition held."""
    with conditional() as write:
        table_connection(FeedbackBlock).update_item(key, actions=actions, condition=condition)
    return write.held
