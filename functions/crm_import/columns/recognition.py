"""Which column is what: as the client's mapping says, or recognised by name or contents; and how that is explained."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from functions.crm_import.columns.cells import clean
from functions.crm_import.columns.contents import Contents, mapping_line
from functions.crm_import.errors import FileRejected
from functions.crm_import.header_names import recognise
from functions.crm_import.messages import MessageParameter
from functions.crm_import.readers.table import Cells, Place
from functions.shared.domain.channels import CHANNELS
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.column_mapping import ColumnMapping, bare


@dataclass(frozen=True)
class ColumnSource:
    """Where a canonical field comes from: the cells at `indexes` joined with a space, or a constant.

    `alternatives`: the columns have the same name, and the first cell with something in it counts.
    """

    indexes: tuple[int, ...] = ()
    header: str = ""
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """The client's values (in lower case) to ours."""
    layout: str | None = None
    alternatives: bool = False


@dataclass(frozen=True)
class Columns:
    """The plan by which every row of a file is read, and its explanation on the receipt."""

    sources: Mapping[str, ColumnSource]
    facts: tuple[tuple[str, int], ...]
    explained: Mapping[str, Mapping[str, str | None]]
    """By header: `field` (None for a fact) and `how`: mapping, recognised, contents, fact, ignored or missing."""
    remarks: tuple[MessageParameter, ...] = ()
    """What is to be told of it: what was decided by the contents alone."""

    def text_of(self, name: str) -> Callable[[Cells], str]:
        """Return what gives the text of a field in a row as it stands, for a look at some rows; empty without one."""
        source = self.sources.get(name, ColumnSource())

        def text(cells: Cells) -> str:
            filled = [part for index in source.indexes if (part := clean(cells[index]))]
            return " ".join(filled[:1] if source.alternatives else filled)

        return text


def understand(
    header: tuple[str, ...], bundle: ClientBundle, touchpoint: str | None, contents: Contents | None = None
) -> Columns:
    """Return the plan for a file's header. Raises FileRejected where a column is missing that no row can do without.

    A touchpoint that the folder names overrules a column; without it a touchpoint column is needed. What no name says,
    and no mapping, is decided by the contents where exactly one column fits.
    """
    name, mapping = _mapping(bundle, touchpoint)
    columns = _recognised(header) if mapping is None else _mapped(header, mapping)
    if mapping is None and contents is not None:
        columns = _with_contents(columns, header, contents, who(bundle, touchpoint) - {"customer_id"})
    missing = []
    if not who(bundle, touchpoint) & columns.sources.keys():
        missing.append("person")
    if "occurred_at" not in columns.sources:
        missing.append("occurred_at")
    if missing:
        raise _column_missing(missing[0], header, name, mapping)
    if touchpoint is None and "touchpoint" not in columns.sources:
        raise FileRejected("no_touchpoint", prefix="uploads/", client=bundle.client.client)
    return columns


def who(bundle: ClientBundle, touchpoint: str | None) -> set[str]:
    """Return the fields of which a file needs one, to say who its contacts are."""
    asked = [bundle.touchpoints[touchpoint]] if touchpoint else bundle.touchpoints.values()
    return {"email", "customer_id"} | {CHANNELS[way].recipient_field for one in asked for way in one.invite_by}


def place_of(bundle: ClientBundle, touchpoint: str | None) -> Place:
    """Return where in a file the rows are, as far as the client's mapping tells."""
    _, mapping = _mapping(bundle, touchpoint)
    return Place(mapping.sheet, mapping.record, mapping.include_hidden) if mapping else Place()


def _mapping(bundle: ClientBundle, touchpoint: str | None) -> tuple[str, ColumnMapping | None]:
    """Return the mapping of the touchpoint; for a file with a touchpoint column the first one that maps it."""
    if touchpoint is not None:
        name = bundle.touchpoints[touchpoint].mapping
        return (name, bundle.mappings[name]) if name else ("", None)
    for name, mapping in sorted(bundle.mappings.items()):
        if "touchpoint" in mapping.fields:
            return name, mapping
    return "", None


def _mapped(header: tuple[str, ...], mapping: ColumnMapping) -> Columns:
    places = column_places(header)
    shown = _told_apart(header)
    sources: dict[str, ColumnSource] = {}
    explained: dict[str, dict[str, str | None]] = {}
    for canonical, column in mapping.fields.items():
        known = [name for name in column.columns if bare(name) in places]
        for name in column.columns:
            for index in places.get(bare(name), ()):
                explained[shown[index]] = {"field": canonical, "how": "mapping"}
            if name not in known:
                explained[name] = {"field": canonical, "how": "missing"}
        if known or column.constant is not None:
            twice = [name for name in known if len(places[bare(name)]) > 1]
            if twice and len(known) > 1:
                raise FileRejected("header_twice", column=twice[0])
            sources[canonical] = ColumnSource(
                indexes=tuple(index for name in known for index in places[bare(name)]),
                header=" + ".join(known),
                constant=column.constant,
                values={value.strip().casefold(): ours for value, ours in (column.values or {}).items()},
                layout=column.format,
                alternatives=bool(twice),
            )
    used = {index for source in sources.values() for index in source.indexes}
    return _with_facts(header, sources, explained, used, {bare(name) for name in mapping.facts})


def _recognised(header: tuple[str, ...]) -> Columns:
    best: dict[str, tuple[int, int]] = {}
    for index, name in enumerate(header):
        recognised = recognise(name)
        if recognised:
            rank, canonical = recognised
            best[canonical] = min(best.get(canonical, (rank, index)), (rank, index))
    if "name" in best and "last_name" in best:
        del best["name"]
    places, shown = column_places(header), _told_apart(header)
    sources = {}
    explained: dict[str, dict[str, str | None]] = {}
    for canonical, (_, index) in best.items():
        indexes = places[bare(header[index])]
        sources[canonical] = ColumnSource(indexes, header[index], alternatives=len(indexes) > 1)
        explained |= {shown[one]: {"field": canonical, "how": "recognised"} for one in indexes}
    return _with_facts(
        header, sources, explained, {one for source in sources.values() for one in source.indexes}, set()
    )


def _with_contents(columns: Columns, header: tuple[str, ...], contents: Contents, persons: set[str]) -> Columns:
    """Add the fields that a file cannot do without, and that no name gives, by what stands in its columns.

    Where several columns can be a way to reach people, and another way is known, that is a remark and no refusal.
    """
    sources, explained, remarks = dict(columns.sources), dict(columns.explained), []
    shown = _told_apart(header)
    for canonical in (*sorted(persons), "occurred_at"):
        if canonical in sources:
            continue
        taken = {index for source in sources.values() for index in source.indexes}
        try:
            index = contents.column(canonical, header, taken)
        except FileRejected as unclear:
            if canonical not in persons or not persons & sources.keys():
                raise
            remarks.append(MessageParameter(unclear.why, **unclear.values))
            continue
        if index is not None:
            sources[canonical] = ColumnSource((index,), header[index])
            explained[shown[index]] = {"field": canonical, "how": "contents"}
            wanted, line = MessageParameter(f"wanted_{canonical}"), mapping_line(canonical, header[index])
            remarks.append(MessageParameter("by_contents", column=header[index], wanted=wanted, line=line))
    return replace(columns, sources=sources, explained=explained, remarks=tuple(remarks))


def column_places(header: tuple[str, ...]) -> Mapping[str, tuple[int, ...]]:
    """Return the columns of each name."""
    places: dict[str, tuple[int, ...]] = {}
    for index, name in enumerate(header):
        if name:
            places[bare(name)] = (*places.get(bare(name), ()), index)
    return places


def _told_apart(header: tuple[str, ...]) -> list[str]:
    """Return how the receipt calls each column: a name that stands there before has its number behind it."""
    before: Counter[str] = Counter()
    shown = []
    for name in header:
        before[name] += 1
        shown.append(f"{name} ({before[name]})" if name and before[name] > 1 else name)
    return shown


def _with_facts(
    header: tuple[str, ...],
    sources: dict[str, ColumnSource],
    explained: dict[str, dict[str, str | None]],
    used: set[int],
    wanted: set[str],
) -> Columns:
    facts: dict[str, int] = {}
    shown = _told_apart(header)
    for index, name in enumerate(header):
        if index in used or not name:
            continue
        kept = bare(name) in wanted
        if kept:
            facts.setdefault(name, index)
        explained.setdefault(shown[index], {"field": None, "how": "fact" if kept else "ignored"})
    in_order = {name: explained[name] for name in (*shown, *explained) if name in explained}
    return Columns(sources, tuple(facts.items()), in_order)


def _column_missing(what: str, header: tuple[str, ...], name: str, mapping: ColumnMapping | None) -> FileRejected:
    expected: tuple[str, ...] = ()
    if mapping is not None:
        fields = ("email", "customer_id") if what == "person" else (what,)
        expected = tuple(header for one in fields if one in mapping.fields for header in mapping.fields[one].columns)
    if expected:
        advice = MessageParameter("advice_mapping", mapping=name, expected=", ".join(expected))
    else:
        advice = MessageParameter("advice_rename", example=MessageParameter(f"header_{what}"))
    shown = ", ".join(cell for cell in header[:20] if cell) + (", ..." if len(header) > 20 else "")
    return FileRejected("column_missing", wanted=MessageParameter(f"wanted_{what}"), found=shown, advice=advice)
