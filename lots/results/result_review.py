"""Result review by a second person: sign, return, verify a correction."""

from collections.abc import Mapping
from types import MappingProxyType

from lots.accounts import permissions, titles
from lots.consistency import findings
from lots.evaluation import evaluator, raw_data, signed_text
from lots.evidence import audit, signatures
from lots.investigations import opening, phase_one
from lots.models import (
    CORRECTIONS,
    AssessmentState,
    Kind,
    LotState,
    Mark,
    MarkKind,
)
from lots.results import calculation
from lots.rules.consistency import Acknowledged
from lots.rules.laboratory_error import Answer
from lots.rules.refusal import Word, Words
from lots.rules.states import AttemptStage
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known
from lots.workflow import blockers, lot_status
from lots.workflow.blockers import STAGES, NotDecided

_NOTHING: Mapping[int, Acknowledged] = MappingProxyType({})
_CORRECTED = "Transcription error, confirmed against the raw data"
_REPROCESSED = "Data reprocessed, both values compared with the raw data"


def review(
    *,
    test_order,
    results,
    by,
    at,
    confirmation,
    shown,
    stated=(),
    acknowledged=_NOTHING,
):
    """Sign that the results listed were compared with the raw data.

    A lot may be reviewed in parts, as results arrive. `stated` are the codes of the
    statements that were ticked; `acknowledged` has what is said of each finding of the
    results, by its key. Returns the signature.
    """
    with audit.act(by=by, at=at, action="review") as act:
        findings.check_comments(acknowledged)
        lot = act.lock(test_order.lot)
        rows = evaluator.load(lot)
        evaluation = rows.evaluation()
        attempts = _listed(evaluation.of(test_order.pk), results, STAGES["review"])
        listed = [attempt.result for attempt in attempts]
        for attempt in attempts:
            if waits := blockers.to_review(attempt):
                raise waits
        _check_raw_data(lot, attempts)
        for refusal in titles.against_signing(act.by, lot=lot, use=lot.use):
            raise refusal
        step = STEPS["review"]
        permissions.check(
            act, step, lot=lot, done=permissions.deeds_with(listed, act.by)
        )
        noticed = findings.to_acknowledge(lot, listed)
        with if_known:
            findings.check_acknowledged(noticed, acknowledged)
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=signed_text.review_text(evaluation, test_order.pk, listed, by=act.by),
            statements=findings.signed(noticed, acknowledged),
            stated=stated,
            lot=lot,
        )
        _mark(act, rows, listed, MarkKind.REVIEWED, signature=signature)
        findings.acknowledge(act, noticed, acknowledged, signature)
        lot_status.settle(act, rows)
        return signature


def _check_raw_data(lot, attempts):
    """Refuse to sign a comparison with raw data of what has none, or no sample.

    As where it was submitted before both were asked for.
    """
    bare = raw_data.lacking(lot, [one.result for one in attempts])
    for attempt in attempts:
        result = attempt.result
        if result.pk in bare or (
            result.sample_id is None
            and not raw_data.is_manufacturers(lot, result.laboratory)
        ):
            raise NotDecided(
                "no-raw-data",
                "%(test)s, attempt %(attempt)s, names no raw data, so there is nothing"
                " to compare it with. Return it; the analyst attaches them and submits"
                " it again."
                if result.pk in bare
                else "%(test)s, attempt %(attempt)s, names no sample. Return it; the"
                " analyst enters it again as a transcription correction, with the"
                " sample that was tested.",
                test=attempt.test.name,
                attempt=result.attempt,
            )


def send_back(*, test_order, results, by, at, reason):
    """Return the results listed to the analyst, with a reason.

    A correction that waits for a reviewer becomes invalid, with what was calculated
    from it, and the result that it should replace stays valid. An investigation of the
    correction ends with it: nobody could prove a laboratory error of it, nor conclude
    that it is valid. A calculated value is returned with its correction only, because
    alone it could never be entered again. Of a lot that is rejected or recalled only
    corrections are returned, because nobody could enter anything else again.
    """
    with audit.act(by=by, at=at, action="send_back", reason=reason) as act:
        lot = act.lock(test_order.lot)
        rows = evaluator.load(lot)
        evaluation = rows.evaluation().of(test_order.pk)
        attempts = _listed(evaluation, results, STAGES["send_back"])
        _check_worked_on(lot, attempts)
        listed = [attempt.result for attempt in attempts]
        permissions.check(
            act,
            STEPS["send_back"],
            lot=lot,
            done=permissions.deeds_with(listed, act.by),
        )
        touched = {
            test_id
            for result in listed
            for test_id in rows.catalogue.touched_by(result.test_id)
        }
        for one in evaluation.assessments:
            if one.assessment.state == AssessmentState.RELEASED and any(
                line.criterion.test_id in touched for line in one.lines
            ):
                raise NotDecided(
                    "released",
                    "These results were released against %(specification)s, so they"
                    " cannot be returned. QA must reopen the lot first.",
                    specification=str(one.specification),
                )
        refused = [
            one.result for one in attempts if one.stage == AttemptStage.UNCONFIRMED
        ]
        returned = [
            one.result for one in attempts if one.stage != AttemptStage.UNCONFIRMED
        ]
        _check_causes(evaluation, refused)
        refused += [
            result
            for result in _waiting_with(evaluation, refused)
            if result not in refused
        ]
        _mark(act, rows, returned, MarkKind.RETURNED, reason=reason)
        _mark(act, rows, refused, MarkKind.INVALIDATED, reason=reason)
        _end_investigations(
            act,
            rows,
            {result.pk: result.replaces for result in refused},
            cause=f"Correction sent back: {reason}",
        )
        _work_out_again(act, rows, evaluation.test_order, refused)
        lot_status.settle(act, rows, opening.open_for_failures(act, rows))


def _end_investigations(act, rows, in_place, *, cause, signature=None):
    """Close the open investigations of results that another one has replaced.

    A retest that failed was covered by the investigation that ends here: the caller
    opens one for it.
    """
    for investigation in rows.investigations:
        if investigation.closed_at is None and investigation.result_id in in_place:
            act.change(
                investigation,
                lot=rows.lot,
                corrected_by=in_place[investigation.result_id],
                cause=cause[:600],
                signature=signature,
                closed_at=act.at,
            )


def _check_causes(test_order, refused):
    """Refuse to return a calculated value without the correction it rests on."""
    chosen = {result.pk for result in refused}
    for result in refused:
        for cause in map(test_order.attempt, result.inputs):
            if (
                cause.stage == AttemptStage.UNCONFIRMED
                and cause.result.pk not in chosen
            ):
                raise NotDecided(
                    "with-its-cause",
                    "%(test)s, attempt %(attempt)s, was calculated with a correction"
                    " of %(cause)s that waits for a reviewer. Return that correction,"
                    " and %(test)s is returned with it.",
                    test=result.test.name,
                    attempt=result.attempt,
                    cause=cause.test.name,
                )


def _work_out_again(act, rows, test_order, corrections):
    """Calculate what waited for the decision on these corrections.

    A value that rests on a confirmed correction ends the investigation of the one
    before; what is calculated again for another reason is left to QA's conclusion.
    """
    signed = {
        mark.result_id: mark.signature
        for mark in rows.marks
        if mark.kind == MarkKind.CONFIRMED
    }
    for result in calculation.decided(act, rows, test_order, corrections):
        own = [signed[pk] for pk in result.inputs if pk in signed]
        if own:
            _end_investigations(
                act,
                rows,
                {result.replaces_id: result},
                cause=_CORRECTED,
                signature=own[0],
            )


def _check_worked_on(lot, attempts):
    """Refuse to return anything but a correction of a lot that takes no results."""
    if lot.state in STEPS["enter"].lot_states:
        return
    for attempt in attempts:
        if attempt.stage not in STAGES["confirm_correction"]:
            raise NotDecided(
                "over",
                "Lot %(lot)s is %(state)s, so nobody could enter %(test)s, attempt"
                " %(attempt)s, again. Only a correction that waits for a reviewer can"
                " be returned.",
                lot=lot.number,
                state=Word(LotState.of(lot.state).said),
                test=attempt.test.name,
                attempt=attempt.result.attempt,
            )


def _waiting_with(test_order, corrections):
    """Return the unconfirmed results that were calculated from these corrections."""
    sources = {result.pk for result in corrections}
    return [
        one.result
        for attempts in test_order.attempts.values()
        for one in attempts
        if one.stage == AttemptStage.UNCONFIRMED
        and not sources.isdisjoint(one.result.inputs)
    ]


def _listed(test_order, results, stages):
    if not results:
        raise NotDecided("none", "No result was chosen; tick at least one.")
    attempts = [test_order.attempt(result.pk) for result in results]
    for attempt in attempts:
        if attempt.stage not in stages:
            raise NotDecided(
                "stage",
                "%(test)s, attempt %(attempt)s, is %(stage)s, not %(stages)s. Open the"
                " results again and choose anew.",
                test=attempt.test.name,
                attempt=attempt.result.attempt,
                stage=Word(attempt.stage.said),
                stages=Words((stage.said for stage in stages), between="or"),
            )
    return attempts


def _mark(act, rows, results, kind, *, reason="", signature=None):
    rows.marks += act.create_all(
        [
            Mark(
                result=result,
                kind=kind,
                reason=reason,
                signature=signature,
                by=act.by,
                at=act.at,
            )
            for result in results
        ],
        lots=[rows.lot] * len(results),
    )


def _check_reprocessed(test, checks):
    """Refuse reprocessed data of which phase I says that nothing was wrong before."""
    phase_one.check(checks)
    if all(one.answer != Answer.NO for one in checks):
        raise NotDecided(
            "nothing-wrong",
            "Phase I finds nothing wrong with the first value of %(test)s, so it is not"
            " reprocessed. Say what was not in order, or return the correction.",
            test=test.name,
        )


def confirm_correction(*, result, by, at, confirmation, shown, stated=(), checks=()):
    """Sign, as a second person, that a correction agrees with the raw data.

    Of data that were reprocessed, `checks` are the answers of phase I, which say what
    was not in order: the record of the first value is signed with them.

    The failed result that it replaces is not valid any more, and its investigation is
    closed as a transcription error (architecture.md 6.3). Returns the signature.
    """
    with audit.act(by=by, at=at, action="confirm_correction") as act:
        lot = act.lock(result.test_order.lot)
        rows = evaluator.load(lot)
        evaluation = rows.evaluation()
        test_order = evaluation.of(result.test_order_id)
        attempt = test_order.attempt(result.pk)
        if (
            attempt.stage not in STAGES["confirm_correction"]
            or attempt.result.kind not in CORRECTIONS
            or attempt.result.replaces_id is None
        ):
            raise NotDecided(
                "nothing-to-confirm",
                "%(test)s, attempt %(attempt)s, is not a correction that waits for a"
                " reviewer, so there is nothing to verify.",
                test=attempt.test.name,
                attempt=attempt.result.attempt,
            )
        replaced = test_order.attempt(attempt.result.replaces_id).result
        follow = _waiting_with(test_order, [result])
        step = STEPS["confirm_correction"]
        permissions.check(
            act,
            step,
            lot=lot,
            done=permissions.deeds_with([attempt.result, replaced, *follow], act.by),
        )
        is_reprocessed = attempt.result.kind == Kind.REPROCESSING
        if is_reprocessed:
            _check_reprocessed(attempt.test, checks)
        signature = signatures.sign_step(
            act,
            step,
            confirmation=confirmation,
            shown=shown,
            text=signed_text.review_text(
                evaluation, test_order.test_order.pk, [result], by=act.by
            ),
            statements={"checks": phase_one.told(checks)} if is_reprocessed else None,
            stated=stated,
            lot=lot,
        )
        if is_reprocessed:
            phase_one.keep(act, replaced, checks, lot=lot, signature=signature)
        confirmed = [attempt.result, *follow]
        _mark(act, rows, confirmed, MarkKind.CONFIRMED, signature=signature)
        _end_investigations(
            act,
            rows,
            {one.replaces_id: one for one in confirmed},
            cause=_REPROCESSED if is_reprocessed else _CORRECTED,
            signature=signature,
        )
        _work_out_again(act, rows, test_order.test_order, confirmed)
        lot_status.settle(act, rows, opening.open_for_failures(act, rows))
        return signature
