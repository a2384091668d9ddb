"""What comes of a request, as HTML: the templates of frontend/survey in the client's house style."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from functions.shared.domain.texts import fill
from functions.shared.domain.voice import Brand, Palette, Texts
from functions.shared.presentation.pages import page_environment, svg_address
from functions.shared.presentation.words import FRONTEND, Words, languages
from functions.survey.outcomes import ExpiredLink, LinkHolder, OptOutPage, PageNotice, QuestionsPage, ThanksPage
from functions.survey.question_cards import question_cards
from functions.survey.service import ACTION_FIELD, CONFIRM_FIELD, HONEYPOT_FIELD, NONCE_FIELD, SIGNS_FIELD
from functions.survey.words import FOLDER, accepted, page_words

NEUTRAL = Brand(
    logo="",
    logo_alt="",
    light=Palette(
        primary="#33475b",
        on_primary="#ffffff",
        background="#f4f5f7",
        surface="#ffffff",
        text="#1b2430",
        muted="#566272",
    ),
    dark=Palette(
        primary="#b8c9dc",
        on_primary="#17202b",
        background="#10151b",
        surface="#1a212a",
        text="#eef1f5",
        muted="#aab4c0",
    ),
    font='system-ui,-apple-system,"Segoe UI",Roboto,sans-serif',
)
"""For whoever holds no link: nothing tells which clients there are."""


def ask_page(ask: QuestionsPage, csp_nonce: str) -> str:
    """Return the questions."""
    holder = ask.holder
    words, texts, say = _words(holder), _texts(holder), _filler(holder)
    cards = question_cards(ask.questionnaire, holder.language, words, say, ask.values, ask.mistakes)
    score = "".join(ask.values.get(ask.questionnaire.questions[0].id, ())[:1])
    return _render(
        "ask",
        holder,
        csp_nonce,
        heading=words["heading"].format(client=holder.bundle.client.name),
        intro=say(texts.intro),
        cards=cards,
        faults=[card.fault for card in cards if card.fault],
        notice=_notice(ask.notice, ask.refused, words),
        action=_here(holder),
        nonce=ask.nonce,
        nonce_field=NONCE_FIELD,
        honeypot=HONEYPOT_FIELD,
        confirm_field=CONFIRM_FIELD if ask.notice is PageNotice.CONFIRM else "",
        signs_field=SIGNS_FIELD,
        script=Markup(_asset("survey/survey.js")),  # noqa: S704
        switches=_switches(holder, f"&score={score}" if re.fullmatch(r"\d{1,2}", score) else ""),
        **_opt_out_link(holder, ask.opt_out_token),
    )


def thanks_page(thanks: ThanksPage, csp_nonce: str) -> str:
    """Return the client's thanks, its next step, and the way to a change while there is one."""
    holder = thanks.holder
    words, texts, say = _words(holder), _texts(holder), _filler(holder)
    change = None
    if thanks.changeable_until:
        until = words.day(thanks.changeable_until.astimezone(holder.bundle.client.zone))
        change = {"until": words["change_until"].format(date=until), "link": f"{_here(holder)}&change=1"}
    next_step = None
    if texts.next_step_label and texts.next_step_url and texts.next_step_url.startswith(("https://", "http://")):
        next_step = {"label": say(texts.next_step_label), "url": texts.next_step_url}
    return _render(
        "thanks",
        holder,
        csp_nonce,
        heading=say(texts.thanks_heading),
        paragraphs=[say(paragraph) for paragraph in texts.thanks],
        closed=thanks.closed,
        next_step=next_step,
        change=change,
        switches=_switches(holder, "&done=1"),
        **_opt_out_link(holder, thanks.opt_out_token),
    )


def expired_page(expired: ExpiredLink, csp_nonce: str) -> str:
    """Return kind words for who comes too late."""
    holder = expired.holder
    client, words = holder.bundle.client, _words(holder)
    until = words.day(holder.invitation.expires_at.astimezone(client.zone))
    return _render(
        "message",
        holder,
        csp_nonce,
        heading=words["expired_title"],
        paragraphs=[words["expired"].format(date=until), words["expired_next"].format(client=client.name)],
        switches=_switches(holder, ""),
    )


def opt_out_page(page: OptOutPage, back: bool, csp_nonce: str) -> str:
    """Return what an opt-out means with its button, or that it stands with the way back. `back`: just taken back."""
    holder, words = page.holder, _words(page.holder)
    state = "opt_out_done" if page.opted_out else "opt_out_undone" if back else "opt_out"
    said = words["opt_out_scope" if state == "opt_out" else state].format(client=holder.bundle.client.name)
    return _render(
        "opt_out",
        holder,
        csp_nonce,
        heading=words[f"{state}_title"],
        paragraphs=[said],
        hint=words["opt_out_back_hint"] if page.opted_out else "",
        button=words["opt_out_back"] if page.opted_out else _filler(holder)(_texts(holder).opt_out),
        button_action="back" if page.opted_out else "out",
        quiet=state != "opt_out",
        action=_here(holder),
        action_field=ACTION_FIELD,
        nonce=page.nonce,
        nonce_field=NONCE_FIELD,
        switches=_switches(holder, ""),
    )


def neutral_page(kind: str, title: str, accept_language: str, csp_nonce: str) -> str:
    """Return a page without a client: `kind` and `title` name its words."""
    language = accepted(accept_language, languages(FOLDER))
    words = page_words(language)
    return (
        _environment()
        .get_template("message.html.j2")
        .render(
            language=language,
            words=words,
            client="",
            csp_nonce=csp_nonce,
            style=_style(NEUTRAL),
            brand=NEUTRAL,
            logo="",
            logo_dark="",
            logo_alt="",
            switches=(),
            heading=words[title],
            paragraphs=[words[kind]],
        )
    )


def _render(template: str, holder: LinkHolder, csp_nonce: str, **values: Any) -> str:
    bundle = holder.bundle
    return (
        _environment()
        .get_template(f"{template}.html.j2")
        .render(
            language=holder.language,
            words=_words(holder),
            client=bundle.client.name,
            csp_nonce=csp_nonce,
            style=_style(bundle.brand),
            brand=bundle.brand,
            logo=svg_address(bundle.logo_svg),
            logo_dark=svg_address(bundle.logo_dark_svg) if bundle.logo_dark_svg else "",
            logo_alt=bundle.brand.logo_alt,
            **values,
        )
    )


def _words(holder: LinkHolder) -> Words:
    return page_words(holder.language, holder.bundle.client.tone)


def _texts(holder: LinkHolder) -> Texts:
    return holder.bundle.texts[holder.language]


def _filler(holder: LinkHolder) -> Any:
    invitation, bundle = holder.invitation, holder.bundle
    touchpoint = bundle.touchpoints.get(invitation.touchpoint)  # a client may have dropped it; a no can still be said
    names = touchpoint.name if touchpoint else {}
    facts = {
        "client": bundle.client.name,
        "touchpoint": names.get(holder.language) or next(iter(names.values()), None),
        "product": invitation.product,
        "team": invitation.team,
    }
    return lambda text: fill(text, facts)


def _here(holder: LinkHolder) -> str:
    """Return the page's own address, relative, without the score of the link but in its language."""
    return f"?lang={holder.language}"


def _opt_out_link(holder: LinkHolder, token: str) -> dict[str, str]:
    return {
        "opt_out_link": f"../u/{token}?lang={holder.language}",
        "opt_out_words": _filler(holder)(_texts(holder).opt_out),
    }


def _switches(holder: LinkHolder, rest: str) -> list[Mapping[str, str]]:
    return [
        {"language": language, "name": page_words(language)["name"], "rest": rest}
        for language in holder.bundle.client.languages
        if language != holder.language and language in holder.bundle.texts
    ]


def _notice(notice: PageNotice | None, refused: bool, words: Words) -> dict[str, Any] | None:
    if notice is None:
        return None
    return {"title": words[f"{notice.value}_title"], "text": words[notice.value], "refused": refused}


@lru_cache(maxsize=32)
def _style(brand: Brand) -> Markup:
    font = re.sub(r"[^\w\s,'\"-]", "", brand.font)
    variables = _environment().get_template("colours.css.j2")
    colours = variables.render(light=brand.light, dark=brand.dark, font=Markup(font), radius=brand.radius)  # noqa: S704
    return Markup(colours.strip() + _asset("survey/survey.css"))  # noqa: S704


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    text = (FRONTEND / name).read_text("utf-8")
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/\n?|^//[^\n]*\n", "", text, flags=re.S | re.M)).strip()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return page_environment(FRONTEND / "survey" / "templates")
