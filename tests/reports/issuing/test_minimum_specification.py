"""No specification releases a lot for a use below the approved minimum of that use.

The attack is that of the first review: a second in-house code for intrathecal use with
one criterion, by which a lot without results and one with a confirmed endotoxin OOS
were released and certified. By pages, each with a control in which the rule is off.
"""

import pytest
from django.urls import reverse
from django.utils import timezone

from lots import calendar
from lots.demo import bench
from lots.evaluation import completion
from lots.evidence import signatures
from lots.intake import test_orders
from lots.models import (
    AssessmentState,
    Investigation,
    LotStatus,
    ReleaseKept,
    Specification,
)
from lots.release import minimums
from lots.rules.refusal import Refusal, Refusals
from lots.setup import minimum_specifications, specification_versions
from lots.setup.specification_versions import CriterionDraft
from lots.workflow import blockers, tasks
from reports.issuing import certificates, preflight
from reports.models import Certificate
from reports.status import certificate_status, reasons
from tests.lots.pages import (
    PASSWORD,
    issue_address,
    refused,
    shown,
    signed_in,
    ticked,
    words,
)
from tests.lots.setup import specifications

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
STATEMENTS = {
    "batch_record": "BR-1",
    "deviations": "none",
    "justification": "The other tests of this lot do not matter to this code.",
    **ticked("release"),
}


def at_(name, *keys):
    return reverse(name, args=keys)


def draft_by_page(world, code="BAC-IT-LITE", **facts):
    """Draft, by the page, an intrathecal specification of Appearance alone."""
    row = {
        "test": world.tests["APP"].pk,
        "kind": "choice",
        "choices": "White powder",
        "rounding": "half_up",
        "requirement": "every",
    }
    olga = signed_in(world.cast.olga)
    olga.post(
        at_("lots:draft_specification"),
        {
            "material": world.material.pk,
            "code": code,
            "use": "intrathecal",
            "purpose": "release",
            "owner": "in_house",
            "grade": "In-house",
            "compendium": "",
            "effective_on": "2026-01-01",
            "change_reason": "First version",
            "criteria-TOTAL_FORMS": 1,
            "criteria-INITIAL_FORMS": 0,
            **{f"criteria-0-{name}": value for name, value in row.items()},
            **facts,
        },
    )
    return Specification.objects.get(code=code)


def approve_by_page(world, specification):
    chen = signed_in(world.cast.chen)
    page = at_("lots:approve_specification", specification.pk)
    text = specification_versions.specification_text(specification)
    answer = chen.post(page, {"password": PASSWORD, "shown": signatures.shown(text)})
    specification.refresh_from_db()
    return answer


def switch_off(monkeypatch, *, results=True):
    """Switch the rule off: at the approval alone, or wherever it is asked."""
    monkeypatch.setattr(
        minimum_specifications, "against_approval", lambda *_a, **_k: ()
    )
    if results:
        monkeypatch.setattr(completion, "below_minimum", lambda *_a: iter(()))
        monkeypatch.setattr(blockers, "against_minimum", lambda *_a: [])


def release_by_page(world, lot, code):
    chen = signed_in(world.cast.chen)
    page = at_("lots:release", bench.assessment(lot, code).pk)
    reading = chen.get(page)
    found = shown(reading) if 'name="shown"' in reading.content.decode() else "0" * 64
    chen.post(page, {"password": PASSWORD, "shown": found, **STATEMENTS})
    return reading


def issue_by_page(world, lot, code):
    chen = signed_in(world.cast.chen)
    address = issue_address(chen, bench.assessment(lot, code))
    return chen.post(address, ticked("issue"))


def bare(world, at):
    """Return an intrathecal lot of which nothing but the appearance was tested."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-501", use="intrathecal")
    bench.enter(lot, world, {"APP": "White powder"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


def pyrogenic(world, at):
    """Return an intrathecal lot with a confirmed OOS of endotoxins, 4.2 EU/mg."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-502", use="intrathecal")
    values = {**bench.ORAL_RESULTS, **bench.IT_RESULTS, "BET": "4.2"}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.conclude(
        world.cast,
        lot,
        Investigation.objects.get(lot=lot),
        at=at,
        conclusion="not_proven",
        cause="No error found in the laboratory.",
    )
    return lot


def assess(world, lot, specification, at):
    test_orders.add_assessment(
        test_order=lot.test_orders.get(),
        specification=specification,
        by=world.cast.lin,
        at=at,
    )


# --- the attack ---------------------------------------------------------------------


def test_second_code_of_one_criterion_is_refused_with_the_whole_list(world, at):
    lite = draft_by_page(world)

    answer = approve_by_page(world, lite)

    said = refused(answer)
    assert (answer.status_code, lite.state) == (422, "draft")
    asked = Specification.objects.get(code="BAC-IT-MIN").criteria.count()
    assert len([one for one in said if " is missing: BAC-IT-MIN v1" in one]) == (
        asked - 1
    )
    page = words(
        signed_in(world.cast.chen).get(at_("lots:specification_detail", lite.pk))
    )
    assert "Cannot be approved yet" in page
    assert (
        "Bacterial endotoxins is missing: BAC-IT-MIN v1 requires NMT 2.5 EU/mg, on"
        " every lot. Add the test." in page
    )


def test_second_code_is_approved_where_the_rule_is_off(world, at, monkeypatch):
    switch_off(monkeypatch)
    lite = draft_by_page(world)

    assert approve_by_page(world, lite).status_code == 302
    assert lite.state == "approved"


@pytest.mark.parametrize("make", [bare, pyrogenic])
def test_second_code_that_is_there_releases_nothing(world, at, monkeypatch, make):
    """As where it was approved before there was a minimum."""
    with monkeypatch.context() as patched:
        switch_off(patched, results=False)
        approve_by_page(world, draft_by_page(world))
    lot = make(world, timezone.now())

    reading = release_by_page(world, lot, "BAC-IT-LITE")
    issued = issue_by_page(world, lot, "BAC-IT-LITE")

    assert bench.assessment(lot, "BAC-IT-LITE").state == AssessmentState.OPEN
    assert (issued.status_code, Certificate.objects.count()) == (422, 0)
    said = words(reading)
    assert "Not met Every result meets the minimum specification of the use" in said
    if make is pyrogenic:
        assert (
            "Bacterial endotoxins has the valid result 4.2 in test order 1, which fails"
            " NMT 2.5 EU/mg of the minimum specification BAC-IT-MIN v1. No"
            " specification releases the lot for this use; only a proven laboratory"
            " error invalidates the result." in said
        )
    else:
        asked = Specification.objects.get(code="BAC-IT-MIN").criteria.count() - 1
        assert (
            f"{asked} tests have no valid result, and the minimum specification"
            " BAC-IT-MIN v1 requires one of every lot:" in said
        )
    page = words(signed_in(world.cast.chen).get(at_("lots:lot_detail", lot.pk)))
    assert "minimum specification BAC-IT-MIN v1" in page


@pytest.mark.parametrize("make", [bare, pyrogenic])
def test_second_code_releases_and_certifies_where_the_rule_is_off(
    world, at, monkeypatch, make
):
    switch_off(monkeypatch)
    approve_by_page(world, draft_by_page(world))
    lot = make(world, timezone.now())

    release_by_page(world, lot, "BAC-IT-LITE")
    issued = issue_by_page(world, lot, "BAC-IT-LITE")

    assert bench.assessment(lot, "BAC-IT-LITE").state == AssessmentState.RELEASED
    assert refused(issued) == []
    assert Certificate.objects.get().lot == lot


# --- shorter specifications ---------------------------------------------------------


@pytest.fixture
def clean(world, at):
    """An oral lot with every result, reviewed."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-503")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


@pytest.mark.parametrize(
    "facts",
    [{"owner": "pharmacopoeia"}, {"purpose": "retest"}, {"purpose": "stability"}],
)
def test_shorter_specification_is_approved_and_releases_after_our_own(
    world, clean, at, facts
):
    short = specifications.approve(
        world,
        at,
        specifications.draft(
            world,
            at,
            CriterionDraft(world.tests["ASSAY"], "range", "97.0", "103.0"),
            code="BAC-SHORT",
            **facts,
        ),
    )
    occasion = facts.get("purpose", "release")
    order = clean.test_orders.get()
    if occasion != "release":
        assert short not in specification_versions.offered(
            material=world.material, on=calendar.today(at), occasion="release"
        )
        order.occasion = occasion
        order.save(update_fields=["occasion"])
    assess(world, clean, short, at)

    with pytest.raises(Refusal) as refusal:
        bench.release(world.cast, clean, "BAC-SHORT", at=at)
    bench.release(world.cast, clean, "BAC-ORAL", at=at)
    bench.release(world.cast, clean, "BAC-SHORT", at=at)

    assert refusal.value.code == "in-house"
    assert str(refusal.value) == (
        "BAC-SHORT v1 is not enough by itself: lot BAC-26-503 must also be released for"
        " this use against our own specification. Release it against BAC-ORAL v1 first."
    )
    assert bench.assessment(clean, "BAC-SHORT").state == AssessmentState.RELEASED


def test_finer_limit_of_one_code_closes_that_code_alone(world, clean, at):
    fine = specifications.approve(
        world,
        at,
        specifications.draft(
            world,
            at,
            *specifications.rows_of("BAC-ORAL", D90={"high": "50"}),
            code="BAC-ORAL-FINE",
        ),
    )
    assess(world, clean, fine, at)
    bench.conclude(
        world.cast,
        clean,
        Investigation.objects.get(lot=clean),
        at=at,
        conclusion="not_proven",
        cause="It is as coarse as that.",
    )

    bench.release(
        world.cast, clean, "BAC-ORAL", at=at, justification="Coarse is good here."
    )

    assert bench.assessment(clean, "BAC-ORAL-FINE").state == AssessmentState.OPEN
    assert bench.assessment(clean, "BAC-ORAL").state == AssessmentState.RELEASED


def test_result_of_another_test_order_closes_the_use(world, clean, at):
    """A test that no assessment asks, found for information in a later test order."""
    specifications.minimum(
        world,
        at,
        rows=[
            *specifications.rows_of("BAC-ORAL-MIN"),
            CriterionDraft(
                world.tests["PH"], "range", "5.0", "7.0",
                requirement="periodic", every_lots=10,
            ),
        ],
    )  # fmt: skip
    specifications.approve(
        world,
        at,
        specifications.draft(
            world,
            at,
            *specifications.rows_of("BAC-ORAL"),
            CriterionDraft(
                world.tests["PH"], "range", "5.0", "7.0",
                requirement="periodic", every_lots=10,
            ),
        ),
    )  # fmt: skip
    order = test_orders.open_test_order(
        lot=clean, by=world.cast.lin, at=at, occasion="stability"
    )
    bench.enter(clean, world, {"PH": "9.0"}, by=world.cast.lin, at=at, test_order=order)

    with pytest.raises(Refusals) as refusals:
        bench.release(world.cast, clean, "BAC-ORAL", at=at)

    assert Investigation.objects.filter(lot=clean).count() == 1
    assert {one.code for one in refusals.value.refusals} >= {"investigation"}


# --- no minimum, and a stricter one -------------------------------------------------


def retire(world, at, code="BAC-ORAL-MIN"):
    specification_versions.withdraw_specification(
        specification=Specification.objects.filter(code=code).last(),
        by=world.cast.chen,
        at=at,
        reason="Under review",
    )


def test_without_a_minimum_nothing_is_approved_released_or_issued(world, clean, at):
    bench.release(world.cast, clean, "BAC-ORAL", at=at)
    assessment = bench.assessment(clean, "BAC-ORAL")
    assert preflight.preflight(assessment, at=at, shipped="5 kg", order="1") == ()
    other = bench.log(world.cast, world, at=at, number="BAC-26-504")
    bench.enter(other, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, other, at=at)
    retire(world, at)

    found = preflight.preflight(assessment, at=at, shipped="5 kg", order="1")
    with pytest.raises(Refusal) as released:
        bench.release(world.cast, other, "BAC-ORAL", at=at)
    with pytest.raises(Refusal) as approved:
        specifications.approve(world, at, specifications.draft(world, at))
    with pytest.raises(Refusal) as shorter:
        specifications.approve(
            world,
            at,
            specifications.draft(world, at, code="BAC-EP", owner="pharmacopoeia"),
        )

    assert [one.code for one in found] == ["no-minimum"]
    assert {one.value.code for one in (released, approved, shorter)} == {"no-minimum"}


@pytest.fixture
def certified(world, clean, at):
    bench.release(world.cast, clean, "BAC-ORAL", at=at)
    return certificates.issue(
        assessment=bench.assessment(clean, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        shipped="5 kg",
        order="1",
        stated=bench.LABEL,
    )


def worth(certificate):
    found = Certificate.objects.get(pk=certificate.pk)
    listed = Certificate.objects.filter(
        certificate_status.where(certificate_status.code(found)), pk=found.pk
    )
    assert listed.exists()
    return str(certificate_status.code(found))


def waiting(at):
    return list(
        tasks.TASKS["below_minimum"].lots(at=at).values_list("number", flat=True)
    )


@pytest.mark.postgres
def test_stricter_minimum_closes_release_and_issue_and_asks_qa(world, certified, at):
    """Toluene was 20 ppm at most; the certificate stays current."""
    other = bench.log(world.cast, world, at=at, number="BAC-26-505")
    bench.enter(other, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, other, at=at)

    specifications.minimum(world, at, TOL={"high": "100"})

    with pytest.raises(Refusal) as release:
        bench.release(world.cast, other, "BAC-ORAL", at=at)
    found = preflight.preflight(certified.assessment, at=at, shipped="5 kg", order="2")
    assert release.value.code == "below-minimum"
    assert str(release.value) == (
        "BAC-ORAL v1 falls short of the minimum specification BAC-ORAL-MIN v2: Toluene."
        " QA approves a new version of it; then add an assessment against that version."
    )
    assert "below-minimum" in [one.code for one in found]
    assert worth(certified) == "current"
    assert waiting(at) == ["BAC-26-503"]
    chen = signed_in(world.cast.chen)
    listed = words(chen.get(at_("reports:below_minimum")))
    assert f"BAC-26-503 Baclofen Oral BAC-ORAL v1 {certified} Current" in listed
    assert "Releases below a new minimum specification" in words(chen.get("/"))


def test_new_version_that_covers_the_minimum_is_the_way_on(world, certified, at):
    lot = certified.lot
    specifications.minimum(world, at, TOL={"high": "100"})
    second = specifications.approve(
        world,
        at,
        specifications.draft(
            world, at, *specifications.rows_of("BAC-ORAL", TOL={"high": "100"})
        ),
    )

    assess(world, lot, second, at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    assert bench.assessment(lot, "BAC-ORAL").state == AssessmentState.RELEASED
    assert waiting(at) == []


@pytest.mark.postgres
def test_qa_keeps_the_release_by_page_and_the_task_is_done(world, certified, at):
    specifications.minimum(world, at, TOL={"high": "100"})
    chen = signed_in(world.cast.chen)
    page = at_("lots:keep", certified.assessment_id)

    answer = chen.post(
        page,
        {
            "password": PASSWORD,
            "shown": shown(chen.get(page)),
            "reason": "Toluene of this lot is below 20 ppm.",
        },
    )

    kept = ReleaseKept.objects.get()
    assert (answer.status_code, str(kept.minimum)) == (302, "BAC-ORAL-MIN v2")
    assert kept.signature.wording == (
        "Release kept under the minimum specification BAC-ORAL-MIN v2"
    )
    assert (waiting(at), worth(certified)) == ([], "current")
    found = preflight.preflight(certified.assessment, at=at, shipped="5 kg", order="2")
    assert "below-minimum" in [one.code for one in found]
    specifications.minimum(world, at, TOL={"high": "90"})
    assert waiting(at) == ["BAC-26-503"]


@pytest.mark.postgres
def test_certificate_is_under_review_where_a_valid_result_fails_the_new_minimum(
    world, certified, at
):
    specifications.minimum(world, at, MEOH={"high": "100"})

    assert worth(certified) == "under_review"
    [reason] = reasons.why([Certificate.objects.get()])
    assert reason.sentence == reasons.BELOW_MINIMUM
    with pytest.raises(Refusal) as refusal:
        minimums.keep_release(
            assessment=certified.assessment,
            by=world.cast.chen,
            at=at,
            confirmation=world.cast.confirmation(world.cast.chen, at=at),
            shown="",
            reason="It is only methanol.",
        )
    assert refusal.value.code == "minimum-fails"
    assert LotStatus.objects.get(lot=certified.lot).minimum_failed == " oral "


def test_open_assessment_is_complete_no_more_under_a_minimum_that_a_result_fails(
    world, clean, at
):
    assert bench.assessment(clean, "BAC-ORAL").state == AssessmentState.COMPLETE

    specifications.minimum(world, at, MEOH={"high": "100"})

    assert bench.assessment(clean, "BAC-ORAL").state == AssessmentState.OPEN
