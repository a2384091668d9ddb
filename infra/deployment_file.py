"""deployment.yaml: what a deployment chooses, kept in a file. docs/deploy.md says what each key is for."""

import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import EmailStr, Field, ValidationError, field_validator, model_validator

from functions.shared.adapters.located_yaml import read_yaml
from functions.shared.adapters.plain_mistakes import plain_mistakes
from functions.shared.domain.client import Slug
from functions.shared.domain.mail_stream import MAX_NAME_LENGTH
from functions.shared.domain.strict import Strict

SENDERS = 3
"""Enough for some 50 mails a second."""
_MAX_SLUG_LENGTH = 40
MAX_DEPLOYMENT_LENGTH = MAX_NAME_LENGTH - len("-") - _MAX_SLUG_LENGTH
"""What the name of a client's configuration set leaves to the name of the deployment."""
_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"


class BadDeployment(Exception):
    """The choices cannot be read, or cannot be built; a sentence for each mistake."""


def _checked(pattern: str, value: str, words: str) -> str:
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{value!r} is not {words}")
    return value


class SurveyHost(Strict):
    """Where the survey is: a host name, and the ARN of its ACM certificate in the region of the deployment."""

    domain: str
    certificate: str

    @field_validator("domain")
    @classmethod
    def a_domain(cls, value: str) -> str:
        """Refuse what is no host name."""
        return _checked(_DOMAIN, value, "a host name such as feedback.example.com")

    @field_validator("certificate")
    @classmethod
    def a_certificate(cls, value: str) -> str:
        """Refuse what is no ARN of a certificate."""
        return _checked(r"arn:[\w-]+:acm:[\w-]+:\d{12}:certificate/[\w-]+", value, "the ARN of a certificate of ACM")


class SmsChoice(Strict):
    """How SMS are sent: so many a second, and for so many dollars a part at most."""

    rate: Annotated[float, Field(gt=0, le=9999)] = 3
    """A number of ten parts a second, of three parts each."""
    max_price: Annotated[float, Field(gt=0, lt=100)] = 0.20


class QuickSightChoice(Strict):
    """Who owns the dashboards, a user or a group of QuickSight, and the group whose members may open them."""

    owner: str
    readers: str | None = None

    @field_validator("owner")
    @classmethod
    def an_owner(cls, value: str) -> str:
        """Refuse what is no ARN of a user or a group."""
        return _checked(
            r"arn:[\w-]+:quicksight:[\w-]+:\d{12}:(user|group)/[\w.-]+/.+",
            value,
            "the ARN of a user or a group, such as arn:aws:quicksight:eu-west-1:111122223333:user/default/anna",
        )

    @field_validator("readers")
    @classmethod
    def a_group(cls, value: str | None) -> str | None:
        """Refuse what is no ARN of a group."""
        return value and _checked(
            r"arn:[\w-]+:quicksight:[\w-]+:\d{12}:group/[\w.-]+/.+",
            value,
            "the ARN of a group, such as arn:aws:quicksight:eu-west-1:111122223333:group/default/readers",
        )


class Choices(Strict):
    """What deployment.yaml says."""

    name: str = "Klankbord"
    """Prefix of the stacks' names and, with a hyphen, of what SES has for the clients, so that two deployments can
    share an account."""
    account: str | None = None
    """Twelve digits, in quotes. A deploy into another account is refused."""
    region: str | None = None
    """A deploy into another region is refused."""
    clients: tuple[Slug, ...] = ()
    """Clients that get credentials for their own part of the upload bucket."""
    survey: SurveyHost | None = None
    """Without it the survey is at API Gateway's own address."""
    alarm_mail: EmailStr | None = None
    """Who gets the alarms."""
    monthly_budget: Annotated[int, Field(ge=1)] | None = None
    """Dollars that the account may cost in a month: a mail to `alarm_mail` before it does."""
    contact: str | None = None
    """Address in the review scraper's user agent, for the owner of a site; by default `alarm_mail`."""
    senders: Annotated[int, Field(ge=2, le=1000)] = SENDERS
    """So many senders of mail run at once."""
    mail_rate_share: Annotated[int, Field(ge=1, le=100)] = 100
    """Per cent of the account's mails a second: what is left is for others that send from it."""
    replies: str | None = None
    """Domain at which replies to mails are read; without it they go to each client's own mailbox."""
    sms: SmsChoice | None = None
    """Without it nothing is sent by SMS."""
    quicksight: QuickSightChoice | None = None
    """Without it there are no dashboards."""
    api_gateway_account: bool = True
    """Whether this deployment sets the role by which API Gateway writes logs; an account and region have one."""

    @model_validator(mode="after")
    def somebody_to_tell(self) -> Self:
        """Refuse a budget that nobody hears of."""
        if self.monthly_budget and not self.alarm_mail:
            raise ValueError("monthly_budget is told to alarm_mail; add that, too")
        return self

    @field_validator("name")
    @classmethod
    def a_name(cls, value: str) -> str:
        """Refuse what cannot begin the names of stacks and configuration sets."""
        words = f"a name of at most {MAX_DEPLOYMENT_LENGTH} letters and digits that begins with a letter"
        return _checked(rf"[A-Za-z][A-Za-z0-9]{{0,{MAX_DEPLOYMENT_LENGTH - 1}}}", value, words)

    @field_validator("account")
    @classmethod
    def an_account(cls, value: str | None) -> str | None:
        """Refuse what is no account."""
        return value and _checked(
            r"\d{12}", value, 'the twelve digits of an account, in quotes, such as "111122223333"'
        )

    @field_validator("region")
    @classmethod
    def a_region(cls, value: str | None) -> str | None:
        """Refuse what is no region."""
        return value and _checked(r"[a-z]{2}(-[a-z]+)+-\d", value, "a region such as eu-west-1")

    @field_validator("replies")
    @classmethod
    def a_domain(cls, value: str | None) -> str | None:
        """Refuse what is no domain."""
        return value and _checked(_DOMAIN, value, "a domain of its own, such as reply.example.com")

    def named(self) -> dict[str, str]:
        """Return the choices that would be missed if they went away, each with what goes with it."""
        found = {f"client:{slug}": f"the user by which {slug} uploads its files" for slug in self.clients}
        if self.survey:
            found[f"survey:{self.survey.domain}"] = (
                f"the host {self.survey.domain}, and with it every link in mails that are out"
            )
        if self.alarm_mail:
            found[f"alarm_mail:{self.alarm_mail}"] = f"the alarms to {self.alarm_mail}"
        if self.replies:
            found[f"replies:{self.replies}"] = f"the reading of replies to mails at {self.replies}"
        if self.sms:
            found["sms"] = "SMS: what is due on that channel waits until its invitation expires"
        if self.quicksight:
            found["quicksight"] = "the dashboards, with their data sets and the schedules that their readers made"
        return found


def read_choices(file: Path) -> Choices:
    """Read deployment.yaml. Raises BadDeployment with a sentence for each mistake, with file and line."""
    located = read_yaml(file.read_text(encoding="utf-8"))
    mistakes = [(line, sentence) for line, sentence in located.mistakes]
    if located.data is not None:
        try:
            choices = Choices.model_validate(located.data)
        except ValidationError as error:
            mistakes += [(located.line(path), sentence) for path, sentence in plain_mistakes(Choices, error)]
        else:
            if not mistakes:
                return choices
    raise BadDeployment("\n".join(f"{file.name}, line {line}: {_capital(said)}." for line, said in sorted(mistakes)))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:].rstrip(".")


def dropped(before: dict[str, str], now: Choices) -> dict[str, str]:
    """Return the choices of an earlier deploy that these no longer have, each with what goes with it."""
    kept: dict[str, Any] = now.named()
    return {name: what for name, what in before.items() if name not in kept}
