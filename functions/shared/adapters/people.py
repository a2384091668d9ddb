"""The person behind an invitation, as sending needs them: contact, block, opt-out and suppression, in DynamoDB."""

from collections.abc import Callable
from datetime import datetime

from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from functions.shared.adapters.opt_outs import DynamoOptOuts
from functions.shared.adapters.tables import Contact, FeedbackBlock, Suppression
from functions.shared.domain.deliveries import ContactDetails, Standing, Surroundings
from functions.shared.domain.names import PersonName


class DynamoPeople:
    """Reads and writes around one person. All writes are safe to repeat."""

    def __init__(self) -> None:
        self._opt_outs = DynamoOptOuts()

    def contact(self, person: str) -> ContactDetails | None:
        """Return how a person is written to, or None where the contact is gone."""
        try:
            item = Contact.get(person)
        except DoesNotExist:
            return None
        name = PersonName(item.salutation, item.first_name, item.infix, item.last_name)
        return ContactDetails(item.address, name, item.language, item.expires_at)

    def around(self, standing: Standing, has_contact: bool, now: datetime) -> Surroundings:
        """Return what else decides about a mail: three consistent reads."""
        return Surroundings(
            opted_out=self._opt_outs.stands(standing.person),
            suppressed=_exists(Suppression, standing.address_key),
            block_holder=_block_holder(standing.person, now),
            has_contact=has_contact,
        )

    def hold_block(self, standing: Standing, until: datetime, now: datetime) -> bool:
        """Claim the block for an invitation whose own ran out or was released; say whether it holds one now."""
        free = FeedbackBlock.person.does_not_exist() | (FeedbackBlock.expires_at <= now)
        mine = FeedbackBlock.invitation_id == standing.invitation_id
        actions: list[Action] = [
            FeedbackBlock.expires_at.set(until),
            FeedbackBlock.invitation_id.set(standing.invitation_id),
        ]
        return _conditional(lambda: FeedbackBlock(standing.person).update(actions, condition=free | mine))

    def restart_block(self, standing: Standing, until: datetime) -> None:
        """Let the block of this invitation run to `until`. A block that is gone, or another's, is left alone."""
        mine = FeedbackBlock.invitation_id == standing.invitation_id
        _conditional(
            lambda: FeedbackBlock(standing.person).update([FeedbackBlock.expires_at.set(until)], condition=mine)
        )

    def release_block(self, standing: Standing) -> None:
        """Take this invitation's block away: nobody was asked."""
        mine = FeedbackBlock.invitation_id == standing.invitation_id
        _conditional(lambda: FeedbackBlock(standing.person).delete(condition=mine))

    def keep_contact(self, person: str, until: datetime) -> None:
        """Let the contact live to a moment, where it has not gone meanwhile."""
        kept = Contact.person.exists()
        _conditional(lambda: Contact(person).update([Contact.expires_at.set(until)], condition=kept))

    def suppress(self, address_key: str, client: str, reason: str, at: datetime) -> None:
        """Never mail an address again for this client; the first reason stands."""
        item = Suppression(address_key, client=client, since=int(at.timestamp()), reason=reason)
        _conditional(lambda: item.save(condition=Suppression.address_key.does_not_exist()))

    def opt_out(self, person: str, client: str, how: str, at: datetime) -> None:
        """Opt a person out of a client's surveys; the first no stands."""
        self._opt_outs.add(person, client, how, at)


def _exists(model: type[Model], key: str) -> bool:
    try:
        model.get(key, consistent_read=True)
    except DoesNotExist:
        return False
    return True


def _block_holder(person: str, now: datetime) -> str | None:
    try:
        block = FeedbackBlock.get(person, consistent_read=True)
    except DoesNotExist:
        return None
    return block.invitation_id if block.expires_at > now else None


def _conditional(write: Callable[[], object]) -> bool:
    """Run a conditional write; say whether its condition held."""
    try:
        write()
    except (PutError, UpdateError, DeleteError) as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True
