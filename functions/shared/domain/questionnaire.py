"""A questionnaire as data: questions with their texts per language."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Translated = dict[str, str]


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: QuestionId
    text: Translated
    hint: Translated | None = None
    required: bool = False


class NpsQuestion(_Question):
    """Would you recommend us: an integer from 0 to 10."""

    type: Literal["nps"]
    low: Translated
    high: Translated


class ScaleQuestion(_Question):
    """An integer on a labelled range; `measure` says that it is a CSAT (1..5) or a CES (1..7)."""

    type: Literal["scale"]
    lowest: int
    highest: int
    low: Translated
    high: Translated
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


class Option(BaseModel):
    """One answer of a choice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: QuestionId
    text: Translated


class ChoiceQuestion(_Question):
    """One answer of several."""

    type: Literal["choice"]
    options: Annotated[tuple[Option, ...], Field(min_length=2)]


class TextQuestion(_Question):
    """An answer in the customer's own words."""

    type: Literal["text"]
    long: bool = True
    max_length: Annotated[int, Field(ge=1, le=5000)] = 2000


Question = Annotated[
    NpsQuestion | ScaleQuestion | ChoiceQuestion | TextQuestion,
    Field(discriminator="type"),
]


class Questionnaire(BaseModel):
    """The questions of a touchpoint. An answer keeps the version that it was given to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questionnaire: str
    version: Annotated[int, Field(ge=1)]
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def shared_core(self) -> Self:
        """Hold the core that makes touchpoints compare: one NPS question, first, and ids that are unique."""
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ValueError("two questions have the same id")
        if [question.type for question in self.questions].count("nps") != 1 or self.questions[0].type != "nps":
            raise ValueError("the first question is the NPS question, and there is one of it")
        return self
