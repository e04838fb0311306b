"""Cautions: what an approver of a specification should look at twice."""

from collections import defaultdict

from lots.models import Approval, Criterion, Owner, Purpose, Specification, Test
from lots.rules import minimum, verdicts
from lots.rules.refusal import Refusal
from lots.rules.verdicts import Requirement
from lots.setup import specification_content
from lots.setup.catalogue import criterion_of
from lots.setup.specification_content import printed, rows


def cautions(specification, *, on):
    """Return what an approver should look at twice, as refusals that refuse nothing."""
    listed = list(rows(specification))
    found = []
    if claimed := specification_content.rounds_half_up(specification):
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
    earlier = specification_content.earlier_versions(specification)
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
