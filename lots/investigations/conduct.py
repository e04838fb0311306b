"""Conduct of an investigation: the retest plan and QA's conclusion.

A failing result is settled only by the conclusion, or by a transcription correction
that a second person verifies (FDA, Investigating OOS Test Results, 2022; domain.md
5.1).
"""

from lots.accounts import permissions
from lots.evaluation import evaluator, retests, runs, signed_text
from lots.evidence import audit, documents, signatures
from lots.investigations import opening, proof
from lots.investigations.opening import NotInvestigated
from lots.models import (
    Conclusion,
    Kind,
    Lot,
    Mark,
    MarkKind,
    RunDecision,
    Source,
)
from lots.rules import laboratory_error
from lots.rules.laboratory_error import RunFinding
from lots.rules.refusal import Word
from lots.rules.reportable_value import Calculation
from lots.rules.states import GONE
from lots.rules.step_table import STEPS
from lots.rules.stored_codes import gettext_noop as _
from lots.rules.unknown import if_known, of_known
from lots.workflow import blockers, lot_status

# The kinds that stand beside an earlier value, inside a sentence.
_KINDS = {
    Kind.REMEASUREMENT: _("re-measurement"),
    Kind.RETEST: _("retest"),
    Kind.RESAMPLE: _("resample"),
}
_FINDINGS = {
    Conclusion.PROVEN: "laboratory error proven",
    Conclusion.NOT_PROVEN: "no laboratory error proven",
}


def room_for(rows, test_order, test, kind):
    """Return the investigation that a re-measurement, retest or resample is under.

    That of the test's own result, if it has room; else one of what is calculated from
    the test.
    Raises NotInvestigated where no plan allows it or its number is used up: the number
    is fixed before the first (FDA OOS guidance 2022; MHRA 2017).
    """
    touched = rows.catalogue.touched_by(test.pk)
    touching = [
        one
        for one in rows.investigations
        if one.result.test_order_id == test_order.test_order.pk
        and one.result.test_id in touched
        and one.corrected_by_id is None
    ]
    if not touching:
        raise NotInvestigated(
            "no-investigation",
            "A %(kind)s of %(test)s needs an investigation with a retest plan, and"
            " none is open. If the value was typed wrongly, choose “Transcription"
            " correction”; if a weight, a dilution factor or the integration was wrong,"
            " “Data reprocessing”.",
            field="kind",
            kind=Word(_KINDS[kind]),
            test=test.name,
        )
    own = [one for one in touching if one.result.test_id == test.pk]
    deciding = own or touching
    for investigation in deciding:
        if refusal := _against(investigation, test):
            raise refusal
    attempts = test_order.attempts.get(test.pk, ())
    others = [one for one in touching if one not in own and not _against(one, test)]
    for investigation in (*reversed(own), *reversed(others)):
        if retests.has_room(investigation, attempts, kind):
            return investigation
    raise NotInvestigated(
        "used-up",
        "Investigation %(number)s allows %(planned)s re-measurements of %(test)s, as"
        " many as retests, and all are done. Results do not change that number; QA"
        " decides with the results that are there."
        if kind == Kind.REMEASUREMENT
        else (
            "Investigation %(number)s planned %(planned)s retests of %(test)s, and all"
            " are done. Results do not change that number; QA decides with the results"
            " that are there."
        ),
        field="kind",
        number=deciding[-1].number,
        planned=retests.places(deciding[-1]),
        test=test.name,
    )


def _against(investigation, test):
    """Return why no further result of the test is taken under the investigation."""
    if investigation.conclusion == Conclusion.NOT_PROVEN:
        return NotInvestigated(
            "stands",
            "Investigation %(number)s proved no laboratory error, so the result of"
            " %(test)s stays valid and no other replaces it. QA decides on the lot.",
            field="kind",
            number=investigation.number,
            test=test.name,
        )
    if investigation.planned_retests is None and not investigation.conclusion:
        return NotInvestigated(
            "no-plan",
            "%(test)s cannot be tested again yet: investigation %(number)s has no"
            " retest plan. QA first writes the hypothesis and chooses “Set the retest"
            " plan”.",
            field="kind",
            number=investigation.number,
            test=test.name,
        )
    return None


def _short(text):
    """Return as much of a text as the trail keeps as a reason."""
    return text[: audit.LONGEST_REASON]


def plan(*, investigation, by, at, hypothesis, planned_retests):
    """Write the hypothesis and fix the number of retests, before the first."""
    with audit.act(
        by=by, at=at, action="plan", reason=of_known(_short, hypothesis)
    ) as act:
        lot = act.lock(investigation.lot)
        investigation = act.lock(investigation)
        permissions.check(act, STEPS["plan"], lot=lot)
        if investigation.closed_at or investigation.planned_retests is not None:
            raise NotInvestigated(
                "planned",
                "Investigation %(number)s already has its retest plan or is concluded,"
                " so its number of retests cannot change.",
                number=investigation.number,
            )
        with if_known:
            if not laboratory_error.tells(
                hypothesis, words=laboratory_error.OF_A_HYPOTHESIS
            ):
                raise NotInvestigated(
                    "hypothesis",
                    "Write the hypothesis: what may have caused the result, and how the"
                    " retests would show it.",
                    field="hypothesis",
                )
        most = investigation.result.laboratory.most_retests
        with if_known:
            if not 0 <= planned_retests <= most:
                raise NotInvestigated(
                    "number",
                    "%(site)s allows at most %(most)s retests in one investigation;"
                    " plan between 0 and %(most)s.",
                    field="planned_retests",
                    site=str(investigation.result.laboratory),
                    most=most,
                )
        act.change(
            investigation,
            hypothesis=hypothesis,
            planned_retests=planned_retests,
            planned_by=act.by,
            planned_at=at,
        )
        return investigation


def conclude(*, investigation, by, at, confirmation, shown, found):
    """Conclude an investigation with QA's signature.

    `found` is what QA found (`proof.Found`). Laboratory error proven: the result is
    invalidated, kept and shown; with a cause in instrument, standard or reagent also
    those of the same run that QA decided so, each in an investigation of its own. Not
    proven: it stays valid, and no later result makes its criterion pass.
    """
    with audit.act(
        by=by, at=at, action="conclude", reason=of_known(_short, found.cause)
    ) as act:
        lot, others = _locked(act, investigation, found)
        step = STEPS["conclude"]
        permissions.check(act, step, lot=lot)
        rows = evaluator.load(lot)
        [investigation] = (
            one for one in rows.investigations if one.pk == investigation.pk
        )
        evaluation = rows.evaluation()
        of_run = runs.others(evaluation, investigation.result)
        _check_conclusion(investigation, found, rows, of_run)
        _check_deciders(act, step, of_run if found.is_of_run else ())
        evidence_file = None
        if found.evidence_file is not None:
            evidence_file = documents.keep(
                act, found.evidence_file, field="evidence_file"
            )
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=signed_text.investigation_text(evaluation, investigation),
            statements=found.statements(evidence_file),
            lot=lot,
            places={
                "number": investigation.number,
                "finding": _FINDINGS[found.conclusion],
            },
        )
        act.change(
            investigation,
            **found.values(evidence_file),
            signature=signature,
            closed_at=at,
        )
        settled = None
        if found.conclusion == Conclusion.PROVEN:
            _invalidate(act, rows, investigation, signature)
            loaded = {lot.pk: rows} | {
                one.pk: evaluator.load(one) for one in others if one.pk != lot.pk
            }
            if found.is_of_run:
                _decide_run(act, loaded, investigation, found, of_run)
            for pk, of_lot in loaded.items():
                now = opening.open_for_failures(act, of_lot)
                if pk == lot.pk:
                    settled = now
                else:
                    lot_status.settle(act, of_lot, now)
        lot_status.settle(act, rows, settled)
        return investigation


def _locked(act, investigation, found):
    """Return the lot, locked, and the lots of its run, locked where they may change.

    The smallest key first, so that two acts never wait for each other.
    """
    result = investigation.result
    keys = {investigation.lot_id}
    if found.is_of_run:
        keys |= {one.test_order.lot_id for one in runs.named(result)}
    locked = [act.lock(lot) for lot in Lot.objects.filter(pk__in=keys).order_by("pk")]
    if found.is_of_run:
        # Nobody may add a result of the run between reading and deciding.
        act.take_turn()
    return next(lot for lot in locked if lot.pk == investigation.lot_id), locked


def _check_deciders(act, step, of_run):
    """Refuse a decision on a result of the run by who entered or performed it."""
    for one in of_run:
        permissions.check(
            act,
            step,
            subject=f"{one.result.test.name} of {one.lot.number}",
            lot=one.lot,
            done=permissions.deeds_with([one.result], act.by),
        )


def _decide_run(act, loaded, investigation, found, of_run):
    """Store QA's decision on each other result of the run, and what follows from it."""
    for one in of_run:
        if not one.is_to_decide:
            continue
        finding, reason = found.run[one.result.pk]
        act.create(
            RunDecision(
                investigation=investigation,
                result=one.result,
                finding=finding,
                reason=reason.strip(),
            ),
            lot=one.lot,
        )
        if finding == RunFinding.INVALID:
            rows = loaded[one.lot.pk]
            case = opening.open_of_run(
                act, rows, one.result, investigation, reason=reason
            )
            evaluation = rows.evaluation().of(one.result.test_order_id)
            _check_others(case, evaluation, rows)
            _invalidate(act, rows, case, investigation.signature)


def _check_conclusion(investigation, found, rows, of_run):
    evaluation = rows.evaluation().of(investigation.result.test_order_id)
    closed = blockers.to_conclude(investigation, evaluation)
    if closed:
        raise closed
    proof.check(found, investigation, of_run)
    if found.conclusion == Conclusion.PROVEN:
        _check_others(investigation, evaluation, rows)
        return
    attempt = evaluation.attempt(investigation.result_id)
    if attempt.stale or not attempt.is_valid:
        raise NotInvestigated(
            "gone",
            "The result of investigation %(number)s, or one that it was calculated"
            " from, is no longer valid. You cannot conclude that it stays valid;"
            " choose the other conclusion.",
            field="conclusion",
            number=investigation.number,
        )


def _check_others(investigation, evaluation, rows):
    """Refuse a proof that would invalidate what another investigation is about.

    A result that QA concluded to be valid is not invalidated through its total or
    water; a peak's own investigation is concluded before that of the total.
    """
    gone = set(_going(investigation, evaluation))
    touched = {
        attempt.result.pk
        for attempts in evaluation.attempts.values()
        for attempt in attempts
        if attempt.is_valid
        and (attempt.result.pk in gone or not gone.isdisjoint(attempt.result.inputs))
    }
    inputs = set(evaluation.attempt(investigation.result_id).result.inputs) & gone
    for other in rows.investigations:
        if other.result_id not in touched or other.pk == investigation.pk:
            continue
        if other.conclusion == Conclusion.NOT_PROVEN:
            raise NotInvestigated(
                "stands",
                "Investigation %(other)s proved no laboratory error, so its result"
                " stays valid. A laboratory error in %(number)s would invalidate that"
                " result too; choose the other conclusion.",
                field="conclusion",
                other=other.number,
                number=investigation.number,
            )
        if other.closed_at is None and other.result_id in inputs:
            raise NotInvestigated(
                "peak-first",
                "Investigation %(number)s is about a total, and investigation"
                " %(other)s about a result in that total. Conclude %(other)s first.",
                field="conclusion",
                other=other.number,
                number=investigation.number,
            )


def _going(investigation, evaluation):
    """Return the results that a proven error of the investigation's result takes."""
    failed = evaluation.attempt(investigation.result_id)
    gone = [failed.result.pk]
    if (
        failed.test.calculation == Calculation.TOTAL
        and failed.result.source == Source.COMPUTED
    ):
        # A computed value is wrong because its peaks are: they go together.
        gone += failed.result.inputs
    gone += [
        attempt.result.pk
        for attempts in evaluation.attempts.values()
        for attempt in attempts
        if attempt.test.calculation == Calculation.TOTAL
        and not set(gone).isdisjoint(attempt.result.inputs)
    ]
    return tuple(dict.fromkeys(gone))


def _invalidate(act, rows, investigation, signature):
    """Mark the result invalidated, and the totals that were calculated from it."""
    evaluation = rows.evaluation().of(investigation.result.test_order_id)
    for pk in _going(investigation, evaluation):
        if evaluation.attempt(pk).stage in GONE:
            continue
        rows.marks.append(
            act.create(
                Mark(
                    result=evaluation.attempt(pk).result,
                    kind=MarkKind.INVALIDATED,
                    reason=investigation.cause[:400],
                    signature=signature,
                    by=act.by,
                    at=act.at,
                ),
                lot=rows.lot,
            )
        )
