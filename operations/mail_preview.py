"""Write every mail of every client as HTML, text and pictures, and every sentence of receipts.

Run as `python -m operations.mail_preview [CLIENTS] [--out DIR]`.

Pictures are of phones (320 and 375 px) and a desktop (760 px), light and dark, taken by the system's Chromium. Without
Chromium, or with --no-pictures, only HTML and text are written. `index.html` shows them side by side;
`sentences.html` has what receipts say, in each language.
"""

import argparse
import base64
import html
import shutil
import sys
import tempfile
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from functions.invite.notices.rendering import NoticeRenderer
from functions.invite.rendering import MailRenderer
from functions.shared.domain.errors import BadConfiguration
from functions.shared.domain.mail import Mail
from infra.mail_templates import SOURCE, compile_mail
from operations.publish import checked
from operations.sample_mails import LONG_NAME, to_contact, to_customers
from operations.sentence_page import sentence_page

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = {"small-phone": 320, "phone": 375, "desktop": 760}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def standalone(mail: Mail) -> str:
    """Return the HTML of a mail as a browser shows it: its pictures inside it."""
    page = mail.html
    for image in mail.images:
        inside = base64.b64encode(image.png).decode("ascii")
        page = page.replace(f'cid:{image.cid}"', f'data:image/png;base64,{inside}"')
    return page


def write(clients: Path, out: Path, pictures: bool = True) -> list[Path]:
    """Write the previews of a folder of clients and return the HTML files. Raises BadConfiguration."""
    written = []
    for name, mail in _mails(clients):
        page = out / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(standalone(mail), encoding="utf-8")
        page.with_suffix(".txt").write_text(f"{mail.subject}\n\n{mail.text}", encoding="utf-8")
        written.append(page)
    chromium = next((path for name in _CHROMIUM if (path := shutil.which(name))), None)
    if pictures and chromium:
        _photograph(written, chromium)
    elif pictures:
        print("There is no Chromium on this machine, so there are no pictures.", file=sys.stderr)
    (out / "sentences.html").write_text(sentence_page(), encoding="utf-8")
    (out / "index.html").write_text(_index(written, out), encoding="utf-8")
    return written


def _mails(clients: Path) -> list[tuple[str, Mail]]:
    with tempfile.TemporaryDirectory() as folder:
        compile_mail(SOURCE, Path(folder))
        customers, contact = MailRenderer(Path(folder)), NoticeRenderer(Path(folder))
        mails: list[tuple[str, Mail]] = []
        for _, one in checked(clients):
            mails += chain(to_customers(one, customers), to_contact(one, contact))
            mails += [(f"{name}-long-name", mail) for name, mail in islice(to_customers(one, customers, LONG_NAME), 1)]
        return mails


def _photograph(pages: list[Path], chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_context(viewport={"width": 760, "height": 640}, device_scale_factor=1.5).new_page()
        for page in pages:
            tab.goto(page.as_uri())
            for device, width in WIDTHS.items():
                tab.set_viewport_size({"width": width, "height": 640})
                for scheme in SCHEMES:
                    tab.emulate_media(color_scheme=scheme)
                    tab.screenshot(path=page.with_name(f"{page.stem}-{device}-{scheme}.png"), full_page=True)
        browser.close()


def _index(pages: list[Path], out: Path) -> str:
    rows = []
    for page in pages:
        name = page.relative_to(out).with_suffix("").as_posix()
        links = [f'<a href="{name}.html">HTML</a>', f'<a href="{name}.txt">text</a>']
        links += [f'<a href="{name}-{d}-{s}.png">{d} {s}</a>' for d in WIDTHS for s in SCHEMES]
        rows.append(f"<tr><th align=left>{html.escape(name)}</th><td>{' &middot; '.join(links)}</td></tr>")
    sentences = '<p><a href="sentences.html">What receipts say</a></p>'
    table = f"<table cellpadding=6>{''.join(rows)}</table>"
    return f"<!doctype html><meta charset=utf-8><title>Mails</title>{sentences}{table}\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the previews that the command line asks for; return 1 where a client has a mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.mail_preview", description="Write every mail to look at."
    )
    parser.add_argument("clients", type=Path, nargs="?", default=ROOT / "examples" / "clients")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "preview")
    parser.add_argument("--no-pictures", action="store_true", help="write HTML and text only")
    options = parser.parse_args(arguments)
    try:
        pages = write(options.clients, options.out, pictures=not options.no_pictures)
    except BadConfiguration as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(pages)} mails, and what receipts say, in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
