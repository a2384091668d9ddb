"""The book of turns in memory: as atomic as the one in DynamoDB, and held to the same tests."""

from dataclasses import replace

from functions.shared.domain.turns import Book

Answer = tuple[Book, int | None]


class MemoryTurnBooks:
    """One book."""

    def __init__(self) -> None:
        self.book = Book()
        self.writes = 0
        """As DynamoDB bills them: those that were refused too."""
        self.reads = 0

    def told(self) -> int | None:
        """Return the second by the store's own clock, where it tells it."""
        return None

    def find(self) -> Answer:
        self.reads += 1
        return self.book, self.told()

    def follow(self, seen: Book, turns: int, earliest: int, latest: int) -> Answer | None:
        here = earliest <= self.book.free_at <= latest
        return self._written(_after(self.book, seen, turns, self.book.free_at) if here else None)

    def restart(self, seen: Book, turns: int, at: int) -> Answer | None:
        return self._written(_after(self.book, seen, turns, at) if self.book.free_at < at else None)

    def claim(self, seen: Book, now: int) -> Book | None:
        claimed = self._written(replace(self.book, asked_at=now) if self.book.asked_at == seen.asked_at else None)
        return claimed and claimed[0]

    def note(self, after: Book) -> None:
        told = {name: getattr(after, name) for name in ("version", "enabled", "rate", "marks", "most")}
        self._written(replace(self.book, **told) if self.book.version == after.version - 1 else None)

    def hold(self, until: int) -> None:
        self._written(replace(self.book, free_at=until) if self.book.free_at < until else None)

    def _written(self, book: Book | None) -> Answer | None:
        """Write, or refuse with None: that is billed as well."""
        self.writes += 1
        if book is None:
            return None
        self.book = book
        return book, self.told()


def _after(book: Book, seen: Book, turns: int, start: int) -> Book | None:
    if book.version != seen.version or (seen.most is not None and book.given > seen.most - turns):
        return None
    return replace(book, free_at=start + seen.span(turns), given=book.given + turns)
