"""A laboratory error is proven or it is not: attacks with a cause that says nothing.

Each attack goes through the page, and each has a control that succeeds where its rule
is switched off.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lots.demo import bench
from lots.evaluation import evaluator
from lots.investigations import conduct, proof
from lots.models import Investigation, LotStatus, Result, RunDecision
from lots.rules import laboratory_error
from lots.rules.laboratory_error import CauseKind, Check
from lots.rules.refusal import Refusal
from lots.rules.step_table import NotAllowed
from lots.workflow.tasks import TASKS
from reports.issuing import certificates
from reports.status import certificate_status
from tests.lots.investigations.investigation_page import (
    address,
    conclude,
    plan,
    sign_phase_one,
)
from tests.lots.pages import PASSWORD, refused, shown, signed_in, typed, words
from tests.lots.results.grid import Grid
from tests.lots.situations import ORAL

X = {
    "cause": "x", "cause_kind": "", "evidence": "x", "production": "x",
    "other_lots": "x",
}  # fmt: skip


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def investigation(world, lot, at):
    """An investigation of a failing methanol, in the run SEQ-7."""
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at, run="seq-7")
    return Investigation.objects.get()


@pytest.fixture
def qa(world):
    return signed_in(world.cast.chen)


# --- cause "x" ----------------------------------------------------------------------


def test_cause_x_invalidates_nothing(world, qa, investigation):
    """Without phase I no form is there; with it and a plan, every lack is named."""
    page = qa.get(address(investigation))
    answer = qa.post(
        address(investigation, "conclude/"),
        X | {"conclusion": "proven", "password": PASSWORD, "shown": "0" * 64},
    )

    assert typed(page, "cause") is None
    assert refused(answer)[-1].startswith(
        f"Investigation {investigation.number} has no phase I record yet."
    )

    sign_phase_one(world, investigation)
    answer = conclude(qa, investigation, **X)

    assert answer.status_code == 422
    assert [one.split(".")[0] for one in refused(answer)] == [
        f"Investigation {investigation.number} has no number of retests, and it is"
        " fixed before the first one",
        "Write what happened and how it made this result wrong, as somebody else could"
        " check it: “A 250 mL flask was used for 200 mL”",
        "A proven error needs evidence: name the record with its number, such as"
        " “Logbook HPLC-03, page 41”, or choose a file",
        "Choose the kind of the cause that is proven",
    ]
    assert (typed(answer, "cause"), typed(answer, "evidence")) == ("x", "x")
    investigation.refresh_from_db()
    assert investigation.closed_at is None
    assert not investigation.result.marks.filter(kind="invalidated").exists()


def test_cause_x_closes_nothing_as_not_proven_either(world, qa, investigation):
    sign_phase_one(world, investigation)

    answer = conclude(qa, investigation, **X | {"conclusion": "not_proven"})

    assert [one[:28] for one in refused(answer)] == [
        "Write what was looked at and",
        "Write what the review of pro",
        "Write which other lots were ",
    ]
    investigation.refresh_from_db()
    assert investigation.closed_at is None


def test_control_cause_x_passes_where_nothing_is_asked(
    world, qa, investigation, monkeypatch
):
    monkeypatch.setattr(proof, "check", lambda *_: None)
    sign_phase_one(world, investigation)

    answer = conclude(qa, investigation, **X)

    assert answer.status_code == 302
    investigation.refresh_from_db()
    assert investigation.conclusion == "proven"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", False),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxx", False),
        ("error error error error", False),
        ("lab error", False),
        ("...................... 1 2 3 4", False),
        ("称量错误", False),
        ("称量时天平未校准", True),
        ("The flask leaked", True),
    ],
)
def test_text_that_says_nothing_is_known(text, says):
    assert laboratory_error.tells(text) is says


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("x", False),
        ("seen", False),
        ("12", False),
        ("Logbook HPLC-03, page 41", True),
        ("CAM-2", True),
    ],
)
def test_reference_names_a_record_and_its_number(text, is_one):
    assert laboratory_error.is_reference(text) is is_one


def test_cause_is_of_a_kind_that_phase_one_found(world, qa, investigation):
    """Phase I found the preparation wrong: a sample mixed up is not proven by that."""
    sign_phase_one(world, investigation)
    plan(qa, investigation)

    answer = conclude(qa, investigation, cause_kind="sample")

    assert refused(answer) == [
        "Phase I found nothing wrong under “Sample”, so a cause of the kind “Sample"
        " mixed up, spoiled or contaminated” is not proven. Choose the kind that phase"
        " I found, or have a reviewer sign phase I again."
    ]
    sign_phase_one(
        world, investigation, answer_sample="no", remark_sample="Label of another lot"
    )
    assert conclude(qa, investigation, cause_kind="sample").status_code == 302


def test_file_is_evidence(world, qa, investigation):
    sign_phase_one(world, investigation)
    plan(qa, investigation)
    answer = conclude(
        qa,
        investigation,
        evidence="",
        evidence_file=SimpleUploadedFile("photo.txt", b"The flask of 250 mL, seen"),
    )

    assert answer.status_code == 302
    investigation.refresh_from_db()
    assert investigation.evidence_file.name == "photo.txt"
    assert investigation.evidence_file.sha256 in investigation.signature.text
    assert "photo.txt" in words(qa.get(address(investigation)))


# --- phase I ------------------------------------------------------------------------


@pytest.mark.postgres
def test_phase_one_answers_every_check_and_says_what_is_wrong(world, investigation):
    answer = sign_phase_one(
        world, investigation, answer_sample="", answer_instrument="no"
    )

    assert answer.status_code == 422
    assert refused(answer) == [
        "Sample is missing; choose one.",
        "Write beside “Instrument” what is not in order, or why the check does not"
        " apply.",
    ]
    answer = sign_phase_one(world, investigation, answer_instrument="no")
    assert refused(answer) == [
        "Write beside “Instrument” what is not in order, or why the check does not"
        " apply."
    ]
    assert typed(answer, "answer_instrument") == "no"


@pytest.mark.parametrize("by", ["entered", "performed"])
def test_phase_one_is_not_signed_by_who_worked_on_the_result_or_its_inputs(
    world, lot, at, by
):
    """Of the assay it is asked of who entered the water, too."""
    both, other = world.cast.marek, world.cast.lin
    water = {"by": both} if by == "entered" else {"by": other}
    bench.enter(lot, world, {"WATER": "0.21"}, at=at, **water)
    if by == "performed":
        bench.enter(
            lot, world, {"WATER": "0.22"}, by=other, at=at, kind="transcription",
            reason="Digits exchanged",
        )  # fmt: skip
    bench.enter(lot, world, {"ASSAY": bench.typed("97.0", "97.0")}, by=other, at=at)
    investigation = Investigation.objects.get()
    person = both if by == "entered" else other
    person.roles = ["reviewer"]
    person.save()

    page = signed_in(person).get(address(investigation))
    with pytest.raises(NotAllowed) as caught:
        bench.phase_one(world.cast, lot, investigation, at=at, by=person)

    assert caught.value.code == "independence"
    assert "takes another person" in words(page)
    assert typed(page, "answer_sample") is None
    assert not TASKS["phase_one"].lots(at=at, person=person).exists() or by == "entered"
    bench.phase_one(world.cast, lot, investigation, at=at)


def test_who_signed_phase_one_does_not_release(world, lot, at):
    """As who reviewed; and My work says so."""
    bench.enter(lot, world, {**ORAL, "MEOH": "3001"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at, by=world.cast.tomas)
    investigation = Investigation.objects.get()
    bench.phase_one(
        world.cast, lot, investigation, at=at, preparation="The flask was dirty"
    )
    bench.conclude(
        world.cast, lot, investigation, at=at, conclusion="proven",
        cause="The flask was dirty",
    )  # fmt: skip
    status = LotStatus.objects.get(lot=lot)

    assert f" {world.cast.sofia.pk} " in status.reviewers


@pytest.mark.postgres
def test_phase_one_waits_in_my_work_of_who_may_sign_it(world, lot, investigation, at):
    cast = world.cast

    def waits(task, person):
        return list(TASKS[task].lots(at=at, person=person)) == [
            LotStatus.objects.get(lot=lot)
        ]

    assert waits("phase_one", cast.sofia)
    assert not waits("phase_one", cast.lin)
    assert "Phase I to sign 1" in words(signed_in(cast.sofia).get("/"))
    sign_phase_one(world, investigation)
    assert not waits("phase_one", cast.sofia)
    assert waits("investigation", cast.chen)


# --- the number of retests ----------------------------------------------------------


def test_plan_keeps_to_the_maximum_of_the_site(world, qa, investigation):
    site = investigation.result.laboratory
    site.most_retests = 3
    site.save()

    answer = plan(qa, investigation, planned_retests="4")

    assert refused(answer) == [
        f"{site} allows at most 3 retests in one investigation; plan between 0 and 3."
    ]
    assert f"{site} allows at most 3 retests" in words(answer)
    assert plan(qa, investigation, planned_retests="3").status_code == 302


def test_control_plan_above_the_maximum_passes_where_the_site_allows_it(
    qa, investigation
):
    assert plan(qa, investigation, planned_retests="4").status_code == 302


def test_each_retest_is_printed(world, lot, at):
    """As many as were planned, side by side, whatever they are."""
    bench.enter(lot, world, {**ORAL, "MEOH": "3001"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    investigation = Investigation.objects.get()
    conduct.plan(
        investigation=investigation, by=world.cast.chen, at=at,
        hypothesis="Contaminated vial", planned_retests=3,
    )  # fmt: skip
    for value in ("120", "120", "131"):
        bench.enter(
            lot, world, {"MEOH": value}, by=world.cast.lin, at=at, kind="retest",
            reason="Planned",
        )  # fmt: skip
    bench.conclude(
        world.cast, lot, investigation, at=at, conclusion="proven",
        cause="The vial was dirty",
    )  # fmt: skip
    bench.review(world.cast, lot, at=at)
    bench.release(
        world.cast, lot, "BAC-ORAL", at=at, deviations=investigation.number,
        justification="The error is proven",
    )  # fmt: skip

    certificate = certificates.issue(
        assessment=bench.assessment(lot, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )

    assert '"120; 120; 131"' in certificate.content


# --- the run ------------------------------------------------------------------------


@pytest.fixture
def of_run(world, at):
    """Three more lots: in the run, of the day without a run, and of another run."""
    found = {}
    for number, run in (
        ("BAC-26-002", "SEQ-7"), ("BAC-26-003", ""), ("BAC-26-004", "SEQ-8"),
    ):  # fmt: skip
        other = bench.log(world.cast, world, at=at, number=number)
        bench.enter(other, world, {"MEOH": "112"}, by=world.cast.lin, at=at, run=run)
        found[number] = Result.objects.get(test_order__lot=other)
    return found


@pytest.fixture
def instrument(world, qa, investigation):
    """Phase I found the instrument wrong, and one retest is planned."""
    sign_phase_one(
        world,
        investigation,
        answer_instrument="no",
        remark_instrument="The lamp drifted all day",
    )
    plan(qa, investigation, planned_retests="1")
    return investigation


def decided(results, finding="stands", reason="The standard before it was in order"):
    return {
        key: value
        for result in results
        for key, value in (
            (f"finding_{result.pk}", finding), (f"reason_{result.pk}", reason),
        )
    }  # fmt: skip


def test_cause_of_the_run_asks_about_every_result_of_it(world, qa, instrument, of_run):
    """Passing ones of other lots too; one without a run is asked about as well."""
    answer = conclude(qa, instrument, cause_kind="instrument")

    assert refused(answer) == [
        "Methanol of lot BAC-26-002 is of the same run: choose whether it stays valid"
        " or is also invalid.",
        "Methanol of lot BAC-26-003 is of the same run: choose whether it stays valid"
        " or is also invalid.",
    ]
    answer = conclude(
        qa,
        instrument,
        cause_kind="instrument",
        **decided(list(of_run.values())[:2], reason="x"),
    )
    assert [one.split(":")[1] for one in refused(answer)] == [
        " write why the cause does not touch it, or why it does."
    ] * 2
    assert (
        conclude(
            qa,
            instrument,
            cause_kind="instrument",
            **decided(list(of_run.values())[:2]),
        ).status_code
        == 302
    )
    assert RunDecision.objects.count() == 2
    assert "Stays valid . The standard before it was in order" in words(
        qa.get(address(instrument))
    )


def test_control_cause_that_touches_no_run_asks_about_none(
    world, qa, instrument, of_run, monkeypatch
):
    monkeypatch.setattr(CauseKind.INSTRUMENT, "is_of_run", False)
    monkeypatch.setattr(proof, "OF_RUN", ())

    assert conclude(qa, instrument, cause_kind="instrument").status_code == 302
    assert not RunDecision.objects.exists()


def test_result_that_is_also_invalid_is_tested_again_in_its_own_lot(
    world, qa, instrument, of_run, at
):
    first, second, _ = of_run.values()

    answer = conclude(
        qa,
        instrument,
        cause_kind="instrument",
        **decided([first], "invalid", "Measured after the lamp drifted"),
        **decided([second]),
    )

    assert answer.status_code == 302
    other = first.test_order.lot
    case = Investigation.objects.get(lot=other)
    assert (case.conclusion, case.signature_id) == (
        "proven",
        Investigation.objects.get(pk=instrument.pk).signature_id,
    )
    found = evaluator.evaluate(other).assessments[0].blockers
    assert {"missing", "retests"} <= {blocker.code for blocker in found}
    assert not evaluator.evaluate(second.test_order.lot).investigations
    # The repeat is measured in another run.
    with pytest.raises(Refusal) as caught:
        bench.enter(
            other, world, {"MEOH": "115"}, by=world.cast.lin, at=at, kind="retest",
            reason="Planned", run="SEQ-7",
        )  # fmt: skip
    assert caught.value.code == "run-spoiled"
    bench.enter(
        other, world, {"MEOH": "115"}, by=world.cast.lin, at=at, kind="retest",
        reason="Planned", run="SEQ-9",
    )  # fmt: skip


def test_certificate_that_rests_on_a_result_of_the_run_is_under_review(
    world, lot, qa, at
):
    """A released lot of the run, and the lot whose result failed."""
    cast = world.cast
    sold = bench.log(cast, world, at=at, number="BAC-26-002")
    bench.enter(sold, world, ORAL, by=cast.lin, at=at, run="SEQ-7")
    bench.review(cast, sold, at=at)
    bench.release(cast, sold, "BAC-ORAL", at=at)
    certificate = certificates.issue(
        assessment=bench.assessment(sold, "BAC-ORAL"),
        by=cast.chen,
        at=at,
        stated=bench.LABEL,
    )
    bench.enter(lot, world, {"MEOH": "3001"}, by=cast.lin, at=at, run="SEQ-7")
    investigation = Investigation.objects.get()
    sign_phase_one(
        world,
        investigation,
        answer_standard="no",
        remark_standard="Expired last month, as the label says",
    )
    plan(qa, investigation)
    results = Result.objects.filter(test_order__lot=sold)
    touched = results.get(test__code="MEOH")

    answer = conclude(
        qa,
        investigation,
        cause_kind="standard",
        **decided([one for one in results if one != touched]),
        **decided([touched], "invalid", "Made with the same standard"),
    )

    assert answer.status_code == 302, refused(answer)
    assert certificate_status.code(certificate) == "under_review"


def test_qa_decides_on_no_result_of_the_run_that_they_entered(
    world, lot, qa, instrument, at
):
    other = bench.log(world.cast, world, at=at, number="BAC-26-002")
    marek = world.cast.marek
    bench.enter(other, world, {"MEOH": "112"}, by=marek, at=at, run="SEQ-7")
    marek.roles = ["qa"]
    marek.save()
    result = Result.objects.get(test_order__lot=other)

    answer = conclude(
        signed_in(marek), instrument, cause_kind="instrument", **decided([result])
    )

    assert answer.status_code == 422
    assert "Methanol of BAC-26-002 takes another person" in refused(answer)[0]


@pytest.mark.postgres
def test_run_is_typed_once_above_the_grid_and_kept_in_one_spelling(world, lot, at):
    grid = Grid(world, lot, at)

    page = grid.show(run="seq  12")
    grid.post("WATER", "0.21", run="seq  12")

    test = world.tests["WATER"]
    assert typed(page, "run") == typed(page, f"t{test.pk}-run") == "seq  12"
    assert Result.objects.get().run == "SEQ 12"
    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at, run="seq 12")
    assert Result.objects.filter(run="SEQ 12").count() == 2
    review = signed_in(world.cast.sofia).get(f"{grid.address}review/")
    assert "run SEQ 12" in words(review)


def test_late_result_of_a_spoiled_run_is_refused_beside_its_row(
    world, lot, qa, instrument, at
):
    conclude(qa, instrument, cause_kind="instrument")

    answer = Grid(world, lot, at).post("WATER", "0.21", run="SEQ-7")

    assert answer.status_code == 422
    assert refused(answer)[0].startswith(
        f"No result of run SEQ-7 is taken any more: investigation {instrument.number}"
    )
    assert typed(answer, f"t{world.tests['WATER'].pk}-value1") == "0.21"


def test_wrong_password_keeps_phase_one(world, investigation):
    client = signed_in(world.cast.sofia)
    answer = client.post(
        address(investigation, "phase-one/"),
        {
            **{f"answer_{check}": "yes" for check in Check},
            "remark_sample": "Looked at the label",
            "password": f"not {PASSWORD}",
            "shown": shown(client.get(address(investigation))),
        },
    )

    assert answer.status_code == 422
    assert typed(answer, "remark_sample") == "Looked at the label"
