"""What is told by dimensions, with the batches, leads to no few people: an attack with linear algebra."""

import random
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest

from functions.shared.domain.dimension import OTHER
from functions.shared.domain.linked_cells import Alike, recodings

LEAST = 5


def population(draw, batches, sizes, widths, tied=0.0):
    """People in batches; `tied`: how often the value of a dimension follows from the batch."""
    counts = Counter()
    for batch in range(batches):
        for _ in range(draw.randint(*sizes)):
            values = []
            for width in widths:
                value = batch % width if draw.random() < tied else min(int(draw.expovariate(0.8)), width - 1)
                values.append("abcdefgh"[value])
            counts[batch, tuple(values)] += 1
    return [Alike(batch, values, n) for (batch, values), n in sorted(counts.items())]


def cells_of(people, told):
    """Return a row a person and a column for every number that is told: 1 where the person is counted in it."""
    each = [one for one in people for _ in range(one.n)]
    names = sorted({("batch", one.batch) for one in each})
    for place, recoding in enumerate(told):
        names += [(place, value) for value in sorted(set(recoding.values()))] if recoding else []
    rows = [
        [
            float(one.batch == value if place == "batch" else told[place][one.values[place]] == value)
            for place, value in names
        ]
        for one in each
    ]
    return np.array(rows)


def fewest(cells, most):
    """Return how few people a combination of the told numbers can come down to; `most` + 1: more than that.

    Some people can be left alone where the rest has fewer independent numbers than all: where the part of the hat
    matrix that is theirs has an eigenvalue of 1.
    """
    hat = cells @ np.linalg.pinv(cells)
    for some in range(1, most + 1):
        groups = np.array(list(combinations(range(len(cells)), some)))
        parts = hat[groups[:, :, None], groups[:, None, :]]
        if np.linalg.eigvalsh(parts).max() > 1 - 1e-9:
            return some
    return most + 1


@pytest.mark.parametrize("seed", range(12))
def test_no_combination_of_what_is_told_leads_to_fewer_people_than_the_threshold(seed):
    draw = random.Random(seed)  # noqa: S311
    widths = draw.choice([(2,), (3,), (2, 2), (3, 2), (2, 3, 2)])
    people = population(draw, draw.randint(3, 6), (5, 9), widths, tied=draw.choice((0, 0.5, 0.9, 1)))

    told = recodings(people, LEAST)

    assert fewest(cells_of(people, told), LEAST - 1) == LEAST


def test_the_attack_finds_one_person_of_another_batch():
    """Two batches of the north and one of the south, but for one person: batches and regions give that one away."""
    people = [Alike(0, ("n",), 5), Alike(1, ("n",), 6), Alike(2, ("s",), 7), Alike(2, ("n",), 1)]
    told = [{"n": "n", "s": "s"}]

    assert fewest(cells_of(people, told), LEAST - 1) == 1
    assert recodings(people, LEAST) == [None]


def test_as_much_is_told_as_there_are_people_for():
    draw = random.Random(1)  # noqa: S311

    assert recodings(population(draw, 3, (5, 6), (2, 2, 2)), LEAST).count(None) >= 2
    assert recodings(population(draw, 30, (5, 9), (3, 3, 2)), LEAST) == [
        {value: value for value in "abc"},
        {value: value for value in "abc"},
        {value: value for value in "ab"},
    ]


def test_small_values_are_merged_and_the_first_dimension_comes_first():
    people = [Alike(batch, (value,), 6) for batch in range(10) for value in "abc"]
    people += [Alike(3, ("rare",), 2), Alike(4, ("few",), 4)]

    (recoding,) = recodings(people, LEAST)

    assert recoding == {"a": "a", "b": "b", "c": "c", "rare": OTHER, "few": OTHER}


def test_people_whose_answer_is_known_hide_nobody():
    """In each batch, all of one value but those whose score stands beside their comment."""
    people = [Alike(batch, ("ab"[batch % 2],), 6) for batch in range(6)]
    known = [Alike(batch, ("ab"[1 - batch % 2],), 0) for batch in range(6)]

    assert recodings([*people, *known], LEAST) == recodings(people, LEAST)


def test_a_dimension_that_follows_from_the_batches_tells_nothing_new():
    people = [Alike(batch, ("ab"[batch % 2],), 5) for batch in range(4)]

    assert recodings(people, LEAST) == [{"a": "a", "b": "b"}]


def test_thousands_of_batches_are_decided_at_once():
    draw = random.Random(3)  # noqa: S311
    people = population(draw, 1000, (5, 40), (4, 4, 4, 4))

    assert None not in recodings(people, LEAST)
    assert all(one.n for one in people)
    assert all(a.batch <= b.batch for a, b in pairwise(people))


def test_nobody_is_divided_by_nothing():
    assert recodings([], LEAST) == []
