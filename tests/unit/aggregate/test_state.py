"""What a run leaves for the next, as it is stored."""

from functions.aggregate.state import State

STORED_WITH_A_FIELD_FOR_EACH = (
    b'{"interactions":{},"journeys":{"acme":{"2026-11-01":["2026-11-02"]}},"mark":1790000002.0,"outcomes":{},'
    b'"pending":{"acme":{"answers":["2026-11-02","2026-11-03"],"reviews":["2026-10-30"],"waves":["2026-11-01"]},'
    b'"pebble":{"answers":[],"reviews":[],"waves":["2026-11-04"]}},"reported":{"acme":"1"},'
    b'"reviews":["acme"],"seen":{"facts/a":1790000002.0},"settings":{"acme":"2 Europe/Amsterdam False"}}'
)


def test_days_that_an_earlier_release_left_pending_are_still_published():
    state = State.from_json(STORED_WITH_A_FIELD_FOR_EACH)

    assert state.pending == {
        "acme": {
            "responses": {"2026-11-02", "2026-11-03"},
            "scores_daily": {"2026-11-02", "2026-11-03"},
            "funnel_daily": {"2026-11-01"},
            "reviews": {"2026-10-30"},
        },
        "pebble": {"funnel_daily": {"2026-11-04"}},
    }
    assert (state.mark, state.settings) == (1790000002.0, {"acme": "2 Europe/Amsterdam False"})


def test_pending_days_are_kept_by_the_name_of_their_dataset():
    state = State()
    state.expect({"acme": {"responses": {"2026-11-02"}}})
    state.expect({"acme": {"responses": {"2026-11-03"}, "a_dataset_to_come": {"2026-11-01"}}})

    again = State.from_json(state.to_json())

    assert again == state
    assert again.pending == {"acme": {"responses": {"2026-11-02", "2026-11-03"}, "a_dataset_to_come": {"2026-11-01"}}}
