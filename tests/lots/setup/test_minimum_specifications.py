"""A minimum specification is approved only with what its use cannot do without."""

import json

import pytest

from lots.demo import baclofen
from lots.models import Specification
from lots.rules.endotoxin_limit import Basis
from lots.rules.refusal import Refusal, Refusals
from lots.setup import material_tests, minimum_specifications, specification_versions
from lots.setup.material_tests import TestFacts
from lots.setup.specification_versions import CriterionDraft
from tests.lots.pages import signed_in, words
from tests.lots.setup import specifications

IT = "BAC-IT-MIN"


def refused(call):
    """Return the codes with which the approval is refused."""
    with pytest.raises(Refusal) as found:
        call()
    refusal = found.value
    several = refusal.refusals if isinstance(refusal, Refusals) else (refusal,)
    return [one.code for one in several]


@pytest.mark.parametrize(
    ("without", "code", "lacking"),
    [
        (("IDA",), "minimum-attributes", "identity"),
        (("ASSAY",), "minimum-attributes", "assay"),
        (("IMPA", "UNSPEC", "TOTAL"), "minimum-attributes", "related substances"),
        (("WATER",), "minimum-attributes", "water"),
        (("CLAR", "FOREIGN"), "minimum-attributes", "clarity of solution and foreign"),
        (("BET",), "minimum-every-lot", "bacterial endotoxins"),
        (
            ("TAMC", "TYMC", "BTGN", "PSEUD", "STAPH"),
            "minimum-every-lot",
            "bioburden",
        ),
    ],
)
def test_intrathecal_minimum_needs_each_attribute(world, at, without, code, lacking):
    rows = specifications.rows_of(IT, without=without)

    with pytest.raises(Refusal, match=lacking) as found:
        specifications.minimum(world, at, IT, rows=rows)

    assert found.value.code == code


def test_endotoxins_and_bioburden_are_asked_on_every_lot(world, at):
    periodic = {"requirement": "periodic", "every_lots": 10}

    assert refused(lambda: specifications.minimum(world, at, IT, BET=periodic)) == [
        "minimum-every-lot"
    ]


def test_criterion_that_only_reports_is_no_limit(world, at):
    report = {"kind": "report", "high": "", "choices": ()}

    assert refused(lambda: specifications.minimum(world, at, IT, CLAR=report)) == [
        "minimum-attributes"
    ]


def test_choice_of_everything_is_no_limit(world, at, monkeypatch):
    """The attack: clarity and particles are there, and no result of them can fail."""
    tests = {code: world.tests[code] for code in ("CLAR", "FOREIGN")}
    every = {code: {"choices": tuple(one.vocabulary)} for code, one in tests.items()}

    assert refused(lambda: specifications.minimum(world, at, IT, **every)) == [
        "minimum-attributes"
    ]

    # The control.
    monkeypatch.setattr(minimum_specifications, "_can_fail", lambda _row: True)
    drafted = Specification.objects.get(code=IT, state="draft")
    assert specifications.approve(world, at, drafted).state == "approved"


def test_oral_minimum_needs_no_attribute(world, at):
    rows = [CriterionDraft(world.tests["APP"], "choice", choices=("White powder",))]

    assert specifications.minimum(world, at, rows=rows).state == "approved"


@pytest.mark.parametrize(
    ("high", "is_refused"), [("2.5", False), ("2.50", False), ("2.51", True)]
)
def test_endotoxin_limit_is_at_most_the_dose_allows(world, at, high, is_refused):
    """0.2 EU/kg × 15 kg / 1.199 mg = 2.502 EU/mg (domain.md 2.2, scenario E)."""

    def approve():
        return specifications.minimum(world, at, IT, BET={"high": high})

    if is_refused:
        assert refused(approve) == ["endotoxin-limit"]
    else:
        assert approve().state == "approved"


def test_approval_signs_what_the_endotoxin_limit_rests_on(world, at):
    signed = Specification.objects.get(code=IT).signature
    text = json.loads(signed.text)

    assert signed.wording == (
        "Minimum specification approved for intrathecal injections"
    )
    assert text["format"] == "7"
    assert text["specification"]["purpose"] == "minimum"
    limit = text["specification"]["endotoxin_limit"]
    assert {name: said for name, said in limit.items() if name != "source"} == {
        "K": "0.2",
        "dose": "1.199",
        "body_weight": "15",
        "M": "0.0800",
        "most": "2.50",
    }
    assert limit["source"].startswith("USP <85>")
    page = words(
        signed_in(world.cast.chen).get(
            f"/specifications/{Specification.objects.get(code=IT).pk}/"
        )
    )
    assert "K/M = 2.50 EU/mg, rounded down" in page


@pytest.mark.parametrize(
    ("constant", "dose", "weight", "most"),
    [
        ("0.2", "0.100", "70", "140.00"),
        ("0.2", "2.003", "70", "6.98"),
        ("0.2", "1.199", "20", "3.33"),
        ("0.2", "1.199", "15", "2.50"),
    ],
)
def test_limit_is_rounded_down(constant, dose, weight, most):
    """The scenarios of domain.md 2.2, none of which rounds in favour of the lot."""
    assert Basis(constant, dose, weight).rounded_down == most


def it_draft(world, at, **facts):
    """Draft the next version of the intrathecal minimum, some facts changed."""
    old = Specification.objects.get(code=IT)
    basis = {name: getattr(old, name) for name in baclofen.ENDOTOXIN_BASIS}
    return specifications.draft(
        world,
        at,
        *specifications.rows_of(IT),
        code=IT,
        use="intrathecal",
        purpose="minimum",
        grade="Minimum",
        compendium="",
        **basis | facts,
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"endotoxin_constant": "5"},
        {"body_weight": "0"},
        {"body_weight": ""},
        {"endotoxin_dose": "-1"},
        {"endotoxin_dose": "about 1"},
    ],
)
def test_numbers_that_the_limit_rests_on_are_refused_at_their_field(world, at, facts):
    with pytest.raises(Refusal) as found:
        it_draft(world, at, **facts)

    assert found.value.field == next(iter(facts))


def test_limit_names_its_source(world, at):
    draft = it_draft(world, at, endotoxin_source="")

    assert refused(lambda: specifications.approve(world, at, draft)) == [
        "endotoxin-basis"
    ]


def test_oral_minimum_states_no_endotoxin_limit(world, at):
    with pytest.raises(Refusal) as found:
        specifications.draft(
            world, at, code="BAC-ORAL-MIN", purpose="minimum", body_weight="70"
        )

    assert (found.value.code, found.value.field) == ("endotoxin-basis", "body_weight")


def test_second_code_of_a_minimum_is_refused(world, at):
    assert refused(
        lambda: specifications.draft(world, at, code="BAC-MIN-2", purpose="minimum")
    ) == ["minimum-code"]


def test_code_keeps_its_purpose(world, at):
    assert refused(lambda: specifications.draft(world, at, purpose="retest")) == [
        "code-purpose"
    ]


def test_minimum_on_request_asks_nothing(world, at):
    request = {"requirement": "request"}

    assert refused(lambda: specifications.minimum(world, at, TOL=request)) == [
        "minimum-request"
    ]


def test_minimum_takes_effect_with_its_approval(world, at):
    later = at.date().replace(year=at.year + 1, day=1)
    draft = specifications.draft(
        world,
        at,
        *specifications.rows_of("BAC-ORAL-MIN"),
        code="BAC-ORAL-MIN",
        purpose="minimum",
        effective_on=later,
    )

    assert refused(lambda: specifications.approve(world, at, draft)) == [
        "minimum-later"
    ]


def test_minimum_is_offered_to_no_lot(world, at):
    for occasion in ("release", "retest", "cross_check", "stability"):
        offered = specification_versions.offered(
            material=world.material, on=at.date(), occasion=occasion
        )
        assert {one.code for one in offered} == {"BAC-ORAL", "BAC-IT"}


def test_attribute_that_a_minimum_counts_on_is_locked(world, at):
    def change(code, attribute):
        test = world.tests[code]
        facts = {
            name: getattr(test, name) for name in TestFacts.__dataclass_fields__
        } | {"attribute": attribute}
        return material_tests.change_test(
            test=test,
            by=world.cast.olga,
            at=at,
            reason="Stated anew",
            facts=TestFacts(**facts),
        )

    assert refused(lambda: change("BET", "other")) == ["locked-attribute"]
    assert change("D90", "appearance").attribute == "appearance"
