"""The texts that the cells of a workbook share, where they are written as nearly all programs write them."""

import re
import sys
from collections.abc import Iterable

from functions.crm_import.readers.xlsx.cells import escapes_in, texts_unescaped
from functions.crm_import.readers.xlsx.items import items
from functions.crm_import.readers.xlsx.memory import MAX_MEMORY, too_big
from functions.crm_import.readers.xlsx.xml_parts import UnsupportedSheet

_OVERHEAD = 64
"""Bytes that a text takes beside its characters."""
_OTHER = re.compile(r"<[!?]")
_ITEM = re.compile(r"\s*<si>")
_PHONETIC, _PHONETIC_END = "<rPh", "</rPh>"
_NOTHING = re.compile(r"<si\s*/>")
_OPENED = re.compile(r"<t(?:\s[^<>]*[^<>/])?>")
_PIECE = re.compile(_OPENED.pattern + "([^<]*)</t>")


def shared_texts(blocks: Iterable[bytes]) -> list[str]:
    """Return the texts in their order. Raises UnsupportedSheet, and FileRejected where they are too many."""
    texts: list[str] = []
    memory = 0
    for block in items(blocks, "sst", "si"):
        new = _simple(block)
        new = _any(block) if new is None else new
        if escapes_in(block):
            new = texts_unescaped(new)
        memory += len(block) + _OVERHEAD * len(new) if block.isascii() else sum(map(sys.getsizeof, new))
        if memory > MAX_MEMORY:
            raise too_big()
        texts += new
    return texts


def _simple(block: str) -> list[str] | None:
    """Return texts without a layout of their own, all at once; None where there are others."""
    block = block.replace('<t xml:space="preserve">', "<t>")
    if not (block.startswith("<si><t>") and block.endswith("</t></si>")):
        return None
    texts = block[len("<si><t>") : -len("</t></si>")].split("</t></si><si><t>")
    return texts if block.count("<") == 4 * len(texts) else None


def _any(block: str) -> list[str]:
    """Return texts one by one: of runs with a layout each, without the pronunciation that may stand beside them."""
    if _OTHER.search(block):
        raise UnsupportedSheet
    *items, rest = _NOTHING.sub("<si></si>", block).split("</si>")
    if rest.strip() or not all(map(_ITEM.match, items)):
        raise UnsupportedSheet
    return ["".join(_pieces(item)) for item in items]


def _pieces(item: str) -> list[str]:
    written, *spoken = item.split(_PHONETIC)
    behind = [piece.partition(_PHONETIC_END) for piece in spoken]
    written += "".join(rest for _, _, rest in behind)
    pieces = _PIECE.findall(written)
    if not all(end for _, end, _ in behind) or len(pieces) != len(_OPENED.findall(written)):
        raise UnsupportedSheet
    return pieces
