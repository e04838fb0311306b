"""What is printed is what two people approved: attacks, each with its control.

A site renamed after the release made a certificate print another manufacturer, and one
person's statement printed on every certificate (architecture.md 6.5).
"""

import json
import re

import pytest
from django.core.management import CommandError

from lots.demo import bench
from lots.evidence import verification
from lots.models import (
    Approval,
    Assessment,
    AssessmentState,
    AuditEntry,
    Organisation,
    PrintedIdentity,
    Qualification,
    Site,
    Statement,
)
from lots.rules import step_table
from lots.rules.refusal import Refusal, Refusals
from lots.setup import identity_approval, materials, organisations, printed_identity
from reports.content import certificate as content_of
from reports.issuing import certificates, preflight
from reports.models import Certificate
from tests.lots.pages import PASSWORD, signed_in, ticked, words
from tests.lots.setup import identities
from tests.reports.conftest import ORAL
from tests.reports.issuing.commands import run

pytestmark = pytest.mark.postgres

PAGE = "/printed-identity/"
APPROVE = "/printed-identity/approve/"


@pytest.fixture
def off(monkeypatch):
    """Return a function that lets one person decide what is printed, as before."""

    def switch():
        monkeypatch.setattr(printed_identity, "takes_two", lambda record: False)
        monkeypatch.setattr(printed_identity, "against", lambda lot, sites: None)

    return switch


@pytest.fixture
def lot(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


@pytest.fixture
def customer(world, at):
    return organisations.add_organisation(
        by=world.cast.olga,
        at=at,
        name="Meridian Pumps & Implants Inc.",
        address="4 Long Wharf, Boston",
        telephone="+1 617 555 0144",
        is_customer=True,
    )


@pytest.fixture
def release(world, at, lot):
    def take():
        bench.release(world.cast, lot, "BAC-ORAL", at=at)
        return bench.assessment(lot, "BAC-ORAL")

    return take


def rename(person, site, name="Plant One, Shanghai"):
    """Type another name on the page of the site."""
    return signed_in(person).post(
        f"/organisations/sites/{site.pk}/change/",
        {
            "name": name,
            "address": site.address,
            "telephone": site.telephone,
            "manufactures": "on",
            "tests": "on",
            "reason": "Renamed",
        },
    )


def sign(person, *drafts, **typed):
    """Sign the drafts on the page, as it shows them; return the answer."""
    client = signed_in(person)
    keys = [one.pk for one in drafts]
    shown = client.get(APPROVE, {"identity": keys})
    return client.post(
        APPROVE,
        {
            "identity": keys,
            "shown": shown.context["shown"],
            "password": PASSWORD,
            **typed,
        },
    )


def draft():
    return PrintedIdentity.objects.get(state=Approval.DRAFT)


def manufacturer(certificate):
    return content_of.from_json(certificate.content).manufacturer


# --- a site renamed after the release -----------------------------------------------


def test_certificate_prints_the_site_that_was_signed(world, at, release):
    assessment = release()

    assert rename(world.cast.olga, world.works).status_code == 302

    made = certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, stated=bench.LABEL
    )
    assert manufacturer(made).site == "Plant 1"
    assert Site.objects.get(pk=world.works.pk).name == "Plant 1"


def test_without_the_rule_one_person_renames_the_site(world, at, release, off):
    """The control: what a person typed after the release would be printed."""
    off()
    assessment = release()

    assert rename(world.cast.olga, world.works).status_code == 302

    assert Site.objects.get(pk=world.works.pk).name == "Plant One, Shanghai"
    made = certificates.issue(
        assessment=assessment,
        by=world.cast.olga,
        at=at,
        identity="today",
        stated=bench.LABEL,
    )
    assert manufacturer(made).site == "Plant One, Shanghai"


def test_approved_rename_is_named_at_issue_and_qa_chooses(world, at, release, capsys):
    assessment = release()
    rename(world.cast.olga, world.works)
    answer = sign(world.cast.chen, draft(), same_identity="on")
    assert answer.status_code == 302
    qa = signed_in(world.cast.olga)
    page = f"/assessments/{assessment.pk}/issue/"

    shown = words(qa.get(page))
    sent = qa.post(f"{page}now/", {})
    with pytest.raises(CommandError):
        run(capsys, "issue_certificates", "--lots", "BAC-26-001")
    told = capsys.readouterr().out

    named = (
        "What certificates print was changed and approved since the release of lot"
        " BAC-26-001: manufacturer: site “Plant 1” → “Plant One, Shanghai”."
    )
    assert named in shown
    assert (sent.status_code, Certificate.objects.count()) == (422, 0)
    assert named in told
    for choice, site in (("signed", "Plant 1"), ("today", "Plant One, Shanghai")):
        checked = qa.get(page, {"identity": choice})
        assert "Nothing blocks it" in words(checked)
        assert "Plant One, Shanghai" in words(checked)
        data = certificates.preview(assessment=assessment, at=at, identity=choice)
        assert data.startswith(b"%PDF-")
        fresh = Assessment.objects.get(pk=assessment.pk)
        found = preflight.findings(fresh, at=at, identity=choice).draft
        assert found.manufacturer.site == site
    done = qa.post(
        qa.get(page, {"identity": "signed"}).context["address"],
        {"identity": "signed", **ticked("issue")},
        follow=True,
    )
    assert "is issued" in words(done)
    made = Certificate.objects.get()
    assert (manufacturer(made).site, made.identity) == ("Plant 1", "signed")
    assert verification.verify().holds


def test_choice_that_nobody_checked_is_refused(world, at, release):
    assessment = release()
    rename(world.cast.olga, world.works)
    identities.approve(world, at)

    answer = signed_in(world.cast.olga).post(
        f"/assessments/{assessment.pk}/issue/now/?identity=signed",
        {"identity": "today"},
    )

    assert answer.status_code == 422
    assert "printed identity changed since the check" in words(answer)
    assert not Certificate.objects.exists()


def test_site_renamed_by_sql_is_released_by_nobody(world, at, release):
    Site.objects.filter(pk=world.works.pk).update(name="Plant 9")

    with pytest.raises(Refusal, match="Plant 9 is not approved"):
        release()


def test_revision_chooses_too(world, at, release):
    assessment = release()
    made = certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, stated=bench.LABEL
    )
    rename(world.cast.olga, world.works)
    identities.approve(world, at)
    qa = signed_in(world.cast.olga)
    typed = {"revise-reason": "Renamed"}

    page = f"/certificates/{made.pk}/revise/"
    asked = qa.post(page, typed)

    assert asked.status_code == 422
    assert "Choose under “Printed identity”" in words(asked)
    assert 'name="revise-identity"' in asked.content.decode()
    chosen = {**typed, "revise-identity": "today"}
    changes = qa.post(page, chosen)
    assert "manufacturer: site Plant 1 Plant One, Shanghai" in words(changes)
    shown = changes.context["shown"]
    signed = {**chosen, "shown": shown, **ticked("revise", prefix="revise-")}
    assert qa.post(page, signed).status_code == 302
    revised = Certificate.objects.get(revision=1)
    assert manufacturer(revised).site == "Plant One, Shanghai"


# --- one person alone ---------------------------------------------------------------


def test_drafter_does_not_approve(world, at):
    rename(world.cast.olga, world.works)

    answer = sign(world.cast.olga, draft(), same_identity="on")

    assert answer.status_code == 422
    assert "takes another person" in words(answer)
    assert draft().signature is None
    assert "You drafted it" in words(signed_in(world.cast.olga).get(PAGE))


def test_no_draft_is_selected_before_somebody_selects_it(world, at):
    """On a narrow screen each cell has its heading, so nothing is out of sight."""
    rename(world.cast.olga, world.works)
    chen = signed_in(world.cast.chen)

    page = chen.get(PAGE).content.decode()

    [box] = re.findall(r'<input type="checkbox"[^>]*name="identity"[^>]*>', page)
    assert "checked" not in box
    assert "Nothing is selected. Go back and select" in words(chen.get(APPROVE))
    assert 'class="table stacked"' in page
    assert 'data-label="Drafted by"' in page


def test_without_independence_the_drafter_would(world, at, monkeypatch):
    """The control of the test above."""
    step = step_table.STEPS["approve"]
    alone = step.__class__(**{**vars(step), "independent_of": ()})
    monkeypatch.setitem(step_table.STEPS, "approve", alone)
    rename(world.cast.olga, world.works)

    assert sign(world.cast.olga, draft(), same_identity="on").status_code == 302


@pytest.mark.parametrize("person", ["lin", "sofia", "maria", "admin"])
def test_only_qa_approves(world, at, person):
    rename(world.cast.olga, world.works)

    answer = signed_in(getattr(world.cast, person)).post(APPROVE, {})

    assert answer.status_code == 403


def test_statement_of_one_person_is_not_printed(world, at, release):
    """Free words in the name of the company, on every certificate."""
    signed_in(world.cast.olga).post(
        f"/materials/{world.material.pk}/statements/add/",
        {"title": "Quality", "text": "Suits every tablet press."},
    )
    assessment = release()

    made = certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, stated=bench.LABEL
    )

    titles = [one.title for one in content_of.from_json(made.content).statements]
    assert titles == ["Residual solvents", "Elemental impurities", "BSE/TSE"]


def test_statement_that_waits_is_named_with_its_own_version_alone(world, at):
    signed_in(world.cast.olga).post(
        f"/materials/{world.material.pk}/statements/add/",
        {"title": "Quality", "text": "Suits every tablet press."},
    )

    said = words(signed_in(world.cast.chen).get("/"))

    assert "Quality Printed identity to approve" in said.replace(" (version 1)", "", 1)
    assert "(version 1) (version 1)" not in said


def test_approved_statement_is_printed(world, at, release):
    """The control: the same words, once a second person signed them."""
    signed_in(world.cast.olga).post(
        f"/materials/{world.material.pk}/statements/add/",
        {"title": "Quality", "text": "Suits every tablet press."},
    )
    assert sign(world.cast.chen, draft()).status_code == 302
    assessment = release()

    made = certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, stated=bench.LABEL
    )

    printed = content_of.from_json(made.content).statements
    assert printed[-1].text == "Suits every tablet press."


def test_retirement_of_one_person_leaves_the_statement(world, at, release):
    statement = Statement.objects.get(title="BSE/TSE")
    signed_in(world.cast.olga).post(
        f"/materials/statements/{statement.pk}/retire/", {"reason": "Shorter"}
    )
    assessment = release()

    made = certificates.issue(
        assessment=assessment, by=world.cast.olga, at=at, stated=bench.LABEL
    )

    printed = content_of.from_json(made.content).statements
    assert "BSE/TSE" in [one.title for one in printed]
    assert sign(world.cast.chen, draft()).status_code == 302
    statement.refresh_from_db()
    assert not statement.is_current


def test_draft_that_claims_a_use_is_refused_at_approval_too(world, at, monkeypatch):
    """It was stored before the lists of claims knew the words."""
    with monkeypatch.context() as before:
        before.setattr("lots.rules.claims.found", lambda text: ())
        materials.add_statement(
            by=world.cast.olga, at=at, material=world.material,
            title="Quality", text="Sterile-filtered",
        )  # fmt: skip

    answer = sign(world.cast.chen, draft())

    assert answer.status_code == 422
    assert "claims “Sterile”" in words(answer)
    assert draft().signature is None


def test_new_site_is_not_printed_before_two_people_approved_it(world, at):
    signed_in(world.cast.olga).post(
        f"/organisations/{world.works.organisation.pk}/sites/add/",
        {"name": "Plant 7", "address": "7 Quay", "telephone": "+86 7",
         "manufactures": "on", "tests": "on"},
    )  # fmt: skip
    site = Site.objects.get(name="Plant 7")
    lot = bench.log(world.cast, world, at=at, number="BAC-26-002")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at, laboratory=site)
    bench.review(world.cast, lot, at=at)

    with pytest.raises(Refusal, match="Plant 7 is not approved"):
        bench.release(world.cast, lot, "BAC-ORAL", at=at)
    page = f"/assessments/{bench.assessment(lot, 'BAC-ORAL').pk}/release/"
    shown = words(signed_in(world.cast.chen).get(page))
    assert "Plant 7 is not approved" in shown
    assert sign(world.cast.chen, draft()).status_code == 302
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    one = bench.assessment(lot, "BAC-ORAL", state=AssessmentState.RELEASED)
    assert one.signature is not None


def test_customer_takes_one_person_and_a_manufacturer_does_not(world, at, customer):
    assert not customer.identities.exists()
    typed = {"address": customer.address, "telephone": "1", "reason": "Renamed"}
    page = f"/organisations/{customer.pk}/change/"
    olga = signed_in(world.cast.olga)

    olga.post(page, {**typed, "name": "Meridian Pumps Ltd.", "is_customer": "on"})

    customer.refresh_from_db()
    assert customer.name == "Meridian Pumps Ltd."
    # As a manufacturer it is printed as more than an addressee.
    organisations.add_site(
        by=world.cast.olga, at=at, organisation=customer, name="Works",
        address="1", telephone="1", manufactures=True,
    )  # fmt: skip
    assert customer.identities.get().texts["name"] == "Meridian Pumps Ltd."
    identities.approve(world, at)
    olga.post(page, {**typed, "name": "Other Inc.", "is_customer": "on"})
    customer.refresh_from_db()
    assert customer.name == "Meridian Pumps Ltd."
    assert draft().texts["name"] == "Other Inc."


# --- the signature ------------------------------------------------------------------


def test_several_drafts_take_one_signature(world, at):
    rename(world.cast.olga, world.works)
    rename(world.cast.olga, world.other_works, "Plant Two")
    drafts = list(printed_identity.drafts())
    page = words(signed_in(world.cast.chen).get(APPROVE, {"identity": [1, 2]}))
    assert "Nothing is selected" in page

    assert sign(world.cast.chen, *drafts, same_identity="on").status_code == 302

    [one, other] = PrintedIdentity.objects.filter(version=2)
    assert one.signature == other.signature
    signed = json.loads(one.signature.text)
    assert signed["statements"] == {"same_identity": True}
    versions = json.loads(signed["shown"])["printed_identity"]["versions"]
    assert [each["before"]["name"] for each in versions] == ["Plant 1", "Plant 2"]
    assert verification.verify().holds


def test_all_drafts_of_others_are_selected_at_once(world, at):
    rename(world.cast.olga, world.works)
    first = draft()
    rename(world.cast.chen, world.other_works, "Plant Two")
    chen = signed_in(world.cast.chen)

    approve_all = chen.get(PAGE).context["approve_all"]

    assert approve_all == f"{APPROVE}?identity={first.pk}"
    assert "Plant One, Shanghai" in words(chen.get(approve_all))
    assert "Approve all" not in words(signed_in(world.cast.lin).get(PAGE))


def test_change_is_signed_as_the_same_place(world, at):
    rename(world.cast.olga, world.works)

    answer = sign(world.cast.chen, draft())

    assert answer.status_code == 422
    assert answer.context["form"].errors["same_identity"]
    asked = answer.context["form"]["same_identity"].as_field_group()
    assert "optional" not in asked
    assert Site.objects.get(pk=world.works.pk).name == "Plant 1"


def test_first_version_needs_no_such_statement(world, at):
    organisations.add_site(
        by=world.cast.olga, at=at, organisation=world.works.organisation,
        name="Plant 3", address="3 Quay", telephone="3", tests=True,
    )  # fmt: skip
    page = signed_in(world.cast.chen).get(APPROVE, {"identity": draft().pk})

    assert "same_identity" not in page.context["form"].fields
    assert sign(world.cast.chen, draft()).status_code == 302


def test_later_draft_takes_the_place_of_the_one_that_waits(world, at):
    rename(world.cast.olga, world.works)
    first = draft()
    rename(world.cast.olga, world.works, "Plant 1A")

    first.refresh_from_db()
    assert (first.state, draft().texts["name"]) == (Approval.WITHDRAWN, "Plant 1A")
    rename(world.cast.olga, world.works, "Plant 1")
    assert not PrintedIdentity.objects.filter(state=Approval.DRAFT).exists()


def test_name_that_another_has_by_now_is_refused(world, at):
    rename(world.cast.olga, world.works, "Plant 5")
    organisations.add_site(
        by=world.cast.olga, at=at, organisation=world.works.organisation,
        name="PLANT 5", address="5 Quay", telephone="5", tests=True,
    )  # fmt: skip
    renamed = PrintedIdentity.objects.get(site=world.works, state=Approval.DRAFT)

    answer = sign(world.cast.chen, renamed, same_identity="on")

    assert answer.status_code == 422
    assert "already has this site" in words(answer)


def test_withdrawn_draft_is_not_approved(world, at):
    rename(world.cast.olga, world.works)
    waiting = draft()
    client = signed_in(world.cast.olga)
    page = f"{PAGE}{waiting.pk}/withdraw/"
    assert client.post(page, {"reason": "A typing error"}).status_code == 302

    assert "is withdrawn; you can withdraw only a draft." in words(client.get(page))
    with pytest.raises(Refusal, match="you can approve only a draft"):
        identity_approval.approve(
            drafted=[waiting], by=world.cast.chen, at=at,
            confirmation=None, shown="", same_identity=True,
        )  # fmt: skip


# --- old signatures -----------------------------------------------------------------


def test_signed_qualification_shows_the_place_of_its_day(world, at):
    qualification = Qualification.objects.filter(site=world.works).first()
    rename(world.cast.olga, world.works)
    identities.approve(world, at)

    page = words(signed_in(world.cast.chen).get(f"/qualifications/{qualification.pk}/"))

    own = "Ningbo Harbour Pharma Supply Co., Ltd."
    assert f"{own}, Plant 1 (now called: {own}, Plant One, Shanghai)" in page


def test_signed_release_shows_what_was_printed(world, at, release):
    assessment = release()
    rename(world.cast.olga, world.works)
    identities.approve(world, at)

    page = words(signed_in(world.cast.ines).get(f"/lots/{assessment.lot_id}/record/"))

    own = "Ningbo Harbour Pharma Supply Co., Ltd."
    assert f"{own}, Plant 1 (now called: {own}, Plant One, Shanghai)" in page


# --- after an update ----------------------------------------------------------------


def test_what_nobody_approved_is_drafted_as_it_is_and_signed_once(world, at, lot):
    """As a database of before: no record has a version."""
    PrintedIdentity.objects.all().delete()
    olga = signed_in(world.cast.olga)
    with pytest.raises(Refusal, match="is not approved"):
        bench.release(world.cast, lot, "BAC-ORAL", at=at)
    assert "records is not drafted" in words(olga.get("/"))

    drafted = olga.post(f"{PAGE}draft/", follow=True)

    assert "Plant 1" in words(drafted)
    assert olga.post(f"{PAGE}draft/").status_code == 422
    customers = Organisation.objects.filter(is_customer=True)
    assert not PrintedIdentity.objects.filter(organisation__in=customers).exists()
    assert sign(world.cast.chen, *printed_identity.drafts()).status_code == 302
    assert "is not drafted" not in words(olga.get("/"))
    assert "Printed identity to approve" not in words(olga.get("/"))
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    entry = AuditEntry.objects.filter(action="approve_identities").latest("sequence")
    assert entry.by == world.cast.chen


# --- what decides beside the texts ---------------------------------------------------


def claim_as_ours(person, organisation):
    """Tick *Our own company* of another manufacturer, on its page."""
    return signed_in(person).post(
        f"/organisations/{organisation.pk}/change/",
        {
            "name": organisation.name,
            "address": organisation.address,
            "telephone": organisation.telephone,
            "is_ours": "on",
            "reason": "Bought",
        },
    )


def log_as_made_here(world, at):
    """Log a lot of the partner as one that we made, without its certificate."""
    return bench.log(
        world.cast, world, at=at, number="BAC-26-777", site=world.partner,
        process="Taihu process T-3",
    )  # fmt: skip


def test_one_person_makes_nobody_elses_lots_our_own(world, at):
    partner = world.partner.organisation

    assert claim_as_ours(world.cast.olga, partner).status_code == 302

    partner.refresh_from_db()
    assert (partner.is_ours, draft().texts["is_ours"]) == (False, "yes")
    with pytest.raises((Refusal, Refusals)):
        log_as_made_here(world, at)
    answer = sign(world.cast.olga, draft(), same_identity="on")
    assert answer.status_code == 422
    page = signed_in(world.cast.chen).get(APPROVE, {"identity": [draft().pk]})
    assert "Our own company: No Yes" in words(page)

    assert sign(world.cast.chen, draft(), same_identity="on").status_code == 302
    partner.refresh_from_db()
    assert partner.is_ours
    assert log_as_made_here(world, at).issuer_role == "manufacturer"
    assert verification.verify().holds


def test_control_one_person_makes_them_our_own(world, at, off):
    off()

    claim_as_ours(world.cast.olga, world.partner.organisation)

    world.partner.organisation.refresh_from_db()
    assert log_as_made_here(world, at).issuer_role == "manufacturer"


def test_to_take_back_takes_one_person_and_to_give_again_two(world, at):
    """As a suspension: it stops at once, and a second person lets it go on."""
    site = world.works
    facts = {"name": site.name, "address": site.address, "telephone": site.telephone}
    page = f"/organisations/sites/{site.pk}/change/"
    olga = signed_in(world.cast.olga)

    olga.post(page, {**facts, "tests": "on", "reason": "Rebuilt"})
    site.refresh_from_db()
    assert (
        site.manufactures,
        PrintedIdentity.objects.filter(state="draft").count(),
    ) == (
        False,
        0,
    )

    back = {**facts, "manufactures": "on", "tests": "on", "reason": "Built"}
    olga.post(page, back)
    site.refresh_from_db()
    assert not site.manufactures
    sign(world.cast.chen, draft(), same_identity="on")
    site.refresh_from_db()
    assert site.manufactures


def test_version_of_before_says_nothing_of_what_decides(world, at, release):
    """An update closes nothing that two people had approved as it was asked then."""
    for one in PrintedIdentity.objects.exclude(site=None, organisation=None):
        for name in ("is_ours", "manufactures", "tests", "most_retests"):
            one.texts.pop(name, None)
        one.save()

    assert release().state == "released"


def test_flag_that_somebody_set_by_sql_releases_nothing(world, at, release):
    Site.objects.filter(pk=world.works.pk).update(most_retests=90)

    with pytest.raises(Refusal, match="Plant 1 is not approved"):
        release()
