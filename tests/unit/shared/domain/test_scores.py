import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain import scores
from functions.shared.domain.scores import Counts, Dispositions, ScaleCounts

counts = st.builds(Counts, *[st.integers(0, 10_000)] * 3)


@pytest.mark.parametrize(
    ("answers", "score", "error"),
    [
        ((8, 13, 15), 0.194444, 0.129216),
        ((12, 7, 12), 0, 0.158032),
        ((10, 20, 70), 0.6, 0.066332),
        ((0, 0, 10), 1, 0),
        ((1, 2, 3), 1 / 3, 0.304290),
        ((1, 0, 1), 0, 0.707107),
        ((0, 1, 1), 0.5, 0.353553),
    ],
)
def test_the_score_and_its_standard_error(answers, score, error):
    assert scores.nps(Counts(*answers)) == pytest.approx(score, abs=5e-7)
    assert scores.standard_error(Counts(*answers)) == pytest.approx(error, abs=5e-7)


@pytest.mark.parametrize(
    ("answers", "wald", "adjusted"),
    [
        ((8, 13, 15), (-0.058813, 0.447702), (-0.062803, 0.421777)),
        ((12, 7, 12), (-0.309736, 0.309736), (-0.291098, 0.291098)),
        ((10, 20, 70), (0.469991, 0.730009), (0.452698, 0.712351)),
        ((0, 0, 10), (1, 1), (0.475036, 1)),
    ],
)
def test_the_intervals(answers, wald, adjusted):
    plain, shown = scores.wald_interval(Counts(*answers)), scores.interval(Counts(*answers))

    assert (plain.low, plain.high) == pytest.approx(wald, abs=1e-6)
    assert (shown.low, shown.high) == pytest.approx(adjusted, abs=1e-6)


def test_nobody_has_no_score_rather_than_zero():
    nobody = Counts()

    assert scores.nps(nobody) is None
    assert scores.standard_error(nobody) is None
    assert scores.wald_interval(nobody) is None
    assert scores.interval(nobody) is None
    assert scores.difference(nobody, Counts(1, 2, 3)) is None
    assert scores.share(0, 0) is None
    assert ScaleCounts().mean is None
    assert (Dispositions().response_rate, Dispositions().rr1, Dispositions().rr2) == (None, None, None)


def test_a_difference_is_tested_on_the_adjusted_scores():
    found = scores.difference(Counts(8, 13, 15), Counts(12, 7, 12))

    assert (found.value, found.error, found.z, found.p) == pytest.approx((0.179487, 0.193237, 0.9288, 0.3530), abs=5e-5)
    assert not found.is_significant()


@pytest.mark.parametrize(("times", "z", "significant"), [(1, 1.4752, False), (10, 4.7621, True)])
def test_the_same_shares_on_more_people_are_a_clearer_difference(times, z, significant):
    found = scores.difference(Counts(10 * times, 20 * times, 70 * times), Counts(15 * times, 25 * times, 60 * times))

    assert found.z == pytest.approx(z, abs=5e-5)
    assert found.is_significant() is significant


def test_the_p_of_the_published_difference():
    assert scores.difference(Counts(10, 20, 70), Counts(15, 25, 60)).p == pytest.approx(0.1402, abs=5e-5)


def test_a_clear_difference_of_few_answers_is_not_called_significant():
    few = scores.difference(Counts(0, 0, 29), Counts(29, 0, 0))
    enough = scores.difference(Counts(0, 0, 30), Counts(30, 0, 0))

    assert few.p < 0.001
    assert not few.is_significant()
    assert enough.is_significant()
    assert not enough.is_significant(p=0.05)


def test_holm_steps_down():
    assert scores.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert scores.holm([]) == []
    assert scores.holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=40))
def test_holm_keeps_the_order_and_never_makes_a_p_smaller(ps):
    corrected = scores.holm(ps)

    assert all(p <= q <= 1 for p, q in zip(ps, corrected, strict=True))
    ranked = sorted(zip(ps, corrected, strict=True))
    assert [q for _, q in ranked] == sorted(corrected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_holm_lies_between_no_correction_and_bonferroni(ps):
    corrected = scores.holm(ps)

    assert min(corrected) == pytest.approx(min(1.0, len(ps) * min(ps)))
    assert max(corrected) >= max(ps)
    assert all(q <= min(1.0, len(ps) * max(ps)) for q in corrected)


@pytest.mark.parametrize("wrong", [-1, 11, 9.0, 7.5, "9", None, True])
def test_a_score_that_is_not_an_integer_from_0_to_10_is_refused(wrong):
    with pytest.raises(ValueError, match="integer from 0 to 10"):
        Counts.of([9, wrong])


@pytest.mark.parametrize("wrong", [-1, 1.0, "1", None, True])
def test_a_count_that_is_not_a_natural_number_is_refused(wrong):
    with pytest.raises(ValueError, match="count"):
        Counts(0, 0, wrong)


def test_scores_fall_into_three_buckets():
    assert Counts.of(range(11)) == Counts(detractors=7, passives=2, promoters=2)


@given(st.lists(counts, min_size=1, max_size=12), st.randoms())
def test_a_roll_up_is_the_score_of_the_sum_whatever_the_order_of_summing(parts, random):
    shuffled = random.sample(parts, len(parts))

    whole = sum(parts, Counts())

    assert sum(shuffled, Counts()) == whole
    assert whole.n == sum(part.n for part in parts)
    assert whole.promoters - whole.detractors == sum(part.promoters - part.detractors for part in parts)


@given(counts)
def test_the_interval_holds_within_the_scale(answers):
    shown = scores.interval(answers)
    if shown is not None:
        assert -1 <= shown.low <= shown.high <= 1


@given(counts, counts)
def test_a_difference_turned_round_is_its_opposite(a, b):
    if a.n and b.n:
        one, other = scores.difference(a, b), scores.difference(b, a)
        assert (one.value, one.p) == pytest.approx((-other.value, other.p))
        assert one.interval.low <= one.value <= one.interval.high


def test_csat_is_the_share_of_4_and_5_with_the_wilson_interval():
    answers = scores.csat_counts([5] * 8 + [4] * 7 + [3] * 2 + [1] * 3)

    assert answers == ScaleCounts(n=20, total=77, top=15)
    assert answers.top_share.value == 0.75
    assert answers.top_share.interval.low == pytest.approx(0.531299, abs=1e-6)
    assert answers.top_share.interval.high == pytest.approx(0.888138, abs=1e-6)


def test_ces_is_a_mean_and_the_share_of_5_to_7():
    answers = scores.ces_counts([7, 6, 5, 4, 1])

    assert answers.mean == 4.6
    assert answers.top_share.value == 0.6


@pytest.mark.parametrize(("count", "wrong"), [(scores.csat_counts, 6), (scores.csat_counts, 0), (scores.ces_counts, 8)])
def test_an_answer_outside_its_scale_is_refused(count, wrong):
    with pytest.raises(ValueError, match="integer from 1 to"):
        count([3, wrong])


def test_a_share_of_more_than_everybody_is_refused():
    with pytest.raises(ValueError, match="successes"):
        scores.share(3, 2)


def test_response_rates_of_invitations():
    dispositions = Dispositions(completed=30, partial=5, refused=3, silent=62, bounced=20)

    assert dispositions.delivered == 100
    assert dispositions.response_rate == 0.3
    assert dispositions.rr1 == 0.25
    assert dispositions.rr2 == pytest.approx(35 / 120)


@pytest.mark.parametrize(
    ("rating", "worst", "best", "normalised"),
    [(10, 1, 10, 1), (1, 1, 10, 0), (4, 1, 5, 0.75), (3, 0, 0, None), (6, 1, 5, None)],
)
def test_a_review_keeps_its_own_normalised_rating(rating, worst, best, normalised):
    assert scores.normalised_rating(rating, worst, best) == normalised


def test_the_interval_to_expect_is_that_of_answers_that_come_as_expected():
    assert scores.expected_interval(200, 0.2, 0.5) == scores.interval(Counts(40, 60, 100))
    assert scores.expected_interval(0.5, 0.2, 0.5).low >= -1
