"""Content of a specification: its rows, versions, printed words and differences."""

from dataclasses import dataclass

from lots.models import Approval, Method, Specification, Test
from lots.rules import compendia, verdicts
from lots.rules.refusal import Refusal, Word
from lots.rules.rounding import Rule
from lots.rules.states import Validity
from lots.rules.text import look
from lots.rules.verdicts import Requirement
from lots.setup.catalogue import criterion_of


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
    return next(iter(earlier_versions(specification)), None)


def earlier_versions(specification):
    """Return the versions approved before this one, the latest first."""
    return list(
        Specification.objects.filter(
            code=specification.code,
            version__lt=specification.version,
            signature__isnull=False,
        ).order_by("-version")
    )


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


def methods_in_use(specification):
    """Return the method in use of each test of the material, by the test's key."""
    found = Method.objects.filter(
        test__material=specification.material_id, is_current=True
    )
    return {method.test_id: method for method in found}
