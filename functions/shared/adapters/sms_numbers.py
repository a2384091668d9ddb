"""Which invitation last went to a mobile number: a contact under the number's key, for 90 days."""

from datetime import datetime

from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import Contact
from functions.shared.domain.deliveries import DeliveryState


class DynamoNumbers:
    """Numbers by their key, in the table of contacts, which holds the number itself and nobody's name."""

    def invitation_of(self, address_key: str) -> str | None:
        """Return the invitation that last went to a number, or None: one consistent read."""
        table = table_connection(Contact)
        item = table.get_item(address_key, consistent_read=True).get("Item", {})
        invitation = item.get(Contact.texted.attr_name)
        return str(invitation["S"]) if invitation else None

    def record(self, delivery: DeliveryState, address: str, until: datetime) -> None:
        """Let a number point at the invitation that goes to it, until a moment."""
        table_connection(Contact).update_item(
            delivery.address_key,
            actions=[
                Contact.client.set(delivery.client),
                Contact.address.set(address),
                Contact.texted.set(delivery.invitation_id),
                Contact.expires_at.set(until),
            ],
        )
