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
from functions.shared.adapters.item_reads import RawItem, required_value
from functions.shared.adapters.items import insert_writer, item_writer
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import FeedbackBlock
from functions.shared.domain import feedback_block
from functions.shared.domain.upload import Claim

_EXPIRED_OR_ABSENT = (
    f"attribute_not_exists({FeedbackBlock.person.attr_name}) OR {FeedbackBlock.expires_at.attr_name} <= :now"
)
_CLAIMABLE = (
    f"{_EXPIRED_OR_ABSENT}"
    f" OR ({FeedbackBlock.invitation_id.attr_name} = :own AND {FeedbackBlock.expires_at.attr_name} <= :until)"
)


class DynamoFeedbackBlocks:
    """The block of one person at a time: see `functions.shared.services.feedback_blocks.BlockStore`."""

    def start(self, person: str, invitation_id: str, until: datetime, now: datetime) -> bool:
        """Give the block to an invitation unless another one's is active; say whether it has it."""
        return _update(person, _own(invitation_id, until), _free(now) | _held_by(invitation_id))

    def restart(self, person: str, invitation_id: str, until: datetime) -> None:
        """Let the block end at `until` if this invitation holds it."""
        _update(person, [FeedbackBlock.expires_at.set(until)], _held_by(invitation_id))

    def extend(self, person: str, invitation_id: str, until: datetime, now: datetime) -> None:
        """Let the block end at `until` at the earliest, whoever holds it; start one where none is active."""
        shorter = (FeedbackBlock.expires_at > now) & (FeedbackBlock.expires_at < until)
        if not _update(person, [FeedbackBlock.expires_at.set(until)], shorter):
            _update(person, _own(invitation_id, until), _free(now))

    def release(self, person: str, invitation_id: str) -> None:
        """Delete the block if this invitation holds it."""
        with conditional():
            FeedbackBlock(person).delete(condition=_held_by(invitation_id))


class DynamoBlockClaims:
    """The blocks of many people at a time, claimed for the invitations of a file; the model must be bound."""

    def __init__(self, dynamodb: DirectDynamoDb) -> None:
        self._dynamodb = dynamodb
        self._insert = insert_writer(FeedbackBlock.Meta.table_name)

    def claim(
        self, claims: Sequence[Claim], now: datetime, until: datetime
    ) -> Sequence[feedback_block.BlockState | None]:
        """Claim the blocks of different people until `until`, each with one conditional write.

        None where the claim holds: there was no block, it ran out by `now`, or this invitation held it. Else what
        stops it. Raises TryAgain where DynamoDB keeps lacking capacity.
        """
        new = [claim for claim in claims if not claim.known]
        items = [_item(person=claim.person, invitation_id=claim.invitation_id, expires_at=until) for claim in new]
        existing = insert_items(self._dynamodb, FeedbackBlock.Meta.table_name, [self._insert(item) for item in items])
        free = {claim.person for claim in new} - {new[place].person for place in existing}
        return [None if claim.person in free else self._claim_again(claim, now, until) for claim in claims]

    def _claim_again(self, claim: Claim, now: datetime, until: datetime) -> feedback_block.BlockState | None:
        """Claim a block where there is an item already: expired, this invitation's, or another one's."""
        ends = {"N": str(int(until.timestamp()))}
        with conditional() as write:
            self._dynamodb.client.put_item(
                TableName=FeedbackBlock.Meta.table_name,
                Item={
                    FeedbackBlock.person.attr_name: {"S": claim.person},
                    FeedbackBlock.invitation_id.attr_name: {"S": claim.invitation_id},
                    FeedbackBlock.expires_at.attr_name: ends,
                },
                ConditionExpression=_CLAIMABLE,
                ExpressionAttributeValues={
                    ":now": {"N": str(int(now.timestamp()))},
                    ":own": {"S": claim.invitation_id},
                    ":until": ends,
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        if write.held:
            return None
        block = read_block(write.existing_item)
        return None if block.invitation_id == claim.invitation_id else block


def read_block(item: RawItem) -> feedback_block.BlockState:
    """Return the block that an item, in DynamoDB's own form, keeps."""
    return feedback_block.BlockState(
        required_value(item, FeedbackBlock.invitation_id), required_value(item, FeedbackBlock.expires_at)
    )


_item = item_writer(FeedbackBlock, "person", "invitation_id", "expires_at")


def _free(now: datetime) -> Condition:
    free: Condition = FeedbackBlock.person.does_not_exist() | (FeedbackBlock.expires_at <= now)
    return free


def _held_by(invitation_id: str) -> Condition:
    return FeedbackBlock.invitation_id == invitation_id


def _own(invitation_id: str, until: datetime) -> list[Action]:
    return [FeedbackBlock.expires_at.set(until), FeedbackBlock.invitation_id.set(invitation_id)]


def _update(person: str, actions: list[Action], condition: Condition) -> bool:
    """Run a conditional update that sends nothing back; say whether its condition held."""
    with conditional() as write:
        table_connection(FeedbackBlock).update_item(person, actions=actions, condition=condition)
    return write.held
