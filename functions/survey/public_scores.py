"""Published scores as they lie in the data bucket: the aggregate makes them, the survey's site serves them."""

import re
from typing import Protocol

from functions.shared.domain import object_keys
from functions.shared.domain.public_score import WHOLE, public_places
from functions.shared.services.clients import Clients
from functions.survey.replies import PublicFile

_NAME = re.compile(r"([a-z0-9][a-z0-9-]*)(\.json|\.svg)?")
_RELEASE = re.compile(r"[0-9]{1,6}")
_FILES = {
    None: ("index.html", "text/html; charset=utf-8"),
    ".json": ("latest.json", "application/json"),
    ".svg": ("badge.svg", "image/svg+xml"),
}


class PublicObjects(Protocol):
    """The data bucket (functions.shared.adapters.data_bucket.DataBucket)."""

    def read(self, key: str) -> tuple[bytes, str] | None: ...


class PublicScores:
    """What clients publish, by path."""

    def __init__(self, clients: Clients, objects: PublicObjects) -> None:
        self._clients = clients
        self._objects = objects

    def file(self, client: str, touchpoint: str, release: str | None, csp_nonce: str) -> PublicFile | None:
        """Return what a path asks for, with `release` an earlier one of its figures; None where there is nothing.

        `client`, or where there is one `touchpoint`, may end with .json or .svg. Raises NotFound for no client, or one
        that was withdrawn.
        """
        parts = [_NAME.fullmatch(part) for part in (client, touchpoint) if part]
        asked = [part for part in parts if part]
        if len(asked) < len(parts) or any(part[2] for part in asked[:-1]):
            return None
        slug, place, kind = asked[0][1], asked[1][1] if touchpoint else WHOLE, asked[-1][2]
        if place not in public_places(self._clients.load(slug)):
            return None
        file, content_type = _FILES[kind]
        body = self._read(object_keys.public_score(slug, place, file))
        if body is not None and release is not None:
            is_number = kind == ".json" and _RELEASE.fullmatch(release)
            key = object_keys.public_score(slug, place, f"release-{int(release):06}.json") if is_number else ""
            body = self._read(key) if key else None
        if body is None:
            return None
        if kind is None:
            return PublicFile(body.replace("%NONCE%", csp_nonce), content_type, csp_nonce)
        return PublicFile(body, content_type)

    def keys(self) -> PublicFile | None:
        """Return the public keys; None while nothing was published."""
        body = self._read(object_keys.score_keys())
        return None if body is None else PublicFile(body, "application/jwk-set+json")

    def _read(self, key: str) -> str | None:
        found = self._objects.read(key)
        return found[0].decode() if found else None
