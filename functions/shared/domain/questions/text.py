"""An answer in the customer's own words."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from functions.shared.domain.questions.question import (
    Answer,
    AnswerFault,
    Card,
    Mistake,
    OneValueQuestion,
    PageLanguage,
    only,
)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class TextQuestion(OneValueQuestion):
    """An answer in the customer's own words."""

    template: ClassVar[str] = "text"
    type: Literal["text"]
    long: bool = True
    max_length: Annotated[int, Field(ge=1, le=5000)] = 2000

    @property
    def dataset_column(self) -> str | None:
        """The comment of the response; several are one, in their order."""
        return "comment"

    def clean(self, text: str) -> str:
        """Return a text as it is kept."""
        return clean_text(text)

    def parse_one(self, value: str) -> Answer | Mistake:
        """Return the text, or that it is too long: it is never cut."""
        return Mistake(self.id, AnswerFault.TOO_LONG, self.max_length) if len(value) > self.max_length else value

    def card(self, page: PageLanguage, posted: Sequence[str], mistake: Mistake | None) -> Card:
        """Return a field of one line or several, with its limit."""
        given, hint = only(posted), page.say(self.hint)
        fault = self.fault_sentence(page, mistake, given)
        asides = [f"{self.id}-{name}" for name, there in (("hint", hint), ("fault", fault)) if there]
        first_id = f"{self.id}-text"
        return Card(
            id=self.id,
            template=self.template,
            text=page.say(self.text),
            hint=hint,
            mark=self.mark(page),
            fault=fault,
            first_id=first_id,
            described_by=" ".join([*asides, f"{first_id}-limit"]),
            value=given,
            long=self.long,
            limit=self.max_length,
            at_most=page.words["at_most"].format(limit=self.max_length),
        )


def clean_text(text: str) -> str:
    """Return a text as it is kept: NFC, newlines as \\n, without control characters and outer white space."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROL.sub("", text).strip()
