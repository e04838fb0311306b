"""Baclofen with its oral and its intrathecal specification, ready to log lots.

Each limit is marked as in-house or compendial. Set up by QA, approved by a second
person.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from lots.evidence import signatures
from lots.evidence.documents import Upload
from lots.models import Material, Purpose, Site, Test
from lots.release import minimums
from lots.rules.reportable_value import Calculation
from lots.setup import (
    alternative_uses,
    certificate_headers,
    identity_approval,
    material_tests,
    materials,
    method_approval,
    methods,
    organisations,
    printed_identity,
    qualifications,
    specification_versions,
)
from lots.setup.material_tests import TestFacts
from lots.setup.specification_versions import CriterionDraft

ORAL_PROCESS = "BP-01 oral route, revision 4"
IT_PROCESS = "BP-07 low-endotoxin route, revision 2"
NOTE = (
    "Training document: all names, results and dates are fictional; compendial limits"
    " are to be checked in a licensed pharmacopoeia."
)
COMPENDIUM = "USP\N{EN DASH}NF 2025 Issue 3; Ph. Eur. 11.8"
# What is asked as in the monograph; the other limits are our own (domain.md 2.5).
COMPENDIAL = ("APP", "IDA", "IDB")
STORAGE = "Well-closed container, 15\N{EN DASH}25 °C, protected from light"

CLEAR = "Clear: not more opalescent than reference suspension I"
COLOURLESS = "Colourless: not more intensely coloured than B9"
PARTICLES = "No metal, glass or fibre; at most 5 particles over 100 µm"
CONFORMS = ("Conforms", "Does not conform")
WHITE = ("White powder", "Almost white powder", "White or almost white powder")

# code, name, group, unit, method, LOD, LOQ, further properties
TESTS: tuple[tuple[str, str, str, str, str, str, str, dict[str, Any]], ...] = (
    ("APP", "Appearance", "identity", "", "Visual", "", "",
     {"vocabulary": (*WHITE, "Off-white powder", "Coloured powder")}),
    ("IDA", "Identification A (IR)", "identity", "", "USP <197M> / 2.2.24", "", "",
     {"vocabulary": CONFORMS}),
    ("IDB", "Identification B (LC)", "identity", "", "LC retention time", "", "",
     {"vocabulary": ("Corresponds", "Does not correspond")}),
    ("WATER", "Water (Karl Fischer)", "water", "%", "USP <921> Ic / 2.5.32", "", "0.05",
     {}),
    ("ASSAY", "Assay (anhydrous basis)", "assay", "%", "LC", "", "",
     {"calculation": Calculation.ANHYDROUS, "determinations": 2, "spread_limit": "1.0",
      "water": "WATER"}),
    ("TOTAL", "Total impurities", "related", "%", "LC, computed", "", "",
     {"calculation": Calculation.TOTAL, "threshold": "0.05"}),
    ("IMPA", "Impurity A (lactam)", "related", "%", "LC", "0.01", "0.03",
     {"total": "TOTAL"}),
    ("UNSPEC", "Any unspecified impurity (largest)", "related", "%", "LC", "0.01",
     "0.03",
     {"calculation": Calculation.LARGEST_UNSPECIFIED, "threshold": "0.05",
      "total": "TOTAL"}),
    ("ROI", "Residue on ignition", "water", "%", "USP <281> / 2.4.14", "", "0.05", {}),
    ("MEOH", "Methanol", "solvents", "ppm", "GC USP <467> / 2.4.24", "15", "50", {}),
    ("TOL", "Toluene", "solvents", "ppm", "GC USP <467> / 2.4.24", "5", "20", {}),
    ("IPA", "2-Propanol", "solvents", "ppm", "GC USP <467> / 2.4.24", "15", "50", {}),
    *(
        (symbol, name, "elements", "µg/g", "ICP-MS USP <233>", lod, loq, {})
        for symbol, name, lod, loq in (
            ("CD", "Cadmium", "0.005", "0.02"),
            ("PB", "Lead", "0.01", "0.05"),
            ("AS", "Arsenic", "0.03", "0.10"),
            ("HG", "Mercury", "0.01", "0.03"),
            ("CO", "Cobalt", "0.01", "0.05"),
            ("V", "Vanadium", "0.02", "0.1"),
            ("NI", "Nickel", "0.05", "0.2"),
            ("LI", "Lithium", "0.1", "0.5"),
            ("SB", "Antimony", "0.1", "0.5"),
            ("CU", "Copper", "0.1", "0.5"),
        )
    ),
    ("TAMC", "Total aerobic microbial count", "microbiology", "CFU/g",
     "USP <61> / 2.6.12", "", "", {}),
    ("TYMC", "Total yeasts and moulds count", "microbiology", "CFU/g",
     "USP <61> / 2.6.12", "", "", {}),
    *(
        (code, name, "microbiology", "", "USP <62> / 2.6.13", "", "",
         {"portion": "1 g"})
        for code, name in (
            ("ECOLI", "Escherichia coli"),
            ("BTGN", "Bile-tolerant gram-negative bacteria"),
            ("PSEUD", "Pseudomonas aeruginosa"),
            ("STAPH", "Staphylococcus aureus"),
        )
    ),
    ("BET", "Bacterial endotoxins", "microbiology", "EU/mg", "USP <85> / 2.6.14", "",
     "0.1", {}),
    ("CLAR", "Clarity of solution (2 mg/mL)", "physical", "", "2.2.1", "", "",
     {"vocabulary": (CLEAR, "Opalescent")}),
    ("COLOUR", "Colour of solution (2 mg/mL)", "physical", "", "2.2.2, method II", "",
     "", {"vocabulary": (COLOURLESS, "Coloured")}),
    ("FOREIGN", "Foreign particles, 1.0 g in 500 mL water", "physical", "",
     "0.8 µm membrane, in-house", "", "",
     {"vocabulary": (PARTICLES, "Metal, glass or fibre seen", "Too many particles")}),
    ("SUB10", "Sub-visible particles \N{GREATER-THAN OR EQUAL TO} 10 µm, 2 mg/mL",
     "physical", "per mL", "USP <788> style", "", "", {}),
    ("SUB25", "Sub-visible particles \N{GREATER-THAN OR EQUAL TO} 25 µm, 2 mg/mL",
     "physical", "per mL", "USP <788> style", "", "", {}),
    ("PH", "pH, 2 mg/mL", "physical", "", "2.2.3", "", "", {}),
    ("D90", "Particle size D90", "physical", "µm", "Laser diffraction", "", "", {}),
)  # fmt: skip

# What each test says of the material; a group has one where all its tests say it.
ATTRIBUTES = {
    "APP": "appearance", "IDA": "identity", "IDB": "identity", "WATER": "water",
    "ROI": "residue", "ASSAY": "assay", "BET": "endotoxins", "CLAR": "clarity",
    "COLOUR": "colour", "FOREIGN": "particles", "SUB10": "other", "SUB25": "other",
    "PH": "other", "D90": "other",
}  # fmt: skip
_OF_GROUP = {
    "related": "related",
    "solvents": "solvents",
    "elements": "elements",
    "microbiology": "bioburden",
}

_IDENTITY = (
    ("APP", "choice", {"choices": WHITE, "wording": "White or almost white powder"}),
    ("IDA", "choice", {"choices": ("Conforms",),
                       "wording": "Conforms to the reference spectrum"}),
    ("IDB", "choice", {"choices": ("Corresponds",),
                       "wording": "Corresponds to the standard"}),
    ("ASSAY", "range", {"low": "98.0", "high": "101.0", "alert_low": "98.5"}),
)  # fmt: skip
_SOLVENTS = (
    ("MEOH", "nmt", {"high": "3000"}),
    ("TOL", "nmt", {"high": "890"}),
    ("IPA", "nmt", {"high": "5000"}),
)
_PERIODIC = {"requirement": "periodic", "every_lots": 10, "every_months": 12}
ORAL: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *_IDENTITY,
    ("IMPA", "nmt", {"high": "0.20", "alert_high": "0.15"}),
    ("UNSPEC", "nmt", {"high": "0.10"}),
    ("TOTAL", "nmt", {"high": "0.50"}),
    ("WATER", "nmt", {"high": "1.0"}),
    ("ROI", "nmt", {"high": "0.1"}),
    *_SOLVENTS,
    *(
        (symbol, "nmt", {"high": high, **_PERIODIC})
        for symbol, high in (
            ("CD", "0.50"), ("PB", "0.50"), ("AS", "1.50"), ("HG", "3.0"),
            ("CO", "5.0"), ("V", "10"), ("NI", "20"),
        )
    ),
    ("TAMC", "count", {"high": "10^3"}),
    ("TYMC", "count", {"high": "10^2"}),
    ("ECOLI", "absence", {"portion": "1 g"}),
    ("D90", "nmt", {"high": "200"}),
)  # fmt: skip
INTRATHECAL: tuple[tuple[str, str, dict[str, Any]], ...] = (
    *_IDENTITY,
    ("IMPA", "nmt", {"high": "0.15", "alert_high": "0.10"}),
    ("UNSPEC", "nmt", {"high": "0.10"}),
    ("TOTAL", "nmt", {"high": "0.30"}),
    ("WATER", "nmt", {"high": "0.5"}),
    ("ROI", "nmt", {"high": "0.1"}),
    *_SOLVENTS,
    *(
        (symbol, "nmt", {"high": high})
        for symbol, high in (
            ("CD", "0.20"), ("PB", "0.50"), ("AS", "1.50"), ("HG", "0.30"),
            ("CO", "0.50"), ("V", "1.0"), ("NI", "2.0"), ("LI", "25"),
            ("SB", "9.0"), ("CU", "30"),
        )
    ),
    ("TAMC", "nmt", {"high": "100"}),
    ("TYMC", "nmt", {"high": "10"}),
    ("BTGN", "absence", {"portion": "1 g"}),
    ("PSEUD", "absence", {"portion": "1 g"}),
    ("STAPH", "absence", {"portion": "1 g"}),
    ("BET", "nmt", {"high": "2.0", "alert_high": "1.0"}),
    ("CLAR", "choice", {"choices": (CLEAR,)}),
    ("COLOUR", "choice", {"choices": (COLOURLESS,)}),
    ("FOREIGN", "choice", {"choices": (PARTICLES,)}),
    ("SUB10", "report", {"alert_high": "25"}),
    ("SUB25", "report", {"alert_high": "3"}),
    ("PH", "report", {}),
)  # fmt: skip

# The widest that a release may accept: wider than our own limits where a pharmacopoeia
# or the dose allows it (USP, ICH Q3A, ICH Q3C option 2 at 80 mg a day; domain.md 2).
ORAL_MINIMUM: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("APP", "choice", {"choices": WHITE}),
    ("IDA", "choice", {"choices": ("Conforms",)}),
    ("ASSAY", "range", {"low": "98.0", "high": "102.0"}),
    ("IMPA", "nmt", {"high": "1.0"}),
    ("UNSPEC", "nmt", {"high": "0.10"}),
    ("TOTAL", "nmt", {"high": "1.0"}),
    ("WATER", "nmt", {"high": "3.0"}),
    ("MEOH", "nmt", {"high": "5000"}),
    ("TOL", "nmt", {"high": "890"}),
    *(
        (symbol, "nmt", {"high": high, **_PERIODIC})
        for symbol, high in (
            ("CD", "0.50"), ("PB", "0.50"), ("AS", "1.50"), ("HG", "3.0"),
        )
    ),
    ("TAMC", "count", {"high": "10^3"}),
    ("TYMC", "count", {"high": "10^2"}),
    ("ECOLI", "absence", {"portion": "1 g"}),
)  # fmt: skip
INTRATHECAL_MINIMUM: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("APP", "choice", {"choices": WHITE}),
    ("IDA", "choice", {"choices": ("Conforms",)}),
    ("ASSAY", "range", {"low": "98.0", "high": "102.0"}),
    ("IMPA", "nmt", {"high": "0.20"}),
    ("UNSPEC", "nmt", {"high": "0.10"}),
    ("TOTAL", "nmt", {"high": "0.50"}),
    ("WATER", "nmt", {"high": "1.0"}),
    ("MEOH", "nmt", {"high": "5000"}),
    ("TOL", "nmt", {"high": "890"}),
    *(
        (symbol, "nmt", {"high": high})
        for symbol, high in (
            ("CD", "0.20"), ("PB", "0.50"), ("AS", "1.50"), ("HG", "0.30"),
            ("CO", "0.50"), ("V", "1.0"), ("NI", "2.0"), ("LI", "25"),
            ("SB", "9.0"), ("CU", "30"),
        )
    ),
    ("TAMC", "nmt", {"high": "100"}),
    ("TYMC", "nmt", {"high": "10"}),
    ("BTGN", "absence", {"portion": "1 g"}),
    ("PSEUD", "absence", {"portion": "1 g"}),
    ("STAPH", "absence", {"portion": "1 g"}),
    ("BET", "nmt", {"high": "2.5"}),
    ("CLAR", "choice", {"choices": (CLEAR,)}),
    ("FOREIGN", "choice", {"choices": (PARTICLES,)}),
)  # fmt: skip
# A child of 15 kg who gets a whole day's dose in one hour (domain.md 2.2, scenario E).
ENDOTOXIN_BASIS = {
    "endotoxin_constant": "0.2",
    "endotoxin_dose": "1.199",
    "body_weight": "15",
    "endotoxin_source": "USP <85>; label of baclofen injection: at most 1199 mcg a day"
    " under 12 years, from 4 years (15 kg), taken in one hour as the worst case",
}

STATEMENTS = (
    ("Residual solvents", "Only methanol, toluene and 2-propanol are used in the route;"
     " no class 1 solvent is likely to be present."),
    ("Elemental impurities", "Assessed according to ICH Q3D(R2); no element is added"
     " intentionally."),
    ("BSE/TSE", "No material of animal origin is used in the manufacture of this"
     " substance."),
)  # fmt: skip


@dataclass(frozen=True)
class Baclofen:
    """What was set up: the material, tests by code, manufacturers and laboratory."""

    material: Material
    tests: dict
    works: Site
    other_works: Site
    partner: Site
    laboratory: Site
    processes = {"oral": ORAL_PROCESS, "intrathecal": IT_PROCESS}


def set_up(cast, *, at):
    """Set up baclofen through the verbs, QA drafting and a second person signing."""
    drafter, approver = cast.olga, cast.chen
    since = at.date() - datetime.timedelta(days=400)
    _certificate_header(cast, at)
    own = organisations.add_organisation(
        by=drafter,
        at=at,
        name="Ningbo Harbour Pharma Supply Co., Ltd.",
        address="88 Harbour Avenue, Ningbo 315000, China",
        telephone="+86 574 5550 0117",
        is_ours=True,
    )
    partner = organisations.add_organisation(
        by=drafter,
        at=at,
        name="Taihu Fine Chemicals Co., Ltd.",
        address="6 Lake Road, Wuxi 214000, China",
        telephone="+86 510 5550 0142",
    )
    laboratory = organisations.add_organisation(
        by=drafter,
        at=at,
        name="Elementa Analytical GmbH",
        address="Laborweg 3, 79100 Freiburg, Germany",
        telephone="+49 761 5550 130",
    )
    site = {"manufactures": False, "tests": False}
    works = _site(drafter, at, own, "Plant 1", manufactures=True, tests=True)
    other = _site(drafter, at, own, "Plant 2", manufactures=True, tests=True)
    manufacturer = _site(
        drafter, at, partner, "Wuxi works", manufactures=True, tests=True
    )
    lab = _site(drafter, at, laboratory, "Freiburg", **{**site, "tests": True})
    material = materials.add_material(
        by=drafter,
        at=at,
        name="Baclofen",
        item_code="BAC",
        cas_number="1134-47-0",
        formula="C10H12ClNO2",
        storage=STORAGE,
        note=NOTE,
    )
    for title, text in STATEMENTS:
        materials.add_statement(
            by=drafter, at=at, material=material, title=title, text=text
        )
    approve_identities(cast, at=at)
    tests = _tests(drafter, at, material)
    approve_methods(cast, at=at)
    drafts: tuple[tuple[str, str, Any, str, dict[str, str]], ...] = (
        ("BAC-ORAL-MIN", "oral", ORAL_MINIMUM, "Minimum", {"purpose": "minimum"}),
        (
            "BAC-IT-MIN",
            "intrathecal",
            INTRATHECAL_MINIMUM,
            "Minimum",
            {"purpose": "minimum", **ENDOTOXIN_BASIS},
        ),
        ("BAC-ORAL", "oral", ORAL, "USP", {}),
        ("BAC-IT", "intrathecal", INTRATHECAL, "In-house, intrathecal", {}),
    )
    for code, use, rows, grade, facts in drafts:
        specify(
            cast,
            at=at,
            material=material,
            code=code,
            use=use,
            grade=grade,
            # The limits for intrathecal use are our own: no monograph has them.
            compendium=COMPENDIUM if code == "BAC-ORAL" else "",
            effective_on=since,
            criteria=[
                CriterionDraft(
                    test=tests[test],
                    kind=kind,
                    is_compendial=code == "BAC-ORAL" and test in COMPENDIAL,
                    **values,
                )
                for test, kind, values in rows
            ],
            **facts,
        )
    for place, use, process, months in (
        (works, "oral", ORAL_PROCESS, 36),
        (works, "intrathecal", IT_PROCESS, 24),
        (other, "oral", ORAL_PROCESS, 36),
        (other, "intrathecal", IT_PROCESS, 24),
        (manufacturer, "oral", "Taihu process T-3", 36),
    ):
        qualify(cast, at=at, material=material, site=place, use=use, process=process,
                months=months, since=since)  # fmt: skip
    alternative_use = alternative_uses.draft_alternative_use(
        by=drafter,
        at=at,
        material=material,
        made_for="intrathecal",
        use_for="oral",
        justification="The intrathecal route meets every control of the oral route.",
    )
    alternative_uses.approve_alternative_use(
        alternative_use=alternative_use,
        by=approver,
        at=at,
        confirmation=cast.confirmation(approver, at=at),
        shown=signatures.shown(alternative_uses.alternative_use_text(alternative_use)),
    )
    return Baclofen(material, tests, works, other, manufacturer, lab)


def approve_identities(cast, *, at):
    """Approve every printed identity that waits, with one signature."""
    drafts = list(printed_identity.drafts())
    return identity_approval.approve(
        drafted=drafts,
        by=cast.chen,
        at=at,
        confirmation=cast.confirmation(cast.chen, at=at),
        shown=signatures.shown(identity_approval.identities_text(drafts)),
        same_identity=identity_approval.renames(drafts),
    )


def approve_methods(cast, *, at):
    """Approve every method that waits, with one signature."""
    drafts = list(method_approval.drafts())
    return method_approval.approve(
        drafted=drafts,
        by=cast.chen,
        at=at,
        confirmation=cast.confirmation(cast.chen, at=at),
        shown=signatures.shown(method_approval.methods_text(drafts)),
    )


def specify(cast, *, at, **facts):
    """Draft and approve the first version of a specification; return it."""
    specification = specification_versions.draft_specification(
        by=cast.olga, at=at, change_reason="First version", **facts
    )
    is_minimum = specification.purpose == Purpose.MINIMUM
    approve = (
        minimums.approve_minimum
        if is_minimum
        else specification_versions.approve_specification
    )
    return approve(
        specification=specification,
        by=cast.chen,
        at=at,
        confirmation=cast.confirmation(cast.chen, at=at),
        shown=signatures.shown(
            specification_versions.specification_text(specification)
        ),
    )


def qualify(cast, *, at, material, site, use, process, months, since):
    """Draft and approve one qualification; return it."""
    qualification = qualifications.draft_qualification(
        by=cast.olga,
        at=at,
        site=site,
        material=material,
        use=use,
        process=process,
        valid_from=since,
        storage=STORAGE,
        retest_months=months,
        evidence=Upload(
            "audit-report.txt",
            f"Fictional audit report of {site} for {use} use by {process}.\n".encode(),
        ),
        evidence_reference="AR-2024-017",
    )
    qualifications.approve_qualification(
        qualification=qualification,
        by=cast.chen,
        at=at,
        confirmation=cast.confirmation(cast.chen, at=at),
        shown=signatures.shown(qualifications.qualification_text(qualification)),
    )
    return qualification


def _certificate_header(cast, at):
    certificate_header = certificate_headers.draft_certificate_header(
        by=cast.olga,
        at=at,
        name="Ningbo Harbour Pharma Supply Co., Ltd.",
        address="88 Harbour Avenue, Ningbo 315000, China",
        telephone="+86 574 5550 0117",
        email="quality@harbour.example",
    )
    certificate_headers.approve_certificate_header(
        certificate_header=certificate_header,
        by=cast.chen,
        at=at,
        confirmation=cast.confirmation(cast.chen, at=at),
        shown=signatures.shown(
            certificate_headers.certificate_header_text(certificate_header)
        ),
    )


def _site(by, at, organisation, name, *, manufactures, tests):
    return organisations.add_site(
        by=by,
        at=at,
        organisation=organisation,
        name=name,
        address=organisation.address,
        telephone=organisation.telephone,
        manufactures=manufactures,
        tests=tests,
    )


def _tests(by, at, material):
    tests: dict[str, Test] = {}
    for code, name, group, unit, method, lod, loq, more in TESTS:
        properties = dict(more)
        water = properties.pop("water", None)
        total = properties.pop("total", None)
        tests[code] = material_tests.add_test(
            by=by,
            at=at,
            material=material,
            facts=TestFacts(
                code=code,
                name=name,
                group=group,
                attribute=ATTRIBUTES.get(code) or _OF_GROUP[group],
                unit=unit,
                water_test=tests[water] if water else None,
                component_of=tests[total] if total else None,
                **properties,
            ),
        )
        methods.add_method(
            by=by, at=at, test=tests[code], code=method, lod=lod, loq=loq
        )
    return tests
