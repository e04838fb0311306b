"""Later investigations: those that question a release after it was signed.

A release, and a certificate of it, speaks for what was known then (domain.md 1.3; FDA
OOS guidance, 2022). The condition is written once, in SQL.
"""

from django.db.models import Exists, F, OuterRef, Q

from lots.models import Assessment, Investigation, Mark, MarkKind, Result


def investigations(lot, /, **releases):
    """Return the investigations of the lot that question these releases.

    While one is open it questions every release of the lot, for nobody knows yet what
    it touches. Concluded, it does where its conclusion was signed after the release,
    its result still stands, and the specification of the release has a criterion for
    the test: by that order, and not by the clock, the release did not know of it, for
    nothing is released while one is open. Where it proved an error, it questions what
    was released on the result that it took away (`_taken_from`). What was no part of a
    release, or was replaced by a confirmed correction, questions nothing.

    `lot` and `releases`, conditions on assessments, take a reference to an outer query.
    """
    touched = Assessment.objects.filter(
        signature__lt=OuterRef("signature"),
        specification__criteria__test=OuterRef("result__test"),
        **releases,
    )
    return Investigation.objects.filter(
        Q(closed_at=None)
        | Exists(touched) & ~_is_gone(OuterRef("result"))
        | Exists(_taken_from(releases)),
        lot=lot,
    )


def _taken_from(releases):
    """Return what the outer investigation found invalid of what was released.

    A certificate would print a result that is known to be wrong, or leave a required
    test without one. The specification has a criterion for the test, or for what is
    worked out from it (`Catalogue.touched_by`): an assay from its water, a total from
    its peaks. The release knew the result where its review was signed before.
    """
    release, asks = "result__test_order__assessments", "specification__criteria__test"
    test = F("result__test")
    return Mark.objects.filter(
        Q(**{f"{release}__{asks}": test})
        | Q(**{f"{release}__{asks}__water_test": test})
        | Q(**{f"{release}__{asks}": F("result__test__component_of")}),
        kind=MarkKind.INVALIDATED,
        signature=OuterRef("signature"),
        signature__gt=F(f"{release}__signature"),
        result__marks__kind=MarkKind.REVIEWED,
        result__marks__signature__lt=F(f"{release}__signature"),
        **{f"{release}__{name}": value for name, value in releases.items()},
    )


def _is_gone(result):
    """Return whether a result was invalidated or replaced (`evaluation.Attempt`)."""
    confirmed = Mark.objects.filter(result=OuterRef("pk"), kind=MarkKind.CONFIRMED)
    return Exists(
        Mark.objects.filter(result=result, kind=MarkKind.INVALIDATED)
    ) | Exists(
        Result.objects.filter(
            Q(needs_confirmation=False) | Exists(confirmed), replaces=result
        )
    )
