"""What a client's mails came to: written for the day's counts, and as metrics of the client's own."""

from functions.shared.adapters.mail_counts import DynamoMailCounts
from functions.shared.adapters.observability import tell_client_metrics


def flush_counts(counts: DynamoMailCounts) -> None:
    """Write what a batch came to, and tell it as metrics. May be repeated."""
    for client, numbers in counts.flush().items():
        tell_client_metrics(client, {f"Client{kind.capitalize()}": number for kind, number in numbers.items()})
