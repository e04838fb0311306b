"""The public check page: what it tells to whom, and that only bytes prove a file."""

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lots.demo import bench
from lots.release import disposition
from reports.content import certificate as content_of
from reports.issuing import certificates
from reports.models import Certificate
from reports.status import verification
from reports.views import check

CHECK = "/check/"


@pytest.fixture(autouse=True)
def _fresh_counters():
    cache.clear()


@pytest.fixture
def made(world, released, at):
    return certificates.issue(
        assessment=released(), by=world.cast.chen, at=at, stated=bench.LABEL
    )


def said(response):
    """Return the words of the page between its head and its foot."""
    [main] = re.findall(r"<main.*?</main>", response.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def of(certificate):
    return reverse("reports:check_certificate", args=[certificate.token])


def asked(number, lot, revision=0):
    return {"number": number, "lot": lot, "revision": revision}


def sent(data, name="certificate.pdf"):
    return {"file": SimpleUploadedFile(name, bytes(data))}


# --- by number ----------------------------------------------------------------------


@pytest.mark.postgres
def test_number_and_lot_earn_the_status_word_alone(client, made):
    response = client.post(CHECK, asked(made.number, "BAC-26-001"))

    words = said(response)
    assert response.context["word"] == "Current"
    assert response.context["certificate"] is None
    assert f"{made.number} revision 0: Current" in words
    assert "Authentic" not in words
    for detail in ("Baclofen", "ORAL", "BAC-ORAL", made.digest, made.token):
        assert detail not in words


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("number", "lot", "revision"),
    [
        ("TRN-2026-999999", "BAC-26-001", 0),
        (None, "BAC-26-002", 0),
        (None, "BAC-26-001", 1),
    ],
    ids=["number", "lot", "revision"],
)
def test_what_does_not_agree_gets_one_and_the_same_answer(
    client, made, number, lot, revision
):
    response = client.post(CHECK, asked(number or made.number, lot, revision))

    assert response.context["trouble"] == (
        "No certificate with this number, revision and lot was issued here. Check what"
        " you typed, or ask the issuer."
    )
    assert response.context["word"] == ""


def test_certificate_without_a_file_is_not_known_to_the_public(
    client, world, released, at, monkeypatch
):
    class PowerCut(BaseException):
        pass

    def stop(*args, **options):
        raise PowerCut

    assessment = released()
    with monkeypatch.context() as patch:
        patch.setattr(certificates.pdf, "render", stop)
        with pytest.raises(PowerCut):
            certificates.issue(
                assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
            )
    left = Certificate.objects.get()

    assert client.post(CHECK, asked(left.number, "BAC-26-001")).context["word"] == ""
    assert client.get(of(left)).context["certificate"] is None


# --- by token -----------------------------------------------------------------------


@pytest.mark.postgres
def test_token_shows_status_and_what_to_compare(client, made):
    words = said(client.get(of(made)))

    for fact in (
        f"{made.number} revision 0",
        "This certificate is current.",
        "FOR THE MANUFACTURE OF ORAL DOSAGE FORMS ONLY",
        "BAC-26-001",
        "BAC-ORAL version 1",
        "Retest date",
        made.digest,
    ):
        assert fact in words
    assert "Authentic" not in words


def test_unknown_token_is_not_found(client, made):
    response = client.get("/check/not-a-token/")

    assert response.status_code == 404
    assert "No certificate has this address" in said(response)


@pytest.mark.postgres
@pytest.mark.parametrize("token", ["%00", "a%00b", "%ED%A0%80", "%E2%80%AE"])
def test_address_that_no_certificate_can_have_is_not_found(client, made, token):
    """PostgreSQL takes no U+0000, not even to look for it."""
    response = client.get(f"/check/{token}/")

    assert response.status_code == 404
    assert "No certificate has this address" in said(response)


def test_status_of_the_day_is_told(client, world, made, at):
    disposition.hold(lot=made.lot, by=world.cast.lin, at=at, reason="Complaint")
    on_hold = client.get(of(made)).context["status_sentence"]
    bench.decide(world.cast, disposition.recall, made.lot, at=at, reason="Particles")
    recalled = client.get(of(made)).context["status_sentence"]

    assert (on_hold, recalled) == (
        "This certificate is under review; do not use the lot and ask the issuer.",
        "The lot of this certificate was recalled; do not use it and ask the issuer.",
    )


def test_superseded_certificate_names_its_successor(client, world, made, at):
    certificates.revise(
        certificate=made,
        by=world.cast.olga,
        at=at,
        reason="No order",
        order="PO 9",
        stated=bench.LABEL,
    )

    assert client.get(of(made)).context["status_sentence"] == (
        f"This certificate was superseded by {made.number} revision 1; ask the issuer"
        " for it."
    )


# --- by file ------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.parametrize("by_token", [False, True], ids=["check", "token"])
def test_bytes_issued_are_authentic(client, made, by_token):
    response = client.post(of(made) if by_token else CHECK, sent(made.pdf))

    words = said(response)
    assert (
        "Authentic This file is exactly the one that was issued as"
        f" {made.number} revision 0."
    ) in words
    assert "This certificate is current." in words
    assert 'class="answer answer-authentic"' in response.content.decode()


@pytest.mark.parametrize(
    "changed",
    [
        lambda data: data[:-1],
        lambda data: data + b"\n",
        lambda data: data[:500] + bytes([data[500] ^ 1]) + data[501:],
        lambda data: b"%PDF-1.4 something else",
    ],
    ids=["shorter", "longer", "one bit", "another"],
)
def test_other_bytes_are_never_authentic(client, made, changed):
    response = client.post(of(made), sent(changed(bytes(made.pdf))))

    words = said(response)
    assert "Not a file issued here" in words
    assert "Authentic" not in words
    assert 'class="answer answer-not"' in response.content.decode()


def test_code_vouches_for_no_file_that_is_not_its_certificate(client, made):
    """Whoever forged the file printed the code of a current one on it."""
    response = client.post(of(made), sent(bytes(made.pdf) + b"\n"))

    words = said(response)
    shown, folded = words.split(f"Show the facts of {made.number}")
    assert (
        f"The code that you opened belongs to {made.number} revision 0. Your file is"
        " not that certificate. Do not use it."
    ) in shown
    assert "BAC-26-001" not in shown
    assert "BAC-26-001" in folded
    assert "urrent" not in words


def test_code_whose_copy_is_harmed_does_not_vouch_for_the_file(client, made):
    Certificate.objects.filter(pk=made.pk).update(pdf=b"%PDF-1.4 another")

    words = said(client.post(of(made), sent(made.pdf)))

    assert "It is undecided whether your file is that certificate" in words
    assert "urrent" not in words


def test_token_says_what_to_compare_and_whom_to_ask(client, made):
    words = said(client.get(of(made)))

    assert (
        "Compare lot, use, specification, dates and the first 16 characters of the"
        " SHA-256 checksum with your copy. If one differs, ask the issuer."
    ) in words
    assert (
        "SHA-256 checksum, first 16 characters (“Content digest” on certificates before"
        f" version 0.7.0) {made.digest[:16]} SHA-256"
    ) in words
    issuer = content_of.from_json(made.content).issuer
    assert f"{issuer.name}, Tel. {issuer.telephone}, {issuer.email}" in words
    assert "Drop the PDF here, or choose it." in words


def test_preview_is_not_a_file_that_was_issued(client, released, at):
    assessment = released()

    response = client.post(
        CHECK, sent(certificates.preview(assessment=assessment, at=at), "preview.pdf")
    )

    assert not response.context["file"].known


def test_another_certificate_at_this_address_is_told_apart(
    client, world, made, released, at
):
    other = certificates.issue(
        assessment=released("BAC-26-002"), by=world.cast.chen, at=at, stated=bench.LABEL
    )

    words = said(client.post(of(made), sent(other.pdf)))

    assert "Authentic, but another certificate" in words
    assert other.number in words


def test_withdrawn_file_is_authentic_and_says_so(client, world, made, at):
    certificates.withdraw(certificate=made, by=world.cast.chen, at=at, reason="Wrong")

    words = said(client.post(CHECK, sent(made.pdf)))

    assert "Authentic" in words
    assert "This certificate was withdrawn; do not use it and ask the issuer." in words


def test_own_copy_that_was_altered_is_not_called_authentic(client, made):
    Certificate.objects.filter(pk=made.pk).update(
        content=made.content.replace("BAC-26-001", "BAC-26-007")
    )

    words = said(client.post(CHECK, sent(made.pdf)))

    assert "Undecided" in words
    assert "Authentic" not in words


def test_file_over_ten_megabytes_is_refused(client, made):
    response = client.post(of(made), sent(b"%PDF" + b"x" * verification.LARGEST))

    assert response.status_code == 413
    assert "larger than 10 MB" in said(response)


def test_form_without_a_file_says_so(client, db):
    response = client.post(CHECK, {})

    assert response.status_code == 422
    assert "Certificate as PDF is missing; choose a file." in said(response)


# --- protection ---------------------------------------------------------------------


def test_customers_behind_the_web_server_are_counted_one_by_one(client, db, settings):
    settings.PROXY_SETS_REAL_IP = True
    for _ in range(check.REQUESTS_A_MINUTE):
        client.get(CHECK, headers={"X-Real-IP": "192.0.2.7"})

    again = client.get(CHECK, headers={"X-Real-IP": "192.0.2.7"})
    another = client.get(CHECK, headers={"X-Real-IP": "192.0.2.8"})

    assert (again.status_code, another.status_code) == (429, 200)


def test_header_that_anybody_can_send_gives_no_further_checks(client, db):
    for number in range(check.REQUESTS_A_MINUTE):
        client.get(CHECK, headers={"X-Real-IP": f"192.0.2.{number}"})

    response = client.get(CHECK, headers={"X-Real-IP": "192.0.2.99"})

    assert response.status_code == 429


def test_address_that_asks_too_often_waits(client, db):
    for _ in range(check.REQUESTS_A_MINUTE):
        client.get(CHECK)

    response = client.get(CHECK)
    elsewhere = client.get(CHECK, REMOTE_ADDR="192.0.2.7")

    assert (response.status_code, elsewhere.status_code) == (429, 200)
    assert "Too many checks from your address" in said(response)


def test_form_from_elsewhere_is_refused(db, made):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(CHECK, sent(made.pdf)).status_code == 403
    assert strict.post(of(made), sent(made.pdf)).status_code == 403


def test_form_of_the_page_passes_the_protection(made):
    strict = Client(enforce_csrf_checks=True)
    token = strict.get(CHECK).context["csrf_token"]

    response = strict.post(CHECK, {"csrfmiddlewaretoken": str(token), **sent(made.pdf)})

    assert response.context["file"].authentic


@pytest.mark.postgres
def test_page_with_a_token_takes_few_queries(client, made, django_assert_num_queries):
    # Three of them ask the audit trail whether the record is what it tells.
    with django_assert_num_queries(5):
        client.get(of(made))


@pytest.mark.parametrize(
    ("spell", "lot"),
    [
        (str.lower, "bac-26-001"),
        (lambda number: number.replace("-", " - "), " BAC - 26 - 001 "),
        (lambda number: number.replace("-", "\u2013"), "BAC\u201126\u2011001"),
        (str, "BAC-26-OO1"),
    ],
    ids=["small", "spaces", "long hyphens", "O for 0"],
)
def test_number_typed_by_hand_is_forgiven(client, made, spell, lot):
    response = client.post(CHECK, asked(spell(made.number), lot))

    assert response.context["word"] == "Current"


@pytest.mark.postgres
@pytest.mark.parametrize(
    "content",
    ["no JSON", None],
    ids=["unreadable", "altered"],
)
def test_altered_content_is_neither_shown_nor_called_current(client, made, content):
    Certificate.objects.filter(pk=made.pk).update(
        content=content or made.content.replace("BAC-26-001", "BAC-26-007")
    )

    answers = (
        client.get(of(made)),
        client.post(CHECK, asked(made.number, "BAC-26-001")),
    )

    for response in answers:
        words = said(response)
        assert "is not what was issued" in words
        assert response.context["word"] == ""
        for absent in ("BAC-26-007", "This certificate is current", "Baclofen"):
            assert absent not in words


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[:900] + bytes([data[900] ^ 1]) + data[901:],
        lambda data: data + b"\n",
        lambda data: data[:-1],
        lambda data: b"Certificate of Analysis, in plain text",
        lambda data: b"%PDF-1.4\n%%EOF\n",
    ],
    ids=["one bit", "one byte more", "one byte less", "text", "another PDF"],
)
def test_other_bytes_are_never_called_authentic_or_current(client, made, harm):
    words = said(client.post(CHECK, sent(harm(bytes(made.pdf)))))

    assert "Not a file issued here" in words
    assert not re.search(r"\b([Aa]uthentic|[Cc]urrent)\b", words)


def test_empty_file_says_so(client, db):
    response = client.post(CHECK, sent(b""))

    assert response.status_code == 422
    assert "The submitted file is empty." in said(response)


class Unread:
    """A body that nobody may read."""

    def read(self, *_):
        raise AssertionError("it was read")

    readline = read


def test_upload_of_fifty_megabytes_is_refused_before_it_is_read(client, made):
    response = client.generic(
        "POST",
        CHECK,
        content_type="multipart/form-data; boundary=X",
        CONTENT_LENGTH=str(50 * 1024 * 1024),
        **{"wsgi.input": Unread()},
    )

    assert response.status_code == 413
    assert "larger than 10 MB" in said(response)


def form_of(*parts):
    """Return a form as it is sent: each part a name, with a file or a text."""
    sent = b""
    for name, file in parts:
        named = f'Content-Disposition: form-data; name="{name}"'
        if file:
            named += '; filename="a.pdf"\r\nContent-Type: application/pdf'
        sent += b"--X\r\n" + named.encode() + b"\r\n\r\n" + file + b"\r\n"
    return sent + b"--X--\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        [(f"file{n}", b"%PDF") for n in range(21)],
        [("file", b"%PDF"), *((f"field{n}", b"") for n in range(5001))],
        [*((f"field{n}", b"") for n in range(5001)), ("file", b"%PDF")],
    ],
    ids=["21 files", "a file and 5,001 fields", "5,001 fields and a file"],
)
def test_form_that_the_parser_gives_up_is_not_understood(client, db, parts):
    response = client.post(
        CHECK, form_of(*parts), content_type="multipart/form-data; boundary=X"
    )

    assert response.status_code == 400
    assert "Request not understood" in said(response)


def test_files_beyond_some_at_once_wait_and_numbers_do_not(client, made):
    large = b"%PDF" + b"x" * 100_000
    cache.add("check-file:0", 1)

    # One place is left, and it is free again after each file.
    assert [client.post(CHECK, sent(large)).status_code for _ in range(3)] == [200] * 3
    cache.add("check-file:1", 1)
    refused = client.post(CHECK, sent(large))
    by_number = client.post(CHECK, asked(made.number, "BAC-26-001"))

    assert refused.status_code == 503
    assert "Others are checking certificates just now." in said(refused)
    assert by_number.context["word"] == "Current"


def test_place_of_a_form_that_is_not_understood_is_free_again(client, made):
    broken = b"--X\r\n" + b"x" * 100_000

    for _ in range(check.FILES_AT_ONCE + 1):
        response = client.post(
            CHECK, broken, content_type="multipart/form-data; boundary=X"
        )
        assert response.status_code in (400, 422)

    large = sent(b"%PDF" + b"x" * 100_000)
    assert client.post(CHECK, large).status_code == 200


def test_authentic_bytes_of_each_status_say_what_it_is(client, world, made, at):
    """Authentic is what the bytes are, current what the certificate is."""
    found = []

    def look():
        words = said(client.post(CHECK, sent(made.pdf)))
        found.append(("Authentic" in words, "This certificate is current." in words))

    look()
    disposition.hold(lot=made.lot, by=world.cast.lin, at=at, reason="Complaint")
    look()
    bench.decide(world.cast, disposition.resume, made.lot, at=at, reason="Unfounded")
    certificates.withdraw(certificate=made, by=world.cast.chen, at=at, reason="Wrong")
    look()
    bench.decide(world.cast, disposition.recall, made.lot, at=at, reason="Particles")
    look()

    assert found == [(True, True), (True, False), (True, False), (True, False)]


def test_tokens_cannot_be_tried_one_after_the_other(client, made):
    for number in range(check.REQUESTS_A_MINUTE):
        assert client.get(f"/check/guess-{number}/").status_code == 404

    response = client.get(of(made))

    assert response.status_code == 429
    assert "Baclofen" not in said(response)


def test_unreleased_lot_is_as_unknown_as_none(client, world, made, at):
    bench.log(world.cast, world, at=at, number="BAC-26-002")

    answers = {
        said(client.post(CHECK, asked(made.number, lot))).replace(lot, "LOT")
        for lot in ("BAC-26-002", "BAC-26-999")
    }

    assert len(answers) == 1
