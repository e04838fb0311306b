"""Lots before: the results of the lots that a lot is held against, and its own.

Of its material, use, process and site, in the order of manufacture: the last hundred
made on its day or before. Numbers of the standard library alone, for whoever asks only
whether there are enough. Reads, never writes.
"""

from dataclasses import replace

from lots.evaluation import test_series
from lots.evaluation.test_series import Range, SeriesOfTests, TestSeries
from lots.models import Lot
from lots.setup.catalogue import Catalogue

# So many lots before it are looked at (domain.md 4.1 asks for twenty or more).
WINDOW = 100


def tests_with_numbers(catalogue: Catalogue) -> list[int]:
    """Return the tests of the material whose results are numbers, by key."""
    return [pk for pk in catalogue.tests if test_series.has_numbers(catalogue, pk)]


def range_up_to(lot: Lot) -> Range:
    """Return which lots it is held against, and itself."""
    return Range(
        lot.material_id,
        lot.use,
        process=lot.qualification.process,
        site_id=lot.site_id,
        until=lot.manufactured_on,
        last=WINDOW + 1,
    )


def series_up_to(lot: Lot, catalogue: Catalogue) -> SeriesOfTests:
    """Return the results of the lots before, by test, and of the lot itself."""
    return test_series.series_of(range_up_to(lot), tests_with_numbers(catalogue))


def ending_with(series: TestSeries, lot: Lot) -> TestSeries | None:
    """Return the values up to that of the lot; None where it has none."""
    for place, one in enumerate(series.values):
        if one.lot_id == lot.pk:
            return replace(series, values=series.values[: place + 1])
    return None
