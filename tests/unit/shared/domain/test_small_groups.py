import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.client import Thresholds
from functions.shared.domain.small_groups import Showing, showing, showing_parts

S, I, H = Showing.SHOWN, Showing.INDICATIVE, Showing.HIDDEN  # noqa: E741
DEFAULT = Thresholds()


@pytest.mark.parametrize(("n", "expected"), [(0, H), (4, H), (5, I), (9, I), (10, S), (1000, S)])
def test_a_group_is_hidden_below_5_and_indicative_below_10(n, expected):
    assert showing(n, DEFAULT) is expected


@pytest.mark.parametrize(("n", "expected"), [(9, H), (10, S)])
def test_an_employee_is_shown_from_10_answers(n, expected):
    assert showing(n, DEFAULT, employee=True) is expected


def test_a_client_can_raise_the_thresholds():
    assert showing(10, Thresholds(score=8, indicative=20)) is I
    assert showing(7, Thresholds(score=8, indicative=20)) is H


def test_a_client_cannot_lower_the_thresholds():
    for lower in ({"score": 4}, {"indicative": 9}, {"employee": 9}):
        with pytest.raises(ValueError, match="greater than or equal"):
            Thresholds(**lower)


def test_one_hidden_part_takes_the_next_smallest_with_it():
    assert showing_parts({"a": 40, "b": 3, "c": 12, "d": 25}, DEFAULT) == {"a": S, "b": H, "c": H, "d": S}


def test_two_hidden_parts_hide_each_other():
    assert showing_parts({"a": 40, "b": 3, "c": 2}, DEFAULT) == {"a": S, "b": H, "c": H}


def test_a_part_without_answers_does_not_hide_the_one_that_stands_alone():
    assert showing_parts({"a": 40, "b": 3, "c": 0, "d": 11}, DEFAULT) == {"a": S, "b": H, "c": H, "d": H}


def test_answers_outside_every_part_hide_one_that_stands_alone():
    assert showing_parts({"a": 40, "b": 3}, DEFAULT, remainder=7) == {"a": S, "b": H}


def test_nothing_else_is_hidden_where_nothing_is():
    assert showing_parts({"a": 40, "b": 5}, DEFAULT) == {"a": S, "b": I}


@given(st.dictionaries(st.text(max_size=4), st.integers(0, 60), max_size=12), st.integers(0, 3))
def test_no_part_is_found_by_subtraction(parts, remainder):
    shown = showing_parts(parts, DEFAULT, remainder=remainder)

    hidden = [key for key, n in parts.items() if n and shown[key] is H]
    with_answers = [key for key, n in parts.items() if n]
    assert all(shown[key] is H for key, n in parts.items() if n < DEFAULT.score)
    assert len(hidden) != 1 or remainder or len(with_answers) == 1
    withheld = sum(parts[key] for key in hidden) + remainder
    assert withheld == 0 or withheld >= DEFAULT.score or len(hidden) == len(with_answers)


def test_few_answers_outside_every_part_are_hidden_with_a_part():
    assert showing_parts({"a": 40, "b": 30}, DEFAULT, remainder=4) == {"a": S, "b": H}
    assert showing_parts({"a": 40, "b": 30}, DEFAULT, remainder=5) == {"a": S, "b": S}


def test_what_is_hidden_is_together_as_much_as_may_be_shown():
    assert showing_parts({"a": 40, "b": 2, "c": 1}, DEFAULT) == {"a": H, "b": H, "c": H}
    assert showing_parts({"a": 40, "b": 2, "c": 1, "d": 9}, DEFAULT) == {"a": S, "b": H, "c": H, "d": H}
    assert showing_parts({"a": 40, "b": 2, "c": 1}, DEFAULT, remainder=2) == {"a": S, "b": H, "c": H}
