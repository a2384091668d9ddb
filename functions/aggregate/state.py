"""What an aggregate run leaves for the next: how far it came, and what is still to be published."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from functions.shared.domain import object_keys

KEY = f"{object_keys.CURRENT}state.json"
FORMAT = 2
"""Of what is kept between runs. Raised where that changes: then the next run makes all of it again from the facts."""
OVERLAP = 86_400.0
"""Seconds before the mark in which objects are still looked for: a put that began earlier can be seen later."""
UNKNOWN = "unknown"
"""The partition of responses whose invitation has not been seen yet."""
UNINVITED = "uninvited-"
"""What begins the partitions of responses without an invitation, one a month of the answer: `uninvited-2026-11`."""


PendingDays = dict[str, set[str]]
"""Days of a client's datasets that are to be written again, by the name of the dataset."""
_EARLIER_NAMES = {"answers": ("responses", "scores_daily"), "waves": ("funnel_daily",)}
"""What an earlier release kept pending days by, instead of the names of the datasets."""


@dataclass
class State:
    """The state between runs; the facts can give all of it again."""

    mark: float = 0.0
    """The latest moment (epoch seconds) at which a fact that was taken in had been stored."""
    seen: dict[str, float] = field(default_factory=dict)
    """The facts taken in that are so young that a listing can still name them as new, by key."""
    journeys: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By client and partition (the day of the import, or as above): the days on which its responses were given."""
    outcomes: dict[str, list[str]] = field(default_factory=dict)
    """By client: the days of import of which outcomes are kept."""
    interactions: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By client and month of the interaction (UTC): the days on which its interactions were first imported."""
    reviews: list[str] = field(default_factory=list)
    """Clients of which reviews are kept."""
    pending: dict[str, PendingDays] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    """By client: the settings that decide where its rows fall."""
    reported: dict[str, str] = field(default_factory=dict)
    """By client: the version of its folder with which the report was made."""

    def kept(self, clients: Iterable[str]) -> list[str]:
        """Return which of these clients have rows that are kept."""
        return [client for client in clients if client in {*self.journeys, *self.outcomes, *self.reviews}]

    def is_new(self, key: str, modified: float) -> bool:
        """Say whether a fact has not been taken in."""
        return modified > self.mark - OVERLAP and key not in self.seen

    def take(self, objects: Iterable[tuple[str, float]]) -> None:
        """Note facts as taken in; give them in the order in which they were stored."""
        for key, modified in objects:
            self.seen[key] = modified
            self.mark = max(self.mark, modified)
        self.seen = {key: modified for key, modified in self.seen.items() if modified > self.mark - OVERLAP}

    def expect(self, touched: Mapping[str, PendingDays]) -> None:
        """Add days that are to be published: by client and name of the dataset."""
        for client, datasets in touched.items():
            pending = self.pending.setdefault(client, {})
            for name, days in datasets.items():
                pending.setdefault(name, set()).update(days)

    def written(self, client: str, dataset: str, days: Iterable[str]) -> None:
        """Strike out days of a dataset that were published."""
        pending = self.pending.get(client, {})
        pending.get(dataset, set()).difference_update(days)
        if not pending.get(dataset, True):
            del pending[dataset]
        if not pending:
            self.pending.pop(client, None)

    def to_json(self) -> bytes:
        """Return the state as it is stored."""
        return json.dumps(asdict(self), default=sorted, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "State":
        """Read a stored state."""
        values = json.loads(text)
        values["pending"] = {client: _by_dataset(pending) for client, pending in values["pending"].items()}
        return cls(**values)


def _by_dataset(pending: Mapping[str, Iterable[str]]) -> PendingDays:
    return {
        dataset: set(days) for name, days in pending.items() if days for dataset in _EARLIER_NAMES.get(name, (name,))
    }
