"""What an upload is, by its content and never by its name: empty, something else than text, or text in an encoding."""

import re
from collections.abc import Iterable, Iterator

from functions.crm_import.sentences import Refused

HEAD = 64 * 1024
"""So many bytes decide what a file is."""
LONGEST_LINE = 1024 * 1024
"""Bytes. A longer line is a quotation mark that was never closed, or not a table at all."""

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls), or one with a password"),
    (b"\x1f\x8b", "a gzip archive (.gz)"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
)
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def text_blocks(blocks: Iterable[bytes], rows_so_far: "RowCount") -> Iterator[str]:
    """Decode a file block by block, each block ending at a line's end. Raises Refused with the reason.

    UTF-8 (with or without BOM) unless the first block that is more than ASCII cannot be it: then Windows-1252. The
    decision stands for the rest of the file. Holds two blocks at a time, whatever the size of the file.
    """
    pieces = _at_line_ends(blocks, rows_so_far)
    first = next(pieces, b"")
    refuse_what_is_no_text(first)
    encoding = "ascii"
    for piece in _chained(first.removeprefix(_BOM), pieces):
        if encoding == "ascii" and not piece.isascii():
            encoding = "utf-8" if _is_utf_8(piece) else "cp1252"
        try:
            yield piece.decode(encoding, "replace" if encoding == "cp1252" else "strict")
        except UnicodeDecodeError as error:
            raise Refused("encoding", row=rows_so_far.value) from error


class RowCount:
    """How many rows were read so far: for the sentence that says where in the file something is wrong."""

    value = 0


def refuse_what_is_no_text(head: bytes) -> None:
    """Raise Refused, saying what the file looks like, unless its first bytes are those of a text with columns."""
    if not head.removeprefix(_BOM).strip(b" \t\r\n\x00;,"):
        raise Refused("empty")
    if head.startswith(b"PK\x03\x04"):
        office = b"xl/" in head or b"[Content_Types].xml" in head
        raise Refused("binary", looks_like="an Excel file (.xlsx)" if office else "a zip archive (.zip)")
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            raise Refused("binary", looks_like=name)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf_16(head):
        raise Refused("utf_16")
    if len(_CONTROL.findall(head[:HEAD])) > max(8, len(head[:HEAD]) // 50):
        raise Refused("binary", looks_like="a binary file")
    text = head.removeprefix(_BOM).lstrip()
    if text[:1] == b"<":
        raise Refused("binary", looks_like="a web page (HTML)" if b"<html" in text[:2000].lower() else "XML")
    if re.match(rb"\[\s*[\[{\]]|\{\s*[\"}]", text):
        raise Refused("binary", looks_like="JSON")


def _looks_like_utf_16(head: bytes) -> bool:
    sample = head[:2000]
    half = len(sample) // 2
    few, many = sorted((sample[::2].count(0), sample[1::2].count(0)))
    return half > 2 and many > half * 0.7 and few < half * 0.1


def _is_utf_8(piece: bytes) -> bool:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _at_line_ends(blocks: Iterable[bytes], rows_so_far: RowCount) -> Iterator[bytes]:
    """Cut a stream into pieces of at least HEAD bytes that end where a line does; the last one is what is left."""
    end, waiting, size = b"\n", [], 0
    for block in blocks:
        waiting.append(block)
        size += len(block)
        if size < HEAD:
            continue
        data = b"".join(waiting)
        if rows_so_far.value == 0 and b"\n" not in data and b"\r" in data:
            end = b"\r"
        cut = data.rfind(end) + 1
        if not cut and size > LONGEST_LINE:
            refuse_what_is_no_text(data[:HEAD])
            raise Refused("long_line", row=rows_so_far.value + 1, limit=LONGEST_LINE)
        if cut:
            yield data[:cut]
        waiting, size = [data[cut:]], len(data) - cut
    if size:
        yield b"".join(waiting)


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
