"""Changes of an invitation's state that do not depend on the rest of it: the state only rises."""

from pynamodb.expressions.update import Action

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import Invitation
from functions.shared.domain.invitation import RANK, InvitationState


def raise_state(invitation_id: str, state: InvitationState, actions: list[Action]) -> None:
    """Do `actions` on an invitation that exists, and give it `state` where its own is lower."""
    with conditional() as write:
        Invitation(invitation_id).update(actions + set_state(state), condition=Invitation.rank < RANK[state])
    if write.held:
        return
    with conditional():
        Invitation(invitation_id).update(actions, condition=Invitation.rank >= RANK[state])


def set_state(state: InvitationState) -> list[Action]:
    """Return the actions that give an invitation a state."""
    return [Invitation.state.set(state.value), Invitation.rank.set(RANK[state])]
