"""What a further value may replace: attacks with the kinds that people confuse.

Each attack goes through the page, and each has a control that succeeds where its rule
is switched off.
"""

import pytest

from lots.demo import bench
from lots.evaluation import evaluator
from lots.investigations import conduct
from lots.models import InvalidRun, Investigation, PhaseOne, Result
from lots.results import invalid_runs, result_entry, validation
from lots.rules.laboratory_error import Check
from lots.rules.step_table import NotAllowed
from reports.issuing import certificates
from tests.lots.pages import PASSWORD, refused, shown, signed_in, ticked, typed, words
from tests.lots.results.grid import Grid
from tests.lots.situations import ORAL


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def plan(world, at, retests=1):
    conduct.plan(
        investigation=Investigation.objects.get(),
        by=world.cast.chen,
        at=at,
        hypothesis="The flask was of another volume",
        planned_retests=retests,
    )


def again(world, lot, at, code, value, kind, **more):
    """Enter a further value of the test and submit it where nothing waits for it."""
    return bench.enter(
        lot, world, {code: value}, by=world.cast.lin, at=at, kind=kind,
        **{"reason": "Planned in the investigation", **more},
    )  # fmt: skip


# --- re-measurement -----------------------------------------------------------------


@pytest.fixture
def remeasured(world, lot, at):
    """Impurity A fails with 0.3; the preparation that was wrong, measured again."""
    bench.enter(lot, world, {**ORAL, "IMPA": "0.30"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    plan(world, at)
    again(world, lot, at, "IMPA", "0.18", "remeasurement")
    return lot


def prove_and_retest(world, lot, at):
    bench.conclude(
        world.cast, lot, Investigation.objects.get(), at=at, conclusion="proven",
        cause="The flask was of another volume",
    )  # fmt: skip
    again(world, lot, at, "IMPA", "0.05", "retest")
    bench.review(world.cast, lot, at=at)


def printed(world, lot, at):
    bench.release(
        world.cast, lot, "BAC-ORAL", at=at,
        deviations=Investigation.objects.get().number, justification="Proven",
    )  # fmt: skip
    return certificates.issue(
        assessment=bench.assessment(lot, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    ).content


def test_remeasurement_of_the_wrong_preparation_is_not_printed(world, remeasured, at):
    prove_and_retest(world, remeasured, at)

    content = printed(world, remeasured, at)

    assert '"result":"0.05"' in content
    assert "0.18" not in content


def test_control_remeasurement_is_printed_where_it_counts_as_a_result(
    world, remeasured, at, monkeypatch
):
    monkeypatch.setattr(Result, "serves_hypothesis", False)
    prove_and_retest(world, remeasured, at)

    assert '"result":"0.18; 0.05"' in printed(world, remeasured, at)


def test_remeasurement_that_passes_takes_no_place_of_a_result(world, remeasured, at):
    """Without the retest, the test has no result in place of the invalid one."""
    bench.conclude(
        world.cast, remeasured, Investigation.objects.get(), at=at,
        conclusion="proven", cause="The flask was of another volume",
    )  # fmt: skip

    one = evaluator.evaluate(remeasured).assessments[0]

    assert {"missing", "retests"} <= {blocker.code for blocker in one.blockers}
    page = signed_in(world.cast.lin).get(f"/lots/{remeasured.pk}/")
    assert "tests the hypothesis, never reportable" in words(page)


def test_remeasurement_that_fails_opens_no_investigation(world, remeasured, at):
    again_fails = Result.objects.filter(kind="remeasurement")
    assert again_fails.count() == 1
    bench.conclude(
        world.cast, remeasured, Investigation.objects.get(), at=at,
        conclusion="proven", cause="The flask was of another volume",
    )  # fmt: skip

    assert Investigation.objects.count() == 1


def test_remeasurement_without_an_investigation_is_refused_in_the_row(world, lot, at):
    """So that 0.3 is not measured until it pleases."""
    grid = Grid(world, lot, at)
    grid.post("MEOH", "112")

    answer = grid.post("MEOH", "90", seen=1, kind="remeasurement", reason="Once more")

    assert answer.status_code == 422
    assert refused(answer) == [
        "A re-measurement of Methanol needs an investigation with a retest plan, and"
        " none is open. If the value was typed wrongly, choose “Transcription"
        " correction”; if a weight, a dilution factor or the integration was wrong,"
        " “Data reprocessing”."
    ]


# --- reprocessing -------------------------------------------------------------------


@pytest.fixture
def reprocessed(world, lot, at):
    """A failing methanol, worked out again with the right weight."""
    bench.enter(lot, world, {**ORAL, "MEOH": "3001"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    grid = Grid(world, lot, at)
    answer = grid.post(
        "MEOH", "300", seen=1, kind="reprocessing",
        reason="The weight of another vial was used",
        raw_reference="CDS result 118, version 2",
    )  # fmt: skip
    assert answer.status_code == 200, refused(answer)
    return Result.objects.get(kind="reprocessing")


def confirm(world, result, **answers):
    client = signed_in(world.cast.sofia)
    page = f"/results/{result.pk}/confirm/"
    values = dict.fromkeys((f"answer_{check}" for check in Check), "yes")
    return client.post(
        page,
        {
            **values,
            "answer_calculation": "no",
            "remark_calculation": "The weight is that of vial 12",
            "password": PASSWORD,
            "shown": shown(client.get(page)),
            **ticked("confirm_correction"),
            **answers,
        },
    )


def test_reprocessed_value_counts_once_a_reviewer_signed_both_with_phase_one(
    world, lot, reprocessed, at
):
    before = evaluator.evaluate(lot).assessments[0]
    assert {"fails", "unconfirmed"} <= {blocker.code for blocker in before.blockers}

    answer = confirm(world, reprocessed)

    assert answer.status_code == 302, refused(answer)
    record = PhaseOne.objects.get()
    assert record.result == reprocessed.replaces
    assert record.signature.by == world.cast.sofia
    case = Investigation.objects.get()
    assert case.cause == "Data reprocessed, both values compared with the raw data"
    result_entry.submit(
        test_order=lot.test_orders.get(), results=[reprocessed], by=world.cast.lin,
        at=at,
    )  # fmt: skip
    bench.review(world.cast, lot, at=at)
    content = printed(world, lot, at)
    assert "worked out with a wrong weight, dilution factor or integration" in content
    assert f"{case.number} (Methanol: data reprocessed, compared and confirmed)" in (
        content
    )


def test_reprocessing_of_nothing_wrong_is_refused(world, reprocessed):
    """An integration that only pleases more is none."""
    answer = confirm(world, reprocessed, answer_calculation="yes")

    assert answer.status_code == 422
    assert refused(answer) == [
        "Phase I finds nothing wrong with the first value of Methanol, so it is not"
        " reprocessed. Say what was not in order, or return the correction."
    ]
    assert not PhaseOne.objects.exists()
    assert typed(answer, "remark_calculation") == "The weight is that of vial 12"


def test_control_reprocessing_passes_where_phase_one_is_not_asked(
    world, reprocessed, monkeypatch
):
    monkeypatch.setattr(
        "lots.results.result_review._check_reprocessed", lambda *_: None
    )

    assert confirm(world, reprocessed, answer_calculation="yes").status_code == 302


def test_reprocessing_of_a_passing_value_waits_for_a_reviewer_too(world, lot, at):
    grid = Grid(world, lot, at)
    grid.post("MEOH", "112")

    grid.post(
        "MEOH", "90", seen=1, kind="reprocessing",
        reason="The baseline was drawn too low", raw_reference="CDS 118, version 2",
    )  # fmt: skip

    assert Result.objects.get(kind="reprocessing").needs_confirmation
    assert lot.status.__class__.objects.get(pk=lot.pk).to_confirm == 1


def test_reprocessing_says_what_was_wrong_and_names_its_raw_data(world, lot, at):
    grid = Grid(world, lot, at)
    grid.post("MEOH", "112")

    answer = grid.post("MEOH", "90", seen=1, kind="reprocessing", reason="x")
    assert refused(answer) == [
        "Write which weight, dilution factor or integration of Methanol was wrong, and"
        " what is right."
    ]
    answer = grid.post(
        "MEOH",
        "90",
        seen=1,
        kind="reprocessing",
        reason="The weight was of another vial",
        raw_reference="",
    )
    assert [one[:36] for one in refused(answer)] == [
        "Name the raw data of the new process"
    ]


def test_who_entered_either_value_does_not_sign_them(world, reprocessed, at):
    world.cast.lin.roles = ["reviewer"]
    world.cast.lin.save()

    with pytest.raises(NotAllowed) as caught:
        bench.confirm(
            world.cast, reprocessed.test_order.lot, reprocessed, at=at,
            by=world.cast.lin,
        )  # fmt: skip

    assert caught.value.code == "independence"


# --- invalid runs -------------------------------------------------------------------


def record_run(world, lot, **facts):
    return signed_in(world.cast.lin).post(
        f"/lots/{lot.pk}/invalid-runs/new/",
        {
            "run": "seq-7",
            "why": "suitability",
            "happened": "Tailing 2.3, at most 1.5 is allowed",
            "evidence": "CDS sequence 2026-118",
            **facts,
        },
    )


def test_invalid_run_gives_no_value_and_the_repeat_does(world, lot, at):
    other = bench.log(world.cast, world, at=at, number="BAC-26-002")

    answer = record_run(world, lot, others="BAC-26-002")

    assert answer.status_code == 302, refused(answer)
    assert {one.lot for one in InvalidRun.objects.all()} == {lot, other}
    for each in (lot, other):
        grid = Grid(world, each, at)
        answer = grid.post("MEOH", "112", run="SEQ-7")
        assert answer.status_code == 422
        assert refused(answer) == [
            "Run SEQ-7 is recorded as invalid, so it gives no value of Methanol. Name"
            " the run of the repeat under “Run or sequence”."
        ]
        assert grid.post("MEOH", "112", run="SEQ-8").status_code == 200
        page = signed_in(world.cast.sofia).get(f"{grid.address}review/")
        assert "SEQ-7" in words(page)
        assert "Tailing 2.3" in words(
            signed_in(world.cast.lin).get(f"/lots/{each.pk}/documents/")
        )


def test_control_value_of_an_invalid_run_is_stored_where_nobody_asks(
    world, lot, at, monkeypatch
):
    record_run(world, lot)
    monkeypatch.setattr(validation, "check_run", lambda *_: None)

    assert Grid(world, lot, at).post("MEOH", "112", run="SEQ-7").status_code == 200


def test_run_is_not_called_invalid_once_a_value_of_it_is_stored(world, lot, at):
    """A failing run would be unsuitable afterwards."""
    Grid(world, lot, at).post("MEOH", "3001", run="SEQ-7")

    answer = record_run(world, lot)

    assert answer.status_code == 422
    assert refused(answer) == [
        "Run SEQ-7 already has 1 stored values, so it is not recorded as invalid any"
        " more. If a value of it is wrong, an investigation proves the error and"
        " decides on each result of the run."
    ]
    assert typed(answer, "happened") == "Tailing 2.3, at most 1.5 is allowed"
    assert not InvalidRun.objects.exists()


def test_invalid_run_needs_evidence_and_says_what_happened(world, lot):
    answer = record_run(world, lot, happened="x", evidence="x", others="BAC-1")

    assert [one[:24] for one in refused(answer)] == [
        "Write what happened, as ", "An invalid run needs evi",
        "BAC-1: no lot has this n",
    ]  # fmt: skip


def test_reviewer_signs_the_invalid_runs_of_the_lot(world, lot, at):
    record_run(world, lot)
    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at)

    signature = bench.review(world.cast, lot, at=at)

    assert "Tailing 2.3" in signature.text


@pytest.fixture
def confirmed_oos(world, lot, at):
    """Methanol failed in run SEQ-7, and the investigation found no laboratory error."""
    Grid(world, lot, at).post("MEOH", "3001", run="SEQ-7")
    bench.submit(lot, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.conclude(
        world.cast, lot, Investigation.objects.get(), at=at, conclusion="not_proven",
        cause="No error found",
    )  # fmt: skip
    return lot


@pytest.mark.parametrize(
    "run", ["SEQ-7", "seq-7", " SEQ\N{EN DASH}7 ", "S\N{CYRILLIC CAPITAL LETTER IE}Q-7"]
)
def test_run_of_a_confirmed_oos_is_not_called_invalid(world, confirmed_oos, run):
    answer = record_run(world, confirmed_oos, run=run)

    assert answer.status_code == 422
    assert "an investigation proves the error" in refused(answer)[0]
    assert not InvalidRun.objects.exists()


@pytest.mark.parametrize("run", ["SEQ-7/2", "SEQ-8"])
def test_another_run_called_invalid_takes_no_confirmed_oos_away(
    world, confirmed_oos, at, run
):
    """Whatever the record says: the value fails, and its repeat is no first result."""
    record_run(world, confirmed_oos, run=run)

    repeats = [
        Grid(world, confirmed_oos, at).post(
            "MEOH", "112", seen=1, run="SEQ-9", kind=kind, reason="Run invalid"
        )
        for kind in ("first", "retest", "transcription")
    ]

    assert [one.status_code for one in repeats] == [422, 422, 422]
    assert Result.objects.filter(test__code="MEOH").count() == 1
    status = confirmed_oos.status
    status.refresh_from_db()
    assert (status.stage, status.to_release) == ("failing", 0)
    assert " oral " in status.failing_uses


def test_control_run_of_a_confirmed_oos_is_recorded_where_nobody_asks(
    world, confirmed_oos, monkeypatch
):
    monkeypatch.setattr(invalid_runs, "_check", lambda *_: None)

    assert record_run(world, confirmed_oos).status_code == 302
    assert InvalidRun.objects.get().run == Result.objects.get(attempt=1).run
