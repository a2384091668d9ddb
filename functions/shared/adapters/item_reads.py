"""Items by key, of several tables in one call, as they stand at that moment: a consistent BatchGetItem."""

from collections.abc import Iterable, Mapping
from time import sleep
from typing import Any

from pynamodb.models import Model

from functions.shared.domain.errors import TryAgain

_KEYS_AT_ONCE = 100
_ATTEMPTS = 6

RawItem = Mapping[str, Mapping[str, Any]]
Found = Mapping[type[Model], Mapping[str, RawItem]]


def read_items(wanted: Mapping[type[Model], Iterable[str]]) -> Found:
    """Return the items that there are, in DynamoDB's own form, by model and hash key.

    The models must be bound and have no range key. Raises TryAgain where DynamoDB keeps lacking capacity.
    """
    found: dict[type[Model], dict[str, RawItem]] = {model: {} for model in wanted}
    keys = [(model, key) for model, some in wanted.items() for key in dict.fromkeys(some)]
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        _read(keys[start : start + _KEYS_AT_ONCE], found)
    return found


def _read(keys: list[tuple[type[Model], str]], found: dict[type[Model], dict[str, RawItem]]) -> None:
    models = {str(model.Meta.table_name): model for model, _ in keys}
    request: dict[str, Any] = {table: {"Keys": [], "ConsistentRead": True} for table in models}
    for model, key in keys:
        request[model.Meta.table_name]["Keys"].append({_hash_key(model): {"S": key}})
    client: Any = keys[0][0]._get_connection().connection.client
    for attempt in range(_ATTEMPTS):
        answer = client.batch_get_item(RequestItems=request)
        for table, items in answer["Responses"].items():
            name = _hash_key(models[table])
            found[models[table]].update((item[name]["S"], item) for item in items)
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return
        sleep(0.05 * 2**attempt)
    raise TryAgain(f"{', '.join(request)} did not answer all reads.")


def _hash_key(model: type[Model]) -> str:
    return str(model._hash_keyname)
