"""No result without a sample and raw data, and no day before one that comes first.

As somebody would try who certifies a lot that nobody sampled: page, verb, review,
release and certificate. Each rule has a control where it is switched off.
"""

import datetime

import pytest

from lots.demo import bench
from lots.evaluation import evaluator, raw_data, signed_text
from lots.evidence import verification
from lots.intake import log
from lots.models import Result, Sample
from lots.results import result_entry, validation
from lots.rules.refusal import Refusal, Refusals
from lots.workflow import days
from reports.issuing import certificates
from reports.issuing.preflight import preflight
from reports.models import Certificate
from tests.lots.pages import refused, signed_in, words
from tests.lots.results.grid import Grid

pytestmark = pytest.mark.postgres

RESULTS = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
DAY = datetime.timedelta(days=1)


def unsampled(world, at, **facts):
    """Return a lot that nobody took a sample of."""
    told = bench.facts_of_lot(world, at=at, number="BAC-26-001", **facts)
    return log.log_lot(by=world.cast.lin, at=at, facts=told)


def test_lot_without_a_sample_takes_no_result(world, at, monkeypatch):
    lot = unsampled(world, at)
    grid = Grid(world, lot, at)

    answer = grid.post("WATER", "0.21")

    assert answer.status_code == 422
    assert refused(answer) == [
        "Water (Karl Fischer) needs the sample that was tested, and lot BAC-26-001 has"
        " none. Choose “Take a sample” on the page of the lot, then enter the result."
    ]
    assert "This lot has no sample yet" in words(grid.show())
    assert f"/lots/{lot.pk}/samples/new/" in grid.show().text
    with pytest.raises(Refusal, match="needs the sample that was tested"):
        bench.enter(lot, world, {"WATER": "0.21"}, by=world.cast.lin, at=at)
    assert not Result.objects.exists()
    monkeypatch.setattr(validation, "_check_sample", lambda *_: None)
    assert grid.post("WATER", "0.21").status_code == 200


def test_only_sample_is_taken_and_one_of_several_is_chosen(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    grid = Grid(world, lot, at)

    grid.post("WATER", "0.21")
    second = bench.sample(
        lot, number="S-2", taken_on=grid.today, by=world.cast.lin, at=at
    )
    unclear = grid.post("MEOH", "112")
    chosen = grid.post("MEOH", "112", sample=second.pk)

    assert refused(unclear) == [
        "Lot BAC-26-001 has the samples BAC-26-001/S1, S-2; choose under “Sample” above"
        " the grid the one of which Methanol was tested."
    ]
    assert chosen.status_code == 200
    assert list(Result.objects.order_by("pk").values_list("sample__number")) == [
        ("BAC-26-001/S1",),
        ("S-2",),
    ]


def test_correction_is_of_the_sample_and_raw_data_of_what_it_corrects(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    lin = world.cast.lin
    bench.enter(lot, world, {"ROI": "0.32"}, by=lin, at=at)
    bench.sample(lot, number="S-2", taken_on=lot.manufactured_on, by=lin, at=at)

    corrected, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["ROI"],
        by=lin,
        at=at,
        determinations=bench.typed("0.03"),
        seen=1,
        kind="transcription",
        reason="Read wrong",
        raw_reference="LN-1, page 7",
    )

    assert corrected.sample.number == "BAC-26-001/S1"
    assert raw_data.lacking(lot, [corrected]) == {}


def test_nothing_without_raw_data_is_submitted_or_reviewed(world, at, monkeypatch):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    grid = Grid(world, lot, at)
    grid.post("WATER", "0.21", raw_reference="")
    result = Result.objects.get()
    submit = {"result": [result.pk]}

    answer = grid.client.post(f"{grid.address}submit/", submit)

    assert answer.status_code == 422
    assert "Water (Karl Fischer) has no raw data. Choose “Attach” in its row" in words(
        answer
    )
    assert not result.marks.exists()
    # The control. What was submitted before the rule is still not signed.
    with monkeypatch.context() as off:
        off.setattr(raw_data, "lacking", lambda lot, results: {})
        assert grid.client.post(f"{grid.address}submit/", submit).status_code == 302
    with pytest.raises(Refusal, match="names no raw data, so there is nothing"):
        bench.review(world.cast, lot, at=at)


def test_test_of_several_days_has_a_first_and_a_last_one(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    grid = Grid(world, lot, at)
    first = grid.today - 3 * DAY

    early = grid.post(
        "TAMC", "<10", started_on=lot.manufactured_on - DAY, performed_on=grid.today
    )
    turned = grid.post("TAMC", "<10", started_on=grid.today, performed_on=first)
    right = grid.post("TAMC", "<10", started_on=first, performed_on=grid.today)

    assert (early.status_code, turned.status_code, right.status_code) == (422, 422, 200)
    assert "cannot have been performed on" in refused(early)[0]
    assert refused(turned) == [
        "Total aerobic microbial count cannot have begun on"
        f" {grid.today}, after its last day, {first}. Correct the “First day, if"
        " earlier” above the grid."
    ]
    page = words(signed_in(world.cast.sofia).get(f"/lots/{lot.pk}/attempts/"))
    assert f"{first} – {grid.today}" in page


# --- a sample that is older than its lot ----------------------------------------------


def sample_page(world, lot, **typed):
    facts = {
        "number": "S-9",
        "taken_on": lot.manufactured_on - DAY,
        "taken_by": "Lin Yue",
        "quantity": "60 g",
        "purpose": "Release testing",
        "early_reason": "",
    }
    return signed_in(world.cast.lin).post(f"/lots/{lot.pk}/samples/new/", facts | typed)


def test_sample_is_not_older_than_its_lot_without_a_reviewed_reason(world, at):
    lot = unsampled(world, at)
    reason = "Taken from the dryer, before packing"

    bare = sample_page(world, lot)
    alone = sample_page(world, lot, early_reason=reason)
    silent = sample_page(world, lot, is_in_process="on")
    assert [one.status_code for one in (bare, alone, silent)] == [422] * 3
    assert "tick “Taken in process” and give the reason" in words(bare)
    assert "Write under “Reason for sampling before manufacture”" in words(silent)
    assert not Sample.objects.exists()

    told = sample_page(world, lot, is_in_process="on", early_reason=reason)
    assert told.status_code == 302
    sample = Sample.objects.get()
    grid = Grid(world, lot, at)
    assert grid.post("WATER", "0.21", performed_on=sample.taken_on).status_code == 200
    # The reviewer reads the reason as an exception, and signs it.
    bench.submit(lot, by=world.cast.lin, at=at)
    test_order = lot.test_orders.get()
    review = signed_in(world.cast.sofia).get(f"/test-orders/{test_order.pk}/review/")
    said = f"Sampled on {sample.taken_on}, before the lot was made: {reason}"
    assert said in words(review)
    text = signed_text.review_text(
        evaluator.evaluate(lot),
        test_order.pk,
        test_order.results.all(),
        by=world.cast.sofia,
    )
    assert reason in text
    bench.review(world.cast, lot, at=at)
    assert verification.verify().holds


# --- the days once more, at release and issue -----------------------------------------


def complete(world, at, monkeypatch, **more):
    """Return a lot with every result reviewed, with days that nobody checked."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    late = bench.sample(
        lot,
        number="S-late",
        taken_on=lot.manufactured_on + 4 * DAY,
        by=world.cast.lin,
        at=at,
    )
    bench.enter(
        lot,
        world,
        {code: value for code, value in RESULTS.items() if code != "WATER"},
        by=world.cast.lin,
        at=at,
        sample=Sample.objects.get(number="BAC-26-001/S1"),
    )
    with monkeypatch.context() as off:
        off.setattr(validation, "_check_sample", lambda *_: None)
        result_entry.enter_result(
            test_order=lot.test_orders.get(),
            test=world.tests["WATER"],
            by=world.cast.lin,
            at=at,
            determinations=bench.typed("0.21"),
            seen=0,
            sample=late,
            performed_on=lot.manufactured_on + DAY,
            raw_reference="LN-7",
        )
    # What waits for its water is worked out; all that is left is submitted.
    result_entry.submit(
        test_order=lot.test_orders.get(),
        results=list(lot.test_orders.get().results.filter(test__code="WATER")),
        by=world.cast.lin,
        at=at,
    )
    bench.review(world.cast, lot, at=at)
    return lot


def test_lot_tested_before_it_was_sampled_is_not_released(world, at, monkeypatch):
    lot = complete(world, at, monkeypatch)
    made = lot.manufactured_on
    sentence = (
        f"Water (Karl Fischer) of lot BAC-26-001 was tested on {made + DAY}, but"
        f" sampled on {made + 4 * DAY}, which is later."
    )
    assessment = lot.assessments.get()

    page = signed_in(world.cast.chen).get(f"/assessments/{assessment.pk}/release/")
    with pytest.raises(Refusal, match="which is later"):
        bench.release(world.cast, lot, "BAC-ORAL", at=at)

    assert sentence in words(page)
    assert "Not met Made, sampled, tested and reviewed in this order" in words(page)
    # Released while the rule was off, it gets no certificate either.
    with monkeypatch.context() as off:
        off.setattr(days, "out_of_order", lambda *_, **__: [])
        bench.release(world.cast, lot, "BAC-ORAL", at=at)
    assessment.refresh_from_db()
    told = {"assessment": assessment, "by": world.cast.chen, "at": at}
    assert [
        str(one.refusal)[: len(sentence)] for one in preflight(assessment, at=at)
    ] == [sentence]
    with pytest.raises((Refusal, Refusals)):
        certificates.issue(**told, stated=bench.LABEL)
    assert not Certificate.objects.exists()
    monkeypatch.setattr(days, "out_of_order", lambda *_, **__: [])
    assert certificates.issue(**told, stated=bench.LABEL).number
