"""Spared lots: lots that need not have a periodic test because of an earlier lot.

What a lot's status keeps of its periodic tests is worked out here, and again when a lot
that it rests on changes. Reads, and writes nothing; `lot_status` stores what it finds.
"""

from lots.evaluation import evaluator, periodic_tests, sparing
from lots.evaluation.sparing import Ground, Sparing
from lots.evidence import chained_names
from lots.models import (
    Assessment,
    Criterion,
    Lot,
    LotStatus,
    Mark,
    PeriodicFailure,
    Result,
    Stage,
    Unaffected,
)
from lots.rules.states import LIVE, NOT_DECIDED
from lots.rules.verdicts import Requirement

_RESULTS, _FAILURES, _CLEARED = (
    (chained_names.table(model),) for model in (Result, PeriodicFailure, Unaffected)
)
_BESIDE_RESULTS = [chained_names.table(model) for model in (Lot, Assessment, Mark)]


def awaited(status):
    """Return the earlier lots that a lot waits for, as (key, number); none else."""
    if status.stage != Stage.WAITS:
        return []
    found = sparing.read(status.spared).values()
    return list({(one.lot_id, one.number): 1 for one in found if one.is_awaited})


def look_up(act, rows):
    """Find what the status does not keep yet of the lot's tests; say if it did.

    Of an assessment that was just opened; of all where the act itself decides about
    the lot, or about a test that failed on it.
    """
    if act.is_changing((*_FAILURES, *_CLEARED)):
        return look_up_all(rows)
    wanted = _spared(rows)
    if wanted.keys() == rows.sparing.keys():
        return False
    if wanted.keys() < rows.sparing.keys():
        rows.sparing = {key: rows.sparing[key] for key in wanted}
        return True
    return look_up_all(rows)


def look_up_all(rows):
    """Find all of it anew from the records; say whether it differs."""
    by_assessment: dict[int, list[Criterion]] = {}
    for (assessment_id, _test), criterion in _spared(rows).items():
        by_assessment.setdefault(assessment_id, []).append(criterion)
    found: dict[tuple[int, int], Sparing] = {}
    for one in rows.assessments:
        if asked := by_assessment.get(one.pk):
            told = periodic_tests.found(rows.lot, one.specification, asked)
            found |= {(one.pk, test_id): each for test_id, each in told.items()}
    before, rows.sparing = rows.sparing, found
    return found != before


def _spared(rows):
    """Return the periodic criteria that an undecided assessment did not ask.

    Of a lot that is rejected, recalled or void nothing is tested any more.
    """
    if rows.lot.state not in LIVE:
        return {}
    undecided = [one for one in rows.assessments if one.state in NOT_DECIDED]
    rows.catalogue.load_criteria({one.specification_id for one in undecided})
    return {
        (one.pk, row.test_id): row
        for one in undecided
        for row in rows.catalogue.criteria(one.specification_id)
        if row.requirement == Requirement.PERIODIC and row.test_id not in one.due
    }


def following(act, rows, evaluation):
    """Yield the rows of each other lot whose periodic tests this act decides anew.

    The lots logged after it, with the same site, use and process, that rest on its
    results; and where a test failed or is done periodically again, all like it.
    """
    lot = rows.lot
    tests = _changed(act, rows)
    if tests is not None and not tests & rows.catalogue.periodic:
        return
    is_stopping = act.is_changing(_FAILURES)
    process = lot.qualification.process
    offered = _offered(evaluation)
    wanted = [
        pk
        for pk, kept, of_process in LotStatus.objects.filter(
            spared__gt="",
            material=lot.material_id,
            site=lot.site_id,
            use=lot.use,
        )
        .exclude(lot=lot.pk)
        .order_by("lot")
        .values_list("lot", "spared", "lot__qualification__process")
        if of_process == process
        and any(
            is_stopping or (lot.pk < pk and _rests(one, test_id, lot, offered))
            for (_assessment, test_id), one in sparing.read(kept).items()
            if tests is None or test_id in tests
        )
    ]
    for pk in wanted:
        other = evaluator.load(act.lock(Lot(pk=pk)))
        if look_up_all(other):
            yield other


def _changed(act, rows):
    """Return the tests whose results alone this act changes; None if it does more."""
    if act.is_changing(_BESIDE_RESULTS) or not act.is_changing(_RESULTS):
        return None
    return {
        result.test_id for result in rows.results if result.entered_at == act.at
    } | {
        one.result.test_id
        for one in rows.investigations
        if act.at in (one.opened_at, one.closed_at)
    }


def _offered(evaluation):
    """Return the tests that have a valid result here: whether each is reviewed."""
    return {
        test_id: all(each.reviewed for each in valid)
        for one in evaluation.test_orders
        for test_id, attempts in one.attempts.items()
        if (valid := [each for each in attempts if each.is_valid])
    }


def _rests(one, test_id, lot, offered):
    """Say whether what a later lot rests on may be another since this lot changed."""
    if one.lot_id == lot.pk:
        return True
    if one.ground == Ground.REVIEWED:
        return one.lot_id < lot.pk and offered.get(test_id, False)
    return test_id in offered
