"""Specifications: drafted by one person, approved by another, never changed again."""

import datetime
import json

import pytest

from lots.evidence import signatures
from lots.evidence.signatures import NotConfirmed
from lots.forms.specifications import ROW_FACTS
from lots.models import Approval, AuditEntry, Specification
from lots.rules.refusal import Refusal, Refusals
from lots.rules.step_table import NotAllowed
from lots.setup import (
    organisations,
    signed_specification,
    specification_cautions,
    specification_content,
    specification_versions,
)
from lots.setup.specification_versions import CriterionDraft
from tests.lots.setup import specifications

DAY = datetime.timedelta(days=1)


def effective(world, on, **asked):
    found = specification_versions.effective(
        material=world.material, on=on, purposes=["release"], **asked
    )
    return [str(specification) for specification in found]


def change(world, at, specification, *rows, by=None):
    return specification_versions.change_draft(
        specification=specification,
        by=by or world.cast.olga,
        at=at,
        grade="USP",
        compendium="USP–NF 2026 Issue 1",
        effective_on=at.date(),
        change_reason="Annual review",
        owner="in_house",
        criteria=rows,
    )


@pytest.mark.postgres
def test_draft_is_the_next_version_and_not_in_force(world, at):
    specification = specifications.draft(world, at)

    assert (str(specification), specification.state) == ("BAC-ORAL v2", Approval.DRAFT)
    assert effective(world, at.date()) == ["BAC-IT v1", "BAC-ORAL v1"]


@pytest.mark.postgres
def test_approved_version_supersedes_only_its_own_code(world, at):
    specifications.approve(
        world, at, specifications.draft(world, at, code="BAC-CUST", owner="in_house")
    )
    specifications.approve(world, at, specifications.draft(world, at))

    assert effective(world, at.date()) == ["BAC-IT v1", "BAC-CUST v1", "BAC-ORAL v2"]
    assert effective(world, at.date(), use="oral") == ["BAC-CUST v1", "BAC-ORAL v2"]


def test_version_is_in_force_from_its_effective_date_and_not_before(world, at):
    since = at.date() + 10 * DAY
    specifications.approve(
        world, at, specifications.draft(world, at, effective_on=since)
    )

    assert effective(world, since - DAY, use="oral") == ["BAC-ORAL v1"]
    assert effective(world, since, use="oral") == ["BAC-ORAL v2"]


@pytest.mark.postgres
def test_validity_says_what_each_version_is_today(world, at):
    specifications.approve(world, at, specifications.draft(world, at))
    specifications.approve(
        world, at, specifications.draft(world, at, effective_on=at.date() + DAY)
    )
    specifications.draft(world, at)
    versions = Specification.objects.filter(code="BAC-ORAL").order_by("version")

    found = specification_content.validity(versions, on=at.date())

    assert [found[row.pk] for row in versions] == [
        "superseded",
        "in_force",
        "awaited",
        "draft",
    ]


def test_ended_code_does_not_fall_back_to_the_version_before(world, at):
    second = specifications.approve(world, at, specifications.draft(world, at))

    specification_versions.withdraw_specification(
        specification=second, by=world.cast.chen, at=at, reason="No longer sold"
    )

    assert effective(world, at.date(), use="oral") == []


def test_version_that_is_not_in_force_cannot_be_ended(world, at):
    first = Specification.objects.get(code="BAC-ORAL")
    specifications.approve(world, at, specifications.draft(world, at))

    with pytest.raises(Refusal) as refused:
        specification_versions.withdraw_specification(
            specification=first, by=world.cast.chen, at=at, reason="Old"
        )

    assert refused.value.code == "not-in-force"


@pytest.mark.postgres
def test_withdrawn_draft_keeps_its_version_number(world, at):
    specification_versions.withdraw_draft(
        specification=specifications.draft(world, at),
        by=world.cast.olga,
        at=at,
        reason="Mistake",
    )

    assert str(specifications.draft(world, at)) == "BAC-ORAL v3"


def test_approve_refuses_the_drafter(world, at):
    specification = specifications.draft(world, at)
    before = AuditEntry.objects.count()

    with pytest.raises(NotAllowed) as refused:
        specifications.approve(world, at, specification, by=world.cast.olga)

    assert refused.value.code == "independence"
    specification.refresh_from_db()
    assert (specification.state, AuditEntry.objects.count()) == ("draft", before)


@pytest.mark.parametrize("person", ["lin", "sofia", "maria", "ines", "admin"])
def test_approve_is_for_qa(world, at, person):
    specification = specifications.draft(world, at)

    with pytest.raises(NotAllowed) as refused:
        specifications.approve(world, at, specification, by=getattr(world.cast, person))

    assert refused.value.code == "role"


def test_approve_refuses_a_version_without_criteria(world, at):
    specification = change(world, at, specifications.draft(world, at))

    with pytest.raises(Refusal) as refused:
        specifications.approve(world, at, specification)

    assert refused.value.code == "no-criteria"


def test_approve_refuses_what_changed_after_it_was_shown(world, at):
    specification = specifications.draft(world, at)
    shown = signatures.shown(signed_specification.specification_text(specification))
    change(
        world,
        at,
        specification,
        *specifications.rows_of("BAC-ORAL", WATER={"high": "0.9"}),
    )

    with pytest.raises(NotConfirmed) as refused:
        specification_versions.approve_specification(
            specification=specification,
            by=world.cast.chen,
            at=at,
            confirmation=world.cast.confirmation(world.cast.chen, at=at),
            shown=shown,
        )

    assert refused.value.code == "changed"


@pytest.mark.postgres
def test_approved_version_never_changes(world, at):
    specification = specifications.approve(world, at, specifications.draft(world, at))

    with pytest.raises(Refusal) as refused:
        change(world, at, specification)
    with pytest.raises(Refusal) as again:
        specifications.approve(world, at, specification)

    assert (refused.value.code, again.value.code) == ("not-a-draft", "not-a-draft")


def test_draft_is_changed_by_its_drafter_alone(world, at):
    specification = specifications.draft(world, at)

    with pytest.raises(Refusal) as refused:
        change(world, at, specification, by=world.cast.chen)

    assert refused.value.code == "another-drafter"
    assert (
        specification.criteria.count()
        == Specification.objects.get(code="BAC-ORAL", version=1).criteria.count()
    )


@pytest.mark.postgres
def test_change_draft_touches_only_rows_that_differ(world, at):
    assay = CriterionDraft(world.tests["ASSAY"], "range", "98.5", "101.0")
    specification = specifications.draft(
        world, at, assay, CriterionDraft(world.tests["WATER"], "nmt", high="1.0")
    )
    before = AuditEntry.objects.count()

    change(
        world,
        at,
        specification,
        assay,
        CriterionDraft(world.tests["WATER"], "nmt", high="0.5"),
    )

    entries = AuditEntry.objects.order_by("sequence")[before:]
    assert [entry.table for entry in entries] == [
        "lots_specification",
        "lots_criterion",
        "lots_criterion",
    ]
    rows = specification.criteria.order_by("position")
    assert [(row.test.code, row.low, row.high) for row in rows] == [
        ("ASSAY", "98.5", "101.0"),
        ("WATER", "", "0.5"),
    ]


@pytest.mark.postgres
def test_change_draft_takes_a_new_order(world, at):
    rows = (
        CriterionDraft(world.tests["ASSAY"], "range", "98.5", "101.0"),
        CriterionDraft(world.tests["WATER"], "nmt", high="1.0"),
    )
    specification = specifications.draft(world, at, *rows)

    change(world, at, specification, *reversed(rows))

    found = specification.criteria.order_by("position")
    assert [row.test.code for row in found] == ["WATER", "ASSAY"]


@pytest.mark.postgres
def test_draft_refuses_a_second_draft_of_the_code(world, at):
    specifications.draft(world, at)

    with pytest.raises(Refusal) as refused:
        specifications.draft(world, at)

    assert (refused.value.code, refused.value.field) == ("taken", "code")


def test_draft_refuses_the_code_of_another_use(world, at):
    with pytest.raises(Refusal) as refused:
        specifications.draft(world, at, code="BAC-IT")

    assert (refused.value.code, refused.value.field) == ("code-taken", "code")


@pytest.mark.parametrize(
    ("use", "field", "text"),
    [
        ("oral", "code", "BAC-INTRATHECAL"),
        ("oral", "grade", "USP, intrathecal grade"),
        ("oral", "compendium", "In-house (Intrathecal)"),
        ("oral", "grade", "Intra-thecal"),
        ("oral", "grade", "I N T R A T H E C A L"),
        ("oral", "grade", "Used intrathecally"),
        ("oral", "grade", "intrath\N{CYRILLIC SMALL LETTER IE}cal"),
        ("oral", "grade", "鞘内注射"),
        ("oral", "grade", "Spinal"),
        ("oral", "grade", "Injectable grade"),
        ("oral", "compendium", "USP Baclofen Injection 2025"),
        ("oral", "code", "BAC-IT-2"),
        ("intrathecal", "grade", "Oral"),
        ("intrathecal", "grade", "For oral use"),
    ],
)
def test_draft_names_no_use_but_its_own(world, at, use, field, text):
    """Certificates print code, grade and compendium beside the use band."""
    with pytest.raises(Refusal) as refused:
        specifications.draft(world, at, use=use, **{"code": "BAC-9", field: text})

    assert (refused.value.code, refused.value.field) == ("other-use", field)
    assert str(refused.value).startswith(f"{text} names ")


def test_changed_draft_names_no_use_but_its_own_either(world, at):
    specification = specifications.draft(world, at)

    with pytest.raises(Refusal, match="names intrathecal use"):
        specification_versions.change_draft(
            specification=specification,
            by=world.cast.olga,
            at=at,
            grade="Intrathecal",
            compendium="USP",
            effective_on=at.date(),
            change_reason="Annual review",
            owner="in_house",
            criteria=(),
        )


@pytest.mark.parametrize(
    ("use", "grade"),
    [
        ("intrathecal", "Pastoral; temporal"),
        ("oral", "Limited, with its unit; in trace amounts"),
    ],
)
def test_word_that_holds_a_use_by_chance_is_no_use(world, at, use, grade):
    specifications.draft(world, at, code="BAC-9", use=use, grade=grade)


def test_wording_of_a_criterion_names_no_other_use(world, at):
    with pytest.raises(Refusal, match="Clear, for intrathecal use names") as refused:
        specifications.draft(
            world,
            at,
            code="BAC-9",
            criteria=[
                specification_versions.CriterionDraft(
                    test=world.tests["CLAR"],
                    kind="choice",
                    choices=(world.tests["CLAR"].vocabulary[0],),
                    wording="Clear, for intrathecal use",
                )
            ],
        )

    assert refused.value.field == "wording"


PERIODIC = {"kind": "nmt", "high": "0.5", "requirement": "periodic"}


@pytest.mark.parametrize(
    ("test", "facts", "field"),
    [
        ("ASSAY", {"kind": "range", "low": "101.0", "high": "98.0"}, "low"),
        ("ASSAY", {"kind": "range", "low": "98,0", "high": "101.0"}, "low"),
        ("ASSAY", {"kind": "range", "low": "98.0"}, "high"),
        ("ASSAY", {"kind": "choice", "choices": ("Conforms",)}, "kind"),
        ("APP", {"kind": "nmt", "high": "1.0"}, "kind"),
        ("APP", {"kind": "choice", "choices": ("Blue powder",)}, "choices"),
        ("ECOLI", {"kind": "absence", "portion": "some"}, "portion"),
        ("ECOLI", {"kind": "choice", "choices": ("Absent",)}, "kind"),
        ("TAMC", {"kind": "count", "high": "1e3"}, "high"),
        ("CD", PERIODIC, "every_lots"),
        ("CD", {"kind": "nmt", "high": "0.5", "every_lots": 10}, "every_lots"),
        ("CD", PERIODIC | {"every_lots": 0}, "every_lots"),
        ("CD", PERIODIC | {"every_lots": 10, "every_months": 121}, "every_months"),
        ("CD", {"kind": "nmt", "high": "0.5", "rounding": "down"}, "rounding"),
        ("CD", {"kind": "nmt", "high": "0.5", "alert_high": "0.6"}, "alert_high"),
        ("WATER", {"kind": "nmt", "high": "1.0"}, "test"),
    ],
    ids=str,
)
def test_draft_refuses_a_criterion_with_its_row_and_cell(world, at, test, facts, field):
    rows = (
        CriterionDraft(world.tests["WATER"], "nmt", high="1.0"),
        CriterionDraft(world.tests[test], **facts),
    )

    with pytest.raises(specification_versions.NotARow) as refused:
        specifications.draft(world, at, *rows)

    assert (refused.value.row, refused.value.field) == (1, field)
    assert not Specification.objects.filter(state=Approval.DRAFT).exists()


def test_draft_refuses_every_wrong_row_at_once(world, at):
    rows = (
        CriterionDraft(world.tests["ASSAY"], "range", "101.0", "98.0"),
        CriterionDraft(world.tests["WATER"], "nmt", high="1.0"),
        CriterionDraft(world.tests["ROI"], "nmt"),
    )

    with pytest.raises(Refusals) as refused:
        specifications.draft(world, at, *rows)

    assert [(one.row, one.field) for one in refused.value.refusals] == [
        (0, "low"),
        (2, "high"),
    ]


def test_draft_names_the_customer_whose_it_is_and_no_other(world, at):
    customer = world.partner.organisation

    with pytest.raises(Refusal) as without:
        specifications.draft(world, at, owner="customer")
    with pytest.raises(Refusal) as beside:
        specifications.draft(world, at, customer=customer)
    kept = specifications.draft(
        world, at, code="CUST", owner="customer", customer=customer
    )

    assert (without.value.field, beside.value.field) == ("customer", "customer")
    assert kept.customer == customer


@pytest.mark.postgres
def test_what_is_signed_says_every_criterion_as_it_is_printed(world, at):
    specification = specifications.draft(
        world,
        at,
        CriterionDraft(world.tests["ASSAY"], "range", "98.0", "101.0"),
        CriterionDraft(world.tests["TAMC"], "count", high="10^3"),
        owner="pharmacopoeia",
    )

    specifications.approve(world, at, specification)

    specification.refresh_from_db()
    signed = json.loads(specification.signature.text)["specification"]
    assert (signed["code"], signed["version"], signed["use"]) == (
        "BAC-ORAL",
        "2",
        "oral",
    )
    assert [(row["test"], row["printed"]) for row in signed["criteria"]] == [
        ("ASSAY", "98.0–101.0 %"),
        ("TAMC", "10^3 CFU/g (at most 2000 CFU/g)"),
    ]


@pytest.mark.postgres
def test_differences_stand_side_by_side(world, at):
    before = Specification.objects.get(code="BAC-ORAL")
    after = specifications.draft(
        world,
        at,
        CriterionDraft(world.tests["ASSAY"], "range", "98.5", "101.0"),
        CriterionDraft(world.tests["WATER"], "nmt", high="1.0"),
        CriterionDraft(world.tests["PH"], "report"),
    )

    found = {
        one.test.code: one for one in specification_content.differences(before, after)
    }

    assert (found["ASSAY"].before, found["ASSAY"].after) == (
        "98.0–101.0 %; alert 98.5",
        "98.5–101.0 %",
    )
    assert (found["WATER"].changed, found["PH"].before, found["D90"].after) == (
        False,
        "",
        "",
    )


@pytest.mark.parametrize(
    ("grade", "compendium"),
    [
        ("USP; Ph. Eur.", "In-house"),
        ("In-house", "USP\N{EN DASH}NF 2026 Issue 1"),
        ("EP", "In-house"),
        ("In-house", "ChP 2025; JP XVIII"),
        ("In-house", "中国药典; 欧洲药典"),
    ],
)
def test_line_rounded_half_even_claims_no_pharmacopoeia_that_rounds_half_up(
    world, at, grade, compendium
):
    """Domain reference 1.3 and 3.1: each is printed of what it rounds alone."""
    row = CriterionDraft(world.tests["MEOH"], "nmt", high="3000", rounding="half_even")

    with pytest.raises(
        specification_versions.NotARow, match="which rounds half up"
    ) as refused:
        specifications.draft(
            world, at, row, code="BAC-9", grade=grade, compendium=compendium
        )

    assert (refused.value.field, refused.value.row) == ("rounding", 0)


@pytest.mark.parametrize("compendium", ["ChP 2025", "In-house 1", "Uspekhi 2"])
def test_line_is_rounded_half_even_where_nothing_else_is_claimed(world, at, compendium):
    row = CriterionDraft(world.tests["MEOH"], "nmt", high="3000", rounding="half_even")

    made = specifications.draft(
        world, at, row, code="BAC-9", grade="ChP", compendium=compendium
    )

    assert made.criteria.get().rounding == "half_even"


def test_cautions_name_what_to_look_at_twice(world, at):
    specification = specifications.draft(
        world,
        at,
        CriterionDraft(world.tests["ASSAY"], "range", "98", "101.0"),
        effective_on=at.date() - DAY,
    )

    found = [
        str(one) for one in specification_cautions.cautions(specification, on=at.date())
    ]

    assert found[:3] == [
        "Certificates will print USP, NF: by approving, you sign that this version has"
        " every test of that monograph and of its general requirements, with the same"
        " or tighter limits.",
        f"The effective date {at.date() - DAY} has passed; the version becomes"
        " effective when it is approved.",
        "Assay (anhydrous basis): The limits 98 and 101.0 have different decimals; a"
        " result is rounded to those of each limit.",
    ]
    assert (
        "Water (Karl Fischer) was a criterion of BAC-ORAL v1 and is removed." in found
    )


def test_customers_specification_that_claims_a_compendium_is_compared_with_our_own(
    world, at
):
    """Never wider than a compendium it claims, nor without its tests (domain.md 7)."""
    customer = organisations.add_organisation(
        by=world.cast.olga, at=at, name="Orion", address="x", telephone="1",
        is_customer=True,
    )  # fmt: skip
    kept = [
        CriterionDraft(**{name: getattr(row, name) for name in ROW_FACTS})
        for row in specification_content.rows(
            Specification.objects.get(code="BAC-ORAL")
        )
    ]
    wider = [
        CriterionDraft(world.tests["MEOH"], "nmt", high="9000"),
        CriterionDraft(world.tests["ASSAY"], "range", low="98.0", high="102.0"),
        CriterionDraft(world.tests["TAMC"], "count", high="10^3"),
        CriterionDraft(world.tests["IMPA"], "report"),
    ]
    changed = {row.test for row in wider}
    rows = [*(row for row in kept if row.test not in changed), *wider]

    def said(*rows, code, **facts):
        of = {"owner": "customer", "customer": customer, **facts}
        found = specifications.draft(world, at, *rows, code=code, **of)
        return [
            str(one)
            for one in specification_cautions.cautions(found, on=at.date())
            if one.code.startswith("claim-")
        ]

    claims = "It names USP–NF 2026 Issue 1"
    less = "it must not be wider than the compendium."
    assert said(*kept, code="ORION-1") == []
    assert said(*rows, code="ORION-2") == [
        f"{claims}, but 98.0–102.0 % for Assay (anhydrous basis) is wider than"
        f" 98.0–101.0 % in BAC-ORAL v1; {less}",
        f"{claims}, but Report for Impurity A (lactam) is wider than NMT 0.20 % in"
        f" BAC-ORAL v1; {less}",
        f"{claims}, but NMT 9000 ppm for Methanol is wider than NMT 3000 ppm in"
        f" BAC-ORAL v1; {less}",
    ]
    [left_out] = said(*kept[:-1], code="ORION-3")
    assert left_out == (
        f"{claims}, but lacks tests that BAC-ORAL v1 has: {kept[-1].test.name}. A"
        " specification that lacks tests of the compendium must not claim it."
    )
    assert said(kept[0], code="ORION-4", compendium="None claimed") == []
    assert said(kept[0], code="OURS-1", owner="in_house", customer=None) == []
