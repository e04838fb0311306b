"""A certificate's status asks every generation, the qualification and the calendar.

The attacks: a parent is recalled, held or fails, and its descendants' certificates
read current on the check page, in the register and for the command; a certificate
reads current after its lot expired; a plant is suspended for cause and nothing happens
to what it made. By pages and commands, each with a control in which the rule is off.
"""

import datetime
import io

import pytest
from django.core.management import call_command
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from lots import calendar
from lots.demo import bench
from lots.intake import test_orders
from lots.models import LotStatus, Unaffected
from lots.origin import genealogy, questions
from lots.release import disposition
from lots.rules.refusal import Refusal, Refusals
from lots.setup import qualifications
from lots.workflow import tasks
from reports.issuing import certificates, preflight
from reports.models import Certificate
from reports.status import certificate_status
from reports.status.certificate_status import CertificateStatus
from tests.lots.pages import PASSWORD, shown, signed_in, words
from tests.lots.setup.qualified import expiring, qualified

DAY = datetime.timedelta(days=1)
CODES = [one for one in CertificateStatus if one != CertificateStatus.ALTERED]


def issue(world, assessment, at, **asked):
    return certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, **asked, stated=bench.LABEL
    )


@pytest.fixture
def family(world, released, customer, at):
    """Two certified lots, their blend, and what was repacked of it."""
    one = issue(world, released("BAC-26-101"), at)
    other = issue(world, released("BAC-26-102"), at)
    parents = [(one.lot, "5"), (other.lot, "5")]
    blend = issue(
        world, released("BAC-26-B1", origin="blend", parents=parents), at,
        customer=customer, order="PO-7", shipped="40 kg",
    )  # fmt: skip
    repacked = released(
        "BAC-26-P1", origin="repacking", parents=[(blend.lot, "5")], size="5"
    )
    return one, other, blend, issue(world, repacked, at, customer=customer)


def switch_off(monkeypatch):
    """Ask no generation: the rule as it was before."""
    nobody = Q(pk__in=[])
    monkeypatch.setattr(questions, "in_question", lambda: nobody)
    monkeypatch.setattr(questions, "released_in_question", lambda: nobody)
    monkeypatch.setattr(questions, "of_lot", lambda _lot: [])


def said(certificate, folder):
    """Return the status by the query, by code, on the check page and the command."""
    found = [
        code
        for code in CODES
        if Certificate.objects.filter(
            certificate_status.where(code), pk=certificate.pk
        ).exists()
    ]
    now = Certificate.objects.get(pk=certificate.pk)
    [asked] = certificate_status.asked(Certificate.objects.filter(pk=now.pk))
    assert found == [certificate_status.code(now)] == [certificate_status.code(asked)]
    page = words(Client().get(f"/check/{certificate.token}/"))
    assert CertificateStatus.of(found[0]).sentence in page
    return found[0], verified(certificate, folder)


def verified(certificate, folder):
    path = folder / "coa.pdf"
    path.write_bytes(bytes(certificate.pdf))
    try:
        call_command("verify_certificate", path, stdout=io.StringIO())
    except SystemExit as end:
        return end.code
    return 0


def decide_by_page(world, lot, code, *, by=None, **typed):
    """Take the decision as a person of QA does; return the page and the answer."""
    client = signed_in(by or world.cast.chen)
    page = reverse(f"lots:{code}", args=[lot.pk])
    reading = client.get(page)
    signing = (
        {"password": PASSWORD, "shown": shown(reading)}
        if 'name="shown"' in reading.content.decode()
        else {}
    )
    return reading, client.post(page, {"reason": "Complaint 7", **signing, **typed})


# --- every generation ---------------------------------------------------------------


@pytest.mark.postgres
def test_recalled_parent_leaves_no_descendant_current(world, family, tmp_path):
    parent, other, blend, repacked = family

    reading, _answer = decide_by_page(world, parent.lot, "recall")

    assert said(parent, tmp_path) == ("recalled", 1)
    assert said(blend, tmp_path) == ("under_review", 1)
    assert said(repacked, tmp_path) == ("under_review", 1)
    assert said(other, tmp_path) == ("current", 0)
    # Whom to tell stands on the page before its button, and on the lot's page after.
    after = signed_in(world.cast.chen).get(f"/lots/{parent.lot.pk}/")
    for page, status in ((reading, "✓ Current"), (after, "▲ Under review")):
        assert (
            f"BAC-26-B1 Released for oral use {blend} {status} Meridian Pumps &"
            " Implants Inc. 40 kg" in words(page, of="concerned")
        )
        assert f"{repacked}" in words(page, of="concerned")


def test_recalled_parent_leaves_them_current_where_the_rule_is_off(
    world, family, tmp_path, monkeypatch
):
    switch_off(monkeypatch)
    parent, _other, blend, repacked = family

    decide_by_page(world, parent.lot, "recall")

    assert said(blend, tmp_path) == ("current", 0)
    assert said(repacked, tmp_path) == ("current", 0)


@pytest.mark.postgres
def test_register_and_my_work_name_what_is_in_question(world, family):
    parent, _other, blend, repacked = family
    decide_by_page(world, parent.lot, "recall")
    qa = signed_in(world.cast.chen)

    register = qa.get("/certificates/", {"status": "under_review"})
    waiting = tasks.TASKS["in_question"].lots(at=blend.issued_at)
    page = qa.get(f"/certificates/{repacked.pk}/")

    assert {one.record.pk for one in register.context["table"].rows} == {
        blend.pk,
        repacked.pk,
    }
    assert set(waiting) == set(
        LotStatus.objects.filter(lot__in=[blend.lot, repacked.lot])
    )
    assert "2 Released lots in question" in words(qa.get("/"))
    assert (
        "Under review: Parent lot BAC-26-101 is recalled (Complaint 7). QA recalls lot"
        " BAC-26-P1, or withdraws the certificate. Open BAC-26-101" in words(page)
    )
    assert "Parent lot BAC-26-101 is recalled (Complaint 7)." in words(
        qa.get(f"/lots/{repacked.lot.pk}/"), of="questions"
    )


@pytest.mark.postgres
def test_parent_that_fails_later_questions_what_is_mixed_of_it_for_the_use(
    world, family, tmp_path, at
):
    parent, _other, blend, repacked = family
    further = test_orders.open_test_order(
        lot=parent.lot, by=world.cast.lin, at=at, occasion="stability"
    )
    bench.enter(
        parent.lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at,
        test_order=further,
    )  # fmt: skip
    assert said(repacked, tmp_path) == ("under_review", 1)

    bench.conclude(
        world.cast, parent.lot, parent.lot.investigations.get(), at=at,
        conclusion="not_proven", cause="No error found in the laboratory.",
    )  # fmt: skip

    assert parent.lot.investigations.filter(closed_at=None).count() == 0
    assert said(blend, tmp_path) == ("under_review", 1)
    assert said(repacked, tmp_path) == ("under_review", 1)


@pytest.mark.postgres
def test_rejected_parent_of_a_reprocessed_lot_is_normal(world, released, tmp_path, at):
    """ICH Q7 14.2; a blend of a rejected lot is not."""
    parents = [
        bench.log(world.cast, world, at=at, number=f"BAC-26-10{n}") for n in (1, 2)
    ]
    for lot in parents:
        bench.enter(
            lot, world, {**bench.ORAL_RESULTS, **bench.ELEMENTS},
            by=world.cast.lin, at=at,
        )  # fmt: skip
        bench.review(world.cast, lot, at=at)
    made = {
        origin: issue(
            world,
            released(
                f"BAC-26-{origin[:3].upper()}", origin=origin,
                parents=[(lot, "5") for lot in used],
            ),
            at,
        )
        for origin, used in (
            ("blend", parents),
            ("rework", parents[:1]),
            ("reprocessing", parents[:1]),
        )
    }  # fmt: skip

    decide_by_page(world, parents[0], "reject")

    assert {origin: said(one, tmp_path)[0] for origin, one in made.items()} == {
        "blend": "under_review",
        "rework": "current",
        "reprocessing": "current",
    }


# --- a hold that does not touch a child ---------------------------------------------


@pytest.mark.postgres
def test_qa_signs_that_a_hold_does_not_touch_a_lot(world, family, tmp_path, at):
    parent, _other, blend, repacked = family
    disposition.hold(lot=parent.lot, by=world.cast.lin, at=at, reason="Torn drum")
    assert said(repacked, tmp_path) == ("under_review", 1)
    assert "parent-state" in closing(blend, at)

    reading, _answer = decide_by_page(
        world, blend.lot, "unaffected", about=f"hold-{parent.lot.pk}",
        reason="The drum was torn after the blend was made.",
    )  # fmt: skip

    assert "Parent lot BAC-26-101 is on hold (Torn drum)." in words(reading)
    assert said(blend, tmp_path) == ("current", 0)
    # What was made of it comes from it alone.
    assert said(repacked, tmp_path) == ("current", 0)
    assert "parent-state" not in closing(blend, at)
    for lot in (parent.lot, blend.lot):
        page = words(
            signed_in(world.cast.chen).get(f"/lots/{lot.pk}/"), of="unaffected"
        )
        assert (
            "Lot BAC-26-B1 is not affected by the hold of lot BAC-26-101: The drum was"
            " torn after the blend was made. Chen Fang" in page
        )


def closing(certificate, at):
    """Return the codes of what closes a further certificate of the lot."""
    return [one.code for one in preflight.preflight(certificate.assessment, at=at)]


def test_next_hold_is_decided_anew(world, family, tmp_path, at):
    parent, _other, blend, _repacked = family
    disposition.hold(lot=parent.lot, by=world.cast.lin, at=at, reason="Torn drum")
    decide_by_page(
        world, blend.lot, "unaffected", about=f"hold-{parent.lot.pk}", reason="Later"
    )
    decide_by_page(world, parent.lot, "resume")
    assert said(blend, tmp_path) == ("current", 0)
    assert Unaffected.objects.get().is_over

    disposition.hold(lot=parent.lot, by=world.cast.lin, at=at, reason="Endotoxins")

    assert said(blend, tmp_path) == ("under_review", 1)


def test_recall_is_not_signed_away(world, family, tmp_path):
    """Neither by the page, which offers nothing, nor by who sends the form himself."""
    parent, _other, blend, _repacked = family
    decide_by_page(world, parent.lot, "recall")

    reading, answer = decide_by_page(
        world, blend.lot, "unaffected", about=f"hold-{parent.lot.pk}",
        password=PASSWORD, shown="0" * 64,
    )  # fmt: skip

    assert "there is nothing to decide" in words(reading)
    assert answer.status_code == 422
    assert (said(blend, tmp_path), Unaffected.objects.count()) == (
        ("under_review", 1),
        0,
    )


def test_who_worked_on_the_lot_does_not_sign_for_it(world, family, tmp_path, at):
    parent, _other, blend, _repacked = family
    world.cast.lin.roles = ["analyst", "qa"]
    world.cast.lin.save()
    disposition.hold(lot=parent.lot, by=world.cast.chen, at=at, reason="Torn drum")

    reading, answer = decide_by_page(
        world, blend.lot, "unaffected", by=world.cast.lin,
        about=f"hold-{parent.lot.pk}",
        password=PASSWORD, shown="0" * 64,
    )  # fmt: skip

    assert "takes another person: you entered" in words(reading)
    assert answer.status_code == 422
    assert said(blend, tmp_path) == ("under_review", 1)


# --- the qualification --------------------------------------------------------------


@pytest.fixture
def made(world, released, at):
    """Certificates of a lot made before the cause, and of one made since."""
    today = calendar.today(at)
    return {
        name: issue(world, released(number, manufactured_on=today - days * DAY), at)
        for name, number, days in (
            ("before", "BAC-26-201", 60),
            ("since", "BAC-26-202", 20),
        )
    }


def states(made, folder):
    return {name: said(one, folder)[0] for name, one in made.items()}


def end_by_page(world, made, verb, **typed):
    row = made["since"].lot.qualification
    page = reverse(f"lots:{verb}_qualification", args=[row.pk])
    return signed_in(world.cast.chen).post(page, {"reason": "Water loop", **typed})


@pytest.mark.postgres
@pytest.mark.parametrize("verb", ["suspend", "withdraw"])
def test_cause_questions_the_lots_made_since_its_day(world, made, tmp_path, at, verb):
    since = calendar.today(at) - 30 * DAY

    answer = end_by_page(world, made, verb, since=since.isoformat())

    assert answer.status_code == 302
    assert states(made, tmp_path) == {"before": "current", "since": "under_review"}
    page = words(signed_in(world.cast.chen).get(f"/certificates/{made['since'].pk}/"))
    assert f"lots manufactured on {since} or later are in question. QA signs" in page

    key = f"qualification-{made['since'].lot.qualification_id}"
    decide_by_page(world, made["since"].lot, "unaffected", about=key, reason="Tested")

    assert states(made, tmp_path) == {"before": "current", "since": "current"}


def test_suspension_asks_for_its_day_and_none_to_come(world, made, at):
    blank = end_by_page(world, made, "suspend")
    to_come = end_by_page(world, made, "suspend", since=str(calendar.today(at) + DAY))

    assert blank.status_code == to_come.status_code == 422
    assert "Lots in question since is missing" in words(blank)
    assert "is after today" in words(to_come)


def test_resumed_suspension_and_a_withdrawal_without_cause_change_nothing(
    world, made, tmp_path, at
):
    end_by_page(world, made, "suspend", since=str(calendar.today(at) - 30 * DAY))
    row = made["since"].lot.qualification
    row.refresh_from_db()
    page = reverse("lots:resume_qualification", args=[row.pk])
    chen = signed_in(
        world.cast.chen if row.drafted_by != world.cast.chen else world.cast.olga
    )
    reading = chen.get(page)
    chen.post(page, {"reason": "Done", "password": PASSWORD, "shown": shown(reading)})
    assert states(made, tmp_path) == {"before": "current", "since": "current"}

    end_by_page(world, made, "withdraw")

    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert states(made, tmp_path) == {"before": "current", "since": "current"}


def test_cause_questions_nothing_where_the_rule_is_off(
    world, made, tmp_path, at, monkeypatch
):
    switch_off(monkeypatch)

    end_by_page(world, made, "suspend", since=str(calendar.today(at) - 30 * DAY))

    assert states(made, tmp_path) == {"before": "current", "since": "current"}


@pytest.mark.postgres
def test_renewal_beside_a_withdrawal_for_cause_does_not_stand(world, made, at):
    """Drafted before it was known; one that is drafted since speaks for the process."""
    process = made["since"].lot.qualification.process
    qualified(world, at, process=process)
    row = made["since"].lot.qualification
    later = at + datetime.timedelta(seconds=2)
    qualifications.withdraw_qualification(
        qualification=row, by=world.cast.chen, at=later, reason="Mix-up",
        since=calendar.today(at) - 30 * DAY,
    )  # fmt: skip

    assert "withdrawn for cause: Mix-up." in " ".join(
        str(one.refusal)
        for one in preflight.preflight(made["since"].assessment, at=later)
    )
    qualified(world, later + datetime.timedelta(seconds=2), process=process)
    fresh = bench.log(
        world.cast, world, at=later + datetime.timedelta(seconds=4),
        number="BAC-26-301",
    )  # fmt: skip

    assert questions.of_lot(fresh) == []
    # What was made before is decided by itself.
    assert "qualification-cause" in closing(
        made["since"], later + datetime.timedelta(seconds=4)
    )


# --- the calendar -------------------------------------------------------------------


def aged(world, released, at, *, last, number="BAC-26-401", **facts):
    """Return a certificate issued 40 days ago of a lot whose date is `last`."""
    then = at - 40 * DAY
    assessment = released(
        number, at=then, date_on=last,
        manufactured_on=calendar.today(then) - 30 * DAY, **facts,
    )  # fmt: skip
    return issue(world, assessment, then)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("kind", "code", "sentence"),
    [
        ("retest", "past_retest", "past its retest date: retest it before use"),
        ("expiry", "expired", "has expired: do not use it"),
    ],
)
def test_passed_date_is_not_current(
    world, released, tmp_path, at, kind, code, sentence
):
    today = calendar.today(at)
    more = expiring(world, at - 50 * DAY) if kind == "expiry" else {}
    old = aged(world, released, at, last=today - DAY, **more)
    good = aged(world, released, at, last=today, number="BAC-26-402", **more)

    # The printed day itself is still good.
    assert said(good, tmp_path) == ("current", 0)
    assert said(old, tmp_path) == (code, 1)
    assert sentence in words(Client().get(f"/check/{old.token}/"))
    listed = signed_in(world.cast.ines).get("/certificates/", {"status": code})
    assert [one.record.pk for one in listed.context["table"].rows] == [old.pk]


def test_passed_use_by_date_is_not_current(world, released, tmp_path, at):
    then = at - 35 * DAY
    original = released(
        at=then - DAY, manufactured_on=calendar.today(then) - 30 * DAY,
        date_on=calendar.today(then),
    )  # fmt: skip
    lot = original.lot
    retest = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=then, occasion="retest",
        use_by=calendar.today(then) + 30 * DAY,
    )  # fmt: skip
    bench.enter(
        lot, world, {**bench.ORAL_RESULTS, **bench.ELEMENTS}, by=world.cast.lin,
        at=then, test_order=retest,
    )  # fmt: skip
    bench.review(world.cast, lot, at=then)
    bench.release(world.cast, lot, "BAC-ORAL", at=then)

    made = issue(world, bench.assessment(lot, "BAC-ORAL"), then)

    assert said(made, tmp_path) == ("past_use_by", 1)


def test_passed_date_is_current_where_the_calendar_is_not_asked(
    world, released, tmp_path, at, monkeypatch
):
    old = aged(world, released, at, last=calendar.today(at) - DAY)
    monkeypatch.setattr(
        certificate_status.calendar, "today", lambda _at: datetime.date(2000, 1, 1)
    )

    assert said(old, tmp_path) == ("current", 0)


# --- a retest of what was made of a recalled lot -------------------------------------


@pytest.fixture
def retested(world, released, at):
    """What was repacked of a blend of a recalled lot, retested: every test passes."""
    then = at - 40 * DAY
    made = calendar.today(then) - 30 * DAY
    old = {"at": then, "manufactured_on": made, "date_on": calendar.today(then) + DAY}
    grandparent = released("BAC-26-301", **old).lot
    other = released("BAC-26-302", **old).lot
    blend = released(
        "BAC-26-B3", origin="blend", parents=[(grandparent, "5"), (other, "5")], **old
    ).lot
    lot = released(
        "BAC-26-P3", origin="repacking", parents=[(blend, "5")], size="5", **old
    ).lot
    decide_by_page(world, grandparent, "recall")
    retest = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=at, occasion="retest",
        use_by=calendar.today(at) + 20 * DAY,
    )  # fmt: skip
    bench.enter(
        lot, world, {**bench.ORAL_RESULTS, **bench.ELEMENTS}, by=world.cast.lin, at=at,
        test_order=retest,
    )  # fmt: skip
    bench.review(world.cast, lot, at=at)
    return lot


def test_passed_retest_lifts_no_recall_of_a_grandparent(world, retested, at):
    with pytest.raises((Refusal, Refusals)) as told:
        bench.release(world.cast, retested, "BAC-ORAL", at=at)

    sentences = [str(one) for one in getattr(told.value, "refusals", [told.value])]
    assert any("BAC-26-301" in one and "recalled" in one for one in sentences)
    # Neither does QA sign it away: what is known of a parent is no judgement.
    page = signed_in(world.cast.chen).get(f"/lots/{retested.pk}/not-affected/")
    assert "there is nothing to decide" in words(page)
    assert not Certificate.objects.exists()


def test_control_passed_retest_is_released_where_no_generation_is_asked(
    world, retested, at, monkeypatch
):
    switch_off(monkeypatch)
    monkeypatch.setattr(genealogy, "against_release", lambda *_, **_more: [])

    bench.release(world.cast, retested, "BAC-ORAL", at=at)
    made = issue(world, bench.assessment(retested, "BAC-ORAL"), at)

    assert certificate_status.code(made) == "current"
