"""From a logged lot to a release, as the people take each step."""

import datetime

import pytest

from lots import calendar
from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import audit, signatures, stored_entries
from lots.evidence.documents import Upload
from lots.evidence.signatures import NotConfirmed
from lots.intake import log, test_orders
from lots.investigations import conduct
from lots.models import (
    AuditEntry,
    Investigation,
    Lot,
    LotStatus,
    Mark,
    Qualification,
    Result,
    Signature,
    Specification,
)
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules import chain, statements
from lots.rules.refusal import Refusal, Refusals
from lots.rules.states import LineOutcome
from lots.rules.step_table import NotAllowed
from lots.setup import qualifications, specification_versions
from lots.setup.signed_specification import specification_text
from lots.workflow import blockers

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}


@pytest.fixture
def oral(world, at):
    """An oral lot, logged by Lin."""
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def intrathecal(world, at):
    """An intrathecal lot, logged by Lin."""
    return bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")


def states(lot):
    return {
        str(one.specification): one.state
        for one in lot.assessments.select_related("specification").order_by("pk")
    }


def outcomes(lot, code):
    """Return each test's outcome and print against the specification of this code."""
    one = next(
        one
        for one in evaluator.evaluate(lot).assessments
        if one.specification.code == code
    )
    return {line.test.code: (line.outcome, line.shown) for line in one.lines}


def blockers_of(lot, code):
    one = next(
        one
        for one in evaluator.evaluate(lot).assessments
        if one.specification.code == code
    )
    return [blocker.code for blocker in one.blockers]


def enter(world, lot, code, *values, at, by=None, seen=0, **more):
    """Enter one result as the page does."""
    result, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests[code],
        by=by or world.cast.lin,
        at=at,
        determinations=bench.typed(*values),
        seen=seen,
        raw_reference="LN-1, page 7",
        **more,
    )
    return result


# --- log ----------------------------------------------------------------------------


def test_oral_lot_is_assessed_for_oral_alone(oral):
    assert states(oral) == {"BAC-ORAL v1": "open"}


def test_intrathecal_lot_is_assessed_for_oral_too(intrathecal):
    assert states(intrathecal) == {"BAC-IT v1": "open", "BAC-ORAL v1": "open"}


@pytest.mark.postgres
def test_logging_leaves_one_entry_per_record(world, at):
    before = AuditEntry.objects.count()

    lot = log.log_lot(
        by=world.cast.lin,
        at=at,
        facts=bench.facts_of_lot(world, at=at, number="BAC-26-002"),
    )

    entries = AuditEntry.objects.filter(sequence__gt=before).order_by("sequence")
    assert [(entry.action, entry.table) for entry in entries] == [
        ("log", "lots_lot"),
        ("log", "lots_examination"),
        ("log", "lots_assessment"),
    ]
    assert entries[0].row == audit.row_digest(Lot.objects.get(pk=lot.pk))


def test_lot_without_qualification_is_refused_with_a_sentence(world, at):
    with pytest.raises(Refusal) as caught:
        bench.log(
            world.cast,
            world,
            at=at,
            number="TA-1",
            use="intrathecal",
            process="Taihu process T-3",
            **world.bought,
        )

    assert "intrathecal" in str(caught.value)
    assert Lot.objects.count() == 0


def test_everything_wrong_with_a_lot_is_said_at_once(world, at):
    with pytest.raises(Refusals) as caught:
        log.log_lot(
            by=world.cast.lin,
            at=at,
            facts=bench.facts_of_lot(
                world,
                at=at,
                number="BAC\u200b1",
                original_number="BАC-1",
                manufactured_on=calendar.today(at) + datetime.timedelta(1),
                size="1,5",
                packaging=" ",
                use_document_kind="",
                use_document_reference="",
            ),
        )

    assert {one.field for one in caught.value.refusals} >= {
        "number",
        "original_number",
        "manufactured_on",
        "size",
        "packaging",
        "use_document_kind",
        "use_document_reference",
    }
    assert "U+200B" in str(caught.value)
    assert "U+0410" in str(caught.value)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "twin", ["BAC-26-001", "bac-26-001", "BAC-26-OO1", "BAC-26-0O1"]
)
def test_look_alike_lot_number_is_refused(world, oral, at, twin):
    with pytest.raises(Refusal, match="already logged"):
        bench.log(world.cast, world, at=at, number=twin, original_number="X-1")


@pytest.mark.postgres
def test_lot_that_was_void_is_logged_again_rightly(world, oral, at):
    """Say with a wrong date: its own number stays used, the maker's does not."""
    bench.decide(world.cast, disposition.void, oral, at=at, reason="Wrong date")

    again = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-777",
        original_number=oral.original_number,
        manufactured_on=oral.manufactured_on - datetime.timedelta(days=1),
    )

    assert again.original_key == oral.original_key
    with pytest.raises(Refusal, match="already logged as BAC-26-001"):
        bench.log(world.cast, world, at=at, number=oral.number, original_number="X-1")
    with pytest.raises(Refusal, match="logged only once, so open that lot"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-778",
            original_number=oral.original_number,
        )


def test_lot_that_was_void_is_not_logged_again_for_more(world, oral, at):
    bench.decide(world.cast, disposition.void, oral, at=at, reason="By mistake")

    with pytest.raises(Refusal, match="already logged as lot BAC-26-001 for oral use"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-777",
            original_number=oral.original_number,
            use="intrathecal",
        )


@pytest.mark.postgres
def test_same_original_lot_under_another_number_is_refused(world, oral, at):
    with pytest.raises(Refusal, match="logged only once, so open that lot"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-777",
            original_number=oral.original_number,
            use="intrathecal",
        )


def test_only_an_analyst_logs(world, at):
    with pytest.raises(NotAllowed, match="Your role does not allow “Log”"):
        bench.log(world.cast, world, at=at, number="BAC-26-003", by=world.cast.chen)


# --- the use gate at the door -------------------------------------------------------


def test_blend_with_an_oral_parent_cannot_be_intrathecal(world, oral, intrathecal, at):
    with pytest.raises(Refusal, match="BAC-26-001 was made for oral use"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-B1",
            use="intrathecal",
            origin="blend",
            parents=((oral, "5"), (intrathecal, "5")),
        )


def test_reprocessed_oral_lot_cannot_be_intrathecal(world, oral, at):
    with pytest.raises(Refusal, match="cannot be for intrathecal use"):
        bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-R1",
            use="intrathecal",
            origin="reprocessing",
            parents=((oral, "150"),),
        )


def test_intrathecal_specification_cannot_be_added_to_an_oral_lot(world, oral, at):
    specification = Specification.objects.get(code="BAC-IT")

    with pytest.raises(Refusal, match="made for oral use"):
        test_orders.add_assessment(
            test_order=oral.test_orders.get(),
            specification=specification,
            by=world.cast.lin,
            at=at,
        )


def test_suspended_qualification_stops_logging_and_release(world, intrathecal, at):
    bench.enter(intrathecal, world, bench.IT_RESULTS, by=world.cast.lin, at=at)
    bench.review(world.cast, intrathecal, at=at)
    qualifications.suspend_qualification(
        qualification=Qualification.objects.get(
            site=world.works, use="intrathecal", state="approved"
        ),
        by=world.cast.chen,
        at=at,
        since=calendar.today(at),
        reason="Endotoxin excursion in the water system",
    )

    with pytest.raises(Refusal, match="suspended"):
        bench.release(world.cast, intrathecal, "BAC-IT", at=at)
    with pytest.raises(Refusal, match="suspended"):
        bench.log(world.cast, world, at=at, number="BAC-26-902", use="intrathecal")


# --- enter --------------------------------------------------------------------------


def test_result_is_stored_first_and_judged_after(world, oral, at):
    result = enter(world, oral, "MEOH", "2999.6", at=at)

    assert Result.objects.get() == result
    assert outcomes(oral, "BAC-ORAL")["MEOH"] == ("pass", "3000")


@pytest.mark.postgres
@pytest.mark.parametrize("typed", ["1,234", "1e5", "NaN", "99.5%", "٩٩", "", "1_000"])
def test_value_out_of_grammar_is_refused_and_not_stored(world, oral, at, typed):
    with pytest.raises(Refusal):
        enter(world, oral, "MEOH", typed, at=at)

    assert Result.objects.count() == 0


@pytest.mark.postgres
def test_second_first_result_is_refused(world, oral, at):
    enter(world, oral, "MEOH", "112", at=at)

    with pytest.raises(Refusal, match="choose “Add a result…”"):
        enter(world, oral, "MEOH", "113", at=at, seen=1)


@pytest.mark.postgres
def test_result_that_the_page_did_not_show_is_a_conflict(world, oral, at):
    enter(world, oral, "MEOH", "112", at=at, by=world.cast.marek)

    with pytest.raises(result_entry.Conflict, match="Marek Novak entered 112"):
        enter(world, oral, "MEOH", "113", at=at)

    assert Result.objects.count() == 1


def test_correction_keeps_the_earlier_value_visible(world, oral, at):
    enter(world, oral, "MEOH", "112", at=at)
    enter(
        world, oral, "MEOH", "121", at=at, seen=1, kind="transcription", reason="Typo"
    )

    attempts = evaluator.evaluate(oral).test_orders[0].attempts[world.tests["MEOH"].pk]
    assert [(one.reportable.text, one.stage) for one in attempts] == [
        ("112", "replaced"),
        ("121", "entered"),
    ]
    assert outcomes(oral, "BAC-ORAL")["MEOH"] == ("pass", "121")


def test_further_result_needs_a_reason(world, oral, at):
    enter(world, oral, "MEOH", "112", at=at)

    with pytest.raises(Refusal, match="needs a reason"):
        enter(world, oral, "MEOH", "121", at=at, seen=1, kind="transcription")


@pytest.mark.postgres
def test_assay_waits_for_its_water_and_is_worked_out_with_it(world, oral, at):
    enter(world, oral, "ASSAY", "97.85", "97.85", at=at)
    waiting = outcomes(oral, "BAC-ORAL")["ASSAY"]
    enter(world, oral, "WATER", "0.60", at=at)

    assert waiting[0] == LineOutcome.WAITS
    assert outcomes(oral, "BAC-ORAL")["ASSAY"] == ("pass", "98.4")
    assert Investigation.objects.count() == 0


def test_total_is_replaced_with_the_peak_it_was_worked_out_from(world, oral, at):
    bench.enter(
        oral,
        world,
        {"IMPA": "0.12", "UNSPEC": bench.peaks(rrt_0_45="0.051", rrt_1_20="0.049")},
        by=world.cast.lin,
        at=at,
    )
    before = outcomes(oral, "BAC-ORAL")["TOTAL"]
    enter(
        world, oral, "IMPA", "0.21", at=at, seen=1, kind="transcription", reason="Typo"
    )

    assert before == ("pass", "0.17")
    assert outcomes(oral, "BAC-ORAL")["TOTAL"] == ("pass", "0.26")
    assert outcomes(oral, "BAC-ORAL")["IMPA"] == ("fail", "0.21")


def test_total_is_not_typed(world, oral, at):
    with pytest.raises(Refusal, match="enter these instead"):
        enter(world, oral, "TOTAL", "0.10", at=at)


def test_preparation_out_of_specification_is_not_averaged_away(world, oral, at):
    """Rule 11: preparations 99.1 and 97.4 have a mean inside, and fail."""
    enter(world, oral, "WATER", "0.00", at=at)
    enter(world, oral, "ASSAY", "98.8", "97.9", at=at)

    assert outcomes(oral, "BAC-ORAL")["ASSAY"][0] == "fail"
    assert Investigation.objects.get().trigger.startswith("Assay")


# --- out of specification -----------------------------------------------------------


@pytest.fixture
def failed(world, oral, at):
    """The oral lot with an assay of 97.2, everything else entered and reviewed."""
    values = {**ORAL, "WATER": "0.00", "ASSAY": bench.typed("97.2", "97.2")}
    bench.enter(oral, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, oral, at=at)
    return oral


@pytest.mark.postgres
def test_fail_opens_an_investigation_and_stops_release(world, failed, at):
    investigation = Investigation.objects.get()

    assert investigation.trigger == "Assay (anhydrous basis): 97.2 against 98.0–101.0 %"
    assert blockers_of(failed, "BAC-ORAL") == ["fails", "investigation"]
    with pytest.raises(Refusals, match="a valid result that does not meet"):
        bench.release(world.cast, failed, "BAC-ORAL", at=at)


def test_retest_takes_a_plan_and_stays_within_its_number(world, failed, at):
    investigation = Investigation.objects.get()
    retest = {"kind": "retest", "reason": "OOS retest", "at": at}
    with pytest.raises(Refusal, match="Set the retest plan"):
        enter(world, failed, "ASSAY", "99.0", "99.0", seen=1, **retest)

    conduct.plan(
        investigation=investigation,
        by=world.cast.olga,
        at=at,
        hypothesis="Dilution error",
        planned_retests=2,
    )
    enter(world, failed, "ASSAY", "99.0", "99.0", seen=1, **retest)
    enter(world, failed, "ASSAY", "99.1", "99.1", seen=2, **retest)

    with pytest.raises(Refusal, match="all are done"):
        enter(world, failed, "ASSAY", "99.2", "99.2", seen=3, **retest)
    assert outcomes(failed, "BAC-ORAL")["ASSAY"] == ("fail", "97.2; 99.0; 99.1")


def investigated(world, lot, at, *, conclusion):
    investigation = Investigation.objects.get(lot=lot)
    conduct.plan(
        investigation=investigation,
        by=world.cast.olga,
        at=at,
        hypothesis="Dilution error",
        planned_retests=2,
    )
    for seen, value in enumerate(("99.0", "99.1"), start=1):
        enter(
            world,
            lot,
            "ASSAY",
            value,
            value,
            at=at,
            by=world.cast.marek,
            seen=seen,
            kind="retest",
            reason="OOS retest",
        )
    bench.conclude(
        world.cast,
        lot,
        investigation,
        at=at,
        conclusion=conclusion,
        cause="Flask of 200 mL used for 250 mL, seen in the photograph LN-7",
    )
    bench_submit(world, lot, at)


def bench_submit(world, lot, at):
    evaluation = evaluator.evaluate(lot).test_orders[0]
    waiting = [
        attempt.result
        for attempts in evaluation.attempts.values()
        for attempt in attempts
        if attempt.stage == "entered"
    ]
    result_entry.submit(
        test_order=lot.test_orders.get(), results=waiting, by=world.cast.lin, at=at
    )
    bench.review(world.cast, lot, at=at)


@pytest.mark.postgres
def test_proven_error_invalidates_the_result_and_the_retests_stand(world, failed, at):
    investigated(world, failed, at, conclusion="proven")

    assert outcomes(failed, "BAC-ORAL")["ASSAY"] == ("pass", "99.0; 99.1")
    assert states(failed) == {"BAC-ORAL v1": "complete"}
    bench.release(
        world.cast,
        failed,
        "BAC-ORAL",
        at=at,
        deviations="OOS-2026-00001",
        justification="The dilution error is proven",
    )
    assert states(failed) == {"BAC-ORAL v1": "released"}


def test_unproven_fail_stands_whatever_follows(world, failed, at):
    """Rule 12: 97.2, then 99.0 and 99.1; never 98.4 and never 99.05."""
    investigated(world, failed, at, conclusion="not_proven")

    assert outcomes(failed, "BAC-ORAL")["ASSAY"] == ("fail", "97.2; 99.0; 99.1")
    assert blockers_of(failed, "BAC-ORAL") == ["fails"]
    with pytest.raises(Refusal, match="the result of"):
        enter(
            world, failed, "ASSAY", "99.3", "99.3", at=at, seen=3,
            kind="remeasurement", reason="Once more",
        )  # fmt: skip
    with pytest.raises(Refusals, match="a valid result that does not meet"):
        bench.release(world.cast, failed, "BAC-ORAL", at=at, justification="Retests")


def test_correction_of_a_fail_waits_for_a_second_person(world, failed, at):
    corrected = enter(
        world, failed, "ASSAY", "99.2", "99.2", at=at, seen=1,
        kind="transcription", reason="97.2 read for 99.2",
    )  # fmt: skip

    assert outcomes(failed, "BAC-ORAL")["ASSAY"] == ("fail", "97.2")
    assert "unconfirmed" in blockers_of(failed, "BAC-ORAL")

    bench.confirm(world.cast, failed, corrected, at=at)

    assert outcomes(failed, "BAC-ORAL")["ASSAY"] == ("pass", "99.2")
    investigation = Investigation.objects.get()
    assert (investigation.corrected_by, investigation.closed_at) == (corrected, at)


def test_water_correction_that_mends_a_failing_assay_waits_too(world, oral, at):
    values = {**ORAL, "WATER": "0.16", "ASSAY": bench.typed("97.4", "97.5")}
    bench.enter(oral, world, values, by=world.cast.lin, at=at)
    before = outcomes(oral, "BAC-ORAL")["ASSAY"]
    corrected = enter(
        world, oral, "WATER", "0.61", at=at, seen=1, kind="transcription", reason="Typo"
    )
    waiting = outcomes(oral, "BAC-ORAL")["ASSAY"]
    bench.confirm(world.cast, oral, corrected, at=at)

    assert before == waiting == ("fail", "97.6")
    assert outcomes(oral, "BAC-ORAL")["ASSAY"] == ("pass", "98.0")
    assert Investigation.objects.get().closed_at == at


@pytest.mark.postgres
def test_intrathecal_fail_closes_oral_too_until_it_is_concluded(world, intrathecal, at):
    """Rule 13: endotoxins 4.2 EU/mg; never intrathecal, oral only when QA says why."""
    bench.enter(
        intrathecal,
        world,
        {**bench.IT_RESULTS, "BET": "4.2", "ECOLI": "Absent", "D90": "120"},
        by=world.cast.lin,
        at=at,
    )
    bench.review(world.cast, intrathecal, at=at)
    assert blockers_of(intrathecal, "BAC-ORAL") == ["investigation"]

    bench.conclude(
        world.cast,
        intrathecal,
        Investigation.objects.get(),
        at=at,
        conclusion="not_proven",
        cause="No laboratory error found",
    )

    with pytest.raises(Refusal, match="why this does not affect the release"):
        bench.release(world.cast, intrathecal, "BAC-ORAL", at=at)
    bench.release(
        world.cast, intrathecal, "BAC-ORAL", at=at, justification="Oral products only"
    )
    assert states(intrathecal) == {"BAC-IT v1": "open", "BAC-ORAL v1": "released"}


# --- review and release -------------------------------------------------------------


@pytest.fixture
def reviewed(world, oral, at):
    """The oral lot, everything passing and reviewed by Sofia."""
    bench.enter(oral, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, oral, at=at)
    return oral


def test_release_signs_exactly_what_was_shown(world, reviewed, at):
    one = bench.assessment(reviewed, "BAC-ORAL")
    text = signed_text.assessment_text(evaluator.evaluate(reviewed), one.pk)
    signature = bench.release(world.cast, reviewed, "BAC-ORAL", at=at)

    assert signature.text == chain.canonical(
        {
            "shown": text,
            "statements": {
                "batch_record_reviewed": "BR-BAC-26-001",
                "deviations_and_investigations_closed": "none",
                "justification": "",
                "stated": {
                    "batch_record_read": "I reviewed the batch record that I name.",
                    "deviations_closed": "The deviations and investigations of the lot"
                    " are closed.",
                    "trail_exceptions_reviewed": "I reviewed the exceptions of the"
                    " audit trail of this lot.",
                },
            },
        }
    )
    assert signature.digest == chain.digest(signature.text)
    assert signature.wording == "Released for the manufacture of oral dosage forms"
    assert LotStatus.objects.get().stage == "released"


def test_lot_is_reviewed_in_parts(world, oral, at):
    first = {code: ORAL[code] for code in ("APP", "IDA")}
    rest = {code: value for code, value in ORAL.items() if code not in first}
    bench.enter(oral, world, first, by=world.cast.lin, at=at)
    bench.review(world.cast, oral, at=at)
    between = states(oral)
    bench.enter(oral, world, rest, by=world.cast.marek, at=at)
    bench.review(world.cast, oral, at=at, by=world.cast.tomas)

    assert between == {"BAC-ORAL v1": "open"}
    assert states(oral) == {"BAC-ORAL v1": "complete"}


def test_own_results_are_not_reviewed(world, oral, at):
    """Rule 18: the role of today does not help; the person decides."""
    bench.enter(oral, world, ORAL, by=world.cast.lin, at=at)
    world.cast.lin.roles = ["analyst", "reviewer", "qa"]
    world.cast.lin.save()

    with pytest.raises(NotAllowed, match="takes another person: you entered"):
        bench.review(world.cast, oral, at=at, by=world.cast.lin)


@pytest.mark.parametrize("who", ["lin", "sofia"])
def test_release_takes_who_neither_entered_nor_reviewed(world, reviewed, at, who):
    person = getattr(world.cast, who)
    person.roles = ["qa"]
    person.save()

    with pytest.raises(NotAllowed, match="takes another person"):
        bench.release(world.cast, reviewed, "BAC-ORAL", at=at, by=person)


def test_who_performed_a_test_does_not_review_it(world, oral, at):
    world.cast.sofia.roles = ["analyst", "reviewer"]
    world.cast.sofia.save()
    enter(world, oral, "MEOH", "112", at=at, performed_by=world.cast.sofia)
    result_entry.submit(
        test_order=oral.test_orders.get(),
        results=list(Result.objects.all()),
        by=world.cast.lin,
        at=at,
    )

    with pytest.raises(NotAllowed, match="you performed"):
        bench.review(world.cast, oral, at=at)


def test_correction_is_not_confirmed_by_who_entered_it(world, failed, at):
    corrected = enter(
        world, failed, "ASSAY", "99.2", "99.2", at=at, seen=1,
        kind="transcription", reason="Typo",
    )  # fmt: skip
    world.cast.lin.roles = ["analyst", "reviewer"]
    world.cast.lin.save()

    with pytest.raises(NotAllowed, match="takes another person"):
        bench.confirm(world.cast, failed, corrected, at=at, by=world.cast.lin)


def test_investigation_is_not_concluded_by_who_entered(world, failed, at):
    world.cast.lin.roles = ["qa"]
    world.cast.lin.save()

    with pytest.raises(NotAllowed, match="takes another person"):
        bench.conclude(
            world.cast,
            failed,
            Investigation.objects.get(),
            at=at,
            by=world.cast.lin,
            conclusion="proven",
            cause="It was me",
        )


@pytest.mark.postgres
def test_record_that_changed_after_it_was_read_is_not_signed(world, oral, at):
    bench.enter(oral, world, ORAL, by=world.cast.lin, at=at)
    evaluation = evaluator.evaluate(oral)
    test_order = oral.test_orders.get()
    results = list(Result.objects.filter(test__code="MEOH"))
    shown = signatures.shown(
        signed_text.review_text(evaluation, test_order.pk, results, by=world.cast.sofia)
    )
    result_entry.attach(
        lot=oral,
        by=world.cast.marek,
        at=at,
        upload=Upload("chromatogram.txt", b"area 1"),
        title="Chromatogram",
    )

    with pytest.raises(NotConfirmed, match="changed after it was shown"):
        result_review.review(
            test_order=test_order,
            results=results,
            by=world.cast.sofia,
            at=at,
            confirmation=world.cast.confirmation(world.cast.sofia, at=at),
            shown=shown,
            stated=statements.of("review"),
        )
    assert Signature.objects.filter(meaning="reviewed").count() == 0


@pytest.mark.postgres
def test_wrong_password_is_refused_and_recorded(world, at):
    with pytest.raises(NotConfirmed, match="was not confirmed"):
        signatures.confirm(by=world.cast.chen, at=at, password="guess")

    last = AuditEntry.objects.order_by("sequence").last()
    assert (last.action, last.by) == ("signature_refused", world.cast.chen)


def test_confirmation_of_another_person_does_not_sign(world, reviewed, at):
    one = bench.assessment(reviewed, "BAC-ORAL")
    with pytest.raises(NotConfirmed, match="was not yours"):
        disposition.release(
            assessment=one,
            by=world.cast.olga,
            at=at,
            confirmation=world.cast.confirmation(world.cast.chen, at=at),
            shown=signatures.shown(
                signed_text.assessment_text(evaluator.evaluate(reviewed), one.pk)
            ),
            batch_record="BR",
            deviations="none",
            stated=statements.of("release"),
        )


def test_release_past_the_retest_date_is_refused(world, at):
    """Rule 17: good through the printed day, refused the day after."""
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-009",
        date_on=calendar.today(at) + datetime.timedelta(1),
    )
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)

    late = at + datetime.timedelta(2)
    with pytest.raises(Refusal, match="has passed"):
        bench.release(world.cast, lot, "BAC-ORAL", at=late)
    bench.release(world.cast, lot, "BAC-ORAL", at=at + datetime.timedelta(1))


def test_sent_back_results_stay_and_are_submitted_again(world, oral, at):
    bench.enter(oral, world, {"MEOH": "112"}, by=world.cast.lin, at=at)
    result = Result.objects.get()
    result_review.send_back(
        test_order=oral.test_orders.get(),
        results=[result],
        by=world.cast.sofia,
        at=at,
        reason="No raw data",
    )
    result_entry.submit(
        test_order=oral.test_orders.get(), results=[result], by=world.cast.lin, at=at
    )

    assert list(Mark.objects.order_by("pk").values_list("kind", "reason")) == [
        ("submitted", ""),
        ("returned", "No raw data"),
        ("submitted", ""),
    ]


def test_released_result_is_not_corrected_before_reopening(world, reviewed, at):
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)
    correction = {"kind": "transcription", "reason": "Typo", "seen": 1, "at": at}

    with pytest.raises(Refusal, match="QA must reopen the lot"):
        enter(world, reviewed, "MEOH", "113", **correction)

    bench.decide(
        world.cast,
        disposition.reopen,
        reviewed,
        at=at,
        reason="Typo",
        deviation="DEV-1",
    )
    enter(world, reviewed, "MEOH", "113", **correction)
    bench_submit(world, reviewed, at)
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at, deviations="DEV-1")
    assert [one.state for one in reviewed.assessments.order_by("pk")] == [
        "release_withdrawn",
        "released",
    ]


def test_released_result_is_not_corrected_by_way_of_what_it_rests_on(
    world, reviewed, at, monkeypatch
):
    """The customer's specification has the assay and not the water."""
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code="ASSAY-ONLY",
        use="oral",
        owner="pharmacopoeia",
        grade="USP",
        compendium="USP 2025",
        effective_on=calendar.today(at),
        change_reason="First version",
        criteria=[
            specification_versions.CriterionDraft(
                test=world.tests["ASSAY"], kind="range", low="98.0", high="101.0"
            )
        ],
    )
    specification_versions.approve_specification(
        specification=draft,
        by=world.cast.chen,
        at=at,
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signatures.shown(specification_text(draft)),
    )
    test_orders.add_assessment(
        test_order=reviewed.test_orders.get(),
        specification=draft,
        by=world.cast.lin,
        at=at,
    )
    # By a rule of before: today it follows a release by our own specification.
    monkeypatch.setattr(blockers, "against_minimum", lambda *_a: [])
    bench.release(world.cast, reviewed, "ASSAY-ONLY", at=at)

    with pytest.raises(Refusal, match="released against ASSAY-ONLY v1"):
        enter(
            world, reviewed, "WATER", "0.90", at=at, seen=1, kind="transcription",
            reason="Typo",
        )  # fmt: skip


def test_results_of_a_further_test_order_are_sent_back_without_reopening(
    world, reviewed, at
):
    """They are not what was released."""
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)
    second = test_orders.open_test_order(
        lot=reviewed, by=world.cast.lin, at=at, occasion="stability"
    )
    results = bench.enter(
        reviewed, world, {"MEOH": "112"}, by=world.cast.lin, at=at, test_order=second
    )

    result_review.send_back(
        test_order=second,
        results=results,
        by=world.cast.sofia,
        at=at,
        reason="No raw data",
    )

    assert (
        evaluator.evaluate(reviewed).of(second.pk).attempt(results[0].pk).stage
        == "returned"
    )


# --- the lot's fate -----------------------------------------------------------------


def test_lot_on_hold_is_not_released(world, reviewed, at):
    disposition.hold(lot=reviewed, by=world.cast.lin, at=at, reason="Drum damaged")

    with pytest.raises(NotAllowed, match="while the lot is on hold"):
        bench.release(world.cast, reviewed, "BAC-ORAL", at=at)

    bench.decide(world.cast, disposition.resume, reviewed, at=at, reason="Repacked")
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)


def test_released_lot_is_recalled_not_rejected(world, reviewed, at):
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)

    with pytest.raises(Refusal, match="recall it"):
        bench.decide(
            world.cast, disposition.reject, reviewed, at=at, reason="Complaint"
        )
    bench.decide(world.cast, disposition.recall, reviewed, at=at, reason="Complaint")
    assert Lot.objects.get().state == "recalled"


def test_void_does_not_bury_an_investigation(world, failed, at):
    with pytest.raises(
        Refusal, match="had an investigation, so it cannot be void; reject it"
    ):
        bench.decide(world.cast, disposition.void, failed, at=at, reason="Mistake")


def test_rejected_lot_is_not_blended_away(world, oral, at):
    """ICH Q7 8.41."""
    bench.decide(world.cast, disposition.reject, oral, at=at, reason="Colour")
    other = bench.log(world.cast, world, at=at, number="BAC-26-004")

    with pytest.raises(Refusal, match="BAC-26-001 is rejected"):
        bench.log(
            world.cast, world, at=at, number="BAC-26-B2", origin="blend",
            parents=((oral, "5"), (other, "5")),
        )  # fmt: skip
    bench.log(
        world.cast, world, at=at, number="BAC-26-R2", origin="reprocessing",
        parents=((oral, "150"),),
    )  # fmt: skip


@pytest.mark.postgres
def test_refusal_leaves_no_entry_in_the_trail(world, oral, at):
    before = AuditEntry.objects.count()

    with pytest.raises(Refusal):
        disposition.hold(lot=oral, by=world.cast.lin, at=at, reason=" ")

    assert AuditEntry.objects.count() == before


@pytest.mark.postgres
def test_chain_and_records_hold_after_a_whole_life(world, reviewed, at):
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)

    assert chain.first_break(stored_entries.entries_of_chain()) is None
    assert audit.row_digest(Lot.objects.get()) == (
        AuditEntry.objects.filter(table="lots_lot").order_by("sequence").last().row
    )
