"""Reports of two filled clients, as the aggregate makes them: a Dutch insurer by week, an English operator by month."""

import random
from datetime import timedelta
from pathlib import Path

from functions.aggregate.page import make_report
from functions.shared.domain.client import ClientBundle
from tests.worlds.aggregate_world import NOW, REGION, World, bundle

COMMENTS = {
    "nl": (
        "Binnen een dag was alles geregeld, en ik werd netjes op de hoogte gehouden.",
        "Drie keer moeten bellen voordat iemand wist waar mijn dossier lag. Bel me op 06-12345678.",
        "Prima.",
        "De expert kwam op tijd en legde rustig uit wat wel en niet vergoed wordt. Dat had ik niet verwacht, want "
        "bij mijn vorige verzekeraar duurde het weken.",
        "Mail bleef onbeantwoord, mijn adres is jan@voorbeeld.nl.",
    ),
    "en": (
        "Sorted in one call. Lovely.",
        "The engineer never turned up and nobody rang. My plate is AB-12-CD if you want to find the van.",
        "Fine, but the wait was long.",
        "Really clear explanation of the bill, and they fixed the roaming charge straight away without my having to "
        "ask twice.",
    ),
}
EMPLOYEES = tuple(f"{name}Zk3q8WvX0n-T5uYb7cLm1pRsEaHdJfGiKoNtQwUyV" for name in "abcdefgh")
TEAMS = {
    "nl": {
        "Schade Noord": 30,
        "Schade Zuid": 26,
        "Motorvoertuigen en bijzondere risico’s": 22,
        "Zakelijk": 14,
        "Avondploeg": 2,
        "Piket": 1,
    },
    "en": {"Manchester": 40, "Leeds": 32, "Field engineers": 20, "Night shift": 0.6},
}


def filled(room: Path, language: str, weeks: int, **client: object) -> tuple[World, ClientBundle]:
    """Return a world whose datasets are made, with a few thousand interactions."""
    other = {"nl": "en", "en": "nl"}[language]
    own = bundle("acme", languages=(language, other), dimensions=[REGION], **client)
    world, draw = World(room, own), random.Random(20261122)  # noqa: S311
    teams = TEAMS[language]
    facts, outcomes, start = [], [], NOW - timedelta(weeks=weeks)
    for week in range(weeks):
        for number in range(24):
            day = start + timedelta(weeks=week, days=number % 5, hours=-2)
            imported = day.strftime("%Y-%m-%dT%H:%M")
            name, touchpoint = f"{week}-{number}", draw.choice(("claims", "claims", "service"))
            team = draw.choices(list(teams), list(teams.values()))[0]
            outcome = draw.choices(
                ("invited", "blocked", "no_address", "opted_out", "invalid", "duplicate"), (70, 14, 8, 2, 3, 3)
            )[0]
            told = {} if outcome == "invalid" else {"team": team, "employee_key": EMPLOYEES[number % len(EMPLOYEES)]}
            if team == "Zakelijk" and week % 3:
                outcome = "no_address"
            outcomes.append(world.outcome(outcome, imported, touchpoint, **told))
            if outcome != "invited":
                continue
            moment = int(day.timestamp())
            bounced = draw.random() < 0.04
            news = {"bounced_at": moment + 9} if bounced else {"delivered_at": moment + 9}
            reminded = draw.random() < 0.5
            news |= {"reminded_at": moment + 5 * 86_400} if reminded else {}
            news |= {"dimensions": {"region": ("north", "south", "north", "west")[(number + week) % 4]}}
            facts.append(world.invitation(name, imported, team=team, touchpoint=touchpoint, channel="phone", **news))
            if bounced or draw.random() > 0.42 or (language == "nl" and week == 6):
                continue
            likes = 0.35 + 0.03 * week / weeks * 10 + (0.25 if team in ("Schade Noord", "Manchester") else 0)
            score = draw.choices(
                (draw.randint(9, 10), draw.randint(7, 8), draw.randint(1, 6)), (likes, 0.3, 0.75 - likes / 1.6)
            )[0]
            answers = {
                "ease": draw.choices(range(1, 8), (1, 1, 2, 4, 8, 12, 9))[0],
                "happy": draw.choices(range(1, 6), (1, 2, 4, 12, 9))[0],
            }
            if draw.random() < 0.4:
                answers["why"] = draw.choice(COMMENTS[language])
            answered = (day + timedelta(days=draw.choice((0, 1, 1, 2)))).strftime("%Y-%m-%dT%H:%M")
            facts.append(
                world.response(
                    name,
                    score,
                    answered,
                    touchpoint=touchpoint,
                    answers=answers,
                    wave="reminder" if reminded else "first",
                )
            )
    for number in range(9):
        rating, text = draw.choice(
            ((10, COMMENTS[language][0]), (8, COMMENTS[language][2]), (3, COMMENTS[language][1]))
        )
        written = (NOW - timedelta(days=9 * number)).strftime("%Y-%m-%dT%H:%M")
        title = {"nl": "Mijn ervaring", "en": "My experience"}[language]
        facts.append(world.review(f"r{number}", rating, written, title=title, text=text, language=language))
    world.put_outcomes("file-00001", *outcomes)
    world.put(*facts)
    world.run()
    return world, own


def page(world: World, own: ClientBundle) -> str:
    """Return the report of a world's client."""
    folder = world.room / "page"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    return make_report(own, folder, NOW)
