"""`python -m infra.synth [--local] [--out DIR] [-c key=value ...]`: make the cloud assembly without the CDK's CLI."""

import argparse
import os
from pathlib import Path

from infra.deployment import ROOT


def main() -> None:
    """Synthesise; print the stacks in the order in which they can be deployed."""
    parser = argparse.ArgumentParser(prog="python -m infra.synth", description=__doc__)
    parser.add_argument("--local", action="store_true", help="for the emulator (context local=1); skips the checks")
    parser.add_argument("--out", type=Path, default=ROOT / "cdk.out", help="folder of the assembly")
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    context: dict[str, object] = dict(pair.split("=", 1) for pair in options.context)
    if options.local:
        context["local"] = "1"
        # The checks guard what goes to the cloud; here they only cost time.
        os.environ["CDK_VALIDATION"] = "false"

    from infra.app import build

    assembly = build(context, options.out).synth()
    for stack in assembly.stacks:
        print(f"{stack.stack_name}: {stack.template_full_path}")


if __name__ == "__main__":
    main()
