"""A mail that comes in, as SES keeps it: with its own findings on top."""

from collections.abc import Mapping
from datetime import datetime
from email import message_from_bytes
from email.utils import format_datetime, getaddresses, parseaddr


def received(mail: bytes, at: datetime, findings: Mapping[str, str]) -> bytes:
    """Return a mail with the headers that SES puts before its own.

    `findings` may say otherwise than that all is well: `virus`, `spam`, `spf`, `dkim`, `dmarc`, and `return_path`.
    """
    headers = message_from_bytes(mail)
    sender = parseaddr(str(headers.get("From", "")))[1]
    (_, to), *_ = getaddresses([str(headers.get("To", ""))]) or [("", "")]
    seen = {"virus": "PASS", "spam": "PASS", "spf": "pass", "dkim": "pass", "dmarc": "pass", **findings}
    lines = (
        f"Return-Path: <{seen.get('return_path', sender)}>",
        "Received: from client.example (client.example [127.0.0.2]) by inbound-smtp.eu-west-1.amazonaws.com with SMTP",
        f" for {to};\r\n {format_datetime(at)}",
        f"X-SES-Spam-Verdict: {seen['spam']}",
        f"X-SES-Virus-Verdict: {seen['virus']}",
        f"Authentication-Results: amazonses.com; spf={seen['spf']}; dkim={seen['dkim']}; dmarc={seen['dmarc']}"
        f" header.from={sender.rpartition('@')[2]};",
    )
    return "".join(f"{line}\r\n" for line in lines).encode() + mail
