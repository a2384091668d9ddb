"""A small world for the aggregate: a bucket in memory, two clients, and facts as the streams would give them."""

import hashlib
import itertools
import shutil
from datetime import UTC, datetime
from pathlib import Path

from functions.aggregate.digest import make_digest
from functions.aggregate.figures import make_figures
from functions.aggregate.finding import find_clients
from functions.aggregate.public_scores import ScorePublication, make_public_scores
from functions.aggregate.service import AggregateRun, Making
from functions.shared.adapters.data_bucket import StoredObject, ndjson
from functions.shared.adapters.score_signatures import ScoreKeys
from functions.shared.domain import object_keys
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.dataset_run import DatasetRun
from functions.shared.domain.errors import NotFound
from functions.shared.domain.facts import Fact

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="5"/></svg>'

REGION = {
    "dimension": "region",
    "name": {"nl": "Regio", "en": "Region"},
    "field": "location",
    "values": [
        {"value": "north", "name": {"nl": "Noord", "en": "North"}},
        {"value": "south", "name": {"nl": "Zuid", "en": "South"}},
    ],
}
"""A dimension of a client."""


class MemoryBucket:
    """The data bucket in memory; every put is a second later than the one before."""

    def __init__(self):
        self.objects = {}
        self.puts = []
        self._clock = itertools.count(1_790_000_000)

    def listing(self, prefix, after=""):
        for key in sorted(self.objects):
            if key.startswith(prefix) and key > after:
                body, modified = self.objects[key]
                yield StoredObject(key, len(body), modified)

    def folders(self, prefix):
        yield from sorted({key.removeprefix(prefix).split("/")[0] for key in self.objects if key.startswith(prefix)})

    def read(self, key):
        if key not in self.objects:
            return None
        body, _ = self.objects[key]
        return body, hashlib.md5(body, usedforsecurity=False).hexdigest()

    def write(self, key, body, content_type=""):
        self.puts.append(key)
        self.objects[key] = (body, float(next(self._clock)))

    def write_if(self, key, body, etag):
        held = self.read(key)
        if (held and held[1]) != etag:
            return False
        self.write(key, body)
        return True

    def fetch(self, keys, folder):
        found = {}
        for key in keys:
            if key in self.objects:
                found[key] = folder / key
                found[key].parent.mkdir(parents=True, exist_ok=True)
                found[key].write_bytes(self.objects[key][0])
        return found

    def store(self, files):
        for key, path in files.items():
            self.write(key, path.read_bytes())

    def delete(self, keys):
        for key in keys:
            self.objects.pop(key, None)

    def under(self, prefix):
        return {key: body for key, (body, _) in self.objects.items() if key.startswith(prefix)}


class Clients:
    """Published clients."""

    def __init__(self, *bundles):
        self.bundles = {bundle.client.client: bundle for bundle in bundles}

    def slugs(self):
        return sorted(self.bundles)

    def load(self, slug):
        if slug not in self.bundles:
            raise NotFound(slug)
        return self.bundles[slug]


def bundle(slug="acme", **client):
    languages = client.pop("languages", ("nl", "en"))
    both = lambda nl, en: {"nl": nl, "en": en}  # noqa: E731
    mail = {
        "subject": "s",
        "preheader": "p",
        "heading": "h",
        "greeting": "g",
        "greeting_without_name": "g",
        "body": ["b"],
    }
    texts = {
        "invitation": mail,
        "reminder": mail,
        "button": "b",
        "signature": ["s"],
        "opt_out": "o",
        "intro": "i",
        "thanks_heading": "t",
        "thanks": ["t"],
    }
    light = {"primary": "#0b5f8a", "on_primary": "#ffffff", "background": "#f4f7f9", "surface": "#ffffff"}
    light |= {"text": "#14232c", "muted": "#52646f"}
    dark = {"primary": "#7cc4ea", "on_primary": "#06202e", "background": "#0d171d", "surface": "#15232b"}
    dark |= {"text": "#e8f0f4", "muted": "#a5b6c0"}
    values = {
        "version": client.pop("version", "1"),
        "client": {
            "client": slug,
            "name": slug.title(),
            "country": "NL",
            "timezone": "Europe/Amsterdam",
            "languages": languages,
            "tone": "formal",
            "sender": {"name": "n", "address": "a@acme.nl", "reply_to": "a@acme.nl"},
            "contact": "a@acme.nl",
            "review_sources": [
                {
                    "source": "site",
                    "kind": "json_ld",
                    "url": "https://reviews.example/acme",
                    "name": "Reviews.example",
                    "authenticity": both("Alleen klanten met een ordernummer.", "Only customers with an order number."),
                }
            ],
            **client,
        },
        "touchpoints": {
            name: {"touchpoint": name, "name": both(nl, en), "questionnaire": "core"}
            for name, nl, en in (("claims", "Schade", "Claims"), ("service", "Klantenservice", "Customer service"))
        },
        "mappings": {},
        "questionnaires": {
            "core": {
                "questionnaire": "core",
                "version": 1,
                "questions": [
                    {
                        "id": "nps",
                        "type": "nps",
                        "text": both("?", "?"),
                        "low": both("0", "0"),
                        "high": both("10", "10"),
                    },
                    {"id": "why", "type": "text", "text": both("?", "?")},
                    scale("ease", "ces", 7),
                    scale("happy", "csat", 5),
                    {
                        "id": "solved",
                        "type": "choice",
                        "text": both("Opgelost?", "Solved?"),
                        "options": [
                            {"value": name, "text": both(nl, en)}
                            for name, nl, en in (("at_once", "Meteen", "At once"), ("not_yet", "Nog niet", "Not yet"))
                        ],
                    },
                ],
            }
        },
        "texts": dict.fromkeys(languages, texts),
        "brand": {"logo": "logo.svg", "logo_alt": slug.title(), "light": light, "dark": dark, "font": "sans-serif"},
        "logo_svg": LOGO,
    }
    return ClientBundle.model_validate(values)


def scale(question, measure, highest):
    words = {"nl": "x", "en": "x"}
    return {
        "id": question,
        "type": "scale",
        "lowest": 1,
        "highest": highest,
        "measure": measure,
        "text": words,
        "low": words,
        "high": words,
    }


def at(text):
    """Epoch seconds of a moment in UTC, such as 2026-11-01T10:00."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


class Told:
    """The queue of notices."""

    def __init__(self, notices):
        self._notices = notices

    def put(self, notice):
        self._notices.append(notice)


class World:
    """A bucket with facts, and runs over it."""

    def __init__(self, room: Path, *bundles):
        self.room = room
        self.bucket = MemoryBucket()
        self.clients = Clients(*(bundles or (bundle(),)))
        self.sequence = itertools.count(1)
        self.reported = []
        self.queue = []
        self.notices = []
        self.score_keys = ScoreKeys({1: b"secret"})
        self._rebuilds = itertools.count(1)

    def invitation(self, name, imported="2026-11-01T10:00", sequence=None, **values):
        moment = at(imported)
        values = {"client": "acme", "touchpoint": "claims", "accepted_at": moment + 3600, **values}
        return self._fact("invitation", sequence, {"invitation_id": name, "imported_at": moment, **values})

    def response(self, name, score=9, answered="2026-11-02T10:00", sequence=None, **values):
        moment = at(answered)
        answers = {"nps": score, **values.pop("answers", {})}
        values = {
            "client": "acme",
            "touchpoint": "claims",
            "state": "complete",
            "wave": "first",
            "language": "nl",
            **values,
        }
        values |= {"questionnaire": "core", "questionnaire_version": 1, "answers": answers, "score": score}
        return self._fact(
            "response", sequence, {"invitation_id": name, "started_at": moment - 60, "answered_at": moment, **values}
        )

    def review(self, native, rating=8, written="2026-11-03T10:00", sequence=None, **values):
        values = {"rating_best": 10, "rating_worst": 1, "version": 1, "language": "nl", "removed": False, **values}
        values |= {"source": "acme/site", "client": "acme", "native_id": native, "rating_raw": rating}
        return self._fact("review", sequence, {"written_at": at(written), "seen_at": at(written), **values})

    def outcome(
        self, outcome="invited", imported="2026-11-01T10:00", touchpoint="claims", team=None, client="acme", **values
    ):
        moment = at(imported)
        fact = {"client": client, "touchpoint": touchpoint, "outcome": outcome, "imported_at": moment}
        known = (
            {"occurred_at": moment - 86_400, "with_address": outcome != "no_address"} if outcome != "invalid" else {}
        )
        return fact | known | ({"team": team} if team else {}) | values

    def _fact(self, table, sequence, values):
        number = next(self.sequence) if sequence is None else sequence
        return Fact(table, f"{number:040d}", NOW, values)

    def put(self, *facts):
        """Store facts as collect does, an object for each table and client."""
        batches = {}
        for fact in facts:
            batches.setdefault((fact.table, fact.values["client"]), []).append(fact)
        for (table, client), batch in batches.items():
            key = object_keys.stream_facts(
                table, client, batch[0].day, batch[0].sequence, f"{batch[-1].sequence}-{next(self.sequence)}"
            )
            self.bucket.write(key, ndjson(fact.line() for fact in batch))

    def put_outcomes(self, name, *outcomes):
        # A row is of an interaction of its own, unless it says which.
        lines = (
            {"interaction_id": f"{name}-{row}" if "occurred_at" in one else ""} | one
            for row, one in enumerate(outcomes)
        )
        self.bucket.write(f"facts/outcomes/client=acme/{name}.ndjson.gz", ndjson(lines))

    def run(self, client="acme", rebuild=False, report=False, now=NOW, has_time=lambda: True):
        """Run one client."""
        name = f"rebuild {next(self._rebuilds)}" if rebuild else ""
        return self.run_as_asked(DatasetRun(client, name, report), now, has_time)

    def run_as_asked(self, wanted, now=NOW, has_time=lambda: True):
        """Run what a message asks for."""
        shutil.rmtree(self.room, ignore_errors=True)
        making = Making(self._report, make_figures, make_digest, make_public_scores)
        public = ScorePublication(self.bucket, self.score_keys)
        job = AggregateRun(self.bucket, self.clients, Told(self.notices), public, making, self.room, has_time)
        return job.run(wanted, now, 60)

    def send(self, runs, delay=0):
        """Take what is found, as the queue does."""
        self.queue += runs

    def find(self, now=NOW, has_time=lambda: True, **asked):
        """Look which clients have something to do; their runs wait in the queue."""
        return find_clients(self.bucket, self.clients, self, now, has_time, **asked)

    def run_all(self, now=NOW):
        """Find clients and run each; return what the runs did, by client."""
        self.find(now)
        waiting, self.queue = self.queue, []
        return {wanted.client: self.run_as_asked(wanted, now) for wanted in waiting}

    def _report(self, client, folder, now):
        self.reported.append(client.client.client)
        return "page"

    def rows(self, dataset, client="acme"):
        """All rows of a dataset as dicts, with dt, in order."""
        import duckdb

        folder = self.room / "look"
        prefix = f"datasets/{dataset}/client={client}/"
        paths = self.bucket.fetch(self.bucket.under(prefix), folder)
        rows = []
        for key, path in sorted(paths.items()):
            relation = duckdb.read_parquet(str(path))
            day = key.split("dt=")[1].split("/")[0]
            rows += [dict(zip(relation.columns, row, strict=True), dt=day) for row in relation.fetchall()]
        return rows
