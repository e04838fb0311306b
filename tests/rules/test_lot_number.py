"""Which texts are lot numbers, and which two a reader takes for each other."""

import pytest

from lots.rules.lot_number import (
    LONGEST,
    NotALotNumber,
    lot_number,
    manufacturers_number,
    skeleton,
)


@pytest.mark.parametrize("text", ["B", "BAC-26-001", "a/7 b.2_c+d", "9" * LONGEST])
def test_lot_number_is_returned_as_typed(text):
    assert lot_number(text) == text


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("", "blank", "A lot needs its number."),
        (
            "BAC\u0410-1",
            "character",
            "The lot number has the character U+0410 at place 4, which cannot be told"
            " from others in print; use Latin letters, digits and - . / _ + only.",
        ),
        (
            "BAC\n1",
            "character",
            "The lot number has the character U+000A at place 4, which cannot be told"
            " from others in print; use Latin letters, digits and - . / _ + only.",
        ),
        (
            "9" * (LONGEST + 1),
            "length",
            "The lot number has 41 characters; at most 40 fit on a label.",
        ),
        (
            "-1",
            "form",
            "The lot number -1 is not of the form letters and digits with - . / _ + or"
            " single spaces between them.",
        ),
        (
            "BAC  1",
            "form",
            "The lot number BAC  1 is not of the form letters and digits with - . / _ +"
            " or single spaces between them.",
        ),
    ],
    ids=["blank", "Cyrillic", "line feed", "long", "hyphen first", "two spaces"],
)
def test_what_is_no_lot_number_is_refused(text, code, sentence):
    with pytest.raises(NotALotNumber) as caught:
        lot_number(text)

    assert (caught.value.code, str(caught.value)) == (code, sentence)


@pytest.mark.parametrize(
    "text", ["BAC-26-001", "(2406)B#7", "B&C 24", "批号2406", "#12", "A(1)", "2406批"]
)
def test_manufacturers_number_is_returned_as_the_manufacturer_writes_it(text):
    assert manufacturers_number(text) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("&1", "form"),
        ("1#", "form"),
        ("\u0410-1", "character"),
        ("\uff21-1", "character"),
        ("\uff081\uff09", "character"),
        ("BAC\u200b1", "character"),
        ("1;2", "form"),
        ('1"2', "form"),
    ],
    ids=["sign first", "sign last", "Cyrillic", "full width", "full-width"
         " parentheses", "unseen", "semicolon", "quote"],
)  # fmt: skip
def test_what_is_no_manufacturers_number_is_refused(text, code):
    with pytest.raises(NotALotNumber) as caught:
        manufacturers_number(text)

    assert (caught.value.code, caught.value.field) == (code, "original_number")


def test_refusal_of_a_manufacturers_number_names_what_it_may_have():
    with pytest.raises(NotALotNumber) as caught:
        manufacturers_number("\u0410-1")

    assert str(caught.value) == (
        "The manufacturer's lot number has the character U+0410 at place 1, which"
        " cannot be told from others in print; use Latin letters, Chinese characters,"
        " digits and - . / _ + ( ) # & only."
    )


def test_refusal_calls_the_number_by_its_name():
    with pytest.raises(NotALotNumber) as caught:
        lot_number("x!", field="original_number", name="manufacturer's lot number")

    assert (caught.value.field, str(caught.value)) == (
        "original_number",
        "The manufacturer's lot number x! is not of the form letters and digits with"
        " - . / _ + or single spaces between them.",
    )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("BAC-O1", "bac-0l", True), ("BAC-I", "BAC-1", True), ("BAC-1", "BAC-2", False)],
)
def test_numbers_that_look_alike_share_a_skeleton(one, other, alike):
    assert (skeleton(one) == skeleton(other)) is alike
