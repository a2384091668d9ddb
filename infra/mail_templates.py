"""Compile the mail templates: MJML becomes the HTML, still a Jinja template, that the sender renders.

python -m infra.mail_templates [target]     (frontend/mail to build/mail)
"""

import os
import re
import sys
from pathlib import Path

import mrml

SOURCE = Path(__file__).resolve().parents[1] / "frontend" / "mail"
STRINGS = "strings"
_INCLUDE = re.compile(r'<mj-include path="parts/([a-z]+\.mjml)" />')
TARGET = Path(__file__).resolve().parents[1] / "build" / "mail"


def compile_mail(source: Path, target: Path) -> None:
    """Write each `<name>.mjml` of a folder as `<name>.html` into another, and copy each `<name>.txt` and the strings.

    What they share they include from `parts/`. Raises ValueError where the MJML has mistakes. Files appear whole or
    not at all, so two builds may run at once.
    """
    (target / STRINGS).mkdir(parents=True, exist_ok=True)
    for file in sorted(source.glob("*.mjml")):
        _write(target / f"{file.stem}.html", _compiled(file))
    for file in sorted(source.glob("*.txt")):
        _write(target / file.name, file.read_text(encoding="utf-8"))
    for file in sorted((source / STRINGS).glob("*.json")):
        _write(target / STRINGS / file.name, file.read_text(encoding="utf-8"))


def _compiled(file: Path) -> str:
    # Put in as text: an include of MRML's own in a column stands there without the padding of its neighbours.
    parts = {part.name: part.read_text(encoding="utf-8") for part in (file.parent / "parts").glob("*.mjml")}
    output = mrml.to_html(_INCLUDE.sub(lambda match: parts[match[1]], file.read_text(encoding="utf-8")))
    if output.warnings:
        raise ValueError(f"{file}: {'; '.join(str(warning) for warning in output.warnings)}")
    return str(output.content)


def _write(file: Path, text: str) -> None:
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)


if __name__ == "__main__":
    compile_mail(SOURCE, Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
