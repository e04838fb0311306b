"""The clock of a chain: where its times were set back."""

import datetime

import pytest

from lots.rules.chain import CLOCK_ACCEPTED, CLOCK_TOLERANCE, UNTIMED, Clock

NOON = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)


def set_back(*entries):
    """Return where the clock was set back by entries of an offset and an action."""
    clock = Clock()
    for sequence, (offset, action) in enumerate(entries, start=1):
        clock.hear(sequence=sequence, at=NOON + offset, action=action)
    return clock.set_back


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([(0 * HOUR, "log"), (HOUR, "enter")], None),
        ([(0 * HOUR, "log"), (-CLOCK_TOLERANCE, "enter")], None),
        ([(0 * HOUR, "log"), (-CLOCK_TOLERANCE - SECOND, "enter")], 2),
        ([(HOUR, "log"), (0 * HOUR, min(UNTIMED)), (HOUR, "enter")], None),
        ([(HOUR, "log"), (0 * HOUR, "enter"), (-HOUR, "submit")], 2),
        # Many little steps do not add up to one: each is compared with the latest.
        ([(-n * CLOCK_TOLERANCE, "enter") for n in range(3)], 3),
        ([(HOUR, "log"), (0 * HOUR, CLOCK_ACCEPTED), (0 * HOUR, "enter")], None),
        ([(0 * HOUR, CLOCK_ACCEPTED), (-HOUR, "enter")], 2),
    ],
    ids=[
        "later",
        "within the tolerance",
        "beyond it",
        "an act that may be earlier",
        "the first of two",
        "little steps",
        "accepted",
        "after it was accepted",
    ],
)
def test_clock_that_was_set_back_is_found(entries, found):
    assert set_back(*entries) == found
