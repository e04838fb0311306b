"""Exceptions of a review: what makes a reviewer, and QA after that, look twice.

The review page shows them beside each result. Those of reviewed results wait for QA,
who decides about the assessment (EU GMP chapter 6, 6.16; chapter 1, 1.9 (vi)). Reads,
never writes.
"""

import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lots import calendar
from lots.evaluation import raw_data
from lots.evaluation.outcome import Attempt, GridRow, LotEvaluation
from lots.models import Attachment, InvalidRun, Kind, Lot, MarkKind, Result, Source
from lots.rules.states import NOT_DECIDED
from lots.rules.verdicts import Outcome

# Data are recorded when they arise (21 CFR 211.100(b), 211.160(a)); on the next day an
# entry is still of the same work.
LATE_AFTER_DAYS = 1


def days_late(result: Result) -> int:
    """Return how many days after its test a result was entered."""
    return (calendar.today(result.entered_at) - result.performed_on).days


def of_attempt(
    lot: Lot, grid_row: GridRow, attempt: Attempt, *, has_file: bool
) -> tuple[str | Promise, ...]:
    """Return what is not as usual in a result, each in words.

    `has_file` says whether raw data are attached to the result.
    """
    result = attempt.result
    found: list[str | Promise] = []
    verdicts = [
        verdict
        for _one, line in grid_row.lines
        for each, verdict in line.verdicts
        if each.result.pk == result.pk
    ]
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.FAIL in outcomes:
        found.append(_("Out of specification"))
    if Outcome.UNDECIDED in outcomes:
        found.append(_("Undecided"))
    if any(verdict.alert for verdict in verdicts):
        found.append(_("Beyond an alert limit"))
    if result.kind != Kind.FIRST:
        found.append(Kind(result.kind).label)
    if lot.imported_id and result.source == Source.PAGE:
        found.append(_("Entered manually, in an imported lot"))
    if any(mark.kind == MarkKind.RETURNED for mark in attempt.marks):
        found.append(_("Returned before"))
    if not (result.raw_reference or has_file or _is_computed(result)):
        # The review is signed as a comparison with the raw data.
        found.append(_("No raw data reference"))
    is_ours = not raw_data.is_manufacturers(lot, result.laboratory)
    if result.sample is None and is_ours and not _is_computed(result):
        found.append(_("No sample"))
    if result.sample is not None and result.sample.early_reason:
        found.append(
            _("Sampled on %(day)s, before the lot was made: %(reason)s")
            % {"day": result.sample.taken_on, "reason": result.sample.early_reason}
        )
    if days_late(result) > LATE_AFTER_DAYS:
        found.append(
            _("Entered %(days)s days after the test") % {"days": days_late(result)}
        )
    return tuple(found)


def _is_computed(result: Result) -> bool:
    """Say whether the raw data are those of the results that it was worked out from."""
    return result.source == Source.COMPUTED


def to_decide(evaluation: LotEvaluation) -> list[datetime.datetime]:
    """Return when each exception was signed by a reviewer that QA has not decided yet.

    Of results of the test orders with an assessment that is not decided; what an
    import left out of the lot's row and invalid runs of the lot count from its first
    review.
    """
    found: list[datetime.datetime] = []
    first: datetime.datetime | None = None
    for test_order in evaluation.test_orders:
        if all(
            one.assessment.state not in NOT_DECIDED for one in test_order.assessments
        ):
            continue
        reviewed = [
            (row, attempt)
            for row in (*test_order.grid, *test_order.informational)
            for attempt in row.attempts
            if attempt.reviewed
        ]
        with_file = _with_file([attempt.result for _row, attempt in reviewed])
        for row, attempt in reviewed:
            at = _signed_at(attempt)
            first = at if first is None else min(first, at)
            has_file = attempt.result.pk in with_file
            exceptions = of_attempt(evaluation.lot, row, attempt, has_file=has_file)
            found += [at] * bool(exceptions)
    if first is not None:
        found += [first] * len(evaluation.lot.left_out or ())
        found += [first] * InvalidRun.objects.filter(lot=evaluation.lot).count()
    return found


def _with_file(results: list[Result]) -> frozenset[int]:
    """Return the keys of those of the results that have a file and no reference."""
    bare = [one.pk for one in results if not (one.raw_reference or _is_computed(one))]
    if not bare:
        return frozenset()
    return frozenset(
        Attachment.objects.filter(result__in=bare).values_list("result_id", flat=True)
    )


def _signed_at(attempt: Attempt) -> datetime.datetime:
    return max(mark.at for mark in attempt.marks if mark.kind == MarkKind.REVIEWED)
