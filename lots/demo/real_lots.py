"""Set-up for importing real lots: the API of a film-coated tablet.

The values are those of Žagar and Mihelič, "Big data collection in pharmaceutical
manufacturing and its use for product quality predictions", Scientific Data 9:99 (2022),
CC BY 4.0. What their data do not say (manufacturer, dates, process, limits) is
invented, and `NOTE` says so on every document.
"""

import datetime
from typing import Any

from lots.demo import baclofen
from lots.evidence import signatures
from lots.evidence.documents import Upload
from lots.models import Material
from lots.setup import material_tests, materials, methods, organisations, qualifications
from lots.setup.material_tests import TestFacts
from lots.setup.specification_versions import CriterionDraft

MATERIAL = "Film-coated tablet API (\N{LATIN CAPITAL LETTER Z WITH CARON}agar)"
ITEM_CODE = "ZAG-API"
ORGANISATION = "Carniola Actives d.o.o."
SITE = "Works 1"
PROCESS = "ZP-1 invented process"
SPECIFICATION = "ZAG-ORAL"
MINIMUM = "ZAG-ORAL-MIN"
NOTE = (
    "Values from \N{LATIN CAPITAL LETTER Z WITH CARON}agar and"
    " Miheli\N{LATIN SMALL LETTER C WITH CARON}, Scientific Data 9:99 (2022),"
    " CC BY 4.0. CAS number, manufacturer, site, dates, process, quantities and limits"
    " are invented: not for use."
)
# The data do not name the substance; no substance has this number, and its check digit
# holds.
CAS_NUMBER = "9999999-99-5"
STORAGE = "Well-closed container, 15\N{EN DASH}25 °C"

# The data have no limits. These stand where a manufacturer's would after the first
# lots, about two to three standard deviations from the mean, so that most lots pass
# and some do not; each of the last two columns is (kind, limits, requirement).
TESTS: tuple[tuple[str, str, str, str, str, dict[str, Any], str], ...] = (
    ("WATER", "Water", "water", "%", "nmt", {"high": "2.5"}, "request"),
    ("TOTAL", "Total impurities", "related", "%", "nmt", {"high": "0.45"}, "every"),
    ("IMP-L", "Impurity L", "related", "%", "nmt", {"high": "0.10"}, "request"),
    (
        "CONTENT",
        "Content",
        "assay",
        "%",
        "range",
        {"low": "93.5", "high": "95.5"},
        "every",
    ),
    ("D10", "Particle size D10", "physical", "µm", "report", {}, "request"),
    ("D50", "Particle size D50", "physical", "µm", "report", {}, "request"),
    ("D90", "Particle size D90", "physical", "µm", "nmt", {"high": "220"}, "request"),
)


def set_up(cast, *, at):
    """Set up the material, manufacturer, qualification and specification; return it.

    QA drafts and a second person signs, as for any other material.
    """
    drafter, approver = cast.olga, cast.chen
    manufacturer = organisations.add_organisation(
        by=drafter,
        at=at,
        name=ORGANISATION,
        address="Invented Street 1, 1000 Ljubljana, Slovenia",
        telephone="+386 1 555 0199",
        is_ours=True,
    )
    site = organisations.add_site(
        by=drafter,
        at=at,
        organisation=manufacturer,
        name=SITE,
        address="Invented Street 1, 1000 Ljubljana, Slovenia",
        telephone="+386 1 555 0199",
        manufactures=True,
        tests=True,
    )
    material = materials.add_material(
        by=drafter,
        at=at,
        name=MATERIAL,
        item_code=ITEM_CODE,
        cas_number=CAS_NUMBER,
        storage=STORAGE,
        note=NOTE,
    )
    baclofen.approve_identities(cast, at=at)
    _specify(cast, material, at=at)
    qualification = qualifications.draft_qualification(
        by=drafter,
        at=at,
        site=site,
        material=material,
        use="oral",
        process=PROCESS,
        valid_from=datetime.date(2020, 1, 1),
        storage=STORAGE,
        retest_months=120,
        evidence=Upload("invented-evidence.txt", NOTE.encode()),
        evidence_reference="Invented audit report 1",
    )
    qualifications.approve_qualification(
        qualification=qualification,
        by=approver,
        at=at,
        confirmation=cast.confirmation(approver, at=at),
        shown=signatures.shown(qualifications.qualification_text(qualification)),
    )
    return material


def _specify(cast, material, *, at):
    criteria = []
    for code, name, group, unit, kind, limits, requirement in TESTS:
        test = material_tests.add_test(
            by=cast.olga,
            at=at,
            material=material,
            facts=TestFacts(code=code, name=name, group=group, unit=unit),
        )
        methods.add_method(
            by=cast.olga,
            at=at,
            test=test,
            code=f"Manufacturer's method for {name.lower()}",
        )
        criteria.append(
            CriterionDraft(test=test, kind=kind, requirement=requirement, **limits)
        )
    baclofen.approve_methods(cast, at=at)
    facts = {
        "at": at,
        "material": material,
        "use": "oral",
        "effective_on": datetime.date(2020, 1, 1),
    }
    every = [row for row in criteria if row.requirement == "every"]
    baclofen.specify(
        cast,
        code=MINIMUM,
        grade="Minimum",
        compendium="",
        purpose="minimum",
        criteria=every,
        **facts,
    )
    baclofen.specify(
        cast,
        code=SPECIFICATION,
        grade="In-house",
        compendium="In-house, invented",
        criteria=criteria,
        **facts,
    )


def found():
    """Return the material as the database has it."""
    return Material.objects.get(item_code=ITEM_CODE)
