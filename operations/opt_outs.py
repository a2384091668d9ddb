"""List who opted out of a client's surveys: `python -m operations.opt_outs CLIENT [--local]`.

The list goes where the client itself can fetch it: `receipts/<client>/opt-outs/all-<day>.csv` of the upload bucket. A
line is one no, `since,how,address,opt_out_key`. Only keyed hashes are kept of those who said no, so the address stands
there as long as the contact is known, 90 days after the last invitation; a client's own file is compared with
all of them under `opt-outs/<client>/match/`.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import SpooledTemporaryFile

from functions.crm_import.receipts.receipt import safe_cell
from functions.shared.adapters.item_reads import read_items
from functions.shared.adapters.tables import Contact, OptOut
from functions.shared.domain.object_keys import opt_out_export
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported

HEADER = ("since", "how", "address", "opt_out_key")
_AT_ONCE = 1000
_IN_MEMORY = 8 * 1024 * 1024


def export(place: Deployed, client: str) -> tuple[str, int]:
    """Write the list of a client's opt-outs, in bounded memory; return its key in the upload bucket, and its lines."""
    place.bind(OptOut, Contact)
    written = 0
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        lines = csv.writer(text)
        lines.writerow(HEADER)
        for line in _lines(OptOut.scan(OptOut.client == client)):
            lines.writerow(line)
            written += 1
        text.detach()
        file.seek(0)
        key = opt_out_export(client, f"{place.now:%Y-%m-%d}")
        place.client("s3").upload_fileobj(file, place.upload_bucket, key)
    return key, written


def _lines(opt_outs: Iterable[OptOut]) -> Iterator[tuple[str, ...]]:
    waiting = iter(opt_outs)
    while some := list(islice(waiting, _AT_ONCE)):
        contacts = read_items({Contact: [one.person for one in some]}, consistent=False)[Contact]
        for one in some:
            address = contacts.get(one.person, {}).get(Contact.address.attr_name, {}).get("S", "")
            since = one.since.isoformat(timespec="seconds")
            yield since, one.how, safe_cell(address), one.person


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.opt_outs", description="List who opted out of a client."
    )
    parser.add_argument("client", help="the client's slug")
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(lambda: _export(deployed(options), options.client), "opt-outs")


def _export(place: Deployed, client: str) -> int:
    if not place.published(client):
        print(f"There is no client {client}." if client else "Name a client.", file=sys.stderr)
        return 1
    key, lines = export(place, client)
    print(f"The opt-outs of {client}, {lines} in all, are in s3://{place.upload_bucket}/{key}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
