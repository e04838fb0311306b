"""The grid and the lot's page show the minimum where it asks more than the codes do.

By the evaluation that refuses the release, so that nobody meets it at the release.
"""

import pytest

from lots.demo import bench
from lots.evaluation import evaluator
from lots.setup import catalogue
from tests.lots.pages import signed_in, words
from tests.lots.results.grid import Grid
from tests.lots.setup import specifications

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
ALONE = "Required by the minimum specification alone"


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-800")


def stricter(world, at):
    """Approve a minimum with toluene at 10 ppm, and pH, which no oral code asks."""
    own = specifications.rows_of("BAC-ORAL-MIN", TOL={"high": "10"})
    [ph] = [row for row in specifications.rows_of("BAC-IT") if row.test.code == "PH"]
    specifications.minimum(world, at, rows=[*own, ph])


def blockers_of(lot):
    [one] = [
        one
        for one in evaluator.evaluate(lot).assessments
        if one.specification.code == "BAC-ORAL"
    ]
    return {
        blocker.code for blocker in one.blockers if blocker.code.startswith("minimum")
    }


@pytest.mark.postgres
def test_grid_shows_the_minimum_where_it_asks_more(world, lot, at):
    stricter(world, at)
    grid = Grid(world, lot, at)
    page = grid.show()

    assert "Minimum for oral use: NMT 10 ppm – Missing" in grid.row(page, "TOL")
    assert "Minimum" not in grid.row(page, "MEOH")
    assert ALONE in words(page)
    assert "Minimum for oral use:" in grid.row(page, "PH")
    assert f'name="t{world.tests["PH"].pk}-value1"' in page.content.decode()
    assert "minimum-missing" in blockers_of(lot)

    answer = grid.post("TOL", "15")
    assert "Minimum for oral use: NMT 10 ppm ✕ OOS 15" in grid.row(answer, "TOL")
    assert "minimum-fails" in blockers_of(lot)

    answer = grid.post("PH", "6.4")
    assert "Reported 6.4" in grid.row(answer, "PH")
    assert "minimum-missing" not in blockers_of(lot)
    shown = words(signed_in(world.cast.ines).get(f"/lots/{lot.pk}/"))
    assert "Minimum for oral use: NMT 10 ppm ✕ OOS 15" in shown
    assert ALONE in shown


def test_grid_says_nothing_of_a_minimum_that_the_code_covers(world, lot, at):
    page = words(Grid(world, lot, at).show())

    assert "Minimum for" not in page
    assert ALONE not in page


def test_grid_says_nothing_where_the_rule_is_off(world, lot, at, monkeypatch):
    stricter(world, at)
    monkeypatch.setattr(catalogue, "minimums", lambda material_id: {})

    page = words(Grid(world, lot, at).show())

    assert "Minimum for" not in page
    assert ALONE not in page


def test_minimum_of_each_use_stands_in_the_column_of_the_use(world, at):
    """An intrathecal lot that may also serve oral use is held to both."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-801", use="intrathecal")
    stricter(world, at)

    row = Grid(world, lot, at).row(Grid(world, lot, at).show(), "TOL")

    assert row.count("Minimum for oral use: NMT 10 ppm") == 1
    assert "Minimum for intrathecal use" not in row


def test_row_of_the_minimum_counts_among_the_tests(world, lot, at):
    before = Grid(world, lot, at).show().context["tests"]
    stricter(world, at)

    assert Grid(world, lot, at).show().context["tests"] == before + 1
