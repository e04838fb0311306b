"""Nothing waits with nobody: each thing that waits is in the work of who can do it.

With its age. Work that no person of the role can take is told to QA and administrators.
"""

import datetime
import re

import pytest
from django.apps import apps

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.evaluation import evaluator
from lots.evidence import audit
from lots.evidence.documents import Upload
from lots.imports import map_approval
from lots.intake import test_orders
from lots.models import LotState, LotStatus, Purpose, Role, Specification
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules.states import WAITING, Stage
from lots.setup import (
    alternative_uses,
    certificate_headers,
    materials,
    methods,
    qualifications,
    specification_versions,
)
from lots.workflow import drafts, lot_stage, lot_status, tasks
from reports.issuing import certificates
from tests.lots import causes
from tests.lots.accounts import members
from tests.lots.imports import files
from tests.lots.pages import signed_in, words
from tests.lots.setup import specifications

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
DAYS = 14


@pytest.fixture
def before(at):
    """Two weeks ago, ten working days."""
    return at - datetime.timedelta(days=DAYS)


class Story:
    """A lot brought to where something waits, two weeks ago."""

    def __init__(self, world, at):
        self.world, self.cast, self.at = world, world.cast, at
        self.lot = bench.log(world.cast, world, at=at, number="BAC-26-700")

    def enter(self, *, submit=True, **values):
        return bench.enter(
            self.lot,
            self.world,
            {**ORAL, **values},
            by=self.cast.lin,
            at=self.at,
            submit=submit,
        )

    def review(self):
        bench.review(self.cast, self.lot, at=self.at)

    def release(self, **more):
        self.enter()
        self.review()
        return bench.release(self.cast, self.lot, "BAC-ORAL", at=self.at, **more)

    def conclude(self):
        bench.conclude(
            self.cast, self.lot, self.lot.investigations.get(), at=self.at,
            conclusion="not_proven", cause="No error found",
        )  # fmt: skip


# --- lots ---------------------------------------------------------------------------


def returned(story):
    results = bench.enter(
        story.lot, story.world, {"MEOH": "112"}, by=story.cast.lin, at=story.at
    )
    result_review.send_back(
        test_order=story.lot.test_orders.get(), results=results, by=story.cast.sofia,
        at=story.at, reason="No chromatogram",
    )  # fmt: skip


def spared(story):
    """The elements of an earlier lot, which wait for review, spare it theirs."""
    story.enter()
    story.lot = bench.log(story.cast, story.world, at=story.at, number="BAC-26-701")
    bench.enter(
        story.lot, story.world, bench.ORAL_RESULTS, by=story.cast.lin, at=story.at
    )
    story.review()


def undecided(story):
    story.enter(D90="<300")
    story.review()


def investigated(story):
    story.enter(MEOH="3200")


def failing(story):
    investigated(story)
    story.review()
    story.conclude()


def to_release(story):
    story.enter()
    story.review()


def blocked(story):
    to_release(story)
    causes.suspend(story, story.lot)


def past_its_date(story):
    """Complete on its last day, which nobody used."""
    last = calendar.today(story.at)
    story.lot = bench.log(
        story.cast, story.world, at=story.at, number="BAC-26-702", date_on=last,
        manufactured_on=last - datetime.timedelta(days=100),
    )  # fmt: skip
    to_release(story)


def held(story):
    disposition.hold(lot=story.lot, by=story.cast.lin, at=story.at, reason="Odour")


# Each stage in which a lot waits: how it gets there, the task, and one who can do it.
STAGES = {
    Stage.TO_ENTER: (lambda story: None, "Results to enter", "marek"),
    Stage.TO_SUBMIT: (
        lambda story: story.enter(submit=False),
        "To submit",
        "marek",
    ),
    Stage.RETURNED: (returned, "Returned", "lin"),
    Stage.TO_REVIEW: (lambda story: story.enter(), "To review", "sofia"),
    Stage.WAITS: (spared, "Waiting for an earlier lot", "marek"),
    Stage.UNDECIDED: (undecided, "Undecided results", "chen"),
    Stage.INVESTIGATION: (investigated, "Phase I to sign", "sofia"),
    Stage.FAILING: (failing, "Confirmed OOS to decide", "chen"),
    Stage.TO_RELEASE: (to_release, "To release", "chen"),
    Stage.BLOCKED: (blocked, "Releases blocked", "chen"),
    Stage.DATE_PASSED: (past_its_date, "Retest or expiry dates due", "chen"),
    Stage.ON_HOLD: (held, "Holds to decide", "chen"),
}


def section(person, heading):
    """Return the text of the panel of My work with this heading, blank if none."""
    body = signed_in(person).get("/").content.decode()
    for panel in re.findall(r"<section.*?</section>", body, re.DOTALL):
        text = " ".join(re.sub(r"<[^>]*>", " ", panel).split())
        if text.startswith(heading):
            return text
    return ""


def aged(said, lot, age):
    """Return whether the last row has this age, then its button."""
    return re.search(rf" {age} [A-Z][a-z ]+ {lot.number}$", said)


def working_days(since, until):
    first, last = calendar.today(since), calendar.today(until)
    days = (first + datetime.timedelta(n) for n in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 for day in days)


@pytest.mark.postgres
@pytest.mark.parametrize("stage", WAITING)
def test_lot_in_each_stage_that_waits_is_in_the_work_of_somebody(
    world, at, before, stage
):
    bring, task, who = STAGES[stage]
    story = Story(world, before)
    bring(story)

    assert lot_stage.of(LotStatus.objects.get(lot=story.lot)) == stage
    said = section(world.cast.people[who], task)
    assert story.lot.number in said
    age = "Overdue" if stage == Stage.DATE_PASSED else working_days(before, at)
    assert aged(said, story.lot, age)


def test_no_stage_or_state_in_which_nobody_is_asked_is_forgotten():
    """Released, refused and what was decided for good wait for nobody."""
    decided = {one for one in LotState if not one.is_live}
    assert {*WAITING, Stage.RELEASED, Stage.REFUSED, *map(Stage.of, decided)} == {
        *Stage
    }


def investigation_concluded_later(story):
    """A stability point of the released lot fails, and it is no laboratory error."""
    story.release()
    test_order = test_orders.open_test_order(
        lot=story.lot, by=story.cast.chen, at=story.at, occasion="stability"
    )
    bench.enter(
        story.lot, story.world, {"MEOH": "3200"}, by=story.cast.lin, at=story.at,
        test_order=test_order,
    )  # fmt: skip
    story.conclude()


def test_release_that_a_later_result_contradicts_waits_for_qa(world, at, before):
    story = Story(world, before)
    investigation_concluded_later(story)

    said = section(world.cast.chen, "Releases that a later result contradicts")
    assert "BAC-26-700" in said
    assert aged(said, story.lot, working_days(before, at))


# --- exceptions of a review ---------------------------------------------------------


def entered_late(story):
    earlier = calendar.today(story.at) - datetime.timedelta(days=4)
    with audit.act(by=story.cast.lin, at=story.at, action="enter") as act:
        rows = evaluator.load(act.lock(story.lot))
        stored, evaluation = result_entry.store(
            act, rows, test_order_id=story.lot.test_orders.get().pk,
            entries=[
                result_entry.Entry(
                    test=story.world.tests["APP"],
                    determinations=bench.typed("White powder"),
                    performed_by=story.cast.lin,
                    performed_on=earlier,
                    raw_reference="LN-1",
                )
            ],
        )  # fmt: skip
        lot_status.settle(act, rows, evaluation)
    result_entry.submit(
        test_order=story.lot.test_orders.get(), results=stored, by=story.cast.lin,
        at=story.at,
    )  # fmt: skip


@pytest.mark.postgres
def test_exception_that_a_reviewer_signed_waits_for_qa(world, at, before):
    story = Story(world, before)
    entered_late(story)
    assert section(world.cast.chen, "Exceptions of a review") == ""

    story.review()

    said = section(world.cast.chen, "Exceptions of a review")
    assert "BAC-26-700" in said
    assert "Working days since review" in said
    assert aged(said, story.lot, working_days(before, at))


def test_review_without_an_exception_waits_for_nobody(world, before):
    story = Story(world, before)
    story.enter()
    story.review()

    assert section(world.cast.chen, "Exceptions of a review") == ""


@pytest.mark.parametrize("decision", ["reject", "refuse"])
def test_decision_of_qa_ends_the_exceptions(world, before, decision):
    story = Story(world, before)
    entered_late(story)
    story.review()

    if decision == "reject":
        bench.decide(
            story.cast, disposition.reject, story.lot, at=before, reason="Doubt"
        )
    else:
        bench.refuse(story.cast, story.lot, "BAC-ORAL", at=before, reason="Doubt")
        for one in story.lot.assessments.filter(state__in=["open", "complete"]):
            bench.refuse(
                story.cast, story.lot, one.specification.code, at=before, reason="Doubt"
            )

    assert LotStatus.objects.get().exceptions == 0
    assert section(world.cast.chen, "Exceptions of a review") == ""


def test_what_an_import_left_out_waits_for_qa_once_it_is_reviewed(world, before):
    story = Story(world, before)
    type(story.lot).objects.update(
        left_out=[{"column": "Assay", "text": "n/a", "why": "not_reported"}]
    )
    story.lot.refresh_from_db()
    story.enter()
    assert LotStatus.objects.get().exceptions == 0

    story.review()

    assert LotStatus.objects.get().exceptions == 1
    assert "BAC-26-700" in section(world.cast.chen, "Exceptions of a review")


# --- what another person approves ---------------------------------------------------


def drafted(world, at, *, purpose):
    code = "BAC-ORAL-MIN" if purpose == Purpose.MINIMUM else "BAC-ORAL"
    old = Specification.objects.filter(code=code).latest("version")
    specification_versions.draft_specification(
        by=world.cast.olga, at=at, material=old.material, code=code, use=old.use,
        purpose=purpose, grade=old.grade, compendium=old.compendium,
        effective_on=calendar.today(at), change_reason="Reviewed",
        criteria=specifications.rows_of(code),
    )  # fmt: skip


def qualification(world, at):
    qualifications.draft_qualification(
        by=world.cast.olga, at=at, site=world.works, material=world.material,
        use="oral", process="BP-77",
        valid_from=calendar.today(at) - datetime.timedelta(days=10),
        storage="Below 25 °C", retest_months=24,
        evidence=Upload("agreement.pdf", b"%PDF-1.4 agreement"),
        evidence_reference="QA-77",
    )  # fmt: skip


def suspension(world, at):
    one = world.material.qualifications.filter(use="oral", state="approved").first()
    qualifications.suspend_qualification(
        qualification=one, by=world.cast.olga, at=at, reason="Audit",
        since=calendar.today(at),
    )  # fmt: skip


def alternative_use(world, at):
    for one in world.material.alternative_uses.all():
        alternative_uses.withdraw_alternative_use(
            alternative_use=one, by=world.cast.chen, at=at, reason="Reviewed"
        )
    alternative_uses.draft_alternative_use(
        by=world.cast.olga, at=at, material=world.material, made_for="intrathecal",
        use_for="oral", justification="Its tests are among those of the other use",
    )  # fmt: skip


def certificate_header(world, at):
    certificate_headers.draft_certificate_header(
        by=world.cast.olga, at=at, name="Ningbo Harbour", address="1 Harbour Road",
        telephone="+86 574 0000 0000",
    )  # fmt: skip


def printed_identity(world, at):
    materials.add_statement(
        by=world.cast.olga, at=at, material=world.material, title="Origin",
        text="No animal material is used.",
    )  # fmt: skip


def column_map(world, at):
    with audit.act(by=world.cast.olga, at=at, action="propose_map") as act:
        map_approval.propose(act, files.translating("total", "n.d.", "ND"))


def method(world, at):
    methods.add_method(
        by=world.cast.olga, at=at, test=world.tests["MEOH"], code="GC 9", loq="20"
    )


DRAFTS = {
    "specification": lambda *a: drafted(*a, purpose=Purpose.RELEASE),
    "minimum": lambda *a: drafted(*a, purpose=Purpose.MINIMUM),
    "qualification": qualification,
    "suspension": suspension,
    "alternative_use": alternative_use,
    "certificate_header": certificate_header,
    "printed_identity": printed_identity,
    "column_map": column_map,
    "method": method,
}


def test_each_record_that_one_person_drafts_is_a_kind_of_draft():
    """A model with a drafter or a proposer that is in no row waits with nobody."""
    names = {"drafted_by", "proposed_by"}
    assert {
        model
        for model in apps.get_models()
        if names & {field.name for field in model._meta.fields}
    } == {kind.rows().model for kind in drafts.KINDS.values()}


@pytest.mark.parametrize("kind", drafts.KINDS)
def test_draft_of_each_kind_is_in_the_work_of_a_second_person(world, at, before, kind):
    DRAFTS[kind](world, before)

    said = section(world.cast.chen, "To approve")

    assert str(drafts.KINDS[kind].name) in said
    assert re.search(rf"Olga Petrova {working_days(before, at)}\b", said)
    assert section(world.cast.olga, "To approve") == ""
    assert str(drafts.KINDS[kind].name) in section(world.cast.ines, "To approve")


# --- work that nobody can take ------------------------------------------------------


def deactivate(world, at, *usernames):
    for name in usernames:
        users.deactivate(
            person=world.cast.people[name], by=world.cast.admin, at=at, reason="Left"
        )


def told(world):
    """Return what QA, the auditor and the administrator are told, in this order."""
    accounts = words(signed_in(world.cast.admin).get("/accounts/"))
    return (
        section(world.cast.chen, "Nobody can take it"),
        section(world.cast.ines, "Nobody can take it"),
        accounts[accounts.find("Nobody can:") :] if "Nobody can:" in accounts else "",
    )


def test_with_enough_people_nothing_waits_with_nobody(world, at):
    story = Story(world, at)
    story.enter()

    assert told(world) == ("", "", "")


@pytest.mark.postgres
def test_results_that_every_reviewer_entered_wait_with_nobody(world, at, monkeypatch):
    deactivate(world, at, "tomas")
    sofia = users.set_roles(
        person=world.cast.sofia, by=world.cast.admin, at=at, reason="Holiday",
        roles=[Role.ANALYST, Role.REVIEWER],
    )  # fmt: skip
    story = Story(world, at)
    bench.enter(story.lot, world, {"APP": "White powder"}, by=sofia, at=at)

    qa, auditor, administrator = told(world)

    why = (
        "Sofia Almeida did part of the work, and a second person must do this. An"
        " administrator makes another person a reviewer."
    )
    assert f"Nobody can: To review 1 {why} BAC-26-700 , 0 working days" in qa
    assert "Nobody can: To review" in auditor
    assert administrator.startswith(f"Nobody can: To review (1 waits). {why}")
    assert "BAC-26-700" not in administrator
    # The control: without the rule QA would be told nothing.
    monkeypatch.setattr(tasks.Task, "open_to_nobody", lambda self, rows, _: rows.none())
    assert told(world) == ("", "", "")


def test_release_by_the_only_person_of_qa_who_reviewed_waits_with_nobody(world, at):
    chen = users.set_roles(
        person=world.cast.chen, by=world.cast.admin, at=at, reason="Holiday",
        roles=[Role.REVIEWER, Role.QA],
    )  # fmt: skip
    deactivate(world, at, "olga")
    story = Story(world, at)
    story.enter()
    bench.review(world.cast, story.lot, at=at, by=chen)

    assert "Nobody can: To release 1 Chen Fang did part of the work" in told(world)[0]


def test_role_that_nobody_holds_is_named(world, at):
    Story(world, at).enter()
    deactivate(world, at, "sofia", "tomas")

    assert (
        "Nobody can: To review 1 No active account is a reviewer. An administrator"
        " adds a person, or gives somebody the role."
    ) in told(world)[0]


def test_reviewers_whom_nobody_confirmed_are_named(world, at):
    Story(world, at).enter()
    deactivate(world, at, "tomas")
    users.set_password(
        person=world.cast.sofia, by=world.cast.admin, at=at, password="given-once-only",
        reason="Forgotten",
    )  # fmt: skip

    qa = told(world)[0]

    assert "Nobody can: To review 1 Sofia Almeida cannot sign" in qa
    assert "QA confirms who it is, under “People to confirm” in My work" in qa


def test_draft_of_the_only_person_who_could_approve_it_waits_with_nobody(world, at):
    deactivate(world, at, "olga")
    materials.add_statement(
        by=world.cast.chen, at=at, material=world.material, title="Origin",
        text="No animal material is used.",
    )  # fmt: skip

    qa = told(world)[0]

    assert "Nobody can: Printed identity to approve 1 Chen Fang did part" in qa


def test_account_of_the_only_person_of_qa_by_name_waits_with_nobody(world, at):
    deactivate(world, at, "olga")
    person = members.added(world, at, "fang", "Fang Chen", Role.ANALYST)
    members.chosen(person, at)

    said = section(world.cast.chen, "Nobody can take it")

    assert "Nobody can: Tell two people apart 1 Ada Byron; Chen Fang" in said
    assert "Nobody can: Confirm who it is 1 Chen Fang" in said
    assert said.count("Fang Chen, 0 working days") == 2


def test_results_returned_to_somebody_who_left_are_another_analysts(world, at):
    story = Story(world, at)
    returned(story)
    assert section(world.cast.marek, "Returned") == ""

    deactivate(world, at, "lin")

    assert "BAC-26-700" in section(world.cast.marek, "Returned")


# --- certificates and the clock -----------------------------------------------------


def test_certificate_of_a_reopened_lot_that_is_refused_waits_for_qa(world, at, before):
    story = Story(world, before)
    story.release()
    issued = certificates.issue(
        assessment=bench.assessment(story.lot, "BAC-ORAL"), by=world.cast.chen,
        at=before, stated=bench.LABEL,
    )  # fmt: skip
    bench.decide(
        world.cast, disposition.reopen, story.lot, at=before, reason="Label",
        deviation="DEV-1",
    )  # fmt: skip
    bench.refuse(world.cast, story.lot, "BAC-ORAL", at=before, reason="Label")
    for one in story.lot.assessments.filter(state__in=["open", "complete"]):
        bench.refuse(
            world.cast, story.lot, one.specification.code, at=before, reason="Label"
        )

    said = section(world.cast.chen, "Certificates to decide")

    assert issued.number in said
    assert said.endswith(f" {working_days(before, at)}")


def test_clock_behind_the_trail_is_told_to_everybody(world, at):
    told_so = "Nothing can be stored: the clock of the server is behind"
    assert told_so not in words(signed_in(world.cast.lin).get("/"))
    Story(world, at + datetime.timedelta(days=2))

    for username in ("lin", "sofia", "chen", "ines"):
        assert told_so in words(signed_in(world.cast.people[username]).get("/"))
