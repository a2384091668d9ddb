"""What a client's contact reads when its sending is paused, or goes on: why, what it means, what to do."""

from datetime import UTC, datetime

from functions.invite.notices.letters import Letter, NoticeSection
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.notices import SendingNotice
from functions.shared.presentation.words import Words

RESUME = "make resume CLIENT={client}"
"""What operations runs."""


def sending_letter(bundle: ClientBundle, words: Words, notice: SendingNotice) -> Letter:
    """Return the letter about a pause or its end."""
    client, turn = bundle.client.name, notice.notice
    since = words.moment(datetime.fromtimestamp(notice.since, UTC), bundle.client.zone)
    share = words.decimal(notice.share, 1 if notice.share >= 1 else 2)
    values = {"client": client, "moment": since, "mails": notice.mails, "share": share}
    if turn == "paused":
        paragraphs: tuple[str, ...] = (words.translate(f"paused_{notice.why}", **values),)
        command = RESUME.format(client=bundle.client.client)
        to_do = (words.translate(f"paused_look_{notice.why}"), words.translate("paused_resume", command=command))
        parts: tuple[NoticeSection, ...] = (
            NoticeSection(words.translate("meaning_title"), lines=(words.translate("paused_meaning"),)),
            NoticeSection(words.translate("todo_title"), lines=to_do),
        )
    else:
        paragraphs = (
            words.translate("resumed_lead", **values),
            words.translate(f"resumed_before_{notice.why}", **values),
        )
        parts = ()
    return Letter(
        language=words.code,
        subject=words.translate(f"{turn}_subject", client=client),
        preheader=words.translate(f"{turn}_preheader"),
        heading=words.translate(f"{turn}_heading"),
        paragraphs=paragraphs,
        parts=parts,
        closing=words.translate("notice_closing", client=client),
    )
