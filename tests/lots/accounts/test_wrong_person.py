"""The wrong person, and the same person twice: by other ways than the table walks.

`test_steps` takes every step as the person who worked; here that person comes by the
back door: with other roles since, by a fact instead of a value, in a session that is
still open, with a form sent twice or with fields that no page sent.
"""

import datetime

import pytest
from axes.models import AccessAttempt

from lots import calendar
from lots.accounts import permissions, users
from lots.demo import bench, real_lots
from lots.evaluation import signed_text
from lots.evidence import signatures
from lots.evidence.documents import Upload
from lots.imports import lot_import
from lots.intake import log, samples, test_orders
from lots.models import (
    AuditEntry,
    Investigation,
    Lot,
    Mark,
    Result,
    Signature,
    User,
)
from lots.release import disposition
from lots.results import result_entry
from lots.rules.refusal import Refusal
from lots.rules.roles import Deed
from lots.rules.step_table import NotAllowed
from lots.workflow import lot_status
from tests.lots.imports import files
from tests.lots.pages import PASSWORD, refused, shown, signed_in, ticked, words
from tests.lots.situations import ORAL

STATEMENTS = {"batch_record": "BR-001", "deviations": "none", **ticked("release")}


def become(world, person, *roles, at):
    """Give the person these roles from now on, as an administrator does."""
    return users.set_roles(
        person=person, by=world.cast.admin, at=at, roles=roles, reason="Moves on"
    )


def enter(lot, world, code, value, *, by, at, **more):
    seen = Result.objects.filter(test_order__lot=lot, test=world.tests[code]).count()
    result, _ = result_entry.enter_result(
        test_order=lot.test_orders.order_by("ordinal").last(),
        test=world.tests[code],
        by=by,
        at=at,
        determinations=bench.typed(value),
        seen=seen,
        raw_reference="LN-1, page 7",
        **more,
    )
    return result


def correct(world, lot, at):
    """Enter 112 for methanol, of which the digits were swapped; return the result."""
    return enter(
        lot,
        world,
        "MEOH",
        "112",
        by=world.cast.lin,
        at=at,
        kind="transcription",
        reason="Digits swapped",
    )


def submit_correction(world, lot, at):
    result_entry.submit(
        test_order=lot.test_orders.get(),
        results=[correct(world, lot, at)],
        by=world.cast.lin,
        at=at,
    )


def trail():
    return AuditEntry.objects.count()


# --- who wrote something that the certificate prints --------------------------------


def took_the_sample(world, lot, at, who):
    samples.take_sample(
        lot=lot,
        by=who,
        at=at,
        number="S-7",
        taken_on=lot.manufactured_on,
        taken_by="Somebody Else",
        quantity="10 g",
        purpose="Reserve",
    )


def attached_a_document(world, lot, at, who):
    result_entry.attach(
        lot=lot, by=who, at=at, upload=Upload("a.txt", b"raw"), title="Chromatogram"
    )


def entered_a_value_since_replaced(world, lot, at, who):
    enter(lot, world, "MEOH", "121", by=who, at=at, performed_by=world.cast.lin)
    correct(world, lot, at)


def entered_a_value_since_invalidated(world, lot, at, who):
    enter(lot, world, "MEOH", "3001", by=who, at=at)
    bench.conclude(
        world.cast,
        lot,
        Investigation.objects.get(),
        at=at,
        by=world.cast.olga,
        conclusion="proven",
        cause="The vial was contaminated",
    )


def performed_what_another_entered(world, lot, at, who):
    enter(lot, world, "MEOH", "112", by=world.cast.lin, at=at, performed_by=who)


def entered_for_information(world, lot, at, who):
    """A test that the oral specification does not have."""
    enter(lot, world, "BET", "0.2", by=who, at=at)


def gave_the_use_by_date(world, lot, at, who):
    test_orders.open_test_order(
        lot=lot,
        by=who,
        at=at,
        occasion="retest",
        use_by=calendar.today(at) + datetime.timedelta(30),
    )


ENTERED = (
    took_the_sample,
    attached_a_document,
    entered_a_value_since_replaced,
    entered_a_value_since_invalidated,
    performed_what_another_entered,
    entered_for_information,
    gave_the_use_by_date,
)


@pytest.mark.parametrize("deed", ENTERED, ids=lambda deed: deed.__name__)
@pytest.mark.parametrize("step", ["release", "refuse"])
def test_who_wrote_a_fact_does_not_decide_with_another_role(world, lot, at, deed, step):
    """Marek has never touched the lot otherwise, and is QA alone now."""
    marek = world.cast.marek
    deed(world, lot, at, marek)
    become(world, marek, "qa", at=at)
    before = trail()
    more = {"reason": "Why"} if step == "refuse" else {}

    with pytest.raises(Refusal) as caught:
        getattr(bench, step)(world.cast, lot, "BAC-ORAL", at=at, by=marek, **more)

    first = getattr(caught.value, "refusals", [caught.value])[0]
    # An assessment that is not complete is refused for that before.
    assert first.code in ("independence", "assessment-state")
    assert (trail(), lot.assessments.first().signature) == (before, None)


@pytest.mark.parametrize("deed", ENTERED, ids=lambda deed: deed.__name__)
def test_page_of_the_release_says_why_it_is_closed(world, lot, at, deed):
    marek = world.cast.marek
    deed(world, lot, at, marek)
    become(world, marek, "qa", at=at)

    answer = signed_in(marek).get(f"/assessments/{lot.assessments.first().pk}/refuse/")

    assert "takes another person: you" in words(answer)


def test_who_logged_the_lot_does_not_release_it(world, reviewed, at):
    become(world, world.cast.lin, "qa", at=at)

    with pytest.raises(NotAllowed, match="you entered facts or results of it"):
        bench.release(world.cast, reviewed, "BAC-ORAL", at=at, by=world.cast.lin)


@pytest.mark.parametrize("who", ["lin", "marek"], ids=["importer", "named-analyst"])
def test_neither_importer_nor_analyst_named_in_the_file_decides(world, at, who):
    real_lots.set_up(world.cast, at=at)
    lot_import.import_lots(
        by=world.cast.lin,
        at=at,
        upload=Upload("lots.csv", files.GOOD.encode()),
        map_text=files.MAP,
    )
    lot = Lot.objects.get(number="B-1")
    test_order = lot.test_orders.get()
    results = list(Result.objects.filter(test_order=test_order))
    result_entry.submit(
        test_order=test_order, results=results, by=world.cast.lin, at=at
    )
    person = getattr(world.cast, who)
    become(world, person, "qa", "reviewer", at=at)

    with pytest.raises(NotAllowed) as of_review:
        bench.review(world.cast, lot, at=at, by=person)
    code = lot.assessments.get().specification.code
    with pytest.raises(NotAllowed) as of_refusal:
        bench.refuse(world.cast, lot, code, at=at, by=person, reason="Why")

    assert (of_review.value.code, of_refusal.value.code) == ("independence",) * 2


def test_who_reviewed_what_was_replaced_since_does_not_release(world, lot, at):
    tomas = world.cast.tomas
    bench.enter(lot, world, {"MEOH": "121"}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at, by=tomas)
    submit_correction(world, lot, at)
    rest = {code: value for code, value in ORAL.items() if code != "MEOH"}
    bench.enter(lot, world, rest, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    become(world, tomas, "qa", at=at)

    with pytest.raises(NotAllowed, match="you reviewed it"):
        bench.release(world.cast, lot, "BAC-ORAL", at=at, by=tomas)


def test_who_confirmed_a_correction_does_not_release(world, lot, at):
    tomas = world.cast.tomas
    bench.enter(lot, world, {**ORAL, "MEOH": "3001"}, by=world.cast.lin, at=at)
    corrected = enter(
        lot,
        world,
        "MEOH",
        "301",
        by=world.cast.lin,
        at=at,
        kind="transcription",
        reason="Digit doubled",
    )
    bench.confirm(world.cast, lot, corrected, at=at, by=tomas)
    become(world, tomas, "qa", at=at)

    with pytest.raises(NotAllowed, match="you reviewed it"):
        bench.refuse(world.cast, lot, "BAC-ORAL", at=at, by=tomas, reason="Why")


def test_who_entered_the_value_that_was_wrong_does_not_review_its_correction(
    world, lot, at
):
    """Even replaced since; and My work does not offer it."""
    marek = world.cast.marek
    enter(lot, world, "MEOH", "121", by=marek, at=at)
    submit_correction(world, lot, at)
    become(world, marek, "reviewer", at=at)

    with pytest.raises(NotAllowed, match="you entered"):
        bench.review(world.cast, lot, at=at, by=marek)

    assert not Signature.objects.filter(lot=lot).exists()
    assert str(marek.pk) in lot.status.sole_hands.split()


def sampled(lot, by, at):
    samples.take_sample(
        lot=lot,
        by=by,
        at=at,
        number=f"{lot.number}/R1",
        taken_on=calendar.today(at),
        taken_by=by.printed_name,
        quantity="20 g",
        purpose="Retained",
    )


def attached(lot, by, at):
    result_entry.attach(
        lot=lot, by=by, at=at, upload=Upload("raw.txt", b"Area 1.2"), title="Raw data"
    )


def certified(lot, by, at):
    log.attach_original(lot=lot, by=by, at=at, upload=Upload("coa.txt", b"Complies"))


def dated(lot, by, at):
    test_orders.open_test_order(
        lot=lot,
        by=by,
        at=at,
        occasion="retest",
        use_by=calendar.today(at) + datetime.timedelta(30),
    )


@pytest.mark.parametrize(
    ("wrote", "facts"),
    [
        (sampled, {}),
        (attached, {}),
        (
            certified,
            {"issuer_role": "repacker", "original_certificate_number": "NEP/26-0091"},
        ),
        (dated, {}),
    ],
    ids=["sampled", "attached", "certified", "dated"],
)
def test_my_work_offers_no_release_to_who_wrote_a_fact_beside_the_results(
    world, at, wrote, facts
):
    """Who sampled or attached raw data counts as having entered, as for the verb."""
    marek = world.cast.marek
    lot = bench.log(world.cast, world, at=at, number="BAC-26-701", **facts)
    values = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)

    wrote(lot, marek, at)
    become(world, marek, "qa", at=at)

    offered = {
        person.username: "BAC-26-701"
        in words(signed_in(person).get("/lots/", {"task": "to_release", "mine": "yes"}))
        for person in (marek, world.cast.chen)
    }
    assert offered == {"marek": False, "chen": True}
    with pytest.raises(NotAllowed, match="you entered facts"):
        bench.refuse(world.cast, lot, "BAC-ORAL", at=at, by=marek, reason="Why")
    lot.status.refresh_from_db()
    worked = {Deed.ENTERED, Deed.PERFORMED}
    assert set(map(int, lot.status.hands.split())) == {
        person.pk
        for person in User.objects.all()
        if worked & permissions.deeds(lot, person)
    }
    # What the next act on the results rebuilds says the same.
    hands = lot.status.hands
    lot_status.refresh(lot, at=at)
    lot.status.refresh_from_db()
    assert lot.status.hands == hands


def test_who_entered_plans_and_concludes_no_investigation_as_qa(world, lot, at):
    """Not even of another test of the lot: independence asks about the whole lot."""
    marek = world.cast.marek
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at)
    enter(lot, world, "TOL", "15", by=marek, at=at)
    become(world, marek, "qa", at=at)

    with pytest.raises(NotAllowed) as caught:
        bench.conclude(
            world.cast,
            lot,
            Investigation.objects.get(),
            at=at,
            by=marek,
            conclusion="proven",
            cause="The vial was contaminated",
        )

    assert caught.value.code == "independence"


# --- sessions, roles and passwords --------------------------------------------------


def press_release(client, lot, **typed):
    address = f"/assessments/{lot.assessments.get().pk}/release/"
    sent = {"password": PASSWORD, **STATEMENTS, **typed}
    if "shown" not in sent:
        sent["shown"] = shown(client.get(address))
    return client.post(address, sent)


@pytest.mark.postgres
def test_session_of_a_deactivated_person_ends_at_once(world, reviewed, at):
    client = signed_in(world.cast.chen)
    address = f"/assessments/{reviewed.assessments.get().pk}/release/"
    digest = shown(client.get(address))
    users.deactivate(person=world.cast.chen, by=world.cast.admin, at=at, reason="Left")
    before = trail()

    answer = press_release(client, reviewed, shown=digest)

    assert answer.headers["Location"] == f"/sign-in/?next={address}"
    assert (trail(), reviewed.assessments.get().state) == (before, "complete")


def test_page_of_a_role_that_was_taken_is_forbidden(world, reviewed, at):
    client = signed_in(world.cast.chen)
    digest = shown(client.get(f"/assessments/{reviewed.assessments.get().pk}/release/"))
    become(world, world.cast.chen, "manager", at=at)

    answer = press_release(client, reviewed, shown=digest)

    assert (answer.status_code, reviewed.assessments.get().state) == (403, "complete")


def test_administrator_gives_themselves_no_role(world, at):
    """Another one could, and the trail would name both."""
    users.add_account(
        by=world.cast.admin,
        at=at,
        username="admin2",
        printed_name="Alan Kay",
        title="System Administrator",
        employee_number="E-201",
        reason="Passport seen",
        roles=["administrator"],
        password="correct-horse-battery",
    )
    before = trail()

    with pytest.raises(Refusal) as caught:
        become(world, world.cast.admin, "qa", at=at)

    assert (str(caught.value), trail()) == (
        "You cannot change the roles of your own account, or of one that counts as"
        " yours; ask another administrator.",
        before,
    )


@pytest.mark.postgres
def test_wrong_passwords_are_recorded_and_lock_the_signature(world, reviewed):
    """After five the right one is refused too; nothing but refusals is stored."""
    client, before = signed_in(world.cast.chen), trail()

    answers = [press_release(client, reviewed, password="guess") for _ in range(5)]
    right = press_release(client, reviewed)

    assert [answer.status_code for answer in (*answers, right)] == [
        *[422] * 4,
        *[429] * 2,
    ]
    written = AuditEntry.objects.filter(sequence__gt=before)
    assert (
        list(written.values_list("action", "by__username", "record"))
        == [("signature_refused", "chen", str(world.cast.chen.pk))] * 6
    )
    assert AccessAttempt.objects.get().failures_since_start >= 5
    assert reviewed.assessments.get().state == "complete"


@pytest.mark.postgres
@pytest.mark.parametrize("digest", ["", "x", "0" * 64, "0" * 65, "\x00", "ß" * 64])
def test_text_that_was_not_shown_is_not_signed(world, reviewed, digest):
    answer = press_release(signed_in(world.cast.chen), reviewed, shown=digest)

    assert (answer.status_code, reviewed.assessments.get().state) == (422, "complete")


def test_record_that_changed_between_reading_and_signing_is_read_again(
    world, reviewed, at
):
    """A value for information is enough: it is on the page that is signed."""
    client = signed_in(world.cast.chen)
    address = f"/assessments/{reviewed.assessments.get().pk}/release/"
    digest = shown(client.get(address))
    enter(
        reviewed, world, "MEOH", "113", by=world.cast.lin, at=at,
        kind="transcription", reason="Checked",
    )  # fmt: skip
    result_entry.submit(
        test_order=reviewed.test_orders.get(),
        results=[Result.objects.order_by("pk").last()],
        by=world.cast.lin,
        at=at,
    )
    bench.review(world.cast, reviewed, at=at)

    answer = press_release(client, reviewed, shown=digest)

    assert refused(answer) == [
        "Not signed: the record changed after it was shown to you; read it again and"
        " sign what it says now."
    ]
    assert reviewed.assessments.get().state == "complete"


def test_text_of_another_lot_is_not_signed(world, reviewed, at):
    """The digest that the page of lot B showed does not release lot A."""
    other = bench.log(world.cast, world, at=at, number="BAC-26-002")
    client = signed_in(world.cast.chen)
    digest = shown(client.get(f"/assessments/{other.assessments.get().pk}/refuse/"))

    press_release(client, reviewed, shown=digest)

    assert reviewed.assessments.get().state == "complete"


def test_confirmation_does_not_last(world, reviewed, at):
    """Five minutes after the password was typed it signs nothing any more."""
    disposition.hold(lot=reviewed, by=world.cast.lin, at=at, reason="Drum damaged")
    typed = world.cast.confirmation(world.cast.chen, at=at)
    old = signatures.Confirmation(
        user_id=typed.user_id, confirmed=typed.confirmed - signatures.GOOD_FOR_SECONDS
    )

    with pytest.raises(signatures.NotConfirmed):
        disposition.resume(
            lot=reviewed,
            by=world.cast.chen,
            at=at,
            confirmation=old,
            shown=signatures.shown(
                signed_text.lot_text(Lot.objects.get(pk=reviewed.pk))
            ),
            reason="Checked",
        )

    assert Lot.objects.get(pk=reviewed.pk).state == "on_hold"


# --- sent twice ---------------------------------------------------------------------


def twice(client, address, typed):
    """Send the same form twice; return the second answer and what it wrote."""
    first = client.post(address, typed)
    assert first.status_code == 302, refused(first)
    before = trail()
    return client.post(address, typed), trail() - before


def test_release_sent_twice_signs_once(world, reviewed):
    client = signed_in(world.cast.chen)
    address = f"/assessments/{reviewed.assessments.get().pk}/release/"
    typed = {"password": PASSWORD, **STATEMENTS, "shown": shown(client.get(address))}

    again, written = twice(client, address, typed)

    assert (again.status_code, written) == (422, 0)
    assert "while its assessment is released" in refused(again)[0]


def test_submitting_twice_submits_once(world, lot, at):
    [result] = bench.enter(
        lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at, submit=False
    )
    address = f"/test-orders/{lot.test_orders.get().pk}/submit/"

    again, written = twice(signed_in(world.cast.lin), address, {"result": result.pk})

    assert (again.status_code, written) == (422, 0)
    assert "is submitted and cannot be submitted; untick it." in words(again)


def test_review_sent_twice_signs_once(world, lot, at):
    [result] = bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at)
    client = signed_in(world.cast.sofia)
    address = f"/test-orders/{lot.test_orders.get().pk}/review/sign/"
    digest = shown(client.get(address, {"result": result.pk}))
    typed = {
        "password": PASSWORD,
        "shown": digest,
        "result": result.pk,
        **ticked("review"),
    }

    again, written = twice(client, address, typed)

    assert (again.status_code, written) == (422, 0)
    assert "is reviewed, not submitted" in refused(again)[0]


def test_conclusion_sent_twice_is_concluded_once(world, lot, at):
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at)
    investigation = Investigation.objects.get()
    bench.phase_one(world.cast, lot, investigation, at=at)
    client = signed_in(world.cast.chen)
    page = f"/investigations/{investigation.pk}/"
    typed = {
        "password": PASSWORD,
        "shown": shown(client.get(page)),
        "conclusion": "not_proven",
        "cause": "No error found",
        "production": "The batch record has no deviation.",
        "other_lots": "The lots before and after it pass.",
    }

    again, written = twice(client, f"{page}conclude/", typed)

    assert (again.status_code, written) == (422, 0)
    assert refused(again) == [
        f"Investigation {investigation.number} is already concluded."
    ]


def test_plan_sent_twice_is_fixed_once(world, lot, at):
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at)
    investigation = Investigation.objects.get()

    again, written = twice(
        signed_in(world.cast.chen),
        f"/investigations/{investigation.pk}/plan/",
        {"hypothesis": "Contaminated vial", "planned_retests": "2"},
    )

    assert (again.status_code, written) == (422, 0)
    assert refused(again) == [
        f"Investigation {investigation.number} already has its retest plan or is"
        " concluded, so its number of retests cannot change."
    ]


def test_sending_back_twice_sends_back_once(world, lot, at):
    [result] = bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at)

    again, written = twice(
        signed_in(world.cast.sofia),
        f"/test-orders/{lot.test_orders.get().pk}/send-back/",
        {"result": result.pk, "reason": "No raw data"},
    )

    assert (again.status_code, written) == (422, 0)
    assert "is returned, not submitted" in refused(again)[0]


def test_confirmation_of_a_correction_sent_twice_signs_once(world, lot, at):
    bench.enter(lot, world, {"MEOH": "3001"}, by=world.cast.lin, at=at)
    corrected = enter(
        lot, world, "MEOH", "301", by=world.cast.lin, at=at,
        kind="transcription", reason="Digit doubled",
    )  # fmt: skip
    client = signed_in(world.cast.sofia)
    address = f"/results/{corrected.pk}/confirm/"
    typed = {
        "password": PASSWORD,
        "shown": shown(client.get(address)),
        **ticked("confirm_correction"),
    }

    again, written = twice(client, address, typed)

    assert (again.status_code, written) == (422, 0)
    assert "is not a correction that waits for a reviewer" in refused(again)[0]


def test_refusal_sent_twice_signs_once(world, lot):
    client = signed_in(world.cast.chen)
    address = f"/assessments/{lot.assessments.get().pk}/refuse/"
    typed = {"password": PASSWORD, "reason": "Why", "shown": shown(client.get(address))}

    again, written = twice(client, address, typed)

    assert (again.status_code, written) == (422, 0)
    assert "while its assessment is refused" in refused(again)[0]


def test_hold_sent_twice_holds_once(world, lot):
    again, written = twice(
        signed_in(world.cast.lin), f"/lots/{lot.pk}/hold/", {"reason": "Damaged"}
    )

    assert (again.status_code, written) == (422, 0)
    assert "while the lot is on hold" in refused(again)[0]


def test_test_order_opened_twice_is_opened_once(world, lot, at):
    def open_it():
        return test_orders.open_test_order(
            lot=lot, by=world.cast.lin, at=at, occasion="stability"
        )

    open_it()
    before = trail()

    with pytest.raises(Refusal) as caught:
        open_it()

    assert (str(caught.value), trail()) == (
        "Test order 2 of lot BAC-26-001 is open for the same occasion and has no"
        " result yet; enter the results there.",
        before,
    )


# --- of another lot, and of no lot --------------------------------------------------


@pytest.fixture
def other(world, at):
    """Another lot with a submitted result."""
    other = bench.log(world.cast, world, at=at, number="BAC-26-002")
    bench.enter(other, world, {"MEOH": "110"}, by=world.cast.lin, at=at)
    return other


# What no page sends: another alphabet's digits, more digits than a key has.
FORGED = (
    "²",
    "٣",
    "1e3",
    "-1",
    "0",
    "9" * 18,
    "9" * 30,
    "9" * 5000,
    "\x00",
    "",
    "None",
)


@pytest.mark.parametrize("step", ["review/sign/", "send-back/", "submit/"])
@pytest.mark.parametrize("mixed", [False, True], ids=["alone", "with-own"])
def test_results_of_another_lot_are_not_of_this_test_order(
    world, lot, other, at, step, mixed
):
    [own] = bench.enter(
        lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at, submit=step != "submit/"
    )
    person = world.cast.lin if step == "submit/" else world.cast.sofia
    marks = Mark.objects.count()
    foreign = Result.objects.get(test_order__lot=other)

    answer = signed_in(person).post(
        f"/test-orders/{lot.test_orders.get().pk}/{step}",
        {
            "result": [foreign.pk, *([own.pk] if mixed else [])],
            "password": PASSWORD,
            "shown": "0" * 64,
            "reason": "Why",
        },
    )

    assert (answer.status_code, Mark.objects.count()) == (404, marks)


@pytest.mark.postgres
@pytest.mark.parametrize("step", ["review/sign/", "send-back/", "submit/"])
def test_forged_result_is_not_there(world, lot, step):
    client = signed_in(world.cast.lin if step == "submit/" else world.cast.sofia)
    address = f"/test-orders/{lot.test_orders.get().pk}/{step}"
    rest = {"password": PASSWORD, "shown": "0" * 64, "reason": "Why"}

    answers = {key: client.post(address, {"result": key, **rest}) for key in FORGED}

    assert {key: answer.status_code for key, answer in answers.items()} == (
        dict.fromkeys(FORGED, 404)
    )


def test_forged_seen_stores_nothing(world, other):
    """What was shown decides; what was not shown is a conflict or no number."""
    test = world.tests["MEOH"]
    client = signed_in(world.cast.lin)
    address = f"/test-orders/{other.test_orders.get().pk}/tests/{test.pk}/"
    rest = {
        "value1": "111",
        "performed_by": world.cast.lin.pk,
        "performed_on": other.manufactured_on.isoformat(),
        "kind": "transcription",
        "reason": "Why",
    }

    answers = {
        key: client.post(
            address,
            {f"t{test.pk}-{name}": typed for name, typed in rest.items()}
            | {f"t{test.pk}-seen": key},
        )
        for key in FORGED
    }

    assert {key: answer.status_code for key, answer in answers.items()} == (
        dict.fromkeys(FORGED, 422)
    )
    assert Result.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        # Blank is no sample, and the manufacturer's own laboratory.
        ("sample", ["other", *filter(None, FORGED)]),
        # The form reads any alphabet's digits, and 3 may be a site and somebody.
        ("laboratory", [key for key in FORGED if key not in ("", "٣")]),
        ("performed_by", [key for key in FORGED if key != "٣"]),
        ("performed_on", ["0000-00-00", "9999-12-31", "1990-01-01", "²", ""]),
    ],
)
def test_forged_default_of_a_row_is_refused(world, lot, other, field, values):
    test = world.tests["TOL"]
    client = signed_in(world.cast.lin)
    address = f"/test-orders/{lot.test_orders.get().pk}/tests/{test.pk}/"
    sent = {
        "seen": "0",
        "value1": "15",
        "performed_by": world.cast.lin.pk,
        "performed_on": lot.manufactured_on.isoformat(),
    }

    def answer(value):
        forged = {field: other.samples.get().pk if value == "other" else value}
        return client.post(
            address,
            {f"t{test.pk}-{name}": typed for name, typed in (sent | forged).items()},
        )

    assert {value: answer(value).status_code for value in values} == (
        dict.fromkeys(values, 422)
    )
    assert not lot.test_orders.get().results.exists()


def test_document_is_not_attached_to_a_result_of_another_lot(world, lot, other, at):
    foreign = Result.objects.get(test_order__lot=other)

    with pytest.raises(Refusal) as caught:
        result_entry.attach(
            lot=lot,
            by=world.cast.lin,
            at=at,
            upload=Upload("a.txt", b"raw"),
            title="Chromatogram",
            result=foreign,
        )

    assert caught.value.code == "result"


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/test-orders/{test_order}/", ["test"]),
        ("/lots/log/", ["material", "site"]),
        ("/lots/log/qualifications/", ["material", "site"]),
        ("/specifications/draft/", ["material"]),
        ("/lots/", ["material", "site", "page"]),
    ],
)
def test_forged_address_answers(world, lot, address, names):
    """A page or a sentence on it, never a fault."""
    person = world.cast.chen if "specifications" in address else world.cast.lin
    client = signed_in(person)
    address = address.format(test_order=lot.test_orders.get().pk)

    answers = {key: client.get(address, dict.fromkeys(names, key)) for key in FORGED}

    assert {key: answer.status_code for key, answer in answers.items()} == (
        dict.fromkeys(FORGED, 200)
    )


@pytest.mark.parametrize("more", [{}, {"more": "1"}], ids=["log", "more-rows"])
def test_forged_count_of_rows_answers(world, lot, more):
    client = signed_in(world.cast.lin)

    answers = {
        count: client.post(
            "/lots/log/", {"number": "X-1", "parents-TOTAL_FORMS": count, **more}
        )
        for count in FORGED
    }

    assert {count: answer.status_code for count, answer in answers.items()} == (
        dict.fromkeys(FORGED, 200 if more else 422)
    )
    assert Lot.objects.count() == 1
