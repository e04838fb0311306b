"""Signed specification: the text that an approval signs, and what it said.

Format 4 of the text says what the specification is for, what its endotoxin limit rests
on, the quality attribute of each test, and which criteria are the compendium's; format
5 with how many decimals each result is reported; format 6 the heading of each test and
the method in use, whose LOD and LOQ decide; format 7 which results are free text, and
whether certificates print them in the order of the specification.
"""

from dataclasses import dataclass

from lots.evidence import signatures
from lots.models import Purpose
from lots.rules import chain
from lots.rules.formats import Format
from lots.setup import minimum_specifications, specification_content

SPECIFICATION = Format("specification", number=7)


@SPECIFICATION.reads(1, 2)
def _with_method_for_calculation(stored):
    """Return what was signed while the calculation of a test was called its method.

    Format 1 does not say how each value arises, so that stays empty. Some of format 2
    have the word of today: version 0.2.0 took it without a number of its own.
    """
    content = stored["specification"]
    criteria = [
        {
            "measured": {},
            **{("calculation" if key == "method" else key): one[key] for key in one},
        }
        for one in content["criteria"]
    ]
    return _without_a_minimum(
        {**stored, "specification": {**content, "criteria": criteria}}
    )


@SPECIFICATION.reads(3)
def _without_a_minimum(stored):
    """Return what was signed before there were minimum specifications.

    Each was one for release, no test stated a quality attribute, and no criterion was
    marked as the compendium's.
    """
    content = stored["specification"]
    criteria = [
        {"attribute": "", "is_compendial": False, **one} for one in content["criteria"]
    ]
    return _without_decimals(
        {
            **stored,
            "specification": {
                "purpose": Purpose.RELEASE.value,
                "endotoxin_limit": None,
                **content,
                "criteria": criteria,
            },
        }
    )


@SPECIFICATION.reads(4)
def _without_decimals(stored):
    """Return what was signed when every result was reported as its limit is."""
    content = stored["specification"]
    criteria = [{"decimals": None, **one} for one in content["criteria"]]
    return _without_method(
        {**stored, "specification": {**content, "criteria": criteria}}
    )


@SPECIFICATION.reads(5)
def _without_method(stored):
    """Return what was signed when one person kept methods and headings."""
    content = stored["specification"]
    criteria = [{"group": "", "method": {}, **one} for one in content["criteria"]]
    return _under_headings(
        {**stored, "specification": {**content, "criteria": criteria}}
    )


@SPECIFICATION.reads(6)
def _under_headings(stored):
    """Return what was signed when no result was free text, and each had its heading."""
    content = stored["specification"]
    criteria = [
        {**one, "measured": one["measured"] and {"is_text": False, **one["measured"]}}
        for one in content["criteria"]
    ]
    return {
        **stored,
        "specification": {"prints_in_order": False, **content, "criteria": criteria},
    }


@SPECIFICATION.reads(7)
def _with_the_fields_of_today(stored):
    return stored


@dataclass(frozen=True)
class SignedTest:
    """What was approved of a test that may still change: its heading, its attribute.

    The heading is blank where it was approved before format 6.
    """

    group: str
    attribute: str


def signed_of_tests(specification):
    """Return what the approval of a specification signed of each test, by its code.

    What one person states of a test afterwards changes nothing that is printed.
    """
    record = signatures.read(specification.signature.text, SPECIFICATION).record
    return {
        one["test"]: SignedTest(one["group"], one["attribute"])
        for one in record[SPECIFICATION.record]["criteria"]
    }


def _measured(test):
    """Return how the test's value arises: what a limit means rests on it."""
    return {
        "determinations": test.determinations,
        "injections": test.injections,
        "spread_limit": test.spread_limit,
        "threshold": test.threshold,
        "at_threshold_counts": test.at_threshold_counts,
        "already_corrected": test.already_corrected,
        "vocabulary": test.vocabulary,
        "portion": test.portion,
        "is_text": test.is_text,
        "corrected_by": test.water_test.code if test.water_test else "",
        "added_to": test.component_of.code if test.component_of else "",
    }


def _limits(method):
    """Return what decides and prints of a method; nothing where there is none."""
    if method is None:
        return {}
    return {
        "method": method.code,
        "version": method.version,
        "lod": method.lod,
        "loq": method.loq,
    }


def _endotoxin_limit(specification):
    """Return what the endotoxin limit of a minimum rests on, worked out; else None."""
    basis = minimum_specifications.basis_of(specification)
    if basis is None:
        return None
    return {
        "K": basis.constant,
        "dose": basis.dose,
        "body_weight": basis.body_weight,
        "M": basis.largest_dose,
        "most": basis.rounded_down,
        "source": specification.endotoxin_source,
    }


def specification_text(specification):
    """Return the canonical text that an approval of the specification signs."""
    customer = specification.customer
    in_use = specification_content.methods_in_use(specification)
    return chain.canonical(
        {
            "format": SPECIFICATION.number,
            SPECIFICATION.record: {
                "code": specification.code,
                "version": specification.version,
                "material": specification.material.name,
                "cas_number": specification.material.cas_number,
                "use": specification.use,
                "owner": specification.owner,
                "customer": customer.name if customer else "",
                "purpose": specification.purpose,
                "endotoxin_limit": _endotoxin_limit(specification),
                "prints_in_order": specification.prints_in_order,
                "grade": specification.grade,
                "compendium": specification.compendium,
                "effective_on": specification.effective_on,
                "change_reason": specification.change_reason,
                "criteria": [
                    {
                        "position": row.position,
                        "test": row.test.code,
                        "name": row.test.name,
                        "unit": row.test.unit,
                        "group": row.test.group,
                        "attribute": row.test.attribute,
                        "method": _limits(in_use.get(row.test_id)),
                        "calculation": row.test.calculation,
                        "measured": _measured(row.test),
                        "kind": row.kind,
                        "low": row.low,
                        "high": row.high,
                        "choices": row.choices,
                        "wording": row.wording,
                        "portion": row.portion,
                        "rounding": row.rounding,
                        "decimals": row.decimals,
                        "alert_low": row.alert_low,
                        "alert_high": row.alert_high,
                        "requirement": row.requirement,
                        "every_lots": row.every_lots,
                        "every_months": row.every_months,
                        "is_compendial": row.is_compendial,
                        "printed": specification_content.printed(row),
                    }
                    for row in specification_content.rows(specification)
                ],
            },
        }
    )
