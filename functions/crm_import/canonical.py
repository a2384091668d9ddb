"""From the cells of a row to a canonical interaction, or to the reason why it is none."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.crm_import.addresses import mailable
from functions.crm_import.columns import Columns, Source
from functions.crm_import.moments import moment_reader
from functions.crm_import.table import LONGEST_CELL, Broken
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.identity import invitation_id, person_key
from functions.shared.domain.interaction import Interaction, Outcome

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SPACES = re.compile(r"\s+")
_INFIXES = frozenset(
    (
        "van",
        "von",
        "de",
        "den",
        "der",
        "het",
        "'t",
        "ter",
        "ten",
        "te",
        "la",
        "le",
        "du",
        "el",
        "op",
        "in",
        "aan",
        "bij",
        "af",
    )
)
_LANGUAGES = {
    **dict.fromkeys(("nl", "nld", "dut", "n", "nederlands", "dutch", "nederland", "vlaams"), "nl"),
    **dict.fromkeys(("en", "eng", "e", "engels", "english", "anglais"), "en"),
    **dict.fromkeys(("de", "deu", "ger", "d", "duits", "german", "deutsch"), "de"),
    **dict.fromkeys(("fr", "fra", "fre", "f", "frans", "french", "francais", "français"), "fr"),
}
_PLAIN_FIELDS = (
    "salutation",
    "channel",
    "employee_id",
    "employee_name",
    "team",
    "location",
    "product",
    "contact_reason",
)


class Unusable(ValueError):
    """A row that is no interaction: the name of the reason, with its values."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file in canonical form. `number` counts from 1; `outcome` is set where no rule needs to be asked.

    `person` and the other keys are empty where there is no person; `interaction` is None where the row is invalid.
    """

    number: int
    outcome: Outcome | None = None
    why: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    interaction: Interaction | None = field(default=None, repr=False)
    invitation_id: str = ""
    person: str = ""
    address_key: str = ""
    employee_key: str | None = None


class RowReader:
    """Reads the rows of one file by one plan."""

    def __init__(self, columns: Columns, bundle: ClientBundle, touchpoint: str | None, pepper: bytes) -> None:
        self._columns = columns
        self._client = bundle.client.client
        self._by_number = bundle.client.identity == "customer_number"
        self._touchpoint = touchpoint
        self._touchpoints = _names_of_touchpoints(bundle)
        self._pepper = pepper
        self._cells: dict[str, Callable[[list[str]], str]] = {
            name: _cell(source) for name, source in columns.sources.items()
        }
        moment = columns.sources["occurred_at"]
        self._moment = moment_reader(bundle.client.zone, moment.layout)
        self._employee_keys: dict[str, str] = {}

    def read(self, number: int, cells: list[str] | Broken) -> Row:
        """Return a row in canonical form; what is wrong with it is its outcome, never an exception."""
        if isinstance(cells, Broken):
            return Row(number, Outcome.INVALID, cells.why, cells.values)
        try:
            return self._row(number, cells)
        except Unusable as unusable:
            return Row(number, Outcome.INVALID, unusable.why, unusable.values)

    def _row(self, number: int, cells: list[str]) -> Row:
        self._check_lengths(cells)
        touchpoint = self._touchpoint or self._touchpoint_of(cells)
        occurred_at = self._occurred_at(cells)
        address = self._address(cells)
        get = self._get
        customer_id = get("customer_id", cells) or None
        number_of_person = customer_id if self._by_number else None
        address_key = person_key(self._pepper, self._client, address) if address else ""
        person = address_key
        if number_of_person:
            person = person_key(self._pepper, self._client, f"customer:{number_of_person}")
        elif not person and customer_id:
            person = person_key(self._pepper, self._client, f"customer:{customer_id}")
        given = get("interaction_id", cells)
        names = self._names(cells)
        interaction = Interaction(
            interaction_id=given or self._hashed_id(touchpoint, person or f"row {number}", occurred_at),
            client=self._client,
            touchpoint=touchpoint,
            occurred_at=occurred_at,
            address=address,
            customer_id=customer_id,
            language=_language(get("language", cells)),
            phone=get("phone", cells) or None,
            facts={name: text for name, index in self._columns.facts if (text := _clean(cells[index]))},
            **names,
            **{name: get(name, cells) or None for name in _PLAIN_FIELDS},
        )
        return Row(
            number,
            outcome=None if address else Outcome.NO_ADDRESS,
            why="" if address else ("no_address" if person else "no_person"),
            interaction=interaction,
            invitation_id=invitation_id(self._client, touchpoint, interaction.interaction_id),
            person=person,
            address_key=address_key,
            employee_key=self._employee_key(interaction),
        )

    def _get(self, name: str, cells: list[str]) -> str:
        cell = self._cells.get(name)
        return cell(cells) if cell else ""

    def _header(self, name: str) -> str:
        return self._columns.sources[name].header or name

    def _check_lengths(self, cells: list[str]) -> None:
        if max(map(len, cells)) > LONGEST_CELL:
            index = next(index for index, cell in enumerate(cells) if len(cell) > LONGEST_CELL)
            header = next((name for name, place in self._columns.facts if place == index), "")
            for source in self._columns.sources.values():
                header = source.header if index in source.indexes else header
            raise Unusable("cell_too_long", column=header or str(index + 1), limit=LONGEST_CELL)

    def _touchpoint_of(self, cells: list[str]) -> str:
        text = self._get("touchpoint", cells)
        if not text:
            raise Unusable("missing_touchpoint", column=self._header("touchpoint"))
        try:
            return self._touchpoints[text.casefold()]
        except KeyError:
            raise Unusable("unknown_row_touchpoint", column=self._header("touchpoint")) from None

    def _occurred_at(self, cells: list[str]) -> datetime:
        text = self._cells["occurred_at"](cells)
        if not text:
            raise Unusable("missing_moment", column=self._header("occurred_at"))
        try:
            return self._moment(text)
        except (ValueError, OverflowError):
            example = (
                self._columns.sources["occurred_at"].layout or "21-11-2026 14:05, 21/11/2026 14:05, 2026-11-21T14:05"
            )
            raise Unusable("bad_moment", column=self._header("occurred_at"), example=example) from None

    def _address(self, cells: list[str]) -> str | None:
        try:
            return mailable(self._get("email", cells))
        except ValueError:
            raise Unusable("bad_address", column=self._header("email")) from None

    def _names(self, cells: list[str]) -> dict[str, str | None]:
        first, infix, last = (self._get(name, cells) or None for name in ("first_name", "infix", "last_name"))
        if last is None and "name" in self._cells:
            whole = split_name(self._get("name", cells))
            first, infix, last = first or whole[0], infix or whole[1], whole[2]
        return {"first_name": first, "infix": infix, "last_name": last}

    def _hashed_id(self, touchpoint: str, person: str, occurred_at: datetime) -> str:
        """An opaque id for an interaction that came without one; `person` is an HMAC, so it tells nobody who."""
        name = f"{touchpoint}\x1f{person}\x1f{int(occurred_at.timestamp())}"
        return str(uuid.uuid5(_INTERACTIONS, f"{self._client}\x1f{name}"))

    def _employee_key(self, interaction: Interaction) -> str | None:
        who = interaction.employee_id or interaction.employee_name
        if not who:
            return None
        if who not in self._employee_keys:
            if len(self._employee_keys) > 50_000:
                self._employee_keys.clear()
            self._employee_keys[who] = person_key(self._pepper, self._client, f"employee:{who}")
        return self._employee_keys[who]


_INTERACTIONS = uuid.UUID("b3b2f1fc-6f2c-5f0e-8a53-0a7d2a4f1c36")


def split_name(name: str) -> tuple[str | None, str | None, str | None]:
    """Return (first name, infix, last name) of a whole one: `Jan de Vries`, `Vries, Jan de`. One word is the last."""
    before, comma, after = name.partition(",")
    words = [*after.split(), *before.split()] if comma else name.split()
    if len(words) < 2:
        return None, None, name or None
    start = 0 if words[0].casefold() in _INFIXES else 1
    while start < len(words) - 1 and words[start].casefold() not in _INFIXES:
        start += 1
    if words[start].casefold() not in _INFIXES:
        return words[0], None, " ".join(words[1:])
    end = start
    while end < len(words) - 1 and words[end].casefold() in _INFIXES:
        end += 1
    return " ".join(words[:start]) or None, " ".join(words[start:end]) or None, " ".join(words[end:])


def _clean(text: str) -> str:
    """Return the text of a cell trimmed, without control characters, with every run of white space as one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", _CONTROL.sub("", text)).strip()


def _cell(source: Source) -> Callable[[list[str]], str]:
    if source.constant is not None:
        constant = source.constant
        return lambda cells: constant
    if len(source.indexes) == 1 and not source.values:
        index = source.indexes[0]
        return lambda cells: _clean(cells[index])

    def joined(cells: list[str]) -> str:
        text = " ".join(part for index in source.indexes if (part := _clean(cells[index])))
        return source.values.get(text.casefold(), text)

    return joined


def _language(text: str) -> str | None:
    if not text:
        return None
    known = _LANGUAGES.get(text.casefold()) or _LANGUAGES.get(text[:2].casefold() if text[2:3] in "-_" else "")
    if known and re.fullmatch(r"[a-z]{2}[-_][a-zA-Z]{2}", text):
        return f"{known}-{text[3:].upper()}"
    return known


def _names_of_touchpoints(bundle: ClientBundle) -> dict[str, str]:
    """A column may name a touchpoint by its slug or by its name in any language, in any case."""
    names = {name.casefold(): slug for slug, one in bundle.touchpoints.items() for name in one.name.values()}
    return names | {slug: slug for slug in bundle.touchpoints}
