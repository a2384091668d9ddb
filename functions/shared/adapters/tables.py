"""The DynamoDB tables: the one description of their items, keys, indexes, TTL and streams.

`infra/storage.py` builds the tables from these models; functions bind the deployed names (`binding.py`). Moments are
epoch seconds (UTC) where DynamoDB or a condition compares them, and so everywhere.
"""

from collections.abc import Iterable
from typing import cast

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    NumberSetAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from functions.shared.adapters.epoch_attribute import EpochAttribute, PreciseEpochAttribute
from functions.shared.domain.channels import CHANNELS, MAIL, Channel

DUE_SHARDS = 8
"""The due index is spread over so many partition keys: "0" .. "7", by the first byte of the invitation id."""


def due_shard(invitation_id: str, channel: Channel) -> str:
    """Return the shard of the due index that an invitation belongs to: each channel has its own."""
    return f"{CHANNELS[channel].due_prefix}{int(invitation_id[:2], 16) % DUE_SHARDS}"


def paused_shard(client: str, channel: Channel) -> str:
    """Return the partition of the due index for messages that were due while their client was paused."""
    return f"paused/{client}" if channel == MAIL else f"paused/{client}/{channel}"


def stored_channel(channel: Channel) -> str | None:
    """Return how an invitation keeps its channel: mail is left out."""
    return None if channel == MAIL else channel


def read_channel(stored: str | None) -> Channel:
    """Return the channel of an invitation as it is kept. Raises KeyError for one that is not known."""
    return MAIL if stored is None else CHANNELS[cast("Channel", stored)].name


class Contact(Model):
    """A customer of a client: the only place with an address and a name."""

    class Meta:
        table_name = "Contacts"

    person = UnicodeAttribute(hash_key=True)
    client = UnicodeAttribute()
    address = UnicodeAttribute()
    salutation = UnicodeAttribute(null=True)
    first_name = UnicodeAttribute(null=True)
    infix = UnicodeAttribute(null=True)
    last_name = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    texted = UnicodeAttribute(null=True)
    """Under the key of a mobile number: the invitation that last went there by SMS."""
    expires_at = TTLAttribute()
    """90 days after the last invitation."""


class FeedbackBlock(Model):
    """Nobody is asked again before `expires_at`. TTL deletes late: only an `expires_at` in the future blocks."""

    class Meta:
        table_name = "FeedbackBlocks"

    person = UnicodeAttribute(hash_key=True)
    invitation_id = UnicodeAttribute()
    """The invitation that holds the block: the claim's condition passes for it again."""
    claimants: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    """The rows of files that claimed it for that invitation and did not release it."""
    expires_at = TTLAttribute()


class DueIndex(GlobalSecondaryIndex["Invitation"]):  # type: ignore[no-untyped-call]
    """Invitations that wait for a mail, by the moment that it is due; sparse: others lack the keys.

    Keys only: a projected attribute would make every report of SES write the index too.
    """

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = EpochAttribute(range_key=True)


class Invitation(Model):
    """One invitation, from its plan to its answer. No name, no address."""

    class Meta:
        table_name = "Invitations"
        stream = True

    invitation_id = UnicodeAttribute(hash_key=True)
    person = UnicodeAttribute()
    address_key = UnicodeAttribute()
    """person_key of the address, for the suppression list; equals `person` where the identity is the address."""
    domain_key = UnicodeAttribute(null=True)
    """Keyed hash of a company's mail domain, to see that one program answers for all of it."""
    channel = UnicodeAttribute(null=True, attr_name="sent_by")
    """On which the person is asked; absent: mail (`read_channel`)."""
    client = UnicodeAttribute()
    touchpoint = UnicodeAttribute()
    interaction_id = UnicodeAttribute()
    upload = UnicodeAttribute()
    """Digest of the file's contents: the same file under another name finds its own invitations."""
    row = NumberAttribute(null=True)
    """Of that file: a second row of the same interaction is told from a retry of the first."""
    occurred_at = EpochAttribute()
    imported_at = EpochAttribute()
    """When the upload arrived; its local day is the import day."""
    expires_at = EpochAttribute()
    """When the link stops taking answers."""
    keep_until = TTLAttribute()
    """When the item goes: the opt-out link in the mail lives at least two years."""

    contact_channel = UnicodeAttribute(null=True, attr_name="channel")
    """Of the interaction: how the customer had contact with the client."""
    product = UnicodeAttribute(null=True)
    team = UnicodeAttribute(null=True)
    location = UnicodeAttribute(null=True)
    employee_key = UnicodeAttribute(null=True)
    contact_reason = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    facts: JSONAttribute = JSONAttribute(null=True)
    dimensions: JSONAttribute = JSONAttribute(null=True)
    """The value of each of the client's dimensions at the moment of the interaction, by name."""

    state = UnicodeAttribute()
    rank = NumberAttribute()
    due_shard = UnicodeAttribute(null=True)
    due_at = EpochAttribute(null=True)
    planned_at = EpochAttribute()
    """The planned moment of the first mail, as the receipt says it."""
    reminders_sent = NumberAttribute(default=0)
    lease_until = EpochAttribute(null=True)
    sending = UnicodeAttribute(null=True)
    """What the lease is for: invitation, reminder-1, ..."""

    accepted_at = EpochAttribute(null=True)
    delivered_at = EpochAttribute(null=True)
    bounced_at = EpochAttribute(null=True)
    complained_at = EpochAttribute(null=True)
    reminded_at = EpochAttribute(null=True)
    started_at = EpochAttribute(null=True)
    completed_at = EpochAttribute(null=True)
    opted_out_at = EpochAttribute(null=True)
    withheld_reason = UnicodeAttribute(null=True)

    due = DueIndex()


class OptOut(Model):
    """A person said no to this client's surveys. No TTL: it outlives an erasure.

    The key is that of a person or of an address: a no under either counts (docs/decisions/0014).
    """

    class Meta:
        table_name = "OptOuts"

    person = UnicodeAttribute(hash_key=True)
    client = UnicodeAttribute()
    since = EpochAttribute()
    how = UnicodeAttribute()
    """page, one_click, complaint, file, reply, keyword."""
    upload = UnicodeAttribute(null=True)
    """Of a list: which one, so that the same list gives the same receipt."""
    row = NumberAttribute(null=True)
    """Of that list."""


class Suppression(Model):
    """An address that bounced hard or complained, for this client."""

    class Meta:
        table_name = "Suppressions"

    address_key = UnicodeAttribute(hash_key=True)
    client = UnicodeAttribute()
    since = EpochAttribute()
    reason = UnicodeAttribute()
    """bounce or complaint."""


class SendingStatus(Model):
    """Whether a client's sending is paused; an item for every client that ever was."""

    class Meta:
        table_name = "SendingStatuses"

    client = UnicodeAttribute(hash_key=True)
    paused_at = EpochAttribute(null=True)
    """Absent where mail may leave."""
    why = UnicodeAttribute(null=True)
    """bounces, complaints or operator."""
    share = NumberAttribute(null=True)
    """Per cent of `mails`, at that moment."""
    mails = NumberAttribute(null=True)
    notified = BooleanAttribute(null=True, attr_name="told")
    """Whether the client's contact was notified of the pause."""
    resumed_at = EpochAttribute(null=True)
    """Mails from before do not count any more."""


class MailCount(Model):
    """What happened to a client's mails in the last days: a count per minute, and every bounce and complaint."""

    class Meta:
        table_name = "MailCounts"

    client = UnicodeAttribute(hash_key=True)
    what = UnicodeAttribute(range_key=True)
    """`mails/<minute>`, `bounces/<moment>/<invitation>/<mail>` or `complaints/...`; ten digits of epoch seconds."""
    mails = NumberAttribute(null=True)
    """Of a minute: those that SES took."""
    accepted_at = EpochAttribute(null=True)
    """Of a bounce or a complaint: when SES took the mail."""
    expires_at = TTLAttribute()


class TurnBook(Model):
    """Which moments were given to senders, one after the other; an item for every channel (mail, sms)."""

    class Meta:
        table_name = "TurnBooks"

    channel = UnicodeAttribute(hash_key=True)
    free_at = NumberAttribute()
    """The first moment that nobody was given yet, in epoch microseconds, as all moments here."""
    given = NumberAttribute()
    """How many turns were ever given."""
    version = NumberAttribute(null=True)
    """How often the account's answer was written down: the attributes below."""
    enabled = BooleanAttribute(null=True)
    rate = NumberAttribute(null=True)
    most = NumberAttribute(null=True)
    """What `given` may come to before the account is asked again; absent where the day has no limit."""
    asked_at = NumberAttribute(null=True)
    marks: JSONAttribute = JSONAttribute(null=True)
    """[when the account was asked, what `given` was then], of the last minute or so."""


class QuotaCount(Model):
    """How many invitations of a touchpoint were admitted in a local day or month."""

    class Meta:
        table_name = "QuotaCounts"

    period = UnicodeAttribute(hash_key=True)
    """`<client>/<touchpoint>/<yyyy-mm-dd or yyyy-mm>`."""
    admitted = NumberAttribute(default=0)
    seats: JSONAttribute = JSONAttribute(null=True)
    """How many of them each chunk of a file holds, so that a retry does not count twice."""
    version = NumberAttribute(default=0)
    expires_at = TTLAttribute()


class Upload(Model):
    """A file on its way through the import: how many chunks it has, which are decided."""

    class Meta:
        table_name = "Uploads"

    upload_id = UnicodeAttribute(hash_key=True)
    """Digest of the key and the contents."""
    key = UnicodeAttribute()
    contents = UnicodeAttribute(null=True)
    """Digest of client, touchpoint and contents, whatever the file is called."""
    state = UnicodeAttribute()
    """partial or complete."""
    received_at = PreciseEpochAttribute()
    rows = NumberAttribute(null=True)
    chunks = NumberAttribute(null=True)
    done = NumberSetAttribute(null=True)
    """Numbers of the chunks whose decisions are written."""
    columns: JSONAttribute = JSONAttribute(null=True)
    remarks: ListAttribute[UnicodeAttribute] = ListAttribute(of=UnicodeAttribute, null=True)
    """Sentences for the receipt about the file as a whole."""
    expires_at = TTLAttribute()


class SentNotice(Model):
    """A notice to a client's contact that was sent, or is being sent; Powertools' idempotency writes the items."""

    class Meta:
        table_name = "SentNotices"

    name = UnicodeAttribute(hash_key=True)
    """Hash of the notice's name."""
    state = UnicodeAttribute()
    """INPROGRESS or COMPLETED."""
    lease_until_ms = NumberAttribute(null=True)
    """Epoch milliseconds at which the function that is sending it has been ended."""
    expires_at = TTLAttribute()


class Response(Model):
    """What a customer answered."""

    class Meta:
        table_name = "Responses"
        stream = True

    response_id = UnicodeAttribute(hash_key=True, attr_name="invitation_id")
    """Of an answer to an invitation: `functions.shared.domain.response.response_id`; else a UUID of its own."""
    client = UnicodeAttribute()
    touchpoint = UnicodeAttribute()
    questionnaire = UnicodeAttribute()
    questionnaire_version = NumberAttribute()
    language = UnicodeAttribute()
    channel = UnicodeAttribute(attr_name="door")
    """By which the questions reached the customer (functions.shared.domain.channels)."""
    state = UnicodeAttribute()
    """partial, complete or suspect."""
    suspicion = UnicodeAttribute(null=True)
    answers: JSONAttribute = JSONAttribute()
    score = NumberAttribute(null=True)
    answered_after = UnicodeAttribute(attr_name="wave", null=True)
    """first, or reminder: after which mail it was given; none where nobody was invited."""
    started_at = EpochAttribute()
    answered_at = EpochAttribute(null=True)
    """First submit."""
    changed_at = EpochAttribute(null=True)
    history: ListAttribute[JSONAttribute] = ListAttribute(null=True)
    """Earlier answers: {at, answers}."""
    keep_until = TTLAttribute()


class AnswerPattern(Model):
    """Invitations of one company's mail domain that were answered alike within an hour, without a sign of a hand."""

    class Meta:
        table_name = "AnswerPatterns"

    pattern = UnicodeAttribute(hash_key=True)
    """`<client>/<domain_key>/<hour>/<digest of the answers>`."""
    invitations: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    expires_at = TTLAttribute()


class Review(Model):
    """A spontaneous review; an edit is a new version, a disappearance a tombstone."""

    class Meta:
        table_name = "Reviews"
        stream = True

    source = UnicodeAttribute(hash_key=True)
    """<client>/<source>"""
    native_id = UnicodeAttribute(range_key=True)
    client = UnicodeAttribute()
    digest = UnicodeAttribute()
    """Hash of what was read, to see an edit."""
    version = NumberAttribute()
    rating_raw = NumberAttribute(null=True)
    rating_best = NumberAttribute(null=True)
    rating_worst = NumberAttribute(null=True)
    language = UnicodeAttribute(null=True)
    title = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    written_at = EpochAttribute(null=True)
    seen_at = EpochAttribute()
    removed = BooleanAttribute(default=False)


class ReviewSourceState(Model):
    """What the last run of a source left: validators of HTTP caching, and what could not be read."""

    class Meta:
        table_name = "ReviewSources"

    source = UnicodeAttribute(hash_key=True)
    etags: JSONAttribute = JSONAttribute(null=True)
    """By page: its validators, the reviews on it and the next page."""
    ran_at = EpochAttribute()
    problems: JSONAttribute = JSONAttribute(null=True)
    """{page, reason} each."""
    not_before = EpochAttribute(null=True)
    """When the site wants to be asked again (Retry-After)."""
    aggregate: JSONAttribute = JSONAttribute(null=True)
    """What the site says of all reviews: {value, best, worst, count}."""


class Customer(Model):
    """What a client's customer files say of a customer, for its dimensions. No name, no address, no number."""

    class Meta:
        table_name = "Customers"

    customer = UnicodeAttribute(hash_key=True)
    """person_key of the customer number, or of the address where a file has no number."""
    client = UnicodeAttribute()
    history: JSONAttribute = JSONAttribute()
    """[since (epoch seconds), {header: text}, file, row] each, the newest first."""
    version = NumberAttribute()
    expires_at = TTLAttribute()


MODELS: tuple[type[Model], ...] = (
    Contact,
    Customer,
    FeedbackBlock,
    Invitation,
    OptOut,
    Suppression,
    SendingStatus,
    MailCount,
    TurnBook,
    QuotaCount,
    Upload,
    SentNotice,
    Response,
    AnswerPattern,
    Review,
    ReviewSourceState,
)


def streaming(models: Iterable[type[Model]] = MODELS) -> tuple[type[Model], ...]:
    """Return the models whose table has a stream."""
    return tuple(model for model in models if getattr(model.Meta, "stream", False))
