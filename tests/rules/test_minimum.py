"""A criterion is no laxer than the minimum: cases, and that no value slips between."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lots.rules.criterion import Criterion, CriterionKind, Requirement
from lots.rules.minimum import Asked, is_wider, shortfalls, wider
from lots.rules.reported_value import NotAReportedValue
from lots.rules.rounding import Rule
from lots.rules.verdicts import Outcome, judge
from tests.rules.verdicts import between, less, more, nlt, nmt, on_scale, single


def codes(given, least):
    """Return the codes of what falls short; bare criteria are asked on every lot."""
    asked = [
        one if one is None or isinstance(one, Asked) else Asked(one)
        for one in (given, least)
    ]
    return [one.code for one in shortfalls(*asked, test="X", minimum="M v1")]


def count(high, **others):
    return Criterion(CriterionKind.COUNT, high=high, **others)


def choice(*words):
    return Criterion(CriterionKind.CHOICE, choices=words)


def absent(portion):
    return Criterion(CriterionKind.ABSENCE, portion=portion)


def even(high):
    return nmt(high, rounding=Rule.HALF_EVEN)


REPORT = Criterion(CriterionKind.REPORT)


@pytest.mark.parametrize(
    ("criterion", "least", "accepted"),
    [
        (nmt("2.0"), nmt("2.0"), None),
        (nmt("1.9"), nmt("2.0"), None),
        (nmt("2.0"), nmt("2"), None),
        (nmt("2"), nmt("2.0"), "2.05"),
        (nmt("2.00"), nmt("2.0"), None),
        (nmt("2.04"), nmt("2.0"), "<2.04"),
        (nmt("2.05"), nmt("2.0"), "2.05"),
        (nmt("3"), nmt("2"), "2.5"),
        (nmt("1"), nmt("2.0"), None),
        (nlt("98"), nlt("98.0"), "97.5"),
        (nlt("98.0"), nlt("98"), None),
        (nlt("97.9"), nlt("98.0"), "97.85"),
        (between("98.0", "102.0"), between("98.0", "101.0"), "101.05"),
        (between("97.0", "101.0"), between("98.0", "101.0"), "96.95"),
        (between("98.0", "101.0"), nlt("98.0"), None),
        (nlt("98.0"), between("98.0", "101.0"), "102.05"),
        (nmt("101.0"), between("98.0", "101.0"), "96.95"),
        # What is accepted is within both limits of the criterion.
        (nmt("90.0"), between("98.0", "102.0"), "89.05"),
        (between("98.0", "102.0"), nmt("90.0"), "100.00"),
        (nlt("103.0"), between("98.0", "102.0"), "103.95"),
        (between("1.00", "2.04"), nmt("2.0"), None),
        (between("1.00", "2.05"), nmt("2.0"), "2.05"),
        # 2.5 rounds to 2 half even and to 3 half up; 1.5 rounds to 2 by both.
        (even("2"), nmt("2"), "2.5"),
        (nmt("2"), even("2"), None),
        (even("1"), nmt("1"), None),
        (even("0.20"), nmt("0.20"), "0.205"),
        (nlt("3"), nlt("3", rounding=Rule.HALF_EVEN), "2.5"),
        (nmt("-1"), nmt("-1"), None),
        (less("7"), nmt("7"), None),
        (less("7"), nmt("6"), "<7"),
        (less("7"), less("7"), None),
        (nmt("7"), less("7"), "6.5"),
        (nmt("6"), less("7"), None),
        (less("7.0"), less("7"), "6.5"),
        (less("8"), less("7"), "6.5"),
        (more("4"), nlt("4"), None),
        (nlt("4"), more("4"), "3.5"),
        (between("1", "2"), less("7"), None),
        (more("1"), less("7"), "7.5"),
        (on_scale("BY6"), on_scale("BY6"), None),
        (on_scale("BY7"), on_scale("BY6"), None),
        (on_scale("BY5"), on_scale("BY6"), "BY5"),
        (on_scale("Y7"), on_scale("BY6"), "Y7"),
        (on_scale("Colourless"), on_scale("BY6"), None),
        (on_scale("II"), on_scale("Clear"), "II"),
        (count("10^2"), count("200"), None),
        (count("10^3"), count("10^2"), "2000"),
        (count("100"), count("10^2"), None),
        (choice("White"), choice("White", "Almost white"), None),
        (choice("WHITE "), choice("White"), None),
        (choice("White", "Brown"), choice("White"), "Brown"),
        (absent("1 g"), absent("1 g"), None),
        (absent("10 g"), absent("1 g"), None),
        (absent("1 g"), absent("10 g"), "Absent in 1 g"),
        (absent("1 mL"), absent("1 g"), "Absent in 1 mL"),
        (nmt("9"), REPORT, None),
    ],
)
def test_what_a_wider_criterion_accepts(criterion, least, accepted):
    assert wider(criterion, least) == accepted
    assert codes(criterion, least) == ([] if accepted is None else ["minimum-wider"])


@pytest.mark.parametrize(
    ("criterion", "least"),
    [
        (REPORT, nmt("2.0")),
        (nmt("100"), count("100")),
        (count("100"), nmt("100")),
        (choice("Clear"), nmt("3")),
        (choice("Clear"), on_scale("Clear")),
        (count("100"), less("100")),
        (absent("1 g"), choice("Absent")),
        (nmt("2.0", unit="EU/mL"), nmt("2.0", unit="EU/mg")),
    ],
)
def test_another_kind_or_unit_is_refused(criterion, least):
    assert codes(criterion, least) == ["minimum-kind"]


def periodic(lots=None, months=None):
    return Asked(nmt("1"), Requirement.PERIODIC, lots, months)


EVERY, REQUEST = Asked(nmt("1")), Asked(nmt("1"), Requirement.REQUEST)


@pytest.mark.parametrize(
    ("criterion", "least", "found"),
    [
        (None, EVERY, "minimum-missing"),
        (None, periodic(10), "minimum-missing"),
        (EVERY, periodic(10, 12), None),
        (periodic(1), EVERY, "minimum-less-often"),
        (periodic(10, 12), periodic(10, 12), None),
        (periodic(5, 6), periodic(10, 12), None),
        (periodic(5), periodic(10, 12), "minimum-less-often"),
        (periodic(months=12), periodic(10, 12), "minimum-less-often"),
        (periodic(11, 12), periodic(10, 12), "minimum-less-often"),
        (periodic(10, 13), periodic(10, 12), "minimum-less-often"),
        (periodic(10, 12), periodic(months=12), None),
        (REQUEST, EVERY, "minimum-less-often"),
        (REQUEST, periodic(10), "minimum-less-often"),
    ],
)
def test_a_test_is_asked_as_often(criterion, least, found):
    assert codes(criterion, least) == ([found] if found else [])


def test_sentence_says_what_is_accepted_and_what_to_do():
    [refusal] = shortfalls(
        Asked(nmt("2", unit="EU/mg")),
        Asked(nmt("2.0", unit="EU/mg")),
        test="Bacterial endotoxins",
        minimum="BAC-IT-MIN v1",
    )

    assert str(refusal) == (
        "Bacterial endotoxins: NMT 2 EU/mg accepts 2.05, which NMT 2.0 EU/mg of"
        " BAC-IT-MIN v1 does not. Choose a criterion that is not wider."
    )


numbers = st.builds(
    lambda units, places: str(Decimal(units).scaleb(-places)),
    st.integers(-400, 400),
    st.integers(0, 2),
)
rules = st.sampled_from(Rule)


@st.composite
def limits(draw):
    kind = draw(st.sampled_from(["nmt", "nlt", "range", "less", "more"]))
    rule = draw(rules)
    if kind == "less":
        return less(draw(numbers), rounding=rule)
    if kind == "more":
        return more(draw(numbers), rounding=rule)
    if kind == "nmt":
        return nmt(draw(numbers), rounding=rule)
    if kind == "nlt":
        return nlt(draw(numbers), rounding=rule)
    low, high = sorted([draw(numbers), draw(numbers)], key=Decimal)
    return between(low, high, rounding=rule)


@st.composite
def counts(draw):
    high = draw(st.sampled_from(["10^1", "10^2"]) | st.integers(0, 300).map(str))
    return count(high, rounding=draw(rules))


values = st.builds(
    lambda sign, units, places: sign + str(Decimal(units).scaleb(-places)),
    st.sampled_from(["", "<", ">"]),
    st.integers(-5000, 5000),
    st.integers(0, 4),
)


def outcome(criterion, text):
    try:
        return judge(criterion, single(text)).outcome
    except NotAReportedValue:
        return None


@given(limits(), limits(), values)
def test_no_value_passes_that_the_minimum_does_not_let_pass(criterion, least, value):
    """The promise of the rule, by the verdicts themselves."""
    if wider(criterion, least) is None and outcome(criterion, value) is Outcome.PASS:
        assert outcome(least, value) is Outcome.PASS


@given(counts(), counts(), st.integers(0, 2100).map(str))
def test_no_count_passes_that_the_minimum_does_not_let_pass(criterion, least, value):
    if wider(criterion, least) is None and outcome(criterion, value) is Outcome.PASS:
        assert outcome(least, value) is Outcome.PASS


@given(limits(), limits())
def test_what_is_said_to_be_accepted_is_accepted_and_fails_the_minimum(
    criterion, least
):
    """No false alarm: the value named proves that the criterion is wider."""
    value = wider(criterion, least)
    if value is None or "\N{HORIZONTAL ELLIPSIS}" in value:
        return
    assert outcome(criterion, value) is Outcome.PASS
    assert outcome(least, value) is not Outcome.PASS


@pytest.mark.parametrize(
    ("given", "least", "found"),
    [
        (nmt("0.5"), nmt("0.4"), True),
        (nmt("0.4"), nmt("0.4"), False),
        (nmt("0.4", unit="ppm"), nmt("0.4"), True),
        (choice("Clear"), nmt("0.4"), True),
    ],
    ids=["wider", "the same", "another unit", "another kind"],
)
def test_criterion_that_may_accept_more_is_wider(given, least, found):
    assert is_wider(given, least) is found
