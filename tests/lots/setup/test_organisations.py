"""The set-up verbs: organisations, sites, materials, tests, procedures, letterhead."""

from dataclasses import fields

import pytest

from lots.demo import baclofen
from lots.evidence import signatures
from lots.forms.setup import TestForm as SetupTestForm
from lots.models import (
    AlternativeUse,
    Approval,
    AuditEntry,
    CertificateHeader,
    Material,
)
from lots.models import Test as MaterialTest
from lots.rules.cas import cas_number
from lots.rules.refusal import Refusal, Refusals
from lots.rules.step_table import NotAllowed
from lots.setup import (
    alternative_uses,
    certificate_headers,
    material_tests,
    materials,
    methods,
    organisations,
)
from tests.lots.setup import identities

pytestmark = pytest.mark.postgres

MATERIAL = {
    "name": "Tizanidine",
    "item_code": "TIZ",
    "storage": "Room temperature",
    "cas_number": "51322-75-9",
}


def actions():
    return list(AuditEntry.objects.order_by("sequence").values_list("action", "table"))


@pytest.mark.parametrize(
    "text", ["1134-47-0", "51322-75-9", "7732-18-5", "58-08-2"], ids=str
)
def test_cas_number_is_taken(text):
    assert cas_number(text) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1134-47-1", "check-digit"),
        ("1143-47-0", "check-digit"),
        ("1134470", "form"),
        ("1134-47-", "form"),
        ("0134-47-0", "form"),
        ("１１３４-47-0", "form"),
    ],
    ids=str,
)
def test_cas_number_is_refused(text, code):
    with pytest.raises(Refusal) as refused:
        cas_number(text)

    assert (refused.value.code, refused.value.field) == (code, "cas_number")


def test_add_material_is_kept_with_its_audit_entry(world, at):
    before = len(actions())

    material = materials.add_material(by=world.cast.olga, at=at, **MATERIAL)

    assert (material.name, material.cas_number) == ("Tizanidine", "51322-75-9")
    assert actions()[before:] == [
        ("add_material", "lots_material"),
        ("add_material", "lots_printedidentity"),
    ]


@pytest.mark.parametrize("person", ["lin", "sofia", "maria", "ines", "admin"])
def test_add_material_is_for_qa(world, at, person):
    before = actions()

    with pytest.raises(NotAllowed) as refused:
        materials.add_material(by=getattr(world.cast, person), at=at, **MATERIAL)

    assert refused.value.code == "role"
    assert actions() == before


def test_add_material_refuses_a_wrong_check_digit(world, at):
    with pytest.raises(Refusal, match="its check digit would be 9"):
        materials.add_material(
            by=world.cast.olga, at=at, **{**MATERIAL, "cas_number": "51322-75-8"}
        )

    assert not Material.objects.filter(name="Tizanidine").exists()


def test_add_material_refuses_everything_that_is_wrong_at_once(world, at):
    with pytest.raises(Refusals) as refused:
        materials.add_material(
            by=world.cast.olga,
            at=at,
            **{**MATERIAL, "name": " ", "storage": "", "item_code": "T" * 41},
        )

    assert [(one.code, one.field) for one in refused.value.refusals] == [
        ("blank", "name"),
        ("length", "item_code"),
        ("blank", "storage"),
    ]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Baclofen, intrathecal grade"),
        ("item_code", "BAC-ORAL"),
        ("note", "Suitable for intra-thecal pumps"),
    ],
)
def test_material_names_no_use_for_every_certificate_prints_it(world, at, field, text):
    facts = {"name": "Baclofen, fine", "item_code": "BAC-F", "storage": "Dry",
             "cas_number": "not assigned"}  # fmt: skip

    with pytest.raises(
        Refusal, match="certificates for every use print this"
    ) as refused:
        materials.add_material(by=world.cast.olga, at=at, **{**facts, field: text})

    assert refused.value.field == field
    assert Material.objects.count() == 1


def test_material_is_named_as_its_pharmacopoeia_names_it(world, at):
    materials.add_material(
        by=world.cast.olga,
        at=at,
        name="Water for injections",
        item_code="IT-100",
        cas_number="not assigned",
        storage="Keep it closed",
    )


@pytest.mark.parametrize("field", ["title", "text"])
def test_statement_names_no_use_for_every_certificate_prints_it(world, at, field):
    facts = {"title": "Suitability", "text": "As agreed"}
    before = world.material.statements.count()

    with pytest.raises(
        Refusal, match="certificates for every use print this"
    ) as refused:
        materials.add_statement(
            by=world.cast.olga,
            at=at,
            material=world.material,
            **{**facts, field: "For intrathecal injections"},
        )

    assert refused.value.field == field
    assert world.material.statements.count() == before


def test_add_material_refuses_a_control_character(world, at):
    with pytest.raises(Refusal) as refused:
        materials.add_material(
            by=world.cast.olga, at=at, **{**MATERIAL, "name": "Tizan\u202eidine"}
        )

    assert (refused.value.code, refused.value.field) == ("character", "name")


def test_change_organisation_keeps_old_and_new_with_the_reason(world, at):
    organisation = world.works.organisation

    organisations.change_organisation(
        organisation=organisation,
        by=world.cast.olga,
        at=at,
        reason="Moved",
        name=organisation.name,
        address="1 New Street",
        telephone=organisation.telephone,
        is_customer=False,
        is_ours=True,
    )

    identities.approve(world, at)
    entry = AuditEntry.objects.filter(table="lots_organisation").latest("sequence")
    assert (entry.action, entry.changes) == (
        "approve_identities",
        {"address": [organisation.address, "1 New Street"]},
    )
    drafted = AuditEntry.objects.get(reason="Moved", table="lots_printedidentity")
    assert (drafted.action, drafted.changes["texts"][1]["address"]) == (
        "change_organisation",
        "1 New Street",
    )


@pytest.mark.parametrize(
    ("person", "code"), [("olga", "blank"), ("lin", "role")], ids=["QA", "analyst"]
)
def test_organisation_without_a_name_is_refused(world, at, person, code):
    with pytest.raises(Refusal) as caught:
        organisations.add_organisation(
            by=getattr(world.cast, person),
            at=at,
            name="",
            address="6 Lake Road",
            telephone="+86 574",
        )

    assert caught.value.code == code


def test_change_organisation_refuses_a_blank_reason(world, at):
    organisation = world.works.organisation

    with pytest.raises(Refusal) as refused:
        organisations.change_organisation(
            organisation=organisation,
            by=world.cast.olga,
            at=at,
            reason=" ",
            name="Another",
            address="1 New Street",
            telephone="1",
            is_customer=False,
            is_ours=False,
        )

    organisation.refresh_from_db()
    assert refused.value.field == "reason"
    assert organisation.name != "Another"


def test_add_site_refuses_a_name_twice_in_one_organisation(world, at):
    with pytest.raises(Refusal) as refused:
        organisations.add_site(
            by=world.cast.olga,
            at=at,
            organisation=world.works.organisation,
            name="Plant 1",
            address="There",
            telephone="1",
        )

    assert (refused.value.code, refused.value.field) == ("taken", "name")


def test_add_statement_of_the_same_title_is_its_next_version(world, at):
    materials.add_statement(
        by=world.cast.olga,
        at=at,
        material=world.material,
        title="BSE/TSE",
        text="Of plant origin only.",
    )

    versions = world.material.statements.filter(title="BSE/TSE").order_by("version")
    said = versions.values_list("version", "is_current")
    assert list(said) == [(1, True), (2, False)]
    identities.approve(world, at)
    assert list(said.all()) == [(1, False), (2, True)]


# --- tests and procedures -----------------------------------------------------------


def add_test(world, at, **facts):
    return material_tests.add_test(
        by=world.cast.olga,
        at=at,
        material=world.material,
        facts=material_tests.TestFacts(
            **{"code": "NEW", "name": "New", "group": "physical", **facts}
        ),
    )


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"calculation": "anhydrous"}, "water_test"),
        ({"calculation": "dried"}, "water_test"),
        ({"calculation": "total"}, "threshold"),
        ({"calculation": "total", "threshold": "0,05"}, "threshold"),
        ({"determinations": 2}, "determinations"),
        (
            {"calculation": "mean", "determinations": 2, "spread_limit": "<1"},
            "spread_limit",
        ),
        ({"vocabulary": ("Conforms", " conforms ")}, "vocabulary"),
        ({"calculation": "mean", "vocabulary": ("Conforms",)}, "calculation"),
        ({"already_corrected": True}, "already_corrected"),
        ({"code": "ASSAY"}, "code"),
        ({"group": "other"}, "group"),
    ],
    ids=str,
)
def test_add_test_refuses_what_could_never_be_measured(world, at, facts, field):
    with pytest.raises(Refusal) as refused:
        add_test(world, at, **facts)

    assert refused.value.field == field
    assert not MaterialTest.objects.filter(code="NEW").exists()


def test_add_test_on_a_basis_that_the_data_system_corrects_needs_no_water(world, at):
    test = add_test(world, at, calculation="dried", already_corrected=True)

    assert (test.calculation, test.water_test) == ("dried", None)


def test_add_test_refuses_a_component_of_what_is_no_total(world, at):
    with pytest.raises(Refusal) as refused:
        add_test(world, at, component_of=world.tests["ASSAY"])

    assert (refused.value.code, refused.value.field) == ("component-of", "component_of")


def changed_facts(test, **changed):
    """Return the facts of a stored test but for what is changed."""
    kept = {
        field.name: getattr(test, field.name)
        for field in fields(material_tests.TestFacts)
    }
    return material_tests.TestFacts(**(kept | changed))


def test_record_and_page_have_every_fact_of_a_test():
    facts = {field.name for field in fields(material_tests.TestFacts)}

    assert facts | {"id", "material"} == {
        field.name for field in MaterialTest._meta.concrete_fields
    }
    assert facts == set(SetupTestForm.base_fields)


@pytest.mark.parametrize(
    "change",
    [
        {"unit": "ppm"},
        {"name": "Other"},
        {"determinations": 3},
        {"injections": 2},
        {"spread_limit": "9"},
    ],
    ids=str,
)
def test_change_test_is_locked_by_an_approved_specification(world, at, change):
    test = world.tests["ASSAY"]

    with pytest.raises(Refusal, match="approved specification BAC-") as refused:
        material_tests.change_test(
            test=test,
            by=world.cast.olga,
            at=at,
            reason="Mend",
            facts=changed_facts(test, **change),
        )

    assert [refused.value.field] == list(change)


def test_change_test_keeps_a_test_in_its_total_once_approved(world, at):
    test = world.tests["IMPA"]

    with pytest.raises(Refusal) as refused:
        material_tests.change_test(
            test=test,
            by=world.cast.olga,
            at=at,
            reason="Mend",
            facts=changed_facts(test, component_of=None),
        )

    assert (refused.value.code, refused.value.field) == ("locked", "component_of")


def test_change_test_leaves_the_heading_free(world, at):
    test = world.tests["D90"]

    material_tests.change_test(
        test=test,
        by=world.cast.olga,
        at=at,
        reason="Belongs there",
        facts=changed_facts(test, group="related"),
    )

    test.refresh_from_db()
    assert test.group == "related"


def test_change_test_is_free_before_anything_rests_on_it(world, at):
    test = add_test(world, at)

    material_tests.change_test(
        test=test,
        by=world.cast.olga,
        at=at,
        reason="Mistyped",
        facts=changed_facts(test, unit="mm"),
    )

    test.refresh_from_db()
    assert test.unit == "mm"


def test_method_is_current_once_a_second_person_approved_it(world, at):
    test = world.tests["WATER"]

    methods.add_method(by=world.cast.olga, at=at, test=test, code="KF-2")

    rows = test.methods.order_by("version").values_list("version", "is_current")
    assert list(rows) == [(1, True), (2, False)]

    baclofen.approve_methods(world.cast, at=at)

    assert list(rows.all()) == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("lod", "loq", "field"),
    [("0.5", "0.05", "lod"), ("<0.5", "", "lod"), ("", "1,5", "loq")],
    ids=["LOD above LOQ", "qualified", "comma"],
)
def test_add_method_refuses_limits_that_cannot_be(world, at, lod, loq, field):
    test = world.tests["WATER"]

    with pytest.raises(Refusal) as refused:
        methods.add_method(
            by=world.cast.olga, at=at, test=test, code="KF-2", lod=lod, loq=loq
        )

    assert refused.value.field == field
    assert test.methods.count() == 1


# --- letterhead and stand-ins -------------------------------------------------------


def certificate_header(world, at):
    return certificate_headers.draft_certificate_header(
        by=world.cast.olga, at=at, name="New name", address="There", telephone="1"
    )


def approve_certificate_header(world, at, drafted, *, by):
    return certificate_headers.approve_certificate_header(
        certificate_header=drafted,
        by=by,
        at=at,
        confirmation=world.cast.confirmation(by, at=at),
        shown=signatures.shown(certificate_headers.certificate_header_text(drafted)),
    )


def test_certificate_header_supersedes_the_one_before(world, at):
    approve_certificate_header(
        world, at, certificate_header(world, at), by=world.cast.chen
    )

    rows = CertificateHeader.objects.order_by("version").values_list("version", "state")
    assert list(rows) == [(1, Approval.SUPERSEDED), (2, Approval.APPROVED)]


def test_certificate_header_is_not_approved_by_its_drafter(world, at):
    drafted = certificate_header(world, at)

    with pytest.raises(NotAllowed) as refused:
        approve_certificate_header(world, at, drafted, by=world.cast.olga)

    assert refused.value.code == "independence"
    rows = CertificateHeader.objects.order_by("version").values_list("version", "state")
    assert list(rows) == [(1, Approval.APPROVED), (2, Approval.DRAFT)]


def test_alternative_use_is_never_oral_for_intrathecal(world, at):
    with pytest.raises(Refusal, match="can never serve intrathecal") as refused:
        alternative_uses.draft_alternative_use(
            by=world.cast.olga,
            at=at,
            material=world.material,
            made_for="oral",
            use_for="intrathecal",
            justification="All limits are met.",
        )

    assert refused.value.code == "never"
    assert not AlternativeUse.objects.filter(made_for="oral").exists()


def test_alternative_use_is_not_approved_by_its_drafter(world, at):
    row = AlternativeUse.objects.get(material=world.material)
    alternative_uses.withdraw_alternative_use(
        alternative_use=row, by=world.cast.chen, at=at, reason="Reconsidered"
    )
    drafted = alternative_uses.draft_alternative_use(
        by=world.cast.olga,
        at=at,
        material=world.material,
        made_for="intrathecal",
        use_for="oral",
        justification="Every control of the oral route is met.",
    )

    with pytest.raises(NotAllowed) as refused:
        alternative_uses.approve_alternative_use(
            alternative_use=drafted,
            by=world.cast.olga,
            at=at,
            confirmation=world.cast.confirmation(world.cast.olga, at=at),
            shown=signatures.shown(alternative_uses.alternative_use_text(drafted)),
        )

    assert refused.value.code == "independence"


def test_address_of_some_lines_that_certificates_can_print_is_kept(world, at):
    made = organisations.add_organisation(
        by=world.cast.chen,
        at=at,
        name="Žagar & Søn 上海药业",
        address="Čopova 4\nLjubljana",
        telephone="+386 1",
    )

    assert made.address == "Čopova 4\nLjubljana"


@pytest.mark.parametrize(
    ("field", "text"),
    [("name", "\u5586 Pharma"), ("address", "Harbour 1\n\N{GRINNING FACE}")],
)
def test_organisation_that_certificates_cannot_print_is_refused(world, at, field, text):
    facts = {"name": "Lumen", "address": "Harbour 1", "telephone": "+1"}

    with pytest.raises(Refusal, match="which certificates cannot print") as refused:
        organisations.add_organisation(
            by=world.cast.chen, at=at, **facts | {field: text}
        )

    assert refused.value.field == field


@pytest.mark.parametrize("name", ["B\u0430clofen", "BACLOFEN", "Bacl0fen"])
def test_material_that_reads_like_another_is_refused(world, at, name):
    """A reader of a label could not tell the two materials apart."""
    with pytest.raises(Refusal, match="or one that reads the same, already exists"):
        materials.add_material(
            by=world.cast.olga,
            at=at,
            name=name,
            item_code="B-2",
            cas_number="not assigned",
            storage="Below 25 °C",
        )


def test_site_and_organisation_that_read_like_others_are_refused(world, at):
    own, place = world.works.organisation, {"address": "1 Road", "telephone": "+49 1"}

    with pytest.raises(Refusal, match="or one that reads the same"):
        organisations.add_organisation(
            by=world.cast.olga, at=at, name=own.name.upper(), **place
        )
    with pytest.raises(Refusal, match="or one whose name reads the same"):
        organisations.add_site(
            by=world.cast.olga,
            at=at,
            organisation=own,
            name=world.works.name.upper(),
            **place,
        )
