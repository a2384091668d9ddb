"""The CDK app: `cdk` runs this module; synth and the tests call `build`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.deployment import ROOT, Deployment
from infra.node import use_packaged_node

if TYPE_CHECKING:
    from aws_cdk import App


def build(context: dict[str, Any] | None = None, out: Path | None = None) -> "App":
    """Return the app with its stacks, not yet synthesised.

    Without arguments the context and the place of the assembly come from the CDK's command line.
    """
    use_packaged_node()
    # Importing these starts Node, which must be found first.
    from aws_cdk import App

    from infra.stacks import add_stacks

    if context is not None:
        context = {**json.loads((ROOT / "cdk.json").read_text())["context"], **context}
    app = App(context=context, outdir=str(out) if out else None, analytics_reporting=False, tree_metadata=False)
    add_stacks(app, Deployment.read(app.node.try_get_context))
    return app


if __name__ == "__main__":
    build().synth()
