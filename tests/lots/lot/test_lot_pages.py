"""Logging a lot and the page of a lot, as people meet them."""

import datetime
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lots import calendar
from lots.demo import bench
from lots.evaluation import raw_data
from lots.evidence.documents import Upload
from lots.models import (
    Assessment,
    Attachment,
    AuditEntry,
    Document,
    Lot,
    Parentage,
    Sample,
    TestOrder,
)
from lots.release import disposition
from lots.results import result_entry
from lots.rules.refusal import Refusal
from lots.setup import qualifications
from reports.issuing import certificates
from tests.lots.pages import PASSWORD, refused, shown, signed_in, to_log, typed, words

LOG = "/lots/log/"


@pytest.fixture
def oral(world, at):
    return bench.log(world.cast, world, at=at, number="BAC-26-001")


@pytest.fixture
def facts(world, at):
    """What an analyst types to log an oral lot."""
    return to_log(world, made=calendar.today(at) - datetime.timedelta(3))


# --- log ----------------------------------------------------------------------------


def test_logging_leads_to_the_lot_with_its_assessment(world, facts):
    answer = signed_in(world.cast.lin).post(
        LOG, {**facts, "use_document": SimpleUploadedFile("br.txt", b"Batch record")}
    )

    lot = Lot.objects.get(number="BAC-26-100")
    assert answer.headers["Location"] == f"/lots/{lot.pk}/"
    assert lot.use_document.name == "br.txt"
    assert [str(one.specification) for one in lot.assessments.all()] == ["BAC-ORAL v1"]


def test_unqualified_use_is_refused_beside_what_stands(world, facts):
    facts |= {"use": "intrathecal", "process": "T-3", **world.bought}
    del facts["original_certificate"]
    facts["site"] = world.partner.pk

    answer = signed_in(world.cast.lin).post(LOG, facts)

    assert answer.status_code == 422
    assert not Lot.objects.exists()
    [sentence] = refused(answer)
    assert "Wuxi works" in sentence
    assert "intrathecal" in sentence
    assert "Taihu process T-3" in words(answer, of="qualifications")
    assert "BP-07" not in words(answer, of="qualifications")


def test_lot_of_another_manufacturer_is_not_logged_as_our_own_make(world, facts):
    facts |= {"site": world.partner.pk, "process": "Taihu process T-3"}
    form = signed_in(world.cast.lin)

    refusal = refused(form.post(LOG, facts))
    facts |= {"issuer_role": "agent", "original_certificate_number": "TH-9"}
    answer = form.post(LOG, facts)

    [sentence] = refusal
    assert sentence.startswith(
        "Lot BAC-26-100 was made by Taihu Fine Chemicals Co., Ltd., so your company"
        " is not its manufacturer; choose another issuer role"
    )
    assert answer.status_code == 302
    assert Lot.objects.get().issuer_role == "agent"


def test_refused_lot_keeps_what_was_typed_and_says_that_files_are_lost(world, facts):
    facts |= {
        "number": "BAC\N{CYRILLIC SMALL LETTER A}1",
        "size": "1,5",
        "packaging": "9 drums & <liners>",
        "parents-0-parent": "NOWHERE-1",
        "parents-0-quantity": "75",
        "use_document": SimpleUploadedFile("br.txt", b"Batch record"),
    }

    answer = signed_in(world.cast.lin).post(LOG, facts)

    assert refused(answer) == [
        "The lot number has the character U+0430 at place 4, which cannot be told from"
        " others in print; use Latin letters, digits and - . / _ + only.",
        "No lot NOWHERE-1 is logged; log the parent lot first, or correct its number.",
        "1,5 has a comma, which could mean decimals or thousands; type decimals with"
        " a point, and thousands without a separator.",
    ]
    assert typed(answer, "packaging") == "9 drums & <liners>"
    assert typed(answer, "parents-0-quantity") == "75"
    assert "Choose the files again" in words(answer)


def test_every_mistake_is_said_at_once_beside_its_field(world, facts, at):
    tomorrow = calendar.today(at) + datetime.timedelta(1)
    facts |= {"size": "1,5", "manufactured_on": str(tomorrow), "packaging": " "}

    answer = signed_in(world.cast.lin).post(LOG, {**facts, "packaging": "6 drums"})

    assert [sentence.split(";")[0] for sentence in refused(answer)] == [
        f"Lot BAC-26-100 cannot have been manufactured on {tomorrow}, which is after"
        f" today, {calendar.today(at)}",
        "1,5 has a comma, which could mean decimals or thousands",
    ]


def test_what_certificates_cannot_print_is_said_beside_its_field(world, facts):
    """No step changes it later, so the lot could never be certified."""
    facts |= {"packaging": "6 \N{THAI CHARACTER KO KAI}", "note": "Drum \u5586"}

    answer = signed_in(world.cast.lin).post(LOG, facts)

    assert refused(answer) == [
        "The packaging has \N{THAI CHARACTER KO KAI} (U+0E01), which certificates"
        " cannot print; write it another way, such as in Latin letters.",
        "The note has \u5586 (U+5586), which certificates cannot print; write it"
        " another way, such as in Latin letters.",
    ]
    assert not Lot.objects.exists()


def test_blend_is_logged_with_its_parents(world, facts, at):
    for number in ("BAC-26-001", "BAC-26-002"):
        bench.log(world.cast, world, at=at, number=number)
    facts |= {
        "origin": "blend",
        "parents-0-parent": "BAC-26-001",
        "parents-0-quantity": "75",
        "parents-1-parent": "BAC-26-002",
        "parents-1-quantity": "75",
    }

    signed_in(world.cast.lin).post(LOG, facts)

    assert [
        (row.parent.number, row.quantity) for row in Parentage.objects.order_by("pk")
    ] == [("BAC-26-001", "75"), ("BAC-26-002", "75")]


def test_refused_parents_are_said_beside_the_parents(world, facts):
    answer = signed_in(world.cast.lin).post(LOG, {**facts, "origin": "blend"})

    [sentence] = refused(answer)
    assert "parent lots" in sentence


def test_more_parent_rows_keep_what_was_typed_and_store_nothing(world, facts):
    facts |= {"parents-2-parent": "BAC-1", "more": "1"}

    answer = signed_in(world.cast.lin).post(LOG, facts)

    assert (answer.status_code, refused(answer)) == (200, [])
    assert typed(answer, "parents-2-parent") == "BAC-1"
    assert typed(answer, "parents-5-parent") == ""
    assert typed(answer, "number") == "BAC-26-100"
    assert not Lot.objects.exists()


@pytest.mark.parametrize("username", ["sofia", "chen", "maria", "ines", "admin"])
def test_logging_is_for_analysts(world, facts, username):
    answer = signed_in(getattr(world.cast, username)).post(LOG, facts)

    assert answer.status_code == 403
    assert not Lot.objects.exists()


def test_qualifications_follow_the_site_chosen(world):
    answer = signed_in(world.cast.lin).get(
        reverse("lots:valid_qualifications"), {"site": world.partner.pk}
    )

    assert "Taihu process T-3" in words(answer)
    assert "BP-01" not in words(answer)


# --- the page -----------------------------------------------------------------------


def page(world, lot, username="lin", tab=""):
    return signed_in(getattr(world.cast, username)).get(f"/lots/{lot.pk}/{tab}")


def test_page_says_why_the_lot_is_not_released_and_what_is_next(world, oral):
    said = words(page(world, oral), of="release")

    assert "What blocks release" in said
    assert "23 results are missing. Waits for an analyst" in said
    assert "23 tests have no result: Appearance, " in said


def test_page_says_why_a_step_is_closed(world, oral):
    said = head(world, oral, "maria")

    assert (
        "Your role does not allow “Release” of BAC-26-001 against BAC-ORAL v1; ask QA."
        in said
    )
    assert "Enter results" not in said.partition("Unavailable")[0]


def test_page_of_a_lot_on_hold_says_the_reason(world, oral, at):
    disposition.hold(lot=oral, by=world.cast.lin, at=at, reason="Drum damaged")

    said = words(page(world, oral, "chen"))

    assert "Drum damaged" in said
    assert "On hold: nothing is released until the hold ends." in said


def test_head_of_a_lot_does_not_keep_the_reason_why_a_hold_ended(world, oral, at):
    disposition.hold(lot=oral, by=world.cast.lin, at=at, reason="Drum damaged")
    client = signed_in(world.cast.chen)
    address = f"/lots/{oral.pk}/resume/"
    signed = {"password": PASSWORD, "shown": shown(client.get(address))}

    client.post(address, {**signed, "reason": "Closed as minor"})

    assert "Closed as minor" not in head(world, oral)
    assert "Closed as minor" in words(page(world, oral, tab="history/"), of="history")


def test_page_shows_attempts_signatures_and_history(world, oral, at):
    bench.enter(oral, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    bench.review(world.cast, oral, at=at)

    attempts = words(page(world, oral, tab="attempts/"), of="attempts")
    history = words(page(world, oral, tab="history/"), of="history")

    assert "99.4; 99.7" in attempts
    assert "Unrounded" in attempts
    assert "99.759494…" in attempts
    assert (
        "Sofia Almeida, Senior Analyst, Quality Control"
        " Compared with the raw data, complete and correct" in history
    )
    assert calendar.stamp(at) in history


def test_history_says_fields_states_and_times_in_words(world, oral, at):
    disposition.hold(lot=oral, by=world.cast.lin, at=at, reason="Complaint")

    said = words(page(world, oral, tab="history/"), of="history")

    assert "State Quarantine → On hold" in said
    assert f"Logged at – → {calendar.stamp(oral.logged_at)}" in said
    assert f"– → Baclofen (material {oral.material_id})" in said
    assert "Lin Yue put lot BAC-26-001 on hold; reason: Complaint." in said
    assert not re.search("on_hold|material_id|[+]00:00", said)
    # What a new record left blank is no change.
    assert "– → –" not in said
    assert "Note printed on every certificate" not in said


def test_page_of_an_intrathecal_lot_judges_both_uses(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")

    said = words(page(world, lot), of="results")

    assert "BAC-IT v1 Intrathecal Last lots BAC-ORAL v1 Oral" in said


def test_queries_of_the_page_do_not_grow_with_results(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    client = signed_in(world.cast.lin)
    counts = []
    results = bench.IT_RESULTS
    for code, value in results.items():
        bench.enter(lot, world, {code: value}, by=world.cast.lin, at=at)
        if code in ("APP", list(results)[-1]):
            client.get(f"/lots/{lot.pk}/")  # master data are at hand from here on
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/lots/{lot.pk}/")
            counts.append((lot.test_orders.get().results.count() > 30, len(queries)))

    assert counts == [(False, 17), (True, 17)]


def test_each_tab_has_its_address_and_says_which_it_is(world, oral):
    shown = {
        tab: page(world, oral, tab=tab).content.decode()
        for tab in ("", "attempts/", "documents/", "certificates/", "history/")
    }

    for tab, body in shown.items():
        address = f"/lots/{oral.pk}/{tab}"
        assert f'<a href="{address}" aria-current="page">' in body
        assert "What blocks release" in body


def test_tabs_say_how_many_documents_and_certificates_there_are(world, oral, at):
    def counts():
        body = page(world, oral).content.decode()
        tabs = body.partition('class="lot-tabs"')[2].partition("</nav>")[0]
        return re.findall(r">(\w+) <span class=\"count\">(\d+)</span>", tabs)

    assert ("Documents", "0") in counts()
    assert ("Certificates", "0") in counts()

    result_entry.attach(
        lot=oral,
        by=world.cast.lin,
        at=at,
        title="Chromatograms",
        result=None,
        upload=Upload("c.txt", b"Sequence 2611-04"),
    )
    released(world, oral, at)
    certificates.issue(
        assessment=oral.assessments.get(), by=world.cast.olga, at=at, stated=bench.LABEL
    )

    assert ("Documents", "1") in counts()
    assert ("Certificates", "1") in counts()


def test_main_action_is_that_of_the_next_step_where_the_reader_may_take_it(world, oral):
    order = oral.test_orders.get().pk
    main = f'<a class="btn btn-primary" href="/test-orders/{order}/">Enter results</a>'

    assert main in page(world, oral).content.decode()
    assert "btn-primary" not in page(world, oral, "tomas").content.decode()


def test_track_says_who_took_each_step_and_how_far_the_next_is(world, oral, at):
    day = str(calendar.today(at))
    some = dict(list(bench.ORAL_RESULTS.items())[:3])
    bench.enter(oral, world, some, by=world.cast.lin, at=at)

    assert steps(world, oral) == [
        f"Logged : done {day} Lin Yue",
        "Tested : in progress 3 of 23 tests",
        "Reviewed : not yet 0 of 23 tests",
        "Released : not yet",
        "Certified : not yet",
    ]


def test_track_of_a_released_lot_leads_to_its_certificate(world, oral, at):
    released(world, oral, at)
    day = str(calendar.today(at))

    assert steps(world, oral)[1:] == [
        f"Tested : done {day} Lin Yue",
        f"Reviewed : done {day} Sofia Almeida",
        f"Released : done {day} Chen Fang",
        "Certified : in progress",
    ]

    made = certificates.issue(
        assessment=oral.assessments.get(), by=world.cast.olga, at=at, stated=bench.LABEL
    )

    who = world.cast.olga.printed_name
    assert steps(world, oral)[4] == f"Certified : done {day} {who} {made.number}"


def test_track_stops_at_a_result_that_fails_and_its_row_is_marked(world, oral, at):
    bench.enter(oral, world, {"MEOH": "3200"}, by=world.cast.lin, at=at)

    body = page(world, oral).content.decode()

    assert "Tested : stopped 1 OOS" in steps(world, oral)
    [row] = re.findall(r'<tr [^>]*class="result-row result-oos">.*?</tr>', body, re.S)
    assert "Methanol" in row
    # The value is far beyond the limit of 3000 ppm, but still on the scale.
    assert 'class="x-oos"' in row


def test_suspended_qualification_is_the_next_step_and_no_main_action(world, oral, at):
    bench.enter(
        oral,
        world,
        {**bench.ORAL_RESULTS, **bench.ELEMENTS},
        by=world.cast.lin,
        at=at,
    )
    bench.review(world.cast, oral, at=at)
    qualifications.suspend_qualification(
        qualification=oral.qualification,
        by=world.cast.olga,
        at=at,
        since=calendar.today(at),
        reason="Audit finding",
    )

    answer = page(world, oral, "chen")

    assert "suspended" in words(answer, of="release").partition("Waits for")[0]
    assert "btn-primary" not in answer.content.decode()


def test_value_is_shown_as_reported_with_what_was_entered_beneath(world, oral, at):
    bench.enter(oral, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    bench.review(world.cast, oral, at=at)

    water = words(page(world, oral), of=row(world, oral, "WATER"))

    assert water.startswith("Water (Karl Fischer) 0.2 % 0.21 NMT 1.0 % ")
    assert "Pass" in water


def test_further_specification_says_where_its_limit_is_the_same(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    bench.enter(lot, world, {"MEOH": "112"}, by=world.cast.lin, at=at)

    assert "same limit" in words(page(world, lot), of=row(world, lot, "MEOH"))
    assert "NMT 0.50 µg/g" in words(page(world, lot), of=row(world, lot, "CD"))


def test_last_lots_of_the_process_are_drawn_and_named(world, at):
    for n in range(3):
        lot = bench.log(world.cast, world, at=at, number=f"BAC-26-00{n}")
        bench.enter(lot, world, {"MEOH": f"1{n}0"}, by=world.cast.lin, at=at)

    body = page(world, lot).content.decode()

    assert 'aria-label="Methanol: last 3 lots of the process"' in body
    assert body.count("x-dot-now") == 1


@pytest.mark.parametrize(
    ("asked", "there"),
    [("all", 23), ("missing", 21), ("exceptions", 1), ("nonsense", 23)],
)
def test_results_are_narrowed_by_the_address(world, oral, at, asked, there):
    some = {"APP": "White powder", "MEOH": "3200"}
    bench.enter(oral, world, some, by=world.cast.lin, at=at)

    body = page(world, oral, tab=f"?show={asked}").content.decode()

    assert body.count("<tr id=") == there
    assert "Missing 21" in body
    assert "Exceptions 1" in body


def steps(world, lot):
    """Return the steps of the lot's only track, in words."""
    body = page(world, lot).content.decode()
    found = re.findall(r'<li class="step .*?</li>', body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in found]


def row(world, lot, code):
    """Return the id of the row of a test."""
    return f"row-{world.tests[code].pk}-{lot.test_orders.get().pk}"


def released(world, lot, at):
    results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
    bench.enter(lot, world, results, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)


def test_lot_that_is_not_there_is_not_found(world):
    assert signed_in(world.cast.lin).get("/lots/999999/").status_code == 404


# --- what is added ------------------------------------------------------------------


def test_sample_is_recorded(world, oral, at):
    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/samples/new/",
        {
            "number": "BAC-26-001/S2",
            "taken_on": str(calendar.today(at)),
            "taken_by": "Lin Yue",
            "quantity": "20 g",
            "purpose": "Retained",
        },
    )

    assert answer.headers["Location"] == f"/lots/{oral.pk}/documents/#samples"
    assert Sample.objects.order_by("pk").last().purpose == "Retained"


def test_sample_taken_before_manufacture_is_refused(world, oral):
    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/samples/new/",
        {
            "number": "S-9",
            "taken_on": "2020-01-01",
            "taken_by": "Lin Yue",
            "quantity": "20 g",
            "purpose": "Retained",
        },
    )

    assert answer.status_code == 422
    [sentence] = refused(answer)
    assert sentence.startswith("A sample of lot BAC-26-001 cannot have been taken")
    assert typed(answer, "purpose") == "Retained"


def test_sample_number_that_fits_no_label_is_refused_as_one(world, oral, at):
    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/samples/new/",
        {
            "number": "S" * 41,
            "taken_on": str(calendar.today(at)),
            "taken_by": "Lin Yue",
            "quantity": "20 g",
            "purpose": "Retained",
        },
    )

    assert refused(answer) == [
        "The sample number has 41 characters; at most 40 fit on a label."
    ]


def test_raw_data_is_attached_to_a_result(world, oral, at):
    [result] = bench.enter(
        oral, world, {"APP": "White powder"}, by=world.cast.lin, at=at
    )

    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/attachments/new/",
        {
            "title": "Photograph",
            "result": result.pk,
            "upload": SimpleUploadedFile("drum.txt", b"white"),
        },
    )

    assert answer.headers["Location"] == f"/lots/{oral.pk}/documents/#samples"
    kept = Attachment.objects.get()
    assert (kept.result, kept.title, kept.document.name) == (
        result,
        "Photograph",
        "drum.txt",
    )
    assert "Photograph" in words(page(world, oral, tab="documents/"), of="samples")


def test_first_file_of_a_lot_needs_a_title_and_a_file(world, oral, at):
    """Where the lot has no file yet, none of its files is offered."""
    address = f"/lots/{oral.pk}/attachments/new/"

    shown = words(signed_in(world.cast.lin).get(address))

    assert "Or a file of this lot" not in shown
    assert ("Title (optional)" in shown, "File (optional)" in shown) == (False, False)
    assert refused(attached(world, oral, title="")) == [
        "Title is missing; type it.",
        "File is missing; choose a file.",
    ]
    sent = {"title": "Report", "upload": SimpleUploadedFile("run.txt", b"Sequence 7")}
    assert attached(world, oral, **sent).status_code == 302
    assert "Or a file of this lot" in words(signed_in(world.cast.lin).get(address))


def attached(world, lot, **sent):
    """Attach a file on the page, as the analyst; return the answer."""
    return signed_in(world.cast.lin).post(f"/lots/{lot.pk}/attachments/new/", sent)


def test_one_file_serves_several_results_of_the_lot(world, oral, at):
    """The report of a run is raw data of each result of the run; it is kept once."""
    some = {"APP": "White powder", "MEOH": "112", "TOL": "<20"}
    first, second, third = bench.enter(
        oral, world, some, by=world.cast.lin, at=at, submit=False, raw_reference=""
    )
    report = SimpleUploadedFile("run.txt", b"Sequence 7")
    attached(world, oral, title="Report of run 7", result=first.pk, upload=report)
    [kept] = Attachment.objects.all()

    shown = signed_in(world.cast.lin).get(
        f"/lots/{oral.pk}/attachments/new/?result={second.pk}"
    )
    answer = attached(world, oral, earlier=kept.pk, result=second.pk)

    assert "Report of run 7 (run.txt)" in words(shown)
    assert answer.status_code == 302
    assert Document.objects.filter(name="run.txt").count() == 1
    assert [
        (one.result, one.title, one.document)
        for one in Attachment.objects.order_by("pk")
    ] == [
        (first, "Report of run 7", kept.document),
        (second, "Report of run 7", kept.document),
    ]
    # It is raw data of the second result, and of no other.
    assert set(raw_data.lacking(oral, [first, second, third])) == {third.pk}
    result_entry.submit(
        test_order=oral.test_orders.get(), results=[first, second], by=world.cast.lin,
        at=at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Choose one file: a new one, or one that is attached"),
        ({"earlier": "first", "upload": "new"}, "Choose one file: a new one"),
        ({"earlier": "first", "result": "first"}, "attempt 1, already; choose another"),
        (
            {"earlier": "first", "result": ""},
            "choose the result that it is the raw data",
        ),
        ({"earlier": "other"}, "Or a file of this lot"),
    ],
)
def test_file_of_the_lot_is_chosen_once_for_a_result(world, oral, at, sent, said):
    [result] = bench.enter(
        oral, world, {"APP": "White powder"}, by=world.cast.lin, at=at
    )
    other = bench.log(world.cast, world, at=at, number="BAC-26-950")
    files = {
        name: result_entry.attach(
            lot=lot, by=world.cast.lin, at=at, title=name, result=of,
            upload=Upload("a.txt", name.encode()),
        ).pk
        for name, lot, of in (("first", oral, result), ("other", other, None))
    }  # fmt: skip
    given = {"title": "Again", "result": result.pk, **sent}
    given["earlier"] = files.get(given.get("earlier"), "")
    given["result"] = result.pk if given["result"] else ""
    if given.get("upload"):
        given["upload"] = SimpleUploadedFile("b.txt", b"new")

    answer = attached(world, oral, **given)

    assert answer.status_code == 422
    assert said in words(answer)
    assert typed(answer, "title") == "Again"
    assert Attachment.objects.count() == 2


def test_file_of_another_lot_serves_no_result(world, oral, at):
    [result] = bench.enter(
        oral, world, {"APP": "White powder"}, by=world.cast.lin, at=at
    )
    other = bench.log(world.cast, world, at=at, number="BAC-26-950")
    theirs = result_entry.attach(
        lot=other, by=world.cast.lin, at=at, title="Theirs",
        upload=Upload("a.txt", b"theirs"),
    )  # fmt: skip

    with pytest.raises(Refusal, match="Theirs is not attached to lot"):
        result_entry.attach(
            lot=oral, by=world.cast.lin, at=at, earlier=theirs, result=result
        )


def test_raw_data_of_a_wrong_type_is_refused_beside_the_file(world, oral):
    answer = signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/attachments/new/",
        {"title": "Virus", "upload": SimpleUploadedFile("x.exe", b"MZ\x00\x01")},
    )

    [sentence] = refused(answer)
    assert sentence.startswith("The file x.exe was not stored")
    assert 'id="id_upload_error"' in answer.content.decode()
    assert not Attachment.objects.exists()


def test_retest_opens_an_test_order_with_its_assessments(world, oral, at):
    use_by = calendar.today(at) + datetime.timedelta(30)

    signed_in(world.cast.lin).post(
        f"/lots/{oral.pk}/test-orders/new/",
        {"occasion": "retest", "use_by": str(use_by)},
    )

    opened = TestOrder.objects.get(lot=oral, ordinal=2)
    assert (opened.occasion, opened.use_by) == ("retest", use_by)
    assert "Retest · test order 2" in words(page(world, oral))


def test_assessment_offers_what_the_lot_can_be_judged_against(world, oral):
    """What the verb would refuse is named with its sentence, and not offered."""
    test_order = oral.test_orders.get()
    own, other = (
        world.material.specifications.get(code=code) for code in ("BAC-ORAL", "BAC-IT")
    )

    answer = signed_in(world.cast.chen).get(
        f"/test-orders/{test_order.pk}/assessments/new/"
    )

    offered = re.findall(r'<option value="(\d*)"', answer.content.decode())
    assert set(offered).isdisjoint({str(own.pk), str(other.pk)})
    said = words(answer)
    assert f"{own} Lot BAC-26-001 is already assessed against {own}." in said
    assert f"{other} Lot BAC-26-001 was made for oral use (BR-BAC-26-001)" in said


def test_assessment_against_a_further_specification_is_offered_and_taken(world, at):
    """An intrathecal lot that was logged for its own use alone may stand in."""
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-901",
        use="intrathecal",
        specifications=[world.material.specifications.get(code="BAC-IT")],
    )
    oral = world.material.specifications.get(code="BAC-ORAL")
    address = f"/test-orders/{lot.test_orders.get().pk}/assessments/new/"
    client = signed_in(world.cast.chen)

    shown = client.get(address)
    client.post(address, {"specification": oral.pk})

    assert f'<option value="{oral.pk}">{oral}</option>' in shown.content.decode()
    assert lot.assessments.filter(specification=oral, state="open").exists()


def test_assessment_for_another_use_is_refused(world, oral):
    test_order = oral.test_orders.get()
    intrathecal = world.material.specifications.get(code="BAC-IT")

    answer = signed_in(world.cast.chen).post(
        f"/test-orders/{test_order.pk}/assessments/new/",
        {"specification": intrathecal.pk},
    )

    assert refused(answer) == [
        "Lot BAC-26-001 was made for oral use (BR-BAC-26-001) and cannot be tested,"
        " released or certified for intrathecal use, whatever its results."
    ]
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize("place", ["samples/new", "attachments/new", "test-orders/new"])
def test_managers_add_nothing(world, oral, place):
    before = AuditEntry.objects.count()

    answer = signed_in(world.cast.maria).post(f"/lots/{oral.pk}/{place}/", {})

    assert answer.status_code == 403
    assert AuditEntry.objects.count() == before


# --- the word at the head -------------------------------------------------------------


def head(world, lot, username="lin"):
    """Return what the page says of the lot above how far it is."""
    return words(page(world, lot, username)).partition(" Manufacturer's lot ")[0]


def test_head_says_what_a_lot_was_released_for_and_no_more_quarantine(world, at):
    oral = bench.log(world.cast, world, at=at, number="BAC-26-001")
    intrathecal = bench.log(
        world.cast, world, at=at, number="BAC-26-901", use="intrathecal"
    )
    assert "Quarantine Results to enter" in head(world, oral)

    for lot in (oral, intrathecal):
        results = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
        bench.enter(lot, world, results, by=world.cast.lin, at=at)
        bench.review(world.cast, lot, at=at)
        bench.release(
            world.cast, lot, "BAC-ORAL", at=at, justification="Urgent: stands in"
        )

    assert "Released for oral use" in head(world, oral)
    assert "Quarantine" not in head(world, oral)
    assert "Released for oral use Results to enter" in head(world, intrathecal)

    disposition.hold(lot=oral, by=world.cast.chen, at=at, reason="A complaint")

    assert "On hold" in head(world, oral)
    assert "Released for" not in head(world, oral)
