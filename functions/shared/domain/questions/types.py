"""The question types: one entry each. `type` in the YAML picks the model."""

from typing import Annotated

from pydantic import Field

from functions.shared.domain.questions.choice import ChoiceQuestion
from functions.shared.domain.questions.nps import NpsQuestion
from functions.shared.domain.questions.scale import ScaleQuestion
from functions.shared.domain.questions.text import TextQuestion

AnyQuestion = Annotated[
    NpsQuestion | ScaleQuestion | ChoiceQuestion | TextQuestion,
    Field(discriminator="type"),
]
