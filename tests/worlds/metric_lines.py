"""What the functions counted, as the emulator's log has it: the lines that CloudWatch makes metrics of."""

import json
from collections.abc import Iterator
from typing import Any

from infra.local.stack import LocalStack


def metric_lines(stack: LocalStack) -> Iterator[dict[str, Any]]:
    """Yield every line of metrics, the first first."""
    log = (stack.workdir.logs / "emulator.log").read_text(errors="replace")
    for line in log.splitlines():
        if '"_aws":' in line and "CloudWatchMetrics" in line:
            yield json.loads(line[line.index("{") :])


def counted(stack: LocalStack, service: str, metric: str) -> list[float]:
    """Return all that a function counted under a name, the first first."""
    return [number for line in metric_lines(stack) if line.get("service") == service for number in line.get(metric, [])]
