"""Blocks, contacts and invitations of the people in an imported file, many at a time, in DynamoDB.

How the writes go was measured (CPU of boto3 for each item, transport stubbed, the client's own parameter check off):

    PutItem                     block 304 us   invitation 333 us
    TransactWriteItems of 100                  invitation  50 us   and twice the write units
    BatchExecuteStatement of 25  block 18 us   invitation  49 us

So new items go in by BatchExecuteStatement: `INSERT` refuses an item that exists, each statement by itself. Only where
a block item stands already (expired, or of this invitation) the claim is a PutItem with the whole condition.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from pynamodb.models import Model

from functions.shared.adapters.items import Item, item_writer
from functions.shared.adapters.tables import Contact, FeedbackBlock, Invitation, OptOut, Suppression, due_shard
from functions.shared.domain import feedback_block
from functions.shared.domain.admission import Known, Standing
from functions.shared.domain.errors import TryAgain
from functions.shared.domain.invitation import State
from functions.shared.domain.upload import Claim, PlannedInvitation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONTACT_KEPT = timedelta(days=90)
INVITATION_KEPT = timedelta(days=800)

_KEYS_AT_ONCE = 100
_WRITES_AT_ONCE = 25
_ATTEMPTS = 6
_PASSING = frozenset(
    (
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
    )
)
_CLAIMABLE = (
    f"attribute_not_exists({FeedbackBlock.person.attr_name}) OR {FeedbackBlock.expires_at.attr_name} <= :now"
    f" OR ({FeedbackBlock.invitation_id.attr_name} = :own AND {FeedbackBlock.expires_at.attr_name} <= :until)"
)

_T = TypeVar("_T")


def batch_client() -> "DynamoDBClient":
    """Return the DynamoDB client for many items a call: without the parameter check that halves its speed."""
    return boto3.client("dynamodb", config=Config(parameter_validation=False, retries={"mode": "standard"}))


class DynamoAdmissions:
    """The tables of admission; their models must be bound. Raises TryAgain where DynamoDB keeps lacking capacity."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self._block = item_writer(FeedbackBlock)
        self._contact = item_writer(Contact)
        self._invitation = item_writer(Invitation)
        self._statements: dict[tuple[str, ...], str] = {}

    def known(self, people: Sequence[tuple[str, str, str]]) -> Mapping[str, Known]:
        """Return what is known, by invitation id, of (invitation id, person, address key)s of whom anything is.

        Eventually consistent: what it misses is found by the conditions of the writes, and by the sender.
        """
        invitations = self._read(Invitation, (one[0] for one in people))
        blocks = self._read(FeedbackBlock, (one[1] for one in people))
        opted_out = self._read(OptOut, (key for one in people for key in one[1:])).keys()
        suppressed = self._read(Suppression, (one[2] for one in people))
        return {
            invitation_id: Known(
                invitation=_standing(invitations[invitation_id]) if invitation_id in invitations else None,
                block=_feedback_block(blocks[person]) if person in blocks else None,
                opted_out=person in opted_out or address_key in opted_out,
                suppressed=address_key in suppressed,
            )
            for invitation_id, person, address_key in people
            if invitation_id in invitations
            or person in blocks
            or address_key in suppressed
            or not opted_out.isdisjoint((person, address_key))
        }

    def claim(
        self, claims: Sequence[Claim], now: datetime, until: datetime
    ) -> Sequence[feedback_block.FeedbackBlock | None]:
        """Claim the blocks of different people until `until`, each with one conditional write.

        None where the claim holds: there was no block, it ran out by `now`, or this invitation held it. Else what
        stops it.
        """
        items = {claim.person: self._claimed(claim, until) for claim in claims}
        stood = self._insert(FeedbackBlock, [items[claim.person] for claim in claims if not claim.known])
        free = {claim.person for claim in claims if not claim.known} - {item["person"]["S"] for item in stood}
        return [
            None if claim.person in free else self._claim_again(claim, items[claim.person], now, until)
            for claim in claims
        ]

    def keep_contacts(self, invitations: Sequence[PlannedInvitation]) -> None:
        """Write the addresses and names of different people, over what was known of them."""
        table = Contact.Meta.table_name
        for batch in _batches(map(self._contact_item, invitations), _WRITES_AT_ONCE):
            requests: Any = {table: [{"PutRequest": {"Item": item}} for item in batch]}
            for attempt in range(_ATTEMPTS):
                requests = self._client.batch_write_item(RequestItems=requests).get("UnprocessedItems")
                if not requests:
                    break
                _pause(attempt)
            else:
                raise TryAgain("The contacts' table did not take all writes.")

    def create(self, invitations: Sequence[PlannedInvitation]) -> Sequence[Standing | None]:
        """Write invitations that do not exist: None for each that was written, else what stands in its place."""
        stood = self._insert(Invitation, [self._invitation_item(one) for one in invitations])
        ids = [item["invitation_id"]["S"] for item in stood]
        found = self._read(Invitation, ids, consistent=True)
        if len(found) < len(ids):
            raise TryAgain("An invitation was there, and then it was not.")
        return [_standing(found[one.invitation_id]) if one.invitation_id in found else None for one in invitations]

    def _claimed(self, claim: Claim, until: datetime) -> Item:
        return self._block({"person": claim.person, "invitation_id": claim.invitation_id, "expires_at": _epoch(until)})

    def _claim_again(
        self, claim: Claim, item: Item, now: datetime, until: datetime
    ) -> feedback_block.FeedbackBlock | None:
        try:
            self._client.put_item(
                TableName=FeedbackBlock.Meta.table_name,
                Item=item,
                ConditionExpression=_CLAIMABLE,
                ExpressionAttributeValues={
                    ":now": {"N": str(_epoch(now))},
                    ":own": {"S": claim.invitation_id},
                    ":until": {"N": str(_epoch(until))},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            block = _feedback_block(error.response["Item"])  # type: ignore[typeddict-item]
            return None if block.invitation_id == claim.invitation_id else block
        return None

    def _contact_item(self, one: PlannedInvitation) -> Item:
        interaction = one.interaction
        return self._contact(
            {
                "person": one.person,
                "client": interaction.client,
                "address": interaction.address,
                "salutation": interaction.salutation,
                "first_name": interaction.first_name,
                "infix": interaction.infix,
                "last_name": interaction.last_name,
                "language": interaction.language,
                "expires_at": _epoch(one.planned_at + CONTACT_KEPT),
            }
        )

    def _invitation_item(self, one: PlannedInvitation) -> Item:
        interaction = one.interaction
        return self._invitation(
            {
                "invitation_id": one.invitation_id,
                "person": one.person,
                "address_key": one.address_key,
                "client": interaction.client,
                "touchpoint": interaction.touchpoint,
                "interaction_id": interaction.interaction_id,
                "upload": one.upload,
                "row": one.row,
                "occurred_at": _epoch(interaction.occurred_at),
                "imported_at": _epoch(one.imported_at),
                "expires_at": _epoch(one.expires_at),
                "keep_until": _epoch(one.planned_at + INVITATION_KEPT),
                "channel": interaction.channel,
                "product": interaction.product,
                "team": interaction.team,
                "location": interaction.location,
                "employee_key": one.employee_key,
                "contact_reason": interaction.contact_reason,
                "language": interaction.language,
                "facts": interaction.facts or None,
                "state": State.PLANNED.value,
                "rank": State.PLANNED.rank,
                "due_shard": due_shard(one.invitation_id),
                "due_at": _epoch(one.planned_at),
                "planned_at": _epoch(one.planned_at),
                "reminders_sent": 0,
            }
        )

    def _insert(self, model: type[Model], items: Sequence[Item]) -> list[Item]:
        """Write items that do not exist; return those whose key stood already."""
        stood: list[Item] = []
        for batch in _batches(items, _WRITES_AT_ONCE):
            waiting = batch
            for attempt in range(_ATTEMPTS):
                refused = self._insert_once(model, waiting)
                stood += [item for item, code in refused if code == "DuplicateItem"]
                waiting = [item for item, code in refused if code in _PASSING]
                if not waiting:
                    break
                _pause(attempt)
            else:
                raise TryAgain(f"{model.Meta.table_name} did not take all writes.")
        return stood

    def _insert_once(self, model: type[Model], items: Sequence[Item]) -> list[tuple[Item, str]]:
        table = model.Meta.table_name
        answer = self._client.batch_execute_statement(
            Statements=[
                {"Statement": self._statement(table, item), "Parameters": list(item.values())} for item in items
            ]
        )
        refused = []
        for item, response in zip(items, answer["Responses"], strict=True):
            error = response.get("Error")
            if error is None:
                continue
            code = str(error.get("Code"))
            if code != "DuplicateItem" and code not in _PASSING:
                raise RuntimeError(f"{table} refused a write: {code} {error.get('Message', '')}")
            refused.append((item, code))
        return refused

    def _statement(self, table: str, item: Item) -> str:
        names = (table, *item)
        if names not in self._statements:
            values = ", ".join(f"'{name}': ?" for name in item)
            self._statements[names] = f'INSERT INTO "{table}" VALUE {{{values}}}'
        return self._statements[names]

    def _read(self, model: type[Model], keys: Iterable[str], *, consistent: bool = False) -> dict[str, dict[str, Any]]:
        """Return the items that there are, by key."""
        name, table = str(model._hash_keyname), model.Meta.table_name
        found: dict[str, dict[str, Any]] = {}
        for batch in _batches(dict.fromkeys(key for key in keys if key), _KEYS_AT_ONCE):
            request: Any = {table: {"Keys": [{name: {"S": key}} for key in batch], "ConsistentRead": consistent}}
            if model is Invitation:
                request[table] |= _STANDING_ONLY
            for attempt in range(_ATTEMPTS):
                answer = self._client.batch_get_item(RequestItems=request)
                found.update((item[name]["S"], item) for item in answer["Responses"].get(table, ()))
                request = answer.get("UnprocessedKeys")
                if not request:
                    break
                _pause(attempt)
            else:
                raise TryAgain(f"{table} did not answer all reads.")
        return found


_STANDING_ONLY = {
    "ProjectionExpression": "#id, #upload, #row, #planned",
    "ExpressionAttributeNames": {
        "#id": Invitation.invitation_id.attr_name,
        "#upload": Invitation.upload.attr_name,
        "#row": Invitation.row.attr_name,
        "#planned": Invitation.planned_at.attr_name,
    },
}


def _standing(item: Mapping[str, Any]) -> Standing:
    row = int(item["row"]["N"]) if "row" in item else 0
    return Standing(item["upload"]["S"], row, _moment(item["planned_at"]["N"]))


def _feedback_block(item: Mapping[str, Any]) -> feedback_block.FeedbackBlock:
    return feedback_block.FeedbackBlock(item["invitation_id"]["S"], _moment(item["expires_at"]["N"]))


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(number: str) -> datetime:
    return datetime.fromtimestamp(float(number), UTC)


def _pause(attempt: int) -> None:
    sleep(0.05 * 2**attempt)


def _batches(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
