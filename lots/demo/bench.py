"""Daily work on a lot by the fictional people: log, enter, review, release."""

import datetime

from lots import calendar
from lots.consistency import findings
from lots.evaluation import evaluator, signed_text
from lots.evidence import audit, signatures
from lots.intake import log as lot_log
from lots.intake import samples
from lots.investigations import conduct
from lots.investigations.phase_one import sign_phase_one
from lots.investigations.proof import Found
from lots.models import Conclusion, PhaseOne
from lots.origin.lot_facts import LotFacts
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.results.result_entry import Entry
from lots.rules import statements
from lots.rules.consistency import Acknowledged
from lots.rules.laboratory_error import Answer, CauseKind, Check, Checked
from lots.rules.reportable_value import Determination
from lots.rules.states import LIVE, AttemptStage
from lots.workflow import lot_status

# What is stated with every certificate.
LABEL = statements.of("issue")


def typed(*values):
    """Return one determination per preparation, as typed."""
    return tuple(
        Determination(text=value, preparation=number)
        for number, value in enumerate(values, start=1)
    )


def peaks(**named):
    """Return named peaks; none at all states that there was no peak."""
    if not named:
        return (Determination(text="ND"),)
    return tuple(
        Determination(
            text=text, component=name.replace("rrt_", "RRT ").replace("_", ".")
        )
        for name, text in named.items()
    )


def facts_of_lot(world, *, number, at, use="oral", **facts):
    """Return the facts of a lot of baclofen, with what is not said filled in."""
    is_intrathecal = use == "intrathecal"
    likely = {
        "material": world.material,
        "site": world.works,
        "original_number": number,
        "process": world.processes[use],
        "manufactured_on": calendar.today(at) - datetime.timedelta(6),
        "size": "10" if is_intrathecal else "150",
        "packaging": "1 HDPE drum" if is_intrathecal else "6 HDPE drums of 25 kg",
        "use_document_kind": "batch_record",
        "use_document_reference": f"BR-{number}",
    }
    return LotFacts(number=number, use=use, **(likely | facts))


def log(cast, world, *, at, by=None, specifications=None, **facts):
    """Log a lot of baclofen with what is not said filled in; return it."""
    by = by or cast.lin
    lot_facts = facts_of_lot(world, at=at, **facts)
    lot = lot_log.log_lot(by=by, at=at, facts=lot_facts, specifications=specifications)
    sample(lot, number=f"{lot.number}/S1", taken_on=lot.manufactured_on, by=by, at=at)
    return lot


def sample(lot, *, number, taken_on, by, at, **more):
    """Take a sample of the lot, with what is not said filled in; return it."""
    likely = {
        "taken_by": by.printed_name,
        "quantity": "60 g",
        "purpose": "Release testing",
    }
    return samples.take_sample(
        lot=lot, by=by, at=at, number=number, taken_on=taken_on, **(likely | more)
    )


def enter(
    lot,
    world,
    values,
    *,
    by,
    at,
    test_order=None,
    submit=True,
    raw_reference=None,
    runs=None,
    **more,
):
    """Enter these results, by test code, as one person does in a day; return them.

    Their raw data are a page of the notebook, where no other is said. `runs` are the
    runs of those that were measured in one, by test code.
    """
    test_order = test_order or lot.test_orders.order_by("ordinal").last()
    if values.get("IPA") == ORAL_RESULTS["IPA"]:
        # No two lots have all their results in common, and nothing drifts.
        values = {**values, "IPA": str(int(values["IPA"]) - lot.pk * 37 % 61)}
    with audit.act(by=by, at=at, action="enter") as act:
        rows = evaluator.load(act.lock(lot))
        stored, evaluation = result_entry.store(
            act,
            rows,
            test_order_id=test_order.pk,
            entries=[
                Entry(
                    test=world.tests[code],
                    determinations=value if isinstance(value, tuple) else typed(value),
                    performed_by=act.by,
                    performed_on=calendar.today(at),
                    raw_reference=f"LN-{lot.number}-{code}"
                    if raw_reference is None
                    else raw_reference,
                    **{"run": (runs or {}).get(code, ""), **more},
                )
                for code, value in values.items()
            ],
        )
        lot_status.settle(act, rows, evaluation)
    if submit:
        result_entry.submit(test_order=test_order, results=stored, by=by, at=at)
    return stored


def submit(lot, *, by, at):
    """Submit everything that was entered of the lot's last test order."""
    test_order = lot.test_orders.order_by("ordinal").last()
    results = list(test_order.results.order_by("pk"))
    result_entry.submit(test_order=test_order, results=results, by=by, at=at)


def review(cast, lot, *, at, by=None, test_order=None):
    """Review everything that is submitted, as one signed set."""
    by = by or cast.sofia
    test_order = test_order or lot.test_orders.order_by("ordinal").last()
    lot.refresh_from_db()
    evaluation = evaluator.evaluate(lot)
    results = [
        attempt.result
        for attempts in evaluation.of(test_order.pk).attempts.values()
        for attempt in attempts
        if attempt.stage == AttemptStage.SUBMITTED
    ]
    return result_review.review(
        test_order=test_order,
        results=results,
        by=by,
        at=at,
        confirmation=cast.confirmation(by, at=at),
        shown=signatures.shown(
            signed_text.review_text(evaluation, test_order.pk, results, by=by)
        ),
        stated=statements.of("review"),
        acknowledged={
            one.pk: Acknowledged(True, "Read; the method and the sample were in order.")
            for one in findings.to_acknowledge(lot, results)
        },
    )


def assessment(lot, code, *, state=None):
    """Return the lot's latest assessment against this specification code."""
    found = lot.assessments.filter(specification__code=code).order_by("pk")
    return (found.filter(state=state) if state else found).last()


def release(cast, lot, code, *, at, by=None, deviations="none", justification=""):
    """Release the lot against the specification of this code."""
    by = by or cast.chen
    lot.refresh_from_db()
    one = assessment(lot, code)
    text = signed_text.assessment_text(evaluator.evaluate(lot), one.pk)
    return disposition.release(
        assessment=one,
        by=by,
        at=at,
        confirmation=cast.confirmation(by, at=at),
        shown=signatures.shown(text),
        batch_record=f"BR-{lot.number}",
        stated=statements.of("release"),
        deviations=deviations,
        justification=justification,
    )


def refuse(cast, lot, code, *, at, reason, by=None):
    """Refuse to release the lot against the specification of this code."""
    by = by or cast.chen
    lot.refresh_from_db()
    one = assessment(lot, code)
    text = signed_text.assessment_text(evaluator.evaluate(lot), one.pk)
    return disposition.refuse(
        assessment=one,
        by=by,
        at=at,
        confirmation=cast.confirmation(by, at=at),
        shown=signatures.shown(text),
        reason=reason,
    )


def decide(cast, verb, lot, *, at, reason, by=None, **more):
    """Take a signed decision on the lot: resume, reject, recall, void or reopen."""
    by = by or cast.chen
    lot.refresh_from_db()
    return verb(
        lot=lot,
        by=by,
        at=at,
        confirmation=cast.confirmation(by, at=at),
        shown=signatures.shown(signed_text.lot_text(lot)),
        reason=reason,
        **more,
    )


def confirm(cast, lot, result, *, at, by=None, **wrong):
    """Confirm a correction against the raw data.

    Of reprocessed data, `wrong` has the remark of what phase I found not in order.
    """
    by = by or cast.sofia
    text = signed_text.review_text(
        evaluator.evaluate(lot), result.test_order_id, [result], by=by
    )
    return result_review.confirm_correction(
        result=result,
        by=by,
        at=at,
        confirmation=cast.confirmation(by, at=at),
        shown=signatures.shown(text),
        stated=statements.of("confirm_correction"),
        checks=checks(**wrong) if wrong else (),
    )


# Of which kind the cause is where a story does not say it: one that touches no run.
CAUSE = "preparation"


def phase_one(cast, lot, investigation, *, at, by=None, **wrong):
    """Sign phase I of an investigation; `wrong` has the remark of what is not right."""
    by = by or cast.sofia
    lot.refresh_from_db()
    investigation.refresh_from_db()
    text = signed_text.investigation_text(evaluator.evaluate(lot), investigation)
    return sign_phase_one(
        investigation=investigation,
        by=by,
        at=at,
        confirmation=cast.confirmation(by, at=at),
        shown=signatures.shown(text),
        checks=checks(**wrong),
    )


def checks(**wrong):
    """Return the answers of phase I: in order, but for what is told as wrong."""
    return tuple(
        Checked(
            check,
            Answer.NO if check in wrong else Answer.YES,
            wrong.get(check, ""),
        )
        for check in Check
    )


def conclude(
    cast,
    lot,
    investigation,
    *,
    at,
    conclusion,
    cause,
    by=None,
    kind=CAUSE,
    evidence="Laboratory notebook LN-26, page 41",
    run=None,
):
    """Conclude an investigation with QA's signature.

    What it must rest on and nobody did yet is done first, through the same verbs: a
    reviewer signs phase I, and QA plans one retest where an error is proven.
    """
    by = by or cast.chen
    is_proven = conclusion == Conclusion.PROVEN
    if not PhaseOne.objects.filter(result=investigation.result_id).exists():
        wrong = {CauseKind.of(kind).check: cause} if is_proven else {}
        phase_one(cast, lot, investigation, at=at, **wrong)
    lot.refresh_from_db()
    investigation.refresh_from_db()
    if (
        is_proven
        and lot.state in LIVE
        and investigation.planned_at is None
        and investigation.closed_at is None
    ):
        conduct.plan(
            investigation=investigation,
            by=by,
            at=at,
            hypothesis=f"One retest after this: {cause}",
            planned_retests=1,
        )
        investigation.refresh_from_db()
    text = signed_text.investigation_text(evaluator.evaluate(lot), investigation)
    return conduct.conclude(
        investigation=investigation,
        by=by,
        at=at,
        confirmation=cast.confirmation(by, at=at),
        shown=signatures.shown(text),
        found=Found(
            conclusion=conclusion,
            cause=cause,
            cause_kind=kind if is_proven else "",
            evidence=evidence if is_proven else "",
            production="" if is_proven else "The batch record has no deviation.",
            other_lots="" if is_proven else "The lots before and after it pass.",
            run=run or {},
        ),
    )


ORAL_RESULTS = {
    "APP": "White powder",
    "IDA": "Conforms",
    "IDB": "Corresponds",
    "WATER": "0.21",
    "ASSAY": typed("99.4", "99.7"),
    "IMPA": "0.04",
    "UNSPEC": peaks(rrt_0_45="0.051", rrt_1_20="0.030"),
    "ROI": "<0.05",
    "MEOH": "112",
    "TOL": "<20",
    "IPA": "340",
    "TAMC": "<10",
    "TYMC": "<10",
    "ECOLI": "Absent",
    "D90": "141",
}
ELEMENTS = {
    "CD": "<0.02", "PB": "<0.05", "AS": "<0.10", "HG": "<0.03", "CO": "<0.05",
    "V": "<0.1", "NI": "0.3",
}  # fmt: skip
IT_RESULTS = {
    **{
        code: value
        for code, value in ORAL_RESULTS.items()
        if code not in ("D90", "ECOLI")
    },
    **ELEMENTS,
    "LI": "<0.5", "SB": "<0.5", "CU": "<0.5",
    "BTGN": "Absent", "PSEUD": "Absent", "STAPH": "Absent",
    "BET": "0.2", "CLAR": "Clear: not more opalescent than reference suspension I",
    "COLOUR": "Colourless: not more intensely coloured than B9",
    "FOREIGN": "No metal, glass or fibre; at most 5 particles over 100 µm",
    "SUB10": "8", "SUB25": "1", "PH": "6.4",
}  # fmt: skip
