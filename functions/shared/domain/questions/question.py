"""What every question type has in common, and what a type must say of itself.

A type is a module of this package and an entry in `types.py`. It owns its fields in the YAML, the texts that must be
there in every language, its own checks at publishing, how a posted form becomes an answer, how the page shows it (the
template is `frontend/survey/templates/questions/<template>.html.j2`) and what its answer is in the datasets.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Translated = dict[str, str]
TextPath = tuple[str | int, ...]
"""Where in a question's YAML a text stands."""
Answer = int | str


class AnswerFault(StrEnum):
    """Why an answer cannot be taken."""

    MISSING = "missing"  # the question is required
    NOTHING = "nothing"  # not one question was answered
    NO_NUMBER = "no_number"  # not an integer on the scale
    NO_OPTION = "no_option"  # not one of the options
    SEVERAL = "several"  # more than one value where one is asked
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Mistake:
    """A fault in the answer to one question; `limit` is the greatest length of a text."""

    question: str
    fault: AnswerFault
    limit: int | None = None


@dataclass(frozen=True)
class Choice:
    """A radio button."""

    id: str
    value: str
    text: str
    checked: bool


@dataclass(frozen=True)
class Card:
    """A question as the page shows it. `template` draws it; `first_id` is where a link to the question leads."""

    id: str
    template: str
    text: str
    hint: str
    mark: str
    fault: str
    first_id: str
    described_by: str
    choices: tuple[Choice, ...] = ()
    low: str = ""
    high: str = ""
    value: str = ""
    long: bool = True
    limit: int = 0
    at_most: str = ""


@dataclass(frozen=True)
class PageLanguage:
    """How a page speaks: its own `words`, and `say`, which picks a question's text in its language, facts filled in."""

    words: Mapping[str, Any]
    say: Callable[[Mapping[str, str] | None], str]


class Question(BaseModel):
    """One question. What a type adds overrides the methods below; `type` is its name in the YAML."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: ClassVar[str]
    type: str
    id: QuestionId
    text: Translated
    hint: Translated | None = None
    required: bool = False

    @property
    def dataset_column(self) -> str | None:
        """The column of the dataset `responses` that holds the answer; None: only `answers` does."""
        return None

    def texts(self) -> Iterator[tuple[TextPath, Translated]]:
        """Yield every text that must be there in all languages, with its place in the YAML."""
        yield ("text",), self.text
        if self.hint is not None:
            yield ("hint",), self.hint

    def problems(self) -> Iterator[tuple[TextPath, str]]:
        """Yield what a type refuses at publishing beside its fields: a place in the YAML and a sentence."""
        yield from ()

    def clean(self, text: str) -> str:
        """Return one posted value as it is read."""
        return text.strip()

    def read(self, posted: Sequence[str]) -> Answer | Mistake | None:
        """Return the answer in what was posted under the question's id; None where it was skipped, as it may be."""
        values = [value for value in map(self.clean, posted) if value]
        if values:
            return self.parse(values)
        return Mistake(self.id, AnswerFault.MISSING) if self.required else None

    @abstractmethod
    def parse(self, values: Sequence[str]) -> Answer | Mistake:
        """Return the answer in clean values that are not empty, at least one."""

    @abstractmethod
    def card(self, page: PageLanguage, posted: Sequence[str], mistake: Mistake | None) -> Card:
        """Return the question as the page shows it, with what was posted and what is wrong with it."""

    def fault_sentence(self, page: PageLanguage, mistake: Mistake | None, given: str, **values: object) -> str:
        """Return what is wrong in the page's words: for an answer that is missing, those of the type."""
        if mistake is None:
            return ""
        missing = mistake.fault in (AnswerFault.MISSING, AnswerFault.NO_NUMBER)
        words = page.words[f"missing_{self.type}" if missing else mistake.fault.value]
        return str(words.format(limit=mistake.limit, count=len(given), **values))

    def mark(self, page: PageLanguage) -> str:
        """Return what stands behind a question that may be skipped."""
        return "" if self.required else str(page.words["optional"])


class OneValueQuestion(Question):
    """A question that takes one value."""

    def parse(self, values: Sequence[str]) -> Answer | Mistake:
        """Return the answer in the one value there is; of several none is picked."""
        return Mistake(self.id, AnswerFault.SEVERAL) if len(values) > 1 else self.parse_one(values[0])

    @abstractmethod
    def parse_one(self, value: str) -> Answer | Mistake:
        """Return the answer in a clean value that is not empty."""


def only(posted: Sequence[str]) -> str:
    """Return what was given where one value was, to be shown again."""
    return posted[0] if len(posted) == 1 else ""
