"""One answer of several."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.shared.domain.questions.question import (
    Answer,
    AnswerFault,
    Card,
    Choice,
    Mistake,
    OneValueQuestion,
    PageLanguage,
    QuestionId,
    TextPath,
    Translated,
    only,
)


class Option(BaseModel):
    """One answer of a choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: QuestionId
    text: Translated


class ChoiceQuestion(OneValueQuestion):
    """One answer of several."""

    template: ClassVar[str] = "choice"
    type: Literal["choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=2)]

    def texts(self) -> Iterator[tuple[TextPath, Translated]]:
        """Yield the texts of any question, and those of the options."""
        yield from super().texts()
        for index, option in enumerate(self.options):
            yield ("options", index, "text"), option.text

    def problems(self) -> Iterator[tuple[TextPath, str]]:
        """Refuse two options of one name."""
        values = [option.value for option in self.options]
        for value in dict.fromkeys(value for value in values if values.count(value) > 1):
            yield ("options",), f"two options are called {value}"

    def parse_one(self, value: str) -> Answer | Mistake:
        """Return the option's value; another one is not offered."""
        known = any(option.value == value for option in self.options)
        return value if known else Mistake(self.id, AnswerFault.NO_OPTION)

    def card(self, page: PageLanguage, posted: Sequence[str], mistake: Mistake | None) -> Card:
        """Return radio buttons, one an option."""
        given, hint = only(posted), page.say(self.hint)
        fault = self.fault_sentence(page, mistake, given)
        choices = tuple(
            Choice(f"{self.id}-{option.value}", option.value, page.say(option.text), checked=option.value == given)
            for option in self.options
        )
        return Card(
            id=self.id,
            template=self.template,
            text=page.say(self.text),
            hint=hint,
            mark=self.mark(page),
            fault=fault,
            first_id=choices[0].id,
            described_by=" ".join(f"{self.id}-{name}" for name, there in (("hint", hint), ("fault", fault)) if there),
            choices=choices,
            value=given,
        )
