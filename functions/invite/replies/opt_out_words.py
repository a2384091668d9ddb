"""Does a reply ask to be left alone? Words in Dutch, English, German and French, at their place, and not denied.

A clause counts where it is made of nothing else: *graag afmelden*, *please unsubscribe me from this list*. A clause
that says more (*ik wil mijn verzekering afmelden*), denies it (*afmelden hoeft niet*), only wonders (*afmelden?*) or
tells others how it is done (*to unsubscribe, click here*: the footer of a mailing) does not.
What is not recognised reaches people, who read it; so a word too few here costs less than one too many.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


def _vocabulary(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_KEYWORDS = frozenset(
    (
        *("afmelden", "afmelding", "afgemeld", "uitschrijven", "uitschrijving", "uitgeschreven"),
        *("unsubscribe", "unsubscribed", "unsubscription", "optout"),
        *("abmelden", "abmeldung", "abgemeldet", "abbestellen", "abbestellung", "austragen"),
        *("desinscrire", "desinscription", "desinscrivez", "desabonner", "desabonnement", "desabonnez"),
    )
)
_STOP = frozenset(("stop", "stopp", "stoppen", "arretez"))
_FILLERS = _vocabulary(
    "ik wij we wil willen wilt wilde zou graag gaarne mij me mijn ons onze u uw je jij jullie kunt kun kan kunnen",
    "svp aub gelieve verzoek verzoeken hierbij bij deze dit die dat de het een van voor uit op met te om aan alle",
    "alles meer verder verdere nu direct onmiddellijk worden wordt ben hier hiervan hiervoor ook en toekomst",
    "toekomstige in maar even dan gewoon stuur sturen versturen bvd bedankt dank wel hoor dus nogmaals adres",
    "emailadres mailadres lijst lijsten voortaan per",
    "i we you your me my us our please pls kindly want would like to be from this these that the for of list lists",
    "all any future further can could will and now immediately thanks thank address am hereby request mailing wish",
    "asap send sending",
    "ich wir mich uns mein bitte mochte mochten will wollen sie ihnen ihre ihrer ihren von der die das den dem",
    "diese dieser diesen fur alle weitere sofort danke konnen konnten aus liste verteiler hiermit zu werden",
    "je nous moi mon ma mes vous votre vos veux voudrais souhaite svp merci veuillez s il plait de du des la le les",
    "cette ces liste pouvez a m l d",
)
_GREETINGS = _vocabulary(
    "beste geachte hallo hoi hi hello hey dear heer mevrouw meneer mijnheer dames heren goedemorgen goedemiddag",
    "goedenavond goedendag dag guten tag morgen herr frau sehr geehrte geehrter damen und herren bonjour madame",
    "monsieur mvg vriendelijke vriendelijk groet groeten groetjes hartelijke kind regards best sincerely yours mit",
    "freundlichen grussen grusse viele liebe cordialement salutations sir team",
)
_OBJECTS = re.compile(
    r"mail|bericht|vragenlijst|enquete|onderzoek|nieuwsbrief|uitnodiging|survey|questionnaire|newsletter|invitation"
    r"|message|feedback|umfrage|befragung|einladung|nachricht|sondage|courriel|reminder|herinnering"
)
_FOOTER = re.compile(
    r"\b(?:click\w*|klik\w*|klick\w*|cliqu\w*|https?|www)\b|\b(?:link|preferences|voorkeuren|einstellungen)\b"
    r"|^\s*(?:if|als|indien|wenn|falls|si)\s+(?:you|u|je|sie|du|vous|tu)\b"
    r"|^\s*(?:to (?:unsubscribe|optout)|om (?:je|u|uzelf|jezelf|zich)\b|um sich\b|pour (?:vous|te) \w+)"
)
"""What the footer of a mailing says of its own opt-out: how to do it, and on what condition."""
_DENIALS = _vocabulary(
    "niet geen nooit hoeft hoef nee not no never without nicht kein keine keinen nie nein ohne pas jamais non ne",
)
_NO_AFTER_ALL = _vocabulary("nee nein no non niet not nicht toch")
_ASKING = _vocabulary("wilt wil kunt kun kan kunnen can could will would konnen konnten pouvez wollen wurden")
_SAME = (
    (r"\ba\.?u\.?b\b\.?", "aub"),
    (r"\bs\.?v\.?p\b\.?", "svp"),
    (r"\bb\.v\.d\.", "bvd"),
    (r"\be-(?=mail)", ""),
    (r"(\w)n't\b", r"\1 not"),
    (r"\bdont\b", "do not"),
    (r"\bopt(?:[\s-]?| me | us )out\b", "optout"),
    (r"\bun-subscribe", "unsubscribe"),
    (r"\bmeld (me|mij|ons)\b((?: \w+){0,4}?) af\b", r"\1\2 afmelden"),
    (r"\bschrijf (me|mij|ons)\b((?: \w+){0,4}?) uit\b", r"\1\2 uitschrijven"),
    (r"\baf te melden\b", "afmelden"),
    (r"\buit te schrijven\b", "uitschrijven"),
    (r"\b(?:haal|verwijder) (me|mij|ons)\b((?: \w+){0,4}?) (uit|van)\b", r"\1\2 afmelden \3"),
    (r"\b(?:remove|take) (me|us) (from|off)\b", r"\1 unsubscribe \2"),
    (r"\bmelden sie (mich|uns)\b((?: \w+){0,4}?) ab\b", r"\1\2 abmelden"),
    (r"\btragen sie (mich|uns)\b((?: \w+){0,4}?) aus\b", r"\1\2 abmelden"),
    (r"\bgeen ((?:e?mails?|berichten|vragenlijsten|enquetes|uitnodigingen)) meer\b", r"\1 afmelden"),
    (r"\bno more (e?mails?|surveys|messages|questionnaires)\b", r"\1 unsubscribe"),
    (r"\bkeine (e?mails?|umfragen|nachrichten) mehr\b", r"\1 abmelden"),
)
_PREFIX = re.compile(r"\s*(?:(?:re|antw|aw|fw|fwd|tr|wg|sv|rif)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_MAX_READ = 20_000
_MAX_SUBJECT = 1_000
_MAX_NAME_WORDS = 4
"""Words of a signature that need no reader."""


@dataclass(frozen=True)
class Request:
    """What a reply comes to. `more`: it says something else too, that somebody should read."""

    asked: bool
    more: bool


def read_request(subject: str, words: str, ours: Iterable[str] = (), names: Iterable[str] = ()) -> Request:
    """Say whether a reply asks to be left alone, by its subject or its own words.

    `ours` are the words of the opt-out link in our mails: below the first line they are a quotation that is not marked
    as one. `names` are of the client, and say nothing.
    """
    known = _FILLERS | _GREETINGS | {word for name in names for word in _words(_plain(name))}
    ours_plain = {_plain(text).strip(" .") for text in ours}
    lines = [line for line in words[:_MAX_READ].split("\n") if line.strip()]
    lines = [line for place, line in enumerate(lines) if not place or _plain(line).strip(" .") not in ours_plain]
    sentences = _sentences("\n".join(lines))
    unknown = sum(word not in known | _KEYWORDS | _STOP for sentence in sentences for word in _words(sentence))
    if any(_denied(clause) for sentence in sentences for clause in _clauses(sentence)):
        return Request(asked=False, more=True)
    about = _sentences(_PREFIX.sub("", " ".join(subject[:_MAX_SUBJECT].split()), count=1))
    alone = unknown <= _MAX_NAME_WORDS
    asked = any(_asks(one, known, alone=alone) for one in sentences) or (
        len(about) == 1 and _asks(about[0], known, alone=alone)
    )
    return Request(asked, more=not asked or not alone)


def _asks(sentence: str, known: frozenset[str], *, alone: bool) -> bool:
    if _FOOTER.search(sentence):
        return False
    clauses = _clauses(sentence)
    last_retraction = max((place for place, other in enumerate(clauses) if _retracts(other)), default=-1)
    for place, clause in enumerate(clauses):
        words = _words(clause)
        at = next((n for n, word in enumerate(words) if word in _KEYWORDS), None)
        if at is None:
            if not _STOP.isdisjoint(words) and _is_bare_stop(words, known, alone=alone and len(clauses) == 1):
                return True
            continue
        if clause.rstrip().endswith("?") and _ASKING.isdisjoint(words):
            continue
        rest = [word for word in words[at + 1 :] if word not in known and word not in _KEYWORDS]
        before = [word for word in words[:at] if word not in known and not _OBJECTS.search(word)]
        if before or (rest and not _OBJECTS.search(" ".join(words[at + 1 :]))):
            continue
        if last_retraction <= place:
            return True
    return False


def _retracts(clause: str) -> bool:
    """Say whether a clause takes back what the ones before it asked: it begins with a no."""
    first = re.search(r"[a-z]+", clause)
    return first is not None and first.group() in _NO_AFTER_ALL


def _is_bare_stop(words: list[str], known: frozenset[str], *, alone: bool) -> bool:
    """*Stop* is a word of every day: alone it asks only where the reply says nothing else."""
    others = [word for word in words if word not in known and word not in _STOP]
    about_mail = [word for word in words if _OBJECTS.search(word)]
    return (alone and not others) or (bool(about_mail) and len(others) <= len(about_mail))


def _denied(clause: str) -> bool:
    words = _words(clause)
    return not _KEYWORDS.isdisjoint(words) and not _DENIALS.isdisjoint(words)


def _plain(text: str) -> str:
    """Return a text as it is compared: lower case, no accents, and the ways to say the same as one."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'")).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    for pattern, same in _SAME:
        text = re.sub(pattern, same, text)
    return text


def _sentences(text: str) -> list[str]:
    return [one for one in re.findall(r"[^.!?\n]+[.!?]*", _plain(text)) if one.strip()]


def _clauses(sentence: str) -> list[str]:
    return [one for one in re.split(r"[,;:()]|\s[-–—]\s", sentence) if one.strip()]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text)
