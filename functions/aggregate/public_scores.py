"""The scores that a client publishes: what they say, and how a release is put beside those before it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from duckdb import DuckDBPyConnection

from functions.aggregate import queries
from functions.aggregate.comparisons import points
from functions.aggregate.report import twelve_months_before
from functions.aggregate.roles import Objects
from functions.aggregate.score_page import render_badge, render_page
from functions.shared.domain import object_keys, scores
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.public_score import WHOLE, PublicScore, SignedScore, public_places, release_hash
from functions.shared.domain.rounding import rounded

PAGE, BADGE, LATEST = "index.html", "badge.svg", "latest.json"


class Signer(Protocol):
    """Signs what is published (functions.shared.adapters.score_signatures.ScoreKeys)."""

    def sign(self, payload: bytes) -> SignedScore: ...
    def key_set(self) -> bytes: ...


def make_public_scores(bundle: ClientBundle, folder: Path, now: datetime) -> list[PublicScore]:
    """Return what a client publishes, of the twelve months that ended last Sunday.

    A score of too few answers to lean on is left out.
    """
    with queries.open_datasets(folder) as connection:
        made = (_score(connection, bundle, place, now) for place in public_places(bundle))
        return [score for score in made if score]


def _score(connection: DuckDBPyConnection, bundle: ClientBundle, place: str, now: datetime) -> PublicScore | None:
    client, thresholds = bundle.client, bundle.client.thresholds
    touchpoint = "" if place == WHOLE else place
    today = now.astimezone(client.zone).date()
    last = today - timedelta(days=today.weekday() + 1)
    first = twelve_months_before(last)
    settled = min(last, today - timedelta(days=client.expires_after_days + 1))
    counts = queries.totals(connection, client.client, first.isoformat(), last.isoformat(), touchpoint)
    found = scores.interval(counts)
    if found is None or counts.n < thresholds.indicative:
        return None
    period = (connection, client.client, first.isoformat(), settled.isoformat())
    funnel, whole = queries.funnel(*period, touchpoint), queries.funnel(*period)
    others = whole["delivered"] - funnel["delivered"]
    told = funnel["delivered"] >= thresholds.score and not 0 < others < thresholds.score
    texts = bundle.touchpoints[touchpoint].name if touchpoint else {}
    return PublicScore(
        client=client.client,
        name=client.name,
        touchpoint=touchpoint,
        touchpoint_name=texts.get(client.languages[0], touchpoint),
        first_day=first.isoformat(),
        last_day=last.isoformat(),
        time_zone=client.timezone,
        nps=points(counts),
        low=int(rounded(found.low, times=100)),
        high=int(rounded(found.high, times=100)),
        answers=counts.n,
        completed=funnel["completed"] if told else 0,
        delivered=funnel["delivered"] if told else 0,
        suspect=funnel["suspect"] if told else 0,
        partial=funnel["started"] - funnel["completed"] if told else 0,
        threshold=thresholds.score,
    )


class ScorePublication:
    """The releases of published scores, in a bucket: each is written once, and names the one before."""

    def __init__(self, objects: Objects, signer: Signer) -> None:
        self._objects = objects
        self._signer = signer

    def publish(self, bundle: ClientBundle, made: Sequence[PublicScore], now: datetime) -> int:
        """Release scores of a period that has none yet, show the newest of each, and take away what is not chosen.

        Returns how many were released. Safe to repeat and to break off.
        """
        released = sum(self._release(bundle, score, now) for score in made)
        self._withdraw(bundle)
        return released

    def _release(self, bundle: ClientBundle, score: PublicScore, now: datetime) -> bool:
        client, place = score.client, score.place
        number, newest = self._newest(client, place)
        is_new = newest is None or newest.score["period"]["last_day"] < score.last_day
        if newest is None or is_new:
            before = release_hash(newest.signed) if newest else ""
            moment = now.astimezone(bundle.client.zone).isoformat(timespec="seconds")
            newest = self._signer.sign(score.payload(number + 1, before, moment))
            if not self._objects.write_if(release_key(client, place, number + 1), newest.to_json(), None):
                return False  # somebody else did
        self._objects.write(object_keys.score_keys(), self._signer.key_set(), "application/jwk-set+json")
        for file, body, kind in (
            (BADGE, render_badge(bundle, newest.score), "image/svg+xml"),
            (PAGE, render_page(bundle, newest.score), "text/html; charset=utf-8"),
            (LATEST, newest.to_json().decode(), "application/json"),
        ):
            self._objects.write(object_keys.public_score(client, place, file), body.encode(), kind)
        return is_new

    def _newest(self, client: str, place: str) -> tuple[int, SignedScore | None]:
        prefix = object_keys.public_score(client, place, "release-")
        keys = [item.key for item in self._objects.listing(prefix)]
        newest = self._objects.read(keys[-1]) if keys else None
        if newest is None:
            return 0, None
        return int(keys[-1].removeprefix(prefix).removesuffix(".json")), SignedScore.from_json(newest[0])

    def _withdraw(self, bundle: ClientBundle) -> None:
        client, wanted = bundle.client.client, {*public_places(bundle)}
        for place in self._objects.folders(f"{object_keys.PUBLIC_SCORES}{client}/"):
            if place not in wanted:
                self._objects.delete(_shown(client, place))


def release_key(client: str, place: str, number: int) -> str:
    """Return where a release lies."""
    return object_keys.public_score(client, place, f"release-{number:06}.json")


def _shown(client: str, place: str) -> Iterable[str]:
    return (object_keys.public_score(client, place, file) for file in (PAGE, BADGE, LATEST))
