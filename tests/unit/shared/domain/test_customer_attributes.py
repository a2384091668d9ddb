"""What is known of a customer: history is kept, and a later value never reaches an earlier moment."""

from datetime import UTC, datetime, timedelta

from functions.shared.domain.customer_attributes import MAX_SNAPSHOTS, Snapshot, agrees, as_of, recorded

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def later(days, **attributes):
    return Snapshot(DAY + timedelta(days=days), attributes, f"file {days}", 1)


def history(*told):
    found = []
    for one in told:
        found, _ = recorded(found, one)
    return found


def test_what_held_at_a_moment_is_what_was_told_last_before_it():
    known = history(later(0, plan="a"), later(10, plan="b"))

    assert [as_of(known, DAY + timedelta(days=days)) for days in (-1, 0, 9, 10, 99)] == [
        *({}, {"plan": "a"}, {"plan": "a"}),
        *({"plan": "b"}, {"plan": "b"}),
    ]


def test_files_with_other_columns_add_to_each_other_and_an_empty_cell_takes_away():
    known = history(later(0, plan="a", since="2020"), later(5, logins="3"), later(9, plan=""))

    assert as_of(known, DAY + timedelta(days=9)) == {"since": "2020", "logins": "3"}
    assert as_of(known, DAY + timedelta(days=5)) == {"plan": "a", "since": "2020", "logins": "3"}


def test_a_file_that_comes_late_tells_of_its_own_time():
    known = history(later(10, plan="b"), later(0, plan="a"))

    assert as_of(known, DAY + timedelta(days=3)) == {"plan": "a"}
    assert as_of(known, DAY + timedelta(days=11)) == {"plan": "b"}


def test_a_later_file_about_the_same_moment_puts_it_right():
    right = Snapshot(DAY, {"plan": "b"}, "another", 7)

    assert history(later(0, plan="a"), right) == [right]


def test_of_two_rows_of_a_file_about_one_moment_the_first_counts_and_a_retry_changes_nothing():
    first, second = Snapshot(DAY, {"plan": "a"}, "file", 1), Snapshot(DAY, {"plan": "b"}, "file", 2)
    known, _ = recorded([], first)

    assert recorded(known, second) == (known, first)
    assert recorded(known, first) == (known, None)
    assert (agrees(first, {"plan": "a"}), agrees(first, {"plan": "b"}), agrees(first, {"plan": "a", "x": ""})) == (
        *(True, False),
        True,
    )


def test_what_does_not_change_is_kept_once_and_no_history_grows_for_ever():
    same = history(*(later(days, plan="a") for days in range(60)))
    assert [(one.at - DAY).days for one in same] == [59, 0], "The last file's row is remembered."

    changing = history(*(later(days, plan=str(days)) for days in range(60)))
    assert len(changing) == MAX_SNAPSHOTS
    assert as_of(changing, DAY + timedelta(days=99)) == {"plan": "59"}
