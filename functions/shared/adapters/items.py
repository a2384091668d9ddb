"""DynamoDB items as JSON text, made from the models' own attributes: an object for every value would be dear."""

import json
from collections.abc import Callable
from json.encoder import encode_basestring_ascii
from typing import Any

from pynamodb.attributes import JSONAttribute
from pynamodb.models import Model

ItemText = dict[str, str]
"""An item by attribute: each value in DynamoDB's own form, as JSON, such as `{"S":"x"}`."""
WriteItem = Callable[..., ItemText]

quoted: Callable[[str], str] = encode_basestring_ascii
"""Return a text as JSON."""


def item_writer(model: type[Model], *names: str) -> WriteItem:
    """Return a function that turns the values of attributes (texts, integers, JSON), in the order of their `names`,
    into an item; None is left out.

    Names and types are those of the model; a name that the model lacks is a KeyError.
    """
    attributes = model.get_attributes()
    kinds = [
        (attributes[name].attr_name, attributes[name].attr_type == "S", isinstance(attributes[name], JSONAttribute))
        for name in names
    ]

    def write(*values: Any) -> ItemText:
        item: ItemText = {}
        for (stored, is_text, is_json), value in zip(kinds, values, strict=True):
            if value is None:
                continue
            if not is_text:
                item[stored] = f'{{"N":"{value}"}}'
            else:
                item[stored] = f'{{"S":{quoted(json.dumps(value) if is_json else value)}}}'
        return item

    return write


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
