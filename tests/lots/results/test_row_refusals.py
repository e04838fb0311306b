"""What a row of results is refused for: everything that is wrong with it, at once."""

import datetime

import pytest

from lots import calendar
from lots.demo import bench
from lots.models import Result
from tests.lots.pages import refused, signed_in, typed
from tests.lots.results.grid import Grid

pytestmark = pytest.mark.postgres


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.mark.parametrize("htmx", [True, False], ids=["row", "whole page"])
def test_first_result_says_what_is_missing_and_what_is_refused(world, lot, at, htmx):
    grid = Grid(world, lot, at)

    answer = grid.post("MEOH", "1,5", performed_on="", raw_reference="-", htmx=htmx)

    said = " ".join(refused(answer))
    assert "Performed on is missing" in said
    assert "1,5 has a comma" in said
    assert "names no raw data" in said
    assert answer.status_code == 422
    assert Result.objects.count() == 0
    assert typed(answer, f"t{world.tests['MEOH'].pk}-value1") == "1,5"
    assert typed(answer, f"t{world.tests['MEOH'].pk}-raw_reference") == "-"


def test_first_result_says_every_refusal_of_the_records(world, lot, at):
    tomorrow = calendar.today(at) + datetime.timedelta(days=1)
    grid = Grid(world, lot, at)

    answer = grid.post("MEOH", performed_on=str(tomorrow), raw_reference="-")

    said = " ".join(refused(answer))
    assert "Type a value first" in said
    assert "cannot have been performed on" in said
    assert "names no raw data" in said
    assert Result.objects.count() == 0


def test_result_is_not_refused_for_the_day_that_is_missing(world, lot, at):
    answer = Grid(world, lot, at).post("MEOH", "112", performed_on="")

    assert refused(answer) == [
        "Performed on is missing; type a date such as 2026-11-23."
    ]


def test_further_result_without_kind_and_reason_is_told_both(world, lot, at):
    grid = Grid(world, lot, at)
    grid.post("WATER", "0.21")

    answer = grid.post("WATER", "0.22", seen=1)

    assert refused(answer) == [
        "Kind is missing; choose one.",
        "Reason is missing; type it.",
    ]
    assert Result.objects.count() == 1


def test_results_without_raw_data_are_refused_in_one_sentence(world, lot, at):
    results = bench.enter(
        lot, world, {"WATER": "0.21", "ROI": "<0.05", "MEOH": "112"},
        by=world.cast.lin, at=at, submit=False, raw_reference="",
    )  # fmt: skip

    answer = signed_in(world.cast.lin).post(
        f"/test-orders/{results[0].test_order_id}/submit/",
        {"result": [one.pk for one in results]},
    )

    assert refused(answer)[0] == (
        "Nothing was submitted: Water (Karl Fischer), Residue on ignition, Methanol"
        " have no raw data. Choose “Attach” in the row of each and attach its file, or"
        " untick them. Name raw data as “Raw data reference” above the grid before you"
        " enter further results."
    )
    assert not lot.status.to_review
