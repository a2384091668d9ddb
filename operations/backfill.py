"""Let the tables tell the facts once more: `python -m operations.backfill [CLIENT ...] [--local]`.

For facts that were lost: a stream keeps its records for a day. Every item that facts are made of gets the moment of
this run as an attribute, and so its stream has a record of it as it stands: the same facts, in their order among all
others, by the way that they always take. What went by its time to live is not there to be told. May be repeated.
"""

import argparse
import sys
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from pynamodb.models import Model

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import streaming
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported

MARK = "told_again_at"
"""The attribute: nanoseconds since 1970, so that no two runs write the same. Nothing reads it."""
_AT_ONCE = 8


def backfill(place: Deployed, clients: Collection[str] = ()) -> dict[str, int]:
    """Tell again every item of these clients, or of all; return how many there were, by the table's name."""
    return {model.__name__: _table(place, model, clients) for model in streaming()}


def _table(place: Deployed, model: type[Model], clients: Collection[str]) -> int:
    table, dynamodb = place.tables[model.__name__], place.client("dynamodb")
    names = [attribute.attr_name for attribute in model.get_attributes().values()]
    keys = [a.attr_name for a in model.get_attributes().values() if a.is_hash_key or a.is_range_key]
    assert "client" in names, model  # noqa: S101  (facts are a client's)
    moment = str(time.time_ns())
    tell = partial(_tell, dynamodb, table, keys[0], moment)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return sum(pool.map(tell, _keys(dynamodb, table, keys, clients)))


def _keys(dynamodb: Any, table: str, keys: list[str], clients: Collection[str]) -> Iterator[dict[str, Any]]:
    wanted = {f"#k{number}": name for number, name in enumerate([*keys, "client"])}
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression=", ".join(wanted), ExpressionAttributeNames=wanted
    )
    for page in pages:
        for item in page["Items"]:
            if not clients or item.get("client", {}).get("S") in clients:
                yield {name: item[name] for name in keys}


def _tell(dynamodb: Any, table: str, hash_key: str, moment: str, key: dict[str, Any]) -> int:
    with conditional() as write:
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #mark = :moment",
            # An item that went meanwhile must not come back as a key without anything.
            ConditionExpression="attribute_exists(#key)",
            ExpressionAttributeNames={"#mark": MARK, "#key": hash_key},
            ExpressionAttributeValues={":moment": {"N": moment}},
        )
    return int(write.held)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.backfill", description="Let the tables tell the facts once more."
    )
    parser.add_argument("clients", nargs="*", help="slugs of clients; none: all")
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(lambda: _print(deployed(options), options.clients), "facts")


def _print(place: Deployed, clients: list[str]) -> int:
    unknown = sorted(set(clients) - set(place.slugs()))
    if unknown:
        print(f"There is no client {', '.join(unknown)}.", file=sys.stderr)
        return 1
    told = backfill(place, clients)
    print(f"Told again: {', '.join(f'{name} {count}' for name, count in told.items())}.")
    print("The datasets are brought up to date within the hour; `make aggregate` does it now.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
