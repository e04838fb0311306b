"""Formats: each number of a text has one reader, and a later one is refused."""

import pytest

from lots.rules.formats import Format, UnknownFormat


def test_number_has_one_reader():
    record = Format("lot", number=2)
    record.reads(1)(dict)

    with pytest.raises(ValueError, match="lot format 1 has a reader"):
        record.reads(1)(dict)


def test_numbers_without_a_reader_are_named():
    record = Format("lot", number=3)
    record.reads(2)(dict)

    assert record.unread == (1, 3)


def test_text_of_a_later_format_is_not_read():
    record = Format("lot", number=1)
    record.reads(1)(dict)

    assert record.read({"format": 1}) == {"format": 1}
    with pytest.raises(UnknownFormat):
        record.read({"format": 2})
