"""Issuing, revising, duplicating, withdrawing certificates; what each refuses."""

import datetime
import hashlib
import json

import pytest
from django.db import IntegrityError, connection, transaction

from lots import calendar
from lots.accounts import users
from lots.demo import bench
from lots.evaluation import raw_data
from lots.evidence.documents import Upload
from lots.intake import test_orders
from lots.models import AuditEntry, Criterion, LotStatus
from lots.release import disposition
from lots.results import result_entry
from lots.rules import chain
from lots.rules.refusal import Refusal
from lots.rules.step_table import NotAllowed
from lots.setup import (
    alternative_uses,
    certificate_headers,
    organisations,
    qualifications,
)
from reports import pdf
from reports.content import certificate as content_of
from reports.content import completeness
from reports.issuing import certificates
from reports.models import Certificate, Kind, Series, State
from reports.status.certificate_status import status
from tests.conftest import opened
from tests.lots.setup import identities
from tests.reports.conftest import ORAL, submit_rest


class PowerCut(BaseException):
    """The machine stops here."""


def issue(world, assessment, at, **more):
    return certificates.issue(
        assessment=assessment, by=world.cast.chen, at=at, **more, stated=bench.LABEL
    )


def blockers(assessment, at, **more):
    return [
        blocker.code for blocker in certificates.preflight(assessment, at=at, **more)
    ]


def fresh(record):
    return type(record).objects.get(pk=record.pk)


# --- issue --------------------------------------------------------------------------


@pytest.mark.postgres
def test_issue_freezes_content_and_bytes(world, released, at, customer):
    made = issue(
        world, released(), at, customer=customer, order="PO 7", shipped="25.0 kg"
    )

    content = content_of.from_json(made.content)
    year = calendar.today(at).year
    assert (made.number, made.revision, made.kind, made.state) == (
        f"TRN-{year}-000001",
        0,
        Kind.ORIGINAL,
        State.ISSUED,
    )
    assert made.digest == chain.digest(made.content) == content_of.digest(content)
    assert made.pdf_sha256 == hashlib.sha256(made.pdf).hexdigest()
    assert bytes(made.pdf) == pdf.render(content)
    assert completeness.missing(content) == ()
    assert (content.number, content.training, content.order, content.lot.shipped) == (
        made.number,
        True,
        "PO 7",
        "25.0 kg",
    )
    assert content.customer == (
        "Meridian Pumps & Implants Inc., 4 Long Wharf, Boston MA 02110"
    )
    assert content.check.address == f"http://127.0.0.1:8000/check/{made.token}/"
    assert content.dates.issued == calendar.stamp(at)


@pytest.mark.postgres
def test_numbers_of_a_year_have_no_gaps_and_start_anew(world, released, at):
    later = at + datetime.timedelta(days=370)
    numbers = [
        issue(world, released("BAC-26-001"), at).number,
        issue(world, released("BAC-26-002"), at).number,
        issue(world, released("BAC-26-003", at=later), later).number,
    ]

    year, next_year = calendar.today(at).year, calendar.today(later).year
    assert numbers == [
        f"TRN-{year}-000001",
        f"TRN-{year}-000002",
        f"TRN-{next_year}-000001",
    ]


def test_year_of_a_number_is_the_companys(world, released, at):
    # 2027-01-01 00:30 in Shanghai is still 2026 in UTC.
    new_year = datetime.datetime(2026, 12, 31, 16, 30, tzinfo=datetime.UTC)

    made = issue(world, released(at=new_year), new_year)

    assert made.number == "TRN-2027-000001"
    assert content_of.from_json(made.content).dates.issued == "2027-01-01 00:30 +08:00"


@pytest.mark.postgres
def test_refused_issue_takes_no_number_and_leaves_no_trace(world, released, at):
    assessment = released()
    entries = AuditEntry.objects.count()

    with pytest.raises(NotAllowed) as refused:
        certificates.issue(
            assessment=assessment, by=world.cast.lin, at=at, stated=bench.LABEL
        )

    assert refused.value.code == "role"
    assert (Certificate.objects.count(), Series.objects.count()) == (0, 0)
    assert AuditEntry.objects.count() == entries


@pytest.mark.postgres
def test_issue_leaves_exactly_these_audit_entries(world, released, at):
    assessment = released()
    before = AuditEntry.objects.count()

    issue(world, assessment, at)

    written = AuditEntry.objects.order_by("sequence")[before:]
    assert [(entry.action, entry.table) for entry in written] == [
        ("issue", "reports_series"),
        ("issue", "reports_series"),
        ("issue", "reports_certificate"),
        ("store_certificate", "reports_certificate"),
    ]
    assert {entry.lot_id for entry in written} == {None, assessment.lot_id}


def test_second_original_to_the_same_customer_is_refused(world, released, at, customer):
    assessment = released()
    first = issue(world, assessment, at)

    with pytest.raises(certificates.NotIssuable) as refused:
        issue(world, assessment, at)

    [blocker] = refused.value.blockers
    assert blocker.sentence == (
        f"{first.number} revision 0 already exists for lot BAC-26-001, this"
        " specification and this customer. Revise it, or duplicate it for another"
        " customer."
    )
    assert blocker.url == f"/certificates/{first.pk}/"
    assert issue(world, assessment, at, customer=customer).ordinal == 2


@pytest.mark.postgres
@pytest.mark.parametrize("to_customer", [False, True], ids=["nobody", "customer"])
def test_database_keeps_one_live_original(world, released, at, customer, to_customer):
    made = issue(world, released(), at, customer=customer if to_customer else None)
    twin = Certificate(
        **{
            field.attname: getattr(made, field.attname)
            for field in Certificate._meta.concrete_fields
            if field.name not in ("id", "number", "token")
        },
        number="TRN-2026-999999",
        token="another",
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


# --- stopped half way ---------------------------------------------------------------


@pytest.fixture
def left_over(world, released, at, monkeypatch):
    """A certificate that has its number, but whose printing was never finished."""
    assessment = released()

    def stop(content, **options):
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(pdf, "render", stop)
        with pytest.raises(PowerCut):
            issue(world, assessment, at)
    return Certificate.objects.get()


@pytest.mark.postgres
def test_stopped_issue_keeps_number_and_content(left_over, at):
    year = calendar.today(at).year
    assert (left_over.number, left_over.state, left_over.pdf) == (
        f"TRN-{year}-000001",
        State.BEING_MADE,
        None,
    )
    assert str(status(left_over)) == (
        "This certificate has its number, but no file yet; QA completes the issue."
    )


@pytest.mark.postgres
def test_next_issue_finishes_what_was_left_first(world, released, at, left_over):
    assessment = released("BAC-26-002")

    second = issue(world, assessment, at)

    first = fresh(left_over)
    assert (first.state, first.content) == (State.ISSUED, left_over.content)
    assert bytes(first.pdf) == pdf.render(content_of.from_json(left_over.content))
    assert (first.ordinal, second.ordinal) == (1, 2)


@pytest.mark.postgres
def test_finishing_twice_changes_nothing(world, at, left_over):
    certificates.finish_left_over(by=world.cast.olga, at=at)
    entries = AuditEntry.objects.count()

    assert certificates.finish_left_over(by=world.cast.olga, at=at) == []

    assert AuditEntry.objects.count() == entries


def test_stopped_certificate_counts_as_there(world, left_over, at):
    assert blockers(left_over.assessment, at) == ["already"]


@pytest.mark.postgres
def test_stop_before_the_first_commit_uses_no_number(world, released, at, monkeypatch):
    assessment = released()

    def stop(*args):
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(certificates.content_of, "to_json", stop)
        with pytest.raises(PowerCut):
            issue(world, assessment, at)

    assert (Certificate.objects.count(), Series.objects.count()) == (0, 0)
    assert issue(world, assessment, at).ordinal == 1


@pytest.mark.postgres
def test_certificate_that_cannot_be_printed_keeps_its_number(
    world, released, at, monkeypatch
):
    assessment = released()
    too_long = Refusal("certificate_too_long", "It is too long for one page.")

    def refuse(content, **options):
        raise too_long

    with monkeypatch.context() as patch:
        patch.setattr(pdf, "render", refuse)
        with pytest.raises(Refusal, match="too long"):
            issue(world, assessment, at)

    kept = Certificate.objects.get()
    assert (kept.state, kept.state_reason, kept.pdf) == (
        State.WITHDRAWN,
        "It is too long for one page.",
        None,
    )
    assert issue(world, assessment, at).ordinal == 2


# --- what stands in the way ---------------------------------------------------------


def test_nothing_stands_in_the_way_of_a_released_lot(released, at):
    assert certificates.preflight(released(), at=at) == ()


@pytest.mark.parametrize(
    "shipped", ["100", "100 drums", "1,5 kg", "0x1 kg", "kg", "0 kg", "0.0 g"]
)
def test_quantity_shipped_without_its_unit_is_refused(released, at, shipped):
    assert blockers(released(), at, shipped=shipped) == ["shipped"]


@pytest.mark.parametrize(
    ("shipped", "found"),
    [("150 kg", []), ("150000 g", []), ("150.1 kg", ["shipped-more"])],
)
def test_no_more_is_shipped_than_was_made(released, at, shipped, found):
    assert blockers(released(), at, shipped=shipped) == found


def test_assessment_that_is_not_released_is_refused(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    assessment = bench.assessment(lot, "BAC-ORAL")

    assert blockers(assessment, at) == ["assessment-state"]
    with pytest.raises(NotAllowed, match="while its assessment is in testing"):
        issue(world, assessment, at)


def test_lot_on_hold_is_refused(world, released, at):
    assessment = released()
    disposition.hold(lot=assessment.lot, by=world.cast.lin, at=at, reason="Complaint")

    assert blockers(fresh(assessment), at) == ["lot-state"]
    with pytest.raises(NotAllowed, match="while the lot is on hold"):
        issue(world, assessment, at)


def test_open_investigation_on_the_lot_is_refused_with_its_page(world, released, at):
    assessment = released()
    test_order = test_orders.open_test_order(
        lot=assessment.lot, by=world.cast.lin, at=at, occasion="stability"
    )
    result_entry.enter_result(
        test_order=test_order,
        test=world.tests["IMPA"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.31"),
        seen=0,
        raw_reference="LN-1, page 7",
    )
    case = assessment.lot.investigations.get()

    [blocker] = certificates.preflight(assessment, at=at)

    assert blocker.sentence == (
        f"Investigation {case.number} on lot BAC-26-001 is open; QA must conclude it."
    )
    assert blocker.url == f"/investigations/{case.pk}/"


def test_fail_of_a_later_test_order_that_stands_is_certified_by_nothing(
    world, released, at, customer
):
    """QA found no laboratory error: no certificate says any more that it complies."""
    assessment = released()
    lot = assessment.lot
    made = certificates.issue(
        assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
    )
    second = test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=at, occasion="stability"
    )
    bench.enter(
        lot, world, {"MEOH": "3100"}, by=world.cast.lin, at=at, test_order=second
    )
    bench.conclude(
        world.cast,
        lot,
        lot.investigations.get(),
        at=at,
        conclusion="not_proven",
        cause="No error was found",
    )
    said = "Methanol has the valid result 3100 in test order 2 of the lot"

    with pytest.raises(certificates.NotIssuable, match=said):
        certificates.issue(
            assessment=assessment,
            by=world.cast.chen,
            at=at,
            customer=customer,
            stated=bench.LABEL,
        )
    with pytest.raises(certificates.NotIssuable, match=said):
        certificates.duplicate(
            certificate=made,
            by=world.cast.chen,
            at=at,
            customer=customer,
            stated=bench.LABEL,
        )
    with pytest.raises(certificates.NotIssuable, match=said):
        certificates.revise(
            certificate=made,
            by=world.cast.chen,
            at=at,
            reason="Order",
            order="PO 9",
            stated=bench.LABEL,
        )


def test_release_that_did_not_know_of_a_fail_is_signed_again(world, at):
    """Oral on Monday; endotoxins fail on Tuesday and stand (domain.md 5.2)."""
    later = at + datetime.timedelta(hours=1)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at, justification="Stands in")
    bench.enter(lot, world, {"BET": "4.2"}, by=world.cast.lin, at=later)
    bench.review(world.cast, lot, at=later)
    bench.conclude(
        world.cast,
        lot,
        lot.investigations.get(),
        at=later,
        conclusion="not_proven",
        cause="No error was found",
    )

    with pytest.raises(
        certificates.NotIssuable, match="was concluded after the release"
    ):
        certificates.issue(
            assessment=bench.assessment(lot, "BAC-ORAL"),
            by=world.cast.chen,
            at=later,
            stated=bench.LABEL,
        )

    bench.decide(
        world.cast, disposition.reopen, lot, at=later, reason="OOS", deviation="DEV-1"
    )
    bench.release(
        world.cast, lot, "BAC-ORAL", at=later, justification="No limit for oral use"
    )
    assert certificates.issue(
        assessment=bench.assessment(lot, "BAC-ORAL"),
        by=world.cast.chen,
        at=later,
        stated=bench.LABEL,
    ).pdf


def test_test_order_that_is_under_way_keeps_no_certificate_back(world, released, at):
    """Its assay waits for the water; nothing of it fails."""
    assessment = released()
    second = test_orders.open_test_order(
        lot=assessment.lot, by=world.cast.lin, at=at, occasion="stability"
    )
    bench.enter(
        assessment.lot,
        world,
        {"ASSAY": ORAL["ASSAY"]},
        by=world.cast.lin,
        at=at,
        test_order=second,
    )

    assert certificates.issue(
        assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
    ).pdf


def test_suspended_qualification_is_refused_with_its_page(world, released, at):
    assessment = released()
    qualification = assessment.lot.qualification
    qualifications.suspend_qualification(
        qualification=qualification,
        by=world.cast.olga,
        at=at,
        since=calendar.today(at),
        reason="Audit finding",
    )

    [blocker] = certificates.preflight(assessment, at=at)

    assert (blocker.code, blocker.url) == (
        "suspended",
        f"/qualifications/{qualification.pk}/",
    )


def test_withdrawn_alternative_use_is_refused(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-901", use="intrathecal")
    bench.enter(lot, world, {**bench.IT_RESULTS, **ORAL}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(
        world.cast, lot, "BAC-ORAL", at=at, justification="Meets every oral limit"
    )
    assessment = bench.assessment(lot, "BAC-ORAL")
    alternative_uses.withdraw_alternative_use(
        alternative_use=assessment.alternative_use,
        by=world.cast.olga,
        at=at,
        reason="Review",
    )

    assert blockers(assessment, at) == ["use"]


def test_past_retest_date_refuses_issue_and_duplicate_not_revision(
    world, released, at, customer
):
    """Domain reference 9, rule 17: good through the printed day."""
    first = released("BAC-26-001", manufactured_on=calendar.today(at))
    second = released("BAC-26-002", manufactured_on=calendar.today(at))
    made = issue(world, first, at)
    lot = second.lot
    last = at + (lot.date_on - calendar.today(at))
    after = last + datetime.timedelta(days=1)
    qualification = lot.qualification
    assert qualification.valid_until is None

    assert blockers(second, last) == []
    [blocker] = certificates.preflight(second, at=after)
    assert blocker.sentence == (
        f"The retest date of lot BAC-26-002, {lot.date_on}, has passed. Open a retest"
        " of the lot and release that first."
    )
    with pytest.raises(certificates.NotIssuable, match="has passed"):
        certificates.duplicate(
            certificate=made,
            by=world.cast.chen,
            at=after,
            customer=customer,
            stated=bench.LABEL,
        )
    for new in ({"customer": customer}, {"order": "PO 9"}, {"shipped": "50 kg"}):
        with pytest.raises(
            certificates.NotIssuable, match="a revision cannot change the customer"
        ):
            certificates.revise(
                certificate=made,
                by=world.cast.chen,
                at=after,
                reason="Why",
                **new,
                stated=bench.LABEL,
            )
    site = world.works
    organisations.change_site(
        site=site, by=world.cast.olga, at=after, reason="The telephone was wrong",
        name=site.name, address=site.address, telephone="+86 574 5550 9999",
        manufactures=True, tests=True,
    )  # fmt: skip
    identities.approve(world, after)
    revised = certificates.revise(
        certificate=made,
        by=world.cast.chen,
        at=after,
        reason="Wrong telephone",
        identity="today",
        stated=bench.LABEL,
    )
    assert (revised.number, revised.revision) == (made.number, 1)


def test_retest_test_order_gives_a_use_by_and_keeps_the_date(world, released, at):
    original = released(manufactured_on=calendar.today(at))
    lot = original.lot
    after = at + (lot.date_on - calendar.today(at)) + datetime.timedelta(days=3)
    use_by = calendar.today(after) + datetime.timedelta(days=30)
    test_orders.open_test_order(
        lot=lot, by=world.cast.lin, at=after, occasion="retest", use_by=use_by
    )
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=after)
    bench.review(world.cast, lot, at=after)
    bench.release(world.cast, lot, "BAC-ORAL", at=after)

    made = issue(world, bench.assessment(lot, "BAC-ORAL"), after)

    assert content_of.from_json(made.content).shelf == content_of.Shelf(
        kind="retest", date=lot.date_on.isoformat(), use_by=use_by.isoformat()
    )
    assert blockers(original, after) == ["date"]


def test_organisation_that_is_no_customer_is_refused(world, released, at):
    manufacturer = world.works.organisation

    assert blockers(released(), at, customer=manufacturer) == ["customer"]


def test_character_that_cannot_be_printed_is_refused_by_code_point(world, released, at):
    [blocker] = certificates.preflight(
        released(), at=at, order="PO \N{ARABIC LETTER AIN}"
    )

    assert blocker.code == "unprintable"
    assert "U+0639" in blocker.sentence


def test_version_of_before_that_rounds_otherwise_than_it_claims_is_refused(
    world, released, at
):
    """Domain reference 1.3: USP is printed of what USP rounds."""
    Criterion.objects.filter(
        specification__code="BAC-ORAL", test=world.tests["MEOH"]
    ).update(rounding="half_even")
    assessment = released()

    [blocker] = certificates.preflight(fresh(assessment), at=at)

    assert blocker.sentence == (
        "Specification BAC-ORAL v1 names USP, NF, Ph. Eur. and so needs rounding half"
        " up, but rounds these tests half even: Methanol. Draft its next version with"
        " half up, and release the lot against that version."
    )
    assert blocker.url == f"/specifications/{assessment.specification_id}/"


def test_changed_criterion_is_refused_with_both_verdicts(world, released, at):
    assessment = released()
    Criterion.objects.filter(
        specification=assessment.specification, test=world.tests["IMPA"]
    ).update(high="0.03")

    assert [
        blocker.sentence for blocker in certificates.preflight(assessment, at=at)
    ] == [
        "Impurity A (lactam): lot BAC-26-001 was released with pass (<0.05), but its"
        " records give fail (0.04) today. Find out why, or reopen the lot and release"
        " it again.",
        "Impurity A (lactam) does not comply, so there can be no certificate of"
        " analysis; print the analytical report instead.",
    ]


@pytest.mark.postgres
def test_altered_release_text_is_refused(world, released, at):
    assessment = released()
    text = assessment.signature.text.replace("0.04", "0.01")
    assert text != assessment.signature.text
    # PostgreSQL alters no table while deferred constraints wait.
    connection.check_constraints()
    with opened(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lots_signature SET text = %s WHERE id = %s",
            [text, assessment.signature_id],
        )
        connection.check_constraints()

    assert blockers(fresh(assessment), at) == ["signature"]


def test_result_entered_after_the_release_is_refused(world, released, at):
    """An on-request or periodic test added later was not what QA released."""
    assessment = released(values=bench.ORAL_RESULTS | bench.ELEMENTS)
    other = released("BAC-26-002", values=bench.ORAL_RESULTS)
    result_entry.enter_result(
        test_order=other.test_order,
        test=world.tests["CD"],
        by=world.cast.lin,
        at=at,
        determinations=bench.typed("0.06"),
        seen=0,
        raw_reference="LN-1, page 7",
    )

    assert blockers(assessment, at) == []
    [blocker] = certificates.preflight(fresh(other), at=at)
    assert blocker.sentence == (
        "Cadmium: lot BAC-26-002 was released with no result, but its records give"
        " pass (0.06) today. Find out why, or reopen the lot and release it again."
    )


def test_agent_without_manufacturer_telephone_or_certificate_is_told_both(
    world, released, at, monkeypatch, without_copy
):
    """Domain reference 9, rule 16; of values submitted before they needed the file."""
    monkeypatch.setattr(raw_data, "lacking", lambda lot, results: {})
    identities.as_before(world.partner, telephone=" ")
    assessment = released(
        issuer_role="agent",
        original_certificate_number="NEP/26-0091",
        site=world.partner,
        process="Taihu process T-3",
    )

    found = certificates.preflight(fresh(assessment), at=at)

    assert [blocker.refusal.field for blocker in found] == [
        "manufacturer.telephone",
        "original",
        "laboratories[0].telephone",
    ]
    assert [blocker.url for blocker in found] == [
        f"/organisations/sites/{world.partner.pk}/change/",
        f"/lots/{assessment.lot_id}/",
        f"/organisations/sites/{world.partner.pk}/change/",
    ]


def test_own_make_is_certified_only_while_its_manufacturer_is_our_own(
    world, released, at
):
    """ICH Q7 11.44: else the maker's certificate would be left out."""
    assessment = released()
    manufacturer = world.works.organisation
    organisations.change_organisation(
        organisation=manufacturer,
        by=world.cast.olga,
        at=at,
        reason="Sold",
        name=manufacturer.name,
        address=manufacturer.address,
        telephone=manufacturer.telephone,
        is_customer=False,
        is_ours=False,
    )

    [blocker] = certificates.preflight(fresh(assessment), at=at)

    assert "has the issuer role “manufacturer”, but Ningbo Harbour" in blocker.sentence
    assert blocker.url == f"/organisations/{manufacturer.pk}/"
    with pytest.raises(
        certificates.NotIssuable, match="the issuer role “manufacturer”"
    ):
        certificates.issue(
            assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
        )


def test_agent_with_the_original_certificate_names_it(world, released, at):
    attached = Upload("coa.txt", b"Certificate of the maker")
    assessment = released(
        issuer_role="agent",
        original_number="THX-77",
        original_certificate_number="NEP/26-0091",
        original_certificate=attached,
        site=world.partner,
        process="Taihu process T-3",
    )

    content = content_of.from_json(issue(world, assessment, at).content)

    assert content.original == content_of.OriginalCertificate(
        number="NEP/26-0091",
        note="Copy kept with the lot and sent with this certificate",
        sha256=hashlib.sha256(attached.content).hexdigest(),
    )
    assert (content.lot.number, content.lot.own_number) == ("THX-77", "BAC-26-001")
    assert [laboratory.name for laboratory in content.laboratories] == [
        "Taihu Fine Chemicals Co., Ltd., Wuxi works"
    ]


def test_parent_recalled_since_refuses_what_was_blended_from_it(world, released, at):
    parents = [released(f"BAC-26-10{n}").lot for n in (1, 2)]
    blend = released(
        "BAC-26-110", origin="blend", parents=[(lot, "75") for lot in parents]
    )
    assert certificates.preflight(blend, at=at) == ()

    bench.decide(
        world.cast, disposition.recall, parents[0], at=at, reason="Foreign particles"
    )

    [blocker] = certificates.preflight(blend, at=at)
    assert blocker.sentence == (
        "Parent lot BAC-26-101 is recalled and cannot be used for a lot produced by"
        " blend."
    )


def test_preview_is_watermarked_and_takes_no_number(world, released, at):
    preview = certificates.preview(assessment=released(), at=at)

    assert preview.startswith(b"%PDF-")
    assert (Certificate.objects.count(), Series.objects.count()) == (0, 0)


def test_preview_of_an_unreleased_assessment_is_refused(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")

    with pytest.raises(certificates.NotIssuable):
        certificates.preview(assessment=bench.assessment(lot, "BAC-ORAL"), at=at)


# --- revise, duplicate, withdraw ----------------------------------------------------


@pytest.mark.postgres
def test_revision_supersedes_under_the_same_number(world, released, at, customer):
    first = issue(world, released(), at, customer=customer, order="PO 7")
    later = at + datetime.timedelta(hours=1)

    second = certificates.revise(
        certificate=first,
        by=world.cast.olga,
        at=later,
        reason="the order number was wrong",
        order="PO 9",
        stated=bench.LABEL,
    )

    first = fresh(first)
    content = content_of.from_json(second.content)
    assert (second.number, second.revision, second.kind, second.supersedes) == (
        first.number,
        1,
        Kind.REVISION,
        first,
    )
    assert (second.order, second.customer) == ("PO 9", customer)
    assert content.supersedes == content_of.Supersedes(
        number=first.number, revision="0", reason="the order number was wrong."
    )
    assert (first.state, second.state) == (State.SUPERSEDED, State.ISSUED)
    assert first.token != second.token
    assert str(status(first)) == (
        f"This certificate was superseded by {first.number} revision 1; ask the issuer"
        " for it."
    )
    assert str(status(second)) == "This certificate is current."


def test_superseded_file_is_kept_as_it_was(world, released, at):
    first = issue(world, released(), at)
    before = bytes(first.pdf)

    certificates.revise(
        certificate=first,
        by=world.cast.olga,
        at=at,
        reason="No order",
        order="PO 9",
        stated=bench.LABEL,
    )

    assert bytes(fresh(first).pdf) == before


def test_superseded_certificate_is_not_revised_again(world, released, at):
    first = issue(world, released(), at)
    certificates.revise(
        certificate=first,
        by=world.cast.olga,
        at=at,
        reason="No order",
        order="PO 9",
        stated=bench.LABEL,
    )

    with pytest.raises(
        certificates.NotIssuable, match="is superseded, and only a current"
    ):
        certificates.revise(
            certificate=first,
            by=world.cast.olga,
            at=at,
            reason="Again",
            stated=bench.LABEL,
        )


@pytest.mark.parametrize("verb", ["revise", "withdraw"])
def test_reason_is_needed(world, released, at, verb):
    made = issue(world, released(), at)

    with pytest.raises(Refusal, match="Give the reason"):
        getattr(certificates, verb)(
            certificate=made, by=world.cast.chen, at=at, reason="  "
        )

    assert fresh(made).state == State.ISSUED


def test_reopened_lot_is_under_review_until_revised(world, released, at):
    made = issue(world, released(), at)
    lot = made.lot
    later = at + datetime.timedelta(hours=1)

    bench.decide(
        world.cast,
        disposition.reopen,
        lot,
        at=later,
        reason="Wrong column",
        deviation="DEV-3",
    )
    assert status(fresh(made)).code == "under_review"
    with pytest.raises(NotAllowed, match="release withdrawn"):
        certificates.revise(
            certificate=made,
            by=world.cast.chen,
            at=later,
            reason="Column changed",
            stated=bench.LABEL,
        )

    result_entry.enter_result(
        test_order=lot.test_orders.get(),
        test=world.tests["ROI"],
        by=world.cast.lin,
        at=later,
        determinations=bench.typed("0.07"),
        seen=1,
        kind="transcription",
        reason="Read from the wrong line",
        raw_reference="LN-1, page 7",
    )
    submit_rest(lot, by=world.cast.lin, at=later)
    bench.review(world.cast, lot, at=later)
    bench.release(world.cast, lot, "BAC-ORAL", at=later, deviations="DEV-3")
    revised = certificates.revise(
        certificate=made,
        by=world.cast.chen,
        at=later,
        reason="Result corrected",
        stated=bench.LABEL,
    )

    printed = {
        line.test: line.result
        for group in content_of.from_json(revised.content).groups
        for line in group.lines
    }
    assert printed["Residue on ignition"] == "0.1"
    assert revised.assessment_id != made.assessment_id
    assert (status(fresh(made)).code, status(revised).code) == (
        "superseded",
        "current",
    )


def test_duplicate_has_its_own_number_and_names_the_first(
    world, released, at, customer
):
    first = issue(world, released(), at)

    second = certificates.duplicate(
        certificate=first,
        by=world.cast.olga,
        at=at,
        customer=customer,
        order="PO 2",
        stated=bench.LABEL,
    )

    assert (second.number, second.revision, second.kind, second.duplicate_of) == (
        first.number.replace("000001", "000002"),
        0,
        Kind.DUPLICATE,
        first,
    )
    content = content_of.from_json(second.content)
    assert (content.duplicate_of, content.order) == (first.number, "PO 2")
    assert content.groups == content_of.from_json(first.content).groups
    assert (status(fresh(first)).code, status(second).code) == ("current", "current")


@pytest.mark.postgres
def test_same_duplicate_twice_is_refused(world, released, at, customer):
    first = issue(world, released(), at)
    certificates.duplicate(
        certificate=first,
        by=world.cast.olga,
        at=at,
        customer=customer,
        order="PO 2",
        stated=bench.LABEL,
    )

    with pytest.raises(certificates.NotIssuable, match="already exists"):
        certificates.duplicate(
            certificate=first,
            by=world.cast.olga,
            at=at,
            customer=customer,
            order="PO 2",
            stated=bench.LABEL,
        )


@pytest.mark.postgres
def test_withdrawn_certificate_stays_with_its_bytes(world, released, at):
    made = issue(world, released(), at)
    before = bytes(made.pdf)

    certificates.withdraw(
        certificate=made, by=world.cast.chen, at=at, reason="Sent to a wrong customer"
    )

    made = fresh(made)
    assert (made.state, made.state_reason, bytes(made.pdf)) == (
        State.WITHDRAWN,
        "Sent to a wrong customer",
        before,
    )
    assert status(made).code == "withdrawn"
    with pytest.raises(Refusal, match="only an issued certificate can be withdrawn"):
        certificates.withdraw(
            certificate=made, by=world.cast.chen, at=at, reason="Again"
        )
    assert issue(world, made.assessment, at).ordinal == 2


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("revise", {"reason": "x"}),
        ("duplicate", {"customer": None}),
        ("withdraw", {"reason": "x"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("person", ["lin", "sofia", "maria", "ines", "admin"])
def test_nobody_but_qa_takes_the_step(world, released, at, verb, more, person):
    made = issue(world, released(), at)

    with pytest.raises(NotAllowed) as refused:
        getattr(certificates, verb)(
            certificate=made, by=getattr(world.cast, person), at=at, **more
        )

    assert refused.value.code == "role"
    assert Certificate.objects.count() == 1


# --- the status of the day ----------------------------------------------------------


def test_status_follows_the_lot(world, released, at):
    made = issue(world, released(), at)
    seen = [status(fresh(made)).code]

    disposition.hold(lot=made.lot, by=world.cast.lin, at=at, reason="Complaint")
    seen.append(status(fresh(made)).code)
    bench.decide(world.cast, disposition.resume, made.lot, at=at, reason="Unfounded")
    seen.append(status(fresh(made)).code)
    bench.decide(world.cast, disposition.recall, made.lot, at=at, reason="Particles")
    seen.append(status(fresh(made)).code)

    assert seen == ["current", "under_review", "current", "recalled"]


@pytest.mark.postgres
def test_read_model_counts_what_waits_for_a_certificate(world, released, at):
    assessment = released()
    waiting = [LotStatus.objects.get().to_certify]

    made = issue(world, assessment, at)
    waiting.append(LotStatus.objects.get().to_certify)
    certificates.withdraw(certificate=made, by=world.cast.chen, at=at, reason="Wrong")
    waiting.append(LotStatus.objects.get().to_certify)

    assert waiting == [1, 0, 1]
    assert made.number in LotStatus.objects.get().certificates


def test_certificate_header_changed_since_does_not_change_what_was_issued(
    world, released, at
):
    made = issue(world, released(), at)
    before = bytes(made.pdf)
    certificate_header = certificate_headers.draft_certificate_header(
        by=world.cast.olga,
        at=at,
        name="Harbour Pharma",
        address="1 New Street",
        telephone="+86 1",
    )
    certificate_headers.approve_certificate_header(
        certificate_header=certificate_header,
        by=world.cast.chen,
        at=at,
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=chain.digest(
            certificate_headers.certificate_header_text(certificate_header)
        ),
    )

    revised = certificates.revise(
        certificate=made,
        by=world.cast.chen,
        at=at,
        reason="the issuer moved",
        stated=bench.LABEL,
    )

    assert bytes(fresh(made).pdf) == before
    assert content_of.from_json(revised.content).issuer.name == "Harbour Pharma"


def test_new_names_leave_what_was_signed_as_it_is(world, released, customer, at):
    first = certificates.issue(
        assessment=released(), by=world.cast.olga, at=at, stated=bench.LABEL
    )
    for person in (world.cast.sofia, world.cast.tomas, world.cast.chen):
        users.change_account(
            person=person,
            by=world.cast.admin,
            at=at,
            printed_name=f"New {person.username}",
            title="Another title",
            reason="Marriage",
        )

    second = certificates.duplicate(
        certificate=first,
        by=world.cast.olga,
        at=at,
        customer=customer,
        stated=bench.LABEL,
    )

    signed = [json.loads(one.content)["signatures"] for one in (first, second)]
    assert signed[0] == signed[1] != []
    assert "New " not in str(signed)


def test_revision_to_a_customer_who_has_an_original_is_refused(
    world, released, at, customer
):
    assessment = released()
    first = issue(world, assessment, at)
    second = issue(world, assessment, at, customer=customer)

    with pytest.raises(certificates.NotIssuable) as refused:
        certificates.revise(
            certificate=first,
            by=world.cast.chen,
            at=at,
            reason="addressed to nobody",
            customer=customer,
            stated=bench.LABEL,
        )

    [blocker] = refused.value.blockers
    assert (blocker.code, blocker.url) == ("already", f"/certificates/{second.pk}/")
    assert {fresh(each).state for each in (first, second)} == {State.ISSUED}


def test_revision_can_be_addressed_to_nobody_or_another(world, released, at, customer):
    first = issue(world, released(), at, customer=customer, order="PO 7")

    second = certificates.revise(
        certificate=first,
        by=world.cast.chen,
        at=at,
        reason="the customer withdrew the order",
        customer=None,
        order="",
        stated=bench.LABEL,
    )
    third = certificates.revise(
        certificate=second,
        by=world.cast.chen,
        at=at,
        reason="the customer ordered again",
        customer=customer,
        stated=bench.LABEL,
    )

    assert (second.customer, second.order) == (None, "")
    assert content_of.from_json(second.content).customer == ""
    assert (third.customer, third.order, third.revision) == (customer, "", 2)


def test_revision_that_would_say_nothing_else_is_refused(world, released, at):
    made = issue(world, released(), at)

    with pytest.raises(certificates.NotIssuable) as refused:
        certificates.revise(
            certificate=made,
            by=world.cast.chen,
            at=at + datetime.timedelta(days=1),
            reason="asked for once more",
            stated=bench.LABEL,
        )

    [blocker] = refused.value.blockers
    assert blocker.sentence == (
        f"A revision of {made.number} revision 0 would change nothing. To send the"
        " certificate again, download its PDF; to correct it, first fix the record"
        " that is wrong."
    )
    assert Certificate.objects.count() == 1


@pytest.mark.postgres
def test_revision_that_cannot_be_printed_uses_its_revision(
    world, released, at, monkeypatch
):
    first = issue(world, released(), at)

    def refuse(content, **options):
        raise Refusal("certificate_too_long", "It is too long for one page.")

    with monkeypatch.context() as patch:
        patch.setattr(pdf, "render", refuse)
        with pytest.raises(Refusal, match="too long"):
            certificates.revise(
                certificate=first,
                by=world.cast.chen,
                at=at,
                reason="x",
                order="PO 8",
                stated=bench.LABEL,
            )
    assert fresh(first).state == State.ISSUED

    second = certificates.revise(
        certificate=first,
        by=world.cast.chen,
        at=at,
        reason="x",
        order="PO 9",
        stated=bench.LABEL,
    )

    assert (second.revision, second.supersedes) == (2, first)
    assert fresh(first).state == State.SUPERSEDED


def test_revised_duplicate_still_says_what_it_duplicates(world, released, at, customer):
    first = issue(world, released(), at)
    twin = certificates.duplicate(
        certificate=first,
        by=world.cast.chen,
        at=at,
        customer=customer,
        stated=bench.LABEL,
    )

    revised = certificates.revise(
        certificate=twin,
        by=world.cast.chen,
        at=at,
        reason="no order",
        order="PO 3",
        stated=bench.LABEL,
    )

    assert content_of.from_json(revised.content).duplicate_of == first.number
    assert (revised.number, revised.customer) == (twin.number, customer)


@pytest.mark.postgres
def test_certificate_withdrawn_while_its_revision_is_made_stays_withdrawn(
    world, released, at, monkeypatch
):
    first = issue(world, released(), at)

    def stop(content, **options):
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(pdf, "render", stop)
        with pytest.raises(PowerCut):
            certificates.revise(
                certificate=first,
                by=world.cast.chen,
                at=at,
                reason="x",
                order="PO 8",
                stated=bench.LABEL,
            )
    certificates.withdraw(
        certificate=first, by=world.cast.olga, at=at, reason="In error"
    )

    certificates.finish_left_over(by=world.cast.olga, at=at)

    assert (fresh(first).state, fresh(first).state_reason) == (
        State.WITHDRAWN,
        "In error",
    )
    assert Certificate.objects.get(revision=1).state == State.ISSUED
