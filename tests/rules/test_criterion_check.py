"""Check of a criterion: what fits a test, what can fail, what an approver is told."""

import pytest

from lots.rules.criterion import Criterion, CriterionKind
from lots.rules.criterion_check import can_fail, check, fits
from tests.rules.verdicts import nmt, on_scale

TESTS = {
    "numbers": {"vocabulary": (), "portion": ""},
    "words": {"vocabulary": ("Conforms", "Does not conform"), "portion": ""},
    "grades": {"vocabulary": ("Colourless", "BY6"), "portion": ""},
    "absence": {"vocabulary": (), "portion": "1 g"},
    "text": {"vocabulary": (), "portion": "", "is_text": True},
}
WORDS = {CriterionKind.CHOICE: {"words", "grades"}, CriterionKind.SCALE: {"grades"}}


@pytest.mark.parametrize("kind", CriterionKind)
@pytest.mark.parametrize("test", TESTS)
def test_criterion_fits_the_results_that_it_can_judge(kind, test):
    answerable = {
        CriterionKind.REPORT: set(TESTS),
        CriterionKind.ABSENCE: {"absence"},
        **WORDS,
    }.get(kind, {"numbers"})

    assert fits(kind, **TESTS[test]) is (test in answerable)


@pytest.mark.parametrize(
    ("criterion", "vocabulary", "expected"),
    [
        (Criterion(CriterionKind.REPORT), (), False),
        (nmt("0.5"), (), True),
        (Criterion(CriterionKind.ABSENCE, portion="1 g"), (), True),
        (
            Criterion(CriterionKind.CHOICE, choices=("conforms",)),
            ("Conforms", "Does not conform"),
            True,
        ),
        (Criterion(CriterionKind.CHOICE, choices=("conforms",)), ("Conforms",), False),
        (on_scale("BY6"), ("Colourless", "BY7", "BY6"), False),
        (on_scale("BY6"), ("Colourless", "BY6", "BY5"), True),
        # Nobody can say that it passes.
        (on_scale("BY6"), ("Colourless", "Y7"), True),
    ],
)
def test_criterion_that_every_result_meets_only_reports(
    criterion, vocabulary, expected
):
    assert can_fail(criterion, vocabulary=vocabulary) is expected


@pytest.mark.parametrize(
    ("wording", "left_over"),
    [
        ("NMT 10^3 CFU/g", []),
        # 10^3 means at most 2000 (Ph. Eur. 5.1.4); another number is asked about.
        ("NMT 10^3 (at most 2000) CFU/g", []),
        ("NMT 10^3 (at most 1000) CFU/g", ["wording-number"]),
    ],
)
def test_count_may_be_written_out_in_its_wording(wording, left_over):
    criterion = Criterion(CriterionKind.COUNT, high="10^3", wording=wording)

    assert [one.code for one in check(criterion)] == left_over
