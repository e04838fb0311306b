"""Two at once: one is stored, the other is told so, and the trail stays one chain.

Real threads with connections of their own on a database that commits. Nobody meets a
fault: what `at_once` does not know as a refusal, rises.
"""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.evaluation import evaluator, signed_text
from lots.evidence import audit, signatures, verification
from lots.investigations import conduct
from lots.investigations.proof import Found
from lots.models import (
    AuditEntry,
    Investigation,
    Lot,
    LotStatus,
    Qualification,
    Result,
    User,
)
from lots.release import disposition
from lots.results import result_entry, result_review
from lots.rules import statements
from lots.rules.refusal import Refusals
from lots.setup import qualifications, specification_versions
from lots.setup.signed_specification import specification_text
from tests.lots.accounts import members
from tests.lots.at_once import LONGEST_WAIT, at_once, wait_until_somebody_waits
from tests.lots.pages import PASSWORD, refused, shown, signed_in, ticked
from tests.lots.setup import specifications

pytestmark = pytest.mark.postgres

committed = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _trail_holds_afterwards(world):
    """Whatever was raced: chain and records agree."""
    yield
    verdict = verification.verify()
    assert (verdict.chain_break, verdict.record_fault) == (None, None)


def entry(lot, world, code, value, *, by, at, seen=0, **more):
    """Return the call that enters a value for a test."""
    return lambda: result_entry.enter_result(
        test_order=lot.test_orders.order_by("ordinal").last(),
        test=world.tests[code],
        by=by,
        at=at,
        determinations=bench.typed(value),
        seen=seen,
        raw_reference="LN-1, page 7",
        **more,
    )


def one_of_two(said, *refusals):
    """Say whether one of the two calls went and the other was refused as expected."""
    return sorted(said)[0] == "" and sorted(said)[1] in refusals


# --- the chain ----------------------------------------------------------------------


def note(world, at, number=0):
    """Write one entry that changes no record."""
    with audit.act(by=world.cast.lin, at=at, action="signature_refused") as act:
        act.note(table="lots_user", record=world.cast.lin.pk, number=number)


@committed
def test_entries_of_many_acts_at_once_make_one_chain(world, at):
    """No fork and no gap: eight people, ten acts each."""
    before = AuditEntry.objects.count()

    def ten_acts():
        for number in range(10):
            note(world, at, number)

    assert at_once(*[ten_acts] * 8) == [""] * 8

    sequences = AuditEntry.objects.order_by("sequence").values_list(
        "sequence", flat=True
    )
    assert list(sequences) == list(range(1, before + 81))


@committed
def test_act_out_of_turn_is_refused_and_the_chain_does_not_fork(world, at):
    """The control: without the lock two acts do meet, on PostgreSQL.

    The second reads the head that the first is about to leave behind, and the
    database ends it: one entry for each number. On SQLite a transaction is a
    writer from its beginning, so the second does not read before the first is done.
    """
    before = AuditEntry.objects.count()
    appended = threading.Event()
    on_postgresql = connection.vendor == "postgresql"

    def first():
        with audit.act(by=world.cast.lin, at=at, action="signature_refused") as act:
            act._has_turn = True
            act.note(table="lots_user", record=world.cast.lin.pk)
            act.append()
            appended.set()
            wait_until_somebody_waits()

    def second():
        assert appended.wait(timeout=LONGEST_WAIT)
        with audit.act(by=world.cast.marek, at=at, action="signature_refused") as act:
            act._has_turn = True
            act.note(table="lots_user", record=world.cast.marek.pk)

    assert at_once(first, second) == ["", "meanwhile" if on_postgresql else ""]
    assert AuditEntry.objects.count() == before + (1 if on_postgresql else 2)


def test_fork_of_the_chain_is_refused_by_the_database(world):
    """An entry beside another, after the same one."""
    last = AuditEntry.objects.order_by("-sequence").first()
    facts = {field.attname: getattr(last, field.attname) for field in last._meta.fields}
    fork = AuditEntry(**facts | {"reason": "another"})

    with pytest.raises(IntegrityError), transaction.atomic():
        fork.save(force_insert=True)


# --- one record, two people ---------------------------------------------------------


@committed
def test_two_who_enter_one_cell(world, lot, at):
    lin, marek = world.cast.lin, world.cast.marek

    said = at_once(
        entry(lot, world, "MEOH", "112", by=lin, at=at),
        entry(lot, world, "MEOH", "211", by=marek, at=at),
    )

    stored = Result.objects.get()
    assert one_of_two(said, "conflict")
    assert (stored.attempt, stored.entered_by) == (
        1,
        (lin, marek)[said.index("")],
    )


@committed
def test_two_who_press_release_on_the_page(world, reviewed):
    """One release, and for the other the page with the sentence."""
    address = f"/assessments/{reviewed.assessments.get().pk}/release/"
    clients = [signed_in(world.cast.chen), signed_in(world.cast.olga)]
    digest = shown(clients[0].get(address))
    answers = {}

    def press(client):
        answers[client] = client.post(
            address,
            {
                "password": PASSWORD,
                "shown": digest,
                "batch_record": "BR-1",
                "deviations": "none",
                **ticked("release"),
            },
        )

    at_once(*[lambda client=client: press(client) for client in clients])

    assert sorted(answer.status_code for answer in answers.values()) == [302, 422]
    [loser] = [one for one in answers.values() if one.status_code == 422]
    assert refused(loser) == [
        "“Release” is not possible for BAC-26-001 while its assessment is released; it"
        " is open only for one that is complete."
    ]
    signed = reviewed.signatures.filter(meaning="released")
    assert (signed.count(), reviewed.assessments.get().state) == (1, "released")


@committed
def test_release_and_correction_at_once(world, reviewed, at):
    """Either the release comes first and the value stays, or the other way round."""
    said = at_once(
        releasing(world, reviewed, at),
        entry(
            reviewed,
            world,
            "MEOH",
            "121",
            by=world.cast.lin,
            at=at,
            seen=1,
            kind="transcription",
            reason="Digits swapped",
        ),
    )

    state = reviewed.assessments.get().state
    assert (said, state) in (
        (["", "released"], "released"),
        (["assessment-state", ""], "open"),
    )


def releasing(world, lot, at, *, by=None):
    """Return the call that releases the lot for oral use as it is now."""
    by = by or world.cast.chen
    assessment = lot.assessments.get(specification__code="BAC-ORAL")
    text = signed_text.assessment_text(evaluator.evaluate(lot), assessment.pk)
    confirmation = world.cast.confirmation(by, at=at)
    return lambda: _first_code(
        lambda: disposition.release(
            assessment=assessment,
            by=by,
            at=at,
            confirmation=confirmation,
            shown=signatures.shown(text),
            batch_record="BR-1",
            deviations="none",
            stated=statements.of("release"),
        )
    )


def _first_code(call):
    """Raise of several refusals the first, so that its code can be compared."""
    try:
        call()
    except Refusals as several:
        raise several.refusals[0] from None


@committed
def test_release_and_suspension_of_the_qualification_at_once(world, reviewed, at):
    """What the chain says is what happened: no release after the suspension."""
    qualification = Qualification.objects.get(pk=reviewed.qualification_id)

    said = at_once(
        releasing(world, reviewed, at),
        lambda: qualifications.suspend_qualification(
            qualification=qualification,
            by=world.cast.olga,
            at=at,
            since=calendar.today(at),
            reason="Audit finding",
        ),
    )

    order = list(
        AuditEntry.objects.filter(action__in=["release", "suspend_qualification"])
        .order_by("sequence")
        .values_list("action", flat=True)
    )
    assert (said, list(dict.fromkeys(order))) in (
        (["", ""], ["release", "suspend_qualification"]),
        (["suspended", ""], ["suspend_qualification"]),
    )


@committed
def test_release_and_approval_of_a_stricter_minimum_at_once(world, reviewed, at):
    """Refused by the new minimum, or released before it: then QA is asked to decide."""
    drafted = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code="BAC-ORAL-MIN",
        use="oral",
        purpose="minimum",
        grade="Minimum",
        compendium="",
        effective_on=calendar.today(at),
        change_reason="Tighter methanol",
        criteria=specifications.rows_of("BAC-ORAL-MIN", MEOH={"high": "2000"}),
    )

    said = at_once(
        releasing(world, reviewed, at, by=world.cast.olga),
        lambda: specifications.approve(world, at, drafted),
    )

    to_decide = LotStatus.objects.get(lot=reviewed).minimum_to_decide
    assert (said, to_decide) in ((["", ""], 1), (["below-minimum", ""], 0))


@committed
def test_release_by_a_person_whose_role_is_taken_at_once(world, reviewed, at):
    said = at_once(
        releasing(world, reviewed, at),
        lambda: users.set_roles(
            person=world.cast.chen,
            by=world.cast.admin,
            at=at,
            roles=["manager"],
            reason="Moves on",
        ),
    )

    released = reviewed.assessments.get().state == "released"
    assert said in (["", ""], ["role", ""], ["roles", ""])
    assert released == (said[0] == "")


@committed
def test_two_reviews_of_the_same_results(world, lot, at):
    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at)
    results = list(Result.objects.all())
    test_order = lot.test_orders.get()

    def review(by):
        text = signed_text.review_text(
            evaluator.evaluate(lot), test_order.pk, results, by=by
        )
        confirmation = world.cast.confirmation(by, at=at)
        return lambda: result_review.review(
            test_order=test_order,
            results=results,
            by=by,
            at=at,
            confirmation=confirmation,
            shown=signatures.shown(text),
            stated=statements.of("review"),
        )

    said = at_once(review(world.cast.sofia), review(world.cast.tomas))

    assert one_of_two(said, "stage")
    assert lot.signatures.count() == 1


@committed
def test_two_conclusions_of_one_investigation(world, lot, at):
    """One says proven, one says not: the first stands."""
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at)
    investigation = Investigation.objects.get()
    bench.phase_one(
        world.cast, lot, investigation, at=at, preparation="The vial was dirty inside"
    )
    conduct.plan(
        investigation=investigation,
        by=world.cast.chen,
        at=at,
        hypothesis="Contaminated vial",
        planned_retests=1,
    )
    investigation.refresh_from_db()
    text = signed_text.investigation_text(evaluator.evaluate(lot), investigation)

    def conclude(by, conclusion):
        confirmation = world.cast.confirmation(by, at=at)
        return lambda: conduct.conclude(
            investigation=investigation,
            by=by,
            at=at,
            confirmation=confirmation,
            shown=signatures.shown(text),
            found=Found(
                conclusion=conclusion,
                cause="Seen in the chromatogram",
                cause_kind="preparation",
                evidence="LN-26, page 41",
                production="The batch record has no deviation",
                other_lots="The other lots all pass",
            ),
        )

    said = at_once(
        conclude(world.cast.chen, "proven"), conclude(world.cast.olga, "not_proven")
    )

    investigation.refresh_from_db()
    assert one_of_two(said, "closed")
    assert (investigation.conclusion, lot.signatures.last().by) == (
        ("proven", world.cast.chen)
        if said[0] == ""
        else ("not_proven", world.cast.olga)
    )
    evaluation = evaluator.evaluate(lot).of(investigation.result.test_order_id)
    assert evaluation.attempt(investigation.result_id).is_valid == (said[1] == "")


@committed
def test_last_planned_retest_is_taken_once(world, lot, at):
    lin, marek = world.cast.lin, world.cast.marek
    bench.enter(lot, world, {"MEOH": "3001"}, by=lin, at=at)
    conduct.plan(
        investigation=Investigation.objects.get(),
        by=world.cast.chen,
        at=at,
        hypothesis="Contaminated vial",
        planned_retests=1,
    )
    retest = {"kind": "retest", "reason": "As planned", "seen": 1, "at": at}

    said = at_once(
        entry(lot, world, "MEOH", "110", by=lin, **retest),
        entry(lot, world, "MEOH", "111", by=marek, **retest),
    )

    assert one_of_two(said, "conflict")
    assert Result.objects.filter(kind="retest").count() == 1


# --- names and numbers that are given once ------------------------------------------


@committed
def test_one_lot_of_the_manufacturer_logged_twice(world, at):
    def log(number, by):
        return lambda: _first_code(
            lambda: bench.log(
                world.cast, world, at=at, by=by, number=number, original_number="M-7"
            )
        )

    said = at_once(
        log("BAC-26-001", world.cast.lin), log("BAC-26-002", world.cast.marek)
    )

    assert one_of_two(said, "duplicate-original", "meanwhile")
    assert Lot.objects.count() == 1


@committed
def test_investigations_opened_at_once_are_numbered_in_a_row(world, at):
    lots = [
        bench.log(world.cast, world, at=at, number=f"BAC-26-00{number}")
        for number in range(1, 5)
    ]

    said = at_once(
        *[entry(lot, world, "MEOH", "3001", by=world.cast.lin, at=at) for lot in lots]
    )

    numbers = Investigation.objects.order_by("number").values_list("number", flat=True)
    assert (said, list(numbers)) == (
        [""] * 4,
        [f"OOS-{calendar.today(at).year}-{place:05d}" for place in range(1, 5)],
    )


@committed
def test_specification_approved_twice_at_once(world, at):
    """The same person in two windows, and the drafter in a third."""
    chen = world.cast.chen
    water = world.tests["WATER"]
    draft = specification_versions.draft_specification(
        by=world.cast.olga,
        at=at,
        material=world.material,
        code="BAC-NEW",
        use="oral",
        owner="pharmacopoeia",
        grade="In-house",
        compendium="In-house",
        effective_on=calendar.today(at),
        change_reason="First version",
        criteria=[
            specification_versions.CriterionDraft(test=water, kind="nmt", high="0.5")
        ],
    )
    confirmation = world.cast.confirmation(chen, at=at)
    text = specification_text(draft)

    def approve(by):
        return lambda: specification_versions.approve_specification(
            specification=draft,
            by=by,
            at=at,
            confirmation=confirmation,
            shown=signatures.shown(text),
        )

    said = at_once(approve(chen), approve(chen), approve(world.cast.olga))

    draft.refresh_from_db()
    assert sorted(said) == ["", "independence", "not-a-draft"]
    assert (draft.state, draft.signature.by) == ("approved", chen)


@committed
def test_two_administrators_who_deactivate_each_other(world, at):
    """One of them stays: an installation without an administrator is closed."""
    first = world.cast.admin
    second = users.add_account(
        by=first,
        at=at,
        username="admin2",
        printed_name="Alan Kay",
        title="System Administrator",
        employee_number="E-201",
        reason="Passport seen",
        roles=["administrator"],
        password="correct-horse-battery",
    )
    second = users.change_own_password(
        by=second, at=at, current="correct-horse-battery", new="battery-horse-correct"
    )
    second = members.confirmed(world, at, second)

    def deactivate(by, person):
        return lambda: users.deactivate(person=person, by=by, at=at, reason="Gone")

    said = at_once(deactivate(first, second), deactivate(second, first))

    assert one_of_two(said, "inactive", "last-administrator", "meanwhile")
    active = User.objects.filter(username__startswith="admin", is_active=True)
    assert [one.pk for one in active] == [(first, second)[said.index("")].pk]
