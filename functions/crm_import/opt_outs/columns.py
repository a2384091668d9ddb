"""Which columns of a list of opt-outs say who, and since when; and the rows, read by that plan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.crm_import.columns.addresses import BadAddress, mailable_addresses, unmailable
from functions.crm_import.columns.cells import clean
from functions.crm_import.columns.contents import Contents
from functions.crm_import.columns.customer_numbers import canonical_number
from functions.crm_import.columns.moments import moment_reader
from functions.crm_import.columns.recognition import ColumnSource, column_places, who
from functions.crm_import.errors import FileRejected
from functions.crm_import.header_names import recognise
from functions.crm_import.messages import MessageParameter
from functions.crm_import.readers.table import MAX_CELL_LENGTH, NO_VALUE, Broken, Cells, Place
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.column_mapping import Column, bare
from functions.shared.domain.identity import person_key
from functions.shared.domain.opt_outs import ListOutcome
from functions.shared.domain.placeholders import is_placeholder_number

_SINCE = tuple(
    bare(name)
    for name in (
        *("afgemeld op", "datum afmelding", "afmelddatum", "uitgeschreven op", "datum uitschrijving", "sinds"),
        *("opt-out date", "opt-out datum", "opted out at", "opted out on", "opt-out at", "unsubscribed at"),
        *("unsubscribed on", "unsubscribe date", "unsubscribe time", "unsub_time", "optout_time", "since"),
        *("datum", "datum/tijd", "date", "date/time", "timestamp", "tijdstip"),
    )
)
"""The surest first. Not when the customer came to the client: a list that has only that tells no date."""
_BY_MAPPING = {"occurred_at": "since"}
"""In a mapping the moment of the contact is the moment of the no."""


@dataclass(frozen=True)
class ListColumns:
    """The plan by which the rows are read: `email`, `customer_id`, `phone` and `since`, as far as the list has them.

    `phone` counts for clients that invite by SMS. `explained` tells of every header what it was taken for; what is none
    of these is not read.
    """

    sources: Mapping[str, ColumnSource]
    explained: Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a list: the keys under which its no stands, and since when where that is told.

    `outcome` is set where the row names nobody, and `why` then says for what reason; beside keys it is a remark.
    `partly`: an address of the row was not understood, beside what was.
    """

    number: int
    keys: tuple[str, ...] = ()
    since: datetime | None = None
    outcome: ListOutcome | None = None
    why: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    partly: bool = False


def list_place(bundle: ClientBundle) -> Place:
    """Return where in a file the rows are, as far as the client's mapping of opt-outs tells.

    Hidden rows are read, too: an opt-out that nobody sees is one all the same.
    """
    name = bundle.client.opt_out_mapping
    mapping = bundle.mappings[name] if name else None
    return Place(mapping.sheet, mapping.record, include_hidden=True) if mapping else Place(include_hidden=True)


def understand_list(header: tuple[str, ...], bundle: ClientBundle, contents: Contents | None = None) -> ListColumns:
    """Return the plan for a list's header, or where no name says who, for its contents. Raises FileRejected."""
    name = bundle.client.opt_out_mapping
    persons = who(bundle, touchpoint=None)
    sources = _mapped(header, bundle.mappings[name].fields, persons) if name else _recognised(header, persons)
    how = "mapping" if name else "recognised"
    if not sources.keys() & persons:
        used = {index for source in sources.values() for index in source.indexes}
        index = contents.column("email", header, used) if contents and not name else None
        if index is None:
            raise _nobody(header, name, bundle, persons)
        sources["email"], how = ColumnSource((index,), header[index]), "contents"
    taken = {index: field for field, source in sources.items() for index in source.indexes}
    explained: dict[str, Mapping[str, str | None]] = {}
    for index, title in enumerate(header):
        if title and title not in explained:
            known = taken.get(index)
            recognised = "recognised" if known == "since" and how == "contents" else how
            explained[title] = {"field": known, "how": recognised if known else "ignored"}
    return ListColumns(sources, explained)


class ListReader:
    """Reads the rows of one list by one plan: to keys, never to addresses."""

    def __init__(self, columns: ListColumns, bundle: ClientBundle, pepper: bytes) -> None:
        client = bundle.client
        self._key: Callable[[str], str] = lambda identity: person_key(pepper, client.client, identity)
        self._by_number = client.identity == "customer_number"
        self._cells = {name: _cell(source) for name, source in columns.sources.items()}
        self._headers = {name: source.header or name for name, source in columns.sources.items()}
        self._number = _texted(client.country) if "phone" in columns.sources else lambda _: None
        since = columns.sources.get("since")
        self._moment = moment_reader(client.zone, since.layout if since else None)

    def read(self, number: int, cells: Cells | Broken) -> ListRow:
        """Return whom a row names; what is wrong with it is its outcome, never an exception.

        A no is taken as far as it can be understood: a broken address beside a customer number, or a date that
        cannot be read, is a remark.
        """
        if isinstance(cells, Broken):
            return ListRow(number, outcome=ListOutcome.INVALID, why=cells.why, values=cells.values)
        if max(map(len, cells)) > MAX_CELL_LENGTH:
            return ListRow(
                number, outcome=ListOutcome.INVALID, why="long_cell_in_list", values={"limit": MAX_CELL_LENGTH}
            )
        keys, why, values, broken = self._keys(cells)
        if not keys:
            outcome = ListOutcome.INVALID if broken else ListOutcome.NO_ADDRESS
            return ListRow(number, outcome=outcome, why=why, values=values)
        since, unclear = self._since(cells)
        if unclear and not broken:
            why, values = "unclear_since", {"column": self._headers["since"]}
        return ListRow(number, keys, since, None, why, values, partly=broken)

    def _keys(self, cells: Cells) -> tuple[tuple[str, ...], str, Mapping[str, object], bool]:
        """Return the keys of all whom a row names, why something of it is not understood, and whether an address is."""
        written = self._text("customer_id", cells)
        number = canonical_number(written) if written else ""
        phone = self._number(self._text("phone", cells))
        email = self._text("email", cells)
        nobody = bool(number) and is_placeholder_number(number)
        # Under the number as earlier releases compared it, too: who was asked by then has it on the invitation.
        numbers = dict.fromkeys((number, written)) if number and self._by_number and not nobody else ()
        keys = [self._key(f"customer:{one}") for one in numbers]
        keys += [self._key(phone)] if phone else []
        column = {"column": self._headers.get("email")}
        try:
            keys += [self._key(address) for address in mailable_addresses(email)]
        except BadAddress as bad:
            return tuple(keys), bad.why, {**column, **bad.values}, True
        if left := unmailable(email):
            return tuple(keys), "addresses_left", {**column, "count": left}, True
        for name in sorted(self._cells.keys() - {"since"}):
            if NO_VALUE in self._text(name, cells):
                return tuple(keys), "formula_without_result", {"column": self._headers[name]}, True
        if keys:
            return tuple(keys), "", {}, False
        if number:
            why = "placeholder_in_list" if nobody else "number_alone"
            return (), why, {"column": self._headers.get("customer_id")}, False
        columns = self._cells.keys() - {"since"}
        if len(columns) == 1:
            return (), {"email": "no_address", "phone": "no_phone"}.get(min(columns), "no_person"), {}, False
        return (), "no_address_or_phone" if "phone" in columns else "no_person", {}, False

    def _since(self, cells: Cells) -> tuple[datetime | None, bool]:
        text = self._text("since", cells)
        if not text:
            return None, False
        try:
            return self._moment(text), False
        except (ValueError, OverflowError):
            return None, True

    def _text(self, name: str, cells: Cells) -> str:
        cell = self._cells.get(name)
        return cell(cells) if cell else ""


def _texted(country: str) -> Callable[[str], str | None]:
    from functions.crm_import.columns.phones import textable

    return lambda text: textable(text, country)


def _recognised(header: tuple[str, ...], persons: set[str]) -> dict[str, ColumnSource]:
    best: dict[str, tuple[int, int]] = {}
    for index, title in enumerate(header):
        recognised = recognise(title)
        rank, name = recognised if recognised and recognised[1] in persons else (0, "")
        if bare(title) in _SINCE:
            rank, name = _SINCE.index(bare(title)), "since"
        if name:
            best[name] = min(best.get(name, (rank, index)), (rank, index))
    places = column_places(header)  # of columns with one name, each can hold an opt-out
    return {name: ColumnSource(places[bare(header[index])], header[index]) for name, (_, index) in best.items()}


def _mapped(header: tuple[str, ...], fields: Mapping[str, Column], persons: set[str]) -> dict[str, ColumnSource]:
    places = column_places(header)
    sources = {}
    for name in (*persons, "occurred_at"):
        column = fields.get(name)
        known = [title for title in column.columns if bare(title) in places] if column else []
        if column and known:
            sources[_BY_MAPPING.get(name, name)] = ColumnSource(
                indexes=tuple(index for title in known for index in places[bare(title)]),
                header=" + ".join(known),
                values={value.strip().casefold(): ours for value, ours in (column.values or {}).items()},
                layout=column.format,
            )
    return sources


def _nobody(header: tuple[str, ...], name: str | None, bundle: ClientBundle, persons: set[str]) -> FileRejected:
    fields = bundle.mappings[name].fields if name else {}
    expected = [title for one in fields if one in persons for title in fields[one].columns]
    advice = (
        MessageParameter("advice_mapping", mapping=name, expected=", ".join(expected))
        if expected
        else MessageParameter("advice_rename", example=MessageParameter("header_person"))
    )
    shown = ", ".join(title for title in header[:20] if title) + (", ..." if len(header) > 20 else "")
    return FileRejected("column_missing", wanted=MessageParameter("wanted_person"), found=shown, advice=advice)


def _cell(source: ColumnSource) -> Callable[[Cells], str]:
    def text(cells: Cells) -> str:
        joined = " ".join(part for index in source.indexes if (part := clean(cells[index])))
        return source.values.get(joined.casefold(), joined)

    return text
