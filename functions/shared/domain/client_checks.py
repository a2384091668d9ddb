"""What one file of a client folder alone cannot show: whether its files agree with each other and make sense together.

Every check looks at what could be read, so that one mistake does not hide another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from functions.shared.domain.channels import CHANNELS
from functions.shared.domain.client import Client, Touchpoint
from functions.shared.domain.column_mapping import ColumnMapping, bare
from functions.shared.domain.contrast import MIN_CONTRAST, contrast
from functions.shared.domain.object_keys import CUSTOMERS, OPT_OUTS
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.send_times import unknown_holidays
from functions.shared.domain.voice import Brand, Palette, Texts

Path = tuple[str | int, ...]
"""A place in a YAML file: keys, and items counted from 0."""

_GENERIC = frozenset(("serif", "sans-serif", "monospace", "system-ui", "ui-serif", "ui-sans-serif", "ui-monospace"))
"""Families that a device has by definition."""

_PLACES = {OPT_OUTS.strip("/"): "the lists of opt-outs", CUSTOMERS.strip("/"): "the customer files"}
"""Folders of receipts that no touchpoint can have."""

CLIENT_FILE = "client.yaml"
BRAND_FILE = "brand/brand.yaml"


@dataclass(frozen=True)
class Finding:
    """A mistake: the file, the place in it, and the sentence."""

    file: str
    path: Path
    sentence: str


@dataclass(frozen=True)
class Draft:
    """A client folder as far as it could be read. A part that has a mistake of its own is not in it."""

    folder: str
    files: frozenset[str]
    """Every file of the folder, by its path in it."""
    client: Client | None = None
    touchpoints: Mapping[str, Touchpoint] = field(default_factory=dict)
    mappings: Mapping[str, ColumnMapping] = field(default_factory=dict)
    questionnaires: Mapping[str, Questionnaire] = field(default_factory=dict)
    texts: Mapping[str, Texts] = field(default_factory=dict)
    brand: Brand | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the client's languages; none where client.yaml could not be read."""
        return self.client.languages if self.client else ()


def check(draft: Draft, year: int) -> Iterator[Finding]:
    """Yield every mistake between the files of a client folder; `year` is the present one, for the holidays."""
    yield from _client(draft, year)
    yield from _touchpoints(draft)
    yield from _mappings(draft)
    yield from _questionnaires(draft)
    yield from _texts(draft)
    yield from _brand(draft)


def _client(draft: Draft, year: int) -> Iterator[Finding]:
    client = draft.client
    if client is None:
        return
    if client.client != draft.folder:
        yield Finding(
            CLIENT_FILE,
            ("client",),
            f"the client is called {client.client}, but its folder {draft.folder}; give both the same name",
        )
    for language in _twice(client.languages):
        yield Finding(CLIENT_FILE, ("languages",), f"{language} stands twice in languages")
    for language in client.languages:
        if f"texts/{language}.yaml" not in draft.files:
            yield Finding(CLIENT_FILE, ("languages",), f"there are no texts in {language}; add texts/{language}.yaml")
    for name in unknown_holidays(client.country, client.holidays, year):
        yield Finding(
            CLIENT_FILE,
            ("holidays", "worked"),
            f"{name} is no public holiday of {client.country}; write it as its calendar does, or leave it out",
        )
    yield from _reminders(
        CLIENT_FILE, client, sum(reminder.after_days for reminder in client.reminders), ("reminders",)
    )
    sources = client.review_sources
    for source in _twice(tuple(one.source for one in sources)):
        yield Finding(CLIENT_FILE, ("review_sources",), f"two review sources are called {source}")
    for index, one in enumerate(sources):
        place: Path = ("review_sources", index)
        if not _is_https(one.url):
            yield Finding(CLIENT_FILE, (*place, "url"), f"{one.url} cannot be read safely; give an https address")
        yield from _translated(draft, CLIENT_FILE, (*place, "authenticity"), one.authenticity)
    yield from _dimensions(draft, client)
    yield from _dashboard_readers(draft, client)


def _dashboard_readers(draft: Draft, client: Client) -> Iterator[Finding]:
    for index, reader in enumerate(client.dashboard_readers):
        for touchpoint in reader.touchpoints:
            if f"touchpoints/{touchpoint}.yaml" not in draft.files:
                yield Finding(
                    CLIENT_FILE,
                    ("dashboard_readers", index, "touchpoints"),
                    f"there is no touchpoint {touchpoint}; give one of the names of the files in touchpoints/",
                )


def _dimensions(draft: Draft, client: Client) -> Iterator[Finding]:
    for name in _twice(tuple(one.dimension for one in client.dimensions)):
        yield Finding(CLIENT_FILE, ("dimensions",), f"two dimensions are called {name}")
    facts = {bare(header) for mapping in draft.mappings.values() for header in mapping.facts}
    unread = len(draft.mappings) < sum(file.startswith("mappings/") for file in draft.files)
    for index, one in enumerate(client.dimensions):
        place: Path = ("dimensions", index)
        if one.fact is not None and bare(one.fact) not in facts and not unread:
            yield Finding(
                CLIENT_FILE,
                (*place, "fact"),
                f"no mapping keeps {one.fact} as a fact; add it under facts in the mapping of its files",
            )
        yield from _translated(draft, CLIENT_FILE, (*place, "name"), one.name)
        if one.missing is not None:
            yield from _translated(draft, CLIENT_FILE, (*place, "missing"), one.missing)
        for number, value in enumerate(one.values):
            yield from _translated(draft, CLIENT_FILE, (*place, "values", number, "name"), value.name)


def _reminders(file: str, client: Client, days: int, path: Path) -> Iterator[Finding]:
    if days >= client.expires_after_days:
        yield Finding(
            file,
            path,
            f"the last reminder would come after {days} days, but an invitation expires after "
            f"{client.expires_after_days}; remind earlier, or let expires_after_days be longer",
        )


def _touchpoints(draft: Draft) -> Iterator[Finding]:
    if not any(file.startswith("touchpoints/") for file in draft.files):
        yield Finding(CLIENT_FILE, (), "there is no touchpoint; add touchpoints/<name>.yaml")
    for name, touchpoint in draft.touchpoints.items():
        file = f"touchpoints/{name}.yaml"
        if touchpoint.touchpoint != name:
            yield Finding(file, ("touchpoint",), _other_name("touchpoint", touchpoint.touchpoint, file))
        if name in _PLACES:
            yield Finding(file, ("touchpoint",), f"{name} is the place of {_PLACES[name]}; choose another name")
        yield from _translated(draft, file, ("name",), touchpoint.name)
        for kind, wanted in (("questionnaire", touchpoint.questionnaire), ("mapping", touchpoint.mapping)):
            if wanted and f"{kind}s/{wanted}.yaml" not in draft.files:
                yield Finding(file, (kind,), f"there is no {kind} {wanted}; add {kind}s/{wanted}.yaml, or name another")
        if draft.client and touchpoint.rules.reminders:
            days = sum(reminder.after_days for reminder in touchpoint.rules.reminders)
            yield from _reminders(file, draft.client, days, ("rules", "reminders"))


def _mappings(draft: Draft) -> Iterator[Finding]:
    listed = draft.client.opt_out_mapping if draft.client else None
    customers = draft.client.customer_mapping if draft.client else None
    for key, named in (("opt_out_mapping", listed), ("customer_mapping", customers)):
        if named and f"mappings/{named}.yaml" not in draft.files:
            said = f"there is no mapping {named}; add mappings/{named}.yaml, or name another"
            yield Finding(CLIENT_FILE, (key,), said)
    for name, mapping in draft.mappings.items():
        file = f"mappings/{name}.yaml"
        persons = {"email", "customer_id"} | (_recipients(draft) if name == listed else {}).keys()
        missing = {field: what for field, what in _recipients(draft, name).items() if field not in mapping.fields}
        for needed, what in missing.items():
            yield Finding(file, ("fields",), f"{needed} is missing; say which column holds {what}")
        if not missing and not persons & mapping.fields.keys():
            yield Finding(file, ("fields",), "email is missing; say which column holds the address of the customer")
        if "occurred_at" not in mapping.fields and name not in (listed, customers):
            yield Finding(file, ("fields",), "occurred_at is missing; say which column holds the moment of the contact")
        for canonical, column in mapping.fields.items():
            if column.format is None:
                continue
            place: Path = ("fields", canonical, "format")
            if canonical != "occurred_at":
                yield Finding(file, place, f"a format belongs to occurred_at only, not to {canonical}")
            elif not _is_format(column.format):
                yield Finding(
                    file,
                    place,
                    f'{column.format} is no format of a moment; one is "%d-%m-%Y %H:%M" for 31-12-2026 14:05',
                )


def _recipients(draft: Draft, mapping: str | None = None) -> dict[str, str]:
    """Return the fields that the channels of the touchpoints need, of those with a mapping or of all: what each is."""
    asking = [one for one in draft.touchpoints.values() if mapping is None or one.mapping == mapping]
    specs = [CHANNELS[channel] for one in asking for channel in one.invite_by]
    return {spec.recipient_field: spec.needs_recipient for spec in specs if spec.needs_recipient}


def _questionnaires(draft: Draft) -> Iterator[Finding]:
    for name, questionnaire in draft.questionnaires.items():
        file = f"questionnaires/{name}.yaml"
        if questionnaire.questionnaire != name:
            yield Finding(file, ("questionnaire",), _other_name("questionnaire", questionnaire.questionnaire, file))
        for index, question in enumerate(questionnaire.questions):
            place: Path = ("questions", index)
            for path, text in question.texts():
                yield from _translated(draft, file, (*place, *path), text, f"question {question.id}: ")
            for path, problem in question.problems():
                yield Finding(file, (*place, *path), f"question {question.id}: {problem}")


def _texts(draft: Draft) -> Iterator[Finding]:
    for language, texts in draft.texts.items():
        file = f"texts/{language}.yaml"
        if draft.client and language not in draft.languages:
            yield Finding(
                file, (), f"{language} is not one of the languages in client.yaml; add it there, or remove the file"
            )
        if texts.second_reminder is None and texts.third_reminder is not None:
            yield Finding(file, ("third_reminder",), "there is a third_reminder, but no second_reminder; give both")
        most = _most_reminders(draft)
        for number, name in ((2, "second_reminder"), (3, "third_reminder")):
            if most is not None and most < number and getattr(texts, name) is not None:
                said = f"{name} is never sent: no touchpoint sends more than {most}; send more, or leave it out"
                yield Finding(file, (name,), said)
        if (texts.next_step_label is None) != (texts.next_step_url is None):
            given = "next_step_label" if texts.next_step_label is not None else "next_step_url"
            yield Finding(file, (given,), "next_step_label and next_step_url belong together; give both or neither")
        if texts.next_step_url is not None and not _is_https(texts.next_step_url):
            yield Finding(
                file, ("next_step_url",), f"{texts.next_step_url} is not safe to follow; give an https address"
            )


def _most_reminders(draft: Draft) -> int | None:
    """Return how many reminders the touchpoints send at most; None where not all of them could be read."""
    files = sum(file.startswith("touchpoints/") for file in draft.files)
    if draft.client is None or len(draft.touchpoints) < files:
        return None
    own = [touchpoint.rules.reminders for touchpoint in draft.touchpoints.values()]
    return max((len(draft.client.reminders if one is None else one) for one in own), default=0)


def _brand(draft: Draft) -> Iterator[Finding]:
    if draft.brand is None:
        return
    for mode in ("light", "dark"):
        palette: Palette = getattr(draft.brand, mode)
        for ink, paper in (
            ("text", "background"),
            ("text", "surface"),
            ("muted", "background"),
            ("muted", "surface"),
            ("on_primary", "primary"),
        ):
            ratio = contrast(getattr(palette, ink), getattr(palette, paper))
            if ratio < MIN_CONTRAST:
                pair = f"{ink} on {paper} ({mode})"
                said = f"{pair} has a contrast of {int(ratio * 100) / 100:.2f}; it must be {MIN_CONTRAST} or more"
                yield Finding(BRAND_FILE, (mode, ink), said)
    fonts = draft.brand.font
    if any(character in fonts for character in "{};<>"):
        yield Finding(BRAND_FILE, ("font",), 'font is a list of font names such as: Georgia, "Times New Roman", serif')
    elif fonts.rpartition(",")[2].strip().casefold() not in _GENERIC:
        yield Finding(
            BRAND_FILE,
            ("font",),
            "font ends with no family that every device has; let its last one be serif, sans-serif or monospace",
        )


def _translated(draft: Draft, file: str, path: Path, text: Mapping[str, str], of: str = "") -> Iterator[Finding]:
    """Yield what a text per language lacks, and what it has too much."""
    where = ".".join(
        str(part)
        for part in path
        if isinstance(part, str) and part not in ("questions", "review_sources", "dimensions")
    )
    for language in draft.languages:
        if not text.get(language, "").strip():
            yield Finding(file, path, f"{of}{where} has no text in {language}")
    for language in text:
        if draft.client and language not in draft.languages:
            yield Finding(
                file, (*path, language), f"{of}{where} has a text in {language}, which is not one of the client's"
            )


def _other_name(kind: str, name: str, file: str) -> str:
    return f"the {kind} is called {name}, but its file {file}; give both the same name"


def _twice(names: tuple[str, ...]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = not any(character <= " " for character in url)
    return plain and parts.scheme == "https" and bool(parts.hostname) and parts.username is None and port in (None, 443)


def _is_format(text: str) -> bool:
    """Say whether a strptime format reads back what it writes, date included."""
    moment = datetime(2026, 12, 31, 14, 5, tzinfo=UTC)
    try:
        return datetime.strptime(moment.strftime(text), text).date() == moment.date()  # noqa: DTZ007 only its day counts
    except ValueError:
        return False
