"""Make the cloud assembly without the CDK's command line: `python -m infra.synth`.

For the cloud, cdk-nag, the CDK's own check and cfn-lint must agree with the templates.
"""

import argparse
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.app import build
from infra.deployment import ROOT
from infra.deployment_file import BadDeployment


def main() -> None:
    """Synthesise; print the templates in the order in which they can be deployed."""
    parser = argparse.ArgumentParser(prog="python -m infra.synth", description=__doc__)
    parser.add_argument("--local", action="store_true", help="for the emulator (context local=1); without the checks")
    parser.add_argument("--unchecked", action="store_true", help="without the checks, in half the time")
    parser.add_argument("--out", type=Path, default=ROOT / "cdk.out", help="folder of the assembly")
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    context = dict(pair.partition("=")[::2] for pair in options.context)
    if options.local:
        context["local"] = "1"
    # The checks guard what goes to the cloud; on one machine they only cost time.
    raise SystemExit(synthesise(context, options.out, checked=not (options.local or options.unchecked)))


def synthesise(context: Mapping[str, str], out: Path, *, checked: bool = True) -> int:
    """Make the assembly in a folder and print its templates; return 1, and what was said, where they are not right."""
    if not checked:
        os.environ["CDK_VALIDATION"] = "false"
    try:
        assembly = build(dict(context), out).synth()
    except BadDeployment as error:
        print(error, file=sys.stderr)
        return 1
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
        print("The checks found mistakes: they stand above.", file=sys.stderr)
        return 1
    templates = [stack.template_full_path for stack in assembly.stacks]
    said = lint(templates) if checked else ""
    if said:
        print(f"cfn-lint found mistakes:\n{said}", file=sys.stderr)
        return 1
    print("\n".join(templates))
    return 0


def templates_of(context: Mapping[str, str], out: Path) -> dict[str, Any]:
    """Return the templates of a deployment by stack name, unchecked; without an asset of the functions."""
    os.environ["CDK_VALIDATION"] = "false"
    out.mkdir(parents=True, exist_ok=True)
    asset = out.parent / "asset.zip"
    with zipfile.ZipFile(asset, "w") as archive:
        archive.writestr("nothing", "")
    assembly = build({**context, "asset": str(asset)}, out).synth()
    return {stack.stack_name: stack.template for stack in assembly.stacks}


def lint(templates: list[str]) -> str:
    """Let cfn-lint judge templates; return what it found.

    W3005 is left out: the CDK names a dependency that a reference implies.
    """
    command = [
        str(Path(sys.executable).parent / "cfn-lint"),
        "--regions",
        "eu-west-1",
        "--ignore-checks",
        "W3005",
        "--",
        *templates,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


if __name__ == "__main__":
    main()
