"""Every measurement, one JSON object a line: `make bench`, or those that are named: `make bench ONLY="imports survey"`.

Each is a ratio of ours to a named peer or limit, measured side by side in one run; below 1 is better where the unit
is a cost. The last two take a minute and some four: the emulator with all that is deployed, files of millions of rows.
"""

import importlib
import json
import subprocess
import sys

MEASUREMENTS = ("imports", "workbooks", "mails", "pacing", "survey", "aggregate", "emulator", "memory", "write_units")


def main() -> int:
    """Run the measurements and print their lines as they come."""
    wanted = sys.argv[1:] or MEASUREMENTS
    unknown = set(wanted) - set(MEASUREMENTS)
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}: choose from {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    if len(wanted) == 1:
        for line in importlib.import_module(f"bench.{wanted[0]}").lines():
            print(json.dumps(line), flush=True)
        return 0
    # What one loads and stubs is nothing to the next: each has a process of its own.
    ended = (subprocess.run([sys.executable, "-m", "bench", name], check=False).returncode for name in wanted)
    return next(filter(None, ended), 0)


if __name__ == "__main__":
    sys.exit(main())
