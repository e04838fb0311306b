"""Nobody signs what they did not state: each statement is a box that the person ticks.

Issue 10, numbers 6 and 18. Each attack goes through the page or the command; with the
rule switched off it succeeds.
"""

import datetime
import html
import json
import re

import pytest
from django import forms
from django.core.management.base import CommandError
from django.urls import reverse

from lots.demo import bench
from lots.evidence import signatures
from lots.forms.base import Box, StepForm
from lots.models import AuditEntry, Method, PrintedIdentity, Result, Signature
from lots.rules import statements
from lots.rules.criterion import raised
from lots.rules.statements import Statement
from lots.rules.step_table import STEPS
from lots.setup import certificate_headers, organisations
from reports.issuing import certificates, preflight
from reports.models import Certificate
from tests.addresses import addresses
from tests.lots.pages import issue_address, refused, shown, signed_in, ticked, words
from tests.lots.signing import attach, box, send_release, send_review
from tests.messages import ROOT
from tests.reports.issuing.commands import run

ORAL = {**bench.ORAL_RESULTS, **bench.ELEMENTS}
NOT_TICKED = "This is not ticked, so nothing was stored; tick it if it is so."
# What a page might send of a box that nobody ticked.
NO_TICKS = ("", "true", "1", "yes", "off", "ON")


@pytest.fixture
def lot(world, at):
    """A lot with every result, waiting for its review."""
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    return lot


@pytest.fixture
def reviewed(world, lot, at):
    bench.review(world.cast, lot, at=at)
    return lot


@pytest.fixture
def assessment(world, reviewed, at):
    bench.release(world.cast, reviewed, "BAC-ORAL", at=at)
    return bench.assessment(reviewed, "BAC-ORAL")


@pytest.fixture
def certificate(world, assessment, at):
    return certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, stated=bench.LABEL
    )


@pytest.fixture
def customer(world, at):
    return organisations.add_organisation(
        by=world.cast.olga,
        at=at,
        name="Meridian Pumps Inc.",
        address="4 Long Wharf, Boston",
        telephone="+1 617 555 0144",
        is_customer=True,
    )


def without(step, statement, *, prefix=""):
    """Return what a browser sends of a step's boxes where one is not ticked."""
    sent = ticked(step, prefix=prefix)
    del sent[f"{prefix}{statements.field(statement)}"]
    return sent


def off(monkeypatch):
    """Switch the rule off: no step states anything."""
    monkeypatch.setattr(statements, "OF_STEPS", {})


# --- the table ------------------------------------------------------------------------


def test_statements_are_of_steps_and_each_is_of_one():
    assert set(statements.OF_STEPS) <= set(STEPS)
    assert {one for each in statements.OF_STEPS.values() for one in each} == set(
        Statement
    )


def test_workflow_names_each_statement():
    text = (ROOT / "docs/workflow.md").read_text(encoding="utf-8")
    part = text.split("## What is stated with a step")[1].split("\n## ")[0]

    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if "|" in line]
    assert rows[2:] == [
        [STEPS[step].name, statement.word]
        for step in STEPS
        for statement in statements.of(step)
    ]


@pytest.mark.parametrize("step", statements.OF_STEPS)
def test_verb_asks_for_each_statement(step):
    assert statements.told(step, statements.of(step)) == {
        one: one.word for one in statements.of(step)
    }
    for one in statements.of(step):
        others = [other for other in statements.of(step) if other != one]
        with pytest.raises(statements.NotStated, match=f"^{one.word}"):
            statements.told(step, others)


# --- signatures -----------------------------------------------------------------------


@pytest.mark.parametrize("statement", statements.of("review"))
def test_review_is_not_signed_without_a_box(world, lot, statement, monkeypatch):
    client = signed_in(world.cast.sofia)

    answer = send_review(client, lot, **without("review", statement))

    assert answer.status_code == 422
    assert f"{statement.word} {NOT_TICKED}" in refused(answer)
    assert not Signature.objects.filter(meaning="reviewed").exists()
    off(monkeypatch)
    assert send_review(client, lot).status_code == 302


@pytest.mark.parametrize("statement", statements.of("release"))
def test_release_is_not_signed_without_a_box(world, reviewed, statement, monkeypatch):
    client = signed_in(world.cast.chen)

    answer = send_release(client, reviewed, **without("release", statement))

    assert answer.status_code == 422
    assert f"{statement.word} {NOT_TICKED}" in refused(answer)
    assert bench.assessment(reviewed, "BAC-ORAL").state == "complete"
    # The others stay ticked, and what was typed is kept.
    assert "checked" not in box(answer, statement)
    assert all(
        "checked" in box(answer, one)
        for one in statements.of("release")
        if one != statement
    )
    assert 'value="BR-001"' in answer.content.decode()
    off(monkeypatch)
    assert send_release(client, reviewed).status_code == 302


def test_what_is_not_ticked_is_said_with_what_else_is_missing(world, reviewed):
    chen = signed_in(world.cast.chen)
    one, *others = statements.of("release")

    answer = send_release(
        chen, reviewed, batch_record="", password="", **without("release", one)
    )

    said = refused(answer)
    assert answer.status_code == 422
    assert f"{one.word} {NOT_TICKED}" in said
    assert "Your password is missing; type it." in said
    assert all(f"{other.word} {NOT_TICKED}" not in said for other in others)
    assert all("checked" in box(answer, other) for other in others)


@pytest.mark.parametrize("sent", NO_TICKS)
def test_what_a_ticked_box_does_not_send_is_no_tick(world, reviewed, sent, monkeypatch):
    client = signed_in(world.cast.chen)
    boxes = dict.fromkeys(ticked("release"), sent)

    answer = send_release(client, reviewed, **boxes)

    assert answer.status_code == 422
    assert bench.assessment(reviewed, "BAC-ORAL").state == "complete"
    monkeypatch.setattr(
        Box, "value_from_datadict", forms.HiddenInput.value_from_datadict
    )
    if sent:
        assert send_release(client, reviewed, **boxes).status_code == 302


def test_no_page_ticks_a_box(world, reviewed):
    """Nor does an address that somebody sends round."""
    client = signed_in(world.cast.chen)
    address = reverse("lots:release", args=[bench.assessment(reviewed, "BAC-ORAL").pk])

    for query in ({}, ticked("release")):
        page = client.get(address, query)
        for statement in statements.of("release"):
            assert "checked" not in box(page, statement)


def test_ticks_of_another_text_are_taken_away(world, lot, at, monkeypatch):
    """A file is attached after the page was opened: the review is read again."""
    client = signed_in(world.cast.sofia)
    order = lot.test_orders.get()
    keys = [one.pk for one in order.results.all()]
    before = shown(
        client.get(f"/test-orders/{order.pk}/review/sign/", {"result": keys})
    )
    attach(world, lot, at)

    def again():
        return send_review(client, lot, digest=before, **ticked("review"))

    answer = again()

    assert "the record changed after it was shown to you" in words(answer)
    assert shown(answer) != before
    assert all("checked" not in box(answer, one) for one in statements.of("review"))
    monkeypatch.setattr(StepForm, "untick", lambda _self: None)
    assert all("checked" in box(again(), one) for one in statements.of("review"))


def test_signature_keeps_what_was_stated(world, reviewed, at):
    signed = send_release(signed_in(world.cast.chen), reviewed, **ticked("release"))

    assert signed.status_code == 302
    kept = json.loads(Signature.objects.get(meaning="released").text)["statements"]
    assert kept["stated"] == {one: one.word for one in statements.of("release")}
    # Before a certificate is there nobody states that the label agrees with it.
    assert Statement.LABEL not in json.dumps(kept)
    review = json.loads(Signature.objects.get(meaning="reviewed").text)["statements"]
    assert list(review["stated"]) == sorted(statements.of("review"))


# --- certificates -------------------------------------------------------------------


def issue_page(assessment):
    return reverse("reports:issue", args=[assessment.pk])


def test_certificate_is_not_issued_without_the_box(world, assessment, monkeypatch):
    client = signed_in(world.cast.olga)

    page = client.get(issue_page(assessment), ticked("issue"))
    address = issue_address(client, assessment)
    answer = client.post(address, {})

    assert "checked" not in box(page, Statement.LABEL)
    assert answer.status_code == 422
    assert refused(answer) == [f"{Statement.LABEL.word} {NOT_TICKED}"]
    assert not Certificate.objects.exists()
    off(monkeypatch)
    client.post(address, {})
    assert Certificate.objects.count() == 1


def test_tick_of_another_certificate_is_taken_away(world, assessment, monkeypatch):
    """The order was typed after the check: the certificate is another one."""
    client = signed_in(world.cast.olga)
    sent = {"order": "PO 9", **ticked("issue")}

    def again():
        return client.post(issue_address(client, assessment), sent)

    answer = again()

    assert "changed since the check" in words(answer)
    assert "checked" not in box(answer, Statement.LABEL)
    monkeypatch.setattr(StepForm, "untick", lambda _self: None)
    assert "checked" in box(again(), Statement.LABEL)


def another_header(world, at):
    """Let two people of QA print another address at the head of certificates."""
    drafted = certificate_headers.draft_certificate_header(
        by=world.cast.olga, at=at, name="Ningbo Harbour", address="8 New Quay",
        telephone="+86 574 5550 0199",
    )  # fmt: skip
    certificate_headers.approve_certificate_header(
        certificate_header=drafted,
        by=world.cast.chen,
        at=at,
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signatures.shown(certificate_headers.certificate_header_text(drafted)),
    )


def test_label_was_compared_with_the_text_that_is_issued(
    world, assessment, at, monkeypatch
):
    """Another certificate header is approved while the page is open."""
    client = signed_in(world.cast.olga)
    address = issue_address(client, assessment)
    another_header(world, at)

    answer = client.post(address, ticked("issue"))

    assert answer.status_code == 422
    assert "prints is not what the page showed you" in words(answer)
    assert "checked" not in box(answer, Statement.LABEL)
    assert not Certificate.objects.exists()
    monkeypatch.setattr(certificates, "_check_shown", lambda *_: None)
    client.post(address, ticked("issue"))
    assert Certificate.objects.count() == 1


def test_certificate_that_no_page_showed_is_not_issued(world, assessment, monkeypatch):
    """The attack: the address of the issue, less the checksum of what was shown."""
    client = signed_in(world.cast.olga)
    address = reverse("reports:issue_now", args=[assessment.pk])

    for query in ("", "?shown="):
        answer = client.post(f"{address}{query}", ticked("issue"))

        assert answer.status_code == 422
        assert "prints is not what the page showed you" in words(answer)
    assert not Certificate.objects.exists()
    monkeypatch.setattr(certificates, "_check_shown", lambda *_: None)
    client.post(address, ticked("issue"))
    assert Certificate.objects.count() == 1


def test_text_that_was_shown_is_issued_later_on_the_day(world, assessment, at):
    client = signed_in(world.cast.olga)
    address = issue_address(client, assessment)
    shown_then = re.search(r"shown=(\w+)", address)[1]

    made = certificates.issue(
        assessment=assessment,
        by=world.cast.olga,
        at=at + datetime.timedelta(minutes=4),
        shown=shown_then,
        stated=bench.LABEL,
    )

    assert made.state == "issued"


def test_certificate_is_not_duplicated_without_the_box(
    world, certificate, customer, monkeypatch
):
    client = signed_in(world.cast.olga)
    address = reverse("reports:certificate_duplicate", args=[certificate.pk])

    answer = client.post(address, {"duplicate-customer": customer.pk})

    assert answer.status_code == 422
    assert f"{Statement.LABEL.word} {NOT_TICKED}" in refused(answer)
    assert Certificate.objects.count() == 1
    off(monkeypatch)
    client.post(address, {"duplicate-customer": customer.pk})
    assert Certificate.objects.count() == 2


def test_duplicate_says_what_its_original_says(
    world, certificate, customer, at, monkeypatch
):
    """The attack: a duplicate of which no page showed what it prints.

    Another certificate header was approved since the original was issued.
    """
    client = signed_in(world.cast.olga)
    address = reverse("reports:certificate_duplicate", args=[certificate.pk])
    sent = {
        "duplicate-customer": customer.pk,
        "duplicate-order": "PO 7",
        "duplicate-shipped": "25 kg",
        **ticked("duplicate", prefix="duplicate-"),
    }
    another_header(world, at)

    answer = client.post(address, sent)

    assert answer.status_code == 422
    assert f"the records changed since {certificate} was issued" in words(answer)
    assert '<a href="#duplicate">' in answer.content.decode()
    changes = words(answer, of="duplicate")
    assert "88 Harbour Avenue, Ningbo 315000, China" in changes
    assert "8 New Quay" in changes
    assert "checked" not in box(answer, Statement.LABEL, prefix="duplicate-")
    assert Certificate.objects.count() == 1
    # The page that shows them leads on; the control: no page had to show them.
    shown_now = answer.context["shown"]
    assert f'name="shown" value="{shown_now}"' in answer.content.decode()
    client.post(address, {**sent, "shown": shown_now})
    assert "8 New Quay" in Certificate.objects.get(kind="duplicate").content
    monkeypatch.setattr(preflight, "_of_changes", lambda *_: ())
    client.post(address, {**sent, "duplicate-order": "PO 8"})
    assert Certificate.objects.filter(kind="duplicate").count() == 2


def test_certificate_is_not_revised_without_the_box(world, certificate, monkeypatch):
    """Nor by a tick from before the changes were shown."""
    client = signed_in(world.cast.olga)
    address = reverse("reports:certificate_revise", args=[certificate.pk])
    asked = {"revise-reason": "Order", "revise-order": "PO 9"}

    first = client.post(address, {**asked, **ticked("revise", prefix="revise-")})
    answer = client.post(address, {**asked, "shown": first.context["shown"]})

    assert "checked" not in box(first, Statement.LABEL, prefix="revise-")
    assert answer.status_code == 422
    assert f"{Statement.LABEL.word} {NOT_TICKED}" in refused(answer)
    # The changes are shown again, and the button that revises with them.
    assert answer.context["shown"] == first.context["shown"]
    assert Certificate.objects.count() == 1
    off(monkeypatch)
    client.post(address, {**asked, "shown": first.context["shown"]})
    assert Certificate.objects.count() == 2


ONE = ("issue_certificate", "BAC-26-001", "--specification", "BAC-ORAL")
SEVERAL = ("issue_certificates",)


@pytest.mark.parametrize("command", [ONE, SEVERAL], ids=["one", "several"])
def test_command_issues_nothing_without_the_statement(
    capsys, assessment, command, monkeypatch
):
    with pytest.raises(CommandError) as refusal:
        run(capsys, *command)

    said = f"{refusal.value} {capsys.readouterr().out}"
    assert "nobody stated that label and certificate agree. Compare them, then" in said
    assert not Certificate.objects.exists()
    off(monkeypatch)
    run(capsys, *command)
    assert Certificate.objects.count() == 1


def test_command_states_it_of_the_lots_that_it_names(capsys, assessment):
    with pytest.raises(CommandError):
        run(capsys, *SEVERAL, "--label-agrees", "BAC-26-002")

    assert not Certificate.objects.exists()
    run(capsys, *SEVERAL, "--label-agrees", "BAC-26-002", "BAC-26-001")
    assert Certificate.objects.get().stated == {Statement.LABEL: Statement.LABEL.word}


def test_certificate_keeps_who_stated_it_and_when(world, assessment):
    client = signed_in(world.cast.olga)
    client.post(issue_address(client, assessment), ticked("issue"))

    made = Certificate.objects.get()
    entry = AuditEntry.objects.get(action="issue", table="reports_certificate")
    page = client.get(reverse("reports:certificate_detail", args=[made.pk]))
    assert (made.issued_by, made.stated) == (
        world.cast.olga,
        {Statement.LABEL: Statement.LABEL.word},
    )
    assert entry.changes["stated"] == [None, made.stated]
    assert (entry.by, entry.at) == (made.issued_by, made.issued_at)
    assert f"Stated at issue {Statement.LABEL.word}" in words(page)


# --- what is signed is shown as people read it ---------------------------------------


# What a page says otherwise: a number by itself and not by its key, a record and a test
# by the name that pages use, the parts of a criterion by its words.
HIDDEN = {
    "number_key", "original_key", "name", "test", "choices", "alert_low", "alert_high",
}  # fmt: skip
# What a text holds for machines: codes, keys, checksums, times to the second.
FOR_MACHINES = re.compile(r"[a-z_]+|\d{1,2}|[0-9a-f]{64}|\d{4}-\d\d-\d\dT.*|", re.ASCII)
# The pages of `addresses` that sign, as their records are there.
SIGNING = {
    "lots:refuse", "lots:sign_review", "lots:confirm_correction", "lots:reject",
    "lots:investigation_detail", "lots:approve_specification",
    "lots:approve_qualification", "lots:resume_qualification",
    "lots:approve_certificate_header", "lots:approve_identities",
    "lots:approve_alternative_use", "lots:approve_map", "lots:approve_methods",
    "lots:release",
}  # fmt: skip


def leaves(value, key=""):
    """Yield each text that is signed, with the name of its field."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, key)
    elif isinstance(value, str) and not FOR_MACHINES.fullmatch(value):
        yield key, value


def readable(answer):
    """Return the words of a page that signs, without the canonical form."""
    body = answer.content.decode()
    text = answer.context["text"]
    assert f"<pre>{html.escape(text)}</pre>" in body
    exact = r'<details class="signed-text">.*?</details>'
    body = re.sub(exact, "", body, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def lacking(answer):
    """Return what is signed and not said in words on the page."""
    said = readable(answer)
    return {
        f"{key}: {value}"
        for key, value in leaves(json.loads(answer.context["text"]))
        if key not in HIDDEN and raised(" ".join(value.split())) not in said
    }


def _body(answer):
    return b"" if answer.streaming else answer.content


def signing_pages(world, at):
    """Yield the name and the answer of every page that signs, to whom it is open."""
    complete = bench.log(world.cast, world, at=at, number="BAC-26-777")
    bench.enter(complete, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, complete, at=at)
    pages = addresses(world, at)
    drafts = PrintedIdentity.objects.filter(state="draft")
    results = Result.objects.filter(
        test__code="MEOH", test_order__lot__use="intrathecal"
    )
    pages |= {
        "lots:release": reverse(
            "lots:release", args=[bench.assessment(complete, "BAC-ORAL").pk]
        ),
        "lots:approve_identities": f"{pages['lots:approve_identities']}?"
        + "&".join(f"identity={one.pk}" for one in drafts),
        "lots:approve_methods": f"{pages['lots:approve_methods']}?method="
        f"{Method.objects.get(state='draft').pk}",
        "lots:sign_review": f"{pages['lots:sign_review']}?"
        + "&".join(f"result={one.pk}" for one in results),
    }
    browsers = [
        signed_in(getattr(world.cast, who))
        for who in ("chen", "olga", "sofia", "tomas", "admin")
    ]
    for name, address in pages.items():
        for browser in browsers:
            answer = browser.get(address)
            if answer.status_code == 200 and b'class="signed-text"' in _body(answer):
                yield name, answer


def test_what_is_signed_is_shown_as_people_read_it(world, at):
    """On every page that signs, beside its canonical form, one click away."""
    found = {name: lacking(answer) for name, answer in signing_pages(world, at)}

    assert {name: some for name, some in found.items() if some} == {}
    assert set(found) >= SIGNING
