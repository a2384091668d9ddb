"""Take out of what is kept what nobody named: `python -m operations.redact [--local]`.

Columns that a client's folder did not name were once kept as facts of an invitation, and texts that people typed became
contact reasons as they stood. This goes over all that was written since: invitations keep the facts that the folder
names now, masked; reasons, products and ids of interactions are masked, in the invitations and in the facts on S3,
whose earlier versions are deleted; then the datasets are made again. May be repeated, and broken off at any point.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.expressions.update import Action

from functions.shared.adapters.client_store import ClientStore
from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import Invitation
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.column_mapping import bare
from functions.shared.domain.errors import NotFound
from functions.shared.domain.facts import INVITATION, OUTCOMES
from functions.shared.domain.identity import interaction_ids
from functions.shared.domain.masking import mask
from operations.aggregate import NotAsked, ask
from operations.deployed import Deployed, add_place, deployed
from operations.failures import reported

_TYPED = ("contact_reason", "product")


class ChangedMeanwhile(Exception):
    """Somebody else wrote an object between its reading and its writing."""


_CHANGED_MEANWHILE = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")


def redact_invitations(place: Deployed) -> int:
    """Redact the invitations of all clients; return how many were changed."""
    place.bind(Invitation)
    clients = ClientStore(place.client("s3"), place.config_bucket)
    changed = 0
    for item in Invitation.scan():
        actions = list(_actions(item, _named(clients, item.client, item.touchpoint)))
        if actions:
            with conditional() as write:
                item.update(actions=actions, condition=Invitation.invitation_id.exists())
            changed += write.held
    return changed


def redact_facts(place: Deployed) -> int:
    """Redact the facts of invitations and outcomes on S3; return how many objects were written anew.

    Raises ChangedMeanwhile.
    """
    s3 = place.client("s3")
    changed = 0
    for table in (INVITATION, OUTCOMES):
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=place.data_bucket, Prefix=f"{object_keys.FACTS}{table}/"
        ):
            for entry in page.get("Contents", ()):
                changed += _redact_object(s3, place.data_bucket, entry["Key"])
    return changed


def _named(clients: ClientStore, client: str, touchpoint: str) -> set[str]:
    """Return the facts that a client's folder names for a touchpoint, as headers are compared; of no client, none."""
    try:
        bundle = clients.load(client)
    except NotFound:
        return set()
    return {bare(name) for mapping in _mappings(bundle, touchpoint) for name in mapping.facts}


def _mappings(bundle: ClientBundle, touchpoint: str) -> Iterator[Any]:
    own = bundle.touchpoints.get(touchpoint)
    for name, mapping in bundle.mappings.items():
        if (own and own.mapping == name) or "touchpoint" in mapping.fields:
            yield mapping


def _actions(item: Invitation, named: set[str]) -> Iterator[Action]:
    facts = {name: mask(str(value)) for name, value in (item.facts or {}).items() if bare(name) in named}
    if item.facts and facts != item.facts:
        yield Invitation.facts.set(facts) if facts else Invitation.facts.remove()
    for name in _TYPED:
        text = getattr(item, name)
        if text and (masked := mask(text)) != text:
            yield getattr(Invitation, name).set(masked)
    if "@" in item.interaction_id:
        yield Invitation.interaction_id.set(interaction_ids(item.client)(item.interaction_id))


def _redact_object(s3: Any, bucket: str, key: str) -> bool:
    """Write an object of facts anew where something in it is masked; leave no earlier version of it."""
    response = s3.get_object(Bucket=bucket, Key=key)
    lines = [json.loads(line) for line in gzip.decompress(response["Body"].read()).splitlines()]
    redacted = [_redacted(line) for line in lines]
    if redacted != lines:
        text = b"\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() for line in redacted)
        body, unchanged = gzip.compress(text, mtime=0), response["ETag"]
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/gzip", IfMatch=unchanged)
        except ClientError as error:
            if error.response["Error"]["Code"] in _CHANGED_MEANWHILE:
                raise ChangedMeanwhile(f"{key} was written by somebody else meanwhile. Run this again.") from error
            raise
    versions = s3.list_object_versions(Bucket=bucket, Prefix=key)
    earlier = [
        {"Key": key, "VersionId": one["VersionId"]}
        for one in versions.get("Versions", ())
        if one["Key"] == key and not one["IsLatest"]
    ]
    if earlier:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": earlier, "Quiet": True})
    return redacted != lines


def _redacted(line: Mapping[str, Any]) -> dict[str, Any]:
    masked = {name: mask(line[name]) for name in _TYPED if line.get(name)}
    interaction = line.get("interaction_id") or ""
    if "@" in interaction:
        masked["interaction_id"] = interaction_ids(str(line["client"]))(interaction)
    return {**line, **masked}


def _redact(place: Deployed) -> int:
    print(f"Invitations changed: {redact_invitations(place)}")
    print(f"Objects of facts written anew: {redact_facts(place)}")
    ask(place, rebuild=True)
    print("The datasets are being made again (log of aggregate-run: datasets_published).")
    print("Rows on their way (work/ of the upload bucket) end by themselves in 14 days, backups of the tables in 35.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.redact", description="Take out of what is kept what nobody named."
    )
    add_place(parser)
    options = parser.parse_args(arguments)
    return reported(lambda: _redact(deployed(options)), "invitations", ChangedMeanwhile, NotAsked)


if __name__ == "__main__":
    sys.exit(main())
