"""Check a published score: `python -m operations.verify_score URL [--key KEY]`.

Needs nothing but the address and the public key: signature, numbers and the chain of all releases before. KEY is the
key itself (the `x` of its JWK), or a file with a JWK set; without it the site's own keys are taken, and named.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import urllib3

from functions.shared.adapters.score_signatures import BadSignature, jwk, verified
from functions.shared.domain.public_score import FORMAT, release_hash

MAX_BYTES = 1_000_000
MAX_RELEASES = 5_000


class NotVerified(Exception):
    """It is not what it says; a sentence says why."""


class ScoreSite:
    """Where a score is published."""

    def __init__(self, url: str) -> None:
        """Take the address of its page or of its figures."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or "/score/" not in parts.path:
            raise NotVerified(f"{url} is no address of a published score: it is like https://host/score/client.")
        path = parts.path.removesuffix(".json").removesuffix(".svg")
        self._figures = (parts.scheme, parts.netloc, f"{path}.json")
        self._keys = (parts.scheme, parts.netloc, f"{path.partition('/score/')[0]}/score-keys")
        self._http = urllib3.PoolManager(timeout=20.0, retries=2)

    def figures(self, release: int | None = None) -> bytes:
        """Return the newest release, or one by its number."""
        return self._get(*self._figures, "" if release is None else f"release={release}")

    def keys(self) -> dict[str, str]:
        """Return the site's own keys by thumbprint."""
        return read_keys(self._get(*self._keys, ""))

    def _get(self, scheme: str, netloc: str, path: str, query: str) -> bytes:
        url = urlunsplit((scheme, netloc, path, query, ""))
        try:
            answer = self._http.request("GET", url, preload_content=False)
            body: bytes = answer.read(MAX_BYTES + 1)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise NotVerified(f"{url} cannot be reached ({type(error).__name__}).") from None
        if answer.status != 200:
            raise NotVerified(f"{url} answers with {answer.status}: nothing is published there.")
        if len(body) > MAX_BYTES:
            raise NotVerified(f"{url} is longer than a score can be.")
        return body


def read_keys(text: bytes) -> dict[str, str]:
    """Return the keys of a JWK set by thumbprint, which is reckoned and not believed. Raises NotVerified."""
    try:
        found = [jwk(str(key["x"])) for key in json.loads(text)["keys"] if key.get("crv") == "Ed25519"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotVerified("The keys are no JWK set.") from None
    return {key["kid"]: key["x"] for key in found}


def verify(site: ScoreSite, keys: dict[str, str]) -> list[dict[str, Any]]:
    """Return what the releases say, the newest first. Raises NotVerified, or BadSignature, where one does not hold."""
    found: list[dict[str, Any]] = []
    wanted: int | None = None
    expected = ""
    while wanted != 0:
        payload = verified(site.figures(wanted), keys)
        told = json.loads(payload)
        if told.get("format") != FORMAT:
            raise NotVerified(f"It is of the format {told.get('format')}, which this release does not know.")
        if wanted is not None and told["release"] != wanted:
            raise NotVerified(f"Release {wanted} says that it is release {told['release']}.")
        if expected and release_hash(payload) != expected:
            raise NotVerified(f"Release {wanted} is not the one that the next one names: it was changed.")
        if len(found) >= MAX_RELEASES:
            raise NotVerified(f"There are more than {MAX_RELEASES} releases.")
        found.append(told)
        expected, wanted = told["previous"], told["release"] - 1
        if bool(expected) != bool(wanted):
            raise NotVerified(f"Release {told['release']} does not name the one before.")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 1, after a sentence, where the score does not hold."""
    parser = argparse.ArgumentParser(prog="python -m operations.verify_score", description="Check a published score.")
    parser.add_argument("url", help="the address of its page or figures")
    parser.add_argument("--key", default="", help="the public key, or a file with a JWK set (default: the site's own)")
    options = parser.parse_args(arguments)
    try:
        site = ScoreSite(options.url)
        keys = _given(options.key) if options.key else site.keys()
        releases = verify(site, keys)
    except (NotVerified, BadSignature) as error:
        print(error, file=sys.stderr)
        return 1
    _tell(releases, keys, is_given=bool(options.key))
    return 0


def _given(key: str) -> dict[str, str]:
    path = Path(key)
    if path.is_file():
        return read_keys(path.read_bytes())
    return {jwk(key)["kid"]: key}


def _tell(releases: list[dict[str, Any]], keys: dict[str, str], *, is_given: bool) -> None:
    newest = releases[0]
    nps, period, about = newest["nps"], newest["period"], newest["touchpoint"]
    name = newest["client"]["name"] + (f", {about['name']}" if about else "")
    between = nps["interval"]
    print(f"{name}: NPS {nps['score']:+d} (95% interval {between['low']:+d} to {between['high']:+d})")
    print(f"{newest['answers']} answers from {period['first_day']} to {period['last_day']}")
    chain = "the first" if len(releases) == 1 else f"{len(releases)} releases, each naming the one before"
    print(f"The signature fits; it is release {newest['release']}, {chain}, since {releases[-1]['published_at'][:10]}.")
    if not is_given:
        print("The keys are the site's own. Compare them with those that you know:")
        for thumb, x in keys.items():
            print(f"  {x}  (thumbprint {thumb})")


if __name__ == "__main__":
    sys.exit(main())
