"""Responses, and what an answer does to its invitation."""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.invitation_states import raise_state, set_state
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import Invitation, Response, read_channel
from functions.shared.domain.invitation import RANK, State
from functions.shared.domain.response import KEPT, Asked, Given, Suspicion, response_id


class DynamoResponses:
    """The answers to invitations, in DynamoDB. A write is conditional on what it was decided from."""

    def find(self, invitation_id: str) -> tuple[Asked | None, Given | None]:
        """Return an invitation and its response: two consistent reads, whether they exist or not."""
        try:
            asked = _asked(Invitation.get(invitation_id, consistent_read=True))
        except DoesNotExist:
            asked = None
        try:
            given = _given(Response.get(response_id(invitation_id), consistent_read=True))
        except DoesNotExist:
            given = None
        return asked, given

    def save(self, asked: Asked, before: Given | None, after: Given) -> bool:
        """Write a response over the one that it was decided from; return False where that has changed meanwhile.

        The first one that counts completes the invitation in the same transaction, which takes it off the list of
        reminders.
        """
        item = _item(asked, after)
        if not after.counts or (before is not None and before.counts):
            with conditional() as write:
                item.save(condition=_unchanged(before))
            return write.held
        connection = table_connection(Response).connection
        with conditional() as write, TransactWrite(connection=connection) as transaction:
            transaction.save(item, condition=_unchanged(before))
            _complete(transaction, asked, after)
        return write.held

    def start(self, invitation_id: str, at: datetime) -> None:
        """Note that someone began to answer: the state rises where it is lower, the first moment stays."""
        raise_state(invitation_id, State.STARTED, [Invitation.started_at.set(Invitation.started_at | at)])


def _unchanged(before: Given | None) -> Condition:
    """Every write of a response that exists adds to its history, so that its length is the version."""
    condition: Condition
    if before is None:
        condition = Response.response_id.does_not_exist()
    elif before.history:
        condition = size(Response.history) == len(before.history)  # type: ignore[no-untyped-call]
    else:
        condition = Response.response_id.exists() & Response.history.does_not_exist()
    return condition


def _complete(transaction: TransactWrite, asked: Asked, given: Given) -> None:
    actions: list[Action] = [
        Invitation.started_at.set(Invitation.started_at | given.started_at),
        Invitation.completed_at.set(Invitation.completed_at | given.answered_at),
        Invitation.due_shard.remove(),
        Invitation.due_at.remove(),
    ]
    lower = RANK[asked.state] < RANK[State.COMPLETED]
    if lower:
        actions += set_state(State.COMPLETED)
    condition = Invitation.rank < RANK[State.COMPLETED] if lower else Invitation.rank >= RANK[State.COMPLETED]
    transaction.update(Invitation(asked.invitation_id), actions=actions, condition=condition)


def _asked(item: Invitation) -> Asked:
    return Asked(
        invitation_id=item.invitation_id,
        person=item.person,
        client=item.client,
        touchpoint=item.touchpoint,
        state=State(item.state),
        expires_at=item.expires_at,
        language=item.language,
        product=item.product,
        team=item.team,
        reminders_sent=int(item.reminders_sent or 0),
        reminded_at=item.reminded_at,
        address_key=item.address_key,
        channel=read_channel(item.channel),
    )


def _given(item: Response) -> Given:
    return Given(
        state=item.state,
        suspicion=Suspicion(item.suspicion) if item.suspicion else None,
        answers=item.answers,
        score=int(item.score) if item.score is not None else None,
        questionnaire=item.questionnaire,
        questionnaire_version=int(item.questionnaire_version),
        language=item.language,
        wave=item.wave,
        started_at=item.started_at,
        answered_at=item.answered_at,
        changed_at=item.changed_at,
        history=tuple(dict(entry) for entry in item.history or ()),
    )


def _item(asked: Asked, given: Given) -> Response:
    return Response(
        asked.response_id,
        client=asked.client,
        touchpoint=asked.touchpoint,
        questionnaire=given.questionnaire,
        questionnaire_version=given.questionnaire_version,
        language=given.language,
        channel=asked.channel,
        state=given.state,
        suspicion=given.suspicion.value if given.suspicion else None,
        answers=dict(given.answers),
        score=given.score,
        wave=given.wave,
        started_at=given.started_at,
        answered_at=given.answered_at,
        changed_at=given.changed_at,
        history=list(given.history) or None,
        keep_until=given.answered_at + KEPT,
    )
