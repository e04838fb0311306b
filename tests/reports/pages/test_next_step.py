"""The page of a lot says what its next step is and who may take it; My work agrees.

From logging to recall, each situation through the verbs; what the page offers is
compared with what the issue of a certificate would answer where that is next.
"""

import datetime
from types import SimpleNamespace

import pytest

from lots import calendar
from lots.demo import bench
from lots.intake import log
from lots.investigations import conduct
from lots.models import Investigation, Specification
from lots.release import disposition
from lots.results import result_review
from lots.setup import qualifications
from lots.workflow.tasks import TASKS
from reports.issuing import certificates, preflight
from tests.lots import causes
from tests.lots.pages import signed_in, words
from tests.lots.setup.qualified import expiring
from tests.reports.conftest import ORAL

DAY = datetime.timedelta(1)
# What PostgreSQL could find otherwise: written in SQL, or matched word by word.
IN_SQL = (
    "higher minimum",
    "qualification of a grandparent alone",
    "withdrawn alternative use of a parent",
)


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


def tested(world, lot, *, at, **values):
    bench.enter(lot, world, {**ORAL, **values}, by=world.cast.lin, at=at)


def reviewed(world, lot, *, at, **values):
    tested(world, lot, at=at, **values)
    bench.review(world.cast, lot, at=at)


def not_proven(world, lot, *, at):
    case = Investigation.objects.get(lot=lot)
    if case.planned_retests is None:
        conduct.plan(
            investigation=case,
            by=world.cast.chen,
            at=at,
            hypothesis="Dilution error",
            planned_retests=0,
        )
    bench.conclude(
        world.cast, lot, case, at=at, conclusion="not_proven", cause="None was found"
    )


def released(world, lot, *, at):
    reviewed(world, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    return bench.assessment(lot, "BAC-ORAL")


def next_step(world, lot, username="chen"):
    """Return what the page says after “Next:”, to somebody of QA."""
    answer = signed_in(world.cast.people[username]).get(f"/lots/{lot.pk}/")
    step = answer.context["next_step"]
    assert str(step.words) in words(answer, of="release")
    return str(step.words), step.who


def tasks(world, lot, username="chen"):
    """Return the tasks of My work in which this person finds the lot."""
    answer = signed_in(world.cast.people[username]).get("/")
    return {
        each["code"]
        for each in answer.context["waiting"]
        if lot.number in {one["number"] for one in each["lots"]}
    }


def test_sample_comes_before_the_first_result(world, at):
    lot = log.log_lot(
        by=world.cast.lin,
        at=at,
        facts=bench.facts_of_lot(world, at=at, number="BAC-26-002"),
    )

    page = signed_in(world.cast.lin).get(f"/lots/{lot.pk}/")

    assert page.context["next_step"].address == f"/lots/{lot.pk}/samples/new/"
    assert next_step(world, lot) == (
        "The lot has no sample yet: take one, then enter the results.",
        "an analyst",
    )
    assert tasks(world, lot, "lin") == {"to_enter"}
    bench.sample(
        lot, number="S-2", taken_on=lot.manufactured_on, by=world.cast.lin, at=at
    )
    assert next_step(world, lot)[0] == "23 results are missing."


def test_values_of_another_manufacturer_need_no_sample_first(world, at):
    lot = log.log_lot(
        by=world.cast.lin,
        at=at,
        facts=bench.facts_of_lot(
            world, at=at, number="BAC-26-002", process="Taihu process T-3",
            **world.bought,
        ),
    )  # fmt: skip

    assert next_step(world, lot)[0] == "23 results are missing."


def test_what_was_sent_back_is_corrected_or_submitted_again(world, lot, at):
    tested(world, lot, at=at)
    test_order = lot.test_orders.get()
    result_review.send_back(
        test_order=test_order,
        results=list(test_order.results.filter(test__code="MEOH")),
        by=world.cast.sofia,
        at=at,
        reason="No chromatogram",
    )
    bench.review(world.cast, lot, at=at)

    assert next_step(world, lot) == (
        "1 result was returned: correct it, or submit it again.",
        "an analyst",
    )
    assert tasks(world, lot, "lin") == {"returned"}


def test_a_fail_that_stands_waits_for_the_decision_of_qa(world, lot, at):
    reviewed(world, lot, at=at, ASSAY=bench.typed("97.0", "97.2"))
    not_proven(world, lot, at=at)

    assert next_step(world, lot) == (
        "OOS confirmed: refuse the release, or reject the lot.",
        "QA",
    )
    # What the reviewer signed as an exception waits for QA beside it.
    assert tasks(world, lot) == {"exceptions", "failing"}
    assert tasks(world, lot, "lin") == set()

    bench.refuse(world.cast, lot, "BAC-ORAL", at=at, reason="Assay 97.1")

    assert next_step(world, lot) == (
        "Release refused: reject the lot, or add an assessment that it may pass.",
        "QA",
    )
    assert tasks(world, lot) == set()


def test_nothing_more_is_to_be_entered_for_what_cannot_pass(world, lot, at):
    some = {code: value for code, value in ORAL.items() if code != "TAMC"}
    bench.enter(lot, world, {**some, "MEOH": "3200"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    before = next_step(world, lot)
    not_proven(world, lot, at=at)

    assert before == (
        "An investigation is open: a reviewer signs phase I.", "a reviewer"
    )  # fmt: skip
    assert next_step(world, lot)[0].startswith("OOS confirmed")
    assert tasks(world, lot, "lin") == set()


def test_a_fail_waits_for_phase_one_and_then_for_qa(world, lot, at):
    tested(world, lot, at=at, MEOH="3200")

    assert tasks(world, lot, "sofia") == {"phase_one", "to_review"}
    assert tasks(world, lot) == {"investigation"}
    assert tasks(world, lot, "lin") == set()
    page = words(signed_in(world.cast.chen).get("/"))
    assert "Investigations open 1 Lot Use What is needed Working days open" in page
    bench.phase_one(world.cast, lot, Investigation.objects.get(), at=at)

    assert tasks(world, lot, "sofia") == {"to_review"}
    assert tasks(world, lot) == {"investigation"}


def test_a_hold_of_anybody_waits_for_qa_until_it_ends(world, lot, at):
    disposition.hold(lot=lot, by=world.cast.sofia, at=at, reason="Two labels differ")

    assert tasks(world, lot) == {"on_hold"}
    assert "on_hold" not in tasks(world, lot, "sofia")
    assert "Holds to decide 1 Lot Use What is needed Working days in state" in words(
        signed_in(world.cast.chen).get("/")
    )

    bench.decide(world.cast, disposition.resume, lot, at=at, reason="Compared")
    assert tasks(world, lot) == set()


def test_an_undecided_result_waits_for_its_correction(world, lot, at):
    reviewed(world, lot, at=at, IMPA="<0.30")

    assert next_step(world, lot) == (
        "A result is undecided: correct it, or open an investigation.",
        "an analyst",
    )
    assert tasks(world, lot, "lin") == {"undecided"}
    assert tasks(world, lot) == {"exceptions", "undecided"}


def test_after_the_release_a_certificate_is_issued_and_then_nothing_waits(
    world, lot, at
):
    assessment = released(world, lot, at=at)

    assert next_step(world, lot) == ("Released: a certificate can be issued.", "QA")
    assert tasks(world, lot) == {"to_certify"}
    page = signed_in(world.cast.chen).get(f"/lots/{lot.pk}/")
    address = page.context["next_step"].address
    assert address == f"/assessments/{assessment.pk}/issue/"

    certificates.issue(
        assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
    )

    assert next_step(world, lot) == ("Released and certified. Nothing to do.", "")
    assert tasks(world, lot) == set()


def test_a_release_whose_qualification_is_suspended_offers_no_certificate(
    world, lot, at
):
    assessment = released(world, lot, at=at)
    qualifications.suspend_qualification(
        qualification=lot.qualification,
        by=world.cast.olga,
        at=at,
        since=calendar.today(at),
        reason="Audit",
    )

    with pytest.raises(certificates.NotIssuable) as caught:
        certificates.issue(
            assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
        )

    said, who = next_step(world, lot)
    assert said.endswith("is suspended: Audit.")
    assert said in map(str, caught.value.refusals)
    assert (who, tasks(world, lot)) == ("QA", set())


@pytest.mark.parametrize(
    "cause",
    [
        pytest.param(one, marks=pytest.mark.postgres if one in IN_SQL else ())
        for one in causes.CAUSES
    ],
)
def test_my_work_offers_the_certificates_that_can_be_issued(world, at, cause):
    """One evaluation: what closes the issue takes the lot out of its task."""
    case = SimpleNamespace(world=world, cast=world.cast, at=at)
    make, close, open_again = causes.CAUSES[cause]
    lot = make(case)
    causes.release(case, lot)
    assessment = bench.assessment(lot, "BAC-ORAL")

    def offered():
        lots = TASKS["to_certify"].lots(at=at, person=world.cast.chen)
        return assessment.lot_id in lots.values_list("pk", flat=True)

    def issued():
        assessment.refresh_from_db()
        return not preflight.preflight(assessment, at=at)

    assert (offered(), issued()) == (True, True)
    close(case, lot)
    # What was signed with the release is printed, whatever is approved since.
    is_open = cause == "printed identity"
    assert (offered(), issued()) == (is_open, is_open)
    if open_again:
        open_again(case, lot)
        assert (offered(), issued()) == (True, True)


def test_a_certified_release_does_not_offer_what_the_other_one_is_refused(world, at):
    """The use of one of two releases was withdrawn: it alone lacks a certificate."""
    case = SimpleNamespace(world=world, cast=world.cast, at=at)
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number=causes.NUMBER,
        use="intrathecal",
        specifications=Specification.objects.filter(code__in=["BAC-IT", "BAC-ORAL"]),
    )
    values = {**ORAL, **bench.IT_RESULTS}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-IT", at=at)
    causes.release(case, lot)
    certificates.issue(
        assessment=bench.assessment(lot, "BAC-IT"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )
    assert tasks(world, lot) == {"to_certify"}

    causes.end_alternative_use(case, lot)

    assert preflight.preflight(bench.assessment(lot, "BAC-ORAL"), at=at)
    assert tasks(world, lot) == set()


@pytest.mark.parametrize("days", [1, 200])
def test_a_release_whose_date_has_passed_leads_to_a_retest(world, at, days):
    long_ago = at - (days + 3) * DAY
    lot = bench.log(
        world.cast,
        world,
        at=long_ago,
        number="BAC-26-002",
        date_on=calendar.today(at - days * DAY),
    )
    released(world, lot, at=long_ago)

    said, who = next_step(world, lot)

    assert said.endswith("has passed; open a retest of the lot.")
    assert who == "an analyst / QA"
    assert tasks(world, lot) == tasks(world, lot, "lin") == {"retest_due"}


def test_a_release_that_has_expired_leads_to_no_retest(world, at):
    long_ago = at - 4 * DAY
    expired = calendar.today(at - DAY)
    lot = bench.log(
        world.cast, world, at=long_ago, number="BAC-26-003", date_on=expired,
        **expiring(world, long_ago),
    )  # fmt: skip
    released(world, lot, at=long_ago)

    assert next_step(world, lot) == (
        f"The expiry date of lot BAC-26-003, {expired}, has passed, and no retest"
        " extends it: the lot can no longer be released or certified.",
        "",
    )
    assert tasks(world, lot) == {"retest_due"}


def test_what_was_released_before_a_recall_or_a_hold_is_not_headed_released(
    world, lot, at
):
    released(world, lot, at=at)

    def heading():
        answer = signed_in(world.cast.chen).get(f"/lots/{lot.pk}/")
        return words(answer, of="release")

    assert heading().startswith("Released: Oral")
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Drum damaged")
    assert heading().startswith("On hold: do not use Previously released for: Oral")
    bench.decide(world.cast, disposition.recall, lot, at=at, reason="Damaged")
    assert heading().startswith("Recalled: do not use Previously released for: Oral")
    assert "Previously released" in heading()
