"""Which columns of a customer file say who, as of when, and what for the client's dimensions; no other is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.crm_import.columns.addresses import BadAddress, mailable_addresses
from functions.crm_import.columns.cells import clean, shape_of
from functions.crm_import.columns.contents import Contents
from functions.crm_import.columns.customer_numbers import PLACEHOLDERS, canonical_number
from functions.crm_import.columns.moments import moment_reader
from functions.crm_import.columns.recognition import column_places
from functions.crm_import.errors import FileRejected
from functions.crm_import.header_names import recognise
from functions.crm_import.messages import MessageParameter
from functions.crm_import.readers.table import MAX_CELL_LENGTH, NO_VALUE, Broken, Cells, Place
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.column_mapping import bare
from functions.shared.domain.customer_attributes import CustomerRow, CustomerRowOutcome
from functions.shared.domain.identity import person_key
from functions.shared.domain.masking import mask

_AS_OF = tuple(
    bare(name)
    for name in (
        *("peildatum", "standdatum", "stand per", "geldig vanaf", "per datum"),
        *("as of", "as of date", "snapshot date", "valid from", "effective date", "stichtag"),
    )
)
_MAX_KEPT_TEXT = 100
"""Characters of a cell that are kept: a list or a band needs no more."""


@dataclass(frozen=True)
class CustomerColumns:
    """The plan by which the rows are read: indexes of the cells, None where the file has no such column.

    `attributes` are by the header as it is compared; `explained` tells of every header what it was taken for.
    """

    customer_id: int | None
    email: int | None
    as_of: int | None
    layout: str | None
    attributes: Mapping[str, int]
    explained: Mapping[str, Mapping[str, str | None]]


def customers_place(bundle: ClientBundle) -> Place:
    """Return where in a file the rows are, as far as the client's mapping of customer files tells."""
    name = bundle.client.customer_mapping
    mapping = bundle.mappings[name] if name else None
    return Place(mapping.sheet, mapping.record, mapping.include_hidden) if mapping else Place()


def understand_customers(
    header: tuple[str, ...], bundle: ClientBundle, contents: Contents | None = None
) -> CustomerColumns:
    """Return the plan for a file's header. Raises FileRejected where nobody, or nothing of use, is told."""
    wanted = {bare(one.customer): one.customer for one in bundle.client.dimensions if one.customer is not None}
    if not wanted:
        raise FileRejected("no_customer_dimension")
    places = column_places(header)
    attributes = {name: places[name][0] for name in wanted if name in places}
    name = bundle.client.customer_mapping
    layout = None
    if name:
        found, layout = _mapped(header, bundle, name)
    else:
        found = _recognised(header, set(attributes.values()))
    how = dict.fromkeys(found, "mapping" if name else "recognised")
    if not found.keys() & {"customer_id", "email"}:
        used = {*found.values(), *attributes.values()}
        index = contents.column("email", header, used) if contents and not name else None
        if index is None:
            raise _nobody(header)
        found["email"], how["email"] = index, "contents"
    if not attributes:
        raise FileRejected("no_customer_column", wanted=", ".join(wanted.values()), found=_shown(header))
    explained: dict[str, Mapping[str, str | None]] = {}
    fields = {index: field for field, index in found.items()}
    for index, title in enumerate(header):
        if title and title not in explained:
            field = fields.get(index)
            kept = "attribute" if index in attributes.values() else "ignored"
            explained[title] = {"field": field, "how": how[field] if field else kept}
    for one, title in wanted.items():
        if one not in attributes:
            explained.setdefault(title, {"field": None, "how": "missing"})
    return CustomerColumns(
        found.get("customer_id"), found.get("email"), found.get("as_of"), layout, attributes, explained
    )


class CustomerReader:
    """Reads the rows of one file by one plan: to a key, never to an address."""

    def __init__(self, columns: CustomerColumns, bundle: ClientBundle, pepper: bytes) -> None:
        client = bundle.client
        self._columns = columns
        self._moment = moment_reader(client.zone, columns.layout)
        self._zone = client.zone
        self._key: Callable[[str], str] = lambda identity: person_key(pepper, client.client, identity)

    def read(self, number: int, cells: Cells | Broken) -> CustomerRow:
        """Return what a row says of whom; what is wrong with it is its outcome, never an exception."""
        if isinstance(cells, Broken):
            return CustomerRow(number, outcome=CustomerRowOutcome.INVALID, why=cells.why, values=cells.values)
        if max(map(len, cells)) > MAX_CELL_LENGTH:
            values = {"limit": MAX_CELL_LENGTH}
            return CustomerRow(number, outcome=CustomerRowOutcome.INVALID, why="long_cell_in_list", values=values)
        key, why = self._who(cells)
        if not key:
            return CustomerRow(number, outcome=CustomerRowOutcome.NO_CUSTOMER, why=why)
        text = self._text(self._columns.as_of, cells)
        at: datetime | None = None
        if text:
            try:
                at = self._moment(text)
            except (ValueError, OverflowError):
                shape = {"shape": shape_of(text)}
                return CustomerRow(number, outcome=CustomerRowOutcome.INVALID, why="bad_as_of", values=shape)
        attributes = {}
        for name, index in self._columns.attributes.items():
            text = self._text(index, cells)
            attributes[name] = "" if text == NO_VALUE else mask(text[:_MAX_KEPT_TEXT])
        return CustomerRow(number, key, attributes, at)

    def _who(self, cells: Cells) -> tuple[str, str]:
        """Return the key of the customer, by number where there is one that is somebody's, or why there is none."""
        written = self._text(self._columns.customer_id, cells)
        if written and not PLACEHOLDERS.why(number := canonical_number(written)):
            return self._key(f"customer:{number}"), ""
        try:
            addresses = mailable_addresses(self._text(self._columns.email, cells))
        except BadAddress:
            addresses = ()
        return (self._key(addresses[0]), "") if addresses else ("", "no_person")

    @staticmethod
    def _text(index: int | None, cells: Cells) -> str:
        return "" if index is None else clean(cells[index])


def _recognised(header: tuple[str, ...], attributes: set[int]) -> dict[str, int]:
    best: dict[str, tuple[int, int]] = {}
    for index, title in enumerate(header):
        recognised = recognise(title)
        if recognised and recognised[1] in ("customer_id", "email"):
            best[recognised[1]] = min(best.get(recognised[1], (recognised[0], index)), (recognised[0], index))
        if bare(title) in _AS_OF and index not in attributes:
            rank = _AS_OF.index(bare(title))
            best["as_of"] = min(best.get("as_of", (rank, index)), (rank, index))
    return {name: index for name, (_, index) in best.items()}


def _mapped(header: tuple[str, ...], bundle: ClientBundle, name: str) -> tuple[dict[str, int], str | None]:
    """Return the fields that the mapping names; its moment of the contact is the moment as of which a row is told."""
    fields, places = bundle.mappings[name].fields, column_places(header)
    found: dict[str, int] = {}
    for field, ours in (("customer_id", "customer_id"), ("email", "email"), ("occurred_at", "as_of")):
        columns = fields[field].columns if field in fields else ()
        known = [title for title in columns if bare(title) in places]
        if known:
            found[ours] = places[bare(known[0])][0]
    return found, fields["occurred_at"].format if "occurred_at" in fields else None


def _nobody(header: tuple[str, ...]) -> FileRejected:
    advice = MessageParameter("advice_rename", example=MessageParameter("header_person"))
    wanted = MessageParameter("wanted_person")
    return FileRejected("column_missing", wanted=wanted, found=_shown(header), advice=advice)


def _shown(header: tuple[str, ...]) -> str:
    return ", ".join(title for title in header[:20] if title) + (", ..." if len(header) > 20 else "")
