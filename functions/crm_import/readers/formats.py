"""The rows of an upload, whatever it is: found out by its content, read as a stream."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace

from functions.crm_import.errors import FileRejected
from functions.crm_import.readers.content import Kind, kind_of, peeked, refuse_old_office, utf_16_of
from functions.crm_import.readers.delimited import read_delimited
from functions.crm_import.readers.encoding import as_utf_8
from functions.crm_import.readers.json_records import read_json
from functions.crm_import.readers.table import Broken, Cells, Place, Table
from functions.crm_import.readers.unpacking import Archive, archive_in, gunzip
from functions.crm_import.readers.xlsx.workbook import read_workbook
from functions.crm_import.readers.xml_records import read_xml


def read_table(blocks: Iterable[bytes], place: Place | None = None) -> Table:
    """Read the header of a file and return its rows as a stream. Raises FileRejected, also while the rows are read.

    All of `blocks` is taken by the time that the rows are. Holds a bounded part of it, whatever its size.
    """
    open_files = ExitStack()
    try:
        table = _table(blocks, place or Place(), open_files, packed=False)
    except BaseException:
        open_files.close()
        raise
    return replace(table, rows=_closing(table.rows, open_files))


def _closing(rows: Iterator[Cells | Broken], open_files: ExitStack) -> Iterator[Cells | Broken]:
    with open_files:
        yield from rows


def _table(blocks: Iterable[bytes], place: Place, open_files: ExitStack, *, packed: bool) -> Table:
    head, blocks = peeked(blocks)
    refuse_old_office(head, blocks)
    codec = utf_16_of(head)
    if codec:
        head, blocks = peeked(as_utf_8(blocks, codec))
    match kind_of(head):
        case Kind.TEXT:
            return read_delimited(blocks, keep_all=place.include_hidden)
        case Kind.GZIP:
            if packed:
                raise FileRejected("nested")
            return _table(gunzip(blocks), place, open_files, packed=True)
        case Kind.ZIP:
            archive = open_files.enter_context(archive_in(blocks))
            return _in_archive(archive, place, open_files, packed=packed)
        case Kind.JSON:
            return read_json(blocks)
        case Kind.XML:
            return read_xml(blocks, place.record, "utf-8" if codec else None)


def _in_archive(archive: Archive, place: Place, open_files: ExitStack, *, packed: bool) -> Table:
    names = archive.names()
    for name, kind in _OFFICE.items():
        if name in names:
            raise FileRejected("not_read", kind=kind)
    if "xl/workbook.xml" in names:
        return read_workbook(archive, place.sheet, include_hidden=place.include_hidden)
    if packed:
        raise FileRejected("nested")
    if len(archive.members) != 1:
        raise FileRejected("members", count=len(archive.members))
    return _table(archive.unpack(archive.members[0]), place, open_files, packed=True)


_OFFICE = {
    "xl/workbook.bin": "Excel (.xlsb)",
    "word/document.xml": "Word",
    "ppt/presentation.xml": "PowerPoint",
    "content.xml": "OpenDocument (.ods, .odt)",
    "Index/Document.iwa": "Apple iWork",
}
