"""The CDK's own command line, from npm, on the Node that comes from PyPI: `python -m infra.cdk <command> ...`."""

import os
import subprocess
import sys

from infra.deployment import ROOT
from infra.node import packaged_node

VERSION = "2.1148"
"""Not 3: that cannot read the assemblies of aws-cdk-lib 2."""


def run_cdk(*arguments: str) -> int:
    """Run a command of the CDK in this checkout; return its exit code."""
    node = packaged_node()
    npx = node / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"  # the wheel has no link to it
    path = os.pathsep.join((str(node / "bin"), os.environ.get("PATH", "")))
    env = {**os.environ, "PATH": path, "npm_config_cache": str(ROOT / "build" / "npm")}
    command = [str(node / "bin" / "node"), str(npx), "--yes", f"aws-cdk@{VERSION}", *arguments]
    return subprocess.call(command, cwd=ROOT, env=env)


if __name__ == "__main__":
    sys.exit(run_cdk(*sys.argv[1:]))
