"""Defects of other systems that the rules alone must not have.

Numbered as in the study of peers, section 1b: 1 to 11. Those about records, retests,
stored files and reasons are tested with the verbs.
"""

import pytest

from lots.rules.refusal import Refusal
from lots.rules.reportable_value import Determination, Measurement, reportable
from lots.rules.reported_value import NotAReportedValue
from lots.rules.verdicts import Criterion, CriterionKind, Outcome, check, judge, words
from tests.rules.verdicts import between, nlt, nmt, outcome, single


@pytest.mark.parametrize(
    ("text", "shown", "expected"),
    [("97.95", "98.0", "pass"), ("97.94", "97.9", "fail")],
)
def test_defect_01_nlt_98_0_rounds_before_it_compares(text, shown, expected):
    verdict = judge(nlt("98.0"), single(text))

    assert (verdict.shown, verdict.outcome) == (shown, expected)


@pytest.mark.parametrize(
    ("text", "shown", "expected"),
    [("101.45", "101.5", "pass"), ("101.55", "101.6", "fail")],
)
def test_defect_02_nmt_101_5_rounds_decimals_not_doubles(text, shown, expected):
    verdict = judge(nmt("101.5"), single(text))

    assert (verdict.shown, verdict.outcome) == (shown, expected)


@pytest.mark.parametrize(
    ("text", "shown", "expected"),
    [("0.015", "0.02", "pass"), ("0.025", "0.03", "fail")],
)
def test_defect_03_nmt_0_02_rounds_half_up(text, shown, expected):
    verdict = judge(nmt("0.02"), single(text))

    assert (verdict.shown, verdict.outcome) == (shown, expected)


def test_defect_03_two_thousand_ties_are_all_rounded_up():
    ties = range(5, 20_000, 10)
    rounded = [
        judge(nmt("20.00"), single(f"{tie // 1000}.{tie % 1000:03}")).rounded
        for tie in ties
    ]

    expected = [f"{(tie + 5) // 1000}.{(tie + 5) % 1000 // 10:02}" for tie in ties]
    assert len(rounded) == 2000
    assert rounded == expected


def test_defect_04_a_blank_upper_limit_rejects_nothing():
    assert outcome(nlt("98.0"), "99.5") == "pass"


def test_defect_04_a_blank_limit_is_never_taken_for_zero():
    with pytest.raises(Refusal):
        check(between("98.0", ""))


@pytest.mark.parametrize("criterion", [between("0", "0.10"), nmt("0.10")], ids=words)
def test_defect_05_a_blank_value_never_passes(criterion):
    nothing = reportable(Measurement(), [])

    assert judge(criterion, nothing).outcome is Outcome.UNDECIDED
    with pytest.raises(NotAReportedValue):
        single("")
    with pytest.raises(NotAReportedValue):
        single("  ")


def test_defect_06_without_a_limit_a_value_is_reported_and_not_passed():
    assert outcome(Criterion(CriterionKind.REPORT), "6.9") == "reported"


@pytest.mark.parametrize("text", ["yes ", "Yes", "YES", "  yes"])
def test_defect_07_case_and_spaces_do_not_fail_a_word(text):
    criterion = Criterion(CriterionKind.CHOICE, choices=("Yes",))

    assert outcome(criterion, text, vocabulary=("Yes", "No")) == "pass"


def test_defect_07_free_text_decides_nothing():
    with pytest.raises(NotAReportedValue):
        single("looks fine", vocabulary=("Yes", "No"))


def test_defect_08_any_word_that_is_not_accepted_fails():
    seen = Measurement(vocabulary=("None", "Fibre", "Metal"))
    criterion = Criterion(CriterionKind.CHOICE, choices=("None", "Fibre"))
    both = [Determination("fibre"), Determination("metal", preparation=2)]

    verdict = judge(criterion, reportable(seen, both))

    assert (verdict.outcome, verdict.shown) == ("fail", "Fibre; Metal")
    assert verdict.reason == "Metal is not accepted; accepted is None or Fibre."


@pytest.mark.parametrize(
    ("criterion", "text", "expected"),
    [
        (nmt("0.10"), "<0.05", "pass"),
        (nmt("0.03"), "<0.05", "undecided"),
        (nlt("98.0"), ">99.0", "pass"),
        (nlt("98.0"), ">97.0", "undecided"),
        (nmt("0.10"), "ND", "undecided"),
    ],
)
def test_defect_09_a_bound_never_silently_passes(criterion, text, expected):
    assert outcome(criterion, text) == expected


def test_defect_10_the_printed_limit_is_the_stored_limit():
    criterion = nmt("0.03500", unit="mg/mL")

    verdict = judge(criterion, single("0.038"))

    assert words(criterion) == "NMT 0.03500 mg/mL"
    assert (verdict.rounded, verdict.outcome) == ("0.03800", "fail")


@pytest.mark.parametrize("text", ["0,05", "<0,002", "1,234", "1.234,5"])
def test_defect_11_a_decimal_comma_is_refused_with_a_sentence(text):
    with pytest.raises(NotAReportedValue) as refused:
        single(text)

    assert str(refused.value) == (
        f"{text} has a comma, which could mean decimals or thousands; type decimals"
        " with a point, and thousands without a separator."
    )
