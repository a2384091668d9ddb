"""Work that is done once for each name, however often it is asked for: Powertools' idempotency on a table of ours."""

from collections.abc import Callable
from datetime import timedelta
from time import sleep
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.shared.adapters.tables import SentNotice
from functions.shared.domain.errors import TryAgain

REMEMBERED = timedelta(days=30)
"""Longer than a message lives: 14 days on its queue and 14 with the dead letters."""
_LOOKS, _BETWEEN_LOOKS = 10, 0.5


class DynamoOnce:
    """Remembers what was done in the table of notices.

    Work that raises is forgotten, so that it is tried again; so is work whose function was killed, once that
    function's time is over.
    """

    def __init__(self) -> None:
        self._config = IdempotencyConfig(expires_after_seconds=int(REMEMBERED.total_seconds()))
        store = DynamoDBPersistenceLayer(
            table_name=SentNotice.Meta.table_name,
            key_attr=SentNotice.name.attr_name,
            expiry_attr=SentNotice.expires_at.attr_name,
            in_progress_expiry_attr=SentNotice.lease_until_ms.attr_name,
            status_attr=SentNotice.state.attr_name,
        )
        self._run = idempotent_function(
            _work, data_keyword_argument="name", persistence_store=store, config=self._config, key_prefix="notice"
        )

    def until(self, context: LambdaContext) -> None:
        """Take over how long the present call of the function may last."""
        self._config.register_lambda_context(context)

    def do(self, name: str, work: Callable[[], Any]) -> None:
        """Do the work unless it was done under this name; while another does it, wait some seconds for the other.

        Raises TryAgain where the other takes longer, and what the work raises.
        """
        for _ in range(_LOOKS):
            try:
                self._run(name=name, work=work)
                return
            except IdempotencyAlreadyInProgressError:
                sleep(_BETWEEN_LOOKS)  # a message that goes back to its queue is away for minutes
        raise TryAgain("Another call is sending this notice.")


def _work(*, name: str, work: Callable[[], Any]) -> None:
    work()
