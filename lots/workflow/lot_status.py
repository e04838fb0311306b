"""Lot status: settles the assessments of a lot and refreshes its row for lists.

Every verb that touches results ends with `settle`. The status is no evidence: it can be
rebuilt from the records at any time (lots/workflow/lot_status_rebuild.py).
"""

from django.conf import settings
from django.db.models import Case, F, Value, When
from django.utils.module_loading import import_string

from lots import calendar
from lots.accounts import permissions
from lots.evaluation import evaluator, outcome, review_exceptions, sparing
from lots.models import (
    CORRECTIONS,
    AssessmentState,
    LotState,
    LotStatus,
    MarkKind,
    ReleaseKept,
    Stage,
)
from lots.origin import genealogy
from lots.rules.states import LIVE, NOT_DECIDED, AttemptStage, LineOutcome
from lots.rules.verdicts import Outcome
from lots.workflow import blockers, release_days, spared_lots

_OVER = (AssessmentState.REFUSED, AssessmentState.RELEASE_WITHDRAWN)


def settle(act, rows, evaluation=None):
    """Move the lot's assessments to open or complete and refresh its status.

    A released, refused or withdrawn assessment stays as it is. `evaluation` is the
    evaluation of the rows as they are, where the verb has it already. Lots whose
    periodic tests rest on this one follow. Returns the evaluation that it settled by.
    """
    if spared_lots.look_up(act, rows):
        evaluation = None
    evaluation = _settled(act, rows, evaluation or rows.evaluation())
    _keep(act, rows, evaluation)
    for other in spared_lots.following(act, rows, evaluation):
        _keep(act, other, _settled(act, other, other.evaluation()))
    if rows.has_offspring:
        act.affected_lots |= {one.pk for one in genealogy.descendants(rows.lot)}
    return evaluation


def settle_new(act, rows, evaluation):
    """Settle a lot that this act logged; return its status, not stored yet.

    Many lots are stored at once, by `keep_new`; nobody but who logs them has written
    anything of them.
    """
    _settled(act, rows, evaluation)
    return _new(rows, _values(rows, evaluation, None, at=act.at, beside=()))


def keep_new(statuses):
    """Store the statuses of lots that were logged in this act."""
    LotStatus.objects.bulk_create(statuses)


def _settled(act, rows, evaluation):
    for one in evaluation.assessments:
        wanted = AssessmentState.COMPLETE if one.complete else AssessmentState.OPEN
        if one.assessment.state in NOT_DECIDED and one.assessment.state != wanted:
            act.change(one.assessment, lot=rows.lot, state=wanted)
    return evaluation


def begin(rows, *, at):
    """Store the status of a lot that was logged in this act."""
    keep_new([_new(rows, _values(rows, rows.evaluation(), None, at=at, beside=()))])


def refresh(lot, *, at):
    """Rebuild the lot's row of the read model from its records."""
    rows = evaluator.load(lot)
    spared_lots.look_up_all(rows)
    evaluation = rows.evaluation()
    stage = _update(rows, evaluation, at=at)
    release_days.keep(evaluation, stage, on=calendar.today(at))


def worked(act, lot):
    """Note that the acting person wrote a fact of the lot that no result carries."""
    before = LotStatus.objects.values_list("hands", flat=True).get(pk=lot.pk)
    hands = sorted({*map(int, before.split()), act.by.pk})
    LotStatus.objects.filter(pk=lot.pk).update(hands=_words(hands))
    act.affected_lots.add(lot.pk)


def certified(lot, *, to_certify, certificates):
    """Note how many released assessments wait for a certificate, and the numbers."""
    LotStatus.objects.filter(pk=lot.pk).update(
        to_certify=to_certify,
        certificates=_words(certificates),
        search=_search(lot, certificates),
    )


def worked_out(rows, *, before, at, keeps_time=True):
    """Return all columns of the lot's row as its records are now, by name.

    `before` is the row as it is stored, None where there is none; `at` is since when
    the lot has its stage, where the row has another or `keeps_time` is false. A text
    that finds the lot by a name of before stays as it is, as long as it also has the
    names of today.
    """
    lot = rows.lot
    stage = (before.stage, before.stage_at) if before and keeps_time else None
    spared_lots.look_up_all(rows)
    beside = permissions.wrote_beside(lot)
    values = _values(rows, rows.evaluation(), stage, at=at, beside=beside)
    values |= certified_of([lot])[lot.pk]
    values["search"] = _search(lot, values["certificates"].split())
    if before and all(term in before.search for term in _terms(lot, values)):
        values["search"] = before.search
    return values | {"is_stale": False}


def store(lot, values, *, is_new):
    """Store the lot's row as `worked_out` returned it."""
    if is_new:
        keep_new([LotStatus(lot_id=lot.pk, **values)])
    else:
        LotStatus.objects.filter(pk=lot.pk).update(**values)


def certified_of(lots):
    """Return what the certificates say of each of the lots, by its key."""
    counted = import_string(settings.CERTIFICATES_OF_LOTS)(lots)
    return {
        pk: {"to_certify": to_certify, "certificates": _words(numbers)}
        for pk, (to_certify, numbers) in counted.items()
    }


def _keep(act, rows, evaluation):
    stage = _update(rows, evaluation, at=act.at)
    if stage == Stage.TO_RELEASE or act.is_changing(release_days.DECIDED_BY):
        act.affected_lots.add(rows.lot.pk)


def _update(rows, evaluation, *, at):
    """Store the lot's row as its records are now; return its stage."""
    lot = rows.lot
    values = _values(
        rows, evaluation, None, at=at, beside=permissions.wrote_beside(lot)
    )
    # A lot that stays in its stage has it since it came there.
    since = Case(When(stage=values["stage"], then=F("stage_at")), default=Value(at))
    told = values | {"stage_at": since}
    if not LotStatus.objects.filter(pk=lot.pk).update(**told):
        keep_new([_new(rows, values)])
    return values["stage"]


def _new(rows, values):
    return LotStatus(lot_id=rows.lot.pk, search=_search(rows.lot, ()), **values)


def _values(rows, evaluation, before, *, at, beside):
    """Return the lot's row; `before` is its stage until now and since when.

    `beside` are those who wrote facts that no result carries.
    """
    lot = rows.lot
    attempts = [
        attempt
        for test_order in evaluation.test_orders
        for found in test_order.attempts.values()
        for attempt in found
    ]
    live = [one for one in evaluation.assessments if one.assessment.state not in _OVER]
    # What another use would still need is an offer, not work that waits.
    own = [one for one in live if one.assessment.alternative_use_id is None] or live
    values = {
        "material_id": lot.material_id,
        "site_id": lot.site_id,
        "number": lot.number,
        "use": lot.use,
        "state": lot.state,
        "outcome": _outcome(own or evaluation.assessments),
        "released_uses": _words(sorted({one.use for one in _released(evaluation)})),
        "manufactured_on": lot.manufactured_on,
        "date_on": _date(evaluation),
        "logged_at": lot.logged_at,
        "required": sum(one.asked for one in own),
        "passed": sum(one.passed for one in own),
        "alerts": sum(one.alerts for one in own),
        **_counted(evaluation, live, own, attempts),
        **_under_minimum(evaluation),
        "failing_uses": _words(_failing_uses(evaluation)),
        **_investigated(evaluation),
        **_excepted(evaluation),
        **_people(rows, attempts, beside),
        **_times(rows, evaluation),
        **_closest(own),
        "spared": sparing.written(
            {
                key: one
                for key, one in rows.sparing.items()
                if key[0] in {each.assessment.pk for each in _undecided(evaluation)}
            }
        ),
    }
    values["stage"] = _stage(lot, live, own, values)
    values["stage_at"] = before[1] if before and before[0] == values["stage"] else at
    return values


def _counted(evaluation, live, own, attempts):
    """Return what waits now, and what ever went wrong."""
    failed = {
        attempt.result.pk
        for one in evaluation.assessments
        for line in one.lines
        for attempt, verdict in line.verdicts
        if verdict.outcome == Outcome.FAIL
    } | {
        attempt.result.pk
        for minimum in evaluation.minimums.values()
        for _test_order, lines in minimum.lines
        for line in lines
        for attempt, verdict in line.verdicts
        if verdict.outcome == Outcome.FAIL
    }
    kinds = [mark.kind for attempt in attempts for mark in attempt.marks]
    return {
        "missing": sum(one.to_test for one in _hopeful(own)),
        "to_submit": sum(one.stage == AttemptStage.ENTERED for one in attempts),
        "returned": sum(one.stage == AttemptStage.RETURNED for one in attempts),
        "to_review": sum(
            one.stage == AttemptStage.SUBMITTED and blockers.to_review(one) is None
            for one in attempts
        ),
        "to_confirm": sum(
            one.stage == AttemptStage.UNCONFIRMED and one.result.kind in CORRECTIONS
            for one in attempts
        ),
        "to_release": sum(
            one.assessment.state == AssessmentState.COMPLETE for one in live
        ),
        "open_investigations": len(evaluation.open_investigations),
        "failures": len(failed),
        "corrections": sum(one.result.kind in CORRECTIONS for one in attempts),
        "returns": kinds.count(MarkKind.RETURNED),
    }


def _under_minimum(evaluation):
    """Return the uses whose minimum a result fails, and how many releases to decide.

    A release that falls short of a minimum approved after it, unless QA keeps it.
    """
    short = blockers.below_minimum(evaluation)
    if short:
        minimums = evaluation.catalogue.minimums
        kept = ReleaseKept.objects.filter(
            lot=evaluation.lot, minimum__in=[minimums[use].pk for use in short]
        ).values_list("use", flat=True)
        short = sorted(set(short) - set(kept))
    failed = [use for use, one in evaluation.minimums.items() if one.fails]
    return {
        "minimum_failed": _words(failed),
        "minimum_to_decide": len(short),
    }


def _failing_uses(evaluation):
    """Return the uses for which a valid result fails what the lot is held to."""
    found = {use for use, one in evaluation.minimums.items() if one.fails}
    for one in evaluation.assessments:
        lines = [line for _order, others in one.elsewhere for line in others]
        if one.outcome == LineOutcome.FAIL or any(
            line.outcome == LineOutcome.FAIL for line in lines
        ):
            found.add(one.assessment.use)
    return sorted(found)


def _investigated(evaluation):
    """Return since when an investigation is open, and what waits for phase I of one."""
    waiting = [one for one in evaluation.open_investigations if one.phase_one is None]
    people = [
        {
            person
            for result in blockers.behind_investigation(
                one, evaluation.of(one.result.test_order_id)
            )
            for each in permissions.behind(result)
            for person in (each.entered_by_id, each.performed_by_id)
        }
        for one in waiting
    ]
    return {
        "investigated_at": min(
            (one.opened_at for one in evaluation.open_investigations), default=None
        ),
        "phase_ones": len(waiting),
        "phase_one_hands": _words(sorted(set.intersection(*people)) if people else ()),
    }


def _excepted(evaluation):
    """Return how many exceptions of a review wait for QA's decision, and since when.

    On a lot that is rejected, recalled or void it was made.
    """
    found = (
        review_exceptions.to_decide(evaluation) if evaluation.lot.state in LIVE else []
    )
    return {"exceptions": len(found), "exceptions_at": min(found, default=None)}


def _people(rows, attempts, beside):
    """Return who may not take the next step, and whom results wait for."""
    lot = rows.lot
    waiting = [
        {
            person
            for result in permissions.behind(one.result)
            for person in (result.entered_by_id, result.performed_by_id)
        }
        for one in attempts
        if one.stage in (AttemptStage.SUBMITTED, AttemptStage.UNCONFIRMED)
        and (one.stage == AttemptStage.UNCONFIRMED or not one.waits)
    ]
    hands = {lot.logged_by_id, *beside}
    for attempt in attempts:
        hands |= {attempt.result.entered_by_id, attempt.result.performed_by_id}
    if lot.imported_id:
        hands.add(lot.imported.by_id)
    return {
        "hands": _words(sorted(hands)),
        "reviewers": _words(
            sorted(
                {
                    *(
                        mark.by_id
                        for mark in rows.marks
                        if mark.kind in (MarkKind.REVIEWED, MarkKind.CONFIRMED)
                    ),
                    *permissions.checkers(lot, rows.investigations),
                }
            )
        ),
        "sole_hands": _words(sorted(set.intersection(*waiting)) if waiting else ()),
        "returned_to": _words(
            sorted(
                {
                    one.result.entered_by_id
                    for one in attempts
                    if one.stage == AttemptStage.RETURNED
                }
            )
        ),
    }


def _released(evaluation):
    return [
        one.assessment
        for one in evaluation.assessments
        if one.assessment.state == AssessmentState.RELEASED
    ]


def _outcome(assessments):
    if not assessments:
        return LineOutcome.MISSING
    return outcome.gravest({one.outcome for one in assessments})


def _undecided(evaluation):
    return [
        one for one in evaluation.assessments if one.assessment.state in NOT_DECIDED
    ]


def _open(assessments):
    return [one for one in assessments if one.assessment.state == AssessmentState.OPEN]


def _hopeful(assessments):
    """Return the open assessments that results can still complete."""
    return [one for one in _open(assessments) if not one.is_lost]


def _stage(lot, live, own, values):
    """Return the word for what comes next (computed for people from the states)."""
    states = {one.assessment.state for one in own}
    if lot.state != LotState.QUARANTINE:
        return Stage.of(lot.state)
    if values["open_investigations"]:
        return Stage.INVESTIGATION
    if not live:
        return Stage.REFUSED
    if any(one.assessment.state == AssessmentState.COMPLETE for one in live):
        return Stage.TO_RELEASE
    if states == {AssessmentState.RELEASED}:
        return Stage.RELEASED
    if values["to_review"] or values["to_confirm"]:
        return Stage.TO_REVIEW
    if values["returned"]:
        return Stage.RETURNED
    if values["missing"]:
        return Stage.TO_ENTER
    if values["to_submit"]:
        return Stage.TO_SUBMIT
    if hopeful := _hopeful(own):
        return Stage.WAITS if all(one.waits for one in hopeful) else Stage.UNDECIDED
    if _open(own):
        return Stage.FAILING
    return Stage.RELEASED


def _date(evaluation):
    """Return the last day on which the lot may be used.

    The original date, or the use-by date of a released retest; the original is
    never overwritten (domain.md 7).
    """
    return max(
        [
            evaluation.lot.date_on,
            *(
                test_order.test_order.use_by
                for test_order in evaluation.test_orders
                for one in test_order.assessments
                if one.assessment.state == AssessmentState.RELEASED
                and test_order.test_order.use_by
            ),
        ]
    )


def _times(rows, evaluation):
    """Return when each step was first done (review: last), and the days between."""
    of = {
        kind: [mark.at for mark in rows.marks if mark.kind == kind] for kind in MarkKind
    }
    submitted = min(of[MarkKind.SUBMITTED], default=None)
    reviewed = max(of[MarkKind.REVIEWED], default=None)
    released = min((one.signature.at for one in _released(evaluation)), default=None)
    lot = evaluation.lot
    logged_on = calendar.today(lot.logged_at)
    days = {
        "days_logged_to_submitted": _days(logged_on, submitted),
        "days_submitted_to_reviewed": None,
        "days_reviewed_to_released": None,
        "days_made_to_released": _days(lot.manufactured_on, released),
    }
    if submitted and reviewed:
        days["days_submitted_to_reviewed"] = _days(calendar.today(submitted), reviewed)
    if reviewed and released:
        # Of a lot reviewed in parts, the last review before the release counts.
        before = [at for at in of[MarkKind.REVIEWED] if at <= released]
        last = max(before, default=released)
        days["days_reviewed_to_released"] = _days(calendar.today(last), released)
    return {
        "submitted_at": submitted,
        "reviewed_at": reviewed,
        "released_at": released,
        **days,
    }


def _days(start, at):
    return None if at is None else (calendar.today(at) - start).days


def _closest(assessments):
    """Return the test closest to its limit, in thousandths of the limit."""
    lines = [
        (line.distance, line.test.name)
        for one in assessments
        for line in one.lines
        if line.distance is not None
    ]
    if not lines:
        return {"closest_test": "", "closest_distance": None}
    distance, name = min(lines)
    thousandths = int(distance * 1000)
    return {
        "closest_test": name,
        "closest_distance": max(-99999, min(99999, thousandths)),
    }


def _words(words):
    """Return the words so that each can be found whole: a space on both sides."""
    return "".join(f" {word} " for word in words)


def _search(lot, certificates):
    return " ".join(_names(lot, certificates)).casefold()


def _terms(lot, values):
    """Return each text that must find the lot."""
    certificates = values["certificates"].split()
    return [name.casefold() for name in _names(lot, certificates)]


def _names(lot, certificates):
    return (
        lot.number,
        lot.original_number,
        lot.material.name,
        lot.site.organisation.name,
        lot.site.name,
        *certificates,
    )
