"""A client as data: what its folder of YAML says, checked. The one description of that folder.

clients/<client>/
  client.yaml            Client
  touchpoints/<id>.yaml  Touchpoint
  mappings/<id>.yaml     ColumnMapping (functions.shared.domain.column_mapping)
  questionnaires/<id>.yaml  Questionnaire (functions.shared.domain.questionnaire)
  texts/<language>.yaml  Texts (functions.shared.domain.voice)
  brand/brand.yaml       Brand (likewise), with its logo.svg beside it
"""

import re
from datetime import date, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import EmailStr, Field, field_validator, model_validator

from functions.shared.domain.channels import Channel
from functions.shared.domain.column_mapping import ColumnMapping
from functions.shared.domain.dimension import MAX_DIMENSIONS, Dimension
from functions.shared.domain.questionnaire import Questionnaire
from functions.shared.domain.strict import Strict
from functions.shared.domain.voice import Brand, Texts

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,39}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Translated = dict[Language, str]
"""A text per language."""


class Period(Strict):
    """A length of time: calendar months in the client's zone, or days of 24 hours. Exactly one of them."""

    months: Annotated[int, Field(ge=1, le=60)] | None = None
    days: Annotated[int, Field(ge=1, le=1830)] | None = None

    @model_validator(mode="after")
    def one_unit(self) -> Self:
        """Refuse both units, and neither."""
        if (self.months is None) == (self.days is None):
            raise ValueError("give either months or days")
        return self


class SendWindow(Strict):
    """When mail may leave, in the client's local time."""

    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    opens: time = time(9)
    closes: time = time(20)

    @field_validator("opens", "closes", mode="before")
    @classmethod
    def clock_time(cls, moment: object) -> object:
        """Refuse what is no time on a clock: a bare 9 would be read as nine seconds past midnight."""
        if isinstance(moment, time) or (isinstance(moment, str) and re.fullmatch(r"\d\d:\d\d(:\d\d)?", moment)):
            return moment
        raise ValueError("a time is written as 09:00")

    @model_validator(mode="after")
    def sane(self) -> Self:
        """Refuse an empty window and the hour that clock changes skip or double."""
        if not self.days:
            raise ValueError("name at least one day")
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes")
        for moment in (self.opens, self.closes):
            if time(2) <= moment < time(3):
                raise ValueError("may not begin or end between 02:00 and 03:00, which clock changes skip or double")
        return self


class Holidays(Strict):
    """What differs from the public holidays of the client's country."""

    worked: tuple[str, ...] | None = None
    """Names (in English or the country's language) of public holidays on which is worked. None: the default of
    the country (Good Friday in the Netherlands)."""
    off: tuple[date, ...] = ()
    """Extra days off."""


class Sender(Strict):
    """Who the mail is from."""

    name: str
    address: EmailStr
    reply_to: EmailStr


class Reminder(Strict):
    """One reminder: so many days of 24 hours after the previous mail, then inside the window."""

    after_days: Annotated[int, Field(ge=1, le=30)]


class Quota(Strict):
    """The most invitations of a touchpoint, by the client's local day and calendar month."""

    per_day: Annotated[int, Field(ge=0)] | None = None
    per_month: Annotated[int, Field(ge=0)] | None = None


class Rules(Strict):
    """The rules of a touchpoint; what is left out falls back to the client's."""

    freshness_days: Annotated[int, Field(ge=1, le=365)] | None = None
    sample_share: Annotated[float, Field(ge=0, le=1)] | None = None
    quota: Quota = Quota()
    reminders: tuple[Reminder, ...] | None = Field(default=None, max_length=3)


class Thresholds(Strict):
    """The smallest groups that are shown: to be raised, never lowered."""

    score: Annotated[int, Field(ge=5)] = 5
    indicative: Annotated[int, Field(ge=10)] = 10
    employee: Annotated[int, Field(ge=10)] = 10


class PauseAt(Strict):
    """The shares of a day's mails, in per cent, past which sending pauses itself: to be lowered, never raised.

    The account is reviewed by SES at 5 % bounces and 0.1 % complaints, whichever client they come from.
    """

    bounces: Annotated[float, Field(ge=0.1, le=2)] = 2.0
    complaints: Annotated[float, Field(ge=0.01, le=0.05)] = 0.05


ReviewSourceKind = Literal["json_ld"]
"""What a source is written in; the scraper has a reader of each."""


class ReviewSource(Strict):
    """A place where reviews of the client appear."""

    source: Slug
    kind: ReviewSourceKind
    url: str
    name: str
    authenticity: Translated
    """Whether and how it is checked that reviewers were customers (Directive 2019/2161)."""
    max_pages: Annotated[int, Field(ge=1, le=200)] = 20


Target = Annotated[int, Field(ge=-100, le=100)]
"""The NPS to reach, in points."""


class Touchpoint(Strict):
    """A moment of contact that is measured."""

    touchpoint: Slug
    name: Translated
    questionnaire: Slug
    mapping: Slug | None = None
    """None: headers are recognised by synonyms."""
    target: Target | None = None
    public_score: bool = False
    """Whether its score is published for everybody."""
    invite_by: Annotated[tuple[Channel, ...], Field(min_length=1)] = ("mail",)
    """Channels in the order of preference: the first for which a contact has an address is used."""
    rules: Rules = Rules()

    @field_validator("invite_by", mode="before")
    @classmethod
    def one_channel(cls, channels: object) -> object:
        """Accept `invite_by: sms` for `invite_by: [sms]`; refuse a channel that stands twice."""
        if isinstance(channels, str):
            return (channels,)
        if isinstance(channels, list | tuple) and len({*map(str, channels)}) < len(channels):
            raise ValueError("a channel stands twice; name each once")
        return channels


DashboardName = Annotated[str, Field(pattern=r"^[^\s,\"]([^,\"]{0,254}[^\s,\"])?$")]
"""Of a user or a group in QuickSight."""


class DashboardReader(Strict):
    """Who may open the dashboards on the client's figures: a user or a group of QuickSight."""

    user: DashboardName | None = None
    group: DashboardName | None = None
    touchpoints: tuple[Slug, ...] = ()
    """Only these; none: all."""
    teams: tuple[Annotated[str, Field(pattern=r'^[^"]{1,200}$')], ...] = ()
    """Only these, as the uploads call them; none: all."""

    @model_validator(mode="after")
    def one_name(self) -> Self:
        """Refuse a user and a group in one, and neither."""
        if (self.user is None) == (self.group is None):
            raise ValueError("give either user or group")
        return self


class Client(Strict):
    """client.yaml: who the client is, and its rules."""

    client: Slug
    name: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    timezone: str
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    """The first is the fallback."""
    tone: Literal["formal", "informal"]
    identity: Literal["address", "customer_number"] = "address"
    shared_addresses: bool = False
    """Whether customers may share an address, as households do: then each of them may be asked there."""
    feedback_block: Period = Period(months=3)
    block_after_answer: Period | None = None
    send_window: SendWindow = SendWindow()
    holidays: Holidays = Holidays()
    sender: Sender
    sms_number: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    """The client's own number for SMS, in E.164; it takes SMS too. Needed where a touchpoint invites by SMS."""
    reminders: tuple[Reminder, ...] = Field(default=(Reminder(after_days=5),), max_length=3)
    expires_after_days: Annotated[int, Field(ge=1, le=90)] = 21
    freshness_days: Annotated[int, Field(ge=1, le=365)] = 14
    target: Target | None = None
    public_score: bool = False
    """Whether the score of all touchpoints is published for everybody."""
    thresholds: Thresholds = Thresholds()
    pause_at: PauseAt = PauseAt()
    per_employee: bool = False
    """Results per employee are off unless the works council agreed."""
    dimensions: tuple[Dimension, ...] = Field(default=(), max_length=MAX_DIMENSIONS)
    """By what scores are divided, beside touchpoint and team. The first are told first."""
    review_sources: tuple[ReviewSource, ...] = ()
    opt_out_mapping: Slug | None = None
    """For the lists of opt-outs; None: headers are recognised by synonyms."""
    customer_mapping: Slug | None = None
    """For the customer files; None: headers are recognised by synonyms."""
    contact: EmailStr
    """Whom operations and the receipt summary write to."""
    readers: tuple[EmailStr, ...] = ()
    """Who gets the weekly digest."""
    dashboard_readers: tuple[DashboardReader, ...] = Field(default=(), max_length=200)
    """Who sees the client in QuickSight, and what of it."""
    receipt_mail: bool = False
    """Whether the contact gets a mail for every file whose receipt is final."""

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, name: str) -> str:
        """Refuse a zone that is not in the IANA database."""
        if name not in available_timezones():
            raise ValueError(f"{name} is no IANA time zone; one is Europe/Amsterdam")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The client's time zone."""
        return ZoneInfo(self.timezone)


class ClientBundle(Strict):
    """A whole client folder, checked: what is published, and what the functions read."""

    version: str
    """Hash of the folder's contents."""
    client: Client
    touchpoints: dict[Slug, Touchpoint]
    mappings: dict[Slug, ColumnMapping]
    questionnaires: dict[Slug, Questionnaire]
    texts: dict[Language, Texts]
    brand: Brand
    logo_svg: str
    logo_dark_svg: str | None = None
    logo_png: str | None = None
    """The logo on the light surface, as base64 of a PNG twice its size: mail programs do not show SVG."""
    logo_dark_png: str | None = None

    def language(self, wanted: str | None) -> str:
        """Return the wanted language if the client has it (`nl-BE` falls back to `nl`), else its first."""
        for candidate in (wanted, (wanted or "")[:2]):
            if candidate in self.texts:
                return str(candidate)
        return self.client.languages[0]

    def rules(self, touchpoint: str) -> Rules:
        """Return the rules of a touchpoint with the client's defaults filled in."""
        own = self.touchpoints[touchpoint].rules
        return Rules(
            freshness_days=own.freshness_days or self.client.freshness_days,
            sample_share=1.0 if own.sample_share is None else own.sample_share,
            quota=own.quota,
            reminders=self.client.reminders if own.reminders is None else own.reminders,
        )
