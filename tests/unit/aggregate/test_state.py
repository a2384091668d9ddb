"""What a run leaves for the next, as it is stored."""

from functions.aggregate.state import State


def test_pending_days_are_kept_by_the_name_of_their_dataset():
    state = State()
    state.expect({"responses": {"2026-11-02"}})
    state.expect({"responses": {"2026-11-03"}, "a_dataset_to_come": {"2026-11-01"}})

    again = State.from_json(state.to_json())

    assert again == state
    assert again.pending == {"responses": {"2026-11-02", "2026-11-03"}, "a_dataset_to_come": {"2026-11-01"}}
