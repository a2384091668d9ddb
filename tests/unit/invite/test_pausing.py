from datetime import timedelta

import pytest

from functions.invite.rendering import MailRenderer
from functions.shared.domain.deliveries import DeliveryReport, ReportKind, leased
from functions.shared.domain.invitation import InvitationState
from functions.shared.domain.send_results import SendUnknown
from tests.worlds.mail_world import INVITATION, MONDAY, Died, World, planned, renderer

MAIL = f"{INVITATION}/0"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> MailRenderer:
    return renderer(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def world(rendered: MailRenderer) -> World:
    return World(rendered).invite()


def delivery_report(kind: ReportKind, number: int = 0, minutes: float = 1, costs: bool = True) -> DeliveryReport:
    return DeliveryReport(kind, INVITATION, number, MONDAY, MONDAY + timedelta(minutes=minutes), costs)


def test_a_paused_clients_mail_waits_beside_the_due_ones_and_leaves_when_it_goes_on(world: World) -> None:
    world.paused.add("vaart")
    before = world.delivery

    assert world.send_due() == ("held", "paused")
    assert (world.sent, world.delivery, world.paused_messages) == ([], before, {INVITATION})

    world.paused.clear()
    assert world.resume("vaart", 10) == 1
    assert world.send_due()[0] == "sent"
    assert len(world.sent) == 1


def test_a_paused_clients_reminder_waits_too(world: World) -> None:
    world.send_due()
    world.now = world.delivery.due_at or world.now
    world.paused.add("vaart")

    assert world.send_due() == ("held", "paused")
    assert len(world.sent) == 1


def test_other_clients_go_on(world: World) -> None:
    world.paused.add("pebble")

    assert world.send_due()[0] == "sent"


def test_a_pause_while_a_mail_waits_for_its_slot_counts(world: World) -> None:
    def wait() -> int:
        world.paused.add("vaart")
        return 1

    world.next_slot = wait  # type: ignore[method-assign]

    assert world.send_due() == ("held", "paused")
    assert world.sent == []


def test_a_mail_that_may_be_on_its_way_is_not_parked(world: World) -> None:
    world.deliveries[INVITATION] = leased(planned(), MONDAY)
    world.paused.add("vaart")

    assert world.send_due() == ("underway", "")
    assert world.paused_messages == set()


def test_reports_come_in_while_a_client_is_paused(world: World) -> None:
    world.send_due()
    world.paused.add("vaart")

    assert world.tracking().track(delivery_report(ReportKind.DELIVERED))
    assert world.delivery.state is InvitationState.DELIVERED


def test_a_mail_counts_once_whether_the_sender_or_the_report_tells_of_it_first(world: World) -> None:
    world.send_due()
    world.tracking().track(delivery_report(ReportKind.SENT))
    world.tracking().track(delivery_report(ReportKind.DELIVERED))
    world.tracking().track(delivery_report(ReportKind.DELIVERED))

    assert [kind for kind, *_ in world.counted] == ["mails", "deliveries"]


def test_a_mail_whose_answer_was_lost_counts_by_its_report(world: World) -> None:
    world.answers = [SendUnknown("lost")]
    world.send_due()
    assert world.counted == []

    world.tracking().track(delivery_report(ReportKind.SENT))

    assert world.counted == [("mails", "vaart", MONDAY)]


@pytest.mark.parametrize("kind", [ReportKind.BOUNCED, ReportKind.COMPLAINED])
def test_a_repeated_bounce_or_complaint_counts_once(world: World, kind: ReportKind) -> None:
    world.send_due()
    for minutes in (1, 1, 90):
        world.tracking().track(delivery_report(kind, minutes=minutes))

    assert list(world.faults) == [
        ("bounces" if kind is ReportKind.BOUNCED else "complaints", MAIL, MONDAY + timedelta(minutes=1))
    ]


def test_a_report_that_was_broken_off_before_the_invitation_was_written_counts_once(world: World) -> None:
    world.send_due()
    world.die_at_write = world.writes + 1
    with pytest.raises(Died):
        world.tracking().track(delivery_report(ReportKind.BOUNCED))
    counted = dict(world.faults)

    world.die_at_write = None
    world.tracking().track(delivery_report(ReportKind.BOUNCED))

    assert world.faults == counted
    assert len(counted) == 1


def test_what_ses_kept_back_itself_suppresses_and_costs_nothing(world: World) -> None:
    world.send_due()
    world.tracking().track(delivery_report(ReportKind.BOUNCED, costs=False))

    assert world.faults == {}
    assert world.suppressed == {"address-key": "bounce"}
    assert world.delivery.state is InvitationState.BOUNCED
    assert world.blocks == {}


@pytest.mark.parametrize("kind", [ReportKind.UNDERWAY, ReportKind.REJECTED, ReportKind.DELIVERED, ReportKind.SENT])
def test_nothing_else_costs_a_client_reputation(world: World, kind: ReportKind) -> None:
    world.send_due()
    world.tracking().track(delivery_report(kind))

    assert world.faults == {}


def test_an_invitation_that_ses_rejects_afterwards_is_told_of_and_a_reminder_is_not(world: World) -> None:
    world.send_due()
    world.tracking().track(delivery_report(ReportKind.REJECTED))

    assert world.refused == [world.delivery.invitation_id]
