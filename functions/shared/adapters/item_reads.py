"""Items by key, of several tables in one call: BatchGetItem, a hundred keys at a time."""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from time import sleep
from typing import Any, Protocol, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.models import Model

from functions.shared.adapters.pynamodb_connection import dynamodb_client
from functions.shared.domain.errors import TryAgain

_KEYS_AT_ONCE = 100
_ATTEMPTS = 6

RawItem = Mapping[str, Mapping[str, Any]]
ItemsByModel = Mapping[type[Model], Mapping[str, RawItem]]
_T = TypeVar("_T")


class Reader(Protocol):
    """What asks DynamoDB: a client of botocore, or DirectDynamoDb."""

    def batch_get_item(self, **parameters: Any) -> Any:
        """Return the response to BatchGetItem."""


def read_items(
    wanted: Mapping[type[Model], Iterable[str]],
    reader: Reader | None = None,
    *,
    consistent: bool = True,
    only: Mapping[Any, Collection[str]] | None = None,
) -> ItemsByModel:
    """Return the items that there are, in DynamoDB's own form, by model and hash key; of a model in `only` not whole.

    The models must be bound and have no range key; without a `reader`, the connection of the first is asked. Raises
    TryAgain where DynamoDB keeps lacking capacity.
    """
    items: dict[type[Model], dict[str, RawItem]] = {model: {} for model in wanted}
    keys = ((model, key) for model, some in wanted.items() for key in dict.fromkeys(some) if key)
    shapes = {model: {"ConsistentRead": consistent, **_projection((only or {}).get(model))} for model in wanted}
    while batch := list(islice(keys, _KEYS_AT_ONCE)):
        _read(batch, reader or dynamodb_client(batch[0][0]), shapes, items)
    return items


def required_value(item: RawItem, attribute: Attribute[_T]) -> _T:
    """Return the value that an item in DynamoDB's own form has for an attribute. Raises KeyError where it has none."""
    value: _T = attribute.deserialize(item[attribute.attr_name][attribute.attr_type])
    return value


def optional_value(item: RawItem, attribute: Attribute[_T]) -> _T | None:
    """Return the value that an item in DynamoDB's own form has for an attribute, or None."""
    return required_value(item, attribute) if attribute.attr_name in item else None


def _read(
    keys: list[tuple[type[Model], str]],
    reader: Reader,
    shapes: Mapping[type[Model], Mapping[str, Any]],
    items: dict[type[Model], dict[str, RawItem]],
) -> None:
    models = {str(model.Meta.table_name): model for model, _ in keys}
    names = {model: _key_name(model) for model in models.values()}
    asked: dict[type[Model], list[dict[str, Any]]] = {model: [] for model in names}
    for model, key in keys:
        asked[model].append({names[model]: {"S": key}})
    request: Any = {table: {"Keys": asked[model], **shapes[model]} for table, model in models.items()}
    for attempt in range(_ATTEMPTS):
        response = reader.batch_get_item(RequestItems=request)
        for table, read in response["Responses"].items():
            model = models[table]
            items[model].update((item[names[model]]["S"], item) for item in read)
        request = response.get("UnprocessedKeys")
        if not request:
            return
        sleep(0.05 * 2**attempt)
    raise TryAgain(f"{', '.join(request)} did not return all items.")


def _key_name(model: type[Model]) -> str:
    return next(attribute.attr_name for attribute in model.get_attributes().values() if attribute.is_hash_key)


def _projection(names: Collection[str] | None) -> dict[str, Any]:
    """Ask for some attributes, by names that no reserved word can be in the way of."""
    if names is None:
        return {}
    aliases = {f"#{place}": name for place, name in enumerate(names)}
    return {"ProjectionExpression": ", ".join(aliases), "ExpressionAttributeNames": aliases}
