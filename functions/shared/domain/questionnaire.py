"""A questionnaire as data: questions with their texts per language."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from functions.shared.domain.questions.types import AnyQuestion


class Questionnaire(BaseModel):
    """The questions of a touchpoint. An answer keeps the version that it was given to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questionnaire: str
    version: Annotated[int, Field(ge=1)]
    questions: Annotated[tuple[AnyQuestion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def shared_core(self) -> Self:
        """Hold the core that makes touchpoints compare: one NPS question, first, and ids that are unique."""
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ValueError("two questions have the same id")
        if [question.type for question in self.questions].count("nps") != 1 or self.questions[0].type != "nps":
            raise ValueError("the first question is the NPS question, and there is one of it")
        return self
