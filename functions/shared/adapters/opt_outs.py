"""Who opted out of a client's surveys, in DynamoDB: one recipient at a time, and the many of a client's list."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from pynamodb.exceptions import DoesNotExist

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.adapters.invitation_states import raise_state
from functions.shared.adapters.item_inserts import WRITES_AT_ONCE, batches, insert_items
from functions.shared.adapters.item_reads import RawItem, optional_value, read_items, required_value
from functions.shared.adapters.items import ItemText, insert_writer, item_writer
from functions.shared.adapters.tables import Invitation, OptOut
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.opt_outs import OptOutRecord

_CALLS_AT_ONCE = 8

_T = TypeVar("_T")


class DynamoOptOuts:
    """Opt-outs by key, one at a time: see `functions.shared.services.opt_outs.OptOutStore`."""

    def add(self, record: OptOutRecord) -> None:
        """Write an opt-out unless one is active under its key."""
        item = OptOut(record.key, client=record.client, since=record.since, how=record.how)
        with conditional():
            item.save(condition=OptOut.person.does_not_exist())

    def is_active(self, key: str) -> bool:
        """Say whether there is an opt-out under a key: one consistent read."""
        try:
            OptOut.get(key, consistent_read=True)
        except DoesNotExist:
            return False
        return True

    def remove(self, key: str) -> None:
        """Delete an opt-out, if there is one."""
        OptOut(key).delete()

    def mark_invitation(self, invitation_id: str, at: datetime) -> None:
        """Note an opt-out on an invitation and take it off the due index; the first moment stays."""
        raise_state(
            invitation_id,
            InvitationState.OPTED_OUT,
            [
                Invitation.opted_out_at.set(Invitation.opted_out_at | at),
                Invitation.due_shard.remove(),
                Invitation.due_at.remove(),
            ],
        )


class DynamoOptOutBatches:
    """Opt-outs many at a time; the model must be bound. Raises TryAgain where DynamoDB keeps lacking capacity."""

    def __init__(self, dynamodb: DirectDynamoDb) -> None:
        self._dynamodb = dynamodb
        self._table = str(OptOut.Meta.table_name)
        self._statement = insert_writer(self._table)

    def add_all(self, records: Sequence[OptOutRecord]) -> Mapping[str, OptOutRecord]:
        """Write opt-outs of different keys where none is active; return, by key, those that were.

        Nothing is ever written over an opt-out.
        """
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
            existing = [key for keys in pool.map(self._insert, batches(records, WRITES_AT_ONCE)) for key in keys]
        return self.find(existing)

    def find(self, keys: Iterable[str]) -> Mapping[str, OptOutRecord]:
        """Return the active opt-outs, by key, as they are at this moment."""
        return {key: _record(key, item) for key, item in read_items({OptOut: keys})[OptOut].items()}

    def _insert(self, records: Sequence[OptOutRecord]) -> list[str]:
        """Write opt-outs where none is active; return the keys of the others."""
        statements = [self._statement(_item(record)) for record in records]
        inserts = insert_items(self._dynamodb, self._table, statements)
        return [records[place].key for place in inserts.existing_only(self._table)]


_write = item_writer(OptOut, "person", "client", "since", "how", "upload", "row")


def _item(record: OptOutRecord) -> ItemText:
    return _write(
        person=record.key,
        client=record.client,
        since=record.since,
        how=record.how,
        upload=record.upload,
        row=record.row,
    )


def _record(key: str, item: RawItem) -> OptOutRecord:
    row = optional_value(item, OptOut.row)
    return OptOutRecord(
        key=key,
        client=required_value(item, OptOut.client),
        since=required_value(item, OptOut.since),
        how=required_value(item, OptOut.how),
        upload=optional_value(item, OptOut.upload),
        row=None if row is None else int(row),
    )
