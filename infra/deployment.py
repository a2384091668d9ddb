"""What a deployment is made of: its choices, where it is for, and the functions' asset."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deployment_file import BadDeployment, Choices, read_choices

ROOT = Path(__file__).resolve().parent.parent
CHOICES_FILE = ROOT / "deployment.yaml"
_CONTEXT = ("asset", "deployment", "local")
"""What the context may say; everything else is chosen in the file."""


@dataclass(frozen=True)
class Deployment:
    """A deployment that can be built."""

    choices: Choices
    local: bool
    """On one machine, on the emulator: leaves out what it cannot hold."""
    asset: Path
    """The zip with the functions."""

    @property
    def name(self) -> str:
        """The prefix of all names."""
        return self.choices.name

    @property
    def contact(self) -> str:
        """The address in the review scraper's user agent."""
        return self.choices.contact or self.choices.alarm_mail or "postmaster@localhost"

    @classmethod
    def read(cls, context: Callable[[str], Any]) -> "Deployment":
        """Read the choices; `context` returns a value or None. Raises BadDeployment with sentences.

        Context: `local` (1), `asset` (a zip) and `deployment` (a file of choices). By default that is deployment.yaml
        of the checkout where there is one; one machine has its own choices.
        """
        local = str(context("local") or "").lower() in ("1", "true", "yes")
        asset = Path(str(context("asset") or ROOT / "build" / ("local.zip" if local else "cloud.zip")))
        if not asset.is_file():
            kind = "local" if local else "cloud"
            raise BadDeployment(f"There is no {asset}: build it with `python -m infra.build {kind}`.")
        astray = [key for key in Choices.model_fields if context(key) is not None]
        if astray:
            raise BadDeployment(f"`{astray[0]}` is chosen in deployment.yaml, not on the command line.")
        choices = chosen(context("deployment"), local)
        if choices.quicksight and local:
            raise BadDeployment("`quicksight` needs the cloud.")
        return cls(choices, local, asset)


def chosen(file: Any, local: bool = False) -> Choices:
    """Return the choices of a file, by default of deployment.yaml where there is one. Raises BadDeployment."""
    if file:
        if not Path(str(file)).is_file():
            raise BadDeployment(f"There is no file {file} with the choices of a deployment.")
        return read_choices(Path(str(file)))
    return read_choices(CHOICES_FILE) if CHOICES_FILE.is_file() and not local else Choices()
