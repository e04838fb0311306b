"""Result entry: a result is stored first, then evaluated; results are submitted.

A result is never edited. A further one names its kind and reason, and every earlier one
stays visible (architecture.md 2).
"""

from collections import Counter

from lots import calendar
from lots.accounts import permissions
from lots.consistency import findings
from lots.evaluation import evaluator, raw_data, runs
from lots.evidence import audit, documents, text_checks
from lots.investigations import conduct, opening
from lots.models import (
    CORRECTIONS,
    Attachment,
    Conclusion,
    Kind,
    Mark,
    MarkKind,
    Result,
    Source,
)
from lots.results import calculation
from lots.results.validation import (
    Entry,
    NotEntered,
    check_after_plan,
    check_entry,
    check_occasion,
    check_unnamed_runs,
    check_values,
    with_sample,
)
from lots.rules.refusal import Refusal, Word
from lots.rules.states import AssessmentState, AttemptStage
from lots.rules.step_table import STEPS
from lots.rules.unknown import if_known, of_known
from lots.rules.verdicts import Outcome
from lots.workflow import blockers, lot_status


class Conflict(NotEntered):
    """Somebody else entered a result for this test since the page was shown."""


def enter_result(
    *,
    test_order,
    test,
    by,
    at,
    determinations,
    seen,
    kind=Kind.FIRST,
    reason="",
    performed_by=None,
    performed_on=None,
    laboratory=None,
    sample=None,
    started_on=None,
    raw_reference="",
    run="",
):
    """Store one result, then judge the lot; return the result and the evaluation.

    A verdict that fails opens an investigation in the same act. Raises Conflict when
    the page did not show an attempt that exists, NotEntered with the field for a
    value, a date or a kind that cannot be stored.
    """
    action = "enter" if kind == Kind.FIRST else kind
    with audit.act(by=by, at=at, action=action, reason=reason) as act:
        lot = act.lock(test_order.lot)
        rows = evaluator.load(lot)
        entry = Entry(
            test=test,
            determinations=determinations,
            # Who acts was read again when the act began.
            performed_by=of_known(
                lambda person: act.by if person in (None, act.by) else person,
                performed_by,
            ),
            performed_on=of_known(lambda day: day or calendar.today(at), performed_on),
            seen=seen,
            kind=kind,
            reason=reason,
            laboratory=laboratory,
            sample=sample,
            started_on=started_on,
            raw_reference=raw_reference,
            run=run,
        )
        stored, evaluation = store(
            act, rows, test_order_id=test_order.pk, entries=[entry]
        )
        return stored[0], lot_status.settle(act, rows, evaluation)


def store(act, rows, *, test_order_id, entries):
    """Store results of one lot inside an open act; return them and the evaluation.

    The results come in order. `rows` are the lot's rows and grow by what is stored,
    dependent results and investigations included; the evaluation is of all these, and
    the caller settles the lot by it.
    """
    permissions.check(act, STEPS["enter"], lot=rows.lot)
    test_order = next(one for one in rows.test_orders if one.pk == test_order_id)
    whole = rows.evaluation()
    before = whole.of(test_order_id)
    _check_no_test_twice(entries)
    check_unnamed_runs(rows.lot, entries)
    for entry in entries:
        with if_known:
            _check_first(whole, test_order_id, entry)
    stored: list[Result] = []
    # Water before what is corrected with it, so that both can come in one act.
    for is_corrected in (False, True):
        new = [
            _result(act, rows, test_order, before, stored, entry)
            for entry in entries
            if (entry.test.water_test_id is not None) == is_corrected
        ]
        stored += act.create_all(new, lots=[rows.lot] * len(new))
    rows.results.extend(stored)
    calculation.follow(act, rows, test_order, before, stored)
    evaluation = opening.open_for_failures(act, rows)
    return stored, evaluation


def _check_no_test_twice(entries):
    twice = [
        test for test, count in Counter(e.test.pk for e in entries).items() if count > 1
    ]
    if twice:
        raise NotEntered(
            "twice",
            (
                "Two results of one test cannot be stored together; enter them one"
                " after the other."
            ),
        )


def _check_first(evaluated, test_order_id, entry):
    if entry.kind == Kind.FIRST:
        refusal = blockers.to_enter_first(evaluated, test_order_id, entry.test)
        if refusal:
            raise refusal


def _result(act, rows, test_order, before, stored, entry):
    test, lot = entry.test, rows.lot
    attempts = before.attempts.get(test.pk, ())
    with if_known:
        _check_conflict(entry, attempts)
    with if_known:
        entry = with_sample(
            lot,
            entry,
            taken=rows.samples,
            earlier=attempts[-1].result if attempts else None,
        )
    check_entry(lot, entry, at=act.at)
    with if_known:
        check_occasion(test_order, entry)
    with if_known:
        _check_released(rows.catalogue, before, entry)
    # The grammar first: what is not a reported value is refused, not stored.
    method = replaces = investigation = None
    with if_known:
        method = check_values(
            rows.catalogue,
            test,
            of_known(
                lambda given: [typed.text for typed in given], entry.determinations
            ),
            method=method_of_corrected(rows.catalogue, entry.kind, attempts),
        )
    with if_known:
        replaces, investigation = _place(rows, before, entry, attempts)
        if investigation is not None:
            check_after_plan(entry, investigation, attempts)
    return Result(
        test_order=test_order,
        test=test,
        attempt=len(attempts) + 1,
        kind=entry.kind,
        replaces=replaces and replaces.result,
        needs_confirmation=bool(replaces)
        and (entry.kind == Kind.REPROCESSING or _failed(rows, before, replaces)),
        investigation=investigation,
        determinations=[calculation.stored(typed) for typed in entry.determinations],
        inputs=_water_inputs(before, stored, test),
        method=method,
        laboratory=entry.laboratory or lot.site,
        sample=entry.sample,
        source=entry.source,
        decimals=entry.decimals,
        raw_reference=entry.raw_reference,
        run=runs.key(entry.run),
        reason=entry.reason,
        performed_by=entry.performed_by,
        performed_on=entry.performed_on,
        started_on=entry.started_on,
        entered_by=act.by,
        entered_at=act.at,
    )


def _check_conflict(entry, attempts):
    if entry.seen is None or entry.seen == len(attempts):
        if attempts and entry.kind == Kind.FIRST:
            raise NotEntered(
                "kind",
                "%(test)s already has the result %(value)s. To repeat or correct it,"
                " choose “Add a result…” and give the kind and the reason.",
                field="kind",
                test=entry.test.name,
                value=attempts[-1].reportable.text,
            )
        return
    theirs = attempts[-1] if attempts else None
    raise Conflict(
        "conflict",
        "Not stored: %(who)s entered %(theirs)s for %(test)s while you typed"
        " %(yours)s. Compare the two; if yours is needed as well, choose “Add a"
        " result…”.",
        field="determinations",
        who=theirs.result.entered_by.printed_name if theirs else "nobody",
        theirs=theirs.reportable.text if theirs else "nothing",
        test=entry.test.name,
        yours="; ".join(typed.text for typed in entry.determinations),
    )


def _check_released(catalogue, before, entry):
    """Refuse a change of what a released assessment certified.

    What was released is changed only after the lot was reopened with a deviation
    number (domain.md 7, re-issue); also by way of the water, or of a peak, that the
    specification itself does not have.
    """
    if entry.kind == Kind.FIRST:
        return
    touched = catalogue.touched_by(entry.test.pk)
    for one in before.assessments:
        if one.assessment.state == AssessmentState.RELEASED and any(
            line.criterion.test_id in touched for line in one.lines
        ):
            raise NotEntered(
                "released",
                "%(test)s was released against %(specification)s, so its results"
                " cannot change. QA must reopen the lot first.",
                field="determinations",
                test=entry.test.name,
                specification=str(one.specification),
            )


def _place(rows, before, entry, attempts):
    """Return what the entry replaces and the investigation it belongs to."""
    if entry.kind == Kind.FIRST:
        return None, None
    if not attempts:
        raise NotEntered(
            "nothing-before",
            "%(test)s has no result yet, so there is nothing to repeat or correct."
            " Enter this one as its first result.",
            field="kind",
            test=entry.test.name,
        )
    if entry.kind in CORRECTIONS:
        candidates = [one for one in attempts if one.is_valid]
        if not candidates or any(
            one.stage == AttemptStage.UNCONFIRMED for one in attempts
        ):
            raise NotEntered(
                "nothing-to-correct",
                "%(test)s has no valid result to correct, or a correction of it"
                " already waits for a reviewer. Have that one verified or returned"
                " first.",
                field="kind",
                test=entry.test.name,
            )
        _check_concluded(rows, before, entry, candidates[-1])
        return candidates[-1], None
    return None, conduct.room_for(rows, before, entry.test, entry.kind)


def method_of_corrected(catalogue, kind, attempts):
    """Return the method by which a corrected value was measured; None of a new one.

    A correction says what was measured then, so a version that was approved since says
    nothing of it: neither its LOD and LOQ, nor its name on a certificate.
    """
    if kind not in CORRECTIONS:
        return None
    valid = [one for one in attempts if one.is_valid]
    return catalogue.methods[valid[-1].result.method_id] if valid else None


def _check_concluded(rows, before, entry, replaced):
    """Refuse to correct a fail that QA concluded to be valid (architecture.md 6)."""
    affected = _affected(before, replaced)
    for investigation in rows.investigations:
        if (
            investigation.conclusion == Conclusion.NOT_PROVEN
            and investigation.result_id in affected
        ):
            raise NotEntered(
                "stands",
                "%(test)s cannot be corrected any more: investigation %(number)s"
                " proved no laboratory error, so its result stays valid. QA decides on"
                " the lot.",
                field="kind",
                number=investigation.number,
                test=entry.test.name,
            )


def _affected(before, replaced):
    """Return the result and those calculated from it, as primary keys.

    Also what waits for a reviewer: it is valid as soon as it is confirmed.
    """
    return {replaced.result.pk} | {
        attempt.result.pk
        for attempts in before.attempts.values()
        for attempt in attempts
        if (attempt.is_valid or attempt.stage == AttemptStage.UNCONFIRMED)
        and replaced.result.pk in attempt.result.inputs
    }


def _failed(rows, before, replaced):
    """Say whether the replaced result, or one calculated from it, fails."""
    affected = _affected(before, replaced)
    investigated = {
        one.result_id for one in rows.investigations if one.closed_at is None
    }
    return bool(affected & investigated) or any(
        before.failing(pk, outcomes=(Outcome.FAIL,)) for pk in affected
    )


def _water_inputs(before, stored, test):
    if not test.water_test_id or test.already_corrected:
        return []
    for result in stored:
        if result.test_id == test.water_test_id and not result.needs_confirmation:
            return [result.pk]
    water = before.valid_result(test.water_test_id)
    return [water.result.pk] if water else []


def attach(*, lot, by, at, upload=None, earlier=None, title="", result=None):
    """Keep a file with the lot, or with one of its results; return the Attachment.

    One file of raw data serves several results of the lot, as the report of a run does:
    `earlier` is an attachment of the lot whose file this result has too, under its
    title where no other is given.
    """
    with audit.act(by=by, at=at, action="attach") as act:
        lot = act.lock(lot)
        permissions.check(act, STEPS["enter"], lot=lot)
        if result is not None and result.test_order.lot_id != lot.pk:
            raise NotEntered(
                "result",
                (
                    "The result does not belong to lot %(lot)s; attach the file on the"
                    " page of its own lot."
                ),
                lot=lot.number,
            )
        if (upload is None) == (earlier is None):
            raise NotEntered(
                "file",
                "Choose one file: a new one, or one that is attached to the lot"
                " already.",
                field="upload",
            )
        with if_known:
            if earlier is not None:
                _check_earlier(lot, earlier, result)
                title = title.strip() or earlier.title
        with if_known:
            if not title.strip():
                raise NotEntered("title", "Give the file a title.", field="title")
        attachment = text_checks.sound(
            text_checks.unwritten(
                Attachment,
                lot=lot,
                result=result,
                title=title,
                attached_by=act.by,
                attached_at=at,
            )
        )
        attachment.document = (
            earlier.document
            if earlier is not None
            else documents.keep(act, upload, field="upload")
        )
        lot_status.worked(act, lot)
        return act.create(attachment)


def _check_earlier(lot, earlier, result):
    """Refuse a file of another lot, for no result, or one that the result has."""
    if earlier.lot_id != lot.pk:
        raise NotEntered(
            "earlier",
            "%(title)s is not attached to lot %(lot)s; choose a file of this lot.",
            field="earlier",
            title=earlier.title,
            lot=lot.number,
        )
    if result is None:
        raise NotEntered(
            "earlier-result",
            "%(title)s is attached to lot %(lot)s already; choose the result that it"
            " is the raw data of too.",
            field="result",
            title=earlier.title,
            lot=lot.number,
        )
    if Attachment.objects.filter(result=result, document=earlier.document_id).exists():
        raise NotEntered(
            "earlier-twice",
            "%(title)s is attached to %(test)s, attempt %(attempt)s, already; choose"
            " another result.",
            field="result",
            title=earlier.title,
            test=result.test.name,
            attempt=result.attempt,
        )


def submit(*, test_order, results, by, at):
    """Submit the results listed for review."""
    with audit.act(by=by, at=at, action="submit") as act:
        lot = act.lock(test_order.lot)
        permissions.check(act, STEPS["submit"], lot=lot)
        rows = evaluator.load(lot)
        submitted(act, rows, test_order_id=test_order.pk, results=results)
        lot_status.settle(act, rows)


def _check_raw_data(lot, evaluation, chosen):
    """Refuse to submit what nobody could compare with anything."""
    results = [evaluation.attempt(pk).result for pk in sorted(chosen)]
    bare = list(raw_data.lacking(lot, results).values())
    if len(bare) == 1:
        raise bare[0]
    if bare:
        # As many results as were entered may lack the same thing: one sentence.
        raise Refusal(
            "no-raw-data",
            "Nothing was submitted: %(tests)s have no raw data. Choose “Attach” in the"
            " row of each and attach its file, or untick them. Name raw data as “Raw"
            " data reference” above the grid before you enter further results."
            if all(one.code == "no-raw-data" for one in bare)
            else "Nothing was submitted: %(tests)s rest on the manufacturer's"
            " certificate, which is not attached, or have no raw data. Attach them, or"
            " untick the results.",
            tests=", ".join(str(one.params["test"]) for one in bare),
        )


def submitted(act, rows, *, test_order_id, results):
    """Mark the results as submitted inside an open act.

    Results that were calculated from them go with them.
    """
    evaluation = rows.evaluation().of(test_order_id)
    chosen = {result.pk for result in results}
    if not chosen:
        raise Refusal("none", "Nothing was submitted; tick at least one result.")
    for attempts in evaluation.attempts.values():
        for attempt in attempts:
            if attempt.result.source == Source.COMPUTED and chosen.intersection(
                attempt.result.inputs
            ):
                chosen.add(attempt.result.pk)
    _check_raw_data(rows.lot, evaluation, chosen)
    marks = []
    for pk in sorted(chosen):
        attempt = evaluation.attempt(pk)
        if attempt.stage not in blockers.STAGES["submit"]:
            if attempt.result.source == Source.COMPUTED:
                continue
            raise Refusal(
                "not-submittable",
                "%(test)s, attempt %(attempt)s, is %(stage)s and cannot be submitted;"
                " untick it.",
                test=attempt.test.name,
                attempt=attempt.result.attempt,
                stage=Word(attempt.stage.said),
            )
        marks.append(
            Mark(
                result=attempt.result,
                kind=MarkKind.SUBMITTED,
                by=act.by,
                at=act.at,
            )
        )
    rows.marks += act.create_all(marks, lots=[rows.lot] * len(marks))
    findings.store(act, rows, [mark.result_id for mark in marks])
