"""The person behind an invitation, as sending needs them: contact, block, opt-outs and suppression, in DynamoDB."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.item_reads import RawItem, optional_value, read_items, required_value
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import Contact, FeedbackBlock, OptOut, Suppression
from functions.shared.domain.deliveries import ContactDetails, DeliveryState, RecipientState
from functions.shared.domain.names import PersonName


class DynamoPeople:
    """Reads the states of recipients, and keeps contacts and suppressions. All writes are safe to repeat."""

    def recipient_states(self, deliveries: Collection[DeliveryState], now: datetime) -> Mapping[str, RecipientState]:
        """Return the state of the recipients of invitations, by invitation id: one consistent read for all."""
        people = [delivery.person for delivery in deliveries]
        addresses = [delivery.address_key for delivery in deliveries]
        items = read_items(
            {
                Contact: people,
                FeedbackBlock: [*people, *addresses],
                OptOut: [*people, *addresses],
                Suppression: addresses,
            }
        )
        return {
            delivery.invitation_id: RecipientState(
                opted_out=delivery.person in items[OptOut] or delivery.address_key in items[OptOut],
                suppressed=delivery.address_key in items[Suppression],
                block_holders=_block_holders(items[FeedbackBlock], (delivery.person, delivery.address_key), now),
                contact=_contact(items[Contact].get(delivery.person)),
            )
            for delivery in deliveries
        }

    def keep_contact(self, person: str, until: datetime) -> None:
        """Let the contact live to a moment, where it has not gone meanwhile."""
        _updated(Contact, person, [Contact.expires_at.set(until)], Contact.person.exists())

    def suppress(self, address_key: str, client: str, reason: str, at: datetime) -> None:
        """Never mail an address again for this client; the first reason is kept."""
        item = Suppression(address_key, client=client, since=at, reason=reason)
        with conditional():
            item.save(condition=Suppression.address_key.does_not_exist())


def _contact(item: RawItem | None) -> ContactDetails | None:
    if item is None:
        return None
    name = PersonName(
        optional_value(item, Contact.salutation),
        optional_value(item, Contact.first_name),
        optional_value(item, Contact.infix),
        optional_value(item, Contact.last_name),
    )
    return ContactDetails(
        address=required_value(item, Contact.address),
        name=name,
        language=optional_value(item, Contact.language),
        expires_at=required_value(item, Contact.expires_at),
    )


def _block_holders(items: Mapping[str, RawItem], keys: Iterable[str], now: datetime) -> Mapping[str, str]:
    return {
        key: required_value(items[key], FeedbackBlock.invitation_id)
        for key in keys
        if key in items and required_value(items[key], FeedbackBlock.expires_at) > now
    }


def _updated(model: type[Model], key: str, actions: list[Action], condition: Condition) -> bool:
    """Run a conditional update that sends nothing back; say whether its condition held."""
    with conditional() as write:
        table_connection(model).update_item(key, actions=actions, condition=condition)
    return write.held
