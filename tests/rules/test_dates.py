"""The grammar of dates: four digits, two and two, of 0 to 9."""

import datetime

import pytest

from lots.rules import dates


def test_date_of_the_calendar_is_read():
    assert dates.parse("2028-02-29") == datetime.date(2028, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-1-3",
        "26-11-23",
        "20261123",
        "2026-W48-1",
        "2026-02-30",
        "0000-01-01",
        "2026-11-23 ",
        "2026-11-23T00:00",
        "+2026-11-23",
        "２０２６-１１-２３",
        "٢٠٢٦-١١-٢٣",
        "2026\u201011\u201023",
    ],
)
def test_anything_else_is_no_date(text):
    assert dates.parse(text) is None
