"""The checklist of domain reference 1.2: each row, and what an issue without it says.

`ROWS` has every row of the table. A row blocks where it applies, or the product cannot
leave it out, and then the test that shows so is named.
"""

import datetime
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from lots import calendar
from lots.accounts import permissions
from lots.demo import bench
from lots.evidence import signatures
from lots.evidence.documents import Upload
from lots.intake import log
from lots.models import (
    CertificateHeader,
    Criterion,
    Lot,
    Mark,
    MarkKind,
    Material,
    Method,
    Organisation,
    Result,
    Signature,
)
from lots.models import Test as MaterialTest
from lots.release import disposition
from lots.results import remarks, result_entry
from lots.rules import chain
from lots.rules.refusal import Refusal
from lots.setup import certificate_headers
from reports.content.certificate import from_json, texts
from reports.content.completeness import missing
from reports.issuing import certificates, preflight
from reports.models import Certificate, Series
from tests.conftest import opened
from tests.lots.pages import signed_in, words
from tests.lots.setup import identities
from tests.reports import contents
from tests.reports.conftest import ORAL
from tests.reports.contents import changed
from tests.world import forget_master_data


@dataclass(frozen=True)
class Row:
    """A row: the paths whose blank blocks, of a content in which the row applies.

    `elsewhere` names the test of a row that has no blank.
    """

    name: str
    mark: str
    paths: tuple[str, ...] = ()
    elsewhere: str = ""
    make: object = contents.oral


REPORTS = Path(__file__).resolve().parents[1]
ROWS = (
    Row("Title", "R", ("title",)),
    Row(
        "Certificate number and revision, on every page",
        "R",
        ("number", "revision"),
        "test_sixty_tests_are_three_pages_that_repeat_their_headings",
    ),
    Row(
        "Issuer name, address, telephone; issuer role",
        "R",
        ("issuer.name", "issuer.address", "issuer.telephone"),
        "test_reissuer_without_original_certificate_and_laboratory_is_refused",
    ),
    Row(
        "Original manufacturer name, address, telephone",
        "R",
        ("manufacturer.name", "manufacturer.address", "manufacturer.telephone"),
    ),
    Row(
        "Testing laboratory",
        "C",
        (
            "laboratories[0].name",
            "laboratories[0].address",
            "laboratories[0].telephone",
        ),
        make=contents.agent,
    ),
    Row(
        "Original certificate number and copy",
        "C",
        ("original", "original.number", "original.sha256"),
        make=contents.agent,
    ),
    Row(
        "Material name, CAS, grade, item code",
        "R",
        ("material.name", "material.cas", "material.grade", "material.item_code"),
    ),
    Row("Use and caution", "R", ("use.code", "use.headline", "use.caution")),
    Row(
        "Manufacturer's batch number, ours if different",
        "R",
        ("lot.number",),
        "test_agent_with_the_original_certificate_names_it",
    ),
    Row(
        "Batch size, quantity shipped, packaging",
        "C",
        elsewhere="test_what_applies_to_a_lot_or_an_order_is_printed",
    ),
    Row("Date of manufacture", "R", ("dates.manufactured",)),
    Row("Date of release", "R", ("dates.released", "dates.issued")),
    Row(
        "Expiry or retest date",
        "R",
        ("shelf.date",),
        "test_shelf_date_is_named_by_its_kind",
    ),
    Row("Dates tested and completed", "R", ("dates.tested_to",)),
    Row(
        "Specification, compendium and edition",
        "R",
        (
            "specification.code",
            "specification.version",
            "specification.edition",
        ),
    ),
    Row(
        "Per test: name, method, criterion, result, verdict",
        "R",
        (
            "groups",
            *(
                f"groups[2].lines[0].{name}"
                for name in ("test", "procedure", "criterion", "result", "verdict")
            ),
        ),
        "test_line_that_may_not_be_certified_is_named",
    ),
    Row("LOQ or LOD", "C", elsewhere="test_line_that_may_not_be_certified_is_named"),
    Row("Assay basis", "R", ("groups[1].lines[0].basis",)),
    Row(
        "Tests not done on this lot",
        "C",
        ("footnotes",),
        "test_periodic_test_not_done_is_a_footnote_and_no_line",
    ),
    Row("Storage, packaging, transport", "C", ("storage",)),
    Row(
        "Conclusion",
        "R",
        ("conclusion",),
        "test_changed_criterion_is_refused_with_both_verdicts",
    ),
    Row(
        "Deviations and OOS",
        "C",
        ("deviations",),
        "test_proven_error_stays_visible_beside_the_retest",
    ),
    Row(
        "Signatory: printed name, title, time, meaning",
        "R",
        (
            "signatures",
            *(f"signatures[1].{name}" for name in ("name", "title", "meaning", "at")),
        ),
    ),
    Row(
        "Supersedes: number and reason",
        "C",
        ("supersedes", "supersedes.reason"),
        make=contents.agent,
    ),
    Row(
        "Verification",
        "C",
        ("check.address",),
        "test_code_is_read_as_the_check_address",
    ),
    Row(
        "Statements",
        "C",
        elsewhere="test_facts_come_from_the_records",
    ),
)

BLANKS = {
    "groups": (),
    "signatures": (),
    "footnotes": (),
    "original": None,
    "supersedes": None,
}


def test_every_row_has_a_blank_that_blocks_or_a_test():
    known = {
        found
        for path in REPORTS.rglob("test_*.py")
        for found in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }

    assert len(ROWS) == 26
    assert [row.name for row in ROWS if not (row.paths or row.elsewhere)] == []
    assert {row.elsewhere for row in ROWS if row.elsewhere} - known == set()


@pytest.mark.parametrize(
    ("row", "path"),
    [(row, path) for row in ROWS for path in row.paths],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_blank_in_a_row_blocks(row, path):
    blank = BLANKS.get(path, () if path.endswith("address") else " ")
    if path == "check.address":
        blank = ""

    found = missing(changed(row.make(), path, blank))

    assert found != ()
    assert all(str(each).endswith(".") for each in found)


@pytest.mark.postgres
def test_what_applies_to_a_lot_or_an_order_is_printed(world, released, at, customer):
    made = certificates.issue(
        assessment=released(packaging="4 HDPE drums of 25 kg"),
        by=world.cast.chen,
        at=at,
        customer=customer,
        order="PO 7",
        shipped="25.0 kg",
        stated=bench.LABEL,
    )

    content = from_json(made.content)
    assert (content.lot.packaging, content.lot.shipped, content.order) == (
        "4 HDPE drums of 25 kg",
        "25.0 kg",
        "PO 7",
    )
    assert content.lot.batch_size.endswith(" kg")
    assert content.customer.startswith(customer.name)
    assert missing(replace(content, customer="", order="")) == ()


# -- the link leads to where it is mended ---------------------------------------------


@pytest.fixture
def qa(client, world):
    client.force_login(
        world.cast.olga, backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def blank(model, pk, **values):
    """Leave blank what an older record may not have; no form lets it through."""
    model.objects.filter(pk=pk).update(**values)
    forget_master_data()


def as_before(model, pk, **values):
    """Give a record that no step changes a text that a form of before let through."""
    # PostgreSQL alters no table while deferred constraints wait.
    connection.check_constraints()
    with opened():
        blank(model, pk, **values)
        connection.check_constraints()


def fresh(assessment):
    return type(assessment).objects.get(pk=assessment.pk)


def the_blocker(assessment, at, **asked):
    [blocker] = certificates.preflight(fresh(assessment), at=at, **asked)
    return blocker


def test_blank_cas_number_is_mended_from_the_link(qa, world, released, at):
    identities.as_before(world.material, cas_number="")
    assessment = released()
    blocker = the_blocker(assessment, at)
    change = reverse("lots:change_material", args=[world.material.pk])

    assert blocker.sentence == "The certificate has no CAS number."
    assert blocker.url == change
    assert f'href="{change}"' in qa.get(blocker.shown_at).content.decode()
    form = qa.get(change).context["form"]
    qa.post(change, {**form.initial, "cas_number": "1134-47-0", "reason": "Forgotten"})
    identities.approve(world, at)

    assert certificates.preflight(fresh(assessment), at=at, identity="today") == ()


def test_blank_telephone_of_the_manufacturer_is_mended_from_the_link(
    qa, world, released, at
):
    site = identities.as_before(world.works, telephone=" ")
    assessment = released()
    blocker = the_blocker(assessment, at)
    change = reverse("lots:change_site", args=[site.pk])

    assert blocker.sentence == (
        "The certificate has no telephone of the original manufacturer."
    )
    assert blocker.url == change
    assert f'href="{change}"' in qa.get(blocker.shown_at).content.decode()
    form = qa.get(change).context["form"]
    qa.post(change, {**form.initial, "telephone": "+86 1", "reason": "Forgotten"})
    identities.approve(world, at)

    assert certificates.preflight(fresh(assessment), at=at, identity="today") == ()


def test_customer_that_cannot_be_printed_leads_to_the_customer(
    qa, world, released, at, customer
):
    """A name in rare characters is refused by its code point, and can be mended."""
    assessment = released()
    blank(Organisation, customer.pk, name="上海\U00020bb7药业有限公司")
    customer.refresh_from_db()
    blocker = the_blocker(assessment, at, customer=customer)
    change = reverse("lots:change_organisation", args=[customer.pk])

    assert "U+20BB7" in blocker.sentence
    assert blocker.url == change
    assert f'href="{change}"' in qa.get(blocker.shown_at).content.decode()


def test_assay_without_a_basis_leads_to_the_heading_of_its_test(
    qa, world, released, at
):
    """The heading is what can still be changed; under Assay it is printed as is.

    Of a specification that was approved before its text said the heading.
    """
    test = world.tests["MEOH"]
    specification = world.material.specifications.get(code="BAC-ORAL")
    approval = json.loads(specification.signature.text)
    approval["format"] = "5"
    for one in approval["specification"]["criteria"]:
        del one["group"], one["method"]
    with opened():
        Signature.objects.filter(pk=specification.signature_id).update(
            text=json.dumps(approval)
        )
    blank(MaterialTest, test.pk, name="Assay of methanol")
    assessment = released()
    blocker = the_blocker(assessment, at)
    change = reverse("lots:change_test", args=[test.pk])

    assert (blocker.code, blocker.url) == ("assay_basis", change)
    assert f'href="{change}"' in qa.get(blocker.shown_at).content.decode()
    form = qa.get(change).context["form"]
    there = {name: said for name, said in form.initial.items() if said}
    qa.post(change, {**there, "group": "assay", "reason": "Wrong heading"})

    assert certificates.preflight(fresh(assessment), at=at) == ()


def test_report_of_a_laboratory_is_asked_at_entry_and_leads_to_the_results(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    elements = {"by": world.cast.lin, "at": at, "laboratory": world.laboratory}
    with pytest.raises(Refusal, match="The raw-data reference has") as refused:
        result_entry.enter_result(
            **elements,
            test_order=lot.test_orders.get(),
            test=world.tests["CD"],
            determinations=bench.typed("0.10"),
            performed_by=world.cast.lin,
            performed_on=calendar.today(at),
            seen=0,
            raw_reference=UNPRINTABLE,
        )
    assert refused.value.field == "raw_reference"

    bench.enter(lot, world, bench.ELEMENTS, **elements)
    bench.enter(lot, world, bench.ORAL_RESULTS, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    for result in Result.objects.filter(laboratory=world.laboratory):
        as_before(Result, result.pk, raw_reference=UNPRINTABLE)
    assessment = bench.assessment(lot, "BAC-ORAL")

    assert the_blocker(assessment, at).url == reverse(
        "lots:test_order", args=[assessment.test_order_id]
    )


def test_remark_that_cannot_be_printed_leads_to_the_results(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at, submit=False)
    water = Result.objects.get(test__code="WATER", test_order__lot=lot)
    remarks.add_remark(
        result=water, by=world.cast.lin, at=at, remark="Oven method", is_printed=True
    )
    bench.submit(lot, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    assessment = bench.assessment(lot, "BAC-ORAL")
    remark = Mark.objects.get(kind=MarkKind.PRINTED_REMARK)
    as_before(Mark, remark.pk, reason=UNPRINTABLE)

    blocker = the_blocker(assessment, at)

    assert blocker.code == "unprintable"
    assert (blocker.shown_at, blocker.form) == (
        reverse("lots:test_order", args=[assessment.test_order_id]),
        "",
    )


UNPRINTABLE = "GC \N{THAI CHARACTER KO KAI}"


@pytest.mark.parametrize(
    ("column", "page", "form"),
    [
        ("procedure", "lots:test_detail", ""),
        ("choice", "lots:specification_detail", ""),
        ("packaging", "lots:lot_detail", ""),
        ("note", "lots:lot_detail", ""),
        ("note of the material", "lots:material_detail", "lots:change_material"),
        ("deviations", "lots:lot_detail", "lots:reopen"),
        ("reviewer", "lots:lot_detail", "lots:reopen"),
    ],
)
def test_text_that_cannot_be_printed_leads_to_where_it_stands(
    world, released, at, column, page, form
):
    if column == "note of the material":
        identities.as_before(world.material, note=UNPRINTABLE)
    assessment = released()
    lot, test = assessment.lot, world.tests["MEOH"]
    signature = assessment.signature
    signed = signature.text.replace('"none"', f'"{UNPRINTABLE}"')
    model, record, values = {
        "procedure": (Method, test.methods.get(), {"code": UNPRINTABLE}),
        "choice": (
            Criterion,
            assessment.specification.criteria.get(test=world.tests["IDA"]),
            {"wording": UNPRINTABLE},
        ),
        "packaging": (Lot, lot, {"packaging": UNPRINTABLE}),
        "note": (Lot, lot, {"note": UNPRINTABLE}),
        "note of the material": (Material, lot.material, {"note": UNPRINTABLE}),
        "deviations": (
            Signature,
            signature,
            {"text": signed, "digest": chain.digest(signed)},
        ),
        "reviewer": (Signature, signature, {"printed_name": UNPRINTABLE}),
    }[column]
    as_before(model, record.pk, **values)
    pk = {
        "procedure": test.pk,
        "choice": assessment.specification_id,
        "note of the material": lot.material_id,
    }.get(column, lot.pk)

    blocker = the_blocker(assessment, at)

    assert blocker.code == "unprintable"
    assert (blocker.shown_at, blocker.form) == (
        reverse(page, args=[pk]),
        form and reverse(form, args=[pk]),
    )


def test_missing_certificate_header_leads_to_its_page(qa, released, at):
    assessment = released()
    CertificateHeader.objects.update(state="superseded")

    blocker = the_blocker(assessment, at)

    assert (blocker.url, blocker.shown_at) == (
        reverse("lots:draft_certificate_header"),
        reverse("lots:certificate_header"),
    )


LETTERHEAD = {
    "name": "Nepenthe API Trading Ltd.",
    "address": "Riverside 4\nBasel 4058",
    "telephone": "+41 61 555 01 22",
}


def test_certificate_header_without_a_telephone_is_mended_from_the_link(
    qa, world, released, at
):
    assessment = released()
    CertificateHeader.objects.filter(state="approved").update(telephone="")
    issue_page = reverse("reports:issue", args=[assessment.pk])

    [(said, address)] = qa.get(issue_page).context["blockers"]
    assert (said, address) == (
        "The certificate has no telephone of the issuer.",
        reverse("lots:draft_certificate_header"),
    )
    qa.post(address, LETTERHEAD)

    # Drafted, it waits for the second person on the page of the letterhead.
    [(_said, address)] = qa.get(issue_page).context["blockers"]
    assert address == reverse("lots:certificate_header")
    draft = CertificateHeader.objects.get(state="draft")
    certificate_headers.approve_certificate_header(
        certificate_header=draft,
        by=world.cast.chen,
        at=at,
        confirmation=world.cast.confirmation(world.cast.chen, at=at),
        shown=signatures.shown(certificate_headers.certificate_header_text(draft)),
    )
    assert qa.get(issue_page).context["blockers"] == []


def test_reader_is_led_to_the_page_and_not_to_a_form(client, world, released):
    assessment = released()
    CertificateHeader.objects.filter(state="approved").update(telephone="")
    client.force_login(
        world.cast.ines, backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.get(reverse("reports:issue", args=[assessment.pk]))

    [(_said, address)] = answer.context["blockers"]
    assert address == reverse("lots:certificate_header")
    assert client.get(address).status_code == 200


def test_laboratory_without_a_telephone_is_mended_from_the_link(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    counts = {name: ORAL[name] for name in ("TAMC", "TYMC", "ECOLI")}
    rest = {name: value for name, value in ORAL.items() if name not in counts}
    bench.enter(lot, world, rest, by=world.cast.lin, at=at)
    bench.enter(
        lot, world, counts, by=world.cast.lin, at=at, laboratory=world.laboratory
    )
    bench.review(world.cast, lot, at=at)
    identities.as_before(world.laboratory, telephone="")
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    blocker = the_blocker(bench.assessment(lot, "BAC-ORAL"), at)

    assert (blocker.sentence, blocker.url) == (
        "The certificate has no telephone of laboratory L1.",
        reverse("lots:change_site", args=[world.laboratory.pk]),
    )


def test_certificate_too_long_for_its_page_is_found_before_it_has_a_number(
    qa, world, released, at
):
    """A lot repacked from so many others that no page has room to name them."""
    parents = [
        bench.log(world.cast, world, at=at, number=f"BAC-26-{'1' * 28}{number:02}")
        for number in range(45)
    ]
    assessment = released(
        origin="repacking", parents=[(parent, "1.5") for parent in parents]
    )
    lot_page = reverse("lots:lot_detail", args=[assessment.lot_id])

    shown = qa.get(reverse("reports:issue", args=[assessment.pk]))
    answer = qa.post(reverse("reports:issue_now", args=[assessment.pk]), {})

    assert shown.context["blockers"] == [
        (
            "“Material…” is too long for one page of the certificate; shorten it.",
            lot_page,
        )
    ]
    assert answer.status_code == 422
    assert answer.context["blockers"] == shown.context["blockers"]
    assert (Certificate.objects.count(), Series.objects.count()) == (0, 0)


@pytest.fixture
def bought(world, at):
    """A lot that another made, reviewed, of whose certificate we have no copy yet."""
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-001",
        issuer_role="repacker",
        original_certificate_number="NEP/26-0091",
    )
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


def attach_original(world, lot):
    lin = signed_in(world.cast.lin)
    offered = reverse("lots:attach_original", args=[lot.pk])
    page = lin.get(f"/lots/{lot.pk}/documents/")
    answer = lin.post(
        offered, {"upload": SimpleUploadedFile("coa.pdf", b"%PDF-1.4 maker's")}
    )
    return offered in page.content.decode(), answer


def test_original_certificate_is_attached_before_the_release(world, bought, at):
    """ICH Q7 11.44; an imported lot comes with the number and without the file."""
    chen = signed_in(world.cast.chen)
    assessment = bench.assessment(bought, "BAC-ORAL")
    page = chen.get(reverse("lots:release", args=[assessment.pk]))
    assert "certificate NEP/26-0091 of lot BAC-26-001 is not attached" in words(page)
    assert "Not met The manufacturer's certificate is attached" in words(page)
    with pytest.raises(Refusal, match="NEP/26-0091 of lot BAC-26-001 is not attached"):
        bench.release(world.cast, bought, "BAC-ORAL", at=at)

    is_offered, answer = attach_original(world, bought)

    assert (is_offered, answer.status_code) == (True, 302)
    bench.release(world.cast, bought, "BAC-ORAL", at=at)
    assert certificates.preflight(fresh(assessment), at=at) == ()


def test_nobody_attaches_after_the_release_what_certificates_print(
    world, bought, at, without_copy, monkeypatch
):
    """The attack: an analyst, alone, chooses any file for the certificate to name."""
    bench.release(world.cast, bought, "BAC-ORAL", at=at)
    assessment = bench.assessment(bought, "BAC-ORAL")

    is_offered, answer = attach_original(world, bought)

    assert (is_offered, answer.status_code) == (False, 422)
    assert "was released without the manufacturer's certificate" in words(answer)
    assert the_blocker(assessment, at).sentence.endswith(
        "Reopen the lot; an analyst attaches it on the page of the lot, and the lot is"
        " released again."
    )
    bench.decide(
        world.cast, disposition.reopen, bought, at=at, reason="Copy came",
        deviation="DEV-1",
    )  # fmt: skip
    assert attach_original(world, bought)[1].status_code == 302
    # The control: the rule is off.
    monkeypatch.setattr(log, "to_attach_original", lambda _lot: None)
    is_offered, answer = attach_original(world, bought)
    assert (is_offered, answer.status_code) == (True, 302)


def test_sample_of_after_the_release_is_not_printed(world, at):
    """The attack: an analyst records a sample that nobody tested, alone."""
    lot = log.log_lot(
        by=world.cast.lin,
        at=at,
        facts=bench.facts_of_lot(
            world, at=at, number="BAC-26-001", process="Taihu process T-3",
            **world.bought,
        ),
    )  # fmt: skip
    bench.enter(
        lot, world, ORAL, by=world.cast.lin, at=at, laboratory=world.partner,
        raw_reference="",
    )  # fmt: skip
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)

    bench.sample(
        lot, number="S-77", taken_on=lot.manufactured_on, by=world.cast.lin,
        at=at + datetime.timedelta(minutes=1),
    )  # fmt: skip

    found = preflight.findings(fresh(bench.assessment(lot, "BAC-ORAL")), at=at)
    assert found.blockers == ()
    assert (found.draft.lot.sample, found.draft.dates.sampled) == ("", "")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "Your company is the manufacturer of lot BAC-26-001"),
        (
            {
                "issuer_role": "agent",
                "original_certificate_number": "N/1",
                "original_certificate": Upload("coa.txt", b"Certificate"),
            },
            "manufacturer's certificate of lot BAC-26-001 is already attached",
        ),
    ],
    ids=["own", "kept"],
)
def test_original_certificate_is_not_replaced(world, at, facts, sentence):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", **facts)

    with pytest.raises(Refusal, match=sentence):
        log.attach_original(
            lot=lot, by=world.cast.lin, at=at, upload=Upload("x.txt", b"Another")
        )


def test_who_attached_the_original_certificate_does_not_release(world, at):
    lot = bench.log(
        world.cast,
        world,
        at=at,
        number="BAC-26-001",
        issuer_role="agent",
        original_certificate_number="N/1",
    )

    log.attach_original(
        lot=lot, by=world.cast.marek, at=at, upload=Upload("x.txt", b"Certificate")
    )

    assert permissions.deeds(lot, world.cast.marek) == {"entered"}


def test_certificate_is_not_issued_before_its_release(released, at):
    assessment = released()

    found = certificates.preflight(
        fresh(assessment), at=at - datetime.timedelta(days=2)
    )

    assert [one.sentence for one in found if "released" in one.sentence] != []


def test_release_that_a_later_program_signed_is_not_read(world, released, at):
    assessment = released()
    told = json.loads(assessment.signature.text)
    told["shown"] = json.dumps(json.loads(told["shown"]) | {"format": 99})
    text = json.dumps(told)
    as_before(Signature, assessment.signature_id, text=text, digest=chain.digest(text))

    page = signed_in(world.cast.chen).get(
        reverse("reports:issue", args=[assessment.pk])
    )

    assert "is stored in format 99" in the_blocker(assessment, at).sentence
    assert "is stored in format 99" in words(page)


def test_text_that_changed_since_it_was_shown_is_not_issued(world, released, at):
    with pytest.raises(Refusal) as caught:
        certificates.issue(
            assessment=released(),
            by=world.cast.chen,
            at=at,
            stated=bench.LABEL,
            shown="0" * 64,
        )

    assert caught.value.code == "not-as-shown"
    assert not Certificate.objects.exists()


def test_what_qa_asks_for_with_each_certificate_is_a_text_of_its_content():
    """By these paths a duplicate may differ from its original."""
    paths = {path for path, _text in texts(contents.agent())}

    assert set(preflight._OF_THE_ADDRESSEE) - {"identity"} <= paths
    assert {"customer", "order", "lot.shipped"} <= set(preflight._OF_THE_ADDRESSEE)
