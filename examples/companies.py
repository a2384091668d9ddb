"""Behind the desks of the example clients: their teams, people, products, and how good they truly are.

`Team.quality` is the mean score that its customers would give; the dashboards have to find it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from examples.people import fraction


@dataclass(frozen=True)
class Team:
    """A team at a touchpoint. `share` is its part of the contacts."""

    name: str
    quality: float
    share: int
    employees: tuple[tuple[str, str], ...]
    """(code, name)."""


def _team(name: str, quality: float, share: int, first_code: int, employees: str) -> Team:
    named = employees.split(", ")
    return Team(name, quality, share, tuple((f"{first_code + place}", who) for place, who in enumerate(named)))


TEAMS: Mapping[tuple[str, str], tuple[Team, ...]] = MappingProxyType(
    {
        ("vaart", "schade"): (
            _team("Auto Noord", 8.6, 5, 2101, "M. Dijkstra, S. de Boer, T. Hoekstra"),
            _team("Auto Zuid", 7.9, 5, 2121, "L. Smeets, R. van Rooij, K. Peeters, J. Maas"),
            _team("Woning en inboedel", 8.1, 4, 2141, "A. van Dalen, P. Koster, E. Yildiz"),
            _team("Reis", 9.0, 3, 2161, "N. Bouzid, I. Vermeer"),
            _team("Letsel en aansprakelijkheid", 6.0, 2, 2181, "H. Wolters, C. Brouns"),
            _team("Expertise", 7.2, 3, 2201, "D. Groen, F. Königs, W. Slot"),
        ),
        ("vaart", "klantenservice"): (
            _team("Telefonie ochtend", 8.3, 4, 3101, "Femke Postma, Omar Haddad, Lies Kuipers"),
            _team("Telefonie middag", 7.4, 4, 3121, "Bas Timmer, Chantal Vos, Ruud Evers, Nadia Said"),
            _team("Chat", 8.7, 4, 3141, "Jip Vermaat, Selin Kaya"),
            _team("E-mail en post", 6.3, 3, 3161, "Gerda Prins, Koen Jaspers"),
            _team("Polisbeheer", 7.6, 3, 3181, "Ton Huisman, Mirjam Bakker, Renée Faber"),
            _team("Klachten", 5.4, 1, 3201, "Ellen Wiersma, Jos van Erp"),
        ),
        ("pebble", "support"): (
            _team("Billing", 6.6, 4, 41001, "Dan Whitlock, Priti Shah, Gwen Morris"),
            _team("Tech Tier 1", 7.5, 6, 41021, "Callum Reid, Aoife Byrne, Jas Gill, Tom Fry"),
            _team("Tech Tier 2", 8.4, 3, 41041, "Ines Duarte, Marek Nowak"),
            _team("Roaming & Travel", 8.8, 2, 41061, "Hana Sato, Bruno Alves"),
            _team("Retention", 5.8, 2, 41081, "Kelly Marsh, Vikram Rao"),
            _team("Social", 8.1, 2, 41101, "Zara Malik, Finn O'Dowd"),
            _team("Business", 7.8, 2, 41121, "Louise Grant, Peter Obi"),
        ),
        ("pebble", "install"): (
            _team("London North", 7.3, 4, 52001, "Ray Collins, Abdi Warsame, Steve Hull"),
            _team("London South", 6.4, 4, 52021, "Mick Dunne, Tariq Aziz"),
            _team("Midlands", 8.2, 3, 52041, "Gareth Pugh, Sunil Mehta"),
            _team("North West", 8.9, 3, 52061, "Kath Riley, Ben Ashworth"),
            _team("Scotland", 9.1, 2, 52081, "Iain Murray, Eilidh Ross"),
            _team("Wales & West", 7.7, 2, 52101, "Rhian Lloyd, Owen Pritchard"),
        ),
    }
)


def team_of(client: str, touchpoint: str, who: str) -> Team:
    """Return the team that always serves somebody, by address or customer number, at a touchpoint."""
    teams = TEAMS[client, touchpoint]
    place = fraction("team", client, touchpoint, who.strip().lower()) * sum(team.share for team in teams)
    for team in teams:
        place -= team.share
        if place < 0:
            return team
    return teams[-1]
