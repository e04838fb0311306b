"""Every way to be rid of a result that fails: refused, or the fail is still there.

The oral lot has methanol at 3001 ppm against a limit of 3000; each way ends with the
question whether the lot can be released for oral use.
"""

import datetime

import pytest

from lots.demo import bench
from lots.evaluation import evaluator
from lots.intake import test_orders
from lots.investigations import conduct, opening
from lots.models import Investigation, Lot, Result, Specification
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules.refusal import Refusal, Refusals
from lots.rules.reportable_value import Determination
from lots.rules.step_table import NotAllowed
from lots.setup import specification_versions
from lots.workflow.tasks import TASKS
from tests.lots.setup import specifications
from tests.lots.situations import ORAL

FAILS = {**ORAL, "MEOH": "3001"}


@pytest.fixture
def failed(world, lot, at):
    """Everything entered and reviewed, with one fail under investigation."""
    bench.enter(lot, world, FAILS, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


@pytest.fixture
def concluded(world, failed, at):
    """The same, and QA concluded that no laboratory error is proven."""
    conclude(world, failed, at, "not_proven")
    return failed


def conclude(world, lot, at, conclusion, investigation=None):
    return bench.conclude(
        world.cast,
        lot,
        investigation or Investigation.objects.get(),
        at=at,
        conclusion=conclusion,
        cause="Seen in the chromatogram",
    )


def further(world, lot, at, code, value, kind, *, by=None):
    result, _ = result_entry.enter_result(
        test_order=lot.test_orders.order_by("ordinal").first(),
        test=world.tests[code],
        by=by or world.cast.lin,
        at=at,
        determinations=bench.typed(value),
        seen=Result.objects.filter(
            test_order__lot=lot,
            test_order__ordinal=1,
            test=world.tests[code],
        ).count(),
        kind=kind,
        reason="Why",
        raw_reference="LN-1, page 7",
    )
    return result


def refusals_of(call):
    """Return the codes with which the call is refused; it must be."""
    with pytest.raises(Refusal) as caught:
        call()
    several = caught.value
    each = several.refusals if isinstance(several, Refusals) else [several]
    return [one.code for one in each]


def release(world, lot, at, code="BAC-ORAL"):
    return refusals_of(
        lambda: bench.release(world.cast, lot, code, at=at, justification="As agreed")
    )


# --- results ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("remeasurement", "no-plan"),
        ("retest", "no-plan"),
        ("resample", "no-plan"),
        ("recalculation", "kind"),
        ("first", "kind"),
    ],
)
def test_further_result_before_the_plan_is_refused(world, failed, at, kind, code):
    call = lambda: further(world, failed, at, "MEOH", "100", kind)  # noqa: E731 - read as the act

    assert refusals_of(call) == [code]


@pytest.mark.parametrize("kind", ["remeasurement", "retest", "resample"])
def test_further_result_after_the_conclusion_is_refused(world, concluded, at, kind):
    assert refusals_of(lambda: further(world, concluded, at, "MEOH", "100", kind)) == [
        "stands"
    ]


def test_correction_after_the_conclusion_is_refused(world, concluded, at):
    assert refusals_of(
        lambda: further(world, concluded, at, "MEOH", "300", "transcription")
    ) == ["stands"]


def test_retests_that_pass_leave_the_fail_standing(world, failed, at):
    """As many as were planned, one more is refused, and the fail decides."""
    conduct.plan(
        investigation=Investigation.objects.get(),
        by=world.cast.chen,
        at=at,
        hypothesis="Contaminated vial",
        planned_retests=2,
    )
    retests = [further(world, failed, at, "MEOH", "100", "retest") for _ in range(2)]
    assert refusals_of(lambda: further(world, failed, at, "MEOH", "99", "retest")) == [
        "used-up"
    ]
    assert refusals_of(
        lambda: further(world, failed, at, "MEOH", "99", "resample")
    ) == ["used-up"]
    result_entry.submit(
        test_order=failed.test_orders.get(), results=retests, by=world.cast.lin, at=at
    )
    bench.review(world.cast, failed, at=at)
    conclude(world, failed, at, "not_proven")

    assert release(world, failed, at) == ["assessment-state", "fails"]


def test_plan_is_not_made_larger_by_a_second_one(world, failed, at):
    def plan(number):
        return conduct.plan(
            investigation=Investigation.objects.get(),
            by=world.cast.chen,
            at=at,
            hypothesis="Contaminated vial",
            planned_retests=number,
        )

    plan(1)

    assert refusals_of(lambda: plan(9)) == ["planned"]


def test_correction_confirmed_by_its_own_author_is_refused(world, failed, at):
    """Also by whoever entered or performed the value that it replaces."""
    marek = world.cast.marek
    corrected = further(world, failed, at, "MEOH", "300", "transcription", by=marek)

    for person in (marek, world.cast.lin):
        person.roles = ["reviewer"]
        person.save()
        with pytest.raises(NotAllowed) as caught:
            bench.confirm(world.cast, failed, corrected, at=at, by=person)
        assert caught.value.code == "independence"
    assert release(world, failed, at) == [
        "assessment-state", "fails", "unconfirmed", "investigation"
    ]  # fmt: skip


def test_correction_sent_back_leaves_the_fail_standing(world, failed, at):
    corrected = further(world, failed, at, "MEOH", "300", "transcription")
    result_review.send_back(
        test_order=failed.test_orders.get(),
        results=[corrected],
        by=world.cast.sofia,
        at=at,
        reason="The raw data say 3001",
    )

    assert release(world, failed, at) == ["assessment-state", "fails", "investigation"]


def test_investigation_of_a_correction_that_is_sent_back_ends_with_it(
    world, failed, at
):
    """What never stood is no error to be proven; what it should replace still is."""
    first = Investigation.objects.get()
    corrected = further(world, failed, at, "MEOH", "3002", "transcription")
    of_correction = Investigation.objects.get(result=corrected)
    for investigation, planned in ((first, 0), (of_correction, 1)):
        conduct.plan(
            investigation=investigation,
            by=world.cast.chen,
            at=at,
            hypothesis="Contaminated vial",
            planned_retests=planned,
        )
    retest = further(world, failed, at, "MEOH", "3003", "retest")

    result_review.send_back(
        test_order=failed.test_orders.get(),
        results=[corrected],
        by=world.cast.sofia,
        at=at,
        reason="The raw data say 3001",
    )

    of_correction.refresh_from_db()
    assert (
        of_correction.conclusion,
        of_correction.corrected_by,
        of_correction.cause,
        of_correction.closed_at,
    ) == ("", first.result, "Correction sent back: The raw data say 3001", at)
    for conclusion in ("proven", "not_proven"):
        assert refusals_of(
            lambda said=conclusion: conclude(world, failed, at, said, of_correction)
        ) == ["closed"]
    # The retest that it covered has one of its own, and the fail keeps its own.
    assert set(
        Investigation.objects.filter(closed_at=None).values_list("result", flat=True)
    ) == {first.result_id, retest.pk}
    conclude(world, failed, at, "not_proven", first)


def test_fail_that_is_sent_back_stands(world, failed, at):
    result_review.send_back(
        test_order=failed.test_orders.get(),
        results=[Result.objects.get(test=world.tests["MEOH"])],
        by=world.cast.sofia,
        at=at,
        reason="No raw data",
    )

    assert "fails" in release(world, failed, at)


def test_correction_of_the_water_that_moves_the_assay_waits_for_a_second_person(
    world, lot, at
):
    """97.5 % as such is 97.7 % with 0.21 % of water; with 0.48 % it is 98.0 %."""
    values = {**ORAL, "ASSAY": bench.typed("97.5", "97.5")}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)

    water = further(world, lot, at, "WATER", "0.48", "transcription")

    assert water.needs_confirmation
    assert "fails" in release(world, lot, at)


def test_water_measured_again_does_not_move_a_failing_assay(world, lot, at):
    values = {**ORAL, "ASSAY": bench.typed("97.5", "97.5")}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)

    for kind in ("remeasurement", "retest"):
        assert refusals_of(
            lambda kind=kind: further(world, lot, at, "WATER", "0.48", kind)
        ) == ["no-plan"]
    for investigation in Investigation.objects.order_by("pk"):
        conclude(world, lot, at, "not_proven", investigation)
    for kind in ("remeasurement", "retest", "transcription"):
        assert refusals_of(
            lambda kind=kind: further(world, lot, at, "WATER", "0.48", kind)
        ) == ["stands"]
    assert "fails" in release(world, lot, at)


# --- the investigation --------------------------------------------------------------


def test_second_conclusion_is_refused(world, concluded, at):
    assert refusals_of(lambda: conclude(world, concluded, at, "proven")) == ["closed"]
    assert release(world, concluded, at) == ["assessment-state", "fails"]


def test_concluded_fail_is_not_investigated_again(world, concluded, at):
    result = Result.objects.get(test=world.tests["MEOH"])

    assert refusals_of(
        lambda: opening.open_for_undecided(
            result=result, by=world.cast.chen, at=at, reason="Once more"
        )
    ) == ["decided"]


def test_fail_after_the_refusal_of_its_assessment_is_investigated(world, at):
    """Refusing the intrathecal release first is no way round its investigation."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    bench.refuse(world.cast, lot, "BAC-IT", at=at, reason="Not wanted")

    bench.enter(lot, world, {**ORAL, "BET": "4.2"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)

    assert Investigation.objects.get().result.test.code == "BET"
    assert release(world, lot, at) == ["assessment-state", "investigation"]


def test_error_proven_without_a_plan_leaves_one_result_to_take_its_place(
    world, failed, at
):
    """An obvious error (MHRA, phase Ia): the lot is not left without a way on."""
    conclude(world, failed, at, "proven")

    result = further(world, failed, at, "MEOH", "112", "retest")

    assert evaluator.evaluate(failed).assessments[0].outcome == "pass"
    assert result.investigation == Investigation.objects.get()
    assert refusals_of(lambda: further(world, failed, at, "MEOH", "110", "retest")) == [
        "used-up"
    ]


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        (
            "UNSPEC",
            (
                Determination(text="0.30", component="RRT 0.45"),
                Determination(text="0.02", component="RRT 0.45"),
            ),
        ),
        ("UNSPEC", (Determination(text="0.30"),)),
        (
            "ROI",
            (
                Determination(text="0.9", component="crucible 1"),
                Determination(text="0.0", component="crucible 2"),
            ),
        ),
    ],
    ids=["peak twice", "peak without a name", "twice"],
)
def test_value_that_fails_is_one_though_it_was_typed_badly(world, lot, at, code, typed):
    """No value arises, so nothing could be compared; each is judged by itself."""
    bench.enter(lot, world, {code: typed}, by=world.cast.lin, at=at)

    assert Investigation.objects.get().result.test.code == code
    corrected, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests[code],
        by=world.cast.lin,
        at=at,
        determinations=[typed[-1]],
        seen=1,
        kind="transcription",
        reason="Typed twice",
        raw_reference="LN-1, page 7",
    )
    assert corrected.needs_confirmation


@pytest.fixture
def cadmium(world, at):
    """A lot that need not be tested for cadmium, was, and fails."""
    earlier = bench.log(world.cast, world, at=at, number="BAC-26-000")
    bench.enter(earlier, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, earlier, at=at)
    tested = bench.log(world.cast, world, at=at, number="BAC-26-010")
    bench.enter(tested, world, {**ORAL, "CD": "0.9"}, by=world.cast.lin, at=at)
    bench.review(world.cast, tested, at=at)
    assert not bench.assessment(tested, "BAC-ORAL").due
    return tested


def test_invalid_result_of_a_test_that_was_not_required_is_replaced_all_the_same(
    world, cadmium, at
):
    """Else the certificate would say that the lot was not tested for it."""
    conclude(world, cadmium, at, "proven")

    assert release(world, cadmium, at) == [
        "assessment-state", "periodic", "retests"
    ]  # fmt: skip

    retest, _ = result_entry.enter_result(
        test_order=cadmium.test_orders.get(),
        test=world.tests["CD"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.03"),
        seen=1,
        kind="retest",
        reason="Error proven",
        raw_reference="LN-1, page 7",
    )
    result_entry.submit(
        test_order=retest.test_order, results=[retest], by=world.cast.lin, at=at
    )
    bench.review(world.cast, cadmium, at=at)
    bench.release(world.cast, cadmium, "BAC-ORAL", at=at, justification="Proven")


@pytest.mark.parametrize("conclusion", ["", "proven", "not_proven"])
def test_result_that_did_not_count_does_not_spare_the_next_lot_its_test(
    world, at, conclusion
):
    """No lot was validly found to pass, so the next one is tested too."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, {**ORAL, "CD": "0.9"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    if conclusion:
        conclude(world, lot, at, conclusion)

    following = bench.log(world.cast, world, at=at, number="BAC-26-002")

    due = bench.assessment(following, "BAC-ORAL").due
    assert due == [world.tests["CD"].pk]


# --- retests that were planned ------------------------------------------------------


def plan(world, at, retests, *, of="MEOH"):
    """Plan retests in the last investigation of the test."""
    return conduct.plan(
        investigation=Investigation.objects.filter(result__test__code=of).last(),
        by=world.cast.chen,
        at=at,
        hypothesis="Contaminated vial",
        planned_retests=retests,
    )


def conclude_all(world, lot, at, conclusion):
    for one in Investigation.objects.filter(closed_at=None).order_by("pk"):
        conclude(world, lot, at, conclusion, one)


def review_rest(world, lot, at):
    """Submit and review what was entered since."""
    [test_order] = evaluator.evaluate(lot).test_orders
    entered = [
        attempt.result
        for attempts in test_order.attempts.values()
        for attempt in attempts
        if attempt.stage == "entered"
    ]
    result_entry.submit(
        test_order=test_order.test_order, results=entered, by=world.cast.lin, at=at
    )
    bench.review(world.cast, lot, at=at)


def peaks_again(world, lot, at):
    result, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["UNSPEC"],
        by=world.cast.lin,
        at=at,
        determinations=bench.peaks(rrt_0_45="0.051"),
        seen=Result.objects.filter(test=world.tests["UNSPEC"]).count(),
        kind="retest",
        reason="Why",
        raw_reference="LN-1, page 7",
    )
    return result


def test_remeasurement_takes_no_place_of_a_retest(world, failed, at):
    """And its own number is that of the plan: neither is done without end."""
    plan(world, at, 1)
    further(world, failed, at, "MEOH", "2999", "remeasurement")
    assert refusals_of(
        lambda: further(world, failed, at, "MEOH", "2998", "remeasurement")
    ) == ["used-up"]
    conclude(world, failed, at, "proven")
    review_rest(world, failed, at)
    assert release(world, failed, at) == [
        "assessment-state",
        "missing",
        "retests",
    ]
    [waiting] = TASKS["to_enter"].lots(at=at)
    assert (waiting.number, waiting.missing) == (failed.number, 1)

    further(world, failed, at, "MEOH", "2000", "retest")

    review_rest(world, failed, at)
    bench.release(world.cast, failed, "BAC-ORAL", at=at, justification="Proven")


@pytest.mark.parametrize("is_corrected", [False, True])
def test_retest_that_is_found_invalid_frees_its_place(world, failed, at, is_corrected):
    """Also where it had been corrected before, and the correction failed too."""
    plan(world, at, 2)
    further(world, failed, at, "MEOH", "2000", "retest")
    further(world, failed, at, "MEOH", "3100", "retest")
    if is_corrected:
        corrected = further(world, failed, at, "MEOH", "3200", "transcription")
        bench.confirm(world.cast, failed, corrected, at=at)
    conclude(world, failed, at, "proven", Investigation.objects.first())
    conclude_all(world, failed, at, "proven")
    review_rest(world, failed, at)
    assert release(world, failed, at) == ["assessment-state", "retests"]

    further(world, failed, at, "MEOH", "2001", "retest")

    review_rest(world, failed, at)
    bench.release(world.cast, failed, "BAC-ORAL", at=at, justification="Proven")


def test_retest_counts_for_each_investigation_that_it_touches(world, lot, at):
    """An impurity fails by itself and in the total, each with its plan."""
    bench.enter(lot, world, {**ORAL, "IMPA": "0.60"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    plan(world, at, 2, of="IMPA")
    plan(world, at, 2, of="TOTAL")
    for _ in range(2):
        further(world, lot, at, "IMPA", "0.05", "retest")
    assert refusals_of(lambda: further(world, lot, at, "IMPA", "0.05", "retest")) == [
        "used-up"
    ]
    conclude_all(world, lot, at, "proven")
    review_rest(world, lot, at)
    assert "retests" in release(world, lot, at)

    # A total that is wrong takes its peaks with it: each is tested again.
    for _ in range(2):
        peaks_again(world, lot, at)

    review_rest(world, lot, at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at, justification="Proven")


def test_retest_of_a_peak_waits_for_its_own_plan_and_not_for_that_of_the_total(
    world, lot, at
):
    bench.enter(lot, world, {**ORAL, "IMPA": "0.60"}, by=world.cast.lin, at=at)
    own = plan(world, at, 1, of="IMPA")

    assert further(world, lot, at, "IMPA", "0.05", "retest").investigation == own


def test_water_that_fails_with_its_assay_leaves_a_way_on(world, lot, at):
    bench.enter(lot, world, {**ORAL, "WATER": "3.0"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    plan(world, at, 1, of="WATER")
    plan(world, at, 1, of="ASSAY")
    further(world, lot, at, "WATER", "0.3", "retest")
    conclude_all(world, lot, at, "proven")
    assert "retests" in release(world, lot, at)

    result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["ASSAY"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("99.4", "99.5"),
        seen=1,
        kind="retest",
        reason="Why",
        raw_reference="LN-1, page 7",
    )

    review_rest(world, lot, at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at, justification="Proven")


@pytest.mark.parametrize("by", ["test_order", "version", "code"])
def test_planned_retests_are_dodged_neither_by_an_test_order_nor_by_a_specification(
    world, failed, at, by
):
    """Each has a result of methanol that passes, or asks for none."""
    plan(world, at, 2)
    conclude(world, failed, at, "proven")
    code = "BAC-ORAL"
    if by == "test_order":
        further_test_order = test_orders.open_test_order(
            lot=failed, by=world.cast.lin, at=at, occasion="stability"
        )
        bench.enter(
            failed,
            world,
            ORAL,
            by=world.cast.lin,
            at=at,
            test_order=further_test_order,
        )
        bench.review(world.cast, failed, at=at, test_order=further_test_order)
    else:
        code = "BAC-ORAL-B" if by == "code" else ""
        test_orders.add_assessment(
            test_order=failed.test_orders.get(),
            specification=specifications.wider(world, at, without=("MEOH",), code=code),
            by=world.cast.lin,
            at=at,
        )
        code = code or "BAC-ORAL"

    assert release(world, failed, at, code) == [
        "assessment-state", "invalidated", "retests"
    ]  # fmt: skip

    for value in ("2000", "2001"):
        further(world, failed, at, "MEOH", value, "retest")
    retested = failed.test_orders.get(ordinal=1)
    result_entry.submit(
        test_order=retested,
        results=Result.objects.filter(test_order=retested, kind="retest"),
        by=world.cast.lin,
        at=at,
    )
    bench.review(world.cast, failed, at=at, test_order=retested)
    bench.release(world.cast, failed, code, at=at, justification="Proven")


# --- examinations, assessments, specifications --------------------------------------


def test_second_test_order_does_not_take_the_place_of_the_first(world, concluded, at):
    second = test_orders.open_test_order(
        lot=concluded, by=world.cast.lin, at=at, occasion="stability"
    )
    bench.enter(concluded, world, ORAL, by=world.cast.lin, at=at, test_order=second)
    bench.review(world.cast, concluded, at=at, test_order=second)

    assert release(world, concluded, at) == ["assessment-state", "elsewhere"]


def test_assessment_added_again_holds_the_same_fail(world, concluded, at):
    bench.refuse(world.cast, concluded, "BAC-ORAL", at=at, reason="Fails")

    test_orders.add_assessment(
        test_order=concluded.test_orders.get(),
        specification=Specification.objects.get(code="BAC-ORAL"),
        by=world.cast.lin,
        at=at,
    )

    assert release(world, concluded, at) == ["assessment-state", "fails"]


@pytest.mark.parametrize("without", [(), ("MEOH",)], ids=["widened", "left-out"])
@pytest.mark.parametrize(
    ("occasion", "holds"), [("same", "earlier-version"), ("further", "elsewhere")]
)
def test_new_version_of_the_specification_does_not_make_it_pass(
    world, concluded, at, without, occasion, holds
):
    """On the same examination or on a further one, with a wider limit or none."""
    version = specifications.wider(world, at, without=without)
    if occasion == "same":
        test_orders.add_assessment(
            test_order=concluded.test_orders.get(),
            specification=version,
            by=world.cast.lin,
            at=at,
        )
    else:
        second = test_orders.open_test_order(
            lot=concluded, by=world.cast.lin, at=at, occasion="stability"
        )
        bench.enter(concluded, world, ORAL, by=world.cast.lin, at=at, test_order=second)
        bench.review(world.cast, concluded, at=at, test_order=second)
    assessment = bench.assessment(concluded, "BAC-ORAL")

    assert (assessment.specification, assessment.state) == (version, "open")
    assert release(world, concluded, at) == ["assessment-state", holds]


@pytest.mark.parametrize("without", [(), ("MEOH",)], ids=["widened", "left-out"])
def test_new_code_of_a_specification_does_not_make_it_pass(
    world, concluded, at, without
):
    """It was approved when the result was known, as a new version would be."""
    test_orders.add_assessment(
        test_order=concluded.test_orders.get(),
        specification=specifications.wider(
            world, at, without=without, code="BAC-ORAL-B"
        ),
        by=world.cast.lin,
        at=at,
    )

    assert release(world, concluded, at, "BAC-ORAL-B") == [
        "assessment-state",
        "approved-since",
    ]


def test_codes_that_stood_side_by_side_before_are_released_each_by_itself(
    world, lot, at
):
    """And what a customer's specification is approved for next year rests on that."""
    test_orders.add_assessment(
        test_order=lot.test_orders.get(),
        specification=specifications.wider(
            world, at - datetime.timedelta(1), code="BAC-ORAL-B"
        ),
        by=world.cast.lin,
        at=at,
    )
    bench.enter(lot, world, FAILS, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    conclude(world, lot, at, "not_proven")
    bench.release(world.cast, lot, "BAC-ORAL-B", at=at, justification="As agreed")

    test_orders.add_assessment(
        test_order=lot.test_orders.get(),
        specification=specifications.wider(world, at, code="BAC-ORAL-C"),
        by=world.cast.lin,
        at=at,
    )

    assert release(world, lot, at) == ["assessment-state", "fails"]
    bench.release(world.cast, lot, "BAC-ORAL-C", at=at, justification="As agreed")


def test_release_vouches_for_no_fail_that_was_found_after_it(world, lot, at):
    """A retest examination fails; what is approved then is no way round it."""
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    second = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=at, occasion="stability"
    )
    bench.enter(lot, world, FAILS, by=world.cast.lin, at=at, test_order=second)
    bench.review(world.cast, lot, at=at, test_order=second)
    conclude(world, lot, at, "not_proven")

    test_orders.add_assessment(
        test_order=second,
        specification=specifications.wider(world, at, code="BAC-ORAL-B"),
        by=world.cast.lin,
        at=at,
    )

    assert release(world, lot, at, "BAC-ORAL-B") == [
        "assessment-state",
        "approved-since",
    ]


@pytest.mark.parametrize("how", ["correction", "retest"])
def test_fail_that_is_entered_again_is_as_old_as_the_first(world, failed, at, how):
    """A correction or a retest that fails too does not make it younger than a code."""
    if how == "retest":
        plan(world, at, 1)
    new = specifications.wider(world, at, code="BAC-ORAL-B")
    later = at + datetime.timedelta(seconds=5)
    if how == "retest":
        conclude(world, failed, later, "proven")
        further(world, failed, later, "MEOH", "3002", "retest")
    else:
        corrected = further(world, failed, later, "MEOH", "3002", "transcription")
        bench.confirm(world.cast, failed, corrected, at=later)
    conclude_all(world, failed, later, "not_proven")
    test_orders.add_assessment(
        test_order=failed.test_orders.get(),
        specification=new,
        by=world.cast.lin,
        at=later,
    )
    review_rest(world, failed, later)

    assert release(world, failed, later, "BAC-ORAL-B") == [
        "assessment-state",
        "approved-since",
    ]


def test_result_for_information_counts_once_a_version_asks_for_its_test(world, lot, at):
    """A further examination takes its place as little as that of any other result."""
    bench.enter(lot, world, {**ORAL, "PH": "9.0"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    specifications.wider(
        world,
        at,
        further=[
            specification_versions.CriterionDraft(
                test=world.tests["PH"], kind="range", low="6.0", high="7.0"
            )
        ],
    )
    second = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=at, occasion="stability"
    )
    conclude(world, lot, at, "not_proven")
    bench.enter(
        lot, world, {**ORAL, "PH": "6.5"}, by=world.cast.lin, at=at, test_order=second
    )
    bench.review(world.cast, lot, at=at, test_order=second)

    assert release(world, lot, at) == ["assessment-state", "elsewhere"]


def test_result_for_information_is_investigated_once_a_version_asks_for_its_test(
    world, lot, at
):
    """It stands against every further examination; a proven error is the way out."""
    bench.enter(lot, world, {**ORAL, "PH": "9.0"}, by=world.cast.lin, at=at)
    specifications.wider(
        world,
        at,
        further=[
            specification_versions.CriterionDraft(
                test=world.tests["PH"], kind="range", low="6.0", high="7.0"
            )
        ],
    )

    test_orders.open_test_order(lot=lot, by=world.cast.lin, at=at, occasion="stability")

    case = Investigation.objects.get()
    assert (case.result.test.code, case.trigger) == (
        "PH",
        "pH, 2 mg/mL: 9.0 against 6.0–7.0",
    )


def test_fail_of_a_test_that_a_later_version_left_out_is_investigated(world, lot, at):
    """It stands against the version that the lot was released against."""
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    specifications.wider(world, at, without=("MEOH",))
    second = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=at, occasion="stability"
    )

    bench.enter(
        lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at, test_order=second
    )

    case = Investigation.objects.get()
    assert (case.result.test_order, case.trigger) == (
        second,
        "Methanol: 3001 against NMT 3000 ppm",
    )
    conclude(world, lot, at, "proven")
    assert [
        blocker.code
        for blocker in evaluator.evaluate(lot).assessments[0].blockers
        if blocker.code in ("elsewhere", "investigation")
    ] == []


def test_new_version_decides_a_lot_that_never_failed(world, lot, at):
    """The rule is about a fail: what passed the earlier version is judged anew."""
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    version = specifications.wider(world, at)

    added = test_orders.add_assessment(
        test_order=lot.test_orders.get(),
        specification=version,
        by=world.cast.lin,
        at=at,
    )

    assert evaluator.evaluate(lot).assessment(added.pk).complete


# --- the lot ------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["BAC-26-001", "BAC-26-002", "BAC-26-O01"])
def test_lot_that_failed_is_not_logged_again(world, concluded, at, number):
    """Under the same number, a look-alike or another one of ours."""
    bench.decide(world.cast, disposition.reject, concluded, at=at, reason="By mistake")

    codes = refusals_of(
        lambda: bench.log(
            world.cast, world, at=at, number=number, original_number="BAC-26-001"
        )
    )

    assert "duplicate-original" in codes
    assert Lot.objects.count() == 1


@pytest.mark.parametrize("conclusion", ["", "proven", "not_proven"])
def test_lot_that_ever_had_an_investigation_is_not_void(world, failed, at, conclusion):
    """Logged again under the maker's number, it would certify that there was none."""
    if conclusion:
        conclude(world, failed, at, conclusion)

    with pytest.raises(Refusal) as caught:
        bench.decide(world.cast, disposition.void, failed, at=at, reason="By mistake")

    assert str(caught.value) == (
        "Lot BAC-26-001 had an investigation, so it cannot be void; reject it."
    )
    bench.decide(world.cast, disposition.reject, failed, at=at, reason="By mistake")


def test_lot_with_a_result_that_is_not_decided_is_not_void(world, lot, at):
    bench.enter(lot, world, {**ORAL, "CD": "<0.9"}, by=world.cast.lin, at=at)

    with pytest.raises(Refusal) as caught:
        bench.decide(world.cast, disposition.void, lot, at=at, reason="By mistake")

    assert str(caught.value) == (
        "Cadmium of lot BAC-26-001 has an undecided result, so the lot cannot be void;"
        " decide the result first, or reject the lot."
    )
    further(world, lot, at, "CD", "0.10", "transcription")
    bench.decide(world.cast, disposition.void, lot, at=at, reason="By mistake")


@pytest.mark.parametrize("origin", ["blend", "repacking"])
def test_lot_that_failed_does_not_go_into_another(world, concluded, at, origin):
    good = bench.log(world.cast, world, at=at, number="BAC-26-002")
    parents = (
        [(concluded, "75"), (good, "75")] if origin == "blend" else [(concluded, "150")]
    )

    codes = refusals_of(
        lambda: bench.log(
            world.cast,
            world,
            at=at,
            number="BAC-26-003",
            origin=origin,
            parents=parents,
        )
    )

    assert codes == ["parent-fails"]


def test_hold_and_resume_change_nothing_about_the_fail(world, concluded, at):
    disposition.hold(lot=concluded, by=world.cast.lin, at=at, reason="Drum damaged")
    bench.decide(world.cast, disposition.resume, concluded, at=at, reason="Checked")

    assert release(world, concluded, at) == ["assessment-state", "fails"]


def test_released_value_has_no_further_one_beside_it(world, lot, at):
    """Neither a better nor a worse one, before QA reopens the lot."""
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    assert refusals_of(
        lambda: further(world, lot, at, "MEOH", "3001", "remeasurement")
    ) == ["released"]
    assert not Investigation.objects.exists()
