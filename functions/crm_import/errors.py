"""Why a file is not taken."""

from functions.crm_import.messages import translate
from functions.shared.domain.errors import UnreadableFile


class FileRejected(UnreadableFile):
    """A file that cannot be used: `why` names the message, in English as an exception, translated on the receipt."""

    def __init__(self, why: str, **values: object) -> None:
        super().__init__(translate("en", why, **values))
        self.why = why
        self.values = values

    def message(self, language: str) -> str:
        """Return the sentence in a language."""
        return translate(language, self.why, **self.values)
