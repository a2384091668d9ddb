"""The deployment of a running system, as the operators' commands see it."""

from argparse import Namespace
from typing import Any

from infra.local.stack import LocalStack
from operations.deployed import Deployed, deployed
from operations.redrive import dead_letters_of


def place_of(stack: LocalStack) -> Deployed:
    """Return what a command with --local works on."""
    return deployed(Namespace(local=True, workdir=stack.workdir.path))


def dead_letters_url(sqs: Any, queue_url: str) -> str:
    """Return the URL of a queue's dead-letter queue."""
    name = dead_letters_of(sqs, queue_url).rpartition(":")[2]
    return str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
