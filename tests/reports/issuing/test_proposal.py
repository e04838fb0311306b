"""What is asked for with a certificate, and what is refused of it before it is made."""

import datetime

import pytest
from django.db import connection
from django.urls import reverse

from lots import calendar
from lots.demo import bench
from lots.evaluation import completion
from lots.intake import test_orders
from lots.models import (
    Criterion,
    Signature,
    Specification,
)
from lots.rules import chain
from lots.setup import specification_versions
from lots.setup.specification_versions import CriterionDraft
from lots.workflow import blockers as release_blockers
from reports.issuing import certificates, preflight, revision
from tests.conftest import opened
from tests.lots.pages import signed_in, words
from tests.lots.setup import identities, specifications
from tests.lots.setup.qualified import expiring
from tests.lots.situations import Case
from tests.reports.conftest import ORAL

UNPRINTABLE = "GC \N{THAI CHARACTER KO KAI}"


def issue(world, assessment, at, **more):
    return certificates.issue(
        assessment=assessment, by=world.cast.chen, at=at, **more, stated=bench.LABEL
    )


def found(assessment, at, **asked):
    """Return what stands in the way, from the records as they are now."""
    fresh = type(assessment).objects.get(pk=assessment.pk)
    return certificates.preflight(fresh, at=at, **asked)


def codes(assessment, at, **asked):
    return [blocker.code for blocker in found(assessment, at, **asked)]


def as_before(model, pk, **values):
    """Give a record a text that a form of before let through."""
    # PostgreSQL alters no table while deferred constraints wait.
    connection.check_constraints()
    with opened():
        model.objects.filter(pk=pk).update(**values)
        connection.check_constraints()


# --- the specification --------------------------------------------------------------


@pytest.fixture
def of_customer(world, at, customer, monkeypatch):
    """A lot released against its customer's specification alone, by an older rule."""
    specifications.approve(
        world,
        at,
        specifications.draft(
            world,
            at,
            CriterionDraft(world.tests["ASSAY"], "range", "98.0", "102.0"),
            code="MER-ORAL",
            owner="customer",
            customer=customer,
        ),
    )
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    with monkeypatch.context() as older:
        older.setattr(release_blockers, "against_minimum", lambda *_a: [])
        bench.release(world.cast, lot, "MER-ORAL", at=at)
    return lot


def test_customers_specification_is_certified_to_that_customer_and_after_ours(
    world, at, customer, of_customer
):
    assessment = bench.assessment(of_customer, "MER-ORAL")

    to_nobody = codes(assessment, at)
    before_ours = codes(assessment, at, customer=customer)
    bench.release(world.cast, of_customer, "BAC-ORAL", at=at)

    assert to_nobody == ["customer-specification", "in-house"]
    assert before_ours == ["in-house"]
    assert codes(assessment, at, customer=customer) == []


def test_customer_of_its_specification_is_not_called_optional(world, of_customer, at):
    bench.release(world.cast, of_customer, "BAC-ORAL", at=at)
    chen = signed_in(world.cast.chen)

    asked, free = (
        words(chen.get(f"/assessments/{bench.assessment(of_customer, code).pk}/issue/"))
        for code in ("MER-ORAL", "BAC-ORAL")
    )

    assert "Customer optional" not in asked
    assert "Customer optional" in free


def test_specification_that_was_ended_since_certifies_nothing(world, released, at):
    assessment = released()
    specification_versions.withdraw_specification(
        specification=assessment.specification,
        by=world.cast.olga,
        at=at,
        reason="Replaced",
    )

    [blocker] = found(assessment, at)

    assert (blocker.code, blocker.sentence) == (
        "specification",
        "Specification BAC-ORAL v1 is withdrawn, and a certificate needs an approved"
        " one. Add an assessment against an approved specification, and release the"
        " lot against that.",
    )


# --- the date and the investigations ------------------------------------------------


def test_lot_past_its_expiry_is_certified_no_more(world, released, at):
    last = calendar.today(at) + datetime.timedelta(days=30)
    assessment = released(date_on=last, **expiring(world, at))

    [blocker] = found(assessment, at + datetime.timedelta(days=31))

    assert (blocker.code, blocker.sentence) == (
        "date",
        f"The expiry date of lot BAC-26-001, {last}, has passed, and no retest"
        " extends it. No certificate of the lot can be issued any more.",
    )
    assert codes(assessment, at + datetime.timedelta(days=30)) == []


def test_result_found_invalid_since_the_release_is_certified_by_nothing(world, at):
    case = Case(world, at)
    case.release_for_oral()
    assessment = bench.assessment(case.lot, "BAC-ORAL")
    test_orders.add_assessment(
        test_order=case.test_order,
        specification=specifications.approved(
            world, at, "ORAL-2", MEOH=("nmt", "", "1")
        ),
        by=world.cast.lin,
        at=at,
    )
    investigation = case.lot.investigations.get()
    bench.conclude(
        world.cast,
        case.lot,
        investigation,
        at=at,
        conclusion="proven",
        cause="It was the wrong vial",
    )

    told = {blocker.code: blocker.sentence for blocker in found(assessment, at)}

    assert told["invalid-since"] == (
        f"Investigation {investigation.number} invalidated a result on which the"
        f" release of lot {case.lot.number} rests. Reopen the lot, test it again and"
        " release it again."
    )


# --- revisions and duplicates -------------------------------------------------------


def test_duplicate_without_a_further_customer_is_refused(world, released, at):
    made = issue(world, released(), at)

    with pytest.raises(certificates.NotIssuable) as refused:
        certificates.duplicate(
            certificate=made,
            by=world.cast.chen,
            at=at,
            customer=None,
            stated=bench.LABEL,
        )

    assert [(blocker.code, blocker.sentence) for blocker in refused.value.blockers] == [
        (
            "addressee",
            "A duplicate goes to another customer; choose that one under “Customer”.",
        )
    ]


def test_certificate_that_cannot_be_read_is_neither_revised_nor_repeated(
    world, released, at, customer
):
    made = issue(world, released(), at)
    as_before(type(made), made.pk, content="{}")
    made.refresh_from_db()

    with pytest.raises(certificates.NotIssuable) as refused:
        certificates.duplicate(
            certificate=made,
            by=world.cast.chen,
            at=at,
            customer=customer,
            stated=bench.LABEL,
        )

    [blocker] = refused.value.blockers
    assert blocker.url == reverse("reports:certificate_detail", args=[made.pk])


def test_revision_shows_what_it_changes_and_is_made_as_shown(world, released, at):
    made = issue(world, released(), at, order="PO 7")
    asked = {"certificate": made, "reason": "Wrong order", "order": "PO 8"}

    changes = revision.changes(**asked, at=at)
    with pytest.raises(certificates.NotIssuable) as refused:
        certificates.revise(
            **asked,
            by=world.cast.chen,
            at=at,
            shown=preflight.digest_of([]),
            stated=bench.LABEL,
        )
    revised = certificates.revise(
        **asked,
        by=world.cast.chen,
        at=at,
        shown=preflight.digest_of(changes),
        stated=bench.LABEL,
    )

    assert ("order", "PO 7", "PO 8") in [
        (one.path, one.before, one.after) for one in changes
    ]
    assert [blocker.code for blocker in refused.value.blockers] == ["not-as-shown"]
    assert (revised.revision, revised.order) == (1, "PO 8")


def test_revision_of_a_quantity_that_is_none_leads_back_to_the_certificate(
    world, released, at
):
    made = issue(world, released(), at)

    with pytest.raises(certificates.NotIssuable) as refused:
        revision.changes(
            certificate=made, at=at, reason="Quantity shipped", shipped="a lot"
        )

    assert [(blocker.code, blocker.url) for blocker in refused.value.blockers] == [
        ("shipped", reverse("reports:certificate_detail", args=[made.pk]))
    ]


def test_reason_that_cannot_be_printed_leads_back_to_the_certificate(
    world, released, at
):
    made = issue(world, released(), at)

    with pytest.raises(certificates.NotIssuable) as refused:
        revision.changes(certificate=made, at=at, reason=UNPRINTABLE, order="PO 8")

    assert [(blocker.code, blocker.url) for blocker in refused.value.blockers] == [
        ("unprintable", reverse("reports:certificate_detail", args=[made.pk]))
    ]


# --- where a text that cannot be printed is mended ----------------------------------


def test_name_of_the_maker_leads_to_the_maker(world, released, at):
    maker = identities.as_before(world.works.organisation, name=UNPRINTABLE)
    assessment = released()

    assert {blocker.url for blocker in found(assessment, at)} == {
        reverse("lots:change_organisation", args=[maker.pk])
    }


def test_statement_leads_to_the_material(world, released, at):
    material = world.material
    identities.as_before(material.statements.order_by("pk")[0], text=UNPRINTABLE)
    assessment = released()

    assert [blocker.url for blocker in found(assessment, at)] == [
        reverse("lots:material_detail", args=[material.pk])
    ]


def test_compendium_leads_to_the_specification(world, released, at):
    assessment = released()
    pk = assessment.specification_id
    for row in Criterion.objects.filter(specification=pk):
        as_before(Criterion, row.pk, is_compendial=True)
    as_before(Specification, pk, compendium=UNPRINTABLE)

    assert [blocker.url for blocker in found(assessment, at)] == [
        reverse("lots:specification_detail", args=[pk])
    ]


def test_justification_of_the_release_leads_to_a_reopening(world, released, at):
    assessment = released()
    signature = assessment.signature
    signed = signature.text.replace(
        '"justification":""', f'"justification":"{UNPRINTABLE}"'
    )
    as_before(Signature, signature.pk, text=signed, digest=chain.digest(signed))

    assert [blocker.url for blocker in found(assessment, at)] == [
        reverse("lots:reopen", args=[assessment.lot_id])
    ]


def test_repacked_lot_of_which_nothing_was_tested_leads_to_the_organisations(
    world, at, monkeypatch, without_copy
):
    """Released before there was a minimum, by a test on request: none was asked."""
    monkeypatch.setattr(release_blockers, "against_minimum", lambda *_a: [])
    monkeypatch.setattr(completion, "below_minimum", lambda *_a: iter(()))
    specifications.approve(
        world,
        at,
        specifications.draft(
            world,
            at,
            CriterionDraft(
                world.tests["ASSAY"], "range", "98.0", "102.0", requirement="request"
            ),
            code="ORAL-R",
            owner="pharmacopoeia",
        ),
    )
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-001",
        issuer_role="repacker",
        original_certificate_number="NEP/26-0091",
    )
    bench.enter(lot, world, {"MEOH": ORAL["MEOH"]}, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "ORAL-R", at=at)

    blockers = found(bench.assessment(lot, "ORAL-R"), at)

    assert {
        blocker.url for blocker in blockers if "laboratory" in blocker.sentence
    } == {reverse("lots:organisation_list")}
