"""Ascorbic acid: a second material, whose criteria are of every kind.

All limits and results are invented. Certificates print it in the order below.
"""

import datetime
from dataclasses import dataclass
from typing import Any, ClassVar

from lots.demo import baclofen
from lots.models import Material, Site, Test
from lots.rules.reportable_value import Calculation
from lots.setup import material_tests, materials, methods
from lots.setup.material_tests import TestFacts
from lots.setup.specification_versions import CriterionDraft

SPECIFICATION, MINIMUM = "ASC-ORAL", "ASC-ORAL-MIN"
PROCESS = "AP-02 recrystallisation, revision 1"
STORAGE = "Well-closed container, protected from light"

# code, name, group, quality attribute, unit, method, what else the method states, what
# else the test has.
TESTS: tuple[
    tuple[str, str, str, str, str, str, dict[str, Any], dict[str, Any]], ...
] = (
    ("APP", "Appearance", "identity", "appearance", "", "Visual", {},
     {"vocabulary": ("White crystalline powder", "Yellowish powder")}),
    ("SOL", "Solubility", "identity", "other", "", "In-house", {}, {"is_text": True}),
    ("IDA", "Identification (IR)", "identity", "identity", "", "Ph. Eur. 2.2.24", {},
     {"vocabulary": ("Conforms", "Does not conform")}),
    ("CLAR", "Clarity of solution", "physical", "clarity", "", "Ph. Eur. 2.2.1", {},
     {"vocabulary": ("Clear", "II", "III", ">III")}),
    ("COL", "Colour of solution", "physical", "colour", "", "Ph. Eur. 2.2.2", {},
     {"vocabulary": ("Colourless", "<BY7", "BY7", "BY6", ">BY6")}),
    ("PH", "pH, 50 g/L", "ph", "other", "", "Ph. Eur. 2.2.3", {}, {}),
    ("ROT", "Specific optical rotation", "physical", "identity", "°",
     "Ph. Eur. 2.2.7", {}, {}),
    ("TOTAL", "Total impurities", "related", "related", "%", "LC, computed", {},
     {"calculation": Calculation.TOTAL, "threshold": "0.05"}),
    ("IMPC", "Impurity C", "related", "related", "%", "LC", {"loq": "0.02"},
     {"total": "TOTAL"}),
    ("OXA", "Oxalic acid", "inorganic", "related", "%", "In-house, by comparison",
     {"is_limit_test": True}, {}),
    ("FE", "Iron", "elements", "elements", "ppm", "Ph. Eur. 2.2.23",
     {"uncertainty": "0.2"}, {}),
    ("CU", "Copper", "elements", "elements", "ppm", "Ph. Eur. 2.2.23", {"loq": "1"},
     {}),
    ("LOD", "Loss on drying", "water", "water", "%", "Ph. Eur. 2.2.32", {}, {}),
    ("ASSAY", "Assay", "assay", "assay", "%", "Titration", {"uncertainty": "0.3"}, {}),
    ("MESH", "Through a sieve of 355 µm", "physical", "other", "%", "Sieve", {}, {}),
)  # fmt: skip
CRITERIA: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("APP", "choice", {"choices": ("White crystalline powder",)}),
    ("SOL", "report", {}),
    ("IDA", "choice", {"choices": ("Conforms",)}),
    ("CLAR", "scale", {"high": "Clear"}),
    ("COL", "scale", {"high": "BY7"}),
    ("PH", "range", {"low": "2.1", "high": "2.6"}),
    ("ROT", "range", {"low": "+20.5", "high": "+21.5"}),
    ("IMPC", "nmt", {"high": "0.15"}),
    ("TOTAL", "nmt", {"high": "0.20"}),
    ("OXA", "limit", {"high": "0.2"}),
    ("FE", "nmt", {"high": "2", "decimals": 1}),
    ("CU", "less", {"high": "5"}),
    ("LOD", "less", {"high": "0.40"}),
    ("ASSAY", "range", {"low": "99.0", "high": "100.5"}),
    ("MESH", "more", {"low": "95"}),
)
LEAST = ("IDA", "OXA", "ASSAY")
RESULTS = {
    "APP": "White crystalline powder", "SOL": "Freely soluble in water",
    "IDA": "Conforms", "CLAR": "Clear", "COL": "<BY7", "PH": "2.41", "ROT": "+20.93",
    "IMPC": "0.031", "OXA": "Complies", "FE": "0.4", "CU": "<1", "LOD": "0.112",
    "ASSAY": "99.71", "MESH": "98.6",
}  # fmt: skip
REMARK = ("MESH", "Sieved by hand for five minutes")


@dataclass(frozen=True)
class AscorbicAcid:
    """What was set up: the material, its tests by code, and who makes it."""

    material: Material
    tests: dict[str, Test]
    works: Site
    processes: ClassVar[dict[str, str]] = {"oral": PROCESS}


def set_up(cast, *, at, works):
    """Set ascorbic acid up through the verbs, two people signing; return it."""
    material = materials.add_material(
        by=cast.olga,
        at=at,
        name="Ascorbic acid",
        item_code="ASC",
        cas_number="50-81-7",
        formula="C6H8O6",
        storage=STORAGE,
        note=baclofen.NOTE,
    )
    baclofen.approve_identities(cast, at=at)
    tests: dict[str, Test] = {}
    for code, name, group, attribute, unit, method, states, more in TESTS:
        facts = dict(more)
        total = facts.pop("total", None)
        tests[code] = material_tests.add_test(
            by=cast.olga,
            at=at,
            material=material,
            facts=TestFacts(
                code=code,
                name=name,
                group=group,
                attribute=attribute,
                unit=unit,
                component_of=tests[total] if total else None,
                **facts,
            ),
        )
        methods.add_method(by=cast.olga, at=at, test=tests[code], code=method, **states)
    baclofen.approve_methods(cast, at=at)
    since = at.date() - datetime.timedelta(days=400)
    drafts = {code: (kind, facts) for code, kind, facts in CRITERIA}
    for code, purpose, asked in (
        (MINIMUM, "minimum", LEAST),
        (SPECIFICATION, "release", tuple(drafts)),
    ):
        baclofen.specify(
            cast,
            at=at,
            material=material,
            code=code,
            use="oral",
            purpose=purpose,
            grade="In-house",
            compendium="",
            effective_on=since,
            prints_in_order=True,
            criteria=[
                CriterionDraft(tests[test], drafts[test][0], **drafts[test][1])
                for test in asked
            ],
        )
    baclofen.qualify(
        cast, at=at, material=material, site=works, use="oral", process=PROCESS,
        months=24, since=since,
    )  # fmt: skip
    return AscorbicAcid(material, tests, works)
