"""Review by a second person: exceptions first, one signature over the set shown."""

import datetime
import json
import re

import pytest

from lots.accounts import users
from lots.demo import bench
from lots.evaluation import evaluator, review_exceptions
from lots.evidence.documents import Upload
from lots.models import Attachment, Investigation, Mark, Result, Signature, User
from lots.release import disposition
from lots.results import result_entry
from lots.rules.statements import Statement
from lots.workflow.tasks import TASKS
from tests.lots.pages import PASSWORD, refused, shown, signed_in, ticked, typed, words
from tests.lots.signing import box


@pytest.fixture
def lot(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def test_order(lot):
    return lot.test_orders.get()


@pytest.fixture
def results(world, lot, at):
    """Three submitted results of Lin: two as usual, one past its alert limit."""
    return bench.enter(
        lot,
        world,
        {"APP": "White powder", "WATER": "0.21", "IMPA": "0.17"},
        by=world.cast.lin,
        at=at,
    )


def sign(client, test_order, results, *, password=PASSWORD, digest=None):
    """Open the page that signs these results and send it."""
    address = f"/test-orders/{test_order.pk}/review/sign/"
    keys = [result.pk for result in results]
    page = client.get(address, {"result": keys})
    return client.post(
        address,
        {
            "result": keys,
            "password": password,
            "shown": digest or shown(page),
            **ticked("review"),
        },
    )


# --- the list -----------------------------------------------------------------------


def test_exceptions_come_first_and_are_not_ticked(world, test_order, results):
    answer = signed_in(world.cast.sofia).get(f"/test-orders/{test_order.pk}/review/")

    body = answer.content.decode()
    assert body.index("Beyond an alert limit") < body.index(
        "2 results without exceptions"
    )
    ticked = [f'value="{result.pk}" checked' in body for result in results]
    assert ticked == [True, True, False]


def test_working_says_every_step_once(world, lot, test_order, at):
    bench.enter(
        lot,
        world,
        {"WATER": "0.21", "ASSAY": bench.typed("99.4", "99.7")},
        by=world.cast.lin,
        at=at,
    )
    pages = {
        "sofia": f"/test-orders/{test_order.pk}/review/",
        "lin": f"/test-orders/{test_order.pk}/",
    }

    for name, address in pages.items():
        answer = signed_in(getattr(world.cast, name)).get(address)
        listed = re.findall(r"<ol>(.*?)</ol>", answer.content.decode(), re.DOTALL)
        steps = [re.findall(r"<li>(.*?)</li>", one) for one in listed]

        assert "Typed 99.4; 99.7." in [first for first, *_ in steps]
        assert all(len(one) == len(set(one)) for one in steps)


def test_late_entry_is_an_exception(world, lot, test_order, at):
    result_entry.enter_result(
        test_order=test_order,
        test=world.tests["WATER"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.2"),
        seen=0,
        performed_on=at.date() - datetime.timedelta(4),
        raw_reference="LN-1",
    )
    result_entry.submit(
        test_order=test_order,
        results=list(Result.objects.all()),
        by=world.cast.lin,
        at=at,
    )

    said = words(
        signed_in(world.cast.sofia).get(f"/test-orders/{test_order.pk}/review/")
    )

    assert "days after the test" in said


def test_result_without_raw_data_is_not_submitted(world, lot, test_order, at):
    """Named, attached, or computed from what names it: those are submitted."""
    lin = world.cast.lin
    bench.enter(lot, world, {"IMPA": "0.04"}, by=lin, at=at)
    for code, value in {"WATER": "0.21", "ROI": "<0.05"}.items():
        result_entry.enter_result(
            test_order=test_order,
            test=world.tests[code],
            by=lin,
            at=at,
            determinations=bench.typed(value),
            seen=0,
            performed_on=at.date(),
        )
    bare, attached = Result.objects.filter(raw_reference="").order_by("pk")
    result_entry.attach(
        lot=lot,
        by=lin,
        at=at,
        upload=Upload("roi.txt", b"<0.05 %"),
        title="Weighing",
        result=attached,
    )
    client, address = signed_in(lin), f"/test-orders/{test_order.pk}/"

    grid = client.get(address)
    refused = client.post(
        f"{address}submit/", {"result": [bare.pk, attached.pk]}, follow=True
    )

    assert f'name="result" value="{bare.pk}"' not in grid.text
    assert f'name="result" value="{attached.pk}"' in grid.text
    assert "Water (Karl Fischer) has no raw data." in words(grid)
    assert "1 result to submit." in words(grid)
    assert refused.status_code == 422
    assert "Water (Karl Fischer) has no raw data. Choose “Attach” in its row" in words(
        refused
    )
    assert not Mark.objects.filter(result__in=[bare, attached]).exists()
    answer = client.post(f"{address}submit/", {"result": [attached.pk]})
    assert answer.status_code == 302


def test_attached_raw_data_is_linked(world, lot, test_order, results, at):
    result_entry.attach(
        lot=lot,
        by=world.cast.lin,
        at=at,
        upload=Upload("kf.txt", b"0.21 %"),
        title="KF printout",
        result=results[1],
    )

    answer = signed_in(world.cast.sofia).get(f"/test-orders/{test_order.pk}/review/")

    document = Attachment.objects.get().document_id
    assert (
        f'<a href="/documents/{document}/">KF printout</a>' in answer.content.decode()
    )


def test_own_entries_are_closed_with_the_reason(world, lot, test_order, at):
    cast = world.cast
    both = cast.people["sofia"]
    both.roles = ["analyst", "reviewer"]
    both.save()
    bench.enter(lot, world, {"WATER": "0.21"}, by=both, at=at)

    answer = signed_in(both).get(f"/test-orders/{test_order.pk}/review/")

    said = words(answer)
    assert (
        "“Review results” of Water (Karl Fischer) of BAC-26-001 takes another person:"
        " you entered facts or results of it and performed tests of it." in said
    )
    assert "You cannot review any of these results" in said
    assert 'name="result"' not in answer.content.decode()


def test_nothing_to_review_says_so(world, test_order):
    said = words(
        signed_in(world.cast.sofia).get(f"/test-orders/{test_order.pk}/review/")
    )

    assert "No results to review in this test order." in said


# --- the signature ------------------------------------------------------------------


def test_total_is_not_reviewed_by_who_entered_one_of_its_peaks(world, lot, at):
    """Also one that was corrected since, by another person."""
    _reviewing_too(world, at)
    marek = world.cast.people["marek"]
    test_order = lot.test_orders.get()
    mine = bench.enter(lot, world, {"IMPA": "0.06"}, by=marek, at=at)
    rest = {"UNSPEC": bench.peaks(rrt_0_45="0.081")}
    theirs = bench.enter(lot, world, rest, by=world.cast.lin, at=at)
    result_entry.enter_result(
        test_order=test_order,
        test=world.tests["IMPA"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.07"),
        seen=1,
        kind="transcription",
        reason="Typed wrongly",
        raw_reference="LN-1, page 7",
    )
    total = Result.objects.filter(test__code="TOTAL").latest("pk")
    result_entry.submit(
        test_order=test_order, results=[total], by=world.cast.lin, at=at
    )
    client = signed_in(marek)

    assert (
        "takes another person: you entered"
        in (refused(sign(client, test_order, [total]))[0])
    )
    assert "you entered" in words(client.get(f"/test-orders/{test_order.pk}/review/"))
    assert not refused(sign(client, test_order, theirs))
    assert mine[0].entered_by == marek


def test_total_is_reviewed_by_a_third_person(world, lot, at):
    test_order = lot.test_orders.get()
    for person, values in (
        (world.cast.marek, {"IMPA": "0.06"}),
        (world.cast.lin, {"UNSPEC": bench.peaks(rrt_0_45="0.081")}),
    ):
        bench.enter(lot, world, values, by=person, at=at)
    total = Result.objects.get(test__code="TOTAL")

    assert not refused(sign(signed_in(world.cast.sofia), test_order, [total]))
    assert Mark.objects.filter(result=total, kind="reviewed").count() == 1


def _reviewing_too(world, at):
    """Let Marek, an analyst, review as well."""
    users.set_roles(
        person=world.cast.marek,
        by=world.cast.admin,
        at=at,
        roles=["analyst", "reviewer"],
        reason="Stands in",
    )
    world.cast.people["marek"] = User.objects.get(username="marek")


def test_one_signature_covers_the_set_shown(world, lot, test_order, results):
    answer = sign(signed_in(world.cast.sofia), test_order, results[:2])

    assert answer.headers["Location"] == f"/lots/{lot.pk}/#results"
    signature = Signature.objects.get(meaning="reviewed")
    assert [
        (mark.result, mark.signature)
        for mark in Mark.objects.filter(kind="reviewed").order_by("pk")
    ] == [(results[0], signature), (results[1], signature)]


def test_page_says_what_the_signature_means(world, test_order, results):
    said = words(
        signed_in(world.cast.sofia).get(
            f"/test-orders/{test_order.pk}/review/sign/", {"result": results[1].pk}
        )
    )

    assert (
        "You sign as Sofia Almeida, Senior Analyst, Quality Control. Meaning: Compared"
        " with the raw data, complete and correct" in said
    )
    assert "The 1 result that you sign" in said
    assert '"text":"0.21"' in said


def sign_on_the_page(client, test_order, results, *, page=None, password=PASSWORD):
    """Sign these results where the page of the review shows them."""
    address = f"/test-orders/{test_order.pk}/review/"
    page = page or client.get(address)
    return client.post(
        f"{address}sign/",
        {
            "result": [result.pk for result in results],
            "password": password,
            "listed": page.context["listed"],
            **ticked("review"),
        },
    )


def test_selected_results_are_signed_on_the_page_that_shows_all(
    world, lot, test_order, results
):
    """Also an exception, which nobody selected at first."""
    some = [results[0], results[2]]

    answer = sign_on_the_page(signed_in(world.cast.sofia), test_order, some)

    assert answer.headers["Location"] == f"/lots/{lot.pk}/#results"
    signature = Signature.objects.get(meaning="reviewed")
    marks = Mark.objects.filter(kind="reviewed", signature=signature)
    assert [mark.result for mark in marks.order_by("pk")] == some
    assert '"text":"0.17"' in json.loads(signature.text)["shown"]
    assert '"text":"0.21"' not in json.loads(signature.text)["shown"]


def test_file_that_is_opened_from_the_page_is_signed_as_opened(
    world, lot, test_order, results, at
):
    file = result_entry.attach(
        lot=lot,
        by=world.cast.lin,
        at=at,
        upload=Upload("kf.txt", b"0.21 %"),
        title="KF printout",
        result=results[1],
    )
    client = signed_in(world.cast.sofia)
    page = client.get(f"/test-orders/{test_order.pk}/review/")
    client.get(f"/documents/{file.document_id}/")

    answer = sign_on_the_page(client, test_order, results, page=page)

    assert answer.status_code == 302
    text = json.loads(Signature.objects.get(meaning="reviewed").text)["shown"]
    assert [one["opened"] for one in json.loads(text)["attachments"]] == ["opened"]


def test_page_of_records_that_changed_since_signs_nothing(
    world, lot, test_order, results, at
):
    client = signed_in(world.cast.sofia)
    page = client.get(f"/test-orders/{test_order.pk}/review/")
    result_entry.attach(
        lot=lot,
        by=world.cast.lin,
        at=at,
        upload=Upload("kf.txt", b"0.21 %"),
        title="KF printout",
        result=results[1],
    )

    answer = sign_on_the_page(client, test_order, results, page=page)

    assert refused(answer)[0].startswith("Not signed: the record changed")
    assert "KF printout" in words(answer)
    assert "checked" not in box(answer, Statement.COMPARED)
    assert not Signature.objects.filter(meaning="reviewed").exists()


def test_wrong_password_on_the_page_keeps_what_was_selected_and_stated(
    world, test_order, results
):
    answer = sign_on_the_page(
        signed_in(world.cast.sofia), test_order, results[:2], password="not this one"
    )

    assert answer.status_code == 422
    assert refused(answer)[0].startswith("Not signed: your password was not confirmed")
    assert "The 2 results that you sign" in words(answer)
    assert "checked" in box(answer, Statement.COMPARED)


@pytest.mark.parametrize(
    ("lead", "leads"), [("read", "review/sign"), ("return", "send-back")]
)
def test_selected_results_are_read_or_returned_on_a_page_of_their_own(
    world, test_order, results, lead, leads
):
    """Nothing that was typed beside them is in its address."""
    answer = signed_in(world.cast.sofia).post(
        f"/test-orders/{test_order.pk}/review/sign/",
        {"result": results[0].pk, "lead": lead, "password": PASSWORD},
    )

    expected = f"/test-orders/{test_order.pk}/{leads}/?result={results[0].pk}"
    assert answer.headers["Location"] == expected
    assert not Mark.objects.filter(kind="reviewed").exists()


def test_what_fails_stands_before_what_only_raises_an_alert(
    world, lot, test_order, results, at
):
    bench.enter(lot, world, {"ROI": "0.9"}, by=world.cast.lin, at=at)

    said = words(
        signed_in(world.cast.sofia).get(f"/test-orders/{test_order.pk}/review/")
    )

    assert said.index("Residue on ignition") < said.index("Impurity A")
    assert said.index("Impurity A") < said.index("2 results without exceptions")


def test_value_typed_into_an_imported_lot_is_an_exception(lot, test_order, results):
    def said():
        rows = evaluator.evaluate(lot).of(test_order.pk).grid
        return [
            str(one)
            for row in rows
            for attempt in row.attempts
            for one in review_exceptions.of_attempt(lot, row, attempt, has_file=False)
        ]

    assert "Entered manually, in an imported lot" not in said()

    lot.imported_id = 1

    assert said().count("Entered manually, in an imported lot") == len(results)


def test_wrong_password_signs_nothing(world, test_order, results):
    answer = sign(
        signed_in(world.cast.sofia), test_order, results, password="not this one"
    )

    assert answer.status_code == 422
    assert refused(answer) == [
        "Not signed: your password was not confirmed; type it again, or"
        " wait if it was wrong several times."
    ]
    assert typed(answer, "password") == ""
    assert not Signature.objects.filter(meaning="reviewed").exists()


def test_record_that_changed_is_shown_again_before_it_is_signed(
    world, test_order, results
):
    client = signed_in(world.cast.sofia)

    answer = sign(client, test_order, results, digest="0" * 64)

    assert refused(answer) == [
        "Not signed: the record changed after it was shown to you; read it again and"
        " sign what it says now."
    ]
    again = sign(client, test_order, results, digest=shown(answer))
    assert again.status_code == 302


def test_person_who_entered_cannot_sign_the_review(world, lot, test_order, at):
    both = world.cast.people["sofia"]
    both.roles = ["analyst", "reviewer"]
    both.save()
    results = bench.enter(lot, world, {"WATER": "0.21"}, by=both, at=at)

    answer = sign(signed_in(both), test_order, results)

    assert answer.status_code == 422
    [sentence] = refused(answer)
    assert "takes another person: you entered" in sentence


def test_no_result_ticked_is_said(world, test_order, results):
    answer = signed_in(world.cast.sofia).get(
        f"/test-orders/{test_order.pk}/review/sign/"
    )

    assert refused(answer) == [
        "Nothing was signed: no result was selected. Go back and select the results"
        " that you compared."
    ]


def test_result_of_another_lot_is_not_found(world, test_order, results, at):
    other = bench.log(world.cast, world, at=at, number="BAC-26-002")

    answer = signed_in(world.cast.sofia).get(
        f"/test-orders/{other.test_orders.get().pk}/review/sign/",
        {"result": results[0].pk},
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("username", ["lin", "chen", "maria", "ines", "admin"])
@pytest.mark.parametrize("place", ["review/", "review/sign/", "send-back/"])
def test_review_is_for_reviewers(world, test_order, results, username, place):
    client = signed_in(getattr(world.cast, username))

    answer = client.get(f"/test-orders/{test_order.pk}/{place}")

    assert answer.status_code == 403
    assert not Signature.objects.filter(meaning="reviewed").exists()


# --- sending back -------------------------------------------------------------------


def test_results_go_back_with_the_reason(world, lot, test_order, results):
    address = f"/test-orders/{test_order.pk}/send-back/"

    answer = signed_in(world.cast.sofia).post(
        address, {"result": results[1].pk, "reason": "The printout says 0.12"}
    )

    assert answer.headers["Location"] == f"/lots/{lot.pk}/#results"
    [mark] = Mark.objects.filter(kind="returned")
    assert (mark.result, mark.reason) == (results[1], "The printout says 0.12")
    page = words(
        signed_in(world.cast.lin).get(f"/lots/{lot.pk}/attempts/"), of="attempts"
    )
    assert "Returned Returned by Sofia Almeida: The printout says 0.12" in page


def test_sending_back_without_a_reason_is_refused(world, test_order, results):
    answer = signed_in(world.cast.sofia).post(
        f"/test-orders/{test_order.pk}/send-back/", {"result": results[1].pk}
    )

    assert answer.status_code == 422
    assert refused(answer) == ["Reason is missing; type it."]
    assert not Mark.objects.filter(kind="returned").exists()


# --- corrections --------------------------------------------------------------------


@pytest.fixture
def correction(world, lot, test_order, at):
    """A correction of a failing water, which waits for a second person."""
    bench.enter(lot, world, {"WATER": "2.1"}, by=world.cast.lin, at=at)
    result, _ = result_entry.enter_result(
        test_order=test_order,
        test=world.tests["WATER"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.21"),
        seen=1,
        kind="transcription",
        reason="The point was misplaced",
        raw_reference="LN-1, page 7",
    )
    return result


def test_correction_shows_both_values_side_by_side(world, correction):
    answer = signed_in(world.cast.sofia).get(f"/results/{correction.pk}/confirm/")

    said = words(answer)
    assert "As first entered 2.1 % BAC-ORAL v1: NMT 1.0 % ✕ OOS 2.1" in said
    assert "As corrected 0.21 % BAC-ORAL v1: NMT 1.0 % ✓ Pass 0.2" in said
    assert "The point was misplaced" in said


def test_confirmed_correction_stands(world, lot, correction):
    client = signed_in(world.cast.sofia)
    address = f"/results/{correction.pk}/confirm/"

    answer = client.post(
        address,
        {
            "password": PASSWORD,
            "shown": shown(client.get(address)),
            **ticked("confirm_correction"),
        },
    )

    assert answer.headers["Location"] == f"/lots/{lot.pk}/#results"
    assert Mark.objects.filter(result=correction, kind="confirmed").count() == 1
    assert "This correction no longer waits for confirmation." in words(
        client.get(address)
    )


def test_correction_is_not_confirmed_by_who_entered_it(world, correction):
    both = world.cast.people["lin"]
    both.roles = ["analyst", "reviewer"]
    both.save()
    client = signed_in(both)
    address = f"/results/{correction.pk}/confirm/"

    page = client.get(address)
    answer = client.post(address, {"password": PASSWORD, "shown": "0" * 64})

    assert "takes another person: you entered" in words(page)
    assert "takes another person: you entered" in refused(answer)[0]
    assert not Mark.objects.filter(kind="confirmed").exists()


def test_review_page_names_the_correction_that_waits(world, test_order, correction):
    said = words(
        signed_in(world.cast.sofia).get(f"/test-orders/{test_order.pk}/review/")
    )

    assert "Water (Karl Fischer): 0.21 Verify the correction" in said


def test_lot_page_leads_the_reviewer_to_the_correction_that_waits(
    world, lot, test_order, correction
):
    page = signed_in(world.cast.sofia).get(f"/lots/{lot.pk}/")

    said = words(page)
    assert (
        "A correction waits: compare it with the raw data and confirm it. Waits for a"
        " reviewer"
    ) in said
    assert page.context["next_step"].action == "Verify the correction"
    assert f'href="/test-orders/{test_order.pk}/review/"' in page.content.decode()
    assert "Correction to confirm Verify the correction" in said
    of_analyst = signed_in(world.cast.lin).get(f"/lots/{lot.pk}/")
    assert "Verify the correction" not in words(of_analyst, of="actions")
    assert not of_analyst.context["next_step"].address


@pytest.mark.parametrize("decision", ["confirmed", "sent back"])
def test_correction_of_a_rejected_lot_is_decided_and_its_investigation_ends(
    world, lot, results, test_order, at, decision
):
    """Of the rest of the lot nothing goes back to an analyst who could not enter it."""
    bench.enter(lot, world, {"ROI": "0.9"}, by=world.cast.lin, at=at)
    correction, _ = result_entry.enter_result(
        test_order=test_order,
        test=world.tests["ROI"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.09"),
        seen=1,
        kind="transcription",
        reason="The point was misplaced",
        raw_reference="LN-1, page 7",
    )
    bench.decide(world.cast, disposition.reject, lot, at=at, reason="Foreign particles")
    client = signed_in(world.cast.sofia)
    address = f"/results/{correction.pk}/confirm/"
    back = f"/test-orders/{test_order.pk}/send-back/"
    reason = {"reason": "No raw data"}

    said = words(client.get(f"/lots/{lot.pk}/"))
    [waiting] = TASKS["to_confirm"].lots(at=at, person=world.cast.sofia)
    assert "compare it with the raw data and confirm it." in said
    assert waiting.number == lot.number
    assert f"{back}?result={correction.pk}" in client.get(address).content.decode()
    ordinary = client.post(back, {"result": results[0].pk, **reason})
    assert refused(ordinary) == [
        "Lot BAC-26-001 is rejected, so nobody could enter Appearance, attempt 1,"
        " again. Only a correction that waits for a reviewer can be returned."
    ]
    if decision == "confirmed":
        client.post(
            address,
            {
                "password": PASSWORD,
                "shown": shown(client.get(address)),
                **ticked("confirm_correction"),
            },
        )
    else:
        client.post(back, {"result": correction.pk, **reason})
        page = signed_in(world.cast.chen).get(f"/lots/{lot.pk}/")
        assert (
            "An investigation is open: a reviewer signs phase I. Waits for a reviewer"
        ) in words(page)
        assert page.context["next_step"].action == "Open the investigation"
        bench.conclude(
            world.cast,
            lot,
            Investigation.objects.get(),
            at=at,
            conclusion="not_proven",
            cause="No error was found",
        )

    assert Investigation.objects.get().closed_at is not None
    assert "Rejected. Nothing to do." in words(client.get(f"/lots/{lot.pk}/"))


def test_result_that_corrects_nothing_has_no_such_page(world, results):
    answer = signed_in(world.cast.sofia).get(f"/results/{results[0].pk}/confirm/")

    assert answer.status_code == 404


def test_lot_on_hold_can_still_be_reviewed(world, lot, test_order, results, at):
    disposition.hold(lot=lot, by=world.cast.lin, at=at, reason="Drum damaged")

    answer = sign(signed_in(world.cast.sofia), test_order, results)

    assert answer.status_code == 302
    assert Mark.objects.filter(kind="reviewed").count() == 3
