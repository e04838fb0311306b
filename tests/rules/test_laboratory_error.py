"""What a record of phase I and a proof must say."""

import pytest

from lots.rules.laboratory_error import (
    Answer,
    Check,
    Checked,
    against_phase_one,
    is_reference,
    shows,
    tells,
)

IN_ORDER = {check: Checked(check.value, Answer.YES.value) for check in Check}
REMARK = "The weight was read one digit too low"
[FIRST, *_REST] = Check


def lacking(**changed):
    checks = {**IN_ORDER, FIRST: Checked(FIRST.value, **changed)}
    return [(one.code, one.field) for one in against_phase_one(tuple(checks.values()))]


def test_phase_one_with_each_check_in_order_lacks_nothing():
    assert against_phase_one(tuple(IN_ORDER.values())) == []


def test_phase_one_without_answers_asks_for_each():
    assert [one.field for one in against_phase_one(())] == [
        f"answer_{check}" for check in Check
    ]


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"answer": "perhaps"}, [("answer", f"answer_{FIRST}")]),
        ({"answer": Answer.NO.value}, [("remark", f"remark_{FIRST}")]),
        (
            {"answer": Answer.NO.value, "remark": "x x x"},
            [("remark", f"remark_{FIRST}")],
        ),
        ({"answer": Answer.NO.value, "remark": REMARK}, []),
    ],
    ids=["no answer", "no remark", "a remark that tells nothing", "remark"],
)
def test_what_is_not_in_order_says_why(changed, refused):
    assert lacking(**changed) == refused


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (REMARK, True),
        ("Weight weight WEIGHT", False),
        ("称量读数低了一位", True),
        ("", False),
    ],
)
def test_text_tells_something_by_its_different_words(text, found):
    assert tells(text) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [("NB-12 p. 4", True), ("see notebook", False), ("12", False), ("-", False)],
)
def test_reference_names_a_record_and_a_number(text, found):
    assert is_reference(text) is found


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"%PDF-1.7 a chromatogram", True), (b"see me" + b" " * 40, False)],
)
def test_file_shows_something_from_some_letters_on(content, found):
    assert shows(content) is found
