"""A claim that nobody released passes no door: page, import, approval, issue, command.

FDA, December 2015: baclofen made for oral products was used for injections. Each attack
has a control that goes through while the list is empty.
"""

import pytest
from django.core.management import CommandError

from lots import calendar
from lots.demo import bench
from lots.models import Lot, Qualification, Role, Specification, Statement, User
from lots.rules import claims
from lots.rules.refusal import Refusal
from lots.setup import materials, methods, organisations, qualifications
from lots.setup import specification_versions as versions
from reports.issuing import certificates
from reports.models import Certificate
from tests.lots.accounts import members
from tests.lots.imports import files
from tests.lots.pages import signed_in, typed, words
from tests.lots.setup import identities, specifications
from tests.reports.conftest import ORAL
from tests.reports.issuing.commands import run

ATTACK = "sterile-filtered, pyrogen-free, suitable for parenteral products"


@pytest.fixture
def off(monkeypatch):
    """Return a function that empties the lists, as before the rule; and back."""

    def empty(*, is_empty=True):
        monkeypatch.undo()
        if is_empty:
            monkeypatch.setattr(claims, "found", lambda text: ())

    return empty


# --- what is set up ------------------------------------------------------------------


@pytest.mark.postgres
def test_statement_of_a_page_claims_nothing(world, off):
    page = f"/materials/{world.material.pk}/statements/add/"
    typed = {"title": "Quality", "text": ATTACK}
    client = signed_in(world.cast.olga)

    refused = client.post(page, typed)

    assert refused.status_code == 422
    assert "claims “sterile”, but material for oral use is not delivered" in words(
        refused
    )
    assert not Statement.objects.filter(title="Quality").exists()
    off()
    assert client.post(page, typed).status_code == 302
    assert Statement.objects.filter(title="Quality").exists()


@pytest.mark.parametrize("text", ["Non-sterile", "Washed with water for injections"])
def test_statement_says_what_is_honest(world, at, text):
    made = materials.add_statement(
        by=world.cast.olga, at=at, material=world.material, title="Quality", text=text
    )

    assert made.text == text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Baclofen sterile"),
        ("note", "Endotoxin-free"),
        ("note", "Injection grade material"),
        ("note", "供注射用"),
        ("storage", "Sterile container"),
    ],
)
def test_material_claims_nothing(world, at, field, text):
    facts = {
        "name": "Baclofen B", "cas_number": "not assigned", "item_code": "B2",
        "formula": "", "note": "", "storage": "Below 25 °C", field: text,
    }  # fmt: skip
    with pytest.raises(Refusal) as refused:
        materials.add_material(by=world.cast.olga, at=at, **facts)

    assert (refused.value.code, refused.value.field) == ("claim", field)


@pytest.mark.parametrize(
    ("use", "code", "field", "text"),
    [
        ("oral", "BAC-ORAL", "grade", "Sterile grade"),
        ("oral", "BAC-ORAL", "grade", "Low-endotoxin grade"),
        ("intrathecal", "BAC-IT", "grade", "Pyrogen-free"),
        ("intrathecal", "BAC-IT", "grade", "无菌"),
    ],
)
def test_specification_claims_nothing_beyond_its_use(world, at, use, code, field, text):
    with pytest.raises(Refusal) as refused:
        specifications.draft(world, at, code=code, use=use, **{field: text})

    assert (refused.value.code, refused.value.field) == ("claim", field)


def test_specification_for_an_injectable_use_says_injectable(world, at):
    drafted = specifications.draft(
        world,
        at,
        code="BAC-IT",
        use="intrathecal",
        grade="Injection grade, non-sterile",
    )

    assert drafted.grade == "Injection grade, non-sterile"


def test_wording_of_a_criterion_claims_nothing(world, at):
    rows = [
        versions.CriterionDraft(
            world.tests["APP"],
            "choice",
            choices=("White powder",),
            wording="White powder, sterile",
        )
    ]
    with pytest.raises(Refusal, match="claims “sterile”"):
        specifications.draft(world, at, *rows)


def test_draft_of_before_the_rule_is_refused_at_its_approval(world, at, off):
    off()
    drafted = specifications.draft(world, at, grade="Sterile grade")
    off(is_empty=False)

    with pytest.raises(Refusal, match="claims “Sterile”"):
        specifications.approve(world, at, drafted)

    off()
    specifications.approve(world, at, drafted)
    assert Specification.objects.get(pk=drafted.pk).state == "approved"


def test_storage_of_a_qualification_claims_nothing(world, at):
    qualification = Qualification.objects.first()
    with pytest.raises(Refusal) as refused:
        qualifications.draft_qualification(
            by=world.cast.olga,
            at=at,
            site=qualification.site,
            material=qualification.material,
            use="oral",
            process="BP-99",
            valid_from=calendar.today(at),
            storage="Sterile container",
            retest_months=12,
            evidence=None,
            evidence_reference="AR-1",
        )

    assert (refused.value.code, refused.value.field) == ("claim", "storage")


def test_method_claims_nothing_that_no_use_allows(world, at):
    with pytest.raises(Refusal, match="claims “sterile”"):
        methods.add_method(
            by=world.cast.olga, at=at, test=world.tests["APP"], code="Visual, sterile"
        )

    made = methods.add_method(
        by=world.cast.olga,
        at=at,
        test=world.tests["APP"],
        code="Visual, in water for injections",
    )
    assert made.version == 2


def test_names_and_addresses_are_what_they_are(world, at):
    made = organisations.add_organisation(
        by=world.cast.olga,
        at=at,
        name="Sterile Injectables Inc.",
        address="1 Parenteral Road, Boston",
        telephone="+1 617 555 0199",
        is_customer=True,
    )

    assert made.name == "Sterile Injectables Inc."


# --- a lot ---------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["packaging", "storage", "note"])
@pytest.mark.parametrize(
    ("use", "text"),
    [("oral", "Sterile"), ("oral", "Injection grade"), ("intrathecal", "Sterile")],
)
def test_text_of_a_lot_claims_nothing_beyond_its_use(world, at, field, use, text):
    with pytest.raises(Refusal) as refused:
        bench.log(
            world.cast, world, at=at, number="BAC-26-001", use=use, **{field: text}
        )

    assert (refused.value.code, refused.value.field) == ("claim", field)
    assert not Lot.objects.exists()


def test_lot_says_what_is_honest(world, at, off):
    honest = bench.log(
        world.cast, world, at=at, number="BAC-26-001", note="Non-sterile. 非无菌"
    )
    injectable = bench.log(
        world.cast,
        world,
        at=at,
        number="BIT-26-001",
        use="intrathecal",
        note="Low-endotoxin",
    )
    off()
    control = bench.log(world.cast, world, at=at, number="BAC-26-002", note=ATTACK)

    assert [one.note for one in (honest, injectable, control)] == [
        "Non-sterile. 非无菌",
        "Low-endotoxin",
        ATTACK,
    ]


@pytest.mark.postgres
def test_imported_lot_claims_nothing(world, at, tmp_path, off):
    made = calendar.today(at).isoformat()
    (tmp_path / "lots.csv").write_text(f"batch,made,water\nB-1,{made},0.2\n")
    text = (
        files.MAP.replace('"ZAG-API"', '"BAC"')
        .replace("Carniola Actives d.o.o., Works 1", str(world.works))
        .replace("ZP-1 invented process", world.processes["oral"])
        .replace('performed_by = "marek"', 'performed_by = "lin"')
        .replace('"2026-02-10"', f'"{made}"')
        .replace('"2026-02-09"', f'"{made}"')
        .replace('content = "CONTENT"\ntotal = "TOTAL"\n', "")
        .replace('water = ["", "0"]', 'water = [""]')
        .replace('"4 drums"', f'"4 drums, {ATTACK}"')
    )
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    arguments = (tmp_path / "lots.csv", tmp_path / "map.toml")

    with pytest.raises((SystemExit, CommandError, Refusal)):
        files.run(*arguments)

    assert not Lot.objects.exists()
    off()
    files.run(*arguments)
    assert Lot.objects.get().packaging == f"4 drums, {ATTACK}"


# --- release, issue, command ---------------------------------------------------------


@pytest.fixture
def complete(world, at):
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    return lot


@pytest.mark.postgres
@pytest.mark.parametrize("field", ["justification", "deviations"])
def test_words_of_the_release_claim_nothing(world, complete, at, field, off):
    def release():
        bench.release(world.cast, complete, "BAC-ORAL", at=at, **{field: ATTACK})

    with pytest.raises(Refusal) as refused:
        release()

    assert "claims “sterile”" in str(refused.value)
    off()
    release()
    assert bench.assessment(complete, "BAC-ORAL").state == "released"


def test_what_is_asked_at_issue_claims_nothing(world, complete, at, off):
    bench.release(world.cast, complete, "BAC-ORAL", at=at)

    def issue():
        return certificates.issue(
            assessment=bench.assessment(complete, "BAC-ORAL"),
            by=world.cast.chen,
            at=at,
            order="PO 9, sterile",
            stated=bench.LABEL,
        )

    with pytest.raises(certificates.NotIssuable) as refused:
        issue()

    assert "claim" in [one.code for one in refused.value.refusals]
    assert not Certificate.objects.exists()
    off()
    assert issue().state == "issued"


@pytest.mark.postgres
def test_what_was_stored_before_the_rule_is_not_issued(world, at, off, capsys):
    """By no page and no command: the preflight names the text and its page."""
    off()
    materials.add_statement(
        by=world.cast.olga, at=at, material=world.material, title="Quality", text=ATTACK
    )
    identities.approve(world, at)
    lot = bench.log(world.cast, world, at=at, number="BAC-26-001", note="Sterile")
    bench.enter(lot, world, ORAL, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(world.cast, lot, "BAC-ORAL", at=at)
    off(is_empty=False)
    assessment = bench.assessment(lot, "BAC-ORAL")

    page = words(signed_in(world.cast.chen).get(f"/assessments/{assessment.pk}/issue/"))
    with pytest.raises((SystemExit, CommandError)):
        run(capsys, "issue_certificate", "BAC-26-001", "--specification", "BAC-ORAL")

    fields = [
        one.refusal.field
        for one in certificates.preflight(assessment, at=at)
        if one.code == "claim"
    ]
    assert len([one for one in fields if one.startswith("statements[")]) == 2
    assert [one for one in fields if one.startswith("remarks[")] == ["remarks[0]"]
    assert "claims “sterile”" in page
    assert not Certificate.objects.exists()
    off()
    assert (
        certificates.issue(
            assessment=assessment, by=world.cast.chen, at=at, stated=bench.LABEL
        ).state
        == "issued"
    )


def test_lot_of_an_injectable_use_is_issued_as_oral_too(world, at):
    """Its remark names the products of both uses, as we word it."""
    lot = bench.log(world.cast, world, at=at, number="BIT-26-001", use="intrathecal")
    values = {**bench.IT_RESULTS, **ORAL}
    bench.enter(lot, world, values, by=world.cast.lin, at=at)
    bench.review(world.cast, lot, at=at)
    bench.release(
        world.cast, lot, "BAC-ORAL", at=at, justification="Ordered by a customer"
    )

    made = certificates.issue(
        assessment=bench.assessment(lot, "BAC-ORAL"),
        by=world.cast.chen,
        at=at,
        stated=bench.LABEL,
    )

    assert made.state == "issued"


# --- the titles of who signs ----------------------------------------------------------


def titled(world, at, username, title):
    """Give a person another title on the page of the account; return the answer."""
    person = world.cast.people[username]
    answer = signed_in(world.cast.admin).post(
        f"/accounts/{person.pk}/name/",
        {"printed_name": person.printed_name, "title": title, "reason": "Promoted"},
    )
    world.cast.people[username] = User.objects.get(pk=person.pk)
    return answer


@pytest.mark.postgres
def test_title_of_an_account_claims_nothing_that_no_use_allows(world, at, off):
    title = "Head of QA, sterile products"

    answer = titled(world, at, "chen", title)

    assert answer.status_code == 422
    assert "The title claims “sterile”, but no material is delivered sterile" in words(
        answer
    )
    assert typed(answer, "title") == title
    assert world.cast.chen.title != title
    off()
    assert titled(world, at, "chen", title).status_code == 302
    assert world.cast.chen.title == title


def test_account_with_such_a_title_is_not_added(world, at):
    with pytest.raises(Refusal, match="no material is delivered sterile") as refused:
        members.added(
            world, at, "petra", "Petra Vogel", Role.QA, title="QA, aseptic filling"
        )

    assert refused.value.field == "title"


@pytest.mark.parametrize(
    ("username", "deed"), [("sofia", "review"), ("chen", "release")]
)
def test_title_of_a_signer_claims_nothing_beyond_the_use(
    world, at, off, username, deed
):
    cast, title = world.cast, "Quality, parenteral products"
    assert titled(world, at, username, title).status_code == 302
    lot = bench.log(cast, world, at=at, number="BAC-26-930")
    bench.enter(lot, world, ORAL, by=cast.lin, at=at)

    def sign():
        if deed == "release":
            bench.review(cast, lot, at=at)
            return bench.release(cast, lot, "BAC-ORAL", at=at)
        return bench.review(cast, lot, at=at)

    said = "claims “parenteral”, but products for oral use are not injected"
    with pytest.raises(Refusal, match=said):
        sign()
    off()
    if deed == "release":
        assert bench.release(cast, lot, "BAC-ORAL", at=at).title == title
    else:
        assert sign().title == title


def test_title_of_an_injectable_use_signs_a_lot_for_it(world, at):
    titled(world, at, "sofia", "Quality, parenteral products")
    lot = bench.log(world.cast, world, at=at, number="BAC-26-931", use="intrathecal")
    bench.enter(lot, world, bench.IT_RESULTS, by=world.cast.lin, at=at)

    assert bench.review(world.cast, lot, at=at).title == "Quality, parenteral products"
