"""Ways round an investigation by what is typed beside a value: run, day, sample, file.

Each attack goes through the page, and each has a control that succeeds where its rule
is switched off.
"""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lots import calendar
from lots.demo import bench
from lots.evaluation import evaluator, raw_data, runs
from lots.investigations import proof
from lots.models import Investigation, Result
from lots.results import invalid_runs, result_entry, validation
from lots.rules.refusal import Refusal, Refusals
from tests.lots.investigations.investigation_page import (
    conclude,
    plan,
    sign_phase_one,
)
from tests.lots.pages import refused, signed_in
from tests.lots.results.grid import Grid


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def other(world, at):
    """A lot of the same run, with a value that passes and is reviewed."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-002")
    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at, run="SEQ-7")
    bench.review(world.cast, lot, at=at)
    return lot


@pytest.fixture
def qa(world):
    return signed_in(world.cast.chen)


@pytest.fixture
def investigation(world, lot, at):
    """An investigation of a failing methanol in the run SEQ-7: the lamp drifted."""
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at, run="SEQ-7")
    return Investigation.objects.get()


def of_the_run(investigation):
    return [
        one.lot.number
        for one in runs.others(
            evaluator.evaluate(investigation.lot), investigation.result
        )
    ]


def correct(world, lot, at, value, **typed):
    answer = Grid(world, lot, at).post(
        "MEOH", value, seen=1, kind="transcription", reason="Digits exchanged", **typed
    )
    return answer, Result.objects.order_by("pk").last()


# --- a correction changes no run -----------------------------------------------------


def test_value_does_not_leave_its_run_by_a_correction(
    world, qa, investigation, other, at, monkeypatch
):
    """The attack: a passing value of the run is "corrected" into another run."""
    _answer, corrected = correct(world, other, at, "113", run="SEQ-8")
    sign_phase_one(
        world,
        investigation,
        answer_instrument="no",
        remark_instrument="Lamp drifted on",
    )
    plan(qa, investigation)

    answer = conclude(qa, investigation, cause_kind="instrument")

    assert corrected.run == "SEQ-8"
    assert refused(answer) == [
        "Methanol of lot BAC-26-002 is of the same run: choose whether it stays valid"
        " or is also invalid."
    ]
    # The control: the run is only what the last value says.
    monkeypatch.setattr(runs, "history", lambda result: [result])
    monkeypatch.setattr(runs, "_of_run", only_as_it_says("SEQ-7"))
    assert conclude(qa, investigation, cause_kind="instrument").status_code == 302


def only_as_it_says(run):
    of_run = runs._of_run
    return lambda lot, result: of_run(lot, result) if result.run == run else None


@pytest.mark.parametrize(
    "typed", [{"run": "SEQ-X"}, {"run": ""}, {"run": "SEQ-X", "day": 1}]
)
def test_failing_value_does_not_leave_its_run_by_a_correction(
    world, lot, investigation, other, at, monkeypatch, typed
):
    """The attack: the value that fails is "corrected" into a run of its own."""
    days = typed.pop("day", 0)
    day = calendar.today(at) - datetime.timedelta(days)
    if days:
        lot.samples.update(taken_on=day)
    _answer, corrected = correct(world, lot, at, "3010", performed_on=day, **typed)

    case = Investigation.objects.get(result=corrected)

    assert of_the_run(case) == ["BAC-26-002"]
    if typed["run"]:
        # The control: the run is only what the last value says.
        monkeypatch.setattr(runs, "history", lambda result: [result])
        assert of_the_run(case) == []


@pytest.mark.parametrize(
    "run", ["seq-7", " SEQ-7", "SEQ\u20117", "SEQ–7", "ＳＥＱ-7", "ЅEQ-7"]
)
def test_run_that_reads_the_same_is_the_same_run(
    world, investigation, at, monkeypatch, run
):
    third = bench.log(world.cast, world, at=at, number="BAC-26-003")

    answer = Grid(world, third, at).post("MEOH", "112", run=run)

    assert answer.status_code == 200
    assert Result.objects.get(test_order__lot=third).run == "SEQ-7"
    assert of_the_run(investigation) == ["BAC-26-003"]
    # The control: the letters as they were typed.
    monkeypatch.setattr(runs, "latin", lambda text: text)
    monkeypatch.setattr(runs, "_DASHES", runs.re.compile("(?!)"))
    assert (runs.key(run) == "SEQ-7") is run.isascii()


def test_value_of_the_run_does_not_come_back_as_a_correction(
    world, qa, investigation, other, at, monkeypatch
):
    """The attack: QA finds the value invalid, and a correction of it waited."""
    first = Result.objects.get(test_order__lot=other)
    Grid(world, other, at).post(
        "MEOH", "110", seen=1, kind="reprocessing", run="SEQ-7",
        reason="The weight was of another vial",
        raw_reference="CDS 2026-118, version 2",
    )  # fmt: skip
    sign_phase_one(
        world,
        investigation,
        answer_instrument="no",
        remark_instrument="Lamp drifted on",
    )
    plan(qa, investigation)
    decided = {
        "cause_kind": "instrument",
        f"finding_{first.pk}": "invalid",
        f"reason_{first.pk}": "Measured after the lamp drifted",
    }

    answer = conclude(qa, investigation, **decided)

    assert refused(answer) == [
        "Methanol of lot BAC-26-002 is of the same run, and a correction of it waits"
        " for a reviewer; ask a reviewer to verify or return it first."
    ]
    # The control: what was found invalid is valid again, from the same run.
    monkeypatch.setattr(runs, "_is_being_corrected", lambda *_: False)
    assert conclude(qa, investigation, **decided).status_code == 302
    bench.confirm(
        world.cast, other, Result.objects.order_by("pk").last(), at=at,
        preparation="The weight was of another vial",
    )  # fmt: skip
    [valid] = [
        one
        for one in evaluator.evaluate(other)
        .of(first.test_order_id)
        .attempts[first.test_id]
        if one.is_valid
    ]
    assert (valid.result.run, valid.result.kind) == ("SEQ-7", "reprocessing")


def test_value_of_a_spoiled_run_is_not_entered_without_its_run(
    world, qa, lot, investigation, at, monkeypatch
):
    """The attack: the run gives no more values, so it is left blank."""
    sign_phase_one(
        world,
        investigation,
        answer_instrument="no",
        remark_instrument="Lamp drifted on",
    )
    plan(qa, investigation)
    assert conclude(qa, investigation, cause_kind="instrument").status_code == 302
    third = bench.log(world.cast, world, at=at, number="BAC-26-003")
    grid = Grid(world, third, at)

    answer = grid.post("MEOH", "112", run="")

    assert refused(answer) == [
        f"Investigation {investigation.number} proved an error of a whole run of"
        f" Methanol on {calendar.today(at)}. Type under “Run or sequence” of which run"
        " this value is."
    ]
    assert not Result.objects.filter(test_order__lot=third).exists()
    # The control.
    monkeypatch.setattr(result_entry, "check_unnamed_runs", lambda *_: None)
    grid.post("MEOH", "112", run="")
    assert Result.objects.filter(test_order__lot=third).exists()


@pytest.mark.parametrize("run", ["SEQ-7", ""])
def test_value_that_stays_valid_can_be_corrected(
    world, qa, investigation, other, at, run
):
    stands = Result.objects.get(test_order__lot=other)
    sign_phase_one(
        world,
        investigation,
        answer_instrument="no",
        remark_instrument="Lamp drifted on",
    )
    plan(qa, investigation)
    answer = conclude(
        qa, investigation, cause_kind="instrument",
        **{
            f"finding_{stands.pk}": "stands",
            f"reason_{stands.pk}": "Measured before the lamp drifted",
        },
    )  # fmt: skip
    assert answer.status_code == 302

    _answer, corrected = correct(world, other, at, "121", run=run)

    assert corrected.replaces == stands


# --- the number of retests is fixed before the first ---------------------------------


@pytest.fixture
def earlier(world, at):
    """An investigation of five days ago that gets its plan today."""
    before = at - datetime.timedelta(days=5)
    lot = bench.log(world.cast, world, at=before, number="BAC-26-001")
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=before)
    investigation = Investigation.objects.get()
    sign_phase_one(world, investigation)
    plan(signed_in(world.cast.chen), investigation)
    return investigation


@pytest.mark.parametrize("kind", ["retest", "remeasurement"])
def test_what_was_done_before_the_plan_is_no_retest(
    world, earlier, at, monkeypatch, kind
):
    """The attack: test until it passes, then plan as many as that took."""
    day = calendar.today(at) - datetime.timedelta(days=3)
    grid = Grid(world, earlier.lot, at)
    typed = {"seen": 1, "kind": kind, "reason": "Planned", "performed_on": day}

    answer = grid.post("MEOH", "112", **typed)

    assert refused(answer)[0] == (
        f"Methanol was performed on {day}, before the retest plan of investigation"
        f" {earlier.number} was set on {calendar.today(at)}. The number of retests is"
        " fixed before the first; test it again, or correct the day."
    )
    assert Result.objects.count() == 1
    # The control.
    monkeypatch.setattr(result_entry, "check_after_plan", lambda *_: None)
    grid.post("MEOH", "112", **typed)
    assert Result.objects.count() == 2


def test_resample_is_of_a_new_sample(world, earlier, at, monkeypatch):
    lot = earlier.lot
    grid = Grid(world, lot, at)
    typed = {"seen": 1, "kind": "resample", "reason": "Planned"}
    old, reserve, new = (
        lot.samples.get(),
        bench.sample(
            lot, number="S-2", taken_on=calendar.today(at) - datetime.timedelta(6),
            by=world.cast.lin, at=at,
        ),
        bench.sample(
            lot, number="S-3", taken_on=calendar.today(at), by=world.cast.lin, at=at
        ),
    )  # fmt: skip

    tested = grid.post("MEOH", "112", sample=old.pk, **typed)
    before = grid.post("MEOH", "112", sample=reserve.pk, **typed)

    assert refused(tested)[0] == (
        f"A resample of Methanol is of a new sample, and {old.number} was tested"
        " before. Choose “Take a sample” on the page of the lot, then choose that"
        " sample above the grid."
    )
    assert refused(before)[0].startswith(
        "A resample of Methanol is of a new sample, and S-2 was taken before"
        f" investigation {earlier.number} was opened on"
    )
    grid.post("MEOH", "112", sample=new.pk, **typed)
    assert Result.objects.get(attempt=2).sample == new
    # The control.
    monkeypatch.setattr(result_entry, "check_after_plan", lambda *_: None)
    grid.post("MEOH", "112", sample=old.pk, **typed | {"seen": 2})
    assert Result.objects.get(attempt=3).sample == old


# --- a reference and a file say something --------------------------------------------


@pytest.mark.parametrize("reference", ["-", "n/a", "N/A", ".", "x", "未检", "?"])
def test_dash_is_no_raw_data(world, lot, at, monkeypatch, reference):
    grid = Grid(world, lot, at)

    answer = grid.post("MEOH", "112", raw_reference=reference)

    assert refused(answer) == [
        f"“{reference}” names no raw data of Methanol. Type the record with its number,"
        " such as “LN-12, page 7”, or leave it blank and attach the file."
    ]
    assert not Result.objects.exists()
    # The control, and what was stored before: it is not submitted.
    with monkeypatch.context() as off:
        off.setattr(validation, "check_raw_reference", lambda *_: None)
        grid.post("MEOH", "112", raw_reference=reference)
    result = Result.objects.get()
    submit = {"test_order": grid.test_order, "results": [result], "by": world.cast.lin}
    with pytest.raises((Refusal, Refusals), match="has no raw data"):
        result_entry.submit(**submit, at=at)
    monkeypatch.setattr(raw_data, "is_named", bool)
    result_entry.submit(**submit, at=at)


def test_file_of_one_letter_proves_nothing(world, qa, investigation, monkeypatch):
    sign_phase_one(world, investigation)
    plan(qa, investigation)
    file = {"evidence": "", "evidence_file": SimpleUploadedFile("photo.txt", b"x \n")}

    answer = conclude(qa, investigation, **file)

    assert refused(answer) == [
        "The file photo.txt is too short to show anything; choose the record that"
        " proves the error."
    ]
    investigation.refresh_from_db()
    assert investigation.closed_at is None
    # The control.
    monkeypatch.setattr(proof, "shows", lambda _content: True)
    file["evidence_file"] = SimpleUploadedFile("photo.txt", b"x \n")
    assert conclude(qa, investigation, **file).status_code == 302


def test_file_of_one_letter_makes_no_run_invalid(world, lot, at, monkeypatch):
    def record():
        return signed_in(world.cast.lin).post(
            f"/lots/{lot.pk}/invalid-runs/new/",
            {
                "run": "SEQ-9",
                "why": "aborted",
                "happened": "The pump stopped at noon",
                "evidence_file": SimpleUploadedFile("log.txt", b"x"),
            },
        )

    assert refused(record()) == [
        "The file log.txt is too short to show anything; choose the record of the run."
    ]
    # The control.
    monkeypatch.setattr(invalid_runs.laboratory_error, "shows", lambda _content: True)
    assert record().status_code == 302
