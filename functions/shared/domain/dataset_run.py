"""A run over one client's facts, as it travels on a queue."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DatasetRun:
    """Asks for a client's datasets to be brought up to date.

    `rebuild` names a rebuild: all is made again from the facts, once for each name. `report` asks for the report
    whether it is due or not.
    """

    client: str
    rebuild: str = ""
    report: bool = False
