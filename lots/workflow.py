"""Verbs by which others than the analyst decide: review, release, and the lot's fate.

Who may take which step, from where and independent of whom stands in
`rules.lifecycle`, what else the records close in `obstacles`. Imports audit,
evaluation, obstacles, signing and standing; views and commands import it.
"""

import contextlib

from lots import (
    audit,
    calendar,
    evaluation,
    investigating,
    obstacles,
    records,
    signing,
    standing,
    steps,
    twins,
)
from lots.models import (
    Assessment,
    AssessmentState,
    Kind,
    LotState,
    Mark,
    MarkKind,
    Meaning,
)
from lots.obstacles import STAGES, NotDecided
from lots.rules import uses
from lots.rules.lifecycle import STEPS, NotAllowed
from lots.rules.refusal import Refusal, Refusals, Word, Words
from lots.rules.text import plain_text

# A number, or a list of numbers, that a release or a reopening is signed with.
LONGEST_STATEMENT = 200
# Evidence is English, whatever language the page has (architecture.md 6.9).
_WORDINGS = {
    "resumed": "Hold ended",
    "rejected": "Lot rejected",
    "recalled": "Lot recalled",
    "voided": "Lot voided: logged by mistake",
    "reopened": "Lot reopened, its releases withdrawn",
}


def review(*, examination, results, by, at, confirmation, shown):
    """Sign that the results listed were compared with the raw data.

    A lot may be reviewed in parts, as results arrive. Returns the signature.
    """
    with audit.act(by=by, at=at, action="review") as act:
        lot = act.lock(examination.lot)
        rows = evaluation.load(lot)
        judged = rows.judged()
        attempts = _listed(judged.of(examination.pk), results, STAGES["review"])
        listed = [attempt.result for attempt in attempts]
        steps.check(
            act, STEPS["review"], lot=lot, done=steps.deeds_with(listed, act.by)
        )
        signature = signing.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            meaning=Meaning.REVIEWED,
            wording="Compared with the raw data, complete and correct",
            text=records.review_text(judged, examination.pk, listed),
            lot=lot,
        )
        _mark(act, rows, listed, MarkKind.REVIEWED, signature=signature)
        standing.settle(act, rows)
        return signature


def send_back(*, examination, results, by, at, reason):
    """Send the results listed back to the analyst with a reason.

    A correction that waits for its second person is invalid then, with what was
    worked out from it, and the result that it should replace stands.
    """
    with audit.act(by=by, at=at, action="send_back", reason=reason) as act:
        lot = act.lock(examination.lot)
        rows = evaluation.load(lot)
        judged = rows.judged().of(examination.pk)
        attempts = _listed(judged, results, STAGES["send_back"])
        listed = [attempt.result for attempt in attempts]
        steps.check(
            act, STEPS["send_back"], lot=lot, done=steps.deeds_with(listed, act.by)
        )
        _need_reason(reason)
        touched = {
            test_id
            for result in listed
            for test_id in rows.catalogue.touched_by(result.test_id)
        }
        for one in judged.assessments:
            if one.assessment.state == AssessmentState.RELEASED and any(
                line.criterion.test_id in touched for line in one.lines
            ):
                raise NotDecided(
                    "released",
                    "Results that were released against %(specification)s are sent"
                    " back only after the lot is reopened.",
                    specification=str(one.specification),
                )
        refused = [one.result for one in attempts if one.stage == "unconfirmed"]
        returned = [one.result for one in attempts if one.stage != "unconfirmed"]
        refused += [
            result for result in _waiting_with(judged, refused) if result not in refused
        ]
        _mark(act, rows, returned, MarkKind.RETURNED, reason=reason)
        _mark(act, rows, refused, MarkKind.INVALIDATED, reason=reason)
        standing.settle(act, rows)


def _waiting_with(examination, corrections):
    """Return the unconfirmed results that were worked out from these corrections."""
    sources = {result.pk for result in corrections}
    return [
        one.result
        for attempts in examination.attempts.values()
        for one in attempts
        if one.stage == "unconfirmed" and not sources.isdisjoint(one.result.inputs)
    ]


def _listed(examination, results, stages):
    if not results:
        raise NotDecided("none", "Choose at least one result.")
    attempts = [examination.attempt(result.pk) for result in results]
    for attempt in attempts:
        if attempt.stage not in stages:
            raise NotDecided(
                "stage",
                "%(test)s, attempt %(attempt)s, is %(stage)s, not %(stages)s;"
                " look at the results again.",
                test=attempt.test.name,
                attempt=attempt.result.attempt,
                stage=Word(attempt.stage),
                stages=Words(stages, between="or"),
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


def confirm_correction(*, result, by, at, confirmation, shown):
    """Sign, as a second person, that a correction agrees with the raw data.

    The failed result that it replaces stops standing, and its investigation is
    closed as a transcription error (architecture.md 6.3). Returns the signature.
    """
    with audit.act(by=by, at=at, action="confirm_correction") as act:
        lot = act.lock(result.examination.lot)
        rows = evaluation.load(lot)
        judged = rows.judged()
        examination = judged.of(result.examination_id)
        attempt = examination.attempt(result.pk)
        if (
            attempt.stage not in STAGES["confirm_correction"]
            or attempt.result.kind != Kind.TRANSCRIPTION
        ):
            raise NotDecided(
                "nothing-to-confirm",
                "%(test)s, attempt %(attempt)s, is no correction that waits for a"
                " second person.",
                test=attempt.test.name,
                attempt=attempt.result.attempt,
            )
        replaced = examination.attempt(attempt.result.replaces_id).result
        follow = _waiting_with(examination, [result])
        steps.check(
            act,
            STEPS["confirm_correction"],
            lot=lot,
            done=steps.deeds_with([attempt.result, replaced, *follow], act.by),
        )
        signature = signing.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            meaning=Meaning.CONFIRMED,
            wording="Correction compared with the raw data",
            text=records.review_text(judged, examination.examination.pk, [result]),
            lot=lot,
        )
        confirmed = [attempt.result, *follow]
        _mark(act, rows, confirmed, MarkKind.CONFIRMED, signature=signature)
        replacements = {one.replaces_id: one for one in confirmed}
        for investigation in rows.investigations:
            if (
                investigation.closed_at is None
                and investigation.result_id in replacements
            ):
                act.change(
                    investigation,
                    lot=lot,
                    corrected_by=replacements[investigation.result_id],
                    cause="Transcription error, confirmed against the raw data",
                    signature=signature,
                    closed_at=at,
                )
        # A retest that failed was covered by the investigation that ends here.
        investigating.open_for_failures(act, rows, examination.examination.pk)
        standing.settle(act, rows)
        return signature


def release(
    *,
    assessment,
    by,
    at,
    confirmation,
    shown,
    batch_record,
    deviations,
    justification="",
):
    """Release a complete assessment for the manufacture of products of its use.

    Signs with it that the batch record was reviewed (its number), that deviations
    and investigations are closed (their numbers, or none) and that label and
    certificate agree. A lot with a concluded fail, or one that stands in for another
    use, needs QA's justification (domain.md 5.2). Returns the signature.
    """
    with audit.act(by=by, at=at, action="release", reason=justification) as act:
        lot = act.lock(assessment.lot)
        # Who suspends a qualification now does so before or after, not meanwhile.
        act.take_turn()
        rows = evaluation.load(lot)
        assessment = next(one for one in rows.assessments if one.pk == assessment.pk)
        judged = rows.judged()
        one = judged.assessment(assessment.pk)
        try:
            steps.check(act, STEPS["release"], lot=lot, assessment=assessment)
        except NotAllowed as refusal:
            if refusal.code != "assessment-state" or not one.gates:
                raise
            # Not complete: say what is missing rather than that something is.
            raise Refusals([refusal, *one.gates]) from None
        wrong = list(one.gates)
        wrong += _wrong_release(
            act, one, judged, batch_record, deviations, justification
        )
        if wrong:
            raise wrong[0] if len(wrong) == 1 else Refusals(wrong)
        use = uses.use(assessment.use)
        signature = signing.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            meaning=Meaning.RELEASED,
            wording=f"Released for the manufacture of {use.products}",
            text=records.assessment_text(judged, assessment.pk),
            statements={
                "batch_record_reviewed": batch_record,
                "deviations_and_investigations_closed": deviations,
                "label_and_certificate_agree": True,
                "justification": justification,
            },
            lot=lot,
        )
        act.change(
            assessment,
            lot=lot,
            state=AssessmentState.RELEASED,
            state_reason=justification,
            signature=signature,
            released_on=calendar.today(at),
        )
        standing.settle(act, rows)
        return signature


def _wrong_release(act, one, judged, batch_record, deviations, justification):
    lot, assessment = judged.lot, one.assessment
    yield from obstacles.to_release(judged, assessment, on=calendar.today(act.at))
    for text, field in ((batch_record, "batch_record"), (deviations, "deviations")):
        try:
            plain_text(text, field=field, longest=LONGEST_STATEMENT)
        except Refusal as refusal:
            yield refusal
    if not batch_record.strip():
        yield NotDecided(
            "batch-record",
            "Give the number of the batch record that was reviewed.",
            field="batch_record",
        )
    if not deviations.strip():
        yield NotDecided(
            "deviations",
            "Give the numbers of deviations and investigations closed, or none.",
            field="deviations",
        )
    for text, field in ((justification, "justification"), (deviations, "deviations")):
        for named in uses.named_beyond(lot.use, text):
            yield NotDecided(
                "other-use",
                "%(text)s names %(named)s use, and lot %(lot)s was made for %(use)s"
                " use; certificates print it, so word it without.",
                field=field,
                text=text,
                named=named.code,
                lot=lot.number,
                use=lot.use,
            )
    refused = any(
        other.assessment.state == AssessmentState.REFUSED
        and other.assessment.use == assessment.use
        for other in judged.assessments
    )
    needs = bool(judged.investigations) or refused or assessment.stand_in_id
    if needs and not justification.strip():
        yield NotDecided(
            "justification",
            "Lot %(lot)s has had an investigation or a refusal, or stands in for"
            " another use: write why its cause does not touch this release.",
            field="justification",
            lot=lot.number,
        )
    if not justification.strip():
        yield from map(twins.against_namesake, twins.namesakes(lot, assessment.use))


def refuse(*, assessment, by, at, confirmation, shown, reason):
    """Refuse to release an assessment, signed and with a reason."""
    with audit.act(by=by, at=at, action="refuse", reason=reason) as act:
        lot = act.lock(assessment.lot)
        rows = evaluation.load(lot)
        assessment = next(one for one in rows.assessments if one.pk == assessment.pk)
        steps.check(act, STEPS["refuse"], lot=lot, assessment=assessment)
        _need_reason(reason)
        signature = signing.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            meaning=Meaning.REFUSED,
            wording=f"Release against {assessment.specification} refused",
            text=records.assessment_text(rows.judged(), assessment.pk),
            statements={"reason": reason},
            lot=lot,
        )
        act.change(
            assessment,
            lot=lot,
            state=AssessmentState.REFUSED,
            state_reason=reason,
            signature=signature,
        )
        standing.settle(act, rows)
        return signature


def hold(*, lot, by, at, reason):
    """Put the lot on hold: nothing is released, its certificates are under review."""
    with audit.act(by=by, at=at, action="hold", reason=reason) as act:
        lot = act.lock(lot)
        steps.check(act, STEPS["hold"], lot=lot)
        _need_reason(reason)
        return _decide(act, lot, LotState.ON_HOLD, reason)


def resume(*, lot, by, at, confirmation, shown, reason):
    """End the hold."""
    with _decision(lot, by, at, "resume", reason, confirmation, shown) as (act, lot):
        return _decide(act, lot, LotState.QUARANTINE, reason)


def reject(*, lot, by, at, confirmation, shown, reason):
    """Reject the lot; one that was released is recalled instead."""
    with _decision(lot, by, at, "reject", reason, confirmation, shown) as (act, lot):
        return _decide(act, lot, LotState.REJECTED, reason)


def recall(*, lot, by, at, confirmation, shown, reason):
    """Recall a lot that was released."""
    with _decision(lot, by, at, "recall", reason, confirmation, shown) as (act, lot):
        return _decide(act, lot, LotState.RECALLED, reason)


def void(*, lot, by, at, confirmation, shown, reason):
    """Void a lot logged by mistake, before any release; its number stays used."""
    with _decision(lot, by, at, "void", reason, confirmation, shown) as (act, lot):
        return _decide(act, lot, LotState.VOID, reason)


def reopen(*, lot, by, at, confirmation, shown, reason, deviation):
    """Reopen a released lot under a deviation: its releases are withdrawn.

    For each a new assessment against the same specification is opened, so that the
    lot can be released again after what the deviation found.
    """
    if not deviation.strip():
        raise NotDecided(
            "deviation", "Give the number of the deviation.", field="deviation"
        )
    plain_text(deviation, field="deviation", longest=LONGEST_STATEMENT)
    full = f"{deviation}: {reason}"
    with _decision(
        lot, by, at, "reopen", reason, confirmation, shown, deviation=deviation
    ) as (act, lot):
        released = list(
            lot.assessments.filter(state=AssessmentState.RELEASED)
            .select_related("specification", "examination")
            .order_by("pk")
        )
        for assessment in released:
            act.change(
                assessment,
                lot=lot,
                state=AssessmentState.RELEASE_WITHDRAWN,
                state_reason=full[:400],
            )
            act.create(
                Assessment(
                    lot=lot,
                    examination=assessment.examination,
                    specification=assessment.specification,
                    use=assessment.use,
                    stand_in=assessment.stand_in,
                    due=assessment.due,
                    opened_at=at,
                )
            )
        act.change(lot, reopenings=lot.reopenings + 1)
        return _decide(act, lot, LotState.QUARANTINE, full)


@contextlib.contextmanager
def _decision(lot, by, at, code, reason, confirmation, shown, **statements):
    """Open the act of a signed decision on the lot: checked and signed first."""
    step = STEPS[code]
    with audit.act(by=by, at=at, action=code, reason=reason) as act:
        lot = act.lock(lot)
        steps.check(act, step, lot=lot)
        obstacle = obstacles.to_step(code, evaluation.evaluate(lot))
        if obstacle:
            raise obstacle
        _need_reason(reason)
        signing.sign(
            act,
            confirmation=confirmation,
            shown=shown,
            meaning=step.signed_as,
            wording=_WORDINGS[step.signed_as],
            text=records.lot_text(lot),
            statements={"reason": reason, **statements},
            lot=lot,
        )
        yield act, lot


def _decide(act, lot, state, reason):
    act.change(lot, state=state, state_reason=reason[:400])
    standing.settle(act, evaluation.load(lot))
    return lot


def _need_reason(reason):
    if not reason.strip():
        raise NotDecided("reason", "Write the reason.", field="reason")
