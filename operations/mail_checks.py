"""Render every mail of a client before it is published, for people with long names and for people of whom nothing is
known: what would come out too large, too long or empty is a mistake, with its file and place."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product
from pathlib import Path

from functions.invite.refusals import RefusedMail
from functions.invite.rendering import MailRenderer
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.texts import check_texts
from infra.mail_templates import SOURCE, compile_mail
from operations.sample_mails import LONG_NAME, NOBODY_KNOWN, SOMEBODY, in_all_languages


def check_mails(bundle: ClientBundle) -> list[str]:
    """Return a sentence for each mail that would be refused; none where its texts have other mistakes, which are told
    anyhow, or where it lacks what a mail is made of."""
    if check_texts(bundle) or not _can_be_rendered(bundle):
        return []
    return list(dict.fromkeys(_mistakes(bundle)))


def _mistakes(bundle: ClientBundle) -> Iterator[str]:
    for somebody, wanted in product((SOMEBODY, NOBODY_KNOWN, LONG_NAME), in_all_languages(bundle)):
        try:
            _renderer().render_mail(bundle, replace(somebody, **wanted))
        except RefusedMail as refused:
            yield f"texts/{wanted['language']}.yaml: {refused.place}: {refused.sentence}"


def _can_be_rendered(bundle: ClientBundle) -> bool:
    asked = {touchpoint.questionnaire for touchpoint in bundle.touchpoints.values()}
    named = all(touchpoint.name for touchpoint in bundle.touchpoints.values())
    return bool(bundle.client and bundle.brand and bundle.texts and named) and asked <= bundle.questionnaires.keys()


@lru_cache(maxsize=1)
def _renderer() -> MailRenderer:
    with tempfile.TemporaryDirectory() as folder:
        compile_mail(SOURCE, Path(folder))
        return MailRenderer(Path(folder))
