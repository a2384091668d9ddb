"""What is known of a client's customers, in DynamoDB: histories by key, many at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.direct_dynamodb import DirectDynamoDb
from functions.shared.adapters.item_inserts import WRITES_AT_ONCE, batches, insert_items
from functions.shared.adapters.item_reads import RawItem, read_items, required_value
from functions.shared.adapters.items import insert_writer, item_writer
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import Customer
from functions.shared.domain.customer_attributes import KEPT, CustomerRecord, Snapshot

_CALLS_AT_ONCE = 16


class DynamoCustomers:
    """Records of customers; the model must be bound. Raises TryAgain where DynamoDB keeps lacking capacity."""

    def __init__(self, dynamodb: DirectDynamoDb) -> None:
        self._dynamodb = dynamodb
        self._table = str(Customer.Meta.table_name)
        self._statement = insert_writer(self._table)

    def find(self, keys: Iterable[str]) -> Mapping[str, CustomerRecord]:
        """Return what is kept, by key, as it is at this moment."""
        items = read_items({Customer: keys}, self._dynamodb)[Customer]
        return {key: _record(key, item) for key, item in items.items()}

    def write(self, records: Sequence[CustomerRecord], now: datetime) -> Collection[str]:
        """Write records of different keys over those of one version less; return the keys that had another version."""
        until = now + KEPT
        new = [record for record in records if record.version == 1]
        known = [record for record in records if record.version > 1]
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
            inserted = pool.map(lambda some: self._insert(some, until), batches(new, WRITES_AT_ONCE))
            updated = pool.map(lambda record: _update(record, until), known)
            lost = [key for keys in inserted for key in keys]
            return {*lost, *(record.key for record, held in zip(known, updated, strict=True) if not held)}

    def _insert(self, records: Sequence[CustomerRecord], until: datetime) -> list[str]:
        statements = [
            self._statement(
                _write(
                    customer=record.key,
                    client=record.client,
                    history=_stored(record),
                    version=record.version,
                    expires_at=until,
                )
            )
            for record in records
        ]
        inserts = insert_items(self._dynamodb, self._table, statements)
        return [records[place].key for place in inserts.existing_only(self._table)]


_write = item_writer(Customer, "customer", "client", "history", "version", "expires_at")


def _update(record: CustomerRecord, until: datetime) -> bool:
    actions = [
        Customer.history.set(_stored(record)),
        Customer.version.set(record.version),
        Customer.expires_at.set(until),
    ]
    with conditional() as write:
        table_connection(Customer).update_item(
            record.key, actions=actions, condition=Customer.version == record.version - 1
        )
    return write.held


def _stored(record: CustomerRecord) -> list[list[object]]:
    return [[int(one.at.timestamp()), dict(one.attributes), one.upload, one.row] for one in record.history]


def _record(key: str, item: RawItem) -> CustomerRecord:
    return CustomerRecord(
        key=key,
        client=required_value(item, Customer.client),
        history=[
            Snapshot(datetime.fromtimestamp(at, UTC), *told) for at, *told in required_value(item, Customer.history)
        ],
        version=int(required_value(item, Customer.version)),
    )
