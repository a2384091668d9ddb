"""Tell which customer numbers of a client stand for nobody: `python -m operations.check_identities CLIENT [--local]`.

Placeholders (NULL, 0000, n.v.t.) and numbers that many people share were once taken for a person: one opt-out, or one
block, then held for all of them. This tells what is kept under such an identity, and changes nothing: an opt-out may be
somebody's true no.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.shared.adapters.item_reads import read_items, required_value
from functions.shared.adapters.tables import FeedbackBlock, Invitation, OptOut
from functions.shared.domain.identity import person_keys
from functions.shared.domain.placeholders import is_placeholder_number, placeholder_numbers
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported

SHARED_BY = 3
"""Addresses under one customer number, from which it is told; two may be those of a couple."""
_SHOWN = 20
_ADVICE = """\
Nothing was changed. A placeholder is looked up no more: whoever it stopped is asked again from the next file on, and
whoever opted out on a page or by reply is known by the address as well. An opt-out that came in a list (file) with
nothing but such a number is somebody's true no: ask the client whose, and send the address in a list. A number that is
shared still stops all who have it: ask the client for a number for each."""
_COLUMNS = (Invitation.person, Invitation.address_key, Invitation.imported_at)


@dataclass
class Identity:
    """What is kept under a key. `name`: the number, where it is known: only keyed hashes of numbers are kept."""

    key: str
    name: str = ""
    invitations: int = 0
    addresses: set[str] = field(default_factory=set)
    """Keys; of more than SHARED_BY only so many."""
    last: datetime | None = None
    """When the last file with it came."""
    opted_out: tuple[datetime, str] | None = None
    """Since when, and how."""
    blocked_until: datetime | None = None

    def add(self, address_key: str, imported_at: datetime) -> None:
        """Count an invitation."""
        self.invitations += 1
        self.last = max(self.last or imported_at, imported_at)
        if len(self.addresses) < SHARED_BY:
            self.addresses.add(address_key)

    @property
    def is_told(self) -> bool:
        """Whether it identifies nobody, and something is kept under it."""
        kept = self.invitations or self.opted_out or self.blocked_until
        return bool(kept) if self.name else len(self.addresses) >= SHARED_BY


def identities(place: Deployed, client: str) -> list[Identity]:
    """Return the identities of a client that stand for nobody: placeholders first, then those of most invitations."""
    place.bind(Invitation, OptOut, FeedbackBlock)
    key_of = person_keys(_pepper(place), client)
    known = {key_of(f"customer:{name}"): name for name in placeholder_numbers() if is_placeholder_number(name)}
    held = {key: Identity(key, name) for key, name in known.items()}
    for item in Invitation.scan(Invitation.client == client, attributes_to_get=[one.attr_name for one in _COLUMNS]):
        # An address is a person of its own.
        if item.person != item.address_key:
            held.setdefault(item.person, Identity(item.person)).add(item.address_key, item.imported_at)
    suspects = [one for one in held.values() if one.name or one.is_told]
    _add_kept(suspects, place)
    told = [one for one in suspects if one.is_told]
    return sorted(told, key=lambda one: (not one.name, -one.invitations, one.name))


def _add_kept(suspects: list[Identity], place: Deployed) -> None:
    items = read_items({OptOut: [one.key for one in suspects], FeedbackBlock: [one.key for one in suspects]})
    for one in suspects:
        if opt_out := items[OptOut].get(one.key):
            one.opted_out = required_value(opt_out, OptOut.since), required_value(opt_out, OptOut.how)
        if block := items[FeedbackBlock].get(one.key):
            until = required_value(block, FeedbackBlock.expires_at)
            one.blocked_until = until if until > place.now else None


def _pepper(place: Deployed) -> bytes:
    secret: Mapping[str, Any] = place.client("secretsmanager").get_secret_value(SecretId=place.pepper_secret)
    return str(secret["SecretString"]).encode()


def report(client: str, found: list[Identity]) -> Iterator[str]:
    """Yield what an operator reads of them."""
    if not found:
        yield f"{client}: no placeholder and no shared number is kept as a person."
        return
    yield f"{client}: identities that stand for nobody: {len(found)}."
    for one in found[:_SHOWN]:
        many = f"{SHARED_BY} or more" if len(one.addresses) == SHARED_BY else str(len(one.addresses))
        yield f"\n  {repr(one.name) if one.name else 'a number that is shared, key ' + one.key}"
        if one.last:
            yield f"    invitations  {one.invitations:,}, to {many} addresses; the last file: {one.last:%Y-%m-%d}"
        if one.blocked_until:
            yield f"    block        until {one.blocked_until:%Y-%m-%d %H:%M} UTC"
        if one.opted_out:
            yield f"    opt-out      since {one.opted_out[0]:%Y-%m-%d %H:%M} UTC ({one.opted_out[1]})"
    if len(found) > _SHOWN:
        yield f"\n  ... and {len(found) - _SHOWN} more."
    yield "\n" + _ADVICE


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1 where identities stand for nobody, or after a sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.check_identities", description="Tell which customer numbers stand for nobody."
    )
    parser.add_argument("client", help="the client's slug")
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(lambda: _check(deployed(options), options.client), "identities")


def _check(place: Deployed, client: str) -> int:
    if not place.published(client):
        print(f"There is no client {client}." if client else "Name a client.", file=sys.stderr)
        return 1
    found = identities(place, client)
    print("\n".join(report(client, found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
