"""No traces on one machine: nothing takes them in, and the X-Ray SDK leaves a file in /tmp wherever it is loaded.

The local asset holds this file in the place of functions/shared/adapters/tracing.py; a cloud asset never does.
"""

from collections.abc import Callable
from typing import Any


class Untraced:
    """Stands where the tracer stands."""

    def capture_lambda_handler(self, **_: object) -> Callable[[Any], Any]:
        """Leave a handler as it is."""
        return lambda handler: handler


def make_tracer() -> Untraced:
    """Return what traces nothing."""
    return Untraced()
