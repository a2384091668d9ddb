"""The mails that were accepted: append-only, on disk, for as long as the fake AWS runs."""

import json
import re
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.fake_aws.mail import AcceptedMail

_SCHEMA = """
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL COLLATE NOCASE,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    client TEXT NOT NULL,
    mail TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    configuration_set TEXT,
    tenant TEXT,
    document BLOB NOT NULL,
    raw BLOB NOT NULL
);
CREATE INDEX by_recipient ON messages (recipient, seq);
CREATE INDEX by_client ON messages (client, seq);
"""
_BATCH = 100
_SUMMARY = "seq, id, recipient, sender, subject, client, mail, sent_at"
_LIST = ("id", "to", "from", "subject", "headers", "text", "html", "tags", "sent_at")
"""The fields of a message, as `GET /messages` shows them."""


@dataclass(frozen=True)
class OutboxEntry:
    """A message in a list."""

    seq: int
    id: str
    recipient: str
    sender: str
    subject: str
    client: str
    mail: str
    sent_at: datetime


def moment(at: datetime) -> str:
    """Return a moment as SES writes it: ISO 8601 in milliseconds, with Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Outbox:
    """Keeps the accepted mails; a new outbox begins empty, whatever an earlier one left."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob("outbox.sqlite*"):
            leftover.unlink()
        self._lock = threading.Lock()
        self._database = sqlite3.connect(folder / "outbox.sqlite", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(_SCHEMA)

    def add(self, message_id: str, mail: AcceptedMail, sent_at: datetime) -> None:
        """Keep a mail."""
        headers: dict[str, str] = {}
        for name, value in mail.headers:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        document = dict(
            zip(
                _LIST,
                (
                    message_id,
                    ", ".join(mail.recipients),
                    mail.sender,
                    mail.subject,
                    headers,
                    mail.text,
                    mail.html,
                    mail.tags,
                    moment(sent_at),
                ),
                strict=True,
            )
        )
        row = (
            message_id,
            document["to"],
            mail.sender,
            mail.subject,
            mail.tags.get("client", ""),
            mail.tags.get("mail", ""),
            document["sent_at"],
            mail.configuration_set,
            mail.tenant,
            zlib.compress(json.dumps(document).encode(), 1),
            zlib.compress(mail.raw, 1),
        )
        with self._lock:
            self._database.execute(
                "INSERT INTO messages (id, recipient, sender, subject, client, mail, sent_at, "
                "configuration_set, tenant, document, raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def documents(
        self,
        to: str = "",
        client: str = "",
        since_id: str = "",
        limit: int = -1,
        configuration_set: str = "",
        tenant: str = "",
    ) -> Iterator[bytes]:
        """Give messages as JSON objects, oldest first: those after `since_id`, to an address, of a client, in its
        stream."""
        seq = self._seq(since_id)
        chosen, values = _where(recipient=to, client=client, configuration_set=configuration_set, tenant=tenant)
        while limit:
            take = _BATCH if limit < 0 else min(limit, _BATCH)
            rows = self._rows(
                f"SELECT seq, document FROM messages WHERE seq > ? {chosen} ORDER BY seq LIMIT ?",  # noqa: S608 - own words
                (seq, *values, take),
            )
            yield from (zlib.decompress(row[1]) for row in rows)
            if len(rows) < take:
                return
            seq = rows[-1][0]
            limit = limit - take if limit > 0 else limit

    def document(self, message_id: str) -> dict[str, Any] | None:
        """Return one message."""
        rows = self._rows("SELECT document FROM messages WHERE id = ?", (message_id,))
        return dict(json.loads(zlib.decompress(rows[0][0]))) if rows else None

    def raw(self, message_id: str) -> bytes | None:
        """Return the exact bytes of one message."""
        rows = self._rows("SELECT raw FROM messages WHERE id = ?", (message_id,))
        return zlib.decompress(rows[0][0]) if rows else None

    def page(self, search: str = "", client: str = "", before: int = 0, size: int = 50) -> list[OutboxEntry]:
        """Return messages for people, newest first; `search` looks in recipient and subject."""
        chosen, values = _where(client=client)
        if before:
            chosen, values = f"{chosen} AND seq < ?", (*values, before)
        if search:
            pattern = "%" + re.sub(r"([\\\\%_])", r"\\\1", search) + "%"
            chosen += " AND (recipient LIKE ? ESCAPE '\\' OR subject LIKE ? ESCAPE '\\')"
            values = (*values, pattern, pattern)
        rows = self._rows(
            f"SELECT {_SUMMARY} FROM messages WHERE seq > 0 {chosen} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - own words
            (*values, size),
        )
        return [_summary(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many messages each client sent."""
        return dict(self._rows("SELECT client, count(*) FROM messages GROUP BY client ORDER BY client", ()))

    def total(self) -> int:
        """Return how many messages there are."""
        return int(self._rows("SELECT coalesce(max(seq), 0) FROM messages", ())[0][0])

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()

    def _seq(self, message_id: str) -> int:
        rows = self._rows("SELECT seq FROM messages WHERE id = ?", (message_id,)) if message_id else []
        return int(rows[0][0]) if rows else 0

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def _summary(
    seq: int, message_id: str, recipient: str, sender: str, subject: str, client: str, mail: str, sent_at: str
) -> OutboxEntry:
    return OutboxEntry(seq, message_id, recipient, sender, subject, client, mail, datetime.fromisoformat(sent_at))


def _where(**equal: Any) -> tuple[str, tuple[Any, ...]]:
    """Return the conditions for the columns that are asked for, so that their index is used."""
    asked = {column: value for column, value in equal.items() if value}
    return "".join(f" AND {column} = ?" for column in asked), tuple(asked.values())
