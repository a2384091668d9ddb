"""Every measurement, one JSON object a line: `make bench`.

Each is a ratio of ours to a named peer or limit, measured side by side in one run; below 1 is better where the unit
is a cost.
"""

import importlib
import json
import sys

MEASUREMENTS = ("bench.imports", "bench.workbooks", "bench.mails", "bench.survey")


def main() -> int:
    """Run every measurement and print its lines as they come."""
    for name in MEASUREMENTS:
        for line in importlib.import_module(name).lines():
            print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
