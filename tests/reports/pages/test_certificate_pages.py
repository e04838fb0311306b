"""Pages of certificates: the register, issue, one certificate, its file."""

import csv
import io
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lots import calendar
from lots.demo import bench
from lots.intake import test_orders
from lots.release import disposition
from lots.rules import statements
from lots.setup import qualifications
from lots.setup.organisations import add_organisation
from reports import pdf
from reports.issuing import certificates
from reports.models import Certificate, State
from tests.lots.pages import ticked
from tests.visiting import Visitor

LABEL = statements.Statement.LABEL.word


@pytest.fixture
def as_person(client, world):
    """Return a function that signs a person in and returns the client."""

    def sign_in(username):
        client.force_login(
            getattr(world.cast, username),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        return client

    return sign_in


@pytest.fixture
def qa(as_person):
    return as_person("chen")


@pytest.fixture
def made(world, released, at):
    return certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )


def page(name, record):
    return reverse(f"reports:{name}", args=[record.pk])


# --- issue --------------------------------------------------------------------------


def test_issue_page_lists_reasons_with_their_pages(qa, world, released, at):
    assessment = released()
    qualification = assessment.lot.qualification
    qualifications.suspend_qualification(
        qualification=qualification,
        by=world.cast.olga,
        at=at,
        since=calendar.today(at),
        reason="Audit finding",
    )

    response = qa.get(page("issue", assessment))

    [(sentence, url)] = response.context["blockers"]
    assert sentence.endswith("is suspended: Audit finding.")
    assert url == reverse("lots:qualification_detail", args=[qualification.pk])
    assert f'<a href="{url}">' in response.content.decode()
    assert "Issue the certificate" not in response.content.decode()


def asked_for(qa, customer, assessment):
    """Fill in for whom the certificate is, on the page of issue."""
    person = Visitor()
    person.client.force_login(qa)
    person.open(page("issue", assessment))
    person.fill(
        {"Customer": customer.name, "Order": "PO 7", "Quantity shipped": "25.0 kg"}
    )
    return person


def test_issue_page_issues_what_was_checked(world, released, customer):
    person = asked_for(world.cast.chen, customer, released())

    person.press("Check what is missing")
    person.tick(LABEL)
    person.press("Issue the certificate")

    made = Certificate.objects.get()
    assert "csrfmiddlewaretoken" not in person.address
    assert person.address == page("certificate_detail", made)
    assert f"{made} is issued." in person.says()
    assert (made.customer, made.order, made.shipped, made.state) == (
        customer,
        "PO 7",
        "25.0 kg",
        State.ISSUED,
    )


def test_what_was_typed_and_not_checked_is_not_dropped_at_the_issue(
    world, released, customer
):
    """Nothing has a number yet; a second look at the same words issues them."""
    person = asked_for(world.cast.chen, customer, released())

    person.press("Issue the certificate")

    assert Certificate.objects.count() == 0
    assert person.refusals() == [
        "Not issued: customer, order, quantity or printed identity changed since the"
        " check. Check them and choose Issue the certificate again."
    ]
    person.tick(LABEL)
    person.press("Issue the certificate")
    made = Certificate.objects.get()
    assert (made.customer, made.order, made.shipped) == (customer, "PO 7", "25.0 kg")


def test_what_was_checked_is_not_issued_where_it_was_taken_back(
    world, released, customer
):
    person = asked_for(world.cast.chen, customer, released())
    person.press("Check what is missing")

    person.type("Order", "")
    person.press("Issue the certificate")

    assert Certificate.objects.count() == 0
    assert person.answer.status_code == 422


def test_address_of_a_check_has_no_token(world, released, customer):
    """It is shared and logged; the token would let others write."""
    person = asked_for(world.cast.chen, customer, released())

    person.press("Check what is missing")

    asked = dict(parse_qsl(urlsplit(person.address).query))
    assert (asked["order"], asked["shipped"]) == ("PO 7", "25.0 kg")
    assert "csrfmiddlewaretoken" not in person.address


def test_issue_that_is_refused_shows_the_reasons(qa, world, released, at):
    assessment = released()
    disposition.hold(lot=assessment.lot, by=world.cast.lin, at=at, reason="Complaint")

    response = qa.post(page("issue_now", assessment), {})

    assert response.status_code == 422
    assert Certificate.objects.count() == 0
    assert [sentence for sentence, _url in response.context["blockers"]] == [
        "“Issue a certificate” is not possible for BAC-26-001 while the lot is on hold;"
        " it is open only for a lot that is in quarantine."
    ]


def hold(world, parent, at):
    disposition.hold(lot=parent, by=world.cast.lin, at=at, reason="Complaint")
    return (
        "Parent lot BAC-26-101 is on hold and cannot be used for a lot produced by"
        " blend."
    )


def fail(world, parent, at):
    stability = test_orders.open_test_order(
        lot=parent, by=world.cast.lin, at=at, occasion="stability"
    )
    bench.enter(
        parent, world, {"MEOH": "3100"}, by=world.cast.lin, at=at, test_order=stability
    )
    number = parent.investigations.get().number
    return (
        f"Parent lot BAC-26-101 is under investigation {number}; QA must conclude it"
        " first."
    )


@pytest.mark.parametrize("happen", [hold, fail])
def test_parent_that_would_stop_the_release_stops_the_certificate(
    qa, world, released, at, happen
):
    """In the words of the release; each leads to the page of the parent."""
    parents = [released(f"BAC-26-10{number}").lot for number in (1, 2)]
    blend = released(
        "BAC-26-110", origin="blend", parents=[(lot, "75") for lot in parents]
    )
    said = happen(world, parents[0], at)

    shown = qa.get(page("issue", blend))
    answer = qa.post(page("issue_now", blend), {})

    there = reverse("lots:lot_detail", args=[parents[0].pk])
    assert shown.context["blockers"][0] == (said, there)
    assert {address for _said, address in shown.context["blockers"]} == {there}
    assert (answer.status_code, Certificate.objects.count()) == (422, 0)


@pytest.mark.parametrize("username", ["lin", "sofia", "maria", "ines", "admin"])
@pytest.mark.parametrize(
    "name", ["certificate_revise", "certificate_duplicate", "certificate_withdraw"]
)
def test_steps_are_forbidden_to_all_but_qa(as_person, made, username, name):
    response = as_person(username).post(page(name, made), {})

    assert response.status_code == 403
    assert Certificate.objects.get().state == State.ISSUED


def test_preview_is_a_pdf_and_no_certificate(qa, released):
    response = qa.get(page("preview", released()), {"order": "PO 7"})

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        'inline; filename="preview-BAC-26-001.pdf"'
    )
    assert response.content.startswith(b"%PDF-")
    assert Certificate.objects.count() == 0


# --- one certificate ----------------------------------------------------------------


@pytest.mark.postgres
def test_download_is_the_bytes_that_were_issued(qa, made):
    response = qa.get(page("certificate_pdf", made))

    assert response.content == bytes(made.pdf)
    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "application/pdf",
        f'attachment; filename="{made.number}-r0.pdf"',
    )


@pytest.mark.postgres
def test_file_that_is_not_the_one_issued_is_not_served(qa, made):
    Certificate.objects.filter(pk=made.pk).update(pdf=b"%PDF-1.4 another")

    response = qa.get(page("certificate_pdf", made))

    assert response.status_code == 500
    assert response.content.decode() == (
        f"The file of {made.number} revision 0 was not downloaded: the stored file is"
        " not the one that was issued. Ask the administrator to restore it from a"
        " backup."
    )


def test_certificate_page_tells_what_was_verified(qa, made):
    response = qa.get(page("certificate_detail", made))

    verification = response.context["verification"]
    assert (verification.authentic, verification.holds) == (True, True)
    for fact in (made.digest, made.pdf_sha256, response.context["check_address"]):
        assert fact in response.content.decode()


@pytest.fixture
def twin(world, made, at):
    """Return a duplicate of the certificate, for another customer."""
    customer = add_organisation(
        by=world.cast.olga, at=at, name="Meridian", address="4 Long Wharf",
        telephone="+1 617 555 0144", is_customer=True,
    )  # fmt: skip
    return certificates.duplicate(
        certificate=made,
        by=world.cast.chen,
        at=at,
        customer=customer,
        stated=bench.LABEL,
    )


def leaving(response):
    """Return the duplicates that each step says it leaves as they are."""
    return {each.code: list(each.leaves) for each in response.context["actions"]}


def test_duplicates_are_named_where_their_original_is_revised_or_withdrawn(
    qa, made, twin
):
    """A duplicate is a certificate by itself: it stays current (domain.md 7)."""
    response = qa.get(page("certificate_detail", made))

    assert leaving(response) == {"revise": [twin], "duplicate": [], "withdraw": [twin]}
    assert "This does not change its duplicates." in response.content.decode()
    assert qa.get(page("certificate_detail", twin)).context["original"] is None

    revised(qa, made, reason="the order was wrong", order="PO 9")
    second = Certificate.objects.get(number=made.number, revision=1)
    said, original = qa.get(page("certificate_detail", twin)).context["original"]
    assert (original, str(said).startswith("The original was revised.")) == (
        second,
        True,
    )
    # The revision leaves it as it is too, and says so.
    assert leaving(qa.get(page("certificate_detail", second)))["withdraw"] == [twin]

    qa.post(
        page("certificate_withdraw", second), {"withdraw-reason": "Wrong packaging"}
    )
    response = qa.get(page("certificate_detail", twin))
    said, original = response.context["original"]
    assert original == second
    assert "The original was withdrawn." in response.content.decode()


def test_duplicate_that_was_revised_since_is_not_asked_again(qa, made, twin):
    for one in (made, twin):
        revised(
            qa,
            one,
            reason="the order was wrong",
            order="PO 9",
            customer=one.customer_id or "",
        )
    second = Certificate.objects.get(number=twin.number, revision=1)

    assert qa.get(page("certificate_detail", second)).context["original"] is None


def revised(qa, made, **asked):
    """Press *Show what changes*, and *Revise* under what it shows."""
    typed = {f"revise-{name}": text for name, text in asked.items()}
    shown = qa.post(page("certificate_revise", made), typed)
    return qa.post(
        page("certificate_revise", made),
        {
            **typed,
            "shown": shown.context["shown"],
            **ticked("revise", prefix="revise-"),
        },
    )


def test_revision_from_the_page(qa, made):
    response = revised(qa, made, reason="the order was wrong", order="PO 9")

    second = Certificate.objects.get(revision=1)
    assert response.url == page("certificate_detail", second)
    assert (second.reason, second.order) == ("the order was wrong", "PO 9")


def test_revision_shows_what_changed(qa, made):
    revised(qa, made, reason="the order was wrong", order="PO <9>")
    second = Certificate.objects.get(revision=1)

    response = qa.get(page("certificate_detail", second))

    assert [
        (each.where, each.before, each.after)
        for each in response.context["differences"]
    ] == [("order", "", "PO <9>")]
    assert (
        '<tr><th scope="row">order</th><td>–</td><td>PO &lt;9&gt;</td></tr>'
        in response.content.decode()
    )


def test_first_press_shows_what_a_revision_changes_and_revises_nothing(world, made):
    person = Visitor()
    person.client.force_login(world.cast.chen)
    person.open(page("certificate_detail", made))
    step = person.part("revise")
    person.fill({"Reason": "the order was wrong", "Order": "PO 9"}, within=step)
    assert [one.words() for one in step.all("button")] == ["Show what changes"]

    person.press("Show what changes")

    [table] = person.part("revise").all("table")
    assert table.words() == "Part of the certificate Before Now order – PO 9"
    assert Certificate.objects.count() == 1

    person.tick(LABEL, within=person.part("revise"))
    person.press("Revise")
    second = Certificate.objects.get(revision=1)
    assert second.order == "PO 9"
    assert f"{second} is issued and supersedes {made}." in person.says()


def test_revision_that_changes_other_than_what_was_shown_is_refused(qa, made):
    typed = {"revise-reason": "the order was wrong", "revise-order": "PO 9"}
    shown = qa.post(page("certificate_revise", made), typed).context["shown"]

    response = qa.post(
        page("certificate_revise", made),
        {**typed, "revise-order": "PO 10", "shown": shown},
    )

    assert response.status_code == 422
    assert [said for said, _url in response.context["blockers"]] == [
        f"Not revised: the changes to {made} are not those that you were shown. Press"
        " “Show what changes”, check them, and revise then."
    ]
    assert Certificate.objects.count() == 1


def test_revision_that_changes_nothing_is_refused_on_the_page(qa, made):
    response = qa.post(
        page("certificate_revise", made), {"revise-reason": "Asked for once more"}
    )

    assert response.status_code == 422
    assert "would change nothing" in response.content.decode()
    assert "Asked for once more" in response.content.decode()


def test_form_whose_certificate_is_refused_stays_open_with_what_was_typed(
    qa, made, customer
):
    response = qa.post(
        page("certificate_duplicate", made),
        {"duplicate-customer": customer.pk, "duplicate-shipped": "100"},
    )

    said = response.content.decode()
    assert response.status_code == 422
    assert [url for _, url in response.context["blockers"]] == [
        page("certificate_detail", made)
    ]
    assert '<details class="step" id="duplicate" open>' in said
    assert '<details class="step" id="revise">' in said


def test_revision_without_a_reason_is_refused_beside_the_field(qa, made):
    response = qa.post(page("certificate_revise", made), {"revise-reason": " "})

    [action] = [each for each in response.context["actions"] if each.code == "revise"]
    assert response.status_code == 422
    assert action.form.errors == {"reason": ["Reason is missing; type it."]}
    assert Certificate.objects.count() == 1


def test_duplicate_from_the_page(qa, made, customer):
    qa.post(
        page("certificate_duplicate", made),
        {
            "duplicate-customer": customer.pk,
            **ticked("duplicate", prefix="duplicate-"),
        },
    )

    second = Certificate.objects.get(kind="duplicate")
    assert (second.customer, second.duplicate_of) == (customer, made)


def test_withdrawal_from_the_page(qa, made):
    qa.post(page("certificate_withdraw", made), {"withdraw-reason": "Sent in error"})

    response = qa.get(page("certificate_detail", made))
    assert response.context["status"].code == "withdrawn"
    assert [bool(action.why) for action in response.context["actions"]] == [True] * 3


def test_closed_steps_say_why(as_person, made):
    response = as_person("lin").get(page("certificate_detail", made))

    assert [action.why for action in response.context["actions"]] == [
        f"Your role does not allow “{step}” of {made.number} revision 0; ask QA."
        for step in (
            "Revise a certificate",
            "Duplicate a certificate",
            "Withdraw a certificate",
        )
    ]


def test_tab_of_a_lot_lists_certificates_and_what_can_be_issued(qa, made):
    response = qa.get(page("lot_certificates", made.lot))

    words = response.content.decode()
    assert made.number in words
    assert reverse("reports:issue", args=[made.assessment_id]) in words


# --- the register -------------------------------------------------------------------


@pytest.fixture
def register(world, released, at, customer):
    """Five certificates, one of each status that the register shows most."""
    current = certificates.issue(
        assessment=released("BAC-26-001"),
        by=world.cast.chen,
        at=at,
        customer=customer,
        order="=2+3",
        stated=bench.LABEL,
    )
    old = certificates.issue(
        assessment=released("BAC-26-002"), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    new = certificates.revise(
        certificate=old,
        by=world.cast.olga,
        at=at,
        reason="Order",
        shipped="25 kg",
        stated=bench.LABEL,
    )
    held = certificates.issue(
        assessment=released("BAC-26-901", use="intrathecal"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )
    gone = certificates.issue(
        assessment=released("BAC-26-003"), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    certificates.withdraw(certificate=gone, by=world.cast.chen, at=at, reason="Wrong")
    disposition.hold(lot=held.lot, by=world.cast.lin, at=at, reason="Complaint")
    return {
        "current": {current, new},
        "superseded": {old},
        "under_review": {held},
        "withdrawn": {gone},
        "recalled": set(),
        "rejected": set(),
        "being_made": set(),
    }


def listed(response):
    return {row.record for row in response.context["table"].rows}


@pytest.mark.postgres
def test_register_filters_by_the_status_of_the_day(qa, register):
    found = {
        code: listed(qa.get("/certificates/", {"status": code})) for code in register
    }

    assert found == register


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"q": "26-901"}, [4]),
        ({"use": "intrathecal"}, [4]),
        ({"kind": "revision"}, [2]),
        ({"q": "=2+3"}, [1]),
        ({"issued_to": "2001-01-01"}, []),
        ({"sort": "number"}, [1, 2, 2, 3, 4]),
    ],
    ids=["lot", "use", "kind", "order", "date", "sort"],
)
def test_register_filters_and_sorts(qa, register, asked, numbers):
    # BAC-26-901 was issued third; numbers follow the order of issue.
    expected = [
        3 if number == 4 else 4 if number == 3 else number for number in numbers
    ]
    response = qa.get("/certificates/", asked)

    rows = [row.record.ordinal for row in response.context["table"].rows]
    assert sorted(rows) == sorted(expected)
    if "sort" in asked:
        assert rows == sorted(rows)


@pytest.mark.postgres
def test_choice_that_the_register_does_not_have_is_named(qa, db):
    response = qa.get("/certificates/", {"status": "2026-13-45"})

    assert (
        "“2026-13-45” is not one of the choices; choose one from the list."
        in response.content.decode()
    )


@pytest.mark.postgres
def test_register_with_an_impossible_filter_lists_nothing(qa, register):
    response = qa.get("/certificates/", {"issued_from": "soon"})

    assert listed(response) == set()
    assert "Correct the filter to see certificates." in response.content.decode()


@pytest.mark.postgres
def test_export_is_exactly_the_filtered_rows_and_no_formula(qa, register):
    response = qa.get("/certificates/", {"status": "current", "format": "csv"})

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(row["number"], row["revision"]) for row in rows} == {
        (each.number, str(each.revision)) for each in register["current"]
    }
    assert {row["order"] for row in rows} == {"'=2+3", ""}


def test_export_of_an_impossible_filter_is_no_empty_file(qa, register):
    """It would read as "none was issued"."""
    response = qa.get("/certificates/", {"issued_from": "soon", "format": "csv"})

    assert (response.status_code, response.url) == (
        302,
        "/certificates/?issued_from=soon",
    )


def test_register_takes_as_many_queries_for_one_row_as_for_many(
    qa, world, released, at
):
    def queries():
        qa.get("/")  # the counters of the side bar are at hand from here on
        with CaptureQueriesContext(
            connection,
        ) as captured:
            qa.get("/certificates/")
        return len(captured)

    certificates.issue(
        assessment=released("BAC-26-001"), by=world.cast.chen, at=at, stated=bench.LABEL
    )
    one = queries()
    for number in range(2, 6):
        certificates.issue(
            assessment=released(f"BAC-26-00{number}"),
            by=world.cast.chen,
            at=at,
            stated=bench.LABEL,
        )

    assert (one, queries()) == (14, 14)


@pytest.mark.parametrize(
    ("address", "queries"),
    [("/lots/{0.lot_id}/certificates/", 28), ("/certificates/{0.pk}/", 21)],
    ids=["lot", "certificate"],
)
def test_page_takes_the_same_queries_for_1_and_for_9_duplicates(
    qa, world, made, at, address, queries
):
    shown = address.format(made)

    def asked():
        qa.get(shown)  # master data are at hand from here on
        with CaptureQueriesContext(connection) as captured:
            assert qa.get(shown).status_code == 200
        return len(captured)

    counts = []
    for number in range(9):
        customer = add_organisation(
            by=world.cast.olga,
            at=at,
            name=f"Meridian {number}",
            address="4 Long Wharf",
            telephone="+1 617 555 0144",
            is_customer=True,
        )
        certificates.duplicate(
            certificate=made,
            by=world.cast.chen,
            at=at,
            customer=customer,
            stated=bench.LABEL,
        )
        if number in (0, 8):
            counts.append(asked())

    assert counts == [queries, queries]


@pytest.mark.postgres
def test_register_finishes_what_was_left(qa, released, monkeypatch, world, at):
    class PowerCut(BaseException):
        pass

    def stop(*args, **options):
        raise PowerCut

    assessment = released()
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "render", stop)
        with pytest.raises(PowerCut):
            certificates.issue(
                assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
            )
    assert qa.get("/certificates/").context["left_over"] == 1

    qa.post(reverse("reports:finish_left_over"))

    assert Certificate.objects.get().state == State.ISSUED
    assert qa.get("/certificates/").context["left_over"] == 0
