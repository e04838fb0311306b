"""Days of a lot in order: made, sampled, tested, reviewed, released, issued.

Asked when something is entered, and here once more of everything that a release or a
certificate rests on (ICH Q7 11.4: a certificate states true dates). A sample of a blend
or a repacked lot, or one taken in process, may be older than the lot, for a reason that
was reviewed. Reads, never writes.
"""

import datetime
import itertools
from collections.abc import Iterator

from lots import calendar
from lots.evaluation.outcome import Attempt, LotEvaluation
from lots.models import Assessment, Lot, MarkKind
from lots.rules.refusal import Refusal, Word
from lots.rules.stored_codes import gettext_noop as _

MADE, SAMPLED, BEGUN, TESTED = (
    _("manufactured"),
    _("sampled"),
    _("begun to be tested"),
    _("tested"),
)
REVIEWED, RELEASED, ISSUED = _("reviewed"), _("released"), _("issued")


def out_of_order(
    evaluated: LotEvaluation,
    assessment: Assessment,
    *,
    on: datetime.date,
    last: str = RELEASED,
) -> list[Refusal]:
    """Return what is not in order of the results that the assessment rests on.

    `on` is the day of the step, and `last` what is done on it: the release, or the
    issue of a certificate.
    """
    ends = [(RELEASED, assessment.released_on)] if last == ISSUED else []
    found: dict[str, Refusal] = {}
    for line in evaluated.assessment(assessment.pk).lines:
        for attempt, _verdict in line.valid:
            days = [*_days(evaluated.lot, attempt), *ends, (last, on)]
            known = [(what, day) for what, day in days if day is not None]
            for (before, first), (after, then) in itertools.pairwise(known):
                if first > then:
                    refusal = Refusal(
                        "days",
                        "%(test)s of lot %(lot)s was %(after)s on %(then)s, but"
                        " %(before)s on %(first)s, which is later. Correct the day that"
                        " is wrong; of a released lot, QA reopens the lot first.",
                        test=attempt.test.name,
                        lot=evaluated.lot.number,
                        after=Word(after),
                        then=then,
                        before=Word(before),
                        first=first,
                    )
                    found.setdefault(str(refusal), refusal)
    return list(found.values())


def _days(lot: Lot, attempt: Attempt) -> Iterator[tuple[str, datetime.date | None]]:
    """Yield what was done with the result, in the order it must have been done in."""
    result, sample = attempt.result, attempt.result.sample
    if sample is None or not sample.early_reason:
        yield MADE, lot.manufactured_on
    yield SAMPLED, sample.taken_on if sample else None
    yield BEGUN, result.started_on
    yield TESTED, result.performed_on
    yield (
        REVIEWED,
        max(
            (
                calendar.today(mark.at)
                for mark in attempt.marks
                if mark.kind == MarkKind.REVIEWED
            ),
            default=None,
        ),
    )
