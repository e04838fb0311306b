"""The limit bar: the limit where every row has it, and the value beside it."""

from decimal import Decimal

import pytest

from lots.pictures.limit_bar import limit_bar
from lots.rules.reportable_value import Reportable
from lots.rules.reported_value import Kind
from lots.rules.verdicts import Criterion, CriterionKind

NMT = Criterion(CriterionKind.NMT, high="0.20", alert_high="0.10")
RANGE = Criterion(CriterionKind.RANGE, low="98.0", high="102.0")


def value(number, kind=Kind.NUMBER):
    return Reportable(kind, Decimal(number), number, working=())


def test_single_limit_is_at_four_fifths_and_0_at_the_left():
    bar = limit_bar(NMT, value("0.10"))

    assert (bar.limits, bar.alerts, bar.mark) == (("89.6",), ("44.8",), "44.8")
    assert bar.band == ("0", "89.6")
    assert (bar.is_open, bar.edge) == (False, "")


def test_two_limits_are_as_far_from_either_end():
    bar = limit_bar(RANGE, value("100.0"))

    assert (bar.limits, bar.mark) == (("13.4", "98.6"), "56")


@pytest.mark.parametrize(
    ("criterion", "number", "edge", "mark"),
    [
        (NMT, "0.9", "right", "107"),
        (RANGE, "90", "left", "5"),
        (NMT, "0", "", "5"),
    ],
)
def test_value_off_the_scale_is_drawn_at_the_edge_and_says_so(
    criterion, number, edge, mark
):
    bar = limit_bar(criterion, value(number))

    assert (bar.edge, bar.mark) == (edge, mark)


def test_bound_is_drawn_open_at_the_bound():
    bar = limit_bar(NMT, value("0.05", Kind.LESS))

    assert (bar.is_open, bar.mark) == (True, "22.4")


def test_limits_are_drawn_where_there_is_no_value():
    assert limit_bar(NMT, None).mark == ""


@pytest.mark.parametrize(
    "criterion",
    [
        Criterion(CriterionKind.CHOICE, choices=("White",)),
        Criterion(CriterionKind.REPORT),
        Criterion(CriterionKind.NMT, high="0"),
        Criterion(CriterionKind.RANGE, low="1", high="1"),
    ],
)
def test_criterion_without_a_scale_has_no_bar(criterion):
    assert limit_bar(criterion, value("1")) is None
