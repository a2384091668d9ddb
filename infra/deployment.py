"""What a deployment may choose, read once from the CDK context."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.shared.domain.mail_stream import MAX_NAME_LENGTH

ROOT = Path(__file__).resolve().parent.parent
SENDERS = 3
"""Enough for some 50 mails a second."""

_MAX_SLUG_LENGTH = 40
MAX_DEPLOYMENT_LENGTH = MAX_NAME_LENGTH - len("-") - _MAX_SLUG_LENGTH
"""What the name of a client's configuration set leaves to the name of the deployment."""


SMS_RATE = "3"
"""SMS a second: a number of ten parts a second, of three parts each."""
SMS_MAX_PRICE = "0.20"
"""Dollars a part."""


class BadContext(Exception):
    """The context asks for something that cannot be built."""


@dataclass(frozen=True)
class SmsChoice:
    """How SMS are sent: so many a second, and for so many dollars a part at most; both as text."""

    rate: str
    max_price: str


@dataclass(frozen=True)
class Deployment:
    """The choices of one deployment; docs/deploy.md says what each is for."""

    name: str
    """Prefix of the stacks' names and, with a hyphen, of what SES has for the clients, so that two deployments can
    share an account."""
    local: bool
    """On one machine, on the emulator: leaves out what it cannot hold."""
    asset: Path
    """The zip with the functions."""
    domain: str | None
    """Host name of the survey; needs `certificate`. Without it: the API's own address."""
    certificate: str | None
    """ARN of the ACM certificate of `domain`, in this region."""
    clients: tuple[str, ...]
    """Clients that get credentials for their own part of the upload bucket."""
    contact: str
    """Address in the review scraper's user agent, for the owner of a site."""
    alarm_mail: str | None
    """Who gets the alarms."""
    senders: int
    """So many senders of mail run at once; docs/deploy.md says how many an account's rate takes."""
    replies: str | None
    """Domain at which replies to mails are read; without it they go to each client's own mailbox."""
    sms: SmsChoice | None
    """Without it nothing of SMS is there."""
    quicksight: str | None
    """ARN of the QuickSight principal that owns the dashboards; without it there are none."""
    quicksight_readers: str | None
    """ARN of the group of QuickSight whose members may open the dashboards; what they see is in clients' folders."""

    @classmethod
    def read(cls, context: Callable[[str], Any]) -> "Deployment":
        """Read the choices; `context` returns a value or None. Raises BadContext with a sentence."""
        local = str(context("local") or "").lower() in ("1", "true", "yes")
        asset = Path(str(context("asset") or ROOT / "build" / ("local.zip" if local else "cloud.zip")))
        if not asset.is_file():
            kind = "local" if local else "cloud"
            raise BadContext(f"There is no {asset}: build it with `python -m infra.build {kind}`.")
        domain, certificate = context("domain"), context("certificate")
        if bool(domain) != bool(certificate):
            raise BadContext("`domain` and `certificate` (the ARN of its ACM certificate) belong together.")
        name = str(context("name") or "Klankbord")
        if not name.isalnum():
            raise BadContext(f"`name` is {name!r}: use letters and digits only.")
        if len(name) > MAX_DEPLOYMENT_LENGTH:
            raise BadContext(f"`name` is {name!r}: use at most {MAX_DEPLOYMENT_LENGTH} characters.")
        clients, quicksight = _names(context("clients")), context("quicksight")
        if quicksight and local:
            raise BadContext("`quicksight` needs the cloud.")
        readers = context("quicksight_readers")
        if readers and not quicksight:
            raise BadContext(
                "`quicksight_readers` are readers of nothing without `quicksight`, who owns the dashboards."
            )
        for choice, arn, kinds in (("quicksight", quicksight, "user|group"), ("quicksight_readers", readers, "group")):
            if arn and not re.fullmatch(rf"arn:[\w-]+:quicksight:[\w-]+:\d{{12}}:({kinds})/[\w.-]+/.+", str(arn)):
                raise BadContext(
                    f"`{choice}` is {arn!r}: give one like arn:aws:quicksight:eu-west-1:111122223333:group/default/x."
                )
        senders = str(context("senders") or SENDERS)
        if not senders.isdecimal() or not 2 <= int(senders) <= 1000:
            raise BadContext(f"`senders` is {senders!r}: use a number from 2 to 1000.")
        return cls(
            name=name,
            local=local,
            asset=asset,
            domain=domain,
            certificate=certificate,
            clients=clients,
            contact=str(context("contact") or context("alarm_mail") or "postmaster@localhost"),
            alarm_mail=context("alarm_mail"),
            senders=int(senders),
            replies=_domain(context("replies")),
            sms=_sms(context),
            quicksight=quicksight,
            quicksight_readers=readers,
        )


def _sms(context: Callable[[str], Any]) -> SmsChoice | None:
    if str(context("sms") or "").lower() not in ("1", "true", "yes"):
        return None
    rate, price = str(context("sms_rate") or SMS_RATE), str(context("sms_max_price") or SMS_MAX_PRICE)
    if not re.fullmatch(r"\d{1,4}(\.\d+)?", rate) or float(rate) <= 0:
        raise BadContext(f"`sms_rate` is {rate!r}: use a number of SMS a second, such as {SMS_RATE} or 0.5.")
    if not re.fullmatch(r"\d{0,2}\.\d{1,5}", price):
        raise BadContext(f"`sms_max_price` is {price!r}: use dollars a part with a point, such as {SMS_MAX_PRICE}.")
    return SmsChoice(rate, price)


def _domain(value: Any) -> str | None:
    name = str(value or "").strip().lower()
    if name and not re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", name):
        raise BadContext(f"`replies` is {name!r}: give a domain of its own, such as reply.example.com.")
    return name or None


def _names(value: Any) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(str(part).strip() for part in parts if str(part).strip())
