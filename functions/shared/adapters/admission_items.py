"""The items that admission writes for a person: the contact, the invitation."""

from datetime import datetime, timedelta
from functools import lru_cache

from functions.shared.adapters.items import ItemText, item_writer
from functions.shared.adapters.tables import Contact, Invitation, due_shard, stored_channel
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.upload import PlannedInvitation

CONTACT_KEPT = timedelta(days=90)
INVITATION_KEPT = timedelta(days=800)

_contact = item_writer(
    Contact,
    *("person", "client", "address", "salutation", "first_name", "infix", "last_name", "language", "expires_at"),
)
_own = item_writer(
    Invitation,
    *(
        "invitation_id",
        "person",
        "address_key",
        "domain_key",
        "channel",
        "interaction_id",
        "row",
        "occurred_at",
        "contact_channel",
    ),
    *("product", "team", "location", "employee_key", "contact_reason", "language", "facts", "dimensions", "due_shard"),
)
_shared = item_writer(
    Invitation,
    *("client", "touchpoint", "upload", "imported_at", "expires_at", "keep_until"),
    *("state", "rank", "due_at", "planned_at", "reminders_sent"),
)


def contact_item(planned: PlannedInvitation) -> ItemText:
    """Return the address and the name of a person who is invited."""
    interaction = planned.interaction
    return _contact(
        person=planned.person,
        client=interaction.client,
        address=interaction.address,
        salutation=interaction.salutation,
        first_name=interaction.first_name,
        infix=interaction.infix,
        last_name=interaction.last_name,
        language=interaction.language,
        expires_at=_later(planned.planned_at, CONTACT_KEPT),
    )


def invitation_item(planned: PlannedInvitation) -> ItemText:
    """Return the invitation as it waits for its first mail."""
    interaction = planned.interaction
    own = _own(
        invitation_id=planned.invitation_id,
        person=planned.person,
        address_key=planned.address_key,
        domain_key=planned.domain_key or None,
        channel=stored_channel(planned.channel),
        interaction_id=interaction.interaction_id,
        row=planned.row,
        occurred_at=interaction.occurred_at,
        contact_channel=interaction.channel,
        product=interaction.product,
        team=interaction.team,
        location=interaction.location,
        employee_key=planned.employee_key,
        contact_reason=interaction.contact_reason,
        language=interaction.language,
        facts=interaction.facts or None,
        dimensions=planned.dimensions or None,
        due_shard=due_shard(planned.invitation_id, planned.channel),
    )
    return own | _in_common(
        interaction.client,
        interaction.touchpoint,
        planned.upload,
        planned.imported_at,
        planned.planned_at,
        planned.expires_at,
    )


@lru_cache(maxsize=64)
def _in_common(
    client: str, touchpoint: str, upload: str, imported_at: datetime, planned_at: datetime, expires_at: datetime
) -> ItemText:
    """Return what the invitations of one file have in common."""
    return _shared(
        client=client,
        touchpoint=touchpoint,
        upload=upload,
        imported_at=imported_at,
        expires_at=expires_at,
        keep_until=planned_at + INVITATION_KEPT,
        state=InvitationState.PLANNED.value,
        rank=InvitationState.PLANNED.rank,
        due_at=planned_at,
        planned_at=planned_at,
        reminders_sent=0,
    )


@lru_cache(maxsize=64)
def _later(moment: datetime, by: timedelta) -> datetime:
    return moment + by
