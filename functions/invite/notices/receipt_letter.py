"""What a client's contact reads of the receipt of a file: figures, when who is asked, and what needs somebody.

It names files, columns and numbers of rows. No cell of the file is in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from functions.invite.notices.letters import Letter, NoticeSection
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.interaction import RowOutcome
from functions.shared.domain.masking import mask
from functions.shared.domain.texts import one_line, shortened
from functions.shared.presentation.words import Words

REASONS_SHOWN = 5
ROWS_SHOWN = 5
MAX_REASONS = 1000
"""A file with more has a mistake in each row; the first of them say it."""
MAX_FILE_NAME = 60
"""Characters of a file's name in the subject."""
_TO_ACT_ON = (RowOutcome.INVALID, RowOutcome.NO_ADDRESS)


@dataclass
class Rows:
    """What the lines of a receipt come to."""

    first: datetime | None = None
    """When the first invitation leaves, on the client's clock."""
    last: datetime | None = None
    wrong: dict[str, int] = field(default_factory=dict)
    """Rows that need somebody, by what is wrong with them."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """The numbers of the first of those rows."""

    @classmethod
    def of(cls, lines: Iterable[Mapping[str, str]]) -> "Rows":
        """Look at every line of a receipt once."""
        rows = cls()
        for line in lines:
            if line["outcome"] == RowOutcome.INVITED and line["send_at"]:
                rows._leaves(datetime.fromisoformat(line["send_at"]))
            elif line["outcome"] in _TO_ACT_ON:
                rows._is_wrong(line["reason"], line["row"])
        return rows

    def _leaves(self, at: datetime) -> None:
        self.first = min(self.first or at, at)
        self.last = max(self.last or at, at)

    def _is_wrong(self, reason: str, row: str) -> None:
        if reason not in self.wrong and len(self.wrong) == MAX_REASONS:
            return
        self.wrong[reason] = self.wrong.get(reason, 0) + 1
        known = self.examples.setdefault(reason, [])
        if len(known) < ROWS_SHOWN:
            known.append(row)


def receipt_letter(
    bundle: ClientBundle, words: Words, summary: Mapping[str, Any], rows: Rows, bucket: str, key: str
) -> Letter:
    """Return the letter about a receipt: `summary` is its JSON, `key` that of the JSON in the bucket."""
    client = bundle.client.name
    file = shortened(one_line(str(summary["file"])), MAX_FILE_NAME)
    counts = {RowOutcome(name): int(number) for name, number in summary["outcomes"].items()}
    about_file = NoticeSection(words.translate("file_title"), _about(bundle, words, summary))
    key = key if summary["state"] == "failed" else key.removesuffix("json") + "csv"
    where = NoticeSection(
        words.translate("receipt_title"), ((words.translate("bucket"), bucket), (words.translate("key"), one_line(key)))
    )
    closing = words.translate("receipt_closing", client=client)
    if summary["state"] == "failed":
        return Letter(
            language=words.code,
            subject=words.translate("failed_subject", file=file),
            preheader=words.translate("failed_preheader"),
            heading=words.translate("failed_heading"),
            paragraphs=(words.translate("failed_lead"),),
            parts=(
                NoticeSection(words.translate("failed_next"), lines=(mask(str(summary["message"])),)),
                about_file,
                where,
            ),
            closing=closing,
        )
    invited = counts.get(RowOutcome.INVITED, 0)
    outcomes = sorted(counts.items(), key=lambda one: (one[0] is not RowOutcome.INVITED, -one[1]))
    parts = [
        about_file,
        NoticeSection(
            words.translate("outcomes_title"), tuple((words.translate(name), words.integer(n)) for name, n in outcomes)
        ),
        NoticeSection(words.translate("asked_title"), lines=_asked(words, invited, rows)),
        NoticeSection(words.translate("action_title"), lines=_to_act_on(words, counts, rows)),
        NoticeSection(words.translate("coverage_title"), lines=_coverage(summary)),
        replace(where, lines=(words.translate("receipt_place"),)),
    ]
    return Letter(
        language=words.code,
        subject=words.translate("receipt_subject", file=file, invited=invited, rows=int(summary["rows"])),
        preheader=words.translate("receipt_preheader"),
        heading=words.translate("receipt_heading"),
        paragraphs=tuple(
            mask(line)
            for line in (words.translate("receipt_lead"), str(summary["message"]), *_remarks(summary))
            if line
        ),
        parts=tuple(part for part in parts if part.rows or part.lines),
        closing=closing,
    )


def _about(bundle: ClientBundle, words: Words, summary: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    slug = summary["touchpoint"]
    touchpoint = bundle.touchpoints.get(slug) if slug else None
    names = touchpoint.name if touchpoint else {}
    spoken = names.get(bundle.client.languages[0]) or slug or words.translate("touchpoint_by_row")
    about = [(words.translate("file"), one_line(str(summary["file"]))), (words.translate("touchpoint"), str(spoken))]
    if summary["state"] != "failed":
        about.append((words.translate("rows"), words.integer(int(summary["rows"]))))
    return tuple(about)


def _asked(words: Words, invited: int, rows: Rows) -> tuple[str, ...]:
    if not invited or rows.first is None or rows.last is None:
        return (words.translate("asked_nobody"),)
    first, last = rows.first, rows.last
    if first == last:
        when = words.translate("asked_at", invited=invited, moment=words.moment(first))
    elif first.date() == last.date():
        day = words.day(first)
        when = words.translate(
            "asked_on", invited=invited, date=day, **{"from": f"{first:%H:%M}", "until": f"{last:%H:%M}"}
        )
    else:
        ends = {"from": words.moment(first), "until": words.moment(last)}
        when = words.translate("asked_between", invited=invited, **ends)
    return when, words.translate("asked_later")


def _to_act_on(words: Words, counts: Mapping[RowOutcome, int], rows: Rows) -> tuple[str, ...]:
    reasons = sorted(rows.wrong.items(), key=lambda one: -one[1])
    lines = []
    for reason, number in reasons[:REASONS_SHOWN]:
        numbers = ", ".join(rows.examples[reason]) + (", ..." if number > ROWS_SHOWN else "")
        name = "action_reason" if number > 1 else "action_reason_one"
        lines.append(words.translate(name, reason=reason[:1].upper() + reason[1:], rows=number, numbers=numbers))
    others = sum(counts.get(outcome, 0) for outcome in _TO_ACT_ON) - sum(
        number for _, number in reasons[:REASONS_SHOWN]
    )
    if others > 0:
        lines.append(words.translate("action_more", rows=others))
    if without := counts.get(RowOutcome.NO_ADDRESS, 0):
        lines.append(words.translate("action_no_address", rows=without))
    return tuple(lines)


def _remarks(summary: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(remark) for remark in summary.get("remarks") or ())


def _coverage(summary: Mapping[str, Any]) -> tuple[str, ...]:
    message = (summary.get("coverage") or {}).get("message")
    return (str(message),) if message else ()
