"""How the columns of a client's file become the fields of an interaction: mappings/<id>.yaml."""

import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from functions.shared.domain.interaction import FIELDS
from functions.shared.domain.strict import Strict


class Column(Strict):
    """Where one canonical field comes from."""

    columns: tuple[str, ...] = Field(default=(), alias="from")
    """Headers, joined with a space where there are more."""
    constant: str | None = None
    values: dict[str, str] | None = None
    """The client's values to ours; a value that is not named stays as it is."""
    format: str | None = None
    """strptime format of a moment."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def short_form(cls, data: object) -> object:
        """Accept `email: E-mailadres` for `email: {from: [E-mailadres]}`."""
        if isinstance(data, str):
            return {"from": (data,)}
        if isinstance(data, dict) and isinstance(data.get("from"), str):
            return {**data, "from": (data["from"],)}
        return data

    @model_validator(mode="after")
    def has_a_source(self) -> Self:
        """Refuse a column from nowhere."""
        if bool(self.columns) == (self.constant is not None):
            raise ValueError("give either from or constant")
        return self


class ColumnMapping(Strict):
    """Which column of a client's file is what."""

    fields: dict[str, Column]
    """By canonical field (functions.shared.domain.interaction.FIELDS)."""
    facts: tuple[str, ...] = ()
    """Headers to keep as facts, masked. Nothing is kept of a column that neither this nor `fields` names."""
    sheet: Annotated[str, Field(min_length=1, max_length=31)] | None = None
    """The sheet of a workbook by its name; None: the first."""
    include_hidden: bool = False
    """Take the rows and columns of a workbook that are hidden, or filtered out, too."""
    record: Annotated[str, Field(pattern=r"^[^\W\d][\w.-]{0,199}$")] | None = None
    """The element of an XML file that is a record, without its namespace; None: the one that repeats under the root."""

    @field_validator("fields")
    @classmethod
    def known_fields(cls, fields: dict[str, Column]) -> dict[str, Column]:
        """Refuse a field that does not exist."""
        for name in fields:
            if name not in FIELDS:
                raise ValueError(f"{name} is not a field; the fields are {', '.join(FIELDS)}")
        return fields


@lru_cache(maxsize=4096)
def bare(header: str) -> str:
    """Return a header as it is compared: letters and digits only, without accents, case or Salesforce's `__c`."""
    text = unicodedata.normalize("NFKD", header).casefold().removesuffix("__c")
    return re.sub(r"[^a-z0-9#]", "", text)
