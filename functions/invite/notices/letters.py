"""What a notice says, whatever it looks like."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NoticeSection:
    """A piece of a letter under a title of its own: figures by their labels, then paragraphs."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Letter:
    """A notice in words. `closing` says why it came; `link`, if any, is where its `button` leads."""

    language: str
    subject: str
    preheader: str
    heading: str
    paragraphs: tuple[str, ...]
    parts: tuple[NoticeSection, ...]
    closing: str
    link: str = field(default="", repr=False)
    button: str = ""
    link_note: str = ""
