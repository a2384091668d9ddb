"""DynamoDB items in the low-level form, made from the models' own attributes: a model object a row would be dear."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from pynamodb.attributes import JSONAttribute
from pynamodb.models import Model

Item = dict[str, dict[str, str]]
WriteItem = Callable[[Mapping[str, Any]], Item]


def item_writer(model: type[Model]) -> WriteItem:
    """Return a function that turns values by attribute name (texts, integers, JSON) into an item; None is left out.

    Names and types are those of the model; a name that the model lacks is a KeyError.
    """
    kinds = {
        name: (attribute.attr_name, attribute.attr_type, isinstance(attribute, JSONAttribute))
        for name, attribute in model.get_attributes().items()
    }

    def write(values: Mapping[str, Any]) -> Item:
        item: Item = {}
        for name, value in values.items():
            if value is None:
                continue
            stored, kind, is_json = kinds[name]
            if is_json:
                item[stored] = {kind: json.dumps(value)}
            else:
                item[stored] = {kind: value if kind == "S" else str(value)}
        return item

    return write
