"""Seven invented certificates in the manner of public ones, row by row.

The names of the substances are real. Makers, lots, limits and results are invented;
which kinds of row a certificate of the trade has is what they are here for.
"""

from dataclasses import dataclass, field
from typing import Any

COLOURS = ("Colourless", "<BY7", "BY7", "BY6", "BY5", ">BY5")
CLARITY = ("Clear", "II", "III", ">III")
CONFORMS = ("Conforms", "Does not conform")
ABSENT = ("10 g", {"portion": "10 g"})


@dataclass(frozen=True)
class Row:
    """A row of a document: how it is set up, what is typed, and what is printed.

    `facts` are those of the criterion, `test` those of the test, `method` those of the
    method beside its code. `printed` is what stands under Acceptance criterion, Result
    and Verdict, `note` what a footnote of the row says.
    """

    name: str
    group: str
    code: str
    kind: str
    facts: dict[str, Any]
    typed: str
    printed: tuple[str, str, str]
    unit: str = ""
    test: dict[str, Any] = field(default_factory=dict)
    method: dict[str, Any] = field(default_factory=dict)
    remark: str = ""
    note: str = ""
    # The name on paper, where it is not that of the test.
    called: str = ""


@dataclass(frozen=True)
class Document:
    """A certificate: its material, and its rows in their order on paper."""

    material: str
    item: str
    cas: str
    rows: tuple[Row, ...]
    headings: tuple[str, ...] = ()
    in_order: bool = False


def row(name, group, code, kind, facts, typed, criterion, result, **more):
    """Return a row that complies, or is reported where it has no limit."""
    verdict = "Reported" if kind == "report" else "Complies"
    return Row(name, group, code, kind, facts, typed, (criterion, result, verdict),
               **more)  # fmt: skip


def words(name, group, code, vocabulary, permitted, typed=""):
    """Return a row of a result in words."""
    return row(
        name, group, code, "choice", {"choices": permitted}, typed or permitted[0],
        " or ".join(permitted), typed or permitted[0], test={"vocabulary": vocabulary},
    )  # fmt: skip


POWDER = ("White crystalline powder", "White powder", "Off-white powder")

PARACETAMOL = Document(
    "Paracetamol",
    "PAR",
    "103-90-2",
    (
        words("Appearance", "identity", "Visual", POWDER, POWDER[:2]),
        row("Assay (dried basis)", "assay", "2.2.29", "range",
            {"low": "99.0", "high": "101.0"}, "99.82", "99.0–101.0", "99.8 %", unit="%",
            test={"calculation": "dried", "already_corrected": True},
            called="Assay, dried basis"),
        row("Impurity J", "related", "LC-MS", "nmt", {"high": "10"}, "<1", "NMT 10",
            "<1 ppm (LOQ 1)", unit="ppm", method={"loq": "1"}),
        row("Impurity K", "related", "LC", "nmt", {"high": "50"}, "ND", "NMT 50",
            "Not detected (LOD 2 ppm)", unit="ppm", method={"lod": "2", "loq": "5"}),
        row("Loss on drying", "water", "2.2.32", "nmt", {"high": "0.5"}, "0.1",
            "NMT 0.5", "0.1 %", unit="%"),
        row("Sulfated ash", "water", "2.4.14", "nmt", {"high": "0.1", "decimals": 2},
            "0.04", "NMT 0.1", "0.04 %", unit="%"),
        row("Nickel", "elements", "ICP-MS", "nmt", {"high": "20"}, "0.3", "NMT 20",
            "0.3 µg/g", unit="µg/g"),
    ),
    ("Description and identity", "Assay", "Related substances", "Water and residue",
     "Elemental impurities"),
)  # fmt: skip

LEVOCARNITINE = Document(
    "Levocarnitine",
    "LEV",
    "541-15-1",
    (
        row("Assay (anhydrous basis)", "assay", "Titration", "range",
            {"low": "97.0", "high": "103.0"}, "99.64", "97.0–103.0", "99.6 %", unit="%",
            test={"calculation": "anhydrous", "already_corrected": True},
            called="Assay, anhydrous basis"),
        row("Water", "water", "2.5.12", "less", {"high": "1.0"}, "0.62",
            "Less than 1.0", "0.6 %", unit="%"),
        row("Chlorides", "inorganic", "2.4.4", "limit", {"high": "0.4"}, "Complies",
            "NMT 0.4 %", "Complies", unit="%", method={"is_limit_test": True}),
        row("Sulfates", "inorganic", "2.4.13", "limit", {"high": "0.025"}, "0.011",
            "NMT 0.025", "0.011 %", unit="%"),
        row("Arsenic", "elements", "ICP-MS", "less", {"high": "1"}, "<1", "Less than 1",
            "<1 ppm", unit="ppm"),
        row("pH, 50 g/L", "ph", "2.2.3", "range", {"low": "6.5", "high": "8.5"}, "7.24",
            "6.5–8.5", "7.2"),
        row("Specific optical rotation", "physical", "2.2.7", "range",
            {"low": "-32.0", "high": "-29.0"}, "-30.43", "-32.0 to -29.0", "-30.4 °",
            unit="°"),
    ),
    ("Assay", "Water and residue", "Inorganic impurities and limit tests",
     "Elemental impurities", "pH", "Physical"),
)  # fmt: skip

ASCORBIC_ACID = Document(
    "Ascorbic acid",
    "ASC",
    "50-81-7",
    (
        row("Assay", "assay", "Titration", "range", {"low": "99.0", "high": "100.5"},
            "99.71", "99.0–100.5", "99.7 ± 0.3 %", unit="%",
            called="Assay, as is", method={"uncertainty": "0.3"},
            note="± is the expanded uncertainty of the result (k = 2"),
        row("Oxalic acid", "inorganic", "In-house", "limit", {"high": "0.2"},
            "Complies", "NMT 0.2 %", "Complies", unit="%",
            method={"is_limit_test": True}),
        row("Iron", "elements", "2.2.23", "nmt", {"high": "2"}, "0.4", "NMT 2",
            "0.4 ± 0.2 ppm", unit="ppm", method={"uncertainty": "0.2"}),
        row("pH, 50 g/L", "ph", "2.2.3", "range", {"low": "2.1", "high": "2.6"}, "2.38",
            "2.1–2.6", "2.4"),
        row("Clarity of solution", "physical", "2.2.1", "scale", {"high": "Clear"},
            "Clear", "Clear (not more opalescent than reference suspension I)", "Clear",
            test={"vocabulary": CLARITY}),
        row("Colour of solution", "physical", "2.2.2", "scale", {"high": "BY7"},
            "<BY7", "Not more intensely coloured than BY7", "<BY7",
            test={"vocabulary": COLOURS}),
        row("Specific optical rotation", "physical", "2.2.7", "range",
            {"low": "+20.5", "high": "+21.5"}, "+20.93", "+20.5 to +21.5", "+20.9 °",
            unit="°"),
    ),
    ("Assay", "Inorganic impurities and limit tests", "Elemental impurities", "pH",
     "Physical"),
)  # fmt: skip

MANNITOL = Document(
    "Mannitol",
    "MAN",
    "69-65-8",
    (
        words("Identification (IR)", "identity", "2.2.24", CONFORMS, CONFORMS[:1]),
        row("Reducing sugars", "related", "In-house", "nmt", {"high": "0.10"}, "0.04",
            "NMT 0.10", "0.04 %", unit="%"),
        row("TAMC", "microbiology", "2.6.12", "count", {"high": "10^3"}, "<10",
            "10³ (at most 2000)", "<10 CFU/g", unit="CFU/g"),
        row("TYMC", "microbiology", "2.6.12", "count", {"high": "10^2"}, "20",
            "10² (at most 200)", "20 CFU/g", unit="CFU/g"),
        row("Salmonella", "microbiology", "2.6.13", "absence", {"portion": "10 g"},
            "Absent", "Absent in 10 g", "Absent", test={"portion": "10 g"}),
        row("Endotoxins", "microbiology", "2.6.14", "less", {"high": "4"}, "<1",
            "Less than 4", "<1 IU/g (LOQ 1)", unit="IU/g", method={"loq": "1"}),
        row("Conductivity", "physical", "2.2.38", "nmt", {"high": "20"}, "3.4",
            "NMT 20", "3 µS/cm", unit="µS/cm"),
        row("Bulk density", "physical", "2.9.34", "report", {}, "0.62", "Report",
            "0.62 g/mL", unit="g/mL"),
    ),
    ("Description and identity", "Related substances", "Microbiology and endotoxins",
     "Physical"),
)  # fmt: skip

SODIUM_CHLORIDE = Document(
    "Sodium chloride",
    "NACL",
    "7647-14-5",
    (
        row("Solubility", "physical", "In-house", "report", {},
            "Freely soluble in water", "Report", "Freely soluble in water",
            test={"is_text": True}),
        row("Colour of solution", "physical", "2.2.2", "scale", {"high": "Colourless"},
            "Colourless", "Colourless (not more intensely coloured than B9)",
            "Colourless", test={"vocabulary": COLOURS}),
        row("Bromides", "inorganic", "In-house", "nmt", {"high": "100"}, "<20",
            "NMT 100", "<20 ppm", unit="ppm"),
        row("Iodides", "inorganic", "In-house", "limit", {"high": "5"}, "Complies",
            "NMT 5 ppm", "Complies", unit="ppm", method={"is_limit_test": True}),
        row("Potassium", "inorganic", "2.2.22", "less", {"high": "500"}, "81",
            "Less than 500", "81 ppm", unit="ppm"),
        row("Loss on drying", "water", "2.2.32", "nmt", {"high": "0.5"}, "<0.1",
            "NMT 0.5", "<0.1 %", unit="%"),
        row("Assay (dried basis)", "assay", "2.2.20", "range",
            {"low": "99.0", "high": "100.5"}, "99.93", "99.0–100.5", "99.9 %", unit="%",
            test={"calculation": "dried", "already_corrected": True},
            called="Assay, dried basis"),
    ),
    in_order=True,
)  # fmt: skip

LIDOCAINE = Document(
    "Lidocaine",
    "LID",
    "137-58-6",
    (
        words("Appearance", "identity", "Visual", POWDER, POWDER[:2], "White powder"),
        row("Assay (anhydrous basis)", "assay", "2.2.20", "more", {"low": "99.0"},
            "99.46", "More than 99.0", "99.5 %", unit="%",
            test={"calculation": "anhydrous", "already_corrected": True},
            called="Assay, anhydrous basis",
            remark="Second titration, the first electrode was replaced",
            note="Second titration, the first electrode was replaced."),
        row("Heavy metals", "inorganic", "ICP-MS", "nmt", {"high": "5"}, "<1",
            "NMT 5", "<1 ppm", unit="ppm"),
        row("Melting point", "physical", "2.2.14", "range", {"low": "66", "high": "70"},
            "68.2", "66–70", "68 °C", unit="°C"),
        row("Mesh, through 60", "physical", "Sieve", "nlt", {"low": "95"}, ">99",
            "NLT 95", ">99 %", unit="%"),
    ),
    ("Description and identity", "Assay", "Inorganic impurities and limit tests",
     "Physical"),
)  # fmt: skip

BACLOFEN = Document(
    "Baclofen, micronised",
    "BACM",
    "1134-47-0",
    (
        words("Identification (IR)", "identity", "2.2.24", CONFORMS, CONFORMS[:1]),
        row("Total impurities", "related", "LC", "nmt", {"high": "0.50"}, "",
            "NMT 0.50", "0.12 %", unit="%",
            test={"calculation": "total", "threshold": "0.05"}),
        row("Impurity A", "related", "LC", "nmt", {"high": "0.20"}, "0.041", "NMT 0.20",
            "<0.05 % (RT 0.05)", unit="%", test={"total": "Total impurities"}),
        row("Impurity B", "related", "LC", "nmt", {"high": "0.20"}, "0.121", "NMT 0.20",
            "0.12 %", unit="%", test={"total": "Total impurities"}),
        row("Impurity C", "related", "LC", "nmt", {"high": "0.20"}, "0.02", "NMT 0.20",
            "Detected, <LOQ (LOQ 0.03 %)", unit="%", method={"loq": "0.03"},
            test={"total": "Total impurities"}),
        row("Toluene", "solvents", "2.4.24", "nmt", {"high": "890"}, "<20", "NMT 890",
            "<20 ppm (LOQ 20)", unit="ppm", method={"loq": "20"}),
        row("Particle size D90", "physical", "Laser", "less", {"high": "10.0"}, "6.42",
            "Less than 10.0", "6.4 µm", unit="µm"),
    ),
    ("Description and identity", "Related substances", "Residual solvents", "Physical"),
)  # fmt: skip

DOCUMENTS = (
    PARACETAMOL,
    LEVOCARNITINE,
    ASCORBIC_ACID,
    MANNITOL,
    SODIUM_CHLORIDE,
    LIDOCAINE,
    BACLOFEN,
)
