"""A value that is stored before its water waits for it, and stays the same attempt."""

import datetime

import pytest

from lots.demo import bench
from lots.evaluation import attempts as attempts_of_evaluation
from lots.evaluation import evaluator, signed_text
from lots.investigations import opening
from lots.models import Investigation, LotStatus, Mark, Result, Stage
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules.refusal import Refusal
from lots.workflow import lot_status_rebuild
from reports.issuing import certificates
from tests.lots.pages import signed_in, words
from tests.lots.results.grid import Grid
from tests.lots.situations import ORAL

pytestmark = pytest.mark.postgres

REST = {code: value for code, value in ORAL.items() if code not in ("ASSAY", "WATER")}


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def enter(world, lot, at, **values):
    return bench.enter(lot, world, values, by=world.cast.lin, at=at)


def assays(world):
    return list(Result.objects.filter(test=world.tests["ASSAY"]))


def line(lot, code="ASSAY"):
    [assessment] = evaluator.evaluate(lot).assessments
    [found] = [one for one in assessment.lines if one.test.code == code]
    return found


def test_value_before_its_water_is_not_judged(world, lot, at):
    [assay] = enter(world, lot, at, ASSAY=ORAL["ASSAY"])

    entry = words(
        signed_in(world.cast.lin).get(f"/test-orders/{assay.test_order_id}/"),
        of=f"row-{assay.test_id}",
    )
    with pytest.raises(Refusal) as caught:
        opening.open_for_undecided(result=assay, by=world.cast.lin, at=at, reason="Why")

    assert line(lot).outcome == "awaits"
    assert "Waits for Water (Karl Fischer) ." in entry
    assert ("Undecided" in entry, "Investigate" in entry) == (False, False)
    assert "not undecided" in str(caught.value)
    assert LotStatus.objects.get().stage == Stage.TO_ENTER


def test_water_evaluates_the_same_attempt(world, lot, at):
    grid = Grid(world, lot, at)
    grid.post("ASSAY", "99.4", "99.7")

    answer = grid.post("WATER", "0.21")

    [attempt] = evaluator.evaluate(lot).test_orders[0].attempts[world.tests["ASSAY"].pk]
    assert "✓ Pass 99.8" in grid.row(answer, "ASSAY")
    assert (attempt.result.attempt, attempt.result.kind) == (1, "first")
    assert attempt.is_valid
    assert list(lot_status_rebuild.differences()) == []


def test_fail_that_the_water_shows_opens_its_investigation(world, lot, at):
    [assay] = enter(world, lot, at, ASSAY=bench.typed("94.4", "94.7"))
    before = Investigation.objects.count()

    enter(world, lot, at, WATER="0.21")

    assert before == 0
    assert Investigation.objects.get().result == assay


def test_certificate_knows_of_no_second_calculation(world, lot, at):
    enter(world, lot, at, ASSAY=ORAL["ASSAY"])
    enter(world, lot, at, **REST, WATER=ORAL["WATER"])
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    assessment = bench.assessment(lot, "BAC-ORAL")

    text = signed_text.assessment_text(evaluator.evaluate(lot), assessment.pk)
    certificate = certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, customer=None,
        stated=bench.LABEL,
    )  # fmt: skip

    assert len(assays(world)) == 1
    assert "Calculated again" not in text
    assert "99.8" in certificate.content


def test_value_that_waits_is_submitted_but_not_reviewed(world, lot, at):
    [assay] = enter(world, lot, at, ASSAY=ORAL["ASSAY"])
    before = LotStatus.objects.get()

    page = signed_in(world.cast.sofia).get(
        f"/test-orders/{assay.test_order_id}/review/"
    )
    with pytest.raises(Refusal) as caught:
        bench.review(world.cast, lot, at=at)
    enter(world, lot, at, WATER="0.21")

    said = (
        "Assay (anhydrous basis), attempt 1, is not evaluated yet: it waits for another"
        " result. Review it once the analyst has entered that."
    )
    assert said in words(page)
    assert str(caught.value) == said
    assert (before.to_review, LotStatus.objects.get().to_review) == (0, 2)


def test_lot_with_a_value_that_waits_is_not_void(world, lot, at):
    """Its value may fail once the water is there."""
    enter(world, lot, at, ASSAY=bench.typed("94.4", "94.7"))

    with pytest.raises(Refusal) as caught:
        bench.decide(world.cast, disposition.void, lot, at=at, reason="Twice")

    assert "has a value that is not evaluated yet" in str(caught.value)


def test_corrected_water_calculates_the_value_again(world, lot, at):
    """It was evaluated by then, so that the first value stays visible beside it."""
    grid = Grid(world, lot, at)
    grid.post("ASSAY", "99.4", "99.7")
    grid.post("WATER", "0.12")
    grid.post("WATER", "0.21", seen=1, kind="transcription", reason="Turned digits")

    first, second = (
        evaluator.evaluate(lot).test_orders[0].attempts[world.tests["ASSAY"].pk]
    )
    assert (first.stage, second.result.kind) == ("replaced", "recalculation")
    assert "0.12" in " ".join(first.reportable.working)
    assert "0.21" in " ".join(second.reportable.working)


# --- records of before ------------------------------------------------------------


@pytest.fixture
def recorded(world, lot, at, monkeypatch):
    """A lot of before: its assay was calculated again, and released so."""
    with monkeypatch.context() as patch:
        patch.setattr(attempts_of_evaluation, "_take_first_water", lambda *_: None)
        enter(world, lot, at, ASSAY=ORAL["ASSAY"])
        enter(world, lot, at, **REST, WATER=ORAL["WATER"])
        result_review_of_all(world, lot, at)
        bench.release(world.cast, lot, "BAC-ORAL", at=at)
    return lot


def result_review_of_all(world, lot, at):
    """Submit what was calculated again, and have everything reviewed."""
    done = Mark.objects.filter(kind="submitted").values("result")
    waiting = list(Result.objects.exclude(pk__in=done))
    if waiting:
        result_entry.submit(
            test_order=lot.test_orders.get(), results=waiting, by=world.cast.lin, at=at
        )
    bench.review(world.cast, lot, at=at)


def test_record_of_before_reads_as_it_was_signed(world, recorded, at):
    found = (
        evaluator.evaluate(recorded).test_orders[0].attempts[world.tests["ASSAY"].pk]
    )

    assert [(one.stage, one.result.kind, one.result.inputs != []) for one in found] == [
        ("replaced", "first", False),
        ("reviewed", "recalculation", True),
    ]
    assert certificates.issue(
        assessment=bench.assessment(recorded, "BAC-ORAL"), by=world.cast.olga, at=at,
        customer=None, stated=bench.LABEL,
    )  # fmt: skip


def test_value_reviewed_while_it_waited_is_calculated_and_reviewed_again(
    world, lot, at, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(result_review.blockers, "to_review", lambda _attempt: None)
        enter(world, lot, at, ASSAY=ORAL["ASSAY"])
        bench.review(world.cast, lot, at=at)

    enter(world, lot, at + datetime.timedelta(seconds=1), WATER="0.21")

    assert [one.kind for one in assays(world)] == ["first", "recalculation"]
