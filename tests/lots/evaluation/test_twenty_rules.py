"""The rules that a toy would get wrong, where they need records.

Domain reference 9, rules 11 to 20, and the defects 12 to 17 of peers, by their
numbers; those that plain values decide are in `tests/rules` under the same names.
"""

import datetime

import pytest
from django.db import IntegrityError, transaction

from lots import calendar
from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import signatures
from lots.intake import test_orders
from lots.investigations import conduct
from lots.models import (
    AuditEntry,
    Investigation,
    LotStatus,
    Mark,
    Result,
    Specification,
)
from lots.models import Test as MaterialTest
from lots.release import disposition
from lots.results import result_entry, validation
from lots.rules.refusal import Refusal
from lots.rules.reportable_value import Determination
from lots.rules.step_table import NotAllowed
from lots.setup import signed_specification, specification_versions
from lots.setup.specification_versions import CriterionDraft
from lots.workflow import lot_status
from reports.content import certificate as content_of
from reports.issuing import certificates
from reports.models import Certificate, State
from tests.lots.pages import signed_in, words
from tests.lots.setup import specifications
from tests.world import change

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


@pytest.fixture
def oral(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def intrathecal(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")


def certified(world, lot, values, at):
    """Take the lot to its certificate; return it."""
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    return certificates.issue(
        assessment=bench.assessment(lot, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )


def line(lot, specification, test):
    """Return a test's outcome and print against the specification."""
    lot.refresh_from_db()
    found = next(
        one
        for evaluation in evaluator.evaluate(lot).assessments
        if str(evaluation.specification) == specification
        for one in evaluation.lines
        if one.test.code == test
    )
    return found.outcome, found.shown


def again(world, lot, test, *values, at, kind, reason, seen=1, by=None):
    """Enter a further result of a test."""
    result, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests[test],
        by=by or world.cast.lin,
        at=at,
        determinations=bench.typed(*values),
        seen=seen,
        kind=kind,
        reason=reason,
        raw_reference="LN-1, page 7",
    )
    return result


def out_of_specification(world, lot, at, *, conclusion):
    """Enter 97.2 and everything else, retest 99.0 and 99.1, conclude."""
    values = {**ORAL, "WATER": "0.00", "ASSAY": bench.typed("97.2", "97.2")}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    investigation = Investigation.objects.get()
    conduct.plan(
        investigation=investigation,
        by=world.cast.olga,
        at=at,
        hypothesis="Dilution error",
        planned_retests=2,
    )
    done = [
        again(
            world, lot, "ASSAY", value, value, at=at, kind="retest",
            reason="OOS retest", seen=seen, by=world.cast.marek,
        )
        for seen, value in enumerate(("99.0", "99.1"), start=1)
    ]  # fmt: skip
    result_entry.submit(
        test_order=lot.test_orders.get(), results=done, by=world.cast.marek, at=at
    )
    bench.review(world.cast, lot, at=at)
    bench.conclude(
        world.cast,
        lot,
        investigation,
        at=at,
        conclusion=conclusion,
        cause="Flask of 200 mL or of 250 mL, photograph LN-7",
    )
    return investigation


# --- rules 11 to 20 -----------------------------------------------------------------


def test_rule_11_an_injection_is_no_result_of_its_own(world, oral, at):
    """97.8 is one injection of a preparation whose mean is 98.6: nothing fails."""
    change(world.tests["ASSAY"], by=world.cast.olga, at=at, injections=2)
    bench.enter(oral, world, {"WATER": "0.00"}, by=world.cast.lin, at=at)
    result_entry.enter_result(
        test_order=oral.test_orders.get(),
        test=MaterialTest.objects.get(code="ASSAY"),
        by=world.cast.lin,
        at=at,
        determinations=(
            Determination(text="97.8", preparation=1, injection=1),
            Determination(text="99.4", preparation=1, injection=2),
            Determination(text="98.8", preparation=2, injection=1),
            Determination(text="98.8", preparation=2, injection=2),
        ),
        seen=0,
        raw_reference="LN-1, page 7",
    )

    assert line(oral, "BAC-ORAL v1", "ASSAY") == ("pass", "98.7")
    assert Investigation.objects.count() == 0


def test_rule_11_a_preparation_is_no_injection(world, oral, at):
    """What a method does not average is not averaged by calling it injections."""
    with pytest.raises(validation.NotEntered) as caught:
        result_entry.enter_result(
            test_order=oral.test_orders.get(),
            test=world.tests["ASSAY"],
            by=world.cast.lin,
            at=at,
            determinations=(
                Determination(text="97.8", preparation=1, injection=1),
                Determination(text="99.4", preparation=1, injection=2),
                Determination(text="98.8", preparation=2, injection=1),
            ),
            seen=0,
            raw_reference="LN-1, page 7",
        )

    assert str(caught.value) == (
        "Assay (anhydrous basis) has injection 2 of a preparation, and its method"
        " takes 1 of each. Give further preparations instead, or have QA add a test"
        " that averages injections."
    )
    assert Result.objects.count() == 0


def test_rule_11_a_preparation_below_opens_an_investigation(world, oral, at):
    """The mean, 98.2, is inside; the preparation of 97.8 is not."""
    bench.enter(
        oral,
        world,
        {"WATER": "0.00", "ASSAY": bench.typed("98.6", "97.8")},
        by=world.cast.lin,
        at=at,
    )

    assert line(oral, "BAC-ORAL v1", "ASSAY")[0] == "fail"
    assert Investigation.objects.get().result.test == world.tests["ASSAY"]


@pytest.mark.postgres
def test_rule_12_retests_replace_nothing_and_nothing_is_averaged(world, oral, at):
    out_of_specification(world, oral, at, conclusion="not_proven")

    oral.refresh_from_db()
    one = bench.assessment(oral, "BAC-ORAL")
    text = signed_text.assessment_text(evaluator.evaluate(oral), one.pk)
    assert line(oral, "BAC-ORAL v1", "ASSAY") == ("fail", "97.2; 99.0; 99.1")
    assert ("98.4" in text, "99.05" in text) == (False, False)
    assert Result.objects.filter(test=world.tests["ASSAY"]).count() == 3
    with pytest.raises(Refusal, match="a valid result that does not meet"):
        bench.release(world.cast, oral, "BAC-ORAL", at=at, justification="Retests")
    assert [found.code for found in certificates.preflight(one, at=at)] == [
        "assessment-state"
    ]


def test_rule_13_endotoxins_fail_one_use_and_never_become_the_other(
    world, intrathecal, at
):
    values = {**bench.IT_RESULTS, **ORAL, "BET": "4.2"}
    bench.enter(intrathecal, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, intrathecal, at=at)
    with pytest.raises(Refusal, match="is open; QA must conclude it"):
        bench.release(world.cast, intrathecal, "BAC-ORAL", at=at, justification="Early")
    bench.conclude(
        world.cast,
        intrathecal,
        Investigation.objects.get(),
        at=at,
        conclusion="not_proven",
        cause="Confirmed by the second vial",
    )

    bench.release(
        world.cast, intrathecal, "BAC-ORAL", at=at, justification="Oral products only"
    )
    with pytest.raises(Refusal, match="a valid result that does not meet"):
        bench.release(world.cast, intrathecal, "BAC-IT", at=at, justification="Also")

    made = certificates.issue(
        assessment=bench.assessment(intrathecal, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )
    assert "FOR THE MANUFACTURE OF ORAL DOSAGE FORMS ONLY" in made.content
    assert line(intrathecal, "BAC-IT v1", "BET") == ("fail", "4.2")


def test_rule_14_numbers_do_not_make_a_use(world, oral, at):
    """Every path is tried in tests/reports/issuing/test_use_gate.py."""
    bench.enter(oral, world, {**bench.IT_RESULTS, **ORAL}, by=world.cast.lin, at=at)
    bench.review(world.cast, oral, at=at)

    with pytest.raises(Refusal, match=r"made for oral use \(BR-BAC-26-001\)"):
        test_orders.add_assessment(
            test_order=oral.test_orders.get(),
            specification=Specification.objects.get(code="BAC-IT"),
            by=world.cast.chen,
            at=at,
        )

    assert [one.use for one in oral.assessments.all()] == ["oral"]


def tightened(world, at):
    """Approve version 2 of the oral specification, Impurity A at most 0.10."""
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code="BAC-ORAL",
        use="oral",
        grade="In-house",
        compendium="In-house",
        effective_on=calendar.today(at),
        change_reason="Tighter",
        criteria=specifications.rows_of(
            "BAC-ORAL", IMPA={"high": "0.10", "alert_high": ""}
        ),
    )
    return specification_versions.approve_specification(
        specification=draft,
        by=world.cast.chen,
        at=at,
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signatures.shown(signed_specification.specification_text(draft)),
    )


@pytest.mark.postgres
def test_rule_15_a_new_version_leaves_what_was_issued(world, oral, at):
    made = certified(world, oral, {**ORAL, "IMPA": "0.16"}, at)
    before = made.content, bytes(made.pdf), line(oral, "BAC-ORAL v1", "IMPA")

    test_orders.add_assessment(
        test_order=oral.test_orders.get(),
        specification=tightened(world, at),
        by=world.cast.chen,
        at=at,
    )

    stored = Certificate.objects.get()
    after = stored.content, bytes(stored.pdf), line(oral, "BAC-ORAL v1", "IMPA")
    assert after == before
    assert before[2] == ("pass", "0.16")
    assert line(oral, "BAC-ORAL v2", "IMPA") == ("fail", "0.16")
    with pytest.raises(
        Refusal,
        match=r"Impurity A \(lactam\) has a valid result that does not meet NMT 0.10",
    ):
        bench.release(world.cast, oral, "BAC-ORAL", at=at, justification="It is old")


def test_rule_16_an_agent_names_the_original_certificate(world, at):
    """What is missing at issue is in tests/reports/issuing/test_certificates.py."""
    with pytest.raises(
        Refusal, match="needs the manufacturer's certificate number"
    ) as caught:
        bench.log(
            world.cast,
            world,
            at=at,
            number="NEP-1",
            issuer_role="agent",
            site=world.partner,
            process="Taihu process T-3",
        )

    assert caught.value.field == "original_certificate_number"


def test_rule_17_a_retest_gives_a_use_by_and_keeps_the_date(world, at):
    """Its date was three days ago; only the retest leads on."""
    then = at - datetime.timedelta(days=10)
    lot = bench.log(
        world.cast,
        world,
        at=then,
        number="BAC-26-001",
        date_on=calendar.today(at) - datetime.timedelta(days=3),
    )
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=then)
    bench.review(world.cast, lot, at=then)
    bench.release(world.cast, lot, "BAC-ORAL", at=then)
    first, date = bench.assessment(lot, "BAC-ORAL"), lot.date_on
    use_by = calendar.today(at) + datetime.timedelta(days=30)

    with pytest.raises(certificates.NotIssuable, match="has passed"):
        certificates.issue(
            assessment=first, by=world.cast.chen, at=at, stated=bench.LABEL
        )
    test_order = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=at, occasion="retest", use_by=use_by
    )
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at, test_order=test_order)
    bench.review(world.cast, lot, at=at, test_order=test_order)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    made = certificates.issue(
        assessment=bench.assessment(lot, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )

    lot.refresh_from_db()
    assert lot.date_on == date
    assert use_by.isoformat() in made.content


def test_rule_18_one_person_does_not_do_it_all(world, oral, at):
    """Every role at once, and still refused at the review and at the release."""
    lin = world.cast.lin
    lin.roles = ["analyst", "reviewer", "qa"]
    lin.save()
    bench.enter(oral, world, ORAL, by=lin, at=at)

    with pytest.raises(NotAllowed, match="takes another person: you entered"):
        bench.review(world.cast, oral, at=at, by=lin)
    bench.review(world.cast, oral, at=at)
    with pytest.raises(NotAllowed, match="takes another person: you entered"):
        bench.release(world.cast, oral, "BAC-ORAL", at=at, by=lin)
    with pytest.raises(signatures.NotConfirmed, match="was not confirmed"):
        signatures.confirm(by=world.cast.chen, at=at, password="")


def test_rule_19_nine_lots_above_the_mean_fail_nothing(world, at):
    """A run informs, it never decides: each lot is judged by its limits alone."""
    lots = [
        bench.log(world.cast, world, at=at, number=f"BAC-26-{number:03d}")
        for number in range(1, 10)
    ]
    for lot in lots:
        bench.enter(
            lot,
            world,
            {"WATER": "0.00", "ASSAY": bench.typed("100.2", "100.2")},
            by=world.cast.lin,
            at=at,
        )

    assert {line(lot, "BAC-ORAL v1", "ASSAY") for lot in lots} == {("pass", "100.2")}
    assert Investigation.objects.count() == 0


def test_rule_20_cadmium_passes_one_use_and_fails_the_other(world, intrathecal, at):
    bench.enter(intrathecal, world, {"CD": "0.30"}, by=world.cast.lin, at=at)

    assert line(intrathecal, "BAC-ORAL v1", "CD") == ("pass", "0.30")
    assert line(intrathecal, "BAC-IT v1", "CD") == ("fail", "0.30")


# --- defects of peers 12 to 17 ------------------------------------------------------


@pytest.mark.usefixtures("measured_before")
def test_defect_12_a_retest_starts_empty(world, oral, at):
    """No operator and no value of the first attempt leaks into the second."""
    bench.enter(oral, world, {"TOL": "<20"}, by=world.cast.lin, at=at)

    further = again(
        world, oral, "TOL", "25", at=at, kind="remeasurement", reason="Peak split"
    )

    attempts = evaluator.evaluate(oral).test_orders[0].attempts[further.test_id]
    assert [
        (one.reportable.text, one.result.inputs, one.result.replaces_id)
        for one in attempts
    ] == [("<20", [], None), ("25", [], None)]


@pytest.mark.usefixtures("measured_before")
def test_defect_13_a_retest_leaves_the_other_results_alone(world, oral, at):
    bench.enter(oral, world, {"MEOH": "112", "TOL": "15"}, by=world.cast.lin, at=at)
    bench.review(world.cast, oral, at=at)
    results = list(Result.objects.order_by("pk").values())
    marks = list(Mark.objects.order_by("pk").values())

    further = again(
        world, oral, "MEOH", "118", at=at, kind="remeasurement", reason="Drift"
    )

    others = Result.objects.exclude(pk=further.pk).order_by("pk")
    assert list(others.values()) == results
    assert list(Mark.objects.order_by("pk").values()) == marks


def test_defect_14_what_was_invalidated_is_printed_as_no_result(world, oral, at):
    """A footnote says that it was, and why it does not count."""
    investigation = out_of_specification(world, oral, at, conclusion="proven")
    bench.release(
        world.cast,
        oral,
        "BAC-ORAL",
        at=at,
        deviations=investigation.number,
        justification="The dilution error is proven",
    )

    made = certificates.issue(
        assessment=bench.assessment(oral, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )

    printed = {
        one.test: one.result
        for group in content_of.from_json(made.content).groups
        for one in group.lines
    }
    assert printed["Assay"] == "99.0; 99.1"
    assert "97.2" not in printed.values()


@pytest.mark.postgres
@pytest.mark.parametrize("without", [{"pdf": None}, {"pdf_sha256": ""}], ids=str)
def test_defect_15_nothing_is_issued_without_its_file(world, oral, at, without):
    """The database itself refuses it, whoever writes."""
    made = certified(world, oral, ORAL, at)

    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.filter(pk=made.pk).update(**without)

    assert Certificate.objects.get().state == State.ISSUED


@pytest.mark.postgres
def test_defect_16_an_approved_limit_is_not_edited(world, oral, at):
    bench.enter(oral, world, {"IMPA": "0.16"}, by=world.cast.lin, at=at)
    approved = Specification.objects.get(code="BAC-ORAL")
    before = list(approved.criteria.order_by("pk").values())

    with pytest.raises(Refusal, match="BAC-ORAL v1 is approved"):
        specification_versions.change_draft(
            specification=approved,
            by=world.cast.olga,
            at=at,
            owner=approved.owner,
            grade=approved.grade,
            compendium=approved.compendium,
            effective_on=approved.effective_on,
            change_reason="Wider",
            criteria=[
                CriterionDraft(test=world.tests["IMPA"], kind="nmt", high="0.50")
            ],
        )

    assert list(approved.criteria.order_by("pk").values()) == before
    assert line(oral, "BAC-ORAL v1", "IMPA") == ("pass", "0.16")


@pytest.mark.postgres
def test_defect_17_a_reason_is_kept_and_shown(world, oral, at):
    bench.enter(oral, world, {"MEOH": "112"}, by=world.cast.lin, at=at, submit=False)
    typed, held = "Digits transposed in LN-4711", "Drum 3 came with a broken seal"

    again(world, oral, "MEOH", "121", at=at, kind="transcription", reason=typed)
    disposition.hold(lot=oral, by=world.cast.lin, at=at, reason=held)

    kept = set(AuditEntry.objects.values_list("reason", flat=True))
    record = words(signed_in(world.cast.maria).get(f"/lots/{oral.pk}/record/"))
    assert kept >= {typed, held}
    assert (typed in record, held in record) == (True, True)


@pytest.mark.postgres
def test_read_model_says_nothing_that_the_records_do_not(world, oral, at):
    """It can be rebuilt from them at any time, to the same row."""
    certified(world, oral, ORAL, at)
    before = LotStatus.objects.filter(lot=oral).values().get()

    oral.refresh_from_db()
    lot_status.refresh(oral, at=at + datetime.timedelta(days=1))

    assert LotStatus.objects.filter(lot=oral).values().get() == before


def test_assay_waits_for_its_water_and_is_calculated_once_it_is_there(world, oral, at):
    bench.enter(oral, world, {"ASSAY": "99.0"}, by=world.cast.lin, at=at)
    waits = (
        "Assay (anhydrous basis) waits for the result of Water (Karl Fischer). Enter"
        " Water (Karl Fischer), and Assay (anhydrous basis) is calculated."
    )

    before = blocking(oral)
    bench.enter(oral, world, {"WATER": "0.20"}, by=world.cast.lin, at=at)

    assert waits in before
    assert not [one for one in blocking(oral) if "waits for the result" in one]


def blocking(lot):
    assessment = bench.assessment(lot, "BAC-ORAL")
    found = evaluator.evaluate(lot).assessment(assessment.pk).blockers
    return [str(blocker) for blocker in found]
