"""The DNS records that a sender domain needs, as lines of a zone file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TTL = 3600
SPF = "v=spf1 include:amazonses.com ~all"
_DKIM_ZONE = "dkim.amazonses.com"


@dataclass(frozen=True)
class Record:
    """A record to set; names and hosts without the point at their end. `what` is what it is for."""

    what: str
    name: str
    kind: str
    value: str

    def zone_line(self, width: int) -> str:
        """Return the record as a zone file has it, with its name padded to a width."""
        value = f'"{self.value}"' if self.kind == "TXT" else f"{self.value}."
        return f"{self.name + '.':<{width + 1}}  {TTL}  IN  {self.kind:<5}  {value}"


def dkim_records(domain: str, dkim: Mapping[str, Any]) -> list[Record]:
    """Return the CNAMEs of Easy DKIM, from the DkimAttributes of an identity; none for a key of one's own."""
    if dkim.get("SigningAttributesOrigin") == "EXTERNAL":
        return []
    zone = dkim.get("SigningHostedZone") or _DKIM_ZONE
    return [
        Record(f"DKIM {number}", f"{token}._domainkey.{domain}", "CNAME", f"{token}.{zone}")
        for number, token in enumerate(dkim.get("Tokens", ()), 1)
    ]


def mail_from_records(mail_from: str, region: str) -> list[Record]:
    """Return the two records of a custom MAIL FROM domain: where bounces go, and who may send."""
    return [
        Record("MAIL FROM", mail_from, "MX", f"10 feedback-smtp.{region}.amazonses.com"),
        Record("SPF", mail_from, "TXT", SPF),
    ]


def dmarc_record(domain: str, reports: str) -> Record:
    """Return the DMARC record to begin with: it watches, and refuses nothing yet."""
    return Record("DMARC", f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:{reports}")


def zone_lines(records: Sequence[Record]) -> list[str]:
    """Return records as lines of a zone file, one under the other."""
    width = max((len(record.name) for record in records), default=0)
    return [record.zone_line(width) for record in records]
