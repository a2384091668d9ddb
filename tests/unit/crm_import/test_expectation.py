"""A rehearsal forecasts with what the client's own invitations showed, once that is enough to go by."""

from datetime import date, timedelta

from functions.crm_import.receipts.expectation import expectation
from functions.shared.domain.figures import Figures, InvitationWeek, Measured
from functions.shared.domain.scores import Counts, expected_interval
from tests.worlds.import_world import World, bundle, contact, csv_file

TODAY = date(2026, 11, 24)
SETTLED = date(2026, 10, 19)
"""The week of this Monday ended 30 days ago: three weeks to answer in, and one to be sent in, are over."""
OPEN = SETTLED + timedelta(weeks=1)
EXPIRES = timedelta(days=21)
NOTHING = Measured()


def weeks(delivered, completed, invited=None, week=SETTLED):
    return (InvitationWeek(week, delivered if invited is None else invited, delivered, completed),)


def expected(touchpoint, whole=NOTHING):
    return expectation(Figures(whole, {"service": touchpoint}), "service", TODAY, EXPIRES)


def test_the_touchpoints_own_rate_is_used_from_a_hundred_delivered_invitations():
    enough, few = (Measured(weeks(delivered, delivered * 2 // 5)) for delivered in (100, 99))

    assert (expected(enough).rate.of, expected(enough).response_rate) == ("touchpoint", 0.4)
    assert expected(few, few).rate is None
    assert expected(few, few).response_rate == 0.25


def test_a_touchpoint_without_enough_has_the_rate_of_all_together():
    found = expected(Measured(weeks(20, 20)), Measured(weeks(520, 130)))

    assert (found.rate.of, found.rate.invited, found.response_rate) == ("client", 520, 0.25)


def test_weeks_whose_invitations_may_still_be_answered_do_not_count():
    found = expected(Measured(weeks(200, 80) + weeks(400, 10, week=OPEN)))

    assert (found.rate.delivered, found.response_rate) == (200, 0.4)
    assert expected(Measured(weeks(400, 10, week=OPEN))).rate is None


def test_what_does_not_arrive_brings_no_answers():
    found = expected(Measured(weeks(delivered=150, completed=60, invited=200)))

    assert (found.response_rate, round(found.answers_per_invitation, 9)) == (0.4, 0.3)


def test_the_scores_are_the_clients_own_from_thirty_answers():
    own, few = Counts(3, 9, 18), Counts(0, 0, 29)

    assert expected(Measured(scores=own)).scores.promoters == 0.6
    assert expected(Measured(scores=few), Measured(scores=own)).scores.of == "client"
    assert (expected(Measured(scores=few)).scores.of, expected(Measured(scores=None)).scores.of) == ("usual", "usual")


def test_a_client_of_whom_nothing_is_known_gets_what_is_usual():
    found = expectation(None, "service", TODAY, EXPIRES)

    assert found.as_fields() == {
        "response_rate": 0.25,
        "response_rate_of": {"of": "usual"},
        "scores_of": {"of": "usual", "answers": 0},
    }
    assert "so far 0 have" in found.in_words("en")


def rehearsed(figures, key="rehearse/acme/service/file.csv", **client):
    world = World({"acme": bundle(**client)}, measured={"acme": figures})
    rows = [contact(f"p{number}@klant.example", team="Blauw" if number < 300 else "Rood") for number in range(400)]
    return world.upload(csv_file(*rows), key)[0]["forecast"]


def test_the_receipt_says_which_rate_was_used_and_of_how_many_invitations():
    figures = Figures(touchpoints={"service": Measured(weeks(190, 76, invited=200), Counts(10, 30, 60))})

    forecast = rehearsed(figures)

    assert (forecast["invitations"], forecast["response_rate"], forecast["answers"]) == (400, 0.4, 152)
    assert forecast["response_rate_of"] == {
        "of": "touchpoint",
        "invitations": 200,
        "delivered": 190,
        "completed": 76,
    }
    assert forecast["scores_of"] == {"of": "touchpoint", "answers": 100}
    interval = expected_interval(152, 0.1, 0.6)
    assert forecast["interval_width"] == round((interval.high - interval.low) * 100, 1)
    assert [(team["team"], team["answers"]) for team in forecast["teams"]] == [("Blauw", 114), ("Rood", 38)]
    assert forecast["assumption"] == (
        "Assumed is what this touchpoint showed: of 200 invitations that had their time to be answered 95 % arrived,"
        " and 40 % of those were answered. The scores are taken to be as in the 100 answers here: 10 % a 0 to 6, 60 % a"
        " 9 or 10. The width is that of the 95 % interval (adjusted Wald) of so many answers, in points of the NPS."
    )


def test_the_receipt_says_so_in_the_clients_language_where_it_assumes_what_is_usual():
    forecast = rehearsed(Figures(Measured(weeks(60, 30))), languages=("nl", "en"))

    assert forecast["response_rate"] == 0.25
    assert "25 % van de genodigden antwoordt" in forecast["assumption"]
    assert "tot nu toe zijn dat er 60" in forecast["assumption"]


def test_a_client_whose_links_work_for_longer_waits_longer_for_its_rate():
    figures = Figures(touchpoints={"service": Measured(weeks(200, 80))})

    assert rehearsed(figures, expires_after_days=21)["response_rate_of"]["of"] == "touchpoint"
    assert rehearsed(figures, expires_after_days=23)["response_rate_of"]["of"] == "usual"


def test_what_is_not_a_rehearsal_has_no_forecast():
    world = World()

    assert "forecast" not in world.upload(csv_file(contact("a@klant.example")))[0]
