"""Write every mail of every client as HTML, text and pictures: `python -m infra.mail_preview [CLIENTS] [--out DIR]`.

Pictures are of a phone (320 px) and a desktop (760 px), light and dark, taken by the system's Chromium. Without
Chromium, or with --no-pictures, only HTML and text are written.
"""

import argparse
import base64
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from functions.invite.rendering import MailRenderer, MailToRender
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.deliveries import mail_name
from functions.shared.domain.errors import BadConfiguration
from functions.shared.domain.mail import Mail
from functions.shared.domain.names import PersonName
from infra.mail_templates import SOURCE, compile_mail
from infra.publish import checked

ROOT = Path(__file__).resolve().parents[1]
WIDTHS = {"phone": 320, "desktop": 760}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SOMEBODY = PersonName("Mevr.", "Anna", "de", "Vries")


def previews(bundle: ClientBundle, renderer: MailRenderer) -> Iterator[tuple[str, Mail]]:
    """Yield every mail of a client with its name, such as `vaart/nl/schade-invitation`."""
    for language in bundle.texts:
        for touchpoint in bundle.touchpoints:
            for number in range(len(bundle.rules(touchpoint).reminders or ()) + 1):
                mail = MailToRender(
                    invitation_id="00000000-0000-5000-8000-000000000000",
                    number=number,
                    name=mail_name(number),
                    touchpoint=touchpoint,
                    address="anna@example.org",
                    person=_SOMEBODY,
                    language=language,
                    product=None,
                    team=None,
                    link=f"https://survey.example/s/{'A' * 44}",
                    opt_out_link=f"https://survey.example/u/{'B' * 44}",
                )
                name = f"{bundle.client.client}/{language}/{touchpoint}-{mail_name(number)}"
                yield name, renderer.render(bundle, mail)


def standalone(mail: Mail) -> str:
    """Return the HTML of a mail as a browser shows it: its pictures inside it."""
    html = mail.html
    for image in mail.images:
        inside = base64.b64encode(image.png).decode("ascii")
        html = html.replace(f'cid:{image.cid}"', f'data:image/png;base64,{inside}"')
    return html


def write(clients: Path, out: Path, pictures: bool = True) -> list[Path]:
    """Write the previews of a folder of clients and return the HTML files. Raises BadConfiguration."""
    with tempfile.TemporaryDirectory() as folder:
        compile_mail(SOURCE, Path(folder))
        renderer = MailRenderer(Path(folder))
    written = []
    for _, bundle in checked(clients):
        for name, mail in previews(bundle, renderer):
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
    return written


def _photograph(pages: list[Path], chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for device, width in WIDTHS.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": 640}, color_scheme=scheme, device_scale_factor=2
                )
                tab = context.new_page()
                for page in pages:
                    tab.goto(page.as_uri())
                    tab.screenshot(path=page.with_name(f"{page.stem}-{device}-{scheme}.png"), full_page=True)
                context.close()
        browser.close()


def main(arguments: list[str] | None = None) -> int:
    """Write the previews that the command line asks for; return 1 where a client has a mistake."""
    parser = argparse.ArgumentParser(prog="python -m infra.mail_preview", description="Write every mail to look at.")
    parser.add_argument("clients", type=Path, nargs="?", default=ROOT / "examples" / "clients")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "preview")
    parser.add_argument("--no-pictures", action="store_true", help="write HTML and text only")
    options = parser.parse_args(arguments)
    try:
        pages = write(options.clients, options.out, pictures=not options.no_pictures)
    except BadConfiguration as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(pages)} mails in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
