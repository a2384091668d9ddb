"""A client's words for SMS, with facts, link and all; and what has to be in them before they are published."""

import re
from collections.abc import Iterator, Mapping

from functions.shared.domain.channels import SMS
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.sms import MAX_PARTS, foreign_letters, parts
from functions.shared.domain.texts import ALWAYS_KNOWN, PLACEHOLDERS, fill, mistakes_in

LINK = "{link}"
MAX_LINK_LENGTH = 108
"""Characters of a link to the page at API Gateway's own address; at a domain of one's own it is shorter."""
_STOP = re.compile(r"\bSTOP\b")


def filled_sms(text: str, facts: Mapping[str, str | None], link: str) -> str:
    """Return an SMS on one line. Facts that would make it longer than is allowed give way to their own fallbacks."""
    whole = _filled(text, facts, link)
    if parts(whole) <= MAX_PARTS:
        return whole
    return _filled(text, {name: facts.get(name) for name in ALWAYS_KNOWN}, link)


def check_sms_texts(bundle: ClientBundle) -> list[str]:
    """Return the mistakes in a client's words for SMS, a sentence for each; none where it sends none."""
    return list(_mistakes(bundle))


def _mistakes(bundle: ClientBundle) -> Iterator[str]:
    senders = [name for name, one in bundle.touchpoints.items() if SMS in one.invite_by]
    if senders and bundle.client.sms_number is None:
        yield f"client.yaml: sms_number is missing; the touchpoint {senders[0]} invites by SMS."
    for language, texts in bundle.texts.items():
        file = f"texts/{language}.yaml"
        if texts.sms is None:
            if senders:
                yield f"{file}: sms is missing; the touchpoint {senders[0]} invites by SMS."
            continue
        for name in ("invitation", "reminder"):
            for mistake in _mistakes_in(getattr(texts.sms, name), bundle, language):
                yield f"{file}: sms.{name}: {mistake}"


def _mistakes_in(text: str, bundle: ClientBundle, language: str) -> Iterator[str]:
    if text.count(LINK) != 1:
        yield "write {link} once, where the link to the questions stands."
        return
    words = text.replace(LINK, " ")
    mistakes = list(mistakes_in(words))
    yield from mistakes
    if not _STOP.search(words):
        yield "say how to be left alone, with the word STOP in capitals, as in: Afmelden? Antwoord STOP."
    if mistakes or not bundle.client:
        return
    longest_name = max((one.name.get(language, "") for one in bundle.touchpoints.values()), key=len, default="")
    whole = _filled(text, {"client": bundle.client.name, "touchpoint": longest_name}, "x" * MAX_LINK_LENGTH)
    count = parts(whole)
    if count > MAX_PARTS:
        foreign = foreign_letters(whole)
        why = f" because of {' '.join(foreign)}, which SMS's own alphabet lacks" if foreign else ""
        yield f"with its link this text takes {count} parts of an SMS{why}; write it in at most {MAX_PARTS}."


def _filled(text: str, facts: Mapping[str, str | None], link: str) -> str:
    before, _, after = text.partition(LINK)
    return " ".join(filter(None, (fill(before, facts), link, fill(after, facts))))


__all__ = ["LINK", "PLACEHOLDERS", "check_sms_texts", "filled_sms"]
