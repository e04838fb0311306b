"""The decisions of QA on an assessment and on a lot, as pages."""

import pytest

from lots import calendar
from lots.demo import bench
from lots.investigations import conduct
from lots.models import Lot, Signature
from lots.release import disposition
from lots.results import result_entry
from tests.lots.pages import PASSWORD, refused, shown, signed_in, ticked, typed, words

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
TYPED = ("batch_record", "deviations", "justification")
STATEMENTS = {
    "batch_record": "BR-001",
    "deviations": "none",
    "justification": "",
    **ticked("release"),
}


def send(client, address, **typed_in):
    """Open a page that signs and send it."""
    digest = typed_in.pop("digest", None) or shown(client.get(address))
    return client.post(address, {"password": PASSWORD, "shown": digest, **typed_in})


def release_address(lot):
    return f"/assessments/{lot.assessments.get().pk}/release/"


def corrected(world, at):
    """A complete lot with an investigation that ended with a correction."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-002")
    bench.enter(lot, world, ORAL | {"MEOH": "3200"}, by=world.cast.lin, at=at)
    result, _ = result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["MEOH"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("320"),
        seen=1,
        kind="transcription",
        reason="A nought too many",
        raw_reference="LN-1, page 7",
    )
    bench.confirm(world.cast, lot, result, at=at)
    result_entry.submit(
        test_order=lot.test_orders.get(), results=[result], by=world.cast.lin, at=at
    )
    bench.review(world.cast, lot, at=at)
    return lot


# --- release ------------------------------------------------------------------------


def test_gates_are_listed_and_the_form_is_closed_while_one_is_open(world, lot):
    answer = signed_in(world.cast.chen).get(release_address(lot))

    said = words(answer)
    assert "Not met All required results are entered" in said
    assert "✓ Met No result failed or is undecided" in said
    assert "✓ Met The lot, its parent lots and its qualification allow this use" in said
    assert (
        "“Release” is not possible for BAC-26-001 against BAC-ORAL v1 while its"
        " assessment is in testing; it is open only for one that is complete." in said
    )
    assert typed(answer, "password") is None


def test_what_is_not_met_has_its_button_and_nothing_is_claimed(world, lot):
    body = signed_in(world.cast.chen).get(release_address(lot)).content.decode()

    conditions = body.partition('class="panel conditions"')[2].partition("</section>")[
        0
    ]
    unmet, _summary, met = conditions.partition('class="conditions-met"')
    assert f'href="/test-orders/{lot.test_orders.get().pk}/"' in unmet
    assert "Met</span>" in met
    assert "complies with" not in body


def test_refusal_is_offered_where_it_is_open_alone(world, lot, reviewed, at):
    refuse = f'href="/assessments/{reviewed.assessments.get().pk}/refuse/"'
    client = signed_in(world.cast.chen)
    assert refuse in client.get(release_address(reviewed)).content.decode()

    disposition.hold(lot=reviewed, by=world.cast.lin, at=at, reason="Drum damaged")
    offered = refuse in client.get(release_address(reviewed)).content.decode()

    answer = client.get(release_address(reviewed).replace("release", "refuse"))
    assert offered == (typed(answer, "password") is not None)


def test_batch_record_of_the_lot_is_named_already(world, reviewed):
    page = signed_in(world.cast.chen).get(release_address(reviewed))

    assert reviewed.use_document_kind == "batch_record"
    assert typed(page, "batch_record") == reviewed.use_document_reference


def test_page_says_why_it_asks_for_a_justification_before_the_press(
    world, reviewed, at
):
    questioned = corrected(world, at)
    client = signed_in(world.cast.chen)
    why = "has had an investigation or a refusal"
    assert why not in words(client.get(release_address(reviewed)))
    assert "Add a justification" in words(client.get(release_address(reviewed)))

    page = words(client.get(release_address(questioned)))

    assert why in page
    assert "Add a justification" not in page


def test_justification_says_that_the_customer_reads_it(world, reviewed):
    said = words(signed_in(world.cast.chen).get(release_address(reviewed)))

    assert "The certificate prints it above the results." in said


def test_page_shows_what_is_signed(world, reviewed):
    said = words(signed_in(world.cast.chen).get(release_address(reviewed)))

    assert "FOR THE MANUFACTURE OF ORAL DOSAGE FORMS ONLY" in said
    assert "Assay Assay (anhydrous basis) 98.0–101.0 % 99.8 ✓ Complies" in said
    assert "Lot BAC-26-001 of Baclofen complies with BAC-ORAL v1." in said
    assert (
        "You sign as Chen Fang, Head of Quality Assurance. Meaning: Released for the"
        " manufacture of oral dosage forms" in said
    )


def test_release_signs_and_leads_to_the_lot(world, reviewed, at):
    client = signed_in(world.cast.chen)

    answer = send(client, release_address(reviewed), **STATEMENTS)

    assert answer.headers["Location"] == f"/lots/{reviewed.pk}/#release"
    assessment = reviewed.assessments.get()
    assert (assessment.state, assessment.released_on) == (
        "released",
        calendar.today(at),
    )
    said = words(client.get(f"/lots/{reviewed.pk}/"), of="release")
    assert "Released: Oral" in said
    assert "Released for the manufacture of oral dosage forms: Chen Fang" in said


def test_statement_that_certificates_cannot_print_is_refused_before_it_is_signed(
    world, reviewed
):
    statements = STATEMENTS | {"justification": "CAPA \u5586\nclosed"}

    answer = send(signed_in(world.cast.chen), release_address(reviewed), **statements)

    assert refused(answer) == [
        "The justification has \u5586 (U+5586), which certificates cannot print;"
        " write it another way, such as in Latin letters."
    ]
    assert reviewed.assessments.get().state == "complete"


def test_wrong_password_keeps_the_statements_and_drops_the_password(world, reviewed):
    client = signed_in(world.cast.chen)

    answer = send(
        client,
        release_address(reviewed),
        **STATEMENTS | {"justification": "As in <CAPA> & DEV-1"},
        password="not this one",
    )

    assert answer.status_code == 422
    assert refused(answer) == [
        "Not signed: your password was not confirmed; type it again, or"
        " wait if it was wrong several times."
    ]
    assert {name: typed(answer, name) for name in (*TYPED, "password")} == {
        "batch_record": "BR-001",
        "deviations": "none",
        "justification": "As in <CAPA> & DEV-1",
        "password": "",
    }
    assert reviewed.assessments.get().state == "complete"


def test_lot_that_changed_since_is_not_released(world, reviewed):
    client = signed_in(world.cast.chen)

    answer = send(client, release_address(reviewed), **STATEMENTS, digest="0" * 64)

    assert refused(answer) == [
        "Not signed: the record changed after it was shown to you; read it again and"
        " sign what it says now."
    ]
    assert shown(answer) != "0" * 64


def test_lot_after_an_investigation_needs_the_justification(world, lot, at):
    bench.enter(lot, world, {**ORAL, "ROI": "0.31"}, by=world.cast.lin, at=at)
    investigation = lot.investigations.get()
    conduct.plan(
        investigation=investigation,
        by=world.cast.chen,
        at=at,
        hypothesis="Crucible not dry",
        planned_retests=1,
    )
    bench.conclude(
        world.cast,
        lot,
        investigation,
        at=at,
        conclusion="proven",
        cause="The crucible was not dry, weighed again.",
    )
    bench.enter(
        lot,
        world,
        {"ROI": "<0.05"},
        by=world.cast.lin,
        at=at,
        kind="retest",
        reason="After the conclusion",
    )
    bench.review(world.cast, lot, at=at)
    client = signed_in(world.cast.chen)

    answer = send(client, release_address(lot), **STATEMENTS)

    assert answer.status_code == 422
    assert any(
        sentence.startswith("Lot BAC-26-001 has had an investigation")
        for sentence in refused(answer)
    )


@pytest.mark.parametrize("deed", ["lin", "sofia"], ids=["entered", "reviewed"])
def test_who_worked_on_the_lot_cannot_release_it(world, reviewed, deed):
    person = world.cast.people[deed]
    person.roles = [*person.roles, "qa"]
    person.save()
    client = signed_in(person)

    page = client.get(release_address(reviewed))
    answer = client.post(
        release_address(reviewed),
        {**STATEMENTS, "password": PASSWORD, "shown": "0" * 64},
    )

    sentence = "“Release” of BAC-26-001 against BAC-ORAL v1 takes another person: you"
    assert sentence in words(page)
    assert typed(page, "password") is None
    assert "takes another person" in refused(answer)[0]
    assert reviewed.assessments.get().state == "complete"


@pytest.mark.parametrize("username", ["lin", "sofia", "maria", "ines", "admin"])
@pytest.mark.parametrize("step", ["release", "refuse"])
def test_releasing_is_for_qa(world, reviewed, username, step):
    client = signed_in(getattr(world.cast, username))
    address = f"/assessments/{reviewed.assessments.get().pk}/{step}/"

    answers = [
        client.get(address),
        client.post(address, {**STATEMENTS, "reason": "x", "password": PASSWORD}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert reviewed.assessments.get().state == "complete"


def test_refusal_of_a_release_keeps_its_reason(world, reviewed):
    client = signed_in(world.cast.chen)
    address = f"/assessments/{reviewed.assessments.get().pk}/refuse/"

    send(client, address, reason="Customer complaint C-7")

    said = words(client.get(f"/lots/{reviewed.pk}/"), of="release")
    assert "Release against BAC-ORAL v1 refused: Chen Fang" in said
    assert "Customer complaint C-7" in said


# --- the fate of a lot --------------------------------------------------------------


def test_hold_is_not_signed_and_says_its_reason(world, lot):
    client = signed_in(world.cast.lin)

    answer = client.post(f"/lots/{lot.pk}/hold/", {"reason": "Drum damaged"})

    assert answer.headers["Location"] == f"/lots/{lot.pk}/"
    assert Lot.objects.values_list("state", "state_reason").get() == (
        "on_hold",
        "Drum damaged",
    )
    assert not Signature.objects.filter(lot=lot).exists()


@pytest.mark.parametrize(
    ("step", "state", "meaning"),
    [("reject", "rejected", "rejected"), ("void", "void", "voided")],
)
def test_signed_decision_is_taken(world, lot, step, state, meaning):
    send(signed_in(world.cast.chen), f"/lots/{lot.pk}/{step}/", reason="Wrong drum")

    lot.refresh_from_db()
    signature = Signature.objects.get(lot=lot)
    assert (lot.state, lot.state_reason) == (state, "Wrong drum")
    assert (signature.meaning, signature.by) == (meaning, world.cast.chen)


def test_hold_is_ended(world, lot, at):
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Drum damaged")

    send(signed_in(world.cast.chen), f"/lots/{lot.pk}/resume/", reason="Drum replaced")

    assert Lot.objects.get().state == "quarantine"


def test_released_lot_is_reopened_under_a_deviation(world, reviewed, at):
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)
    client = signed_in(world.cast.chen)

    send(
        client,
        f"/lots/{reviewed.pk}/reopen/",
        reason="Column mix-up",
        deviation="DEV-26-004",
    )

    assert [one.state for one in reviewed.assessments.order_by("pk")] == [
        "release_withdrawn",
        "complete",
    ]
    said = words(client.get(f"/lots/{reviewed.pk}/"))
    assert "DEV-26-004: Column mix-up" in said


def test_released_lot_is_recalled(world, reviewed, at):
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)

    send(
        signed_in(world.cast.chen),
        f"/lots/{reviewed.pk}/recall/",
        reason="Complaint C-8",
    )

    assert Lot.objects.get().state == "recalled"


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("resume", "“End the hold” is not possible for BAC-26-001 while the lot is"),
    ],
)
def test_closed_decision_says_why(world, lot, step, sentence):
    answer = signed_in(world.cast.chen).get(f"/lots/{lot.pk}/{step}/")

    assert sentence in words(answer)
    assert typed(answer, "password") is None


@pytest.mark.parametrize(
    ("step", "more", "sentence"),
    [
        (
            "recall",
            {},
            "Lot BAC-26-001 was never released, so it cannot be recalled; reject it.",
        ),
        (
            "reopen",
            {"deviation": "DEV-1"},
            "Lot BAC-26-001 is not released, so it cannot be reopened.",
        ),
    ],
    ids=["recall", "reopen"],
)
def test_refused_decision_keeps_its_reason(world, lot, step, more, sentence):
    """Sent from a page that was open when it was shown."""
    client, address = signed_in(world.cast.chen), f"/lots/{lot.pk}/{step}/"
    closed = client.get(address)
    assert sentence in words(closed)
    assert typed(closed, "password") is None

    answer = send(client, address, digest="0" * 64, reason="Just in case", **more)

    assert (answer.status_code, refused(answer)) == (422, [sentence])
    assert typed(answer, "reason") == "Just in case"
    assert not Signature.objects.filter(lot=lot).exists()


@pytest.mark.parametrize("step", ["resume", "reject", "recall", "void", "reopen"])
@pytest.mark.parametrize("username", ["lin", "sofia", "maria", "ines", "admin"])
def test_deciding_on_a_lot_is_for_qa(world, lot, step, username):
    answer = signed_in(getattr(world.cast, username)).post(
        f"/lots/{lot.pk}/{step}/",
        {"reason": "x", "deviation": "y", "password": PASSWORD, "shown": "0"},
    )

    assert answer.status_code == 403
    assert Lot.objects.get().state == "quarantine"


@pytest.mark.parametrize("username", ["maria", "ines", "admin"])
def test_holding_is_not_for_readers(world, lot, username):
    answer = signed_in(getattr(world.cast, username)).post(
        f"/lots/{lot.pk}/hold/", {"reason": "x"}
    )

    assert answer.status_code == 403
    assert Lot.objects.get().state == "quarantine"
