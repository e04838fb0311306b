"""Content of a specification: printed words, differences, signed text.

Format 4 of the text says what the specification is for, what its endotoxin limit rests
on, the quality attribute of each test, and which criteria are the compendium's; format
5 with how many decimals each result is reported; format 6 the heading of each test and
the method in use, whose LOD and LOQ decide; format 7 which results are free text, and
whether certificates print them in the order of the specification.
"""

from collections import defaultdict
from dataclasses import dataclass

from lots.evidence import signatures
from lots.models import (
    Approval,
    Criterion,
    Method,
    Owner,
    Purpose,
    Specification,
    Test,
)
from lots.rules import chain, compendia, minimum, verdicts
from lots.rules.formats import Format
from lots.rules.refusal import Refusal, Word
from lots.rules.rounding import Rule
from lots.rules.states import Validity
from lots.rules.text import look
from lots.rules.verdicts import Requirement
from lots.setup import minimum_specifications
from lots.setup.catalogue import criterion_of

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


def rows(specification):
    """Return the criteria of the specification in their order."""
    return specification.criteria.select_related(
        "test__water_test", "test__component_of"
    ).order_by("position")


def validity(specifications, *, on):
    """Return what each version is on the day (Validity), by primary key.

    Pass every version of the codes, or superseded ones look as if in force.
    """
    effective: dict[str, int] = {}
    for row in specifications:
        if row.signature_id and row.effective_on <= on:
            effective[row.code] = max(row.version, effective.get(row.code, 0))
    found = {}
    for row in specifications:
        if row.state != Approval.APPROVED:
            found[row.pk] = Validity.of(row.state)
        elif row.version < effective.get(row.code, 0):
            found[row.pk] = Validity.SUPERSEDED
        else:
            is_effective = row.effective_on <= on
            found[row.pk] = Validity.EFFECTIVE if is_effective else Validity.AWAITED
    return found


def previous(specification):
    """Return the version that this one supersedes, None for the first."""
    return next(iter(_earlier(specification)), None)


def _earlier(specification):
    """Return the versions approved before this one, the latest first."""
    return list(
        Specification.objects.filter(
            code=specification.code,
            version__lt=specification.version,
            signature__isnull=False,
        ).order_by("-version")
    )


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


def told_apart(code):
    """Refuse a new code that a reader would take for one that there is."""
    for other in Specification.objects.values_list("code", flat=True).distinct():
        if look(other) == look(code):
            raise Refusal(
                "code-alike",
                "%(code)s looks the same in print as %(other)s; draft a new version of"
                " that specification, or choose another code.",
                field="code",
                code=code,
                other=other,
            )


@dataclass(frozen=True)
class Difference:
    """A test in two versions: its criterion as printed in each, blank where absent."""

    test: Test
    before: str
    after: str

    @property
    def changed(self):
        return self.before != self.after


def differences(before, after):
    """Return every test of the two versions side by side, in the later one's order."""
    old = {row.test_id: row for row in rows(before)} if before else {}
    new = {row.test_id: row for row in rows(after)}
    found = [
        Difference(row.test, said(old[pk]) if pk in old else "", said(row))
        for pk, row in new.items()
    ]
    return tuple(found) + tuple(
        Difference(row.test, said(row), "") for pk, row in old.items() if pk not in new
    )


def printed(row):
    """Return the criterion as certificates print it."""
    return verdicts.words(criterion_of(row, unit=row.test.unit))


def said(row):
    """Return the criterion with all that decides how it is judged, for people."""
    parts = [printed(row)]
    if row.wording and row.choices:
        parts.append("accepts " + " or ".join(row.choices))
    if row.rounding != Rule.HALF_UP:
        parts.append(Rule.of(row.rounding).word)
    if row.decimals is not None:
        parts.append(f"reported with {row.decimals} decimals")
    alerts = [text for text in (row.alert_low, row.alert_high) if text]
    if alerts:
        parts.append("alert " + " to ".join(alerts))
    if row.requirement == Requirement.PERIODIC:
        often = [
            f"every {row.every_lots} lots" if row.every_lots else "",
            f"every {row.every_months} months" if row.every_months else "",
        ]
        parts.append(" or ".join(filter(None, often)))
    elif row.requirement == Requirement.REQUEST:
        parts.append("on request")
    return "; ".join(parts)


def rounds_half_up(specification):
    """Return the pharmacopoeias that it claims and that round half up."""
    return compendia.half_up(specification.grade, specification.compendium)


def check_rounding(row):
    """Refuse half even where a pharmacopoeia is claimed that rounds half up."""
    claimed = rounds_half_up(row.specification)
    if claimed and row.rounding != Rule.HALF_UP:
        raise Refusal(
            "rounding",
            "%(test)s is rounded %(rule)s, but the grade or compendium claims"
            " %(claimed)s, which rounds half up; choose half up, or remove the claim"
            " from grade and compendium.",
            field="rounding",
            test=row.test.name,
            rule=Word(Rule.of(row.rounding).word),
            claimed=", ".join(claimed),
        )


def cautions(specification, *, on):
    """Return what an approver should look at twice, as refusals that refuse nothing."""
    listed = list(rows(specification))
    found = []
    if claimed := rounds_half_up(specification):
        found.append(
            Refusal(
                "claim",
                "Certificates will print %(claimed)s: by approving, you sign that this"
                " version has every test of that monograph and of its general"
                " requirements, with the same or tighter limits.",
                claimed=", ".join(claimed),
            )
        )
    if specification.effective_on < on:
        found.append(
            Refusal(
                "effective",
                "The effective date %(date)s has passed; the version becomes effective"
                " when it is approved.",
                date=specification.effective_on.isoformat(),
            )
        )
    earlier = _earlier(specification)
    found += [
        Refusal(
            "never",
            "%(other)s is approved and effective from %(date)s, so this version would"
            " never become effective; correct the effective date.",
            other=str(other),
            date=other.effective_on.isoformat(),
        )
        for other in reversed(earlier)
        if other.state == Approval.APPROVED
        and other.effective_on > max(on, specification.effective_on)
    ]
    measured = set(
        Test.objects.filter(
            material=specification.material_id, methods__is_current=True
        ).values_list("pk", flat=True)
    )
    for row in listed:
        if row.test_id not in measured:
            found.append(
                Refusal(
                    "no-procedure",
                    "%(test)s has no approved method yet, so no result can be entered"
                    " for it.",
                    test=row.test.name,
                )
            )
        found += [
            Refusal(
                "criterion",
                "%(test)s: %(warning)s",
                test=row.test.name,
                warning=warning,
            )
            for warning in _warnings(row)
        ]
    if earlier:
        before = earlier[0]
        kept = {row.test_id for row in listed}
        found += [
            Refusal(
                "left-out",
                "%(test)s was a criterion of %(before)s and is removed.",
                test=row.test.name,
                before=str(before),
            )
            for row in rows(before)
            if row.test_id not in kept
        ]
    return (*found, *_claims(specification, listed))


def _claims(specification, listed):
    """Yield where a customer's specification claims a compendium that it does not keep.

    It may be wider than our own, never than the compendium; one that leaves tests out
    carries no compendial claim (domain.md 7). Known of the compendium is what our own
    specifications for the use that name one ask.
    """
    if specification.owner != Owner.CUSTOMER or not _has_edition(specification):
        return
    claims = specification.compendium
    kept = _not_on_request(listed)
    for other, asked in _own_claims(specification):
        left_out = [one.test.name for pk, one in asked.items() if pk not in kept]
        if left_out:
            yield Refusal(
                "claim-left-out",
                "It names %(compendium)s, but lacks tests that %(other)s has:"
                " %(tests)s. A specification that lacks tests of the compendium must"
                " not claim it.",
                compendium=claims,
                other=str(other),
                tests=", ".join(left_out),
            )
        for pk, one in asked.items():
            if pk in kept and _is_wider(kept[pk], one):
                yield Refusal(
                    "claim-wider",
                    "It names %(compendium)s, but %(criterion)s for %(test)s is wider"
                    " than %(before)s in %(other)s; it must not be wider than the"
                    " compendium.",
                    compendium=claims,
                    other=str(other),
                    test=one.test.name,
                    criterion=printed(kept[pk]),
                    before=printed(one),
                )


def _own_claims(specification):
    """Yield our approved specifications that name a compendium, with what they ask."""
    stated = Specification.objects.filter(
        material=specification.material_id,
        use=specification.use,
        state=Approval.APPROVED,
        purpose=Purpose.RELEASE,
    ).exclude(owner=Owner.CUSTOMER)
    own = {other.pk: other for other in stated.order_by("pk") if _has_edition(other)}
    listed = defaultdict(list)
    for row in (
        Criterion.objects.filter(specification__in=own)
        .select_related("test")
        .order_by("position")
    ):
        listed[row.specification_id].append(row)
    for pk, other in own.items():
        yield other, _not_on_request(listed[pk])


def _not_on_request(listed):
    """Return the criteria by test, but for those that are tested on request only."""
    return {
        row.test_id: row for row in listed if row.requirement != Requirement.REQUEST
    }


def _has_edition(specification):
    """Say whether it claims a compendium: certificates name one by its edition."""
    return any(character.isdigit() for character in specification.compendium)


def _is_wider(row, than):
    """Say whether a criterion may accept what the other, of the same test, does not."""
    unit = than.test.unit
    return minimum.is_wider(criterion_of(row, unit=unit), criterion_of(than, unit=unit))


def _warnings(row):
    rule = criterion_of(row, unit=row.test.unit)
    try:
        return verdicts.check(rule, vocabulary=row.test.vocabulary)
    except Refusal as refusal:
        # The test changed after the draft was stored; approving refuses it too.
        return (refusal,)


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


def methods_in_use(specification):
    """Return the method in use of each test of the material, by the test's key."""
    found = Method.objects.filter(
        test__material=specification.material_id, is_current=True
    )
    return {method.test_id: method for method in found}


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
    in_use = methods_in_use(specification)
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
                        "printed": printed(row),
                    }
                    for row in rows(specification)
                ],
            },
        }
    )
