"""Acceptance criteria: form, printed words, verdicts with their working, headroom."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lots.rules.distance_to_limit import distance
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import (
    Calculation,
    Decimals,
    Determination,
    Measurement,
    reportable,
)
from lots.rules.rounding import Rule
from lots.rules.verdicts import (
    Criterion,
    CriterionKind,
    Outcome,
    Verdict,
    check,
    judge,
    words,
)
from tests.rules.reference import cases
from tests.rules.verdicts import (
    anhydrous,
    between,
    less,
    mean,
    more,
    nlt,
    nmt,
    on_scale,
    outcome,
    single,
)

ASSAY = between("98.0", "101.0", unit="%")
REPORT = Criterion(CriterionKind.REPORT)
COLOURS = ("White powder", "Almost white powder", "Grey powder")
APPEARANCE = Criterion(
    CriterionKind.CHOICE,
    choices=COLOURS[:2],
    wording="White or almost white powder",
)


def count(high, **others):
    return Criterion(CriterionKind.COUNT, high=high, **others)


def absent_in(portion):
    return Criterion(CriterionKind.ABSENCE, portion=portion)


# --- printed words ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "printed"),
    [
        (ASSAY, "98.0\N{EN DASH}101.0 %"),
        (nmt("0.20", unit="%"), "NMT 0.20 %"),
        (nlt("98.0", unit="%"), "NLT 98.0 %"),
        (nmt("0.03500"), "NMT 0.03500"),
        (nmt("3000", unit="ppm"), "NMT 3000 ppm"),
        (less("7", unit="ppm"), "Less than 7 ppm"),
        (more("99.0", unit="%"), "More than 99.0 %"),
        (between("+20.5", "+21.5", unit="°"), "+20.5 to +21.5 °"),
        (between("-30.0", "-27.0", unit="°"), "-30.0 to -27.0 °"),
        (on_scale("BY6"), "Not more intensely coloured than BY6"),
        (on_scale("II"), "Not more opalescent than reference suspension II"),
        (on_scale("I"), "Clear (not more opalescent than reference suspension I)"),
        (on_scale("clear"), "Clear (not more opalescent than reference suspension I)"),
        (on_scale("Colourless"), "Colourless (not more intensely coloured than B9)"),
        (on_scale("BY6", wording="Max. BY6 (2.2.2)"), "Max. BY6 (2.2.2)"),
        (count("10^3", unit="CFU/g"), "10^3 CFU/g (at most 2000 CFU/g)"),
        (count("10^2"), "10^2 (at most 200)"),
        (count("100", unit="CFU/g"), "NMT 100 CFU/g"),
        (absent_in("1 g"), "Absent in 1 g"),
        (APPEARANCE, "White or almost white powder"),
        (
            Criterion(CriterionKind.CHOICE, choices=("Clear", "Colourless")),
            "Clear or Colourless",
        ),
        (REPORT, "Report"),
        (
            nmt("0.20", unit="%", wording="At most 0.20 per cent"),
            "At most 0.20 per cent",
        ),
        (
            between("98.0", "101.0", wording="98.0 % to 101.0 % of C10H12ClNO2"),
            "98.0 % to 101.0 % of C10H12ClNO2",
        ),
        (count("10^3", wording="TAMC: 10³ CFU/g"), "TAMC: 10³ CFU/g"),
        (count("100", wording="<100 CFU/g"), "<100 CFU/g"),
        (between("98.0", "101.0", wording="98.0-101.0 %"), "98.0-101.0 %"),
        (
            between("98.0", "101.0", wording="Not less than 98.0, not more than 101.0"),
            "Not less than 98.0, not more than 101.0",
        ),
        (
            nmt("0.5", wording="0.5 % in total, of peaks >0.05 %"),
            "0.5 % in total, of peaks >0.05 %",
        ),
        (
            Criterion(CriterionKind.ABSENCE, portion="10 g", wording="None in 10 g"),
            "None in 10 g",
        ),
        (Criterion(CriterionKind.REPORT, wording="For information"), "For information"),
        # Approved before wording had to say the limits: it was never printed.
        (nmt("0.20", unit="%", wording="Meets the requirements"), "NMT 0.20 %"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_words_print_the_limits_exactly_as_approved(criterion, printed):
    assert words(criterion) == printed


@pytest.mark.reference
def test_words_of_the_published_baclofen_assay_limits():
    published = cases("assay_basis.json")["basis-usp-baclofen"]["expected"]["limits"]
    low, high = published.removesuffix(" % anhydrous").split(" % to ")

    assert words(between(low, high, unit="%")) == "98.0\N{EN DASH}102.0 %"


# --- form ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "criterion",
    [
        ASSAY,
        nmt("0.20", alert_high="0.15"),
        nlt("98.0", alert_low="98.5"),
        between("98.0", "102.0", alert_low="98.5", alert_high="101.5"),
        count("10^3", alert_high="100"),
        count("100"),
        absent_in("10 g"),
        Criterion(CriterionKind.REPORT, alert_high="25"),
    ],
    ids=words,
)
def test_check_takes_what_can_be_meant_without_warning(criterion):
    assert check(criterion) == ()


def test_check_takes_choices_from_the_vocabulary():
    assert check(APPEARANCE, vocabulary=COLOURS) == ()


@pytest.mark.parametrize(
    ("criterion", "field"),
    [
        (between("98.0", ""), "high"),
        (between("", "101.0"), "low"),
        (between("101.0", "98.0"), "low"),
        (nmt(""), "high"),
        (nlt(""), "low"),
        (nmt("0,20"), "high"),
        (nmt("0.20 %"), "high"),
        (nmt("<0.20"), "high"),
        (nmt(" 0.20"), "high"),
        (nmt("ND"), "high"),
        (nmt("1e3"), "high"),
        (nmt("0.20", low="0.10"), "low"),
        (nlt("98.0", high="102.0"), "high"),
        (nmt("0.20", portion="1 g"), "portion"),
        (nmt("0.20", choices=("Yes",)), "choices"),
        (nmt("0.20", alert_high="0.21"), "alert_high"),
        (nlt("98.0", alert_low="97.9"), "alert_low"),
        (nmt("0.20", alert_low="0.15", alert_high="0.10"), "alert_low"),
        (nmt("0.20", alert_high="x"), "alert_high"),
        (count("10^0"), "high"),
        (count("10^10"), "high"),
        (count("1.5"), "high"),
        (count("<10"), "high"),
        (count("100", alert_high="10.5"), "alert_high"),
        (absent_in(""), "portion"),
        (absent_in("some"), "portion"),
        (Criterion(CriterionKind.REPORT, high="5"), "high"),
        (Criterion(CriterionKind.CHOICE), "choices"),
        (Criterion(CriterionKind.CHOICE, choices=("Pink powder",)), "choices"),
        (Criterion(CriterionKind.CHOICE, choices=("",)), "choices"),
        (
            Criterion(CriterionKind.CHOICE, choices=("White powder", "white  powder")),
            "choices",
        ),
        (
            Criterion(CriterionKind.CHOICE, choices=("White powder",), alert_high="1"),
            "alert_high",
        ),
        (nmt("0.20", wording="Not more than 0.2 per cent"), "wording"),
        (nmt("0.20", wording="NMT 10.20"), "wording"),
        # Another number, though it has the digits of the limit.
        (nmt("20", wording="NMT 0,20 %"), "wording"),
        (nmt("3", wording="NMT 3,5 %"), "wording"),
        (nmt("5", wording="NMT 5 × 10² ppm"), "wording"),
        (nmt("5", wording="NMT 5e2 ppm"), "wording"),
        (between("20.5", "21.5", wording="-20.5 to -21.5 °"), "wording"),
        (between("20.5", "21.5", wording="\N{MINUS SIGN}20.5 to 21.5 °"), "wording"),
        (count("10", wording="NMT 10³ CFU/g"), "wording"),
        (count("10", wording="NMT 10 000 CFU/g"), "wording"),
        (count("10", wording="NMT 10,000 CFU/g"), "wording"),
        (count("10^2", wording="NMT 5 × 10² CFU/g"), "wording"),
        (
            Criterion(CriterionKind.ABSENCE, portion="1 g", wording="None in 1 gal"),
            "wording",
        ),
        # The limit, but its other side, or with a limit that is good and here is not.
        (nmt("2.0", wording="NLT 2.0 %"), "wording"),
        (nmt("2.0", wording="At least 2.0 %"), "wording"),
        (nmt("2.0", wording="Less than 2.0 %"), "wording"),
        (less("7", wording="Not more than 7 ppm"), "wording"),
        (more("7", wording="Less than 7 ppm"), "wording"),
        (between("98.0", "101.0", wording="98.0 % to >101.0 %"), "wording"),
        (count("100", wording="More than 100 CFU/g"), "wording"),
        (nmt("0.2", wording="NMT 0.20"), "wording"),
        (between("98.0", "101.0", wording="NLT 98.0"), "wording"),
        (count("10^3", wording="Not more than 1000 CFU/g"), "wording"),
        (
            Criterion(CriterionKind.ABSENCE, portion="10 g", wording="None in 1 g"),
            "wording",
        ),
        (less(""), "high"),
        (more("x"), "low"),
        (less("7", low="1"), "low"),
        (on_scale(""), "high"),
        (on_scale("Yellowish"), "high"),
        (on_scale("<BY6"), "high"),
        (on_scale("BY6", alert_high="BY7"), "alert_high"),
        (on_scale("BY6", decimals=1), "decimals"),
        (between("+20.5", "+21.5", wording="20.5 to 21.5"), "wording"),
        (less("-0"), "high"),
        (more("+0"), "low"),
        (between("-0.5", "+0.0"), "high"),
        (between("-0.5", "+0.5", alert_low="-0.0"), "alert_low"),
        (Criterion(CriterionKind.REPORT, alert_high="+0"), "alert_high"),
    ],
    ids=str,
)
def test_check_refuses_at_the_field_with_a_sentence(criterion, field):
    with pytest.raises(Refusal) as refused:
        check(criterion, vocabulary=COLOURS)

    assert refused.value.field == field
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("high", "wording"),
    [
        ("Y6", "Not more intensely coloured than BY6"),
        ("BY6", "Not more intensely coloured than BY61"),
        ("I", "In accordance with the monograph"),
        ("I", "Not more than reference suspension II"),
    ],
)
def test_wording_of_a_scale_says_its_grade_and_no_other(high, wording):
    with pytest.raises(Refusal) as refused:
        check(on_scale(high, wording=wording))

    assert (refused.value.code, refused.value.field) == ("wording", "wording")


def test_sentence_says_how_nought_is_typed():
    with pytest.raises(Refusal) as refused:
        check(less("-0.0"))

    assert str(refused.value) == "Nought has no sign: type 0.0 instead of -0.0."


def test_check_refuses_a_choice_where_the_test_has_no_vocabulary():
    with pytest.raises(Refusal) as refused:
        check(APPEARANCE)

    assert str(refused.value) == (
        "The test cannot have the result White powder; choose from: (none)."
    )


@pytest.mark.parametrize(
    ("criterion", "warning"),
    [
        (
            between("98", "102.0"),
            "The limits 98 and 102.0 have different decimals; a result is rounded to"
            " those of each limit.",
        ),
        (
            between("0.00", "0.10"),
            "A lower limit of 0 leaves a result such as <0.05 undecided; use a"
            " criterion NMT (not more than) instead.",
        ),
        (
            between("5.0", "5.0"),
            "Both limits are the same number, so only that number passes.",
        ),
        (
            nmt("0.20", alert_high="0.20"),
            "The alert limit 0.20 equals the limit, so it never alerts.",
        ),
        (
            Criterion(CriterionKind.CHOICE, choices=COLOURS),
            "Every result that the test can have is permitted, so no result can fail.",
        ),
        (
            nmt("0.20", wording="NMT 0.20 (0.30 if dried)"),
            "The printed wording has the number 0.30, by which no result is evaluated.",
        ),
        (
            less("7"),
            "A result is rounded before it is compared: 6.6 becomes 7, which is not"
            " less than 7, so it fails. If it should pass, give the limit more"
            " decimals, or use NMT or NLT.",
        ),
        (
            more("4.0"),
            "A result is rounded before it is compared: 4.04 becomes 4.0, which is not"
            " more than 4.0, so it fails. If it should pass, give the limit more"
            " decimals, or use NMT or NLT.",
        ),
    ],
    ids=[
        "decimals",
        "zero",
        "same",
        "alert",
        "all words",
        "another number",
        "less than",
        "more than",
    ],
)
def test_check_warns_of_what_is_hardly_meant(criterion, warning):
    (found,) = check(criterion, vocabulary=COLOURS)
    assert str(found) == warning


def test_wording_of_a_scale_says_its_limit():
    with pytest.raises(Refusal) as refused:
        check(on_scale("BY6", wording="Not more than BY5"), vocabulary=("BY6",))

    assert refused.value.field == "wording"


def test_limit_on_a_scale_is_on_that_of_the_results():
    assert check(on_scale("BY6"), vocabulary=("<BY7", "BY7", "BY6", "BY5")) == ()
    with pytest.raises(Refusal) as refused:
        check(on_scale("BY6"), vocabulary=("Clear", "II"))

    assert str(refused.value) == (
        "BY6 is on another scale than the results of the test, such as Clear; correct"
        " the limit."
    )


# --- numbers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "text", "expected"),
    [
        (less("7"), "6.6", "fail"),
        (less("7"), "6.5", "fail"),
        (less("7"), "6.4", "pass"),
        (less("7"), "7", "fail"),
        (less("7.0"), "6.9", "pass"),
        (less("7.0"), "6.95", "fail"),
        (less("10"), "<10", "pass"),
        (less("10"), "<11", "undecided"),
        (less("10"), ">9.5", "fail"),
        (less("10"), ">9", "undecided"),
        (more("4"), "4.4", "fail"),
        (more("4"), "4.5", "pass"),
        (more("4"), ">4", "pass"),
        (more("4"), "<4", "fail"),
        (more("4"), "ND", "undecided"),
        (between("+20.5", "+21.5"), "20.5", "pass"),
        (between("+20.5", "+21.5"), "+21.54", "pass"),
        (between("+20.5", "+21.5"), "-21.0", "fail"),
    ],
)
def test_strict_and_signed_limits(criterion, text, expected):
    assert outcome(criterion, text) == expected


def test_not_detected_is_less_than_a_strict_limit_that_is_the_lod():
    assert outcome(less("10"), "ND", lod="10") == "pass"
    assert outcome(less("10"), "3", loq="10") == "pass"
    assert outcome(less("10"), "3", loq="11") == "undecided"


def test_strict_verdict_says_what_the_result_is_not():
    verdict = judge(less("7"), single("6.6"))

    assert verdict.working == (
        "Typed 6.6.",
        "6.6 rounded half up to 0 decimals: 7.",
        "7 is not less than 7.",
        "Verdict: fail.",
    )


@pytest.mark.parametrize(
    ("criterion", "text", "shown"),
    [
        (between("+20.5", "+21.5"), "20.93", "+20.9"),
        (between("+20.5", "+21.5"), "+20.93", "+20.9"),
        (between("+20.5", "+21.5"), "22", "+22.0"),
        (between("-0.5", "+0.5"), "-0.2", "-0.2"),
        (between("-0.5", "+0.5"), "0.0", "0.0"),
        (between("-30.0", "-27.0"), "-28.4", "-28.4"),
        (between("20.5", "21.5"), "+20.93", "20.9"),
        # Nought has no sign, and what was detected is not printed as nought.
        (between("0.0", "+0.9"), "-0.01", "0.0"),
        (between("0", "+0.9"), "-0.01", "0"),
        (between("-0.5", "+0.9"), "-0.01", "-0.01"),
        (between("-0.5", "+0.9"), "0.04", "+0.04"),
        (between("-0.5", "+0.9"), "+0.0", "0.0"),
        (between("+0.5", "+1.0"), "-0.04", "-0.04"),
        (between("+0.5", "+1.0"), "0.04", "+0.04"),
        (between("+0.5", "+1.0"), "0.0", "0.0"),
        (nlt("0.5"), "0.04", "0.04"),
        # More than 0 is asked of the rounded value, which is nought.
        (more("0"), "0.4", "0"),
    ],
)
def test_result_of_signed_limits_is_printed_with_its_sign(criterion, text, shown):
    assert judge(criterion, single(text)).shown == shown


# --- missing digits -------------------------------------------------------------------


def typed_now(*texts, calculation=Calculation.SINGLE, **stated):
    """Return the reportable value of what is typed since digits are asked for."""
    measurement = Measurement(calculation, determinations=len(texts), **stated)
    recorded = [Determination(text, preparation=n) for n, text in enumerate(texts, 1)]
    return reportable(measurement, recorded, decimals=Decimals.TYPED)


@pytest.mark.parametrize(
    ("criterion", "text", "expected"),
    [
        (nmt("2.0"), "2", "undecided"),
        (nmt("2.0"), "1", "undecided"),
        (nmt("2.0"), "2.0", "pass"),
        (nmt("2.0"), "2.00", "pass"),
        (nmt("2.0"), "3", "fail"),
        (nmt("2.0"), "2.1", "fail"),
        (nmt("2.4"), "3", "fail"),
        (nmt("2.5"), "3", "undecided"),
        (nmt("0.20"), "0.2", "undecided"),
        (nmt("0.20"), "0.3", "fail"),
        (nlt("98.0"), "98", "undecided"),
        (nlt("98.0"), "97", "fail"),
        (between("98.0", "102.0"), "100", "undecided"),
        (between("98", "102.0"), "100", "undecided"),
        (nmt("3000"), "112", "pass"),
        (nmt("2.0"), "<2", "pass"),
        (nmt("2.0"), "ND", "undecided"),
        (less("2.0"), "1", "undecided"),
        (less("2.0"), "3", "fail"),
        (count("10^2"), "20", "pass"),
        (REPORT, "2", "reported"),
    ],
)
def test_value_with_fewer_decimals_than_its_limit_is_undecided(
    criterion, text, expected
):
    assert str(judge(criterion, typed_now(text)).outcome) == expected


def test_missing_digits_are_told_with_what_the_value_may_be():
    assert judge(nmt("2.0", unit="%"), typed_now("2")).reason == (
        "2 was typed with no decimals, but NMT 2.0 has 1: it may be 1.5 to 2.5. Correct"
        " it to the value with all its digits."
    )
    assert judge(nmt("0.20"), typed_now("0.2")).reason == (
        "0.2 was typed with 1 decimal, but NMT 0.20 has 2: it may be 0.15 to 0.25."
        " Correct it to the value with all its digits."
    )


def test_one_coarse_preparation_leaves_the_mean_undecided():
    fine = typed_now("99.5", "99.6", calculation=Calculation.MEAN)
    coarse = typed_now("99.5", "100", calculation=Calculation.MEAN)

    assert judge(ASSAY, fine).outcome is Outcome.PASS
    assert judge(ASSAY, coarse).outcome is Outcome.UNDECIDED


def test_digits_of_the_water_are_asked_for_by_its_own_criterion():
    coarse = typed_now("1")
    assay = reportable(
        Measurement(Calculation.ANHYDROUS),
        [Determination("99.00")],
        water=coarse,
        decimals=Decimals.TYPED,
    )

    assert judge(ASSAY, assay).outcome is Outcome.PASS
    assert judge(nmt("2.0"), coarse).outcome is Outcome.UNDECIDED


def test_coarse_peak_leaves_its_criterion_undecided():
    def peak(text):
        return reportable(
            Measurement(Calculation.LARGEST_UNSPECIFIED, threshold="0.05"),
            [
                Determination(text, component="RRT 0.45"),
                Determination("0.1", component="A", specified=True),
            ],
            decimals=Decimals.TYPED,
        )

    assert judge(nmt("0.10"), peak("0.1")).outcome is Outcome.UNDECIDED
    assert judge(nmt("0.10"), peak("0.10")).outcome is Outcome.PASS


@pytest.mark.parametrize("decimals", [Decimals.UNASKED, Decimals.LOST])
def test_lost_zeros_and_what_was_stored_before_are_judged_as_they_stand(decimals):
    value = reportable(Measurement(), [Determination("2")], decimals=decimals)

    assert judge(nmt("2.0"), value).outcome is Outcome.PASS


def test_missing_digits_raise_no_alert():
    verdict = judge(nmt("20", alert_high="15.0"), typed_now("12"))

    assert (verdict.outcome, verdict.alert) == (Outcome.PASS, False)


# --- limit tests and text -----------------------------------------------------------


def limit_test(high, **others):
    return Criterion(CriterionKind.LIMIT, high=high, unit="ppm", **others)


SAYS = ("Complies", "Does not comply")


@pytest.mark.parametrize(
    ("text", "vocabulary", "expected"),
    [
        ("complies", SAYS, "pass"),
        ("Does not comply", SAYS, "fail"),
        ("50", (), "pass"),
        ("50.4", (), "pass"),
        ("51", (), "fail"),
        ("<50", (), "pass"),
        ("Yes", ("Yes", "No"), "undecided"),
    ],
)
def test_limit_test_is_a_number_or_complies(text, vocabulary, expected):
    assert outcome(limit_test("50"), text, vocabulary=vocabulary) == expected


def test_limit_test_says_on_which_limit_it_is():
    verdict = judge(limit_test("50"), single("Does not comply", vocabulary=SAYS))

    assert (verdict.rounded, verdict.shown) == ("", "Does not comply")
    assert verdict.reason == "Limit test on NMT 50 ppm: does not comply."


def test_free_text_is_reported_as_it_was_typed():
    verdict = judge(REPORT, single("  Soluble in  water ", is_text=True))

    assert (verdict.outcome, verdict.shown) == (Outcome.REPORTED, "Soluble in water")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.049", "<0.05"),
        ("0.04", "<0.05"),
        ("0.050", "0.05"),
        ("0.06", "0.06"),
        ("0.02", "Detected, <LOQ"),
        ("<0.03", "<0.03"),
        ("ND", "Not detected"),
    ],
)
def test_impurity_below_the_reporting_threshold_of_its_total_is_no_number(text, shown):
    value = single(text, lod="0.01", loq="0.03", reported_from="0.05")

    assert judge(nmt("0.20"), value).shown == shown


def test_impurity_that_fails_is_shown_as_its_number():
    value = single("0.04", reported_from="0.05")

    assert judge(nmt("0.02"), value).shown == "0.04"


@pytest.mark.parametrize(
    ("limit", "text", "shown"),
    [("2.0", "3", "3"), ("2.0", "2.1", "2.1"), ("2.0", "2.14", "2.1"), ("2", "3", "3")],
)
def test_value_that_fails_is_not_padded(limit, text, shown):
    value = reportable(Measurement(), [Determination(text)], decimals=Decimals.TYPED)

    assert judge(nmt(limit), value).shown == shown


GRADES = ("Colourless", "<BY7", "BY7", "BY6", "BY5", ">BY5", "B9", "B8", "Y7", "<B9")


@pytest.mark.parametrize(
    ("limit", "word", "expected"),
    [
        ("BY6", "Colourless", "pass"),
        ("BY6", "<BY7", "pass"),
        ("BY6", "BY7", "pass"),
        ("BY6", "BY6", "pass"),
        ("BY6", "BY5", "fail"),
        ("BY6", ">BY5", "fail"),
        ("BY6", "Y7", "undecided"),
        ("BY6", "B9", "undecided"),
        ("Colourless", "Colourless", "pass"),
        ("Colourless", "B9", "pass"),
        ("Colourless", "<B9", "pass"),
        ("Colourless", "B8", "fail"),
        ("Colourless", "<BY7", "undecided"),
        ("B9", "Colourless", "pass"),
        ("Y7", "Colourless", "pass"),
        ("BY4", ">BY5", "undecided"),
    ],
)
def test_colour_within_one_hue_and_undecided_beyond(limit, word, expected):
    assert outcome(on_scale(limit), word, vocabulary=GRADES) == expected


SUSPENSIONS = ("Clear", "Reference suspension I", "II", "III", "<III", ">IV")


@pytest.mark.parametrize(
    ("limit", "word", "expected"),
    [
        ("Clear", "Clear", "pass"),
        ("Clear", "Reference suspension I", "pass"),
        ("Clear", "II", "fail"),
        ("I", "Clear", "pass"),
        ("II", "II", "pass"),
        ("II", "III", "fail"),
        ("II", "<III", "undecided"),
        ("III", ">IV", "fail"),
    ],
)
def test_clear_is_as_water_or_not_beyond_suspension_i(limit, word, expected):
    assert outcome(on_scale(limit), word, vocabulary=SUSPENSIONS) == expected


def test_what_has_no_place_on_a_scale_is_undecided():
    mixed = ("Yellowish", "BY6")

    assert outcome(on_scale("BY6"), "Yellowish", vocabulary=mixed) == "undecided"
    assert outcome(on_scale("BY6"), "6") == "undecided"


@pytest.mark.parametrize(
    ("criterion", "text", "expected"),
    [
        (nmt("0.20"), "0.20", "pass"),
        (nmt("0.20"), "0.2049", "pass"),
        (nmt("0.20"), "0.205", "fail"),
        (nmt("0.20"), "-0.5", "pass"),
        (nlt("98.0"), "98.0", "pass"),
        (nlt("98.0"), "97.95", "pass"),
        (nlt("98.0"), "97.949", "fail"),
        (nlt("98.0"), "1000", "pass"),
        (ASSAY, "97.94", "fail"),
        (ASSAY, "98.0", "pass"),
        (ASSAY, "101.04", "pass"),
        (ASSAY, "101.05", "fail"),
        (nmt("3000"), "3000.4", "pass"),
        (nmt("3000"), "3000.5", "fail"),
        (between("98", "102.0"), "97.5", "pass"),
        (between("98", "102.0"), "97.49", "fail"),
        (between("98", "102.0"), "102.04", "pass"),
        (between("98", "102.0"), "102.05", "fail"),
    ],
)
def test_a_number_at_just_below_and_just_above_its_limit(criterion, text, expected):
    assert outcome(criterion, text) == expected


@pytest.mark.parametrize(
    ("criterion", "text", "rounded", "shown"),
    [
        # Those of the limit, unless fewer were measured.
        (nmt("0.500"), "0.3", "0.300", "0.3"),
        (nmt("0.20"), "0.0449", "0.04", "0.04"),
        (nmt("20", decimals=2), "0.3", "0", "0.3"),
        # What was detected is not reported as nought.
        (nmt("20"), "0.3", "0", "0.3"),
        (nmt("1"), "0.320", "0", "0.3"),
        (nmt("20"), "0.0047", "0", "0.005"),
        (nmt("20"), "0", "0", "0"),
        (nmt("20"), "0.00", "0", "0"),
        # The criterion's own, which decide nothing.
        (nmt("0.20", decimals=3), "0.1234", "0.12", "0.123"),
        (nmt("0.5", decimals=2), "0.446", "0.4", "0.45"),
        (between("98.0", "102.0", decimals=2), "99.876", "99.9", "99.88"),
        (between("98.0", "102.0", decimals=0), "99.876", "99.9", "100"),
        (Criterion(CriterionKind.REPORT, decimals=1), "7.25", "7.25", "7.3"),
        # A number that complies is not reported beyond its limit.
        (nmt("0.20", decimals=3), "0.204", "0.20", "0.20"),
        (nlt("98.0", decimals=2), "97.95", "98.0", "98.0"),
        (nmt("0.25", decimals=1), "0.25", "0.25", "0.25"),
        (nmt("0"), "0.4", "0", "0"),
        # Of two limits with different decimals, by those of the limit it would break.
        (between("98.0", "102"), "102.4", "102.4", "102"),
        (between("98.0", "102"), "101.4", "101.4", "101.4"),
        (between("98.0", "102"), "102.5", "102.5", "102.5"),
        (between("98", "102.0"), "97.6", "97.6", "98"),
        (between("98", "102.0"), "97.4", "97.4", "97.4"),
        (between("+0.8", "+2"), "2.49", "2.5", "+2"),
        (between("98.0", "102", decimals=2), "102.44", "102.4", "102"),
        # What fails is reported as it was compared.
        (nmt("0.20", decimals=1), "0.205", "0.21", "0.21"),
        (nmt("0.20", decimals=4), "0.2051", "0.21", "0.21"),
    ],
)
def test_result_is_reported_with_its_decimals_and_compared_with_those_of_the_limit(
    criterion, text, rounded, shown
):
    verdict = judge(criterion, single(text))

    assert (verdict.rounded, verdict.shown) == (rounded, shown)


@pytest.mark.parametrize(
    "criterion",
    [
        Criterion(CriterionKind.CHOICE, choices=COLOURS[:1], decimals=1),
        count("100", decimals=1),
        absent_in("1 g"),
        nmt("0.20", decimals=13),
        nmt("0.20", decimals=-1),
    ],
)
def test_decimals_are_for_numbers(criterion):
    with pytest.raises(Refusal) as refused:
        check(replace(criterion, decimals=criterion.decimals or 1), vocabulary=COLOURS)

    assert refused.value.field == "decimals"


@given(
    st.sampled_from(["-0.5", "0", "0.0", "0.80", "+0.8", "1"]),
    st.sampled_from(["1", "1.0", "+2", "+2.00", "3.5"]),
    st.decimals(-1, 4, places=3, allow_nan=False, allow_infinity=False),
    st.none() | st.integers(0, 4),
)
def test_number_that_complies_is_shown_within_both_limits(low, high, number, decimals):
    verdict = judge(between(low, high, decimals=decimals), single(f"{number:f}"))

    is_within = Decimal(low) <= Decimal(verdict.shown) <= Decimal(high)
    assert is_within is (verdict.outcome is Outcome.PASS)
    assert Decimal(verdict.shown) or "+" not in verdict.shown


@given(
    st.decimals(0, 10, places=4, allow_nan=False, allow_infinity=False),
    st.sampled_from(["0", "1", "0.5", "2.0", "5.00"]),
    st.none() | st.integers(0, 6),
)
def test_reported_number_is_on_the_side_of_its_verdict(number, limit, decimals):
    verdict = judge(nmt(limit, decimals=decimals), single(f"{number:f}"))

    is_within = Decimal(verdict.shown) <= Decimal(limit)
    assert is_within is (verdict.outcome == Outcome.PASS)


def test_half_even_is_a_property_of_the_criterion():
    assert outcome(nmt("0.2"), "0.250") == "fail"
    assert outcome(nmt("0.2", rounding=Rule.HALF_EVEN), "0.250") == "pass"


def test_verdict_comes_whole_with_its_working():
    assert judge(ASSAY, single("97.949")) == Verdict(
        outcome=Outcome.FAIL,
        alert=False,
        rounded="97.9",
        shown="97.9",
        working=(
            "Typed 97.949.",
            "97.949 rounded half up to 1 decimal: 97.9.",
            "97.9 is less than 98.0.",
            "97.9 is within NMT 101.0.",
            "Verdict: fail.",
        ),
        reason="97.9 is less than 98.0.",
    )


@given(
    st.decimals(-1000, 1000, places=6),
    st.decimals(-1000, 1000, places=2),
    st.sampled_from(Rule),
)
def test_every_number_is_on_one_side_of_a_limit(number, limit, rule):
    text, bound = f"{number:f}", f"{limit:f}"
    verdicts = {
        outcome(nmt(bound, rounding=rule), text),
        outcome(nlt(bound, rounding=rule), text),
    }

    both = judge(nmt(bound, rounding=rule), single(text)).rounded == bound
    assert verdicts == ({"pass"} if both else {"pass", "fail"})


# --- qualified values (domain.md 3.3) -----------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "text", "expected"),
    [
        (nmt("0.20"), "<0.20", "pass"),
        (nmt("0.20"), "<0.201", "undecided"),
        (nmt("0.20"), ">0.20", "undecided"),
        (nmt("0.20"), ">0.204", "undecided"),
        (nmt("0.20"), ">0.205", "fail"),
        (nmt("0.20"), ">0.1", "undecided"),
        (nlt("98.0"), ">98.0", "pass"),
        (nlt("98.0"), ">97.99", "undecided"),
        (nlt("98.0"), "<98.0", "undecided"),
        (nlt("98.0"), "<97.96", "undecided"),
        (nlt("98.0"), "<97.95", "fail"),
        (nlt("98.0"), "<97.0", "fail"),
        (nlt("98.0"), "<99.0", "undecided"),
        (ASSAY, ">99.0", "undecided"),
        (ASSAY, "<99.0", "undecided"),
        (ASSAY, ">101.1", "fail"),
        (ASSAY, "<97.0", "fail"),
        (nmt("0.2", rounding=Rule.HALF_EVEN), ">0.25", "fail"),
        (nmt("0.2", rounding=Rule.HALF_EVEN), ">0.249", "undecided"),
    ],
)
def test_a_bound_passes_fails_or_stays_undecided(criterion, text, expected):
    assert outcome(criterion, text) == expected


@pytest.mark.parametrize(
    ("criterion", "lod", "expected"),
    [
        (nmt("0.20"), "", "undecided"),
        (nmt("0.20"), "0.20", "pass"),
        (nmt("0.20"), "0.21", "undecided"),
        (nlt("98.0"), "0.02", "fail"),
        (nlt("98.0"), "", "undecided"),
        (ASSAY, "99.0", "undecided"),
    ],
)
def test_not_detected_is_less_than_a_stated_lod_and_else_nothing(
    criterion, lod, expected
):
    by_method = judge(criterion, single("ND"), lod=lod)
    by_reportable = judge(criterion, single("ND", lod=lod))

    assert (by_method.outcome, by_reportable.outcome) == (expected, expected)
    assert by_method.shown == "Not detected"


@pytest.mark.parametrize("text", ["<0.05", ">0.05", "ND"])
def test_a_qualified_value_has_no_rounded_number(text):
    verdict = judge(nmt("0.20"), single(text, lod="0.01"))

    assert verdict.rounded == ""


def test_undecided_says_what_is_open():
    verdict = judge(nmt("0.15"), single("<0.20"))

    assert (verdict.outcome, verdict.reason) == (
        "undecided",
        "<0.20 leaves open whether NMT 0.15 is met.",
    )


# --- what a certificate prints ------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.009", "Not detected"),
        ("0.01", "Detected, <LOQ"),
        ("0.029", "Detected, <LOQ"),
        ("0.03", "0.03"),
        ("<0.03", "<0.03"),
        ("< 0.03", "<0.03"),
        ("ND", "Not detected"),
        ("0.1449", "0.14"),
    ],
)
def test_shown_is_no_number_below_lod_and_loq(text, shown):
    verdict = judge(nmt("0.15"), single(text), lod="0.01", loq="0.03")

    assert (verdict.outcome, verdict.shown) == ("pass", shown)


@pytest.mark.parametrize(
    ("criterion", "text", "lod", "loq", "expected"),
    [
        # A crude procedure: nothing below its LOQ says that 0.50 is kept.
        (nmt("0.50"), "0.3", "0.2", "1.0", ("undecided", "Detected, <LOQ")),
        (nmt("0.50"), "0.1", "0.2", "1.0", ("pass", "Not detected")),
        (nmt("0.50"), "0.3", "0.8", "1.0", ("undecided", "Not detected")),
        (nmt("0.50"), "0.3", "0.2", "0.50", ("pass", "Detected, <LOQ")),
        (nmt("0.50"), "0.3", "0.2", "0.51", ("undecided", "Detected, <LOQ")),
        (nmt("0.50"), "0.6", "0.2", "1.0", ("fail", "0.60")),
        (nlt("0.20"), "0.3", "0.1", "1.0", ("undecided", "Detected, <LOQ")),
        (nlt("0.20"), "0.1", "", "1.0", ("fail", "0.10")),
    ],
)
def test_number_below_lod_or_loq_is_judged_as_it_is_printed(
    criterion, text, lod, loq, expected
):
    verdict = judge(criterion, single(text), lod=lod, loq=loq)

    assert (verdict.outcome, verdict.shown) == expected


def test_number_below_a_loq_above_the_limit_says_what_is_open():
    verdict = judge(nmt("0.50"), single("0.3"), lod="0.2", loq="1.0")

    assert verdict.reason == (
        "0.3 is below the LOQ of 1.0, which leaves open whether NMT 0.50 is met."
    )


def test_nought_is_not_called_detected_where_no_lod_is_stated():
    assert judge(nmt("0.50"), single("0"), loq="0.05").shown == "<0.05"
    assert judge(nmt("0.50"), single("0"), lod="0.02", loq="0.05").shown == (
        "Not detected"
    )


def test_shown_is_the_number_where_it_fails():
    verdict = judge(nmt("0.01"), single("0.02"), lod="0.01", loq="0.03")

    assert (verdict.outcome, verdict.shown) == ("fail", "0.02")


# --- alert limits -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected", "alert"),
    [
        ("0.15", "pass", False),
        ("0.154", "pass", False),
        ("0.155", "pass", True),
        ("0.20", "pass", True),
        ("0.21", "fail", False),
        ("<0.15", "pass", False),
        ("<0.18", "pass", True),
    ],
)
def test_an_alert_leaves_the_verdict_alone(text, expected, alert):
    verdict = judge(nmt("0.20", alert_high="0.15"), single(text))

    assert (verdict.outcome, verdict.alert) == (expected, alert)


def test_an_alert_below():
    criterion = nlt("98.0", alert_low="98.5")

    assert judge(criterion, single("98.4")).alert
    assert not judge(criterion, single("98.5")).alert


def test_report_only_is_reported_and_may_alert():
    particles = Criterion(CriterionKind.REPORT, alert_high="25")

    within = judge(particles, single("25"))
    beyond = judge(particles, single("26"))

    assert (within.outcome, within.alert) == ("reported", False)
    assert (beyond.outcome, beyond.alert) == ("reported", True)


# --- report only --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (single("6.50"), "6.50"),
        (single("<0.05"), "<0.05"),
        (single("ND"), "Not detected"),
        (mean("6.5", "6.6", "6.6"), "6.6"),
        (single("conforms", vocabulary=("Conforms",)), "Conforms"),
    ],
    ids=["number", "less", "nd", "mean", "word"],
)
def test_report_only_prints_the_value_and_is_never_a_pass(value, shown):
    verdict = judge(REPORT, value)

    assert (verdict.outcome, verdict.shown, verdict.reason) == ("reported", shown, "")


def test_report_only_without_a_usable_value_is_undecided():
    verdict = judge(REPORT, reportable(Measurement(), []))

    assert (verdict.outcome, verdict.reason) == (
        "undecided",
        "No value is recorded.",
    )


# --- preparations -------------------------------------------------------------------


def test_one_preparation_out_of_specification_is_not_averaged_away():
    verdict = judge(ASSAY, mean("99.1", "97.8", "99.0"))

    assert (verdict.outcome, verdict.rounded) == ("fail", "98.6")
    assert verdict.reason == "97.8 by itself: 97.8 is less than 98.0."


def test_preparations_that_pass_at_their_rounding_leave_the_mean_to_pass():
    assert judge(ASSAY, mean("97.95", "98.2", "98.1")).outcome is Outcome.PASS


def test_a_failing_preparation_fails_though_the_set_is_unusable():
    too_wide = judge(ASSAY, mean("99.1", "95.8", "99.0", spread_limit="1.0"))
    within_limits = judge(ASSAY, mean("98.1", "100.8", spread_limit="1.0"))

    assert (too_wide.outcome, within_limits.outcome) == ("fail", "undecided")
    assert within_limits.reason == (
        "The preparations differ by 2.7, more than the 1.0 that the method allows."
    )


def test_a_mixture_of_bounds_and_numbers_is_undecided():
    assert judge(nmt("0.10"), mean("<0.05", "0.06")).outcome is Outcome.UNDECIDED
    assert judge(nmt("0.10"), mean("<0.05", "0.16")).outcome is Outcome.FAIL


def test_any_unspecified_peak_out_of_specification_fails():
    measurement = Measurement(Calculation.LARGEST_UNSPECIFIED, threshold="0.05")
    bound = [
        Determination("<0.30", component="RRT 0.8"),
        Determination("0.12", component="RRT 1.2"),
    ]

    assert judge(nmt("0.10"), reportable(measurement, bound)).outcome is Outcome.FAIL
    assert (
        judge(nmt("0.10"), reportable(measurement, bound[:1])).outcome
        is Outcome.UNDECIDED
    )


# --- qualified water ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("assay", "expected"),
    [
        ("97.80", "fail"),
        ("97.90", "undecided"),
        ("97.95", "pass"),
        ("100.98", "undecided"),
    ],
)
def test_both_ends_of_a_qualified_water_must_agree(assay, expected):
    verdict = judge(ASSAY, anhydrous(assay, water=single("<0.10")))

    assert verdict.outcome == expected


def test_disagreeing_ends_name_both_verdicts():
    verdict = judge(ASSAY, anhydrous("97.90", water=single("<0.10")))

    assert verdict.reason == (
        "It is corrected with a result that is only a bound: with its lowest value the"
        " verdict is fail, with its highest pass."
    )
    assert verdict.working[-1] == "Verdict: undecided."


# --- words, absence, counts ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("white powder", "pass"),
        (" Almost White  powder", "pass"),
        ("Grey powder", "fail"),
    ],
)
def test_a_choice_accepts_its_words_only(text, expected):
    verdict = judge(APPEARANCE, single(text, vocabulary=COLOURS))

    assert verdict.outcome == expected
    assert verdict.shown in COLOURS


def test_a_number_is_no_choice_and_a_word_is_no_number():
    assert judge(APPEARANCE, single("99.1")).outcome is Outcome.UNDECIDED
    conforms = single("Conforms", vocabulary=("Conforms",))
    assert judge(nmt("0.20"), conforms).outcome is Outcome.UNDECIDED
    assert judge(count("100"), conforms).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("criterion", "typed", "portion", "expected"),
    [
        ("1 g", "Absent", "1 g", "pass"),
        ("1 g", "Absent", "10 g", "pass"),
        ("10 g", "Absent", "1 g", "undecided"),
        ("10 g", "Absent in 10 g", "1 g", "pass"),
        ("10 g", "Absent in 1 g", "10 g", "undecided"),
        ("1 g", "absent", "1 mL", "undecided"),
        ("1 g", "Present", "1 g", "fail"),
        ("10 g", "Present", "1 g", "fail"),
        ("1 g", "Present", "10 g", "undecided"),
    ],
)
def test_absence_is_judged_in_its_portion(criterion, typed, portion, expected):
    verdict = judge(absent_in(criterion), single(typed, portion=portion))

    assert verdict.outcome == expected


def test_absence_without_a_portion_is_undecided_until_one_is_stated():
    absent = single("Absent", vocabulary=("Absent", "Present"))

    assert judge(absent_in("1 g"), absent).outcome is Outcome.UNDECIDED
    assert judge(absent_in("1 g"), absent, portion="1 g").outcome is Outcome.PASS


def test_word_that_says_neither_absent_nor_present_is_undecided():
    verdict = judge(absent_in("1 g"), single("Few", vocabulary=("Few",)), portion="1 g")

    assert (verdict.outcome, verdict.reason) == (
        Outcome.UNDECIDED,
        "Few says neither absent nor present.",
    )


@pytest.mark.parametrize(
    ("high", "text", "expected"),
    [
        ("10^1", "20", "pass"),
        ("10^1", "21", "fail"),
        ("10^2", "200", "pass"),
        ("10^2", "201", "fail"),
        ("10^3", "2000", "pass"),
        ("10^3", "2001", "fail"),
        ("100", "100", "pass"),
        ("100", "101", "fail"),
        ("100", "<10", "pass"),
        ("10", "<10", "pass"),
        ("10", "<100", "undecided"),
        ("100", ">100", "fail"),
        ("100", ">99", "undecided"),
        ("100", "45.5", "undecided"),
        ("100", "<9.5", "undecided"),
        ("100", "-1", "undecided"),
        ("100", "ND", "undecided"),
        ("100", "0", "pass"),
    ],
)
def test_counts_are_whole_numbers(high, text, expected):
    assert outcome(count(high), text) == expected


@pytest.mark.parametrize(
    ("high", "plates", "expected", "shown"),
    [
        ("10^1", ("15", "16"), "pass", "16"),
        ("10^3", ("1", "2", "2"), "pass", "2"),
        ("10^1", ("20", "20"), "pass", "20"),
        ("10^1", ("20", "21"), "fail", "21"),
        ("10^1", ("0", "25"), "fail", "13"),
        ("10^1", ("15.5", "16"), "undecided", ""),
        ("100", ("<10", "<10"), "pass", "<10"),
        ("100", ("<10", "15"), "undecided", ""),
    ],
)
def test_mean_of_counts_is_judged_as_the_nearest_count(high, plates, expected, shown):
    """Of plates counted in whole numbers, none of which is averaged away."""
    measurement = Measurement(calculation=Calculation.MEAN, determinations=len(plates))
    typed = [Determination(text, number) for number, text in enumerate(plates, 1)]
    verdict = judge(count(high), reportable(measurement, typed))

    assert verdict.outcome == expected
    assert verdict.shown == shown or not shown


def test_mean_of_counts_says_how_it_was_rounded():
    measurement = Measurement(calculation=Calculation.MEAN, determinations=2)
    typed = [Determination("15", 1), Determination("16", 2)]

    assert "15.5 rounded half up to a whole number: 16." in (
        judge(count("10^1"), reportable(measurement, typed)).working
    )


# --- never a pass by omission -------------------------------------------------------


@pytest.mark.parametrize(
    "criterion",
    [
        ASSAY,
        nmt("0.20"),
        nlt("98.0"),
        count("10^3"),
        APPEARANCE,
        absent_in("1 g"),
        REPORT,
    ],
    ids=words,
)
def test_an_unusable_value_is_undecided_against_every_kind(criterion):
    verdict = judge(criterion, reportable(Measurement(), []))

    assert verdict.outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    "criterion",
    [nmt(""), nlt(""), between("98.0", ""), nmt("0,2"), count(""), absent_in("")],
    ids=str,
)
def test_judge_refuses_a_malformed_criterion(criterion):
    with pytest.raises(Refusal):
        judge(criterion, single("99"))


# --- headroom -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "value", "expected"),
    [
        (between("98.0", "102.0"), single("99.0"), Decimal("0.25")),
        (between("98.0", "102.0"), single("101.0"), Decimal("0.25")),
        (between("98.0", "102.0"), single("97.95"), Decimal(0)),
        (between("98.0", "102.0"), single("97.0"), Decimal("-0.25")),
        (nmt("0.20"), single("0.05"), Decimal("0.75")),
        (nmt("0.1"), single("0.06"), Decimal("0.4")),
        (nmt("0.1"), single("0.14"), Decimal(0)),
        (nlt("50.0"), single("75.0"), Decimal("0.5")),
        (count("10^3"), single("500"), Decimal("0.75")),
        (nmt("0.20"), single("<0.05"), None),
        (less("10"), single("5"), Decimal("0.5")),
        (less("10"), single("9.6"), Decimal(0)),
        (less("10"), single("11"), Decimal("-0.1")),
        (on_scale("BY6"), single("BY6", vocabulary=("BY6",)), None),
        (nmt("0"), single("0"), None),
        (REPORT, single("1"), None),
        (APPEARANCE, single("White powder", vocabulary=COLOURS), None),
        (nmt("0.20"), reportable(Measurement(), []), None),
    ],
)
def test_distance_is_the_share_to_the_nearest_limit(criterion, value, expected):
    assert distance(criterion, value) == expected


def test_distance_of_a_qualified_water_is_the_nearer_end():
    value = anhydrous("100.80", water=single("<0.10"))

    # 100.80 as it is, or 100.9009 at the most water: that is nearer to 101.0.
    share = distance(between("97.0", "101.0"), value)
    assert share.quantize(Decimal("0.000001")) == Decimal("0.024775")
