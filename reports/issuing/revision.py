"""Revision: the release it rests on, and what it changes.

A revision supersedes for ever, so QA sees the changes first.
"""

from lots.models import Assessment, AssessmentState
from reports.issuing.preflight import look
from reports.issuing.request import NotIssuable, Proposal, assessments
from reports.models import Asked


def proposal(*, certificate, assessment, at, reason, shown="", **asked):
    """Return the proposal; what is asked for is as before where it is not said."""
    return Proposal(
        assessment=assessment,
        at=at,
        asked=Asked.before(certificate, **asked),
        revises=certificate,
        reason=reason.strip(),
        shown=shown,
    )


def changes(*, certificate, at, **asked):
    """Return what the revision would print otherwise than the certificate.

    Raises NotIssuable with everything that blocks it.
    """
    assessment = assessments().get(pk=released_now(certificate).pk)
    found = look(
        proposal(certificate=certificate, assessment=assessment, at=at, **asked)
    )
    if found.blockers:
        raise NotIssuable(found.blockers)
    return found.changes


def against(*, certificate, at, duplicates=False, **asked):
    """Return what blocks a revision, or a duplicate, with this that is asked for.

    For a form that lacks something else, such as the reason.
    """
    if duplicates:
        proposed = Proposal(
            assessment=assessments().get(pk=certificate.assessment_id),
            at=at,
            asked=Asked.of(**asked),
            duplicates=certificate,
        )
    else:
        assessment = assessments().get(pk=released_now(certificate).pk)
        proposed = proposal(
            certificate=certificate, assessment=assessment, at=at, reason="", **asked
        )
    return look(proposed).blockers


def changes_of_duplicate(*, certificate, at, **asked):
    """Return what the duplicate would print otherwise than its original."""
    return look(
        Proposal(
            assessment=assessments().get(pk=certificate.assessment_id),
            at=at,
            asked=Asked.of(**asked),
            duplicates=certificate,
        )
    ).changes


def released_now(certificate):
    """Return the assessment that vouches today for what the certificate says.

    Its own while that is released; after a reopening the latest one released
    against the same specification code, for the same use. Its own where there is
    none, so that the refusal speaks of it.
    """
    own = certificate.assessment
    if own.state == AssessmentState.RELEASED:
        return own
    since = (
        Assessment.objects.filter(
            lot_id=certificate.lot_id,
            specification__code=own.specification.code,
            use=own.use,
            state=AssessmentState.RELEASED,
        )
        .order_by("-signature_id")
        .first()
    )
    return since or own
