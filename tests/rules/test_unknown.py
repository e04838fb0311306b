"""What a form does not know: no rule decides by it."""

import datetime

import pytest

from lots.rules.unknown import UNKNOWN, NotKnown


def test_nothing_is_asked_of_what_is_unknown():
    asked = [
        lambda: bool(UNKNOWN),
        lambda: str(UNKNOWN),
        lambda: UNKNOWN.strip,
        lambda: UNKNOWN == "",
        lambda: UNKNOWN in ("oral",),
        lambda: {UNKNOWN},
        lambda: isinstance(UNKNOWN, str),
        lambda: [*UNKNOWN],
        lambda: datetime.date(2026, 1, 1) < UNKNOWN,
    ]

    for ask in asked:
        with pytest.raises(NotKnown):
            ask()
    assert f"{UNKNOWN}" == "…"
