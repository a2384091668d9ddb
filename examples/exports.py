"""The export of each system of the example clients: its headers, its way with dates and codes, its encoding."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from examples.crm_files import Contact

Row = Callable[["Contact", datetime], list[str]]


@dataclass(frozen=True)
class Export:
    """How one system writes its file. `file` is a strftime name."""

    file: str
    delimiter: str
    encoding: str
    zone: ZoneInfo
    header: tuple[str, ...]
    row: Row
    quoting: int = csv.QUOTE_MINIMAL


_SCHADE = (
    "Dossiernr.;Relatienr.;Aanspr.;Voorl.;Roepnaam;Tussenv.;Achternaam;Mail verzekerde;Tel. mobiel;Branche;Polisvorm;"
    "Schadesoort;Oorzaak;Datum afgehandeld;Tijd;Kan.;Team;Behandelaar;Beh.code;Regio;Schadebedrag klasse;Opmerking"
)
_KLANTENSERVICE = (
    "E-mailadres;Klantnr.;Aanhef;Voornaam;Tussenvoegsel;Achternaam;Taal;Datum contact;Kanaal;Afdeling;Medewerker;"
    "Medewerkernr;Product;Reden contact;Opmerking"
)
_SUPPORT = (
    "Ticket ID,Account Number,Requester Name,Requester Email,Requester Phone,Requester Locale,Created At,Solved At,Via,"
    "Group,Assignee,Assignee ID,Plan,Category,Sub-category,Priority,Reopens,Brand,Subject"
)
_INSTALL = (
    "Work Order Number,Account Number,First Name,Last Name,Email,Mobile,Language,Completed At,Channel,Team,Engineer,"
    "Engineer ID,Product,City,Reason,Notes"
)

_BRANCHES = {
    "AUT": (("Aanrijding", "Ruitschade", "Diefstal"), ("kop-staart", "steenslag", "parkeren", "inbraak")),
    "WON": (("Waterschade", "Brand", "Storm"), ("lekkage", "kortsluiting", "dakpannen")),
    "INB": (("Inbraak", "Waterschade"), ("braak", "lekkage wasmachine")),
    "REI": (("Bagage", "Annulering", "Medisch"), ("verlies", "ziekte", "vertraging")),
    "AVP": (("Letsel", "Zaakschade"), ("val", "bal door ruit", "hond")),
}
_BRANCH_OF = {"Auto Noord": "AUT", "Auto Zuid": "AUT", "Reis": "REI", "Letsel en aansprakelijkheid": "AVP"}
_REMARKS = (
    "",
    "",
    "",
    "Klant teruggebeld; akkoord met voorstel.",
    'Verzekerde noemt het "netjes geregeld".',
    "Nota's ontvangen, € 0,00 eigen risico.",
)
_LONG_REMARKS = (
    "Klant belde twee keer;\r\neerst over de dekking,\r\ndaarna over de uitkering.",
    'Afspraak: "vóór vrijdag reactie";\nteam heeft dit overgenomen',
)
_NOTES = (
    "",
    "",
    "Customer happy with cable routing.",
    'Left router in "hallway cupboard", as asked.',
    "Dog. Friendly.",
)
_LONG_NOTES = (
    "Second visit needed:\nducting blocked, raised with council.",
    "Parked at rear, as agreed;\r\nall tests passed.",
)
_FORMULA = '=HYPERLINK("https://prize.example/","klik hier")'


def _remark(contact: "Contact", usual: tuple[str, ...], long: tuple[str, ...]) -> str:
    if contact.blemish == "remark like a formula":
        return _FORMULA
    return contact.chance.choice(long if contact.blemish == "remark over lines" else usual)


def _schade(contact: "Contact", as_of: datetime) -> list[str]:
    who, pick = contact.person, contact.chance.choice
    branch = _BRANCH_OF.get(contact.team.name) or pick(("WON", "INB", "AUT"))
    kinds, causes = _BRANCHES[branch]
    moment = contact.occurred_at
    return [
        f"{as_of:%y%m%d}-{contact.number:05}",
        contact.customer_number,
        pick(("Onb.",)) if contact.number % 25 == 0 else ("Mevr." if who.woman else "Dhr."),
        f"{who.first_name[0]}.",
        who.first_name,
        who.infix,
        who.last_name,
        contact.address,
        who.phone,
        branch,
        pick(("Basis", "Plus", "Compleet")),
        pick(kinds),
        pick(causes),
        "31-02-2026" if contact.blemish == "unreadable moment" else f"{moment:%d-%m-%Y}",
        f"{moment:%H:%M}",
        pick("TTWMA"),
        contact.team.name,
        contact.employee[1],
        contact.employee[0],
        pick(("Noord", "Oost", "Zuid", "West", "Midden")),
        pick(("0-500", "500-2.500", "2.500-10.000", ">10.000")),
        _remark(contact, _REMARKS, _LONG_REMARKS),
    ]


def _klantenservice(contact: "Contact", as_of: datetime) -> list[str]:
    who, pick = contact.person, contact.chance.choice
    channel = {"Chat": "Chat", "E-mail en post": "E-mail"}.get(contact.team.name, "Telefoon")
    return [
        contact.address,
        contact.customer_number,
        "Mevrouw" if who.woman else "De heer",
        who.first_name,
        who.infix,
        who.last_name,
        who.language.upper(),
        "vorige week" if contact.blemish == "unreadable moment" else f"{contact.occurred_at:%d-%m-%Y %H:%M}",
        channel,
        contact.team.name,
        contact.employee[1],
        contact.employee[0],
        pick(("Autoverzekering", "Woonverzekering", "Zorgverzekering", "Reisverzekering", "Pakketkorting")),
        pick(("Vraag over dekking", "Wijziging adres", "Premie en betaling", "Opzeggen", "Klacht", "Schade melden")),
        _remark(contact, _REMARKS, _LONG_REMARKS),
    ]


def _support(contact: "Contact", as_of: datetime) -> list[str]:
    who, pick = contact.person, contact.chance.choice
    category, details = pick(
        (
            ("Billing", ("Unexpected charge", "Refund", "Direct debit")),
            ("Network", ("No signal", "Slow data", "Roaming")),
            ("Device", ("SIM swap", "eSIM", "Unlocking")),
            ("Account", ("Moving house", "Upgrade", "Leaving")),
        )
    )
    moment = contact.occurred_at
    return [
        f"{as_of:%y%m%d}{contact.number:06}",
        contact.customer_number,
        who.name,
        contact.address,
        who.phone,
        "nl-NL" if who.language == "nl" else pick(("en-GB", "en-GB", "en-US")),
        f"{moment:%d/%m/%Y} 08:00",
        "Last Tuesday" if contact.blemish == "unreadable moment" else f"{moment:%d/%m/%Y %H:%M}",
        pick(("voice", "voice", "web_widget", "email", "twitter_dm", "whatsapp")),
        contact.team.name,
        contact.employee[1],
        contact.employee[0],
        pick(("Pebble 10", "Pebble 40", "Pebble Unlimited", "Pebble Family")),
        category,
        pick(details),
        pick(("Low", "Normal", "Normal", "High")),
        str(pick((0, 0, 0, 1, 2))),
        "Pebble",
        _remark(contact, ("Help please", "My bill, again", "Signal at home; none", ""), _LONG_NOTES),
    ]


def _install(contact: "Contact", as_of: datetime) -> list[str]:
    who, pick = contact.person, contact.chance.choice
    return [
        f"WO-{as_of:%y%m%d}-{contact.number:05}",
        contact.customer_number,
        who.first_name,
        f"{who.infix} {who.last_name}".strip(),
        contact.address,
        who.phone,
        "Dutch" if who.language == "nl" else "English",
        "soon" if contact.blemish == "unreadable moment" else f"{contact.occurred_at:%Y-%m-%d %H:%M}",
        "Visit",
        contact.team.name,
        contact.employee[1],
        contact.employee[0],
        pick(("Fibre 150", "Fibre 500", "Fibre 900", "Router swap")),
        pick(("London", "Birmingham", "Manchester", "Glasgow", "Cardiff", "Bristol")),
        pick(("New line", "Move", "Upgrade", "Fault repair")),
        _remark(contact, _NOTES, _LONG_NOTES),
    ]


_NL, _UK = ZoneInfo("Europe/Amsterdam"), ZoneInfo("Europe/London")

EXPORTS: Mapping[tuple[str, str], Export] = MappingProxyType(
    {
        ("vaart", "schade"): Export(
            "afgehandelde dossiers %Y%m%d %H%M.csv", ";", "cp1252", _NL, tuple(_SCHADE.split(";")), _schade
        ),
        ("vaart", "klantenservice"): Export(
            "contacten_%Y%m%d_%H%M.csv", ";", "cp1252", _NL, tuple(_KLANTENSERVICE.split(";")), _klantenservice
        ),
        ("pebble", "support"): Export(
            "solved-tickets-%Y-%m-%dT%H%M.csv", ",", "utf-8-sig", _UK, tuple(_SUPPORT.split(",")), _support
        ),
        ("pebble", "install"): Export(
            "WorkOrders_%Y-%m-%d_%H%M.csv",
            ",",
            "utf-8-sig",
            _UK,
            tuple(_INSTALL.split(",")),
            _install,
            quoting=csv.QUOTE_ALL,
        ),
    }
)
