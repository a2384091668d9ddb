"""Responses, and what an answer does to the invitation that it answers."""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.invitation_states import raise_state, set_state
from functions.shared.adapters.pynamodb_connection import table_connection
from functions.shared.adapters.tables import Invitation, Response, read_channel
from functions.shared.domain.invitation import RANK, InvitationState
from functions.shared.domain.response import KEPT, Respondent, StoredResponse, SurveyInvitation, Suspicion, response_id


class DynamoResponses:
    """The answers to invitations, in DynamoDB. A write is conditional on what it was decided from."""

    def find(self, invitation_id: str) -> tuple[SurveyInvitation | None, StoredResponse | None]:
        """Return an invitation and its response: two consistent reads, whether they exist or not."""
        try:
            invitation = _invitation(Invitation.get(invitation_id, consistent_read=True))
        except DoesNotExist:
            invitation = None
        try:
            response = _stored_response(Response.get(response_id(invitation_id), consistent_read=True))
        except DoesNotExist:
            response = None
        return invitation, response

    def save(self, respondent: Respondent, before: StoredResponse | None, after: StoredResponse) -> bool:
        """Write a response over the one that it was decided from; return False where that has changed meanwhile.

        The first one that counts completes the invitation, if there is one, in the same transaction, which takes it off
        the list of reminders.
        """
        item = _item(respondent, after)
        completes = after.counts and not (before is not None and before.counts)
        if not (completes and isinstance(respondent, SurveyInvitation)):
            with conditional() as write:
                item.save(condition=_unchanged(before))
            return write.held
        connection = table_connection(Response).connection
        with conditional() as write, TransactWrite(connection=connection) as transaction:
            transaction.save(item, condition=_unchanged(before))
            _complete(transaction, respondent, after)
        return write.held

    def start(self, invitation_id: str, at: datetime) -> None:
        """Note that someone began to answer: the state rises where it is lower, the first moment stays."""
        raise_state(invitation_id, InvitationState.STARTED, [Invitation.started_at.set(Invitation.started_at | at)])

    def set_apart(self, invitation_id: str, suspicion: Suspicion) -> None:
        """Let a response that counts, and was not changed since it was given, count no more."""
        actions: list[Action] = [Response.state.set("suspect"), Response.suspicion.set(suspicion.value)]
        condition = (Response.state == "complete") & Response.history.does_not_exist()
        with conditional():
            table_connection(Response).update_item(response_id(invitation_id), actions=actions, condition=condition)


def _unchanged(before: StoredResponse | None) -> Condition:
    """Every write of a response that exists adds to its history, so that its length is the version."""
    condition: Condition
    if before is None:
        condition = Response.response_id.does_not_exist()
    elif before.history:
        condition = size(Response.history) == len(before.history)  # type: ignore[no-untyped-call]
    else:
        condition = Response.response_id.exists() & Response.history.does_not_exist()
    return condition


def _complete(transaction: TransactWrite, invitation: SurveyInvitation, response: StoredResponse) -> None:
    actions: list[Action] = [
        Invitation.started_at.set(Invitation.started_at | response.started_at),
        Invitation.completed_at.set(Invitation.completed_at | response.answered_at),
        Invitation.due_shard.remove(),
        Invitation.due_at.remove(),
    ]
    lower = RANK[invitation.state] < RANK[InvitationState.COMPLETED]
    if lower:
        actions += set_state(InvitationState.COMPLETED)
    condition = (
        Invitation.rank < RANK[InvitationState.COMPLETED]
        if lower
        else Invitation.rank >= RANK[InvitationState.COMPLETED]
    )
    transaction.update(Invitation(invitation.invitation_id), actions=actions, condition=condition)


def _invitation(item: Invitation) -> SurveyInvitation:
    return SurveyInvitation(
        invitation_id=item.invitation_id,
        person=item.person,
        client=item.client,
        touchpoint=item.touchpoint,
        state=InvitationState(item.state),
        expires_at=item.expires_at,
        language=item.language,
        product=item.product,
        team=item.team,
        reminders_sent=int(item.reminders_sent or 0),
        reminded_at=item.reminded_at,
        address_key=item.address_key,
        channel=read_channel(item.channel),
        domain_key=item.domain_key,
    )


def _stored_response(item: Response) -> StoredResponse:
    return StoredResponse(
        state=item.state,
        suspicion=Suspicion(item.suspicion) if item.suspicion else None,
        answers=item.answers,
        score=int(item.score) if item.score is not None else None,
        questionnaire=item.questionnaire,
        questionnaire_version=int(item.questionnaire_version),
        language=item.language,
        answered_after=item.answered_after,
        started_at=item.started_at,
        answered_at=item.answered_at,
        changed_at=item.changed_at,
        history=tuple(dict(entry) for entry in item.history or ()),
    )


def _item(respondent: Respondent, response: StoredResponse) -> Response:
    return Response(
        respondent.response_id,
        client=respondent.client,
        touchpoint=respondent.touchpoint,
        questionnaire=response.questionnaire,
        questionnaire_version=response.questionnaire_version,
        language=response.language,
        channel=respondent.channel,
        state=response.state,
        suspicion=response.suspicion.value if response.suspicion else None,
        answers=dict(response.answers),
        score=response.score,
        answered_after=response.answered_after,
        started_at=response.started_at,
        answered_at=response.answered_at,
        changed_at=response.changed_at,
        history=list(response.history) or None,
        keep_until=response.answered_at + KEPT,
    )
