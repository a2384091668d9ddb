"""From the records of DynamoDB streams to facts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pynamodb.constants import NUMBER
from pynamodb.models import Model

from functions.shared.adapters.tables import Invitation, Response, Review
from functions.shared.domain.errors import BadInput
from functions.shared.domain.facts import COLUMNS, INVITATION, RESPONSE, REVIEW, Fact

_MODELS: Mapping[str, type[Model]] = {INVITATION: Invitation, RESPONSE: Response, REVIEW: Review}
_TOLD_BY = {REVIEW: "native_id", RESPONSE: "questionnaire", INVITATION: "interaction_id"}
"""An attribute that only the items of this table have, and all of them: a function that knows no table names can tell
whose stream a record is from."""


def read_record(record: Mapping[str, Any]) -> Fact | None:
    """Return the fact that a stream's record tells, or None where it tells nothing: an item that went.

    An item goes by its TTL, long after it was counted, and what was counted stays counted. Raises BadInput where the
    record is of none of the tables.
    """
    change = record["dynamodb"]
    image = change.get("NewImage")
    if image is None:
        return None
    for table, attribute in _TOLD_BY.items():
        if attribute in image:
            at = datetime.fromtimestamp(float(change["ApproximateCreationDateTime"]), UTC)
            return Fact(table, str(change["SequenceNumber"]).zfill(40), at, _values(table, image))
    raise BadInput("A stream's record is of no table that facts are made of.")


def _values(table: str, image: Mapping[str, Any]) -> dict[str, Any]:
    model = _MODELS[table]
    attributes = {attribute.attr_name: attribute for attribute in model.get_attributes().values()}
    values: dict[str, Any] = {}
    for name in COLUMNS[table]:
        typed = image.get(name)
        if typed and not typed.get("NULL"):
            ((kind, raw),) = typed.items()
            # A fact has a moment as the item has it: in epoch seconds.
            values[name] = json.loads(raw) if kind == NUMBER else attributes[name].deserialize(raw)
    return values
