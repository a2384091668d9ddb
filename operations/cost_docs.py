"""What stands in docs/cost.md of the bill that does not grow with invitations, computed: `make docs` writes it.

Counted of the synthesised templates and of what the functions count; a test holds the page against it.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from functions.shared.domain.channels import CHANNELS
from infra.deployment import ROOT
from infra.node import use_packaged_node

PAGE = ROOT / "docs" / "cost.md"
BEGIN, END = "<!-- computed by make docs -->", "<!-- end -->"
CLIENTS = (1, 10, 50)
HOURS = 730
"""Of a month."""

# Dollars a month, list prices of eu-west-1 as published in 2025.
ALARMED_METRIC = 0.10
CUSTOM_METRIC = 0.30
DASHBOARD = 3.00
FREE_DASHBOARDS = 3
KEY = 1.00
SECRET = 0.40
FIREWALL, FIREWALL_RULE = 5.00, 1.00
LIST = 0.005 / 1000
READ = 0.0004 / 1000

FIND_LISTS = 4
"""Of aggregate-find, a client and hour."""
REFRESHES_A_DAY = 24
"""Of a data set of QuickSight, where every hour brings news."""
DAYS = 730
"""Two years of days, a file each: what a refresh of a data set lists by the thousand, and reads twice of each."""

Line = tuple[str, str, tuple[float, ...]]
"""What is paid, how it is counted, and the cost for each number of clients."""


def standing_costs(templates: Mapping[str, Any], data_sets: int) -> list[Line]:
    """Return the lines of the bill that stand whatever is sent; `templates` are those of a plain deployment."""
    from infra.monitoring import CLIENT_METRICS  # starts Node, which must be found first

    resources = [one for template in templates.values() for one in template["Resources"].values()]

    def of(kind: str) -> list[dict[str, Any]]:
        return [one["Properties"] for one in resources if one["Type"] == kind]

    alarmed = sum(
        len([m for m in alarm.get("Metrics", ()) if "MetricStat" in m]) or 1 for alarm in of("AWS::CloudWatch::Alarm")
    )
    own = custom_metrics()
    rules = sum(len(acl["Rules"]) for acl in of("AWS::WAFv2::WebACL"))
    keys, secrets = len(of("AWS::KMS::Key")), len(of("AWS::SecretsManager::Secret"))
    dashboards = max(0, len(of("AWS::CloudWatch::Dashboard")) - FREE_DASHBOARDS)

    def same(cost: float) -> tuple[float, ...]:
        return tuple(cost for _ in CLIENTS)

    def each(cost: float) -> tuple[float, ...]:
        return tuple(cost * number for number in CLIENTS)

    files = tuple(number * DAYS for number in CLIENTS)
    refresh = tuple(REFRESHES_A_DAY * 30 * data_sets * (one / 1000 * LIST + 2 * one * READ) for one in files)
    return [
        ("alarms", f"{alarmed} metrics that alarms look at", same(alarmed * ALARMED_METRIC)),
        (
            "metrics of the functions",
            f"{own}, of which only those that were written this hour cost",
            same(own * CUSTOM_METRIC),
        ),
        (
            "metrics of each client",
            f"{len(CLIENT_METRICS)} a client that sends",
            each(len(CLIENT_METRICS) * CUSTOM_METRIC),
        ),
        ("dashboard", "one, and three are free", same(dashboards * DASHBOARD)),
        ("keys and secrets", f"{keys} of KMS, {secrets} secrets", same(keys * KEY + secrets * SECRET)),
        ("firewall", f"an ACL with {rules} rules", same(FIREWALL + rules * FIREWALL_RULE)),
        ("looking for news", f"{FIND_LISTS} lists of S3 a client and hour", each(FIND_LISTS * HOURS * LIST)),
        (
            "QuickSight's copies, where it is chosen",
            f"{data_sets} data sets of two years, each hour if each brings news: at most",
            refresh,
        ),
    ]


def custom_metrics() -> int:
    """Return how many metrics the functions write without a client: at most, for a channel may not be there."""
    from functions.invite.service import SendOutcome

    code = "".join(path.read_text("utf-8") for path in sorted((ROOT / "functions").rglob("*.py")))
    named = len(re.findall(r'(?:add_metric|tell_metric)\(\s*"\w+"', code))
    waiting = len(re.findall(r'add_metric\(f"\{(?:name|messages\.capitalize\(\))\}\w+"', code))
    return named + len(CHANNELS) * (waiting + len(SendOutcome))


def section(lines: list[Line]) -> Iterator[str]:
    """Yield the table, line by line."""
    heads = [f"{number} clients" if number > 1 else "1 client" for number in CLIENTS]
    yield f"| | counted | {' | '.join(heads)} |"
    yield f"|---|---|{'---|' * len(CLIENTS)}"
    for name, counted, costs in lines:
        yield f"| {name} | {counted} | {' | '.join(f'${cost:.2f}' for cost in costs)} |"
    totals = [sum(costs[index] for _, _, costs in lines) for index in range(len(CLIENTS))]
    yield f"| **a month** | | {' | '.join(f'**${total:.0f}**' for total in totals)} |"


def with_costs(page: str, lines: list[Line]) -> str:
    """Return the page with the table in its place."""
    head, rest = page.split(BEGIN)
    tail = rest.split(END)[1]
    return f"{head}{BEGIN}\n" + "\n".join(section(lines)) + f"\n{END}{tail}"


def main() -> None:
    """Synthesise a plain deployment and write the page."""
    use_packaged_node()
    from functions.aggregate.dashboards import SHOWN_DATASETS
    from infra.synth import templates_of

    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "deployment.yaml"
        empty.write_text("name: Klankbord\n", "utf-8")
        templates = templates_of({"deployment": str(empty)}, Path(folder) / "out")
    lines = standing_costs(templates, len(SHOWN_DATASETS))
    PAGE.write_text(with_costs(PAGE.read_text("utf-8"), lines), "utf-8")


if __name__ == "__main__":
    main()
