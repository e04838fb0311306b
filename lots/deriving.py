"""Results worked out from others: the assay from its water, a total from its peaks.

What a new result feeds is replaced in the act that stores it, and by the same rules
as any result: an earlier one stays visible, and one that fails by itself is left to
its investigation. Entering imports it.
"""

from lots.models import Kind, Result, Source
from lots.rules import reportable
from lots.rules.reportable import Determination, Method


def follow(act, rows, examination, before, causes):
    """Store what the new results change in the results worked out from others."""
    catalogue = rows.catalogue
    dependents = []
    for cause in causes:
        for test in catalogue.corrected[cause.test_id]:
            dependents += _recalculated(act, rows, examination, before, cause, test)
    rows.results.extend(dependents)
    totals = {}
    for cause in causes:
        total_id = catalogue.tests[cause.test_id].component_of_id
        if total_id:
            totals.setdefault(total_id, cause)
    for total_id, cause in totals.items():
        total = _total(act, rows, examination, causes, cause, catalogue.tests[total_id])
        if total is not None:
            rows.results.append(total)


def _recalculated(act, rows, examination, before, cause, test):
    """Yield the recalculations of a test that a new water result asks for.

    A result that still waits for its water, or whose water no longer stands or is
    corrected now, is worked out again. One that fails by itself is left to its
    investigation: no later water makes it pass.
    """
    found = []
    for attempt in before.attempts.get(test.pk, ()):
        if not attempt.standing or test.already_corrected:
            continue
        inputs = attempt.result.inputs
        corrected = cause.replaces_id is not None and cause.replaces_id in inputs
        if inputs and not corrected and not attempt.stale:
            continue
        if attempt.result.pk in {one.replaces_id for one in found}:
            continue
        found.append(
            act.create(
                _computed(
                    act,
                    examination,
                    attempt.result,
                    attempt=len(before.attempts[test.pk]) + len(found) + 1,
                    determinations=attempt.result.determinations,
                    inputs=[cause.pk],
                    cause=cause,
                ),
                lot=rows.lot,
            )
        )
    return found


def _total(act, rows, examination, causes, cause, total):
    """Return the total that the new peaks ask for, None while one is missing.

    After a correction it replaces the total worked out before; after a
    re-measurement, retest or resample it stands beside it, like its cause.
    """
    now = rows.judged().of(examination.pk)
    new = {result.test_id: result for result in causes}
    inputs, determinations = [], []
    for part in rows.catalogue.components[total.pk]:
        source = now.standing(part.pk)
        if part.pk in new:
            source = now.attempt(new[part.pk].pk)
        if source is None or not source.reportable.usable:
            return None
        inputs.append(source.result.pk)
        if part.method == Method.LARGEST_UNSPECIFIED:
            determinations += source.result.determinations
        else:
            determinations.append(
                stored(
                    Determination(
                        text=reportable.exact(source.reportable),
                        component=part.name,
                        specified=True,
                    )
                )
            )
    attempts = now.attempts.get(total.pk, ())
    earlier = [
        one
        for one in attempts
        if one.standing
        and (cause.replaces_id in one.result.inputs or cause.kind == Kind.FIRST)
    ]
    base = earlier[-1].result if earlier else None
    result = _computed(
        act,
        examination,
        base,
        attempt=len(attempts) + 1,
        determinations=determinations,
        inputs=inputs,
        cause=cause,
    )
    if base is None:
        result.test = total
        result.procedure = rows.catalogue.current_procedure[total.pk]
        result.kind = cause.kind
        result.investigation = cause.investigation
        result.needs_confirmation = False
    return act.create(result, lot=rows.lot)


def stored(determination):
    """Return a determination as the record keeps it: its fields by name."""
    return dict(vars(determination))


def _computed(act, examination, base, *, attempt, determinations, inputs, cause):
    return Result(
        examination=examination,
        test=base.test if base else None,
        attempt=attempt,
        kind=Kind.RECALCULATION if base else cause.kind,
        replaces=base,
        needs_confirmation=cause.needs_confirmation,
        investigation=None,
        determinations=determinations,
        inputs=inputs,
        procedure=base.procedure if base else None,
        laboratory=base.laboratory if base else cause.laboratory,
        sample=base.sample if base else cause.sample,
        source=Source.COMPUTED,
        raw_reference=base.raw_reference if base else cause.raw_reference,
        reason=f"Worked out again from {cause.test.name}, attempt {cause.attempt}"
        if base
        else "",
        performed_by=base.performed_by if base else cause.performed_by,
        performed_on=base.performed_on if base else cause.performed_on,
        entered_by=act.by,
        entered_at=act.at,
    )
