"""Whatever the order, the doubling and the cutting of the facts: the datasets are the same, byte for byte."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.aggregate_world import World

DAYS = [
    f"2026-{month}-{day:02}T{hour}"
    for month, day, hour in (("10", 30, "21:30"), ("10", 31, "23:30"), ("11", 2, "10:00"))
]
NAMES = ["a", "b", "c"]

invitations = st.tuples(
    st.just("invitation"),
    st.sampled_from(NAMES),
    st.fixed_dictionaries(
        {}, optional={"delivered_at": st.just(5), "bounced_at": st.just(6), "opted_out_at": st.just(7)}
    ),
)
responses = st.tuples(
    st.just("response"),
    st.sampled_from(NAMES),
    st.fixed_dictionaries(
        {
            "score": st.integers(0, 10),
            "answered": st.sampled_from(DAYS),
            "state": st.sampled_from(["complete", "suspect", "partial"]),
            "answers": st.fixed_dictionaries({}, optional={"why": st.just("mail x@y.nl"), "ease": st.integers(0, 8)}),
        }
    ),
)
reviews = st.tuples(
    st.just("review"),
    st.sampled_from(NAMES),
    st.fixed_dictionaries({"rating": st.integers(1, 10), "written": st.sampled_from(DAYS), "removed": st.booleans()}),
)
stories = st.lists(st.one_of(invitations, responses, reviews), min_size=1, max_size=10)
IMPORTED = dict(zip(NAMES, DAYS, strict=True))
"""When an interaction was imported never changes: it is in every image of its invitation."""


def told(world, story):
    facts = []
    for number, (kind, name, values) in enumerate(story, 1):
        if kind == "invitation":
            facts.append(world.invitation(name, IMPORTED[name], sequence=number, team=f"team {name}", **values))
        else:
            facts.append(getattr(world, kind)(name, sequence=number, **values))
    return facts


@settings(max_examples=15)
@given(stories, st.randoms(use_true_random=False), st.integers(1, 3))
def test_datasets_do_not_depend_on_how_the_facts_arrive(story, random, runs):
    with tempfile.TemporaryDirectory() as folder:
        whole, parts = World(Path(folder) / "whole"), World(Path(folder) / "parts")
        whole.put(*told(whole, story))
        whole.run()

        facts = told(parts, story)
        arriving = [*facts, *random.choices(facts, k=2)]
        random.shuffle(arriving)
        for run in range(runs):
            for fact in arriving[run::runs]:
                parts.put(fact)
            parts.run()

        expected = whole.bucket.under("datasets/")
        assert parts.bucket.under("datasets/") == expected
        parts.run(rebuild=True)
        assert parts.bucket.under("datasets/") == expected
