"""From bytes to text: UTF-8, UTF-16, and what Windows, DOS and old Macs write."""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from functions.crm_import.errors import FileRejected
from functions.crm_import.messages import MessageParameter
from functions.crm_import.readers.content import BOM, HEAD
from functions.crm_import.readers.encoding_evidence import (
    SPOKEN_NAMES,
    letters_beyond_ascii,
    single_byte_encoding,
    speaks_against,
    undoubled,
    undoubled_parts,
)
from functions.crm_import.readers.table import RowCount

MAX_LINE_LENGTH = 1024 * 1024
"""Bytes. A longer line is a quotation mark that was never closed, or not a table at all."""

_LETTERS_SHOWN = 8
_MAX_UNCLEAR = 64
"""Blocks that are held while it is open what they are: some 4 MB."""
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
_MORE_THAN_ASCII = re.compile("[^\x00-\x7f]+")


def as_utf_8(blocks: Iterable[bytes], codec: str) -> Iterator[bytes]:
    """Turn a stream in UTF-16 into UTF-8 without BOM. Raises FileRejected."""
    decoder = codecs.getincrementaldecoder(codec)()
    first = True
    try:
        for block in blocks:
            text = decoder.decode(block)
            yield (text.removeprefix("\ufeff") if first else text).encode()
            first = first and not text
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise FileRejected("utf_16_broken") from error


def text_of(blocks: Iterable[bytes], rows_so_far: RowCount) -> Iterator[str]:
    """Decode UTF-8 block by block. Raises FileRejected where it is not."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        for block in blocks:
            yield decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileRejected("not_utf_8", row=rows_so_far.value + 1) from error


def lines_of(
    blocks: Iterable[bytes], rows_so_far: RowCount, remarks: list[MessageParameter] | None = None
) -> Iterator[str]:
    """Decode a text block by block, each block ending at a line's end. Raises FileRejected with the reason.

    UTF-8 (with or without BOM) unless the first block that is more than ASCII cannot be it: then what its letters speak
    for, which is told as a remark. The decision stands for the rest of the file. A block that is mostly the one and
    partly the other is refused: as either of them, names and addresses would come out wrong; and so is one that is
    clearly something else than those before it. Where a block can as well be something else the next ones are looked
    at, too. Holds a few blocks at a time, whatever the size of the file.
    """
    pieces = _at_line_ends(blocks, rows_so_far)
    first = next(pieces, b"")
    encoding, doubled = "ascii", False
    unclear: list[bytes] = []
    for read in chain((first.removeprefix(BOM),), pieces):
        piece = read
        if encoding == "ascii" and not (piece.isascii() and not unclear):
            piece = b"".join((*unclear, read))
            try:
                encoding = _encoding_of(piece, rows_so_far)
            except FileRejected as refused:
                if refused.why != "encoding_unclear" or len(unclear) == _MAX_UNCLEAR:
                    raise
                unclear.append(read)
                continue
            unclear.clear()
            if remarks is not None and encoding != "utf-8":
                letters = ", ".join(islice(letters_beyond_ascii(piece.decode(encoding)), _LETTERS_SHOWN))
                remarks.append(MessageParameter("read_as", encoding=SPOKEN_NAMES[encoding], letters=letters or "-"))
            doubled = encoding == "utf-8" and undoubled(piece.decode()) is not None
            if remarks is not None and doubled:
                remarks.append(MessageParameter("undoubled"))
        if encoding in SPOKEN_NAMES and not piece.isascii() and speaks_against(piece, encoding):
            raise FileRejected("encoding_changes", row=rows_so_far.value)
        try:
            text = piece.decode(encoding)
        except UnicodeDecodeError as error:
            why = "encoding" if encoding == "utf-8" else "encoding_unknown"
            raise FileRejected(why, row=rows_so_far.value) from error
        whole = (undoubled(text) if doubled else None) or undoubled_parts(text)
        if remarks is not None and whole != text and not doubled:
            _tell_once(remarks, "undoubled_parts")
        yield whole
    if unclear:
        _encoding_of(b"".join(unclear), rows_so_far)  # as it was refused before, with all that there is


def _tell_once(remarks: list[MessageParameter], why: str) -> None:
    if all(remark.why != why for remark in remarks):
        remarks.append(MessageParameter(why))


def _encoding_of(piece: bytes, rows_so_far: RowCount) -> str:
    try:
        piece.decode("utf-8")
    except UnicodeDecodeError as error:
        # Characters of two or more bytes that are right by accident hardly occur in Windows-1252.
        with_gaps = piece.decode("utf-8", "surrogateescape")
        wrong = len(_NOT_UTF_8.findall(with_gaps))
        if sum(map(len, _MORE_THAN_ASCII.findall(with_gaps))) > 2 * wrong:
            row = rows_so_far.value + piece[: error.start].count(b"\n")
            raise FileRejected("encoding", row=max(row, 1)) from error
        encoding = single_byte_encoding(piece)
        if encoding.encoding is None:
            raise FileRejected("encoding_unknown") from error
        if encoding.rival is not None:
            both = {"one": SPOKEN_NAMES[encoding.encoding], "other": SPOKEN_NAMES[encoding.rival]}
            raise FileRejected("encoding_unclear", **both) from error
        return encoding.encoding
    return "utf-8"


def _at_line_ends(blocks: Iterable[bytes], rows_so_far: RowCount) -> Iterator[bytes]:
    """Cut a stream into pieces of at least HEAD bytes that end where a line does; the last one is what is left."""
    end, waiting, size = b"\n", list[bytes](), 0
    for block in blocks:
        waiting.append(block)
        size += len(block)
        if size < HEAD:
            continue
        data = b"".join(waiting)
        if rows_so_far.value == 0 and b"\n" not in data and b"\r" in data:
            end = b"\r"
        cut = data.rfind(end) + 1
        if not cut and size > MAX_LINE_LENGTH:
            raise FileRejected("long_line", row=rows_so_far.value + 1, limit=MAX_LINE_LENGTH)
        if cut:
            yield data[:cut]
        waiting, size = [data[cut:]], len(data) - cut
    if size:
        yield b"".join(waiting)
