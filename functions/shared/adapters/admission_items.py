"""The items that admission writes for a person: the contact, the invitation."""

from datetime import datetime, timedelta
from functools import lru_cache

from functions.shared.adapters.items import ItemText, item_writer
from functions.shared.adapters.tables import Contact, Invitation, due_shard, stored_channel
from functions.shared.domain.invitation import State
from functions.shared.domain.upload import PlannedInvitation

CONTACT_KEPT = timedelta(days=90)
INVITATION_KEPT = timedelta(days=800)

_contact = item_writer(
    Contact,
    *("person", "client", "address", "salutation", "first_name", "infix", "last_name", "language", "expires_at"),
)
_own = item_writer(
    Invitation,
    *("invitation_id", "person", "address_key", "channel", "interaction_id", "row", "occurred_at"),
    *(
        "contact_channel",
        "product",
        "team",
        "location",
        "employee_key",
        "contact_reason",
        "language",
        "facts",
        "due_shard",
    ),
)
_shared = item_writer(
    Invitation,
    *("client", "touchpoint", "upload", "imported_at", "expires_at", "keep_until"),
    *("state", "rank", "due_at", "planned_at", "reminders_sent"),
)


def contact_item(one: PlannedInvitation) -> ItemText:
    """Return the address and the name of a person who is invited."""
    told = one.interaction
    return _contact(
        one.person,
        told.client,
        told.address,
        told.salutation,
        told.first_name,
        told.infix,
        told.last_name,
        told.language,
        _days_later(one.planned_at, CONTACT_KEPT),
    )


def invitation_item(one: PlannedInvitation) -> ItemText:
    """Return the invitation as it waits for its first mail."""
    told = one.interaction
    own = _own(
        one.invitation_id,
        one.person,
        one.address_key,
        stored_channel(one.channel),
        told.interaction_id,
        one.row,
        int(told.occurred_at.timestamp()),
        told.channel,
        told.product,
        told.team,
        told.location,
        one.employee_key,
        told.contact_reason,
        told.language,
        told.facts or None,
        due_shard(one.invitation_id, one.channel),
    )
    return own | _in_common(told.client, told.touchpoint, one.upload, one.imported_at, one.planned_at, one.expires_at)


@lru_cache(maxsize=64)
def _in_common(
    client: str, touchpoint: str, upload: str, imported_at: datetime, planned_at: datetime, expires_at: datetime
) -> ItemText:
    """Return what the invitations of one file have in common."""
    planned = int(planned_at.timestamp())
    return _shared(
        client,
        touchpoint,
        upload,
        int(imported_at.timestamp()),
        int(expires_at.timestamp()),
        _days_later(planned_at, INVITATION_KEPT),
        State.PLANNED.value,
        State.PLANNED.rank,
        planned,
        planned,
        0,
    )


@lru_cache(maxsize=64)
def _days_later(moment: datetime, days: timedelta) -> int:
    return int((moment + days).timestamp())
