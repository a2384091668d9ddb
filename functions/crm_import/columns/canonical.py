"""From the cells of a row to a canonical interaction, or to the reason why it is none.

What depends on the file alone is settled before its first row: which cell is which field, how a moment is written,
what the keys and ids of its rows begin with. A row then is one look at its cells, one pick of the fields, and what is
its own: the moment, the address, a key, an id.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter

from functions.crm_import.columns.addresses import BadAddress, mailable_addresses
from functions.crm_import.columns.cells import cleaned, shape_of
from functions.crm_import.columns.customer_numbers import PLACEHOLDERS, NobodysNumbers, canonical_number
from functions.crm_import.columns.moments import moment_reader
from functions.crm_import.columns.people import language_of, split_name
from functions.crm_import.columns.phone_addressing import phone_addressing
from functions.crm_import.columns.recognition import Columns, ColumnSource
from functions.crm_import.columns.row import NO_VALUES, Row
from functions.crm_import.readers.table import MAX_CELL_LENGTH, MAX_KEPT_LENGTH, NO_VALUE, Broken, Cells
from functions.shared.domain.channels import MAIL, Channel
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.identity import interaction_ids, invitation_ids, person_keys
from functions.shared.domain.interaction import NO_FACTS, Interaction, RowOutcome
from functions.shared.domain.mail_providers import company_domain
from functions.shared.domain.masking import mask

_FIELDS = (
    *("interaction_id", "touchpoint", "occurred_at", "email", "customer_id", "language", "name"),
    *("salutation", "first_name", "infix", "last_name", "phone", "channel", "employee_id", "employee_name"),
    *("team", "location", "product", "contact_reason"),
)
"""In the order in which a row is read."""
_MAX_KEPT = 50_000
_EXAMPLE = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
_EXAMPLES = "21-11-2026 14:05, 21/11/2026 14:05, 2026-11-21T14:05"

_masked = lru_cache(maxsize=4096)(mask)
"""Most texts of a dimension come again and again."""

_CANNOT_DO_WITHOUT = {"interaction_id", "touchpoint", "occurred_at", "email", "customer_id", "phone"}
"""Fields that say who, when and about what: a result that is not known there is no empty cell."""
_REMARKED = {"several_addresses": "email", "placeholder_number": "customer_id", "shared_number": "customer_id"}
"""Of each remark on a row that is used: the field whose column it is about."""

_ALONE = {"placeholder_number": "placeholder_alone", "shared_number": "shared_alone"}
"""Of each remark on a number: what it says where there is no address either."""

_Derive = Callable[[Cells], str]


class Unusable(ValueError):
    """A row that is no interaction: the name of the reason, with its values."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


class RowReader:
    """Reads the rows of one file by one plan."""

    def __init__(
        self,
        columns: Columns,
        bundle: ClientBundle,
        touchpoint: str | None,
        pepper: bytes,
        *,
        sends_sms: bool = False,
        month_first: bool = False,
        nobodys: NobodysNumbers = PLACEHOLDERS,
    ) -> None:
        self._columns = columns
        self._client = bundle.client.client
        self._by_number = bundle.client.identity == "customer_number"
        self._has_customers = any(one.customer is not None for one in bundle.client.dimensions)
        self._touchpoint = touchpoint
        self._touchpoints = _names_of_touchpoints(bundle)
        self._by_phone = phone_addressing(bundle, sends_sms=sends_sms)
        self._nobodys = nobodys
        self._moment = moment_reader(bundle.client.zone, columns.sources["occurred_at"].layout, month_first=month_first)
        self._key = person_keys(pepper, self._client)
        self._invitation_ids = {slug: invitation_ids(self._client, slug) for slug in bundle.touchpoints}
        self._interaction_id = interaction_ids(self._client)
        self._employee_keys: dict[str, str] = {}
        self._domain_keys: dict[str, str] = {}
        self._facts = columns.facts
        self._used = {index: source.header for source in columns.sources.values() for index in source.indexes}
        self._used |= {index: name for name, index in columns.facts}
        self._room = MAX_KEPT_LENGTH - sum(len(name) for name, _ in columns.facts)
        self._derived, self._constants, self._pick = _compiled(columns.sources)

    def read(self, number: int, cells: Cells | Broken) -> Row:
        """Return a row in canonical form; what is wrong with it is its outcome, never an exception."""
        if isinstance(cells, Broken):
            return Row(number, RowOutcome.INVALID, cells.why, cells.values)
        try:
            return self._row(number, cells)
        except Unusable as unusable:
            return Row(number, RowOutcome.INVALID, unusable.why, unusable.values)

    def _row(self, number: int, raw: Cells) -> Row:
        cells = cleaned(raw)
        if cells is None:
            cells = self._cleaned_where_used(raw)
        if cells is not raw and NO_VALUE in cells:
            cells = self._without_formulas(cells)
        picked = self._pick(cells + [derive(cells) for derive in self._derived] + self._constants)
        # fmt: off
        (given_id, its_touchpoint, moment, email, customer_id, language, name,
         salutation, first, infix, last, phone, contact_channel, employee_id, employee_name,
         team, location, product, contact_reason) = picked
        # fmt: on
        touchpoint = self._touchpoint or self._touchpoint_of(its_touchpoint)
        occurred_at = self._occurred_at(moment)
        person, former, address, address_key, channel, without, remark = self._who(
            touchpoint, email, phone, customer_id
        )
        interaction_id = given_id or self._hashed_id(touchpoint, person or f"row {number}", occurred_at)
        invitation_id = self._invitation_ids[touchpoint](interaction_id)
        if "@" in given_id:  # an address is kept with the contact, and nowhere else
            interaction_id = self._interaction_id(given_id)
        if name and not last:
            first, infix, last = _with_whole_name(name, first, infix)
        facts = self._facts_of(cells) if self._facts else NO_FACTS
        if sum(map(len, picked)) + sum(map(len, facts.values())) > self._room:
            raise Unusable("row_too_long", limit=MAX_KEPT_LENGTH)
        interaction = Interaction(
            interaction_id,
            self._client,
            touchpoint,
            occurred_at,
            address,
            customer_id or None,
            salutation or None,
            first or None,
            infix or None,
            last or None,
            phone or None,
            language_of(language),
            contact_channel or None,
            employee_id or None,
            employee_name or None,
            team or None,
            location or None,
            _masked(product) or None,
            _masked(contact_reason) or None,
            facts,
        )
        outcome: RowOutcome | None
        values: Mapping[str, object]
        if isinstance(without, BadAddress):
            outcome, why, values = RowOutcome.INVALID, without.why, {"column": self._header("email"), **without.values}
        else:
            outcome, why = (None, remark) if address else (RowOutcome.NO_ADDRESS, without)
            values = {"column": self._header(_REMARKED[remark])} if remark else NO_VALUES
        return Row(
            number,
            outcome,
            why,
            values,
            interaction,
            invitation_id,
            person,
            address_key,
            self._employee_key(employee_id or employee_name),
            channel=channel,
            domain_key=self._domain_key(address) if address and channel == MAIL else "",
            former_key=former,
            customer_key=self._customer_key(customer_id) if self._has_customers and customer_id else "",
        )

    def _who(
        self, touchpoint: str, email: str, phone: str, customer_id: str
    ) -> tuple[str, str, str | None, str, Channel, str | BadAddress, str]:
        """Return the person's key, now and formerly, the address, its key and channel, why there is none, a remark."""
        broken: BadAddress | None = None
        address, remark = None, ""
        try:
            addresses = mailable_addresses(email)
            if addresses:
                address = addresses[0]
                remark = "several_addresses" if len(addresses) > 1 else ""
        except BadAddress as error:
            broken = error
        person = address_key = self._key(address) if address else ""
        without, channel = "", MAIL
        if touchpoint in self._by_phone:
            address, channel, is_broken, without = self._by_phone[touchpoint](address, phone, broken is not None)
            broken = broken if is_broken else None
            address_key = self._key(address) if address else ""
            person = person or address_key
        former = ""
        if customer_id and (self._by_number or not person):
            number = canonical_number(customer_id)
            if why := self._nobodys.why(number):
                remark = why
            else:
                person = self._key(f"customer:{number}")
                former = self._key(f"customer:{customer_id}") if number != customer_id else ""
        missing = without or ("no_address" if person else _ALONE.get(remark, "no_person"))
        return person, former, address, address_key, channel, broken or missing, remark

    def _facts_of(self, cells: Cells) -> dict[str, str]:
        return {fact: _masked(text) for fact, place in self._facts if (text := cells[place])}

    def _header(self, name: str) -> str:
        return self._columns.sources[name].header or name

    def _cleaned_where_used(self, raw: Cells) -> Cells:
        """Return the cells of a row with a cell that is too long, which is no matter where nothing is kept of it."""
        cells = [cell if index in self._used else "" for index, cell in enumerate(raw)]
        for index, cell in enumerate(cells):
            if len(cell) > MAX_CELL_LENGTH:
                raise Unusable("cell_too_long", column=self._used[index], limit=MAX_CELL_LENGTH)
        return cleaned(cells) or cells

    def _without_formulas(self, cells: Cells) -> Cells:
        """Return a row with nothing in the place of a result that is not in the file, where it can do without."""
        for name in _CANNOT_DO_WITHOUT & self._columns.sources.keys():
            source = self._columns.sources[name]
            if any(cells[index] == NO_VALUE for index in source.indexes):
                raise Unusable("formula_without_result", column=source.header)
        return ["" if cell == NO_VALUE else cell for cell in cells]

    def _touchpoint_of(self, text: str) -> str:
        if not text:
            raise Unusable("missing_touchpoint", column=self._header("touchpoint"))
        try:
            return self._touchpoints[text.casefold()]
        except KeyError:
            raise Unusable("unknown_row_touchpoint", column=self._header("touchpoint")) from None

    def _occurred_at(self, text: str) -> datetime:
        if not text:
            raise Unusable("missing_moment", column=self._header("occurred_at"))
        try:
            return self._moment(text)
        except (ValueError, OverflowError):
            layout = self._columns.sources["occurred_at"].layout
            example = f"{_EXAMPLE:{layout}}" if layout else _EXAMPLES
            header = self._header("occurred_at")
            raise Unusable("bad_moment", column=header, shape=shape_of(text), example=example) from None

    def _hashed_id(self, touchpoint: str, person: str, occurred_at: datetime) -> str:
        """An opaque id for an interaction that came without one; `person` is an HMAC, so it tells nobody who."""
        return self._interaction_id(f"{touchpoint}\x1f{person}\x1f{int(occurred_at.timestamp())}")

    def _employee_key(self, who: str) -> str | None:
        return _kept(self._employee_keys, who, lambda: self._key(f"employee:{who}")) if who else None

    def _customer_key(self, customer_id: str) -> str:
        number = canonical_number(customer_id)
        return "" if self._nobodys.why(number) else self._key(f"customer:{number}")

    def _domain_key(self, address: str) -> str:
        domain = company_domain(address)
        return _kept(self._domain_keys, domain, lambda: self._key(f"domain:{domain}")) if domain else ""


def _with_whole_name(name: str, first: str, infix: str) -> tuple[str, str, str]:
    whole = split_name(name)
    return first or whole[0] or "", infix or whole[1] or "", whole[2] or ""


def _kept(keys: dict[str, str], name: str, make: Callable[[], str]) -> str:
    """Return a key that is made once, or now and then where there are very many."""
    key = keys.get(name)
    if key is None:
        if len(keys) > _MAX_KEPT:
            keys.clear()
        key = keys[name] = make()
    return key


def _compiled(
    sources: Mapping[str, ColumnSource],
) -> tuple[tuple[_Derive, ...], list[str], Callable[[list[str]], tuple[str, ...]]]:
    """Return (what makes more cells of the cells of a row, constants to follow those, what picks the fields of all)."""
    derived: dict[str, _Derive] = {}
    constants = {"": ""}
    for name, source in sources.items():
        if source.constant is not None:
            constants[name] = source.constant
        elif len(source.indexes) != 1 or source.values:
            derived[name] = _joined(source)
    added = [*derived, *constants]

    def place(name: str) -> int:
        if name in added:
            return added.index(name) - len(added)
        return sources[name].indexes[0] if name in sources else added.index("") - len(added)

    return tuple(derived.values()), list(constants.values()), itemgetter(*map(place, _FIELDS))


def _joined(source: ColumnSource) -> _Derive:
    def joined(cells: Cells) -> str:
        filled = [cells[index] for index in source.indexes if cells[index]]
        text = " ".join(filled[:1] if source.alternatives else filled)
        return source.values.get(text.casefold(), text)

    return joined


def _names_of_touchpoints(bundle: ClientBundle) -> dict[str, str]:
    """A column may name a touchpoint by its slug or by its name in any language, in any case."""
    names = {name.casefold(): slug for slug, one in bundle.touchpoints.items() for name in one.name.values()}
    return names | {slug: slug for slug in bundle.touchpoints}
