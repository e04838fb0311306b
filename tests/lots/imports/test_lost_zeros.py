"""Numbers of a file without their zeros are undecided, unless its map says so."""

import pytest

from lots.demo import bench, real_lots
from lots.evaluation import evaluator
from lots.evidence.documents import Upload
from lots.imports import lot_import
from lots.models import Lot, Result
from tests.lots.imports import files
from tests.lots.pages import signed_in, words

FILE = files.HEAD + "B-1,2026-02-01,94,0.2,2.5\n"
LOST = files.MAP.replace(
    "never_zero =", 'lost_zeros = ["content", "total"]\nnever_zero ='
)


@pytest.fixture
def cast(world, at):
    """The people, with the material of the real lots set up."""
    real_lots.set_up(world.cast, at=at)
    return world.cast


def outcomes(cast, map_text, at):
    """Import the file with the map, submit it; return the outcome of each test."""
    lot_import.import_lots(
        by=cast.lin,
        at=at,
        upload=Upload("lots.csv", FILE.encode()),
        map_text=map_text,
    )
    bench.submit(Lot.objects.get(number="B-1"), by=cast.lin, at=at)
    [one] = evaluator.evaluate(Lot.objects.get(number="B-1")).assessments
    return {line.test.code: str(line.outcome) for line in one.lines if line.valid}


def test_numbers_without_their_zeros_are_undecided(cast, at):
    assert outcomes(cast, files.MAP, at) == {
        "CONTENT": "undecided",
        "TOTAL": "undecided",
        "WATER": "pass",
    }


def test_map_says_that_zeros_were_lost(cast, at):
    assert outcomes(cast, LOST, at) == {
        "CONTENT": "pass",
        "TOTAL": "pass",
        "WATER": "pass",
    }
    test_order = Lot.objects.get(number="B-1").test_orders.get()
    grid = words(signed_in(cast.sofia).get(f"/test-orders/{test_order.pk}/review/"))
    assert "The numbers of the file lost the zeros at their end" in grid
    assert dict(Result.objects.values_list("test__code", "decimals")) == {
        "CONTENT": "lost",
        "TOTAL": "lost",
        "WATER": "typed",
    }
