"""What a client's readers get each week: what changed clearly, or that nothing did."""

from datetime import datetime

from functions.invite.notices.letters import Letter, NoticeSection
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.digest import News
from functions.shared.domain.notices import DigestNotice
from functions.shared.domain.texts import one_line
from functions.shared.presentation.words import Words


def digest_letter(bundle: ClientBundle, words: Words, notice: DigestNotice, link: str, until: datetime) -> Letter:
    """Return the letter of a week's digest; `link` opens the report, until a moment."""
    told = notice.digest
    client, week = bundle.client.name, str(int(told.week.partition("W")[2]))
    kind = "digest" if told.news else "digest_quiet"
    figures = {"score": words.points(told.score), "low": words.points(told.low), "high": words.points(told.high)}
    parts = (
        (NoticeSection(words.translate("digest_title"), lines=tuple(_line(bundle, words, one) for one in told.news)),)
        if told.news
        else ()
    )
    quiet = () if told.news else (words.translate("digest_nothing"),)
    return Letter(
        language=words.code,
        subject=words.translate(f"{kind}_subject", client=client, week=week),
        preheader=words.translate("digest_lead", **figures, n=told.n),
        heading=words.translate("digest_heading", week=week),
        paragraphs=(words.translate("digest_lead", **figures, n=told.n), *quiet),
        parts=parts,
        closing=words.translate("digest_closing", client=client),
        link=link,
        button=words.translate("digest_open"),
        link_note=words.translate("digest_link_note", day=words.day(until.astimezone(bundle.client.zone))),
    )


def _line(bundle: ClientBundle, words: Words, news: News) -> str:
    name = one_line(news.name)
    if news.kind == "touchpoint" and news.name in bundle.touchpoints:
        names = bundle.touchpoints[news.name].name
        name = names.get(words.code) or next(iter(names.values()))
    target = bundle.client.target
    return words.translate(
        f"digest_{news.kind}_{news.verdict}",
        group=name,
        target="" if target is None else words.points(target),
        score=words.points(news.score),
        low=words.points(news.low),
        high=words.points(news.high),
        n=news.n,
    )
