"""Scales of clarity and colour: which texts are grades, and how they compare."""

import pytest

from lots.rules import scales
from lots.rules.reported_value import Kind
from lots.rules.scales import Grade, NotAGrade, grade


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Clear", Grade("clarity", 1)),
        ("II", Grade("clarity", 2)),
        ("Reference suspension IV", Grade("clarity", 4)),
        ("> III", Grade("clarity", 3, Kind.GREATER)),
        ("Colourless", Grade("", -9)),
        ("B9", Grade("B", -9)),
        ("by 6", Grade("BY", -6)),
        ("reference solution GY1", Grade("GY", -1)),
        ("<R7", Grade("R", -7, Kind.LESS)),
    ],
)
def test_grade_is_its_place_on_the_scale(text, expected):
    assert grade(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "V", "Yellowish", "BY8", "Y9", "B0", "<Clear", "> Colourless", "Clear, BY6"],
)
def test_text_that_is_no_grade_is_refused(text):
    with pytest.raises(NotAGrade) as caught:
        grade(text, field="high")

    assert (caught.value.field, caught.value.params["text"]) == ("high", text)


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [
        ("BY7", "BY6", True),
        ("BY6", "BY6", True),
        ("BY5", "BY6", False),
        ("<BY6", "BY6", True),
        # Fainter than BY5 may still be stronger than BY6.
        ("<BY5", "BY6", None),
        (">BY6", "BY6", False),
        (">BY7", "BY6", None),
        ("Y7", "BY6", None),
        ("Colourless", "BY6", True),
        ("B9", "Colourless", True),
        ("B8", "Colourless", False),
        ("BY7", "Colourless", None),
        ("II", "II", True),
        ("III", "II", False),
        ("Clear", "BY6", None),
        ("BY6", "Clear", None),
    ],
)
def test_result_is_within_a_limit_of_its_own_scale_alone(value, limit, expected):
    assert scales.is_within(grade(value), grade(limit)) is expected


@pytest.mark.parametrize(
    ("vocabulary", "expected"),
    [
        (("Clear", "II"), True),
        (("Colourless", "BY6", "<BY7"), True),
        (("Clear", "BY6"), False),
        (("Colourless", "Yellowish"), False),
        ((), False),
    ],
)
def test_words_are_grades_of_one_scale(vocabulary, expected):
    assert scales.are_grades(vocabulary) is expected
