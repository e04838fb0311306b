"""A lot of the second material: a certificate with a row of every kind."""

import datetime

from lots.demo import ascorbic_acid, bench
from lots.models import AssessmentState
from lots.results import remarks
from reports.issuing import certificates

DAY = datetime.timedelta(days=1)


def certified(life, acid, number, start):
    """Log, enter with a printed remark, review, release, issue."""
    cast = life.cast
    yield (at := start)
    lot = bench.log(
        cast,
        acid,
        at=at,
        number=number,
        manufactured_on=start.date() - DAY,
        size="500",
        packaging="20 fibre drums of 25 kg",
    )
    yield (at := at + DAY)
    stored = bench.enter(
        lot, acid, ascorbic_acid.RESULTS, by=cast.lin, at=at, submit=False
    )
    code, text = ascorbic_acid.REMARK
    [result] = [one for one in stored if one.test == acid.tests[code]]
    remarks.add_remark(result=result, by=cast.lin, at=at, remark=text, is_printed=True)
    bench.submit(lot, by=cast.lin, at=at)
    yield (at := at + DAY)
    bench.review(cast, lot, at=at)
    yield (at := at + DAY)
    bench.release(cast, lot, ascorbic_acid.SPECIFICATION, at=at)
    certificates.issue(
        assessment=bench.assessment(
            lot, ascorbic_acid.SPECIFICATION, state=AssessmentState.RELEASED
        ),
        by=cast.olga,
        at=at,
        stated=bench.LABEL,
    )
