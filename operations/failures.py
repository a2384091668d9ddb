"""What an operators' command says where the deployment cannot be reached or used."""

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from infra.local.connection import NotUp
from operations.onboarding.errors import CannotOnboard, sentence


def reported(command: Callable[[], int], table: str, *expected: type[Exception]) -> int:
    """Run a command and return its exit code; return 1, after a sentence, where that cannot be.

    `table` is what the sentence calls the table that the command works on; `expected` errors are sentences themselves.
    """
    known: tuple[type[Exception], ...] = (CannotOnboard, NotUp, *expected)
    try:
        return command()
    except known as error:
        said = str(error)
    except (BotoCoreError, ClientError) as error:
        said = sentence(error)
    except PynamoDBException as error:
        said = f"The table of {table} could not be used: {error}"
    print(said, file=sys.stderr)
    return 1
