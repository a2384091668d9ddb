"""DynamoDB items as JSON text, made from the models' own attributes: an object for every value would cost too much."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import Any

from pynamodb.attributes import (
    Attribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.models import Model

from functions.shared.adapters.epoch_attribute import EpochAttribute

ItemText = dict[str, str]
"""An item by attribute: each value in DynamoDB's own form, as JSON, such as `{"S":"x"}`."""
WriteItem = Callable[..., ItemText]

quoted: Callable[[str], str] = encode_basestring_ascii
"""Return a text as JSON."""


def item_writer(model: type[Model], *names: str) -> WriteItem:
    """Return a function that turns values into an item: one keyword for each of `names`, no more and no fewer.

    Values are those of the model's attributes: texts, sets of texts, whole numbers, zone-aware moments, what JSON can
    hold; None is left out. Raises KeyError for a name that the model lacks. The function raises TypeError where names
    differ.
    """
    attributes = model.get_attributes()
    encoders = {name: (attributes[name].attr_name, _encoder(attributes[name])) for name in names}

    def write(**values: Any) -> ItemText:
        if len(values) != len(encoders):
            raise TypeError(f"{model.__name__}: forgotten or unknown: {', '.join(encoders.keys() ^ values.keys())}.")
        item: ItemText = {}
        for name, value in values.items():
            stored, encode = encoders[name]
            if value is not None:
                item[stored] = encode(value)
        return item

    return write


def _encoder(attribute: Attribute[Any]) -> Callable[[Any], str]:
    if isinstance(attribute, JSONAttribute):
        return _json
    if isinstance(attribute, UnicodeAttribute):
        return _text
    if isinstance(attribute, UnicodeSetAttribute):
        return _texts
    if isinstance(attribute, NumberAttribute):
        return _number
    if isinstance(attribute, EpochAttribute | TTLAttribute):
        return _moment
    raise TypeError(f"{attribute.attr_name} is of a type that is not written as text: {type(attribute).__name__}.")


def _text(value: str) -> str:
    return f'{{"S":{quoted(value)}}}'


def _texts(values: Iterable[str]) -> str:
    return f'{{"SS":[{",".join(map(quoted, values))}]}}'


def _json(value: object) -> str:
    return f'{{"S":{quoted(json.dumps(value))}}}'


def _number(value: int) -> str:
    return f'{{"N":"{value}"}}'


def _moment(value: datetime) -> str:
    return f'{{"N":"{int(value.timestamp())}"}}'


def put_request(item: ItemText) -> str:
    """Return the request of a BatchWriteItem that puts an item."""
    return '{"PutRequest":{"Item":{' + ",".join([f'"{name}":{value}' for name, value in item.items()]) + "}}}"


def insert_writer(table: str) -> Callable[[ItemText], str]:
    """Return a function that turns an item into a PartiQL statement that inserts it where its key does not exist."""
    openings: dict[tuple[str, ...], str] = {}

    def insert(item: ItemText) -> str:
        names = tuple(item)
        opening = openings.get(names)
        if opening is None:
            places = ", ".join(f"'{name}': ?" for name in names)
            statement = quoted(f'INSERT INTO "{table}" VALUE {{{places}}}')
            opening = openings[names] = f'{{"Statement":{statement},"Parameters":['
        return opening + ",".join(item.values()) + "]}"

    return insert
