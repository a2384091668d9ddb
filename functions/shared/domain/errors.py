"""What can go wrong, as the domain sees it.

KlankbordError
├── BadInput                a file, a folder or a post from outside; the message is for its sender
│   ├── UnreadableFile      nothing of the file can be used
│   └── BadConfiguration    a client folder with mistakes, a sentence for each
├── NotFound                a client, touchpoint or invitation that is not there
└── TryAgain                the work is not done, but a later attempt may do it
"""

from collections.abc import Sequence


class KlankbordError(Exception):
    """The root: its message is one sentence that says what to do."""


class BadInput(KlankbordError):
    """Something from outside cannot be used; the message is for the person who sent it."""


class UnreadableFile(BadInput):
    """Nothing of an uploaded file can be used."""


class BadConfiguration(BadInput):
    """A client folder has mistakes; `mistakes` holds a sentence for each, with file and line."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class NotFound(KlankbordError):
    """A client, touchpoint or invitation that does not exist."""


class TryAgain(KlankbordError):
    """The work is not done; a later attempt may do it, so its message goes back to the queue."""
