"""A lot that an earlier lot spares a test waits until that lot is reviewed."""

import datetime

import pytest

from lots import calendar
from lots.demo import bench
from lots.evaluation import evaluator
from lots.intake import test_orders
from lots.models import AssessmentState, LotStatus, PeriodicFailure, Result, Stage
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules.refusal import Refusal
from lots.workflow import lot_status_rebuild
from tests.lots.pages import PASSWORD, shown, signed_in, words

WITHOUT_CD = {code: text for code, text in bench.ELEMENTS.items() if code != "CD"}


def enter(world, lot, values, *, at, **more):
    return bench.enter(lot, world, values, by=world.cast.lin, at=at, **more)


@pytest.fixture
def earlier(world, at):
    """A lot whose elements wait for their review."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-801")
    enter(world, lot, bench.ELEMENTS, at=at)
    return lot


@pytest.fixture
def waiting(world, at, earlier):
    """A lot that is tested and reviewed but for what the earlier one spares it."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-802")
    enter(world, lot, bench.ORAL_RESULTS, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


def stands(lot):
    """Return the stage of the lot, the state of its assessment, and what is missing.

    Whoever rebuilds the status finds the same.
    """
    assert list(lot_status_rebuild.differences()) == []
    status = LotStatus.objects.get(lot=lot)
    return status.stage, lot.assessments.get().state, status.missing


WAITS = (Stage.WAITS, AssessmentState.OPEN, 0)
READY = (Stage.TO_RELEASE, AssessmentState.COMPLETE, 0)


def test_lot_waits_for_the_review_of_an_earlier_one_and_follows_it(
    world, at, earlier, waiting
):
    before = stands(waiting)

    bench.review(world.cast, earlier, at=at + datetime.timedelta(seconds=1))

    assert (before, stands(waiting)) == (WAITS, READY)
    assert (
        "BAC-ORAL v1 is complete: Sofia Almeida took a step on another lot (Review"
        " results) that decides the periodic tests of this one."
        in words(signed_in(world.cast.lin).get(f"/lots/{waiting.pk}/history/"))
    )
    later = at + datetime.timedelta(seconds=2)
    assert bench.release(world.cast, waiting, "BAC-ORAL", at=later)


def send_back(world, at, earlier):
    result_review.send_back(
        test_order=earlier.test_orders.get(),
        results=list(Result.objects.filter(test=world.tests["CD"])),
        by=world.cast.sofia,
        at=at,
        reason="No raw data",
    )


def reject(world, at, earlier):
    bench.decide(world.cast, disposition.reject, earlier, at=at, reason="Doubt")


def void(world, at, earlier):
    bench.decide(world.cast, disposition.void, earlier, at=at, reason="Twice")


def fail(world, at, earlier):
    result_entry.enter_result(
        test_order=earlier.test_orders.get(),
        test=world.tests["CD"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.9"),
        seen=1,
        kind="transcription",
        reason="Misread",
        raw_reference="LN-1",
    )


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("happens", "missing"),
    [(send_back, 1), (reject, 7), (void, 7), (fail, 1)],
    ids=["returned", "rejected", "void", "failed"],
)
def test_lot_that_nothing_spares_any_more_has_results_missing(
    world, at, earlier, waiting, happens, missing
):
    happens(world, at, earlier)

    assert stands(waiting) == (Stage.TO_ENTER, AssessmentState.OPEN, missing)


def test_returned_result_that_is_submitted_again_spares_the_lot_again(
    world, at, earlier, waiting
):
    send_back(world, at, earlier)

    result_entry.submit(
        test_order=earlier.test_orders.get(),
        results=list(Result.objects.filter(test=world.tests["CD"])),
        by=world.cast.lin,
        at=at,
    )

    assert stands(waiting) == WAITS


def test_lot_that_is_tested_itself_waits_no_more(world, at, earlier, waiting):
    enter(world, waiting, bench.ELEMENTS, at=at)
    bench.review(world.cast, waiting, at=at)

    assert stands(waiting) == READY


def test_fail_stops_each_lot_until_qa_reinstates(world, at, earlier, waiting):
    """Also one that was logged before the lot that failed; then each is as before."""
    bench.review(world.cast, earlier, at=at)
    before = stands(waiting)
    later = bench.log(world.cast, world, at=at, number="BAC-26-803")
    enter(world, later, {"CD": "0.9"}, at=at)
    stopped = stands(waiting)

    bench.review(world.cast, later, at=at)
    bench.conclude(
        world.cast, later, later.investigations.get(), at=at, conclusion="not_proven",
        cause="No error found",
    )  # fmt: skip
    reinstate(world, PeriodicFailure.objects.get())

    # It came between the last pass and the fail, so it is tested all the same.
    assert (before, stopped) == (READY, (Stage.TO_ENTER, AssessmentState.OPEN, 1))
    assert stands(waiting) == stopped


def reinstate(world, failure):
    chen = signed_in(world.cast.chen)
    address = f"/periodic-failures/{failure.pk}/reinstate/"
    answer = chen.post(
        address,
        {"password": PASSWORD, "shown": shown(chen.get(address)), "reason": "Cause"},
    )
    assert answer.status_code == 302


def test_reviewed_result_that_is_found_invalid_spares_nothing(
    world, at, earlier, waiting
):
    bench.review(world.cast, earlier, at=at)

    send_back(world, at, earlier)

    assert stands(waiting) == (Stage.TO_ENTER, AssessmentState.OPEN, 1)


def test_another_earlier_lot_takes_the_place(world, at):
    first = bench.log(world.cast, world, at=at, number="BAC-26-701")
    enter(world, first, bench.ELEMENTS, at=at)
    bench.review(world.cast, first, at=at)
    second = bench.log(world.cast, world, at=at, number="BAC-26-702")
    enter(world, second, bench.ELEMENTS, at=at)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-703")
    enter(world, lot, bench.ORAL_RESULTS, at=at)
    bench.review(world.cast, lot, at=at)
    by_first = stands(lot)

    bench.review(world.cast, second, at=at)
    void(world, at, first)

    assert (by_first, stands(lot)) == (READY, READY)


def test_verb_refuses_in_the_words_of_the_page(world, at, earlier, waiting):
    said = (
        "Waits for lot BAC-26-801: if its results pass review, this lot need not be"
        " tested for Cadmium, Lead, Arsenic, Mercury, Cobalt, Vanadium, Nickel. Have"
        " them reviewed, or test this lot."
    )
    page = signed_in(world.cast.chen).get(f"/lots/{waiting.pk}/")

    with pytest.raises(Refusal) as caught:
        bench.release(world.cast, waiting, "BAC-ORAL", at=at)

    assert said in words(page)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("who", "address", "said"),
    [
        ("lin", "/test-orders/{order}/", "Waits Not required if BAC-26-801 passes"),
        ("lin", "/lots/{lot}/", "Not required if BAC-26-801 passes review. – Waits"),
        ("lin", "/lots/{lot}/", "Quarantine Waits for BAC-26-801"),
        ("lin", "/lots/{lot}/", "Open BAC-26-801"),
        ("lin", "/lots/", "Waits for an earlier lot BAC-26-801"),
        (
            "lin",
            "/",
            "An earlier lot decides which tests are left waits for BAC-26-801",
        ),
        ("maria", "/dashboard/", "Waits for an earlier lot 1"),
        (
            "chen",
            "/assessments/{assessment}/release/",
            "Not met Tests not done on this lot passed on an earlier one Waits for lot"
            " BAC-26-801",
        ),
    ],
    ids=["entry", "grid", "strip", "step", "list", "work", "dashboard", "release"],
)
def test_every_page_names_the_lot_that_is_waited_for(
    world, at, earlier, waiting, who, address, said
):
    page = signed_in(world.cast.people[who]).get(
        address.format(
            order=waiting.test_orders.get().pk,
            lot=waiting.pk,
            assessment=waiting.assessments.get().pk,
        )
    )

    assert said in words(page)
    if who == "lin":
        assert f'<a href="/lots/{earlier.pk}/">BAC-26-801</a>' in page.content.decode()


def test_lot_that_waits_is_in_no_list_to_release(world, at, earlier, waiting):
    chen = signed_in(world.cast.chen)

    assert "0 To release" in words(chen.get("/"))
    assert "BAC-26-802" not in words(chen.get("/lots/?task=to_release"))


def test_retest_that_tests_everything_waits_for_no_other_lot(
    world, at, earlier, waiting
):
    """What the release testing was spared does not wait in a further test order."""
    retest = test_orders.open_test_order(
        lot=waiting,
        by=world.cast.lin,
        at=at,
        occasion="retest",
        use_by=calendar.today(at) + datetime.timedelta(days=20),
    )
    values = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    enter(world, waiting, values, at=at, test_order=retest)
    bench.review(world.cast, waiting, at=at, test_order=retest)

    [own] = [
        one
        for one in evaluator.evaluate(waiting).assessments
        if one.assessment.test_order_id == retest.pk
    ]
    assert [one.code for one in own.blockers] == []
    assert own.complete
