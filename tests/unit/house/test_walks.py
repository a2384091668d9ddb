"""The roads through the house, as docs/architecture.md draws them."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.worlds.import_world import World, contact, csv_file

ROOT = Path(__file__).parents[3]
PLACES = ("functions", "infra", "operations", "examples", "bench", "tests")
IMPORT = "functions.crm_import."
KEY = "uploads/acme/service/file.csv"


def rooms_entered(walk: Callable[[], object]) -> list[str]:
    """Return the rooms of the import that a call enters, in the order in which it enters each first."""
    entered: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(IMPORT):
            entered.setdefault(module.removeprefix(IMPORT).split(".")[0])

    sys.setprofile(note)
    try:
        walk()
    finally:
        sys.setprofile(None)
    return list(entered)


def test_a_row_enters_at_most_eight_rooms_on_its_way_to_an_invitation() -> None:
    world = World()
    world.put(KEY, csv_file(contact("jan@klant.example")))

    read = rooms_entered(lambda: world.read(KEY))
    admitted = rooms_entered(lambda: world.admit(world.queue[0]))

    assert len(world.tables.invitations) == 1
    assert (read[0], admitted[0]) == ("reading", "service")
    assert len(read) <= 8, read
    assert len(admitted) <= 8, admitted


TOPS = (".", "functions", "functions/shared", "functions/crm_import", "functions/shared/adapters")
NAMED = set(re.findall(r"`([a-z_]+/[a-z_./]*)`", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")))
IN_THE_BUCKET = {"rehearse/"}


@pytest.mark.parametrize("path", sorted(NAMED - IN_THE_BUCKET))
def test_what_the_page_on_the_architecture_names_is_there(path: str) -> None:
    bare = path.rstrip("/")
    names = {bare, f"{bare}.py", f"{bare.rsplit('.', 1)[0]}.py"}

    assert any((ROOT / top / name).exists() for top in TOPS for name in names)


@pytest.mark.parametrize(
    "page", sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]), ids=lambda page: page.name
)
def test_a_module_that_a_page_names_is_there(page: Path) -> None:
    modules = {path.relative_to(ROOT).as_posix() for place in PLACES for path in (ROOT / place).rglob("*.py")}

    for named in re.findall(r"`([\w/]+\.py)`", page.read_text("utf-8")):
        assert any(f"/{module}".endswith(f"/{named}") for module in modules), named
