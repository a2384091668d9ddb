"""Would you recommend us: the question that every questionnaire begins with."""

from typing import Literal

from functions.shared.domain.questions.scale import LabelledRange

ENDS = (0, 10)


class NpsQuestion(LabelledRange):
    """Would you recommend us: an integer from 0 to 10. Its answer is the score of the response."""

    type: Literal["nps"]

    @property
    def ends(self) -> tuple[int, int]:
        """0 and 10, whatever anybody writes."""
        return ENDS
