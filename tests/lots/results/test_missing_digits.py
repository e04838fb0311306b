"""A value typed with fewer decimals than its limit is undecided until corrected."""

import pytest

from lots.demo import bench
from lots.evaluation import evaluator
from lots.models import Investigation, Result
from tests.lots.results.grid import Grid

SAID = (
    "2 was typed with no decimals, but NMT 2.0 has 1: it may be 1.5 to 2.5. Correct it"
    " to the value with all its digits."
)


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-801", use="intrathecal")


@pytest.fixture
def grid(world, lot, at):
    return Grid(world, lot, at)


def lines(evaluated):
    """Return the lines of the intrathecal specification, by the code of their test."""
    [one] = [
        each for each in evaluated.assessments if each.specification.code == "BAC-IT"
    ]
    return {line.test.code: line for line in one.lines}


def outcomes(lot):
    """Return the outcome of the endotoxins against specification and minimum."""
    evaluated = evaluator.evaluate(lot)
    line = lines(evaluated)["BET"]
    least = [
        each.outcome
        for _order, asked in evaluated.minimums["intrathecal"].lines
        for each in asked
        if each.test.code == "BET"
    ]
    return [str(line.outcome), *map(str, least)]


def test_row_says_at_once_that_digits_are_missing(lot, grid):
    row = grid.row(grid.post("BET", "2"), "BET")

    assert "Undecided" in row
    assert SAID in row
    assert outcomes(lot) == ["undecided", "undecided"]
    assert not Investigation.objects.exists()


def test_correction_with_the_missing_digits_decides_in_one_act(lot, grid):
    grid.post("BET", "2")

    answer = grid.post(
        "BET", "2.0", seen=1, kind="transcription", reason="Digit left out"
    )

    assert "▲ Alert 2.0" in grid.row(answer, "BET")
    assert outcomes(lot) == ["pass", "pass"]
    assert [one.needs_confirmation for one in Result.objects.order_by("pk")] == [
        False,
        False,
    ]


def test_value_that_fails_whatever_its_digits_are_fails(lot, grid):
    row = grid.row(grid.post("BET", "3"), "BET")

    assert "OOS 3 " in row
    assert "OOS 3.0" not in row
    assert outcomes(lot)[0] == "fail"
    assert Investigation.objects.count() == 1


def test_whole_number_limit_asks_for_no_decimals(lot, grid):
    assert "✓ Pass 112" in grid.row(grid.post("MEOH", "112"), "MEOH")


def test_total_is_undecided_with_its_coarsest_peak(world, lot, grid, at):
    bench.enter(
        lot,
        world,
        {"IMPA": "0.1", "UNSPEC": bench.peaks(rrt_0_45="0.062")},
        by=world.cast.lin,
        at=at,
        submit=False,
    )

    found = {
        code: str(line.outcome)
        for code, line in lines(evaluator.evaluate(lot)).items()
        if line.valid
    }
    assert found == {"IMPA": "undecided", "UNSPEC": "pass", "TOTAL": "undecided"}


def test_total_of_means_has_the_digits_that_were_typed(world, lot, at):
    """A mean of 0.10 and 0.10 is 0.10 in its total, and not 0.1."""
    bench.enter(
        lot,
        world,
        {"IMPA": "0.10", "UNSPEC": bench.peaks()},
        by=world.cast.lin,
        at=at,
        submit=False,
    )

    total = lines(evaluator.evaluate(lot))["TOTAL"]
    assert (str(total.outcome), total.shown) == ("pass", "0.10")


def test_result_stored_before_keeps_its_verdict(lot, grid, world):
    grid.post("BET", "2")
    stored = Result.objects.get()
    stored.decimals = ""

    rows = evaluator.load(lot)
    rows.results = [stored]

    assert str(lines(rows.evaluation())["BET"].outcome) == "pass"
