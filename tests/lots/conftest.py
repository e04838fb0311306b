"""Lots that tests of a step begin with."""

import pytest

from lots.demo import bench
from tests.lots.situations import ORAL


@pytest.fixture
def lot(world, at):
    """An oral lot that is logged and nothing else."""
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def reviewed(world, lot, at):
    """The lot with every result entered and reviewed: it is complete."""
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot
