"""What was found of a lot since a release: the investigations that question it.

A release speaks for what it knew, and so does a certificate of it (domain.md 1.3; FDA
OOS guidance 2022). The condition is said once, in SQL. Imports models; views and
`reports.status` import it.
"""

from django.db.models import Exists, OuterRef, Q

from lots.models import Assessment, Investigation, Mark, MarkKind, Result


def investigations(lot, /, **releases):
    """Return the investigations of the lot that question these releases.

    While one is open it questions every release of the lot, for nobody knows yet what
    it touches. Concluded, it does where its conclusion was signed after the release,
    its result still stands, and the specification of the release has a criterion for
    the test: by that order, and not by the clock, the release did not know of it, for
    nothing is released while one is open. What a proven error invalidated, or a
    confirmed correction replaced, questions nothing.

    `lot` and `releases`, conditions on assessments, take a reference to an outer query.
    """
    touched = Assessment.objects.filter(
        signature__lt=OuterRef("signature"),
        specification__criteria__test=OuterRef("result__test"),
        **releases,
    )
    return Investigation.objects.filter(
        Q(closed_at=None) | Exists(touched) & ~_is_gone(OuterRef("result")), lot=lot
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
