"""What a client's contact reads of invitations that its receipts call invited, and that could not be sent after all.

It names touchpoints, when files came, and numbers of rows. Nothing of a customer is in it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from functions.invite.notices.letters import Letter, NoticeSection
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import RefusedInvitation
from functions.shared.presentation.words import Words

ROWS_SHOWN = 10
FILES_SHOWN = 10


def refusal_letter(bundle: ClientBundle, words: Words, refused: Sequence[RefusedInvitation]) -> Letter:
    """Return the letter about refused invitations, at least one."""
    client = bundle.client.name
    files = [
        (place, sorted(one.row for one in rows if one.row))
        for place, rows in groupby(sorted(refused, key=_place), key=_place)
    ]
    lines = [_line(bundle, words, touchpoint, at, rows) for (touchpoint, at), rows in files[:FILES_SHOWN]]
    if len(files) > FILES_SHOWN:
        lines.append(words.translate("refused_more", files=len(files) - FILES_SHOWN))
    return Letter(
        language=words.code,
        subject=words.translate("refused_subject", client=client, invitations=len(refused)),
        preheader=words.translate("refused_preheader"),
        heading=words.translate("refused_heading"),
        paragraphs=(words.translate("refused_lead", client=client, invitations=len(refused)),),
        parts=(
            NoticeSection(words.translate("refused_title"), lines=tuple(lines)),
            NoticeSection(words.translate("meaning_title"), lines=(words.translate("refused_meaning"),)),
            NoticeSection(words.translate("todo_title"), lines=(words.translate("refused_todo"),)),
        ),
        closing=words.translate("notice_closing", client=client),
    )


def _place(one: RefusedInvitation) -> tuple[str, datetime]:
    return one.touchpoint, one.imported_at


def _line(bundle: ClientBundle, words: Words, touchpoint: str, at: datetime, rows: Sequence[int]) -> str:
    known = bundle.touchpoints.get(touchpoint)
    name = (known.name.get(bundle.client.languages[0]) if known else None) or touchpoint
    numbers = ", ".join(map(str, rows[:ROWS_SHOWN])) + (", ..." if len(rows) > ROWS_SHOWN else "")
    moment = words.moment(at, bundle.client.zone)
    return words.translate("refused_file", touchpoint=name, moment=moment, rows=numbers or "-")
