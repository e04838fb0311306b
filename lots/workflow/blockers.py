"""Blockers: what in the records closes a step, whoever would take it.

The verb asks inside its act and the page beforehand, so that no button leads to a
refusal that could be known. Reads, never writes.
"""

from lots.evaluation import completion, periodic_tests, signed_text
from lots.models import Approval, AssessmentState, DateKind, Specification
from lots.origin import genealogy, questions, use_gate
from lots.origin.lot_facts import DATES
from lots.rules import uses
from lots.rules.refusal import Refusal, Refusals, Word
from lots.rules.roles import IssuerRole
from lots.rules.states import CURRENT, NOT_DECIDED, AttemptStage, LineOutcome
from lots.rules.verdicts import Requirement
from lots.setup import minimum_specifications, printed_identity
from lots.workflow import days

# Which results the steps on listed results take, by the stage in which they are.
STAGES = {
    "submit": (AttemptStage.ENTERED, AttemptStage.RETURNED),
    "review": (AttemptStage.SUBMITTED,),
    "confirm_correction": (AttemptStage.UNCONFIRMED,),
    "send_back": (
        AttemptStage.SUBMITTED,
        AttemptStage.REVIEWED,
        AttemptStage.UNCONFIRMED,
    ),
}
_EVER_RELEASED = (AssessmentState.RELEASED, AssessmentState.RELEASE_WITHDRAWN)


class NotDecided(Refusal):
    """The review or decision cannot be made as things stand."""


def waiting(test_order, *codes):
    """Return the results of a test order that wait for one of these steps.

    A computed value goes with the results that it was worked out from; one whose input
    is missing is reviewed once it is evaluated.
    """
    return [
        attempt.result
        for attempts in test_order.attempts.values()
        for attempt in attempts
        if any(
            attempt.stage in STAGES[code]
            and not (code == "review" and to_review(attempt))
            for code in codes
        )
    ]


def to_review(attempt):
    """Return why a submitted result is not reviewed yet; None where it may be.

    A review is of the value that is compared with the criterion (ICH Q7 11.15).
    """
    if not attempt.waits:
        return None
    return NotDecided(
        "waits",
        "%(test)s, attempt %(attempt)s, is not evaluated yet: it waits for another"
        " result. Review it once the analyst has entered that.",
        test=attempt.test.name,
        attempt=attempt.result.attempt,
    )


def to_step(code, evaluated):
    """Return why the lot's records close this step on the lot; None if they do not."""
    ask = _ON_LOT.get(code)
    return ask(evaluated) if ask else None


def to_release(evaluated, assessment, *, on, came_from=None):
    """Return what closes the release of an assessment, however complete it is.

    `came_from` are the ancestors of its lot, where they are at hand.
    """
    lot = evaluated.lot
    came_from = list(genealogy.ancestors(lot)) if came_from is None else came_from
    wrong: list[Refusal] = []
    try:
        use_gate.check(lot, assessment.use, on=on, came_from=came_from)
    except Refusals as refusals:
        wrong += refusals.refusals
    except Refusal as refusal:
        wrong.append(refusal)
    wrong += [
        refusal
        for _parent, refusal in genealogy.against_release(
            lot, assessment.use, came_from=came_from
        )
    ]
    wrong += questions.closing(lot, assessment.use)
    wrong += against_minimum(evaluated, assessment)
    wrong += _spared_no_more(evaluated, assessment)
    wrong += without_original(lot)
    unapproved = printed_identity.against(
        lot, signed_text.laboratories(evaluated, assessment.pk)
    )
    if unapproved:
        wrong.append(unapproved)
    wrong += days.out_of_order(evaluated, assessment, on=on)
    if evaluated.is_in_doubt:
        wrong.append(
            NotDecided(
                "data-in-doubt",
                "A finding puts the data of lot %(lot)s in doubt; QA must conclude on"
                " it under “Consistency”.",
                lot=lot.number,
            )
        )
    if past := past_its_date(evaluated, assessment, on=on):
        wrong.append(past)
    if assessment.specification.state == Approval.WITHDRAWN:
        wrong.append(
            NotDecided(
                "specification",
                "%(specification)s was retired, so nothing is released against it; add"
                " an assessment against an effective specification, or refuse this"
                " release.",
                specification=str(assessment.specification),
            )
        )
    return wrong


def past_its_date(evaluated, assessment, *, on):
    """Return that the last day of an assessment's lot has passed; None if it has not.

    Good through the printed day (domain.md 5.2, rule 17 of section 9); what has an
    expiry date is not extended by a retest (domain.md 7).
    """
    lot = evaluated.lot
    use_by = evaluated.of(assessment.test_order_id).test_order.use_by
    last = last_day(evaluated, assessment)
    if last >= on:
        return None
    return NotDecided(
        "date-passed",
        "The %(kind)s of lot %(lot)s, %(date)s, has passed; open a retest of the lot."
        if lot.date_kind == DateKind.RETEST
        else "The %(kind)s of lot %(lot)s, %(date)s, has passed, and no retest extends"
        " it: the lot can no longer be released or certified.",
        kind=Word("use-by date" if use_by else DATES[lot.date_kind]),
        lot=lot.number,
        date=last,
    )


def last_day(evaluated, assessment):
    """Return the last day on which an assessment's lot can be released.

    That of the lot, or the use-by date of a retest.
    """
    use_by = evaluated.of(assessment.test_order_id).test_order.use_by
    return use_by or evaluated.lot.date_on


def against_minimum(evaluated, assessment):
    """Return why the specification cannot carry a release or a certificate today.

    There is no approved minimum for the use; the specification, by which a lot may be
    released alone, falls short of it; or the lot is not released by one that does not.
    What results say of the minimum stands in the evaluation of the assessment.
    """
    lot, specification, use = (
        evaluated.lot,
        assessment.specification,
        assessment.use,
    )
    least = evaluated.catalogue.minimums.get(use)
    if least is None:
        return [minimum_specifications.no_minimum(lot.material, use)]
    if specification.may_release_alone:
        lacking = evaluated.catalogue.shortfalls(specification.pk, use)
        if not lacking:
            return []
        tests = dict.fromkeys(refusal.params["test"] for refusal in lacking)
        return [
            NotDecided(
                "below-minimum",
                "%(specification)s falls short of the minimum specification"
                " %(minimum)s: %(tests)s. QA approves a new version of it; then add an"
                " assessment against that version.",
                specification=str(specification),
                minimum=str(least),
                tests=", ".join(tests),
            )
        ]
    own = [
        one.assessment
        for one in evaluated.assessments
        if one.assessment.use == use and evaluated.covers_minimum(one.specification)
    ]
    if any(one.state == AssessmentState.RELEASED for one in own):
        return []
    first = [one for one in own if one.state in NOT_DECIDED]
    told = {"specification": str(specification), "lot": lot.number}
    if first:
        return [
            NotDecided(
                "in-house",
                "%(specification)s is not enough by itself: lot %(lot)s must also be"
                " released for this use against our own specification. Release it"
                " against %(first)s first.",
                first=str(first[-1].specification),
                **told,
            )
        ]
    return [
        NotDecided(
            "in-house",
            "%(specification)s is not enough by itself: lot %(lot)s must also be"
            " released for this use against our own specification. Add an assessment"
            " against an in-house specification that covers %(minimum)s, and release"
            " that first.",
            minimum=str(least),
            **told,
        )
    ]


def to_keep(evaluated, use):
    """Return why QA has no release to keep for the use; None where there is one."""
    if use in below_minimum(evaluated):
        return None
    return NotDecided(
        "nothing-to-keep",
        "Lot %(lot)s has no release for %(use)s use that falls short of the minimum"
        " specification, so there is nothing to decide.",
        lot=evaluated.lot.number,
        use=Word(uses.use(use).said),
    )


def below_minimum(evaluated):
    """Return the uses for which the lot is released, but not under today's minimum.

    By no specification that covers the minimum in force, which came after the release.
    """
    released = [
        one.specification
        for one in evaluated.assessments
        if one.assessment.state == AssessmentState.RELEASED
    ]
    uses = {one.use for one in released if one.use in evaluated.catalogue.minimums}
    return sorted(uses - {one.use for one in released if evaluated.covers_minimum(one)})


def to_enter_first(evaluated, test_order_id, test):
    """Return what closes a first result of the test there, None if nothing does.

    While the test, or what is worked out from it, is under investigation in another
    test order of the lot, it would be a retest that nobody planned (FDA, Investigating
    OOS Test Results, 2022).
    """
    touched = evaluated.catalogue.touched_by(test.pk)
    for investigation in evaluated.open_investigations:
        result = investigation.result
        if result.test_order_id != test_order_id and result.test_id in touched:
            return NotDecided(
                "under-investigation",
                "%(what)s is under investigation in test order %(ordinal)s of lot"
                " %(lot)s, and a result of %(test)s in another test order would be an"
                " unplanned retest; enter the planned retests there, or ask QA to"
                " conclude %(number)s first.",
                field="determinations",
                what=result.test.name,
                ordinal=result.test_order.ordinal,
                lot=evaluated.lot.number,
                test=test.name,
                number=investigation.number,
            )
    return None


def without_original(lot):
    """Return that the manufacturer's certificate, which we re-issue, is not attached.

    Certificates print its number and its checksum, so whoever releases sees it first
    (ICH Q7 11.44).
    """
    if lot.issuer_role == IssuerRole.MANUFACTURER or lot.original_certificate_id:
        return []
    return [
        NotDecided(
            "no-original",
            "The manufacturer's certificate %(number)s of lot %(lot)s is not attached;"
            " an analyst chooses “Attach the manufacturer's certificate” under"
            " Documents on the page of the lot.",
            number=lot.original_certificate_number,
            lot=lot.number,
        )
    ]


def _spared_no_more(evaluated, assessment):
    """Return a refusal of each periodic test that nothing spares the lot any more.

    Asked of the records themselves, not of what the lot's status keeps: what spared the
    lot may have failed or been found invalid since, and nobody has tested the last lots
    then.
    """
    absent = [
        line
        for line in evaluated.assessment(assessment.pk).lines
        if line.outcome == LineOutcome.NOT_REQUIRED
        and line.criterion.requirement == Requirement.PERIODIC
    ]
    found = periodic_tests.found(
        evaluated.lot,
        assessment.specification,
        [line.criterion for line in absent],
    )
    return list(completion.against_sparing(found, evaluated.catalogue))


def behind_investigation(investigation, test_order):
    """Return the result of an investigation with what it was calculated from.

    Who entered or performed one of them does not check it in phase I.
    """
    result = test_order.attempt(investigation.result_id).result
    return [result, *(test_order.attempt(pk).result for pk in result.inputs)]


def to_check(investigation):
    """Return what closes phase I of an investigation, None if nothing does."""
    if investigation.closed_at:
        return NotDecided(
            "closed",
            "Investigation %(number)s is already concluded.",
            number=investigation.number,
        )
    return None


def to_conclude(investigation, test_order):
    """Return what closes the conclusion of an investigation, None if nothing does.

    `test_order` is the evaluation of the one that its result belongs to.
    """
    closed = to_check(investigation)
    if closed:
        return closed
    if investigation.phase_one is None:
        return NotDecided(
            "phase-one",
            "Investigation %(number)s has no phase I record yet. A reviewer who entered"
            " nothing of %(test)s checks it in the laboratory and chooses “Sign phase"
            " I”; then you conclude.",
            number=investigation.number,
            test=investigation.result.test.name,
        )
    for attempt in _corrections(investigation.result, test_order):
        return NotDecided(
            "unconfirmed",
            "A correction of %(test)s waits for a reviewer; ask a reviewer to confirm"
            " or return it first.",
            test=attempt.test.name,
        )
    return None


def _corrections(result, test_order):
    """Yield what waits for a second person and may take the place of the result.

    Of its own test, or of what it was worked out from.
    """
    for attempts in test_order.attempts.values():
        for attempt in attempts:
            if attempt.stage == AttemptStage.UNCONFIRMED and (
                attempt.test.pk == result.test_id
                or attempt.result.replaces_id in result.inputs
            ):
                yield attempt


def to_assess(test_order, specifications):
    """Return why a test order is not evaluated against each of these specifications.

    By specification in force; None where it may be. For a use that its lot was not
    made for and cannot serve, and where it is judged against it already,
    nothing is added.
    """
    lot = test_order.lot
    alternative_uses = use_gate.granted(lot)
    assessed = set(
        test_order.assessments.filter(state__in=CURRENT).values_list(
            "specification", flat=True
        )
    )
    found: dict[Specification, Refusal | None] = {}
    for one in specifications:
        found[one] = None
        try:
            use_gate.allowed(lot, one.use, alternative_uses=alternative_uses)
        except Refusal as refusal:
            found[one] = refusal
            continue
        if one.pk in assessed:
            found[one] = Refusal(
                "assessed",
                "Lot %(lot)s is already assessed against %(specification)s.",
                field="specification",
                lot=lot.number,
                specification=str(one),
            )
    return found


def _to_submit(evaluated):
    if any(waiting(one, "submit") for one in evaluated.test_orders):
        return None
    return _nothing_waits(evaluated, "No result of lot %(lot)s waits to be submitted.")


def _to_review(evaluated):
    if any(
        waiting(one, "review", "confirm_correction") for one in evaluated.test_orders
    ):
        return None
    return _nothing_waits(
        evaluated, "No result of lot %(lot)s is submitted and waits for review."
    )


def _nothing_waits(evaluated, sentence):
    return NotDecided("none", sentence, lot=evaluated.lot.number)


def _to_reject(evaluated):
    if not _is_any(evaluated, AssessmentState.RELEASED):
        return None
    return NotDecided(
        "released",
        "Lot %(lot)s is released; recall it, or reopen it first.",
        lot=evaluated.lot.number,
    )


def _to_recall(evaluated):
    if _is_any(evaluated, *_EVER_RELEASED):
        return None
    return NotDecided(
        "not-released",
        "Lot %(lot)s was never released, so it cannot be recalled; reject it.",
        lot=evaluated.lot.number,
    )


def _to_reopen(evaluated):
    if _is_any(evaluated, AssessmentState.RELEASED):
        return None
    return NotDecided(
        "not-released",
        "Lot %(lot)s is not released, so it cannot be reopened.",
        lot=evaluated.lot.number,
    )


def _to_void(evaluated):
    lot = evaluated.lot
    if _is_any(evaluated, *_EVER_RELEASED):
        return NotDecided(
            "released",
            "Lot %(lot)s was released, so it cannot be void; recall it.",
            lot=lot.number,
        )
    # Void, it would be logged again under the manufacturer's number, and nothing
    # would tell.
    if evaluated.investigations:
        return NotDecided(
            "investigation",
            "Lot %(lot)s had an investigation, so it cannot be void; reject it.",
            lot=lot.number,
        )
    waits = next(
        (
            line.test.name
            for one in evaluated.assessments
            for line in one.lines
            if line.outcome == LineOutcome.WAITS and line.sparing is None
        ),
        "",
    )
    if waits:
        return NotDecided(
            "waits",
            "%(test)s of lot %(lot)s has a value that is not evaluated yet, so the lot"
            " cannot be void; enter the result that it waits for, or reject the lot.",
            test=waits,
            lot=lot.number,
        )
    undecided = _undecided(evaluated)
    if undecided:
        return NotDecided(
            "undecided",
            "%(test)s of lot %(lot)s has an undecided result, so the lot cannot be"
            " void; decide the result first, or reject the lot.",
            test=undecided,
            lot=lot.number,
        )
    if lot.offspring.exists():
        return NotDecided(
            "offspring",
            "Lot %(lot)s was used for other lots, so it cannot be void; reject it.",
            lot=lot.number,
        )
    return None


def _undecided(evaluated):
    """Return the name of a test with a valid result that is not decided, or blank.

    By the assessments of its own test order or of another one.
    """
    return next(
        (
            line.test.name
            for one in evaluated.assessments
            for lines in (
                one.lines,
                *(others for _test_order, others in one.elsewhere),
            )
            for line in lines
            if line.outcome == LineOutcome.UNDECIDED
        ),
        "",
    )


def _is_any(evaluated, *states):
    return any(one.assessment.state in states for one in evaluated.assessments)


_ON_LOT = {
    "submit": _to_submit,
    "review": _to_review,
    "reject": _to_reject,
    "recall": _to_recall,
    "reopen": _to_reopen,
    "void": _to_void,
}
