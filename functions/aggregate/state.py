"""What a client's aggregate run leaves for the next: how far it came, and what is still to be published."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from functions.shared.domain import object_keys

FORMAT = 4
"""Of what is kept between runs. Raised where that changes: then the next run makes all of it again from the facts."""
OVERLAP = 86_400.0
"""Seconds before the mark in which objects are still looked for: a put that began earlier can be seen later."""
UNKNOWN = "unknown"
"""The partition of responses whose invitation has not been seen yet."""
UNINVITED = "uninvited-"
"""What begins the partitions of responses without an invitation, one a month of the answer: `uninvited-2026-11`."""


PendingDays = dict[str, set[str]]
"""Days of a client's datasets that are to be written again, by the name of the dataset."""


def state_key(client: str) -> str:
    """Return where a client's state is kept."""
    return f"{object_keys.CURRENT}state/client={client}.json"


def lease_key(client: str) -> str:
    """Return what one run of a client at a time holds."""
    return f"{object_keys.CURRENT}lease/client={client}.json"


def staged_prefix(client: str) -> str:
    """Return where what is to be released waits until all of it is stored."""
    return f"{object_keys.CURRENT}staged/client={client}/"


@dataclass
class State:
    """The state of one client between runs; the facts can give all of it again."""

    mark: float = 0.0
    """The latest moment (epoch seconds) at which a fact that was taken in had been stored."""
    seen: dict[str, float] = field(default_factory=dict)
    """The facts taken in that are so young that a listing can still name them as new, by key."""
    journeys: dict[str, list[str]] = field(default_factory=dict)
    """By partition (the day of the import, or as above): the days on which its responses were given."""
    outcomes: list[str] = field(default_factory=list)
    """The days of import of which outcomes are kept."""
    interactions: dict[str, list[str]] = field(default_factory=dict)
    """By month of the interaction (UTC): the days on which its interactions were first imported."""
    reviews: bool = False
    """Whether reviews are kept."""
    pending: PendingDays = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    """Days of the answer on which something changed since it was looked at for what may be released."""
    released: list[str] = field(default_factory=list)
    """Days of the answer of which responses were released."""
    counted: list[str] = field(default_factory=list)
    """Days that date a batch of what was released."""
    waiting: list[str] = field(default_factory=list)
    """Tables that are kept of answers that wait for others (functions.aggregate.release)."""
    staged: list[str] = field(default_factory=list)
    """Keys of what is decided to be released and may not be in its place yet."""
    settings: str = ""
    """The settings that decide where rows fall and what they tell (functions.aggregate.freshness)."""
    reported: str = ""
    """The version of the client's folder with which the report was made; empty where it is due."""
    reported_on: str = ""
    """The client's day (yyyy-mm-dd) on which it was made."""
    unreported: int = 0
    """Answers that came, or changed, since."""
    digested: str = ""
    """The week (`2026-W47`) of the last digest."""
    told: list[str] = field(default_factory=list)
    """Keys of the news (functions.shared.domain.digest) that held then: they were told."""
    rebuild: str = ""
    """The name of the last rebuild that was begun."""
    unfinished: int = 0
    """Runs in a row that had no time for all there was."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not (self.journeys or self.outcomes or self.interactions or self.reviews)

    def is_new(self, key: str, modified: float) -> bool:
        """Say whether a fact has not been taken in."""
        return modified > self.mark - OVERLAP and key not in self.seen

    def take(self, objects: Iterable[tuple[str, float]]) -> None:
        """Note facts as taken in; give them in the order in which they were stored."""
        for key, modified in objects:
            self.seen[key] = modified
            self.mark = max(self.mark, modified)
        self.seen = {key: modified for key, modified in self.seen.items() if modified > self.mark - OVERLAP}

    def expect(self, touched: Mapping[str, Iterable[str]]) -> None:
        """Add days that are to be published, by the name of the dataset."""
        for name, days in touched.items():
            self.pending.setdefault(name, set()).update(days)

    def begin_again(self, settings: str, rebuild: str) -> "State":
        """Return the state of a client whose rows are made again from the facts.

        What was told stays: a mail that left is not taken back, and neither is a number that was published.
        """
        return State(
            settings=settings,
            rebuild=rebuild,
            pending=self.pending,
            digested=self.digested,
            told=self.told,
            released=self.released,
            counted=self.counted,
            waiting=self.waiting,
            staged=self.staged,
        )

    def release(
        self,
        looked_at: Iterable[str],
        released: Iterable[str],
        counted: Iterable[str],
        staged: Iterable[str],
        touched: Mapping[str, Iterable[str]],
        waiting: Iterable[str],
    ) -> None:
        """Note a release: days that were looked at, days of what is released and counted, keys, days to publish, and
        the tables that are kept of what waits."""
        self.changed.difference_update(looked_at)
        self.released = sorted({*self.released, *released})
        self.counted = sorted({*self.counted, *counted})
        self.staged = sorted(staged)
        self.waiting = sorted(waiting)
        self.expect(touched)

    def written(self, dataset: str, days: Iterable[str]) -> None:
        """Strike out days of a dataset that were published."""
        self.pending.get(dataset, set()).difference_update(days)
        if not self.pending.get(dataset, True):
            del self.pending[dataset]

    def to_json(self) -> bytes:
        """Return the state as it is stored."""
        return json.dumps(vars(self), default=sorted, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "State":
        """Read a stored state."""
        values = json.loads(text)
        values["pending"] = {name: set(days) for name, days in values["pending"].items()}
        values["changed"] = set(values.get("changed", ()))
        if values.pop("waits", False):  # of an earlier release
            values["waiting"] = ["untold", "waiting"]
        return cls(**values)
