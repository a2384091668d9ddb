"""What a client's contact reads when its sending is paused, or goes on: why, what it means, what to do."""

from datetime import UTC, datetime

from functions.invite.notices.letters import Letter, Part
from functions.invite.notices.words import Words
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.notices import SendingNotice

RESUME = "make resume CLIENT={client}"
"""What operations runs."""


def sending_letter(bundle: ClientBundle, words: Words, notice: SendingNotice) -> Letter:
    """Return the letter about a pause or its end."""
    client, turn = bundle.client.name, notice.notice
    since = words.moment(datetime.fromtimestamp(notice.since, UTC), bundle.client.zone)
    share = words.number(notice.share, 1 if notice.share >= 1 else 2)
    values = {"client": client, "moment": since, "mails": notice.mails, "share": share}
    if turn == "paused":
        paragraphs: tuple[str, ...] = (words.say(f"paused_{notice.why}", **values),)
        command = RESUME.format(client=bundle.client.client)
        to_do = (words.say(f"paused_look_{notice.why}"), words.say("paused_resume", command=command))
        parts: tuple[Part, ...] = (
            Part(words.say("meaning_title"), lines=(words.say("paused_meaning"),)),
            Part(words.say("todo_title"), lines=to_do),
        )
    else:
        paragraphs = (words.say("resumed_lead", **values), words.say(f"resumed_before_{notice.why}", **values))
        parts = ()
    return Letter(
        language=words.language,
        subject=words.say(f"{turn}_subject", client=client),
        preheader=words.say(f"{turn}_preheader"),
        heading=words.say(f"{turn}_heading"),
        paragraphs=paragraphs,
        parts=parts,
        closing=words.say("notice_closing", client=client),
    )
