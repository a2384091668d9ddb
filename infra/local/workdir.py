"""The working directory of one running system: the one folder that everything local lives in (`.local`)."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
"""The root of this checkout."""


@dataclass(frozen=True)
class Workdir:
    """The files of one running system. Two workdirs share nothing; removing the folder removes every trace."""

    path: Path

    @property
    def clock(self) -> Path:
        """How far the clock of this system is moved."""
        return self.path / "clock.json"

    @property
    def outputs(self) -> Path:
        """Where to reach the system; there only while it is up."""
        return self.path / "outputs.json"

    @property
    def logs(self) -> Path:
        """What the processes write: emulator.log, fake_aws.log."""
        return self.path / "logs"

    @property
    def temporary(self) -> Path:
        """The processes' TMPDIR: the emulator unpacks the functions there."""
        return self.path / "tmp"

    def clear(self) -> None:
        """Make the workdir empty, whatever an earlier system left."""
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in (self.path, self.logs, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)


def default_workdir() -> Workdir:
    """Return the workdir of `make up`: `.local` in this checkout."""
    return Workdir(CHECKOUT / ".local")


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file in one step: a reader sees the old contents or the new, never a part."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
