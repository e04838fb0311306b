"""Lots submitted and released on a day, for the figures to count."""

import datetime

from lots.demo import bench

DAY = datetime.timedelta(days=1)


def submitted(world, number, *, at, date_on=None, **values):
    lot = bench.log(world.cast, world, at=at, number=number, date_on=date_on)
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS, **values}
    bench.enter(lot, world, results, by=world.cast.lin, at=at)
    return lot


def released(world, number, *, at, date_on=None):
    """Log and test a lot, review it two days later, release it three days later."""
    lot = submitted(world, number, at=at, date_on=date_on)
    bench.review(world.cast, lot, at=at + 2 * DAY)
    bench.release(world.cast, lot, "BAC-ORAL", at=at + 5 * DAY)
    return lot
