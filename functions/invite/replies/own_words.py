"""What a reply says itself: without the mail that it answers, the signature, and what the phone adds.

The mail that is answered holds the word *afmelden* too, so what is quoted must not be taken for the writer's words.
Where it is not sure where the quotation begins, less is read rather than more.
"""

import re
from collections.abc import Mapping

from lxml import etree

_VOID = frozenset(("br", "hr"))
_BLOCKS = frozenset(
    (
        *("p", "div", "br", "tr", "li", "ul", "ol", "table", "blockquote", "pre", "hr", "section", "article"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    )
)
_UNSEEN = frozenset(("head", "script", "style", "title", "template"))
_QUOTE_CLASSES = re.compile(r"(gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra)")
_QUOTE_IDS = re.compile(r"(divrplyfwdmsg|appendonsend|olk_src_body_section|reply-intro|mail-editor-reference)", re.I)
"""From here on Outlook (on the web, on a Mac) quotes."""

_WROTE = r"(?:schreef|geschreven|wrote|schrieb|a écrit|geschrieben)"
_ATTRIBUTION = re.compile(
    rf"(?:(?:op|on|am|le)\b[^\n]*(?:\n[^\n]+){{0,2}}?\b{_WROTE}\b[^\n]{{0,200}}?:?|[^\n]*<\S+@\S+>[^\n]*\b{_WROTE}\b[^\n]*:?)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_SEPARATOR = re.compile(
    r"\s*(?:[-_*=]{2,}\s*(?:original message|oorspronkelijk bericht|originele? bericht|urspr\w+ nachricht"
    r"|original-?nachricht|message d'origine|forwarded message|doorgestuurd bericht|weitergeleitete nachricht)"
    r"\s*[-_*=]*"
    r"|_{8,}|-{20,}|begin (?:forwarded message|doorgestuurd bericht)\s*:)\s*",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\s*\**(?:van|from|von|de)\s*:\**\s*\S", re.IGNORECASE)
_HEADER_TOO = re.compile(
    r"\s*\**(?:verzonden|sent|gesendet|envoyé|date|datum|aan|to|an|à|onderwerp|subject|betreff|objet)\s*:",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\s*(?:verstuurd|verzonden|sent|gesendet|envoyé|von meinem|mit freundlichen grüßen von meinem|get outlook|download"
    r" outlook|outlook voor|outlook für|télécharge)\b.{0,80}\b(?:iphone|ipad|android|samsung|galaxy|mobiele?|mobile"
    r"|phone|telefoon|tablet|outlook|yahoo|gmail|mail|ios)\b.*",
    re.IGNORECASE,
)
_PERSONAL_PATH = re.compile(r"/[su]/[A-Za-z0-9_-]{44}")
_HEADERS_WITHIN = 5
_MAX_ATTRIBUTION = 500
_SAYS_WROTE = re.compile(rf"\b{_WROTE}\b", re.IGNORECASE)


def own_words(text: str) -> str:
    """Return the lines of a plain text that its writer added."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")
    kept: list[str] = []
    last_quoted = max((number for number, line in enumerate(lines) if line.lstrip().startswith(">")), default=-1)
    number = 0
    while number < len(lines):
        line = lines[number]
        taken = _attribution(lines, number)
        if taken:
            if number + taken > last_quoted:
                break
            number += taken
            continue
        if _SEPARATOR.fullmatch(line) or line.rstrip() == "--" or _is_header(lines, number):
            break
        if not line.lstrip().startswith((">", "|")) and not _DEVICE.fullmatch(line) and not _has_personal_link(line):
            kept.append(line)
        number += 1
    return "\n".join(kept).strip()


def text_of_html(html: str) -> str:
    """Return the text of an HTML mail, without what its marks say is quoted."""
    reader = _Text()
    parser = etree.HTMLParser(target=reader, no_network=True, encoding="utf-8")
    try:
        parser.feed(html.encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:
        pass  # nothing in it, or nested deeper than any mail: what was read so far counts
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _attribution(lines: list[str], number: int) -> int:
    """Return how many lines from here say who wrote what is quoted next, or 0."""
    for count in (1, 2, 3):
        some = lines[number : number + count]
        if not some[0].strip() or not all(one.strip() for one in some) or len(some) < count:
            return 0
        together = "\n".join(one.strip() for one in some)[:_MAX_ATTRIBUTION]
        if _SAYS_WROTE.search(together) and _ATTRIBUTION.fullmatch(together):
            return count
    return 0


def _is_header(lines: list[str], number: int) -> bool:
    if not _HEADER.match(lines[number]):
        return False
    return any(_HEADER_TOO.match(line) for line in lines[number + 1 : number + _HEADERS_WITHIN])


def _has_personal_link(line: str) -> bool:
    """Say whether a line holds one of our links, as only a mail of ours does."""
    words = line.split() if "://" in line else ()
    return any("://" in word and _PERSONAL_PATH.search(word, word.index("://")) for word in words)


class _Text:
    """Takes in the elements of a page as lxml finds them, every one of them ended, and keeps the text that is seen."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._depth = 0
        self._hidden_from: int | None = None
        self._ended = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _BLOCKS:
            self._add("\n")
        self._depth += 1
        if self._hidden_from is None:
            if _QUOTE_IDS.match(attributes.get("id", "")):
                self._ended = True
            elif tag in _UNSEEN or tag == "blockquote" or _QUOTE_CLASSES.search(attributes.get("class", "")):
                self._hidden_from = self._depth

    def end(self, tag: str) -> None:
        if self._hidden_from is not None and self._depth <= self._hidden_from:
            self._hidden_from = None
        self._depth -= 1
        if tag in _BLOCKS and tag not in _VOID:
            self._add("\n")

    def data(self, text: str) -> None:
        self._add(re.sub(r"\s+", " ", text))

    def close(self) -> None:
        """Nothing is left to do: lxml asks for it."""

    def _add(self, text: str) -> None:
        if self._hidden_from is None and not self._ended:
            self.parts.append(text)
