"""Pacing: which part of the account's rate leaves, in virtual time. `python -m bench.pacing`

The deployed code of sending (dispatcher, senders, pace) runs against an SES of 14 mails a second that refuses whatever
is too fast, on a clock that jumps: the figures are of the rules, not of this machine. The peer is the rate itself. The
fixed halves are what was before: each of two senders kept to half of 95 % of the rate, whether or not there was
another.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.worlds.fixed_halves import FixedHalf
from tests.worlds.mail_world import bundle
from tests.worlds.sending_simulation import Plan, Simulation

RATE = 14.0


def lines() -> Iterator[dict[str, Any]]:
    """Yield the measurements: the share of the rate that leaves while there is work."""
    halves = lambda world, clock: FixedHalf(world, clock, 2, 0.95)  # noqa: E731
    for name, senders, pace in (
        ("pacing_share_of_rate", 3, None),
        ("pacing_share_of_rate_one_sender", 1, None),
        ("pacing_share_of_rate_fixed_halves", 2, halves),
        ("pacing_share_of_rate_fixed_halves_one_sender", 1, halves),
    ):
        rate = RATE if senders > 1 else RATE / 2  # what one sender alone has hands for
        plan = Plan(mails=int(rate * 300), senders=senders, rate=rate, pace=pace)
        world = Simulation(plan, bundle(reminders=())).run(290)
        yield _line(name, world.share(60, 280), 1.0, "of the rate, virtual time; more is better")
        if pace is None and senders > 1:
            most = world.ses.most_in_a_second()
            yield _line("pacing_most_mails_in_a_second", most, rate, "mails in any second; peer: the rate")


def _line(name: str, ours: float, peer: float, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 3), "peer": peer, "ratio": round(ours / peer, 3), "unit": unit}


if __name__ == "__main__":
    for line in lines():
        print(json.dumps(line), flush=True)
