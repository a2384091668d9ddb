"""An integer on a labelled range: CSAT, CES and the client's own scales."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from functions.shared.domain.questions.question import (
    Answer,
    AnswerFault,
    Card,
    Choice,
    Mistake,
    OneValueQuestion,
    PageLanguage,
    TextPath,
    Translated,
    only,
)

_INTEGER = re.compile(r"0|[1-9][0-9]?")


class LabelledRange(OneValueQuestion):
    """A whole number from a first to a last one, whose ends have labels."""

    template: ClassVar[str] = "scale"
    low: Translated
    high: Translated

    @property
    @abstractmethod
    def ends(self) -> tuple[int, int]:
        """The first and the last number."""

    def texts(self) -> Iterator[tuple[TextPath, Translated]]:
        """Yield the texts of any question, and the labels of both ends."""
        yield from super().texts()
        yield ("low",), self.low
        yield ("high",), self.high

    def parse_one(self, value: str) -> Answer | Mistake:
        """Return a number on the range; nothing else is rounded to one."""
        number = integer(value, *self.ends)
        return Mistake(self.id, AnswerFault.NO_NUMBER) if number is None else number

    def card(self, page: PageLanguage, posted: Sequence[str], mistake: Mistake | None) -> Card:
        """Return a row of radio buttons, one a number."""
        given, (first, last) = only(posted), self.ends
        hint = page.say(self.hint)
        fault = self.fault_sentence(page, mistake, given, lowest=first, highest=last)
        asides = [name for name, there in (("hint", hint), ("fault", fault), ("ends", True)) if there]
        choices = tuple(
            Choice(f"{self.id}-{number}", str(number), str(number), checked=str(number) == given)
            for number in range(first, last + 1)
        )
        return Card(
            id=self.id,
            template=self.template,
            text=page.say(self.text),
            hint=hint,
            mark=self.mark(page),
            fault=fault,
            first_id=choices[0].id,
            described_by=" ".join(f"{self.id}-{aside}" for aside in asides),
            choices=choices,
            low=page.words["end"].format(number=first, label=page.say(self.low)),
            high=page.words["end"].format(number=last, label=page.say(self.high)),
            value=given,
        )


class ScaleQuestion(LabelledRange):
    """An integer on a labelled range; `measure` says that it is a CSAT (1..5) or a CES (1..7)."""

    type: Literal["scale"]
    lowest: int
    highest: int
    measure: Literal["csat", "ces"] | None = None

    @model_validator(mode="after")
    def sane_range(self) -> Self:
        """Refuse a range that is no range, or not that of its measure."""
        if not 0 <= self.lowest < self.highest <= 10:
            raise ValueError("a scale runs upwards, within 0 and 10")
        wanted = {"csat": (1, 5), "ces": (1, 7)}.get(self.measure or "")
        if wanted and (self.lowest, self.highest) != wanted:
            raise ValueError(f"{self.measure} is measured from {wanted[0]} to {wanted[1]}")
        return self

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last number, as the questionnaire gives them."""
        return self.lowest, self.highest

    @property
    def dataset_column(self) -> str | None:
        """The measure: csat or ces."""
        return self.measure


def integer(text: str, lowest: int, highest: int) -> int | None:
    """Return the integer that a text is, written plainly and within a range (0..99); None for any other text."""
    number = int(text) if _INTEGER.fullmatch(text) else None
    return number if number is not None and lowest <= number <= highest else None
