"""Certificates as issuing would freeze them, for the tests and the benchmark."""

from dataclasses import replace

from reports.content.certificate import (
    Certificate,
    Check,
    Dates,
    Footnote,
    Group,
    Issuer,
    Laboratory,
    Line,
    Lot,
    Manufacturer,
    Material,
    OriginalCertificate,
    Shelf,
    Signature,
    Specification,
    Statement,
    Supersedes,
    Use,
)

ORAL = Use(
    code="oral",
    headline="FOR THE MANUFACTURE OF ORAL DOSAGE FORMS ONLY",
    caution="Not for injectable or intrathecal products.",
)
INTRATHECAL = Use(
    code="intrathecal",
    headline="FOR THE MANUFACTURE OF INTRATHECAL INJECTIONS",
    caution="Non-sterile. To be sterilised by the manufacturer of the medicinal "
    "product. Not for direct administration.",
)

ISSUER = Issuer(
    name="Example Pharma Supply Co., Ltd.",
    address=("88 Harbour Avenue", "Ningbo 315000", "China"),
    telephone="+86 574 5550 0117",
    email="quality@example.test",
    role="manufacturer",
)
MANUFACTURER = Manufacturer(
    name="Example Pharma Supply Co., Ltd.",
    site="Works 2",
    address=("12 Quay Road", "Ningbo 315207", "China"),
    telephone="+86 574 5550 0221",
)

ICP = "USP <233>, ICP-MS"


def _line(
    test: str, procedure: str, criterion: str, result: str, unit: str = "", **more
):
    """One line; limits make it numeric, a value below them names its LOQ."""
    numeric = criterion[-1].isdigit()
    loq = f"LOQ {result[1:]}" if numeric and result.startswith("<") else ""
    return Line(
        **{
            "test": test,
            "procedure": procedure,
            "criterion": criterion,
            "result": result,
            "unit": unit,
            "numeric": numeric,
            "quantitation": loq,
            "verdict": "Complies",
            **more,
        }
    )


TWENTY = (
    Group(
        heading="Description and identity",
        lines=(
            _line(
                "Appearance", "Visual", "White or almost white powder", "White powder"
            ),
            _line(
                "Identification A",
                "USP <197M>",
                "Conforms to the reference spectrum",
                "Conforms",
            ),
            _line(
                "Identification B",
                "USP <621>",
                "Corresponds to the standard",
                "Corresponds",
            ),
        ),
    ),
    Group(
        heading="Assay",
        lines=(
            _line(
                "Assay",
                "USP, HPLC",
                "98.0–101.0",
                "99.8",
                "%",
                basis="anhydrous basis",
            ),
        ),
    ),
    Group(
        heading="Related substances",
        lines=(
            _line("Impurity A (lactam)", "USP, HPLC", "NMT 0.15", "0.04", "%"),
            _line(
                "Any unspecified impurity (largest)",
                "USP, HPLC",
                "NMT 0.10",
                "<0.05",
                "%",
            ),
            _line(
                "Total impurities", "Computed", "NMT 0.30", "0.09", "%", notes=("1",)
            ),
        ),
    ),
    Group(
        heading="Water and residue",
        lines=(
            _line("Water", "USP <921> Ic", "NMT 0.5", "0.1", "%"),
            _line("Residue on ignition", "USP <281>", "NMT 0.1", "<0.1", "%"),
        ),
    ),
    Group(
        heading="Residual solvents",
        lines=(
            _line("Methanol", "USP <467>, GC", "NMT 3000", "112", "ppm"),
            _line("Toluene", "USP <467>, GC", "NMT 890", "<20", "ppm"),
            _line("2-Propanol", "USP <467>, GC", "NMT 5000", "1240", "ppm"),
        ),
    ),
    Group(
        heading="Elemental impurities",
        lines=(
            _line("Cadmium", ICP, "NMT 0.20", "<0.02", "µg/g", notes=("2",)),
            _line("Lead", ICP, "NMT 0.50", "<0.05", "µg/g", notes=("2",)),
            _line("Arsenic", ICP, "NMT 1.50", "0.12", "µg/g", notes=("2",)),
            _line("Mercury", ICP, "NMT 0.30", "<0.03", "µg/g", notes=("2",)),
        ),
    ),
    Group(
        heading="Microbiology and endotoxins",
        lines=(
            _line("Total aerobic microbial count", "USP <61>", "10^2", "<10", "CFU/g"),
            _line("Total yeasts and moulds count", "USP <61>", "10^1", "<10", "CFU/g"),
            _line("Escherichia coli", "USP <62>", "Absent in 1 g", "Absent in 1 g"),
            _line("Bacterial endotoxins", "USP <85>", "NMT 2.0", "0.3", "EU/mg"),
        ),
    ),
)

FOOTNOTES = (
    Footnote(
        mark="1",
        text="Sum of the unrounded impurities above the reporting threshold of "
        "0.05 %; it may differ from the sum of the printed ones.",
    ),
    Footnote(
        mark="2",
        text="Tested on every tenth lot; the values are those of this lot.",
    ),
)

STATEMENTS = (
    Statement(
        title="Residual solvents",
        text="Only the class 2 and class 3 solvents listed are used in the route; "
        "none of class 1 is likely to be present.",
        version="3",
    ),
    Statement(
        title="Elemental impurities",
        text="Assessed according to ICH Q3D(R2), parenteral option 1; no element is "
        "added intentionally.",
        version="2",
    ),
    Statement(
        title="BSE/TSE",
        text="No material of animal origin is used in the manufacture.",
        version="1",
    ),
)


def intrathecal() -> Certificate:
    """Twenty tests, issued by the manufacturer: the one-page certificate."""
    return Certificate(
        number="COA-2026-000117",
        revision="0",
        series="COA",
        issuer=ISSUER,
        manufacturer=MANUFACTURER,
        material=Material(
            name="Baclofen",
            cas="1134-47-0",
            formula="C10H12ClNO2",
            grade="In-house, intrathecal",
            item_code="BAC-IT-5",
        ),
        use=INTRATHECAL,
        lot=Lot(
            number="BI-2601-17",
            origin="Manufactured as one batch",
            batch_size="12.40 kg",
            shipped="5.00 kg",
            packaging="5 × 1 kg, double PE bag in HDPE drum",
            sample="S-2026-0311",
        ),
        dates=Dates(
            manufactured="2026-01-17",
            sampled="2026-01-19",
            received="2026-01-19",
            tested_from="2026-01-20",
            tested_to="2026-02-01",
            released="2026-02-02",
            issued="2026-02-02 16:05 +08:00",
        ),
        shelf=Shelf(kind="retest", date="2029-01-16"),
        specification=Specification(
            code="BAC-IT",
            version="4",
            effective="2025-11-01",
            owner="In-house",
            compendium="USP–NF",
            edition="2025 Issue 3",
        ),
        storage="Well-closed container, 15–25 °C, protected from light",
        transport="Ambient, at most 40 °C",
        customer="Meridian Pumps & Implants Inc., Boston",
        order="PO 4500-1178",
        rounding="Results are rounded once, half up, to the places of the limit "
        "(USP General Notices 7.20), and judged as rounded.",
        groups=TWENTY,
        footnotes=FOOTNOTES,
        conclusion="Lot BI-2601-17 of Baclofen complies with specification BAC-IT "
        "version 4.",
        deviations="No deviation; no investigation was opened on this lot.",
        statements=STATEMENTS,
        signatures=(
            Signature(
                step="review",
                name="Li Wei",
                title="Head of Quality Control",
                meaning="Reviewed: compared with the raw data, complete and correct",
                at="2026-02-02 09:14 +08:00",
            ),
            Signature(
                step="release",
                name="Chen Fang",
                title="Head of Quality Assurance",
                meaning="Released for the manufacture of intrathecal injections",
                at="2026-02-02 15:40 +08:00",
            ),
        ),
        check=Check(
            address="https://check.example.test/c/8f3a1c90b7e24d55a1c2",
            text="Check this certificate, its status of the day and this file at",
        ),
    )


def oral(**changes) -> Certificate:
    """The same for oral use."""
    first, *others = intrathecal().signatures
    released = replace(
        others[0], meaning="Released for the manufacture of oral dosage forms"
    )
    return replace(
        intrathecal(),
        **{
            "number": "COA-2026-000118",
            "use": ORAL,
            "material": replace(
                intrathecal().material, grade="In-house, oral", item_code="BAC-OR-25"
            ),
            "lot": Lot(
                number="BO-2601-044",
                arising="blended",
                origin="Blend of lots BO-2601-040, BO-2601-041 and BO-2601-042",
                batch_size="248.6 kg",
                shipped="125.0 kg",
                packaging="5 × 25 kg fibre drum with double PE bag",
                sample="S-2026-0340",
            ),
            "specification": Specification(
                code="BAC-ORAL",
                version="1",
                effective="2025-03-01",
                owner="In-house",
                compendium="USP–NF",
                edition="2025 Issue 3",
            ),
            "conclusion": "Lot BO-2601-044 of Baclofen complies with specification "
            "BAC-ORAL version 1.",
            "signatures": (first, released),
            **changes,
        },
    )


def agent() -> Certificate:
    """A maker's lot, re-issued by an agent and then revised; Chinese names."""
    content = oral()
    *kept, microbiology = content.groups
    laboratory = tuple(replace(line, laboratory="L1") for line in microbiology.lines)
    return replace(
        content,
        number="COA-2026-000203",
        revision="1",
        issuer=replace(ISSUER, role="agent"),
        manufacturer=Manufacturer(
            name="宁波示例制药有限公司 (Ningbo Example Pharmaceutical Co., Ltd.)",
            site="二号车间",
            address=("浙江省宁波市北仑区示例路12号", "12 Shili Road, Beilun, Ningbo"),
            telephone="+86 574 5550 0331",
        ),
        original=OriginalCertificate(
            number="NEP/QC/26-0091",
            note="Copy attached to this certificate",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
        lot=replace(
            content.lot,
            own_number="EX-26-0007",
            arising="manufactured",
            origin="Manufactured as one batch",
        ),
        groups=(*kept, replace(microbiology, lines=laboratory)),
        laboratories=(
            Laboratory(
                mark="L1",
                name="Contract Laboratory A&B <Micro> GmbH",
                address=("Laborweg 3", "79539 Lörrach", "Germany"),
                telephone="+49 7621 5550 12",
                report="R-26-4471",
            ),
        ),
        signatures=(
            replace(content.signatures[0], name="陈芳 (Chen Fang)"),
            replace(content.signatures[1], name="Łukasz Żądło"),
        ),
        supersedes=Supersedes(
            number="COA-2026-000203",
            revision="0",
            reason="the customer's order number was wrong.",
        ),
        remarks=("The manufacturer and all dates are invented for demonstration.",),
        shelf=Shelf(kind="expiry", date="2029-01-16"),
    )


def sixty() -> Certificate:
    """Sixty tests with long names in five groups."""
    groups = tuple(
        Group(
            heading=f"{heading} of the drug substance and its intermediates",
            lines=tuple(
                _line(
                    f"{heading}, component {number} by its relative retention time",
                    f"In-house procedure AP-{number:03}, HPLC with UV",
                    f"NMT 0.{number:02}",
                    f"0.0{number % 9 + 1}",
                    "%",
                )
                for number in range(10, 22)
            ),
        )
        for heading in (
            "Organic impurities",
            "Chiral impurities",
            "Mutagenic impurities",
            "Inorganic impurities",
            "Physical properties",
        )
    )
    return replace(intrathecal(), number="COA-2026-000300", groups=groups)


def changed(content: Certificate, path: str, value: object) -> Certificate:
    """Return the content with another value at a path such as `groups[0].heading`."""
    name, _, rest = path.replace("[", ".").replace("]", "").partition(".")
    return _changed(content, [name, *rest.split(".")] if rest else [name], value)


def _changed(node, steps, value):
    step, *rest = steps
    if isinstance(node, tuple):
        place = int(step)
        inner = _changed(node[place], rest, value) if rest else value
        return (*node[:place], inner, *node[place + 1 :])
    inner = _changed(getattr(node, step), rest, value) if rest else value
    return replace(node, **{step: inner})
