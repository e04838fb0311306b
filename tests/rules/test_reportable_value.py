"""How reportable values arise: means, bases, peaks; and where none arises."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lots.rules import rounding
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import (
    Calculation,
    Determination,
    Measurement,
    NotAMeasurement,
    Reportable,
    check,
    entered,
    exact,
    read,
    reportable,
)
from lots.rules.reported_value import Kind, NotAReportedValue, Reported
from tests.rules.reference import cases

MEAN_OF_3 = Measurement(Calculation.MEAN, determinations=3)
ANHYDROUS = Measurement(Calculation.ANHYDROUS)
PEAKS = Measurement(Calculation.TOTAL, threshold="0.05")
LARGEST = Measurement(Calculation.LARGEST_UNSPECIFIED, threshold="0.05")


def single(text, **stated):
    return reportable(Measurement(**stated), [Determination(text)])


def preparations(measurement, *texts, **others):
    typed = [Determination(text, preparation=n) for n, text in enumerate(texts, 1)]
    return reportable(measurement, typed, **others)


def peaks(*named):
    return [Determination(text, component=name) for name, text in named]


def test_value_before_rounding_is_written_as_in_the_working():
    corrected = preparations(ANHYDROUS, "99.74", water=single("0.21"))
    typed, bound, mixed = single("98.50"), single("< 0.05"), single("ND")

    assert corrected.text == "99.95"
    assert corrected.unrounded == "99.949894…"
    assert [each.unrounded for each in (typed, bound, mixed)] == [
        "98.50",
        "<0.05",
        "ND",
    ]


# --- single -------------------------------------------------------------------------


def test_single_is_what_was_typed():
    value = single("98.50", lod="0.01", loq="0.03")

    assert value == Reportable(
        kind=Kind.NUMBER,
        number=Decimal("98.50"),
        text="98.50",
        working=("Typed 98.50.",),
        each=(Reported("98.50", Kind.NUMBER, Decimal("98.50")),),
        places=2,
        lod="0.01",
        loq="0.03",
    )


@pytest.mark.parametrize(
    ("text", "kind", "number", "printed"),
    [
        ("< 0.05", Kind.LESS, Decimal("0.05"), "<0.05"),
        (">100", Kind.GREATER, Decimal(100), ">100"),
        ("nd", Kind.NOT_DETECTED, Decimal("0.02"), "ND"),
    ],
)
def test_single_qualified_value_has_its_bound(text, kind, number, printed):
    value = single(text, lod="0.02")

    assert (value.kind, value.number, value.text) == (kind, number, printed)


def test_nd_without_a_lod_has_no_number():
    assert single("ND").number is None


def test_nothing_recorded_is_unusable():
    value = reportable(Measurement(), [])

    assert (value.usable, value.problem) == (False, "No value is recorded.")


def test_single_refuses_two_preparations():
    value = preparations(Measurement(), "99.0", "99.2")

    assert not value.usable
    assert value.problem == "The method asks for 1 preparation; 2 recorded."
    assert value.number is None


def test_reportable_refuses_a_text_out_of_grammar():
    with pytest.raises(NotAReportedValue):
        preparations(MEAN_OF_3, "99.1", "99,2", "99.0")


# --- mean ---------------------------------------------------------------------------


def test_mean_is_unrounded_and_shows_its_working():
    value = preparations(MEAN_OF_3, "99.1", "97.8", "99.0")

    assert value.number == Decimal("98." + "6" + "3" * 47)
    assert value.text == "98.6"
    assert value.working == (
        "Typed 99.1; 97.8; 99.0.",
        "Preparations 99.1, 97.8, 99.0: mean 98.633333\N{HORIZONTAL ELLIPSIS}.",
    )
    assert [one.text for one in value.each] == ["99.1", "97.8", "99.0"]


def test_mean_needs_as_many_preparations_as_the_calculation_asks_for():
    few = preparations(MEAN_OF_3, "99.1", "97.8")
    many = preparations(MEAN_OF_3, "99.1", "97.8", "99.0", "99.2")

    assert (few.usable, many.usable) == (False, False)
    assert few.problem == "The method asks for 3 preparations; 2 recorded."
    assert many.problem == "The method asks for 3 preparations; 4 recorded."
    assert len(few.each) == 2


@pytest.mark.parametrize(
    ("third", "usable"), [("98.1", True), ("98.0", True), ("97.9", False)]
)
def test_mean_holds_its_spread_limit_at_just_below_and_just_above(third, usable):
    measurement = Measurement(Calculation.MEAN, determinations=3, spread_limit="1.0")

    assert preparations(measurement, "99.0", "98.5", third).usable is usable


def test_mean_with_too_wide_a_spread_keeps_each_to_be_judged():
    measurement = Measurement(Calculation.MEAN, determinations=2, spread_limit="0.5")

    value = preparations(measurement, "99.0", "98.4")

    assert value.problem == (
        "The preparations differ by 0.6, more than the 0.5 that the method allows."
    )
    assert [one.text for one in value.each] == ["99.0", "98.4"]
    assert (value.number, value.text) == (None, "99.0; 98.4")


@pytest.mark.parametrize(
    ("texts", "kind", "text"),
    [
        (("<0.05", "<0.05", "<0.05"), Kind.LESS, "<0.05"),
        (("<0.02", "<0.05", "<0.03"), Kind.LESS, "<0.05"),
        ((">5", ">3", ">4"), Kind.GREATER, ">3"),
        (("ND", "ND", "ND"), Kind.NOT_DETECTED, "ND"),
    ],
)
def test_mean_of_like_bounds_is_the_bound_that_holds_for_all(texts, kind, text):
    value = preparations(MEAN_OF_3, *texts)

    assert (value.usable, value.kind, value.text) == (True, kind, text)


@pytest.mark.parametrize(
    "texts", [("<0.05", "0.06", "0.07"), ("ND", "<0.05", "ND"), (">1", "<1", "1")]
)
def test_mean_of_a_mixture_is_unusable(texts):
    value = preparations(MEAN_OF_3, *texts)

    assert not value.usable
    assert value.problem == (
        f"{', '.join(texts)} have no mean: a value such as <0.05, or ND, beside others"
        " is not a number."
    )


def test_injections_of_one_preparation_are_one_value():
    injections = ["99.0", "99.2", "97.8", "99.1", "99.4"]
    typed = [Determination(text, injection=n) for n, text in enumerate(injections, 1)]

    value = reportable(Measurement(injections=5), typed)

    assert value.number == Decimal("98.9")
    assert [one.number for one in value.each] == [Decimal("98.9")]
    assert value.working[1] == (
        "Preparation 1, injections 99.0, 99.2, 97.8, 99.1, 99.4: mean 98.9."
    )


@pytest.mark.parametrize(
    ("asked", "recorded", "problem"),
    [
        (
            1,
            2,
            "The method asks for 1 injection of each preparation; 2 recorded of"
            " preparation 1.",
        ),
        (
            3,
            2,
            "The method asks for 3 injections of each preparation; 2 recorded of"
            " preparation 1.",
        ),
    ],
)
def test_injections_are_as_many_as_the_calculation_asks_for(asked, recorded, problem):
    typed = [Determination("99.0", injection=n) for n in range(1, recorded + 1)]

    value = reportable(Measurement(injections=asked), typed)

    assert (value.usable, value.problem) == (False, problem)


@pytest.mark.parametrize(
    "facts",
    [
        {"injections": 0},
        {"injections": 2, "vocabulary": ("Clear",)},
        {"injections": 2, "portion": "1 g"},
        {
            "injections": 2,
            "calculation": Calculation.LARGEST_UNSPECIFIED,
            "threshold": "0.05",
        },
    ],
    ids=["none", "words", "absence", "peaks"],
)
def test_only_numbers_are_averaged_over_injections(facts):
    with pytest.raises(NotAMeasurement) as caught:
        check(Measurement(**facts))

    assert (caught.value.code, caught.value.field) == ("injections", "injections")


@pytest.mark.parametrize("facts", [{"vocabulary": ("Clear",)}, {"portion": "1 g"}])
def test_free_text_has_no_words_and_no_portion(facts):
    check(Measurement(is_text=True))
    with pytest.raises(NotAMeasurement) as caught:
        check(Measurement(is_text=True, **facts))

    assert (caught.value.code, caught.value.field) == ("is-text", "is_text")


def test_the_same_injection_twice_is_unusable():
    value = reportable(Measurement(), [Determination("99.0"), Determination("99.2")])

    assert value.problem == (
        "Preparation 1, injection 1 is recorded 2 times; number the determinations."
    )


def test_means_of_means_lose_nothing():
    # Thirds in each preparation, a tie over all: 0.050 exactly only without rounding.
    typed = [
        Determination(text, preparation=preparation, injection=injection)
        for preparation, texts in ((1, ("0.1", "0", "0")), (2, ("0.1", "0.1", "0")))
        for injection, text in enumerate(texts, 1)
    ]

    calculation = Measurement(Calculation.MEAN, determinations=2, injections=3)
    value = reportable(calculation, typed)

    assert value.number == Decimal("0.05")


@given(st.lists(st.decimals(-1000, 1000, places=4), min_size=2, max_size=9))
def test_mean_agrees_with_fractions(numbers):
    measurement = Measurement(Calculation.MEAN, determinations=len(numbers))

    value = preparations(measurement, *(f"{number:f}" for number in numbers))

    expected = sum(map(Fraction, numbers)) / len(numbers)
    assert abs(Fraction(value.number) - expected) < Fraction(1, 10**40)


# --- basis --------------------------------------------------------------------------


@pytest.mark.reference
@pytest.mark.parametrize("case_id", ["basis-1", "basis-2", "basis-3"])
def test_published_basis_conversion(case_id):
    case = cases("assay_basis.json")[case_id]
    water = single(case["inputs"]["water_percent"])

    value = preparations(ANHYDROUS, case["inputs"]["assay"], water=water)

    expected = case["expected"]["result"]
    rounded = rounding.rounded(
        value.number, places=rounding.places(expected), rule=rounding.Rule.HALF_UP
    )
    assert str(rounded) == expected


@pytest.mark.reference
def test_published_dried_basis_read_backwards():
    case = cases("assay_basis.json")["basis-4-back"]
    dried = case["inputs"]["assay"].removesuffix(" (dried basis)")
    as_such = case["expected"]["result"].removesuffix(" (as such)")
    loss = single(case["inputs"]["water_percent"])

    value = preparations(Measurement(Calculation.DRIED), as_such, water=loss)

    assert value.text == dried


@pytest.mark.reference
def test_published_trap_is_divided_and_not_added():
    case = cases("assay_basis.json")["basis-additive-trap"]
    water = single(case["inputs"]["water_percent"])

    value = preparations(ANHYDROUS, case["inputs"]["assay_as_is"], water=water)

    assert abs(value.number - Decimal(case["expected"]["correct"])) < Decimal("0.005")


def test_anhydrous_uses_unrounded_water_and_says_so():
    value = preparations(ANHYDROUS, "99.12", water=single("0.42"))

    assert f"{value.number:.4f}" == "99.5381"
    assert value.working[-1] == (
        "Corrected for water 0.42 %: 99.12 x 100 / (100 - 0.42) ="
        " 99.538059\N{HORIZONTAL ELLIPSIS}."
    )


def test_anhydrous_corrects_each_preparation_that_is_judged():
    measurement = Measurement(Calculation.ANHYDROUS, determinations=2)

    value = preparations(measurement, "97.85", "98.05", water=single("0.60"))

    assert [f"{one.number:.2f}" for one in value.each] == ["98.44", "98.64"]
    assert f"{value.number:.2f}" == "98.54"


def test_anhydrous_without_water_is_unusable_and_judges_nothing_as_is():
    value = preparations(ANHYDROUS, "97.0")

    assert (value.usable, value.waits, value.each) == (False, True, ())
    assert value.problem == "The value needs the result of water."


@pytest.mark.parametrize(
    ("water", "problem"),
    [
        (">0.5", "The result of water, >0.5, has no highest value to correct for."),
        ("ND", "The result of water, ND, has no highest value to correct for."),
        ("100", "The result of water, 100 %, is not from 0 to under 100 %."),
        ("-0.1", "The result of water, -0.1 %, is not from 0 to under 100 %."),
    ],
)
def test_anhydrous_refuses_water_that_cannot_be_used(water, problem):
    value = preparations(ANHYDROUS, "99.0", water=single(water))

    assert (value.usable, value.problem) == (False, problem)


def test_anhydrous_passes_on_why_its_water_is_unusable():
    value = preparations(ANHYDROUS, "99.0", water=reportable(Measurement(), []))

    assert value.problem == (
        "The result of water cannot be used: No value is recorded."
    )


def test_water_below_its_loq_gives_both_ends():
    value = preparations(ANHYDROUS, "97.90", water=single("<0.10"))

    assert value.number == Decimal("97.90")
    assert f"{value.otherwise.number:.3f}" == "97.998"
    assert value.otherwise.otherwise is None


def test_water_not_detected_gives_both_ends_by_its_lod():
    value = preparations(ANHYDROUS, "97.90", water=single("ND", lod="0.10"))

    assert f"{value.otherwise.number:.3f}" == "97.998"


def test_a_value_that_the_data_system_corrected_is_not_corrected_again():
    measurement = Measurement(Calculation.ANHYDROUS, already_corrected=True)

    value = preparations(measurement, "99.54", water=single("0.42"))

    assert (value.number, value.text) == (Decimal("99.54"), "99.54")
    assert value.working[-1] == (
        "The data system has corrected for water; nothing is added."
    )


# --- peaks --------------------------------------------------------------------------


def test_total_adds_unrounded_peaks_above_the_threshold_only():
    value = reportable(
        PEAKS, peaks(("A", "0.049"), ("B", "0.050"), ("C", "0.051"), ("D", "0.12"))
    )

    assert (value.number, value.text) == (Decimal("0.171"), "0.171")
    assert value.working[1:] == (
        "Above the reporting threshold 0.05: C 0.051, D 0.12.",
        "Total: 0.171.",
    )


def test_a_peak_at_the_threshold_counts_only_where_the_method_says_so():
    at = Measurement(Calculation.TOTAL, threshold="0.05", at_threshold_counts=True)
    typed = peaks(("B", "0.050"), ("D", "0.12"))

    assert reportable(PEAKS, typed).number == Decimal("0.12")
    assert reportable(at, typed).number == Decimal("0.170")


def test_no_peak_above_the_threshold_is_less_than_the_threshold():
    value = reportable(PEAKS, peaks(("A", "0.049"), ("B", "ND"), ("C", "<0.05")))

    assert (value.kind, value.text, value.number) == (
        Kind.LESS,
        "<0.05",
        Decimal("0.05"),
    )


@pytest.mark.parametrize("text", ["ND", "<0.05", "<0.02"])
def test_that_there_is_no_peak_has_to_be_stated(text):
    stated = reportable(LARGEST, [Determination(text)])
    silent = reportable(LARGEST, [])

    assert (stated.usable, stated.text) == (True, "<0.05")
    assert (silent.usable, silent.problem) == (False, "No value is recorded.")


def test_no_peak_stated_beside_a_peak_is_unusable():
    value = reportable(LARGEST, [Determination("ND"), *peaks(("RRT 0.8", "0.07"))])

    assert value.problem == (
        "That there is no peak is stated beside RRT 0.8; state one or the other."
    )


def test_specified_peaks_are_in_the_total_and_not_the_largest_unspecified():
    typed = [
        Determination("0.18", component="Impurity A", specified=True),
        *peaks(("RRT 0.8", "0.07"), ("RRT 1.3", "0.06")),
    ]

    assert reportable(LARGEST, typed).text == "0.07"
    assert reportable(PEAKS, typed).text == "0.31"


def test_total_of_a_specified_peak_where_there_is_no_other():
    specified = Determination("0.12", component="Impurity A", specified=True)

    value = reportable(PEAKS, [specified], peaks=[Determination("ND")])

    assert (value.usable, value.number) == (True, Decimal("0.12"))


@pytest.mark.parametrize("text", ["<0.10", ">0.10", ">0.01"])
def test_a_bound_that_may_be_reported_makes_no_total(text):
    value = reportable(PEAKS, peaks(("A", text), ("B", "0.08")))

    assert not value.usable
    assert value.problem == (
        f"A peak of {text} cannot be compared with others or added up; it needs a"
        " number, or a bound at the reporting threshold."
    )


@pytest.mark.parametrize(
    ("determinations", "problem"),
    [
        (
            [Determination("0.07")],
            "The peak of 0.07 has no name; type its name or its relative retention"
            " time.",
        ),
        (
            peaks(("RRT 0.8", "0.07"), ("rrt  0.8", "0.08")),
            "The peak rrt 0.8 is recorded twice.",
        ),
        (
            [
                Determination("0.07", component="A", specified=True),
                Determination("0.07", component="A", injection=2),
            ],
            "The peak A is recorded twice.",
        ),
        (
            [
                Determination("0.07", component="A"),
                Determination("0.07", component="A", preparation=2),
            ],
            "Peaks of several preparations cannot be put together.",
        ),
    ],
    ids=["unnamed", "same name", "specified and not", "two preparations"],
)
def test_peaks_that_are_not_one_set_are_unusable(determinations, problem):
    value = reportable(PEAKS, determinations)

    assert (value.usable, value.problem) == (False, problem)


def test_injections_of_a_peak_are_averaged():
    typed = [
        Determination("0.06", component="A", injection=1),
        Determination("0.07", component="A", injection=2),
    ]

    assert reportable(LARGEST, typed).number == Decimal("0.065")


def test_peaks_without_a_threshold_are_unusable():
    value = reportable(Measurement(Calculation.TOTAL), peaks(("A", "0.07")))

    assert value.problem == ("Peaks need a reporting threshold, and the test has none.")


# --- words --------------------------------------------------------------------------


def test_words_are_spelled_as_in_the_vocabulary():
    value = single("white POWDER ", vocabulary=("White powder", "Grey powder"))

    assert (value.kind, value.text, value.working) == (
        Kind.WORD,
        "White powder",
        ("Typed white POWDER.",),
    )


def test_a_test_with_words_takes_no_number():
    with pytest.raises(NotAReportedValue):
        single("99.1", vocabulary=("Conforms",))


def test_a_test_with_a_portion_takes_absent_or_present():
    assert single("absent", portion="1 g").text == "Absent"
    assert single("Absent in 10 g", portion="1 g").text == "Absent in 10 g"
    with pytest.raises(NotAReportedValue):
        single("ND", portion="1 g")


# --- form ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "measurement",
    [
        Measurement(),
        Measurement(Calculation.MEAN, determinations=3, spread_limit="1.0"),
        Measurement(Calculation.ANHYDROUS, determinations=2),
        LARGEST,
        PEAKS,
        Measurement(vocabulary=("Conforms", "Does not conform")),
        Measurement(portion="1 g"),
        Measurement(lod="0.01", loq="0.03"),
    ],
    ids=str,
)
def test_check_takes_a_measurement_that_can_arise(measurement):
    check(measurement)


@pytest.mark.parametrize(
    ("measurement", "field"),
    [
        (Measurement(lod="0,01"), "lod"),
        (Measurement(loq="<0.05"), "loq"),
        (Measurement(lod="-1"), "lod"),
        (Measurement(lod="0.05", loq="0.02"), "lod"),
        (Measurement(Calculation.MEAN, spread_limit="1 %"), "spread_limit"),
        (Measurement(Calculation.TOTAL), "threshold"),
        (Measurement(determinations=2), "determinations"),
        (Measurement(Calculation.MEAN, determinations=0), "determinations"),
        (Measurement(portion="one gram"), "portion"),
        (Measurement(vocabulary=("Yes", "yes ")), "vocabulary"),
        (Measurement(vocabulary=(" ",)), "vocabulary"),
        (Measurement(Calculation.MEAN, vocabulary=("Yes",)), "calculation"),
    ],
    ids=str,
)
def test_check_refuses_at_the_field(measurement, field):
    with pytest.raises(Refusal) as refused:
        check(measurement)

    assert refused.value.field == field


def test_read_takes_one_text_by_the_grammar_of_its_test():
    assert read(Measurement(), "0.5").kind is Kind.NUMBER
    assert read(Measurement(portion="1 g"), "absent").word == "Absent"
    assert read(Measurement(vocabulary=("Yes",)), "yes").word == "Yes"


@pytest.mark.parametrize("texts", [("0.1", "0", "0"), ("0.1", "0.2", "0.3")])
def test_exact_is_a_text_that_the_grammar_takes(texts):
    value = preparations(MEAN_OF_3, *texts)

    text = exact(value)

    assert abs(Decimal(text) - value.number) < Decimal("1e-20")
    assert read(Measurement(), text).text == text


@pytest.mark.parametrize("text", ["<0.05", "ND", "98.50"])
def test_exact_leaves_what_was_typed(text):
    assert exact(single(text)) == text


# --- what is entered now ------------------------------------------------------------


@pytest.mark.parametrize(
    "stated",
    [
        {"lod": "0.01"},
        {"loq": "0.05"},
        {"unit": "%"},
        {"calculation": Calculation.TOTAL, "threshold": "0.05"},
    ],
    ids=["detection limit", "quantitation limit", "unit", "peaks"],
)
def test_amount_below_zero_is_not_entered(stated):
    with pytest.raises(NotAReportedValue) as caught:
        entered(Measurement(**stated), "-0.2")

    assert (caught.value.code, str(caught.value)) == (
        "negative",
        "-0.2 is below zero, but an amount cannot be. Check the sign; if the amount is"
        " too small to measure, type < and the quantitation limit.",
    )


def test_amount_has_no_plus():
    with pytest.raises(NotAReportedValue) as caught:
        entered(Measurement(unit="%"), "+0.2")

    assert (caught.value.code, str(caught.value)) == (
        "plus",
        "+0.2 begins with a plus; type the number without it.",
    )


@pytest.mark.parametrize("text", ["+20.9", ">+20.9"])
def test_what_is_no_amount_may_have_a_plus(text):
    assert entered(Measurement(unit="°"), text).number == Decimal("20.9")


@pytest.mark.parametrize("unit", ["", "°"])
def test_what_is_no_amount_may_be_below_zero(unit):
    assert entered(Measurement(unit=unit), "-0.2") == read(Measurement(), "-0.2")


def test_word_is_entered_as_the_vocabulary_has_it():
    colours = Measurement(vocabulary=("Colourless", "Coloured"))

    assert entered(colours, " colourless ").word == "Colourless"
