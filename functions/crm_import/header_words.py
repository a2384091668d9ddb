"""The words of a header: in any order, one after the other or grown together, with words around them that say nothing.

What else may stand around a name depends on what it is the name of: a ticket's number is no customer's, and an owner's
e-mail address is nobody's who may be asked.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

_SAME: Mapping[str, str] = {
    word: words.split()[0]
    for words in (
        "email mail emailadres emailaddress emailadresse mailadres mailadresse courriel emailaddress1",
        "address adres adresse",
        "phone telefoon telefoonnummer telephone telephone1 telefon telefonnummer phonenumber tel",
        "mobile mobiel mobiele mobil handy portable gsm mobilephone",
        "customer klant klanten customers client clients kunde kunden kundin",
        "contact contactpersoon kontakt kontaktperson contactperson",
        "number nummer nr no num numero nbr",
        "id ident identifier identifiant identifikation",
        "date datum dat",
        "time tijd zeit heure uhrzeit",
        "name naam nom",
        "first given prenom",
        "closed gesloten close afgesloten sluiting afsluiting geschlossen cloture ferme fermeture closing",
        "solved resolved opgelost gelost geloest resolu",
        "created aangemaakt create erstellt cree creation creationdate",
        "opened geopend geoffnet ouvert",
        "completed afgerond afgehandeld gereed erledigt abgeschlossen termine completion",
    )
    for word in words.split()
}


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_SMALL = _words(
    "van de het een den der des of the a an for voor du la le les l d am um and en und et in on op at aan zu zum",
    "bij field veld feld champ column kolom waarde value",
)
_SYSTEMS = _words(
    "crm sf sfdc salesforce hubspot hs zendesk zd dynamics msdyn msd sap afas exact new custom cf export src tbl",
    "primary main hoofd",
)
_PERSONS = _words(
    "customer contact person persoon personne relatie member lid requester aanvrager end eind enduser",
    "insured verzekerde verzekeringnemer patient bewoner huurder tenant bezoeker visitor reiziger passenger",
    "melder indiener deelnemer participant",
)
_KINDS = _words(
    "work werk prive private privat zakelijk business home thuis personal persoonlijk address",
)
_EVENTS = _words(
    "ticket case call incident claim schade zaak dossier melding gesprek bezoek visit interaction interactie",
    "vorgang fall besuch anruf visite appel dossiers aanvraag request chat conversation werkorder order",
    "bestelling afspraak appointment service task taak activity activiteit installation installatie",
    "installatiedatum contact",
)
_STAFF = _words(
    "employee agent owner medewerker behandelaar manager advisor adviseur assignee eigenaar engineer monteur",
    "technician staff user operator cc bcc from sender afzender reply support intern internal interne",
    "verantwoordelijke mitarbeiter bearbeiter berater conseiller employe rep representative accountmanager",
    "supervisor team creator maker author by door von par",
)
_AROUND: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("email", "phone"), _PERSONS | _KINDS | {"mobile", "number"}),
    "customer_id": _PERSONS,
    **dict.fromkeys(("salutation", "first_name", "infix", "last_name", "name", "language"), _PERSONS),
    "occurred_at": (_EVENTS | {"time", "date"}) - {"service"},
    **dict.fromkeys(("interaction_id", "contact_reason", "channel"), _EVENTS),
}
_LETTERS = re.compile(r"[a-z]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PUBLISHER = re.compile(r"\A(?:cr[0-9a-f]{2,4}|new|msdyn|sfdc)_")
"""What Dynamics puts before the columns of a customer's own."""
_MIN_GROWN = 8
"""Letters of a word that may be several, grown together as in Dutch and German."""


def words_of(header: str) -> frozenset[str]:
    """Return the words of a header, each as the one that stands for all that mean the same."""
    text = _HUMP.sub(" ", _PUBLISHER.sub("", header.strip()).removesuffix("__c"))
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = re.sub(r"\be[- ]?mail\b", "email", text)
    return frozenset(_SAME.get(word, word) for word in _LETTERS.findall(text))


def is_about_staff(header: str) -> bool:
    """Say whether a header names somebody of the client's own: nobody who is to be asked."""
    words = words_of(header)
    return bool(words & _STAFF) or any(word in part for part in words for word in _STAFF if len(word) > 6)


def is_about_birth(header: str) -> bool:
    """Say whether a header names somebody's birthday."""
    return any(part in word for word in words_of(header) for part in ("birth", "geboort", "geboren", "geburt", "naiss"))


class WordMatcher:
    """Knows names by their words."""

    def __init__(self, names: Mapping[str, Iterable[str]]) -> None:
        self._names = [
            (words, rank, field)
            for field, known in names.items()
            for rank, name in enumerate(known)
            if (words := _needed(name))
        ]
        around = frozenset().union(_SMALL, _SYSTEMS, *_AROUND.values())
        vocabulary = {word for words, _, _ in self._names for word in words} | around | _SAME.keys()
        self._vocabulary = frozenset(word for word in vocabulary if len(word) > 2 or word in ("nr", "id"))
        self.match = lru_cache(2000)(self._match)

    def _match(self, header: str) -> tuple[int, int, str] | None:
        """Return (how many words stand around it, rank, field) of the name that is in a header, the surest first."""
        words = frozenset(_SAME.get(part, part) for word in words_of(header) for part in self._parts(word))
        fitting = []
        for known, rank, field in self._names:
            if known <= words:
                around = words - known - _SMALL - _SYSTEMS
                if around <= _AROUND.get(field, frozenset()) and not _is_record(known, around):
                    fitting.append((len(words - known), rank, field))
        return min(fitting, default=None)

    def _parts(self, word: str) -> list[str]:
        """Return the known words that a word is grown together from, the fewest; itself where it is not."""
        if len(word) < _MIN_GROWN or word in self._vocabulary:
            return [word]
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(end):
                before = best[start]
                if before is not None and word[start:end] in self._vocabulary:
                    here = best[end]
                    if here is None or len(before) + 1 < len(here):
                        best[end] = [*before, word[start:end]]
        return best[-1] or [word]


def _needed(name: str) -> frozenset[str]:
    """Return the words of a name that make it one: `closed at` is a moment, `closed` alone may be a yes or a no."""
    words = words_of(name)
    return words - _SMALL if len(words - _SMALL) > 1 else words


def _is_record(known: frozenset[str], around: frozenset[str]) -> bool:
    """Say whether a date is that of a person's own record, which is no contact."""
    return bool(known & {"created", "modified"}) and "contact" in around
