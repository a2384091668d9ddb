"""Out of gzip and zip, block by block: what unpacks to too much, or too far, is refused before it costs memory."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from functions.crm_import.errors import FileRejected

MAX_UNPACKED = 2_000_000_000
"""Bytes that an archive may unpack to."""
MAX_SPOOLED = 400_000_000
"""Bytes of a zip: it is read from its end, so it has to lie on the disk."""
MAX_RATIO = 200
"""Times its packed size: no real export shrinks more. Counted from RATIO_CHECK_FROM on."""
RATIO_CHECK_FROM = 50_000_000
_BLOCK = 256 * 1024
_MAX_INDEX = 1024 * 1024
"""Bytes of a zip's table of contents."""
_MAX_STREAMS = 10_000
"""In one gzip file: they may be chained."""
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_OF_THE_SYSTEM = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class _Meter:
    """Counts what goes in and comes out."""

    def __init__(self) -> None:
        self.packed = 0
        self.unpacked = 0

    def out(self, piece: bytes) -> bytes:
        self.unpacked += len(piece)
        if self.unpacked > MAX_UNPACKED or (
            self.unpacked > RATIO_CHECK_FROM and self.unpacked > self.packed * MAX_RATIO
        ):
            raise FileRejected("unpacks_too_far", limit=MAX_UNPACKED // 1_000_000)
        return piece


def gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip. Raises FileRejected where it is broken, cut off, or unpacks too far."""
    meter, stream, streams = _Meter(), zlib.decompressobj(wbits=31), 1
    try:
        for block in blocks:
            meter.packed += len(block)
            rest = block
            while rest:
                if stream.eof:
                    rest = rest.lstrip(b"\0")
                    if not rest:
                        break
                    stream, streams = zlib.decompressobj(wbits=31), streams + 1
                    if streams > _MAX_STREAMS:
                        raise FileRejected("archive_broken")
                yield meter.out(stream.decompress(rest, _BLOCK))
                rest = stream.unused_data if stream.eof else stream.unconsumed_tail
        yield meter.out(stream.flush())
    except zlib.error as error:
        raise FileRejected("archive_broken") from error
    if not stream.eof:
        raise FileRejected("cut_off")


@dataclass(frozen=True)
class Archive:
    """A zip on the disk, and its members that are files."""

    file: IO[bytes]
    members: tuple[zipfile.ZipInfo, ...]

    def names(self) -> frozenset[str]:
        """Return the members' names: to look at, never to write to."""
        return frozenset(member.filename for member in self.members)

    def unpack(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        """Yield a member's contents, exactly as many bytes as it says. Raises FileRejected.

        Not with zipfile's own reader: that stops at the size that the index tells, and so hides what others would read.
        """
        if member.flag_bits & 0x1:
            raise FileRejected("password")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRejected("zip_method")
        meter = _Meter()
        if member.file_size > MAX_UNPACKED:
            raise FileRejected("unpacks_too_far", limit=MAX_UNPACKED // 1_000_000)
        checksum = 0
        for piece in self._inflated(member, meter):
            if meter.unpacked > member.file_size:
                raise FileRejected("archive_broken")
            checksum = zlib.crc32(piece, checksum)
            yield piece
        if (meter.unpacked, checksum) != (member.file_size, member.CRC):
            raise FileRejected("archive_broken")

    def _inflated(self, member: zipfile.ZipInfo, meter: _Meter) -> Iterator[bytes]:
        stored = member.compress_type == zipfile.ZIP_STORED
        stream = zlib.decompressobj(wbits=-15)
        try:
            for block in self._packed(member):
                meter.packed += len(block)
                if stored:
                    yield meter.out(block)
                    continue
                rest = block
                while rest and not stream.eof:
                    yield meter.out(stream.decompress(rest, _BLOCK))
                    rest = stream.unconsumed_tail
            if not stored:
                yield meter.out(stream.flush())
        except zlib.error as error:
            raise FileRejected("archive_broken") from error

    def _packed(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        if member.header_offset < 0:
            raise FileRejected("archive_broken")
        self.file.seek(member.header_offset)
        header = self.file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            raise FileRejected("archive_broken")
        _, name, extra = _LOCAL_HEADER.unpack(header)
        place, left = member.header_offset + _LOCAL_HEADER.size + name + extra, member.compress_size
        while left > 0:
            # What is yielded may make the reader look elsewhere in the file.
            self.file.seek(place)
            block = self.file.read(min(_BLOCK, left))
            if not block:
                raise FileRejected("cut_off")
            place, left = place + len(block), left - len(block)
            yield block


@contextmanager
def archive_in(blocks: Iterable[bytes]) -> Iterator[Archive]:
    """Lay a zip on the disk and read its index. Raises FileRejected."""
    with TemporaryFile() as file:
        size = 0
        for block in blocks:
            size += len(block)
            if size > MAX_SPOOLED:
                raise FileRejected("too_big", limit=MAX_SPOOLED // 1_000_000)
            file.write(block)
        try:
            index = zipfile.ZipFile(_SmallReads(file))
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeDecodeError) as error:
            raise FileRejected("cut_off") from error
        yield Archive(file, tuple(info for info in index.infolist() if not _is_of_the_system(info)))


def _is_of_the_system(info: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS and Windows add on their own."""
    return info.is_dir() or info.filename.startswith("__MACOSX/") or info.filename.endswith(_OF_THE_SYSTEM)


class _SmallReads:
    """A file that is not read in large pieces: zipfile would read an index of any size at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size if 0 <= size <= _MAX_INDEX else _MAX_INDEX + 1)
        if len(piece) > _MAX_INDEX:
            raise FileRejected("too_many_members")
        return piece
